"""A front on which no two parties, dyads, sides, places or days share a value, and a record of all kinds of evidence.

All of it is plain data, from which the containers of the package are made here and the slow form of the likelihood
(`slow_likelihood`) takes what it needs. Parties can be renamed and reordered and the sides swapped.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from event_times import EventTimes

from sim.engine.theatre import Dyad, Front, Ladder, PartyProfile, Rung, Theatre
from sim.inference.bivariate_hawkes import Rhythm
from sim.inference.front_model import FrontModel
from sim.inference.likelihood import (
    ActCount,
    DeathShare,
    DeathToll,
    Evidence,
    Lag,
    Likelihood,
    Pause,
    SeenTimes,
    Spills,
    needed_keys,
)
from sim.inference.parameter_space import Space
from sim.scenario.priors import Beta, Choice, Fixed, FoldedNormal, Law, LogNormal, Normal, SameAs, Uniform

DAYS = 12.0

# Both sides alternate, and one party, who shares a place with others, stands on neither.
LOCATIONS = {"CAL": "coast", "ARD": "upland", "FAR": "coast", "ESK": "dunes", "BRE": "marsh", "DOR": "coast"}
SIDES = (("ARD", "BRE"), ("CAL", "DOR", "ESK"))

# Sender, target, and whom the target may charge instead: BRE-DOR is missing, so acts of ESK on BRE cannot spill.
DYADS = [
    ("ARD", "CAL", ""),
    ("ARD", "DOR", ""),
    ("ARD", "FAR", ""),
    ("BRE", "CAL", "ARD"),
    ("BRE", "ESK", ""),
    ("CAL", "ARD", ""),
    ("CAL", "BRE", ""),
    ("DOR", "ARD", "CAL"),
    ("ESK", "BRE", "DOR"),
    ("FAR", "CAL", ""),
    ("CAL", "FAR", ""),
]
ANSWERED = {"ARD": 0.83, "BRE": 0.61, "CAL": 0.92, "DOR": 0.47, "ESK": 0.71}

# Chance that an act on a rung is lethal, and the share of civilians among its dead.
RUNGS = [(0.0, 0.05), (0.012, 0.07), (0.05, 0.11), (0.14, 0.23), (0.31, 0.37), (0.55, 0.41), (0.9, 0.48)]

PARTY_LAWS: dict[str, tuple[Law, ...]] = {
    # In the order ARD, BRE, CAL, DOR, ESK.
    "baseline": (LogNormal(1.9, 0.3), LogNormal(0.7, 0.5), LogNormal(1.1, 0.35), LogNormal(0.6, 0.45), Fixed(0.45)),
    "follow_up": (Beta(6, 16), Beta(3, 17), Beta(4, 21), Uniform(0.05, 0.2), Beta(2, 19)),
    "productivity": (
        Normal(0.25, 0.1, low=0.0),
        FoldedNormal(0.15, 0.04),
        Normal(0.18, 0.05),
        Fixed(0.31),
        SameAs("party.ARD.productivity", 0.4),
    ),
    "overdispersion": (
        LogNormal(0.6, 0.4),
        LogNormal(0.3, 0.5),
        SameAs("party.BRE.overdispersion", 1.7),
        Fixed(0.9),
        LogNormal(0.4, 0.2),
    ),
    "posture_baseline": (
        Normal(2.8, 0.25),
        Normal(3.3, 0.2),
        Normal(2.4, 0.3),
        Choice((2.0, 3.6), (0.7, 0.3)),
        Fixed(4.1),
    ),
    "posture_spread": (
        Normal(0.9, 0.15, low=0.1),
        Fixed(0.7),
        Normal(1.1, 0.1),
        Fixed(1.3),
        SameAs("party.CAL.posture_spread", 0.8),
    ),
    "lethality": (LogNormal(1.25, 0.3), LogNormal(0.8, 0.2), LogNormal(1.5, 0.25), Fixed(0.6), LogNormal(0.9, 0.3)),
    "severity_exponent": (
        Normal(2.5, 0.15, low=1.6),
        Normal(2.2, 0.1),
        Normal(2.7, 0.12),
        SameAs("party.ARD.severity_exponent", 0.9),
        Fixed(2.05),
    ),
    "driver_share": (Beta(3, 3), Beta(2, 5), Uniform(0.2, 0.9), Fixed(0.95), Beta(6, 2)),
}
DYAD_LAWS: dict[str, tuple[Law, ...]] = {
    # In the order of the dyads of the front: ARD-CAL, ARD-DOR, BRE-CAL, BRE-ESK, CAL-ARD, CAL-BRE, DOR-ARD, ESK-BRE.
    "share": (Fixed(0.62), Fixed(0.27), Fixed(0.55), Fixed(0.4), Fixed(0.71), Fixed(0.24), Fixed(0.97), Fixed(0.89)),
    "excitation": (
        LogNormal(0.5, 0.3),
        LogNormal(0.35, 0.4),
        LogNormal(0.42, 0.2),
        Fixed(0.28),
        LogNormal(0.3, 0.3),
        LogNormal(0.22, 0.25),
        Fixed(0.19),
        SameAs("dyad.CAL-ARD.excitation", 1.3),
    ),
    "delay_days": (
        LogNormal(0.5, 0.4),
        LogNormal(0.7, 0.3),
        Fixed(0.35),
        SameAs("dyad.ARD-CAL.delay_days", 1.9),
        LogNormal(0.25, 0.3),
        Fixed(0.44),
        LogNormal(1.2, 0.2),
        Uniform(0.2, 0.6),
    ),
    "spill": (Fixed(0.0), Fixed(0.0), Beta(4, 6), Fixed(0.0), Fixed(0.0), Fixed(0.0), Beta(5, 3), Fixed(0.65)),
}
SOURCE_LAWS: dict[str, Law] = {"sirens": Beta(4, 2.7), "watch": Uniform(0.3, 0.9)}


def on_front(dyads: Sequence[tuple[str, str, str]] = DYADS) -> list[tuple[str, str, str]]:
    """Return the dyads between the two sides."""
    return [dyad for dyad in dyads if "FAR" not in dyad[:2]]


def laws() -> dict[str, Law]:
    """Return the law of every parameter by key path."""
    parties = [party for side in SIDES for party in side]
    found = {
        f"party.{party}.{name}": law
        for name, of_parties in PARTY_LAWS.items()
        for party, law in zip(parties, of_parties, strict=True)
    }
    found |= {
        f"dyad.{sender}-{target}.{name}": law
        for name, of_dyads in DYAD_LAWS.items()
        for (sender, target, _), law in zip(on_front(), of_dyads, strict=True)
    }
    return found | {f"source.{name}.detection": law for name, law in SOURCE_LAWS.items()}


def record() -> Evidence:
    """Return a record with every kind of evidence; acts fall on the first moment and on the end of a pause."""
    sirens = np.array([0.31, 1.72, 1.75, 4.0, 4.66, 6.5, 7.13, 10.02, 11.4])
    watch = np.array([0.93, 2.25, 2.27, 2.9, 5.41, 6.0, 8.87, 9.2, 9.24, 10.9, 11.95])
    acts = np.array([0.11, 0.42, 0.47, 1.38, 2.02, 2.2, 3.71, 5.05, 5.3, 7.77, 8.1, 8.12, 9.9, 11.6])
    sides = np.array([1, 0, 0, 1, 1, 0, 1, 0, 0, 1, 0, 1, 1, 0])
    return Evidence(
        DAYS,
        (
            SeenTimes("sirens", 1, sirens, Rhythm(0.35, -0.22)),
            SeenTimes("watch", 0, watch, Rhythm(-0.17, 0.41)),
            EventTimes("all acts", acts, sides),
            DeathToll("dead of the coast", "coast", 9, 17, 11.0, 6, 0.35),
            DeathToll("dead of the marsh", "marsh", 2, 3, 7.0, 300),
            DeathShare("civilians of the upland", "upland", 3, 8, (), 0.2),
            DeathShare("fighters of DOR", "coast", 5, 16, ("DOR",), 0.6),
            ActCount("acts of DOR", ("DOR",), 13, 9.0),
            ActCount("acts of ARD and BRE", ("ARD", "BRE"), 31, 10.0, 0.35),
            Spills("DOR-ARD", 4, 7),
            Spills("BRE-CAL", 1, 5),
        ),
        (
            Lag("r-1", "a-1", "ARD-DOR", 0.05, 0.45),
            Lag("r-2", "a-2", "CAL-ARD", 0.0, 0.3),
            Lag("r-3", "a-3", "ESK-BRE", 0.4, 1.6),
        ),
        (Pause(4.0, 6.5), Pause(9.2, 13.5)),
    )


@dataclasses.dataclass(frozen=True)
class Labels:
    """How the front is told: names of the parties, their order, which side comes first, the order of the dyads."""

    name: Callable[[str], str] = str
    parties: tuple[str, ...] = tuple(LOCATIONS)
    is_swapped: bool = False
    dyads: tuple[tuple[str, str, str], ...] = tuple(DYADS)

    def key(self, key: str) -> str:
        """Return a key path under the new names."""
        kind, owner, *rest = key.split(".")
        if kind == "source":
            return key
        return ".".join([kind, "-".join(self.name(part) for part in owner.split("-")), *rest])

    def dyad(self, dyad: str) -> str:
        """Return a dyad under the new names."""
        return "-".join(self.name(part) for part in dyad.split("-"))

    def law(self, law: Law) -> Law:
        """Return a law that refers to the new names."""
        return dataclasses.replace(law, key=self.key(law.key)) if isinstance(law, SameAs) else law

    def piece(self, piece: Any) -> Any:
        """Return a piece of evidence under the new names."""
        side = (lambda of: 1 - of) if self.is_swapped else (lambda of: of)
        changes: dict[str, Any] = {}
        for field, value in vars(piece).items():
            if field in ("side", "sides"):
                changes[field] = side(value)
            elif field in ("targets", "senders"):
                changes[field] = tuple(self.name(party) for party in value)
            elif field == "dyad":
                changes[field] = self.dyad(value)
        return dataclasses.replace(piece, **changes)


def theatre(labels: Labels = Labels()) -> Theatre:
    """Return the theatre of the front."""
    name = labels.name
    parties = [PartyProfile(name(party), party.lower(), LOCATIONS[party]) for party in labels.parties]
    dyads = [Dyad(name(a), name(b), name(host) if host else None) for a, b, host in labels.dyads]
    ladder = Ladder(
        [Rung(i, f"rung {i}", lethality=lethal, civilian_share=share) for i, (lethal, share) in enumerate(RUNGS)]
    )
    first, second = (tuple(name(party) for party in side) for side in SIDES[:: -1 if labels.is_swapped else 1])
    return Theatre("asymmetric", parties, dyads, ladder, Front("front", "the front", (first, second)))


def likelihood(evidence: Evidence, labels: Labels = Labels()) -> Likelihood:
    """Return the posterior density of the front under some evidence, told in the original names."""
    told = dataclasses.replace(
        evidence,
        pieces=tuple(labels.piece(piece) for piece in evidence.pieces),
        lags=tuple(labels.piece(lag) for lag in evidence.lags),
    )
    front = FrontModel(theatre(labels), {labels.name(party): share for party, share in ANSWERED.items()})
    known = {labels.key(key): labels.law(law) for key, law in laws().items()}
    return Likelihood(told, front, Space(known, needed_keys(front, told.pieces, told.pauses)))


def points(density: Likelihood, number: int = 6, scale: float = 0.6, labels: Labels = Labels()) -> np.ndarray:
    """Return coordinates on the grid of the tables of quantiles, the same for the same parameter under any name."""
    generator = np.random.default_rng(3)
    known = {labels.key(key): np.round(scale * generator.normal(size=number), 2) for key in laws()}
    return np.stack([known[key] for key in density.space.keys], axis=1)

"""Parameters of the four-party and the far world: no two parties, dyads, entries or rungs share a value that acts.

Whoever takes one for another finds another number. A pair of numbers is a span: the value differs by replicate, by its
index alone; where `SOME` stands before a value, about half of the replicates have it and the others have 0.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from sim.core.random_streams import Streams
from sim.engine.configuration import AllianceParameters, EntryParameters, FrontParameters, Parameters, WorldParameters
from sim.engine.outcomes import Definitions
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import DyadParameters, Ladder, Rung

SOME = "some"
PARTIES = ("STA", "HOS", "FAC", "GRP", "FAR", "OTH")
BY_PARTY: dict[str, tuple[Any, ...]] = {
    "baseline": ((1.0, 4.0), 1.2, 0.5, 0.7, 0.1, 0.0),
    "follow_up": (0.2, 0.1, 0.15, 0.05, 0.12, 0.08),
    "driver_share": (0.3, 0.7, 1.0, 0.5, 0.6, 0.2),
    "host_control": (0.05, 0.1, 0.2, 0.15, 0.3, 0.25),
    "trend": (0.001, -0.004, 0.006, -0.008, 0.01, -0.002),
    "productivity": ((0.0, 0.4), 0.3, 0.15, 0.25, 0.1, 0.0),
    "overdispersion": ((0.0, 1.0), (SOME, 0.8), 0.5, 0.0, 1.2, 0.6),
    "package": (0.5, 0.7, 0.3, 0.8, 0.2, 0.9),
    "restraint": (0.5, 0.8, 0.3, 1.0, 0.6, -0.4),
    "posture_baseline": (2.8, 2.5, 4.3, 3.1, 4.6, 3.6),
    "posture_spread": (0.9, 1.0, 0.8, 1.1, 0.7, 1.2),
    "posture_memory_days": (10.0, 14.0, 6.0, 20.0, 12.0, 8.0),
    "imitation": (0.5, 0.35, 0.4, 0.2, 0.6, 0.1),
    "civilian_shock": (0.2, 0.12, 0.3, 0.15, 0.25, 0.1),
    "leader_shock": (0.5, 0.2, 0.3, 0.8, 0.4, 0.6),
    "civilian_weight": (3.0, 2.0, 1.5, 2.5, 4.0, 1.2),
    "leader_weight": (12.0, 8.0, 15.0, 6.0, 10.0, 9.0),
    "own_loss_weight": (1.3, 1.6, 1.0, 1.4, 1.2, 1.5),
    "discharge": (0.6, 0.5, 0.4, 0.7, 0.3, 0.8),
    "harm_memory_days": (7.0, 5.0, 9.0, 4.0, 11.0, 6.0),
    "lethality": ((0.5, 1.2), (0.6, 1.0), 0.8, 0.9, 1.1, 0.7),
    "leader_strikes": (0.5, 0.8, (SOME, 0.3), 0.6, 0.4, 0.7),
    "severity_exponent": ((2.2, 2.8), 2.4, 2.6, 2.3, 2.5, 2.1),
    "most_killed": (300.0, 250.0, 120.0, 80.0, 200.0, 20.0),
    "claim_bias": (0.1, 0.3, -0.2, -0.4, 0.5, 0.2),
    "claim_spread": (0.1, 0.2, 0.15, 0.3, 0.25, 0.05),
    "detection": (0.8, 0.7, 0.9, 0.6, 0.85, 1.0),
    "misperception": (0.1, 0.15, 0.0, 0.2, 0.12, 0.08),
    "harm_noise": (0.4, 0.3, 0.5, 0.0, 0.6, 0.1),
    "strength": (5.0, 3.0, 2.0, 1.0, 8.0, 4.0),
    "resolve_baseline": (0.5, 0.6, 0.7, 0.4, 0.55, 0.45),
    "weariness_effect": (1.0, 0.5, 0.8, 0.3, 0.6, 0.4),
    "leader_loss": (0.15, 0.2, 0.1, 0.25, 0.3, 0.05),
    "campaign_hazard": (0.003, 0.0015, 0.0004, (SOME, 0.004), 0.0002, 0.0),
    "campaign_slope": (1.1, 0.9, 1.2, 0.8, 1.0, 0.7),
    "campaign_shock": (1.0, 1.4, 0.8, 0.6, 0.5, 0.9),
    "campaign_mediation": (0.5, 0.7, 0.3, 0.9, 0.4, 0.6),
    "expected_loss": (0.4, -0.3, 0.2, 0.6, 0.5, 0.1),
    "campaign_deterrence": (0.5, 0.4, 0.3, 0.2, 0.6, 0.1),
}
DYADS = ("STA-HOS", "HOS-STA", "FAC-STA", "STA-FAC", "GRP-HOS", "HOS-GRP", "FAC-GRP")
BY_DYAD: dict[str, tuple[Any, ...]] = {
    "share": (0.7, 0.75, 0.8, 0.25, 0.9, 0.2, 0.15),
    "attention": (0.65, 0.85, 0.55, 0.95, 0.45, 0.3, 0.12),
    "excitation": (1.4, 0.15, 0.1, 0.5, 0.3, 0.35, 0.05),
    "delay_days": ((0.2, 1.2), 0.5, 0.7, 0.4, 0.3, 0.9, 1.1),
    "spill": (0.15, 0.05, 0.7, 0.1, (SOME, 0.5), 0.2, 0.4),  # counts only where somebody else may be charged
    "false_alarms": (0.02, 0.1, (SOME, 0.08), 0.01, 0.04, 0.05, 0.06),
    "campaign_factor": (8.0, 6.0, 3.0, 4.0, 5.0, 7.0, 2.0),
    "answer_chance": (0.04, 0.05, 0.1, 0.02, 0.12, 0.08, 0.06),
    "entry_rate": (0.3, 0.2, 0.4, 0.1, 0.6, 0.7, 0.75),  # counts only for a party that may join
    "strategic_rate": (0.003, 0.001, 0.0, 0.002, (SOME, 0.009), 0.005, 0.006),
}
FAR_DYADS = ("FAR-STA", "STA-FAR", "OTH-STA", "FAR-OTH", "OTH-FAR")
BY_FAR_DYAD: dict[str, tuple[Any, ...]] = {
    "share": (0.6, 0.01, 0.5, 0.35, 0.4),
    "attention": (0.58, 0.33, 0.21, 0.72, 0.48),
    "excitation": (0.2, 0.11, 0.0, 0.16, 0.32),
    "delay_days": (2.0, 1.5, 0.6, 0.8, 1.3),
    "spill": (0.3, 0.25, 0.35, 0.45, 0.55),
    "false_alarms": (0.07, 0.13, 0.09, 0.11, 0.12),
    "campaign_factor": (9.0, 10.0, 11.0, 12.0, 13.0),
    "answer_chance": (0.3, 0.4, 0.0, 0.15, 0.18),
    "entry_rate": (0.8, 0.9, 0.5, 0.35, 0.45),
    "strategic_rate": (0.0005, 0.012, 0.0035, 0.0025, 0.007),
}
ENTRIES = {
    "FAR": EntryParameters(
        hazard=0.008,
        rung_slope=0.3,
        civilians=0.5,
        driver=0.4,
        deterrence=0.2,
        mediation=0.3,
        posture=5.2,
        shortest_days=2.0,
        exit_hazard=0.1,
    ),
    "OTH": EntryParameters(
        hazard=0.03,
        rung_slope=0.2,
        civilians=0.3,
        driver=0.6,
        deterrence=-0.1,
        mediation=0.5,
        posture=4.2,
        shortest_days=1.0,
        exit_hazard=0.2,
    ),
}
ALLIANCES = {
    "FAR-HOS": AllianceParameters(weight=1.5),
    "FAR-OTH": AllianceParameters(weight=0.6),
    "OTH-STA": AllianceParameters(weight=1.0),
}


def full_ladder() -> Ladder:
    """Return seven rungs of acts after S2.4 and S2.5; where S2 has one number for several rungs, they differ."""
    names = ("lull", "harassment", "routine", "intense", "town", "depth", "strategic")
    values = {
        "harm": (0.0, 0.1, 0.3, 0.8, 1.5, 3.0, 8.0),
        "launches": (0.0, 0.0, 1.0, 4.0, 7.0, 18.0, 25.0),
        "lethality": (0.0, 0.004, 0.03, 0.10, 0.22, 0.35, 0.75),
        "civilian_share": (0.0, 0.05, 0.1, 0.15, 0.4, 0.45, 0.5),
        "leader": (0.0, 0.0, 0.0, 0.0, 0.0, 0.01, 0.35),
        "depth_low": (0.0, 0.0, 0.5, 1.0, 2.0, 10.0, 40.0),
        "depth_high": (0.0, 3.0, 5.0, 8.0, 12.0, 41.0, 150.0),
        "criterion_killed": (0, 0, 0, 3, 0, 5, 12),
        "criterion_civilians": (0, 0, 0, 0, 1, 4, 9),
        "criterion_leader": (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0),
    }
    columns = [dict(zip(values, column, strict=True)) for column in zip(*values.values(), strict=True)]
    return Ladder([Rung(level, names[level], **column) for level, column in enumerate(columns)])


def table(kind: Any, owners: tuple[str, ...], values: dict[str, tuple[Any, ...]], prior: Streams) -> dict[str, Any]:
    """Return parameters by owner out of a table by parameter; a span becomes a value for each replicate."""

    def drawn(name: str, owner: str, value: Any) -> Any:
        if not isinstance(value, tuple):
            return value
        uniform = prior.uniform(owner, name, 0)
        if value[0] == SOME:
            return np.where(uniform < 0.5, value[1], 0.0)
        return value[0] + (value[1] - value[0]) * uniform

    return {
        owner: kind(**{name: drawn(name, owner, row[place]) for name, row in values.items()})
        for place, owner in enumerate(owners)
    }


def four_party_parameters(replicates: np.ndarray) -> Parameters:
    """Return parameters with every mechanism on; many differ by replicate, by its index alone."""
    prior = Streams(99, replicates)
    near = {name: row[:4] for name, row in BY_PARTY.items()}
    parties = table(PartyParameters, PARTIES[:4], near, prior) | {"BYS": PartyParameters()}
    dyads = table(DyadParameters, DYADS, BY_DYAD, prior)
    dyads["BYS-STA"] = DyadParameters()
    world = WorldParameters(
        driver_level=1.1 + 0.4 * prior.uniform("world", "driver", 0),
        driver_exponent=0.5,
        truce_hazard=0.02,
        truce_days=4.0,
        mediation=0.1 + 0.4 * prior.uniform("world", "mediation", 0),
        mediation_decay_days=10.0,
    )
    front = FrontParameters(
        ground_hazard=0.08,
        ceasefire_hazard=0.1,
        ceasefire_mediation=0.5,
        reignition_hazard=0.06,
        ceasefire_activity=0.15,
        campaign_posture=5.4,
        mass_memory_days=5.0,
        mass_killed=9.0,
    )
    definitions = Definitions(
        campaign_acts=40.0,
        campaign_launches=90.0,
        campaign_days=3.0,
        campaign_killed=45.0,
        campaign_killed_days=2.0,
        war_killed=250.0,
        calm_acts=4.0,
        calm_days=5.0,
    )
    return Parameters(parties, dyads, world, front, definitions)


def far_parameters(replicates: np.ndarray) -> Parameters:
    """Return parameters with every mechanism on, entry and strategic acts among them; all of it within weeks."""
    near, prior = four_party_parameters(replicates), Streams(99, replicates)
    far = {name: row[4:] for name, row in BY_PARTY.items()}
    return replace(
        near,
        parties=near.parties | table(PartyParameters, PARTIES[4:], far, prior),
        dyads=near.dyads | table(DyadParameters, FAR_DYADS, BY_FAR_DYAD, prior),
        world=replace(
            near.world,
            mediation_added=0.05,
            mediation_spread=0.1,
            mediation_shock_hazard=0.05,
            mediation_shock_size=0.25,
        ),
        definitions=replace(near.definitions, front_acts=4.0, regional_days=6.0, exchange_days=5.0),
        entries=ENTRIES,
        alliances=ALLIANCES,
    )

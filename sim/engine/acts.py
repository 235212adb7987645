"""Acts and their marks: rung, killed, civilians, leader, launches, depth (S2.5).

An act is a row of arrays. Its root word is the address from which all its marks descend, so the marks of an act depend
on nothing but its address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from scipy import special, stats

from sim.core.arrays import Floats, Integers, Words
from sim.core.distributions import CountTable, ZetaTable, binomial
from sim.core.kernels import pick
from sim.core.parameters import LaneValues
from sim.core.random_streams import Streams, act_uniform
from sim.engine.ladder import Ladder
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import Theatre

BACKGROUND: Final = 0
FOLLOW_UP: Final = 1
REACTION: Final = 2
SCHEDULED: Final = 3
FALSE_ALARM: Final = 4
STRATEGIC: Final = 5
CAUSES: Final = ("routine", "follow-up", "reaction", "scheduled", "false alarm", "strategic")

LAUNCH_DISPERSION: Final = 0.7
"""Size of the negative binomial law of further launches (S2.5)."""
SALVO: Final = 20
"""Launches that put a salvo on the depth-or-mass rung; routine salvos stay below (S2.4)."""
_MOST_LAUNCHES: Final = 400


@dataclass(frozen=True)
class GivenAct:
    """An act whose marks are known: an incident of the record, or one that a scenario schedules."""

    day: float  # from the start of the scenario; below 0 for the record [days]
    sender: str
    target: str
    rung: int  # reported
    killed: int = 0  # of the target, civilians and leaders included [persons]
    civilians: int = 0
    leaders: int = 0
    charged: str | None = None  # party that the target charged, where it is not the sender


@dataclass
class Acts:
    """Acts of one step; every array has shape (n_acts,)."""

    lane: Integers  # position of the replicate
    dyad: Integers  # row of the directed dyad
    cause: Integers  # index into `CAUSES`
    launched: Integers  # rung on which the act was launched
    words: Words  # root word of the act's address
    killed: Integers  # in all, civilians and leaders included; -1 before the marks are drawn [persons]
    civilians: Integers
    leaders: Integers
    rung: Integers  # reported; -1 before the marks are drawn

    @classmethod
    def none(cls) -> Acts:
        """Return no acts."""
        empty = np.zeros(0, dtype=np.int64)
        return cls(empty, empty, empty, empty, np.zeros(0, dtype=np.uint64), empty, empty, empty, empty)

    @classmethod
    def unmarked(cls, lane: Integers, dyad: Integers, cause: Integers, launched: Integers, words: Words) -> Acts:
        """Return acts whose marks are still to be drawn."""
        blank = np.full(lane.shape, -1, dtype=np.int64)
        return cls(lane, dyad, cause, launched, words, blank, blank, blank, blank)

    @classmethod
    def given(cls, act: GivenAct, theatre: Theatre, streams: Streams, step: int, ordinal: int) -> Acts:
        """Return a given act, once in every replicate."""
        dyad = f"{act.sender}-{act.target}"
        lane = np.arange(streams.n_replicates)
        words = streams.act_words(streams.address(dyad, "given", step, ordinal), lane, np.zeros_like(lane))

        def all_lanes(value: int) -> Integers:
            return np.full(lane.shape, value, dtype=np.int64)

        marks = (all_lanes(value) for value in (act.killed, act.civilians, act.leaders, act.rung))
        row = all_lanes(theatre.dyad_index[dyad])
        return cls(lane, row, all_lanes(SCHEDULED), all_lanes(act.rung), words, *marks)

    def __len__(self) -> int:
        return len(self.lane)

    def select(self, chosen: Integers) -> Acts:
        """Return some of the acts."""
        return Acts(*(getattr(self, field.name)[chosen] for field in fields(self)))

    @staticmethod
    def concatenate(parts: Sequence[Acts]) -> Acts:
        """Return acts one list after the other."""
        if len(parts) == 1:
            return parts[0]
        return Acts(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Acts)))


def stack_values(values: Sequence[LaneValues], n_replicates: int) -> Floats:
    """Return one row of replicates for each value, shape (len(values), n_replicates)."""
    return np.stack([np.broadcast_to(np.asarray(value, dtype=np.float64), (n_replicates,)) for value in values])


class Marks:
    """The laws of the marks of acts, by party and replicate."""

    def __init__(self, theatre: Theatre, parties: Mapping[str, PartyParameters], n_replicates: int) -> None:
        ordered = [parties[party.id] for party in theatre.parties]
        self._ladder: Ladder = theatre.ladder
        self._sender = theatre.sender
        self.lethality = np.minimum(
            stack_values([p.lethality for p in ordered], n_replicates)[:, None, :] * theatre.ladder.lethality[:, None],
            0.98,
        )
        self._leader_strikes = stack_values([p.leader_strikes for p in ordered], n_replicates)
        self._zeta = ZetaTable(stack_values([p.severity_exponent for p in ordered], n_replicates))
        self._launches = launch_table(theatre.ladder)
        self._most_killed = stack_values([p.most_killed for p in ordered], n_replicates)
        self._claim_bias = stack_values([p.claim_bias for p in ordered], n_replicates)
        self._claim_spread = stack_values([p.claim_spread for p in ordered], n_replicates)
        self._claims_differ = bool(np.any(self._claim_bias != 0) or np.any(self._claim_spread > 0))

    def draw(self, acts: Acts) -> None:
        """Draw killed, civilians and leaders, and set the reported rung."""
        sender = self._sender[acts.dyad]
        lethal = act_uniform(acts.words, "lethal") < pick(self.lethality, sender, acts.launched, acts.lane)
        deadly = np.flatnonzero(lethal)
        acts.killed = np.zeros(len(acts), dtype=np.int64)
        acts.civilians = np.zeros(len(acts), dtype=np.int64)
        acts.leaders = np.zeros(len(acts), dtype=np.int64)
        uniforms = act_uniform(acts.words[deadly], "killed")
        killed = self._zeta.killed(uniforms, sender[deadly], acts.lane[deadly])
        limit = pick(self._most_killed, sender[deadly], acts.lane[deadly])
        acts.killed[deadly] = np.minimum(killed, limit.astype(np.int64))
        share = self._ladder.civilian_share[acts.launched[deadly]]
        acts.civilians[deadly] = binomial(act_uniform(acts.words[deadly], "civilians"), acts.killed[deadly], share)
        self._draw_leaders(acts, deadly, sender[deadly])
        acts.rung = acts.launched.copy()
        acts.rung[deadly] = self._ladder.classify(
            acts.launched[deadly], acts.killed[deadly], acts.civilians[deadly], acts.leaders[deadly]
        )

    def _draw_leaders(self, acts: Acts, deadly: Integers, sender: Integers) -> None:
        lanes, launched = acts.lane[deadly], acts.launched[deadly]
        chance = self._ladder.leader[launched] * pick(self._leader_strikes, sender, lanes)
        possible = np.flatnonzero(chance > 0)
        # The chance of the ladder (S2.5) is for any act of a rung; a leader dies only where somebody does.
        given_deadly = chance[possible] / pick(self.lethality, sender[possible], launched[possible], lanes[possible])
        struck = act_uniform(acts.words[deadly[possible]], "leader") < given_deadly
        acts.leaders[deadly[possible[struck]]] = 1

    def draw_launches(self, acts: Acts) -> Integers:
        """Return the launches of each act, 1 or more; salvos below the depth-or-mass rung stay below its criterion."""
        further = self._launches.counts(act_uniform(acts.words, "launches"), acts.launched)
        return np.where(acts.launched < self._ladder.top - 1, np.minimum(1 + further, SALVO - 1), 1 + further)

    def draw_claims(self, acts: Acts, launches: Integers) -> Integers:
        """Return the launches that the sender of each act claims, from its true ones, 1 or more (S2.6) [1]."""
        if not self._claims_differ:
            return launches
        sender = self._sender[acts.dyad]
        normal = special.ndtri(act_uniform(acts.words, "claimed"))
        bias = pick(self._claim_bias, sender, acts.lane) + pick(self._claim_spread, sender, acts.lane) * normal
        return np.maximum(1, np.rint(launches * np.exp(bias))).astype(np.int64)

    def draw_depths(self, acts: Acts) -> Floats:
        """Return the depth of each act: log-normal, truncated to the interval of its launched rung [km]."""
        low = np.log(np.maximum(self._ladder.depth_low[acts.launched], 0.2))
        high = np.log(np.maximum(self._ladder.depth_high[acts.launched], 0.21))
        # The median of the law is the geometric middle of the interval, which spans four standard deviations.
        spread = (high - low) / 4.0
        inside = special.ndtr(-2.0) + act_uniform(acts.words, "depth") * (special.ndtr(2.0) - special.ndtr(-2.0))
        return np.exp((low + high) / 2.0 + spread * special.ndtri(inside))

    def mean_civilian_shock(self, sender: int, rungs: Floats) -> Floats:
        """Return the mean of log(1 + civilians killed) of one act of a sender, shape (n_replicates,) [1].

        ``rungs`` is the law of its launched rung, shape (n_rungs, n_replicates or 1).
        """
        given_deadly = np.stack([self._zeta.mean_log_civilians(sender, share) for share in self._ladder.civilian_share])
        mean: Floats = (rungs * self.lethality[sender] * given_deadly).sum(axis=0)
        return mean

    def mean_harm(self, theatre: Theatre, sender: str, observer: PartyParameters) -> Floats:
        """Return the mean harm of a sender's act on each rung, as an observer weighs it [killed-equivalents].

        Shape (n_rungs, n_replicates).
        """
        index = theatre.party_index[sender]
        share = theatre.ladder.civilian_share[:, None]
        weight = 1.0 - share + share * np.asarray(observer.civilian_weight)
        leaders = theatre.ladder.leader[:, None] * self._leader_strikes[index] * np.asarray(observer.leader_weight)
        harm: Floats = theatre.ladder.harm[:, None] + self.lethality[index] * self._zeta.mean[index] * weight + leaders
        return harm


def launch_table(ladder: Ladder) -> CountTable:
    """Return the negative binomial law of further launches for each rung (S2.5)."""
    counts = np.arange(_MOST_LAUNCHES + 1)
    rows = []
    for mean in ladder.launches:
        chance = LAUNCH_DISPERSION / (LAUNCH_DISPERSION + mean)
        row = stats.nbinom.pmf(counts, LAUNCH_DISPERSION, chance) if mean > 0 else (counts == 0).astype(float)
        rows.append(row / row.sum())
    return CountTable(np.array(rows), first=0)

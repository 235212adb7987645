"""What the target of an act sees of it: detection, misperceived rung, noisy harm, attribution (S2.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from sim.core.arrays import Flags, Floats, Integers
from sim.core.distributions import NoiseFactors
from sim.core.kernels import pick
from sim.core.random_streams import act_uniform
from sim.engine.acts import FALSE_ALARM, SCHEDULED, Acts, Marks, stack_values
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import DyadParameters, Theatre
from sim.policies.base import RedLine

ALARM_RUNG: Final = 5
"""Rung on which a false alarm is perceived (S2.6)."""
ALARM_DAYS: Final = 2.0 / 24.0
"""Time for which a false alarm is believed (S2.6) [days]."""


@dataclass
class Perceived:
    """What the targets saw of some acts; every array has shape (n_acts,)."""

    seen: Flags  # whether the target saw the act
    answer: Integers  # row of the dyad by which the target would answer the party that it charges; -1 for none
    rung: Integers
    provocation: Integers  # perceived rung, lifted to the red line where the act crosses it
    harm: Floats  # [killed-equivalents]
    crosses: Flags  # whether the act crosses a red line of the party that answers

    @classmethod
    def none(cls) -> Perceived:
        """Return the perception of no acts."""
        flags, numbers = np.zeros(0, dtype=bool), np.zeros(0, dtype=np.int64)
        return cls(flags, numbers, numbers, numbers, np.zeros(0), flags)

    @staticmethod
    def concatenate(parts: Sequence[Perceived]) -> Perceived:
        """Return perceptions one list after the other."""
        if len(parts) == 1:
            return parts[0]
        return Perceived(
            *(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Perceived))
        )


class Perception:
    """The observation and attribution layer; red lines are by the dyad in which they are answered."""

    def __init__(
        self,
        theatre: Theatre,
        parties: Mapping[str, PartyParameters],
        dyads: Mapping[str, DyadParameters],
        red_lines: Mapping[str, RedLine],
        n_replicates: int,
    ) -> None:
        ordered = [parties[party.id] for party in theatre.parties]
        rungs = np.arange(theatre.ladder.top + 1)[:, None]
        self._theatre = theatre
        self._detection = np.stack(
            [np.broadcast_to(1.0 - np.power(1.0 - np.asarray(p.detection), 1 + rungs), (len(rungs), n_replicates))
             for p in ordered]
        )  # fmt: skip
        self._misperception = stack_values([p.misperception for p in ordered], n_replicates)
        harm_noise = stack_values([p.harm_noise for p in ordered], n_replicates)
        self._noise = NoiseFactors(harm_noise)
        self._civilian_weight = stack_values([p.civilian_weight for p in ordered], n_replicates)
        self._leader_weight = stack_values([p.leader_weight for p in ordered], n_replicates)
        self._own_loss_weight = stack_values([p.own_loss_weight for p in ordered], n_replicates)
        self._spill = stack_values([dyads[dyad.id].spill for dyad in theatre.dyads], n_replicates)
        self._has_own_loss_weight = bool(np.any(self._own_loss_weight != 1.0))
        self._has_detection = bool(np.any(self._detection[:, 1:] < 1.0))
        self._has_misperception = bool(np.any(self._misperception > 0))
        self._has_noise = bool(np.any(harm_noise > 0))
        self._has_spill = bool(np.any((self._spill > 0).any(axis=1) & (theatre.spilled_answers >= 0)))
        none = RedLine(rung=0.0, civilians=np.inf, depth=np.inf)
        lines = [red_lines.get(dyad.id, none) for dyad in theatre.dyads]
        self._has_line = np.array([dyad.id in red_lines for dyad in theatre.dyads])
        self._line_leader = (
            stack_values([np.asarray(line.leader, dtype=np.float64) for line in lines], n_replicates) > 0
        )
        # A line above the ladder lifts to its top: no act can stand higher.
        self._line_rung = np.minimum(stack_values([line.rung for line in lines], n_replicates), theatre.ladder.top)
        self._line_civilians = stack_values([line.civilians for line in lines], n_replicates)
        self._line_depth = stack_values([line.depth for line in lines], n_replicates)
        reach = theatre.ladder.depth_high[:, None]
        self._reaches = reach[None] >= self._line_depth[:, None, :]

    def harm(self, acts: Acts, observer: Integers) -> Floats:
        """Return the harm of acts as their observers weigh it, without noise [killed-equivalents]."""
        harm = self._theatre.ladder.harm[acts.rung]
        deadly = np.flatnonzero(acts.killed > 0)
        party, lane = observer[deadly], acts.lane[deadly]
        civilians, leaders = acts.civilians[deadly], acts.leaders[deadly]
        harm[deadly] += (
            (acts.killed[deadly] - civilians)
            + pick(self._civilian_weight, party, lane) * civilians
            + pick(self._leader_weight, party, lane) * leaders
        )
        return harm

    def perceive(self, acts: Acts, marks: Marks) -> Perceived:
        """Return what the target of each act sees of it; ``marks`` gives depths where a red line depends on them."""
        target = self._theatre.target[acts.dyad]
        rung = self._perceived_rung(acts, target)
        answer = self._charge(acts)
        crosses = self._crossing(acts, answer, marks)
        return Perceived(
            seen=self._seen(acts, target),
            answer=answer,
            rung=rung,
            provocation=self._provocation(acts, answer, rung, crosses),
            harm=self._perceived_harm(acts, target),
            crosses=crosses,
        )

    def perceive_record(self, acts: Acts, charged: Integers) -> Perceived:
        """Return acts of the record as seen by all, on the rung and with the harm that were reported.

        ``charged`` is the row of the dyad that answers by the record's own word, -1 where it says nothing, shape
        (n_acts,).
        """
        target = self._theatre.target[acts.dyad]
        answer = np.where(charged >= 0, charged, self._theatre.answers[acts.dyad])
        crosses = self._crossing(acts, answer, None)
        return Perceived(
            seen=np.ones(len(acts), dtype=bool),
            answer=answer,
            rung=acts.rung,
            provocation=self._provocation(acts, answer, acts.rung, crosses),
            harm=self.harm(acts, target) * pick(self._own_loss_weight, target, acts.lane),
            crosses=crosses,
        )

    def _seen(self, acts: Acts, target: Integers) -> Flags:
        if not self._has_detection:
            return np.ones(len(acts), dtype=bool)
        chance = pick(self._detection, target, acts.rung, acts.lane)
        # A scheduled incident is news by the scenario's own word, an alarm by its siren.
        public = (acts.cause == SCHEDULED) | (acts.cause == FALSE_ALARM)
        seen: Flags = (act_uniform(acts.words, "seen") < chance) | public
        return seen

    def _perceived_rung(self, acts: Acts, target: Integers) -> Integers:
        rung = acts.rung
        if self._has_misperception:
            half = pick(self._misperception, target, acts.lane) / 2.0
            uniforms = act_uniform(acts.words, "misperceived")
            rung = rung + (uniforms > 1.0 - half) - (uniforms < half)
            rung = np.clip(rung, 1, self._theatre.ladder.top)
        return np.where(acts.cause == FALSE_ALARM, min(ALARM_RUNG, self._theatre.ladder.top), rung)

    def _perceived_harm(self, acts: Acts, target: Integers) -> Floats:
        harm = self.harm(acts, target)
        if self._has_own_loss_weight:
            harm = harm * pick(self._own_loss_weight, target, acts.lane)
        if self._has_noise:
            harm = harm * self._noise.look_up(act_uniform(acts.words, "harm"), target, acts.lane)
        return np.where(acts.cause == FALSE_ALARM, 0.0, harm)

    def _charge(self, acts: Acts) -> Integers:
        answer = self._theatre.answers[acts.dyad]
        if not self._has_spill:
            return answer
        spilled = self._theatre.spilled_answers[acts.dyad]
        possible = np.flatnonzero(spilled >= 0)
        chance = pick(self._spill, acts.dyad[possible], acts.lane[possible])
        moved = possible[act_uniform(acts.words[possible], "charged") < chance]
        answer[moved] = spilled[moved]
        return answer

    def _crossing(self, acts: Acts, answer: Integers, marks: Marks | None) -> Flags:
        """Return which acts cross a red line by civilians, a leader or depth; the record has no depths."""
        crosses = np.zeros(len(acts), dtype=bool)
        if not self._has_line.any():
            return crosses
        # An address costs nothing unasked, so depths are drawn only for acts whose launched rung reaches far enough
        # for the line of the party that answers.
        grave = acts.killed > 0
        if marks is not None:
            grave |= pick(self._reaches, answer, acts.launched, acts.lane)
        at = np.flatnonzero(grave & (answer >= 0) & self._has_line[answer] & (acts.cause != FALSE_ALARM))
        row, lane = answer[at], acts.lane[at]
        crosses[at] = (acts.civilians[at] >= pick(self._line_civilians, row, lane)) | (
            pick(self._line_leader, row, lane) & (acts.leaders[at] > 0)
        )
        if marks is not None:
            crosses[at] |= marks.draw_depths(acts.select(at)) >= pick(self._line_depth, row, lane)
        return crosses

    def _provocation(self, acts: Acts, answer: Integers, rung: Integers, crosses: Flags) -> Integers:
        """Return the rung on which each act provokes: a crossing act counts as at least on the rung of the line."""
        provocation = np.maximum(rung, 1)
        at = np.flatnonzero(crosses)
        line_rung = pick(self._line_rung, answer[at], acts.lane[at]).astype(np.int64)
        provocation[at] = np.maximum(provocation[at], line_rung)
        return provocation

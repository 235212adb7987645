"""What the target of an act sees of it: detection, misperceived rung, noisy harm, attribution (S2.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import numpy.typing as npt

from sim.acts import FALSE_ALARM, SCHEDULED, Acts, Marks, stacked
from sim.laws import NoiseFactors
from sim.lookup import pick
from sim.party import PartyParameters
from sim.policies.base import RedLine
from sim.primitives import Floats, Integers
from sim.streams import act_uniform
from sim.theatre import DyadParameters, Theatre

ALARM_RUNG: Final = 5
"""Rung on which a false alarm is perceived (S2.6)."""
ALARM_DAYS: Final = 2.0 / 24.0
"""Time for which a false alarm is believed (S2.6) [days]."""

Flags = npt.NDArray[np.bool_]


@dataclass
class Perceived:
    """What the targets saw of some acts; every array has shape (n_acts,).

    Parameters
    ----------
    seen : ndarray of bool
        Whether the target saw the act.
    answer : ndarray of int
        Row of the dyad by which the target would answer the party that it charges; -1 for none.
    rung : ndarray of int
        Perceived rung.
    provocation : ndarray of int
        Rung on which the act provokes: the perceived rung, lifted to the red line where the act crosses it.
    harm : ndarray of float
        Perceived harm [killed-equivalents].
    """

    seen: Flags
    answer: Integers
    rung: Integers
    provocation: Integers
    harm: Floats

    @staticmethod
    def joined(parts: Sequence[Perceived]) -> Perceived:
        """Return perceptions one list after the other."""
        if len(parts) == 1:
            return parts[0]
        return Perceived(
            *(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Perceived))
        )


class Perception:
    """The observation and attribution layer.

    Parameters
    ----------
    theatre : Theatre
        Parties, dyads, ladder.
    parties : mapping of str to PartyParameters
        Parameters by party id.
    dyads : mapping of str to DyadParameters
        Parameters by dyad id.
    red_lines : mapping of str to RedLine
        Red lines of the parties that have one.
    n_replicates : int
        Number of replicates.
    """

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
        self._misperception = stacked([p.misperception for p in ordered], n_replicates)
        harm_noise = stacked([p.harm_noise for p in ordered], n_replicates)
        self._noise = NoiseFactors(harm_noise)
        self._civilian_weight = stacked([p.civilian_weight for p in ordered], n_replicates)
        self._leader_weight = stacked([p.leader_weight for p in ordered], n_replicates)
        self._own_loss_weight = stacked([p.own_loss_weight for p in ordered], n_replicates)
        self._spill = stacked([dyads[dyad.id].spill for dyad in theatre.dyads], n_replicates)
        self._has_own_loss_weight = bool(np.any(self._own_loss_weight != 1.0))
        self._has_detection = bool(np.any(self._detection[:, 1:] < 1.0))
        self._has_misperception = bool(np.any(self._misperception > 0))
        self._has_noise = bool(np.any(harm_noise > 0))
        self._has_spill = bool(np.any((self._spill > 0).any(axis=1) & (theatre.spilled_answers >= 0)))
        none = RedLine(rung=0.0, civilians=np.inf, depth=np.inf)
        lines = [red_lines.get(party.id, none) for party in theatre.parties]
        self._has_line = np.array([party.id in red_lines for party in theatre.parties])
        self._line_rung = stacked([line.rung for line in lines], n_replicates)
        self._line_civilians = stacked([line.civilians for line in lines], n_replicates)
        self._line_depth = stacked([line.depth for line in lines], n_replicates)
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
        """Return what the target of each act sees of it.

        Parameters
        ----------
        acts : Acts
            Acts with their marks.
        marks : Marks
            Law of the depth, asked for where a red line depends on it.
        """
        target = self._theatre.target[acts.dyad]
        rung = self._perceived_rung(acts, target)
        return Perceived(
            seen=self._seen(acts, target),
            answer=self._charged(acts),
            rung=rung,
            provocation=self._provocation(acts, target, rung, marks),
            harm=self._perceived_harm(acts, target),
        )

    def reported(self, acts: Acts) -> Perceived:
        """Return acts of the record as seen by all, on the rung and with the harm that were reported."""
        target = self._theatre.target[acts.dyad]
        return Perceived(
            seen=np.ones(len(acts), dtype=bool),
            answer=self._theatre.answers[acts.dyad],
            rung=acts.rung,
            provocation=np.maximum(acts.rung, 1),
            harm=self.harm(acts, target) * pick(self._own_loss_weight, target, acts.lane),
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
            harm = harm * self._noise.at(act_uniform(acts.words, "harm"), target, acts.lane)
        return np.where(acts.cause == FALSE_ALARM, 0.0, harm)

    def _charged(self, acts: Acts) -> Integers:
        answer = self._theatre.answers[acts.dyad]
        if not self._has_spill:
            return answer
        spilled = self._theatre.spilled_answers[acts.dyad]
        possible = np.flatnonzero(spilled >= 0)
        chance = pick(self._spill, acts.dyad[possible], acts.lane[possible])
        moved = possible[act_uniform(acts.words[possible], "charged") < chance]
        answer[moved] = spilled[moved]
        return answer

    def _provocation(self, acts: Acts, target: Integers, rung: Integers, marks: Marks) -> Integers:
        provocation = np.maximum(rung, 1)
        if not self._has_line.any():
            return provocation
        # A line is crossed by civilians killed or by depth; an address costs nothing unasked, so depths are drawn only
        # for acts whose launched rung reaches far enough for the line of the party that they hit.
        grave = np.flatnonzero((acts.civilians > 0) | pick(self._reaches, target, acts.launched, acts.lane))
        grave = grave[self._has_line[target[grave]] & (acts.cause[grave] != FALSE_ALARM)]
        if grave.size:
            party, lane = target[grave], acts.lane[grave]
            crosses = (acts.civilians[grave] >= pick(self._line_civilians, party, lane)) | (
                marks.depth(acts.select(grave)) >= pick(self._line_depth, party, lane)
            )
            crossing = grave[crosses]
            line_rung = pick(self._line_rung, party[crosses], lane[crosses]).astype(np.int64)
            provocation[crossing] = np.maximum(provocation[crossing], line_rung)
        return provocation

"""The exchange of fire in one step: routine acts, reactions, marks, and what each side sees of them.

Reactions to acts of the same step are resolved generation by generation until no replicate has a new act.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from scipy import special

from sim.core.arrays import Flags, Floats, Integers
from sim.core.distributions import poisson
from sim.core.kernels import PRIMITIVES, pick
from sim.core.random_streams import Streams, act_uniform
from sim.engine.acts import FALSE_ALARM, REACTION, STRATEGIC, Acts, GivenAct, Marks, stack_values
from sim.engine.branching import Decisions, Reactions
from sim.engine.configuration import Parameters
from sim.engine.perception import Perceived, Perception
from sim.engine.theatre import Theatre
from sim.policies.base import Policy

MOST_ACTS: Final = 20_000
"""Same-step reactions and follow-ups of one replicate beyond which it counts as failed."""


class Exchange:
    """Draws the acts of a step; ``policies`` are by dyad id."""

    def __init__(
        self,
        theatre: Theatre,
        parameters: Parameters,
        policies: Mapping[str, Policy],
        streams: Streams,
        step_days: float,
    ) -> None:
        size = streams.n_replicates
        self._theatre = theatre
        self._streams = streams
        self._step_days = step_days
        self.marks = Marks(theatre, parameters.parties, size)
        red_lines = {dyad: line for dyad, policy in policies.items() if (line := policy.red_line()) is not None}
        fast = {dyad: line.delay_days for dyad, line in red_lines.items() if line.delay_days is not None}
        self.perception = Perception(theatre, parameters.parties, parameters.dyads, red_lines, size)
        self.reactions = Reactions(theatre, parameters.parties, parameters.dyads, fast, step_days, size)
        self._spread = stack_values([parameters.parties[party.id].posture_spread for party in theatre.parties], size)
        self._alarm_rates = {
            i: np.asarray(parameters.dyads[dyad.id].false_alarms, dtype=np.float64)
            for i, dyad in enumerate(theatre.dyads)
            if np.any(np.asarray(parameters.dyads[dyad.id].false_alarms) > 0)
        }
        self.failed: Flags = np.zeros(size, dtype=bool)

    def play(
        self, step: int, routine: Floats, posture: Floats, decisions: Decisions, given: tuple[GivenAct, ...]
    ) -> tuple[Acts, Perceived]:
        """Draw all acts of a step with their marks and perceptions, and put what falls due later into the pools.

        ``routine`` is the expected background and follow-ups, shape (n_dyads, n_replicates) [1]; ``posture`` the mean
        rung of routine acts plus one half, shape (n_parties, n_replicates); ``given`` what the scenario puts into this
        step. The reactions that fall due were released before.
        """
        drawn = self._first_generation(step, routine, posture, decisions)
        drawn = Acts.concatenate([drawn, *self._strategic(step, decisions.strategic)])
        self.marks.draw(drawn)
        fixed = [Acts.given(act, self._theatre, self._streams, step, i) for i, act in enumerate(given)]
        generation = Acts.concatenate([drawn, *self._false_alarms(step), *fixed])
        acts, perceptions = [], []
        counts = np.zeros(self._streams.n_replicates, dtype=np.int64)
        while len(generation):
            perceived = self.perception.perceive(generation, self.marks)
            owed = self.reactions.expected_reactions(generation, perceived)
            self.reactions.owe(generation, perceived, owed)
            acts.append(generation)
            perceptions.append(perceived)
            generation = self._next_generation(generation, perceived, owed, decisions, posture)
            counts += np.bincount(generation.lane, minlength=counts.size)
            generation = self._drop_failed(generation, counts)
            self.marks.draw(generation)
        if not acts:
            return Acts.none(), Perceived.none()
        return Acts.concatenate(acts), Perceived.concatenate(perceptions)

    def _next_generation(
        self, acts: Acts, perceived: Perceived, owed: Floats, decisions: Decisions, posture: Floats
    ) -> Acts:
        reactions, follow_ups, provoked_by = self.reactions.draw_immediate(acts, perceived, owed, decisions)
        chosen = reactions.launched
        reactions.launched = self._routine_rungs(reactions, posture)
        reactions.launched = self._package_rungs(reactions, provoked_by, chosen)
        follow_ups.launched = self._routine_rungs(follow_ups, posture)
        return Acts.concatenate([reactions, follow_ups])

    def replay(self, step: int, given: tuple[GivenAct, ...]) -> tuple[Acts, Perceived]:
        """Put reported incidents of the record into a step of history (below 0), in every replicate."""
        self.reactions.release()
        if not given:
            return Acts.none(), Perceived.none()
        acts = Acts.concatenate([Acts.given(act, self._theatre, self._streams, step, i) for i, act in enumerate(given)])
        charged = np.array([-1 if a.charged is None else self._answer(a) for a in given])
        perceived = self.perception.perceive_record(acts, charged.repeat(self._streams.n_replicates))
        self.reactions.owe(acts, perceived)
        return acts, perceived

    def _answer(self, act: GivenAct) -> int:
        return self._theatre.dyad_index.get(f"{act.target}-{act.charged}", -1)

    def _first_generation(self, step: int, routine: Floats, posture: Floats, decisions: Decisions) -> Acts:
        dyads = self._theatre.dyads
        total = PRIMITIVES.weigh(routine, self.reactions.released, decisions.multiplier)
        uniforms = np.stack([self._streams.uniform(dyad.id, "acts", step) for dyad in dyads])
        counts = poisson(uniforms, total).ravel()
        cell, ordinals = PRIMITIVES.expand(counts)
        dyad, lane = np.divmod(cell, self._streams.n_replicates)
        addresses = np.array([self._streams.address(dyad.id, "act", step) for dyad in dyads], dtype=np.uint64)
        words = self._streams.act_words(addresses[dyad], lane, ordinals)
        acts = Acts.unmarked(lane, dyad, np.zeros_like(lane), lane, words)
        position = act_uniform(words, "cause") * pick(total, dyad, lane) - pick(routine, dyad, lane)
        return self._assign_causes(acts, position, posture, decisions)

    def _assign_causes(self, acts: Acts, position: Floats, posture: Floats, decisions: Decisions) -> Acts:
        """Say of each act what it is: routine, or a reaction to a rung, by its position among all that is expected.

        ``position`` counts beyond the routine and is below 0 for a routine act, shape (n_acts,) [1].
        """
        reactions = np.flatnonzero(position >= 0)
        dyad, lane = acts.dyad[reactions], acts.lane[reactions]
        provocation = self._provocation_at(position[reactions], dyad, lane, decisions)
        acts.cause[reactions] = REACTION
        acts.launched = self._routine_rungs(acts, posture)
        chosen = pick(decisions.rung, dyad, provocation - 1, lane).astype(np.int64)
        acts.launched[reactions] = self._package_rungs(acts.select(reactions), provocation, chosen)
        return acts

    def _provocation_at(self, position: Floats, dyad: Integers, lane: Integers, decisions: Decisions) -> Integers:
        """Return the rung of the provocation at each position among the expected reactions."""
        provocation = np.ones_like(dyad)
        above = np.arange(position.size)
        for k in range(self._theatre.ladder.top - 1):
            here = dyad[above], np.full(above.size, k), lane[above]
            position[above] -= pick(self.reactions.released, *here) * pick(decisions.multiplier, *here)
            above = above[position[above] >= 0]
            provocation[above] += 1
        return provocation

    def _package_rungs(self, acts: Acts, provoked_by: Integers, chosen: Integers) -> Integers:
        """Return the rung of reactions launched as routine: one act of a package stands on the rung that was chosen."""
        leads = act_uniform(acts.words, "lead") < pick(self.reactions.lead, acts.dyad, provoked_by, acts.lane)
        return np.where(leads, chosen, np.minimum(chosen, acts.launched))

    def _routine_rungs(self, acts: Acts, posture: Floats) -> Integers:
        """Draw the rung of routine acts and follow-ups (S2.5)."""
        sender = self._theatre.sender[acts.dyad]
        normal = special.ndtri(act_uniform(acts.words, "rung"))
        height = pick(posture, sender, acts.lane) - 0.5 + pick(self._spread, sender, acts.lane) * normal
        return np.clip(np.rint(height), 1, self._theatre.ladder.top).astype(np.int64)

    def _strategic(self, step: int, rates: Mapping[int, Floats]) -> list[Acts]:
        """Draw unprovoked acts on the top rung, at rates by dyad [1/day]."""
        strikes = []
        for row, rate in rates.items():
            dyad = self._theatre.dyads[row].id
            counts = poisson(self._streams.uniform(dyad, "strategic acts", step), rate * self._step_days)
            lane, ordinals = PRIMITIVES.expand(counts)
            words = self._streams.act_words(self._streams.address(dyad, "strategic act", step), lane, ordinals)
            rows, cause = np.full_like(lane, row), np.full_like(lane, STRATEGIC)
            top = np.full_like(lane, self._theatre.ladder.top)
            strikes.append(Acts.unmarked(lane, rows, cause, top, words))
        return strikes

    def _false_alarms(self, step: int) -> list[Acts]:
        alarms = []
        for row, rate in self._alarm_rates.items():
            dyad = self._theatre.dyads[row].id
            chance = -np.expm1(-rate * self._step_days)
            lane = np.flatnonzero(self._streams.uniform(dyad, "false alarm", step) < chance)
            words = self._streams.act_words(self._streams.address(dyad, "alarm", step), lane, np.zeros_like(lane))
            none = np.zeros_like(lane)
            rows, cause = np.full_like(lane, row), np.full_like(lane, FALSE_ALARM)
            alarms.append(Acts(lane, rows, cause, none, words, none, none, none, none))
        return alarms

    def _drop_failed(self, generation: Acts, counts: Integers) -> Acts:
        """Stop replicates in which reactions multiply without end, and note them as failed."""
        broken = counts > MOST_ACTS
        if not broken.any():
            return generation
        self.failed |= broken
        return generation.select(np.flatnonzero(~broken[generation.lane]))

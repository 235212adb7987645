"""`Conflict`: an ensemble of independent histories that share parties, policies and a theatre.

With one replicate it is an ordinary Mesa model; with many, every array has the replicate as its last axis. What a step
does is the kernel's (`sim.engine.kernel.step`): what a reader studies there is what makes the tables.
"""

import contextlib
from collections.abc import Mapping
from typing import Any

import mesa
import numpy as np
import numpy.typing as npt

from sim.core.arrays import Flags, Floats, Integers
from sim.core.errors import PolicyError
from sim.core.foreign_code import blame
from sim.core.random_streams import Branches, Streams
from sim.engine.configuration import Parameters, Timeline
from sim.engine.conflict_check import check_conflict
from sim.engine.daily_totals import DAY_ROW, DailyTotals, Rows
from sim.engine.kernel.consultation import BAD_CAMPAIGN, BAD_MULTIPLIER, BAD_RUNG, BAD_STRATEGIC, FAULTS
from sim.engine.kernel.histories import keep_freed_memory
from sim.engine.kernel.preparation import prepare
from sim.engine.narrative import Narrative
from sim.engine.outcomes import Judge
from sim.engine.outside_policies import OutsidePolicies, name_of
from sim.engine.party import Party
from sim.engine.rolling_windows import Groups
from sim.engine.theatre import Theatre
from sim.policies.base import Policy
from sim.policies.view import View


class Conflict(mesa.Model):
    """An ensemble of histories of one theatre.

    Parameters
    ----------
    theatre : Theatre
        Parties, dyads, front, allies and ladder.
    parameters : Parameters
        Values, each for all replicates or by replicate.
    policies : mapping of str to Policy
        The rule of each party, by party id; a rule under the id of a dyad holds against that opponent alone.
    timeline : Timeline
        Time, and what the scenario and the record give.
    replicates : int or ndarray of int, shape (n_replicates,)
        Number of replicates from 0 on, or their indices in any order. A replicate's history depends on its index
        alone, never on the others.
    seed : int
        Root of all draws.
    branches : Branches, optional
        Where histories leave those that they were cloned from.
    is_checked : bool, optional
        Whether a scenario has checked what all of this may be.

    Raises
    ------
    InputError
        With everything that is wrong with what is given, in the words in which a scenario file is refused.
    SupercriticalError
        If reactions would sustain themselves.
    PolicyError
        During a step, if a policy fails or answers wrongly.
    """

    def __init__(
        self,
        theatre: Theatre,
        parameters: Parameters,
        policies: Mapping[str, Policy],
        timeline: Timeline,
        *,
        replicates: int | npt.NDArray[np.int64],
        seed: int,
        branches: Branches | None = None,
        is_checked: bool = False,
    ) -> None:
        if not is_checked:
            check_conflict(theatre, parameters, policies, timeline, replicates, seed)
        super().__init__(rng=seed)
        keep_freed_memory()
        self.theatre = theatre
        self.parameters = parameters
        self.timeline = timeline
        self.streams = Streams(
            seed, np.arange(replicates) if isinstance(replicates, int | np.integer) else replicates, branches
        )
        self.totals = DailyTotals(theatre, self.n_replicates)
        self.narrative = Narrative(theatre, timeline.start) if self.n_replicates == 1 else None
        self._rows_of_step: tuple[Rows, ...] = ()
        self._goes_on = False  # whether the next step is begun at once, which is faster; nobody may look in between
        self.policies = {dyad.id: policies.get(dyad.id, policies[dyad.sender]) for dyad in theatre.dyads}
        with blame("a policy"):
            self.histories = prepare(theatre, parameters, self.policies, timeline, self.streams, self._keep)
        self.streams.lane_words = self.histories.states["luck"]
        self.parties = {party.id: Party(self, party.id) for party in theatre.parties}
        self.latest = self.histories.no_acts
        """Acts of the step before (see `sim.engine.kernel.records.ACT`); none where a run was not stepped."""
        with blame("a policy"):
            self._outside = OutsidePolicies(theatre, self.policies, self.histories, self.streams, timeline.step_days)
        self.histories.replay()

    def __repr__(self) -> str:
        day, days = self.steps * self.timeline.step_days, self.timeline.horizon_days
        return f"<Conflict {self.theatre.name!r}: {self.n_replicates} replicates, day {day:g} of {days}>"

    @property
    def n_replicates(self) -> int:
        """Number of replicates."""
        return self.streams.n_replicates

    def step(self) -> None:
        """Move all replicates by one step: the list of `sim.engine.kernel.step`."""
        step = self.steps - 1
        before = None if self.narrative is None else self._told()
        self._rows_of_step = ()
        self.histories.begin(step)
        self._outside.answer(step)
        self.latest = self.histories.finish(step, goes_on=self._goes_on)
        self._refuse_wrong_answers()
        is_day_over = (step + 1) % self.timeline.steps_per_day == 0
        if is_day_over:
            self.totals.close_days((step + 1) // self.timeline.steps_per_day)
        if self.narrative is not None and before is not None:
            self._tell(self.narrative, before, is_day_over)

    def run(self) -> "Conflict":
        """Run to the horizon and return the ensemble."""
        n_steps = self.timeline.horizon_days * self.timeline.steps_per_day
        if self.steps or self._outside.has_any or self.narrative is not None:
            nobody_looks = self.narrative is None and type(self).step is Conflict.step
            for step in range(self.steps, n_steps):
                self._goes_on = nobody_looks and step + 1 < n_steps
                self.step()
            return self
        self.histories.run()
        self._refuse_wrong_answers()
        self.steps = n_steps
        self.totals.close_days(self.timeline.horizon_days)
        return self

    def columns(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return milestones and outcomes of the run as columns, one value for each replicate."""
        milestones = self.milestones()
        table = milestones | self.judge().columns(self.timeline.questions, self.timeline.horizons)
        table |= self._sums() if self.timeline.horizons else {}
        table["failed"] = self.failed
        return table

    def milestones(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return what the run noted that daily totals cannot tell: first days, who began and who joined."""
        return milestone_columns(self.theatre, self.timeline, self.histories.states)

    def judge(self) -> Judge:
        """Return what came of the histories so far, by the definitions of the theatre."""
        return Judge(self.theatre, self.parameters.definitions, self.totals, self.milestones())

    def _sums(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return acts by dyad and killed by place from the start to each horizon."""
        groups, dyads, places = Groups(self.theatre), self.theatre.dyads, self.theatre.locations
        horizons = self.timeline.horizons
        acts = self.totals.totals_until("acts", groups.dyads, len(dyads), horizons).astype(np.int32)
        killed, civilians = (
            self.totals.totals_until(part, groups.cells_by_place(), len(places), horizons).astype(np.int32)
            for part in ("killed", "civilians")
        )
        table: dict[str, npt.NDArray[np.generic]] = {}
        for number, horizon in enumerate(horizons):
            table |= {f"acts_{dyad.id}_at_{horizon}": acts[row, number] for row, dyad in enumerate(dyads)}
            for row, place in enumerate(places):
                table[f"killed_{place}_at_{horizon}"] = killed[row, number]
                table[f"civilians_{place}_at_{horizon}"] = civilians[row, number]
        return table

    def release(self) -> None:
        """Let go of the ensemble: Mesa 3.3 otherwise keeps every model for the life of the process."""
        with contextlib.suppress(AttributeError, KeyError):
            del mesa.Agent._ids[self]

    @property
    def phase(self) -> Integers:
        """Phase of the front by replicate: 0 border conflict, 1 campaign, 2 ground operation, 3 ceasefire."""
        return np.asarray(self.histories.states["phase"])

    @property
    def joined(self) -> Flags:
        """Who is in the war, shape (n_parties, n_replicates)."""
        return self.histories.of_parties("joined") > 0

    @property
    def driver(self) -> Floats:
        """Intensity of the exogenous driver by replicate, 0 in a truce [1]."""
        return np.asarray(self.histories.states["driver"])

    @property
    def in_truce(self) -> Flags:
        """Whether the driver stands still, by replicate."""
        return np.asarray(self.histories.states["in_truce"] > 0)

    @property
    def mediation(self) -> Floats:
        """Mediation in force by replicate, between 0 and 1 [1]."""
        return np.asarray(self.histories.states["mediation"])

    @property
    def failed(self) -> Flags:
        """Which replicates had reactions that multiplied without end, and were stopped."""
        return np.asarray(self.histories.states["failed"] > 0)

    def build_view(self, row: int) -> View:
        """Return what the sender of a dyad could know about its target now, by row of the dyad."""
        return self._outside.build_view(row, self.steps)

    def joining_rates(self) -> dict[str, Floats]:
        """Return the rate at which each party would join now, by party id; 0 for one that is in the war [1/day]."""
        rates = self.histories.joining_rates(self.steps * self.timeline.step_days)
        return {joiner.party: rates[self.theatre.party_index[joiner.party]] for joiner in self.theatre.joiners}

    def campaign_rates(self) -> Floats:
        """Return the hazard at which each party would begin a campaign now, shape (n_parties, n_replicates) [1/day]."""
        return self.histories.campaign_rates(self.steps * self.timeline.step_days)

    def _keep(self, rows: Rows) -> None:
        """Take in rows of daily totals; the story of a single replicate is told from them."""
        self.totals.add(rows)
        if self.narrative is not None:
            self._rows_of_step += (rows.copy(),)

    def _tell(self, narrative: Narrative, before: tuple[int, list[bool]], is_day_over: bool) -> None:
        narrative.pass_on(before, self._told())
        narrative.add(self.latest, self.histories.depths(self.latest))
        if is_day_over:
            rows = np.concatenate([np.zeros(0, dtype=DAY_ROW), *self._rows_of_step])
            narrative.end_day(self.totals.n_days - 1, rows)

    def _told(self) -> tuple[int, list[bool]]:
        """Return what the story of a single replicate tells changes of: the phase of the front, who is in the war."""
        return int(self.phase[0]), self.joined[:, 0].tolist()

    def _refuse_wrong_answers(self) -> None:
        """Raise a `PolicyError` if a policy that the kernel asked answered wrongly."""
        faults = self.histories.states["rule_failed"]
        if not faults.any():
            return
        dyad, fault = divmod(int(faults[faults.argmax()]), FAULTS)
        name = name_of(self.policies[self.theatre.dyads[dyad].id], self.theatre.dyads[dyad])
        wrong = {
            BAD_MULTIPLIER: "multiplier must be finite numbers, 0 or more",
            BAD_RUNG: f"rung must be between 0 and {self.theatre.ladder.top}",
            BAD_CAMPAIGN: "campaign must be finite numbers",
            BAD_STRATEGIC: "strategic must be finite numbers, 0 or more",
        }
        raise PolicyError(f"{name}: {wrong[fault]}" if fault in wrong else f"{name} failed: it raised an error")


def milestone_columns(
    theatre: Theatre, timeline: Timeline, states: npt.NDArray[Any]
) -> dict[str, npt.NDArray[np.generic]]:
    """Return the milestones as columns, one value for each replicate.

    First days of campaigns, ground operations, truces and entries, ceasefires at the horizons that have come, who
    began a campaign and who joined first; ``states`` are the histories as the kernel keeps them.
    """
    table: dict[str, npt.NDArray[np.generic]] = {
        name: states[name].copy() for name in ("campaign_day", "ground_day", "ceasefire_day")
    }
    truces = [question.id for question in timeline.questions if question.kind == "driver_truce"]
    table |= {f"truce_day_{question}": states["truce_day"][:, i].copy() for i, question in enumerate(truces)}
    for place, horizon in enumerate(timeline.horizons):
        if horizon <= timeline.horizon_days:
            table[f"ceasefire_at_{horizon}"] = states["is_ceasefire_at"][:, place] > 0
    table["campaign_began_by"] = states["began_by"].astype(np.int8)
    joiners = [theatre.party_index[joiner.party] for joiner in theatre.joiners]
    for index in joiners:
        party = theatre.parties[index].id
        table[f"joined_{party}_day"] = states["first_day"][:, index].copy()
        table[f"joined_{party}_trigger"] = states["trigger"][:, index].astype(np.int8)
    if joiners:
        days = states["first_day"][:, joiners].T
        first = np.array(joiners)[days.argmin(axis=0)]
        table["first_to_join"] = np.where(np.isfinite(days.min(axis=0)), first, -1).astype(np.int8)
    return table

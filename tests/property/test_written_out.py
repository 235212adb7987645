"""The engine against its written-out form: the same luck, one history at a time, in plain Python (S2.3 to S2.13).

Every number of acts, launches and deaths must be the same on every day, and every state but for rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest
from forms import OTHER_SEED, forms
from worlds import far_setting, four_party_setting, stirred_setting
from written_out.history import History
from written_out.judgement import Judgement
from written_out.traces import Trace, trace, trace_written_out

from sim.engine.daily_totals import COUNTED
from sim.engine.model import Conflict

SEED = 7 + OTHER_SEED
SETTINGS = {
    "far": (far_setting, np.array([3, 8, 34, 101])),
    "far nightly": (far_setting, np.arange(200, 260)),
    "stirred": (stirred_setting, np.arange(500, 520)),
    "near": (four_party_setting, np.array([89])),
}
WORLDS = forms(["far", "stirred", "near"], ["far nightly"])


@dataclass(frozen=True)
class Both:
    """An ensemble and its histories written out, and what each knew at the end of each day."""

    conflict: Conflict
    histories: list[History]
    known: list[tuple[Trace, Trace]]


@cache
def both(name: str) -> Both:
    """Return the engine's ensemble and the written-out histories of the same replicates."""
    make, replicates = SETTINGS[name]
    setting = make(replicates)
    conflict, size = setting.conflict(replicates, SEED), len(replicates)
    histories = [History(setting, i, size, seed=SEED, replicate=int(r)) for i, r in enumerate(replicates)]
    known = []
    for day in range(1, setting.timeline.horizon_days + 1):
        for _ in range(setting.timeline.steps_per_day):
            conflict.step()
        for history in histories:
            history.run_day(day)
        known.append((trace(conflict), trace_written_out(histories, day)))
    return Both(conflict, histories, known)


@pytest.mark.parametrize("name", WORLDS)
def test_every_day_has_the_same_acts_and_losses(name):
    conflict, histories = both(name).conflict, both(name).histories
    rungs = conflict.theatre.ladder.top + 1
    cells = np.arange(len(conflict.theatre.dyads) * rungs).reshape(-1, rungs)
    for value in COUNTED:
        found = np.zeros((cells.size, conflict.timeline.horizon_days, len(histories)), dtype=int)
        for lane, history in enumerate(histories):
            for noted in history.noted:
                counts = {"acts": 1, "launches": noted.launches, "claimed": noted.claimed}
                counts |= {"killed": noted.act.killed, "civilians": noted.act.civilians}
                cell = cells[conflict.theatre.dyad_index[noted.act.dyad], noted.act.rung]
                found[cell, noted.day - 1, lane] += counts[value]
        expected = conflict.totals.by_day(value, cells, cells.size)
        assert np.array_equal(found, expected), value


@pytest.mark.parametrize("name", WORLDS)
def test_every_day_the_same_is_known_but_for_rounding(name):
    for day, (found, expected) in enumerate(both(name).known, start=1):
        assert found.keys() == expected.keys()
        for part, values in expected.items():
            assert found[part].shape[-1] in (1, values.shape[-1]), part
            assert np.allclose(found[part], values, rtol=1e-9, atol=1e-12), (day, part)


@pytest.mark.parametrize("name", WORLDS)
def test_every_outcome_is_judged_the_same(name):
    conflict, histories = both(name).conflict, both(name).histories
    columns, parties = conflict.columns(), list(conflict.theatre.party_index)
    for lane, history in enumerate(histories):
        found = {key: values[lane] for key, values in columns.items()}
        days = history.days | {f"joined {party}": person.first_day for party, person in history.people.items()}
        judged = Judgement(history.one, history.noted, history.counts_met, days)
        expected: dict[str, Any] = {"failed": False}
        for event in ("campaign", "ground", "ceasefire"):
            expected[f"{event}_day"] = history.days[event]
        expected["campaign_began_by"] = parties.index(history.began_by) if history.began_by else -1
        joiners = [joiner.party for joiner in conflict.theatre.joiners]
        for party in joiners:
            person = history.people[party]
            expected |= {f"joined_{party}_day": person.first_day, f"joined_{party}_trigger": person.trigger}
        if joiners:
            first = min(joiners, key=lambda party: history.people[party].first_day)
            came = history.people[first].first_day < np.inf
            expected["first_to_join"] = parties.index(first) if came else -1
        expected |= {"war_day": judged.war, "regional_day": judged.regional, "general_day": judged.general}
        answers: dict[str, float] = {}
        for question in conflict.timeline.questions:
            if question.is_state:
                expected |= {f"{question.id}_at_{day}": held for day, held in history.ceasefire_at.items()}
                expected |= {f"ceasefire_at_{day}": held for day, held in history.ceasefire_at.items()}
            else:
                answers[question.id] = expected[f"{question.id}_day"] = judged.answer(question, answers)
            if question.kind == "driver_truce":
                expected[f"truce_day_{question.id}"] = answers[question.id]
        for horizon in conflict.timeline.horizons:
            expected[f"state_at_{horizon}"] = judged.state(horizon)
            for dyad in conflict.theatre.dyads:
                acts = judged.number(horizon, np.inf, sender=dyad.sender, target=dyad.target)
                expected[f"acts_{dyad.id}_at_{horizon}"] = acts
            for place in conflict.theatre.locations:
                here = [
                    noted.act
                    for noted in history.noted
                    if noted.day <= horizon
                    and history.one.profiles[history.one.dyads[noted.act.dyad].target].location == place
                ]
                for part in ("killed", "civilians"):
                    expected[f"{part}_{place}_at_{horizon}"] = sum(getattr(act, part) for act in here)
        assert found == expected, lane

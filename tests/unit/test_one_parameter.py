"""One parameter at any value: its replicates are those of a scenario that states the value, in whatever pieces."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from tiny import BASE, FACTOR, THEATRE, write_scenario

from sim.core.arrays import Integers
from sim.core.errors import InputError
from sim.results.analysis import tipping_points
from sim.results.analysis.tipping_points import ParameterScan, ScanOutcomes
from sim.results.reading.store import Results
from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import run_blocks

KEY = "dyad.L-R.excitation"


def scan(folder: Path, **changes: object) -> ParameterScan:
    scenario = Scenario.load(write_scenario(folder))
    given = {"point": 1, "key": KEY, "question": "Q5", "horizon_days": 4, "seed": 3, "replicates": 50}
    return ParameterScan(scenario, **(given | changes))


def test_the_replicates_at_a_value_are_those_of_a_scenario_that_states_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    theatre = THEATRE + '\n[parameters.dyad.L-R]\nexcitation = { value = 0.9, source = "assumption" }\n'
    stated = Scenario.load(write_scenario(tmp_path / "stated", BASE + FACTOR, theatre=theatre))
    rows = Results.open(run_blocks(stated, tmp_path / "out", replicates=50, seed=3)).read(["Q5_day", "failed"], 1)
    expected = (rows["Q5_day"] <= 4).tolist()
    monkeypatch.setattr(tipping_points, "_PIECE", 16)
    given = scan(tmp_path / "scan")
    found = given.simulate(0.9)
    assert found.replicates.tolist() == list(range(50))
    assert found.holds.tolist() == expected
    assert 0 < sum(expected) < 50
    assert found.redrawn == 0.0
    assert given.simulate(0.1).holds.tolist() != expected
    with ThreadPoolExecutor(1) as threads:
        elsewhere = scan(tmp_path / "scan", executor=threads).simulate(0.9)
    assert elsewhere.holds.tolist() == expected
    assert given.parameter().text == "reactions to an act: mean number to one charged"


def test_what_failed_is_left_out_and_what_drew_anew_is_counted_among_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    asked = []

    def canned(
        scenario: Scenario, point: int, key: str, value: float, question: str, days: int, seed: int, at: Integers
    ):
        asked.append((at[0], at[-1] + 1, value, point, days, seed))
        return np.where(at % 2 == 0, at, np.inf), at % 5 == 4, at % 8 == 0

    monkeypatch.setattr(tipping_points, "_simulate_piece", canned)
    monkeypatch.setattr(tipping_points, "_PIECE", 5)
    found: ScanOutcomes = scan(tmp_path, replicates=13).simulate(0.7)
    assert asked == [(start, stop, 0.7, 1, 4, 3) for start, stop in ((0, 5), (5, 10), (10, 13))]
    assert found.replicates.tolist() == [0, 1, 2, 3, 5, 6, 7, 8, 10, 11, 12]
    assert found.holds.tolist() == [replicate in (0, 2) for replicate in found.replicates]
    assert found.redrawn == 2 / 13


def test_what_does_not_exist_is_refused_all_at_once(tmp_path: Path):
    assert scan(tmp_path, horizon_days=8).parameter() == scan(tmp_path, horizon_days=1).parameter()
    with pytest.raises(InputError) as caught:
        scan(tmp_path, key="dyad.L-R.excitatio", question="Q8", horizon_days=9).parameter()
    said = str(caught.value)
    assert [problem.key for problem in caught.value.problems] == ["--factor", "--question", "--horizon"]
    assert f'did you mean "{KEY}"' in said
    assert '"Q8" has no first day' in said
    with pytest.raises(InputError, match="between 1 and 8 days"):
        scan(tmp_path, horizon_days=0).parameter()

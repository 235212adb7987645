"""Patterns of records and of histories: the same counts and statistics, by hand and from files."""

from __future__ import annotations

import math
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tiny import BASE, write_scenario

from sim.core.errors import InputError
from sim.engine.rolling_windows import Groups
from sim.evidence import Figure, Incident, Ledger
from sim.results.patterns import compare_patterns, count_histories, count_record, find_patterns
from sim.results.reading.store import Results
from sim.results.reading.unsaved_results import run_unsaved
from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import run_blocks

FIRST = date(2023, 3, 1)


def write_ledger(folder: Path) -> Path:
    """Write acts: of A on even days of twenty, two on day 4; of B on day 5, with 3 dead; of C on day 5."""
    days = [("A", "B", day) for day in (*range(0, 20, 2), 4)] + [("B", "A", 5), ("C", "A", 5)]
    dead = {"B": Figure(low=3), "C": Figure(best=1)}
    rows = [
        Incident(
            id=f"x-{i}", split="calibration", date=FIRST + timedelta(days=day), initiator=who, target=whom,
            deaths=dead.get(who, Figure()), source="a wire",
        )
        for i, (who, whom, day) in enumerate(days)
    ]  # fmt: skip
    Ledger(tuple(rows)).write(folder / "acts.csv")
    return folder / "acts.csv"


def write_series(folder: Path, figures: list[str]) -> Path:
    lines = [f"{FIRST + timedelta(days=i)},calibration,{figure}" for i, figure in enumerate(figures)]
    (folder / "days.csv").write_text("\n".join(["date,split,seen", *lines]) + "\n")
    return folder / "days.csv"


def test_a_ledger_is_counted_by_party_and_day(tmp_path):
    path = write_ledger(tmp_path)
    found = count_record(path, [])
    assert list(found) == ["A", "B"]
    assert found["A"][:, 0].tolist() == [1, 0, 1, 0, 2, 0, *[1, 0] * 6, 1]
    assert np.flatnonzero(found["B"][:, 0]).tolist() == [5]
    both = count_record(path, ["B+C", "killed A"])
    assert (both["B+C"][5, 0], both["killed A"][5, 0], both["killed A"].sum()) == (2, 4, 4)
    later = count_record(path, ["A"], since=FIRST + timedelta(days=2), until=FIRST + timedelta(days=16))
    assert later["A"][:, 0].tolist() == found["A"][2:17, 0].tolist()


def test_sightings_within_minutes_are_one_act(tmp_path):
    lines = [
        "date,time,split",
        *(f"2023-03-{day:02},{clock},calibration" for day in (1, 15) for clock in ("09:00", "09:20")),
    ]
    (tmp_path / "seen.csv").write_text("\n".join(lines) + "\n")
    assert count_record(tmp_path / "seen.csv", [])["seen"][:, 0].tolist() == [2, *[0] * 13, 2]
    assert count_record(tmp_path / "seen.csv", [], 30)["seen"][:, 0].tolist() == [1, *[0] * 13, 1]


def test_days_of_which_nothing_is_known_are_no_days_without_acts(tmp_path):
    path = write_series(tmp_path, ["", *map(str, range(15)), ""])
    assert count_record(path, [])["seen"][:, 0].tolist() == [*range(15)]
    with pytest.raises(InputError, match="with a gap after 2023-03-04; patterns need 14 in a row"):
        count_record(write_series(tmp_path, [*"1203", "", *"1" * 20]), [])


@pytest.mark.parametrize(
    ("figures", "words"), [(["3"], "seen: has 1 known days"), ([""], "has 0 known days"), (["2"] * 13, "has 13 known")]
)
def test_a_record_of_few_days_is_refused_in_one_sentence(tmp_path, figures, words):
    with pytest.raises(InputError, match=words) as refused:
        count_record(write_series(tmp_path, figures), [])
    assert str(refused.value).count("\n") == 0


def test_what_is_no_series_is_refused(tmp_path):
    (tmp_path / "prose.csv").write_text("Lorem ipsum,dolor\nsit,amet\n")
    with pytest.raises(InputError, match="date"):
        count_record(tmp_path / "prose.csv", [])
    with pytest.raises(InputError, match='--series: "AA" is not known'):
        count_record(write_ledger(tmp_path), ["A+AA"])


def value(table: pd.DataFrame, statistic: str, of: str, lag: int, unit: str = "days") -> float:
    return float(table.loc[statistic, of, lag, unit][0])


def test_statistics_of_a_pair_by_hand():
    """X acts on two days, Y answers each time on the next; eleven days of calm between."""
    one, other = np.zeros((2, 28, 1))
    one[[0, 13]], other[[1, 14]] = 2.0, 1.0
    found = find_patterns({"X": one, "Y": other})
    assert value(found, "largest day", "X", 0, "") == 2.0
    assert value(found, "longest calm", "X", 0, "") == 14.0
    # A correlogram divides by all days, though one of them has no day before it.
    assert value(found, "correlation", "Y after X", 1) == pytest.approx(0.9986, abs=2e-3)
    assert value(found, "correlation", "X after Y", 1) < 0.0
    assert value(found, "episodes, one-sided", "X and Y", 0, "") == 0.0
    assert value(found, "episodes, changes", "X and Y", 0, "") == 1.0
    assert value(found, "episodes, calm", "X and Y", 0, "") == 12.0
    assert value(find_patterns({"X": one, "Y": other}, 12.0), "episodes, number", "X and Y", 0, "") == 1.0


def test_a_record_is_placed_among_histories():
    index = pd.MultiIndex.from_tuples([("a", "X", 1, "days"), ("b", "X", 1, "days"), ("c", "X", 1, "days")])
    index.names = ["statistic", "of", "lag", "unit"]
    histories = pd.DataFrame([[*range(1, 102)], [*range(101)], [math.nan, *[5.0] * 100]], index)
    table = compare_patterns(histories, pd.DataFrame({0: [100.0, 20.0]}, index[:2]))
    assert table["value"].tolist() == [51.0, 50.0, 5.0]
    assert table["low"].tolist() == [6.0, 5.0, 5.0]
    assert table["high"].tolist() == [96.0, 95.0, 5.0]
    assert table["n"].tolist() == [101, 101, 100]
    assert table["beyond"].tolist()[:2] == [2 / 101, 21 / 101]
    assert math.isnan(table["beyond"][2])


@pytest.fixture(scope="module")
def scenario(tmp_path_factory) -> Scenario:
    text = BASE.replace("horizon_days = 8", "horizon_days = 16")
    return Scenario.load(write_scenario(tmp_path_factory.mktemp("patterns"), text))


def test_histories_are_counted_as_the_engine_counts_them(scenario, tmp_path):
    results = Results.open(run_blocks(scenario, tmp_path / "tiny", replicates=24, seed=5))
    run = scenario.ensemble(scenario.points()[0], 24, 5).conflict.run()
    acts = run.totals.by_day("acts", Groups(run.theatre).sides, 2)
    place = run.theatre.locations[0]
    killed = run.totals.by_day("killed", Groups(run.theatre).cells_hit_at(place), 1)[0]
    kept = run_unsaved(scenario, 0, lambda _: None, replicates=24, seed=5, jobs=1)
    for found in (results, kept):
        counts = count_histories(found, ["side_a", "side_b", f"killed {place}"])
        assert [counts[name].tolist() for name in counts] == [acts[0].tolist(), acts[1].tolist(), killed.tolist()]
    first = np.asarray(run.columns()["Q1_day"], dtype=float)
    without = count_histories(results, ["side_a+side_b"], without="Q1")["side_a+side_b"]
    assert without.tolist() == acts.sum(axis=0)[:, first > scenario.horizon_days].tolist()
    seen, total = count_histories(results, ["side_a"], 0.3)["side_a"].sum(), acts[0].sum()
    assert seen == pytest.approx(0.3 * total, abs=4 * math.sqrt(0.21 * total))
    some = count_histories(results, ["side_a"], 0.3, without="Q1")["side_a"]
    every = count_histories(results, ["side_a"], 0.3)["side_a"][:, first > scenario.horizon_days]
    assert some.tolist() == every.tolist(), "which acts of a history are noted hangs on no other history"
    with pytest.raises(InputError, match='"side_c" is not known'):
        count_histories(results, ["side_c"])

"""Tables without blocks: what was not kept is refused, and is never told as if nothing had been found."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from invented_sweep import invented

from sim.core.errors import InputError
from sim.report.table_sheets import drivers_notes
from sim.results.analysis.discovery import BOXES, LIMITS, discover_boxes
from sim.results.analysis.drivers import DRIVERS, compute_drivers
from sim.results.analysis.levers import LEVERS, compute_levers
from sim.results.analysis.odds_by_definition import DEFINITIONS, compute_definitions
from sim.results.analysis.pairs import PAIRS, REGRET, SPREADS, compute_pairs
from sim.results.analysis.regional_sensitivity import REGIONAL, compute_regional
from sim.results.analysis.sensitivity import SENSITIVITY
from sim.results.reading.store import Results
from sim.results.reading.table_cache import combine_values, select_committed, write_committed

ROOT = Path(__file__).parents[2]
TABLE = pd.DataFrame({"outcome": ["Q1", "Q1", "Q2"], "horizon_days": [30, 60, 30], "value": [1.0, 2.0, 3.0]})


@pytest.fixture
def bare(tmp_path: Path) -> Results:
    results = invented(tmp_path / "bare", lambda drawn, levels: drawn["party.L.baseline"])
    write_committed(results, SENSITIVITY, TABLE)
    for block in (tmp_path / "bare" / "blocks").iterdir():
        block.unlink()
    return Results.open(results.path)


def test_combinations_are_of_what_was_named():
    assert combine_values(outcome=["Q1"], day=None) == [{"outcome": "Q1"}]
    assert combine_values(outcome=None) == [{}], "nothing was named, so any row will do"
    assert [tuple(one.values()) for one in combine_values(outcome=["a", "b"], day=[1, 2])] == [
        *(("a", 1), ("a", 2), ("b", 1), ("b", 2))
    ]


def test_rows_that_were_kept_are_given(bare: Results):
    may = {"outcome": ["Q1", "Q9"], "horizon_days": [30, 60]}
    assert select_committed(bare, SENSITIVITY, may, combine_values(outcome=["Q1"]))["value"].tolist() == [1.0, 2.0]
    assert select_committed(bare, SENSITIVITY, {"outcome": ["Q9"]}).empty, "nothing was named"


def test_one_row_that_was_not_kept_is_missed_beside_others_that_were(bare: Results):
    named = {"outcome": ["Q1", "Q2"], "horizon_days": [30, 60]}
    with pytest.raises(InputError, match=r"outcome \"Q2\", horizon_days 60 was not kept in this folder, and there are"):
        select_committed(bare, SENSITIVITY, named, combine_values(**named))
    with pytest.raises(InputError, match=r"\(kept of horizon_days: 30, 60\).*run the sweep again.*sim sweep"):
        select_committed(bare, SENSITIVITY, {"horizon_days": [90]}, combine_values(horizon_days=[90]))


def shipped(name: str, table: str, where: dict[str, object]) -> int:
    """Return the rows of a committed table with some values."""
    rows = pd.read_csv(ROOT / "results" / name / f"{table}.csv", keep_default_na=False)
    for column, value in where.items():
        rows = rows[rows[column] == value]
    return len(rows)


def test_drivers_that_were_never_sought_are_told_apart_from_none_found():
    baseline = Results.open(ROOT / "results" / "baseline")
    for question, day in (("Q1", 60), ("O1", 365)):
        with pytest.raises(InputError, match="was not kept in this folder"):
            compute_drivers(baseline, [question], [day])
    asked = [(one["id"], day) for one in baseline.manifest["questions"] for day in baseline.manifest["horizons"]]
    idle = [cell for cell in asked if not shipped("baseline", DRIVERS, {"question": cell[0], "horizon_days": cell[1]})]
    assert idle, "one is in the committed table"
    found = compute_drivers(baseline, [idle[0][0]], [idle[0][1]])
    assert found.empty
    assert drivers_notes(baseline, found) == ["No parameter moves what was asked for."]


def test_conditions_that_were_never_sought_are_not_told_as_none_found():
    uncertainty = Results.open(ROOT / "results" / "uncertainty")
    boxes, limits = discover_boxes(uncertainty)
    assert (len(boxes), len(limits)) == (shipped("uncertainty", BOXES, {}), shipped("uncertainty", LIMITS, {}))
    for arguments in ({"questions": ["Q2"]}, {"horizons": [90]}, {"method": "cart"}):
        with pytest.raises(InputError, match="was not kept in this folder"):
            discover_boxes(uncertainty, **arguments)


def test_regional_sensitivity_shows_what_was_kept_and_refuses_another_outcome():
    uncertainty = Results.open(ROOT / "results" / "uncertainty")
    assert len(compute_regional(uncertainty)) == shipped("uncertainty", REGIONAL, {})
    for questions, days in ((["Q2"], None), (["Q1", "Q2"], None), (None, [90])):
        with pytest.raises(InputError, match="was not kept in this folder"):
            compute_regional(uncertainty, questions, days)


def test_levers_against_another_level_are_refused():
    pulled = Results.open(ROOT / "results" / "levers")
    assert len(compute_levers(pulled)) == shipped("levers", LEVERS, {})
    with pytest.raises(InputError, match=r"against \"mediation\".*kept of against: as it is"):
        compute_levers(pulled, "mediation")
    with pytest.raises(InputError, match="was not kept"):
        compute_levers(pulled, questions=["O1"])


def test_pairs_at_an_outcome_that_was_not_kept_are_refused():
    whole = Results.open(ROOT / "results" / "policy-pairs")
    kept = [shipped("policy-pairs", name, {}) for name in (PAIRS, SPREADS, REGRET)]
    assert [len(one) for one in compute_pairs(whole)] == kept
    with pytest.raises(InputError, match="was not kept in this folder"):
        compute_pairs(whole, ["O1"])


def test_definitions_go_by_their_thresholds():
    pulled = Results.open(ROOT / "results" / "levers")
    assert len(compute_definitions(pulled)) == shipped("levers", DEFINITIONS, {})
    found = compute_definitions(pulled, {"mine": {"campaign_days": 2.0}}, ["Q1"])
    assert set(found["definition"]) == {"as run", "2 busy days in a week"}
    assert len(compute_definitions(pulled, questions=["Q1"], points=[0])) == shipped(
        "levers", DEFINITIONS, {"question": "Q1"}
    )
    for alternatives, points in (({"mine": {"campaign_days": 4.0}}, None), ({"mine": {"campaign_days": 2.0}}, [5])):
        with pytest.raises(InputError, match="was not kept in this folder"):
            compute_definitions(pulled, alternatives, ["Q1"], points=points)


def test_a_state_at_a_day_that_was_not_noted_is_refused_and_not_told_as_nothing_found(tmp_path: Path):
    results = invented(tmp_path / "there", lambda drawn, levels: drawn["party.L.baseline"])
    for analysis in (
        lambda: compute_drivers(results, ["O0"], [5]),
        lambda: compute_regional(results, ["O0"], [5]),
        lambda: discover_boxes(results, ["O0"], [5]),
    ):
        with pytest.raises(InputError, match="5: this is known at the days 10 only"):
            analysis()

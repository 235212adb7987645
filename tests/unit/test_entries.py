"""Entries and times: shares are counts, competing risks add up, curves end where the odds are."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from ally import write_with_allies
from slow_forms import effective_size, mean, wilson
from tiny import write_scenario
from uneven_histories import Row
from uneven_sweep import Uneven, assert_table

from sim.engine.configuration import TRIGGERS
from sim.report.table_sheets import entries_sheets
from sim.results.analysis.entries import (
    ENTRIES,
    FIRST,
    INCIDENCE,
    NONE,
    REGIONAL,
    WAR,
    compute_entries,
    compute_incidence,
    share_arrived,
)
from sim.results.reading.design_columns import choose_curve_days
from sim.results.reading.store import Results
from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import run_blocks


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("entries")
    scenario = Scenario.load(write_with_allies(folder))
    return Results.open(run_blocks(scenario, folder / "out", replicates=200, seed=3))


def between(values: list[float], share: float) -> float:
    """Return a quantile on the line between the two values next to it."""
    ordered, place = sorted(values), share * (len(values) - 1)
    low = int(place)
    return ordered[low] + (place - low) * (ordered[min(low + 1, len(values) - 1)] - ordered[low])


def test_entries_are_those_of_loops_over_the_rows(uneven_levers: tuple[Uneven, Results]):
    sweep, results = uneven_levers
    places = {party["id"]: place for place, party in enumerate(sweep.parties)}
    expected = []
    for point, day, party in itertools.product(range(4), (4, 9, 17), ("G", "F")):
        rows = sweep.finished(point)
        replicates = [row["replicate"] for row in rows]
        joined = [row[f"joined_{party}_day"] <= day for row in rows]
        first = [came and row["first_to_join"] == places[party] for came, row in zip(joined, rows, strict=True)]
        there = [row for came, row in zip(joined, rows, strict=True) if came]
        key = {"scenario": "uneven", "point": point, "label": f"lever = {sweep.levels[point][0]}"}
        row = key | {"horizon_days": day, "party": party, "n": len(rows), "joined": len(there)}
        for name, before, held in (("share", "", joined), ("first", "first_", first)):
            low, high = wilson(mean(held), effective_size(held, replicates))
            row |= {name: mean(held), f"{before}low": low, f"{before}high": high}
        days = [one[f"joined_{party}_day"] for one in there]
        for name, share in (("day_q25", 0.25), ("day_median", 0.5), ("day_q75", 0.75)):
            row[name] = between(days, share) if days else None
        for kind, name in enumerate(TRIGGERS):
            row[name] = mean([one[f"joined_{party}_trigger"] == kind for one in there]) if there else None
        expected.append(row)
    assert_table(compute_entries(results), expected)


def test_curves_are_those_of_loops_over_the_rows(uneven_levers: tuple[Uneven, Results]):
    sweep, results = uneven_levers
    places = {party["id"]: place for place, party in enumerate(sweep.parties)}
    expected = []

    def came(row: Row, curve: str, risk: str, day: int) -> bool:
        if curve == FIRST:
            return row["first_to_join"] == places[risk] and row[f"joined_{risk}_day"] <= day
        if curve == REGIONAL:
            return row["regional_day"] <= day
        is_decided = row["campaign_day"] <= row["war_day"]
        return is_decided == (risk == "begun by a decision") and row["war_day"] <= day

    curves = {FIRST: ["G", "F"], WAR: ["begun by a decision", "reached by the counts"], REGIONAL: [REGIONAL]}
    for point, (curve, risks) in itertools.product(range(4), curves.items()):
        rows = sweep.finished(point)
        for risk, day in itertools.product([*risks, NONE], (0, 4, 9, 15, 17)):
            held = (
                [came(row, curve, risk, day) for row in rows]
                if risk != NONE
                else [not any(came(row, curve, other, day) for other in risks) for row in rows]
            )
            row = {"scenario": "uneven", "point": point, "curve": curve, "risk": risk, "day": day}
            expected.append(row | {"share": mean(held)})
    assert_table(compute_incidence(results), expected)
    assert sum(row["campaign_day"] == row["war_day"] <= 17 for row in sweep.finished(0)) > 0, "one day is no later day"


def test_arrivals_by_hand():
    assert share_arrived(np.array([1.0, 3.0, np.inf, 3.0]), np.array([0, 1, 2, 3])).tolist() == [0, 0.25, 0.25, 0.75]


def test_curves_are_told_at_every_horizon(results: Results):
    assert {0, 2, 5, 8} == set(choose_curve_days(results).tolist())


def test_where_nobody_may_join_there_are_no_entries(tmp_path: Path):
    results = Results.open(run_blocks(Scenario.load(write_scenario(tmp_path)), tmp_path / "out", replicates=8, seed=3))
    assert compute_entries(results).empty
    assert entries_sheets(results, compute_entries(results)) == []
    assert set(compute_incidence(results)["curve"]) == {WAR, REGIONAL}


def test_curves_are_told_every_fifth_day_where_there_is_one_point(uneven_levers: tuple[Uneven, Results]):
    results = uneven_levers[1]
    alone = Results(results.path, results.manifest | {"points": 1})
    assert choose_curve_days(alone).tolist() == [0, 4, 5, 9, 10, 15, 17, 20]


def test_sheets_name_parties_and_triggers_and_tables_are_read(results: Results, tmp_path: Path):
    sheet = entries_sheets(results, compute_entries(results))[0]
    assert [row[0] for row in sheet.rows] == ["Ally of Right", "Ally of Left"]
    assert "an ally at war" in sheet.rows[0][1]
    for name, table in ((ENTRIES, compute_entries(results)), (INCIDENCE, compute_incidence(results))):
        results.write_table(name, table)
        (tmp_path / f"{name}.csv").write_bytes((results.path / f"{name}.csv").read_bytes())
    bare = Results(tmp_path, results.manifest)
    assert bare.table(ENTRIES)["joined"].tolist() == compute_entries(results)["joined"].tolist()
    assert bare.table(INCIDENCE)["share"].tolist() == pytest.approx(
        compute_incidence(results)["share"].tolist(), abs=1e-6
    )

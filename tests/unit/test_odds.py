"""Odds: what is counted, how sure it is, and what cannot be."""

from __future__ import annotations

import json
from functools import partial
from math import hypot, nan, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from slow_forms import effective_size, error_of_mean, leave_out, quantile, split_of, wilson
from tiny import write_scenario
from uneven_histories import DEFINITION, Row
from uneven_sweep import Uneven, assert_table, holds

from sim.core.errors import InputError
from sim.core.intervals import interval
from sim.report.odds_sheets import killed_sheets, odds_notes, odds_sheets, split_sheets, whole_sheets
from sim.results.analysis.drivers import compute_drivers
from sim.results.analysis.odds import compute_killed, compute_odds, count_odds
from sim.results.analysis.variance_split import PARTS
from sim.results.reading.question_outcomes import list_questions
from sim.results.reading.store import Results
from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import run_blocks


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("odds")
    scenario = Scenario.load(write_scenario(folder))
    return Results.open(run_blocks(scenario, folder / "out", replicates=60, seed=3))


@given(st.integers(1, 5000), st.data())
def test_interval_is_proper(n: int, data: st.DataObject):
    events = data.draw(st.integers(0, n))
    low, high = interval(events, n)
    assert 0 <= low <= events / n <= high <= 1
    assert (low == 0) == (events == 0)
    assert (high == 1) == (events == n)
    wilson = binomtest(events, n).proportion_ci(0.95, method="wilson")
    assert (low, high) == pytest.approx((wilson.low, wilson.high), abs=1e-12)


def test_no_success_in_200_is_not_impossible():
    assert interval(0, 200) == (0.0, pytest.approx(0.0188, abs=1e-4))
    assert interval(0, 0) == (0.0, 1.0)


JUDGED = 3 + len(DEFINITION)
"""Parameters of judgement in `uneven_histories`."""


def counted(
    sweep: Uneven, point: int, question: str, day: int, reach: float = 1.959963984540054, widest: float = 0.25
) -> tuple[Row, list[Row]]:
    """Return a row of the odds and those of the parts of its variance, by loops."""
    rows = sweep.finished(point)
    replicates = [row["replicate"] for row in rows]
    happened = [holds(row, question, day) for row in rows]
    n, events, size = len(rows), sum(happened), effective_size(happened, replicates)
    low, high = wilson(events / n, size)
    key = {"scenario": "uneven", "point": point, "label": f"lever = {sweep.levels[point][0]}"}
    key |= {"question": question, "horizon_days": day}
    row = {**key, "n": n, "events": events, "failed": len(sweep.rows[point]) - n, "estimate": events / n}
    row |= {"low": low, "high": high, "kind": "Monte Carlo", "n_effective": size}
    row["se_monte_carlo"] = error_of_mean(happened, replicates)
    variance, share = split_of(happened, replicates), {}
    parts = []
    for part in PARTS:

        def some(places: list[int], part: str = part, *, is_share: bool = False) -> float:
            found = split_of([happened[i] for i in places], [replicates[i] for i in places])
            return found[part] / (found["whole"] if is_share else 1) if found["whole"] or not is_share else nan

        share[part] = some(list(range(n)), is_share=True)
        whole = split_of(happened, replicates)["whole"]
        more = 1 / split_of(happened, replicates)[f"pairs_{part}"]
        errors = (
            hypot(leave_out(some, replicates), more),
            hypot(leave_out(partial(some, is_share=True), replicates), more / whole if whole else nan),
        )
        parts.append({**key, "part": part, "variance": variance[part], "se": errors[0], "share": share[part]})
        told = reach * errors[1] < share[part] <= 1 and reach * errors[1] <= widest
        parts[-1] = {name: value for name, value in parts[-1].items() if name != "label"} | {"share_se": errors[1]}
        parts[-1] |= {"resolved": True} if told else {"share": nan, "share_se": nan, "resolved": False}
    shown = {part["part"]: part for part in parts if part["resolved"]}
    for part in PARTS[:-1]:
        row |= {f"sd_{part}": sqrt(variance[part]) if part in shown else nan}
        row |= {f"sd_{part}_se": shown[part]["se"] / (2 * row[f"sd_{part}"]) if part in shown else nan}
    row |= {"sd_policies": nan, "sd_policies_se": nan}
    row |= {f"share_{part}": share[part] if part in shown else nan for part in PARTS}
    row["share_error"] = max((part["share_se"] for part in shown.values()), default=nan)
    row["unresolved"] = ", ".join(part for part in PARTS if part not in shown)
    return row | {"judgement_parameters": JUDGED}, parts


def test_odds_and_their_parts_are_those_of_loops_over_the_rows(uneven_levers: tuple[Uneven, Results]):
    sweep, results = uneven_levers
    wanted = ["Q7", "O1", "Q9", "Q4"]
    table, variance = count_odds(results, wanted, [17, 9])
    both = [counted(sweep, point, name, day) for point in range(4) for name in wanted for day in (17, 9)]
    assert_table(table, [row for row, _ in both])
    assert_table(variance, [part for _, parts in both for part in parts])
    assert variance["variance"].min() < 0, "kept as it is"
    assert not (table.filter(regex="^(sd|share)_") <= 0).any(axis=None), "never clipped to 0"


def test_parts_that_are_resolved_are_shown_and_the_others_named(
    uneven_levers: tuple[Uneven, Results], monkeypatch: pytest.MonkeyPatch
):
    """With so few replicates nothing is resolved, so the bounds are loosened."""
    sweep, results = uneven_levers
    monkeypatch.setattr("sim.results.analysis.variance_split._REACH", 0.3)
    monkeypatch.setattr("sim.results.analysis.variance_split._WIDEST", 0.2)
    table, variance = count_odds(results, ["Q7", "Q9"], [17])
    both = [counted(sweep, point, name, 17, 0.3, 0.2) for point in range(4) for name in ("Q7", "Q9")]
    assert_table(table, [row for row, _ in both])
    assert_table(variance, [part for _, parts in both for part in parts])
    assert set(variance["resolved"]) == {True, False}
    assert table["unresolved"].nunique() > 1


def test_every_question_and_state_is_counted_at_every_horizon(uneven_levers: tuple[Uneven, Results]):
    sweep, results = uneven_levers
    names = ["Q4", "Q9", "Q2", "Q7", "O0", "O1", "O2", "O3", "O4"]
    keys = [(point, name, day) for point in range(4) for name in names for day in (4, 9, 17)]
    events = [sum(holds(row, name, day) for row in sweep.finished(point)) for point, name, day in keys]
    table = compute_odds(results)
    assert list(table[["point", "question", "horizon_days"]].itertuples(index=False, name=None)) == keys
    assert table["events"].tolist() == events
    other = compute_odds(results, ["Q2"], [13, 6])
    assert other["events"].tolist() == [
        sum(row["war_day"] <= day for row in sweep.finished(point)) for point in range(4) for day in (13, 6)
    ]


def test_killed_are_quantiles_of_loops_over_the_rows(uneven_levers: tuple[Uneven, Results]):
    sweep, results = uneven_levers
    expected = []
    for point in range(4):
        rows = sweep.finished(point)
        key = {"scenario": "uneven", "point": point, "label": f"lever = {sweep.levels[point][0]}"}
        for place in ("South", "North", "Coast", "Hills"):
            for kind in ("killed", "civilians"):
                for day in (4, 9, 17):
                    values = [row[f"{kind}_{place}_at_{day}"] for row in rows]
                    row = key | {"location": place, "counted": kind, "horizon_days": day, "n": len(rows)}
                    middle = zip(("q05", "median", "q95"), (0.05, 0.5, 0.95), strict=True)
                    expected.append(row | {name: quantile(values, share) for name, share in middle})
    assert_table(compute_killed(results), expected)
    assert compute_killed(results, [9]).equals(
        compute_killed(results).query("horizon_days == 9").reset_index(drop=True)
    )


def test_odds_never_fall_with_the_horizon(results: Results):
    table = compute_odds(results, horizons=list(range(1, 9)), questions=["Q1", "Q5"])
    for _, rows in table.groupby(["point", "question"]):
        assert (rows.sort_values("horizon_days")["events"].diff().dropna() >= 0).all()
    assert table["events"].max() > 0, "the tiny world has wars"


def test_states_share_all_replicates_and_war_is_the_first_question(results: Results):
    table = compute_odds(results).set_index(["question", "point", "horizon_days"])["events"]
    total = table["O0"] + table["O1"] + table["O2"]
    assert (total == 60).all()
    assert (table["O2"] == table["Q1"]).all()


def test_states_are_left_out_where_they_were_not_noted(results: Results):
    assert set(compute_odds(results, horizons=[3])["question"]) == {"Q1", "Q5"}
    with pytest.raises(InputError, match="known at the days 2, 5, 8 only"):
        compute_odds(results, questions=["O1"], horizons=[3])


def test_unknown_questions_and_days_are_refused(results: Results):
    with pytest.raises(InputError, match=r'"Q11" is not asked here; did you mean "Q1"\?'):
        compute_odds(results, questions=["Q11"])
    with pytest.raises(InputError, match="must be between 1 and 8 days"):
        compute_odds(results, horizons=[9])


def test_killed_of_both_sides_stand_together(results: Results):
    sheet = killed_sheets(results, compute_killed(results))[0]
    assert {row[1] for row in sheet.rows} == {"Leftland", "Rightland", "  civilians"}


def test_failed_replicates_are_told(uneven_levers: tuple[Uneven, Results]):
    _, results = uneven_levers
    notes = odds_notes(results, compute_odds(results))
    assert any("8 replicates failed" in note and "not in the odds" in note for note in notes)


def test_where_all_failed_there_are_no_odds(results: Results, monkeypatch: pytest.MonkeyPatch):
    real = Results.read
    monkeypatch.setattr(
        Results, "read", lambda self, columns, point=None: real(self, columns, point).assign(failed=True)
    )
    table = compute_odds(results)
    assert table["estimate"].isna().all()
    assert (table["low"] == 0).all()
    assert (table["high"] == 1).all()
    assert odds_sheets(results, table)[0].rows[0][-1] == "–"
    assert compute_killed(results)["median"].isna().all()
    assert killed_sheets(results, compute_killed(results))[0].rows[0][-1] == "–"


def test_every_table_says_what_it_rests_on(results: Results):
    text = "\n".join(odds_notes(results, compute_odds(results)))
    assert "Reference class of Q1: Past conflicts of 25 to 999 battle deaths a year (1,918 conflict-years)" in text
    assert "Reference class of Q5, Q8: none is known." in text
    assert "conditional statements" in text
    assert "Left-Right front" in text
    assert "none informed by a fit, none from literature, " in text
    assert "n = 60 finished replicates a point, seed 3" in text
    assert "Monte Carlo error only" in text
    assert "own draw from the priors" in text


def test_sheets_have_a_row_for_each_point_and_markdown_keeps_them(results: Results):
    sheets = odds_sheets(results, compute_odds(results))
    assert len(sheets) == len(list_questions(results))
    assert [row[1] for row in sheets[0].rows] == ["Left: chance of climbing 0", "Left: chance of climbing 0.9"]
    lines = sheets[0].markdown().splitlines()
    assert lines[2] == "| point | policy.L.climb | 2 days | 5 days | 8 days |"
    assert lines[3] == "| :--- | :--- | ---: | ---: | ---: |"


def test_sheets_of_the_odds_carry_their_split(results: Results):
    table = compute_odds(results)
    odd, split = whole_sheets(results, table)[:2]
    assert odd == odds_sheets(results, table)[0]
    assert split == split_sheets(results, table)[0]
    assert split.headings[2:] == ("odds", "s.e.", "judgement", "policies", "luck share"), "nothing else is drawn"
    assert any("knowing more would" in note for note in odds_notes(results, table))


def test_a_folder_from_before_labels_is_read_without_its_split_and_says_so(results: Results):
    manifest = json.loads(json.dumps(results.manifest))
    manifest["assumptions"] = {"assumed": 2, "parameters": manifest.pop("labels")["parameters"]}
    for table in (manifest["resolved"]["parameters"], *manifest["resolved"]["parameters_of_points"].values()):
        for law in table.values():
            del law["label"]
    old = Results(results.path, manifest)
    table, new = count_odds(old)[0], count_odds(results)[0]
    assert table["estimate"].tolist() == new["estimate"].tolist()
    assert table.filter(regex="^sd_|^share_|^judgement").isna().all(axis=None)
    assert any("was not noted when it was run" in note for note in odds_notes(old, table))
    assert set(compute_drivers(old)["basis"]) <= {""}


def test_without_a_structural_sweep_the_policies_are_blank(results: Results):
    table = compute_odds(results)
    assert table["sd_policies"].isna().all()
    assert any("policies: not known here" in note for note in odds_notes(results, table))
    assert {row[-2] for row in split_sheets(results, table)[0].rows} == {"–"}

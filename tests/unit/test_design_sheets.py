"""Sheets of designs, searches, fits and tournaments, cell by cell; in what they show no two numbers are alike."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from math import inf, nan
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from invented_folder import folder, rows_of

from sim.report import sensitivity_sheets as sheets
from sim.report.fit_sheets import fit_notes, fit_screen, nowcast_screen, nowcast_sheet
from sim.report.presentation import make_sheet
from sim.report.rare_sheets import choose_rare_cells, rare_notes, rare_sheet, tabulate_rare
from sim.report.sensitivity_sheets import readings_sheet, redrawn_words, tipping_words
from sim.report.settings_diff import describe_diff, diff_settings, make_diff_sheet
from sim.report.sheet import simplify_value
from sim.report.tournament_sheets import tournament_notes, tournament_sheets
from sim.results.analysis.tipping_points import Crossing, Reading, Tipping
from sim.sweeps.rare_events.estimate import RareOdds
from sim.sweeps.rare_events.splitting import Effort, Split
from sim.tournament.entrants import Matches


def designed(kind: str, points: int = 64, luck: str = "paired"):
    return folder(manifest={"resolved": {"design": {"kind": kind, "points": points, "luck": luck, "seed": 3}}})


def test_sobol_indices_stand_with_their_intervals():
    table = rows_of(
        "outcome horizon_days factor first first_low first_high total total_low total_high spread",
        ("Q2", 30, "a", 0.123, 0.045, 0.234, 0.567, 0.456, 0.678, 0.0321),
        ("Q2", 30, "b", nan, nan, nan, 0.789, 0.701, 0.891, 0.0321),
        ("killed", 90, "a", -0.012, -0.123, 0.111, 0.222, 0.199, 0.333, 1234.56),
    )
    first, second = sheets.sensitivity_sheets(designed("saltelli"), table)
    assert first.title == "Q2  a war by 30 days: s.d. over the points 3.2 points"
    assert first.headings == ("factor", "first order (95 %)", "total (95 %)")
    assert first.rows == (
        ("a", "0.12 (0.04 to 0.23)", "0.57 (0.46 to 0.68)"),
        ("b", "–", "0.79 (0.70 to 0.89)"),
    )
    assert second.title == "Killed of all sides together by 90 days: s.d. over the points 1,234.6 persons"
    assert second.rows == (("a", "-0.01 (-0.12 to 0.11)", "0.22 (0.20 to 0.33)"),)
    assert len(sheets.sensitivity_notes(designed("saltelli"))) == 1
    few = sheets.sensitivity_notes(designed("saltelli", 63, "independent"))
    assert "63 base points, luck of its own at each point" in few[0]
    assert few[1].startswith("With fewer than 64 base points")


def test_elementary_effects_and_single_levels_keep_their_signs():
    table = rows_of(
        "outcome horizon_days factor mu_star mu_star_low mu_star_high mu_star_by_chance mu sigma",
        ("Q7", 30, "a", 0.1234, 0.0987, 0.1567, 0.0222, -0.1111, 0.0456),
        ("killed", 90, "b", 1234.56, 1111.11, 2222.22, 333.33, 444.44, 55.55),
    )
    first, second = sheets.sensitivity_sheets(designed("morris", 7), table)
    assert first.title == "Q7  a truce by 30 days: change over the range of a factor, in points"
    assert first.headings[1:] == ("mu* (95 %)", "by chance", "mu", "sigma")
    assert first.rows == (("a", "12.3 (9.9–15.7)", "2.2", "-11.1", "4.6"),)
    assert second.title.endswith("in persons")
    assert second.rows == (("b", "1,234.6 (1,111.1–2,222.2)", "333.3", "+444.4", "55.5"),)
    assert "on 7 trajectories, one luck for all points" in sheets.sensitivity_notes(designed("morris", 7))[0]
    table = rows_of(
        "outcome horizon_days factor level with_level difference low high base",
        ("Q7", 30, "a", 0.25, 0.2345, 0.1111, 0.0888, 0.1333, 0.1234),
        ("killed", 90, "b", "mild", 777.77, -88.88, -99.99, -66.66, 866.65),
    )
    first, second = sheets.sensitivity_sheets(designed("one at a time"), table)
    assert first.title == "Q7  a truce by 30 days: 12.3 % as the scenario is"
    assert (first.left, first.headings[2:]) == (2, ("with it", "difference", "95 %"))
    assert first.rows == (("a", "0.25", "23.4", "+11.1", "+8.9 to +13.3"),)
    assert second.title == "Killed of all sides together by 90 days: 866.6 as the scenario is"
    assert second.rows == (("b", "mild", "777.8", "-88.9", "-100.0 to -66.7"),)


def test_only_parameters_that_differ_clearly_are_shown_and_ten_at_most():
    columns = "outcome horizon_days parameter basis median_with median_without distance p_holm"
    many = [("Q2", 30, f"p{i}", "measured", 1.2345 + i, 0.12345 + i, 0.777 - i / 50, 0.0012) for i in range(11)]
    at_level = ("Q7", 90, "x", "judgement", 1.0, 2.0, 0.1, 0.05)
    table = rows_of(columns, *many, at_level, ("Q7", 90, "y", "judgement", 12.34, 567.8, 0.234, 0.0499))
    first, second = sheets.regional_sheets(folder(), table)
    assert [row[0] for row in first.rows] == [f"p{i}" for i in range(10)]
    assert first.rows[1] == ("p1", "measured", "2.23", "1.12", "0.76", "0.001")
    assert first.headings == ("parameter", "basis", "median with it", "without it", "distance", "p (Holm)")
    assert second.title == "Q7: where histories with it by 90 days start from other values"
    assert second.rows == (("y", "judgement", "12.3", "568", "0.23", "0.05"),)
    assert sheets.regional_sheets(folder(), rows_of(columns, at_level))[0].rows == (("no parameter", *"–––––"),)
    assert "13 parameters whose p" in sheets.regional_notes(folder(), table)[0]


def test_boxes_are_told_with_coverage_and_density():
    table = rows_of(
        "outcome horizon_days conditions coverage coverage_se density density_se mass share method n",
        ("Q2", 30, "a > 3", 0.678, 0.0321, 0.456, 0.0543, 0.234, 0.1234, "prim", 1234),
        ("Q7", 90, "b < 2", 0.789, 0.0123, 0.345, 0.0765, 0.111, 0.2345, "cart", 2345),
    )
    first, second = sheets.discovery_sheets(folder(), table)
    assert first.title == "Q2  a war by 30 days: 12.3 % of histories"
    assert first.headings[1:] == ("coverage, %", "density, %", "histories, %")
    assert first.rows == (("a > 3", "68 ± 3", "46 ± 5", "23"),)
    assert second.rows == (("b < 2", "79 ± 1", "34 ± 8", "11"),)
    notes = sheets.discovery_notes(designed("sobol"), table)
    assert notes[0] == (
        "Q2 by 30 days, a > 3: 68 % of the outcomes lie here (coverage), and 0.46 of the histories here have it "
        "(density)."
    )
    assert "PRIM (EMA workbench) and a classification tree (scikit-learn)" in notes[2]
    assert "1,234 histories and at points that the search" in notes[2]
    assert "histories that the search" in sheets.discovery_notes(designed("list"), table)[2]
    assert sheets.discovery_notes(folder(), table[:0])[0].startswith("No condition was found")


RARE = rows_of(
    "question horizon_days n events estimate low high",
    ("Q2", 30, 1200, 29, 0.0242, 0.0123, 0.0345),
    ("Q7", 30, 1300, 30, 0.0222, 0.0111, 0.0333),
    ("Q2", 90, 1400, 41, 0.0456, 0.0432, 0.0678),
)


@pytest.mark.parametrize(
    ("questions", "always", "cells"),
    [
        (None, False, []),
        (["Q2"], False, [("Q2", 30)]),
        (None, True, [("Q2", 30)]),
        (["Q2"], True, [("Q2", 30), ("Q7", 30), ("Q2", 90)]),
    ],
)
def test_odds_with_fewer_than_thirty_events_are_split(questions, always, cells):
    assert choose_rare_cells(RARE, questions, always=always) == cells


def test_odds_by_splitting_stand_beside_the_plain_ones():
    found = Split(np.array([0.001, 0.003, 0.0, 0.002]), *np.array([[3, 4, 5, 6], [11, 22, 33, 44]]), roots=8, failed=7)
    (row,) = tabulate_rare(RARE, [RareOdds("Q7", 30, found)]).to_dict("records")
    low, high = found.interval()
    assert row == {
        **{"question": "Q7", "horizon_days": 30, "plain_n": 1300, "plain_events": 30, "plain_estimate": 0.0222},
        **{"plain_low": 0.0111, "plain_high": 0.0333, "estimate": pytest.approx(0.0015), "low": low, "high": high},
        **{"se": found.standard_error, "repetitions": 4, "histories": 110, "extinct": 1, "failed": 7},
        "carrying": pytest.approx(36 / 14),
    }
    shown = pd.DataFrame([row | {"estimate": 0.0012345, "low": 0.0, "high": 0.0267, "histories": 12345}])
    assert rare_sheet(shown).rows == (("Q7 by 30 days", "30 of 1,300", "2.2 (1.1–3.3)", "0.12 (0–2.7)", "12,345"),)
    notes = rare_notes(pd.DataFrame([row]), Effort(64, 16))
    assert notes[0].startswith("By splitting: the mean of 16 independent repetitions of 64 other histories, in")
    assert notes[1].startswith("7 histories did not finish")
    assert notes[2].startswith("In some repetitions the outcome never came (Q7 by 30 days)")
    assert len(notes) == 3
    assert len(rare_notes(pd.DataFrame([row | {"failed": 0, "extinct": 0}]), Effort(64, 16))) == 1
    assert rare_notes(pd.DataFrame([row | {"failed": 0, "extinct": 0, "carrying": 1.3}]), Effort(64, 16))[1:]
    third = row | {"failed": 0, "extinct": 0, "carrying": 2.0, "repetitions": 6}
    assert len(rare_notes(pd.DataFrame([third]), Effort(64, 16))) == 1, "a third of them is enough"


READINGS = (Reading(0.25, 200, 22, 0.0765, 0.1567, 0.111), Reading(1.23456, 4000, 1234, 0.2987, 0.3333, 0.0222))


def test_tipping_points_are_told_with_their_ends():
    sheet = readings_sheet(Tipping((), READINGS), "a.b", "Q2")
    assert (sheet.headings, sheet.left) == (("a.b", "odds", "events"), 0)
    assert sheet.rows == (("0.25", "11.0 (7.6–15.7)", "22 of 200"), ("1.235", "30.9 (29.9–33.3)", "1,234 of 4,000"))
    up = Crossing(0.56789, 0.45678, 0.67891, reaches_low=True, reaches_high=False, rises=True)
    down = Crossing(0.81234, 0.71234, 0.91234, reaches_low=False, reaches_high=True, rises=False)
    assert tipping_words(Tipping((up, down), READINGS), "a.b", "1/day", 0.125) == [
        "The odds rise above 12.5 % at a.b = 0.568 [1/day] (95 % interval 0.457 or less to 0.679).",
        "The odds fall below 12.5 % at a.b = 0.812 [1/day] (95 % interval 0.712 to 0.912 or more).",
    ]
    assert tipping_words(Tipping((), READINGS), "a.b", "1", 0.05) == [
        "There is no tipping point between 0.25 and 1.23456: at all 2 values that were tried the odds are above 5 %, "
        "from 11 % to 31 %."
    ]
    level = Tipping((), (Reading(0.5, 8, 2, 0.125, 0.5),))
    assert "cannot be told: the odds are above 25 %" in tipping_words(level, "a.b", "1", 0.25)[0]
    assert "at a.b = 1.23 (30–33 %) the" in tipping_words(Tipping((), READINGS), "a.b", "1", 0.3)[0]
    assert redrawn_words(Tipping((), READINGS))[0].startswith(
        "At 0.25 11 % of the replicates drew their reactions anew, at 1.23 2 %:"
    )


def fitted(**changes) -> SimpleNamespace:
    summary = rows_of(
        "parameter median low high prior_low prior_high contraction status",
        ("a", 1.2345, 0.9876, 1.5678, 0.1111, 4.4444, 0.678, "informed"),
        ("b", 22.22, 11.11, 33.33, 5.555, 66.66, 0.012, "prior"),
    )
    derived = rows_of(
        "quantity median low high prior_low prior_high", ("branching ratio", 0.5432, 0.4321, 0.6543, 0.1234, 0.9876)
    )
    checks = rows_of(
        "quantity observed low_90 high_90 inside_90 inside_99 p p_error",
        ("acts", 1234.0, 999.4, 1500.6, True, True, 0.5, 0.01),
        ("killed", 77.77, 11.11, 66.66, False, True, 0.06, 0.01),
        ("launches", 8.888, 2.222, 5.555, False, False, 0.004, 0.002),
        ("depth", nan, 1.234, 5.678, "not checked", "not checked", nan, nan),
        ("least of these p-values", 0.004, 0.02, 1.0, False, False, 0.03, 0.005),
    )
    manifest = {"theatre": "Border", "first_day": "2021-02-03", "as_of": "2021-05-06", "informed": ["a"]}
    manifest |= {"draws": 4321, "least_ess": 567.8, "largest_rhat": 1.01234, "ex_post": ""} | changes
    theatre = SimpleNamespace(parties=[SimpleNamespace(id="R", name="Right")])
    plan = SimpleNamespace(left_out={}, theatre_file=SimpleNamespace(theatre=theatre))
    posterior = SimpleNamespace(plan=plan, assembled=SimpleNamespace(reasons={}, silence=""))
    tables = {"summary": lambda: summary, "derived": lambda: derived, "checks": checks}
    return SimpleNamespace(manifest=manifest, posterior=posterior, **tables)


def test_a_fit_stands_beside_its_prior_and_its_reports():
    screen = fit_screen(fitted(), Path("fits/border"))
    assert screen.title == "Border: fit to reports from 2021-02-03 to before 2021-05-06"
    assert screen.sentences == (
        "Given the reports from 2021-02-03 to before 2021-05-06, one act in the exchange draws 0.54 (90 %: 0.43 to "
        "0.65; without these reports 0.12 to 0.99) further acts in the mean.",
    )
    (parameters,) = screen.sheets
    assert parameters.headings == ("parameter", "median", "90 %", "90 % before", "contraction")
    assert parameters.rows == (
        ("a", "1.23", "0.988 to 1.57", "0.111 to 4.44", "68 %"),
        ("b", "22.2", "11.1 to 33.3", "5.55 to 66.7", "1 %"),
    )
    assert screen.ends["to use"] == 'posterior = "fits/border"'
    assert len(screen.lines(80)) <= 24
    note, checks = fit_notes(fitted())
    assert note.startswith("1 of 2 parameters are informed")
    assert checks == (
        "The engine on the posterior gives 1 of 3 reported quantities within its 90 % band; not killed, launches. "
        "Judged together, a record as odd as the reported one comes with p = 0.03 ± 0.005; what fails: "
        "launches (p = 0.004)."
    )
    assert note.endswith("4,321 draws, at least 568 independent ones of each parameter, R-hat at most 1.012.")
    assert fit_notes(fitted(ex_post="Later counts")) == ["Later counts.", note, checks]
    without = fitted()
    without.posterior.plan.left_out = {"t-1": "as the plan says"}
    without.posterior.assembled.reasons = {"t-1": "as the plan says", "claims": "there are none"}
    without.posterior.assembled.silence = "nothing was reported in the 9 days after 2021-04-26"
    silence = "Nothing was reported in the 9 days after 2021-04-26."
    assert fit_notes(without) == [note, checks, silence, "Left out: claims: there are none."]


def test_a_nowcast_tells_what_was_known_only_later():
    table = rows_of(
        "as_of ex_post branching branching_low branching_high odds odds_low odds_high status question horizon",
        ("2021-02-03", True, 0.567, 0.432, 0.678, 0.1234, 0.0987, 0.1567, "fine", "Q2", 30),
        ("2021-03-04", False, 0.765, 0.654, 0.876, 0.2345, 0.2109, 0.3456, "rough", "Q2", 30),
        ("2021-01-01", nan, *[nan] * 6, "not fitted: why", "Q2", 30),
    )
    sheet = nowcast_sheet(table, "Now")
    assert sheet.headings == ("as of", "branching ratio", "odds of Q2 in 30 days, %", "")
    assert sheet.rows == (
        ("2021-02-03 ex post", "0.57 (0.43–0.68)", "12.3 (9.9–15.7)", "fine"),
        ("2021-03-04", "0.77 (0.65–0.88)", "23.4 (21.1–34.6)", "rough"),
        ("2021-01-01", "-", "-", "not fitted: why"),
    )
    asked = [SimpleNamespace(id="Q2", text="border war")]
    screen = nowcast_screen(table.assign(replicates=300), "Now", asked, Path("now"))
    assert screen.sentences == (
        "As of 2021-03-04, given the reports before that day, 23 of 100 simulated histories have a border war within "
        "30 days (from the number of histories alone: 21 to 35 %).",
    )
    assert len(screen.lines(80)) <= 24
    assert nowcast_screen(table[2:].assign(replicates=nan), "Now", asked, None).sentences == ("No day was fitted.",)


def test_a_tournament_is_shown_by_noise_the_best_first():
    values = {name: np.zeros((2, 2, 2, 24)) for name in ("harm_suffered", "war")}
    values["war"][1, 0, 1, 5] = nan
    matches = Matches("Border", ("P", "Q"), (0.05, 0.1), values, "harm_suffered", -1.0, unit=8, failed=3)
    ranking = rows_of(
        "noise measure policy mean low high rank rank_low rank_high",
        (0.05, "harm_suffered", "Q", 9.876, 8.765, 11.11, 1, 1, 2),
        (0.05, "harm_suffered", "P", 99.96, 88.88, 111.1, 2, 1, 3),
        (0.05, "war", "P", 0.0876, 0.0765, 0.0987, 4, 4, 4),
        (0.05, "war", "Q", 0.2345, 0.1234, 0.3456, 5, 5, 5),
        (0.1, "harm_suffered", "P", 1234.5, 1111.1, 2222.2, 1, 1, 1),
        (0.1, "war", "P", 1.0, 0.9876, 1.0, 7, 7, 7),
    )
    moran = rows_of("noise policy moran_share", (0.1, "P", 0.111), (0.05, "P", 0.345), (0.05, "Q", 0.655))
    first, second = tournament_sheets(matches, {"ranking": ranking, "population": moran})
    assert (first.title, second.title) == ("Border, noise 0.05", "Border, noise 0.1")
    assert first.headings == ("policy", "rank", "harm suffered", "odds of war, %", "Moran, %")
    assert first.rows == (
        ("Q", "1 (1–2)", "9.88 (8.77–11.11)", "23.4 (12.3–34.6)", "65.5"),
        ("P", "2 (1–3)", "100.0 (88.9–111.1)", "8.76 (7.65–9.87)", "34.5"),
    )
    assert second.rows == (("P", "1 (1–1)", "1234 (1111–2222)", "100 (99–100)", "11.1"),)
    notes = tournament_notes(matches)
    assert "over 3 independent groups of 8 histories of each match" in notes[0]
    assert "Student's, of odds of war Wilson's, of ranks from" in notes[0]
    assert notes[1].startswith("Ranked by harm suffered. Moran")
    assert notes[2] == ("Failed over all matches: 3. A history that failed in one match is left out of all: 1 of 24.")


def side(point: int, **parts):
    resolved = {
        "policies": {"a": {"L": "P1", "R": "P2"}, "b": {"L": "P1", "R": "P3"}},
        "parameters": {"x": {"law": "1"}, "y": {"law": "2"}, "lever": {"law": "3"}},
        "parameters_of_points": {"b": {"y": {"law": "22"}}},
        "bundles": {"mild": {"truces": [1], "diplomatic_shocks": []}},
        "theatre": {"reference": 1, "fronts": [{"name": "N"}, {"name": "S"}]},
    }
    resolved |= dict.fromkeys(("start", "step_days", "horizon_days", "truces", "diplomatic_shocks", "incidents"), 1)
    resolved |= {"ledger_sha256": "f"} | parts
    points = rows_of("point label lever", (0, "a", "mild"), (3, "b", "harsh"))
    return SimpleNamespace(manifest={"resolved": resolved, "versions": {"sim": "1"}}, points=points), point


def test_all_that_differs_between_two_points_is_told():
    other = {"theatre": {"reference": 2, "fronts": [{"name": "N"}, {"name": "T"}]}, "step_days": 0.5}
    found = diff_settings(side(0), side(3, **other))
    assert found.astype(object).where(found.notna(), None).values.tolist() == [
        ["lever", "mild", "harsh"],
        ["policy.R", "P2", "P3"],
        ["y", "2", "22"],
        ["mild: truces", "[1]", None],
        ["step_days", "1", "0.5"],
        ["theatre.fronts.1.name", "S", "T"],
    ]
    shown = make_diff_sheet(found, {"R": "Right"}, "one", "two")
    assert (shown.title, shown.left) == ("What differs between one and two", 3)
    assert shown.rows[1] == ("policy of Right\npolicy.R", "P2", "P3")
    assert shown.rows[3] == ("mild: truces", "[1]", "–")
    assert describe_diff(found) == []
    many = pd.DataFrame([{"setting": str(i), "first": "1", "second": "2"} for i in range(14)])
    assert len(make_diff_sheet(many, {}, "one", "two").rows) == 12
    assert describe_diff(many) == ["2 more settings differ; --json lists all."]
    assert describe_diff(many[:12]) == []
    assert describe_diff(diff_settings(side(3), side(3)))[0].startswith("No factor, policy, parameter")


def test_values_are_simplified_and_cells_written_in_their_forms():
    given = [Decimal("3"), Decimal("3.5"), inf, nan, {"a": (-inf)}, True, None, dt.date(2021, 2, 3), [0.25]]
    assert simplify_value(given) == [3, 3.5, None, None, {"a": None}, True, None, "2021-02-03", [0.25]]
    table = pa.table({"name": ["x", "y"], "day": [12.3456789, nan], "share": [0.98765, 0.1234], "is": [True, False]})
    sheet = make_sheet("T", table.append_column("n", pa.array([7, None])), {"share": ".2f"})
    assert (sheet.headings, sheet.left) == (("name", "day", "share", "is", "n"), 1)
    assert sheet.rows == (("x", "12.3457", "0.99", "yes", "7"), ("y", "–", "0.12", "no", "–"))
    assert make_sheet("T", table.select(["name"])).left == 1

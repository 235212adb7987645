"""Sheets of odds and of what stands beside them, cell by cell; in what they show no two numbers are alike."""

from __future__ import annotations

from math import nan

from invented_folder import POINTS, folder, rows_of

from sim.report import odds_sheets as odds
from sim.report import table_sheets as tables
from sim.report.sheet import format_number, format_percent, format_share

ONE = {"manifest": {"points": 1}, "points": POINTS.loc[:0, ["point"]].assign(label="base")}
ODDS = rows_of(
    "point label question horizon_days estimate low high n failed",
    (0, "lever = mild", "Q2", 90, 0.1234, 0.1021, 0.1567, 1100, 2),
    (0, "lever = mild", "Q2", 30, 0.0041, 0.0012, 0.0089, 1100, 5),
    (0, "lever = mild", "O1", 90, nan, nan, nan, 1100, 3),
    (3, "lever = harsh", "Q2", 30, 0.3456, 0.3011, 0.4019, 1207, 7),
    (3, "lever = harsh", "O1", 30, 0.0050, 0.0021, 0.0100, 1207, 1),
    (3, "lever = harsh", "O1", 90, 0.9876, 0.9512, 0.9988, 1207, 4),
)


def test_numbers_are_written_as_people_read_them():
    assert [format_percent(x) for x in (0.12345, 0.0, None, nan)] == ["12.3", "0.0", "–", "–"]
    assert [format_percent(x, 0, "+") for x in (0.126, -0.054)] == ["+13", "-5"]
    assert [format_number(x) for x in (12345.6, None, nan)] == ["12,346", "–", "–"]
    assert format_share(0.0041, 0.0012, 0.0089) == "0.41 (0.12–0.89)", "two digits where even the end is below 1 %"
    assert format_share(0.0041, 0.0012, 0.01) == "0.4 (0.1–1.0)"
    assert format_share(nan, 0.1, 0.2) == "–"


def test_odds_stand_by_question_with_a_row_for_each_point():
    first, second = odds.odds_sheets(folder(), ODDS)
    assert first.title == "Q2  a war: odds in %"
    assert first.headings == ("point", "lever, party.L.climb", "30 days", "90 days")
    assert first.rows == (
        ("0", "mild, party.L.climb 0.25", "0.41 (0.12–0.89)", "12.3 (10.2–15.7)"),
        ("3", "harsh, party.L.climb 0.75", "34.6 (30.1–40.2)", "–"),
    )
    assert (first.left, second.title) == (2, "O1  war at the horizon: odds in %")
    assert second.rows == (
        ("0", "mild, party.L.climb 0.25", "–", "–"),
        ("3", "harsh, party.L.climb 0.75", "0.5 (0.2–1.0)", "98.8 (95.1–99.9)"),
    )


def test_odds_of_one_point_stand_in_one_table():
    only = ODDS[ODDS["point"] == 3]
    (sheet,) = odds.odds_sheets(folder(points=POINTS[1:]), only)
    assert (sheet.title, sheet.headings) == (
        "Invented, harsh, party.L.climb 0.75: odds in %",
        ("question", "30 days", "90 days"),
    )
    assert sheet.rows == (
        ("Q2  a war", "34.6 (30.1–40.2)", "–"),
        ("O1  war at the horizon", "0.5 (0.2–1.0)", "98.8 (95.1–99.9)"),
    )
    assert odds.odds_sheets(folder(**ONE), ODDS[:3])[0].title == "Invented: odds in %"


SPLIT = rows_of(
    "point label question horizon_days estimate se_monte_carlo sd_informed sd_literature sd_judgement sd_judgement_se "
    "sd_interaction sd_policies share_luck share_error",
    (0, "a", "Q2", 30, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9),
    (0, "a", "Q2", 90, 0.111, 0.022, 0, 0.033, 0.044, 0.012, 0.055, 0.066, 0.771, 0.088),
    (3, "b", "Q2", 90, 0.211, 0.122, 0, 0.133, 0.144, 0.034, 0.155, nan, nan, 0.188),
)


def test_the_split_is_that_of_the_last_horizon_part_by_part():
    (sheet,) = odds.split_sheets(folder(), SPLIT)
    assert sheet.title == "Q2: what the odds in % at 90 days rest on: s.d. in points"
    assert sheet.headings[2:6] == ("odds", "s.e.", "literature", "judgement"), "nothing drawn is informed"
    assert sheet.headings[6:] == ("together", "policies", "luck share")
    assert sheet.left == 2
    assert sheet.rows == (
        ("0", "mild, party.L.climb 0.25", "11.1", "2.2", "3.3", "4.4 ± 1.2", "5.5", "6.6", "77 ± 9 %"),
        ("3", "harsh, party.L.climb 0.75", "21.1", "12.2", "13.3", "14.4 ± 3.4", "15.5", "–", "–"),
    )
    (sheet,) = odds.split_sheets(folder(), SPLIT[SPLIT["point"] == 0])
    assert sheet.title == "What the odds in % at 90 days rest on: s.d. in points"
    assert sheet.rows == (("Q2  a war", "11.1", "2.2", "3.3", "4.4 ± 1.2", "5.5", "6.6", "77 ± 9 %"),)


def test_what_is_not_resolved_says_so_and_is_no_number():
    named = SPLIT.assign(unresolved=["", "judgement, luck, policies", nan])
    blank = named.assign(sd_judgement=nan, share_luck=nan, sd_policies=nan)
    (sheet,) = odds.split_sheets(folder(), blank)
    parts = ("5.5", "not resolved", "not resolved")
    assert sheet.rows[0][2:] == ("11.1", "2.2", "3.3", "not resolved", *parts)
    assert sheet.rows[1][2:] == ("21.1", "12.2", "13.3", "–", "15.5", "–", "–"), "not known is another thing"
    notes = odds.odds_notes(folder(), ODDS.assign(sd_policies=nan, unresolved="policies"))
    assert notes[4].endswith("that does not make it 0, and more replicates may tell it.")
    assert notes[5].startswith("policies: standard deviation")


KILLED = rows_of(
    "point location counted horizon_days median q05 q95",
    (0, "North", "killed", 30, 12.4, 3.2, 45.7),
    (0, "North", "civilians", 30, 5.1, 1.2, 9.8),
    (0, "South", "killed", 90, 112.6, 33.3, 445.5),
    (3, "North", "killed", 90, nan, nan, nan),
)


def test_killed_of_both_sides_stand_in_one_table():
    (sheet,) = odds.killed_sheets(folder(), KILLED)
    assert sheet.headings == ("point", "killed in", "30 days", "90 days")
    assert sheet.left == 2
    assert sheet.rows == (
        ("0", "North", "12 (3–46)", "–"),
        ("0", "  civilians", "5 (1–10)", "–"),
        ("0", "South", "–", "113 (33–446)"),
        ("3", "North", "–", "–"),
    )
    (sheet,) = odds.killed_sheets(folder(**ONE), KILLED[:2])
    assert (sheet.headings, sheet.left) == (("killed in", "30 days"), 1)
    assert sheet.rows == (("North", "12 (3–46)"), ("  civilians", "5 (1–10)"))
    assert odds.killed_sheets(folder(), KILLED[:0]) == []


DIFFERENCES = rows_of(
    "question horizon_days first second difference se_paired se_independent factor gain n",
    ("Q2", 30, 0.1111, 0.2345, 0.1234, 0.0123, 0.0234, 1.94, 3.76, 2345),
    ("Q7", 90, 0.4444, 0.3333, -0.1111, nan, 0.0345, nan, nan, 1234),
    ("Q7", 30, 0.5, 0.5, 0.0, 0.0, 0.0456, nan, nan, 1500),
)


def test_differences_keep_their_sign_and_their_errors():
    sheet = odds.difference_sheet(DIFFERENCES, "one", "other")
    assert sheet.title == "other less one: odds in %"
    assert sheet.rows == (
        ("Q2", "30", "11.1", "23.4", "+12.3", "1.23", "2.34", "1.9", "3.8"),
        ("Q7", "90", "44.4", "33.3", "-11.1", "–", "3.45", "–", "–"),
        ("Q7", "30", "50.0", "50.0", "+0.0", "0.00", "4.56", "–", "–"),
    )
    assert sheet.headings == (
        *("question", "days", "first", "second", "difference", "s.e. paired", "s.e. independent", "factor", "gain"),
    )
    first, second = odds.difference_notes(DIFFERENCES)
    assert first.startswith("1,234 replicates finished in both and share")
    assert "fewer than about 0.24 % of replicates do." in second
    assert len(odds.difference_notes(DIFFERENCES[:2])) == 1
    assert odds.difference_notes(DIFFERENCES.assign(difference=0.1))[1:] == [], "an error of 0 beside a difference"
    (alone,) = odds.difference_notes(DIFFERENCES[1:2])
    assert alone.startswith("1,234 replicates finished in both; each point has luck of its own")


def test_notes_of_the_odds_tell_what_they_rest_on():
    table = ODDS.assign(sd_policies=0.1)
    notes = odds.odds_notes(folder(), table)
    assert notes[0] == (
        "Reference class of Q2: Past crises (10 crises): 2 became wars; 10 % (5.0 to 20 %) within 30 days, 23 % (12 to "
        "56 %) within 90 days (constant hazard and counted). S9."
    )
    assert "war on the Northern front" in notes[1]
    assert "is no evidence" not in notes[1]
    assert notes[2] == "Of 29 parameters: 3 informed by a fit, 9 from literature, 17 of judgement."
    assert notes[3].startswith("n = 1,100 to 1,207 finished replicates a point, seed 41. Intervals: 95 % Wilson")
    assert notes[5] == (
        "policies: standard deviation of the odds over pairs of policies of the main parties, all pairs alike."
    )
    assert notes[6:] == ["12 replicates failed (reactions multiplied without end) and are not in the odds."]
    hazard = {
        "sources": {"party.L.campaign_hazard": "assumption: set so that odds come near 9 %", "party.L.posture": "S1"}
    }
    elsewhere = {"sources": {"party.L.campaign_hazard": "S2", "party.L.posture": "set so that odds"}}
    told = "The prior of h0 was set so that odds come near 9 %; that they do is no evidence."
    assert odds.odds_notes(folder(manifest=hazard), table)[1].endswith(told)
    assert "no evidence" not in odds.odds_notes(folder(manifest=elsewhere), table)[1]
    one = table[table["point"] == 0].assign(failed=0, sd_policies=nan)
    notes = odds.odds_notes(folder(blocks=[1]), one)
    assert notes[3].startswith("n = 1,100 finished replicates, seed")
    assert notes[5].startswith("policies: not known here; it is read from the folder policy-pairs")
    assert notes[6].startswith("The sweep is not finished: 900 of 1,200 replicates are done.")
    assert len(notes) == 7
    assert len(odds.odds_notes(folder(blocks=[1], replicates_done=1200), one)) == 6


def test_a_stopped_sweep_tells_for_each_point_what_is_known_least():
    table = rows_of(
        "point label question horizon_days precision low high n stopped",
        (0, "mild", "Q2", 30, 0.0123, 0.111, 0.222, 1100, "rule"),
        (0, "mild", "Q7", 90, 0.0345, 0.333, 0.444, 1100, "rule"),
        (3, "harsh", "Q7", 30, 0.0567, 0.555, 0.666, 2200, "limit"),
        (3, "harsh", "Q2", 90, 0.0456, 0.777, 0.888, 2200, "limit"),
    )
    stopped = {"stopping": {"rule": "se", "target": 0.0321, "time_limit_met": True}}
    (sheet,) = odds.stopping_sheets(folder(manifest=stopped), table)
    assert sheet.title == "Where each point stopped: standard error up to 3.21 % asked"
    assert sheet.rows == (
        ("0", "mild, party.L.climb 0.25", "1,100", "rule", "Q7 at 90 days", "3.45", "33.3–44.4"),
        ("3", "harsh, party.L.climb 0.75", "2,200", "limit", "Q7 at 30 days", "5.67", "55.5–66.6"),
    )
    assert (len(sheet.headings), sheet.left) == (7, 2)
    notes = odds.stopping_notes(folder(manifest=stopped))
    words = ("Replicates were added in rounds", "Stopping by the standard error", "The time limit was met")
    assert [note[: len(word)] for note, word in zip(notes, words, strict=True)] == [*words]
    width = {"stopping": {"rule": "halfwidth", "target": 0.01}}
    assert len(odds.stopping_notes(folder(manifest=width))) == 1
    assert odds.stopping_notes(folder()) == []


def test_drivers_are_marked_where_chance_would_give_as_much():
    table = rows_of(
        "point question horizon_days parameter basis share share_by_chance direction odds_low_third odds_high_third "
        "repeated_by",
        (nan, "Q2", 30, "a", "measured", 0.2345, 0.0121, "up", 0.1212, 0.3434, 2),
        (nan, "Q2", 30, "b", "judgement", 0.1789, 0.0242, "down", 0.4545, 0.2323, 0),
        (nan, "Q2", 30, "c", "judgement", 0.1555, 0.0363, "both", 0.5656, 0.6767, 0),
        (3, "Q7", 90, "d", "counted", 0.0484, 0.0484, "up", 0.7878, 0.8989, 0),
    )
    (first,) = tables.drivers_sheets(folder(), table)
    (second,) = tables.drivers_sheets(folder(), table[3:])
    assert (first.title, second.title) == (
        "Q2: what moves it most by 30 days, over all points together",
        "Q7: what moves it most by 90 days, harsh, party.L.climb 0.75",
    )
    assert first.left == 3
    assert first.headings[3:] == ("share, %", "lowest third", "highest third")
    assert first.rows == (
        ("a (and 2 that repeat it)", "measured", "with it", "23.4", "12.1", "34.3"),
        ("b", "judgement", "as it falls", "17.9", "45.5", "23.2"),
        ("c", "judgement", "not one way", "15.6", "56.6", "67.7"),
    )
    assert second.rows == (("d", "counted", "≤ chance", "4.8", "78.8", "89.9"),)
    (note,) = tables.drivers_notes(folder(), table)
    assert "stays below 4.8 % with 95 %" in note
    assert tables.drivers_notes(folder(), table[:0]) == ["No parameter moves what was asked for."]


def test_entries_name_who_joined_when_and_after_what():
    names = "point horizon_days party share low high first first_low first_high day_median day_q25 day_q75 attack ally"
    table = rows_of(
        names,
        (0, 30, "L", 0.9, 0.8, 0.99, 0.7, 0.6, 0.75, 3.0, 2.0, 4.0, 0.5, 0.5),
        (0, 90, "R", 0.2345, 0.1234, 0.3456, 0.0987, 0.0543, 0.1357, 41.3, 22.6, 67.8, 0.312, 0.684),
        (0, 90, "L", 0.0, 0.0, 0.0345, 0.0, 0.0, 0.0221, nan, nan, nan, nan, nan),
        (3, 90, "L", 0.4567, 0.4321, 0.5678, 0.3333, 0.2222, 0.4444, 11.1, 5.4, 19.2, 0.005, 0.0049),
    )
    first, second = tables.entries_sheets(folder(), table)
    assert first.title == "Who joined by day 90, mild, party.L.climb 0.25: share of histories in %"
    assert second.title == "Who joined by day 90, harsh, party.L.climb 0.75: share of histories in %"
    assert first.headings[2:] == ("joined", "joined first", "on day")
    assert first.rows == (
        ("Right", "ally 68, attack 31", "23.4 (12.3–34.6)", "9.9 (5.4–13.6)", "41 (23–68)"),
        ("Left", "–", "0.0 (0.0–3.5)", "0.0 (0.0–2.2)", "–"),
    )
    assert second.rows == (("Left", "attack 0", "45.7 (43.2–56.8)", "33.3 (22.2–44.4)", "11 (5–19)"),)
    assert first.left == 2


def test_odds_by_definition_stand_by_question_and_point():
    table = rows_of(
        "point question definition steered horizon_days estimate low high",
        (0, "Q2", "as run", False, 90, 0.1111, 0.0999, 0.1222),
        (0, "Q2", "strict", True, 30, 0.0333, 0.0222, 0.0444),
        (0, "Q2", "as run", False, 30, 0.0666, 0.0555, 0.0777),
        (3, "Q7", "strict", True, 30, 0.8888, 0.7777, 0.9999),
    )
    first, second = tables.definitions_sheets(folder(), table)
    assert (first.title, first.headings) == (
        "Q2  a war, mild, party.L.climb 0.25: odds in % by definition",
        ("definition", "30 days", "90 days"),
    )
    assert first.rows == (("as run", "6.7 (5.5–7.8)", "11.1 (10.0–12.2)"), ("strict*", "3.3 (2.2–4.4)", "–"))
    assert second.title == "Q7  a truce, harsh, party.L.climb 0.75: odds in % by definition"
    assert second.rows == (("strict*", "88.9 (77.8–100.0)", "–"),)
    table = table[table["point"] == 0].assign(difference=[0.0, -0.007, 0.0], se=[0.0, 0.001, 0.0], rerun=float("nan"))
    table["rerun_difference"], table["rerun_se"] = [float("nan"), -0.033, float("nan")], 0.004
    _, moved = tables.definitions_sheets(folder(), table)
    assert moved.title.endswith("points from as run, judged / run anew (± s.e.)")
    assert moved.rows == (("strict*", "-0.7 ± 0.1 / -3.3 ± 0.4", "–"),)


def test_levers_stand_by_rank_in_percent_or_in_persons():
    names = (
        "outcome horizon_days lever against first second difference low high rank rank_low rank_high se_paired "
        "se_independent factor"
    )
    table = rows_of(
        names,
        ("Q2", 30, "x", "base", 0.9, 0.9, 0.9, 0.9, 0.9, 9, 9, 9, 0.9, 0.9, 0.9),
        ("Q2", 90, "truce", "as it is", 0.3456, 0.2345, -0.1111, -0.1333, -0.0888, 2, 1, 3, 0.0123, 0.0234, 1.94),
        ("Q2", 90, "pause", "as it is", 0.3456, 0.1987, -0.1469, -0.1777, 0.0222, 1, 1, 2, nan, 0.0345, nan),
        ("killed", 90, "pause", "mild", 12345.6, 11234.5, -1111.1, -1333.3, 888.8, 1, 1, 4, 55.6, 66.7, 2.28),
    )
    first, second = tables.levers_sheets(folder(), table)
    assert first.title == "Q2  a war: odds in % at 90 days; as it is: 34.6"
    assert first.headings[1:] == ("with it", "difference", "95 %", "rank", "s.e.", "indep.", "factor")
    assert first.rows == (
        ("pause", "19.9", "-14.7", "-17.8 to +2.2", "1 (1–2)", "–", "3.45", "–"),
        ("truce", "23.4", "-11.1", "-13.3 to -8.9", "2 (1–3)", "1.23", "2.34", "1.9"),
    )
    assert second.title == "Killed of all sides together, mean at 90 days; mild: 12,346"
    assert second.rows == (("pause", "11,234", "-1,111", "-1,333 to +889", "1 (1–4)", "56", "67", "2.3"),)


def test_pairs_of_policies_show_grid_spread_and_regret():
    names = "outcome horizon_days policy.L policy.R estimate"
    grid = rows_of(
        names,
        ("Q2", 30, "P0 none", "P1 tit-for-tat", 0.9),
        ("Q2", 90, "P0 none", "P1 tit-for-tat", 0.1234),
        ("Q2", 90, "P0 none", "P4 more", 0.2345),
        ("Q2", 90, "P3 like", "P1 tit-for-tat", 0.3456),
        ("Q2", 90, "P3 like", "P4 more", 0.4567),
        ("killed", 90, "P0 none", "P1 tit-for-tat", 12345.6),
    )
    spreads = rows_of(
        "outcome horizon_days part sd share",
        ("Q2", 30, "luck", 0.9, 0.9),
        ("Q2", 90, "policy.L", 0.0567, 0.678),
        ("killed", 90, "policy.R", 789.4, 0.891),
    )
    regret = rows_of(
        "outcome horizon_days factor policy opponent mean q90 best best_alone",
        ("Q2", 30, "policy.L", "P0", "any", 0.9, 0.9, 0.9, 0.9),
        ("Q2", 90, "policy.L", "P0", "P1", 0.9, 0.9, 0.9, 0.9),
        ("Q2", 90, "policy.L", "P3", "any", 0.0123, 0.234, 0.0345, 0.0456),
        ("killed", 90, "policy.R", "P4", "any", 1234.5, 2345.6, 0.567, 0.0678),
    )
    sheets = tables.pairs_sheets(folder(), grid, spreads, regret)
    assert [sheet.rows for sheet in sheets] == [
        (("P0 none", "12.3", "23.4"), ("P3 like", "34.6", "45.7")),
        (("policy.L", "5.7", "68"),),
        (("policy.L", "P3", "1.2", "23", "3.5", "4.6"),),
        (("P0 none", "12,346"),),
        (("policy.R", "789", "89"),),
        (("policy.R", "P4", "1,234", "2,346", "56.7", "6.8"),),
    ]
    assert sheets[0].title == "Q2 a war: odds in %, by 90 days; rows: policy.L, columns: policy.R"
    assert sheets[0].headings == ("policy", "P1", "P4")
    assert [sheet.headings[1] for sheet in (sheets[1], sheets[4])] == ["s.d., points", "s.d., persons"]
    assert sheets[3].title.startswith("killed of all sides together, mean, by 90 days")
    assert sheets[2].title == "Q2: regret of each policy over all policies of the other"
    assert sheets[2].headings[2:] == ("mean", "90 % quantile", "best or tied, %", "best alone, %")

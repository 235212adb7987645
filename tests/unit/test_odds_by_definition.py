"""Odds against definitions: that of the run gives its own answers, bit for bit; others move them as they must."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from ally import LEVERS, write_with_allies
from command import run
from slow_forms import effective_size, mean, wilson
from uneven_histories import DEFINITION, DYADS, HORIZON_DAYS, HORIZONS, NEVER, Row
from uneven_sweep import Uneven, assert_table, uneven

from sim.core.errors import InputError
from sim.report.table_sheets import definitions_notes, definitions_sheets
from sim.results.analysis.comparison import pair_difference
from sim.results.analysis.odds import compute_odds
from sim.results.analysis.odds_by_definition import (
    AS_RUN,
    DEFINITIONS,
    _Remembering,
    compute_definitions,
    judge_columns,
    list_alternatives,
    read_changes,
    read_chunks,
)
from sim.results.reading.store import Results
from sim.scenario.scenario import Scenario
from sim.scenario.theatre_file import build_theatre
from sim.sweeps.sweep import run_blocks


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("definitions")
    scenario = Scenario.load(write_with_allies(folder, LEVERS))
    return Results.open(run_blocks(scenario, folder / "out", replicates=100, seed=3, block_size=48))


@pytest.mark.parametrize("point", [0, 3])
def test_the_definition_of_the_run_gives_its_answers_bit_for_bit(
    results: Results, point: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("sim.results.analysis.odds_by_definition._CHUNK", 40)
    found = [judge_columns(results, point, rows, {AS_RUN: {}})[AS_RUN] for rows in read_chunks(results, point)]
    assert len(found) == 3
    own = results.read(list(found[0]), point)
    for name in found[0]:
        judged = np.concatenate([one[name] for one in found])
        assert judged.dtype == own[name].dtype, name
        assert np.array_equal(judged, own[name].to_numpy()), name
    assert np.isfinite(own["Q10_day"]).any(), "the world has regional wars to judge"
    assert np.isinf(own["Q10_day"]).any()


def test_as_run_is_the_table_of_odds(results: Results):
    table = compute_definitions(results)
    ours = table[table["definition"] == AS_RUN].set_index(["question", "horizon_days"])
    theirs = compute_odds(results).query("point == 0").set_index(["question", "horizon_days"]).loc[ours.index]
    for column in ("n", "events", "estimate", "low", "high"):
        assert ours[column].tolist() == theirs[column].tolist()
    assert set(table["question"]) == {"Q1", "Q10", "O0", "O1", "O2", "O3", "O4"}
    assert set(table["definition"]) == {AS_RUN, *list_alternatives(results)}


def judged(row: Row, changed: dict[str, float]) -> dict[str, float]:
    """Return the days of the wars and the acts of each day of the front, by loops over the acts of a history."""
    rules = DEFINITION | {"campaign_acts": row["input.definition.campaign_acts"]} | changed
    acts = row["acts"]
    dyad = {pair: place for place, pair in enumerate(DYADS)}

    def total(column: int, day: int, dyads: list[int], rung: float = 0, days: int = 1) -> int:
        """Return what was counted in some dyads from a rung on, on a day and those before it."""
        return sum(act[column] for act in acts if act[0] in dyads and act[1] >= rung and day - days < act[2] <= day)

    sides, front = ([dyad["L", "R"]], [dyad["R", "L"]]), [dyad["L", "R"], dyad["R", "L"]]

    def is_counted(day: int) -> bool:
        week = range(max(day - 6, 1), day + 1)
        busy = [
            sum(total(3, d, s) >= rules["campaign_acts"] or total(4, d, s) >= rules["campaign_launches"] for d in week)
            for s in sides
        ]
        deadly = sum(total(6, d, front) >= rules["campaign_killed"] for d in week)
        is_many = max(busy) >= rules["campaign_days"] or deadly >= rules["campaign_killed_days"]
        return is_many or total(6, day, front, days=30) >= rules["war_killed"]

    def first(holds_on: Callable[[int], bool]) -> float:
        return next((float(day) for day in range(1, HORIZON_DAYS + 1) if holds_on(day)), NEVER)

    def sent_by(party: str) -> list[int]:
        return [place for pair, place in dyad.items() if pair[0] == party]

    def is_active(party: str, day: int) -> bool:
        days = int(rules["front_days"])
        many = total(3, day, sent_by(party), rules["regional_rung"], days) >= rules["front_acts"]
        return many or total(3, day, sent_by(party), rules["front_top_rung"], days) >= 1

    def is_lately_active(party: str, day: int) -> bool:
        return any(is_active(party, d) for d in range(max(day - int(rules["regional_days"]) + 1, 1), day + 1))

    def both_ways(one: str, other: str, rung: float, day: int) -> bool:
        days = int(rules["exchange_days"])
        pairs = [[dyad[pair]] if pair in dyad else [] for pair in ((one, other), (other, one))]
        return all(total(3, day, pair, rung, days) > 0 for pair in pairs)

    war = min(row["campaign_day"], first(is_counted))

    def is_regional(day: int) -> bool:
        fronts = sum(is_lately_active(party, day) for party in ("F", "G"))
        in_war = war <= day < row["ceasefire_day"] + rules["regional_days"]
        return (in_war and fronts >= rules["regional_parties"]) or (
            row["campaign_day"] <= day and both_ways("F", "L", 1, day)
        )

    regional = first(is_regional)

    def is_general(day: int) -> bool:
        before = range(max(day - int(rules["regional_days"]) + 1, 1), day + 1)
        return regional <= day and any(both_ways("L", "F", rules["general_rung"], d) for d in before)

    found = {"Q2": war, "Q4": regional, "general": first(is_general)}
    for day in HORIZONS:
        calm = min(int(rules["calm_days"]), day)
        state = int(total(3, day, front, days=calm) >= rules["calm_acts"] * calm)
        days = (found["Q2"], found["Q4"], found["general"])
        found[f"state_at_{day}"] = max([state, *(level for level, d in enumerate(days, 2) if d <= day)])
    return found


CHANGES = {
    "looser": {"campaign_acts": 40.0, "calm_days": 3.0},
    "later": {"campaign_days": 4.0, "campaign_killed_days": 3.0, "war_killed": 90.0, "general_rung": 2.0},
    "wider": {"regional_parties": 1.0, "front_acts": 20.0, "regional_rung": 1.0},
    "decided only": {"campaign_acts": 1e6, "campaign_launches": 1e6, "campaign_killed": 1e6, "war_killed": 1e7},
}


STEERING = {f"campaign_{what}" for what in ("acts", "launches", "days", "killed", "killed_days")} | {"war_killed"}


def test_definitions_are_those_of_loops_over_the_acts(
    uneven_levers: tuple[Uneven, Results], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("sim.results.analysis.odds_by_definition._CHUNK", 30)
    sweep, results = uneven_levers
    expected = []
    for point, (name, changed) in itertools.product((2, 1), {AS_RUN: {}, **CHANGES}.items()):
        rows = sweep.finished(point)
        replicates, found = [row["replicate"] for row in rows], [judged(row, changed) for row in rows]
        for question, day in itertools.product(("Q4", "Q2", "O1", "O0", "O4"), (17, 9)):
            held = [
                one[f"state_at_{day}"] == int(question[1]) if question[0] == "O" else one[question] <= day
                for one in found
            ]
            low, high = wilson(mean(held), effective_size(held, replicates))
            words = "; ".join(f"{key} = {value:g}" for key, value in changed.items())
            row = {"scenario": "uneven", "point": point, "label": f"lever = {sweep.levels[point][0]}"}
            row |= {"definition": name, "changed": words}
            row |= {
                "steered": bool(changed.keys() & STEERING),
                "question": question,
                "horizon_days": day,
                "n": len(rows),
            }
            expected.append(row | {"events": sum(held), "estimate": mean(held), "low": low, "high": high})
    wanted = ["Q4", "Q2", "O1", "O0", "O4"]
    assert_table(compute_definitions(results, CHANGES, wanted, [17, 9], [2, 1]), expected)
    events = [[row["events"] for row in expected if row["definition"] == name] for name in (AS_RUN, *CHANGES)]
    assert all(one != other for one, other in itertools.combinations(events, 2)), "each definition tells otherwise"


def test_what_is_remembered_of_the_acts_hangs_on_the_number_of_groups():
    theatre, _ = build_theatre(uneven().theatre(), Path("theatre"))
    totals = _Remembering(theatre, 2)
    groups = np.full((6, 6), -1)
    assert [len(totals.by_day("acts", groups, number)) for number in (1, 2, 1)] == [1, 2, 1]


def test_decided_campaigns_only_are_the_campaigns_that_were_decided(results: Results):
    events = compute_definitions(results, questions=["Q1"], horizons=[8]).set_index("definition")["events"]
    decided = (results.read(["campaign_day"], 0)["campaign_day"] <= 8).sum()
    assert events["decided campaigns only"] == decided < events[AS_RUN]


def test_any_point_and_any_horizon_can_be_judged(results: Results):
    table = compute_definitions(results, {}, ["Q1"], [4], [3])
    assert table[["point", "definition", "horizon_days"]].to_numpy().tolist() == [[3, AS_RUN, 4]]
    assert table["events"].item() == (results.read(["Q1_day"], 3)["Q1_day"] <= 4).sum()


def test_sheets_have_a_row_for_each_definition(results: Results):
    sheets = definitions_sheets(results, compute_definitions(results))
    assert [row[0].removesuffix("*") for row in sheets[0].rows] == [AS_RUN, *list_alternatives(results)]
    assert "keeps that course" in definitions_notes(results)[0]
    starred = {row[0].removesuffix("*") for row in sheets[0].rows if row[0].endswith("*")}
    assert starred == {name for name, changes in list_alternatives(results).items() if changes.keys() & STEERING}


OTHERS = """
[[definition]]
name = "somebody, 1 Jan 2024"
source = "a page"
lacks = "The word of an official is no threshold."
campaign_acts = 4
campaign_days = 1
"""


@pytest.mark.parametrize("point", [0, 3])
def test_a_steered_row_run_anew_is_the_sweep_under_that_definition(results: Results, tmp_path: Path, point: int):
    scenario = Scenario.load(write_with_allies(tmp_path, LEVERS))
    theatre = scenario.path.parent / scenario.file.theatre_file.path.name
    told: list[str] = []
    strict = {"strict": {"campaign_acts": 9.0}, "wide": {"front_acts": 3.0}}
    table = compute_definitions(results, strict, ["Q1", "Q10"], [8], [point], scenario, told.append)
    theatre.write_text(theatre.read_text().replace("campaign_acts = { value = 6", "campaign_acts = { value = 9"))
    again = Results.open(run_blocks(Scenario.load(scenario.path), tmp_path / "out", replicates=100, seed=3))
    expected = compute_odds(again, ["Q1", "Q10"], [8]).query(f"point == {point}")
    rows = table.set_index("definition")
    assert rows.loc["strict", "rerun"].tolist() == expected["estimate"].tolist()
    assert rows["steered"].to_dict() == {AS_RUN: False, "strict": True, "wide": False}
    assert rows.loc[[AS_RUN, "wide"], "rerun"].isna().all()
    own = rows.loc[AS_RUN, "estimate"].to_numpy()
    assert rows.loc["strict", "rerun_difference"].to_numpy() == pytest.approx(expected["estimate"].to_numpy() - own)
    assert rows.loc["wide", "difference"].to_numpy() == pytest.approx(rows.loc["wide", "estimate"].to_numpy() - own)
    first, second = (folder.read(["Q1_day"], point)["Q1_day"].to_numpy() <= 8 for folder in (results, again))
    paired = pair_difference(first, second, np.arange(100))
    assert rows.loc["strict", ["rerun_difference", "rerun_se"]].iloc[0].tolist() == [paired.difference, paired.paired]
    assert told == ["definitions: strict: run anew"]
    if point == 3:
        assert paired.difference < 0, "the strict run has fewer wars"


def test_definitions_of_others_are_rows_with_what_they_lack(tmp_path: Path):
    path = write_with_allies(tmp_path)
    theatre = path.parent / "allies.toml"
    theatre.write_text(theatre.read_text() + OTHERS)
    found = Results.open(run_blocks(Scenario.load(path), tmp_path / "out", replicates=8, seed=3))
    assert list_alternatives(found)["somebody, 1 Jan 2024"] == {"campaign_acts": 4, "campaign_days": 1}
    assert definitions_notes(found)[-1] == "somebody, 1 Jan 2024: a page. The word of an official is no threshold."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (OTHERS.replace("campaign_days = 1", "campaign_days = 8"), r"definition\[0\].campaign_days: .*between 1 and 7"),
        (OTHERS.replace("campaign_days", "campain_days"), 'did you mean "campaign_days"'),
        (OTHERS.replace('source = "a page"', ""), r"definition\[0\].source: is missing"),
        (OTHERS.rpartition("campaign_acts")[0], "has no threshold, such as campaign_days"),
        (OTHERS + OTHERS, "stands twice"),
    ],
)
def test_a_wrong_definition_of_others_is_refused(tmp_path: Path, text: str, message: str):
    path = write_with_allies(tmp_path)
    theatre = path.parent / "allies.toml"
    theatre.write_text(theatre.read_text() + text)
    with pytest.raises(InputError, match=message):
        Scenario.load(path)


def test_what_cannot_be_run_anew_is_refused(results: Results, tmp_path: Path):
    other = write_with_allies(tmp_path, LEVERS, "other")
    theatre = other.parent / "allies.toml"
    theatre.write_text(theatre.read_text() + OTHERS)
    done = run("results", "definitions", results.path, "--rerun", "--scenario", other)
    assert (done.status, done.out) == (2, "")
    assert "--scenario: the scenario that" in done.err
    bare = tmp_path / "bare"
    shutil.copytree(results.path, bare, ignore=shutil.ignore_patterns("blocks"))
    done = run("results", "definitions", bare, "--rerun")
    assert done.status == 2
    assert "blocks: are missing" in done.err


def test_committed_definitions_are_read(results: Results, tmp_path: Path):
    results.write_table(DEFINITIONS, compute_definitions(results))
    (tmp_path / f"{DEFINITIONS}.csv").write_bytes((results.path / f"{DEFINITIONS}.csv").read_bytes())
    bare = Results(tmp_path, results.manifest)
    assert (
        compute_definitions(bare, questions=["Q1"])["events"].tolist()
        == compute_definitions(results, questions=["Q1"])["events"].tolist()
    )


def test_a_run_without_daily_totals_is_refused(tmp_path: Path):
    path = write_with_allies(tmp_path)
    path.write_text(path.read_text().replace("step_days = 1.0", "step_days = 1.0\ndaily = false"))
    results = Results.open(run_blocks(Scenario.load(path), tmp_path / "out", replicates=8, seed=3))
    with pytest.raises(InputError, match="kept no daily totals"):
        compute_definitions(results)


def test_thresholds_are_read_with_their_bounds():
    assert read_changes(["definition.campaign_days=2", "war_killed = 500"]) == {"campaign_days": 2, "war_killed": 500}
    for text, message in (
        ("definition.campain_days=2", 'did you mean "definition.campaign_days"'),
        ("definition.campaign_days=two", '"two" is not a number'),
        ("definition.campaign_days", "is not a number"),
        ("definition.campaign_days=8", "between 1 and 7"),
    ):
        with pytest.raises(InputError, match=message):
            read_changes([text])


def test_every_alternative_is_a_definition(results: Results):
    for changes in list_alternatives(results).values():
        assert read_changes(f"{key}={value}" for key, value in changes.items()) == dict(changes)

"""Questions in SQL: every row once, documented columns, nothing but reading, one sentence for an error."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from ally import LEVERS, write_with_allies
from tiny import BASE, FACTOR, write_scenario
from uneven_sweep import Uneven

from sim.core.errors import InputError
from sim.results.analysis.odds import compute_odds
from sim.results.reading.store import Results
from sim.results.sql import run_query
from sim.scenario.scenario import Scenario
from sim.sweeps.blocks import Block
from sim.sweeps.sweep import run_blocks

SIZE = 16


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("query")
    return run_blocks(Scenario.load(write_scenario(folder)), folder / "tiny", replicates=40, seed=3, block_size=SIZE)


@pytest.fixture(scope="module")
def pulled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("query")
    scenario = Scenario.load(write_with_allies(folder, LEVERS, "pulled"))
    return run_blocks(scenario, folder / "pulled", replicates=16, seed=3)


def asked(sql: str, *places: Path) -> list[dict[str, object]]:
    return run_query([Results.open(place) for place in places], sql).to_pylist()


def test_rows_stand_once_and_none_beyond_those_asked_for(tiny: Path, tmp_path: Path):
    place = Path(shutil.copytree(tiny, tmp_path / "tiny"))
    shutil.copy(place / "blocks" / Block(0, 0, SIZE).name, place / "blocks" / Block(0, 0, 8).name)
    sql = "select point, count(*) as n, count(distinct replicate) as different from runs group by all order by all"
    assert asked(sql, place) == [{"point": point, "n": 40, "different": 40} for point in (0, 1)]
    text = (place / "manifest.json").read_text()
    (place / "manifest.json").write_text(text.replace('"replicates": 40', '"replicates": 20'))
    assert [row["n"] for row in asked(sql, place)] == [20, 20]
    assert asked("select max(replicate) as last from daily", place) == [{"last": 19}]


def test_rows_and_days_are_those_that_were_written(uneven_levers: tuple[Uneven, Results], tmp_path: Path):
    """Every act of every replicate, those of one that failed among them, in SQL and as whole tables."""
    sweep, results = uneven_levers
    acts = [
        (point, row["replicate"], row["failed"], sweep.dyads[act[0]], *act[1:])
        for point, rows in enumerate(sweep.rows)
        for row in rows
        for act in row["acts"]
    ]
    columns = "point, replicate, failed, dyad, rung, day, acts, launches, claimed, killed, civilians"
    found = [tuple(row.values()) for row in asked(f"select {columns} from daily", results.path)]
    assert sorted(found) == sorted(acts)
    assert list(results.table("daily").itertuples(index=False, name=None)) == acts
    whole = results.table("runs")
    assert list(zip(whole["point"], whole["replicate"], strict=True)) == [(p, r) for p in range(4) for r in range(77)]
    assert not any(name.startswith("daily.") for name in whole)
    wanted = ["Q7_day", "state_at_9", "killed_Hills_at_17", "civilians_North_at_4", "joined_F_trigger", "failed"]
    expected = [tuple(row[name] for name in wanted) for rows in sweep.rows for row in rows]
    assert list(whole[wanted].itertuples(index=False, name=None)) == expected
    quoted = ", ".join(f'"{name}"' for name in wanted)
    found = [tuple(row.values()) for row in asked(f"select {quoted} from runs order by point, replicate", results.path)]
    assert found == expected
    fewer = Path(shutil.copytree(results.path, tmp_path / "fewer"))
    text = (fewer / "manifest.json").read_text()
    (fewer / "manifest.json").write_text(text.replace('"replicates": 77', '"replicates": 61'))
    few = [act for act in acts if act[1] < 61]
    assert list(Results.open(fewer).table("daily").itertuples(index=False, name=None)) == few
    assert asked("select count(*) as n from daily", fewer) == [{"n": len(few)}]
    assert asked("select label from points order by point", fewer)[2] == {"label": "lever = less"}


def test_odds_counted_from_rows_are_those_of_the_view(tiny: Path):
    counted = asked("select point, sum((Q1_day <= 5)::int) as n from runs where not failed group by 1 order by 1", tiny)
    shown = asked("select point, events as n from odds where question = 'Q1' and horizon_days = 5 order by 1", tiny)
    expected = compute_odds(Results.open(tiny), ["Q1"], [5])["events"].tolist()
    assert [int(row["n"]) for row in counted] == [row["n"] for row in shown] == expected


def test_list_columns_are_rows_of_daily_and_no_columns_of_runs(tiny: Path):
    names = run_query([Results.open(tiny)], "select * from runs limit 1").column_names
    assert names[:3] == ["scenario", "point", "factor.policy.L.climb"]
    assert not any(name.startswith("daily.") for name in names)


def test_several_folders_stand_in_one_view(tiny: Path, pulled: Path, tmp_path: Path):
    sql = "select scenario, count(*) as n from runs group by all order by all"
    assert [row["scenario"] for row in asked(sql, tiny, pulled)] == ["pulled", "tiny"]
    again = Path(shutil.copytree(tiny, tmp_path / "again"))
    assert [row["scenario"] for row in asked(sql, tiny, again)] == sorted([str(tiny), str(again)])
    assert {row["scenario"] for row in asked("from odds", tiny, again)} == {str(tiny), str(again)}
    with pytest.raises(InputError, match="named twice"):
        run_query([Results.open(tiny), Results.open(tiny)], sql)


def test_only_views_that_are_named_are_made(tiny: Path, monkeypatch: pytest.MonkeyPatch):
    import sim.results.sql as module

    monkeypatch.setattr(module, "read_frame", lambda *_: pytest.fail("a table is counted"))
    assert asked("select sum(killed) > 0 as some from daily", tiny) == [{"some": True}]
    assert asked("with killed as (select 1 as a) select a from killed", tiny) == [{"a": 1}]


def test_tables_are_asked_without_blocks_and_rows_are_not(tiny: Path, tmp_path: Path):
    place = Path(shutil.copytree(tiny, tmp_path / "tiny"))
    results = Results.open(place)
    table = compute_odds(results)
    results.write_table("odds", table)
    shutil.rmtree(place / "blocks")
    assert asked("select count(*) as n from odds", place) == [{"n": len(table)}]
    with pytest.raises(InputError, match="there are no blocks here"):
        asked("from runs", place)


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("select * from ods", 'there is no view "ods"; did you mean "odds"?'),
        ("select Q1_dya from runs", 'no column "Q1_dya"; did you mean "Q1_day"?'),
        ("select r.Q1_dya from runs r", 'no column "Q1_dya"; did you mean "Q1_day"?'),
        ("select zzzzzz from runs", "`sim results query --views` lists all"),
        ("select input.party.L.baseline from runs", "stands in double quotes"),
        ("selec 1", 'syntax error at or near "selec"'),
        ("select 1; select 2", "2 statements are given"),
        ("  ", "nothing is asked"),
        ("select avgg(n) from odds", 'did you mean "avg"?'),
        ("select 1 / 'a'", "Could not convert"),
    ],
)
def test_a_wrong_question_is_one_sentence(tiny: Path, sql: str, message: str):
    with pytest.raises(InputError) as caught:
        asked(sql, tiny)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "sql",
    [
        "copy (select 1) to '{0}/out.csv'",
        "copy odds to '{0}/out.parquet'",
        "create table kept as select 1",
        "attach '{0}/out.db'",
        "export database '{0}'",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "pragma database_list",
        "drop view odds",
    ],
)
def test_nothing_is_written_and_nothing_is_set(tiny: Path, tmp_path: Path, sql: str):
    with pytest.raises(InputError, match="results are only read"):
        asked(sql.format(tmp_path), tiny)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('{0}')",
        "select * from '{0}'",
        "select content from read_text('{0}')",
        "select * from read_parquet('{0}')",
        "select * from glob('{0}')",
        "select * from sniff_csv('{0}')",
    ],
)
def test_no_file_is_opened(tiny: Path, tmp_path: Path, sql: str):
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with pytest.raises(InputError, match="disabled"):
        asked(sql.format(tmp_path / "secret.csv"), tiny)


def test_variables_of_the_program_are_no_tables(tiny: Path):
    for name in ("folders", "columns", "named", "VIEWS"):
        with pytest.raises(InputError, match="there is no view"):
            asked(f"from {name}", tiny)


def test_an_answer_that_needs_too_much_memory_is_refused(tiny: Path, monkeypatch: pytest.MonkeyPatch):
    import sim.results.sql as module

    monkeypatch.setattr(module, "MEMORY", "32MB")
    with pytest.raises(InputError, match="more than 32MB of memory"):
        asked("select count(*) from (select range as a from range(20000000) order by hash(range) desc) t", tiny)


def test_a_run_without_daily_totals_says_so(tmp_path: Path):
    text = BASE.replace("step_days", "daily = false\nstep_days") + FACTOR
    out = run_blocks(Scenario.load(write_scenario(tmp_path, text)), tmp_path / "out", replicates=8, seed=1)
    for view in ("daily", "fan"):
        with pytest.raises(InputError, match="kept no daily totals"):
            asked(f"from {view}", out)
    assert asked("select count(*) as n from runs", out) == [{"n": 16}]


def test_a_broken_block_is_named_as_such(tiny: Path, tmp_path: Path):
    place = Path(shutil.copytree(tiny, tmp_path / "tiny"))
    (place / "blocks" / Block(16, 0, SIZE).name).write_bytes(b"PAR1 and nothing else")
    with pytest.raises(InputError) as caught:
        asked("select sum(war_day) from runs", place)
    assert "\n" not in str(caught.value)

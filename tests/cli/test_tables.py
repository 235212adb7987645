"""One declaration a table: whatever is declared is known to SQL, export, show, the page of tables, and to Python."""

from __future__ import annotations

import importlib
import io
import json
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from ally import LEVERS, PAIRS, write_with_allies
from command import Command
from invented_sweep import invented

import sim.results.analysis
from sim.core.errors import InputError
from sim.core.parameters import Interval, Parameter
from sim.report.export import FORMATS, describe_tables, export_table
from sim.report.html_page import PAGE, write_page
from sim.report.presentation import make_notes, make_sheets, record_tables
from sim.results.analysis.stopping_rule import Precision
from sim.results.reading.result_table import LAST
from sim.results.reading.store import Results
from sim.results.sql import run_query
from sim.results.tables import collect_tables, load_declarations, read_frame, read_frames, write_tables
from sim.scenario.design import MORRIS, ONE_AT_A_TIME, SALTELLI, Design, Factor
from sim.scenario.priors import Uniform
from sim.scenario.scenario import Scenario
from sim.scenario.settings import Setting
from sim.sweeps.sweep import run_blocks

ROOT = Path(__file__).parents[2]
# It changes the environment as it is loaded, which no test may do.
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    importlib.import_module("ema_workbench.analysis.prim")
OF_FORECASTS = "Israel-Lebanon border, November 2023"
"""Name of the shipped theatre beside which forecasts of others lie."""
NAMES = sorted(load_declarations())
STREAMED = {"runs", "daily"}
X, Y = "party.L.lethality", "party.R.lethality"


def factor(key: str) -> Factor:
    declared = Parameter(key, 0.0, Interval(0.0, 1.0), "1", "assumption", "invented")
    return Factor(key, (), (), Setting(key, Uniform(0.0, 1.0), declared, "assumption", "here"))


def rising(drawn: Any, levels: dict[str, Any]) -> Any:
    return 0.1 + 0.5 * (levels.get(X, 0.5) if levels.get(X) != "base" else 0.5) + 0.2 * drawn["party.L.baseline"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Results]:
    """Return a folder for every table, by its name, and those of all designs of sensitivity."""
    place = tmp_path_factory.mktemp("tables")

    def swept(name: str, more: str, **options: Any) -> Results:
        scenario = Scenario.load(write_with_allies(place / "scenarios", more, name))
        return Results.open(run_blocks(scenario, place / name, seed=3, **({"replicates": 16} | options)))

    plain, pulled, paired = swept("plain", ""), swept("pulled", LEVERS), swept("paired", PAIRS)
    rule = Precision("se", 0.2, ("Q1",), (8,), 64, 16)
    stopped = swept("stopped", "", rule=rule, replicates=64)
    factors = (factor(X), factor(Y))
    sampled = invented(place / "saltelli", rising, factors=factors, design=Design(SALTELLI, 8, 3))
    screened = invented(place / "morris", rising, factors=factors, design=Design(MORRIS, 4, 3))
    alone = tuple(Factor(key, (0, 1), ("0", "1")) for key in (X, Y))
    tornado = invented(place / "tornado", rising, factors=alone, design=Design(ONE_AT_A_TIME))
    known = dict.fromkeys(NAMES, plain) | dict.fromkeys(("points", "levers", "runs"), pulled)
    known |= dict.fromkeys(("pairs", "spread", "regret"), paired) | {"stopping": stopped}
    manifest = swept("beside", "").path / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"name": "Tiny"', f'"name": "{OF_FORECASTS}"'))
    known |= {
        "beside": Results.open(manifest.parent),
        "given": swept("many", "", replicates=480),
        "sensitivity": sampled,
        "morris": screened,
        "tornado": tornado,
    }
    boxed = invented(place / "boxed", lambda drawn, _: 0.1 + 0.8 * (drawn["party.L.baseline"] > 0.5), replicates=400)
    return known | dict.fromkeys(("boxes", "limits", "regional"), boxed)


def columns_of(results: Results, name: str) -> list[str]:
    return run_query([results], f"select * from {name}").column_names


@pytest.mark.parametrize("name", NAMES)
def test_every_table_is_known_everywhere(folders: dict[str, Results], name: str):
    results, table = folders[name], load_declarations()[name]
    assert table.is_there(results)
    frame = results.table(name)
    assert len(frame) > 0
    columns = columns_of(results, name)
    assert columns[0] == "scenario"
    assert set(columns[1:]) == set(frame.columns) - {"scenario"}
    strange = [one for one in columns[1:] if not any(known.matches(one) for known in table.columns)]
    assert strange == []
    file = io.BytesIO()
    export_table(results, name, "json", file)
    assert len(json.loads(file.getvalue())) == len(frame)
    if name not in STREAMED:
        for form in FORMATS[-2:]:
            export_table(results, name, form, io.BytesIO())
        frames = read_frames(results, name)
        assert make_sheets(results, frames)
        assert isinstance(make_notes(results, frames), list)


def test_every_declared_column_occurs_in_some_folder(folders: dict[str, Results]):
    unseen = {("runs", "truce_day_<question>"), ("runs", "factor.<factor>")}
    for name, table in load_declarations().items():
        sources = [folders[name], *(folders[other] for other in ("morris", "tornado") if name == "sensitivity")]
        columns = {column for results in sources for column in columns_of(results, name)}
        missing = {(name, one.name) for one in table.columns if not any(one.matches(column) for column in columns)}
        assert missing <= unseen, name


def test_names_positions_and_presentations_are_whole():
    tables = load_declarations()
    stated = [table.position for table in tables.values() if table.position != LAST]
    assert len(set(stated)) == len(stated)
    for table in tables.values():
        assert table.row
        assert all(column.meaning for column in table.columns)
        shown = table.presentation
        if shown is None:
            continue
        assert table.name in shown.tables
        assert set(shown.tables) <= tables.keys()
        words = ("sheets", "notes")[: 1 + shown.has_notes] if shown.shown_by else ()
        own = [f"{shown.shown_by}_{word}" for word in words]
        for reference in (*own, shown.page_sheets, *shown.pictures):
            if reference:
                module, _, function = reference.partition(".")
                found = __import__(f"sim.report.{module}", fromlist=[function])
                assert callable(getattr(found, function)), reference


@pytest.mark.parametrize("name", NAMES)
def test_show_prints_every_table(sim: Command, folders: dict[str, Results], name: str):
    path = str(folders[name].path)
    shown = sim("results", "show", path, "--table", name)
    assert (shown.status, shown.err if name not in STREAMED else "") == (0, "")
    assert shown.out
    if name not in STREAMED:
        record = json.loads(sim("results", "show", path, "--table", name, "--json").out)
        assert name in record
        assert "notes" in record


def test_show_of_a_table_is_what_its_own_command_prints(sim: Command, folders: dict[str, Results]):
    for name, command in (("levers", "levers"), ("pairs", "pairs"), ("definitions", "definitions")):
        path = str(folders[name].path)
        assert sim("results", "show", path, "--table", name).out == sim("results", command, path).out
        chosen = ("--question", "Q1", "--horizon", "8")
        assert sim("results", "show", path, "--table", name, *chosen).out == sim("results", command, path, *chosen).out


def test_a_wrong_table_is_refused_with_the_nearest_and_all_names(sim: Command, folders: dict[str, Results]):
    done = sim("results", "show", str(folders["levers"].path), "--table", "lever")
    assert done.status == 2
    assert 'did you mean "levers"? Tables: runs, daily, points, odds' in done.err
    assert all(name in sim("results", "show", "x", "--table", "zzzzzz").err for name in NAMES)
    done = sim("results", "show", str(folders["entries"].path), "--table", "entries", "--question", "Q1")
    assert "--question: the table entries is not by questions" in done.err
    done = sim("results", "show", str(folders["entries"].path), "--table", "fan", "--horizon", "8")
    assert "--horizon: the table fan is not by horizons" in done.err


def test_a_table_that_computes_none_alone_is_shown_by_its_columns(sim: Command, folders: dict[str, Results]):
    def shown(name: str, *options: str) -> list[Any]:
        rows: list[Any] = json.loads(
            sim("results", "show", str(folders[name].path), "--table", name, *options, "--json").out
        )[name]
        return rows

    whole = shown("entries")
    days = sorted({row["horizon_days"] for row in whole})
    assert len(days) > 1
    for day in days:
        assert shown("entries", "--horizon", str(day)) == [row for row in whole if row["horizon_days"] == day]
    assert shown("stopping", "--question", "Q1", "--horizon", "8") == shown("stopping")
    done = sim("results", "show", str(folders["entries"].path), "--table", "entries", "--horizon", "3")
    assert f"--horizon: 3 is not in the table entries; it has {', '.join(map(str, days))}" in done.err
    done = sim("results", "show", str(folders["stopping"].path), "--table", "stopping", "--question", "Q2")
    assert "--question: Q2 is not in the table stopping; it has Q1" in done.err


def test_a_table_that_does_not_apply_says_why(folders: dict[str, Results]):
    for name, words in (
        ("sensitivity", "which these indices need"),
        ("pairs", "more or less than the policies of two parties"),
        ("stopping", "no rule decided"),
    ):
        for ask in (
            lambda name=name: folders["levers"].table(name),
            lambda name=name: export_table(folders["levers"], name, "csv", io.BytesIO()),
            lambda name=name: run_query([folders["levers"]], f"from {name}"),
        ):
            with pytest.raises(InputError, match=words):
                ask()


def test_folders_that_lack_a_table_are_left_out_beside_those_that_have_it(folders: dict[str, Results]):
    plain, pulled = folders["entries"], folders["levers"]
    rows = run_query([plain, pulled], "select distinct scenario from levers").to_pylist()
    assert rows == [{"scenario": pulled.name}]
    with pytest.raises(InputError):
        run_query([plain, folders["pairs"]], "from levers")


def test_help_and_lists_name_every_table(sim: Command):
    for command in (("show",), ("export",), ("query",)):
        text = sim("results", *command, "--help").out
        assert all(f"  {name} " in text for name in NAMES), command
    listed = sim("results", "tables").out
    assert all(name in listed for name in NAMES)
    assert json.loads(sim("results", "tables", "--json").out) == record_tables()
    assert json.loads(sim("results", "query", "--views", "--json").out) == record_tables()


def test_the_page_of_tables_is_current(sim: Command):
    text = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
    assert text == describe_tables() == sim("results", "tables", "--markdown").out, (
        "make it again: sim results tables --markdown > docs/tables.md"
    )
    for table in load_declarations().values():
        assert f"## {table.name}\n" in text
        assert all(f"| `{column.name}` | {column.unit} | {column.meaning} |" in text for column in table.columns)


@pytest.mark.parametrize("folder", sorted(path.parent for path in ROOT.glob("results/*/points.csv")), ids=str)
def test_tables_of_shipped_folders_are_read_without_blocks(folder: Path):
    results = Results.open(folder)
    for name, table in load_declarations().items():
        if not table.is_there(results):
            continue
        committed = pd.read_csv(folder / f"{name}.csv", keep_default_na=False, na_values=[""])
        assert len(results.table(name)) == len(committed) == run_query([results], f"from {name}").num_rows
        file = io.BytesIO()
        export_table(results, name, "csv", file)
        assert len(pd.read_csv(io.BytesIO(file.getvalue()))) == len(committed)
        assert make_sheets(results, read_frames(results, name))


def test_rows_as_frames_are_those_that_are_streamed(folders: dict[str, Results]):
    for name in STREAMED:
        frame, streamed = folders[name].table(name), run_query([folders[name]], f"select * from {name}").to_pandas()
        frame = frame[[column for column in streamed if column != "scenario"]]
        streamed = streamed[frame.columns]
        keys = [column for column in ("point", "replicate", "day", "dyad", "rung") if column in frame]
        pd.testing.assert_frame_equal(
            frame.sort_values(keys, ignore_index=True),
            streamed.sort_values(keys, ignore_index=True),
            check_dtype=False,
            check_categorical=False,
        )


def test_a_kept_table_is_read_and_is_the_computed_one(folders: dict[str, Results], monkeypatch: pytest.MonkeyPatch):
    results = Results.open(folders["levers"].path)
    tables = collect_tables(results)
    write_tables(results, tables)
    monkeypatch.setattr(Results, "read", lambda *_: pytest.fail("the rows are read"))
    for name, table in tables.items():
        pd.testing.assert_frame_equal(read_frame(results, name), table, check_dtype=False)


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Give a function that puts a new file beside the analyses; the tables are looked for anew."""
    monkeypatch.setattr(sim.results.analysis, "__path__", [*sim.results.analysis.__path__, str(tmp_path)])

    def write(text: str) -> None:
        (tmp_path / "zeal.py").write_text(text)
        load_declarations.cache_clear()

    yield write
    load_declarations.cache_clear()
    sys.modules.pop("sim.results.analysis.zeal", None)


NEW = '''
"""How zealous each point is."""
import pandas as pd
from sim.results.reading.result_table import POINT, Column, Presentation, ResultTable

def measure_zeal(results):
    return pd.DataFrame({"scenario": results.name, "point": results.points["point"], "zeal": 2 / 3})

ZEAL = ResultTable(
    "zeal", "zeal of each point", (POINT, Column("zeal", "1", "how zealous it is", ".2f")),
    compute=measure_zeal, position=200, presentation=Presentation(("zeal",), heading="Zeal", position=99),
)
'''


@pytest.mark.usefixtures("plain_pictures")
def test_a_new_table_in_one_file_is_everywhere(
    sim: Command, folders: dict[str, Results], declared: Callable[[str], None]
):
    declared(NEW)
    results = Results.open(folders["levers"].path)
    path = str(results.path)
    assert run_query([results], "select zeal from zeal limit 1").to_pylist() == [{"zeal": 2 / 3}]
    assert "0.67" in sim("results", "show", path, "--table", "zeal").out
    assert "zeal: how zealous it is." in sim("results", "show", path, "--table", "zeal").out
    assert "zeal" in sim("results", "export", path, "--table", "zeal").out.splitlines()[0]
    assert "| 0.67 |" in sim("results", "export", path, "--table", "zeal", "--format", "markdown").out
    assert "zeal of each point" in sim("results", "export", "--help").out
    assert "zeal of each point" in sim("results", "query", "--views").out
    assert "## zeal\n" in describe_tables()
    assert results.table("zeal")["zeal"].tolist() == [2 / 3] * 4
    tables = collect_tables(results)
    write_tables(results, tables)
    write_page(results, tables)
    assert "<summary>Zeal</summary>" in (results.path / PAGE).read_text(encoding="utf-8")
    assert (results.path / "zeal.csv").is_file()
    assert "zeal.csv" in sim("results", "verify", path, "--sample", "0").out
    for block in (results.path / "blocks").iterdir():
        block.unlink()


def test_a_folder_prints_short_and_shows_its_odds_in_a_notebook(folders: dict[str, Results]):
    results = folders["pairs"]
    assert repr(results) == "Results of paired: 4 points, 16 replicates, seed 3"
    assert len(repr(folders["entries"])) < 100
    page = results._repr_html_()
    assert "Tiny" in page
    assert "8 days" in page
    assert results.odds.equals(results.table("odds"))
    assert results.killed.equals(results.table("killed"))

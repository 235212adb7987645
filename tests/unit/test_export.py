"""Export: the same rows in every format, documents as they are shown, files whole or not at all."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from tiny import write_scenario

from sim.core.errors import InputError, OutputError
from sim.report.export import export_table, open_whole_file
from sim.report.sheet import Sheet, simplify_value
from sim.results.analysis.odds import compute_odds
from sim.results.reading.store import Results
from sim.results.tables import load_declarations
from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import run_blocks

STREAMED = ("runs", "daily")
ABSENT = {"entries", "pairs", "spread", "regret", "sensitivity", "stopping", "boxes", "limits", "beside"}
"""Tables that this theatre and this design do not have."""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("export")
    scenario = Scenario.load(write_scenario(folder))
    return Results.open(run_blocks(scenario, folder / "tiny", replicates=40, seed=3, block_size=16))


def exported(results: Results, table: str, form: str) -> bytes:
    file = io.BytesIO()
    export_table(results, table, form, file)
    return file.getvalue()


@pytest.mark.parametrize("table", [name for name in load_declarations() if name not in ABSENT])
def test_every_format_has_the_same_rows(results: Results, table: str):
    whole = pq.read_table(io.BytesIO(exported(results, table, "parquet")))
    rows = json.loads(exported(results, table, "json"))
    sheet = pd.read_csv(io.BytesIO(exported(results, table, "csv")), keep_default_na=False, na_values=[""])
    assert rows == simplify_value(whole.to_pylist())
    assert len(rows) == len(sheet)
    assert len(rows) > 0 or table == "given", "40 histories are too few for odds given something"
    assert list(sheet.columns) == whole.column_names
    assert all(list(row) == whole.column_names for row in rows)


def test_numbers_are_exported_to_the_last_digit(results: Results):
    table = compute_odds(results)
    sheet = pd.read_csv(io.BytesIO(exported(results, "odds", "csv")))
    assert sheet["low"].tolist() == table["low"].tolist()


@pytest.mark.parametrize("table", STREAMED)
def test_rows_come_in_the_order_of_points_and_replicates(results: Results, table: str):
    sheet = pd.read_csv(io.BytesIO(exported(results, table, "csv")))
    keys = sheet[["point", "replicate"]].drop_duplicates()
    assert keys.sort_values(["point", "replicate"]).index.tolist() == keys.index.tolist()
    assert len(keys) == 80


@pytest.mark.parametrize("table", sorted(ABSENT))
@pytest.mark.parametrize("form", ["csv", "latex", "markdown"])
def test_a_table_that_does_not_apply_is_refused(results: Results, table: str, form: str):
    with pytest.raises(InputError):
        exported(results, table, form)


def test_documents_are_as_they_are_shown(results: Results):
    latex, markdown = (exported(results, "odds", form).decode() for form in ("latex", "markdown"))
    assert r"\caption{Q1  Left-Right war: odds in \%}" in latex
    assert latex.count(r"\begin{tabular}") == latex.count(r"\bottomrule") == 8
    assert "| point | policy.L.climb | 2 days | 5 days | 8 days |" in markdown
    with pytest.raises(InputError, match="too many rows for a document"):
        exported(results, "runs", "latex")


def test_latex_text_is_escaped():
    sheet = Sheet("a_b & 5 %", ("{x}", "y"), (("~^\\", "$1 #2"),), left=1)
    assert sheet.latex().splitlines() == [
        r"\begin{table}",
        r"\caption{a\_b \& 5 \%}",
        r"\begin{tabular}{lr}",
        r"\toprule",
        r"\{x\} & y \\",
        r"\midrule",
        r"\textasciitilde{}\textasciicircum{}\textbackslash{} & \$1 \#2 \\",
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]


def test_an_empty_table_is_an_empty_list(results: Results):
    import pyarrow as pa

    from sim.report.presentation import write_json

    file = io.BytesIO()
    write_json(pa.schema([]), [], file)
    assert json.loads(file.getvalue()) == []


@pytest.mark.parametrize(("table", "form"), [("ods", "csv"), ("odds", "cvs")])
def test_unknown_names_are_refused_with_the_nearest(results: Results, table: str, form: str):
    with pytest.raises(InputError, match="did you mean"):
        exported(results, table, form)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path):
    path = tmp_path / "out.csv"
    with pytest.raises(InputError, match="no such row"), open_whole_file(path) as file:
        file.write(b"half")
        raise InputError.single("x", "", "no such row")
    assert list(tmp_path.iterdir()) == []
    with open_whole_file(path) as file:
        file.write(b"whole")
    with pytest.raises(InputError, match="--force replaces it"), open_whole_file(path):
        pass
    with pytest.raises(ValueError, match="later"), open_whole_file(path, force=True) as file:
        file.write(b"half")
        raise ValueError("later")
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("out.csv", b"whole")]
    with open_whole_file(path, force=True) as file:
        file.write(b"anew")
    assert path.read_bytes() == b"anew"


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path):
    with pytest.raises(InputError, match="is a folder"), open_whole_file(tmp_path):
        pass
    with pytest.raises(OutputError, match="cannot be written"), open_whole_file(tmp_path / "no" / "out.csv"):
        pass


def test_a_full_disk_leaves_nothing(tmp_path: Path):
    if not Path("/dev/full").exists():
        pytest.skip("needs a device that is always full")
    (tmp_path / ".tmp-out.csv").symlink_to("/dev/full")
    with pytest.raises(OutputError, match="No space left"), open_whole_file(tmp_path / "out.csv") as file:
        file.write(b"x" * 100_000)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_blocks_exports_its_tables(results: Results, tmp_path: Path):
    place = Path(shutil.copytree(results.path, tmp_path / "tiny"))
    here = Results.open(place)
    here.write_table("odds", compute_odds(here))
    shutil.rmtree(place / "blocks")
    assert len(json.loads(exported(Results.open(place), "odds", "json"))) == len(compute_odds(results))
    with pytest.raises(InputError, match="there are no blocks here"):
        exported(Results.open(place), "runs", "csv")

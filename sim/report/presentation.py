"""Tables of results as people read them: by the functions that their declarations name, else by their columns.

Rows are also written as CSV, JSON and Parquet, a batch at a time.
"""

from __future__ import annotations

import importlib
import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import IO, Any, Final

import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.csv as pc  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from sim.core.errors import InputError
from sim.report.answer import Answer
from sim.report.chart import Picture
from sim.report.sheet import UNKNOWN, Sheet, simplify_value
from sim.results.reading.result_table import SCENARIO, Column, Presentation, ResultTable
from sim.results.reading.store import Results
from sim.results.tables import load_declarations

Batches = Iterable[pa.RecordBatch]
Writer = Callable[[pa.Schema, Batches, IO[bytes]], None]
_FORM: Final = ".6g"


def write_csv(schema: pa.Schema, batches: Batches, file: IO[bytes]) -> None:
    """Write rows as CSV; a list in a cell is written as JSON."""
    flat = pa.schema([(field.name, pa.string() if pa.types.is_nested(field.type) else field.type) for field in schema])
    with pc.CSVWriter(file, flat, write_options=pc.WriteOptions(quoting_style="needed")) as writer:
        for batch in batches:
            columns = batch.columns
            for place, column in enumerate(columns):
                if pa.types.is_nested(column.type):
                    columns[place] = pa.array([json.dumps(simplify_value(value)) for value in column.to_pylist()])
            writer.write_batch(pa.record_batch(columns, schema=flat))


def write_json(schema: pa.Schema, batches: Batches, file: IO[bytes]) -> None:
    """Write rows as a JSON array, an object in a line for each."""
    before = "["
    for batch in batches:
        for row in batch.to_pylist():
            file.write(f"{before}\n {json.dumps(simplify_value(row), ensure_ascii=False)}".encode())
            before = ","
    file.write(("[" if before == "[" else "").encode() + b"\n]\n")


def write_parquet(schema: pa.Schema, batches: Batches, file: IO[bytes]) -> None:
    """Write rows as Parquet."""
    with pq.ParquetWriter(file, schema, compression="zstd", write_page_checksum=True) as writer:
        for batch in batches:
            writer.write_batch(batch)


WRITERS: Final[dict[str, Writer]] = {"csv": write_csv, "parquet": write_parquet, "json": write_json}
"""Formats for other programs."""


def make_sheet(title: str, table: pa.Table, forms: Mapping[str, str] | None = None) -> Sheet:
    """Return rows as a table that people read, numbers of a column in the form that is given for its name."""
    words = [pa.types.is_string(field.type) or pa.types.is_dictionary(field.type) for field in table.schema]
    left = words.index(False) if False in words else len(words)
    known = forms or {}
    rows = tuple(
        tuple(_cell(value, known.get(name, _FORM)) for name, value in row.items()) for row in table.to_pylist()
    )
    return Sheet(title, tuple(table.column_names), rows, left=left)


def _cell(value: Any, form: str) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:{form}}" if isinstance(value, float) else str(value)


Frames = Mapping[str, pd.DataFrame]  # tables by name


@dataclass(frozen=True)
class Shown:
    """What the pictures of a page show: a folder, its tables, and the question, horizon and point of an answer."""

    results: Results
    frames: Frames
    answer: Answer

    def rows(self, table: str, *every: str, **of: Any) -> pd.DataFrame:
        """Return the rows of a table that are shown: every value of some columns, one of others, else the answer's."""
        frame = self.frames.get(table, pd.DataFrame())
        answer = self.answer
        chosen = {"point": answer.point, "question": answer.question, "outcome": answer.question}
        for column, value in (chosen | {"horizon_days": answer.horizon_days} | of).items():
            if column in frame and column not in every:
                frame = frame[frame[column] == value]
        return frame

    def sorted_rows(self, table: str, by: str, *every: str, falling: bool = False) -> list[dict[Any, Any]]:
        """Return such rows in the order of a column."""
        rows = self.rows(table, *every)
        return rows.sort_values(by, ascending=not falling, kind="stable").to_dict("records") if len(rows) else []

    def draw(self, reference: str) -> Picture | None:
        """Return the picture of a function of this room; None where there is nothing to show."""
        picture: Picture | None = _find(reference)(self)
        return picture


def _call(reference: str, results: Results, frames: Frames, presentation: Presentation) -> list[Any]:
    """Return what a function of this room, written as ``module.function``, makes of a folder and some tables."""
    return list(_find(reference)(results, *map(frames.get, presentation.tables)))


def _find(reference: str) -> Callable[..., Any]:
    module, _, function = reference.partition(".")
    found: Callable[..., Any] = getattr(importlib.import_module(f"sim.report.{module}"), function)
    return found


def find_presentations(frames: Frames) -> list[Presentation]:
    """Return the presentation of each table once, in the order of the tables; a plain one where none is declared."""
    declared = load_declarations()
    presentations = (declared[name].presentation or Presentation((name,)) for name in frames)
    return list(dict.fromkeys(presentations))


def make_sheets(results: Results, frames: Frames) -> list[Sheet]:
    """Return some tables of a folder as sheets."""
    return [sheet for presentation in find_presentations(frames) for sheet in _sheets(results, frames, presentation)]


def _sheets(results: Results, frames: Frames, presentation: Presentation, *, is_page: bool = False) -> list[Sheet]:
    if presentation.shown_by is None:
        name = presentation.tables[0]
        return [default_sheet(results, load_declarations()[name], frames[name])]
    reference = presentation.page_sheets if is_page else ""
    return _call(reference or f"{presentation.shown_by}_sheets", results, frames, presentation)


def make_section(shown: Shown, presentation: Presentation) -> tuple[list[Sheet], list[str]]:
    """Return sheets and notes of a section of the page."""
    frames = shown.frames
    if presentation.page_shown:
        frames = {name: shown.rows(name, "question", "outcome") for name in presentation.tables if name in frames}
    sheets = _sheets(shown.results, frames, presentation, is_page=True)
    return sheets, _notes(shown.results, frames, presentation)


def make_notes(results: Results, frames: Frames) -> list[str]:
    """Return how some tables of a folder are to be read."""
    return [note for presentation in find_presentations(frames) for note in _notes(results, frames, presentation)]


def _notes(results: Results, frames: Frames, presentation: Presentation) -> list[str]:
    if presentation.shown_by is None:
        return list(map(describe_column, load_declarations()[presentation.tables[0]].columns))
    return _call(f"{presentation.shown_by}_notes", results, frames, presentation) if presentation.has_notes else []


def describe_column(column: Column) -> str:
    """Return name, unit and meaning of a column in a line."""
    unit = f" [{column.unit}]" if column.unit not in ("", "1") else ""
    return f"{column.name}{unit}: {column.meaning}."


def default_sheet(results: Results, table: ResultTable, frame: pd.DataFrame) -> Sheet:
    """Return a table as one sheet with every column that it has, its numbers in the form that is declared."""
    forms = {name: column.form for name in map(str, frame.columns) for column in table.columns if column.matches(name)}
    return make_sheet(f"{results.manifest['title']}: {table.name}", make_arrow(results, table.name, frame), forms)


def make_arrow(results: Results, name: str, frame: pd.DataFrame) -> pa.Table:
    """Return a table as Arrow knows it; one without columns is refused."""
    if not len(frame.columns):
        raise InputError.single(results.path, name, "there are none in this theatre")
    return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)


def record_tables() -> dict[str, Any]:
    """Return what a row of every table is, where the table is, and its columns with unit and meaning, for JSON."""
    told = {}
    for table in load_declarations().values():
        rows = [(column.name, column.unit, column.meaning) for column in (SCENARIO, *table.columns)]
        columns = [dict(zip(("name", "unit", "meaning"), row, strict=True)) for row in rows]
        told[table.name] = {"meaning": table.row, "where": table.where or "everywhere", "columns": columns}
    return told


def make_column_sheet(table: ResultTable) -> Sheet:
    """Return the columns of a table with their units and meaning as a sheet."""
    columns = tuple((column.name, column.unit, column.meaning) for column in (SCENARIO, *table.columns))
    return Sheet(f"{table.name}: {table.row}", ("column", "unit", "meaning"), columns, left=3, whole=1)

"""Tables of results as people read them: by the functions that their declarations name, else by their columns."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]

from sim.core.errors import InputError
from sim.report.answer import Answer
from sim.report.chart import Picture
from sim.report.formats import make_sheet
from sim.report.sheet import Sheet
from sim.results.reading.result_table import Column, Presentation, ResultTable
from sim.results.reading.store import Results
from sim.results.tables import load_declarations

Frames = Mapping[str, pd.DataFrame]
"""Tables by name."""


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
    reference = (presentation.page_sheets if is_page else None) or presentation.sheets
    if reference is None:
        name = presentation.tables[0]
        return [default_sheet(results, load_declarations()[name], frames[name])]
    return _call(reference, results, frames, presentation)


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
    if presentation.notes is None:
        return list(map(describe_column, load_declarations()[presentation.tables[0]].columns))
    return _call(presentation.notes, results, frames, presentation) if presentation.notes else []


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

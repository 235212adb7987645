"""How a table of a results folder is declared: once, beside the function that computes it.

`sim.results.tables` finds every `ResultTable` in the modules of `sim.results.analysis`. SQL views, export, the command
line, the page, the files of a sweep, ``sim results verify`` and ``docs/tables.md`` all read that one declaration, so a
new table is one file.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from inspect import signature
from typing import Any, Final

import pandas as pd

from sim.core.errors import InputError
from sim.results.reading.store import Results


@dataclass(frozen=True)
class Column:
    """A column of a table, or a family: ``<…>`` in its name stands for a name of the scenario, such as a question."""

    name: str
    unit: str  # 1 for counts and shares, empty for words
    meaning: str
    form: str = ".6g"  # how its numbers are written in a sheet that no function makes

    def matches(self, name: str) -> bool:
        """Return whether a column of this name belongs here."""
        parts = re.split(r"<[^>]+>", self.name)
        return re.fullmatch("(.+)".join(map(re.escape, parts)), name) is not None


SCENARIO: Final = Column("scenario", "", "name of the scenario, or the folder's path where two have one name")
POINT: Final = Column("point", "1", "index of the point of the design, from 0")
LABEL: Final = Column("label", "", "levels of the factors at the point")
FACTOR: Final = Column("<factor>", "", "level of a factor at the point, as text")
REPLICATE: Final = Column("replicate", "1", "index of the replicate, from 0; points with one seed share its luck")
QUESTION: Final = Column("question", "", "id of the question (Q…) or outcome state (O…)")
OUTCOME: Final = Column("outcome", "", "id of the question or outcome state, or killed: of all sides together")
HORIZON: Final = Column("horizon_days", "days", "day by which, or on which, it is asked")
BOUNDS: Final = (
    Column("low", "1", "lower end of the 95 % interval, Monte Carlo error only"),
    Column("high", "1", "upper end of the interval"),
)
N: Final = Column("n", "1", "replicates that finished")
LAST: Final = 1000  # position of what states none: behind all that do
_KEYS: Final = {"questions": (QUESTION, OUTCOME), "horizons": (HORIZON,)}
"""Columns by which a table is of some questions or horizons."""


@dataclass(frozen=True)
class Presentation:
    """How people read a table, and others that belong to it; functions stand as ``module.function`` of `sim.report`.

    Each is called with the results folder and the tables in the order named, None for one that the folder lacks.
    """

    tables: tuple[str, ...]
    # Begins the names of two functions: `…_sheets` -> list of Sheet, and `…_notes` -> list of str. Without it the first
    # table is shown by its declared columns and what these mean.
    shown_by: str | None = None
    has_notes: bool = True
    heading: str = ""  # title of their section on the page; none without it
    position: int = LAST  # of that section
    page_sheets: str = ""  # function that makes the sheets of the page, where they differ
    page_shown: bool = False  # whether the page shows the point and the horizon of its answer alone
    pictures: tuple[str, ...] = ()  # given a `Shown` each -> Picture, or None where there is nothing to show
    notes_heading: str = ""  # where the notes are a section of their own


@dataclass(frozen=True)
class ResultTable:
    """A table of a results folder: what it answers, how it is computed, where it applies, what its columns mean."""

    name: str
    row: str  # what a row is
    columns: tuple[Column, ...]  # after `scenario`
    # Gives the table, or several of which this is number `part`. Where it takes `questions` or `horizons`, it computes
    # these alone, without blocks as they were committed; else their rows are selected by column.
    compute: Callable[..., Any]
    position: int = LAST  # in lists, files and views
    part: int | None = None
    committed: Callable[[Results], Any] | None = None  # the table without blocks, where it is not read as it is
    applies: Callable[[Results], bool] = lambda results: True
    where: str = ""  # the same in words
    is_written: bool = True  # whether each sweep computes it and writes NAME.csv; else it is computed when asked for
    presentation: Presentation | None = None
    # Rows that are streamed and not held: an Arrow data set of a folder, and what SQL selects from it.
    stream: Callable[[Results], tuple[Any, str]] | None = None

    @property
    def column_names(self) -> list[str]:
        """Names of the columns of a table without families of columns, `scenario` first."""
        return [SCENARIO.name, *(column.name for column in self.columns)]

    def choose(self, questions: Sequence[str] | None, horizons: Sequence[int] | None) -> dict[str, Any]:
        """Return what to call `compute` with for some questions and horizons [days], as far as it takes them."""
        asked = {"questions": questions, "horizons": horizons}
        return {name: values for name, values in asked.items() if values and name in self._taken}

    @property
    def is_committed(self) -> bool:
        """Whether it is read as it was committed where there are no blocks, and not asked of `compute`."""
        return self.committed is not None or (self.is_written and not {*_KEYS} & {*self._taken})

    def refuse_unknown(self, questions: Sequence[str] | None, horizons: Sequence[int] | None) -> None:
        """Refuse questions or horizons [days] of a table that can neither be computed nor selected by them."""
        for name, values in {"questions": questions, "horizons": horizons}.items():
            if values and name not in self._taken and not self._key(name):
                raise InputError.single(f"--{name[:-1]}", "", f"the table {self.name} is not by {name}; leave it out")

    def select(
        self, frame: pd.DataFrame, questions: Sequence[str] | None, horizons: Sequence[int] | None
    ) -> pd.DataFrame:
        """Return the rows of some questions and horizons [days] where `compute` takes none; refuse what has no row."""
        for name, values in {"questions": questions, "horizons": horizons}.items():
            column = self._key(name)
            if not values or name in self._taken or column not in frame:
                continue
            known = list(frame[column].unique())
            for value in values:
                if value not in known:
                    hint = f"it has {', '.join(map(str, known))}" if known else "it is empty"
                    raise InputError.single(f"--{name[:-1]}", "", f"{value} is not in the table {self.name}; {hint}")
            frame = frame[frame[column].isin(list(values))].reset_index(drop=True)
        return frame

    @property
    def _taken(self) -> Collection[str]:
        """Names of the arguments of `compute`."""
        return signature(self.compute).parameters

    def _key(self, name: str) -> str:
        """Return the declared column that holds the questions or the horizons; empty without one."""
        declared = {column.name for column in self.columns}
        return next((key.name for key in _KEYS[name] if key.name in declared), "")

    def is_there(self, results: Results) -> bool:
        """Return whether a folder has the table: it applies, or it was committed where there are no blocks."""
        return self.applies(results) if results.blocks else (results.path / f"{self.name}.csv").is_file()

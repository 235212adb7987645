"""What a verb ends on: title, a sentence to quote, a small table, what it rests on, where all the rest is."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pandas as pd
from rich.cells import cell_len, set_cell_size

from sim.core.visible_text import escape_hidden
from sim.report import cells
from sim.report.answer import PART, Answer, choose_answer, name_point
from sim.report.odds_sheets import odds_sheets, stopping_notes, unfinished_notes
from sim.report.sheet import UNKNOWN, Sheet, name_days, wrap
from sim.results.reading.question_outcomes import list_questions
from sim.results.reading.store import FOLDER, Results

MOST_LINES: Final = 24
NARROWEST: Final = 40  # width of the narrowest terminal that a screen is laid out for
_NARROWEST_WORDS: Final = 8
_FEWEST_ROWS: Final = 3
_MOST_COLUMNS: Final = 3


@dataclass(frozen=True)
class Screen:
    """The parts of a screen in their order; tables give way first, then all but the first of what they rest on."""

    title: str
    sentences: tuple[str, ...]  # each a paragraph
    sheets: tuple[Sheet, ...]
    rests: tuple[str, ...] = ()
    ends: Mapping[str, str] = field(default_factory=dict)  # paths and commands by what they are; never broken
    rows: str = "rows"  # what the rows of the first table are
    is_ranked: bool = False  # whether its rows are left out of the middle

    def lines(self, width: int) -> list[str]:
        """Return the lines for a terminal, at most `MOST_LINES` whatever its texts are."""
        width = max(width, NARROWEST)
        head = [[_cut(self.title, width)], [line for text in self.sentences for line in wrap(text, width)]]
        across = max(map(len, self.ends), default=0)
        ends = [escape_hidden(f"{name:<{across}}  {text}", "\n") for name, text in self.ends.items()]
        told = [wrap(text, width) for text in self.rests]
        blocks = len(head) + len(self.sheets) + bool(told or ends) - 1  # with a blank line before each but the first
        room = MOST_LINES - blocks - sum(map(len, head)) - sum(max(1, -(-cell_len(line) // width)) for line in ends)
        least = sum(2 + min(_FEWEST_ROWS, len(sheet.rows)) for sheet in self.sheets)
        while len(told) > 1 and sum(map(len, told)) > room - least:
            told.pop()
        if told and len(told[0]) > (most := max(room - least, 1)):
            told[0] = [*told[0][: most - 1], f"{told[0][most - 1][: width - 1]}…"]
        room -= sum(map(len, told)) + 2 * len(self.sheets)
        tables = []
        for i, sheet in enumerate(self.sheets):
            share = max(room // (len(self.sheets) - i), 1)
            tables.append(self._table(sheet, share, width, is_first=i == 0))
            room -= len(tables[-1]) - 2
        foot = [line for lines in told for line in lines] + ends
        parts = list(filter(None, (*head, *tables, foot)))
        return [line for i, block in enumerate(parts) for line in ([""] if i else []) + block]

    def _table(self, sheet: Sheet, room: int, width: int, is_first: bool) -> list[str]:
        """Return title, headings and as many rows as there is room for, the last of them saying how many lack."""
        rows = sheet.rows
        if len(rows) > room:
            kept = room - 1
            last = kept // 2 if self.is_ranked and is_first else 0
            told = f"... and {len(rows) - kept:,} more {self.rows if is_first else 'rows'}"
            rows = (*rows[: kept - last], (told, *[""] * (len(rows[0]) - 1)), *rows[len(rows) - last :])
        fitted = _fit(replace(sheet, rows=rows), width)
        return [_cut(sheet.title, width), *(fitted.lines(width) or ())] if rows else []


def _fit(sheet: Sheet, width: int) -> Sheet:
    """Return a table that is no wider than a terminal, each cell in one line.

    The widest words give way, be they headings; figures only where nothing else is left.
    """
    columns = list(zip(sheet.headings, *sheet.rows, strict=True))
    widths = [max(map(cell_len, column)) for column in columns]
    floors = [
        _NARROWEST_WORDS if any(cell[:1].isalpha() for cell in column[1:]) else max(map(cell_len, column[1:]))
        for column in columns
    ]
    while sum(widths) + 2 * (len(widths) - 1) > width:
        spare = [index for index, floor in enumerate(floors) if widths[index] > floor]
        widths[max(spare or range(len(widths)), key=widths.__getitem__)] -= 1
    cut = [[_cut(cell, most) for cell in column] for column, most in zip(columns, widths, strict=True)]
    headings, *rows = zip(*cut, strict=True)
    return replace(sheet, headings=headings, rows=tuple(rows))


def _cut(text: str, width: int) -> str:
    """Return a text in one line that is no wider than a terminal."""
    line = escape_hidden(" ".join(text.split()))
    return line if cell_len(line) <= width else set_cell_size(line, max(width - 1, 0)).rstrip() + "…"


def odds_screen(
    results: Results,
    odds: pd.DataFrame,
    *,
    questions: Sequence[str] | None = None,
    horizons: Sequence[int] | None = None,
    ends: Mapping[str, str] | None = None,
) -> Screen:
    """Return the screen of odds, those of the questions and horizons that were asked for, or of the main ones."""
    answer, count = choose_answer(results, odds), len(odds["point"].unique())
    days = cells.list_days(odds)
    days = days[-_MOST_COLUMNS:] if horizons else sorted({days[(len(days) - 1) // 2], days[-1]})
    asked = list(dict.fromkeys(odds["question"])) if questions else list_main_questions(results)
    shown = odds[odds["horizon_days"].isin(days)]
    if count == 1:
        (sheet,) = odds_sheets(results, shown[shown["question"].isin(asked)])
    else:
        sheet = _rank_points(results, shown, asked[:_MOST_COLUMNS] if questions else [answer.question], answer, days)
    n = f"in %, with 95 % intervals, of {odds['n'].max():,} histories"
    sheet = replace(sheet, title=f"Odds {n}" if count == 1 else f"{sheet.title}: odds {n} each")
    rests = (answer.rests, *stopping_notes(results), *unfinished_notes(results, odds))
    rows = "questions" if count == 1 else "points"
    return Screen(answer.title, (answer.whole,), (sheet,), rests, ends or {}, rows, is_ranked=count > 1)


def list_main_questions(results: Results) -> list[str]:
    """Return the questions that are not a part of another one."""
    return [asked["id"] for asked in results.manifest["questions"] if not asked["text"].startswith(PART)]


def _rank_points(results: Results, odds: pd.DataFrame, asked: Sequence[str], answer: Answer, days: list[int]) -> Sheet:
    """Return a row for each point, those first at which the odds that are answered are highest."""
    shares, blank = cells.by_day(odds, ["point", "question"], cells.share()), (UNKNOWN,) * len(days)
    answered = odds[(odds["question"] == answer.question) & (odds["horizon_days"] == answer.horizon_days)]
    points = answered.sort_values(["estimate", "point"], ascending=[False, True])["point"]
    told = {point: [shares.get((point, question), blank) for question in asked] for point in points}
    if len(asked) > 1:
        rows = tuple((name_point(results, point), *(by_day[-1] for by_day in told[point])) for point in points)
        return Sheet(f"By {days[-1]} days", ("what-if, by the first of the odds", *asked), rows)
    rows = tuple((name_point(results, point), *told[point][0]) for point in points)
    title = f"{asked[0]}  {list_questions(results)[asked[0]]}"
    return Sheet(title, ("what-if, highest odds first", *name_days(days)), rows)


def name_folder(path: Path) -> str:
    """Return how a command names a results folder: by its name below ``results``, else by its path."""
    return shlex.quote(path.name if path.parent == FOLDER else str(path))

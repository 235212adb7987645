"""Tables that people read: odds, killed, differences; for a terminal and as Markdown, with what they rest on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
from rich.table import Table
from rich.text import Text

from sim.results.odds import CONFIDENCE, answerable
from sim.results.store import Results

_UNKNOWN: Final = "–"


@dataclass(frozen=True)
class Sheet:
    """A table of texts.

    Parameters
    ----------
    title : str
        Line above the table.
    headings : tuple of str
        Names of the columns.
    rows : tuple of tuple of str
        Cells.
    left : int
        Number of columns of words, set to the left; the others are figures, set to the right.
    whole : int
        Number of columns from the left whose cells are never broken over lines. Figures never are.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: int = 1
    whole: int = 0

    def rich(self) -> Table:
        """Return the table without its title for a terminal."""
        table = Table(box=None, pad_edge=False, show_header=any(self.headings))
        for place, heading in enumerate(self.headings):
            words = place < self.left
            table.add_column(
                Text(heading),
                justify="left" if words else "right",
                no_wrap=not words or place < self.whole,
                overflow="fold",
            )
        for row in self.rows:
            table.add_row(*(Text(cell) for cell in row))
        return table

    def markdown(self) -> str:
        """Return the table as Markdown."""
        rule = [":---" if place < self.left else "---:" for place in range(len(self.headings))]
        lines = [self.headings, tuple(rule), *self.rows]
        body = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
        return f"**{self.title}**\n\n{body}\n"


def odds_sheets(results: Results, table: pd.DataFrame) -> list[Sheet]:
    """Return the odds: one table where there is one point, else one for each question with a row for each point.

    Parameters
    ----------
    results : Results
        The results folder, for the words.
    table : DataFrame
        What `sim.results.odds.odds` returns.
    """
    texts, days = answerable(results), _days(table)
    cells = {
        (row["point"], row["question"], row["horizon_days"]): _share(row["estimate"], row["low"], row["high"])
        for row in table.to_dict("records")
    }
    points = dict(zip(table["point"], table["label"], strict=True))
    questions = list(dict.fromkeys(table["question"]))

    def line(point: int, question: str) -> tuple[str, ...]:
        return tuple(cells.get((point, question, day), _UNKNOWN) for day in days)

    headings = _headings(days)
    if len(points) == 1:
        only = next(iter(points))
        rows = tuple((f"{name}  {texts[name]}", *line(only, name)) for name in questions)
        place = "" if points[only] == "base" else f", {points[only]}"
        return [Sheet(f"{results.manifest['title']}{place}: odds in %", ("question", *headings), rows)]
    names, factors = _point_names(results)
    return [
        Sheet(
            f"{name}  {texts[name]}: odds in %",
            ("point", factors, *headings),
            tuple((str(point), names[point], *line(point, name)) for point in points),
            left=2,
        )
        for name in questions
    ]


def killed_sheet(results: Results, table: pd.DataFrame) -> Sheet:
    """Return the killed of both sides in one table.

    Parameters
    ----------
    results : Results
        The results folder, for the words.
    table : DataFrame
        What `sim.results.odds.killed` returns.
    """
    days = _days(table)
    cells = {
        (row["point"], row["location"], row["counted"], row["horizon_days"]): _quantiles(row)
        for row in table.to_dict("records")
    }
    rows = []
    for point, place, counted in dict.fromkeys((point, place, counted) for point, place, counted, _ in cells):
        words = place if counted == "killed" else f"  {counted}"
        rows.append((str(point), words, *(cells.get((point, place, counted, day), _UNKNOWN) for day in days)))
    title = "Killed since the start: median (5 to 95 % of replicates)"
    headings = ("point", "killed in", *_headings(days))
    if results.manifest["points"] == 1:
        return Sheet(title, headings[1:], tuple(row[1:] for row in rows))
    return Sheet(title, headings, tuple(rows), left=2)


def difference_sheet(table: pd.DataFrame, first: str, second: str) -> Sheet:
    """Return the differences of two points.

    Parameters
    ----------
    table : DataFrame
        What `sim.results.compare.compare` returns.
    first, second : str
        Names of the two.
    """
    rows = tuple(
        (
            row["question"],
            str(row["horizon_days"]),
            f"{100 * row['first']:.1f}",
            f"{100 * row['second']:.1f}",
            f"{100 * row['difference']:+.1f}",
            f"{100 * row['se_paired']:.2f}",
            f"{100 * row['se_independent']:.2f}",
            _UNKNOWN if pd.isna(row["gain"]) else f"{row['gain']:.1f}",
        )
        for row in table.to_dict("records")
    )
    headings = ("question", "days", "first", "second", "difference", "s.e. paired", "s.e. independent", "gain")
    return Sheet(f"{second} less {first}: odds in %", headings, rows)


def difference_notes(table: pd.DataFrame) -> list[str]:
    """Return what the differences rest on.

    Parameters
    ----------
    table : DataFrame
        What `sim.results.compare.compare` returns.
    """
    found = [
        f"{table['n'].min():,} replicates finished in both and share their luck. Standard errors hold Monte Carlo "
        "error only: paired, as run; independent, as two different seeds would give. Gain: how many times more "
        "replicates different seeds would need for the same error."
    ]
    if ((table["se_paired"] == 0) & (table["difference"] == 0)).any():
        # Rule of three: what never occurs in n trials is, with 95 %, rarer than about 3/n.
        found.append(
            "A paired error of 0 says that no replicate differs: with 95 %, fewer than about "
            f"{300 / table['n'].min():.2f} % of replicates do."
        )
    return found


def notes(results: Results, table: pd.DataFrame) -> list[str]:
    """Return what odds rest on; shown under every table of them.

    Parameters
    ----------
    results : Results
        The results folder.
    table : DataFrame
        What `sim.results.odds.odds` returns.
    """
    manifest = results.manifest
    reference = manifest["reference"]
    low, best, high = (f"{100 * reference[name]:.0f}" for name in ("low", "best", "high"))
    assumed, total = manifest["assumptions"]["assumed"], manifest["assumptions"]["parameters"]
    return [
        f"Reference class: {reference['text']}: {best} % ({low}–{high} %). {reference['source']}.",
        "The odds are conditional statements: they hold as far as scenario, policies and priors hold. The odds of a "
        f"war on the {manifest['front']} front come from the counts that define a campaign, from the hazard of "
        "deciding on one (h0) and from its rise with posture (b). The ex-ante prior of h0 was chosen to put the "
        "baseline into the reference class, so that it lies there is no evidence.",
        f"{assumed} of {total} parameters that a file states are assumptions.",
        f"{_size(table)}, seed {manifest['seed']}. Intervals: {100 * CONFIDENCE:.0f} % Wilson, Monte Carlo error only. "
        "Parameter uncertainty is integrated over: each replicate has its own draw from the priors.",
        *_unfinished(results, table),
    ]


def _size(table: pd.DataFrame) -> str:
    least, most = table["n"].min(), table["n"].max()
    size = f"n = {least:,}" if least == most else f"n = {least:,} to {most:,}"
    return f"{size} finished replicates" + (" a point" if len(table["point"].unique()) > 1 else "")


def _unfinished(results: Results, table: pd.DataFrame) -> list[str]:
    """Return what is missing from the odds."""
    found = []
    failed = int(table.groupby("point")["failed"].max().sum())
    if failed:
        found.append(f"{failed:,} replicates failed (reactions multiplied without end) and are not in the odds.")
    if results.blocks and results.replicates_done < results.replicates_wanted:
        found.append(
            f"The sweep is not finished: {results.replicates_done:,} of {results.replicates_wanted:,} replicates are "
            "done. The same command goes on."
        )
    return found


def _point_names(results: Results) -> tuple[dict[int, str], str]:
    """Return the levels of every point in one cell, and the names of the factors as their heading."""
    factors = [name for name in results.points.columns if name not in ("point", "label")]
    rows = results.points.to_dict("records")
    return {int(row["point"]): ", ".join(row[name] for name in factors) for row in rows}, ", ".join(factors)


def _days(table: pd.DataFrame) -> list[int]:
    return sorted(int(day) for day in table["horizon_days"].unique())


def _headings(days: list[int]) -> tuple[str, ...]:
    return tuple("1 day" if day == 1 else f"{day} days" for day in days)


def _share(estimate: float, low: float, high: float) -> str:
    """Return a share with its interval in percent."""
    if pd.isna(estimate):
        return _UNKNOWN
    digits = 2 if high < 0.01 else 1
    return f"{100 * estimate:.{digits}f} ({100 * low:.{digits}f}–{100 * high:.{digits}f})"


def _quantiles(row: dict[Any, Any]) -> str:
    if pd.isna(row["median"]):
        return _UNKNOWN
    return f"{row['median']:.0f} ({row['q05']:.0f}–{row['q95']:.0f})"

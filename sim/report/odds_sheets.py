"""Tables of odds that people read: odds, what they rest on, killed, differences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any, Final

import pandas as pd

from sim.core.intervals import CONFIDENCE
from sim.report import cells
from sim.report.answer import tell_labels
from sim.report.reference_words import reference_notes
from sim.report.sheet import NONE, NOT_RESOLVED, UNKNOWN, Columns, Sheet, format_percent, name_days
from sim.report.templates import render_notes
from sim.results.analysis.comparison import reach_difference
from sim.results.analysis.stopping_rule import KEY, NAMES, STOPPING, was_stopped
from sim.results.analysis.variance_split import PARTS, POLICIES, SPREAD, UNRESOLVED
from sim.results.reading.design_columns import LABEL_COUNTS, list_factors
from sim.results.reading.point_names import AS_IT_IS
from sim.results.reading.question_outcomes import list_questions
from sim.results.reading.store import STRUCTURAL, Results

_SET: Final = "set so that"  # begins, in the source of a hazard, what it was set to


def odds_sheets(results: Results, table: pd.DataFrame) -> list[Sheet]:
    """Return the odds: one table where there is one point, else one for each question with a row for each point."""
    texts, shares = list_questions(results), cells.by_day(table, ["point", "question"], cells.share())
    title = f"{results.manifest['title']}{name_place(results, int(table['point'].iloc[0]))}: odds in %"
    days = name_days(cells.list_days(table))
    return _by_question(results, table, shares, days, title, lambda name: f"{name}  {texts[name]}: odds in %")


def split_sheets(results: Results, table: pd.DataFrame) -> list[Sheet]:
    """Return what the uncertainty of the odds is made of, at the last horizon of each, in the form of `odds_sheets`."""
    day = cells.list_days(table)[-1]
    last = table[table["horizon_days"] == day]
    # Of kinds of which nothing is drawn there is no column.
    shown = [part for part in (*PARTS[:-1], POLICIES) if last[f"sd_{part}"].isna().all() or last[f"sd_{part}"].any()]
    parts = {(row["point"], row["question"]): _split_cells(row, shown) for row in last.to_dict("records")}
    headings = ("odds", "s.e.", *("together" if part == "interaction" else part for part in shown), "luck share")
    title = f"hat the odds in % at {day} days rest on: s.d. in points"
    return _by_question(results, table, parts, headings, f"W{title}", lambda name: f"{name}: w{title}")


def _by_question(
    results: Results,
    table: pd.DataFrame,
    told: Mapping[tuple[Any, ...], tuple[str, ...]],
    headings: tuple[str, ...],
    title: str,
    title_of: Callable[[str], str],
) -> list[Sheet]:
    """Return a row for each question where there is one point, else for each question a sheet with a row for each."""
    texts, blank, factors = list_questions(results), (UNKNOWN,) * len(headings), ", ".join(list_factors(results))
    points, questions = (list(dict.fromkeys(table[name])) for name in ("point", "question"))
    if len(points) == 1:
        rows = tuple((f"{name}  {texts[name]}", *told.get((points[0], name), blank)) for name in questions)
        return [Sheet(title, ("question", *headings), rows)]
    names, heads, sheets = results.point_names, ("point", factors, *headings), []
    for name in questions:
        rows = tuple((str(point), names[point], *told.get((point, name), blank)) for point in points)
        sheets.append(Sheet(title_of(name), heads, rows, left=2))
    return sheets


def _split_cells(row: dict[Any, Any], parts: Sequence[str]) -> tuple[str, ...]:
    named = row.get(UNRESOLVED)
    blank = dict.fromkeys(named.split(", ") if isinstance(named, str) else (), NOT_RESOLVED)
    deviations = (blank.get(part) or tell_deviation(row, f"sd_{part}") for part in parts)
    luck, error = format_percent(row["share_luck"], 0), format_percent(row["share_error"], 0)
    words = blank.get("luck") or (UNKNOWN if UNKNOWN in (luck, error) else f"{luck} ± {error} %")
    return (format_percent(row["estimate"]), format_percent(row["se_monte_carlo"]), *deviations, words)


def tell_deviation(row: Mapping[Any, Any], column: str) -> str:
    """Return a standard deviation with its error, or that no drawn parameter makes it."""
    size, error = (format_percent(row.get(name)) for name in (column, f"{column}_se"))
    return NONE if row[column] == 0 else size if UNKNOWN in (size, error) else f"{size} ± {error}"


def whole_sheets(results: Results, table: pd.DataFrame) -> list[Sheet]:
    """Return the odds, each table of them followed by what its uncertainty is made of."""
    return list(chain(*zip(odds_sheets(results, table), split_sheets(results, table), strict=True)))


def killed_sheets(results: Results, table: pd.DataFrame) -> list[Sheet]:
    """Return the killed of both sides in one table."""
    if table.empty:
        return []
    told = cells.by_day(table, ["point", "location", "counted"], cells.interval("median", "q05", "q95", ".0f"))
    rows = [
        (str(point), location if counted == "killed" else f"  {counted}", *counts)
        for (point, location, counted), counts in told.items()
    ]
    title = "Killed since the start: median (5 to 95 % of replicates)"
    headings = ("point", "killed in", *name_days(cells.list_days(table)))
    if results.manifest["points"] == 1:
        return [Sheet(title, headings[1:], tuple(row[1:] for row in rows))]
    return [Sheet(title, headings, tuple(rows), left=2)]


def difference_sheet(table: pd.DataFrame, first: str, second: str) -> Sheet:
    """Return the differences of two points."""
    columns: Columns = {
        "question": "question",
        "days": "horizon_days",
        "first": cells.amount("first"),
        "second": cells.amount("second"),
        "difference": cells.amount("difference", sign="+"),
        "s.e. paired": cells.amount("se_paired", 2),
        "s.e. independent": cells.amount("se_independent", 2),
        "factor": cells.number("factor", ".1f"),
        "gain": cells.number("gain", ".1f"),
    }
    return Sheet.of(f"{second} less {first}: odds in %", table, columns)


def brief_difference_sheet(results: Results, table: pd.DataFrame, names: Sequence[str]) -> Sheet:
    """Return by how many points the odds of two points differ by the last day, with 95 % intervals."""
    texts = list_questions(results)
    rows = []
    for row in table[table["horizon_days"] == table["horizon_days"].max()].to_dict("records"):
        error = row["se_independent"] if pd.isna(row["se_paired"]) else row["se_paired"]
        ends = [100 * end for end in reach_difference(row["difference"], error, row["n"])]
        odds = [format_percent(row[side]) for side in ("first", "second")]
        less = f"{100 * row['difference']:+.1f} ({ends[0]:+.1f} to {ends[1]:+.1f})"
        # Of what never differs there is no interval to be had this way.
        less = "none differs" if error == 0 and row["difference"] == 0 else less
        rows.append((f"{row['question']}  {texts[row['question']]}", *odds, less))
    days = int(table["horizon_days"].max())
    return Sheet(f"Odds in % by {days} days", ("question", *names, "points more (95 %)"), tuple(rows))


def difference_notes(table: pd.DataFrame) -> list[str]:
    """Return what the differences rest on."""
    n, is_still = table["n"].min(), (table["se_paired"] == 0) & (table["difference"] == 0)
    most, is_paired = f"{300 / n:.2f}", table["se_paired"].notna().any()
    return render_notes("differences", n=f"{n:,}", is_paired=is_paired, never_differs=is_still.any(), most=most)


def odds_notes(results: Results, table: pd.DataFrame) -> list[str]:
    """Return what odds rest on; shown under every table of them."""
    manifest = results.manifest
    unresolved = table.get(UNRESOLVED, pd.Series("", table.index)).fillna("").str.contains(POLICIES)
    words = {
        "front": manifest["front"],
        "setting": _find_setting(manifest["sources"]),
        "labels": tell_labels(manifest.get(LABEL_COUNTS)),
        "size": _size(table),
        "seed": manifest["seed"],
        "confidence": f"{100 * CONFIDENCE:.0f}",
        "knows_policies": not (table[SPREAD].isna() & ~unresolved).any(),
        "structural": STRUCTURAL,
    }
    classes, notes = reference_notes(manifest, table["question"].unique()), render_notes("odds", **words)
    return [*classes, *notes, *stopping_notes(results), *unfinished_notes(results, table)]


def stopping_sheets(results: Results, table: pd.DataFrame) -> list[Sheet]:
    """Return, for each point, why it stopped, and which of the odds asked is known least."""
    columns: Columns = {
        "point": "point",
        "what-if": lambda row: results.point_names[row["point"]],
        "n": cells.number("n"),
        "stopped by": "stopped",
        "known least": lambda row: f"{row['question']} at {row['horizon_days']} days",
        "points of %": cells.amount("precision", 2),
        "95 % sequence, %": lambda row: f"{format_percent(row['low'])}–{format_percent(row['high'])}",
    }
    rule, least_known = results.manifest[KEY], table.loc[table.groupby("point")["precision"].idxmax()]
    title = f"Where each point stopped: {NAMES[rule['rule']]} up to {format_percent(rule['target'], 2)} % asked"
    return [Sheet.of(title, least_known, columns, left=2)]


def stopping_notes(results: Results) -> list[str]:
    """Return what a reader has to know of a sweep that a rule stopped; nothing of others."""
    return render_notes("stopping", table=STOPPING, rule=results.manifest[KEY]) if was_stopped(results) else []


def _find_setting(sources: Mapping[str, str]) -> str:
    """Return what the odds of a war were set to, where the source of a hazard says so."""
    hazards = (source for key, source in sources.items() if key.endswith(".campaign_hazard"))
    return next((source[source.index(_SET) :] for source in hazards if _SET in source), "")


def _size(table: pd.DataFrame) -> str:
    least, most = table["n"].min(), table["n"].max()
    size = f"n = {least:,}" if least == most else f"n = {least:,} to {most:,}"
    return f"{size} finished replicates" + (" a point" if len(table["point"].unique()) > 1 else "")


def unfinished_notes(results: Results, table: pd.DataFrame) -> list[str]:
    """Return what is missing from the odds."""
    notes = []
    failed = int(table.groupby("point")["failed"].max().sum())
    if failed:
        notes.append(f"{failed:,} replicates failed (reactions multiplied without end) and are not in the odds.")
    if results.blocks and results.replicates_done < results.replicates_wanted:
        notes.append(
            f"The sweep is not finished: {results.replicates_done:,} of {results.replicates_wanted:,} replicates are "
            "done. The same command goes on."
        )
    return notes


def name_place(results: Results, point: Any) -> str:
    """Return the name of a point as it stands behind a title; nothing where there is one point as it is."""
    name = results.point_names[point]
    return "" if name == AS_IT_IS and results.manifest["points"] == 1 else f", {name}"

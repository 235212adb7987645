"""Tables that people read of what stands beside the odds: drivers, entries, definitions, levers, pairs of policies."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.report import cells
from sim.report.odds_sheets import name_place
from sim.report.parameter_sheets import name_parameter
from sim.report.sheet import (
    NOT_RESOLVED,
    UNKNOWN,
    Columns,
    Sheet,
    format_amount,
    format_number,
    format_percent,
    name_days,
)
from sim.report.templates import render_notes
from sim.results.analysis.levers import KILLED_OF_ALL
from sim.results.analysis.odds_by_definition import list_definitions
from sim.results.analysis.pairs import ANY
from sim.results.reading.design_columns import is_paired
from sim.results.reading.question_outcomes import describe_finished, list_questions
from sim.results.reading.store import Results


def drivers_sheets(results: Results, table: pd.DataFrame) -> list[Sheet]:
    """Return which parameters move each outcome most, a table for each question and horizon.

    Of all points together where the table has that: a sheet for each by itself would be too many.
    """
    together = table[table["point"].isna()]
    table = table if together.empty else together

    def name(row: Mapping[str, Any]) -> str:
        more = f" (and {row['repeated_by']} that repeat it)" if row["repeated_by"] else ""
        return name_parameter(row["parameter"], results.party_names, more)

    columns: Columns = {
        "parameter": name,
        "basis": "basis",
        "odds rise": _describe_direction,
        "share, %": cells.amount("share"),
        "lowest third": cells.amount("odds_low_third"),
        "highest third": cells.amount("odds_high_third"),
    }
    groups = table.groupby(["point", "question", "horizon_days"], sort=False, dropna=False)
    return [
        Sheet.of(f"{question}: what moves it most by {day} days{_where(results, point)}", rows, columns, left=3)
        for (point, question, day), rows in groups
    ]


def _where(results: Results, point: Any) -> str:
    return ", over all points together" if pd.isna(point) else name_place(results, int(point))


def _describe_direction(row: Mapping[str, Any]) -> str:
    if row["share"] <= row["share_by_chance"]:
        return "≤ chance"
    return {"up": "with it", "down": "as it falls"}.get(row["direction"], "not one way")


def drivers_notes(results: Results, table: pd.DataFrame) -> list[str]:
    """Return how drivers are to be read."""
    if table.empty:
        return ["No parameter moves what was asked for."]
    return render_notes("drivers", least=format_percent(table["share_by_chance"].max()))


def entries_sheets(results: Results, table: pd.DataFrame) -> list[Sheet]:
    """Return who joined, when, and after what trigger; a table for each point, at the last horizon in it."""
    if table.empty:
        return []
    last = int(table["horizon_days"].max())
    kinds = list(table.columns)[list(table.columns).index("day_q75") + 1 :]
    columns: Columns = {
        "party": lambda row: results.party_names[row["party"]],
        "after what, in % of its entries": lambda row: _list_triggers(row, kinds),
        "joined": cells.share("share"),
        "joined first": cells.share("first", "first_low", "first_high"),
        "on day": cells.interval("day_median", "day_q25", "day_q75", ".0f"),
    }
    sheets = []
    for point, rows in table[table["horizon_days"] == last].groupby("point", sort=False):
        title = f"Who joined by day {last}{name_place(results, point)}: share of histories in %"
        sheets.append(Sheet.of(title, rows, columns, left=2))
    return sheets


def _list_triggers(row: Mapping[str, Any], kinds: Sequence[str]) -> str:
    shares = [(row[kind], kind) for kind in kinds if not pd.isna(row[kind]) and row[kind] >= 0.005]
    return ", ".join(f"{kind} {format_percent(part, 0)}" for part, kind in sorted(shares, reverse=True)) or UNKNOWN


def entries_notes(results: Results, table: pd.DataFrame | None) -> list[str]:
    """Return how entries are to be read."""
    return render_notes("entries")


def definitions_sheets(results: Results, table: pd.DataFrame) -> list[Sheet]:
    """Return odds against definitions: a table for each question with a row for each definition."""
    texts, days = list_questions(results), name_days(cells.list_days(table))
    table = table.assign(name=table["definition"] + np.where(table["steered"], "*", ""))
    told = cells.by_day(table, ["point", "question", "name"], cells.share())
    moved = cells.by_day(table, ["point", "question", "name"], _moved) if "rerun" in table else {}
    sheets = []
    for point, question in dict.fromkeys(key[:2] for key in told):
        title = f"{question}  {texts[str(question)]}{name_place(results, point)}: "
        keys, heads = [key for key in told if key[:2] == (point, question)], ("definition", *days)
        sheets.append(Sheet(f"{title}odds in % by definition", heads, tuple((key[2], *told[key]) for key in keys)))
        if moved:
            rows = tuple((key[2], *moved[key]) for key in keys[1:])
            sheets.append(Sheet(f"{title}points from as run, judged / run anew (± s.e.)", heads, rows))
    return sheets


def _moved(row: dict[str, Any]) -> str:
    parts = [(row[f"{kind}difference"], row[f"{kind}se"]) for kind in ("", "rerun_")]
    return " / ".join(
        UNKNOWN if pd.isna(moved) else f"{100 * moved:+.1f} ± {100 * error:.1f}" for moved, error in parts
    )


def definitions_notes(results: Results, *_: object) -> list[str]:
    """Return how odds against definitions are to be read, and what those of others lack."""
    return render_notes("definitions", definitions=list_definitions(results))


def beside_sheets(results: Results, table: pd.DataFrame) -> list[Sheet]:
    """Return forecasts of others beside the simulated odds, those that cannot be compared last."""
    columns: Columns = {
        "forecast": lambda row: f"{row['source']}, {row['date']}: {row['statement']}",
        "windows, or why not compared": lambda row: row["window"] if pd.isna(row["reason"]) else row["reason"],
        "theirs, %": cells.amount("chance"),
        "simulated, %": lambda row: UNKNOWN if pd.isna(row["estimate"]) else cells.share()(row),
        "came": lambda row: {True: "yes", False: "no"}.get(row["came"], UNKNOWN),
        "Brier": cells.number("brier", ".3f"),
        "simulated": cells.number("brier_simulated", ".3f"),
    }
    table = table.assign(date=table["date"].replace("", None).fillna("undated"))
    rows = table.sort_values("reason", key=lambda reasons: reasons.notna(), kind="stable")
    return [Sheet.of("Forecasts of others beside the simulated odds", rows, columns, left=2)]


def beside_notes(results: Results, table: pd.DataFrame) -> list[str]:
    """Return the scores of both over what both answer, and what they are worth."""
    both = table.dropna(subset=["brier"])
    theirs, ours = (format_number(both[name].mean(), ".3f") for name in ("brier", "brier_simulated"))
    return render_notes("beside", n=len(both), theirs=theirs, ours=ours)


def levers_sheets(results: Results, table: pd.DataFrame) -> list[Sheet]:
    """Return what lowers each outcome most, at the last horizon in the table."""
    texts = list_questions(results)
    last = int(table["horizon_days"].max())
    sheets = []
    for outcome, rows in table[table["horizon_days"] == last].groupby("outcome", sort=False):
        people = outcome == KILLED_OF_ALL
        name = "Killed of all sides together, mean" if people else f"{outcome}  {texts[str(outcome)]}: odds in %"
        base = format_amount(rows["first"].iloc[0], people)
        title = f"{name} at {last} days; {rows['against'].iloc[0]}: {base}"
        sheets.append(Sheet.of(title, rows.sort_values("rank"), _lever_columns(people)))
    return sheets


def _lever_columns(people: bool) -> Columns:
    low, high = (cells.amount(name, sign="+", people=people) for name in ("low", "high"))
    return {
        "lever": "lever",
        "with it": cells.amount("second", people=people),
        "difference": cells.amount("difference", sign="+", people=people),
        "95 %": lambda row: f"{low(row)} to {high(row)}",
        "rank": cells.interval("rank", "rank_low", "rank_high"),
        "s.e.": cells.amount("se_paired", 2, people=people),
        "indep.": cells.amount("se_independent", 2, people=people),
        "factor": cells.number("factor", ".1f"),
    }


def levers_notes(results: Results, *tables: pd.DataFrame) -> list[str]:
    """Return how the table of levers is to be read."""
    return [*render_notes("levers", is_paired=is_paired(results)), *describe_finished(results)]


def pairs_sheets(results: Results, odds: pd.DataFrame, spreads: pd.DataFrame, regret: pd.DataFrame) -> list[Sheet]:
    """Return odds of all pairs of policies as a grid, their spread, and regret, at the last horizon in the tables."""
    last = int(odds["horizon_days"].max())
    odds, spreads, regret = (table[table["horizon_days"] == last] for table in (odds, spreads, regret))
    sheets = []
    for outcome in odds["outcome"].unique():
        people = outcome == KILLED_OF_ALL
        name = f"{outcome} {list_questions(results).get(outcome)}: odds in %"
        words = "killed of all sides together, mean" if people else name
        sheets.append(_grid(odds[odds["outcome"] == outcome], f"{words}, by {last} days", people))
        sheets.append(_spread(spreads[spreads["outcome"] == outcome], outcome, people))
        sheets.append(_regret(regret[(regret["outcome"] == outcome) & (regret["opponent"] == ANY)], outcome, people))
    return sheets


def _grid(rows: pd.DataFrame, title: str, people: bool) -> Sheet:
    down, across = rows.columns[2], rows.columns[3]
    columns = list(dict.fromkeys(rows[across]))
    told = {(row[down], row[across]): format_amount(row["estimate"], people) for row in rows.to_dict("records")}
    # A name such as "P1 tit-for-tat" is cut to its first word where eight stand side by side.
    short = tuple(name.partition(" ")[0] for name in columns)
    body = tuple((name, *(told[name, column] for column in columns)) for name in dict.fromkeys(rows[down]))
    return Sheet(f"{title}; rows: {down}, columns: {across}", ("policy", *short), body)


def _spread(rows: pd.DataFrame, outcome: str, people: bool) -> Sheet:
    columns: Columns = {
        "spread over": "part",
        f"s.d., {'persons' if people else 'points'}": cells.amount("sd", people=people, missing=NOT_RESOLVED),
        "share, %": cells.amount("share", 0, missing=NOT_RESOLVED),
    }
    return Sheet.of(f"{outcome}: how far pairs differ, Monte Carlo error taken out", rows, columns)


def _regret(rows: pd.DataFrame, outcome: str, people: bool) -> Sheet:
    columns: Columns = {
        "party": "factor",
        "policy": "policy",
        "mean": cells.amount("mean", people=people),
        "90 % quantile": cells.amount("q90", 0, people=people),
        "best or tied, %": cells.amount("best"),
        "best alone, %": cells.amount("best_alone"),
    }
    return Sheet.of(f"{outcome}: regret of each policy over all policies of the other", rows, columns, left=2)


def pairs_notes(results: Results, *tables: pd.DataFrame) -> list[str]:
    """Return how the tables of pairs are to be read."""
    return [*render_notes("pairs", is_paired=is_paired(results)), *describe_finished(results)]

"""Tables that people read of what stands beside the odds: drivers, entries, definitions, levers, pairs of policies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from sim.report.odds_sheets import name_place
from sim.report.parameter_sheets import name_parameter
from sim.report.sheet import NOT_RESOLVED, UNKNOWN, Sheet, format_number, format_percent, format_share, name_days
from sim.results.analysis.levers import KILLED_OF_ALL
from sim.results.analysis.pairs import ANY
from sim.results.reading.design_columns import is_paired
from sim.results.reading.finished_replicates import describe_finished
from sim.results.reading.question_outcomes import list_questions
from sim.results.reading.store import Results

_BY_CHANCE = "≤ chance"


def drivers_sheets(results: Results, table: pd.DataFrame) -> list[Sheet]:
    """Return which parameters move each outcome most, a table for each question and horizon.

    Of all points together where the table has that: a sheet for each by itself would be too many.
    """
    together = table[table["point"].isna()]
    table = table if together.empty else together
    headings = ("parameter", "basis", "odds rise", "share, %", "lowest third", "highest third")
    return [
        Sheet(
            f"{question}: what moves it most by {day} days{_where(results, point)}",
            headings,
            tuple(_driver(row, results.party_names) for row in rows.to_dict("records")),
            left=3,
        )
        for (point, question, day), rows in table.groupby(
            ["point", "question", "horizon_days"], sort=False, dropna=False
        )
    ]


def _where(results: Results, point: Any) -> str:
    return ", over all points together" if pd.isna(point) else name_place(results, int(point))


def _driver(row: dict[Any, Any], parties: dict[str, str]) -> tuple[str, ...]:
    others = f" (and {row['repeated_by']} that repeat it)" if row["repeated_by"] else ""
    is_clear = row["share"] > row["share_by_chance"]
    moves = {"up": "with it", "down": "as it falls"}.get(row["direction"], "not one way")
    return (
        name_parameter(row["parameter"], parties, others),
        row["basis"],
        moves if is_clear else _BY_CHANCE,
        format_percent(row["share"]),
        format_percent(row["odds_low_third"]),
        format_percent(row["odds_high_third"]),
    )


def drivers_notes(results: Results, table: pd.DataFrame) -> list[str]:
    """Return how drivers are to be read."""
    if table.empty:
        return ["No parameter moves what was asked for."]
    least = format_percent(table["share_by_chance"].max())
    return [
        f"Share of the variance of single histories that the parameter explains alone (first-order Sobol index "
        "from given data; Plischke, Borgonovo & Smith 2013, with chance taken out as in Kelley 1935). The largest of "
        f"all shares stays below {least} % with 95 % if no parameter has any effect; what lies below is marked. Odds "
        "in the lowest and the highest third of the parameter's prior, in %."
    ]


def entries_sheets(results: Results, table: pd.DataFrame) -> list[Sheet]:
    """Return who joined, when, and after what trigger; a table for each point, at the last horizon in it."""
    if table.empty:
        return []
    names = results.party_names
    last = int(table["horizon_days"].max())
    kinds = list(table.columns)[list(table.columns).index("day_q75") + 1 :]
    sheets = []
    for point, rows in table[table["horizon_days"] == last].groupby("point", sort=False):
        cells = tuple(_entry(row, names, kinds) for row in rows.to_dict("records"))
        title = f"Who joined by day {last}{name_place(results, point)}: share of histories in %"
        headings = ("party", "after what, in % of its entries", "joined", "joined first", "on day")
        sheets.append(Sheet(title, headings, cells, left=2))
    return sheets


def _entry(row: dict[Any, Any], names: dict[str, str], kinds: Sequence[str]) -> tuple[str, ...]:
    shares = [(row[kind], kind) for kind in kinds if not pd.isna(row[kind]) and row[kind] >= 0.005]
    triggers = ", ".join(f"{kind} {format_percent(part, 0)}" for part, kind in sorted(shares, reverse=True)) or UNKNOWN
    days = UNKNOWN
    if not pd.isna(row["day_median"]):
        days = f"{row['day_median']:.0f} ({row['day_q25']:.0f}–{row['day_q75']:.0f})"
    return (
        names[row["party"]],
        triggers,
        format_share(row["share"], row["low"], row["high"]),
        format_share(row["first"], row["first_low"], row["first_high"]),
        days,
    )


def entries_notes(results: Results, table: pd.DataFrame | None) -> list[str]:
    """Return how entries are to be read."""
    return [
        "Joined first: competing risks; with the histories in which nobody joined the shares add up to 100 %. Every "
        "history is followed to the horizon, so nothing is censored and the shares are exact but for Monte Carlo "
        "error. On day: median and quartiles of those that joined. After what: what raised the hazard most then."
    ]


def definitions_sheets(results: Results, table: pd.DataFrame) -> list[Sheet]:
    """Return odds against definitions: a table for each question with a row for each definition."""
    texts = list_questions(results)
    days = sorted(int(day) for day in table["horizon_days"].unique())
    sheets = []
    for (point, question), rows in table.groupby(["point", "question"], sort=False):
        cells = {
            (row["definition"], row["horizon_days"]): format_share(row["estimate"], row["low"], row["high"])
            for row in rows.to_dict("records")
        }
        names = list(dict.fromkeys(rows["definition"]))
        body = tuple((name, *(cells.get((name, day), UNKNOWN) for day in days)) for name in names)
        title = f"{question}  {texts[str(question)]}{name_place(results, point)}: odds in % by definition"
        sheets.append(Sheet(title, ("definition", *name_days(days)), body))
    return sheets


def definitions_notes(*_: object) -> list[str]:
    """Return how odds against definitions are to be read."""
    return [
        "The same stored histories, judged again by their daily totals. They were run under the run's own counts: a "
        "front that met those was fought as a campaign from then on, and keeps that course under every definition. "
        "Under a stricter one these histories hold more escalation than a run under it would, under a looser one less."
    ]


def levers_sheets(results: Results, table: pd.DataFrame) -> list[Sheet]:
    """Return what lowers each outcome most, at the last horizon in the table."""
    texts = list_questions(results)
    last = int(table["horizon_days"].max())
    sheets = []
    for outcome, rows in table[table["horizon_days"] == last].groupby("outcome", sort=False):
        people = outcome == KILLED_OF_ALL
        name = "Killed of all sides together, mean" if people else f"{outcome}  {texts[str(outcome)]}: odds in %"
        first = rows["first"].iloc[0]
        base = format_number(first) if people else format_percent(first)
        title = f"{name} at {last} days; {rows['against'].iloc[0]}: {base}"
        headings = ("lever", "with it", "difference", "95 %", "rank", "s.e.", "indep.", "factor")
        cells = tuple(_lever(row, people) for row in rows.sort_values("rank").to_dict("records"))
        sheets.append(Sheet(title, headings, cells))
    return sheets


def _lever(row: dict[Any, Any], people: bool) -> tuple[str, ...]:
    def text(value: float, sign: str = "", digits: int = 1) -> str:
        return (
            format_percent(value, digits, sign) if not people else UNKNOWN if pd.isna(value) else f"{value:{sign},.0f}"
        )

    return (
        row["lever"],
        text(row["second"]),
        text(row["difference"], "+"),
        f"{text(row['low'], '+')} to {text(row['high'], '+')}",
        f"{row['rank']} ({row['rank_low']}–{row['rank_high']})",
        text(row["se_paired"], digits=2),
        text(row["se_independent"], digits=2),
        UNKNOWN if pd.isna(row["factor"]) else f"{row['factor']:.1f}",
    )


def levers_notes(results: Results, *tables: pd.DataFrame) -> list[str]:
    """Return how the table of levers is to be read."""
    luck = (
        "All points share their luck and are compared history by history. s.e.: of that difference; indep.: what it "
        "would be with different seeds at equal cost; factor: the second over the first."
        if is_paired(results)
        else "Each point has luck of its own, so nothing is paired. indep.: standard error of the difference."
    )
    return [
        f"{luck} Rank 1 lowers most; in brackets 90 % of ranks over resampled histories. How far a lever is pulled is "
        "set by the scenario; what it would take to pull it is outside of the model.",
        *describe_finished(results),
    ]


def pairs_sheets(results: Results, odds: pd.DataFrame, spreads: pd.DataFrame, regret: pd.DataFrame) -> list[Sheet]:
    """Return odds of all pairs of policies as a grid, their spread, and regret, at the last horizon in the tables."""
    last = int(odds["horizon_days"].max())
    odds, spreads, regret = (table[table["horizon_days"] == last] for table in (odds, spreads, regret))
    sheets = []
    for outcome in odds["outcome"].unique():
        people = outcome == KILLED_OF_ALL
        words = (
            "killed of all sides together, mean"
            if people
            else f"{outcome} {list_questions(results)[outcome]}: odds in %"
        )
        sheets.append(_grid(odds[odds["outcome"] == outcome], f"{words}, by {last} days", people))
        sheets.append(_spread(spreads[spreads["outcome"] == outcome], outcome, people))
        sheets.append(_regret(regret[(regret["outcome"] == outcome) & (regret["opponent"] == ANY)], outcome, people))
    return sheets


def _grid(rows: pd.DataFrame, title: str, people: bool) -> Sheet:
    down, across = rows.columns[2], rows.columns[3]
    columns = list(dict.fromkeys(rows[across]))
    cells = {(row[down], row[across]): row["estimate"] for row in rows.to_dict("records")}
    # A name such as "P1 tit-for-tat" is cut to its first word where eight stand side by side.
    short = tuple(name.partition(" ")[0] for name in columns)
    body = tuple(
        (
            name,
            *(
                format_number(cells[name, column]) if people else format_percent(cells[name, column])
                for column in columns
            ),
        )
        for name in dict.fromkeys(rows[down])
    )
    return Sheet(f"{title}; rows: {down}, columns: {across}", ("policy", *short), body)


def _spread(rows: pd.DataFrame, outcome: str, people: bool) -> Sheet:
    body = tuple(
        (
            row["part"],
            NOT_RESOLVED if pd.isna(row["sd"]) else format_number(row["sd"]) if people else format_percent(row["sd"]),
            NOT_RESOLVED if pd.isna(row["share"]) else format_percent(row["share"], 0),
        )
        for row in rows.to_dict("records")
    )
    unit = "persons" if people else "points"
    headings = ("spread over", f"s.d., {unit}", "share, %")
    return Sheet(f"{outcome}: how far pairs differ, Monte Carlo error taken out", headings, body)


def _regret(rows: pd.DataFrame, outcome: str, people: bool) -> Sheet:
    body = tuple(
        (
            row["factor"],
            row["policy"],
            format_number(row["mean"]) if people else format_percent(row["mean"]),
            format_number(row["q90"]) if people else format_percent(row["q90"], 0),
            format_percent(row["best"]),
            format_percent(row["best_alone"]),
        )
        for row in rows.to_dict("records")
    )
    headings = ("party", "policy", "mean", "90 % quantile", "best or tied, %", "best alone, %")
    return Sheet(f"{outcome}: regret of each policy over all policies of the other", headings, body, left=2)


def pairs_notes(results: Results, *tables: pd.DataFrame) -> list[str]:
    """Return how the tables of pairs are to be read."""
    luck = (
        "under the same luck and the same policy of the other."
        if is_paired(results)
        else "under the same policy of the other; each pair has luck of its own here, so regret holds luck as well."
    )
    return [
        "Regret: the outcome of a history less the least that any policy of the same party would have given in that "
        f"history, {luck} The best is known only afterwards, so regret "
        "is above 0 for every policy; what compares policies is whose is less. All policies count alike; that is a "
        "choice and no finding.",
        *describe_finished(results),
    ]

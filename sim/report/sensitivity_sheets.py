"""Tables of what a design tells: sensitivity, regional sensitivity, conditions of an outcome, tipping points."""

from dataclasses import replace
from typing import Final

import pandas as pd

from sim.report import cells
from sim.report.parameter_sheets import name_parameter
from sim.report.sheet import UNKNOWN, Cell, Columns, Sheet, format_percent, format_share
from sim.report.templates import render_notes
from sim.results.analysis.levers import KILLED_OF_ALL
from sim.results.analysis.prim_boxes import CART, PRIM
from sim.results.analysis.regional_sensitivity import LEVEL
from sim.results.analysis.tipping_points import _REDRAWN, Crossing, Tipping
from sim.results.reading.design_columns import read_design
from sim.results.reading.question_outcomes import describe_finished, list_questions
from sim.results.reading.store import Results
from sim.scenario.design import MORRIS, ONE_AT_A_TIME, SALTELLI

_TOP: Final = 10
_ENOUGH_BASE_POINTS: Final = 64  # from here on the bootstrap over base points covers about as often as it says


def _amount(value: float, people: bool, sign: str = "") -> str:
    return f"{value:{sign},.1f}" if people else format_percent(value, 1, sign)


def _list_columns(kind: str, people: bool) -> Columns:
    """Return what a design shows of a factor."""

    def show(name: str, sign: str = "") -> Cell:
        return lambda row: _amount(row[name], people, sign)

    least, reach, most = (show(f"mu_star{end}") for end in ("_low", "", "_high"))
    low, high = show("low", "+"), show("high", "+")
    shown: dict[str, Columns] = {
        SALTELLI: {
            "first order (95 %)": cells.interval("first", "first_low", "first_high", ".2f", " to "),
            "total (95 %)": cells.interval("total", "total_low", "total_high", ".2f", " to "),
        },
        MORRIS: {
            "mu* (95 %)": lambda row: f"{reach(row)} ({least(row)}–{most(row)})",
            "by chance": show("mu_star_by_chance"),
            "mu": show("mu", "+"),
            "sigma": show("sigma"),
        },
        ONE_AT_A_TIME: {
            "level": "level",
            "with it": show("with_level"),
            "difference": show("difference", "+"),
            "95 %": lambda row: f"{low(row)} to {high(row)}",
        },
    }
    return shown[kind]


def sensitivity_sheets(results: Results, table: pd.DataFrame) -> list[Sheet]:
    """Return how outcomes hang on factors, a table for each outcome and horizon."""
    kind, sheets = read_design(results).kind, []
    factor: Columns = {"factor": lambda row: name_parameter(row["factor"], results.party_names)}
    for (outcome, day), rows in table.groupby(["outcome", "horizon_days"], sort=False):
        people = outcome == KILLED_OF_ALL
        unit = "persons" if people else "points"
        name = "Killed of all sides together" if people else f"{outcome}  {list_questions(results)[str(outcome)]}"
        first = rows.iloc[0]
        if "spread" in rows:
            more = f"s.d. over the points {_amount(first['spread'], people)} {unit}"
        elif "base" in rows:
            more = f"{_amount(first['base'], people)}{'' if people else ' %'} as the scenario is"
        else:
            more = f"change over the range of a factor, in {unit}"
        columns, left = {**factor, **_list_columns(kind, people)}, 2 if kind == ONE_AT_A_TIME else 1
        sheets.append(Sheet.of(f"{name} by {day} days: {more}", rows, columns, left))
    return sheets


def sensitivity_notes(results: Results, *tables: pd.DataFrame) -> list[str]:
    """Return how the table of sensitivity is to be read."""
    design = read_design(results)
    luck = "one luck for all points" if design.luck == "paired" else "luck of its own at each point"
    notes = render_notes("sensitivity", design=design, luck=luck, enough=_ENOUGH_BASE_POINTS)
    return [*notes, *describe_finished(results)]


def regional_sheets(results: Results, table: pd.DataFrame) -> list[Sheet]:
    """Return which parameters differ between histories with and without each outcome, ten at most."""
    columns: Columns = {
        "parameter": lambda row: name_parameter(row["parameter"], results.party_names),
        "basis": "basis",
        "median with it": cells.number("median_with", ".3g"),
        "without it": cells.number("median_without", ".3g"),
        "distance": cells.number("distance", ".2f"),
        "p (Holm)": cells.number("p_holm", ".1g"),
    }
    none = (("no parameter", *[UNKNOWN] * 5),)
    sheets = []
    for (outcome, day), rows in table.groupby(["outcome", "horizon_days"], sort=False):
        title = f"{outcome}: where histories with it by {day} days start from other values"
        sheet = Sheet.of(title, rows[rows["p_holm"] < LEVEL].head(_TOP), columns, left=2)
        sheets.append(replace(sheet, rows=sheet.rows or none))
    return sheets


def regional_notes(results: Results, table: pd.DataFrame) -> list[str]:
    """Return how the table of regional sensitivity is to be read."""
    return render_notes("regional", n=table["parameter"].nunique(), level=f"{LEVEL:g}")


def discovery_sheets(results: Results, boxes: pd.DataFrame, limits: pd.DataFrame | None = None) -> list[Sheet]:
    """Return the conditions under which each outcome is likely."""
    coverage, its_error, density, error = (
        cells.amount(name, 0) for name in ("coverage", "coverage_se", "density", "density_se")
    )
    columns: Columns = {
        "conditions": "conditions",
        "coverage, %": lambda row: f"{coverage(row)} ± {its_error(row)}",
        "density, %": lambda row: f"{density(row)} ± {error(row)}",
        "histories, %": cells.amount("mass", 0),
    }
    sheets = []
    for (outcome, day), rows in boxes.groupby(["outcome", "horizon_days"], sort=False):
        share = format_percent(rows["share"].iloc[0])
        title = f"{outcome}  {list_questions(results)[str(outcome)]} by {day} days: {share} % of histories"
        sheets.append(Sheet.of(title, rows, columns))
    return sheets


def discovery_notes(results: Results, boxes: pd.DataFrame, limits: pd.DataFrame | None = None) -> list[str]:
    """Return how conditions are to be read."""
    if boxes.empty:
        return ["No condition was found under which the outcome is likelier than it is overall."]
    names = {PRIM: "PRIM (EMA workbench)", CART: "a classification tree (scikit-learn)"}
    methods = " and ".join(names[method] for method in boxes["method"].unique())
    points = " and at points" if read_design(results).is_sampled else ""
    rows = boxes.to_dict("records")
    n, coverage = f"{rows[0]['n']:,}", [format_percent(row["coverage"], 0) for row in rows]
    boxes_told = [*zip(rows, coverage, strict=True)]
    return render_notes("discovery", boxes=boxes_told, methods=methods, points=points, n=n)


def readings_sheet(tipping: Tipping, key: str, question: str) -> Sheet:
    """Return the values that were tried for reading."""
    columns: Columns = {
        key: lambda reading: f"{reading.value:.4g}",
        "odds": lambda reading: format_share(reading.estimate, reading.low, reading.high),
        "events": lambda reading: f"{reading.events:,} of {reading.n:,}",
    }
    return Sheet.of(f"{question}: odds in % with 95 % intervals", tipping.readings, columns, left=0)


def tipping_words(tipping: Tipping, key: str, unit: str, odds: float, subject: str = "the odds") -> list[str]:
    """Return in words where the odds cross the level, or that they do not; the subject says which odds."""
    level = f"{100 * odds:g} %"
    if tipping.crossings:
        return [_told(point, key, unit, level, subject) for point in tipping.crossings]
    first, last = tipping.readings[0], tipping.readings[-1]
    side = "above" if first.estimate >= odds else "below"
    sentence = f"{subject} are {side} {level}, from {100 * first.estimate:.2g} % to {100 * last.estimate:.2g} %"
    where = f"between {first.value:g} and {last.value:g}"
    doubtful = [point for point in tipping.readings if point.allows(odds)]
    if doubtful:
        at = ", ".join(f"{point.value:.3g} ({100 * point.low:.2g}–{100 * point.high:.2g} %)" for point in doubtful)
        return [
            f"Whether there is a tipping point {where} cannot be told: {sentence}, but at {key} = {at} "
            f"the 95 % interval holds the level. Take more --replicates."
        ]
    return [f"There is no tipping point {where}: at all {len(tipping.readings)} values that were tried {sentence}."]


def redrawn_words(tipping: Tipping) -> list[str]:
    """Return in words how far other parameters moved with the value, because reactions must not sustain themselves."""
    fewest, most = (choose(tipping.readings, key=lambda reading: reading.redrawn) for choose in (min, max))
    if most.redrawn - fewest.redrawn < _REDRAWN:
        return []
    return [
        f"At {most.value:.3g} {100 * most.redrawn:.0f} % of the replicates drew their reactions anew, at "
        f"{fewest.value:.3g} {100 * fewest.redrawn:.0f} %: those drawn first would have sustained themselves. There "
        "the other reaction parameters move with the value, so the odds follow more than one parameter; narrower "
        "bounds avoid it."
    ]


def _told(crossing: Crossing, key: str, unit: str, level: str, subject: str) -> str:
    low = "or less" if crossing.reaches_low else ""
    high = "or more" if crossing.reaches_high else ""
    ends = " to ".join(
        " ".join(filter(None, part)) for part in ((f"{crossing.low:.3g}", low), (f"{crossing.high:.3g}", high))
    )
    way = "rise above" if crossing.rises else "fall below"
    sentence = f"{subject} {way} {level} at {key} = {crossing.value:.3g} [{unit}] (95 % interval {ends})."
    return f"{sentence[0].upper()}{sentence[1:]}"

"""Who joined the war first, when and after what trigger; and by when outcomes came, alone and with what competes.

Every history is followed to the horizon, so no time is censored before it: the cumulative incidence of a risk is the
share of histories in which it came first by a day, without any estimator, and competing risks add up exactly (Fine &
Gray 1999 have the general case).

References
----------
.. [1] Fine, J. P., Gray, R. J. (1999). A proportional hazards model for the subdistribution of a competing risk. JASA
       94(446), 496-509. https://doi.org/10.1080/01621459.1999.10474144
"""

import re
from typing import Any, Final

import numpy as np
import pandas as pd

from sim.core.arrays import Floats, Integers
from sim.engine.configuration import TRIGGERS
from sim.results.reading.design_columns import choose_curve_days
from sim.results.reading.question_outcomes import (
    SHARE,
    estimate_shares,
    list_asked,
    list_points,
    locate_cells,
    read_finished,
)
from sim.results.reading.result_table import (
    BOUNDS,
    HORIZON,
    LABEL,
    POINT,
    QUESTION,
    Column,
    N,
    Presentation,
    ResultTable,
)
from sim.results.reading.store import Results
from sim.sweeps.cluster_errors import Numbers

ENTRIES: Final = "entries"
INCIDENCE: Final = "incidence"
FIRST: Final = "first to join"  # curve of which party joined first
WAR: Final = "war"  # curve of how a war of the front came
REGIONAL: Final = "regional war"  # curve of the regional war
NONE: Final = "none"  # what is left: none of the risks has come
_DECIDED, _COUNTED = "begun by a decision", "reached by the counts"


def list_joiners(results: Results) -> list[str]:
    """Return the parties that may join, in the order of the columns."""
    matches = (re.fullmatch(r"joined_(.+)_trigger", name) for name in results.columns)
    return [match[1] for match in matches if match]


def compute_entries(results: Results) -> pd.DataFrame:
    """Return how often, when, and after what trigger each party joined, and how often before all others."""
    rows: list[dict[str, Any]] = []
    joiners = list_joiners(results)
    if not joiners:
        return pd.DataFrame(rows)
    columns = ["first_to_join", *(f"joined_{party}_{what}" for party in joiners for what in ("day", "trigger"))]
    index = {party["id"]: number for number, party in enumerate(results.manifest["parties"])}
    for point, label in list_points(results):
        frame, _ = read_finished(results, point, columns)
        for day in results.manifest["horizons"] if len(frame) else ():
            words = {"scenario": results.name, "point": point, "label": label, "horizon_days": day}
            rows += [words | {"party": party} | _entry(frame, party, index[party], day) for party in joiners]
    return pd.DataFrame(rows)


def _entry(frame: pd.DataFrame, party: str, index: int, day: int) -> dict[str, Any]:
    """Return one row of `compute_entries` without its names."""
    days = frame[f"joined_{party}_day"].to_numpy()
    joined = days <= day
    first = joined & (frame["first_to_join"].to_numpy() == index)
    of_all, of_first = estimate_shares(np.column_stack([joined, first]), frame["replicate"].to_numpy())
    row: dict[str, Any] = {"n": len(frame), "joined": of_all["events"]}
    row |= {"share": of_all["estimate"], "low": of_all["low"], "high": of_all["high"]}
    row |= {"first": of_first["estimate"], "first_low": of_first["low"], "first_high": of_first["high"]}
    quantiles = np.quantile(days[joined], (0.25, 0.5, 0.75)) if joined.any() else (None, None, None)
    row |= dict(zip(("day_q25", "day_median", "day_q75"), quantiles, strict=True))
    triggers = frame[f"joined_{party}_trigger"].to_numpy()[joined]
    shares = [(triggers == kind).mean() if joined.any() else None for kind in range(len(TRIGGERS))]
    return row | dict(zip(TRIGGERS, shares, strict=True))


def compute_incidence(results: Results) -> pd.DataFrame:
    """Return by when each risk came first: of the parties that join, and of the ways into a war."""
    tables = []
    grid = choose_curve_days(results)
    for point, _ in list_points(results):
        for curve, risks, n in _risks(results, point):
            shares = {risk: share_arrived(days, grid) for risk, days in risks.items()} if n else {}
            shares[NONE] = 1.0 - np.sum(list(shares.values()), axis=0) if shares else np.ones(len(grid))
            for risk, share in shares.items():
                words = {"scenario": results.name, "point": point, "curve": curve, "risk": risk}
                tables.append(pd.DataFrame(words | {"day": grid, "share": share}))
    return pd.concat(tables, ignore_index=True)


def share_arrived(days: Numbers, grid: Integers) -> Floats:
    """Return the share of days, infinite where it never came, that lie by the end of each day of a grid."""
    share: Floats = np.searchsorted(np.sort(days), grid, side="right") / len(days)
    return share


def _risks(results: Results, point: int) -> list[tuple[str, dict[str, Floats], int]]:
    """Return name, first day of each risk where it came first, and number of replicates of each curve."""
    joiners = list_joiners(results)
    names = [f"joined_{party}_day" for party in joiners]
    columns = ["campaign_day", "war_day", "regional_day", *names, *(["first_to_join"] if joiners else [])]
    frame, _ = read_finished(results, point, columns)
    war = frame["war_day"].to_numpy()
    decided = frame["campaign_day"].to_numpy() <= war
    onsets = {_DECIDED: np.where(decided, war, np.inf), _COUNTED: np.where(decided, np.inf, war)}
    curves = [(WAR, onsets, len(frame)), (REGIONAL, {REGIONAL: frame["regional_day"].to_numpy()}, len(frame))]
    if joiners:
        index = {party["id"]: number for number, party in enumerate(results.manifest["parties"])}
        first = frame["first_to_join"].to_numpy()
        came = {
            party: np.where(first == index[party], frame[name].to_numpy(), np.inf)
            for party, name in zip(joiners, names, strict=True)
        }
        curves.insert(0, (FIRST, came, len(frame)))
    return curves


ENTRIES_TABLE: Final = ResultTable(
    name=ENTRIES,
    row="who joined the war, when, and after what trigger",
    columns=(
        *(POINT, LABEL, HORIZON),
        Column("party", "", "party that may join"),
        N,
        Column("joined", "1", "replicates in which it joined by the horizon"),
        Column("share", "1", "share of the replicates in which it joined"),
        *BOUNDS,
        Column("first", "1", "share in which it was the first to join"),
        Column("first_low", "1", "lower end of the 95 % interval"),
        Column("first_high", "1", "upper end of the interval"),
        Column("day_q25", "days", "first quartile of its days, where it joined"),
        Column("day_median", "days", "median of its days, where it joined"),
        Column("day_q75", "days", "third quartile of its days, where it joined"),
        Column("<trigger>", "1", "share of its entries after this trigger"),
    ),
    position=40,
    where="theatres in which a party may join",
    compute=compute_entries,
    applies=lambda results: bool(list_joiners(results)),
    presentation=Presentation(
        (ENTRIES,),
        shown_by="table_sheets.entries",
        heading="Who joined, and by when",
        position=7,
        pictures=("course_pictures.joins",),
    ),
)
INCIDENCE_TABLE: Final = ResultTable(
    name=INCIDENCE,
    row="by when each risk came first: of the parties that join, and of the ways into a war",
    columns=(
        POINT,
        Column("curve", "", "what competes: first to join, war (how it came), regional war"),
        Column("risk", "", "what came, or none; the risks of a curve add up to 1 on every day"),
        Column("day", "days", "day of the run, from 0"),
        Column("share", "1", "share of the replicates in which it had come first by the end of the day"),
    ),
    position=41,
    compute=compute_incidence,
)


CURVE: Final = "curve"
_AT_ONCE: Final = 16  # days that are counted together: all of them of a million replicates would not fit


def compute_curve(results: Results) -> pd.DataFrame:
    """Return the odds of each question at each point by day; one that is a state, at the horizons alone."""
    cells = locate_cells(results, list_asked(results), choose_curve_days(results).tolist())
    columns = list(dict.fromkeys(cell.column for cell in cells))
    rows = []
    for point, _ in list_points(results):
        frame, _ = read_finished(results, point, columns)
        replicates = frame["replicate"].to_numpy()
        for start in range(0, len(cells), _AT_ONCE):
            some = cells[start : start + _AT_ONCE]
            holds = np.column_stack([cell.holds(frame) for cell in some])
            for cell, share in zip(some, estimate_shares(holds, replicates), strict=True):
                row = {"point": point, "question": cell.question, "day": cell.day}
                rows.append(row | {name: share[name] for name in SHARE})
    return pd.DataFrame(rows)


CURVE_TABLE: Final = ResultTable(
    name=CURVE,
    row="odds of each question at each point, day by day",
    columns=(
        *(POINT, QUESTION),
        Column("day", "days", "day by which it is asked, from 0: every 5th, or 15th where points are several"),
        N,
        Column("events", "1", "replicates in which it had happened by the end of the day"),
        Column("estimate", "1", "odds: share of the replicates"),
        *BOUNDS,
    ),
    position=12,
    compute=compute_curve,
    presentation=Presentation((CURVE,), position=0, pictures=("odds_pictures.odds_over_time",)),
)

"""What happened: series by day and the days on which questions came true, from ``hindcast.toml`` beside a theatre.

No other module reads what came after an origin. Of this one a forecast of the model takes which questions had come
before its origin, and which counts to date had been reported by then, and nothing else (`sim.hindcast.origins`). Counts
to date that were reported now and then are spread evenly over the days between two reports; they are known when the
later of the two is.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from sim.core.arrays import Floats
from sim.core.errors import InputError, Problems, nearest
from sim.core.toml_table import TomlTable, read_toml
from sim.evidence.csv_cells import read_rows
from sim.evidence.sightings import Sightings
from sim.inference.evidence_plan import EvidencePlan
from sim.results.reading.daily_measures import ACTS, SIDES

HINDCAST: Final = "hindcast.toml"
"""Name of the file, beside the theatre."""
NOTED, KILLED = "noted", "killed"
WEEK: Final = 7
"""Length of the spans in which series are counted [days]."""
_DIGITS: Final = 9  # so that seven equal parts of a whole count are one, and lie on the end of an interval
_DAY: Final = datetime.timedelta(days=1)
_NEVER: Final = "never"


@dataclass(frozen=True)
class SeriesPlan:
    """A series that is forecast, and how the model counts the same."""

    id: str
    text: str
    measure: str  # `NOTED`, `ACTS` or `KILLED`
    part: str  # view, side of the front, or place of the front


@dataclass(frozen=True)
class Resolution:
    """How a question was resolved."""

    question: str
    came: datetime.date | None  # first day on which it held; None where it did not come
    until: datetime.date  # last day of which that is known
    source: str
    already: tuple[tuple[datetime.date, int], ...] = ()  # last day and figure of counts to date that the question asks


@dataclass(frozen=True)
class OutcomeRecord:
    """What happened in a theatre, by series and by question."""

    path: Path
    series: dict[str, SeriesPlan]
    # By series and day: ``count``, missing where nothing is known; ``known_on``, the day on which it was reported; and
    # ``spread``, over how many days it was reported [days]
    reports: dict[str, pd.DataFrame]
    resolutions: dict[str, Resolution]

    @cached_property
    def counts(self) -> dict[str, pd.Series[float]]:
        """Daily counts by series."""
        return {name: days["count"] for name, days in self.reports.items()}

    def observed(self, target: str, origin: datetime.date, horizon_days: int) -> float | None:
        """Return what came of a series or a question.

        Parameters
        ----------
        target : str
            Id of a series or of a question.
        origin : date
            Day before which everything is known; day 1 of the forecast.
        horizon_days : int
            Last day of the span [days].

        Returns
        -------
        float or None
            Of a series the count of the seven days up to the horizon; of a question 1 where it came by the horizon,
            else 0. None where that is not known, and of a question that had come before the origin.
        """
        last = origin + (horizon_days - 1) * _DAY
        if target in self.reports:
            week = self._week(target, last)["count"]
            return None if week.isna().any() else round(float(week.sum()), _DIGITS)
        resolution = self.resolutions.get(target)
        if resolution is None or not self.is_open(target, origin):
            return None
        if resolution.came is not None and resolution.came <= last:
            return 1.0
        return 0.0 if last <= resolution.until else None

    def spread(self, target: str, origin: datetime.date, horizon_days: int) -> float:
        """Return over how many days the count of a span was reported at most; missing for what is no series [days]."""
        week = self._week(target, origin + (horizon_days - 1) * _DAY) if target in self.reports else pd.DataFrame()
        return float(week["spread"].max()) if len(week) else np.nan

    def _week(self, series: str, last: datetime.date) -> pd.DataFrame:
        return self.reports[series].reindex(pd.date_range(end=last, periods=WEEK))

    def weeks_before(self, series: str, origin: datetime.date) -> Floats:
        """Return the last whole weeks of what had been reported before an origin, oldest first, shape (n_weeks,).

        The last of them ends the day before the origin, or on the last day that had been reported by then.
        """
        days = self.reports[series]
        known = days.loc[(days["known_on"] < pd.Timestamp(origin)) & days["count"].notna(), "count"]
        if known.empty:
            return np.zeros(0)
        backward = known.reindex(pd.date_range(known.index[0], known.index[-1])).to_numpy(np.float64)[::-1]
        gap = np.isnan(backward)
        whole = int(np.argmax(gap) if gap.any() else backward.size) // WEEK
        weeks = backward[: whole * WEEK].reshape(whole, WEEK).sum(axis=1)[::-1]
        return np.asarray(weeks.round(_DIGITS), dtype=np.float64)

    def is_open(self, question: str, origin: datetime.date) -> bool:
        """Return whether a question had not come before an origin."""
        resolution = self.resolutions.get(question)
        return resolution is None or resolution.came is None or resolution.came >= origin

    def already(self, question: str, origin: datetime.date) -> int | None:
        """Return the largest count to date that had been reported before an origin; None where none was."""
        resolution = self.resolutions.get(question)
        counts = [] if resolution is None else [count for day, count in resolution.already if day < origin]
        return max(counts, default=None)


def model_series(plan: EvidencePlan) -> dict[str, SeriesPlan]:
    """Return what the model counts in any theatre, by id: acts of each side on the other, killed at each place."""
    theatre = plan.theatre_file.theatre
    located = {party.id: party.location for party in theatre.parties}
    places = dict.fromkeys(located[party] for side in theatre.front.sides for party in side)
    acts = [
        SeriesPlan("", f"acts of {', '.join(own)}", ACTS, name)
        for name, own in zip(SIDES, theatre.front.sides, strict=True)
    ]
    killed = [SeriesPlan("", f"killed in {place}", KILLED, place) for place in places]
    return {f"{one.measure}-{one.part}": replace(one, id=f"{one.measure}-{one.part}") for one in (*acts, *killed)}


def read_record(plan: EvidencePlan, given: Mapping[str, Path] | None = None) -> OutcomeRecord:
    """Read ``hindcast.toml`` beside a theatre, or refuse it with every problem of the file.

    Files that are `given` by series, with a column of days and one of counts, take the place of a series, or tell what
    happened of one that the model counts in any theatre.
    """
    path = plan.path.with_name(HINDCAST)
    if not path.exists():
        raise InputError.single(path, "", f"no such file; a hindcast of {plan.path.parent.name} needs what happened")
    problems = Problems(path)
    root = TomlTable(read_toml(path), "", problems)
    series, reports, resolutions = {}, {}, {}
    for table in root.each("series", once="id"):
        one = _plan_series(table, plan)
        series[one.id], reports[one.id] = one, _read_counts(table, one, plan)
    for table in root.each("resolution", once="question"):
        resolution = _resolve(table, plan)
        resolutions[resolution.question] = resolution
    if not series and not resolutions:
        root.add("series", "is missing, and so is resolution; a hindcast needs at least one of either")
    for name in series.keys() & {question.id for question in plan.theatre_file.questions}:
        root.add("series", f'"{name}" is a question of the theatre; give the series another id')
    root.finish()
    known = model_series(plan) | series
    for name, file in (given or {}).items():
        if name not in known:
            problems.found.extend(
                InputError.single("--series", "", f'"{name}" is not known; {nearest(name, known)}').problems
            )
            continue
        with problems.collect():
            series[name], reports[name] = known[name], _read_reports(file)
    problems.raise_if_any()
    return OutcomeRecord(path, series, reports, resolutions)


def _plan_series(table: TomlTable, plan: EvidencePlan) -> SeriesPlan:
    valid = {
        NOTED: [view.name for view in plan.views],
        ACTS: [*SIDES],
        KILLED: [one.part for one in model_series(plan).values() if one.measure == KILLED],
    }
    id, text, _ = table.text("id"), table.text("text"), table.text("source")
    given = [measure for measure in valid if measure in table.values]
    if len(given) != 1:
        table.add("id", f"needs exactly one of {', '.join(valid)} beside it, to say how the model counts the series")
        return SeriesPlan(id, text, NOTED, "")
    return SeriesPlan(id, text, given[0], table.one_of(given[0], valid[given[0]]))


def _read_counts(table: TomlTable, series: SeriesPlan, plan: EvidencePlan) -> pd.DataFrame:
    """Return the days of a series of the file; none where something is wrong with it."""
    nothing = pd.DataFrame({"count": [], "known_on": [], "spread": []}, pd.DatetimeIndex([]))
    if series.measure == NOTED and series.part:
        last = table.date("last")
        view = next(view for view in plan.views if view.name == series.part)
        with table.problems.collect():
            times = Sightings.read(view.file).acts(plan.first_day, last + _DAY, view.merge_minutes)
            days = pd.date_range(plan.first_day, last)
            counts = np.bincount(np.array(times, dtype=np.int64), minlength=len(days)).astype(np.float64)
            return pd.DataFrame({"count": counts, "known_on": days, "spread": 1.0}, days)
    elif series.part:
        file, is_cumulative = table.text("file"), "cumulative" in table.values
        column = table.text("cumulative" if is_cumulative else "column")
        if file and column:
            with table.problems.collect():
                return _read_reports(plan.path.parent / file, column, is_cumulative)
    else:
        table.skip()
    return nothing


def _read_reports(path: Path, column: str = "", is_cumulative: bool = False) -> pd.DataFrame:
    """Return the days of a file of counts by day, or of counts to date, which are spread over the days between two.

    Without a name the column is the one beside the day.
    """
    rows = read_rows(path, ["date", *([column] if column else [])], name="date", others="keep")
    others = [name for name in rows[0].cells if name != "date"]
    if not column and len(others) != 1:
        raise InputError.single(
            path, "", f"needs the column date and one of counts, not {', '.join(others) or 'date alone'}"
        )
    told: list[tuple[datetime.date, float]] = []
    for row in rows:
        day, count = row.day("date", required=True), row.number_in(column or others[0], 0)
        if day is not None and told and day <= told[-1][0]:
            row.fault("date", f"does not come after {told[-1][0]}; days must ascend")
        elif day is not None and count is not None and is_cumulative and told and count < told[-1][1]:
            row.fault(column, f"is {count:g}, less than the {told[-1][1]:g} before; counts to date must not fall")
        elif day is not None and count is not None:
            told.append((day, count))
    rows[0].problems.raise_if_any()
    spans = [(a, b, (m - n) / (b - a).days) for (a, n), (b, m) in pairwise(told)]
    if not is_cumulative:
        spans = [(day - _DAY, day, count) for day, count in told]
    table = [(a + k * _DAY, share, b, float((b - a).days)) for a, b, share in spans for k in range(1, (b - a).days + 1)]
    frame = pd.DataFrame(table, columns=["day", "count", "known_on", "spread"])
    days = pd.to_datetime(frame["day"])
    return (
        frame.assign(known_on=pd.to_datetime(frame["known_on"])).drop(columns="day").set_index(pd.DatetimeIndex(days))
    )


def _resolve(table: TomlTable, plan: EvidencePlan) -> Resolution:
    question = table.one_of("question", [question.id for question in plan.theatre_file.questions])
    came = None if table.take("came") == _NEVER else table.date("came")
    until, source = table.date("until"), table.text("source")
    if came is not None and until < came:
        table.add("until", f"{until} is before came, {came}")
    tallies = {tally.id: (tally.period_end, tally.figure.floor) for tally in plan.tallies}
    names = table.names("already", tallies) if "already" in table.values else []
    already = tuple(tallies[name] for name in names if name in tallies)
    return Resolution(question, came, until, source, already)

"""Draws in the formats of others: model output of hubverse, and country-months of the VIEWS prediction challenge.

Hubverse (https://docs.hubverse.io/en/latest/user-guide/model-output.html): the reference date is the last known day,
the day before our origin, so that ``target_end_date`` is it and the horizon; ``horizon`` counts weeks, and is missing
where they are not whole. Series are samples or quantiles; a question is the ``pmf`` of "yes" and "no", so how many
draws its chance was counted from is not represented. Quantiles are read as 199 draws, none beyond the outermost.

VIEWS (https://github.com/prio-data/prediction_competition_2023): one forecaster, origin, country and count, by calendar
month that is covered whole; questions are not represented. A count is as likely on one day of its week, or of its
month, as on another: where weeks and months do not begin and end together, their counts are split by chance.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from sim.core.errors import InputError, name_some
from sim.core.random_streams import sampler_generator
from sim.hindcast.forecast_file import KEYS, check_forecasts, read_table, write_table
from sim.hindcast.record import WEEK

_HUB: Final = ("model_id", "reference_date", "target", "horizon", "location", "target_end_date")
_TYPED: Final = ("output_type", "output_type_id", "value")
_VIEWS: Final = ("month_id", "country_id", "draw", "outcome")
_LEVELS: Final = (np.arange(199) + 0.5) / 199
_DAY: Final = pd.Timedelta(days=1)


def write_hubverse(
    path: Path, frame: pd.DataFrame, questions: Collection[str], quantiles: Sequence[float] = (), place: str = ""
) -> None:
    """Write draws as a hub collects them, with ``model_id``; series as quantiles where levels are given, else samples.

    ``place`` is the location; without it the file has no such column.
    """
    asked = frame["target"].isin(list(questions))
    rows = frame.assign(output_type="sample", output_type_id=frame["draw"] + 1)[~asked]
    if quantiles:
        cut = frame[~asked].groupby(list(KEYS))["value"].quantile(np.array(quantiles))
        rows = cut.rename_axis([*KEYS, "output_type_id"]).reset_index().assign(output_type="quantile")
    yes = frame[asked].groupby(list(KEYS), as_index=False)["value"].mean().assign(output_type="pmf")
    answers = [yes.assign(output_type_id="yes"), yes.assign(output_type_id="no", value=1 - yes["value"])]
    rows = pd.concat([rows, *answers], ignore_index=True)
    days, rows["output_type_id"] = rows["horizon_days"].astype("Int64"), rows["output_type_id"].map(str)
    rows = rows.rename(columns={"forecaster": "model_id"}).assign(reference_date=rows["origin"] - _DAY, location=place)
    rows["horizon"] = (days // WEEK).where(days % WEEK == 0)
    rows["target_end_date"] = rows["reference_date"] + days.astype(np.int64) * _DAY
    write_table(path, rows[[name for name in (*_HUB, *_TYPED) if place or name != "location"]])


def read_hubverse(path: Path) -> pd.DataFrame:
    """Read model output of one location as draws: samples, quantiles, and the pmf of "yes" and "no"."""
    table, numbers = read_table(path, ["target", *_TYPED])
    reference = next((name for name in ("reference_date", "origin_date", "forecast_date") if name in table), "")
    others = sorted(set(table["output_type"].map(str)) - {"sample", "quantile", "pmf"})
    places = sorted(set(map(str, table.get("location", ()))))
    sample, quantile, pmf = (table["output_type"] == name for name in ("sample", "quantile", "pmf"))
    yes, ids = table["output_type_id"] == "yes", pd.to_numeric(table["output_type_id"], errors="coerce")
    for wrong, message in (
        (not reference, "has no column reference_date or origin_date"),
        (not {"target_end_date", "horizon"} & set(table), "has no column target_end_date or horizon"),
        (others, f"holds output_type {name_some(others, 5)}; sample, quantile and pmf are read"),
        (len(places) > 1, f"holds {len(places)} locations ({name_some(places, 5)}); give a file of one"),
        ((quantile & ~ids.between(0, 1)).any(), "holds a quantile whose output_type_id is no level from 0 to 1"),
        ((pmf & ~yes & (table["output_type_id"] != "no")).any(), "holds a pmf of something else than yes and no"),
    ):
        if wrong:
            raise InputError.single(path, "", message)
    table["origin"] = pd.to_datetime(table[reference], errors="coerce", format="%Y-%m-%d") + _DAY
    if "target_end_date" in table:
        ends = pd.to_datetime(table["target_end_date"], errors="coerce", format="%Y-%m-%d")
        table["horizon_days"] = (ends - table["origin"]).dt.days + 1
    else:
        table["horizon_days"] = pd.to_numeric(table["horizon"], errors="coerce") * WEEK
    table["forecaster"] = table.get("model_id", path.stem)
    names = table["output_type_id"][sample] if ids[sample].isna().any() else ids[sample]
    parts = [table[sample].assign(draw=pd.factorize(names, sort=True)[0]), table[pmf & yes].assign(draw=0)]
    for _, cut in table.assign(level=ids)[quantile].sort_values("level").groupby(list(KEYS), dropna=False):
        values = np.interp(_LEVELS, cut["level"], pd.to_numeric(cut["value"], errors="coerce"))
        parts.append(cut.iloc[[0] * len(values)].assign(draw=range(len(values)), value=values))
    whole = pd.concat(parts)
    return check_forecasts(whole.reset_index(drop=True), path, rows=[numbers[at] for at in whole.index])


def write_views(path: Path, frame: pd.DataFrame, country: int, seed: int = 0) -> None:
    """Write one series of one forecaster and origin by month, under the number that VIEWS gives the country."""
    for name in KEYS[:-1]:
        if len(found := sorted(frame[name].astype(str).unique())) != 1:
            message = f"VIEWS holds one in a file, and these are {name_some(found, 5)}; choose one"
            raise InputError.single(path, name, message)
    wide = frame.pivot_table(index="draw", columns="horizon_days", values="value")
    if not np.array_equal(wide.columns, WEEK * np.arange(1, wide.shape[1] + 1)) or wide.isna().any(axis=None):
        raise InputError.single(path, "horizon_days", "a month needs every week from the origin on, in each draw")
    days = pd.date_range(frame["origin"].iloc[0], periods=WEEK * wide.shape[1])
    by_day = _spread(wide, np.repeat(np.arange(wide.shape[1]), WEEK), seed)
    by_month = by_day.T.groupby((days.year - 1980) * 12 + days.month).sum().T
    whole = [month for month in by_month if {_first(month), _first(month, 1) - _DAY} <= set(days)]
    if not whole:
        raise InputError.single(path, "", f"no calendar month lies whole in {days[0]:%Y-%m-%d} to {days[-1]:%Y-%m-%d}")
    rows = by_month[whole].reset_index().melt("draw", var_name="month_id", value_name="outcome")
    write_table(path, rows.astype({"month_id": np.int64}).assign(country_id=country)[list(_VIEWS)])


def read_views(path: Path, target: str, seed: int = 0) -> pd.DataFrame:
    """Read country-months of one country as weekly draws of a series, from the first day of the first month on."""
    table = read_table(path, _VIEWS)[0][list(_VIEWS)].apply(pd.to_numeric, errors="coerce")
    wide = table.pivot_table(index="draw", columns="month_id", values="outcome")
    months = [int(month) for month in wide.columns]
    is_whole = wide.size == len(table) == wide.ge(0).sum(axis=None) and months == list(range(months[0], months[-1] + 1))
    if not is_whole or len(table["country_id"].unique()) != 1:
        raise InputError.single(path, "", "is no table of one country with every draw, 0 or more, in months in a row")
    lengths = [_first(month).days_in_month for month in months]
    by_day = _spread(wide, np.repeat(np.arange(len(months)), lengths), seed)
    weeks = by_day.T.groupby((np.arange(sum(lengths)) // WEEK + 1) * WEEK).sum().T.rename_axis(columns="horizon_days")
    rows = weeks.loc[:, : sum(lengths)].reset_index().melt("draw", var_name="horizon_days")
    return check_forecasts(rows.assign(forecaster=path.stem, target=target, origin=_first(months[0])), path)


def _spread(counts: pd.DataFrame, group: Any, seed: int) -> pd.DataFrame:
    """Spread the counts of each column over the days of its group by chance, a row for each draw."""
    generator = sampler_generator(seed, "days of a count")
    left, remaining = np.rint(counts.to_numpy()).astype(np.int64), np.bincount(group)
    by_day = np.zeros((len(counts), len(group)), dtype=np.int64)
    for day, at in enumerate(group):
        by_day[:, day] = generator.binomial(left[:, at], 1 / remaining[at])
        left[:, at] -= by_day[:, day]
        remaining[at] -= 1
    return pd.DataFrame(by_day, index=counts.index)


def _first(month: Any, later: int = 0) -> pd.Timestamp:
    """Return the first day of a month of VIEWS, which counts from January 1980, or so many months later."""
    return pd.Timestamp("1979-12-01") + pd.DateOffset(months=int(month) + later)

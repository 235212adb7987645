"""Patterns of daily counts of a record or of simulated histories, found by the same code, so that both compare.

A day is the smallest step of either. What several sides did on one day has no order; the first series is put first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.stats import norm

from sim.core.errors import InputError, SimError, nearest
from sim.engine.branching import spectral_radius
from sim.evidence.daily_series import DailySeries
from sim.evidence.ledger import Ledger
from sim.evidence.sightings import Sightings
from sim.evidence.text_tables import open_table
from sim.inference import count_patterns as patterns
from sim.inference.count_patterns import Counts
from sim.results.reading.daily_measures import ACTS, KILLED_TO_DATE, SIDES, list_measures, measure_days, thin_counts
from sim.results.reading.question_outcomes import read_finished
from sim.results.reading.store import AGAIN, Results

Series = Mapping[str, Counts]
"""Daily counts by name, shape (n_days, n_replicates); a record is one replicate."""
LEAST_DAYS: Final = 14
_WINDOWS: Final = (1, 7, 14, 28)
_STEPS: Final = (("days", 1, 14), ("weeks", 7, 8))
"""Between what counts are correlated: steps, days of a step, most steps."""
_COUNTED: Final = (ACTS, KILLED_TO_DATE)
_Row = tuple[tuple[str, str, int, str], Any]


def count_record(
    path: Path, names: Sequence[str], merge: float = 0.0, since: date | None = None, until: date | None = None
) -> Series:
    """Return daily counts of a ledger, of sightings (merged within minutes) or of daily series, both days included.

    Series of a ledger are acts of parties, and ``killed ISR``, the dead on a side; without names the two that act most.
    Without a row of a ledger, or a sighting, a day counts as 0; gaps of a series, and few days, are refused.
    """
    daily, usual = _read_days(path, merge)
    if not usual:
        raise InputError.single(path, "", "has no act and no series of counts")
    frame = pd.DataFrame(_choose({str(name): daily[name] for name in daily}, names or usual, path)).dropna()
    frame = frame[pd.Timestamp(since or date.min) : pd.Timestamp(until or date.max)]
    gaps = frame.index[:-1][np.diff(frame.index) > np.timedelta64(1, "D")]
    if len(gaps) or len(frame) < LEAST_DAYS:
        gap = f", with a gap after {gaps[0]:%Y-%m-%d}" if len(gaps) else ""
        words = f"has {len(frame)} known days in this time{gap}; patterns need {LEAST_DAYS} in a row or more"
        raise InputError.single(path, " and ".join(map(str, frame)), words)
    return {str(name): frame[[name]].to_numpy(float) for name in frame}


def _read_days(path: Path, merge: float) -> tuple[pd.DataFrame, list[str]]:
    """Return counts by day of every series of a file, and the names of those that are meant if none is named."""
    header = open_table(path, ("date",)).header
    if "initiator" in header:
        acts = Ledger.read(path).filter(kind="act").table
        acts["killed"] = acts["killed_best"].fillna(acts["killed_low"])
        counts = acts.pivot_table("id", "date", "initiator", "count")
        daily = counts.join(acts.pivot_table("killed", "date", "target", "sum").add_prefix("killed "))
        usual = list(acts["initiator"].value_counts().index[:2])
    elif "time" in header:
        seen, usual = Sightings.read(path), [path.stem]
        first = seen.moments[0].date()
        times = seen.acts(first, seen.moments[-1].date() + timedelta(days=1), merge)
        daily = pd.DataFrame({path.stem: Counter(pd.Timestamp(first) + pd.to_timedelta(np.floor(times), "D"))})
    else:
        daily = DailySeries.read(path).table.drop(columns="split")
        return daily, [str(name) for name in daily][:1]
    return daily.asfreq("D").fillna(0.0), usual


def check_histories(results: Results, names: Sequence[str] = (), without: str = "") -> None:
    """Refuse what `count_histories` cannot count, by the manifest alone: before histories are run, too."""
    if (days := int(results.manifest["horizon_days"])) < LEAST_DAYS:
        raise InputError.single(results.path, "", f"has {days} days; patterns need {LEAST_DAYS} or more")
    asked = [question["id"] for question in results.manifest["questions"]]
    if without and without not in asked:
        raise InputError.single("--without", "", f'"{without}" is not asked here; {nearest(without, asked)}')
    _choose({_name(*measure): 0 for measure in list_measures(results) if measure[0] in _COUNTED}, names, results.path)


def count_histories(results: Results, names: Sequence[str] = (), seen: float = 1.0, without: str = "") -> Series:
    """Return daily counts at the first point: acts of ``side_a`` and ``side_b``, ``killed PLACE``.

    Of acts those that are `seen`, each with this chance; of histories those `without` a question come true.
    """
    if not results.has_daily:
        raise InputError.single(results.path, "", f"keeps no histories with daily totals; {AGAIN}")
    check_histories(results, names, without)
    point, only, parts = results.blocks[0].point, None, []
    if without:
        rows, _ = read_finished(results, point, [f"{without}_day"])
        only = rows["replicate"][~(rows[f"{without}_day"] <= results.manifest["horizon_days"])].to_list()
    for replicates, measured in measure_days(results, point, only):
        daily: dict[str, Any] = {}
        for (kind, part), counts in measured.items():
            if kind == ACTS:
                daily[part] = thin_counts(counts, seen, results.seed, replicates, part, "noted on a day")
            elif kind == KILLED_TO_DATE:
                daily[_name(kind, part)] = np.diff(counts, axis=1, prepend=0)
        parts.append(_choose(daily, names or SIDES, results.path))
    if not parts:
        raise InputError.single(results.path, "", "no history is left to look at")
    return {name: np.concatenate([part[name] for part in parts]).T for name in parts[0]}


def _name(kind: str, part: str) -> str:
    return part if kind == ACTS else f"killed {part}"


def _choose(columns: Mapping[str, Any], names: Sequence[str], where: Path) -> dict[str, Any]:
    """Return the sums of the columns that each name holds, as in ``HZB+HAM``."""
    for part in (part for name in names for part in name.split("+")):
        if part not in columns:
            raise InputError.single(where, "--series", f'"{part}" is not known; {nearest(part, columns)}')
    return {name: sum(columns[part] for part in name.split("+")) for name in names}


def find_patterns(series: Series, calm_days: float = 1.0, lags: int | None = None) -> pd.DataFrame:
    """Return a row for each statistic, by name, series, lag and its unit, with a column for each replicate.

    Of two series also who follows whom, by correlation, episodes and, where there is `statsmodels`, autoregression.
    """
    found = [*_clustering(series), *_correlations(series)]
    if len(series) == 2:
        pairs = np.moveaxis(np.stack([*series.values()]), -1, 0)
        each = [dict(_exchange([*series], pair, calm_days, lags)) for pair in pairs]
        found += [(key, [one.get(key, np.nan) for one in each]) for key in {key: 0 for one in each for key in one}]
    index = pd.MultiIndex.from_tuples([key for key, _ in found], names=["statistic", "of", "lag", "unit"])
    return pd.DataFrame([np.asarray(values, dtype=float) for _, values in found], index)


def _clustering(series: Series) -> Iterator[_Row]:
    for name, counts in series.items():
        yield ("mean a day", name, 0, ""), counts.mean(axis=0)
        yield ("largest day", name, 0, ""), counts.max(axis=0)
        yield ("longest calm", name, 0, ""), patterns.longest_calm(counts)
        for days in (days for days in _WINDOWS if len(counts) >= 4 * days):
            fano = patterns.dispersion(patterns.sum_windows(counts, days))
            yield ("variance over mean", name, days, "days"), fano
            yield ("branching ratio, by variance", name, days, "days"), patterns.branching_ratio(fano)
        fano = patterns.dispersion(counts, min(_WINDOWS[2], len(counts) // 4))
        yield ("branching ratio, by covariance", name, _WINDOWS[2], "days"), patterns.branching_ratio(fano)


def _correlations(series: Series) -> Iterator[_Row]:
    for unit, days, most in _STEPS:
        windows = {name: patterns.sum_windows(counts, days) for name, counts in series.items()}
        for earlier, later in product(windows, repeat=2):
            of = earlier if earlier == later else f"{later} after {earlier}"
            for lag in range(int(earlier == later), min(most, len(windows[later]) // 2) + 1):
                yield ("correlation", of, lag, unit), patterns.correlation(windows[later], windows[earlier], lag)


def _exchange(names: Sequence[str], pair: Counts, calm_days: float, lags: int | None) -> Iterator[_Row]:
    """Yield episodes and autoregression of two series, shape (2, n_days)."""
    both, week = " and ".join(names), _WINDOWS[1]
    days, side = np.nonzero(pair.T)
    for name, value in patterns.describe_episodes(days.astype(float), side, calm_days).items():
        yield (f"episodes, {name}", both, 0, ""), value
    if not np.ptp(pair, axis=1).all():
        return
    try:
        fit = patterns.autoregress(pair.T, lags)
        response = fit.irf(week)
    except (np.linalg.LinAlgError, SimError):
        return  # one follows from the other without any chance, or `statsmodels` is not installed
    yield ("lags of the autoregression", both, 0, ""), fit.k_ar
    radius = spectral_radius(np.asarray(fit.coefs.sum(axis=0))[None])[0]
    yield ("branching ratio, by autoregression", both, 0, ""), radius
    reach = norm.ppf(0.95) * response.cum_effect_stderr()
    for one, other in ((0, 1), (1, 0)):
        of = f"{names[one]} after {names[other]}"
        yield ("Granger p-value", of, 0, ""), patterns.granger(pair[one], pair[other], fit.k_ar)
        for end, shift in (("", 0.0), (", low", -reach), (", high", reach)):
            for day in range(1, week + 1):
                yield (f"response{end}", of, day, "days"), (response.cum_effects + shift)[day, one, other]


def compare_patterns(found: pd.DataFrame, record: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the median over replicates of each statistic with its middle 90 %, beside the value of a record.

    ``beyond`` is the share of replicates that lie as far out as the record or farther, on its side. Bands of responses
    are of a record alone, as replicates have their spread.
    """
    if found.shape[1] > 1:
        found = found[~found.index.get_level_values("statistic").str.startswith("response, ")]
    table = pd.DataFrame({"value": found.median(axis=1)})
    if found.shape[1] > 1:
        table["low"], table["high"] = (found.quantile(level, axis=1) for level in (0.05, 0.95))
        table["n"] = found.notna().sum(axis=1)
    if record is not None:
        table["record"] = record.iloc[:, 0].reindex(table.index)
        below, above = (flags.sum(axis=1) for flags in (found.le(table["record"], 0), found.ge(table["record"], 0)))
        table["beyond"] = (np.minimum(below, above) / found.notna().sum(axis=1)).where(table["record"].notna())
    return table.reset_index()

"""Benchmarks: what a forecaster must beat, made from the record before each origin alone.

Of series: the last week, or the mean of four, as a Poisson law; a bootstrap of past weeks; a walk whose next week is
negative binomial about the last one; exponential smoothing of log(1 + x). Of questions: what a reference class has by
the same horizon, and one half. A benchmark that needs more weeks than there are leaves out an origin, and says so.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from sim.core.arrays import Floats
from sim.core.errors import name_some
from sim.core.installation import load_extra
from sim.core.random_streams import sampler_generator
from sim.hindcast.forecast_file import COLUMNS, check_forecasts, tabulate_draws
from sim.hindcast.record import WEEK, OutcomeRecord

CLASS: Final = "reference class"
EVEN: Final = "even chance"
_LEAST_LEVEL: Final = 0.5


def _walk(weeks: Floats, shape: tuple[int, int], generator: Any) -> Any:
    from scipy.optimize import minimize_scalar
    from scipy.stats import nbinom

    # Counts to date that were spread over days are not whole.
    before, after = np.maximum(weeks[:-1], _LEAST_LEVEL), np.rint(weeks[1:])

    def loss(log_size: float) -> float:
        # Its prior is log-normal about 2 with s.d. 1 [assumption]: with few weeks, steps of about .7 of the level.
        size = np.exp(log_size)
        return float((log_size - np.log(2)) ** 2 / 2 - nbinom.logpmf(after, size, size / (size + before)).sum())

    size = np.exp(minimize_scalar(loss, bounds=(-3.0, 5.0), method="bounded").x)
    levels = [np.full(shape[0], weeks[-1])]
    for _ in range(shape[1]):
        levels.append(generator.negative_binomial(size, size / (size + np.maximum(levels[-1], _LEAST_LEVEL))))
    return np.stack(levels[1:], axis=1)


def _smooth(weeks: Floats, shape: tuple[int, int], generator: Any) -> Any:
    ets = load_extra("statsmodels.tsa.exponential_smoothing.ets", "truth", "the benchmark ETS")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a flat series, and a search that stops early, are no fault of the user
        fitted = ets.ETSModel(np.log1p(weeks), error="add").fit(disp=False)
        errors = np.sqrt(fitted.scale) * generator.standard_normal(shape[::-1])
        levels = fitted.simulate(shape[1], anchor="end", repetitions=shape[0], random_errors=errors)
    return np.rint(np.maximum(np.expm1(np.asarray(levels).reshape(shape[1], shape[0]).T), 0))


LAWS: Final[dict[str, tuple[int, Callable[[Floats, tuple[int, int], Any], Any]]]] = {
    "last value": (1, lambda weeks, shape, generator: generator.poisson(weeks[-1], shape)),
    "4-week mean": (4, lambda weeks, shape, generator: generator.poisson(weeks[-4:].mean(), shape)),
    "bootstrap": (4, lambda weeks, shape, generator: generator.choice(weeks, shape)),
    "negative-binomial walk": (3, _walk),
    "ETS": (10, _smooth),
}
"""Benchmarks of series: whole weeks that each needs, and its law, which gives draws of shape (n_draws, n_weeks)."""
BENCHMARKS: Final = (*LAWS, CLASS, EVEN)


def forecast_benchmarks(
    record: OutcomeRecord,
    origins: Iterable[pd.Timestamp],
    horizons: Mapping[str, Sequence[int]],
    classes: Mapping[str, Callable[[int], float]] | None = None,
    n_draws: int = 400,
    seed: int = 0,
) -> tuple[pd.DataFrame, list[str]]:
    """Return the draws of all benchmarks at some origins, and in words what was left out and why.

    ``horizons`` [days] are those of each target; ``classes`` give the chance by horizon of a question's reference
    class. A question that had come before an origin is not asked at it.
    """
    parts: list[pd.DataFrame] = []
    short: dict[tuple[str, str, int], list[str]] = {}
    for origin, target in ((origin, target) for origin in origins for target in horizons):
        days = np.array(horizons[target])
        if target in record.resolutions:
            for name, chance in ((EVEN, lambda _day: 0.5), (CLASS, (classes or {}).get(target))):
                if chance is not None and record.is_open(target, origin.date()):
                    parts.append(_table(name, origin, target, days, np.array([[chance(int(day)) for day in days]])))
            continue
        weeks = record.weeks_before(target, origin.date())
        for name, (needed, law) in LAWS.items():
            if len(weeks) < needed:
                short.setdefault((name, target, needed), []).append(f"{origin:%Y-%m-%d}")
                continue
            generator = sampler_generator(seed, "benchmark", name, target, f"{origin:%Y-%m-%d}")
            draws = law(weeks, (n_draws, int(days.max()) // WEEK), generator)
            parts.append(_table(name, origin, target, days, draws[:, days // WEEK - 1]))
    notes = [
        f"{name} needs {needed} whole week{'s' * (needed > 1)} of {target} and is left out at {name_some(days, 3)}"
        for (name, target, needed), days in short.items()
    ]
    return check_forecasts(pd.concat([pd.DataFrame(columns=list(COLUMNS)), *parts]), "benchmarks"), notes


def _table(name: str, origin: pd.Timestamp, target: str, days: Any, draws: Floats) -> pd.DataFrame:
    return tabulate_draws(target, days, draws).assign(forecaster=name, origin=origin)

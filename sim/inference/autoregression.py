"""Vector autoregressions of daily counts: who reacts to whom by day, as analyses of records test it.

Least squares by `statsmodels`, of the extra ``truth``. What is answered on the same day is in no lag, so reactions are
understated; errors of counts differ by day, so p-values are approximate.
"""

from __future__ import annotations

import importlib
from typing import Any, Final

import numpy as np

from sim.core.arrays import Floats
from sim.core.errors import SimError
from sim.inference.count_patterns import Counts

MOST_LAGS: Final = 7
"""Most lags among which a criterion chooses [days]."""
_DAYS_PER_LAG: Final = 10
_Z_90: Final = 1.6448536269514722


def autoregress(series: Counts, lags: int | None = None) -> Any:
    """Return the `statsmodels` results of an autoregression with a constant on series of shape (n_days, n_series).

    Without a number of lags [days], 1 or more by Akaike's criterion.
    """
    model = _needed("statsmodels.tsa.api").VAR(np.asarray(series, dtype=np.float64))
    if lags is not None:
        return model.fit(lags)
    most = max(1, min(MOST_LAGS, len(series) // _DAYS_PER_LAG))
    return model.fit(max(1, model.select_order(most).aic))


def sum_lags(fit: Any) -> Floats:
    """Return the sums of the lag coefficients, shape (n_series reacting, n_series)."""
    return np.asarray(fit.coefs.sum(axis=0))


def radius(matrix: Floats) -> float:
    """Return the spectral radius of a matrix of mean reactions."""
    return float(np.abs(np.linalg.eigvals(matrix)).max())


def respond(fit: Any, days: int) -> tuple[Floats, Floats, Floats]:
    """Return what one more act brings within so many days, with its asymptotic 90 % band.

    Each has the shape (days + 1, n_series that responds, n_series with the act); the act itself is counted on day 0.
    """
    response = fit.irf(days)
    effects, errors = response.cum_effects, response.cum_effect_stderr()
    return effects, effects - _Z_90 * errors, effects + _Z_90 * errors


def granger(of: Counts, by: Counts, lags: int) -> float:
    """Return the p-value of the F test that the past of a series adds nothing to that of another, of shape (n_days,).

    Not a number where one of them is constant.
    """
    tools = _needed("statsmodels.tsa.stattools")
    pair = np.column_stack([of, by]).astype(np.float64)
    if not np.ptp(pair, axis=0).all():
        return float("nan")
    return float(tools.grangercausalitytests(pair, [lags])[lags][0]["ssr_ftest"][1])


def _needed(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise SimError('an autoregression needs statsmodels: pip install "escalation-sim[truth]"') from error

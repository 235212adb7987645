"""Scores of forecasts by what happened: proper scores, coverage, probability integral transforms, questions.

Counts are scored by the CRPS of their draws, the ignorance of the binned draws as VIEWS computes it (Hegre et al. 2025)
and the interval score; questions by the Brier score and the ignorance. What depends on the number of draws is made not
to: the CRPS is the fair one, quantiles are those of rank ``p (n + 1)``, and the transform is a rank with ties broken by
chance, so that a forecast that is right has its nominal coverage and a uniform transform with few draws, too.

References
----------
.. [1] Gneiting, T., Raftery, A. E. (2007). Strictly proper scoring rules, prediction, and estimation. JASA 102(477),
       359-378. https://doi.org/10.1198/016214506000001437
.. [2] Czado, C., Gneiting, T., Held, L. (2009). Predictive model assessment for count data. Biometrics 65(4),
       1254-1261. https://doi.org/10.1111/j.1541-0420.2009.01191.x
.. [3] Ferro, C. A. T. (2014). Fair scores for ensemble forecasts. QJRMS 140(683), 1917-1923.
       https://doi.org/10.1002/qj.2270
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from sim.core.arrays import Floats
from sim.core.installation import load_extra
from sim.core.intervals import interval
from sim.core.random_streams import sampler_generator
from sim.hindcast.forecast_file import KEYS, Happened

LEVELS: Final = (50, 80, 90)
"""Central intervals that are scored [%]."""
BIN_EDGES: Final = (0.5, 2.5, 5.5, 10.5, 25.5, 50.5, 100.5, 250.5, 500.5, 1000.5)
"""Bounds between the bins of VIEWS; the first begins at 0 and the last is open."""
CHANCE_EDGES: Final = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
SERIES: Final = "series"
QUESTION: Final = "question"
ALL_QUESTIONS: Final = "all questions"
_MEASURES: Final = (
    *("crps", "log_score", "brier", "pit"),
    *(f"{word}_{level}" for level in LEVELS for word in ("inside", "interval_score")),
)


def score_forecasts(forecasts: pd.DataFrame, record: Happened, seed: int = 0) -> pd.DataFrame:
    """Score every forecast of a known target by what happened.

    Parameters
    ----------
    forecasts : DataFrame
        Draws as `read_forecasts` gives them. Targets that the record does not know are left out.
    record : Happened
        What happened.
    seed : int
        Of the uniforms that break ties of the transforms; forecasters share them.

    Returns
    -------
    DataFrame
        A row for each forecaster, origin, target and horizon: ``kind``, ``draws``, ``forecast`` (mean, or chance),
        ``observed`` (missing where it is not known, or a question had come before), and for a series ``crps``,
        ``log_score`` [bit], ``pit``, ``inside_LEVEL`` and ``interval_score_LEVEL``, for a question ``brier`` and
        ``log_score`` [bit]; the latter is infinite for a stated chance of 0 of what came.

    Raises
    ------
    SimError
        If scoringrules is not installed.
    """
    rows: list[dict[str, Any]] = []
    known = forecasts[forecasts["target"].isin([*record.counts, *record.resolutions])]
    key: tuple[str, pd.Timestamp, str, int]
    for key, draws in known.groupby(list(KEYS), sort=True)["value"]:  # type: ignore[assignment]
        _, origin, target, horizon = key
        kind = QUESTION if target in record.resolutions else SERIES
        values = np.sort(draws.to_numpy(dtype=np.float64))
        observed = record.observed(target, origin.date(), int(horizon))
        row = dict(zip(KEYS, key, strict=True)) | {"kind": kind, "draws": len(values), "forecast": values.mean()}
        row["observed"] = np.nan if observed is None else observed
        if observed is not None and kind == QUESTION:
            row |= _score_chance(values, observed)
        elif observed is not None:
            tie = sampler_generator(seed, "pit", target, f"{origin:%Y-%m-%d}", int(horizon)).random_sample()
            row |= _score_count(values, observed, tie)
        rows.append(row)
    return pd.DataFrame(rows, columns=[*KEYS, "kind", "draws", "forecast", "observed", *_MEASURES])


def _score_count(draws: Floats, observed: float, tie: float) -> dict[str, float]:
    """Return the scores of sorted draws of a count; `tie` is a uniform."""
    rules = load_extra("scoringrules", "truth", "scoring forecasts")
    n = len(draws)
    at = int(np.searchsorted(BIN_EDGES, observed, side="right"))
    low, high = (np.searchsorted(draws, ([-np.inf, *BIN_EDGES, np.inf])[at + end]) for end in (0, 1))
    below, up_to = (int(np.searchsorted(draws, observed, side=side)) for side in ("left", "right"))
    scores = {
        # By weighted moments it is the fair estimator, in the time that sorting takes.
        "crps": float(rules.crps_ensemble(observed, draws, estimator="pwm", sorted_ensemble=True)),
        "log_score": -float(np.log2((high - low + 1) / (n + len(BIN_EDGES) + 1))),
        "pit": (below + tie * (up_to - below + 1)) / (n + 1),
    }
    for level in LEVELS:
        miss = 1 - level / 100
        lower, upper = np.quantile(draws, [miss / 2, 1 - miss / 2], method="weibull")
        scores[f"inside_{level}"] = float(lower <= observed <= upper)
        scores[f"interval_score_{level}"] = float(rules.interval_score(observed, lower, upper, miss))
    return scores


def _score_chance(values: Floats, came: float) -> dict[str, float]:
    """Return the scores of a chance; of draws of 0 and 1 one more of each is counted for the ignorance."""
    n, chance = len(values), float(values.mean())
    stated = chance if n == 1 else (values.sum() + 1) / (n + 2)
    with np.errstate(divide="ignore"):
        ignorance = -float(np.log2(stated if came else 1 - stated))
    return {"brier": (chance - came) ** 2, "log_score": ignorance}


def measure_reliability(scores: pd.DataFrame) -> pd.DataFrame:
    """Compare the chances of questions with how often they came, for each forecaster and range of chances.

    Returns
    -------
    DataFrame
        ``forecaster``, ``low`` and ``high`` of the range, ``n`` forecasts, ``questions`` and ``origins`` (how many
        different ones they are of; forecasts of one question overlap), ``forecast`` (mean chance), ``came`` (share),
        and the 95 % interval of the latter as if all were independent, ``came_low`` and ``came_high``.
    """
    asked = _known(scores, QUESTION)
    at = np.clip(np.searchsorted(CHANCE_EDGES, asked["forecast"], side="right"), 1, len(CHANCE_EDGES) - 1)
    asked = asked.assign(low=np.take(CHANCE_EDGES, at - 1), high=np.take(CHANCE_EDGES, at))
    table = asked.groupby(["forecaster", "low", "high"], as_index=False).agg(
        n=("observed", "size"),
        questions=("target", "nunique"),
        origins=("origin", "nunique"),
        forecast=("forecast", "mean"),
        came=("observed", "mean"),
    )
    bounds = [interval(round(share * n), n) for share, n in zip(table["came"], table["n"], strict=True)]
    return table.assign(came_low=[low for low, _ in bounds], came_high=[high for _, high in bounds])


def measure_warning(scores: pd.DataFrame) -> pd.DataFrame:
    """Tell whether chances were higher where the event was near: within the horizon of the origin, or not.

    Returns
    -------
    DataFrame
        For each forecaster, question and horizon ``n_before`` (origins whose horizon the event came within),
        ``n_other``, the mean chance of both, and ``auc``, the share of pairs of one of each in which the former's
        chance is higher (ties count half; .5 is no warning). It is of one event, however many origins there are.
    """
    rows = []
    for key, part in _known(scores, QUESTION).groupby(["forecaster", "target", "horizon_days"], sort=True):
        came = part["observed"].to_numpy() > 0
        before, other = (part["forecast"].to_numpy()[chosen] for chosen in (came, ~came))
        pairs = np.sign(before[:, None] - other[None, :]) / 2 + 0.5
        means = [chances.mean() if len(chances) else np.nan for chances in (before, other)]
        auc = pairs.mean() if pairs.size else np.nan
        rows.append([*key, len(before), len(other), *means, auc])
    columns = ["n_before", "n_other", "forecast_before", "forecast_other", "auc"]
    return pd.DataFrame(rows, columns=["forecaster", "target", "horizon_days", *columns])


def _known(scores: pd.DataFrame, kind: str) -> pd.DataFrame:
    return scores[(scores["kind"] == kind) & scores["observed"].notna()]

"""Rules of the committed hindcast: its tables follow from its file of draws and from each other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from sweep_rules import is_share, near


def odds(_: Path, table: pd.DataFrame) -> None:
    """Shares of histories within their bounds, which rise with the horizon; what came once stays."""
    assert near(table["events"] / table["n"], table["estimate"], 1e-5)
    assert ((table["low"] <= table["estimate"]) & (table["estimate"] <= table["high"])).all()
    assert (table["failed"] == 0).all()
    by_place = (
        table[table["question"] != "Q8"].sort_values("horizon_days").groupby(["forecaster", "origin", "question"])
    )
    assert by_place["estimate"].apply(lambda rows: rows.is_monotonic_increasing).all()
    assert table["origin"].nunique() >= 20


def scores_by_origin(path: Path, table: pd.DataFrame) -> None:
    """Scores follow from the draws: CRPS by its definition, coverage by the quantiles, Brier by the chance."""
    draws = pd.read_parquet(path.with_name("forecasts.parquet"))
    of_place = draws.groupby(["forecaster", "origin", "target", "horizon_days"], observed=True)["value"]
    values = {key: part.to_numpy() for key, part in of_place}
    known = table[table["observed"].notna()].iloc[::23]
    assert len(known) > 50
    for row in known.itertuples():
        drawn = np.sort(values[row.forecaster, pd.Timestamp(row.origin), row.target, row.horizon_days])
        if row.kind == "series":
            n = len(drawn)
            spread = (drawn * (2 * np.arange(n) - n + 1)).sum() / (n * (n - 1))
            assert np.isclose(row.crps, np.abs(drawn - row.observed).mean() - spread, rtol=1e-4, atol=1e-5)
            assert 0 <= row.pit <= 1
        else:
            assert np.isclose(row.brier, (drawn.mean() - row.observed) ** 2, rtol=1e-4, atol=1e-6)


def scores(path: Path, table: pd.DataFrame) -> None:
    """The mean of what the table by origin has."""
    each = pd.read_csv(path.with_name("scores-by-origin.csv")).dropna(subset="observed")
    for score in ("crps", "brier"):
        mean = each.groupby(["forecaster", "target", "horizon_days"])[score].mean()
        told = table.dropna(subset="horizon_days").set_index(["forecaster", "target", "horizon_days"])[score].dropna()
        told = told[told.index.isin(mean.index)]  # the rest is of all questions together
        assert len(told) > 20
        assert np.allclose(told, mean.reindex(told.index), rtol=1e-4, atol=1e-6)
    for level in (50, 80, 90):
        assert is_share(table[f"coverage_{level}"].dropna())
    assert (table["independent"] <= table["origins"]).all()


def reliability(_: Path, table: pd.DataFrame) -> None:
    """Odds lie in their bins, and what came in its bounds."""
    assert ((table["low"] - 1e-9 <= table["forecast"]) & (table["forecast"] <= table["high"] + 1e-9)).all()
    assert ((table["came_low"] <= table["came"]) & (table["came"] <= table["came_high"])).all()


def warning(_: Path, table: pd.DataFrame) -> None:
    """Pairs are told where there are both kinds of origins, and even chances tell nothing."""
    told = table["auc"].notna()
    assert (told == ((table["n_before"] > 0) & (table["n_other"] > 0))).all()
    assert (table.loc[told & (table["forecaster"] == "even chance"), "auc"] == 0.5).all()


RULES = {
    "hindcast/*/odds": (odds,),
    "hindcast/*/scores-by-origin": (scores_by_origin,),
    "hindcast/*/scores": (scores,),
    "hindcast/*/reliability": (reliability,),
    "hindcast/*/warning": (warning,),
}
"""By the place of a table below ``results``."""

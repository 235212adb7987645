"""What a table of splitting says of itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sim.report.rare_sheets import rare_notes, tabulate_rare
from sim.sweeps.rare_events.estimate import RareOdds
from sim.sweeps.rare_events.splitting import Effort, Split

PLAIN = pd.DataFrame(
    [{"question": "Q1", "horizon_days": 30, "n": 100, "events": 0, "estimate": 0.0, "low": 0.0, "high": 0.04}]
)


def noted(*estimates: float) -> str:
    found = Split(np.array(estimates), *np.ones((2, len(estimates)), dtype=np.int64), roots=8)
    table = tabulate_rare(PLAIN, [RareOdds("Q1", 30, found)])
    return " ".join(rare_notes(table, Effort(8, len(estimates))))


@pytest.mark.parametrize(
    ("estimates", "carrying"), [((2.0, 2.0, 2.0, 2.0), 4.0), ((8.0, 0.0, 0.0, 0.0), 1.0), ((0.0, 0.0), 2.0)]
)
def test_repetitions_that_carry_the_mean_are_counted(estimates: tuple[float, ...], carrying: float):
    found = Split(np.array(estimates), *np.ones((2, len(estimates)), dtype=np.int64), roots=8)
    assert found.carrying == pytest.approx(carrying)


def test_an_interval_that_one_repetition_carries_is_doubted():
    assert "A few repetitions carry the estimate (Q1 by 30 days)" in noted(1e-3, 1e-6, 1e-6, 1e-6)
    assert "too narrow" not in noted(1e-6, 2e-6, 1e-6, 2e-6)

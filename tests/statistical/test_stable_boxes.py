"""V14 on a small scale: what PRIM finds in one design holds in another one."""

from __future__ import annotations

import pytest
from validation import sensitivity

# Loaded here, because it draws and sets variables of the environment as it is loaded.
pytest.importorskip("ema_workbench.analysis.prim")


@pytest.mark.nightly
def test_boxes_of_two_designs_hold_the_same_wars():
    """A small run contradicts a criterion only where its whole interval lies outside."""
    for row in sensitivity.box_rows(points=16, replicates=32):
        assert row.number.low <= row.at_most, row.quantity
        assert row.number.high >= row.at_least, row.quantity

"""What the code makes of the first replicates of every shipped sweep is what it made when the tables were made.

The digests are those of ``python tests/committed.py``; `test_made_again` holds whole folders to them by night.
"""

from __future__ import annotations

import committed
import pytest


@pytest.mark.parametrize("name", committed.SWEEPS)
def test_the_first_replicates_are_those_of_the_tables(name):
    _, days = committed.SWEEPS[name]
    assert committed.digest_rows(committed.make_rows(name), days) == committed.read_rows()[name]


def test_every_shipped_sweep_has_its_first_replicates():
    shipped = {path.parent.name for path in committed.RESULTS.glob("*/points.csv")}
    assert set(committed.SWEEPS) == set(committed.read_rows()) == shipped

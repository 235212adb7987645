"""What the code makes of the first replicates of every shipped sweep is what it made when the tables were made.

The digests are those of ``python tests/committed.py``; `test_made_again` holds whole folders to them by night. Of two
sweeps every replicate of a point is made, so that their tables can be counted again at that point.
"""

from __future__ import annotations

import shutil

import committed
import pandas as pd
import pyarrow.parquet as pq
import pytest
from committed import RESULTS, SWEEPS, manifest_of

from sim.results.analysis.entries import compute_entries, compute_incidence
from sim.results.analysis.odds import count_killed, count_odds
from sim.results.reading.store import Results, format_csv
from sim.sweeps.blocks import Block

WHOLE = ("policy-pairs", "uncertainty")


def test_every_shipped_sweep_has_its_first_replicates():
    shipped = {path.parent.name for path in RESULTS.glob("*/points.csv")}
    assert set(SWEEPS) == set(committed.read_rows()) == shipped


@pytest.mark.parametrize("name", [name for name in SWEEPS if name not in WHOLE])
def test_the_first_replicates_are_those_of_the_tables(name):
    _, days = SWEEPS[name]
    assert committed.digest_rows(committed.make_rows(name), days) == committed.read_rows()[name]


@pytest.mark.parametrize("name", WHOLE)
def test_a_point_made_again_gives_its_rows_of_every_table(name, tmp_path):
    (point, days), count = SWEEPS[name], manifest_of(RESULTS / name)["replicates"]
    rows = committed.make_rows(name, count)
    assert committed.digest_rows(rows, days) == committed.read_rows()[name]
    (tmp_path / "blocks").mkdir()
    for file in ("manifest.json", "points.csv"):
        shutil.copy(RESULTS / name / file, tmp_path)
    pq.write_table(rows, tmp_path / "blocks" / Block(0, point, count).name)
    results = Results.open(tmp_path)
    odds, variance = count_odds(results)
    made = {"odds": odds, "variance": variance, "killed": count_killed(results)}
    made |= {"entries": compute_entries(results), "incidence": compute_incidence(results)}
    for table, frame in made.items():
        shipped = pd.read_csv(RESULTS / name / f"{table}.csv", dtype=str, keep_default_na=False)
        (tmp_path / f"{table}.csv").write_text(format_csv(frame), encoding="utf-8")
        again = pd.read_csv(tmp_path / f"{table}.csv", dtype=str, keep_default_na=False)
        # The spread over policies is that of all points.
        rows_of_point = shipped[shipped["point"] == str(point)].drop(
            columns=["sd_policies", "sd_policies_se"], errors="ignore"
        )
        if "unresolved" in rows_of_point:
            named = rows_of_point["unresolved"].str.removesuffix("policies").str.rstrip(", ")
            rows_of_point = rows_of_point.assign(unresolved=named)
        pd.testing.assert_frame_equal(again[rows_of_point.columns], rows_of_point.reset_index(drop=True), obj=table)

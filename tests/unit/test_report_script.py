"""What the script of the report counts and writes is what Python counts and writes."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.core.intervals import interval
from sim.report.answer import count_histories
from sim.report.sheet import in_percent
from sim.results.analysis.drivers import average_thirds
from sim.sweeps.cluster_errors import estimate_size, find_clusters

SOURCE = Path("sim/report/script/source").absolute()
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")


def run(module: str, code: str, given: Any) -> Any:
    """Return what code makes of something given, with the names of a module of the script."""
    script = f"""
import * as own from "{(SOURCE / module).as_uri()}";
const given = JSON.parse(await new Promise(done => {{
    let text = ""; process.stdin.on("data", part => text += part).on("end", () => done(text)); }}));
console.log(JSON.stringify(({code})(given, own)));
"""
    command = [str(NODE), "--no-warnings", "--input-type=module", "--eval", script]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_shares_are_written_alike():
    shares = [k / n for n in (8, 40, 200, 640, 2000) for k in range(n + 1)]
    found = run("numbers.js", "(shares, { inPercent }) => shares.map(inPercent)", shares)
    assert found == [in_percent(share) for share in shares]


def test_histories_are_counted_in_the_same_words():
    cells = [(k, n, 0.01) for n in (0, 1, 40, 100, 101, 640, 2000) for k in range(n + 1)]
    found = run("numbers.js", "(cells, { countHistories }) => cells.map(cell => countHistories(...cell))", cells)
    assert found == [count_histories(*cell) for cell in cells]


def test_odds_and_intervals_stand_on_the_effective_number_among_all_and_among_some():
    rng = np.random.default_rng(3)
    replicates = np.arange(200)
    starts = find_clusters(replicates)
    clusters = np.repeat(np.arange(len(starts)), np.diff(starts, append=200))
    shared = rng.random(len(starts))[clusters]
    code = """({ rows, holds, clusters }, { countOdds }) =>
        rows.map((some, i) => countOdds(some, row => holds[i][row], clusters))"""
    rows, holds, expected = [], [], []
    for share, kept in ((0.5, 1.0), (0.03, 1.0), (0.0, 1.0), (1.0, 0.4), (0.7, 0.3), (0.4, 0.01)):
        came = (0.8 * shared + 0.2 * rng.random(200)) < share
        some = np.flatnonzero(rng.random(200) < kept)
        holds.append(came.tolist())
        rows.append(some.tolist())
        k, n = int(came[some].sum()), len(some)
        size = float(estimate_size(came[some][:, None], some)[0])
        low, high = interval(size if k == n else k * (size / n), size)
        expected.append((k, n, size, low, high))
    found = run("intervals.js", code, {"rows": rows, "holds": holds, "clusters": clusters.tolist()})
    for told, wanted in zip(found, expected, strict=True):
        assert [told[name] for name in ("k", "n", "size", "low", "high")] == pytest.approx(wanted, rel=1e-12, abs=1e-15)


def test_the_error_between_thirds_is_that_of_the_drivers():
    rng = np.random.default_rng(4)
    clusters = np.repeat(np.arange(60), 3)
    values = rng.random(60)[clusters]
    came = rng.random(180) < 0.2 + 0.6 * values
    low, high, error = average_thirds(came.astype(float), values, clusters)
    edges = np.quantile(values, (1 / 3, 2 / 3), method="inverted_cdf")
    ends = [np.flatnonzero(values <= edges[0]), np.flatnonzero(values > edges[1])]
    assert [came[end].mean() for end in ends] == [low, high]
    code = """({ ends, came, clusters }, { errorOfDifference }) =>
        errorOfDifference(...ends, row => came[row], clusters)"""
    given = {"ends": [end.tolist() for end in ends], "came": came.tolist(), "clusters": clusters.tolist()}
    assert run("intervals.js", code, given) == pytest.approx(error, rel=1e-12)


def test_an_address_tells_a_selection_and_a_hostile_one_nothing():
    index = {
        "questions": [{"id": "Q1", "is_state": False}, {"id": "Q2", "is_state": True}],
        "horizons": [30, 90],
        "horizon_days": 90,
        "points": [{"point": 0}, {"point": 4}],
        "drivers": [{"key": "a.b"}, {"key": "c:d"}],
    }
    code = """({ index, addresses }, { readSelection, writeSelection }) =>
        addresses.map(address => writeSelection(readSelection(address, index), index))"""
    whole = "#question=Q2&days=30&point=4&third=highest%3Ac%3Ad&given=Q1%3A7"
    first = "#question=Q1&days=90&point=0"
    hostile = ["", "#x", "#question=__proto__&days=-1&point=x&third=a.b&given=Q2:30", "#given=Q1:31&third=middle:a.b"]
    assert run("selection.js", code, {"index": index, "addresses": [whole, *hostile]}) == [whole, *[first] * 4]

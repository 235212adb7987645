"""Packed histories tell of every history what the rows tell, in a page and in a file that is read by ranges."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from invented_sweep import invented
from uneven_histories import HORIZONS, REPLICATES
from uneven_sweep import holds

from sim.report.histories_pack import NEVER, NO_THIRD, pack_histories, write_pack
from sim.results.analysis.drivers import average_thirds
from sim.results.reading.store import Results
from sim.scenario.design import Factor
from sim.sweeps.cluster_errors import find_clusters

Reader = Callable[[str], np.ndarray]


def tables_of(results: Results) -> dict[str, pd.DataFrame]:
    return {name: results.table(name) for name in ("odds", "drivers")}


def inline_reader(index: dict[str, Any]) -> Reader:
    return lambda name: decoded(index, name, base64.b64decode(index["chunks"][index["arrays"][name]["chunk"]]))


def file_reader(index: dict[str, Any], path: Path) -> Reader:
    def read(name: str) -> np.ndarray:
        start, end = index["ranges"][index["arrays"][name]["chunk"]]
        return decoded(index, name, path.read_bytes()[start:end])

    return read


def decoded(index: dict[str, Any], name: str, content: bytes) -> np.ndarray:
    values = np.frombuffer(zlib.decompress(content, -zlib.MAX_WBITS), index["arrays"][name]["type"])
    return values.reshape(-1, index["horizon_days" if name.startswith("singles") else "histories"])


@pytest.fixture(scope="module", params=["page", "file"])
def packed(
    request: pytest.FixtureRequest, uneven_levers: tuple[Any, Results], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Any, dict[str, Any], Reader]:
    sweep, results = uneven_levers
    if request.param == "page":
        index = pack_histories(results, tables_of(results))
        assert index is not None
        return sweep, index, inline_reader(index)
    path = tmp_path_factory.mktemp("pack") / "histories.bin"
    index = write_pack(results, tables_of(results), path)
    assert index is not None
    return sweep, index, file_reader(index, path)


def test_every_answer_of_every_history_is_that_of_its_row(packed: tuple[Any, dict[str, Any], Reader]) -> None:
    sweep, index, read = packed
    assert index["histories"] == index["stored"] == REPLICATES
    events = [question["id"] for question in index["questions"] if not question["is_state"]]
    for point in range(len(sweep.rows)):
        finished, days, held = (read(f"{name}.{point}") for name in ("finished", "days", "held"))
        for row in sweep.rows[point]:
            history = row["replicate"]
            assert finished[0, history] == (not row["failed"])
            if not row["failed"]:
                for place, day in enumerate(HORIZONS):
                    assert held[place, history] == holds(row, "Q9", day)
                    for line, question in enumerate(events):
                        assert (days[line, history] <= day) == holds(row, question, day)
            else:
                assert set(days[:, history]) == {NEVER}


def test_histories_that_share_draws_are_a_cluster(packed: tuple[Any, dict[str, Any], Reader]) -> None:
    _, _, read = packed
    starts = np.flatnonzero(np.diff(read("clusters")[0].astype(int), prepend=-1))
    assert starts.tolist() == find_clusters(np.arange(REPLICATES)).tolist()


def test_thirds_are_those_of_the_table_of_drivers(packed: tuple[Any, dict[str, Any], Reader]) -> None:
    sweep, index, read = packed
    for point in (0, 1):
        thirds, rows = read(f"thirds.{point}"), sweep.finished(point)
        at = [row["replicate"] for row in rows]
        for line, driver in enumerate(index["drivers"]):
            if f"input.{driver['key']}" not in rows[0]:
                assert set(thirds[line]) == {NO_THIRD}
                continue
            values = np.array([row[f"input.{driver['key']}"] for row in rows])
            outcomes = np.array([float(holds(row, "Q4", 9)) for row in rows])
            low, high, _ = average_thirds(outcomes, values, np.arange(len(rows)))
            assert outcomes[thirds[line, at] == 0].mean() == low
            assert outcomes[thirds[line, at] == 2].mean() == high


def test_odds_are_those_of_the_table(packed: tuple[Any, dict[str, Any], Reader]) -> None:
    sweep, index, _ = packed
    asked = {question["id"] for question in index["questions"]}
    assert len(index["odds"]) == len(sweep.rows) * len(asked) * len(HORIZONS)
    for point, question, day, n, k, low, high, *_ in index["odds"]:
        rows = sweep.finished(point)
        assert (n, k) == (len(rows), sum(holds(row, question, day) for row in rows))
        assert low <= k / n <= high


def test_single_histories_are_those_near_the_percentiles_of_the_killed(
    packed: tuple[Any, dict[str, Any], Reader],
) -> None:
    sweep, index, read = packed
    assert index["sides"] == {"side_a": "The L", "side_b": "The R"}
    dyads = {"side_a": ("L-R",), "side_b": ("R-L",)}
    for point, told in enumerate(index["points"]):
        rows = {row["replicate"]: row for row in sweep.finished(point)}
        killed = {
            replicate: sum(row[f"killed_{place}_at_{HORIZONS[-1]}"] for place in sweep.places)
            for replicate, row in rows.items()
        }
        days = read(f"singles.{point}").reshape(len(told["singles"]), len(index["strips"]), -1)
        assert {single["near"] for single in told["singles"]} == {5, 50, 95}
        for single, strips in zip(told["singles"], days, strict=True):
            row = rows[single["replicate"]]
            below = np.mean([one < killed[single["replicate"]] for one in killed.values()])
            assert abs(100 * below - single["near"]) < 12
            for (measure, part), values in zip(index["strips"], strips, strict=True):
                for day, value in enumerate(values.tolist(), start=1):
                    acts = [act for act in row["acts"] if act[2] == day]
                    if measure == "acts":
                        assert value == sum(act[3] for act in acts if sweep.dyads[act[0]] in dyads[part])
                    elif measure == "rung":
                        assert value == max((act[1] for act in acts), default=0)
            came = {f"The {party}": row[f"joined_{party}_day"] for party in ("F", "G")}
            assert {name: day for day, name in single["joined"]} == {
                name: day for name, day in came.items() if day < np.inf
            }


def test_histories_that_do_not_fit_are_left_out_in_whole_groups(uneven_levers: tuple[Any, Results]) -> None:
    whole = pack_histories(uneven_levers[1], tables_of(uneven_levers[1]))
    assert whole is not None
    length = sum(map(len, whole["chunks"]))
    index = pack_histories(uneven_levers[1], tables_of(uneven_levers[1]), most_bytes=length - 100)
    assert index is not None
    assert sum(map(len, index["chunks"])) <= length - 100
    assert 0 < index["histories"] < REPLICATES
    assert index["histories"] % 8 == 0
    assert index["stored"] == REPLICATES
    kept = inline_reader(index)("days.2")
    assert (kept == inline_reader(whole)("days.2")[:, : index["histories"]]).all()


def test_draws_that_points_share_are_there_once(tmp_path: Path) -> None:
    levels = Factor("policy.L.climb", (0.0, 1.0), ("0", "1"))
    results = invented(tmp_path / "shared", lambda drawn, at: drawn["party.L.baseline"] * 0.5, factors=(levels,))
    index = pack_histories(results, tables_of(results))
    assert index is not None
    assert index["arrays"]["thirds.0"] == index["arrays"]["thirds.1"]
    assert index["arrays"]["finished.0"] == index["arrays"]["finished.1"]


def test_a_folder_without_blocks_has_no_histories(tmp_path: Path) -> None:
    results = Results.open("results/baseline")
    assert pack_histories(results, {}) is None
    assert write_pack(results, {}, tmp_path / "histories.bin") is None
    assert not list(tmp_path.iterdir())

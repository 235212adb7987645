"""Replicates that did not finish: how many are left is told, and where few are left nothing is compared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ally import LEVERS, write_with_allies
from invented_sweep import DAY, invented
from test_sobol_and_morris import factor

from sim.core.errors import InputError
from sim.report.sensitivity_sheets import sensitivity_notes
from sim.report.table_sheets import levers_notes, pairs_notes
from sim.results.analysis.levers import LEVERS as TABLE
from sim.results.analysis.levers import compute_levers
from sim.results.analysis.odds import ODDS
from sim.results.analysis.pairs import compute_pairs
from sim.results.analysis.sensitivity import compute_sensitivity
from sim.results.analysis.variance_split import estimate_policy_spread
from sim.results.reading.question_outcomes import (
    describe_finished,
    find_finished,
    intersect_finished,
    locate_cells,
    read_outcomes,
)
from sim.results.reading.store import Results
from sim.results.tables import collect_tables
from sim.scenario.design import MORRIS, ONE_AT_A_TIME, SALTELLI, Design, Factor
from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import run_blocks

KEYS = ("party.L.lethality", "party.R.lethality")
LEVER = Factor("lever", (0, 1), ("as it is", "more"))
POLICIES = tuple(Factor(f"policy.{party}", (0, 1), ("mild", "harsh")) for party in "LR")
N = 80


def chance(drawn: Any, levels: Any) -> np.ndarray:
    return np.full(N, 0.4)


def failing(results: Results, which: Callable[[int], range]) -> Results:
    """Say of some replicates of each point that they did not finish."""
    for place, path in enumerate(sorted((results.path / "blocks").glob("*.parquet"))):
        table = pq.read_table(path, partitioning=None)
        failed = np.isin(np.arange(N), list(which(place)))
        table = table.set_column(table.column_names.index("failed"), "failed", pa.array(failed))
        pq.write_table(table, path)
    return Results.open(results.path)


def of_kind(folder: Path, kind: str) -> Results:
    if kind == "levers":
        return invented(folder, chance, factors=(LEVER,), replicates=N)
    if kind == "pairs":
        return invented(folder, chance, factors=POLICIES, replicates=N)
    levels = tuple(Factor(key, (0, 1), ("0", "1")) for key in KEYS)
    factors = levels if kind == ONE_AT_A_TIME else tuple(factor(key, 0.0, 1.0) for key in KEYS)
    return invented(folder, chance, factors=factors, design=Design(kind, 4, 3), replicates=N)


ANALYSES = {"levers": (compute_levers, levers_notes), "pairs": (compute_pairs, pairs_notes)} | dict.fromkeys(
    (SALTELLI, MORRIS, ONE_AT_A_TIME), (compute_sensitivity, sensitivity_notes)
)


@pytest.mark.parametrize("kind", ANALYSES)
def test_few_that_are_missing_are_told_and_many_are_refused(kind: str, tmp_path: Path):
    analysis, notes = ANALYSES[kind]
    whole = of_kind(tmp_path / "a", kind)
    assert "finished at every point" not in " ".join(notes(whole))
    few = failing(whole, lambda place: range(2) if place else range(1, 3))
    assert len(find_finished(few).replicates) == N - 3
    assert "77 of 80 replicates finished at every point" in notes(few)[-1]
    analysis(few)
    many = failing(whole, lambda place: range(5 * place, 5 * place + 5))
    with pytest.raises(InputError, match=r"of 80 replicates finished at every point; .* at least 90 %"):
        analysis(many)


def test_the_other_tables_of_a_sweep_are_written_all_the_same(tmp_path: Path):
    scenario = Scenario.load(write_with_allies(tmp_path, LEVERS, "pulled"))
    whole = Results.open(run_blocks(scenario, tmp_path / "out", replicates=N, seed=3))
    assert TABLE in collect_tables(failing(whole, lambda place: range(3)))
    many = failing(whole, lambda place: range(3 * place, 3 * place + 3))
    with pytest.raises(InputError, match="68 of 80 replicates finished"):
        compute_levers(many)
    tables = collect_tables(many)
    assert TABLE not in tables
    assert set(tables[ODDS]["failed"]) == {3}


def test_the_spread_over_policies_is_not_told_from_what_few_failures_left(tmp_path: Path):
    whole = of_kind(tmp_path / "a", "pairs")
    cells = locate_cells(whole, ["Q1"], [DAY])

    def is_looked_at(results: Results) -> bool:
        outcomes = {i: read_outcomes(results, i, cells) for i in range(4)}
        (deviation,), _, (is_unresolved,) = estimate_policy_spread(results, cells, outcomes)
        return bool(np.isfinite(deviation) or is_unresolved)

    assert is_looked_at(failing(whole, lambda place: range(3)))
    assert not is_looked_at(failing(whole, lambda place: range(3 * place, 3 * place + 3)))


def test_points_that_stopped_earlier_hold_back_no_failures(tmp_path: Path):
    """A sweep that stops points at different sizes has lost nothing."""
    found = intersect_finished([(np.arange(40), 0), (np.arange(80), 0)])
    assert (len(found.replicates), found.run, found.is_enough) == (40, 40, True)
    whole = of_kind(tmp_path / "a", "levers")
    assert describe_finished(whole) == []
    for block in (whole.path / "blocks").iterdir():
        block.unlink()
    assert describe_finished(Results.open(whole.path)) == []

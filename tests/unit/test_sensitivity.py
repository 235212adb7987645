"""Sensitivity of a whole sweep: each design gives its own table, and what lacks one is told in one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from invented_sweep import DAY, invented
from test_indices import factor

from sim.core.errors import InputError
from sim.report.sensitivity_sheets import sensitivity_notes, sensitivity_sheets
from sim.results.analysis.comparison import compare_points
from sim.results.analysis.discovery import discover_boxes
from sim.results.analysis.levers import KILLED_OF_ALL
from sim.results.analysis.regional_sensitivity import compute_regional
from sim.results.analysis.sensitivity import compute_sensitivity, has_sensitivity
from sim.results.reading.store import Results
from sim.scenario.design import LATIN_HYPERCUBE, MORRIS, ONE_AT_A_TIME, SALTELLI, Design, Factor

STRONG, WEAK, IDLE = "party.L.lethality", "party.R.lethality", "party.L.restraint"
FACTORS = tuple(factor(key, 0.0, 1.0) for key in (IDLE, WEAK, STRONG))


def chance(drawn, levels):
    """Return odds that rise by 0.6 with one factor and by 0.3 with another: indices 0.8 and 0.2."""
    base = 0.05 + 0 * next(iter(drawn.values()))
    return base + sum(rise * (levels[key] if levels[key] != "base" else 0.5) for key, rise in RISES.items())


RISES = {STRONG: 0.6, WEAK: 0.3, IDLE: 0.0}


def q1(table, by: str):
    return table[(table["outcome"] == "Q1") & (table["horizon_days"] == DAY)].set_index(by)


@pytest.mark.parametrize("luck", ["paired", "independent"])
def test_indices_of_odds_that_are_known(luck: str, tmp_path: Path):
    results = invented(tmp_path / luck, chance, factors=FACTORS, design=Design(SALTELLI, 64, 3, luck), replicates=160)
    assert has_sensitivity(results)
    table = q1(compute_sensitivity(results), "factor")
    for key, truth in ((STRONG, 0.8), (WEAK, 0.2), (IDLE, 0.0)):
        for kind in ("first", "total"):
            assert abs(table.loc[key, kind] - truth) <= 4 * table.loc[key, f"{kind}_se"] + 1e-9, (key, kind)
            assert table.loc[key, f"{kind}_low"] <= table.loc[key, kind] <= table.loc[key, f"{kind}_high"]
    assert table["rank"].to_dict()[STRONG] == 1
    assert table["spread"].iloc[0] == pytest.approx(np.sqrt((0.36 + 0.09) / 12), rel=0.15)
    assert compute_sensitivity(results)["outcome"].unique().tolist() == ["Q1", KILLED_OF_ALL]
    assert STRONG in sensitivity_sheets(results, compute_sensitivity(results))[0].rows[0][0]
    assert "64 base points" in sensitivity_notes(results)[0]
    assert len(sensitivity_notes(results)) == 1


def test_few_base_points_come_with_a_warning(tmp_path: Path):
    results = invented(tmp_path / "few", chance, factors=FACTORS, design=Design(SALTELLI, 32, 3))
    assert "With fewer than 64 base points these intervals are too narrow" in sensitivity_notes(results)[1]


def test_screening_of_odds_that_are_known(tmp_path: Path):
    results = invented(
        tmp_path / "morris", chance, factors=FACTORS, design=Design(MORRIS, 12, 3), replicates=400
    )  # fmt: skip
    table = q1(compute_sensitivity(results), "factor")
    assert table["mu"].to_dict() == pytest.approx({STRONG: 0.6, WEAK: 0.3, IDLE: 0.0}, abs=0.05)
    assert table.loc[IDLE, "mu_star"] == 0, "shared luck: nothing moves at all"
    assert "12 trajectories" in sensitivity_notes(results)[0]


def test_a_tornado_is_made_of_paired_differences(tmp_path: Path):
    levels = tuple(Factor(key, (0, 1), ("0", "1")) for key in (IDLE, WEAK, STRONG))
    results = invented(tmp_path / "alone", chance, factors=levels, design=Design(ONE_AT_A_TIME), replicates=400)
    table = q1(compute_sensitivity(results), "point")
    assert table["factor"].tolist() == [STRONG] * 2 + [WEAK] * 2 + [IDLE] * 2
    for point, row in table.iterrows():
        theirs = compare_points((results, 0), (results, int(point)), ["Q1"], [DAY]).iloc[0]
        assert row[["n", "base", "with_level", "difference", "se"]].tolist() == pytest.approx(
            theirs[["n", "first", "second", "difference", "se_paired"]].tolist()
        )
    assert table["swing"].iloc[0] == pytest.approx(0.6, abs=0.1)
    assert table["swing"].iloc[-1] == 0
    assert "Interactions are not seen" in sensitivity_notes(results)[0]


def test_what_cannot_be_analysed_says_why(tmp_path: Path):
    latin = invented(tmp_path / "latin", chance, factors=FACTORS, design=Design(LATIN_HYPERCUBE, 4, 3))
    assert not has_sensitivity(latin)
    with pytest.raises(InputError, match='"latin hypercube" is not one of saltelli, morris, one at a time'):
        compute_sensitivity(latin)
    saltelli = invented(tmp_path / "saltelli", chance, factors=FACTORS, design=Design(SALTELLI, 4, 3))
    next(iter((tmp_path / "saltelli" / "blocks").glob("p0007-*"))).unlink()
    with pytest.raises(InputError, match="needs all its points; 19 of 20 are there"):
        compute_sensitivity(Results.open(saltelli.path))
    with pytest.raises(InputError, match=r"must be between 1 and 10 days"):
        compute_sensitivity(saltelli, ["Q1"], [11])


def test_without_blocks_a_table_that_was_never_made_is_missed_in_one_sentence(tmp_path: Path):
    results = invented(tmp_path / "bare", chance, factors=FACTORS, design=Design(SALTELLI, 4, 3))
    for block in (tmp_path / "bare" / "blocks").iterdir():
        block.unlink()
    for analysis in (compute_sensitivity, compute_regional, discover_boxes):
        with pytest.raises(InputError, match="no blocks to make it from; run the sweep again"):
            analysis(Results.open(results.path))

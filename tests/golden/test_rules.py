"""Every committed table keeps the rules that are declared for it, and there is no table without rules."""

from __future__ import annotations

import comparison_rules
import pytest
import sweep_rules
from committed import RESULTS, SWEEPS

from sim.results.tables import load_declarations

RULES = sweep_rules.RULES | comparison_rules.RULES
FOLDERS = {name: sweep_rules.Folder(RESULTS / name) for name in SWEEPS}
NOT_SHIPPED = {"runs", "daily", "points", "sensitivity", "stopping"}
"""Rows, which are not committed; points, which are the scenario's; tables of designs that no shipped sweep has."""


def test_every_declared_table_has_rules():
    assert set(load_declarations()) - NOT_SHIPPED == set(RULES)
    shipped = {path.stem for name in SWEEPS for path in (RESULTS / name).glob("*.csv")}
    assert shipped - {"points"} == set(RULES)


@pytest.mark.parametrize(
    ("name", "table"),
    [(name, path.stem) for name in SWEEPS for path in sorted((RESULTS / name).glob("*.csv")) if path.stem != "points"],
)
def test_a_table_of_a_sweep_keeps_its_rules(name, table):
    folder = FOLDERS[name]
    frame = folder.tables[table]
    assert frame.empty is False
    if "scenario" in frame:
        assert (frame["scenario"] == name).all()
    if "label" in frame:
        labels = folder.tables["points"].set_index("point")["label"]
        assert list(frame["label"]) == list(labels.reindex(frame["point"]))
    for rule in RULES[table]:
        rule(folder, frame)

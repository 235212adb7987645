"""Every committed table keeps the rules that are declared for it, and there is no table without rules."""

from __future__ import annotations

from fnmatch import fnmatch

import committed
import comparison_rules
import hindcast_rules
import measured_rules
import other_rules
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


TABLES = [
    (name, path.stem) for name in SWEEPS for path in sorted((RESULTS / name).glob("*.csv")) if path.stem != "points"
]
OTHERS = {
    path.relative_to(RESULTS).with_suffix("").as_posix(): path
    for path in sorted(RESULTS.rglob("*.csv"))
    if path.parent.name not in SWEEPS and not committed.LOCAL & set(path.parts)
}
MADE_AGAIN = {f"fit-lebanon-2023/{name}" for name in ("checks", "derived", "evidence", "policies", "summary")}
"""Tables that `test_fit_folder` makes again, to the last digit."""


@pytest.mark.parametrize(("name", "table"), TABLES)
def test_a_table_of_a_sweep_keeps_its_rules(name, table):
    folder = FOLDERS[name]
    frame = folder.tables[table]
    assert not frame.empty
    if "scenario" in frame:
        assert (frame["scenario"] == name).all()
    if "label" in frame:
        labels = folder.tables["points"].set_index("point")["label"]
        assert list(frame["label"]) == list(labels.reindex(frame["point"]))
    for rule in RULES[table]:
        rule(folder, frame)


@pytest.mark.parametrize("place", [place for place in OTHERS if place not in MADE_AGAIN])
def test_another_table_keeps_its_rules(place):
    declared = other_rules.RULES | measured_rules.RULES | hindcast_rules.RULES
    (rules,) = (rules for pattern, rules in declared.items() if fnmatch(place, pattern))
    for rule in rules:
        rule(OTHERS[place], other_rules.read(OTHERS[place]))


@pytest.mark.parametrize("path", sorted((RESULTS / "benchmarks").glob("*.json")), ids=lambda path: path.stem)
def test_a_benchmark_keeps_its_rules(path):
    measured_rules.MEASURED[path.stem](path)

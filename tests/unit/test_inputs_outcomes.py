"""What was drawn beside what came of it: each point by the laws of its own."""

from __future__ import annotations

from pathlib import Path

from tiny import BASE, write_scenario

from sim.results.analysis.inputs_outcomes import read_histories
from sim.results.reading.question_outcomes import locate_cells
from sim.results.reading.store import Results
from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import run_blocks

LEVELS = """
[parameters.dyad.L-R]
delay_days = { law = "uniform", low = 0.5, high = 1.5, source = "invented" }

[[factor]]
name = "lever"

[[factor.levels]]
label = "alike"

[factor.levels.set]
"dyad.R-L.delay_days" = { law = "same_as", key = "dyad.L-R.delay_days", factor = 3, source = "invented" }

[[factor.levels]]
label = "apart"

[factor.levels.set]
"dyad.R-L.delay_days" = { law = "uniform", low = 1.0, high = 2.0, source = "invented" }

[[factor.levels]]
label = "the other way round"

[factor.levels.set]
"dyad.R-L.delay_days" = { law = "uniform", low = 1.0, high = 2.0, source = "invented" }
"dyad.L-R.delay_days" = { law = "same_as", key = "dyad.R-L.delay_days", factor = 2, source = "invented" }
"""
ONE, OTHER = "dyad.L-R.delay_days", "dyad.R-L.delay_days"


def test_what_repeats_another_parameter_at_one_point_is_read_at_those_where_it_does_not(tmp_path: Path):
    scenario = Scenario.load(write_scenario(tmp_path, BASE + LEVELS))
    results = Results.open(run_blocks(scenario, tmp_path / "out", replicates=16, seed=3, block_size=16))
    cells = locate_cells(results, ["Q1"], [8])
    histories = list(read_histories(results, cells))
    assert [one.point for one in histories] == [0, 1, 2]
    assert [sorted({*one.inputs} & {ONE, OTHER}) for one in histories] == [[ONE], [ONE, OTHER], [OTHER]]
    assert [sorted({*one.inputs} & {ONE, OTHER}) for one in read_histories(results, cells, once=True)] == [
        [ONE],
        [OTHER],
        [],
    ]
    first, second, _ = histories
    assert first.inputs[ONE].tolist() == second.inputs[ONE].tolist()
    assert [list(one.inputs) for one in read_histories(results, cells, [OTHER])] == [[], [OTHER], [OTHER]]

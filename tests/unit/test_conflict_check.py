"""A conflict made by hand is refused in the words in which a scenario file is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny import BASE, write_scenario
from worlds import docking_parameters, flat_ladder, two_parties

from sim.core.errors import InputError
from sim.engine.configuration import Timeline
from sim.engine.model import Conflict
from sim.policies import Disproportionate, TitForTat
from sim.scenario.scenario import Scenario

GIVEN: dict[str, Any] = {
    "theatre": two_parties(flat_ladder()),
    "parameters": docking_parameters(),
    "policies": {"L": TitForTat(), "I": TitForTat()},
    "timeline": Timeline(2, horizons=()),
    "replicates": 3,
    "seed": 1,
}
RULES, PARAMETERS, TIMELINE = GIVEN["policies"], GIVEN["parameters"], GIVEN["timeline"]
PARTIES = PARAMETERS.parties


def refusal(work: Callable[[], object]) -> list[str]:
    with pytest.raises(InputError) as caught:
        work()
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"policies": {"L": TitForTat()}}, ["policy.I: is missing: every party that can act needs a policy"]),
        (
            {"policies": {"L": TitForTat(), "I": TitForTat(), "L-J": TitForTat()}},
            ['policy.L-J: unknown party or dyad; did you mean "L-I"?'],
        ),
        (
            {"policies": RULES | {"L": lambda view, draw: None}},
            ["policy.L: must be a Policy, not the function <lambda>"],
        ),
        (
            {"policies": RULES | {"L": TitForTat}},
            ["policy.L: must be a Policy, not the class TitForTat; write TitForTat()"],
        ),
        ({"policies": None}, ["policies: must be a Mapping, not None"]),
        (
            {"policies": RULES | {"L": Disproportionate(climb=np.zeros(4))}},
            ["policy.L.climb: has shape (4,); it must be one number or (3,)"],
        ),
        ({"seed": -1}, ["seed: -1 is out of bounds; it must be between 0 and 18,446,744,073,709,551,615"]),
        ({"seed": 1.5}, ["seed: must be a whole number, not 1.5"]),
        ({"replicates": 0, "seed": "1"}, ["seed: must be a whole number, not '1'", "replicates: 0 is out of bounds"]),
        ({"replicates": np.array([])}, ["replicates: must be a whole number, or indices of replicates from 0 on"]),
        ({"replicates": np.zeros(0, dtype=int)}, ["replicates: must hold at least one replicate"]),
        ({"replicates": np.array([-1])}, ["replicates: must be a whole number, or indices of replicates from 0 on"]),
        ({"timeline": 30}, ["timeline: must be a Timeline, not 30"]),
        (
            {"timeline": replace(TIMELINE, horizon_days=0)},
            ["horizon_days: 0 is out of bounds; it must be between 1 and 3650"],
        ),
        (
            {"timeline": replace(TIMELINE, step_days=0.3)},
            ["step_days: 0.3 does not divide a day; it must be 1, 0.5, 0.25"],
        ),
        (
            {"timeline": replace(TIMELINE, step_days=0)},
            ["step_days: 0 is out of bounds; it must be between 0.125 and 1"],
        ),
        (
            {"timeline": replace(TIMELINE, horizons=(2, 1))},
            ["horizons: must be rising whole numbers of days between 1"],
        ),
        ({"timeline": replace(TIMELINE, horizons=(3,))}, ["horizons: 3 is beyond horizon_days = 2"]),
        (
            {"parameters": replace(PARAMETERS, parties={"L": PARTIES["L"]})},
            ["party.I: is missing: it needs parameters"],
        ),
        (
            {"parameters": replace(PARAMETERS, parties=PARTIES | {"LL": PARTIES["L"]})},
            ['party.LL: unknown party; did you mean "L"?'],
        ),
        (
            {"parameters": replace(PARAMETERS, parties=PARTIES | {"L": replace(PARTIES["L"], baseline=-1.0)})},
            ["party.L.baseline: -1.0 is out of bounds; baseline must be between 0 and 1000 [acts/day]"],
        ),
        ({"parameters": replace(PARAMETERS, world=3)}, ["world: must be a WorldParameters, not 3"]),
    ],
)
def test_what_no_conflict_can_be_made_of_is_refused_at_once(changed: dict[str, Any], words: list[str]):
    lines = refusal(lambda: Conflict(**GIVEN | changed))
    assert len(lines) == len(words)
    for line, expected in zip(lines, words, strict=True):
        assert line.startswith(f"Conflict: {expected}"), line


@pytest.mark.parametrize("replicates", [3, np.int64(3), np.array([5, 2, 9]), [5, 2, 9]])
def test_what_is_right_is_made(replicates: Any):
    assert Conflict(**GIVEN | {"replicates": replicates}).n_replicates == 3


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("[policy.R]", {"policies": {"L": TitForTat()}}),
        ("[policy.RR]", {"policies": {"L": TitForTat(), "R": TitForTat(), "RR": TitForTat()}}),
        ("step_days = 0.3", {"timeline": Timeline(2, 0.3, horizons=())}),
        ("horizons = [3, 1]", {"timeline": Timeline(3, horizons=(3, 1))}),
        ("horizon_days = 0", {"timeline": Timeline(0, horizons=())}),
    ],
)
def test_both_doors_say_the_same(text: str, changed: dict[str, Any], tmp_path: Path):
    """Only the place in front of the sentence differs: a file, or `Conflict`; in a file the time stands in a table."""
    scenario = Scenario.load(write_scenario(tmp_path))
    made = scenario.ensemble(scenario.points()[0], 2, seed=1).conflict
    given = {
        "theatre": made.theatre,
        "parameters": made.parameters,
        "timeline": made.timeline,
        "replicates": 2,
        "seed": 1,
    }
    by_hand = refusal(lambda: Conflict(**{"policies": {"L": TitForTat(), "R": TitForTat()}, **given, **changed}))
    broken = {
        "[policy.R]": lambda base: base.split("[policy.R]")[0],
        "[policy.RR]": lambda base: f'{base}\n[policy.RR]\nrule = "tit_for_tat"\n',
    }
    key = text.split(" ", maxsplit=1)[0]
    lines = [line for line in BASE.splitlines() if not line.startswith(f"{key} ")]
    changed_run = "\n".join(lines).replace("[run]", f"[run]\n{text}")
    bad = write_scenario(tmp_path, broken.get(text, lambda base: changed_run)(BASE), "bad")
    by_file = [line.removeprefix(f"{bad}: ").removeprefix("run.") for line in refusal(lambda: Scenario.load(bad))]
    assert set(by_file) & {line.removeprefix("Conflict: ") for line in by_hand}, (by_file, by_hand)

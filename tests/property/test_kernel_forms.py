"""The kernel has one meaning: compiled or not, for any processor, lane by lane or step by step, in buffers of any size.

All is compared bit for bit: columns, daily rows, and every state at the end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import told_kernel
from forms import forms
from told_kernel import differing, states_of, told_elsewhere, with_an_array_policy
from worlds import Setting, assert_same, far_setting, four_party_setting, lanes_of, record_of, stirred_setting

from sim.core.compilation import IS_COMPILED
from sim.engine.kernel import histories
from sim.engine.kernel.step import FREE_ACTS
from sim.engine.model import Conflict
from sim.policies.base import Policy
from sim.policies.registry import SHIPPED as RULES

BASELINE = "lebanon-2023/baseline.toml"
SHIPPED = sorted(
    path.relative_to(told_kernel.ROOT / "scenarios").as_posix()
    for path in (told_kernel.ROOT / "scenarios").rglob("*.toml")
    if path.name not in ("theatre.toml", "evidence.toml", "hindcast.toml")
)


@cache
def here(name: str) -> told_kernel.Told:
    return told_kernel.told(name)


@pytest.mark.slow
@pytest.mark.skipif(not IS_COMPILED, reason="nothing is compiled in this process")
@pytest.mark.parametrize(
    "name", forms(["stirred", "far", "outside", f"{BASELINE}@3x4"], [f"{one}@3x60" for one in SHIPPED])
)
def test_the_uncompiled_kernel_gives_the_same_bits_and_every_place_it_reads_is_there(name: str, tmp_path: Path):
    elsewhere = told_elsewhere(name, tmp_path, "checked", SIM_KERNEL="python")
    assert here(name)["rows acts"].sum() > 50
    assert not differing(here(name), elsewhere)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["stirred"])
def test_another_processor_gives_the_same_bits(name: str, tmp_path: Path):
    """The generic processor knows neither the wide registers of this one nor its fused products."""
    variables = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": str(tmp_path / "compiled")}
    assert not differing(here(name), told_elsewhere(name, tmp_path, **variables))


# --- Run and step


def stepped(conflict: Conflict) -> Conflict:
    for _ in range(conflict.timeline.horizon_days * conflict.timeline.steps_per_day):
        conflict.step()
    return conflict


REPLICATES = np.arange(500, 520)
SETTINGS = {
    "stirred": lambda: stirred_setting(REPLICATES),
    "far": lambda: far_setting(REPLICATES, 12),
    "outside": lambda: with_an_array_policy(four_party_setting(REPLICATES, 8)),
    # Seventy steps are no multiple of the steps that a history takes at once, nor are these one of those of a day.
    "tenths": lambda: four_party_setting(REPLICATES, 7, step_days=0.1),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_run_is_its_steps_to_the_last_bit(name: str):
    setting = SETTINGS[name]()
    run, steps = setting.conflict(REPLICATES).run(), stepped(setting.conflict(REPLICATES))
    assert_same(record_of(run), record_of(steps))
    assert not differing(states_of(run), states_of(steps))


def test_a_run_goes_on_from_where_steps_left_it():
    setting = SETTINGS["stirred"]()
    begun = setting.conflict(REPLICATES)
    for _ in range(5):
        begun.step()
    whole = setting.conflict(REPLICATES).run()
    assert not differing(states_of(begun.run()), states_of(whole))
    assert_same(record_of(begun), record_of(whole))


def four_with(policy: Policy) -> Setting:
    setting = four_party_setting(np.arange(257), 6)
    return replace(setting, policies=dict.fromkeys(setting.policies, policy))


def in_arrays_too(owner: type[Policy]) -> Policy:
    """Return a rule asked in arrays: the kernel asks no rule that has a way of its own to respond."""

    def respond(self, view, draw):
        return owner.respond(self, view, draw)

    return dataclass(frozen=True)(type(f"{owner.__name__}InArraysToo", (owner,), {"respond": respond}))()


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_that_is_asked_from_outside_in_arrays_changes_no_bit(rule: str):
    asked = RULES[rule](), in_arrays_too(RULES[rule])
    inside, outside = (four_with(policy).conflict(np.arange(257)) for policy in asked)
    assert not inside._outside.has_any
    assert outside._outside.rows
    assert_same(record_of(inside.run()), record_of(outside.run()))


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_policy_outside_touches_no_neighbour(size: int):
    whole = record_of(with_an_array_policy(four_party_setting(np.arange(257), 6)).conflict(np.arange(257)).run())
    order = np.random.default_rng(size).permutation(257)
    shuffled = with_an_array_policy(four_party_setting(order, 6)).conflict(order).run()
    assert_same(record_of(shuffled), lanes_of(whole, order))
    for chosen in (order[:size], np.arange(size)):
        part = with_an_array_policy(four_party_setting(chosen, 6)).conflict(chosen).run()
        assert_same(record_of(part), lanes_of(whole, chosen))


# --- Buffers


def least_rows(conflict: Conflict) -> int:
    return len(conflict.theatre.dyads) * (conflict.theatre.ladder.top + 1)


@pytest.mark.parametrize("name", ["stirred", "outside", "tenths"])
@pytest.mark.parametrize(("more_rows", "halves", "more_acts"), [(0, 1, 0), (1, 3, 1), (40, 14, 29), (0, 128, 500)])
def test_buffers_of_any_size_give_the_same_bits(monkeypatch, name, more_rows, halves, more_acts):
    setting = SETTINGS[name]()
    roomy = setting.conflict(REPLICATES).run()
    rows = least_rows(roomy) + more_rows
    for buffer, size in {"_ROWS": rows, "_HALVES": halves, "_ACTS": FREE_ACTS + more_acts}.items():
        monkeypatch.setattr(histories, buffer, size)
    for go in (Conflict.run, stepped):
        tight = go(setting.conflict(REPLICATES))
        assert len(tight.histories._rows) == rows
        assert_same(record_of(tight), record_of(roomy))
        assert not differing(states_of(tight), states_of(roomy))


def test_the_acts_of_a_step_are_all_told_however_often_the_buffer_is_emptied(monkeypatch):
    setting = SETTINGS["stirred"]()
    roomy = setting.conflict(REPLICATES)
    monkeypatch.setattr(histories, "_ACTS", FREE_ACTS + 3)
    tight = setting.conflict(REPLICATES)
    number = 0
    for _ in range(8):
        roomy.step()
        tight.step()
        assert np.all(np.diff(tight.latest["lane"]) >= 0)
        for name in tight.latest.dtype.names:
            if name != "padding":
                assert np.array_equal(tight.latest[name], roomy.latest[name]), name
        number += len(tight.latest)
    assert number > 20 * len(REPLICATES)

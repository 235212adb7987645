"""A replicate's history depends on its index alone: bit for bit, in any company, with every mechanism on."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import (
    assert_same,
    docking_world,
    four_party_parameters,
    four_party_world,
    lanes_of,
    record_of,
    stirred_setting,
)

from sim.engine.configuration import Parameters
from sim.engine.model import Conflict
from sim.engine.theatre import DyadParameters

SIZE = 257
DAYS, STEP_DAYS = 18, 0.5


def world(replicates: Any, days: int = DAYS, **changes: Any) -> Conflict:
    return four_party_world(replicates, days=days, step_days=STEP_DAYS, **changes)


@cache
def whole() -> dict[str, np.ndarray]:
    """Return the record of 257 replicates."""
    return record_of(world(SIZE).run())


def of(replicates: Any) -> dict[str, np.ndarray]:
    return record_of(world(np.asarray(replicates)).run())


def test_the_world_is_eventful():
    """The properties below say nothing of a mechanism that never acts."""
    record = whole()
    assert {0, 1, 3} <= set(np.unique(record["phase"]))
    assert set(np.unique(record["column state_at_18"])) == {0, 1, 2}
    assert 0.03 < np.isfinite(record["column ground_day"]).mean() < 0.9
    assert np.ptp(record["column campaign_began_by"]) >= 2
    for name in ("launches GRP-HOS", "civilians STA-HOS", "acts FAC-GRP", "killed FAC-STA"):
        assert record[f"daily {name}"].sum() > 0
    assert (record["capability of HOS"] < 1).any()


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_a_prefix_equals_the_same_replicates_of_the_whole(size):
    assert_same(of(range(size)), lanes_of(whole(), slice(0, size)))


@pytest.mark.parametrize(("first", "last"), [(1, 2), (100, 157), (200, 257)])
def test_a_shard_equals_the_same_replicates_of_the_whole(first, last):
    assert_same(of(range(first, last)), lanes_of(whole(), slice(first, last)))


@settings(max_examples=6)
@given(st.integers(0, SIZE - 1))
def test_a_replicate_alone_equals_itself_in_the_whole(index):
    assert_same(of([index]), lanes_of(whole(), [index]))


def test_a_replicate_alone_passes_through_every_phase_as_among_others():
    """In a stirred world campaigns, ceasefires, entries and truces begin and end within days."""
    replicates = np.arange(500, 508)
    among = record_of(stirred_setting(replicates).conflict(replicates).run())
    for lane, replicate in enumerate(replicates):
        alone = np.array([replicate])
        assert_same(record_of(stirred_setting(alone).conflict(alone).run()), lanes_of(among, [lane]))


@settings(max_examples=4)
@given(st.lists(st.integers(0, SIZE - 1), min_size=2, max_size=60, unique=True))
def test_any_order_and_choice_of_replicates(indices):
    assert_same(of(indices), lanes_of(whole(), indices))


def test_a_replicate_listed_twice_is_twice_the_same():
    record = of([5, 9, 5])
    assert_same(lanes_of(record, [0]), lanes_of(record, [2]))


def test_two_halves_make_the_whole():
    halves = [of(range(0, 128)), of(range(128, SIZE))]
    joined = {name: np.concatenate([half[name] for half in halves], axis=-1) for name in halves[0]}
    assert_same(joined, whole())


def without_bystander(record: dict[str, np.ndarray], moved: bool) -> dict[str, np.ndarray]:
    kept = {name: values for name, values in record.items() if "BYS" not in name and "elsewhere" not in name}
    began_by = kept["column campaign_began_by"]
    if moved:
        kept["column campaign_began_by"] = np.where(began_by >= 0, began_by - 1, began_by)
    return kept


@pytest.mark.parametrize("place", ["first", "last", "with a dyad"])
def test_an_inert_party_changes_nobody(place):
    record = without_bystander(record_of(world(64, inert=place).run()), moved=place != "last")
    assert_same(record, lanes_of(whole(), slice(0, 64)))


def test_a_longer_run_begins_as_a_shorter_one():
    longer = record_of(world(32, days=DAYS + 4).run())
    for name, values in lanes_of(whole(), slice(0, 32)).items():
        if name.startswith("daily"):
            assert np.array_equal(longer[name][:DAYS], values), name


# --- Switching a mechanism off that never acts changes nothing.

QUIET = {
    "mediation that restrains nobody": ("restraint", 0.0, {"shocks": ()}),
    "noise of size zero": ("harm_noise", 0.0, {}),
    "misperception of chance zero": ("misperception", 0.0, {}),
    "clear sight": ("detection", 1.0, {}),
    "equal reactions": ("overdispersion", 0.0, {}),
    "flat productivity": ("productivity", 0.0, {}),
}


def changed(value: Any, **changes: float) -> Any:
    """Return parties with some of their parameters changed."""
    return {name: replace(party, **changes) for name, party in value.items()}


@pytest.mark.parametrize("switch", sorted(QUIET))
def test_a_mechanism_that_never_acts_may_be_on_or_off(switch):
    """One party on another planet has the mechanism on, which turns its code on for all."""
    name, neutral, timeline = QUIET[switch]
    active = {"restraint": 1.0, "harm_noise": 0.5, "misperception": 0.3, "detection": 0.5, "overdispersion": 1.0}
    base = four_party_parameters(np.arange(24))
    off = replace(base, parties=changed(base.parties, **{name: neutral}))
    on = replace(off, parties={**off.parties, "BYS": replace(off.parties["BYS"], **{name: active.get(name, 0.3)})})
    records = [
        record_of(world(24, days=12, inert="last", parameters=parameters, **timeline).run()) for parameters in (off, on)
    ]
    assert_same(*records)


def test_alarms_and_spill_of_rate_zero_are_none():
    base = four_party_parameters(np.arange(24))
    off = {name: replace(dyad, false_alarms=0.0, spill=0.0) for name, dyad in base.dyads.items()}
    zeros = {name: replace(dyad, false_alarms=np.zeros(24), spill=np.zeros(24)) for name, dyad in off.items()}
    elsewhere = {**off, "BYS-STA": DyadParameters(spill=1.0)}
    records = [
        record_of(world(24, days=12, inert="with a dyad", parameters=replace(base, dyads=dyads)).run())
        for dyads in (off, zeros, elsewhere)
    ]
    assert_same(records[0], records[1])
    assert_same(records[0], records[2])


def by_replicate(value: Any, size: int) -> Any:
    """Return parameters with every number written out for each replicate."""
    if isinstance(value, dict):
        return {name: by_replicate(inner, size) for name, inner in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: by_replicate(getattr(value, field.name), size) for field in fields(value)})
    return np.full(size, value) if isinstance(value, float | int) else value


def test_one_number_for_all_equals_the_same_number_for_each():
    base: Parameters = four_party_parameters(np.arange(40))
    records = [
        record_of(world(40, days=12, parameters=parameters).run()) for parameters in (base, by_replicate(base, 40))
    ]
    assert_same(*records)


@settings(max_examples=5)
@given(st.integers(0, 2**31), st.sampled_from([1, 2, 3, 257]))
def test_docking_worlds_of_any_size_agree(seed, size):
    reference = record_of(docking_world(replicates=SIZE, days=3, seed=seed).run())
    part = record_of(docking_world(replicates=size, days=3, seed=seed).run())
    assert_same(part, lanes_of(reference, slice(0, size)))

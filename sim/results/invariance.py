"""Sameness, for `sim verify`: a history hangs on its seed and index alone, in any company, cut or order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from typing import Any, Final

import numpy as np

from sim.core.arrays import Integers
from sim.engine.daily_totals import COUNTED
from sim.engine.model import Conflict
from sim.engine.rolling_windows import Groups
from sim.engine.theatre import Theatre
from sim.results.known_answers import ALIKE, KnownFigure, mean_figure
from sim.scenario.scenario import Scenario
from sim.sweeps.self_test import KNOWN, run_self_test

_WHOLE: Final = "lebanon-2023/baseline"
_SIZE, _DAYS = 257, 90
_STIRRED: Final = {".campaign_hazard": 0.005, ".hazard": 0.003, ".ground_hazard": 0.2, ".ceasefire_hazard": 0.1}
"""Hazards that make a season as eventful as years, by the ends of their key paths."""


def _world(name: str, lanes: Integers, seed: int) -> Conflict:
    scenario = Scenario.load(name)
    point = scenario.points()[0]
    # What is 0 for sure stands for a party that never decides.
    may = [setting.key for setting in scenario.settings(point) if setting.law.is_uncertain]
    changed = {key: value for key in may for end, value in _STIRRED.items() if key.endswith(end)}
    return scenario.ensemble(point, lanes, seed, horizon_days=_DAYS, changed=changed).conflict


def _record(world: Conflict) -> dict[str, Any]:
    """Return all that a run says by name, the replicate last: outcomes, counts by dyad and day."""
    dyads = world.run().theatre.dyads
    record: dict[str, Any] = dict(world.columns())
    for name in COUNTED:
        by_dyad = world.totals.by_day(name, Groups(world.theatre).dyads, len(dyads))
        record |= {f"{name} {dyad.id}": by_dyad[row] for row, dyad in enumerate(dyads)}
    world.release()
    return record


@cache
def _whole(seed: int) -> dict[str, Any]:
    return _record(_world(_WHOLE, np.arange(_SIZE), seed))


def _same(name: str, record: dict[str, Any], seed: int, lanes: Any) -> KnownFigure:
    """Return how many numbers of a record are not those of some lanes of the whole."""
    whole = _whole(seed)
    different = sum(int(np.sum(values != whole[key][..., lanes])) for key, values in record.items())
    return KnownFigure(f"numbers that differ, {name}", 0.0, float(different))


def check_replicates(seed: int) -> Iterator[KnownFigure]:
    """Compare histories alone, permuted and in shards, to the bit."""
    every = np.arange(_SIZE)
    cuts = {f"{size} alone": every[:size] for size in (1, 2, 3, _SIZE)} | {"permuted": np.roll(every[::-1], 100)}
    for name, lanes in (cuts | {"first shard": every[:100], "second shard": every[100:]}).items():
        yield _same(name, _record(_world(_WHOLE, lanes, seed)), seed, lanes)


def check_labels(seed: int) -> Iterator[KnownFigure]:
    """Change order and names of parties, which mean nothing."""
    world = _world(_WHOLE, np.arange(64), seed)
    own, policies = world.theatre, {dyad.sender: world.policies[dyad.id] for dyad in world.theatre.dyads}
    around = own.ladder, own.front, own.joiners, own.alliances, own.region
    given = Theatre(own.name, own.parties[::-1], own.dyads[::-1], *around), world.parameters, policies | world.policies
    record = _record(Conflict(*given, world.timeline, replicates=64, seed=seed))
    world.release()
    by_place = {"campaign_began_by", "first_to_join"}
    yield _same("reordered", {name: record[name] for name in record.keys() - by_place}, seed, slice(64))
    record = _record(_world(ALIKE, np.arange(2000), seed))
    for name in ("acts", "killed"):
        one, other = (sums.sum(axis=0, dtype=float) for key, sums in record.items() if key.startswith(f"{name} "))
        yield mean_figure(f"{name} of one of two like parties over the other's", one - other, 0.0)


def check_bounds(seed: int) -> Iterator[KnownFigure]:
    """Look for what no history may break."""
    record = _whole(seed)
    killed = {key.split()[1]: dead for key, dead in record.items() if key.startswith("killed ")}
    states = [record[key] for key in record if key.startswith("state_at_")]
    broken: dict[str, list[Any]] = {
        "days with fewer killed than civilians": [dead < record[f"civilians {dyad}"] for dyad, dead in killed.items()],
        "regional wars without a war": [np.minimum(record["war_day"], record["campaign_day"]) > record["regional_day"]],
        "general wars without a regional one": [record["regional_day"] > record["general_day"]],
        "wars gone at a later horizon": [(late < early) & (early > 1) for early, late in pairwise(states)],
    }
    yield from (KnownFigure(name, 0.0, float(np.sum(which))) for name, which in broken.items())


def check_self_test(_: int) -> Iterator[KnownFigure]:
    """Run the first histories of a shipped scenario."""
    found = (run_self_test().facts or {}).get("found", {})
    yield from (
        KnownFigure(f"{name} of 200 histories", known, found.get(name, np.nan)) for name, known in KNOWN.items()
    )


CHECKS: Final[tuple[Callable[[int], Iterator[KnownFigure]], ...]] = (
    *(check_replicates, check_labels, check_bounds, check_self_test),
)

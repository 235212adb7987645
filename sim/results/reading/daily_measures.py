"""What happened day by day in each history, summed from the lists of its block: acts, highest rung, killed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
from scipy.stats import binom

from sim.core.arrays import Floats, Integers
from sim.core.compilation import compiled
from sim.core.random_streams import Streams
from sim.results.reading.store import Results
from sim.sweeps.blocks import DAILY

ACTS: Final = "acts"
RUNG: Final = "rung"
KILLED_TO_DATE: Final = "killed"
CIVILIANS_TO_DATE: Final = "civilians"
ALL: Final = "all"  # of the whole theatre
FRONT: Final = "front"  # of acts between the two sides of the front
SIDES: Final = ("side_a", "side_b")  # of acts of a side on the other
_LISTS: Final = ("dyad", "rung", "day", "acts", "killed", "civilians")
_AT_ONCE: Final = 500  # histories that are summed together, so that they fit into little memory

Measured = dict[tuple[str, str], Integers]  # by measure and part, shape (n_replicates, n_days)


def read_blocks(results: Results, point: int, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """Yield the rows of a point block by block, in the order of replicates, none beyond those of the manifest."""
    wanted = results.manifest["replicates"]
    for block in (candidate for candidate in results.blocks if candidate.point == point):
        names = None if columns is None else list(dict.fromkeys(["replicate", *columns]))
        table = results.read_block(block, names).replace_schema_metadata(None)
        if block.start + block.count > wanted:
            table = table.filter(pc.less(table["replicate"], wanted))
        yield table


def list_measures(results: Results) -> list[tuple[str, str]]:
    """Return measure and part of all that `measure_days` gives: places are those of the parties on the front."""
    places, _, _ = _read_front(results)
    return [
        *((ACTS, part) for part in (ALL, *SIDES)),
        *((RUNG, part) for part in (ALL, FRONT)),
        *((kind, part) for kind in (KILLED_TO_DATE, CIVILIANS_TO_DATE) for part in (ALL, *places)),
    ]


def measure_days(
    results: Results, point: int, only: Sequence[int] | None = None
) -> Iterator[tuple[Integers, Measured]]:
    """Yield replicates that finished, some hundred at a time, and what happened in them on each day.

    All of them or `only` some. Of rungs the highest, of killed all that were from the start to the end of the day.
    """
    names = [f"{DAILY}{name}" for name in _LISTS]
    for block in read_blocks(results, point, ["failed", *names]):
        stays = pc.invert(block["failed"])
        if only is not None:
            stays = pc.and_(stays, pc.is_in(block["replicate"], pa.array(only, block["replicate"].type)))
        whole = block if pc.all(stays).as_py() else block.filter(stays)
        for start in range(0, len(whole), _AT_ONCE):
            some = whole.slice(start, _AT_ONCE).combine_chunks()
            yield some["replicate"].to_numpy(), _measure(results, some)


def thin_counts(
    counts: Integers, share: float | Floats, seed: int, replicates: Integers, owner: str, decision: str
) -> Integers:
    """Return how many of some counts by step are noted, each with a share, whatever other replicates there are."""
    streams = Streams(seed, replicates)
    luck = np.stack([streams.uniform(owner, decision, step) for step in range(counts.shape[1])], axis=1)
    return np.asarray(binom.ppf(luck, counts, np.reshape(share, (-1, 1))), dtype=np.int64)


def _measure(results: Results, some: pa.Table) -> Measured:
    places, side, place = _read_front(results)
    lists = [some[f"{DAILY}{name}"].combine_chunks() for name in _LISTS]
    ends = pc.list_value_length(lists[0]).to_numpy().cumsum()
    keys = list_measures(results)
    sums = np.zeros((len(keys), len(some), int(results.manifest["horizon_days"])), dtype=np.int64)
    _sum_lists(ends, tuple(values.flatten().to_numpy() for values in lists), side, place, len(places), sums)
    first = keys.index((KILLED_TO_DATE, ALL))
    np.cumsum(sums[first:], axis=2, out=sums[first:])
    return dict(zip(keys, sums, strict=True))


def _read_front(results: Results) -> tuple[list[str], Integers, Integers]:
    """Return the places of the front, and of each dyad its side on the front and the place hit, -1 for another."""
    front = results.manifest["resolved"]["theatre"]["front"]
    sides = [front[side] for side in SIDES]
    located = {party["id"]: party["location"] for party in results.manifest["parties"]}
    places = list(dict.fromkeys(located[party] for side in sides for party in side))
    dyads = [dyad.split("-") for dyad in results.manifest["dyads"]]
    side = [next((i for i in (0, 1) if sender in sides[i] and target in sides[1 - i]), -1) for sender, target in dyads]
    place = [places.index(located[target]) if located[target] in places else -1 for _, target in dyads]
    return places, np.array(side), np.array(place)


@compiled
def _sum_lists(
    ends: Integers, lists: tuple[Integers, ...], side: Integers, place: Integers, n_places: int, sums: Integers
) -> None:
    """Add up the lists of histories, in the order of `list_measures`."""
    dyad, rung, day, acts, killed, civilians = lists
    for lane in range(len(ends)):
        for row in range(ends[lane - 1] if lane else 0, ends[lane]):
            today, level, own = day[row] - 1, rung[row], side[dyad[row]]
            sums[0, lane, today] += acts[row]
            sums[3, lane, today] = max(sums[3, lane, today], level)
            if own >= 0:
                sums[1 + own, lane, today] += acts[row]
                sums[4, lane, today] = max(sums[4, lane, today], level)
            hit = place[dyad[row]]
            sums[5, lane, today] += killed[row]
            sums[6 + n_places, lane, today] += civilians[row]
            if hit >= 0:
                sums[6 + hit, lane, today] += killed[row]
                sums[7 + n_places + hit, lane, today] += civilians[row]

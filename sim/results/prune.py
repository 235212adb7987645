"""Take away what a results folder does not need: files that no table counts, or all blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sim.core.errors import InputError, OutputError, Problems
from sim.results.analysis.odds import ODDS
from sim.results.reading.block_stamps import fault_of_stamp, stamp_in, stamp_of_manifest
from sim.results.reading.store import Results, text_of
from sim.results.reading.table_cache import KEPT, kept, kept_together
from sim.sweeps.blocks import Block
from sim.sweeps.locks import hold_alone
from sim.sweeps.provenance import digest_code
from sim.sweeps.results_folder import BLOCKS, TEMPORARY

REPLACED: Final = "a longer block replaced it"
UNFINISHED: Final = "a file that was never finished"
ASKED: Final = "all blocks were asked for"
"""Reasons why a file goes."""
_FIRST: Final = "`sim sweep` writes the tables, and then the blocks may go"


@dataclass(frozen=True)
class Leaving:
    """A file that goes.

    Parameters
    ----------
    path : Path
        The file.
    size : int
        Its size [bytes].
    why : str
        The reason.
    """

    path: Path
    size: int
    why: str


def superfluous(results: Results, *, blocks: bool = False) -> list[Leaving]:
    """Return what would go from a results folder.

    Parameters
    ----------
    results : Results
        The results folder.
    blocks : bool
        Whether all blocks go, and the tables stay.

    Returns
    -------
    list of Leaving
        Files by path.

    Raises
    ------
    InputError
        If all blocks shall go, and a table was not written since the last of them, or is gone, or was changed.
    """
    found = dict(_unfinished(results))
    here = sorted((results.path / BLOCKS).glob("*.parquet"))
    if blocks:
        if here:
            _check_tables(results)
        found |= dict.fromkeys([*here, *sorted((results.path / KEPT).glob("*.parquet"))], ASKED)
    else:
        found |= dict(_strange(results, here))
    return [Leaving(path, path.stat().st_size, why) for path, why in sorted(found.items())]


def prune(results: Results, *, blocks: bool = False) -> list[Leaving]:
    """Take away what would go, unless a sweep is writing to the folder.

    Parameters
    ----------
    results, blocks
        See `superfluous`.

    Returns
    -------
    list of Leaving
        What is gone.

    Raises
    ------
    InputError
        See `superfluous`.
    OutputError
        If a sweep is writing, or a file cannot be removed.
    """
    with hold_alone(results.path):
        # Looked at again under the lock: a sweep may have ended meanwhile, and what it left whole stays.
        gone = superfluous(Results.open(results.path), blocks=blocks)
        for one in gone:
            try:
                one.path.unlink(missing_ok=True)
            except OSError as error:
                raise OutputError(f"{one.path}: cannot be removed ({error.strerror})") from error
    return gone


def _check_tables(results: Results) -> None:
    """Refuse a folder of which the tables beside the manifest do not tell what the blocks tell."""
    named = kept_together(results, ODDS)
    exact = {name: kept(results, name) for name in named}
    if not named or any(table is None for table in exact.values()):
        raise InputError.single(results.path, "", f"the tables are older than the blocks; {_FIRST}")
    problems = Problems(results.path)
    for name, table in exact.items():
        file = results.path / name
        if not file.is_file():
            problems.add(name, f"is missing; {_FIRST}")
        elif table is not None and file.read_bytes() != text_of(table).encode():
            problems.add(name, f"is not the table that was counted from the blocks; {_FIRST}")
    problems.raise_if_any()


def _unfinished(results: Results) -> Iterator[tuple[Path, str]]:
    for place in (results.path, results.path / BLOCKS, results.path / KEPT):
        yield from ((path, UNFINISHED) for path in place.glob(f"{TEMPORARY}*"))


def _strange(results: Results, here: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Yield blocks of other runs, and shorter ones beside the one that replaced them."""
    expected = stamp_of_manifest(results)
    stamps = {path: stamp_in(path) for path in here}
    # The code of today is told from older code only where both lie here; a folder of older code alone is whole.
    is_mixed = any(stamp is not None and stamp.get("code") == digest_code() for stamp in stamps.values())
    longest = {(one.point, one.start): one.count for one in map(_block, sorted(here)) if one is not None}
    for path, stamp in stamps.items():
        block = _block(path)
        if block is None:
            continue
        if stamp is None:
            yield path, "it cannot be read"
        elif fault := fault_of_stamp(stamp, expected):
            yield path, fault
        elif is_mixed and stamp.get("code") != digest_code():
            yield path, "older code made it"
        elif block.count < longest[block.point, block.start]:
            yield path, REPLACED


def _block(path: Path) -> Block | None:
    return Block.parse(path.name)

"""Take away what a results folder does not need: files that no table counts, as their stamps say, or all blocks."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from sim.core.errors import InputError, OutputError, Problems
from sim.results.analysis.odds import ODDS
from sim.results.reading.store import Results, format_csv
from sim.results.reading.table_cache import KEPT, names_cached_with, read_cached
from sim.sweeps.blocks import Block, keep_longest
from sim.sweeps.locks import hold_alone
from sim.sweeps.provenance import Stamp, digest_code
from sim.sweeps.results_folder import BLOCKS, TEMPORARY


def expect_stamp(results: Results) -> Stamp:
    """Return the stamp that blocks have according to the manifest; it does not know by what code they were made."""
    manifest = results.manifest
    rules = json.dumps(manifest.get("rules", {}))
    return {"digest": str(manifest["digest"]), "seed": str(manifest["seed"]), "rules": rules}


def read_stamp(path: Path) -> Stamp | None:
    """Return the stamp of a block, or None if its file cannot be read."""
    try:
        metadata = pq.read_schema(path.absolute()).metadata or {}
        return {key.decode(): value.decode() for key, value in metadata.items()}
    except (OSError, ValueError, pa.ArrowException):
        return None


def explain_mismatch(stamp: Stamp, expected: Stamp) -> str:
    """Return in what a stamp is not the one that is expected, or nothing."""
    wrong = [key for key, value in expected.items() if stamp.get(key) != value]
    if not wrong:
        return ""
    words = f"{wrong[0]} is {stamp.get(wrong[0])}, the manifest has {expected[wrong[0]]}"
    return f"its stamp belongs to another run: {words}"


REPLACED: Final = "a longer block replaced it"
UNFINISHED: Final = "a file that was never finished"
ASKED: Final = "all blocks were asked for"
"""Reasons why a file goes."""
_FIRST: Final = "`sim sweep` writes the tables, and then the blocks may go"


@dataclass(frozen=True)
class Removal:
    """A file that goes."""

    path: Path  # the file
    size: int  # its size [bytes]
    why: str  # the reason


def list_removals(results: Results, *, blocks: bool = False) -> list[Removal]:
    """Return what would go from a results folder."""
    folders = results.path, results.path / BLOCKS, results.path / KEPT
    reasons = {path: UNFINISHED for folder in folders for path in folder.glob(f"{TEMPORARY}*")}
    here = sorted((results.path / BLOCKS).glob("*.parquet"))
    if blocks:
        if here:
            _check_tables(results)
        reasons |= dict.fromkeys([*here, *sorted((results.path / KEPT).glob("*.parquet"))], ASKED)
    else:
        reasons |= dict(_list_strangers(results, here))
    return [Removal(path, path.stat().st_size, why) for path, why in sorted(reasons.items())]


def prune_results(results: Results, *, blocks: bool = False) -> list[Removal]:
    """Take away what would go, unless a sweep is writing to the folder."""
    with hold_alone(results.path):
        # Looked at again under the lock: a sweep may have ended meanwhile, and what it left whole stays.
        gone = list_removals(Results.open(results.path), blocks=blocks)
        for removal in gone:
            try:
                removal.path.unlink(missing_ok=True)
            except OSError as error:
                raise OutputError(f"{removal.path}: cannot be removed ({error.strerror})") from error
    return gone


def _check_tables(results: Results) -> None:
    """Refuse a folder of which the tables beside the manifest do not tell what the blocks tell."""
    named = names_cached_with(results, ODDS)
    exact = {name: read_cached(results, name) for name in named}
    if not named or any(table is None for table in exact.values()):
        raise InputError.single(results.path, "", f"the tables are older than the blocks; {_FIRST}")
    problems = Problems(results.path)
    for name, table in exact.items():
        file = results.path / f"{name}.csv"
        if not file.is_file():
            problems.add(file.name, f"is missing; {_FIRST}")
        elif table is not None and file.read_bytes() != format_csv(table).encode():
            problems.add(file.name, f"is not the table that was counted from the blocks; {_FIRST}")
    problems.raise_if_any()


def _list_strangers(results: Results, here: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Yield blocks of other runs, and shorter ones beside the one that replaced them."""
    expected = expect_stamp(results)
    stamps = {path: read_stamp(path) for path in here}
    # The code of today is told from older code only where both lie here; a folder of older code alone is whole.
    is_mixed = any(stamp is not None and stamp.get("code") == digest_code() for stamp in stamps.values())
    kept = []
    for path, stamp in stamps.items():
        block = Block.parse(path.name)
        if block is None:
            continue
        if stamp is None:
            yield path, "it cannot be read"
        elif fault := explain_mismatch(stamp, expected):
            yield path, fault
        elif is_mixed and stamp.get("code") != digest_code():
            yield path, "older code made it"
        else:
            kept.append(block)
    yield from ((results.path / BLOCKS / block.name, REPLACED) for block in {*kept} - {*keep_longest(kept)})

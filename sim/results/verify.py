"""Whether a results folder is what it says: whole blocks, tables that follow from them, replicates that come again.

Each check says what it looked at, and every fault names its file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from sim.core.errors import InputError
from sim.core.shipped_data import shipped_scenarios
from sim.results.prune import expect_stamp, explain_mismatch, read_stamp
from sim.results.reading.store import Results, format_csv
from sim.results.reading.table_cache import KEPT, read_cached
from sim.results.tables import collect_tables
from sim.sweeps.blocks import Block, is_whole, split_blocks_to
from sim.sweeps.compute_block import restore_table, serialise
from sim.sweeps.provenance import Stamp, digest_code
from sim.sweeps.results_folder import BLOCKS, MANIFEST, POINTS

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

REPLICATES: Final = 8
"""Replicates of a sampled block that are run again; each has draws of its own, so any number tells as much of it."""

_NEEDED: Final = "what is needed for the other checks"


@dataclass(frozen=True)
class FolderCheck:
    """One thing that was looked at."""

    name: str  # what
    looked_at: str  # how much of it, in words
    faults: tuple[str, ...] = ()  # what is wrong, each with its file; none if all is right
    is_done: bool = True  # whether it could be checked at all; `looked_at` says why not

    @property
    def verdict(self) -> str:
        """What came of it, in a word or two."""
        return "wrong" if self.faults else "right" if self.is_done else "not checked"


def verify_results(results: Results, scenario: Scenario | None, sample: int) -> Iterator[FolderCheck]:
    """Yield every check of a results folder as it is done."""
    try:
        yield from _check_all(results, scenario, sample)
    except InputError as error:
        yield FolderCheck("files", _NEEDED, tuple(str(error).splitlines()))
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        # Where damage leads those who read it, nobody knows; whoever verifies many folders hears of all of them.
        fault = f"{results.path}: is damaged, or lacks what a sweep writes ({type(error).__name__}: {error})"
        yield FolderCheck("files", _NEEDED, (fault,))


def _check_all(results: Results, scenario: Scenario | None, sample: int) -> Iterator[FolderCheck]:
    yield _check_points(results)
    own = None
    if scenario is not None:
        where = f"{results.path / MANIFEST}: digest is not that of {scenario.path}"
        fault = () if scenario.digest() == results.manifest["digest"] else (f"{where}; it or its theatre changed",)
        own = FolderCheck("scenario", f"digest of {scenario.path}", fault)
        yield own
    if not results.blocks:
        yield FolderCheck(
            "blocks", "none lie here, so tables are not counted again and nothing is run again", is_done=False
        )
        return
    blocks = _check_blocks(results)
    yield blocks
    if blocks.faults:
        yield FolderCheck("tables", "blocks are missing or broken", is_done=False)
        return
    yield _check_tables(results)
    if scenario is None:
        yield FolderCheck("run again", "the scenario is not known; name it with --scenario", is_done=False)
    elif own is not None and own.faults:
        yield FolderCheck("run again", "the scenario is another one", is_done=False)
    elif sample:
        yield _rerun(results, scenario, sample)


def _check_points(results: Results) -> FolderCheck:
    wanted = int(results.manifest["points"])
    points = results.points["point"].tolist()
    wrong = points != list(range(wanted))
    fault = f"{results.path / POINTS}: lists {len(points)} points, the manifest has {wanted}"
    return FolderCheck("points", f"{wanted:,} of {POINTS}", (fault,) if wrong else ())


def _check_blocks(results: Results) -> FolderCheck:
    """Check that every block that the manifest asks for lies here whole, with its stamp, to the last byte."""
    manifest = results.manifest
    wanted = split_blocks_to(results.replicates_of_points, manifest["block_size"])
    there = {(block.start, block.point): block for block in results.blocks}
    faults = []
    codes: dict[str | None, str] = {}
    strangers = 0
    for block in wanted:
        held = there.get((block.start, block.point))
        if held is None or held.count < block.count:
            faults.append(f"{results.path / BLOCKS / block.name}: is missing ({block})")
            continue
        path = results.path / BLOCKS / held.name
        stamp = read_stamp(path)
        fault = "cannot be read" if stamp is None else _fault(path, held, stamp, expect_stamp(results))
        if fault:
            faults.append(f"{path}: {fault}; run the sweep again to mend it")
        elif stamp is not None:
            codes.setdefault(stamp.get("code"), held.name)
            strangers += not _is_of_this_writer(path)
    if len(codes) > 1:
        first, second = list(codes.values())[:2]
        faults.append(f"{results.path / BLOCKS / second}: was made by other code than {first}")
    words = f"{len(wanted):,}: rows, the sum of every page, stamps against the manifest, every byte written again"
    words += f" (but for the bytes of {strangers:,} that another version of pyarrow wrote)" if strangers else ""
    return FolderCheck("blocks", words, tuple(faults))


def _fault(path: Path, block: Block, stamp: Stamp, expected: Stamp) -> str:
    """Return what is wrong with a block whose stamp can be read; nothing if it is whole."""
    try:
        if wrong := explain_mismatch(stamp, expected):
            return wrong
        if not is_whole(path, block, expected):
            return f"its pages are damaged, or it does not hold {block}"
        # Page sums do not cover the heads of the pages, so every byte is written again.
        same = not _is_of_this_writer(path) or serialise(restore_table(path), stamp) == path.read_bytes()
    except (OSError, ValueError, TypeError, pa.ArrowException):
        # Where a damaged byte leads pyarrow to, nobody knows.
        return "its pages are damaged"
    return "" if same else "its rows can be read, but its bytes are not those that a sweep writes"


def _is_of_this_writer(path: Path) -> bool:
    return str(pq.read_metadata(path.absolute()).created_by).endswith(f" {pa.__version__}")


def _check_tables(results: Results) -> FolderCheck:
    """Check that the tables beside the manifest are what the blocks give, byte for byte."""
    made = collect_tables(results)
    there = [f"{name}.csv" for name in made if (results.path / f"{name}.csv").is_file()]
    missing = [f"{name}.csv" for name in made if f"{name}.csv" not in there]
    faults = []
    for name, table in made.items():
        file = f"{name}.csv"
        expected = format_csv(table).splitlines()
        exact = read_cached(results, name)
        texts = {results.path / KEPT / file: expected if exact is None else format_csv(exact).splitlines()}
        if file in there:
            texts[results.path / file] = _text_in(results.path / file).splitlines()
        for path, lines in texts.items():
            if lines != expected:
                line = next((i for i, (a, b) in enumerate(zip(lines, expected, strict=False)) if a != b), len(expected))
                faults.append(f"{path}: is not what the blocks give, from line {line + 1} on")
    absent = f"; not written yet: {', '.join(missing)}" if missing else ""
    return FolderCheck("tables", f"{', '.join(there) or 'none'}: counted again from all rows{absent}", tuple(faults))


def _text_in(path: Path) -> str:
    """Return the text of a table; a byte that is no text differs from whatever is expected."""
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError as error:
        raise InputError.single(path, "", f"cannot be read ({error.strerror or error})") from error


def _rerun(results: Results, scenario: Scenario, sample: int) -> FolderCheck:
    """Run some replicates of blocks again and compare every column bit for bit."""
    # Imported here, because the other checks need no engine.
    from sim.core.random_streams import sampler_generator
    from sim.sweeps.compute_block import compute_block

    seed = int(results.manifest["seed"])
    draw = sampler_generator(seed, "verify", sample)
    chosen = draw.choice(len(results.blocks), size=min(sample, len(results.blocks)), replace=False)
    faults = []
    looked = []
    for block in (results.blocks[number] for number in sorted(chosen)):
        count = min(REPLICATES, block.count, results.replicates_of_points[block.point] - block.start)
        first = block.start + int(draw.randint(0, block.count - count + 1))
        part = Block(first, block.point, count)
        looked.append(str(part))
        path = results.path / BLOCKS / block.name
        stored = pq.read_table(path.absolute(), partitioning=None).slice(first - block.start, count)
        new = pq.read_table(pa.BufferReader(compute_block(scenario, part, seed)))
        different = list(_different(stored, new))
        if different:
            code = (read_stamp(path) or {}).get("code")
            why = "" if code == digest_code() else "; the code changed since the block was made"
            shown = ", ".join(different[:3]) + (f" and {len(different) - 3} more" if len(different) > 3 else "")
            faults.append(f"{path}: {part} come out otherwise when they are run again: {shown}{why}")
    return FolderCheck("run again", "; ".join(looked) + ", every column bit for bit", tuple(faults))


def _different(stored: pa.Table, new: pa.Table) -> Iterable[str]:
    """Yield the columns that differ; a text of the values tells every bit apart, and one "no number" equals another."""
    for name in dict.fromkeys((*stored.column_names, *new.column_names)):
        both = name in stored.column_names and name in new.column_names
        if (
            not both
            or stored[name].type != new[name].type
            or repr(stored[name].to_pylist()) != repr(new[name].to_pylist())
        ):
            yield name


def find_scenario(results: Results, named: Path | None, around: Path) -> Scenario | None:
    """Return the scenario that a results folder was run from."""
    from sim.scenario.scenario import Scenario

    if named is not None:
        return Scenario.load(named)
    shipped = [path for path in shipped_scenarios().values() if path.stem == results.name]
    for path in (*sorted(around.rglob(f"{results.name}.toml")), *shipped):
        try:
            scenario = Scenario.load(path)
        except InputError:
            continue
        if scenario.digest() == results.manifest["digest"]:
            return scenario
    return None

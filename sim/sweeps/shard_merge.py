"""Shards of one sweep put together: the folder that comes of it has the bytes of one that was never divided."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from sim.core.errors import InputError
from sim.sweeps.blocks import Block, is_whole, split_blocks
from sim.sweeps.manifest_match import describe_differences
from sim.sweeps.provenance import Stamp
from sim.sweeps.results_folder import BLOCKS, MANIFEST, POINTS, Manifest, check_writable, claim_folder, write_whole

_STAMP: Final = ("digest", "seed", "rules", "code")


@dataclass(frozen=True)
class MergeReport:
    """What came of a merger."""

    blocks: int  # of the whole sweep
    lacking: list[Block]  # lie in none of the folders, in the order of work


@dataclass(frozen=True)
class _Source:
    path: Path
    manifest: Manifest
    points: str
    blocks: dict[str, Path]


def merge_shards(folders: Sequence[Path], into: Path) -> MergeReport:
    """Put the blocks of folders of one sweep into one, once all is checked; what lacks in it, the sweep makes."""
    check_writable(into)
    again = [into] if (into / MANIFEST).is_file() else []
    sources = [_read_source(folder) for folder in dict.fromkeys([*folders, *again])]
    first = sources[0]
    for other in sources[1:]:
        words = describe_differences(first.manifest, other.manifest, tuple({**first.manifest, **other.manifest}))
        if words or first.points != other.points:
            raise InputError.single(other.path, "", f"belongs to another sweep than {first.path}: {words or POINTS}")
    wanted = split_blocks(first.manifest["points"], first.manifest["replicates"], first.manifest["block_size"])
    stamp = _read_stamp(sources)
    files = {block: _find_file(block, sources, stamp) for block in wanted}
    with claim_folder(into, first.manifest, first.points):
        for block, file in files.items():
            if file is not None and (into / BLOCKS / block.name).resolve() != file.resolve():
                write_whole(into / BLOCKS / block.name, file.read_bytes())
    return MergeReport(len(wanted), [block for block, file in files.items() if file is None])


def _read_source(folder: Path) -> _Source:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        points = (folder / POINTS).read_text(encoding="utf-8")
        is_right = all(isinstance(manifest[key], int) for key in ("points", "replicates", "block_size", "seed"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError.single(folder, "", f"this is not a results folder that can be merged ({error})") from error
    if not is_right or "replicates_of_points" in manifest:
        raise InputError.single(folder, "", "shards of a sweep with a fixed number of replicates alone can be merged")
    return _Source(folder, manifest, points, {path.name: path for path in (folder / BLOCKS).glob("p*.parquet")})


def _read_stamp(sources: Sequence[_Source]) -> Stamp:
    """Return the stamp that all blocks must have: that of the first one, which must agree with the manifest."""
    for source in sources:
        for path in sorted(source.blocks.values()):
            try:
                metadata = pq.read_schema(path.absolute()).metadata or {}
            except (OSError, pa.ArrowException) as error:
                raise InputError.single(path, "", f"cannot be read; compute its shard again ({error})") from error
            stamp = {key: metadata.get(key.encode(), b"").decode() for key in _STAMP}
            manifest = source.manifest
            if stamp["digest"] != manifest["digest"] or stamp["seed"] != str(manifest["seed"]):
                raise InputError.single(path, "", "is not a block of the sweep that its folder names")
            return stamp
    raise InputError.single(sources[0].path, BLOCKS, "there are no blocks in any of these folders")


def _find_file(block: Block, sources: Sequence[_Source], stamp: Stamp) -> Path | None:
    """Return where a block lies; all that hold it must hold the same bytes."""
    paths = [source.blocks[block.name] for source in sources if block.name in source.blocks]
    for path in paths:
        if not is_whole(path, block, stamp):
            raise InputError.single(path, "", "is broken, or other code or policies made it; compute its shard again")
    for path in paths[1:]:
        if path.read_bytes() != paths[0].read_bytes():
            raise InputError.single(path, "", f"differs from {paths[0]}, which holds the same replicates")
    return paths[0] if paths else None

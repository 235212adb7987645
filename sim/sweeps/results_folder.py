"""The folder of one sweep: who may write to it, what it says of itself, and how a file gets into it whole."""

from __future__ import annotations

import contextlib
import csv
import errno
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sim.core.errors import OutputError
from sim.sweeps.blocks import Block, Shard, choose_block_size, find_size, is_whole
from sim.sweeps.locks import HIDDEN, hold_alone, hold_shared
from sim.sweeps.manifest_match import check_loss, check_owner, read_manifest
from sim.sweeps.provenance import Stamp, digest_rules, list_uncompiled_rules, read_versions
from sim.sweeps.writable import check_file, check_folder, sync

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

Manifest = dict[str, Any]  # what a results folder says of itself

MANIFEST: Final = "manifest.json"
POINTS: Final = "points.csv"
BLOCKS: Final = "blocks"
TEMPORARY: Final = ".tmp-"
TABLE: Final = "odds.csv"  # the table that every finished sweep has


def build_manifest(scenario: Scenario, replicates: int, seed: int, block_size: int | None = None) -> Manifest:
    """Return what a results folder says of itself; nothing in it depends on the clock or on the number of workers."""
    # Imported here, because reading results takes this module too and needs no engine.
    from sim.engine.outcomes import STATES

    return {
        "name": scenario.name,
        "title": scenario.title,
        "description": scenario.description,
        "front": scenario.theatre.front.name,
        "parties": [{"id": p.id, "name": p.name, "location": p.location} for p in scenario.theatre.parties],
        "dyads": [dyad.id for dyad in scenario.theatre.dyads],
        "digest": scenario.digest(),
        "rules": digest_rules(scenario),
        **({"uncompiled": uncompiled} if (uncompiled := list_uncompiled_rules(scenario)) else {}),
        "seed": seed,
        "replicates": replicates,
        "points": len(scenario.points()),
        "block_size": block_size or choose_block_size(scenario),
        "horizon_days": scenario.horizon_days,
        "horizons": list(scenario.horizons),
        "questions": [
            {name: getattr(asked, name) for name in ("id", "text", "kind", "is_state")}
            | {"reference": scenario.tell_reference(asked.id)}
            for asked in scenario.questions
        ],
        "states": list(STATES),
        "labels": scenario.count_labels(),
        "versions": read_versions(),
        "sources": {one.key: one.source for one in scenario.settings() if not one.is_following},
        "resolved": scenario.resolved(),
    }


class Folder:
    """A results folder that this process alone may write to."""

    def __init__(self, path: Path, block_size: int, stamp: Stamp) -> None:
        self.path = path
        self.block_size = block_size
        self.stamp = stamp

    def put(self, piece: Block, content: bytes) -> None:
        """Write what was computed of a block, joined to the first replicates of it that lie here."""
        # Imported here, because reading results takes this module too and computes no block.
        from sim.sweeps.compute_block import join_blocks

        held = piece.start % self.block_size
        start = piece.start - held
        block, files = Block(start, piece.point, held + piece.count), self._files[start, piece.point]
        if held:
            content = join_blocks(self.path / BLOCKS / Block(start, piece.point, held).name, content, self.stamp)
        write_whole(self.path / BLOCKS / block.name, content)
        self._remove(other for other in files if other.count < block.count)
        files.append(block)

    def survey(self, blocks: Iterable[Block]) -> tuple[list[Block], list[tuple[Block, Block]]]:
        """Return what is to be computed of some blocks, and the files in their places that are no part of them.

        To be computed are all replicates of a block, or its last ones, or none where a file holds them all. Each file
        that is no part of a block is named behind it.
        """
        pieces, strangers = [], []
        for block in blocks:
            here = sorted(self._files.get((block.start, block.point), ()), reverse=True)
            held = next((one for one in here if is_whole(self.path / BLOCKS / one.name, one, self.stamp)), None)
            count = 0 if held is None else held.count
            if count < block.count:
                pieces.append(Block(block.start + count, block.point, block.count - count))
            strangers += [(block, other) for other in here if other != held]
        return pieces, strangers

    def prepare(self, blocks: Iterable[Block], may_lose: bool) -> list[Block]:
        """Return what lacks of some blocks, after whatever must not be read beside them was taken away.

        That is broken, older code made it, or a longer block replaced it. What another run made is refused, and so is
        what older code made of more replicates, if that may not be lost.
        """
        pieces, strangers = self.survey(blocks)
        self.check_strangers(strangers, may_lose)
        self._remove(other for _, other in strangers)
        return pieces

    def check_strangers(self, strangers: Iterable[tuple[Block, Block]], may_lose: bool) -> None:
        """Refuse to take away what `prepare` refuses to."""
        of_any_code = {key: value for key, value in self.stamp.items() if key != "code"}
        for block, other in strangers:
            path = self.path / BLOCKS / other.name
            if is_whole(path, other, of_any_code):
                if other.count > block.count and not may_lose:
                    raise OutputError(
                        f"{path}: other code of sim made it, of more replicates than are asked for, and they would be "
                        "computed anew; --replace does that, --out writes elsewhere"
                    )
            elif is_whole(path, other, {}):
                raise OutputError(
                    f"{path}: is a block of another run; `sim results prune` removes it, --out writes elsewhere"
                )

    @cached_property
    def _files(self) -> dict[tuple[int, int], list[Block]]:
        """Blocks that have a file here, by first replicate and point; each folder is listed once."""
        files: dict[tuple[int, int], list[Block]] = defaultdict(list)
        for path in (self.path / BLOCKS).glob("*.parquet"):
            if (block := Block.parse(path.name)) is not None:
                files[block.start, block.point].append(block)
        return files

    def _remove(self, blocks: Iterable[Block]) -> None:
        for block in [*blocks]:
            with _in_a_sentence(self.path / BLOCKS / block.name):
                (self.path / BLOCKS / block.name).unlink()
            self._files[block.start, block.point].remove(block)


def check_place(path: Path, manifest: Manifest, may_lose: bool) -> None:
    """Refuse a folder that belongs to another run, or holds tables that this sweep may not replace, untouched."""
    has_blocks = any((path / BLOCKS).glob("*.parquet"))
    check_owner(path / MANIFEST, manifest, has_blocks)
    if not may_lose:
        check_loss(path, manifest, read_tabled(path / TABLE), has_blocks)


def read_tabled(file: Path) -> int:
    """Return of how many replicates a point the table of odds is; 0 without one that can be read."""
    try:
        with file.open(encoding="utf-8", newline="") as rows:
            return max((int(row["n"]) + int(row["failed"]) for row in csv.DictReader(rows)), default=0)
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        return 0


@contextlib.contextmanager
def claim_folder(
    path: Path, manifest: Manifest, points: str, shard: Shard | None = None, *, may_lose: bool = False
) -> Iterator[None]:
    """Make a folder ready for a sweep, or for a shard beside others, and keep others out of it until the end."""

    def prepare() -> None:
        check_place(path, manifest, may_lose)
        with _in_a_sentence(path):
            for folder in (path, path / BLOCKS):
                for stale in folder.glob(f"{TEMPORARY}*"):
                    stale.unlink()
        write_manifest(path, manifest)
        write_whole(path / POINTS, points.encode())

    with _in_a_sentence(path):
        (path / BLOCKS).mkdir(parents=True, exist_ok=True)
    if shard is not None:
        with hold_shared(path, f"{shard.place}-of-{shard.count}", prepare):
            check_place(path, manifest, may_lose)
            yield
        return
    with hold_alone(path):
        prepare()
        for stale in path.glob(f"{HIDDEN}*"):
            stale.unlink()
        yield


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write what a folder says of itself."""
    write_whole(path / MANIFEST, (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode())


def read_block_size(path: Path) -> int | None:
    """Return how many replicates a full block has, by manifest or else by the blocks; None without any block."""
    blocks = [block for file in (path / BLOCKS).glob("*.parquet") if (block := Block.parse(file.name)) is not None]
    if not blocks:
        return None
    size = read_manifest(path / MANIFEST).get("block_size")
    if isinstance(size, int) and size > 0:
        return size
    longest = max(block.count for block in blocks)
    return min((block.start for block in blocks if block.start), default=find_size(longest))


def check_writable(path: Path) -> None:
    """Refuse a folder that can be seen to be no place for results, without touching it."""
    check_folder(path, "results need")
    # Blocks say themselves what run they are of, so a folder of them may have lost its manifest.
    if path.is_dir() and not (path / MANIFEST).exists() and not any((path / BLOCKS).glob("p*.parquet")):
        strange = sorted(file.name for file in path.iterdir() if file.name != BLOCKS and file.name[0] != ".")
        if strange:
            raise OutputError(f'{path}: holds "{strange[0]}" and is not a results folder; choose another --out')


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    check_file(path)
    temporary = path.with_name(TEMPORARY + path.name)
    with _in_a_sentence(path):
        try:
            temporary.write_bytes(content)
            sync(temporary)
            temporary.replace(path)
            sync(path.parent)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


@contextlib.contextmanager
def _in_a_sentence(path: Path) -> Iterator[None]:
    """Turn an error of the file system into one sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise OutputError(
                f"{path}: the disk is full; what was done is kept, and the same command goes on from there"
            ) from error
        raise OutputError(f"{path}: cannot be written ({error.strerror or error})") from error


def format_points(scenario: Scenario) -> str:
    """Return the table of points as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    points = scenario.points()
    writer.writerow(["point", "label", *dict(points[0].labels)])
    writer.writerows([point.index, point.label, *dict(point.labels).values()] for point in points)
    return text.getvalue()

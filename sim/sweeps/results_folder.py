"""The folder of one sweep: who may write to it, what it says of itself, and how a file gets into it whole."""

from __future__ import annotations

import contextlib
import csv
import errno
import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sim.core.errors import OutputError
from sim.sweeps.blocks import Block, choose_block_size, is_whole
from sim.sweeps.locks import HIDDEN, hold_alone, hold_shared
from sim.sweeps.manifest_match import check_owner
from sim.sweeps.provenance import Stamp, build_stamp, digest_rules, list_uncompiled_rules, read_versions
from sim.sweeps.shards import Shard
from sim.sweeps.writable import check_file, check_folder

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

Manifest = dict[str, Any]
"""What a results folder says of itself."""

MANIFEST: Final = "manifest.json"
POINTS: Final = "points.csv"
BLOCKS: Final = "blocks"
TEMPORARY: Final = ".tmp-"


def build_manifest(scenario: Scenario, replicates: int, seed: int, block_size: int | None = None) -> Manifest:
    """Return what a results folder says of itself; nothing in it depends on the clock or on the number of workers."""
    # Imported here, because reading results takes this module too and needs no engine.
    from sim.engine.outcomes import STATES

    assumed, total = scenario.assumptions()
    reference = scenario.reference
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
        "questions": [{"id": q.id, "text": q.text, "kind": q.kind, "is_state": q.is_state} for q in scenario.questions],
        "states": list(STATES),
        "reference": {name: getattr(reference, name) for name in ("text", "low", "best", "high", "source")},
        "assumptions": {"assumed": assumed, "parameters": total},
        "versions": read_versions(),
        "sources": {setting.key: setting.source for setting in scenario.settings()},
        "resolved": scenario.resolved(),
    }


class Folder:
    """A results folder that this process alone may write to."""

    def __init__(self, path: Path, block_size: int, stamp: Stamp) -> None:
        self.path = path
        self.block_size = block_size
        self.stamp = stamp

    def holds(self, block: Block) -> bool:
        """Return whether a block lies here whole, or a longer one that begins like it."""
        full = Block(block.start, block.point, self.block_size)
        return any(is_whole(self.path / BLOCKS / other.name, other, self.stamp) for other in {block, full})

    def put(self, block: Block, content: bytes) -> None:
        """Write a block, and take away a shorter one that it replaces."""
        write_whole(self.path / BLOCKS / block.name, content)
        self._remove(block, block.count - 1)

    def drop(self, blocks: Iterable[Block]) -> None:
        """Take away what lies here of some blocks: it is broken, or older code made it, and must not be read."""
        for block in blocks:
            self._remove(block, self.block_size)

    def _remove(self, block: Block, longest: int) -> None:
        """Remove the files with the point and the first replicate of a block, up to a number of replicates."""
        for path in (self.path / BLOCKS).glob(f"p{block.point:04d}-r{block.start:010d}-*.parquet"):
            other = Block.parse(path.name)
            if other is not None and other.count <= longest:
                with _in_a_sentence(path):
                    path.unlink()


@contextlib.contextmanager
def claim_folder(path: Path, scenario: Scenario, manifest: Manifest, shard: Shard | None = None) -> Iterator[Folder]:
    """Make a folder ready for a sweep, or for a shard beside others, and keep others out of it until the end."""
    with claim_by_manifest(path, manifest, _format_points(scenario), shard):
        yield Folder(path, manifest["block_size"], build_stamp(scenario, manifest["seed"]))


@contextlib.contextmanager
def claim_by_manifest(path: Path, manifest: Manifest, points: str, shard: Shard | None = None) -> Iterator[None]:
    """Do what `claim_folder` does without the scenario, given its table of points."""

    def check() -> None:
        check_owner(path / MANIFEST, manifest, any((path / BLOCKS).glob("*.parquet")))

    def prepare() -> None:
        check()
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
            check()
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
    """Return how many replicates a full block of a folder has; None where no block lies there, or it is broken."""
    if not any((path / BLOCKS).glob("*.parquet")):
        return None
    try:
        size = json.loads((path / MANIFEST).read_text(encoding="utf-8"))["block_size"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return size if isinstance(size, int) and size > 0 else None


def check_writable(path: Path) -> None:
    """Refuse a folder that can be seen to be no place for results, without touching it."""
    check_folder(path, "results need")
    if path.is_dir() and not (path / MANIFEST).exists():
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
            temporary.replace(path)
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


def _format_points(scenario: Scenario) -> str:
    """Return the table of points as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    points = scenario.points()
    writer.writerow(["point", "label", *dict(points[0].labels)])
    writer.writerows([point.index, point.label, *dict(point.labels).values()] for point in points)
    return text.getvalue()

"""The stamps of blocks against the manifest of their folder."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from sim.results.reading.store import Results
from sim.sweeps.provenance import Stamp


def expect_stamp(results: Results) -> Stamp:
    """Return the stamp that blocks have according to the manifest; it does not know by what code they were made."""
    manifest = results.manifest
    return {
        "digest": str(manifest["digest"]),
        "seed": str(manifest["seed"]),
        "rules": json.dumps(manifest.get("rules", {})),
    }


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
    return (
        f"its stamp belongs to another run: {wrong[0]} is {stamp.get(wrong[0])}, the manifest has {expected[wrong[0]]}"
    )

"""Folders that one command makes in one go, such as a fit or a tournament: written whole, or left as they were."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.core.errors import OutputError
from sim.sweeps.manifest_match import differences
from sim.sweeps.results_folder import MANIFEST
from sim.sweeps.writable import check_folder


def check_place(folder: Path, kind: str, identity: Mapping[str, Any] | None = None) -> None:
    """Refuse a folder before any work is done, without touching it."""
    if Path.cwd().is_relative_to(folder.resolve()):
        raise OutputError(f"{folder}: is replaced as a whole, and you stand in it; choose another --out")
    check_folder(folder, f"a {kind} needs")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    said = _said_in(folder)
    if said.get("kind") != kind:
        raise OutputError(f"{folder}: holds something else than a {kind}; choose another --out")
    asked = json.loads(json.dumps(dict(identity or {})))
    if words := differences(said, asked, tuple(asked)):
        raise OutputError(f"{folder}: belongs to another {kind}: {words}. Remove the folder or choose another --out")


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a folder; it is there with all its files, or as it was."""
    new, old = (folder.with_name(f".{folder.name}-{word}-{os.getpid()}") for word in ("new", "old"))
    try:
        new.mkdir(parents=True)
        for name, content in files.items():
            (new / name).write_bytes(content)
        if folder.is_dir():
            folder.rename(old)
        new.rename(folder)
    except BaseException as error:
        if old.is_dir() and not folder.exists():
            old.rename(folder)
        if not isinstance(error, OSError):
            raise
        raise OutputError(f"{folder}: cannot be written ({error.strerror or error})") from error
    finally:
        for left in (new, old):
            shutil.rmtree(left, ignore_errors=True)


def _said_in(folder: Path) -> dict[str, Any]:
    """Return what the manifest in a folder says; nothing where there is none that can be read."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}

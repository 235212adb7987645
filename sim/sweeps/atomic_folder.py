"""Folders that one command makes in one go, such as a fit or a tournament: written whole, or left as they were."""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.core.errors import OutputError
from sim.sweeps.manifest_match import describe_differences, read_manifest
from sim.sweeps.results_folder import MANIFEST
from sim.sweeps.writable import check_folder, sync


def check_replaceable(folder: Path, kind: str, identity: Mapping[str, Any] | None = None) -> None:
    """Refuse a folder, untouched, that a ``fit`` or the like cannot replace: it is of another kind or identity."""
    if Path.cwd().is_relative_to(folder.resolve()):
        raise OutputError(f"{folder}: is replaced as a whole, and you stand in it; choose another --out")
    check_folder(folder, f"a {kind} needs")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    manifest = read_manifest(folder / MANIFEST)
    if manifest.get("kind") != kind:
        raise OutputError(f"{folder}: holds something else than a {kind}; choose another --out")
    wanted = json.loads(json.dumps(dict(identity or {})))
    if words := describe_differences(manifest, wanted, tuple(wanted)):
        raise OutputError(f"{folder}: belongs to another {kind}: {words}. Remove the folder or choose another --out")


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files of a folder, content by name; it is there with all of them, or as it was."""
    new, old = (folder.with_name(f".{folder.name}-{word}-{os.getpid()}") for word in ("new", "old"))
    try:
        new.mkdir(parents=True)
        for name, content in files.items():
            (new / name).write_bytes(content)
            sync(new / name)
        sync(new)
        if folder.is_dir():
            folder.rename(old)
        new.rename(folder)
        sync(folder.parent)
    except BaseException as error:
        if old.is_dir() and not folder.exists():
            old.rename(folder)
        if not isinstance(error, OSError):
            raise
        raise OutputError(f"{folder}: cannot be written ({error.strerror or error})") from error
    finally:
        for rest in (new, old):
            shutil.rmtree(rest, ignore_errors=True)

"""Whether the manifest of a results folder can be one: every entry that is read has the kind of value it is read as."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from sim.core.errors import InputError


def _is(kind: type) -> Callable[[object], bool]:
    return lambda value: isinstance(value, kind)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and value >= 0


def _is_list(of: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list) and all(map(of, value))


def _has(**kinds: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, dict) and all(key in value and is_(value[key]) for key, is_ in kinds.items())


_is_text, _is_table = _is(str), _is(dict)
_COUNT: Final = (_is_count, "a whole number of at least 0")
_TEXT: Final = (_is_text, "a text")
_NEEDED: Final = {
    "name": _TEXT,
    "title": _TEXT,
    "digest": _TEXT,
    "seed": _COUNT,
    "replicates": _COUNT,
    "points": _COUNT,
    "horizons": (_is_list(_is_count), "a list of days"),
    "questions": (
        _is_list(_has(id=_is_text, text=_is_text, kind=_is_text)),
        "a list of questions, each with id, text and kind",
    ),
    "states": (_is_list(_is_text), "a list of names"),
}
_MAY_BE: Final = {
    "description": _TEXT,
    "front": _TEXT,
    "block_size": _COUNT,
    "horizon_days": _COUNT,
    "parties": (_is_list(_has(id=_is_text, name=_is_text)), "a list of parties, each with id and name"),
    "dyads": (_is_list(_is_text), "a list of names"),
    "replicates_of_points": (_is_list(_is_count), "a list of whole numbers"),
    "resolved": (_is_table, "a table"),
    "sources": (_is_table, "a table"),
    "labels": (
        _has(informed=_is_count, literature=_is_count, judgement=_is_count, parameters=_is_count),
        "a table of counts",
    ),
    "rules": (_is_table, "a table"),
    "versions": (_is_table, "a table"),
}
"""Entries that older folders lack."""


def check_manifest(file: Path, manifest: object) -> dict[str, Any]:
    """Return a manifest that can be one of a sweep."""
    if not isinstance(manifest, dict):
        raise InputError.single(file, "", "is no table: this is not the manifest of a sweep")
    for key, (is_right, kind) in (_NEEDED | _MAY_BE).items():
        if key in manifest and not is_right(manifest[key]):
            raise InputError.single(file, key, f"must be {kind}; the manifest is damaged, and the same sweep mends it")
        if key not in manifest and key in _NEEDED:
            raise InputError.single(file, key, "is missing: this is not the manifest of a sweep")
    counts = manifest.get("replicates_of_points")
    if counts is not None and len(counts) != manifest["points"]:
        raise InputError.single(file, "replicates_of_points", f"must have {manifest['points']} numbers, one a point")
    return manifest

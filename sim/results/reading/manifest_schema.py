"""Whether the manifest of a results folder can be one: every entry that is read has the kind of value it is read as."""

from pathlib import Path
from typing import Any, Final

from sim.core.errors import InputError

_COUNT: Final = int  # a whole number of at least 0
_NEEDED: Final[dict[str, Any]] = {
    **dict.fromkeys(("name", "title", "digest"), str),
    **dict.fromkeys(("seed", "replicates", "points"), _COUNT),
    "horizons": [_COUNT],
    "questions": [{"id": str, "text": str, "kind": str}],
    "states": [str],
}
"""Kinds of entries: of a list its items, of a table the keys that it must have."""
_MAY_BE: Final[dict[str, Any]] = {
    **dict.fromkeys(("description", "front"), str),
    **dict.fromkeys(("block_size", "horizon_days"), _COUNT),
    "parties": [{"id": str, "name": str}],
    "dyads": [str],
    "replicates_of_points": [_COUNT],
    **{key: {} for key in ("resolved", "sources", "rules", "versions")},
    "labels": dict.fromkeys(("informed", "literature", "judgement", "parameters"), _COUNT),
}
"""Entries that older folders lack."""
_NAMES: Final = {str: "a text", _COUNT: "a whole number of at least 0"}
_MANY: Final = {str: "a list of texts", _COUNT: "a list of whole numbers of at least 0"}


def _fits(value: object, kind: Any) -> bool:
    if isinstance(kind, list):
        return isinstance(value, list) and all(_fits(item, kind[0]) for item in value)
    if isinstance(kind, dict):
        return isinstance(value, dict) and all(key in value and _fits(value[key], kind[key]) for key in kind)
    return isinstance(value, kind) and (kind is not _COUNT or value >= 0)


def _name(kind: Any) -> str:
    if isinstance(kind, list):
        return f"a list of tables of {', '.join(kind[0])}" if isinstance(kind[0], dict) else _MANY[kind[0]]
    return f"a table{' of ' if kind else ''}{', '.join(kind)}" if isinstance(kind, dict) else _NAMES[kind]


def check_manifest(file: Path, manifest: object) -> dict[str, Any]:
    """Return a manifest that can be one of a sweep."""
    if not isinstance(manifest, dict):
        raise InputError.single(file, "", "is no table: this is not the manifest of a sweep")
    for key, kind in (_NEEDED | _MAY_BE).items():
        if key in manifest and not _fits(manifest[key], kind):
            words = f"must be {_name(kind)}; the manifest is damaged, and the same sweep mends it"
            raise InputError.single(file, key, words)
        if key not in manifest and key in _NEEDED:
            raise InputError.single(file, key, "is missing: this is not the manifest of a sweep")
    counts = manifest.get("replicates_of_points")
    if counts is not None and len(counts) != manifest["points"]:
        raise InputError.single(file, "replicates_of_points", f"must have {manifest['points']} numbers, one a point")
    return manifest

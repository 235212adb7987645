"""Whether a results folder belongs to a sweep: what two manifests say differently, by key path."""

import json
from pathlib import Path
from typing import Any, Final

from sim.core.errors import OutputError, name_some

_IDENTITY: Final = ("digest", "rules", "seed")
_OF_BLOCKS: Final = ("block_size", "versions")  # what the blocks of a folder have in common; without blocks it is free
_SHOWN: Final = 6
_LACKS: Final = "not noted"  # what a manifest says that an older version wrote without the key


def check_owner(file: Path, manifest: dict[str, Any], has_blocks: bool) -> None:
    """Refuse a folder that belongs to another scenario or seed, or holds blocks of other versions."""
    if not file.exists():
        return
    old = read_manifest(file)
    if not old:
        # Blocks say themselves what run they are of, and the sweep writes a manifest anew where there is none.
        raise OutputError(f"{file}: cannot be read as a manifest; remove this file alone, or choose another --out")
    words = describe_differences(old, manifest, (*_IDENTITY, *(_OF_BLOCKS if has_blocks else ())))
    if words:
        raise OutputError(f"{file.parent}: belongs to another run: {words}. Remove the folder or choose another --out")


def read_manifest(file: Path) -> dict[str, Any]:
    """Return what a manifest says; nothing where it cannot be read as one."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def check_loss(folder: Path, manifest: dict[str, Any], tabled: int, has_blocks: bool) -> None:
    """Refuse to replace tables of more replicates than a sweep is sure to reach, or whose blocks are not here."""
    if tabled and not has_blocks:
        raise OutputError(
            f"{folder}: holds tables of {tabled:,} replicates without their blocks, as the project ships them or after "
            "`sim results prune`; --replace makes them anew, --out writes elsewhere"
        )
    rule = manifest.get("stopping")
    if manifest["replicates"] >= tabled or (rule and _asks_as_much(folder / "manifest.json", rule)):
        return
    which = "its first round is" if rule else "this sweep is"
    raise OutputError(
        f"{folder}: holds tables of {tabled:,} replicates, and {which} of {manifest['replicates']:,}; --replace puts "
        "these in their place (no block is lost), --out writes elsewhere"
    )


def _asks_as_much(file: Path, rule: dict[str, Any]) -> bool:
    """Return whether a rule that stops a sweep is the one that stopped it before, or asks for a higher precision."""
    try:
        before = read_manifest(file)["stopping"]
        is_alike = all(rule[key] == value for key, value in before.items() if key not in ("target", "time_limit_met"))
        return bool(is_alike and rule["target"] <= before["target"])
    except (AttributeError, KeyError, TypeError):
        return False


def describe_differences(old: dict[str, Any], new: dict[str, Any], names: tuple[str, ...]) -> str:
    """Return what two manifests say differently under some keys, in words; of the digest, what was resolved."""
    names = tuple(name for name in names if old.get(name) != new.get(name))
    if "digest" in names:
        names = ("resolved", *(name for name in names if name not in ("digest", "resolved")))
    before, now = (flatten({name: one[name] for name in names if name in one}) for one in (old, new))
    keys = [key for key in {**before, **now} if before.get(key) != now.get(key)]
    shown = [
        f"{key.removeprefix('resolved.')} was {before.get(key, _LACKS)}, is {now.get(key, _LACKS)}" for key in keys
    ]
    return name_some(shown, _SHOWN, "; ")


def flatten(value: object, prefix: str = "") -> dict[str, object]:
    """Return nested values by key path."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if inner is None:
        return {prefix: value}
    flat: dict[str, object] = {}
    for key, item in inner:
        flat |= flatten(item, f"{prefix}.{key}" if prefix else str(key))
    return flat

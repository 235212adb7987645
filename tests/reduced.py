"""The Lebanon part of the shipped baseline: what the scalar model knows, made from the shipped files.

Parties farther away, who may join, alliances and the region are left out, and with them all that names them.
"""

from __future__ import annotations

import datetime
import json
import shutil
import tomllib
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).parents[1] / "scenarios" / "lebanon-2023"
PARTIES = ("ISR", "HZB", "HAM", "PIJ")
DYADS = {f"{one}-{other}" for one in PARTIES for other in PARTIES}
WIDER = ("attack", "joined", "regional_war", "general_war")
"""Kinds of questions that ask for parties farther away."""


def lebanon_part(folder: Path) -> Path:
    """Write the reduced theatre and the baseline on it; return the file of the baseline."""
    theatre = tomllib.loads((SHIPPED / "theatre.toml").read_text())
    theatre["party"] = [party for party in theatre["party"] if party["id"] in PARTIES]
    theatre["dyad"] = [dyad for dyad in theatre["dyad"] if f"{dyad['sender']}-{dyad['target']}" in DYADS]
    theatre["question"] = [question for question in theatre["question"] if question["kind"] not in WIDER]
    for key in ("joiner", "alliance", "region"):
        theatre.pop(key)
    parameters = theatre["parameters"]
    for key in ("every_entry", "entry", "alliance"):
        parameters.pop(key)
    for group, known in (("party", PARTIES), ("dyad", DYADS)):
        parameters[group] = {name: own for name, own in parameters[group].items() if name in known}
    baseline = tomllib.loads((SHIPPED / "baseline.toml").read_text())
    baseline["policy"] = {party: rule for party, rule in baseline["policy"].items() if party in PARTIES}
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(SHIPPED / theatre["ledger"], folder)
    (folder / "theatre.toml").write_text(as_toml(theatre))
    (folder / "baseline.toml").write_text(as_toml(baseline))
    return folder / "baseline.toml"


def as_toml(content: dict[str, Any]) -> str:
    """Return a TOML file with one line for each key."""
    return "".join(f"{key} = {_inline(value)}\n" for key, value in content.items())


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_inline(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return value.isoformat() if isinstance(value, datetime.date) else json.dumps(value, ensure_ascii=False)

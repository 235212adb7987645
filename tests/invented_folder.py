"""A results folder of which a sheet reads nothing but manifest and points; and rows by the names of their columns."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd

from sim.results.reading.point_names import name_points

RECORD: dict[str, Any] = {
    **{"class": "crises", "text": "crises", "came": "became wars", "unit": "crises", "source": "S9"},
    **{"events": 2, "n": 10},
    "at": [
        {"horizon_days": 30, "estimate": 0.1, "low": 0.05, "high": 0.2, "how": "constant hazard"},
        {"horizon_days": 90, "estimate": 0.23, "low": 0.12, "high": 0.56, "how": "counted"},
    ],
}
"""What a manifest keeps of a reference class."""
MANIFEST: dict[str, Any] = {
    "title": "Invented",
    "front": "Northern",
    "seed": 41,
    "points": 2,
    "questions": [{"id": "Q2", "text": "a war", "reference": RECORD}, {"id": "Q7", "text": "a truce"}],
    "states": ["calm", "war"],
    "parties": [{"id": "L", "name": "Left"}, {"id": "R", "name": "Right"}],
    "labels": {"informed": 3, "literature": 9, "judgement": 17, "parameters": 29},
    "sources": {"party.L.campaign_hazard": "S2: counted"},
}
POINTS = pd.DataFrame(
    [
        {"point": 0, "label": "lever = mild", "lever": "mild", "party.L.climb": "0.25"},
        {"point": 3, "label": "lever = harsh", "lever": "harsh", "party.L.climb": "0.75"},
    ]
)


def folder(**changes: Any) -> Any:
    """Return the folder, its manifest changed in parts."""
    whole: dict[str, Any] = {"points": POINTS, "blocks": [], "replicates_done": 900, "replicates_wanted": 1200}
    whole |= {name: changes.pop(name) for name in ("points", "blocks", "replicates_done") if name in changes}
    manifest = {**MANIFEST, **changes.pop("manifest", {})}
    parties = {party["id"]: party["name"] for party in manifest["parties"]}
    names = {"party_names": parties, "point_names": name_points(whole["points"], parties)}
    return SimpleNamespace(path="invented", manifest=manifest, **whole, **names, **changes)


def rows_of(columns: str, *rows: tuple[Any, ...]) -> pd.DataFrame:
    """Return rows under the names of their columns, which are parted by blanks."""
    return pd.DataFrame(rows, columns=columns.split())

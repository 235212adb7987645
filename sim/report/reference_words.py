"""What is said of the reference class of a question, at the horizon that is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from sim.evidence.reference_class import COUNTED
from sim.report.sheet import in_percent, name_reach

NO_CLASS: Final = "No reference class is known for this question."
Manifest = Mapping[str, Any]


def find_record(manifest: Manifest, question: str) -> Mapping[str, Any] | None:
    """Return the class that a manifest keeps of a question; None without one, as in folders of version 0.2."""
    asked: Manifest = next((entry for entry in manifest["questions"] if entry["id"] == question), {})
    record: Mapping[str, Any] = asked.get("reference") or {}
    return record if record.get("at") else None


def find_chances(manifest: Manifest, question: str, days: Sequence[int]) -> list[dict[str, float]]:
    """Return how often it came within so many days; between the horizons that are kept, by a constant hazard."""
    record = find_record(manifest, question)
    if record is None:
        return []
    kept = [0, *(at["horizon_days"] for at in record["at"])]
    shares: dict[str, Any] = {"day": list(days)}
    for name in ("estimate", "low", "high"):
        left = [0.0, *(np.log1p(-min(at[name], 1 - 1e-12)) for at in record["at"])]
        shares[name] = (-np.expm1(np.interp(days, kept, left))).round(6).tolist()
    return [dict(zip(shares, row, strict=True)) for row in zip(*shares.values(), strict=True)]


def describe_reference(manifest: Manifest, question: str, day: int) -> str:
    """Return the sentence that stands under odds: what came of the like within as many days."""
    record = find_record(manifest, question)
    if record is None:
        return NO_CLASS
    (chance,) = find_chances(manifest, question, [day])
    how = {at["horizon_days"]: at["how"] for at in record["at"]}.get(day, record["at"][0]["how"])
    words = "" if how == COUNTED else f" ({how})"
    return f"{name_past(record)}: {_share(chance)} {record['came']} within {day:,} days{words}."


def name_past(record: Mapping[str, Any]) -> str:
    """Return what was counted, and how much of it."""
    return f"Past {record['text']} ({record['n']:,} {record['unit']})"


def reference_notes(manifest: Manifest, questions: Iterable[str]) -> list[str]:
    """Return each class of some questions at every horizon, and for which questions none is known."""
    by_words, known = dict[str, list[str]](), {asked["id"] for asked in manifest["questions"]}
    for question in filter(known.__contains__, questions):
        words = "none is known."
        if record := find_record(manifest, question):
            hows = " and ".join(dict.fromkeys(at["how"] for at in record["at"]))
            shares = ", ".join(f"{_share(at)} within {at['horizon_days']:,} days" for at in record["at"])
            words = (
                f"{name_past(record)}: {record['events']:,} {record['came']}; {shares} ({hows}). {record['source']}."
            )
        by_words.setdefault(words, []).append(question)
    return [f"Reference class of {', '.join(names)}: {words}" for words, names in by_words.items()]


def _share(at: Mapping[str, Any]) -> str:
    return f"{in_percent(at['estimate'])} % ({name_reach(at['low'], at['high'])})"

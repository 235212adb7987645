"""In which factors and settings two points differ, by what their manifests say."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pandas as pd

from sim.report.parameter_sheets import name_parameter
from sim.report.sheet import UNKNOWN, Columns, Sheet
from sim.results.analysis.comparison import Side
from sim.sweeps.manifest_match import flatten

_ROWS: Final = 12
_PLAIN: Final = ("start", "step_days", "horizon_days", "truces", "diplomatic_shocks", "incidents", "ledger_sha256")
_OF_BUNDLES: Final = ("truces", "diplomatic_shocks")
_ELSEWHERE: Final = ("parameters", "reference", "question")
"""Parts of a theatre that are told by their laws, or that move no history."""


def diff_settings(first: Side, second: Side) -> pd.DataFrame:
    """Return the factors, policies, laws and other settings that differ between two points."""
    before, after = dict(_settings(first)), dict(_settings(second))
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    rows = [{"setting": key, "first": before.get(key), "second": after.get(key)} for key in keys]
    return pd.DataFrame(rows, columns=["setting", "first", "second"])


def _settings(side: Side) -> Iterator[tuple[str, str]]:
    """Yield all that determines the numbers of a point, as key path and text."""
    results, point = side
    resolved = results.manifest["resolved"]
    row = results.points.set_index("point").loc[point]
    label = str(row["label"])
    levels = {str(key): str(level) for key, level in row.drop("label").items()}
    yield from levels.items()
    for owner, policy in resolved["policies"][label].items():
        if f"policy.{owner}" not in levels:
            yield f"policy.{owner}", str(policy)
    laws = {**resolved["parameters"], **resolved["parameters_of_points"].get(label, {})}
    yield from ((key, str(value["law"])) for key, value in laws.items() if key not in levels)
    for level in levels.values():
        bundle = resolved["bundles"].get(level, {})
        yield from ((f"{level}: {key}", _text(bundle[key])) for key in _OF_BUNDLES if bundle.get(key))
    yield from ((key, _text(resolved[key])) for key in _PLAIN)
    theatre = {key: value for key, value in resolved["theatre"].items() if key not in _ELSEWHERE}
    parts = flatten({"theatre": theatre, "versions": results.manifest.get("versions", {})})
    yield from ((key, _text(value)) for key, value in parts.items())


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def make_diff_sheet(table: pd.DataFrame, parties: Mapping[str, str], first: str, second: str) -> Sheet:
    """Return what differs as a table that people read."""
    shown = table.head(_ROWS).astype(object).where(table.head(_ROWS).notna(), UNKNOWN)
    columns: Columns = {
        "setting": lambda row: name_parameter(row["setting"], parties),
        "first": "first",
        "second": "second",
    }
    return Sheet.of(f"What differs between {first} and {second}", shown, columns, left=3)


def describe_diff(table: pd.DataFrame) -> list[str]:
    """Return how many settings differ, where the table does not show it."""
    if table.empty:
        return ["No factor, policy, parameter or other setting differs between the two."]
    more = len(table) - _ROWS
    return [f"{more:,} more settings differ; --json lists all."] if more > 0 else []

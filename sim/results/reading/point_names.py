"""Short plain names of the points of a design: what a what-if is called where key paths would only be in the way.

The whole label stands beside them in the table ``points``.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd

from sim.scenario.design import BASE

AS_IT_IS: Final = "as it is"  # name of the point that leaves the scenario as it is
_LONGEST: Final = 60


def name_points(points: pd.DataFrame, parties: Mapping[str, str]) -> dict[int, str]:
    """Return a name of each row of a design, no two alike, with the names of the parties by id.

    The levels of bundles and of what several parties have in common stand alone, such as "mediation" and "Israel 0,
    Hezbollah 0.5"; other factors are named before their levels. Points that go by their number keep it.
    """
    keys = [str(name) for name in points.columns if name not in ("point", "label")]
    words = _name_factors(keys, parties)
    told: dict[int, str] = {}
    for row in points.to_dict("records"):
        levels = [f"{words[key]} {row[key]}".strip() for key in keys if row[key] != BASE]
        is_numbered = row["label"] == f"point {row['point']}"
        name = row["label"] if is_numbered else ", ".join(levels) or AS_IT_IS
        told[int(row["point"])] = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1].rstrip()}…"
    numbers = Counter(told.values())
    names: dict[int, str] = {}
    for point, name in told.items():
        only = name if numbers[name] == 1 else f"{name} (point {point})"
        names[point] = only if only not in names.values() else f"{only} (point {point})"
    return names


def _name_factors(keys: Sequence[str], parties: Mapping[str, str]) -> dict[str, str]:
    """Return the words before the levels of each factor: whose it is, what it is, or both; nothing for bundles."""
    owners = {key: _name_owner(key, parties) for key in keys}
    kinds = {(key.split(".")[0], *key.split(".")[2:]) for key in keys}
    if (len(kinds) == 1 and len(keys) > 1 and all(owners.values())) or not any("." in key for key in keys):
        return owners
    # Imported here: it takes the laws and policies with it, which tables that are only shown do not need.
    from sim.scenario.parameter_catalogue import plain_name

    return {key: plain_name(key, parties).removeprefix("policy of ") if "." in key else "" for key in keys}


def _name_owner(key: str, parties: Mapping[str, str]) -> str:
    """Return whose a parameter or policy is, in words; empty for those of nobody."""
    ids = key.split(".")[1].split("-") if "." in key else []
    return " against ".join(parties[name] for name in ids) if all(name in parties for name in ids) else ""

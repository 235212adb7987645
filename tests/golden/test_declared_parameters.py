"""What is declared of every parameter is the committed line: a default, a bound or a unit that moves is seen.

``python tests/golden/test_declared_parameters.py`` writes the lines anew.
"""

from __future__ import annotations

from pathlib import Path

from sim.core.parameters import parameters_of
from sim.engine.configuration import AllianceParameters, EntryParameters, FrontParameters, WorldParameters
from sim.engine.outcomes import Definitions
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import DyadParameters, Rung
from sim.policies.registry import SHIPPED

FILE = Path(__file__).with_suffix(".txt")
OWNERS = {
    "party": PartyParameters,
    "dyad": DyadParameters,
    "world": WorldParameters,
    "front": FrontParameters,
    "definition": Definitions,
    "entry": EntryParameters,
    "alliance": AllianceParameters,
    "rung": Rung,
    **SHIPPED,
}


def declared() -> str:
    lines = [
        f"{owner}.{name} = {one.default!r} from {one.bounds.low!r} to {one.bounds.high!r} [{one.unit}]\n"
        for owner, kind in OWNERS.items()
        for name, one in parameters_of(kind).items()
    ]
    return "".join(lines)


def test_what_is_declared_is_what_is_committed():
    assert declared().splitlines() == FILE.read_text(encoding="utf-8").splitlines()


if __name__ == "__main__":
    FILE.write_text(declared(), encoding="utf-8")

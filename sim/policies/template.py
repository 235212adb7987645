"""Files to start a policy of one's own from: the policy, a scenario that uses it, a test that passes at once."""

from __future__ import annotations

import contextlib
import keyword
import os
import re
from pathlib import Path
from typing import Final

from sim.core.errors import InputError, OutputError
from sim.core.shipped_data import shipped_folder

_POLICY: Final = '''"""NAME: a policy of your own. It passes `sim check FILE.py:NAME`; change it, and check again."""

from dataclasses import dataclass
from typing import Any, ClassVar

from sim import Interval, LaneValues, parameter
from sim.policies import Reaction, ScalarPolicy


@dataclass(frozen=True)
class NAME(ScalarPolicy):
    """Answer in kind, and one rung higher while much harm is unanswered."""

    # Where the rule comes from: a reference, or the word assumption.
    source: ClassVar[str] = "assumption"
    # What it claims; `sim check` holds it to that. It never begins, but may answer on a higher rung.
    never_first: ClassVar[bool] = True
    never_escalates: ClassVar[bool] = False
    stochastic: ClassVar[bool] = False

    # A parameter is declared once, with bounds, unit and source; a scenario sets it, gives it a prior or sweeps it.
    patience: LaneValues = parameter(
        10.0, Interval(0, 1000), unit="killed-equivalents", source="assumption", text="unanswered harm that is borne"
    )

    # What it remembers would be `state = remembered(name=0.0)`, read and set as self.state.name in a method `remember`;
    # chance would be `draw = drawn("name")`, read as self.draw.name.

    def react(self, now: Any, rung: int) -> Reaction:
        """Say how many of the reactions that are due to make (1 is all), and on which rung, to acts on one rung."""
        # One history and one opponent, in plain numbers: self.patience is a float, and `now` holds what the party could
        # know (see sim.policies.View). numba compiles it; SIM_KERNEL=python runs it under a debugger.
        if now.unanswered_harm > self.patience:
            return Reaction(1.0, min(rung + 1, now.top))
        return Reaction(1.0, rung)
'''

_SCENARIO: Final = """# NAME against tit-for-tat, on a theatre of two parties that are alike in everything else.
# `sim sweep FILE.toml` runs every level of the factor; all levels share their luck, so they are compared in pairs.

title = "NAME against tit-for-tat"
description = "How the odds hang on the patience of one side."
theatre = "THEATRE"

[run]
replicates = 400
seed = 1
horizon_days = 90
horizons = [30, 90]
step_days = 0.5

[policy.LEFT]
rule = "FILE.py:NAME"
patience = { value = 10, source = "assumption" }

[policy.RIGHT]
rule = "tit_for_tat"

[[factor]]
key = "policy.LEFT.patience"
levels = [1, 10, 100]
"""

_TEST: Final = '''"""NAME keeps the contract of policies, does what it says, and plays in its scenario."""

from pathlib import Path

import numpy as np
import pytest

from sim import Scenario
from sim.policies.registry import load_policy
from sim.testing import answers_of, check_policy, view_of

HERE = Path(__file__).parent
NAME = load_policy("FILE.py:NAME", HERE)


@pytest.mark.parametrize("verdict", check_policy(NAME), ids=lambda verdict: verdict.name)
def test_contract(verdict):
    assert verdict.passed, verdict.message


def test_much_unanswered_harm_is_answered_one_rung_higher():
    replicates = np.arange(100)
    is_fed_up = view_of(replicates).unanswered_harm > 5.0
    on_rung_1 = answers_of(NAME(patience=5.0), replicates, n_steps=1).rung[0, 0]
    assert set(on_rung_1[is_fed_up]) == {2}
    assert set(on_rung_1[~is_fed_up]) == {1}


def test_scenario():
    scenario = Scenario.load(HERE / "FILE.toml")
    for point in scenario.points():
        world = scenario.ensemble(point, 10, scenario.seed, horizon_days=5).conflict.run()
        assert not world.columns()["failed"].any()
'''

_IMPORTED: Final = ("Any", "ClassVar", "Interval", "LaneValues", "Path", "Reaction", "Scenario", "ScalarPolicy")


def starter_files(name: str, folder: Path) -> dict[str, str]:
    """Return the texts of a new policy by file name; the scenario names its theatre from the folder."""
    if not re.fullmatch("[A-Z][A-Za-z0-9]*", name) or keyword.iskeyword(name):
        raise InputError.single(
            name or "name", "", "is no name for a policy; write a class name of letters and digits, such as Vengeful"
        )
    if name in _IMPORTED:
        raise InputError.single(name, "", "is a name that every policy file imports; choose another")
    file = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    theatre = (shipped_folder() / "symmetric" / "theatre.toml").resolve()
    # On Windows there is no way from one drive to another.
    with contextlib.suppress(ValueError):
        theatre = Path(os.path.relpath(theatre, folder.resolve()))
    texts = {f"{file}.py": _POLICY, f"{file}.toml": _SCENARIO, f"test_{file}.py": _TEST}
    words = {"NAME": name, "FILE": file, "THEATRE": theatre.as_posix()}
    return {key: re.sub("NAME|FILE|THEATRE", lambda match: words[match[0]], text) for key, text in texts.items()}


def write_starter(name: str, folder: Path) -> list[Path]:
    """Write the files of a new policy into a folder, all of them or none, and return their paths."""
    files = {folder / key: text for key, text in starter_files(name, folder).items()}
    if old := next((path for path in files if path.exists()), None):
        raise OutputError(f"{old}: is there already and is not overwritten; choose another name or --out")
    made: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in files.items():
            with path.open("x", encoding="utf-8") as opened:
                made.append(path)
                opened.write(text)
    except BaseException as error:
        for path in made:
            path.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        raise OutputError(f"{folder}: cannot be written ({error.strerror or error})") from error
    return list(files)

"""``docs/your-first-policy.md``: every command and every file of the tutorial, run as it stands."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sim.cli import main

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "your-first-policy.md").read_text(encoding="utf-8")
FAST = ("--replicates", "16", "--jobs", "1")
"""Smaller sizes for the long commands; what they do is the same."""


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


COMMANDS = [command for block in blocks("sh") for command in block.splitlines()]
RULE, SCALAR = blocks("python")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Go through the page from top to bottom in an empty folder; give what each command printed, by command."""
    folder = tmp_path_factory.mktemp("clone")
    printed: dict[str, str] = {}
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        patched.setenv("COLUMNS", "120")
        for command in COMMANDS[1:]:
            printed[command] = output_of(command, patched)
            if "policies new" in command:
                (folder / "mine" / "vengeful.py").write_text(RULE)
                (folder / "mine" / "brooding.py").write_text(SCALAR)
    yield {**printed, "folder": str(folder)}


def output_of(command: str, patched: pytest.MonkeyPatch) -> str:
    """Run a command of the page in this process."""
    words = shlex.split(command)
    assert words[0] == "sim", command
    patched.setattr(sys, "argv", words + list(FAST if words[1] == "sweep" else ()))
    with contextlib.redirect_stdout(io.StringIO()) as printed, contextlib.redirect_stderr(io.StringIO()) as said:
        try:
            main()
        except SystemExit as ended:
            assert not ended.code, f"{command}: {said.getvalue()}"
    return printed.getvalue()


def test_the_path_of_a_new_user_is_short():
    """From a fresh clone to an own policy in a sweep in at most four commands and twenty lines."""
    sweep = next(place for place, command in enumerate(COMMANDS) if command.startswith("sim sweep"))
    assert sweep + 1 <= 4
    assert len([line for line in RULE.splitlines() if line.strip()]) <= 20
    assert COMMANDS[0].startswith("python3 -m venv .venv && .venv/bin/pip install")


def test_the_policy_is_judged_ready(told):
    assert blocks("text")[0].strip() in told["sim check mine/vengeful.py"]


def test_the_sweep_shows_its_odds(told):
    (command,) = [one for one in told if one.startswith("sim sweep")]
    assert "Left-Right war" in told[command]
    assert "policy.LEFT.patience" in told[command]


def test_points_are_compared(told):
    (command,) = [one for one in told if one.startswith("sim results compare")]
    assert "s.e. paired" in told[command]


def test_the_rest_leaves_what_it_says(told):
    mine = Path(told["folder"]) / "mine"
    assert (mine / "vengeful.png").read_bytes().startswith(b"\x89PNG")
    assert (mine / "tournament" / "symmetric" / "ranking.csv").is_file()
    assert (mine / "tournament" / "dilemma" / "ranking.csv").is_file()
    assert "times as long as those of tit_for_tat" in " ".join(told["sim check mine/brooding.py"].split())


def test_both_forms_of_the_rule_answer_alike(told):
    from sim.policies.registry import load_policy
    from sim.testing import answers_of

    mine = Path(told["folder"]) / "mine"
    array, scalar = (load_policy(rule, mine) for rule in ("vengeful.py:Vengeful", "brooding.py:Brooding"))
    one, other = (answers_of(kind(patience=3.0), np.arange(40)) for kind in (array, scalar))
    assert np.array_equal(one.rung, other.rung)
    # The exponential of the standard library and that of NumPy may differ in the last digit.
    assert np.allclose(one.memory["harm"], other.memory["harm"], rtol=1e-14)


def test_the_entry_point_is_written_as_in_the_little_package():
    shown = tomllib.loads(blocks("toml")[0])["project"]["entry-points"]
    real = tomllib.loads((ROOT / "tests" / "little_package" / "pyproject.toml").read_text())["project"]["entry-points"]
    assert shown.keys() == real.keys() == {"sim.policies"}

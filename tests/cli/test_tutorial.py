"""``docs/your-first-policy.md``: every command and every file of the tutorial, run as it stands."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pages import ROOT, blocks_of, walk
from plain_pictures import draw_plainly

PAGE = ROOT / "docs" / "your-first-policy.md"
RULE, _ = blocks_of(PAGE, "python")


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Go through the page from top to bottom in an empty folder; give what each command printed, by command."""
    folder = tmp_path_factory.mktemp("clone")
    with pytest.MonkeyPatch.context() as patch:
        draw_plainly(patch)
        shown = {block.commands[0]: output for block, output in walk(PAGE, folder) if block.commands}
    yield {**shown, "folder": str(folder)}


def test_the_path_of_a_new_user_is_short():
    """From a fresh clone to an own policy in a sweep in at most four commands and twenty lines."""
    commands = [command for block in blocks_of(PAGE, "sh") for command in block.text.splitlines()]
    sweep = next(place for place, command in enumerate(commands) if command.startswith("sim sweep"))
    assert sweep + 1 <= 4
    assert len([line for line in RULE.text.splitlines() if line.strip()]) <= 20
    assert commands[0].startswith("python3 -m venv .venv && .venv/bin/pip install")


def test_the_policy_is_judged_ready(printed):
    assert blocks_of(PAGE, "text")[0].text.strip() in printed["sim check mine/vengeful.py"]


def test_the_sweep_shows_its_odds(printed):
    (command,) = [command for command in printed if command.startswith("sim sweep")]
    assert "Left-Right war" in printed[command]
    assert "Left: patience" in printed[command]


def test_points_are_compared(printed):
    (command,) = [command for command in printed if command.startswith("sim results compare")]
    assert "s.e. paired" in printed[command]


def test_the_rest_leaves_what_it_says(printed):
    mine = Path(printed["folder"]) / "mine"
    assert (mine / "vengeful.png").read_bytes().startswith(b"\x89PNG")
    assert (mine / "tournament" / "symmetric" / "ranking.csv").is_file()
    assert (mine / "tournament" / "dilemma" / "ranking.csv").is_file()
    assert "It is an array function" in printed["sim check mine/brooding.py"]


def test_both_forms_of_the_rule_answer_alike(printed):
    from sim.policies.registry import load_policy
    from sim.testing import answers_of

    mine = Path(printed["folder"]) / "mine"
    scalar, array = (load_policy(rule, mine) for rule in ("vengeful.py:Vengeful", "brooding.py:Brooding"))
    vectors, scalars = (answers_of(kind(patience=3.0), np.arange(40)) for kind in (array, scalar))
    assert np.array_equal(vectors.rung, scalars.rung)
    # The exponential of the standard library and that of NumPy may differ in the last digit.
    assert np.allclose(vectors.memory["harm"], scalars.memory["harm"], rtol=1e-14)


def test_the_entry_point_is_written_as_in_the_little_package():
    shown = tomllib.loads(blocks_of(PAGE, "toml")[0].text)["project"]["entry-points"]
    real = tomllib.loads((ROOT / "tests" / "little_package" / "pyproject.toml").read_text())["project"]["entry-points"]
    assert shown.keys() == real.keys() == {"sim.policies"}

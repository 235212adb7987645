"""The command as a whole: light, quiet about its insides, with the exit status it promises."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from command import Command
from tiny import BASE, write_scenario

ROOT = Path(__file__).parents[2]


def started(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "sim", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment,
        check=False,
        **options,
    )


def test_help_lists_every_verb(sim: Command):
    done = sim("--help")
    assert done.status == 0
    for verb in ("run", "sweep", "fit", "nowcast", "results", "policies", "scenario", "check", "incidents"):
        assert f"  {verb} " in done.out
    assert "..." not in done.out.partition("Commands")[2], "a help text is cut off"


@pytest.mark.parametrize(
    "verb", ["run", "sweep", "fit", "nowcast", "results", "policies", "scenario", "check", "incidents"]
)
def test_every_verb_has_help(verb: str, sim: Command):
    done = sim(verb, "--help")
    assert done.status == 0
    assert done.err == ""


def test_importing_the_command_line_loads_nothing_heavy():
    code = (
        "import sys, importlib, sim.cli\n"
        "for verb in sim.cli.VERBS: importlib.import_module(f'sim.cli.{verb}')\n"
        "print([n for n in ('numpy', 'pandas', 'scipy', 'mesa', 'pyarrow', 'numba', 'matplotlib') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_python_m_sim_and_the_version():
    done = started("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, "sim 0.2.0\n", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["swep"], "No such command 'swep'. Did you mean 'sweep'?"),
        (["sweep", "--replicate", "3", "x.toml"], "No such option: --replicate"),
        (["sweep"], "Missing argument"),
        (["results", "shw"], "No such command 'shw'"),
        (["run", "x.toml", "--replicates", "many"], "--replicates"),
    ],
)
def test_wrong_usage_ends_with_2(arguments: list[str], message: str, sim: Command):
    done = sim(*arguments)
    assert done.status == 2
    assert message in done.err
    assert done.out == ""
    assert "Traceback" not in done.err


def test_an_error_is_one_sentence_on_stderr(sim: Command, tmp_path: Path):
    done = sim("run", str(tmp_path / "nowhere.toml"))
    assert done.status == 2
    assert done.out == ""
    assert done.err.startswith("sim: ")
    assert "nowhere.toml" in done.err
    assert "Traceback" not in done.err


def test_debug_shows_the_traceback(tmp_path: Path):
    path = str(tmp_path / "nowhere.toml")
    by_option = started("--debug", "run", path)
    assert by_option.returncode != 0
    assert "Traceback" in by_option.stderr


def test_a_reader_that_leaves_is_no_error(tmp_path: Path):
    path = write_scenario(tmp_path, BASE)
    command = f"{sys.executable} -m sim run {path} --replicates 1 | head -1"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        timeout=120,
    )
    assert done.stderr == ""


def test_check_passes_a_shipped_policy(sim: Command):
    done = sim("check", "tit_for_tat")
    assert done.status == 0
    assert "ready for use" in done.out


def test_check_fails_a_policy_that_breaks_its_contract(sim: Command, tmp_path: Path):
    (tmp_path / "rules.py").write_text(
        "from dataclasses import dataclass\nfrom sim.policies import Policy, Response\n\n"
        "@dataclass(frozen=True)\nclass Wild(Policy):\n    def respond(self, view, draw):\n"
        "        return Response(-1.0, 99)\n"
    )
    done = sim("check", f"{tmp_path / 'rules.py'}:Wild")
    assert done.status == 1
    assert "Traceback" not in done.err
    as_json = sim("check", f"{tmp_path / 'rules.py'}:Wild", "--json")
    assert as_json.status == 1
    assert not all(verdict["passed"] for verdict in json.loads(as_json.out))


def test_check_of_a_policy_that_is_not_there(sim: Command):
    done = sim("check", "no_rules.py:Rule")
    assert done.status == 2
    assert "there is no such Python file" in done.err

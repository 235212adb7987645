"""The command as a whole: light, quiet about its insides, with the exit status it promises."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from command import Command
from tiny import BASE, write_scenario

from sim.cli import main
from sim.core.errors import InputError

ROOT = Path(__file__).parents[2]


def started(command: str) -> subprocess.CompletedProcess[str]:
    """Run a line of a shell, in which `sim` is the command."""
    line = command.replace("sim ", f"{sys.executable} -m sim ", 1)
    shell = ["bash", "-o", "pipefail", "-c", line]
    # Read now and not at import: that is how coverage knows which test has started the command.
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(shell, capture_output=True, text=True, timeout=120, env=environment, check=False, cwd=ROOT)


def test_help_lists_every_verb(sim: Command):
    done = sim("--help")
    assert done.status == 0
    for verb in ("run", "sweep", "fit", "nowcast", "results", "policies", "scenario", "check", "incidents", "doctor"):
        assert f"  {verb} " in done.out
    assert "..." not in done.out.partition("Commands")[2], "a help text is cut off"


@pytest.mark.parametrize(
    "verb", ["run", "sweep", "fit", "nowcast", "results", "policies", "scenario", "check", "incidents", "doctor"]
)
def test_every_verb_has_help(verb: str, sim: Command):
    done = sim(verb, "--help")
    assert done.status == 0
    assert done.err == ""


def test_importing_the_command_line_loads_nothing_heavy():
    code = (
        "import sys, importlib, sim.cli\n"
        "for verb in sim.cli.VERBS: importlib.import_module(f'sim.cli.{verb}_command')\n"
        "print([n for n in ('numpy', 'pandas', 'scipy', 'mesa', 'pyarrow', 'numba', 'matplotlib') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_python_m_sim_and_the_version():
    done = started("sim --version")
    assert (done.returncode, done.stdout, done.stderr) == (0, "sim 0.2.0\n", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["swep"], "no such command 'swep'. Did you mean 'sweep'?"),
        (["sweep", "--replicate", "3", "x.toml"], "no such option: --replicate"),
        (["sweep"], "missing argument 'SCENARIO...'"),
        (["results", "shw"], "no such command 'shw'"),
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


def test_debug_lets_the_error_through(sim: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = str(tmp_path / "nowhere.toml")
    with pytest.raises(InputError, match=r"nowhere\.toml"):
        sim("--debug", "run", path)
    monkeypatch.setenv("SIM_DEBUG", "1")
    with pytest.raises(InputError, match=r"nowhere\.toml"):
        sim("run", path)
    monkeypatch.delenv("SIM_DEBUG")
    assert sim("run", path).status == 2, "what was asked for once holds for once"


def test_a_reader_that_leaves_is_no_error(tmp_path: Path):
    path = write_scenario(tmp_path, BASE)
    done = started(f"sim run {path} --replicates 1 --quiet | head -1")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1


FULL = Path("/dev/full")
NO_ROOM = "sim: the output cannot be written (No space left on device)\n"


@pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("command", ["policies list", "policies list --json", "results show baseline"])
def test_an_output_that_cannot_be_written_is_one_sentence(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "argv", ["sim", *command.split()])
    with FULL.open("w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        with pytest.raises(SystemExit) as end:
            main()
    assert (end.value.code, capsys.readouterr().err) == (2, NO_ROOM)


@pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")
def test_nothing_is_said_of_a_full_output_when_the_process_ends():
    done = started("sim --help > /dev/full")
    assert (done.returncode, done.stderr) == (2, NO_ROOM)


@pytest.mark.parametrize("closed", [">&-", "2>&-"])
def test_a_closed_stream_is_no_error(closed: str):
    done = started(f"sim --version {closed}")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == ("" if closed == ">&-" else "sim 0.2.0\n")


def test_characters_that_the_output_does_not_know_are_question_marks(monkeypatch: pytest.MonkeyPatch):
    shown = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "stdout", shown)
    monkeypatch.setattr(sys, "argv", ["sim", "results", "show", "baseline", "--horizon", "365"])
    with contextlib.suppress(SystemExit):
        main()
    assert b"22.9 (20.8?25.1)" in shown.detach().getvalue()


def test_an_error_of_the_system_names_its_file(sim: Command, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "some.csv")

    monkeypatch.setattr("sim.cli.app", refuse)
    done = sim("policies", "list")
    assert (done.status, done.err) == (2, "sim: some.csv: cannot be used (Permission denied)\n")


@pytest.mark.parametrize(
    ("out", "message"), [(".", ".: is a folder; name a file"), ("nowhere/a", "there is no folder nowhere")]
)
def test_a_file_that_cannot_be_written_is_refused_before_anything_is_run(
    out: str, message: str, sim: Command, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("sim.inference.prior_predictive.prior_check", lambda *_: pytest.fail("the replicates were run"))
    for arguments in (
        ("scenario", "prior-check", "checks.toml", "--out", out),
        ("policies", "show", "tit_for_tat", "--picture", out),
    ):
        done = sim(*arguments)
        assert done.status == 2
        assert message in done.err
        assert len(done.err.splitlines()) == 1


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

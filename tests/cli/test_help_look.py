"""Every help has the one look: words for what is typed, examples that can be typed, `-h`; and shells can complete."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from command import Command

import sim.cli


def walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from walk(inner, (*path, name))


TOP = typer.main.get_command(sim.cli.app)
COMMANDS = {path: one for verb in sim.cli.VERBS for path, one in walk(TOP.get_command(None, verb), (verb,))}


def parse(words: list[str]) -> None:
    """Parse the words of a command as it would be, without doing its work."""
    command: Any = TOP
    parent = TOP.make_context("sim", [], resilient_parsing=True)
    while hasattr(command, "get_command"):
        name = words.pop(0)
        command = command.get_command(parent, name)
        assert command is not None, name
        if not hasattr(command, "get_command"):
            command.make_context(name, words, parent=parent)


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_help_has_examples_that_parse_and_no_types_of_python(sim: Command, path: tuple[str, ...]):
    done = sim(*path, "-h")
    assert (done.status, done.err) == (0, "")
    assert done.out == sim(*path, "--help").out
    examples = COMMANDS[path].examples
    assert examples
    for line in examples:
        assert f"\n  {line}\n" in done.out, "an example is whole on one line"
        assert line.startswith(f"sim {path[0]}")
        parse(shlex.split(line)[1:])
    head, _, _ = done.out.partition("\nTables:")
    assert not re.search(r"<\w+|list\[|\{\w+\}", head), head
    assert "..." not in head.partition("\nCommands:")[2].partition("\nExamples:")[0], "a short help is cut"


def test_the_first_help_has_examples(sim: Command):
    out = sim("-h").out
    assert out == sim("--help").out
    for line in re.findall(r"\n  (sim .*)", out):
        parse(shlex.split(line)[1:])
    assert "Examples:\n  sim run lebanon-2023/baseline\n" in out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("swep",), "sim: no such command 'swep'. Did you mean 'sweep'? `sim --help` tells more\n"),
        (("results", "show"), "sim: missing argument 'RESULT'; `sim results show --help` tells more\n"),
        (("doctor", "--jsn"), "sim: no such option: --jsn"),
    ],
)
def test_wrong_use_is_told_in_one_line(sim: Command, words: tuple[str, ...], told: str):
    done = sim(*words)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(told)
    assert done.err.count("\n") == 1


def complete(sim: Command, monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    monkeypatch.setenv("_SIM_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", " ".join(("sim", *words)))
    monkeypatch.setenv("COMP_CWORD", str(len(words)))
    return sim().out


def test_a_shell_completes_verbs_options_and_names(sim: Command, monkeypatch: pytest.MonkeyPatch):
    assert complete(sim, monkeypatch, "swe").split() == ["sweep"]
    assert complete(sim, monkeypatch, "results", "comp").split() == ["compare"]
    assert complete(sim, monkeypatch, "sweep", "--rep").split() == ["--replicates", "--replace"]
    assert complete(sim, monkeypatch, "sweep", "symm").split() == ["symmetric/tit-for-tat"]
    assert "policy-pairs" in complete(sim, monkeypatch, "results", "show", "pol")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_is_shown(sim: Command, monkeypatch: pytest.MonkeyPatch, shell: str):
    monkeypatch.setenv("_SIM_COMPLETE", f"source_{shell}")
    assert "_SIM_COMPLETE=complete_" in sim().out.replace("env ", "")

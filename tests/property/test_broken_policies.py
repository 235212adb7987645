"""No policy ends a command without a sentence and an exit status, whatever is wrong with it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from broken_policies import KINDS
from forks import in_process
from forms import forms
from tiny import BASE, write_scenario

ENDLESS = "is endless"
LIMIT = 2
CASES = [(kind, number) for kind, texts in KINDS.items() for number in range(len(texts))]
DAILY = [
    *((kind, 1) for kind in KINDS if kind.startswith("ends the program")),
    *((kind, 3) for kind in (ENDLESS, "prints", "changes the process", "leaves something running")),
    *((kind, 0) for kind in ("raises later", "fails in what Python calls", "returns nonsense from another method")),
]
"""What no other test puts into a policy."""


class Done(NamedTuple):
    status: object
    out: str
    err: str


def command(arguments: list[str]) -> Done:
    """Run a command in this process, which is one of its own, with files for its output."""
    for number, name in ((1, "out"), (2, "err")):
        with Path(name).open("wb") as file:
            os.dup2(file.fileno(), number)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))
    sys.argv = ["sim", *arguments]
    from sim.cli import main

    status: object = 0
    try:
        main()
    except SystemExit as end:
        status = end.code or 0
    sys.stderr.flush()
    return Done(status, *(Path(name).read_text(encoding="utf-8", errors="replace") for name in ("out", "err")))


def check_words(done: Done, words: tuple[str, ...]) -> None:
    assert done.status in (0, 1, 2), done
    # What a `__del__` raises Python tells of itself, and goes on.
    assert "Traceback" not in done.err or "Exception ignored" in done.err, done.err
    if done.status == 2:
        said = [line for line in done.err.splitlines() if line.startswith("sim: ")]
        assert said, done
        assert any(word in said[-1] for word in words), said
        assert not done.out, done.out
    else:
        json.loads(done.out)
    if done.status == 1:
        failed = [verdict["message"] for verdict in json.loads(done.out) if not verdict["passed"]]
        assert failed, done
        assert all("broken.py" in message for message in failed), failed


@pytest.fixture
def written(tmp_path: Path, kind: str, number: int) -> Path:
    text = KINDS[kind][number]
    write_scenario(tmp_path, BASE.replace('"tit_for_tat"', '"broken.py:Broken"', 1), "with_it")
    (tmp_path / "broken.py").write_bytes(text.encode(errors="surrogatepass"))
    return tmp_path


@pytest.mark.parametrize(("kind", "number"), forms(DAILY, [case for case in CASES if case not in DAILY]))
def test_a_broken_policy_is_told_of(kind: str, number: int, written: Path):
    done = in_process(command, ["check", "broken.py", "--json", "--limit", str(LIMIT)], folder=written)
    check_words(done, ("broken.py",))
    if kind in {ENDLESS, "raises"} or kind.startswith("ends the program"):
        assert done.status
    if kind == ENDLESS:
        return
    (written / "broken.py").write_bytes(KINDS[kind][number].encode(errors="surrogatepass"))
    few = ["--replicates", "4", "--days", "3", "--jobs", "1"]
    check_words(
        in_process(command, ["run", "with_it.toml", "--json", "--quiet", *few], folder=written),
        ("roken", "policy.R.", "policy of R"),
    )

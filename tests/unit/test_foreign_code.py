"""Code of others inside of ours: what it raises, prints, changes and how long it takes."""

from __future__ import annotations

import os
import signal
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

from sim.core import foreign_code
from sim.core.errors import InputError, PolicyError
from sim.core.foreign_code import ProcessState, blame, call, describe, import_source, is_interrupt


@pytest.fixture(autouse=True)
def _ctrl_c_is_heard(monkeypatch):
    """A shell that starts the tests in the background lets them ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def module(request: pytest.FixtureRequest):
    """Return a function that imports a text as a user's file."""
    names = []

    def make(text: str):
        names.append(f"sim_policy_of_{request.node.name}")
        return import_source(names[-1], "/somewhere/mine.py", text.encode())

    yield make
    for name in names:
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("raise BaseException('a\\n b')", "BaseException: a b"),
        ("import os; os._exit(0)", "SystemExit: 0"),
        ("import os; os.execv('/bin/true', ['true'])", "SystemExit: os.execv"),
        ("import os; os.execvp('true', ['true'])", "SystemExit: os.execv"),
        ("import os; os.fork()", "SystemExit: os.fork"),
        ("import os; os.kill(os.getpid(), 9)", "SystemExit: os.kill"),
        ("import os; os.abort()", "SystemExit: os.abort"),
        ("raise type('Odd', (Exception,), {'__str__': lambda self: 1 / 0})", "Odd"),
    ],
)
def test_whatever_is_raised_is_one_sentence_with_its_line(statement: str, words: str, module):
    mine = module(f"def work():\n    {statement}\n")
    with pytest.raises(PolicyError) as caught, blame("policy Mine"), call("policy Mine"):
        mine.work()
    assert str(caught.value) == f"policy Mine failed: {words} (mine.py, line 2)"


def test_what_goes_wrong_at_import_has_its_line(module):
    with pytest.raises(InputError, match=r"^/somewhere/mine\.py: line 2: SystemExit: 0$"):
        module("import sys\nsys.exit(0)\n")


def test_ctrl_c_is_no_fault_of_a_policy(module):
    mine = module("import signal\ndef work():\n    signal.raise_signal(signal.SIGINT)\n")
    with pytest.raises(KeyboardInterrupt) as caught, blame("policy Mine", always=True):
        mine.work()
    assert is_interrupt(caught.value)


def test_errors_of_ours_pass_and_so_do_those_of_others_where_nobody_is_to_blame(monkeypatch):
    monkeypatch.setattr(foreign_code, "list_imported", list)
    for error, kind in ((InputError.single("a", "b", "c"), InputError), (ZeroDivisionError("x"), ZeroDivisionError)):
        with pytest.raises(kind), blame("policy Mine"):
            raise error
    with (
        pytest.raises(PolicyError, match=r"^policy Mine failed: ZeroDivisionError: x"),
        blame("policy Mine", always=True),
    ):
        raise ZeroDivisionError("x")


def test_where_no_line_tells_the_files_that_were_imported_are_named(module):
    module("x = 1\n")
    with pytest.raises(PolicyError, match=r"in .*mine\.py.* perhaps; `sim check` says more"), blame("a policy"):
        raise AttributeError("nothing")


CHANGES = {
    "the working folder": lambda: os.chdir("/"),
    "sys.stdout or sys.stderr": lambda: setattr(sys, "stdout", None),
    "numpy.seterr": lambda: np.seterr(all="raise"),
    "the filters of warnings": warnings.resetwarnings,
    "the handler of Ctrl-C": lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    "the limit of recursion": lambda: sys.setrecursionlimit(sys.getrecursionlimit() + 7),
}


@pytest.mark.parametrize("words", CHANGES)
def test_what_is_changed_is_put_back_and_named(words: str):
    def seen():
        handler, depth = signal.getsignal(signal.SIGINT), sys.getrecursionlimit()
        return Path.cwd(), sys.stdout, np.geterr(), list(warnings.filters), handler, depth, os._exit

    before, state = seen(), ProcessState()
    CHANGES[words]()
    assert state.put_back() == [words]
    assert seen() == before


def test_a_slow_call_is_told_of_with_its_line(
    module, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    mine = module("import time\ndef work():\n    time.sleep(2.5)\n")
    monkeypatch.setattr(foreign_code, "SLOW_SECONDS", 0.5)
    with call("policy Mine", "day 3, 5 replicates"):
        mine.work()
    line, *_ = capsys.readouterr().err.splitlines()
    assert line.startswith("sim: policy Mine has taken ")
    assert line.endswith(" s and goes on (mine.py, line 3; day 3, 5 replicates)")
    time.sleep(1.1)
    assert capsys.readouterr().err == "", "it is over"


def test_an_error_that_cannot_say_what_it_is_has_its_kind():
    assert describe(type("Mute", (Exception,), {"__str__": lambda self: sys.exit(0)})()) == "Mute"

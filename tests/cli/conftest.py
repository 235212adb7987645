"""The fixture that runs a command and catches its exit status and streams."""

from __future__ import annotations

import sys

import pytest
import rich.table  # noqa: F401 - draws from `random` as it is loaded, which no test may do
from command import Command, Done

from sim.cli import main


@pytest.fixture
def sim(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    def run(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["sim", *map(str, arguments)])
        capsys.readouterr()
        try:
            main()
        except SystemExit as exit_:
            status = exit_.code
        else:
            status = 0
        streams = capsys.readouterr()
        return Done(int(status or 0), streams.out, streams.err)

    return run

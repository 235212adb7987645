"""Run a command and catch its exit status and streams; leave pictures undrawn where nobody looks at them."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

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


@pytest.fixture
def plain_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the figures of each picture on the page of a sweep instead of drawing them, which takes longer than all else.

    For tests of anything but pictures; pages still differ where their figures do.
    """
    from sim.report import html_page

    called = html_page.call_named

    def call(reference: str, results: Any, frames: Iterable[Any]) -> Any:
        if not reference.startswith("plots."):
            return called(reference, results, frames)
        return f"<svg>{reference} {[None if frame is None else frame.to_csv() for frame in frames]}</svg>"

    monkeypatch.setattr(html_page, "call_named", call)

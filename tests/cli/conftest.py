"""The command, and pages whose pictures are left undrawn where nobody looks at them."""

from __future__ import annotations

import pytest
from command import Command, run


@pytest.fixture
def sim() -> Command:
    return run


@pytest.fixture
def plain_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave pictures undrawn."""
    from plain_pictures import draw_plainly

    draw_plainly(monkeypatch)


@pytest.fixture(autouse=True)
def _nothing_is_said_of_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what a command says hang on no cache of this machine."""
    monkeypatch.setattr("sim.cli.announce_compilation", lambda: None)

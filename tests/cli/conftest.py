"""The command, and pages whose pictures are left undrawn where nobody looks at them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from command import Command, run


@pytest.fixture
def sim() -> Command:
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

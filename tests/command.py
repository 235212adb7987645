"""Run the command line inside a process."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from unittest import mock

import rich.table  # noqa: F401 - draws from `random` as it is loaded, which no test may do


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    status: int
    out: str
    err: str


Command = Callable[..., Done]


def run(*arguments: object) -> Done:
    """Run a command as it is typed."""
    from sim.cli import main

    with (
        mock.patch.object(sys, "argv", ["sim", *map(str, arguments)]),
        contextlib.redirect_stdout(io.StringIO()) as out,
        contextlib.redirect_stderr(io.StringIO()) as err,
    ):
        try:
            main()
        except SystemExit as end:
            status = end.code
        else:
            status = 0
    return Done(int(status or 0), out.getvalue(), err.getvalue())

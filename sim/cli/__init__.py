"""The command ``sim``: arguments in, exit code out, no logic.

One file holds one verb, and a verb is imported only when it is asked for or listed; what is heavy is imported only
inside the verb that needs it. Data go to stdout, progress and warnings to stderr. Exit status: 0 done, 1 a check
failed, 2 wrong usage or input, 130 interrupted. Imports report and what lies below. Begin with `sweep_command`.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

import sim
from sim.cli.console import (
    announce_compilation,
    announce_faults,
    release_stdout,
    reserve_stdout,
    reserved_depth,
    stdout,
)
from sim.core.errors import SimError, name_some
from sim.core.foreign_code import ProcessState, blame
from sim.core.visible_text import escape_hidden

VERBS: Final = (
    "run",
    "sweep",
    "solve",
    "fit",
    "nowcast",
    "results",
    "report",
    "view",
    "policies",
    "scenario",
    "check",
    "tournament",
    "incidents",
    "doctor",
)
"""The verbs in the order of the help; the module of each beside this one, ``sweep_command`` for ``sweep``, has a Typer
``app``."""
INTERRUPTED: Final = 130

_debug: list[bool] = []
_MOST_LINES: Final = 40


def _contain(command: Any) -> None:
    """Let policies neither spoil the output of a command, or of those below it, nor end it."""
    for inner in getattr(command, "commands", {}).values():
        _contain(inner)
    if command.callback is not None:
        command.callback = _contained(command.callback)


def _contained(work: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(work)
    def run(*arguments: Any, **options: Any) -> Any:
        reserve_stdout()
        state = ProcessState()
        try:
            with blame("a policy", passing=(OSError, typer.Exit, typer.Abort)):
                return work(*arguments, **options)
        finally:
            state.put_back()

    return run


class LazyGroup(TyperGroup):
    """A group whose commands are imported when they are asked for."""

    # The type of a context depends on the version of Typer.
    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a verb, or None if there is none of that name."""
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"sim.cli.{cmd_name}_command")
        command = typer.main.get_command(module.app)
        command.name = cmd_name
        _contain(command)
        return command


app = typer.Typer(
    cls=LazyGroup,
    help="Estimate the odds that a border conflict widens into a regional war, and show what they rest on.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _show_version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"sim {sim.__version__}\n")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", envvar="SIM_DEBUG", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Hold the options that stand before the verb."""
    _debug[:] = [debug]
    announce_compilation()
    announce_faults()


def _elsewhere() -> None:
    """Hold the place of a verb."""


# The names are for the help and for the suggestion after a misspelt verb; the group gives the verbs themselves.
for _verb in VERBS:
    app.command(_verb)(_elsewhere)


def main() -> None:
    """Run the command line and end the process with its exit status."""
    _make_streams_ready()
    depth = reserved_depth()
    try:
        _run()
    finally:
        release_stdout(depth)


def _run() -> None:
    try:
        try:
            app(prog_name="sim")
        finally:
            # A reader that left is met here and not when the interpreter ends, where it cannot be caught.
            stdout().flush()
    except SimError as error:
        if any(_debug):
            raise
        sys.stderr.write(f"sim: {_told(error)}\n")
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except SystemExit as end:
        # Typer takes a reader that left for a failure.
        if not isinstance(end.__context__, BrokenPipeError):
            raise
        _give_up_output()
        sys.exit(0)
    except BrokenPipeError:
        _give_up_output()
        sys.exit(0)
    except OSError as error:
        if any(_debug):
            raise
        # The system names every file that it opened or looked for; a stream that is open already has no name.
        what = "the output cannot be written" if error.filename is None else f"{error.filename}: cannot be used"
        with contextlib.suppress(OSError):
            sys.stderr.write(f"sim: {what} ({error.strerror or error})\n")
        _give_up_output()
        sys.exit(SimError.exit_status)


def _told(error: SimError) -> str:
    """Return the words of an error; of many faults, those that a screen holds."""
    lines = escape_hidden(str(error)).splitlines()
    return name_some(lines, _MOST_LINES, "\n")


def _make_streams_ready() -> None:
    """Let streams that are closed swallow everything, and show what they have no character for as a question mark."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - until the end
        elif isinstance(stream := getattr(sys, name), io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _give_up_output() -> None:
    """Send what stdout still holds nowhere; the interpreter tries to flush at exit, and complains where it fails."""
    # Where stdout stands for no file, nothing is flushed at exit either.
    with contextlib.suppress(io.UnsupportedOperation):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stdout().fileno())

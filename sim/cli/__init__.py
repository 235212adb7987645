"""The command ``sim``: arguments in, exit code out, no logic.

One file holds one verb, and a verb is imported only when it is asked for or listed; what is heavy is imported only
inside the verb that needs it. Data go to stdout, progress and warnings to stderr. Exit status: 0 done, 1 a check
failed, 2 wrong usage or input, 130 interrupted. Imports report and what lies below. Begin with `sweep_command`.
"""

import contextlib
import functools
import importlib
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn, cast

import typer
from typer.core import TyperGroup

import sim
from sim.cli import console
from sim.cli.console import announce_compilation
from sim.cli.help_look import shape, write_examples
from sim.core.errors import SimError, name_some
from sim.core.foreign_code import ProcessState, blame
from sim.core.visible_text import escape_hidden

VERBS: Final = (
    *("run", "sweep", "compare", "solve", "fit", "nowcast", "hindcast", "reference", "patterns", "results"),
    *("report", "view", "policies", "scenario", "parameters", "check", "verify", "tournament", "incidents", "doctor"),
)
"""The verbs in the order of the help; the module of each beside this one, ``sweep_command`` for ``sweep``, has a Typer
``app``."""
EXAMPLES: Final = (
    "sim run lebanon-2023/baseline",
    "sim sweep lebanon-2023/forgiveness",
    "sim results show forgiveness",
)
INTERRUPTED: Final = 130

_debug: list[bool] = []
_MOST_LINES: Final = 40
_UsageError: Final = cast("type[Exception]", typer.BadParameter.__mro__[1])
"""Every wrong use; Typer itself gives it no name in all of its versions."""


def _contain(command: Any) -> None:
    """Let policies neither spoil the output of a command, or of those below it, nor end it."""
    for inner in getattr(command, "commands", {}).values():
        _contain(inner)
    if command.callback is not None:
        command.callback = _contained(command.callback)


def _contained(work: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(work)
    def run(*arguments: Any, **options: Any) -> Any:
        console.reserve_stdout()
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
        shape(command)
        return command

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the first commands to try."""
        write_examples(formatter, EXAMPLES)


app = typer.Typer(
    cls=LazyGroup,
    help="Estimate the odds that a border conflict widens into a regional war, and show what they rest on.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _show_version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"sim {sim.__version__}\n")
        raise typer.Exit


@app.callback()
def hold_options(
    debug: Annotated[bool, typer.Option("--debug", envvar="SIM_DEBUG", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Hold the options that stand before the verb."""
    _debug[:] = [debug]
    announce_compilation()
    console.announce_faults()


# The names are for the help and for the suggestion after a misspelt verb; the group gives the verbs themselves.
for _verb in VERBS:
    app.command(_verb)(lambda: None)


def main() -> None:
    """Run the command line and end the process with its exit status."""
    _make_streams_ready()
    depth = console.reserved_depth()
    try:
        _run()
    finally:
        console.release_stdout(depth)


def _run() -> None:
    try:
        try:
            status = app(prog_name="sim", standalone_mode=False)
        finally:
            # A reader that left is met here and not when the interpreter ends, where it cannot be caught.
            console.stdout().flush()
    except SimError as error:
        if any(_debug):
            raise
        # Of many faults those that a screen holds.
        told = name_some(escape_hidden(str(error)).splitlines(), _MOST_LINES, "\n")
        sys.stderr.write(f"sim: {told}\n")
        sys.exit(error.exit_status)
    except _UsageError as error:
        _tell_usage(error)
    except typer.Abort:
        sys.stderr.write("sim: stopped before anything was done\n")
        sys.exit(1)
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
    if isinstance(status, int):
        sys.exit(status)


def _tell_usage(error: Any) -> NoReturn:
    """Say in a sentence what is wrong with how a verb was called; a verb that was given nothing shows its help."""
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
    else:
        path = error.ctx.command_path if error.ctx else "sim"
        text = escape_hidden(error.format_message()).rstrip(".")
        stop = "" if text.endswith("?") else ";"
        sys.stderr.write(f"sim: {text[:1].lower()}{text[1:]}{stop} `{path} --help` tells more\n")
    sys.exit(SimError.exit_status)


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
        os.dup2(os.open(os.devnull, os.O_WRONLY), console.stdout().fileno())

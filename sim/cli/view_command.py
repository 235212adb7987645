"""``sim view``: the live page of results and of runs, in the browser of this machine."""

from __future__ import annotations

import os
import sys
import webbrowser
from threading import Thread
from typing import Annotated

import typer

from sim.cli.console import say, stdout
from sim.cli.options import RESULTS, OutOption
from sim.core.errors import InputError, SimError

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(epilog="sim view lebanon-2023/baseline\nsim view forgiveness")
def view(
    asked: Annotated[
        str | None,
        typer.Argument(
            metavar="[SCENARIO | RESULT]",
            help="Scenario to run, by file or name, or results folder to explore; a list of both without it.",
            show_default=False,
        ),
    ] = None,
    *,
    port: Annotated[
        int | None,
        typer.Option("--port", help="Port of this machine; 0 for any free one, and the first free from 8765 without."),
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address.")] = False,
    replicates: Annotated[int, typer.Option("--replicates", help="Histories that a run begins with.")] = 200,
    out: OutOption = RESULTS,
) -> None:
    """Explore results, or watch an ensemble of histories run day by day, in the browser.

    The page is served to this machine alone, asks nothing of any other, and writes nothing. Ctrl-C ends it.
    """
    try:
        from sim.view.live_app import open_socket, serve
        from sim.view.run_pages import HISTORIES
        from sim.view.shelf import fill_shelf
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("starlette", "uvicorn"):
            raise
        raise SimError('`sim view` needs starlette and uvicorn: pip install "escalation-sim[view]"') from error
    if port is not None and not 0 <= port < 2**16:
        raise InputError.single("--port", "", f"{port} is out of bounds; it must be between 0 and 65535")
    if not HISTORIES.contains(replicates):
        words = f"{replicates} is out of bounds; it must be between {HISTORIES.low:g} and {HISTORIES.high:,.0f}"
        raise InputError.single("--replicates", "", words)
    shelf = fill_shelf(asked, out)

    def announce(address: str) -> None:
        say(f"{address}  (Ctrl-C ends it)")
        stdout().flush()
        if not no_browser and _has_screen():
            Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    with open_socket(port) as listener:
        serve(shelf, listener, replicates, announce)


def _has_screen() -> bool:
    """Return whether a browser would open beside the terminal and not inside of it."""
    return sys.platform in ("darwin", "win32") or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))

"""``sim view``: the live page of results and of runs, in the browser of this machine."""

import os
import sys
import webbrowser
from threading import Thread
from typing import Annotated

from sim.cli.console import say, stdout
from sim.cli.option_groups import App, argument, option
from sim.cli.options import RESULTS, OutOption
from sim.core.errors import InputError, SimError

app = App()


@app.command(epilog="sim view lebanon-2023/baseline\nsim view forgiveness")
def view(
    asked: Annotated[
        str | None,
        argument(
            "Scenario to run, by file or name, or results folder to explore; a list of both without it.",
            metavar="[SCENARIO | RESULT]",
        ),
    ] = None,
    *,
    port: Annotated[
        int | None, option("Port; 0 for any that is free. Without it 8765, or any other where that is in use.")
    ] = None,
    no_browser: Annotated[bool, option("Only print the address.", "--no-browser")] = False,
    replicates: Annotated[int, option("Histories that a run begins with.")] = 200,
    out: OutOption = RESULTS,
) -> None:
    """Explore results, or watch an ensemble of histories run day by day, in the browser.

    The page is served to this machine alone, asks nothing of any other, and writes nothing. Ctrl-C ends it.
    """
    try:
        from sim.view.explore_pages import fill_shelf
        from sim.view.live_app import open_socket, serve
        from sim.view.run_pages import HISTORIES
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
    with open_socket(port) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}{shelf.asked}"
        say(f"{address}  (Ctrl-C ends it)")
        stdout().flush()
        # Elsewhere a browser would open inside of the terminal.
        if not no_browser and (
            sys.platform in ("darwin", "win32") or {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys()
        ):
            Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        serve(shelf, listener, replicates)

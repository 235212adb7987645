"""The live page as one application, and the server that shows it to this machine."""

import os
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import FileResponse, PlainTextResponse
from starlette.routing import Route

import sim.report
from sim.core.errors import InputError, SimError
from sim.view.explore_pages import ExplorePages, Shelf
from sim.view.loopback_guard import LoopbackGuard
from sim.view.run_pages import RunPages

ADDRESS: Final = "127.0.0.1"
_USUAL_PORT: Final = 8765
_SCRIPT: Final = Path(sim.report.__file__).parent / "script" / "live.min.js"


def build_app(shelf: Shelf, port: int, replicates: int) -> Starlette:
    """Return the application for a port; its runs end with it."""
    token = os.urandom(32).hex()
    runs = RunPages(shelf, token, replicates)
    packs = tempfile.TemporaryDirectory(prefix="sim-view-")

    @asynccontextmanager
    async def clear_up(app: Starlette) -> AsyncIterator[None]:
        yield
        runs.close()
        packs.cleanup()

    script = Route("/live.min.js", lambda request: FileResponse(_SCRIPT, media_type="text/javascript"))
    hosts = frozenset({f"{ADDRESS}:{port}", f"localhost:{port}"})
    app = Starlette(
        routes=[*ExplorePages(shelf, Path(packs.name)).routes(), *runs.routes(), script],
        middleware=[Middleware(LoopbackGuard, hosts=hosts, token=token)],
        exception_handlers={SimError: lambda request, error: PlainTextResponse(f"{error}\n", 400)},
        lifespan=clear_up,
    )
    app.state.runs = runs
    return app


def open_socket(port: int | None) -> socket.socket:
    """Return a socket that listens to this machine alone: at a port, or at any free one, with 0 or beside the usual."""
    for number in (_USUAL_PORT, 0) if port is None else (port,):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if os.name == "posix":
            # Elsewhere it would let two programs listen at one port.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((ADDRESS, number))
            listener.listen()
        except OSError as error:
            listener.close()
            failure = error
        else:
            return listener
    words = f"{number} cannot be used ({failure.strerror}); give another one, or 0 for any that is free"
    raise InputError.single("--port", "", words)


def serve(shelf: Shelf, listener: socket.socket, replicates: int) -> None:
    """Serve until the process is interrupted; what is asked for before waits at the socket, which listens already."""
    app = build_app(shelf, listener.getsockname()[1], replicates)
    # A run goes on for as long as its page listens, so pages are not waited for.
    config = uvicorn.Config(app, log_level="critical", server_header=False, ws="none", timeout_graceful_shutdown=1)
    uvicorn.Server(config).run([listener])

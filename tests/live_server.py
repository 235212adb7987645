"""The live page on a port of this machine, asked without a browser: also for paths that clients fold away."""

from __future__ import annotations

import http.client
import json
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from sim.view.explore_pages import Shelf
from sim.view.live_app import build_app, open_socket

with warnings.catch_warnings():
    # It asks for another package of the same author, which is not needed for what is tested here.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

HOST = "http://127.0.0.1:8000"


def client_of(shelf: Shelf, replicates: int = 200) -> TestClient:
    """Return a client of the application itself."""
    return TestClient(build_app(shelf, 8000, replicates), base_url=HOST, raise_server_exceptions=False)


def token_of(page: str) -> str:
    """Return the token that a page of a run holds."""
    found = re.search(r'name="run-token" content="(\w+)"', page)
    assert found
    return found[1]


class LiveServer:
    """A server in a thread, on a port that was free."""

    def __init__(self, shelf: Shelf) -> None:
        self._listener = open_socket(0)
        self.port = int(self._listener.getsockname()[1])
        self.app = build_app(shelf, self.port, 200)
        config = uvicorn.Config(self.app, log_level="critical", ws="none", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._listener],))

    @property
    def runs(self) -> dict[str, Any]:
        """The runs that are open."""
        return self.app.state.runs.runs

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        self._listener.close()
        assert not self._thread.is_alive()

    def send(self, path: str, method: str = "GET", words: object = None, **headers: str) -> tuple[int, str]:
        """Send a request with a path as it is, and return status and text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        body = None if words is None else json.dumps(words)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    @contextmanager
    def listen(self, path: str) -> Iterator[Iterator[dict[str, Any]]]:
        """Give the events of a stream as they come; leaving ends the connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()

        def events() -> Iterator[dict[str, Any]]:
            while line := answer.readline():
                if line.startswith(b"data: "):
                    yield json.loads(line.removeprefix(b"data: "))

        try:
            yield events()
        finally:
            answer.close()
            connection.close()


@contextmanager
def live_server(shelf: Shelf) -> Iterator[LiveServer]:
    """Serve a shelf until the block ends."""
    server = LiveServer(shelf)
    server.start()
    try:
        yield server
    finally:
        server.stop()

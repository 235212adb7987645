"""``sim view`` as it is typed: what it refuses, what it prints, how it ends."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest
from command import run
from live_server import token_of

from sim.cli import INTERRUPTED


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["lebanon-2023/basline"], "lebanon-2023/baseline"),
        (["nothing/of/this"], "no scenario or results folder"),
        (["--port", "70000"], "between 0 and 65535"),
        (["--port", "-1"], "between 0 and 65535"),
        (["--replicates", "5"], "between 100 and 10,000"),
    ],
)
def test_what_is_wrong_is_refused_in_a_sentence(tmp_path, words, named):
    done = run("view", *words, "--out", tmp_path, "--no-browser")
    assert done.status == 2
    assert done.out == ""
    assert named in done.err
    assert done.err.count("\n") == 1


def test_a_broken_scenario_is_refused_before_anything_is_served(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('title = "Mine"\nbase = "lebanon-2023/baseline"\nunheard = 1\n')
    done = run("view", file, "--no-browser")
    assert (done.status, done.out) == (2, "")
    assert "unheard" in done.err


def test_a_port_in_use_is_refused():
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        done = run("view", "--port", port, "--no-browser")
    assert done.status == 2
    assert done.err.startswith(f"sim: --port: {port} cannot be used")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("package", ["starlette", "uvicorn"])
def test_without_the_extra_the_command_says_how_to_get_it(monkeypatch, package):
    for name in [name for name in sys.modules if name.startswith("sim.view")]:
        monkeypatch.delitem(sys.modules, name)
    for name in [package, *(name for name in sys.modules if name.startswith(f"{package}."))]:
        monkeypatch.setitem(sys.modules, name, None)
    done = run("view", "--no-browser")
    assert done.status == 2
    assert 'pip install "escalation-sim[view]"' in done.err
    assert done.err.count("\n") == 1


@pytest.mark.slow
def test_it_prints_its_address_answers_and_ends_on_an_interrupt(tmp_path):
    words = ["view", "symmetric/tit-for-tat", "--port", "0", "--no-browser", "--out", tmp_path]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-m", "sim", *map(str, words)], text=True, **pipes) as server:
        address = server.stdout.readline().split()[0]
        with urllib.request.urlopen(address) as answer:
            page = answer.read().decode()
        root = address.partition("/run/")[0]
        headers = {"x-sim-token": token_of(page)}
        asked = urllib.request.Request(f"{root}/runs", b'{"scenario": "symmetric/tit-for-tat"}', headers)
        with urllib.request.urlopen(asked) as answer:
            key = json.load(answer)["run"]
        # The page of a run that still listens does not hold it up.
        with urllib.request.urlopen(f"{root}/runs/{key}/events") as events:
            assert events.readline().startswith(b"data: ")
            server.send_signal(signal.SIGINT)
            assert server.wait(60) == INTERRUPTED
        assert "Traceback" not in server.stderr.read()
    assert address.endswith("/run/symmetric/tit-for-tat")
    assert "tit-for-tat on both sides" in page
    assert list(tmp_path.iterdir()) == []

"""The report of a result on the live page: told as in the making while it is, and with a way back to the list."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path

import pytest
from live_server import client_of

from sim.view import explore_pages
from sim.view.explore_pages import Shelf

RESULTS = Path(__file__).parents[2] / "results"
ADDRESS = "/results/truce-held/"


def ask_until_made(client):
    until = time.monotonic() + 30
    while (answer := client.get(ADDRESS)).status_code == 202:
        assert time.monotonic() < until
    return answer


def test_a_report_in_the_making_says_so_and_asks_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shutil.copytree(RESULTS / "truce-held", tmp_path / "truce-held")
    may_go_on, collect = threading.Event(), explore_pages.collect_tables
    made = []

    def collect_late(results, **words):
        assert may_go_on.wait(30)
        made.append(results.name)
        return collect(results, **words)

    monkeypatch.setattr(explore_pages, "collect_tables", collect_late)
    monkeypatch.setattr(explore_pages, "_AT_ONCE", 0.1)
    with client_of(Shelf(tmp_path)) as client:
        for _ in range(2):
            waits = client.get(ADDRESS)
            assert (waits.status_code, waits.headers["refresh"]) == (202, "1")
            assert "counted anew" in waits.text
            assert '<a href="/">' in waits.text
        may_go_on.set()
        page = ask_until_made(client)
        assert page.status_code == 200
        assert 'id="big"' in page.text
        assert '<a href="/">All results and scenarios</a>' in page.text
    assert made == ["truce-held"]


def test_a_report_that_cannot_be_made_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shutil.copytree(RESULTS / "truce-held", tmp_path / "truce-held")
    collect, faults = explore_pages.collect_tables, [OSError("no room")]

    def collect_once_more(results, **words):
        if faults:
            raise faults.pop()
        return collect(results, **words)

    monkeypatch.setattr(explore_pages, "collect_tables", collect_once_more)
    with client_of(Shelf(tmp_path)) as client:
        assert client.get(ADDRESS).status_code == 500
        assert ask_until_made(client).status_code == 200

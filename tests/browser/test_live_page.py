"""The live page in a browser: a run builds up under its reader's hand, asks nobody else, and ends with its page."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import tiny
from conftest import PHONE, SCREEN, Opened
from live_server import LiveServer, live_server
from playwright.sync_api import Page, expect
from reports import HOSTILE, sweep_tiny

from sim.view.explore_pages import fill_shelf

pytestmark = pytest.mark.slow  # a sweep, and a browser
Opens = Callable[..., Opened]
SIZES = pytest.mark.parametrize("size", [PHONE, SCREEN], ids=["phone", "screen"])
PATIENCE = 300_000  # the engine may have to be compiled [ms]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    folder = tmp_path_factory.mktemp("live")
    sweep_tiny(folder)
    longer = tiny.WIDER_BASE.replace("horizon_days = 8", "horizon_days = 400")
    file = tiny.write_scenario(folder / "run", longer, "lasting", tiny.THEATRE + tiny.WIDER)
    hostile = tiny.WIDER_BASE.replace('title = "Tiny"', f'title = "{HOSTILE}"')
    theatre = (tiny.THEATRE + tiny.WIDER).replace('"Right"', f'"{HOSTILE}"').replace('"strike"', f'"{HOSTILE}"')
    shelf = fill_shelf(str(file), folder / "results")
    shelf.scenarios["hostile"] = tiny.write_scenario(folder / "hostile", hostile, "hostile", theatre)
    with live_server(shelf) as server:
        yield server


def day_of(page: Page) -> int:
    found = re.match(r"day (\d+) of", page.inner_text("#day"))
    return int(found[1]) if found else 0


def check(opened: Opened, server: LiveServer, name: str) -> None:
    opened.picture(name)
    assert opened.errors == []
    assert opened.faults_of_access() == []
    assert opened.overflow() <= 0
    assert all(address.startswith((f"http://127.0.0.1:{server.port}/", "data:")) for address in opened.requests)


@SIZES
def test_a_run_is_started_paused_stepped_and_reset(server: LiveServer, open_page: Opens, size: dict[str, int]) -> None:
    opened = open_page(f"http://127.0.0.1:{server.port}/run/lasting", size)
    page = opened.page
    box = page.locator("#start").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= size["height"]
    page.click("#start")
    expect(page.locator("#odds tbody tr")).not_to_have_count(0, timeout=PATIENCE)
    expect(page.locator("#odds-over-time svg")).to_be_visible()
    expect(page.locator("#big")).to_contain_text("simulated histories")
    expect(page.locator("#range")).to_contain_text("from the number of histories alone")
    expect(page.locator("#rests-line")).to_contain_text("not a forecast")
    page.click("#pause")
    page.wait_for_timeout(700)
    paused = day_of(page)
    assert 0 < paused < 400
    page.wait_for_timeout(400)
    assert day_of(page) == paused
    page.click("#step")
    expect(page.locator("#day")).to_contain_text(f"day {paused + 1} of 400")
    page.fill("#replicate", "3")
    page.press("#replicate", "Enter")
    expect(page.locator("#story li")).to_have_count(paused + 1)
    page.select_option("#question", "1")
    expect(page.locator("#odds-over-time figcaption")).to_contain_text("12 or more killed in Rightland")
    for picture in ("ladder", "phases"):
        expect(page.locator(f"#{picture} svg")).to_be_visible()
    assert all(
        page.locator(f"#killed tbody tr:has-text('{place}')").count() == 1 for place in ("Leftland", "Rightland")
    )
    check(opened, server, f"live-{size['width']}")
    page.click("#reset")
    assert (day_of(page), page.inner_text("#big")) == (0, "Not started")
    assert page.locator("#odds tbody tr").count() == 0
    assert page.is_enabled("#start")


def test_closing_the_page_ends_the_run(server: LiveServer, open_page: Opens) -> None:
    page = open_page(f"http://127.0.0.1:{server.port}/run/lasting").page
    page.click("#step")
    expect(page.locator("#odds tbody tr")).not_to_have_count(0, timeout=PATIENCE)
    run = list(server.runs.values())[-1]
    assert run.thread.is_alive()
    page.close()
    until = time.monotonic() + 20
    while run.thread.is_alive() or run in server.runs.values():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_what_ifs_are_typed_told_and_refused_in_a_sentence(server: LiveServer, open_page: Opens) -> None:
    page = open_page(f"http://127.0.0.1:{server.port}/run/lasting").page
    page.click("summary")
    page.fill("#key", "party.L.letality")
    page.fill("#value", "0.5")
    page.click("#add-value")
    page.click("#start")
    expect(page.locator("#problem")).to_contain_text('did you mean "party.L.lethality"?', timeout=PATIENCE)
    page.click("#changes button")
    page.fill("#key", "party.L.lethality")
    page.click("#add-value")
    page.click("#add-truce")
    page.select_option("select[data-party=R]", "grim_trigger")
    page.click("#step")
    expect(page.locator("#day")).to_contain_text("day 1 of 400", timeout=PATIENCE)
    expect(page.locator("#problem")).to_be_empty()
    command = page.inner_text("#command")
    assert command.startswith("sim run ")
    assert "--set party.L.lethality=0.5 --truce 30:14 --replicates 200" in command
    assert "--set policy.R=grim_trigger" in command
    expect(page.locator("#command")).to_contain_text("--replicates 200 --days 1")


def reach(page: Page) -> set[str]:
    """Return the ids of what the tabulator key comes to, from the top of the page."""
    page.locator("body").evaluate("element => element.ownerDocument.activeElement.blur()")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.dataset.party || ''"))
    return reached


def test_every_control_is_reached_by_the_keyboard(server: LiveServer, open_page: Opens) -> None:
    page = open_page(f"http://127.0.0.1:{server.port}/run/lasting").page
    page.locator("summary").press("Enter")
    before = {"start", "step", "histories", "key", "value", "add-value", "truce-start", "truce-days", "add-truce"}
    assert before | {"L", "R"} <= reach(page)
    page.locator("#step").press("Enter")
    expect(page.locator("#course")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#said")).to_contain_text("Day 1:")
    assert {"start", "step", "reset", "question", "replicate", "story"} <= reach(page)


@SIZES
def test_a_report_reads_its_histories_by_ranges(server: LiveServer, open_page: Opens, size: dict[str, int]) -> None:
    opened = open_page(f"http://127.0.0.1:{server.port}/results/tiny/", size)
    expect(opened.page.locator("#controls select").first).to_be_visible()
    opened.page.locator("#controls select").first.select_option(index=1)
    assert any(address.endswith("/histories") for address in opened.requests)
    check(opened, server, f"explore-{size['width']}")


@SIZES
def test_the_first_page_lists_what_there_is(server: LiveServer, open_page: Opens, size: dict[str, int]) -> None:
    opened = open_page(f"http://127.0.0.1:{server.port}/", size)
    for words in ("Tiny", "lebanon-2023/baseline", "/run/lasting"):
        expect(opened.page.get_by_text(words).first).to_be_visible()
    check(opened, server, f"shelf-{size['width']}")


def test_hostile_words_stay_words(server: LiveServer, open_page: Opens) -> None:
    opened = open_page(f"http://127.0.0.1:{server.port}/run/hostile")
    opened.page.click("#step")
    expect(opened.page.locator("#ladder svg")).to_be_visible(timeout=PATIENCE)
    opened.page.fill("#replicate", "1")
    opened.page.press("#replicate", "Enter")
    expect(opened.page.locator("#story li")).to_have_count(1)
    assert opened.page.title().startswith(HOSTILE)
    assert opened.page.locator("img").count() == 0
    check(opened, server, "live-hostile")


def test_the_folder_of_results_is_left_as_it_was(server: LiveServer, open_page: Opens) -> None:
    folder = Path(server.app.state.runs.shelf.out)
    before = sorted(folder.rglob("*"))
    open_page(f"http://127.0.0.1:{server.port}/results/tiny/")
    assert sorted(folder.rglob("*")) == before

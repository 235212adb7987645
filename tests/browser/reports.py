"""Reports for a browser to read: of a small sweep with every kind of question, and what a test asks of them."""

from __future__ import annotations

from pathlib import Path

from conftest import Opened
from tiny import THEATRE, WIDER, WIDER_BASE, write_scenario

from sim.report.html_page import PAGE
from sim.report.sweep_report import run_sweep
from sim.results.reading.store import Results

REPLICATES = 640
FACTOR = """
[[factor]]
key = "policy.L.climb"
levels = [0.0, 0.9, 0.5]
"""
HOSTILE = "</script><script>document.title = 'run'</script><img src=x onerror=document.title='run'>"


def sweep_tiny(folder: Path, theatre: str = THEATRE + WIDER, title: str = "Tiny") -> Results:
    """Return the results of a small sweep, and write its page."""
    text = WIDER_BASE.replace('title = "Tiny"', f'title = "{title}"') + FACTOR
    path = write_scenario(folder, text, theatre=theatre)
    return run_sweep(path, out=folder / "results", replicates=REPLICATES)


def sweep_hostile(folder: Path) -> Results:
    """Return the results of a sweep whose words are markup and script."""
    words = {
        "Left-Right war": f"{HOSTILE} war",
        '"Right"': f'"{HOSTILE}"',
        "attack from Farland": f"{{count}} {HOSTILE}",
    }
    theatre = THEATRE + WIDER
    for plain, hostile in words.items():
        theatre = theatre.replace(plain, hostile)
    return sweep_tiny(folder, theatre, HOSTILE)


def address(results: Results, fragment: str = "") -> str:
    """Return where the page of a folder is."""
    return f"{(results.path / PAGE).absolute().as_uri()}{fragment}"


def wait_until_drawn(opened: Opened) -> Opened:
    """Wait until the script has drawn the page for the first time."""
    opened.page.wait_for_selector("html[data-drawn]", state="attached")
    return opened


def choose(opened: Opened, picker: str, value: object) -> None:
    """Choose something in a picker and wait until it is drawn."""
    before = opened.page.evaluate("document.documentElement.dataset.drawn")
    opened.page.select_option(f"#{picker}", str(value))
    opened.page.wait_for_function("before => document.documentElement.dataset.drawn !== before", arg=before)


def go(opened: Opened, fragment: str) -> float:
    """Go to a selection by the address of the page; return the seconds until it is drawn."""
    said = """fragment => new Promise(done => {
        const [start, before] = [performance.now(), document.documentElement.dataset.drawn];
        location.hash = fragment;
        const look = () => document.documentElement.dataset.drawn === before
            ? setTimeout(look, 2) : done((performance.now() - start) / 1000);
        look(); })"""
    return float(opened.page.evaluate(said, fragment))


def text_of(opened: Opened, place: str) -> str:
    """Return the words of an element."""
    return (opened.page.text_content(f"#{place}") or "").strip()

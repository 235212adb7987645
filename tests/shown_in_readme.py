"""What the README shows of the main job: ``PYTHONPATH=.:tests python tests/shown_in_readme.py`` makes it anew.

The picture is the head of the shipped report and its first picture, in Debian's chromium. The screen is what the sweep
ends on, made from the shipped tables: its blocks are not in the repository, and take minutes.
"""

from __future__ import annotations

import io
import re

from pages import README, ROOT, TERMINAL
from PIL import Image, PngImagePlugin
from playwright.sync_api import sync_playwright

import sim
from sim.report.screen import odds_screen

RESULTS = ROOT / "results" / "forgiveness"
PICTURE = ROOT / "docs" / "pictures" / "report.png"
MOST_BYTES = 100_000
WIDTH = 900
SCREEN = re.compile(r"(?<=^```text\n)Forgiveness\n.*?(?=^```$)", re.MULTILINE | re.DOTALL)
"""The block of the README that shows the screen."""


def answer() -> str:
    """Return the sentence that picture and screen show."""
    return sim.state_answer(sim.open_results(RESULTS)).sentence


def screen() -> str:
    """Return what the main job ends on."""
    results = sim.open_results(RESULTS)
    ends = {"report": "mine/forgiveness/report.html", "more": "sim results show mine/forgiveness"}
    lines = odds_screen(results, results.odds, ends=ends).lines(int(TERMINAL["COLUMNS"]))
    return "".join(f"{line}\n" for line in lines)


def draw() -> None:
    """Write the picture; it bears the sentence that it shows, by which a test knows whether it is old."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": WIDTH, "height": 800}, java_script_enabled=False)
        page = context.new_page()
        page.goto((RESULTS / "report.html").as_uri())
        box = page.locator("figure").first.bounding_box()
        assert box is not None
        shown = {"x": 0.0, "y": 0.0, "width": float(WIDTH), "height": box["y"] + box["height"]}
        shot = page.screenshot(clip=shown, full_page=True)  # type: ignore[arg-type]
        browser.close()
    words = PngImagePlugin.PngInfo()
    words.add_text("answer", answer())
    Image.open(io.BytesIO(shot)).convert("RGB").quantize(64).save(PICTURE, optimize=True, pnginfo=words)
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size:,} bytes")


if __name__ == "__main__":
    README.write_text(SCREEN.sub(lambda _: screen(), README.read_text(encoding="utf-8")), encoding="utf-8")
    draw()

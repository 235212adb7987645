"""Debian's chromium, and pages opened in it: what they ask for, what they say in the console, and a picture of each."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

PHONE, SCREEN = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
_CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
_QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--no-first-run"),
)


@dataclass
class Opened:
    """A page, and what came of it."""

    page: Page
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def faults_of_access(self) -> list[str]:
        """Return what breaks the rules of accessible pages."""
        violations: list[dict[str, Any]] = Axe().run(self.page).response["violations"]
        return [f"{one['id']}: {[node['target'] for node in one['nodes']][:3]}" for one in violations]

    def overflow(self) -> int:
        """Return by how much the page is wider than its window [px]."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))

    def picture(self, name: str) -> None:
        """Keep a picture of the page where somebody looks at it."""
        self.page.screenshot(path=screenshots() / f"{name}.png", full_page=True)


def screenshots() -> Path:
    """Return the folder of the pictures."""
    folder = Path(os.environ.get("SIM_SCREENSHOTS", Path(tempfile.gettempdir()) / "sim-screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Return the browser of this machine, with a folder of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=[*_QUIET])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Callable[..., Opened]]:
    """Return what opens an address in a window of its own; all are closed when the test ends."""
    contexts: list[BrowserContext] = []

    def open_one(address: str, size: dict[str, int] | None = None, *, script: bool = True) -> Opened:
        contexts.append(chromium.new_context(viewport=size or SCREEN, java_script_enabled=script))  # type: ignore[arg-type]
        opened = Opened(contexts[-1].new_page())
        opened.page.set_default_timeout(10_000)
        opened.page.on("request", lambda request: opened.requests.append(request.url))
        opened.page.on("pageerror", lambda error: opened.errors.append(str(error)))
        opened.page.on("console", lambda said: opened.errors.append(said.text) if said.type == "error" else None)
        opened.page.goto(address)
        return opened

    yield open_one
    for context in contexts:
        context.close()

"""The pages of results: which there are, the report of one, the files that it links to, its histories by ranges.

The shelf says what may be shown: shipped scenarios, the results folders below one folder, and what was asked for.
"""

import asyncio
import html
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from jinja2 import ChoiceLoader, Environment, PackageLoader
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from sim.core.errors import InputError, nearest
from sim.core.shipped_data import find_scenario, shipped_scenarios
from sim.core.toml_table import read_toml
from sim.report.histories_pack import write_pack
from sim.report.html_page import render_page
from sim.report.templates import load_templates
from sim.results.reading.store import Results, list_results
from sim.results.tables import collect_tables
from sim.scenario.scenario import Scenario
from sim.sweeps.results_folder import MANIFEST


@dataclass
class Shelf:
    """Scenarios and results by the names under which the page knows them; no request names a path."""

    out: Path  # below it lie results folders
    asked: str = "/"  # address of the page that was asked for
    scenarios: dict[str, Path] = field(default_factory=shipped_scenarios)
    named: dict[str, Path] = field(default_factory=dict)  # results folders that were asked for, wherever they lie

    def results(self) -> dict[str, Results]:
        """Return the results folders that lie here now, by name; what a link in their place leads to does not."""
        inside = self.out.resolve()
        here = {found.path.name: found for found in list_results(self.out) if found.path.resolve().parent == inside}
        return here | {name: Results.open(path) for name, path in self.named.items()}

    def typed(self, name: str) -> str:
        """Return a scenario as it is typed in a command: its name where it is shipped, else its file."""
        return name if shipped_scenarios().get(name) == self.scenarios[name] else str(self.scenarios[name])


def fill_shelf(asked: str | None, out: Path) -> Shelf:
    """Return what may be shown where a scenario, by file or name, a results folder or nothing was asked for."""
    shelf = Shelf(out)
    if asked is None:
        return shelf
    folder = next((path.resolve() for path in (Path(asked), out / asked) if (path / MANIFEST).is_file()), None)
    if folder is not None:
        shelf.named[folder.name] = Results.open(folder).path
        shelf.asked = f"/results/{folder.name}/"
        return shelf
    try:
        file = find_scenario(asked)
    except InputError:
        words = f"no scenario or results folder of that name; {nearest(asked, [*shelf.scenarios, *shelf.results()])}"
        raise InputError.single(asked, "", words) from None
    known = {path.resolve(): name for name, path in shelf.scenarios.items()}
    name = known.get(file.resolve(), file.stem)
    shelf.scenarios.setdefault(name, Scenario.load(file).path)
    shelf.asked = f"/run/{name}"
    return shelf


_KINDS: Final = {".csv": "text/csv", ".json": "application/json", ".png": "image/png"}
"""Files of a results folder that are handed out; none of them can hold a script."""
_POLICY: Final = re.compile(r'http-equiv="Content-Security-Policy" content="([^"]*)"')
_HISTORIES: Final = "histories"
_AT_ONCE: Final = 2.0  # seconds after which a report that is still being made is told as that
_LOOKS_EVERY: Final = 0.05  # [s]


@dataclass
class ExplorePages:
    """The shelf as pages; a report is made when it is first asked for, and again when its results have changed."""

    shelf: Shelf
    packs: Path  # folder for the histories of each report, beside no results
    _made: dict[str, tuple[object, Future[str]]] = field(default_factory=dict)
    _at_work: threading.Lock = field(default_factory=threading.Lock)

    def routes(self) -> list[Route]:
        """Return the addresses of the list, of a report and of its files."""
        return [
            Route("/", self.list),
            Route("/results/{name}/", self.show),
            Route(f"/results/{{name}}/{_HISTORIES}", self.read_histories),
            Route("/results/{name}/{file}", self.hand_out),
        ]

    def list(self, request: Request) -> Response:
        """Return the list of all results and scenarios, what was asked for first."""
        scenarios = {name: read_toml(path).get("title", name) for name, path in self.shelf.scenarios.items()}
        return answer_page("start.html", results=self.shelf.results(), scenarios=scenarios, shelf=self.shelf)

    async def show(self, request: Request) -> Response:
        """Return the report of a results folder, whose script reads the histories that it needs.

        Counting its tables anew may take minutes: until then a page says so, and asks again.
        """
        results, name = self._find(request), request.path_params["name"]
        stamp = (results.path / MANIFEST).stat().st_mtime_ns, results.blocks
        if self._made.get(name, (None,))[0] != stamp:
            self._made[name] = stamp, _begin(partial(self._make, results, name))
        made, until = self._made[name][1], time.monotonic() + _AT_ONCE
        while not made.done() and time.monotonic() < until:
            await asyncio.sleep(_LOOKS_EVERY)
        if not made.done():
            answer = answer_page("wait.html", title=results.manifest["title"])
            answer.status_code, answer.headers["refresh"] = 202, "1"
            return answer
        if made.exception():
            del self._made[name]
        page = made.result()
        policy = _POLICY.search(page)
        words = html.unescape(policy[1]) if policy else "default-src 'none'"
        return HTMLResponse(page, headers={"content-security-policy": f"{words}; frame-ancestors 'none'"})

    def _make(self, results: Results, name: str) -> str:
        pack = partial(write_pack, path=self.packs / name)
        with self._at_work:
            return render_page([(results, collect_tables(results, is_anew=False))], pack=pack, address=_HISTORIES)

    def read_histories(self, request: Request) -> Response:
        """Return a range of the packed histories of a report."""
        return _send(self.packs, request.path_params["name"], "application/octet-stream")

    def hand_out(self, request: Request) -> Response:
        """Return a file of a results folder, whole or a range of it."""
        name = request.path_params["file"]
        return _send(self._find(request).path, name, _KINDS.get(Path(name).suffix, ""))

    def _find(self, request: Request) -> Results:
        found = self.shelf.results().get(request.path_params["name"])
        if found is None:
            raise HTTPException(404, "There are no results of that name.")
        return found


def _begin(work: Callable[[], str]) -> Future[str]:
    """Return what some work will give; a daemon does it, which does not hold up Ctrl-C."""
    future: Future[str] = Future()

    def settle() -> None:
        try:
            future.set_result(work())
        except Exception as error:
            future.set_exception(error)

    threading.Thread(target=settle, daemon=True).start()
    return future


def answer_page(template: str, **words: Any) -> HTMLResponse:
    """Return a page by the name of its template, in the style of the report; every text in it is escaped."""
    return HTMLResponse(_templates().get_template(template).render(words))


@cache
def _templates() -> Environment:
    loaders = [PackageLoader("sim.view", "templates"), PackageLoader("sim.report", "page_template")]
    return load_templates().overlay(loader=ChoiceLoader(loaders))


def _send(folder: Path, name: str, kind: str) -> Response:
    """Return a file that lies in a folder under a name, and is no link that leads out of it."""
    inside = folder.resolve()
    file = next((file for file in inside.iterdir() if file.name == name), None) if kind else None
    if file is None or not file.is_file() or file.resolve().parent != inside:
        raise HTTPException(404, "There is no such file here.")
    return FileResponse(file, media_type=kind)

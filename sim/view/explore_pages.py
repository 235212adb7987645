"""The pages of results: which there are, the report of one, and the files that it links to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from sim.report.html_page import PAGE
from sim.results.reading.store import Results
from sim.scenario.scenario_file import read_scenario
from sim.view.page_templates import answer_page
from sim.view.shelf import Shelf

_KINDS: Final = {".csv": "text/csv", ".json": "application/json", ".png": "image/png"}
"""Files of a results folder that are handed out; none of them can hold a script."""
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"


@dataclass(frozen=True)
class ExplorePages:
    """The shelf as pages."""

    shelf: Shelf

    def routes(self) -> list[Route]:
        """Return the addresses of the list, of a report and of its files."""
        return [
            Route("/", self.list),
            Route("/results/{name}/", self.show),
            Route("/results/{name}/{file}", self.hand_out),
        ]

    def list(self, request: Request) -> Response:
        """Return the list of all results and scenarios, what was asked for first."""
        return answer_page(
            "start.html",
            results=self.shelf.results(),
            scenarios={name: read_scenario(path) for name, path in self.shelf.scenarios.items()},
            asked=self.shelf.asked,
            out=self.shelf.out,
        )

    def show(self, request: Request) -> Response:
        """Return the report of a results folder."""
        path = self._results(request).path / PAGE
        if not path.is_file():
            raise HTTPException(404, f"There is no {PAGE} here; `sim report` makes it.")
        return HTMLResponse(path.read_bytes(), headers={"content-security-policy": _POLICY})

    def hand_out(self, request: Request) -> Response:
        """Return a file of a results folder, whole or a range of it."""
        folder, name = self._results(request).path.resolve(), request.path_params["file"]
        file: Path | None = next((file for file in folder.iterdir() if file.name == name), None)
        if file is None or file.suffix not in _KINDS or not file.is_file() or file.resolve().parent != folder:
            raise HTTPException(404, "There is no such file of these results.")
        return FileResponse(file, media_type=_KINDS[file.suffix])

    def _results(self, request: Request) -> Results:
        found = self.shelf.results().get(request.path_params["name"])
        if found is None:
            raise HTTPException(404, "There are no results of that name.")
        return found

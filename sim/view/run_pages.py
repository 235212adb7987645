"""The page on which an ensemble runs, and the controls of its run."""

from __future__ import annotations

import asyncio
import json
import math
import os
import shlex
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from sim.core.errors import InputError, SimError, nearest
from sim.core.parameters import Interval
from sim.policies.registry import SHIPPED
from sim.scenario.scenario import Scenario
from sim.scenario.what_if import WhatIf
from sim.view.live_run import LiveRun
from sim.view.loopback_guard import CONTROLS
from sim.view.page_templates import answer_page
from sim.view.shelf import Shelf

HISTORIES: Final = Interval(100, 10_000)
"""Histories of a live run: fewer tell nothing, more are a sweep's."""
_MOST_POINTS: Final = 200
_MOST_RUNS: Final = 8
_LOOKS_EVERY: Final = 0.05  # [s]
_SILENT: Final = 1.0  # [s]; a page that has left is found out when something is sent to it


@dataclass
class RunPages:
    """The runs of all pages that are open, by a key that only the page of a run knows."""

    shelf: Shelf
    token: str
    replicates: int  # histories that a page offers first
    runs: dict[str, LiveRun] = field(default_factory=dict)

    def routes(self) -> list[Route]:
        """Return the addresses of the page, of its stream and of its controls."""
        return [
            Route("/run/{name:path}", self.show),
            Route(CONTROLS, self.create, methods=["POST"]),
            Route(f"{CONTROLS}/{{key}}/events", self.stream),
            Route(f"{CONTROLS}/{{key}}/{{control}}", self.control, methods=["POST"]),
        ]

    def close(self) -> None:
        """End every run."""
        for run in list(self.runs.values()):
            run.end()

    def show(self, request: Request) -> Response:
        """Return the page of a scenario."""
        name = request.path_params["name"]
        if name not in self.shelf.scenarios:
            raise HTTPException(404, f"There is no scenario {name}.")
        scenario = Scenario.load(self.shelf.scenarios[name])
        policies = scenario.policies(scenario.points()[0])
        sizes = sorted({self.replicates, 200, 1000})
        return answer_page(
            "run.html",
            token=self.token,
            scenario=scenario,
            name=name,
            points={point.index: point.label for point in scenario.points()[:_MOST_POINTS]},
            sizes=sizes,
            chosen_size=self.replicates,
            parties=[(party, policies[party.id].label) for party in scenario.theatre.parties if party.id in policies],
            rules=list(SHIPPED),
            settings=scenario.settings(),
        )

    async def create(self, request: Request) -> Response:
        """Prepare a run in the words of a page; it begins when the page listens to it."""
        try:
            words = await request.json()
            key, command = await run_in_threadpool(self._prepare, words if isinstance(words, dict) else {})
        except SimError as error:
            return JSONResponse({"error": str(error)}, 400)
        except (ValueError, RecursionError):
            return JSONResponse({"error": "What was sent is no JSON."}, 400)
        return JSONResponse({"run": key, "command": command})

    def _prepare(self, words: dict[str, Any]) -> tuple[str, str]:
        """Return the key of a new run, and the command that prints the same odds."""
        name, point, replicates = words.get("scenario"), words.get("point", 0), words.get("replicates", self.replicates)
        changes = {part: words.get(part, []) for part in ("settings", "truces")}
        if not isinstance(name, str) or name not in self.shelf.scenarios:
            raise InputError.single("scenario", "", nearest(str(name), self.shelf.scenarios))
        for part, given in changes.items():
            if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
                raise InputError.single(part, "", "must be a list of texts")
        if type(replicates) is not int or not HISTORIES.contains(replicates):
            raise InputError.single("histories", "", f"must be between {HISTORIES.low} and {HISTORIES.high:,}")
        what_if = WhatIf(**changes)
        scenario = Scenario.load(self.shelf.scenarios[name], what_if if any(changes.values()) else None)
        points = scenario.points()
        if type(point) is not int or not 0 <= point < len(points):
            raise InputError.single("what-if", "", f"{point} does not exist; there are 0 to {len(points) - 1}")
        key = os.urandom(16).hex()
        waiting = [old for old, run in self.runs.items() if run.thread is None]
        for old in waiting[: max(len(self.runs) - _MOST_RUNS + 1, 0)]:
            del self.runs[old]
        if len(self.runs) >= _MOST_RUNS:
            raise InputError.single("run", "", f"{_MOST_RUNS} runs are open; close the page of one of them")
        self.runs[key] = LiveRun(scenario, points[point], replicates)
        options = [*what_if.words(), *([("--point", f"{point}")] if point else []), ("--replicates", f"{replicates}")]
        return key, shlex.join(["sim", "run", name, *(word for option in options for word in option)])

    async def control(self, request: Request) -> Response:
        """Let a run go on, pause, step by a day, or tell a history."""
        run, control = self._find(request), request.path_params["control"]
        days = {"go": math.inf, "pause": 0, "step": 1}
        if control in days:
            run.owe(days[control])
        elif control == "story":
            return await self._tell(request, run)
        else:
            raise HTTPException(404, "A run knows go, pause, step and story.")
        return JSONResponse({})

    async def _tell(self, request: Request, run: LiveRun) -> Response:
        try:
            replicate = (await request.json())["replicate"]
        except (ValueError, RecursionError, KeyError, TypeError):
            replicate = ""
        if replicate is not None and (type(replicate) is not int or not 0 <= replicate < run.replicates):
            return JSONResponse({"error": f"The histories of this run are 0 to {run.replicates - 1:,}."}, 400)
        run.tell(replicate)
        return JSONResponse({})

    def stream(self, request: Request) -> Response:
        """Begin a run and send what it shows as events, until the page leaves or the run fails."""
        run = self._find(request)
        if not run.begin():
            raise HTTPException(409, "A run is watched by one page.")
        return StreamingResponse(self._events(request, run), media_type="text/event-stream")

    def _find(self, request: Request) -> LiveRun:
        run = self.runs.get(request.path_params["key"])
        if run is None:
            raise HTTPException(404, "This run has ended.")
        return run

    async def _events(self, request: Request, run: LiveRun) -> AsyncIterator[str]:
        spoke = time.monotonic()
        try:
            while not run.is_over and not await request.is_disconnected():
                has_ended = not run.is_alive
                messages = run.take()
                if messages or time.monotonic() - spoke > _SILENT:
                    spoke = time.monotonic()
                    yield "".join(f"data: {json.dumps(message)}\n\n" for message in messages) or ":\n\n"
                if has_ended:
                    break
                await asyncio.sleep(_LOOKS_EVERY)
        finally:
            run.end()
            self.runs.pop(request.path_params["key"], None)

"""The page on which an ensemble runs, and the controls of its run."""

import asyncio
import contextlib
import json
import os
import shlex
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any, Final

import pandas as pd
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from sim.core.errors import InputError, SimError, nearest
from sim.core.parameters import Interval
from sim.policies.registry import SHIPPED
from sim.results.reading.point_names import name_points
from sim.scenario.parameter_catalogue import plain_name
from sim.scenario.scenario import Scenario
from sim.scenario.what_if import WhatIf
from sim.view.explore_pages import Shelf, answer_page
from sim.view.live_run import LiveRun
from sim.view.loopback_guard import CONTROLS

HISTORIES: Final = Interval(100, 10_000)  # histories of a live run: fewer tell nothing, more are a sweep's
_MOST_POINTS: Final = 200
_MOST_RUNS: Final = 8  # the oldest ends where a further one begins
_LOOKS_EVERY: Final = 0.05  # [s]
_SILENT: Final = 1.0  # [s]; a page that has left is found out when something is sent to it

Words = dict[str, Any]  # what a page sends or is sent


@dataclass
class RunPages:
    """The runs of all pages that are open, by a key that only the page of a run knows."""

    shelf: Shelf
    token: str
    replicates: int  # histories that a page offers first
    runs: dict[str, LiveRun] = field(default_factory=dict)

    def routes(self) -> list[Route]:
        """Return the addresses of the page, of its controls and of its stream."""
        return [
            Route("/run/{name:path}", self.show),
            Route(CONTROLS, self.create, methods=["POST"]),
            Route(f"{CONTROLS}/{{key}}", self.control, methods=["POST"]),
            Route(f"{CONTROLS}/{{key}}/events", self.stream),
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
        points = scenario.points()[:_MOST_POINTS]
        policies, parties = scenario.policies(points[0]), scenario.theatre.parties
        names = {party.id: party.name for party in parties}
        design = pd.DataFrame([{"point": one.index, "label": one.label, **dict(one.labels)} for one in points])
        return answer_page(
            "run.html",
            token=self.token,
            scenario=scenario,
            name=name,
            typed=self.shelf.typed(name),
            points=name_points(design, names),
            sizes={200: False, 1000: False, self.replicates: True},
            parties=[(party, policies[party.id].label) for party in parties if party.id in policies],
            rules=list(SHIPPED),
            settings=[(setting, plain_name(setting.key, names)) for setting in scenario.settings()],
        )

    async def create(self, request: Request) -> Response:
        """Prepare a run in the words of a page; it begins when the page listens to it."""
        return await _answer(request, self._prepare)

    async def control(self, request: Request) -> Response:
        """Let a run go on for some days, none for a pause, or tell one of its histories."""
        return await _answer(request, partial(_steer, self._find(request)))

    def _prepare(self, words: Words) -> Words:
        """Return the key of a new run, and the command that prints the same odds."""
        name, changes = str(words.get("scenario")), {part: words.get(part, []) for part in ("settings", "truces")}
        if name not in self.shelf.scenarios:
            raise InputError.single("scenario", "", f"is not here; {nearest(name, self.shelf.scenarios)}")
        if any(type(given) is not list or {type(one) for one in given} - {str} for given in changes.values()):
            raise InputError.single("settings and truces", "", "must be lists of texts")
        replicates = _read_whole(words, "histories", int(HISTORIES.low), int(HISTORIES.high), self.replicates)
        what_if = WhatIf(**changes)
        scenario = Scenario.load(self.shelf.scenarios[name], what_if)
        point = _read_whole(words, "point", 0, len(scenario.points()) - 1, 0)
        for old in [*self.runs][: 1 - _MOST_RUNS]:
            self.runs.pop(old).end()
        key = os.urandom(16).hex()
        self.runs[key] = LiveRun(scenario, scenario.points()[point], replicates)
        options = [*what_if.words(), *([("--point", f"{point}")] if point else []), ("--replicates", f"{replicates}")]
        words_typed = ["sim", "run", self.shelf.typed(name), *chain.from_iterable(options)]
        return {"run": key, "command": shlex.join(words_typed)}

    def stream(self, request: Request) -> Response:
        """Begin a run and send what it shows as events, until the page leaves or the run fails."""
        run = self._find(request)
        try:
            run.thread.start()
        except RuntimeError:
            raise HTTPException(409, "A run is watched by one page.") from None
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
                has_ended, messages = not run.thread.is_alive(), run.take()
                if messages or time.monotonic() - spoke > _SILENT:
                    spoke = time.monotonic()
                    yield "".join(f"data: {json.dumps(message)}\n\n" for message in messages) or ":\n\n"
                if has_ended:
                    break
                await asyncio.sleep(_LOOKS_EVERY)
        finally:
            run.end()
            self.runs.pop(request.path_params["key"], None)


def _steer(run: LiveRun, words: Words) -> Words:
    most = {"days": run.scenario.horizon_days, "story": run.replicates - 1}
    run.steer(**{name: _read_whole(words, name, 0, most[name]) for name in most if name in words})
    return {}


def _read_whole(words: Words, name: str, low: int, high: int, default: int = -1) -> int:
    """Return a whole number within bounds, or refuse it."""
    value = words.get(name, default)
    if type(value) is not int or not low <= value <= high:
        raise InputError.single(name, "", f"must be a whole number between {low} and {high:,}")
    return value


async def _answer(request: Request, work: Callable[[Words], Words]) -> Response:
    """Do what the words of a request ask for; what is wrong with them is told."""
    words: object = None
    with contextlib.suppress(ValueError, RecursionError):
        words = await request.json()
    try:
        if not isinstance(words, dict):
            raise InputError.single("what is sent", "", "must be an object of JSON")
        return JSONResponse(await run_in_threadpool(work, words))
    except SimError as error:
        return JSONResponse({"error": str(error)}, 400)

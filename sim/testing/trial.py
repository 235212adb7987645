"""Policies judged in a process of its own, which may hang, crash or end without harm."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import Any, Final

from sim.core.errors import InputError, SimError
from sim.core.foreign_code import blame, is_foreign
from sim.policies.registry import policies_of
from sim.policies.view import View
from sim.testing.checks import POINTS, judge_points
from sim.testing.cost import describe_door
from sim.testing.verdicts import Verdict, locate

LIMIT: Final = 60.0
"""Longest time that a policy has for one point of the contract, where nothing else is said [s]."""
_GRACE: Final = 3.0
_START_SECONDS: Final = 300.0
BEGUN, RULE, VERDICT, DOOR, STUCK, REFUSED = range(6)
"""What the process says: it has begun, whom it judges next, a verdict, how one is asked, where it is stuck, why not."""


@dataclass
class Trial:
    """What was said of one policy."""

    verdicts: list[Verdict] = field(default_factory=list)
    door: str = ""  # how it is asked, where it keeps the contract

    @property
    def point(self) -> str:
        """The point that it is tried on now."""
        return POINTS[len(self.verdicts)] if len(self.verdicts) < len(POINTS) else "cost of an answer"


def try_policies(target: str, folder: Path, limit: float = LIMIT) -> dict[str, Trial]:
    """Return what the kit says of the policies that `policies_of` names, by rule; a point may take so long [s]."""
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_try, args=(there, target, folder, limit))
    process.daemon = True
    process.start()
    there.close()
    trials: dict[str, Trial] = {}
    try:
        _listen(here, target, limit, trials)
    except EOFError:
        process.join(_GRACE)
        _end(trials, target, f"{next(reversed(trials), target)}: it ended or crashed its process ({process.exitcode})")
    finally:
        process.kill()
        process.join()
    return trials


def _listen(here: Connection, target: str, limit: float, trials: dict[str, Trial]) -> None:
    patience = _START_SECONDS
    while here.poll(patience):
        kind, content = here.recv()
        patience = limit + _GRACE
        latest = next(reversed(trials.values()), None)
        if kind == RULE and content is None:
            return
        if kind == RULE:
            trials[content] = Trial()
        elif kind == VERDICT and latest is not None:
            latest.verdicts.append(content)
        elif kind == DOOR and latest is not None:
            latest.door = content
        elif kind == REFUSED:
            raise content
        elif kind == STUCK:
            _end(trials, target, content)
            return
    _end(trials, target, f"{next(reversed(trials), target)}: no answer within {limit:g} s")


def _end(trials: dict[str, Trial], target: str, words: str) -> None:
    """Note that the policy at hand went no further; before there is one, its import did not."""
    if not trials:
        raise InputError.single(target, "", f"cannot be imported: {words}")
    latest = next(reversed(trials.values()))
    latest.verdicts.append(Verdict(latest.point, False, words))


class _Watch:
    """Says where the main thread is when one point takes too long; whoever waits for it then ends the process."""

    def __init__(self, there: Connection, limit: float) -> None:
        self._there, self._limit = there, limit
        self._until = time.monotonic() + limit
        self._lock = threading.Lock()
        self.owner: type[Any] | None = None
        threading.Thread(target=self._look, daemon=True).start()

    def send(self, kind: int, content: object) -> None:
        with self._lock:
            self._there.send((kind, content))
            self._until = time.monotonic() + self._limit

    def _look(self) -> None:
        while time.monotonic() < self._until:
            time.sleep(0.05)
        self.send(STUCK, self._words())
        time.sleep(_GRACE)
        os._exit(1)

    def _words(self) -> str:
        place, about = _look_into(sys._current_frames().get(threading.main_thread().ident or 0))
        if self.owner is None:
            return f"{place}: no end within {self._limit:g} s; --limit gives more"
        place = f"{place}: {self.owner.__name__}" if place else locate(self.owner, None)
        asked = f" {about}" if about else ""
        return f"{place}: no answer{asked} within {self._limit:g} s; the policy is endless, or slow: --limit gives more"


def _look_into(frame: FrameType | None) -> tuple[str, str]:
    """Return file and line where code of others is now, and what it was asked about."""
    place = about = ""
    while frame is not None and not about:
        if not place and is_foreign(frame):
            place = f"{frame.f_code.co_filename}:{frame.f_lineno}"
        view = next((value for value in frame.f_locals.values() if isinstance(value, View)), None)
        if view is not None:
            about = f"of the party kit on day {view.day:g} for the replicates 0 to {view.n_replicates - 1}"
        frame = frame.f_back
    return place, about


def _try(there: Connection, target: str, folder: Path, limit: float) -> None:
    """Judge in this process, and say so step by step."""
    # Ctrl-C reaches the whole process group; the parent alone answers it, and ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    watch = _Watch(there, limit)
    watch.send(BEGUN, None)
    try:
        with blame(f"policy {target}", always=True):
            _try_all(target, folder, watch)
        watch.send(RULE, None)
    except SimError as error:
        watch.send(REFUSED, error)


def _try_all(target: str, folder: Path, watch: _Watch) -> None:
    for rule, policy in policies_of(target, folder).items():
        watch.owner = policy
        watch.send(RULE, rule)
        passed = True
        for verdict in judge_points(policy):
            watch.send(VERDICT, verdict)
            passed = passed and verdict.passed
        if passed:
            watch.send(DOOR, describe_door(policy()))

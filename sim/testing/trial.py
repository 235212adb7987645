"""Policies judged in a process of its own, which may hang, crash or end without harm; and what their answers cost."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import Final

import numpy as np

from sim.core.errors import InputError, SimError
from sim.core.foreign_code import blame, is_foreign
from sim.policies.base import Policy
from sim.policies.reciprocal import TitForTat
from sim.policies.registry import policies_of
from sim.policies.rule_door import why_uncompiled
from sim.policies.rule_plan import plan_rules
from sim.policies.view import View
from sim.testing.checks import POINTS, judge_points
from sim.testing.synthetic_views import TOP, answers_of
from sim.testing.verdicts import Verdict, locate

LANES: Final = 257  # replicates at which the cost is measured
_ROUNDS: Final = 3


def describe_door(policy: Policy) -> str:
    """Return by which door a policy is asked, and for a rule that runs uncompiled what that costs and why."""
    if why := why_uncompiled(policy):
        return (
            f"It runs uncompiled: here, at {LANES} replicates, its answers take {cost_factor(policy):,.0f} times as "
            f"long as those of tit_for_tat. The manifest of a results folder names it. {why}"
        )
    if plan_rules(policy, TOP + 1) is None:
        return "It is an array function: it is asked once a step for all replicates."
    return "It is a plain rule, compiled."


def cost_factor(policy: Policy) -> float:
    """Return how many times the processor time of tit-for-tat a policy takes for the kit's history, best of three."""
    return _seconds(policy) / _seconds(TitForTat())


def _seconds(policy: Policy) -> float:
    rounds = []
    for _ in range(_ROUNDS):
        start = time.process_time()
        answers_of(policy, np.arange(LANES))
        rounds.append(time.process_time() - start)
    return min(rounds)


_end_process: Final = os._exit  # the real one: while a policy answers, that of `os` does not end the process
LIMIT: Final = 60.0  # longest time that a policy has for one point of the contract, where nothing else is said [s]
_GRACE: Final = 3.0
_START_SECONDS: Final = 300.0
COST: Final = "cost of an answer"  # name of what is said of a policy that keeps the contract: by which door it is asked
Trials = dict[str, list[Verdict]]  # what was said of each policy, by rule


def try_policies(target: str, folder: Path, limit: float = LIMIT) -> Trials:
    """Return what the kit says of the policies that `policies_of` names; each point may take a limit of time [s]."""
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_try, args=(there, target, folder, limit))
    process.daemon = True
    process.start()
    there.close()
    trials: Trials = {}
    try:
        _listen(here, limit, trials)
    except EOFError:
        process.join(_GRACE)
        _end(trials, target, f"it ended or crashed its process ({process.exitcode})")
    except TimeoutError:
        _end(trials, target, f"no answer within {limit:g} s")
    finally:
        process.kill()
        process.join()
    return trials


def _listen(here: Connection, limit: float, trials: Trials) -> None:
    """Take down what the process says: the policy that comes next, a verdict on it, why not, and None in the end."""
    patience = _START_SECONDS
    while here.poll(patience):
        said, patience = here.recv(), limit + _GRACE
        if said is None:
            return
        if isinstance(said, SimError):
            raise said
        if isinstance(said, Verdict):
            next(reversed(trials.values())).append(said)
        elif said:
            trials[said] = []
    raise TimeoutError


def _end(trials: Trials, target: str, words: str) -> None:
    """Note that the policy at hand went no further; before there is one, its import did not."""
    if not trials:
        raise InputError.single(target, "", f"cannot be imported: {words}")
    rule, verdicts = next(reversed(trials.items()))
    verdicts.append(Verdict((*POINTS, COST)[len(verdicts)], False, f"{rule}: {words}"))


class _Watch:
    """Sends what is found, and says where the main thread is when one point takes too long; then all is over."""

    def __init__(self, there: Connection, limit: float) -> None:
        self._there, self._limit, self._lock = there, limit, threading.Lock()
        self.owner: type[Policy] | None = None
        self.found = 0  # verdicts on it
        self.send("")
        threading.Thread(target=self._look, daemon=True).start()

    def send(self, said: object) -> None:
        with self._lock:
            self._there.send(said)
            self._until = time.monotonic() + self._limit

    def _look(self) -> None:
        while time.monotonic() < self._until:
            time.sleep(0.05)
        place, about = _look_into(sys._current_frames().get(threading.main_thread().ident or 0))
        if self.owner is None:
            self.send(InputError.single(place, "", f"is not imported within {self._limit:g} s; --limit gives more"))
        else:
            place = f"{place}: {self.owner.__name__}" if place else locate(self.owner, None)
            words = f"no answer{about} within {self._limit:g} s; it is endless, or slow: --limit gives more"
            self.send(Verdict((*POINTS, COST)[self.found], False, f"{place}: {words}"))
        self.send(None)
        time.sleep(_GRACE)
        _end_process(1)


def _look_into(frame: FrameType | None) -> tuple[str, str]:
    """Return file and line where code of others is now, and the view that it was asked about."""
    place = about = ""
    while frame is not None and not about:
        if not place and is_foreign(frame):
            place = f"{frame.f_code.co_filename}:{frame.f_lineno}"
        for view in (value for value in frame.f_locals.values() if isinstance(value, View)):
            about = f" of the party kit on day {view.day:g} for the replicates 0 to {view.n_replicates - 1}"
        frame = frame.f_back
    return place, about


def _try(there: Connection, target: str, folder: Path, limit: float) -> None:
    """Judge in this process, and say so step by step."""
    # Ctrl-C reaches the whole process group; the parent alone answers it, and ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    watch = _Watch(there, limit)
    try:
        with blame(f"policy {target}", always=True):
            for rule, policy in policies_of(target, folder).items():
                watch.owner, watch.found = policy, 0
                watch.send(rule)
                passed = True
                for verdict in judge_points(policy):
                    watch.found += 1
                    watch.send(verdict)
                    passed = passed and verdict.passed
                if passed:
                    watch.send(Verdict(COST, True, describe_door(policy())))
        watch.send(None)
    except SimError as error:
        watch.send(error)

"""The answers of a plain rule for all replicates of a view, as an array function gives them."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats, Integers
from sim.core.compilation import Fields, call_by_address, compiled
from sim.core.random_streams import Draw
from sim.policies.base import Response, View, first_memory
from sim.policies.moment import answer_type, moments_of, room_for
from sim.policies.rule_base import RuleBase, fill_memory, fill_parameters, read_memory
from sim.policies.rule_door import Door, door_to
from sim.policies.view import add_prefix

_IS_UNCOMPILED: Final = ContextVar("is_uncompiled", default=False)


@contextmanager
def uncompiled() -> Iterator[None]:
    """Let plain rules answer uncompiled inside the block: to the same bits, and with the warnings of NumPy."""
    token = _IS_UNCOMPILED.set(True)
    try:
        yield
    finally:
        _IS_UNCOMPILED.reset(token)


def respond(policy: RuleBase, view: View, draw: Draw) -> Response:
    """Answer all replicates, one after the other; see `sim.policies.base.Policy.respond`."""
    door = door_to(policy, room_for(view.top + 1))
    inside = {name: inner.respond(view.inside(name), draw.within(name)) for name, inner in policy.policies_inside()}
    own = _records(policy, door, view)
    for name in policy.draws():
        own["draw"][name] = draw.uniform(name)
    for name, response in inside.items():
        _write_answer(own["inside"][name], response, view.top)
    answers = np.zeros(view.n_replicates, answer_type(room_for(view.top + 1)))
    _ask(door, own, moments_of(view, door.reads), answers)
    memory: dict[str, Floats] = read_memory(own, policy, view.top + 1)
    for name, response in inside.items():
        memory |= add_prefix(response.memory, name)
    multiplier, rung = (np.ascontiguousarray(answers[part][:, 1 : view.top + 1].T) for part in ("multiplier", "rung"))
    return Response(multiplier, rung, answers["campaign"].copy(), answers["strategic"].copy(), memory)


def _records(policy: RuleBase, door: Door, view: View) -> npt.NDArray[Any]:
    records = np.zeros(view.n_replicates, door.own)
    fill_parameters(records, policy)
    # A view without any memory is one before the first step.
    fill_memory(records, policy, view.memory or first_memory(policy, view.top, view.n_replicates))
    return records


def _write_answer(records: npt.NDArray[Any], response: Response, top: int) -> None:
    """Write the answer of a policy inside, which may be an array function, into the records of the outer one."""
    shape = (top, len(records))
    records["multiplier"][:, 1 : top + 1] = np.broadcast_to(response.multiplier, shape).T
    records["rung"][:, 1 : top + 1] = np.broadcast_to(response.rung, shape).T
    records["campaign"], records["strategic"] = response.campaign, response.strategic


def _ask(door: Door, own: npt.NDArray[Any], now: npt.NDArray[Any], answers: npt.NDArray[Any]) -> None:
    """Let the rule answer in each replicate."""
    begun = 0
    if door.address is not None and not _IS_UNCOMPILED.get():
        records, before = (own, now, answers), own.copy()
        places = np.array([record.ctypes.data for record in records])
        begun = _ask_by_address(door.address, places, np.array([record.itemsize for record in records]), len(own))
        if begun == len(own):
            return
        # Compiled code met an error: Python meets it again in this replicate, and tells the line.
        own[begun] = before[begun]
    for lane in range(begun, len(own)):
        door.python(Fields(own[lane]), Fields(now[lane], "now"), Fields(answers[lane]))


@compiled
def _ask_by_address(address: int, places: Integers, sizes: Integers, n_replicates: int) -> int:
    """Call a door for one replicate after the other; return the first in which it raised an error, or their number."""
    for lane in range(n_replicates):
        first, second, third = places[0] + lane * sizes[0], places[1] + lane * sizes[1], places[2] + lane * sizes[2]
        if call_by_address(address, first, second, third):
            return lane
    return n_replicates

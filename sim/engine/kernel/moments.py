"""Fills the records of what is given of each step: time, the schedule of the scenario, addresses of draws."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.core.random_streams import GAMMA, Streams, mix, word_of
from sim.engine.acts import GivenAct, Record, group_by_step
from sim.engine.configuration import Timeline
from sim.engine.kernel.records import GIVEN, Size, zeroed_records
from sim.engine.theatre import Theatre

Records = npt.NDArray[Any]


def build_moments(
    size: Size, theatre: Theatre, timeline: Timeline, record: Record, draws: Sequence[tuple[str, str]]
) -> tuple[Records, Records]:
    """Return what is given of each step, those of the record first, and the acts given by step.

    ``draws`` are the owner and the decision of each draw of a policy.
    """
    steps = np.arange(min(record.steps, default=0), timeline.horizon_days * timeline.steps_per_day)
    moments = zeroed_records("moment", size, len(steps))
    moments["step"], moments["day"] = steps, steps * timeline.step_days
    _put_schedule(moments, steps, timeline)
    given = _put_given(moments, steps, theatre, timeline, record)
    front = theatre.front.id
    names = {"truce_word": ("world", "truce"), "mediation_word": ("world", "mediation"),
             "shock_word": ("world", "diplomatic shock"), "ground_word": (front, "ground"),
             "ceasefire_word": (front, "ceasefire"), "reignition_word": (front, "reignition")}  # fmt: skip
    for field, address in names.items():
        moments[field] = _addresses(steps, *address)
    for place, party in enumerate(theatre.parties):
        for decision in ("campaign", "join", "leave"):
            moments[f"{decision}_word"][:, place] = _addresses(steps, party.id, decision)
    decisions = {"acts_word": "acts", "act_word": "act", "strikes_word": "strategic acts",
                 "strike_word": "strategic act", "alarm_word": "false alarm", "alarm_act_word": "alarm"}  # fmt: skip
    for row, dyad in enumerate(theatre.dyads):
        for field, decision in decisions.items():
            moments[field][:, row] = _addresses(steps, dyad.id, decision)
    for place, address in enumerate(draws):
        moments["draw_word"][:, place] = _addresses(steps, *address)
    return moments, given


def _addresses(steps: npt.NDArray[np.int64], owner: str, decision: str) -> npt.NDArray[np.uint64]:
    """Return the address of a draw in each step (see `Streams.address`)."""
    return mix(mix(np.uint64(word_of(owner, decision)) + steps.astype(np.uint64) * np.uint64(GAMMA)))


def _put_schedule(moments: Records, steps: npt.NDArray[np.int64], timeline: Timeline) -> None:
    """Put down scheduled truces and shocks; spans are rounded to whole steps, so that none is a rounding short."""
    days = timeline.step_days

    def covered(start_day: float, span: float) -> npt.NDArray[np.bool_]:
        first = round(start_day / days)
        within: npt.NDArray[np.bool_] = (steps >= first) & (steps < first + max(1, round(span / days)))
        return within

    for truce in timeline.truces:
        moments["in_truce"] |= covered(truce.start_day, truce.days)
    for shock in timeline.shocks:
        moments["shock"] += covered(shock.day, days) * shock.size


def _put_given(
    moments: Records, steps: npt.NDArray[np.int64], theatre: Theatre, timeline: Timeline, record: Record
) -> Records:
    """Return all given acts by step, each numbered within its step, and say in each moment where its own stand."""
    by_step = group_by_step(timeline.scheduled, timeline.step_days) | record.steps
    rows: list[tuple[GivenAct, int, int]] = []
    for moment, step in zip(moments, steps, strict=True):
        moment["first_given"] = len(rows)
        rows += [(act, int(step), number) for number, act in enumerate(by_step.get(int(step), ()))]
        moment["last_given"] = len(rows)
    given = np.zeros(len(rows), dtype=GIVEN)
    for place, (act, step, number) in enumerate(rows):
        dyad = f"{act.sender}-{act.target}"
        charged = -1 if act.charged is None else theatre.dyad_index.get(f"{act.target}-{act.charged}", -1)
        word = Streams(0, [0]).address(dyad, "given", step, number)
        given[place] = (
            word, step, theatre.dyad_index[dyad], act.rung, act.killed, act.civilians, act.leaders, charged
        )  # fmt: skip
    return given

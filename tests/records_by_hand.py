"""The kernel's records of little theatres, and single functions of the kernel called on them, compiled as in a run.

Records of structured arrays reach compiled functions inside compiled code alone, so each function that a test calls
has a loop here. The loops run uncompiled where the kernel does (``SIM_KERNEL=python``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.core.compilation import IS_COMPILED, Records, compiled, number_at, overflowing_words
from sim.core.random_streams import Streams
from sim.engine.configuration import Parameters, Timeline
from sim.engine.kernel import (
    consultation,
    days,
    fire,
    luck,
    marks,
    parties,
    perception,
    phases,
    step,
    surroundings,
)
from sim.engine.kernel.histories import Histories
from sim.engine.kernel.preparation import prepare
from sim.engine.kernel.records import ACT
from sim.engine.theatre import Theatre
from sim.policies import Policy
from sim.policies.reciprocal import NoRetaliation

Array = np.ndarray


def prepared(
    theatre: Theatre,
    parameters: Parameters,
    replicates: int,
    *,
    policies: Mapping[str, Policy] | None = None,
    timeline: Timeline | None = None,
    seed: int = 2,
) -> Histories:
    """Return the records of a theatre before its first step; ``policies`` by party or dyad."""
    given = policies or {}
    silent = NoRetaliation()
    by_dyad = {dyad.id: given.get(dyad.id, given.get(dyad.sender, silent)) for dyad in theatre.dyads}
    streams = Streams(seed, np.arange(replicates))
    return prepare(theatre, parameters, by_dyad, timeline or Timeline(1, horizons=()), streams, lambda rows: None)


def acts_on(rung: int, dyad: int, n: int, *, lanes: int = 1, cause: int = marks.BACKGROUND) -> Array:
    """Return n acts on one rung of one dyad, each with luck of its own, dealt out to some histories in turn."""
    acts = np.zeros(n, dtype=ACT)
    streams = Streams(2, np.arange(n))
    acts["lane"], acts["dyad"], acts["cause"] = np.arange(n) % lanes, dyad, cause
    acts["launched"] = acts["rung"] = rung
    acts["word"] = numbered(streams.lane_words + streams.address("test", "acts", rung), np.zeros(n, dtype=np.int64))
    draw_all(acts)
    return acts


def draw_all(acts: Array) -> None:
    """Draw all uniforms of acts by their words."""
    _call(_draw_all, acts)


@compiled
def _draw_all(acts: Any) -> None:
    for place in range(len(acts)):
        luck.draw_all(acts[place].word, acts[place].draw)


def _call(loop: Any, *arguments: Any) -> None:
    """Call a loop; arrays of records as marked functions take them."""
    given = [
        Records(one) if isinstance(one, np.ndarray) and one.dtype.names and not IS_COMPILED else one
        for one in arguments
    ]
    with overflowing_words():
        loop(*given)


# --- Laws of chance


def uniforms(words: Array) -> Array:
    """Return the uniform at each address."""
    found = np.zeros(len(words))
    _call(_uniforms, words, found)
    return found


@compiled
def _uniforms(words: Any, found: Any) -> None:
    for place in range(len(words)):
        found[place] = luck.uniform(words[place])


def mixed(words: Array) -> Array:
    """Return the SplitMix64 finaliser of each word."""
    found = np.zeros(len(words), dtype=np.uint64)
    _call(_mixed, words, found)
    return found


@compiled
def _mixed(words: Any, found: Any) -> None:
    for place in range(len(words)):
        found[place] = luck.mix(words[place])


def numbered(roots: Array, ordinals: Array) -> Array:
    """Return the root word of one of several acts of each address."""
    found = np.zeros(len(roots), dtype=np.uint64)
    _call(_numbered, roots, np.asarray(ordinals, dtype=np.int64), found)
    return found


@compiled
def _numbered(roots: Any, ordinals: Any, found: Any) -> None:
    for place in range(len(roots)):
        found[place] = luck.numbered(roots[place], ordinals[place])


def child_words(words: Array, ordinals: Array, kind: str) -> Array:
    """Return the root word of a reaction or a follow-up to each act."""
    root = {"reaction": luck.CHILD_REACTION, "follow-up": luck.CHILD_FOLLOW_UP}[kind]
    return numbered(words + root, ordinals)


def branched(words: Array, roots: Array, serials: Array) -> Array:
    """Return the luck of histories that leave those they were cloned from."""
    found = np.zeros(len(words), dtype=np.uint64)
    _call(_branched, *(np.asarray(one, dtype=np.uint64) for one in (words, roots, serials)), found)
    return found


@compiled
def _branched(words: Any, roots: Any, serials: Any, found: Any) -> None:
    for place in range(len(words)):
        found[place] = luck.numbered(words[place] + roots[place], serials[place])


def poisson(draws: Array, means: Array | float) -> Array:
    """Return Poisson counts, of the shape of the uniforms."""
    found = np.zeros(draws.shape, dtype=np.int64)
    _call(_poisson, draws.ravel(), np.broadcast_to(means, draws.shape).astype(float).ravel(), found.ravel())
    return found


@compiled
def _poisson(draws: Any, means: Any, found: Any) -> None:
    for place in range(len(draws)):
        found[place] = luck.poisson(draws[place], means[place])


def binomial(draws: Array, trials: Array | int, chance: Array | float) -> Array:
    """Return binomial counts."""
    found = np.zeros(len(draws), dtype=np.int64)
    every = np.broadcast_to(trials, draws.shape).astype(np.int64), np.broadcast_to(chance, draws.shape).astype(float)
    _call(_binomial, draws, *every, found)
    return found


@compiled
def _binomial(draws: Any, trials: Any, chance: Any, found: Any) -> None:
    for place in range(len(draws)):
        found[place] = luck.binomial(draws[place], trials[place], chance[place])


def normal(draws: Array) -> Array:
    """Return quantiles of the standard normal law."""
    found = np.zeros(len(draws))
    _call(_normal, draws, found)
    return found


@compiled
def _normal(draws: Any, found: Any) -> None:
    for place in range(len(draws)):
        found[place] = luck.normal(draws[place])


def happens(draws: Array, rates: Array, span: float) -> Array:
    """Return whether something of a rate happens within some days."""
    found = np.zeros(len(draws), dtype=bool)
    _call(_happens, draws, rates, span, found)
    return found


@compiled
def _happens(draws: Any, rates: Any, span: float, found: Any) -> None:
    for place in range(len(draws)):
        found[place] = luck.happens(draws[place], rates[place], span)


def counts_in(edges: Array, laws: Array, values: Array) -> Array:
    """Look values up in the edges of some laws, shape (n_laws, n_counts); return the places of their counts."""
    table, found = np.ascontiguousarray(edges, dtype=float), np.zeros(len(values), dtype=np.int64)
    _call(_counts_in, table.ctypes.data, table.shape[1], np.asarray(laws, dtype=np.int64), values, found)
    return found


@compiled
def _counts_in(tables_at: int, size: int, laws: Any, values: Any, found: Any) -> None:
    for place in range(len(values)):
        found[place] = marks.look_up_count(tables_at, laws[place] * size, size, values[place])


def numbers_at(table: Array, places: Array) -> Array:
    """Return numbers of a table by their places, read by address."""
    values, found = np.ascontiguousarray(table, dtype=float).ravel(), np.zeros(len(places))
    _call(_numbers_at, values.ctypes.data, np.asarray(places, dtype=np.int64), found)
    return found


@compiled
def _numbers_at(at: int, places: Any, found: Any) -> None:
    for place in range(len(places)):
        found[place] = number_at(at, places[place])


# --- Functions of acts


def mark(histories: Histories, acts: Array) -> Array:
    """Draw whom each act kills and set its reported rung; return the acts."""
    _call(_mark, histories.setting, histories.values, acts)
    return acts


@compiled
def _mark(setting: Any, values: Any, acts: Any) -> None:
    for place in range(len(acts)):
        act = acts[place]
        marks.mark(setting[0], values[act.lane if len(values) > 1 else 0], act)


def launch(histories: Histories, acts: Array) -> tuple[Array, Array]:
    """Return the true and the claimed launches of each act."""
    _call(_launch, histories.setting, histories.values, acts)
    return acts["launches"], acts["claimed"]


@compiled
def _launch(setting: Any, values: Any, acts: Any) -> None:
    for place in range(len(acts)):
        act = acts[place]
        act.launches = marks.draw_launches(setting[0], act)
        act.claimed = marks.claim(setting[0], values[act.lane if len(values) > 1 else 0], act, act.launches)


def report_rungs(histories: Histories, acts: Array) -> Array:
    """Return the rung on which each act is reported, by its marks."""
    found = np.zeros(len(acts), dtype=np.int64)
    _call(_report_rungs, histories.setting, acts, found)
    return found


@compiled
def _report_rungs(setting: Any, acts: Any, found: Any) -> None:
    for place in range(len(acts)):
        found[place] = marks.reported_rung(setting[0], acts[place])


def routine_rungs(histories: Histories, acts: Array) -> Array:
    """Return the rung of acts, were they routine."""
    found = np.zeros(len(acts), dtype=np.int64)
    _call(_routine_rungs, histories.setting, histories.values, histories.states, acts, found)
    return found


@compiled
def _routine_rungs(setting: Any, values: Any, states: Any, acts: Any, found: Any) -> None:
    for place in range(len(acts)):
        act = acts[place]
        own = values[act.lane if len(values) > 1 else 0]
        found[place] = marks.routine_rung(setting[0], own, states[act.lane], act)


def routine_postures(histories: Histories, party: int) -> Array:
    """Return the posture of the routine of a party in each history."""
    found = np.zeros(len(histories.states))
    _call(_routine_postures, histories.setting, histories.values, histories.states, party, found)
    return found


@compiled
def _routine_postures(setting: Any, values: Any, states: Any, party: int, found: Any) -> None:
    for lane in range(len(states)):
        own = values[lane if len(values) > 1 else 0]
        found[lane] = marks.posture_of_routine(setting[0], own, states[lane], party)


def perceive(histories: Histories, acts: Array) -> Array:
    """Let the targets of acts see them; return, for each, the rung that is taken and the harm that is felt."""
    found = np.zeros((2, len(acts)))
    _call(_perceive, histories.setting, histories.values, histories.states, acts, found)
    return found


@compiled
def _perceive(setting: Any, values: Any, states: Any, acts: Any, found: Any) -> None:
    for place in range(len(acts)):
        act = acts[place]
        own, target = values[act.lane if len(values) > 1 else 0], setting[0].target[act.dyad]
        perception.perceive(setting[0], own, states[act.lane], act)
        found[0, place] = perception.perceived_rung(setting[0], own, act, target)
        found[1, place] = perception.perceived_harm(setting[0], own, act, target)


def report(histories: Histories, acts: Array, rungs: Array, harm: Array) -> None:
    """Report acts as they were seen: on some rungs, with some harm."""
    given = np.asarray(rungs, dtype=np.int64), np.asarray(harm, dtype=float)
    _call(_report, histories.setting, histories.values, histories.states, acts, *given)


@compiled
def _report(setting: Any, values: Any, states: Any, acts: Any, rungs: Any, harm: Any) -> None:
    for place in range(len(acts)):
        act = acts[place]
        own = values[act.lane if len(values) > 1 else 0]
        perception.report(setting[0], own, states[act.lane], act, rungs[place], harm[place])


def clear_reports(histories: Histories) -> None:
    """Forget what was reported of the step before."""
    _call(_clear_reports, histories.setting, histories.states)


@compiled
def _clear_reports(setting: Any, states: Any) -> None:
    for lane in range(len(states)):
        fire.clear_reports(setting[0], states[lane])


def perceive_recorded(histories: Histories, acts: Array, charged: int = -1) -> None:
    """Let all see acts of the record."""
    _call(_perceive_recorded, histories.setting, histories.values, histories.states, acts, charged)


@compiled
def _perceive_recorded(setting: Any, values: Any, states: Any, acts: Any, charged: int) -> None:
    for place in range(len(acts)):
        act = acts[place]
        own = values[act.lane if len(values) > 1 else 0]
        perception.perceive_recorded(setting[0], own, states[act.lane], act, charged)


def remember(histories: Histories, acts: Array, day: float) -> None:
    """Keep of the acts of a step what is publicly remembered, in every history."""
    _call(_remember, histories.setting, histories.values, histories.states, acts, day)


@compiled
def _remember(setting: Any, values: Any, states: Any, acts: Any, day: float) -> None:
    for lane in range(len(states)):
        history = states[lane]
        today = days.begin_day_of_memory(history, day)
        for place in range(len(acts)):
            if acts[place].lane == lane:
                own = values[lane if len(values) > 1 else 0]
                days.remember(setting[0], own, history, acts[place], day, today)


def count(histories: Histories, acts: Array) -> None:
    """Add acts to the totals of the day."""
    _call(_count, histories.setting, histories.values, histories.states, acts)


@compiled
def _count(setting: Any, values: Any, states: Any, acts: Any) -> None:
    for place in range(len(acts)):
        act = acts[place]
        days.count(setting[0], values[act.lane if len(values) > 1 else 0], states[act.lane], act)


# --- Functions of a step


def take_in(histories: Histories) -> None:
    """Let every party of every history take in the step before and move."""
    _call(_take_in, histories.setting, histories.values, histories.states)


@compiled
def _take_in(setting: Any, values: Any, states: Any) -> None:
    for lane in range(len(states)):
        parties.take_in(setting[0], values[lane if len(values) > 1 else 0], states[lane])


def release(histories: Histories) -> None:
    """Move what falls due in a step out of the pools."""
    _call(_release, histories.setting, histories.values, histories.states)


@compiled
def _release(setting: Any, values: Any, states: Any) -> None:
    for lane in range(len(states)):
        fire.release(setting[0], values[lane if len(values) > 1 else 0], states[lane])


def expect_acts(histories: Histories, number: int = 0) -> None:
    """Work out what each dyad is expected to do in a step of the run."""
    moments = histories.moments[histories.n_record :]
    _call(_expect_acts, histories.setting, histories.values, histories.states, moments, number)


@compiled
def _expect_acts(setting: Any, values: Any, states: Any, moments: Any, number: int) -> None:
    for lane in range(len(states)):
        own = values[lane if len(values) > 1 else 0]
        fire.expect_acts(setting[0], own, states[lane], moments[number])


def mediate_reactions(histories: Histories) -> None:
    """Weigh all reactions by mediation."""
    _call(_mediate_reactions, histories.setting, histories.values, histories.states)


@compiled
def _mediate_reactions(setting: Any, values: Any, states: Any) -> None:
    for lane in range(len(states)):
        step.mediate_reactions(setting[0], values[lane if len(values) > 1 else 0], states[lane])


def move_world(histories: Histories, number: int) -> None:
    """Move the driver and mediation to a step of the run."""
    moments = histories.moments[histories.n_record :]
    _call(_move_world, histories.setting, histories.values, histories.states, moments, number)


@compiled
def _move_world(setting: Any, values: Any, states: Any, moments: Any, number: int) -> None:
    for lane in range(len(states)):
        surroundings.move_world(setting[0], values[lane if len(values) > 1 else 0], states[lane], moments[number])


def pass_phases(histories: Histories, number: int) -> None:
    """Let the phase of the front end or go on in a step of the run."""
    moments = histories.moments[histories.n_record :]
    _call(_pass_phases, histories.setting, histories.values, histories.states, moments, number)


@compiled
def _pass_phases(setting: Any, values: Any, states: Any, moments: Any, number: int) -> None:
    for lane in range(len(states)):
        phases.pass_phases(setting[0], values[lane if len(values) > 1 else 0], states[lane], moments[number])


def join_and_leave(histories: Histories, number: int) -> None:
    """Let parties join and leave in a step of the run; all decide on who was in before it."""
    histories.states["joined_before"] = histories.states["joined"]
    moments = histories.moments[histories.n_record :]
    _call(_join_and_leave, histories.setting, histories.values, histories.states, moments, number)


@compiled
def _join_and_leave(setting: Any, values: Any, states: Any, moments: Any, number: int) -> None:
    for lane in range(len(states)):
        phases.join_and_leave(setting[0], values[lane if len(values) > 1 else 0], states[lane], moments[number])


def weigh_pushes(histories: Histories) -> None:
    """Add up what the answers of each party add to its rate of a campaign."""
    _call(_weigh_pushes, histories.setting, histories.states)


@compiled
def _weigh_pushes(setting: Any, states: Any) -> None:
    for lane in range(len(states)):
        consultation.weigh_pushes(setting[0], states[lane])


def follow_milestones(histories: Histories, end: float) -> None:
    """Note what began in the step that ends now."""
    _call(_follow_milestones, histories.setting, histories.states, end)


@compiled
def _follow_milestones(setting: Any, states: Any, end: float) -> None:
    for lane in range(len(states)):
        days.follow_milestones(setting[0], states[lane], end)


def end_day(histories: Histories, number: int, rows: Array) -> int:
    """Write down the totals of a day of all histories, let counts make a campaign; return how many rows there are."""
    end = np.zeros(1, dtype=np.int64)
    _call(_end_day, histories.setting, histories.values, histories.states, number, rows, end)
    return int(end[0])


@compiled
def _end_day(setting: Any, values: Any, states: Any, number: int, rows: Any, end: Any) -> None:
    for lane in range(len(states)):
        own = values[lane if len(values) > 1 else 0]
        end[0] = days.end_day(setting[0], own, states[lane], number, lane, rows, end[0])

"""What is given to an ensemble by hand, refused in the words in which a scenario file is."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from sim.core.errors import Problems, nearest
from sim.core.parameters import REPLICATES, Interval, number_problem, parameters_of, problems_with
from sim.engine.campaign import FrontParameters
from sim.engine.configuration import Parameters, Timeline
from sim.engine.definitions import Definitions
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import DyadParameters, Theatre
from sim.engine.war_entry import AllianceParameters, EntryParameters
from sim.engine.world import WorldParameters
from sim.policies.base import Policy

STEPS: Final = (1.0, 0.5, 0.25, 0.125)
"""Lengths of a step [days]."""
ROOTS: Final = Interval(0, 2**64 - 1)
"""Roots of draws: those of a file, and words of 64 bits that were made of one."""
DAYS: Final = Interval(1, 3650)
"""Lengths of a run, and horizons [days]."""
MISSING_POLICY: Final = "is missing: every party that can act needs a policy"

_Values = Iterator[tuple[str, Any]]


def owner_problem(owner: str, theatre: Theatre) -> str | None:
    """Return what is wrong with the name of a party or dyad that a policy is for."""
    known = [*filter(theatre.can_act, theatre.party_index), *theatre.dyad_index]
    if owner in known:
        return None
    problem = "can act on nobody, so it follows no policy" if owner in theatre.party_index else "unknown party or dyad"
    return f"{problem}; {nearest(str(owner), known)}"


def step_problem(step_days: float) -> str | None:
    """Return what is wrong with the length of a step [days]."""
    return None if step_days in STEPS else f"{step_days:g} does not divide a day; it must be 1, 0.5, 0.25 or 0.125"


def check_request(replicates: Any, seed: object, horizon_days: object | None = None, longest: int = 3650) -> None:
    """Refuse replicates, a root of draws or a length that no run can have, all at once."""
    problems = Problems("ensemble")
    _add_luck(problems, replicates, seed)
    if horizon_days is not None:
        _add(problems, "horizon_days", number_problem(horizon_days, Interval(1, longest), is_whole=True))
    problems.raise_if_any()


def check_conflict(
    theatre: object, parameters: object, policies: object, timeline: object, replicates: Any, seed: object
) -> None:
    """Refuse what no `Conflict` can be made of, all at once."""
    problems = Problems("Conflict")
    kinds = ("theatre", theatre, Theatre), ("parameters", parameters, Parameters), ("timeline", timeline, Timeline)
    for name, value, kind in (*kinds, ("policies", policies, Mapping)):
        if not isinstance(value, kind):
            problems.add(name, f"must be a {kind.__name__}, not {_shown(value)}")
    _add_luck(problems, replicates, seed)
    problems.raise_if_any()
    assert isinstance(theatre, Theatre) and isinstance(timeline, Timeline)
    assert isinstance(parameters, Parameters) and isinstance(policies, Mapping)
    _add_timeline(problems, timeline)
    size = int(replicates) if isinstance(replicates, int | np.integer) else len(np.atleast_1d(np.asarray(replicates)))
    for key, value in (*_add_policies(problems, theatre, policies), *_add_parameters(problems, theatre, parameters)):
        if np.ndim(value) and np.shape(value) != (size,):
            problems.add(key, f"has shape {np.shape(value)}; it must be one number or ({size},)")
    problems.raise_if_any()


def _shown(value: object) -> str:
    if inspect.isclass(value):
        return f"the class {value.__name__}; write {value.__name__}()"
    return f"the function {value.__name__}" if inspect.isfunction(value) else repr(value)


def _add(problems: Problems, key: str, problem: str | None) -> None:
    if problem is not None:
        problems.add(key, problem)


def _add_luck(problems: Problems, replicates: Any, seed: object) -> None:
    _add(problems, "seed", number_problem(seed, ROOTS, is_whole=True))
    if not np.ndim(replicates):
        _add(problems, "replicates", number_problem(replicates, REPLICATES, is_whole=True))
        return
    indices = np.asarray(replicates)
    if indices.ndim > 1 or not indices.size or indices.dtype.kind not in "iu" or indices.min() < 0:
        problems.add("replicates", "must be a whole number, or indices of replicates from 0 on in one row")


def _add_timeline(problems: Problems, timeline: Timeline) -> None:
    _add(problems, "horizon_days", number_problem(timeline.horizon_days, DAYS, is_whole=True))
    step = timeline.step_days
    _add(problems, "step_days", number_problem(step, Interval(0.125, 1)) or step_problem(step))
    days = list(timeline.horizons)
    is_rising = all(number_problem(day, DAYS, is_whole=True) is None for day in days) and sorted(set(days)) == days
    if not is_rising:
        problems.add("horizons", f"must be rising whole numbers of days between 1 and 3650, not {days!r}")
    elif days and not problems.found and days[-1] > timeline.horizon_days:
        problems.add("horizons", f"{days[-1]} is beyond horizon_days = {timeline.horizon_days}")


def _add_policies(problems: Problems, theatre: Theatre, policies: Mapping[Any, object]) -> _Values:
    """Yield the parameters of the policies by key path; what is wrong with who has which policy is noted."""
    for owner, policy in policies.items():
        if problem := owner_problem(owner, theatre):
            problems.add(f"policy.{owner}", problem)
        elif not isinstance(policy, Policy):
            problems.add(f"policy.{owner}", f"must be a policy, such as TitForTat(), not {_shown(policy)}")
        else:
            yield from _values_of(f"policy.{owner}", policy)
    for party in dict.fromkeys(dyad.sender for dyad in theatre.dyads):
        if party not in policies:
            problems.add(f"policy.{party}", MISSING_POLICY)


def _values_of(key: str, policy: Policy) -> _Values:
    for name in parameters_of(type(policy)):
        yield f"{key}.{name}", getattr(policy, name)
    for name, inner in policy.policies_inside():
        yield from _values_of(f"{key}.{name}", inner)


def _add_parameters(problems: Problems, theatre: Theatre, given: Parameters) -> _Values:
    """Yield the parameters by key path; what is wrong with whose they are, and with their bounds, is noted."""
    ids = {
        "party": (given.parties, PartyParameters, [party.id for party in theatre.parties], True),
        "dyad": (given.dyads, DyadParameters, [dyad.id for dyad in theatre.dyads], True),
        "entry": (given.entries, EntryParameters, [joiner.party for joiner in theatre.joiners], False),
        "alliance": (given.alliances, AllianceParameters, [alliance.id for alliance in theatre.alliances], False),
    }
    owners: dict[str, tuple[object, type[Any]]] = {
        "world": (given.world, WorldParameters),
        "front": (given.front, FrontParameters),
        "definition": (given.definitions, Definitions),
    }
    for group, (members, kind, known, are_needed) in ids.items():
        for identity in members.keys() - set(known):
            problems.add(f"{group}.{identity}", f"unknown {group}; {nearest(identity, known)}")
        for identity in set(known) - members.keys() if are_needed else ():
            problems.add(f"{group}.{identity}", "is missing: it needs parameters")
        owners |= {f"{group}.{identity}": (owner, kind) for identity, owner in members.items() if identity in known}
    for key, (owner, kind) in owners.items():
        if not isinstance(owner, kind):
            problems.add(key, f"must be a {kind.__name__}, not {_shown(owner)}")
            continue
        for name, problem in problems_with(kind, vars(owner)).items():
            problems.add(f"{key}.{name}", problem)
        yield from ((f"{key}.{name}", getattr(owner, name)) for name in parameters_of(kind))

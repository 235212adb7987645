"""What is given to an ensemble by hand, refused in the words in which a scenario file is."""

import inspect
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from sim.core.errors import Problems, nearest
from sim.core.parameters import REPLICATES, Interval, number_problem, parameters_of, problems_with
from sim.engine.configuration import GROUPS, SINGLE, Parameters, Timeline, ids_of
from sim.engine.theatre import Theatre
from sim.policies.base import Policy

STEPS: Final = (1.0, 0.5, 0.25, 0.125)  # lengths of a step [days]
ROOTS: Final = Interval(0, 2**64 - 1)  # roots of draws: those of a file, and words of 64 bits that were made of one
DAYS: Final = Interval(1, 3650)  # lengths of a run, and horizons [days]
MISSING_POLICY: Final = "is missing: every party that can act needs a policy"


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


def check_request(replicates: Any, seed: object, horizon_days: object, longest: int) -> None:
    """Refuse replicates, a root of draws or a length that no run can have, all at once."""
    problems = Problems("ensemble")
    for key, problem in (*_request_problems(replicates, seed), ("horizon_days", _days_problem(horizon_days, longest))):
        if problem is not None:
            problems.add(key, problem)
    problems.raise_if_any()


def check_conflict(theatre: Any, parameters: Any, policies: Any, timeline: Any, replicates: Any, seed: object) -> None:
    """Refuse what no `Conflict` can be made of, all at once."""
    problems = Problems("Conflict")
    kinds = ("theatre", theatre, Theatre), ("parameters", parameters, Parameters), ("timeline", timeline, Timeline)
    wrong = [(key, _kind_problem(value, kind)) for key, value, kind in (*kinds, ("policies", policies, Mapping))]
    wrong += _request_problems(replicates, seed)
    if not any(problem for _, problem in wrong):
        size = replicates if np.ndim(replicates) == 0 else len(replicates)
        values = [*_policy_values(policies, theatre), *_parameter_values(parameters, theatre)]
        wrong = [*_timeline_problems(timeline), *((key, _value_problem(value, size)) for key, value in values)]
    for key, problem in wrong:
        if problem is not None:
            problems.add(key, problem)
    problems.raise_if_any()


class _Wrong(str):
    """What is wrong, in the place of a value."""


_Values = Iterator[tuple[str, Any]]


def _kind_problem(value: object, kind: type) -> str | None:
    if isinstance(value, kind):
        return None
    name = getattr(value, "__name__", "")
    shown = f"the class {name}; write {name}()" if inspect.isclass(value) else f"the function {name}"
    return f"must be a {kind.__name__}, not {shown if name else repr(value)}"


def _days_problem(days: object, longest: float) -> str | None:
    return None if days is None else number_problem(days, Interval(DAYS.low, longest), is_whole=True)


def _request_problems(replicates: Any, seed: object) -> list[tuple[str, str | None]]:
    words = None
    if not np.ndim(replicates):
        words = number_problem(replicates, REPLICATES, is_whole=True)
    elif np.ndim(replicates) > 1 or np.asarray(replicates).dtype.kind not in "iu" or np.min(replicates, initial=0) < 0:
        words = "must be a whole number, or indices of replicates from 0 on in one row"
    elif not len(replicates):
        words = "must hold at least one replicate"
    return [("seed", number_problem(seed, ROOTS, is_whole=True)), ("replicates", words)]


def _timeline_problems(timeline: Timeline) -> Iterator[tuple[str, str | None]]:
    step, days = timeline.step_days, list(timeline.horizons)
    yield "horizon_days", number_problem(timeline.horizon_days, DAYS, is_whole=True)
    yield "step_days", number_problem(step, Interval(0.125, 1)) or step_problem(step)
    if any(number_problem(day, DAYS, is_whole=True) for day in days) or sorted(set(days)) != days:
        yield "horizons", f"must be rising whole numbers of days between 1 and 3650, not {days!r}"
    elif days and days[-1] > timeline.horizon_days:
        yield "horizons", f"{days[-1]} is beyond horizon_days = {timeline.horizon_days}"


def _value_problem(value: Any, size: int) -> str | None:
    """Return what is wrong with the value of a parameter for some replicates, beside its bounds."""
    if isinstance(value, _Wrong):
        return str(value)
    return (
        f"has shape {np.shape(value)}; it must be one number or ({size},)"
        if np.shape(value) not in ((), (size,))
        else None
    )


def _policy_values(policies: Mapping[Any, Any], theatre: Theatre) -> _Values:
    for owner, policy in policies.items():
        if words := owner_problem(owner, theatre) or _kind_problem(policy, Policy):
            yield f"policy.{owner}", _Wrong(words)
        else:
            yield from _values_of(f"policy.{owner}", policy)
    for party in dict.fromkeys(dyad.sender for dyad in theatre.dyads if dyad.sender not in policies):
        yield f"policy.{party}", _Wrong(MISSING_POLICY)


def _values_of(key: str, policy: Policy) -> _Values:
    for name in parameters_of(type(policy)):
        yield f"{key}.{name}", getattr(policy, name)
    for name, inner in policy.policies_inside():
        yield from _values_of(f"{key}.{name}", inner)


def _parameter_values(given: Parameters, theatre: Theatre) -> _Values:
    own_of = given.world, given.front, given.definitions
    owners: list[tuple[str, Any, type]] = list(zip(SINGLE, own_of, SINGLE.values(), strict=True))
    groups: tuple[Mapping[str, Any], ...] = given.parties, given.dyads, given.entries, given.alliances
    for (group, known), members in zip(ids_of(theatre).items(), groups, strict=True):
        owners += [(f"{group}.{name}", own, GROUPS[group]) for name, own in members.items() if name in known]
        yield from (
            (f"{group}.{n}", _Wrong(f"unknown {group}; {nearest(n, known)}")) for n in members if n not in known
        )
        yield from ((f"{group}.{n}", _Wrong("is missing: it needs parameters")) for n in known if n not in members)
    for key, own, kind in owners:
        if words := _kind_problem(own, kind):
            yield key, _Wrong(words)
            continue
        refused = problems_with(kind, vars(own))
        yield from (
            (f"{key}.{n}", _Wrong(refused[n]) if n in refused else getattr(own, n)) for n in parameters_of(kind)
        )

"""The points of the contract, and the order in which a policy is tried on them."""

import dataclasses
import pickle
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np

from sim.core.errors import InputError
from sim.core.foreign_code import ProcessState
from sim.core.parameters import Parameter, parameters_of
from sim.core.random_streams import Draw, Streams
from sim.policies.base import Policy, RedLine, first_memory
from sim.policies.scalar_response import uncompiled
from sim.testing.claim_checks import check_memory_days, check_never_escalates, check_never_first, check_stochastic
from sim.testing.synthetic_views import LANE_COUNTS, STEPS, TOP, answers_of, arrays_of, view_of
from sim.testing.verdicts import (
    FaultError,
    Verdict,
    demand,
    find_assignment,
    find_coupling,
    find_method,
    find_own_chance,
    find_write,
    judge,
)

_LANES: Final = np.arange(max(LANE_COUNTS))
_MEMORY: Final = find_method("memory")
_RED_LINE: Final = find_method("red_line")


def check_policy(policy: type[Policy] | Policy) -> list[Verdict]:
    """Judge a policy by the contract.

    Parameters
    ----------
    policy : Policy or subclass of Policy
        The policy; a class is tried with its defaults.

    Returns
    -------
    list of Verdict
        One verdict for each point. The list ends early where a fault makes the further points meaningless: a policy
        that cannot be made or gives no valid answer is not asked for more.
    """
    return list(judge_points(policy))


def judge_points(policy: type[Policy] | Policy) -> Iterator[Verdict]:
    """Yield the verdicts of `check_policy` one by one, in the order of `POINTS`."""
    owner = policy if isinstance(policy, type) else type(policy)
    with watch_global_chance():
        for name, check, is_needed in _CHECKS:
            verdict = judge(name, check, policy, owner)
            yield verdict
            if is_needed and not verdict.passed:
                return


@contextmanager
def watch_global_chance() -> Iterator[list[str]]:
    """Collect the global random generators that were used inside the block, and put them back."""
    changed: list[str] = []
    python = random.getstate()
    numpy: Any = np.random.get_state()  # noqa: NPY002 - watched, never drawn from
    try:
        yield changed
        now: Any = np.random.get_state()  # noqa: NPY002
        if random.getstate() != python:
            changed.append("random")
        if now[2] != numpy[2] or not np.array_equal(now[1], numpy[1]):
            changed.append("numpy.random")
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002


def _is_constructible(policy: Policy) -> None:
    demand(isinstance(policy, Policy), "must be a subclass of sim.policies.Policy")


def _is_frozen(policy: Policy) -> None:
    declared: Any = vars(type(policy)).get("__dataclass_params__")
    is_frozen = declared is not None and declared.frozen
    demand(is_frozen, "must be a frozen dataclass: write @dataclass(frozen=True) above the class")


def _is_declared(policy: Policy) -> None:
    declared = parameters_of(type(policy))
    for field in dataclasses.fields(policy):
        demand(
            field.name in declared or isinstance(getattr(policy, field.name), Policy),
            f"field {field.name!r} is not declared; write "
            f'{field.name}: LaneValues = parameter(default, Interval(low, high), unit=..., source=..., text="...")',
            find_assignment(field.name),
        )
    for name, parameter in declared.items():
        is_whole = parameter.unit and parameter.source and parameter.text
        needs = f"parameter {name!r} needs a unit, a source (or the word assumption) and a text"
        demand(is_whole, needs, find_assignment(name))
        problem = parameter.problem_with(parameter.default)
        demand(not problem, f"the default of parameter {name!r} is refused: {problem}", find_assignment(name))


def _has_valid_memory(policy: Policy) -> None:
    declared: object = policy.memory(TOP)
    if not isinstance(declared, dict):
        raise FaultError(f"memory must return a dict, not {type(declared).__name__}", _MEMORY)
    inside = tuple(f"{name}." for name, _ in policy.policies_inside())
    for name, value in declared.items():
        is_own = "." not in name or name.startswith(inside)
        dotted = f'memory: "{name}" holds a dot, which stands for a policy inside; give it another name'
        demand(is_own, dotted, _MEMORY)
        try:
            numbers = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            raise FaultError(f'memory: "{name}" must be numbers, without the axis of the replicates', _MEMORY) from None
        demand(np.all(np.isfinite(numbers)), f'memory: "{name}" must be finite numbers', _MEMORY)
    for name, inner in policy.policies_inside():
        for key in (f"{name}.{key}" for key in inner.memory(TOP)):
            demand(key in declared, f'memory: lacks "{key}"; begin with super().memory(top), which holds it', _MEMORY)


def _answers_at_all_sizes(policy: Policy) -> None:
    for n_replicates in LANE_COUNTS:
        try:
            answers_of(policy, np.arange(n_replicates))
        except BaseException as error:
            error.add_note(f"with {n_replicates} replicates")
            raise


def _has_valid_line(policy: Policy) -> None:
    line = policy.red_line()
    if line is None:
        return
    kind = type(line).__name__
    demand(isinstance(line, RedLine), f"red_line must return a RedLine or None, not {kind}", _RED_LINE)
    for name, value in vars(line).items():
        is_valid = value is None or (np.ndim(value) <= 1 and np.all(np.isfinite(value)))
        demand(is_valid, f"red_line: {name} must be one finite number, or one for each replicate", _RED_LINE)


def _computes_cleanly(policy: Policy) -> None:
    with uncompiled(), np.errstate(divide="raise", over="raise", invalid="raise"):
        answers_of(policy, _LANES)


def _leaves_view_alone(policy: Policy) -> None:
    memory = first_memory(policy, TOP, _LANES.size)
    for step in range(STEPS):
        view = view_of(_LANES, step, memory=memory)
        before = {name: array.tobytes() for name, array in arrays_of(view).items()}
        response = policy.respond(view, Draw(Streams(0, _LANES), "kit", step))
        for name, array in arrays_of(view).items():
            changes = f"changes view.{name}; a view is for reading: work on a copy, or use np.where"
            demand(array.tobytes() == before[name], changes, find_write)
        memory = {**memory, **response.memory}


def _leaves_process_alone(policy: Policy) -> None:
    state = ProcessState()
    try:
        with watch_global_chance() as used:
            answers_of(policy, _LANES)
    finally:
        changed = state.put_back()
    for name in used:
        raise FaultError(f'uses the global {name}; draw by draw.uniform("name"), which has an address', find_own_chance)
    for name in changed:
        raise FaultError(f"changes {name} for the whole process; leave it, or put it back before the answer")


def _repeats_itself(policy: Policy) -> None:
    first = answers_of(policy, _LANES)
    demand(
        first.equals(answers_of(policy, _LANES)),
        "answers the same question differently; take chance from `draw` alone and keep no state",
        find_own_chance,
    )
    # Backwards, each step with what was remembered at it: an answer may depend on nothing else.
    for step in reversed(range(1, STEPS)):
        memory = {name: values[step - 1] for name, values in first.memory.items()}
        again = policy.respond(view_of(_LANES, step, memory=memory), Draw(Streams(0, _LANES), "kit", step))
        for given, expected in ((again.multiplier, first.multiplier[step]), (again.rung, first.rung[step])):
            demand(
                np.array_equal(np.broadcast_to(given, expected.shape), expected),
                "answers by the order of its calls; keep no state: what a party may remember is in the view, "
                "and what a policy remembers in its memory",
            )


def _permutes(policy: Policy) -> None:
    order = np.argsort(Streams(0, _LANES).uniform("kit", "order", 0))
    demand(
        answers_of(policy, _LANES).select(order).equals(answers_of(policy, order)),
        "permuting the replicates does not permute the answers; replicates may not touch: no sum, mean, max, sort "
        "or any over the last axis, no one number drawn for all",
        find_coupling,
        find_own_chance,
    )


def _equals_its_parts(policy: Policy) -> None:
    whole, most = answers_of(policy, _LANES), _LANES.size
    for first, last in ((0, 1), (0, 2), (1, 100), (100, most), (most - 1, most)):
        demand(
            whole.select(slice(first, last)).equals(answers_of(policy, np.arange(first, last))),
            f"replicates {first} to {last - 1} alone are answered differently than among {most}; no reduction "
            "over the last axis, no @ across it, no `if` on a value",
            find_coupling,
            find_own_chance,
        )


def _begins_alike(policy: Policy) -> None:
    whole, short = answers_of(policy, np.arange(3)), answers_of(policy, np.arange(3), n_steps=STEPS // 2)
    for name, values in short.parts().items():
        is_alike = np.array_equal(whole.parts()[name][: STEPS // 2], values)
        otherwise = f"{name}: a longer history begins otherwise than a shorter one; keep no state"
        demand(is_alike, otherwise, find_own_chance)


def _pickles(policy: Policy) -> None:
    try:
        again = pickle.loads(pickle.dumps(policy))
    except Exception as error:
        raise FaultError(f"does not pickle ({error}); define the class at the top level of a module") from error
    demand(
        answers_of(policy, _LANES).equals(answers_of(again, _LANES)),
        "answers differently after pickling; keep everything that matters in declared fields",
        find_own_chance,
    )


def _refuses_bad_values(policy: Policy) -> None:
    for name, parameter in parameters_of(type(policy)).items():
        for value in (*parameter.bounds.outside(), float("nan"), "much"):
            expected = parameter.problem_with(value)
            try:
                dataclasses.replace(policy, **{name: value})
            except InputError as error:
                if expected is not None and expected in str(error):
                    continue
                raise FaultError(f"{name} = {value!r} is refused with other words than the declared ones") from error
            raise FaultError(
                f"{name} = {value!r} is not refused; call super().__post_init__() in __post_init__",
                find_method("__post_init__"),
            )


def _takes_arrays(policy: Policy) -> None:
    for name, parameter in parameters_of(type(policy)).items():
        variants = _variants(policy, parameter)
        given = np.array([getattr(variant, name) for variant in variants], dtype=np.float64)
        mixed = dataclasses.replace(policy, **{name: given[_LANES % len(variants)]})
        together = answers_of(mixed, _LANES)
        for index, variant in enumerate(variants):
            mine = _LANES % len(variants) == index
            alone = answers_of(variant, _LANES)
            # A memory that is needed for some values alone is no difference.
            both = together.memory.keys() & alone.memory.keys()
            response, expected = (
                dataclasses.replace(series, memory={key: series.memory[key] for key in both}).select(mine)
                for series in (together, alone)
            )
            demand(
                response.equals(expected),
                f"{name} given by replicate is not answered as {name} = {given[index]:g} for all; a parameter is "
                "one number or an array of shape (n_replicates,)",
                find_assignment(name),
            )


def _variants(policy: Policy, parameter: Parameter) -> list[Policy]:
    """Return the policy with the default and the bounds of a parameter, where these fit its other parameters."""
    ends = (parameter.bounds.low, parameter.bounds.high)
    variants = []
    for value in (float(parameter.default), *(end for end in ends if np.isfinite(end) and end != parameter.default)):
        try:
            variants.append(dataclasses.replace(policy, **{parameter.name: value}))
        except InputError:
            if parameter.problem_with(value) is not None:
                raise
    return variants or [policy]


_CHECKS: Final[tuple[tuple[str, Callable[[Policy], None], bool], ...]] = (
    ("constructible", _is_constructible, True),
    ("frozen dataclass", _is_frozen, False),
    ("declared parameters", _is_declared, False),
    ("valid memory", _has_valid_memory, True),
    ("valid answer at 1, 2, 3 and 257 replicates", _answers_at_all_sizes, True),
    ("valid red line", _has_valid_line, False),
    ("clean arithmetic", _computes_cleanly, False),
    ("view left unchanged", _leaves_view_alone, False),
    ("no global state", _leaves_process_alone, False),
    ("same address, same answer", _repeats_itself, False),
    ("replicates permuted", _permutes, False),
    ("batch equals its parts", _equals_its_parts, False),
    ("longer history, same beginning", _begins_alike, False),
    ("true claim: stochastic", check_stochastic, False),
    ("true claim: never_escalates", check_never_escalates, False),
    ("true claim: never_first", check_never_first, False),
    ("true claim: memory_days", check_memory_days, False),
    ("pickles", _pickles, False),
    ("bad values refused", _refuses_bad_values, False),
    ("parameters by replicate", _takes_arrays, False),
)
POINTS: Final = tuple(name for name, _, _ in _CHECKS)  # the points of the contract, in order

"""The public conformance kit, which judges whether a policy keeps its contract.

`check_policy` puts a policy through everything the engine relies on and says of each point whether it holds, and if
not, where the fault is and what to do. In a test of your own::

    @pytest.mark.parametrize("verdict", check_policy(Vengeful), ids=lambda verdict: verdict.name)
    def test_vengeful(verdict):
        assert verdict.passed, verdict.message

The one idea: every replicate of the kit's views and draws is addressed by its index, so any selection of replicates can
be shown to the policy again, and must be answered with the same selection of answers, bit for bit.
"""

from __future__ import annotations

import dataclasses
import inspect
import os
import pickle
import random
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sim.errors import InputError, PolicyError
from sim.fields import Parameter, parameters_of
from sim.party import checked
from sim.policies.base import Policy, RedLine, View
from sim.primitives import Floats, Integers
from sim.streams import Draw, Streams

LANE_COUNTS: Final = (1, 2, 3, 257)
"""Numbers of replicates at which a policy is tried: 1 and 2 hide different mistakes, 257 fills no block evenly."""
STEPS: Final = 4
TOP: Final = 6
_MOST: Final = max(LANE_COUNTS)

Answers = tuple[Floats, Integers]


class _FaultError(Exception):
    """A fault in the policy under trial, with the words for its author."""


@dataclass(frozen=True)
class Verdict:
    """What the kit found on one point of the contract.

    Parameters
    ----------
    name : str
        The point.
    passed : bool
        Whether the policy keeps it.
    message : str
        Where the fault is and what to do; empty where there is none.
    """

    name: str
    passed: bool
    message: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {'ok' if self.passed else self.message}"


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
    owner = policy if isinstance(policy, type) else type(policy)
    verdicts: list[Verdict] = []
    with _watched_luck():
        for name, check, is_needed in _CHECKS:
            verdicts.append(_judged(name, check, policy, owner))
            if is_needed and not verdicts[-1].passed:
                break
    return verdicts


def view_of(replicates: npt.ArrayLike, step: int = 0, seed: int = 0) -> View:
    """Return what a party could know, made up for some replicates; the same for a replicate in any company.

    Parameters
    ----------
    replicates : ndarray of int, shape (n_replicates,)
        Indices of the replicates.
    step : int, optional
        Step of the model.
    seed : int, optional
        Root of the made-up state.

    Returns
    -------
    View
        Read-only arrays that cover calm and war: some replicates have nothing to answer, some very much.
    """
    streams = Streams(seed, replicates)

    def uniform(name: str, part: int = 0) -> Floats:
        return streams.uniform("view", name, step, part)

    def harms(name: str) -> Floats:
        rises = np.array([uniform(name, rung) + 0.05 for rung in range(TOP + 1)])
        return np.asarray(np.cumsum(rises * 2.0 ** np.arange(TOP + 1)[:, None], axis=0) / 4.0)

    due = np.array([uniform("due", rung) * (uniform("calm", rung) < 0.7) for rung in range(TOP)])
    arrays = (
        due * 3.0,
        np.where(uniform("harmed") < 0.2, 0.0, uniform("harm") ** 3 * 200.0),
        harms("own"),
        harms("opponent"),
        0.5 + 6.0 * uniform("observed"),
        6.5 * uniform("posture"),
        uniform("resolve"),
        2.0 * uniform("weariness"),
        np.where(uniform("mediated") < 0.3, 0.0, uniform("mediation")),
    )
    provocation = np.arange(1, TOP + 1)[:, None]
    for array in (provocation, *arrays):
        array.flags.writeable = False
    return View(provocation, *arrays)


def answers_of(
    policy: Policy, replicates: npt.ArrayLike, *, seed: int = 0, steps: Iterator[int] | None = None
) -> Answers:
    """Return the answers of a policy to made-up views, over a few steps.

    Parameters
    ----------
    policy : Policy
        The policy.
    replicates : ndarray of int, shape (n_replicates,)
        Indices of the replicates.
    seed : int, optional
        Root of the draws; the views stay the same.
    steps : iterator of int, optional
        Order of the steps; the answers are returned in the order of time.

    Returns
    -------
    multiplier : ndarray of float, shape (n_steps, n_provocations, n_replicates)
        Factor of the calibrated reactions [1].
    rung : ndarray of int, shape (n_steps, n_provocations, n_replicates)
        Rung of the reactions.

    Raises
    ------
    PolicyError
        If an answer breaks the contract; the engine's own message.
    """
    streams = Streams(seed, replicates)
    given: dict[int, Answers] = {}
    for step in steps or iter(range(STEPS)):
        view = view_of(replicates, step)
        answer = policy.respond(view, Draw(streams, "kit", step))
        given[step] = checked(answer, view, type(policy).__name__)
    ordered = [given[step] for step in sorted(given)]
    return np.array([multiplier for multiplier, _ in ordered]), np.array([rung for _, rung in ordered])


def _judged(name: str, check: Callable[[Policy], None], policy: type[Policy] | Policy, owner: type[Policy]) -> Verdict:
    try:
        check(policy() if isinstance(policy, type) else policy)
    except _FaultError as fault:
        return Verdict(name, False, f"{_place(owner)}: {fault}")
    except Exception as error:
        text = str(error) if isinstance(error, (PolicyError, InputError)) else _advice(error)
        return Verdict(name, False, "; ".join([f"{_place(owner, error)}: {text}", *getattr(error, "__notes__", [])]))
    return Verdict(name, True)


def _place(owner: type[Policy], error: Exception | None = None) -> str:
    """Return file and line of the fault: the innermost line in the policy's own file, or its `respond`."""
    try:
        file = inspect.getsourcefile(owner) or ""
        line = inspect.getsourcelines(owner.respond if "respond" in vars(owner) else owner)[1]
    except (OSError, TypeError):
        return owner.__name__
    if error is not None:
        own = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
        line = own[-1] or line if own else line
    shown = os.path.relpath(file)
    return f"{file if shown.startswith('..') else shown}:{line}: {owner.__name__}"


def _advice(error: Exception) -> str:
    text = f"{type(error).__name__}: {error}"
    if "abstract" in text:
        return f"{text}; write the method `respond(self, view, draw)`"
    if "read-only" in text:
        return f"{text}; a view is for reading: work on a copy, or use np.where"
    if "truth value" in text:
        return (
            f'{text}; replace Python\'s "if", "and", "or", "min", "max" by np.where, "&", "|", np.minimum, np.maximum'
        )
    if isinstance(error, FloatingPointError):
        return f"{text}; np.where evaluates both sides: use np.divide(..., where=...) or bound the operand first"
    return text


def _is_constructible(policy: Policy) -> None:
    if not isinstance(policy, Policy):
        raise _FaultError("must be a subclass of sim.policies.Policy")


def _is_frozen(policy: Policy) -> None:
    declared: Any = vars(type(policy)).get("__dataclass_params__")
    if declared is None or not declared.frozen:
        raise _FaultError("must be a frozen dataclass: write @dataclass(frozen=True) above the class")


def _is_declared(policy: Policy) -> None:
    declared = parameters_of(type(policy))
    for field in dataclasses.fields(policy):
        if field.name not in declared and not isinstance(getattr(policy, field.name), Policy):
            raise _FaultError(
                f"field {field.name!r} is not declared; write "
                f'{field.name}: LaneValues = parameter(default, Interval(low, high), unit=..., source=..., text="...")'
            )
    for name, parameter in declared.items():
        if not (parameter.unit and parameter.source and parameter.text):
            raise _FaultError(f"parameter {name!r} needs a unit, a source (or the word assumption) and a text")
        if problem := parameter.problem_with(parameter.default):
            raise _FaultError(f"the default of parameter {name!r} is refused: {problem}")


def _answers_at_all_sizes(policy: Policy) -> None:
    for n_replicates in LANE_COUNTS:
        try:
            answers_of(policy, np.arange(n_replicates))
        except Exception as error:
            error.add_note(f"with {n_replicates} replicates")
            raise


def _has_valid_line(policy: Policy) -> None:
    line = policy.red_line()
    if line is None:
        return
    if not isinstance(line, RedLine):
        raise _FaultError(f"red_line must return a RedLine or None, not {type(line).__name__}")
    for name, value in vars(line).items():
        if np.ndim(value) > 1 or not np.all(np.isfinite(value)):
            raise _FaultError(f"red_line: {name} must be one finite number, or one for each replicate")


def _computes_cleanly(policy: Policy) -> None:
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        answers_of(policy, np.arange(_MOST))


def _leaves_view_alone(policy: Policy) -> None:
    for step in range(STEPS):
        view = view_of(np.arange(_MOST), step)
        before = {name: array.tobytes() for name, array in vars(view).items()}
        policy.respond(view, Draw(Streams(0, np.arange(_MOST)), "kit", step))
        for name, array in vars(view).items():
            if array.tobytes() != before[name]:
                raise _FaultError(f"changes view.{name}; a view is for reading: work on a copy, or use np.where")


def _leaves_luck_alone(policy: Policy) -> None:
    with _watched_luck() as changed:
        answers_of(policy, np.arange(_MOST))
    if changed:
        raise _FaultError(f'uses the global {changed[0]}; draw by draw.uniform("name"), which has an address')


@contextmanager
def _watched_luck() -> Iterator[list[str]]:
    """Collect the global generators that were used inside the block, and put them back."""
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


def _repeats_itself(policy: Policy) -> None:
    first = answers_of(policy, np.arange(_MOST))
    if not _equal(first, answers_of(policy, np.arange(_MOST))):
        raise _FaultError("answers the same question differently; take chance from `draw` alone and keep no state")
    if not _equal(first, answers_of(policy, np.arange(_MOST), steps=iter(reversed(range(STEPS))))):
        raise _FaultError("answers by the order of its calls; keep no state: what a party may remember is in the view")


def _permutes(policy: Policy) -> None:
    order = np.argsort(Streams(0, np.arange(_MOST)).uniform("kit", "order", 0))
    whole, permuted = answers_of(policy, np.arange(_MOST)), answers_of(policy, order)
    if not _equal(tuple(part[..., order] for part in whole), permuted):
        raise _FaultError(
            "permuting the replicates does not permute the answers; replicates may not touch: no sum, mean, max, sort "
            "or any over the last axis, no one number drawn for all"
        )


def _equals_its_parts(policy: Policy) -> None:
    whole = answers_of(policy, np.arange(_MOST))
    for first, last in ((0, 1), (0, 2), (1, 100), (100, _MOST), (_MOST - 1, _MOST)):
        part = answers_of(policy, np.arange(first, last))
        if not _equal(tuple(values[..., first:last] for values in whole), part):
            raise _FaultError(
                f"replicates {first} to {last - 1} alone are answered differently than among {_MOST}; no reduction "
                "over the last axis, no @ across it, no `if` on a value"
            )


def _keeps_its_claims(policy: Policy) -> None:
    multiplier, rung = answers_of(policy, np.arange(_MOST))
    varies = any(not _equal((multiplier, rung), answers_of(policy, np.arange(_MOST), seed=s)) for s in (1, 2, 3))
    owner = type(policy)
    if varies and not owner.stochastic:
        raise _FaultError("claims stochastic = False, but its answers change with chance; declare stochastic = True")
    # A policy over another is as stochastic as its base, so its claim must cover bases of both kinds.
    if owner.stochastic and not varies and not any(isinstance(value, Policy) for value in vars(policy).values()):
        raise _FaultError("claims stochastic = True, but its answers never change with chance")
    provocation = np.arange(1, TOP + 1)[:, None]
    if owner.never_escalates and np.any((rung > provocation) & (multiplier > 0)):
        raise _FaultError("claims never_escalates = True, but reacts on a higher rung than it was provoked on")


def _pickles(policy: Policy) -> None:
    try:
        again = pickle.loads(pickle.dumps(policy))
    except Exception as error:
        raise _FaultError(f"does not pickle ({error}); define the class at the top level of a module") from error
    if not _equal(answers_of(policy, np.arange(_MOST)), answers_of(again, np.arange(_MOST))):
        raise _FaultError("answers differently after pickling; keep everything that matters in declared fields")


def _refuses_bad_values(policy: Policy) -> None:
    for name, parameter in parameters_of(type(policy)).items():
        for value in (*parameter.bounds.outside(), float("nan"), "much"):
            expected = parameter.problem_with(value)
            try:
                dataclasses.replace(policy, **{name: value})
            except InputError as error:
                if expected is not None and expected in str(error):
                    continue
                raise _FaultError(f"{name} = {value!r} is refused with other words than the declared ones") from error
            raise _FaultError(f"{name} = {value!r} is not refused; call super().__post_init__() in __post_init__")


def _takes_arrays(policy: Policy) -> None:
    lanes = np.arange(_MOST)
    for name, parameter in parameters_of(type(policy)).items():
        values = _allowed(parameter)
        mixed = dataclasses.replace(policy, **{name: np.array(values)[lanes % len(values)]})
        together = answers_of(mixed, lanes)
        for place, value in enumerate(values):
            mine = lanes % len(values) == place
            alone = answers_of(dataclasses.replace(policy, **{name: value}), lanes)
            if not _equal(tuple(part[..., mine] for part in together), tuple(part[..., mine] for part in alone)):
                raise _FaultError(
                    f"{name} given by replicate is not answered as {name} = {value:g} for all; a parameter is one "
                    "number or an array of shape (n_replicates,)"
                )


def _allowed(parameter: Parameter) -> list[float]:
    ends = (parameter.bounds.low, parameter.bounds.high)
    return [float(parameter.default), *(end for end in ends if np.isfinite(end) and end != parameter.default)]


def _equal(left: tuple[npt.NDArray[Any], ...], right: tuple[npt.NDArray[Any], ...]) -> bool:
    return all(np.array_equal(one, other) for one, other in zip(left, right, strict=True))


_CHECKS: Final[tuple[tuple[str, Callable[[Policy], None], bool], ...]] = (
    ("constructible", _is_constructible, True),
    ("frozen dataclass", _is_frozen, False),
    ("declared parameters", _is_declared, False),
    ("valid answer at 1, 2, 3 and 257 replicates", _answers_at_all_sizes, True),
    ("valid red line", _has_valid_line, False),
    ("clean arithmetic", _computes_cleanly, False),
    ("view left unchanged", _leaves_view_alone, False),
    ("no global random state", _leaves_luck_alone, False),
    ("same address, same answer", _repeats_itself, False),
    ("replicates permuted", _permutes, False),
    ("batch equals its parts", _equals_its_parts, False),
    ("true claims", _keeps_its_claims, False),
    ("pickles", _pickles, False),
    ("bad values refused", _refuses_bad_values, False),
    ("parameters by replicate", _takes_arrays, False),
)

"""The door to a plain rule: one function that takes the records of one history and lets the rule answer.

A door calls `remember`, then `react` for each rung of provocation, then `campaign` and `strategic`. It is compiled once
for each class and room, and kept on the disk under a digest of all that went into it.
"""

import inspect
import linecache
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any, Final, NamedTuple

import numpy as np
from numba import types
from numba.extending import overload

from sim.core.compilation import IS_COMPILED, Fields, compile_for, compiled, compiled_part, names_in
from sim.core.errors import PolicyError
from sim.policies.base import Policy
from sim.policies.moment import ANSWER, REMEMBER, answer_type, moment_type
from sim.policies.rule_base import Reaction, RuleBase, names_inside, own_type
from sim.policies.rule_source import RuleSource

PythonDoor = Callable[[Any, Any, Any], None]
_NOTHING: Final = np.zeros((), np.dtype([]))
_LASTING: Final = frozenset({"own_harm", "opponent_harm", "top", "step_days"})  # parts of a moment that never change
_METHODS: Final = ("remember", "react", "campaign", "strategic")


@dataclass(frozen=True)
class Door:
    """How the rule of a class is asked."""

    own: np.dtype[Any]  # record that is `self` in its methods
    address: int | None  # of the compiled function; None where there is none
    python: PythonDoor  # the same uncompiled, over `Fields`
    reads: frozenset[str]  # parts of the moment that it may read
    reads_to_answer: frozenset[str]  # those that it may read beside what it remembers of them
    is_silent: bool  # whether it adds nothing of its own to the rates of campaigns and strategic acts
    why_uncompiled: str | None  # what keeps numba from compiling it

    @property
    def is_lasting(self) -> bool:
        """Whether the answers never change, as long as those of the policies inside do not."""
        return self.reads <= _LASTING and not {"state", "draw"} & set(self.own.names or ())


def door_to(policy: RuleBase, room: int) -> Door:
    """Return the door to the rule of a policy."""
    return _door_to(type(policy), names_inside(policy), room)


def why_uncompiled(policy: Policy) -> str | None:
    """Return why a policy, or one inside it, runs uncompiled, with file and line; None where none does."""
    own = door_to(policy, 8).why_uncompiled if isinstance(policy, RuleBase) else None
    inner = (why_uncompiled(one) for _, one in policy.policies_inside())
    return own or next((why for why in inner if why), None)


@cache
def _door_to(owner: type[RuleBase], inside: tuple[str, ...], room: int) -> Door:
    own, moment = own_type(owner, inside, room), moment_type(room)
    parts = _passed_on(owner, inside)
    python = _python_door(owner, parts)
    is_silent = all(getattr(owner, name) is getattr(RuleBase, name) for name in ("campaign", "strategic"))
    source = RuleSource(owner, own)
    try:
        methods = {
            name: source.add_function(parts[name]) if name in parts else source.method(name) for name in _METHODS
        }
        reads = source.may_read(moment.names or ()) | {"top"}
        answers = RuleSource(owner, own)
        for name in _METHODS[1:]:
            if name not in parts:
                answers.method(name)
        reads_to_answer = answers.may_read(moment.names or ()) | {"top"}
        address = _compiled_door(owner, source, methods, (own, moment, answer_type(room))) if IS_COMPILED else None
    except Exception as error:  # numba meets what it cannot do with errors of all kinds
        every = frozenset(moment.names or ())
        return Door(own, None, python, every, every, is_silent, _reason(error, owner))
    return Door(own, address, python, reads, reads_to_answer, is_silent, None)


def _passed_on(owner: type[RuleBase], inside: tuple[str, ...]) -> dict[str, FunctionType]:
    """Return the methods that pass on what the one policy inside answers, as the rule says nothing else."""
    if len(inside) != 1:
        return {}
    silent = [name for name in ("campaign", "strategic") if getattr(owner, name) is getattr(RuleBase, name)]
    return {name: eval(f"lambda self, now: self.inside.{inside[0]}.{name}") for name in silent}


class _Answer(NamedTuple):
    """A reaction of one type, whatever types it is made of."""

    multiplier: float
    rung: int


def _whole(rung: Any) -> Any:
    """Return a rung that is a whole number; numba refuses others."""
    return rung


@overload(_whole)
def _type_whole(rung: Any) -> Any:
    def whole(rung: Any) -> Any:
        return np.int64(rung)

    return whole if isinstance(rung, types.Integer) else None


def _reaction(multiplier: Any, rung: Any) -> Any:
    return _Answer(float(multiplier), _whole(rung))


def _door(own: Any, now: Any, answer: Any) -> None:
    if now.asked_part != ANSWER:
        remember(own, now)  # type: ignore[name-defined]  # noqa: F821
    if now.asked_part == REMEMBER:
        return
    for rung in range(1, now.top + 1):
        reaction = react(own, now, rung)  # type: ignore[name-defined]  # noqa: F821
        answer.multiplier[rung] = reaction.multiplier
        answer.rung[rung] = whole(reaction.rung)  # type: ignore[name-defined]  # noqa: F821
    answer.campaign = campaign(own, now)  # type: ignore[name-defined]  # noqa: F821
    answer.strategic = strategic(own, now)  # type: ignore[name-defined]  # noqa: F821


def _compiled_door(
    owner: type, source: RuleSource, methods: dict[str, FunctionType], records: tuple[np.dtype[Any], ...]
) -> int:
    """Compile the door over the functions of a rule, or load it, and return its address."""
    # The digest in the names keeps apart on the disk, and in the linker, what numba would tell by line and file alone.
    mark = f"{source.digest}_{records[2].itemsize}"
    made: dict[Any, Any] = {Reaction: _copy(_reaction, {}, mark)}
    for function in source.functions:
        function.__qualname__ = f"{owner.__name__}.{function.__name__}_{mark}"
        # What is kept imports this module when it is loaded: that of a user bears the path of one copy of the file.
        function.__module__ = __name__
        made[function] = compiled_part(function)
    for function in source.functions:
        space = function.__globals__
        space.update({name: made[value] for name, value in space.items() if _is_key(value) and value in made})
    names = {name: made[function] for name, function in methods.items()}
    return compile_for(compiled(_copy(_door, names | {"whole": _whole}, f"{owner.__name__}_{mark}")), records)


def _is_key(value: Any) -> bool:
    return value is Reaction or isinstance(value, FunctionType)


def _copy(function: Any, names: dict[str, Any], mark: str) -> Any:
    """Return a function of this module with names of its own in its globals."""
    made = FunctionType(function.__code__, {**globals(), **names}, function.__name__)
    made.__qualname__ = f"{function.__name__}_{mark}"
    return made if function is _door else compiled_part(made)


def _python_door(owner: type[RuleBase], parts: dict[str, FunctionType]) -> PythonDoor:
    def react(rule: Any, now: Fields, rung: int) -> Reaction:
        return _validate(rule.react(now, rung), owner.__name__)

    methods: dict[str, Any] = {name: parts.get(name) or getattr(owner, name) for name in _METHODS}
    ask = FunctionType(_door.__code__, {**globals(), **methods, "react": react, "whole": _whole})

    def door(own: Fields, now: Fields, answer: Fields) -> None:
        ask(rule_over(owner, own), now, answer)

    door.__qualname__ = owner.__name__
    return door


def rule_over(owner: type[RuleBase], own: Fields) -> Any:
    """Return the rule of one history: an instance whose parameters are floats, over a record."""
    rule = object.__new__(owner)
    # Past the checks of a new instance: the parameters were checked when the policy was made.
    vars(rule).update({name: Fields(_NOTHING[()], name) for name in ("state", "draw", "inside")})
    vars(rule).update({name: getattr(own, name) for name in names_in(own)})
    return rule


def _validate(reaction: object, name: str) -> Reaction:
    """Refuse what a record would hide: a rung that is no whole number would be cut off without a word."""
    if not isinstance(reaction, Reaction):
        raise PolicyError(f"react of {name} must return Reaction(multiplier, rung), not {type(reaction).__name__}")
    if isinstance(reaction.rung, bool) or not isinstance(reaction.rung, int | np.integer):
        raise PolicyError(f"react of {name}: rung must be a whole number, not {reaction.rung!r}")
    return reaction


def _reason(error: Exception, owner: type) -> str:
    """Return which line is in the way, by what numba says of it: the innermost of the places that it names."""
    places = re.findall(r'File "([^"]+)", line (\d+):', str(error))
    own = [place for place in places if Path(place[0]).resolve() != Path(__file__).resolve()]
    if own:
        file, line = own[0]
        return (
            f"numba cannot compile {owner.__name__}: {file}, line {line}: {linecache.getline(file, int(line)).strip()}"
        )
    said = f"{type(error).__name__}: {error}".splitlines()[0]
    return f"numba cannot compile {owner.__name__} in {inspect.getfile(owner)}: {said}"

"""What the kit says of a policy: verdicts, with the line of the fault and what to do."""

from __future__ import annotations

import inspect
import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sim.core.errors import InputError, PolicyError
from sim.core.foreign_code import ProcessState, describe, is_interrupt
from sim.policies.base import Policy
from sim.testing.source_lines import Finder, find_part, find_return, line_of


class FaultError(Exception):
    """A fault in the policy under trial: what is wrong and what to do, and what finds it, the likeliest first."""

    def __init__(self, message: str, *finders: Finder) -> None:
        super().__init__(message)
        self.finders = finders


def demand(holds: object, message: str, *finders: Finder) -> None:
    """Raise a `FaultError` unless a point holds."""
    if not holds:
        raise FaultError(message, *finders)


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


def judge(name: str, check: Callable[[Policy], None], policy: type[Policy] | Policy, owner: type[Policy]) -> Verdict:
    """Return the verdict of one check, which raises where the policy (a class: with its defaults) breaks the point."""
    state = ProcessState()
    try:
        check(policy() if isinstance(policy, type) else policy)
    except FaultError as fault:
        return Verdict(name, False, f"{locate(owner, None, *fault.finders)}: {fault}")
    except BaseException as error:
        if is_interrupt(error):
            raise
        text = str(error) if isinstance(error, (PolicyError, InputError)) else _advice(error)
        return Verdict(name, False, "; ".join([f"{locate(owner, error)}: {text}", *getattr(error, "__notes__", [])]))
    finally:
        state.put_back()
    return Verdict(name, True)


def locate(owner: type[Policy], error: BaseException | None, *finders: Finder) -> str:
    """Return file and line of the fault: the innermost line in the policy's own file, what is found, or `respond`."""
    try:
        file = inspect.getsourcefile(owner) or ""
        line = inspect.getsourcelines(owner.respond if "respond" in vars(owner) else owner)[1]
    except (OSError, TypeError):
        return owner.__name__
    frames = traceback.extract_tb(error.__traceback__) if error else []
    own = [frame.lineno for frame in frames if frame.filename == file]
    line = (own[-1] if own else line_of(owner, *finders, *_finders_of(error))) or line
    here = Path.cwd()
    shown = Path(file).relative_to(here) if Path(file).is_relative_to(here) else file
    return f"{shown}:{line}: {owner.__name__}"


def _finders_of(error: BaseException | None) -> list[Finder]:
    """Return what finds the part of an answer that the engine refused; its message says which part."""
    if not isinstance(error, PolicyError):
        return []
    part = re.search(r"\b(multiplier|rung|campaign|strategic|memory|remembers)\b", str(error))
    if part is None:
        return [find_return]
    return [find_part("memory" if part[1] == "remembers" else part[1]), find_return]


def _advice(error: BaseException) -> str:
    text = describe(error)
    if isinstance(error, (SystemExit, KeyboardInterrupt, GeneratorExit)):
        return f"{text}; a policy may not end the program: return a Response"
    if "abstract" in text:
        missing = "react(self, now, rung)" if "react" in text else "respond(self, view, draw)"
        return f"{text}; write the method `{missing}`"
    if "read-only" in text:
        return f"{text}; a view is for reading: work on a copy, or use np.where"
    if "truth value" in text:
        return (
            f'{text}; replace Python\'s "if", "and", "or", "min", "max" by np.where, "&", "|", np.minimum, np.maximum'
        )
    if isinstance(error, FloatingPointError):
        return f"{text}; np.where evaluates both sides: use np.divide(..., where=...) or bound the operand first"
    return text

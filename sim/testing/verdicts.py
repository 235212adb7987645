"""What the kit says of a policy: verdicts, with the line of the fault and what to do.

A fault that shows from outside (an answer that breaks the contract, replicates that touch) has no traceback: the source
of the class is searched for what makes such faults; where nothing is found, the method itself is named.
"""

import ast
import dataclasses
import inspect
import re
import textwrap
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sim.core.errors import InputError, PolicyError
from sim.core.foreign_code import ProcessState, describe, is_interrupt
from sim.policies.base import Policy, Response

Finder = Callable[[ast.AST], ast.AST | None]
"""Returns the piece of code to name if that is what is looked for, otherwise None."""

_REDUCTION: Final = re.compile(
    "all|any|arg(max|min|sort)|average|cum(prod|sum)|flip|max|mean|median|min|percentile|prod|ptp|quantile|roll|sort|std|"
    "sum|unique|var"
)
"""Functions that mix replicates, unless they go over the rungs."""
_PARTS: Final = [part.name for part in dataclasses.fields(Response)]
_RESPONSES: Final = ("Response", "passed_on", "Reaction")


def find_own_chance(node: ast.AST) -> ast.AST | None:
    """Find a generator of the policy's own."""
    return node if isinstance(node, ast.Attribute | ast.Name) and "random" in ast.unparse(node).split(".") else None


def find_coupling(node: ast.AST) -> ast.AST | None:
    """Find what may mix replicates: a reduction, a product of matrices, one lane picked out."""
    if isinstance(node, ast.BinOp):
        return node if isinstance(node.op, ast.MatMult) else None
    if isinstance(node, ast.Subscript):
        return node if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int) else None
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute | ast.Name):
        return None
    name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
    over_rungs = any(word.arg == "axis" and ast.unparse(word.value) == "0" for word in node.keywords)
    return node if _REDUCTION.fullmatch(name) and not over_rungs else None


def find_draw(node: ast.AST) -> ast.AST | None:
    """Find a draw."""
    return node if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".uniform") else None


def find_write(node: ast.AST) -> ast.AST | None:
    """Find what writes into an array in place: a lock that is opened, an output argument, an element that is set."""
    if isinstance(node, ast.Attribute):
        return node if node.attr in ("writeable", "setflags") else None
    if isinstance(node, ast.Call):
        return node if any(word.arg == "out" for word in node.keywords) else None
    return node if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) else None


def find_return(node: ast.AST) -> ast.AST | None:
    """Find a value that is returned."""
    return node if isinstance(node, ast.Return) and node.value is not None else None


def find_part(part: str) -> Finder:
    """Return what finds the value of a part of the response, such as ``rung``."""

    def find(node: ast.AST) -> ast.AST | None:
        if not isinstance(node, ast.Call) or ast.unparse(node.func).split(".")[-1] not in _RESPONSES:
            return None
        named = [word.value for word in node.keywords if word.arg == part]
        return (named + node.args[_PARTS.index(part) :] + [None])[0]

    return find


def find_assignment(name: str) -> Finder:
    """Return what finds where a class gives the field or claim `name` its value, in its body or its head."""

    def find(node: ast.AST) -> ast.AST | None:
        if isinstance(node, ast.keyword):
            return node.value if node.arg == name else None
        targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
        return node if any(isinstance(target, ast.Name) and target.id == name for target in targets) else None

    return find


def find_method(name: str) -> Finder:
    """Return what finds a method."""
    return lambda node: node if isinstance(node, ast.FunctionDef) and node.name == name else None


def line_of(owner: type[Policy], *finders: Finder) -> int | None:
    """Return the first line of a policy's own source that a finder points to, the likeliest finder first, or None."""
    try:
        source, start = inspect.getsourcelines(owner)
    except (OSError, TypeError):
        return None
    tree = ast.parse(textwrap.dedent("".join(source)))
    for find in finders:
        lines = [piece.lineno for node in ast.walk(tree) if isinstance(piece := find(node), ast.expr | ast.stmt)]
        if lines:
            return start + min(lines) - 1
    return None


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

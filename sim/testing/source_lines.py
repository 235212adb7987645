"""Where a fault stands in the source of a policy, when no exception tells.

A fault that shows from outside (an answer that breaks the contract, replicates that touch) has no traceback. The source
of the class is searched for what makes such faults; where nothing is found, the method itself is named.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable
from typing import Final

from sim.policies.base import Policy

Finder = Callable[[ast.AST], ast.AST | None]
"""Returns the piece of code to name if that is what is looked for, otherwise None."""

_REDUCTION: Final = re.compile(
    "all|any|arg(max|min|sort)|average|cum(prod|sum)|flip|max|mean|median|min|percentile|prod|ptp|quantile|roll|sort|std|"
    "sum|unique|var"
)
"""Functions that mix replicates, unless they go over the rungs."""
_PARTS: Final = {"multiplier": 0, "rung": 1, "campaign": 2, "strategic": 3, "memory": 4}
_ANSWERS: Final = ("Response", "passed_on", "Reaction")


def own_chance(node: ast.AST) -> ast.AST | None:
    """Find a generator of the policy's own.

    Parameters
    ----------
    node : ast.AST
        A piece of code.
    """
    return node if isinstance(node, ast.Attribute | ast.Name) and "random" in ast.unparse(node).split(".") else None


def coupled_replicates(node: ast.AST) -> ast.AST | None:
    """Find what may mix replicates: a reduction, a product of matrices, one lane picked out.

    Parameters
    ----------
    node : ast.AST
        A piece of code.
    """
    if isinstance(node, ast.BinOp):
        return node if isinstance(node.op, ast.MatMult) else None
    if isinstance(node, ast.Subscript):
        return node if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int) else None
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute | ast.Name):
        return None
    name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
    over_rungs = any(word.arg == "axis" and ast.unparse(word.value) == "0" for word in node.keywords)
    return node if _REDUCTION.fullmatch(name) and not over_rungs else None


def drawn(node: ast.AST) -> ast.AST | None:
    """Find a draw.

    Parameters
    ----------
    node : ast.AST
        A piece of code.
    """
    return node if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".uniform") else None


def written_view(node: ast.AST) -> ast.AST | None:
    """Find what writes into an array in place: a lock that is opened, an output argument, an element that is set.

    Parameters
    ----------
    node : ast.AST
        A piece of code.
    """
    if isinstance(node, ast.Attribute):
        return node if node.attr in ("writeable", "setflags") else None
    if isinstance(node, ast.Call):
        return node if any(word.arg == "out" for word in node.keywords) else None
    return node if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) else None


def returned(node: ast.AST) -> ast.AST | None:
    """Find a value that is returned.

    Parameters
    ----------
    node : ast.AST
        A piece of code.
    """
    return node if isinstance(node, ast.Return) and node.value is not None else None


def part_of_answer(part: str) -> Finder:
    """Return what finds the value of a part of the answer.

    Parameters
    ----------
    part : str
        Name of the part, such as ``rung``.
    """

    def finds(node: ast.AST) -> ast.AST | None:
        if not isinstance(node, ast.Call) or ast.unparse(node.func).split(".")[-1] not in _ANSWERS:
            return None
        named = [word.value for word in node.keywords if word.arg == part]
        return (named + node.args[_PARTS[part] : _PARTS[part] + 1] + [None])[0]

    return finds


def assigned(name: str) -> Finder:
    """Return what finds the statement of a class that gives a field or a claim its value.

    Parameters
    ----------
    name : str
        Name of the field or claim.
    """

    def finds(node: ast.AST) -> ast.AST | None:
        targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
        return node if any(isinstance(target, ast.Name) and target.id == name for target in targets) else None

    return finds


def defined(name: str) -> Finder:
    """Return what finds a method.

    Parameters
    ----------
    name : str
        Name of the method.
    """
    return lambda node: node if isinstance(node, ast.FunctionDef) and node.name == name else None


def line_of(owner: type[Policy], *finders: Finder) -> int | None:
    """Return the first line of a policy's own source that is looked for, or None.

    Parameters
    ----------
    owner : type of Policy
        The policy.
    *finders : callable
        What is looked for, the likeliest first.
    """
    try:
        source, start = inspect.getsourcelines(owner)
    except (OSError, TypeError):
        return None
    tree = ast.parse(textwrap.dedent("".join(source)))
    for finds in finders:
        lines = [found.lineno for node in ast.walk(tree) if isinstance(found := finds(node), ast.expr | ast.stmt)]
        if lines:
            return start + min(lines) - 1
    return None

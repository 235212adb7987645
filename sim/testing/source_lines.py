"""Where a fault stands in the source of a policy, when no exception tells.

A fault that shows from outside (an answer that breaks the contract, replicates that touch) has no traceback. The source
of the class is searched for what makes such faults; where nothing is found, the method itself is named.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import textwrap
from collections.abc import Callable
from typing import Final

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
    """Return what finds the statement of a class that gives the field or claim `name` its value."""

    def find(node: ast.AST) -> ast.AST | None:
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

"""The kinds of small faults: each goes from a node of the syntax tree to what a tired author might have written."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Replacement = Iterator[ast.AST]


@dataclass(frozen=True)
class Module:
    """Names, attributes and stream labels that a module uses, so that a fault stays within what it knows."""

    names: frozenset[str]
    attributes: frozenset[str]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Kind:
    """A kind of fault; `faults` yields the nodes that may stand in the place of a node."""

    name: str
    faults: Callable[[ast.AST, Module], Replacement]


@dataclass
class _Registry:
    kinds: list[Kind] = field(default_factory=list)

    def add(self, faults: Callable[[ast.AST, Module], Replacement]) -> Callable[[ast.AST, Module], Replacement]:
        name = faults.__name__.removeprefix("_")
        self.kinds.append(Kind(name, faults))
        return faults


_registry = _Registry()
KINDS = _registry.kinds

ROLES = (
    ("sender", "target"),
    ("killed", "civilians"),
    ("low", "high"),
    ("lower", "upper"),
    ("row", "column"),
    ("party", "opponent"),
    ("own", "other"),
    ("first", "second"),
    ("start", "end"),
    ("before", "after"),
    ("north", "south"),
    ("initiator", "target"),
    ("killed_low", "killed_high"),
    ("depth_low", "depth_high"),
    ("killed", "leaders"),
    ("left", "right"),
)
SWAPPED = {name: b if name == a else a for a, b in ROLES for name in (a, b)}
EXTREMA = (
    ("min", "max"),
    ("minimum", "maximum"),
    ("any", "all"),
    ("argmin", "argmax"),
    ("floor", "ceil"),
    ("log", "log1p"),
    ("exp", "expm1"),
    ("mean", "median"),
    ("nanmin", "nanmax"),
    ("logical_and", "logical_or"),
    ("cumsum", "cumprod"),
    ("zeros", "ones"),
    ("zeros_like", "ones_like"),
)
OPPOSITE = {name: b if name == a else a for a, b in EXTREMA for name in (a, b)}
BOUNDS: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
DIRECTIONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    **{ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE},
    **{ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In},
}
DRAWS = ("uniform", "address", "act_words", "act_uniform", "child_words")
COMMUTATIVE = (
    "min",
    "max",
    "minimum",
    "maximum",
    "isinstance",
    "zip",
    "gcd",
    "array_equal",
    "logical_and",
    "logical_or",
)
COUNTERS = ("step", "ordinals", "ordinal", "sample", "draw", "turn", "number", "attempt", "decision")


def _is_number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool)


def _is_text_or_list(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        return _is_text_or_list(node.left) or _is_text_or_list(node.right)
    if _called(node) in ("Path", "join", "str", "repr", "dumps", "format"):
        return True
    return isinstance(node, ast.JoinedStr | ast.List | ast.Tuple | ast.ListComp) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _with(node: ast.AST, **changes: object) -> ast.AST:
    other = copy.copy(node)
    for name, value in changes.items():
        setattr(other, name, value)
    return other


def _called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _replaced(items: list[ast.expr], place: int, item: ast.expr) -> list[ast.expr]:
    return [*items[:place], item, *items[place + 1 :]]


@_registry.add
def _sign(node: ast.AST, module: Module) -> Replacement:
    """Plus for minus, a sign that is lost."""
    if isinstance(node, ast.BinOp) and not _is_text_or_list(node) and isinstance(node.op, ast.Add | ast.Sub):
        yield _with(node, op=ast.Sub() if isinstance(node.op, ast.Add) else ast.Add())
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and not _is_number(node.operand):
        yield node.operand


@_registry.add
def _bound(node: ast.AST, module: Module) -> Replacement:
    """A bound that belongs to the range, or does not."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in BOUNDS:
        yield _with(node, ops=[BOUNDS[type(node.ops[0])](), *node.ops[1:]])


@_registry.add
def _direction(node: ast.AST, module: Module) -> Replacement:
    """A comparison the other way round."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in DIRECTIONS:
        yield _with(node, ops=[DIRECTIONS[type(node.ops[0])](), *node.ops[1:]])


@_registry.add
def _axis(node: ast.AST, module: Module) -> Replacement:
    """A sum or a stack along another axis."""
    if not isinstance(node, ast.Call):
        return
    for place, keyword in enumerate(node.keywords):
        if keyword.arg != "axis":
            continue
        axis = ast.unparse(keyword.value)
        other = {"0": "1", "1": "0", "-1": "0", "-2": "-1", "(0, 1)": "0", "(1, 2)": "1"}.get(axis)
        if other is not None:
            changed = _with(keyword, value=ast.parse(other, mode="eval").body)
            yield _with(node, keywords=[*node.keywords[:place], changed, *node.keywords[place + 1 :]])


@_registry.add
def _index(node: ast.AST, module: Module) -> Replacement:
    """A neighbour's entry, or row for column."""
    if not isinstance(node, ast.Subscript):
        return
    if _is_number(node.slice) or (isinstance(node.slice, ast.UnaryOp) and _is_number(node.slice.operand)):
        yield _with(node, slice=ast.Constant({0: 1, 1: 0, -1: 0}.get(ast.literal_eval(node.slice), 0)))
    if isinstance(node.slice, ast.Tuple) and len(node.slice.elts) >= 2:
        first, second, *rest = node.slice.elts
        if ast.unparse(first) != ast.unparse(second) and "None" not in (ast.unparse(first), ast.unparse(second)):
            yield _with(node, slice=_with(node.slice, elts=[second, first, *rest]))


@_registry.add
def _span(node: ast.AST, module: Module) -> Replacement:
    """A range or slice that begins or ends one too soon, a search on the other side."""
    if _called(node) == "range" and node.args:
        last = len(node.args) - 1 if len(node.args) < 3 else 1
        shorter = ast.BinOp(node.args[last], ast.Sub(), ast.Constant(1))
        yield _with(node, args=_replaced(node.args, last, shorter))
    if isinstance(node, ast.Slice):
        if node.lower is not None and _is_number(node.lower):
            yield _with(node, lower=ast.Constant(node.lower.value + 1))
        elif node.upper is not None:
            yield _with(node, upper=ast.BinOp(node.upper, ast.Sub(), ast.Constant(1)))
    if isinstance(node, ast.Call):
        for place, keyword in enumerate(node.keywords):
            if keyword.arg == "side" and isinstance(keyword.value, ast.Constant):
                other = ast.Constant("right" if keyword.value.value == "left" else "left")
                changed = _with(keyword, value=other)
                yield _with(node, keywords=[*node.keywords[:place], changed, *node.keywords[place + 1 :]])


@_registry.add
def _unit(node: ast.AST, module: Module) -> Replacement:
    """A factor that turns one unit into another is left out or turned over."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mult | ast.Div):
        return
    ends = ("days", "day", "hours", "scale", "years", "steps", "per_day")

    def is_unit(operand: ast.AST) -> bool:
        name = getattr(operand, "attr", getattr(operand, "id", ""))
        return (_is_number(operand) and operand.value not in (0, 1, 2)) or name.endswith(ends)

    if is_unit(node.right):
        yield node.left
        yield _with(node, op=ast.Div() if isinstance(node.op, ast.Mult) else ast.Mult())
    elif is_unit(node.left) and isinstance(node.op, ast.Mult):
        yield node.right


@_registry.add
def _term(node: ast.AST, module: Module) -> Replacement:
    """A term or factor that is forgotten."""
    if isinstance(node, ast.BinOp) and not _is_text_or_list(node) and not _is_number(node.right):
        if isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.Div):
            yield node.left
        if isinstance(node.op, ast.Add | ast.Mult) and not _is_number(node.left):
            yield node.right


@_registry.add
def _draw(node: ast.AST, module: Module) -> Replacement:
    """A random draw with the address of another one."""
    if not isinstance(node, ast.Call) or _called(node) not in DRAWS:
        return
    for place, argument in enumerate(node.args):
        name = getattr(argument, "attr", getattr(argument, "id", ""))
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            others = [label for label in module.labels if label != argument.value]
            if others:
                yield _with(node, args=_replaced(node.args, place, ast.Constant(others[0])))
        elif name in COUNTERS and name != "decision":
            yield _with(node, args=_replaced(node.args, place, ast.BinOp(ast.Constant(0), ast.Mult(), argument)))
        elif place == 0 and name in ("id", "dyad", "party", "owner", "_owner", "key"):
            yield _with(node, args=_replaced(node.args, place, ast.Constant("everybody")))


@_registry.add
def _constant(node: ast.AST, module: Module) -> Replacement:
    """A number that is a little wrong."""
    if _is_number(node) and not isinstance(node.value, bool):
        yield ast.Constant(node.value + 1 if isinstance(node.value, int) else node.value * 1.25 or 0.25)


@_registry.add
def _logic(node: ast.AST, module: Module) -> Replacement:
    """And for or, a negation that is lost."""
    if isinstance(node, ast.BoolOp):
        yield _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr):
        yield _with(node, op=ast.BitOr() if isinstance(node.op, ast.BitAnd) else ast.BitAnd())
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
        yield node.operand


@_registry.add
def _branch(node: ast.AST, module: Module) -> Replacement:
    """The one case for the other."""
    if isinstance(node, ast.IfExp):
        yield _with(node, body=node.orelse, orelse=node.body)
    if _called(node) == "where" and len(node.args) == 3:
        yield _with(node, args=[node.args[0], node.args[2], node.args[1]])


@_registry.add
def _extremum(node: ast.AST, module: Module) -> Replacement:
    """The smallest for the largest, any for all, log for log1p."""
    called = _called(node)
    if called in OPPOSITE:
        if isinstance(node.func, ast.Attribute):
            yield _with(node, func=_with(node.func, attr=OPPOSITE[called]))
        elif called in ("min", "max", "any", "all"):
            yield _with(node, func=ast.Name(OPPOSITE[called]))


@_registry.add
def _role(node: ast.AST, module: Module) -> Replacement:
    """Sender for target, killed for civilians, low for high."""
    if isinstance(node, ast.Attribute) and SWAPPED.get(node.attr) in module.attributes:
        yield _with(node, attr=SWAPPED[node.attr])
    if (
        isinstance(node, ast.Constant)
        and SWAPPED.get(node.value if isinstance(node.value, str) else "") in module.labels
    ):
        yield ast.Constant(SWAPPED[node.value])
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and SWAPPED.get(node.id) in module.names:
        yield ast.Name(SWAPPED[node.id])


@_registry.add
def _argument(node: ast.AST, module: Module) -> Replacement:
    """Two arguments in each other's place."""
    if isinstance(node, ast.Call) and len(node.args) >= 2 and _called(node) not in COMMUTATIVE:
        first, second, *rest = node.args
        plain = (ast.Name, ast.Attribute)
        if isinstance(first, plain) and isinstance(second, plain) and ast.unparse(first) != ast.unparse(second):
            yield _with(node, args=[second, first, *rest])


@_registry.add
def _accumulation(node: ast.AST, module: Module) -> Replacement:
    """A sum that forgets what it held, a step that is not taken."""
    if isinstance(node, ast.AugAssign) and not _is_text_or_list(node.value):
        yield ast.Assign([node.target], node.value, lineno=node.lineno)
        yield ast.Pass()
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield ast.Pass()
    if isinstance(node, ast.Continue):
        yield ast.Break()

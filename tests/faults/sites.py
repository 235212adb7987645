"""Where a fault can be put: every site of every kind in a tree of modules, and a stated choice among them."""

from __future__ import annotations

import ast
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .kinds import KINDS, Module

PICTURES = ("plots", "chart")
"""Modules with one of these in their name draw pictures: sizes and places of ink are looked at and not tested."""


@dataclass(frozen=True)
class Fault:
    """A small fault: bytes `begin` to `end` of the file at `path` (from the root) become `replacement`."""

    path: str
    function: str
    kind: str
    line: int
    begin: int
    end: int
    original: str
    replacement: str
    ordinal: int  # among equal ones of the same function

    @property
    def room(self) -> str:
        """Return the room of the house that the fault is in."""
        return self.path.split("/")[1].removesuffix(".py")

    @property
    def name(self) -> str:
        """Return what finds the fault again when lines above it have moved."""
        again = f" #{self.ordinal + 1}" if self.ordinal else ""
        return f"{self.path}:{self.function}: {self.kind}: {self.original} -> {self.replacement}{again}"

    def apply(self, root: Path) -> None:
        """Write the fault into the tree at `root`."""
        file = root / self.path
        text = file.read_bytes()
        if _one_line(text[self.begin : self.end]) != self.original:
            raise RuntimeError(f"{file} was changed after its faults were found")
        file.write_bytes(text[: self.begin] + self.replacement.encode() + text[self.end :])


def find_faults(root: Path, paths: Iterable[str]) -> list[Fault]:
    """Return every fault that can be put into the modules at `paths`."""
    return [fault for path in sorted(paths) for fault in _Walk(root, path).faults()]


def choose_faults(faults: list[Fault], number: int, seed: int) -> list[Fault]:
    """Return `number` faults spread over rooms by their sites, and within a room over kinds in turn."""
    rooms: dict[str, dict[str, list[Fault]]] = defaultdict(lambda: defaultdict(list))
    for fault in sorted(faults, key=lambda fault: hashlib.sha256(f"{seed} {fault.name}".encode()).digest()):
        rooms[fault.room][fault.kind].append(fault)
    queues = {room: _in_turn(list(kinds.values())) for room, kinds in sorted(rooms.items())}
    # Half of the faults go to rooms alike and half by size, so that small rooms are tried too.
    share = {room: 0.5 / len(queues) + 0.5 * len(queue) / len(faults) for room, queue in queues.items()}
    return [fault for room, queue in queues.items() for fault in queue[: max(1, round(number * share[room]))]]


def _in_turn(piles: list[list[Fault]]) -> list[Fault]:
    longest = max(len(pile) for pile in piles)
    return [pile[turn] for turn in range(longest) for pile in piles if turn < len(pile)]


class _Walk:
    """The walk through one module."""

    def __init__(self, root: Path, path: str) -> None:
        self._path = path
        self._source = (root / path).read_bytes()
        self._starts = [0]
        for line in self._source.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self._tree = ast.parse(self._source)
        nodes = list(ast.walk(self._tree))
        self._module = Module(
            frozenset(node.id for node in nodes if isinstance(node, ast.Name)),
            frozenset(node.attr for node in nodes if isinstance(node, ast.Attribute)),
            tuple(
                sorted({node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)})
            ),
        )

    def faults(self) -> Iterator[Fault]:
        seen: dict[tuple[str, str, str, str], int] = defaultdict(int)
        for node, function in self._nodes(self._tree, ""):
            for kind in KINDS:
                if any(word in self._path for word in PICTURES) and kind.name in ("constant", "unit", "accumulation"):
                    continue
                for other in kind.faults(node, self._module):
                    begin, end = self._span(node)
                    original = _one_line(self._source[begin:end])
                    text = ast.unparse(ast.fix_missing_locations(other))
                    wrapped = text if isinstance(node, ast.stmt | ast.Slice) else f"({text})"
                    key = (function, kind.name, original, text)
                    yield Fault(self._path, function, kind.name, node.lineno, begin, end, original, wrapped, seen[key])
                    seen[key] += 1

    def _span(self, node: ast.AST) -> tuple[int, int]:
        return self._starts[node.lineno - 1] + node.col_offset, self._starts[node.end_lineno - 1] + node.end_col_offset

    def _nodes(self, node: ast.AST, function: str) -> Iterator[tuple[ast.AST, str]]:
        """Yield nodes that compute; not what is said to people or to the type checker."""
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "type_comment", "bases"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if not isinstance(child, ast.AST) or _is_said(child):
                    continue
                inside = function
                if isinstance(child, ast.FunctionDef | ast.ClassDef):
                    inside = f"{function}.{child.name}".lstrip(".")
                if hasattr(child, "lineno") and not isinstance(node, ast.JoinedStr | ast.FormattedValue):
                    yield child, inside
                yield from self._nodes(child, inside)


def _one_line(source: bytes) -> str:
    return " ".join(source.decode(errors="replace").split())


def _is_said(node: ast.AST) -> bool:
    if isinstance(node, ast.Raise | ast.Import | ast.ImportFrom | ast.JoinedStr | ast.Assert):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return True
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("__all__", "TypeAlias")

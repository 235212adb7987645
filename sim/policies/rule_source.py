"""The source of a plain rule, made ready for numba: methods of a class become functions of a record.

In a method of a rule, ``self.method(...)`` becomes a call of a function, ``super().method(...)`` one of that of the
base, and ``self.CONSTANT`` a global; the rest stays as it was written, with its file and lines. Every plain function
that is called comes along. Each gets globals of its own, since numba keeps no closure on the disk.
"""

import ast
import copy
import hashlib
import inspect
import linecache
import sys
from collections.abc import Callable, Collection
from functools import lru_cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

import numpy as np

from sim.core.foreign_code import CONTENT

_KNOWN: Final = sys.stdlib_module_names | {"numba", "numpy", "scipy"}  # modules that are not watched for changes
_READERS: Final = {"getattr", "vars"}  # functions that may read a part without its name standing in the code


class SourceError(Exception):
    """The source of a method cannot be had."""


class RuleSource:
    """The functions that a class's rule is made of; `digest` changes with whatever they hang on."""

    def __init__(self, owner: type, own: np.dtype[Any]) -> None:
        self.functions: list[FunctionType] = []
        self.words: set[str] = set()
        self.is_open = False
        self.owner = owner
        self.fields = frozenset(own.names or ())
        self._built: dict[FunctionType, FunctionType] = {}
        self._digest = hashlib.sha256(f"{owner.__qualname__}\0{own}".encode())

    @property
    def digest(self) -> str:
        """Return a digest of all code and values collected so far."""
        return self._digest.hexdigest()[:16]

    def may_read(self, names: Collection[str]) -> frozenset[str]:
        """Return those of some names that the functions may read: all of them, where not all of the code is known."""
        is_known = not self.is_open and not self.words & _READERS
        return frozenset(name for name in names if not is_known or name in self.words)

    def method(self, name: str) -> FunctionType:
        """Return a method of the rule's class as a function of the record."""
        found = _look_up(name, self.owner.__mro__)
        if found is None:
            raise SourceError(f"{self.owner.__name__} has no method {name}")
        return self.add_method(*found)

    def add_method(self, method: FunctionType, owner: type) -> FunctionType:
        """Collect a method that a class defines, and return the function that it becomes."""
        if method in self._built:
            return self._built[method]
        definition = _definition_of(method)
        rewritten = _Rewriter(self, definition.args.args[0].arg, owner)
        definition.body = [rewritten.visit(statement) for statement in definition.body]
        module = compile(ast.Module([definition], []), method.__code__.co_filename, "exec", dont_inherit=True)
        code = next(value for value in module.co_consts if isinstance(value, CodeType))
        return self._add(method, code, rewritten.bound)

    def add_function(self, function: FunctionType) -> FunctionType:
        """Collect a plain function, and return one like it with globals of its own."""
        if function in self._built:
            return self._built[function]
        return self._add(function, function.__code__, {})

    def _add(self, function: FunctionType, code: CodeType, bound: dict[str, Callable[[], Any]]) -> FunctionType:
        space: dict[str, Any] = {"__name__": function.__module__, "__builtins__": __builtins__}
        made = FunctionType(code, space, function.__name__, function.__defaults__)
        made.__kwdefaults__ = function.__kwdefaults__
        self._built[function] = made
        self.functions.append(made)
        words = _words_of(code)
        self.words |= words
        self._digest.update(f"{function.__qualname__}{_text_of(code)}{function.__defaults__}".encode())
        inner = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        around = function.__globals__ | {name: cell.cell_contents for name, cell in inner if name != "__class__"}
        for name in sorted(words & (around.keys() | bound.keys())):
            space[name] = self._value(name, bound[name]() if name in bound else around[name])
        return made

    def _value(self, name: str, value: Any) -> Any:
        """Return a value as the collected functions take it, and note it in the digest."""
        value = getattr(value, "py_func", value)
        if isinstance(value, FunctionType):
            if value in self._built.values():
                return value
            if value.__closure__ is None:
                return self.add_function(value)
            self.is_open = True
        self._digest.update(f"\0{name}={_text_of(value)}".encode())
        home = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None) or "builtins"
        # A class of this package, such as `Reaction`, reads no moment; a function taken from a module of it may.
        is_known = _root(home) in _KNOWN or (inspect.isclass(value) and _root(home) == "sim")
        self.is_open |= not is_known and (callable(value) or isinstance(value, ModuleType))
        return value


class _Rewriter(ast.NodeTransformer):
    """Replaces what a method takes from its class by globals, whose values `bound` gives."""

    def __init__(self, source: RuleSource, own: str, owner: type) -> None:
        self.bound: dict[str, Callable[[], Any]] = {}
        self._source = source
        self._own = own
        self._owner = owner

    def visit_Call(self, node: ast.Call) -> ast.AST:
        found = self._found(node.func)
        if found is None or not isinstance(found[0], FunctionType | staticmethod):
            return self.generic_visit(node)
        called = self._method(node.func, *found)
        own = [] if isinstance(found[0], staticmethod) else [ast.Name(self._own, ast.Load())]
        arguments = [self.visit(argument) for argument in node.args]
        words = [self.visit(word) for word in node.keywords]
        made = ast.copy_location(ast.Call(called, [*own, *arguments], words), node)
        return ast.fix_missing_locations(made)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name) and node.value.id == self._own:
            raise SourceError(f"line {node.lineno} sets {ast.unparse(node)}; a rule may set self.state alone")
        found = self._found(node)
        if found is None or isinstance(found[0], FunctionType | staticmethod):
            return self.generic_visit(node)
        value, owner = found
        if isinstance(value, property) and isinstance(value.fget, FunctionType):
            called = self._method(node, value.fget, owner)
            read = ast.Call(called, [ast.Name(self._own, ast.Load())], [])
            return ast.fix_missing_locations(ast.copy_location(read, node))
        return self._name(node, lambda: value)

    def _found(self, node: ast.AST) -> tuple[Any, type] | None:
        """Return what an expression such as ``self.name`` takes from a class; None where it takes nothing from one."""
        if not isinstance(node, ast.Attribute):
            return None
        before, classes = node.value, self._source.owner.__mro__
        if isinstance(before, ast.Name) and before.id == self._own and node.attr not in self._source.fields:
            return _look_up(node.attr, classes)
        if isinstance(before, ast.Call) and isinstance(before.func, ast.Name) and before.func.id == "super":
            return _look_up(node.attr, classes[classes.index(self._owner) + 1 :])
        return None

    def _method(self, node: ast.AST, value: Any, owner: type) -> ast.Name:
        if isinstance(value, staticmethod):
            function: Any = value.__func__
            return self._name(node, lambda: self._source.add_function(function))
        return self._name(node, lambda: self._source.add_method(value, owner))

    def _name(self, node: ast.AST, value: Callable[[], Any]) -> ast.Name:
        name = ast.unparse(node)
        self.bound[name] = value
        return ast.copy_location(ast.Name(name, ast.Load()), node)


def _look_up(name: str, owners: Collection[type]) -> tuple[Any, type] | None:
    """Return what the first of some classes holds under a name, and the class."""
    return next(((vars(owner)[name], owner) for owner in owners if name in vars(owner)), None)


def _definition_of(function: FunctionType) -> ast.FunctionDef:
    code = function.__code__
    text = function.__globals__.get(CONTENT) or "".join(linecache.getlines(code.co_filename, function.__globals__))
    for node in ast.walk(_tree_of(text)):
        if isinstance(node, ast.FunctionDef) and node.name == code.co_name:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            if first == code.co_firstlineno:
                return _bare(copy.deepcopy(node))
    raise SourceError(f"the source of {function.__qualname__} cannot be read")


@lru_cache(maxsize=64)
def _tree_of(text: str | bytes) -> ast.Module:
    return ast.parse(text)


def _bare(definition: ast.FunctionDef) -> ast.FunctionDef:
    """Return a definition without what is looked up where it stands."""
    definition.decorator_list, definition.returns = [], None
    arguments = definition.args
    for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
        argument.annotation = None
    return definition


def _words_of(code: CodeType) -> set[str]:
    """Return every name and every text in a code: a part that is read stands among them."""
    words = {*code.co_names, *(value for value in code.co_consts if isinstance(value, str))}
    return words.union(*(_words_of(value) for value in code.co_consts if isinstance(value, CodeType)))


def _text_of(value: Any) -> str:
    """Return a text that changes with a value; where it cannot be told, it changes with the process too."""
    if isinstance(value, CodeType):
        parts = [value.co_code, value.co_names, value.co_varnames, value.co_argcount]
        return f"{parts}{[_text_of(constant) for constant in value.co_consts]}"
    if isinstance(value, ModuleType):
        file = value.__file__ if _root(value.__name__) not in _KNOWN else None
        return value.__name__ + (hashlib.sha256(Path(file).read_bytes()).hexdigest() if file else "")
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{value.shape}{value.tobytes()!r}"
    return f"{value.__module__}.{value.__qualname__}" if inspect.isclass(value) else repr(value)


def _root(module: str) -> str:
    return module.partition(".")[0]

"""Find a policy by its name: shipped, in a user's file, or offered by an installed package; and what it says of itself.

A rule is written ``tit_for_tat`` (shipped), ``my_rules.py:Vengeful`` (a file beside the scenario) or the name of an
entry point of the group ``sim.policies``. Shipped is every class in a module of `sim.policies` that says its ``rule``;
a user's policy is checked on the way in, and by the kit (`sim.testing`) as the shipped ones are.
"""

import dataclasses
import hashlib
import inspect
import math
import re
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Final, TypeGuard

from sim.core.declarations import import_modules
from sim.core.errors import InputError, nearest
from sim.core.foreign_code import CONTENT, PACKAGES, call, describe, import_source, is_interrupt
from sim.policies.base import Claims, Policy

GROUP: Final = "sim.policies"  # entry-point group by which an installed package offers policies


def _is_policy(value: object) -> TypeGuard[type[Policy]]:
    return inspect.isclass(value) and issubclass(value, Policy)


def _shipped_classes() -> Iterator[type[Policy]]:
    """Look for the classes that say their rule in one module of this room after the other."""
    for module in import_modules("sim.policies"):
        own = [value for value in vars(module).values() if _is_policy(value) and value.__module__ == module.__name__]
        yield from (policy for policy in own if vars(policy).get("rule"))


def find_class(name: str) -> type[Policy] | None:
    """Return the shipped policy whose class has a name; it looks no further, so shipped rules may import each other."""
    return next((policy for policy in _shipped_classes() if policy.__name__ == name), None)


SHIPPED: Final[Mapping[str, type[Policy]]] = MappingProxyType(
    {policy.rule: policy for policy in sorted(_shipped_classes(), key=lambda policy: (policy.order, policy.rule))}
)
"""The shipped policies by rule, in the order of all lists: found when this module is first imported."""


def load_policy(rule: str, folder: Path) -> type[Policy]:
    """Return the policy that a rule names (see the text of this module); a file is looked for in a folder.

    Raises `InputError` if nothing has that name, the file is missing or fails on import, or what was found is not a
    usable policy: a frozen dataclass that can be called with its parameters. An entry point replaces no shipped name.
    """
    if rule in SHIPPED:
        return SHIPPED[rule]
    if ":" in rule or rule.endswith(".py"):
        return _from_file(rule, folder)
    offered = installed()
    if rule in offered:
        return _from_entry_point(offered[rule])
    hint = nearest(rule, [*SHIPPED, *offered])
    raise InputError.single(f'policy "{rule}"', "", f'unknown; {hint} A rule of your own is written "file.py:Class"')


def policies_of(target: str, folder: Path) -> dict[str, type[Policy]]:
    """Return the policies of a rule, a whole file (``file.py``) or an installed package by rule; see `load_policy`."""
    if target.endswith(".py"):
        names = _names_in(folder / target)
        return {f"{target}:{name}": load_policy(f"{target}:{name}", folder) for name in names}
    offered = [point for point in installed().values() if point.dist is not None and point.dist.name == target]
    if offered and target not in SHIPPED and target not in installed():
        return {point.name: load_policy(point.name, folder) for point in offered}
    return {target: load_policy(target, folder)}


def installed() -> dict[str, EntryPoint]:
    """Return the entry points by which installed packages offer policies, by name."""
    return {point.name: point for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)}


def source_digest(policy: type[Policy]) -> str:
    """Return the SHA-256 of the file that a policy stands in; empty for a policy of this package."""
    module = sys.modules[policy.__module__]
    if module.__name__.partition(".")[0] == __name__.partition(".")[0]:
        return ""
    # A user's file is kept as it was when it was imported: it may have been edited since.
    content = vars(module).get(CONTENT) or Path(inspect.getfile(policy)).read_bytes()
    return hashlib.sha256(content).hexdigest()


def _names_in(path: Path) -> list[str]:
    """Return the policies that a file defines itself, leaving out bases that cannot be made."""
    if not path.is_file():
        raise InputError.single(path, "", "there is no such Python file")
    own = [value for value in vars(_import_file(path)).values() if _is_policy(value) and not inspect.isabstract(value)]
    names = [policy.__name__ for policy in own if Path(inspect.getfile(policy)) == path]
    if not names:
        raise InputError.single(
            path, "", "defines no policy, which is a subclass of sim.policies.Policy with `respond`"
        )
    return list(dict.fromkeys(names))


def _from_file(rule: str, folder: Path) -> type[Policy]:
    file, colon, name = rule.rpartition(":")
    if not colon or not file or not name.isidentifier():
        raise InputError.single(f'policy "{rule}"', "", 'a rule in a file is written "file.py:Class"')
    path = folder / file
    if path.suffix != ".py" or not path.is_file():
        raise InputError.single(path, "", f'there is no such Python file; it is named by the rule "{rule}"')
    module = _import_file(path)
    value = getattr(module, name, None)
    if value is None:
        own = [key for key, item in vars(module).items() if _is_policy(item) and item.__module__ == module.__name__]
        raise InputError.single(path, name, f"there is no such class; {nearest(name, own)}")
    return _usable(value, str(path), name)


def _import_file(path: Path) -> ModuleType:
    """Import a file once for each content, so that parties which share a file share its classes."""
    content = path.read_bytes()
    digest = hashlib.sha256(str(path.resolve()).encode() + b"\0" + content).hexdigest()[:16]
    # Dataclasses and pickle look a class up in `sys.modules`, so the file needs a name there.
    name = f"sim_policy_{path.stem}_{digest}"
    return import_source(name, str(path), content)


def _from_entry_point(point: EntryPoint) -> type[Policy]:
    name = f'policy "{point.name}" of the entry point {point.value}'
    try:
        with call(f"the import of {name}"):
            value = point.load()
    except BaseException as error:
        if is_interrupt(error):
            raise
        raise InputError.single(name, "", describe(error)) from error
    policy = _usable(value, name, "")
    PACKAGES.add(policy.__module__)
    return policy


def _usable(value: object, file: str, key: str) -> type[Policy]:
    """Return a class after checking that it is a policy which can be built."""
    if not _is_policy(value):
        problem = "this is not a subclass of sim.policies.Policy"
    elif inspect.isabstract(value):
        missing = " and ".join(f"`{method}`" for method in sorted(value.__abstractmethods__))
        problem = f"this policy lacks the method {missing}"
    elif "__dataclass_params__" not in vars(value) or not dataclasses.is_dataclass(value):
        problem = "a policy is a frozen dataclass; write @dataclass(frozen=True) above the class"
    else:
        return value
    raise InputError.single(file, key, problem)


def describe_rule(policy: type[Policy]) -> str:
    """Return the rule in one paragraph: the first of the docstring."""
    return (inspect.getdoc(policy) or "").partition("\n\n")[0].replace("\n", " ")


def list_names(policy: type[Policy]) -> tuple[str, ...]:
    """Return the names of a policy in the literature: the section ``Names`` of its docstring."""
    section = re.search(r"^Names\n-----\n(.*?)(?:\n\n|\Z)", inspect.getdoc(policy) or "", re.DOTALL | re.MULTILINE)
    if section is None:
        return ()
    # A semicolon inside brackets parts references, not names.
    names = re.split(r";\s+(?![^(]*\))", section[1].replace("\n", " ").strip().removesuffix("."))
    return tuple(names)


def describe_memory(claims: Claims) -> str:
    """Return how far back a policy looks."""
    if claims.memory_days == 0:
        return "none"
    return "without end" if claims.memory_days == math.inf else f"{claims.memory_days:g} days"

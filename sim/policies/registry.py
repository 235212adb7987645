"""Find a policy by its name: shipped, in a user's file, or offered by an installed package.

A rule is written ``tit_for_tat`` (shipped), ``my_rules.py:Vengeful`` (a file beside the scenario) or the name of an
entry point of the group ``sim.policies``. All three go through the same checks, so a user's policy and a shipped one
are refused for the same reasons.
"""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import sys
import traceback
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Final

from sim.core.errors import InputError, nearest
from sim.policies.base import Policy
from sim.policies.composite import Mixed, Switching
from sim.policies.expected_cost import ExpectedCost
from sim.policies.graded import Disproportionate, Proportional
from sim.policies.grim import GrimTrigger
from sim.policies.grit import GraduatedReduction
from sim.policies.majority_and_calendar import HardMajority, Periodic, SoftMajority
from sim.policies.memory_one import FirmButFair, MemoryOne, WinStayLoseShift
from sim.policies.reciprocal import AlwaysEscalate, GenerousTitForTat, NoRetaliation, RandomRetaliation, TitForTat
from sim.policies.regional import AllianceEntry, Decapitation
from sim.policies.threshold import Threshold
from sim.policies.tit_for_tat_variants import (
    AdaptiveTitForTat,
    ContriteTitForTat,
    GradualTitForTat,
    LengtheningRetaliation,
    SuspiciousTitForTat,
    TitForTwoTats,
    TwoTitsForTat,
)

_CONTENT: Final = "__sim_content__"
GROUP: Final = "sim.policies"
"""Entry-point group by which an installed package offers policies."""

SHIPPED: Final[Mapping[str, type[Policy]]] = MappingProxyType(
    {
        "none": NoRetaliation,
        "tit_for_tat": TitForTat,
        "generous_tit_for_tat": GenerousTitForTat,
        "proportional": Proportional,
        "disproportionate": Disproportionate,
        "threshold": Threshold,
        "grim_trigger": GrimTrigger,
        "graduated_reduction": GraduatedReduction,
        "expected_cost": ExpectedCost,
        "alliance_entry": AllianceEntry,
        "decapitation": Decapitation,
        "always_escalate": AlwaysEscalate,
        "random": RandomRetaliation,
        "mixed": Mixed,
        "switching": Switching,
        "suspicious_tit_for_tat": SuspiciousTitForTat,
        "tit_for_two_tats": TitForTwoTats,
        "two_tits_for_tat": TwoTitsForTat,
        "contrite_tit_for_tat": ContriteTitForTat,
        "gradual_tit_for_tat": GradualTitForTat,
        "lengthening_retaliation": LengtheningRetaliation,
        "adaptive_tit_for_tat": AdaptiveTitForTat,
        "win_stay_lose_shift": WinStayLoseShift,
        "firm_but_fair": FirmButFair,
        "memory_one": MemoryOne,
        "soft_majority": SoftMajority,
        "hard_majority": HardMajority,
        "periodic": Periodic,
    }
)
"""The shipped policies by rule name."""


def load_policy(rule: str, folder: Path) -> type[Policy]:
    """Return the policy that a rule names.

    Parameters
    ----------
    rule : str
        A shipped name, ``file.py:Class``, or the name of an entry point of the group ``sim.policies``. A shipped name
        is never replaced by an entry point.
    folder : Path
        Folder that the file is looked for in, if its path is not absolute.

    Returns
    -------
    type of Policy
        A frozen dataclass that can be called with its parameters.

    Raises
    ------
    InputError
        If nothing has that name, the file is missing or fails on import, or what was found is not a usable policy.
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
    """Return the policies that a rule, a whole file or an installed package names, by rule.

    Parameters
    ----------
    target : str
        A rule as `load_policy` takes it; ``file.py`` for all policies of a file; or the name of an installed package
        that offers policies.
    folder : Path
        Folder that a file is looked for in.

    Raises
    ------
    InputError
        If there are none.
    """
    if target.endswith(".py"):
        names = _names_in(folder / target)
        return {f"{target}:{name}": load_policy(f"{target}:{name}", folder) for name in names}
    offered = [point for point in installed().values() if point.dist is not None and point.dist.name == target]
    if offered and target not in SHIPPED and target not in installed():
        return {point.name: load_policy(point.name, folder) for point in offered}
    return {target: load_policy(target, folder)}


def _names_in(path: Path) -> list[str]:
    """Return the policies that a file defines itself, leaving out bases that cannot be made."""
    if not path.is_file():
        raise InputError.single(path, "", "there is no such Python file")
    own = [value for value in vars(_imported(path)).values() if _is_policy(value) and not inspect.isabstract(value)]
    names = [kind.__name__ for kind in own if Path(inspect.getfile(kind)) == path]
    if not names:
        raise InputError.single(
            path, "", "defines no policy, which is a subclass of sim.policies.Policy with `respond`"
        )
    return list(dict.fromkeys(names))


def installed() -> dict[str, EntryPoint]:
    """Return the entry points by which installed packages offer policies, by name."""
    return {point.name: point for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)}


def source_digest(policy: type[Policy]) -> str:
    """Return the SHA-256 of the file that a policy stands in; empty for a policy of this package.

    Parameters
    ----------
    policy : type of Policy
        A policy.
    """
    module = sys.modules[policy.__module__]
    if module.__name__.partition(".")[0] == __name__.partition(".")[0]:
        return ""
    # A user's file is kept as it was when it was imported: it may have been edited since.
    content = vars(module).get(_CONTENT) or Path(inspect.getfile(policy)).read_bytes()
    return hashlib.sha256(content).hexdigest()


def _from_file(rule: str, folder: Path) -> type[Policy]:
    file, colon, name = rule.rpartition(":")
    if not colon or not file or not name.isidentifier():
        raise InputError.single(f'policy "{rule}"', "", 'a rule in a file is written "file.py:Class"')
    path = folder / file
    if path.suffix != ".py" or not path.is_file():
        raise InputError.single(path, "", f'there is no such Python file; it is named by the rule "{rule}"')
    module = _imported(path)
    found = getattr(module, name, None)
    if found is None:
        own = [key for key, value in vars(module).items() if _is_policy(value) and value.__module__ == module.__name__]
        raise InputError.single(path, name, f"there is no such class; {nearest(name, own)}")
    return _usable(found, str(path), name)


def _imported(path: Path) -> ModuleType:
    """Import a file once for each content, so that parties which share a file share its classes."""
    content = path.read_bytes()
    digest = hashlib.sha256(str(path.resolve()).encode() + b"\0" + content).hexdigest()[:16]
    # Dataclasses and pickle look a class up in `sys.modules`, so the file needs a name there.
    name = f"sim_policy_{path.stem}_{digest}"
    if name in sys.modules:
        return sys.modules[name]
    module = ModuleType(name)
    module.__file__ = str(path)
    vars(module)[_CONTENT] = content
    sys.modules[name] = module
    try:
        # Not by an import loader: that may run a stale byte-code file, and leaves one beside the user's file.
        exec(compile(content, str(path), "exec", dont_inherit=True), vars(module))
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise InputError.single(path, _line_of(error, path), f"{type(error).__name__}: {error}") from error
    return module


def _line_of(error: BaseException, path: Path) -> str:
    """Return the last line of the file that an error went through, or an empty text."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return f"line {error.lineno}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return f"line {lines[-1]}" if lines else ""


def _from_entry_point(point: EntryPoint) -> type[Policy]:
    place = f'policy "{point.name}" of the entry point {point.value}'
    try:
        found = point.load()
    except Exception as error:
        raise InputError.single(place, "", f"{type(error).__name__}: {error}") from error
    return _usable(found, place, "")


def _is_policy(value: object) -> bool:
    return inspect.isclass(value) and issubclass(value, Policy)


def _usable(found: object, file: str, key: str) -> type[Policy]:
    """Return a class after checking that it is a policy which can be built."""
    problem = None
    if not inspect.isclass(found) or not issubclass(found, Policy):
        problem = "this is not a subclass of sim.policies.Policy"
    elif inspect.isabstract(found):
        missing = " and ".join(f"`{method}`" for method in sorted(found.__abstractmethods__))
        problem = f"this policy lacks the method {missing}"
    elif "__dataclass_params__" not in vars(found) or not dataclasses.is_dataclass(found):
        problem = "a policy is a frozen dataclass; write @dataclass(frozen=True) above the class"
    else:
        return found
    raise InputError.single(file, key, problem)

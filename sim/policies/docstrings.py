"""What a policy's class says of itself in words: its rule, its names in the literature, its claims."""

from __future__ import annotations

import inspect
import math
import re

from sim.policies.base import Claims, Policy


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

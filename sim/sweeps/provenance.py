"""What the bytes of a block hang on: scenario, seed, policies, code, versions of packages.

The code is named by a positive list, so that a comment in a table, a picture or a tournament keeps finished blocks.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import sim

if TYPE_CHECKING:
    from sim.policies.base import Policy
    from sim.scenario.scenario import Scenario

Stamp = dict[str, str]  # what the bytes of a block hang on, by name, as its file says

MAKES_A_BLOCK: Final = (
    *("core", "evidence", "policies", "engine", "scenario"),
    *("sweeps/blocks.py", "sweeps/compute_block.py"),
)
"""Rooms and files that a number of a block can hang on; a test holds that `compute_block` imports nothing else."""


@cache
def digest_code() -> str:
    """Return the SHA-256 of the code that a number of a block can hang on."""
    root = Path(sim.__file__).parent
    total = hashlib.sha256()
    for room in MAKES_A_BLOCK:
        for path in sorted((root / room).rglob("*.py")) or [root / room]:
            total.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


@cache
def read_versions() -> dict[str, str]:
    """Return the versions of all that the numbers hang on, besides the code itself."""
    packages = {package: version(package) for package in ("mesa", "numba", "numpy", "scipy")}
    return {"sim": sim.__version__, "python": ".".join(platform.python_version_tuple()[:2]), **packages}


def digest_rules(scenario: Scenario) -> dict[str, str]:
    """Return the digest of the file of every policy that does not belong to this package, by rule."""
    # Imported here, because reading results takes this module too and needs no engine.
    from sim.policies.registry import source_digest

    digests = {rule: source_digest(policy) for rule, policy in list_policies(scenario)}
    return {rule: digest for rule, digest in sorted(digests.items()) if digest}


def list_uncompiled_rules(scenario: Scenario) -> list[str]:
    """Return the plain rules of users that numba cannot compile: correct, and slow."""
    from sim.policies.registry import source_digest
    from sim.policies.rule_door import why_uncompiled

    return sorted(
        {rule for rule, policy in list_policies(scenario) if source_digest(policy) and why_uncompiled(policy())}
    )


def list_policies(scenario: Scenario) -> Iterator[tuple[str, type[Policy]]]:
    """Return every rule that a scenario uses at any point, those inside others included."""
    waiting = scenario.used_policies()
    while waiting:
        setting = waiting.pop()
        waiting += setting.inner.values()
        yield setting.rule, setting.policy


def build_stamp(scenario: Scenario, seed: int) -> Stamp:
    """Return what the bytes of a block hang on, besides the block itself; it is kept in the file."""
    rules = json.dumps(digest_rules(scenario))
    return {"digest": scenario.digest(), "seed": str(seed), "rules": rules, "code": digest_code()}

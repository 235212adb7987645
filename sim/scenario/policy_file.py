"""Read policies: each over the one that holds without its table, so that what is inherited stays."""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from sim.core.errors import InputError
from sim.core.parameters import parameters_of
from sim.core.toml_table import TomlTable
from sim.engine.conflict_check import owner_problem
from sim.engine.theatre import Theatre
from sim.policies.base import Policy
from sim.policies.registry import load_policy
from sim.scenario.settings import DEFAULT, PolicySetting, Setting, bounds_problem, default_setting, read_setting


@dataclass(frozen=True)
class PolicyPlace:
    """Where policies are read: their theatre, and the file that says them."""

    theatre: Theatre
    path: Path


def read_policies(
    table: TomlTable, place: PolicyPlace, before: Mapping[str, PolicySetting]
) -> dict[str, PolicySetting]:
    """Read policies by party or dyad, each over the one that holds without the table."""
    policies = {}
    for owner in table.values:
        inner = table.table(owner)
        if problem := owner_problem(owner, place.theatre):
            table.add(owner, problem)
        elif policy := read_policy(inner, f"policy.{owner}", place, before.get(owner)):
            policies[owner] = policy
    return policies


def note_drops(
    table: TomlTable, owner: str, before: PolicySetting | None, policies: Iterable[tuple[str, PolicySetting]]
) -> None:
    """Note what policies, each with its name, lose of the one that they stand over as their rules do not know it."""
    losing = {name: policy.dropped for name, policy in policies if policy.dropped}
    if before and losing:
        lost = dict.fromkeys(itertools.chain.from_iterable(losing.values()))
        sentence = f'{", ".join(losing)}: dropped, of "{before.label}", what the rule does not know: {", ".join(lost)}'
        table.problems.note(f"{table.path}, policy.{owner}" if table.path else f"policy.{owner}", sentence)


def read_policy(table: TomlTable, key: str, place: PolicyPlace, before: PolicySetting | None) -> PolicySetting | None:
    """Read the policy under a key path such as ``policy.HZB``; None and a problem where it is wrong.

    What the table does not say stays as in the policy before, as far as the rule knows it. A rule in a file is looked
    up from the folder of the file that says it.
    """
    rule = table.text("rule", "") or (before.rule if before else "")
    policy = _find_policy(table, rule, place, before)
    if policy is None:
        table.skip()
        return None
    inherited = before or PolicySetting(rule, policy, {})
    settings = _read_parameters(table, key, place, policy, inherited)
    inner = _read_inside(table, key, place, policy, inherited)
    table.take("label")
    for item in fields(policy):
        table.take(item.name)
    table.finish()
    kept = {*table.values, *(name for name, now in settings.items() if now.origin != DEFAULT)}
    dropped = [
        *(name for name, old in inherited.settings.items() if old.origin != DEFAULT and name not in kept),
        *(name for name in inherited.inner if name not in {item.name for item in fields(policy)}),
        *(f"{name}.{lost}" for name, inside in inner.items() for lost in inside.dropped),
    ]
    told = {name: inside for name, inside in inner.items() if not _is_default(policy, name, inside)}
    made = PolicySetting(rule, policy, settings, told, tuple(dropped))
    for name, message in made.find_misfits({setting.key: setting.law for setting in made.flat_settings()}):
        table.add(name, message)
    return made


def _read_parameters(
    table: TomlTable, key: str, place: PolicyPlace, policy: type[Policy], inherited: PolicySetting
) -> dict[str, Setting]:
    """Return the parameters of a rule: as the table says, else as inherited where that is allowed, else the default."""
    settings: dict[str, Setting] = {}
    for name, parameter in parameters_of(policy).items():
        path, declared = f"{key}.{name}", parameter.on_ladder(place.theatre.ladder.top)
        default, old = default_setting(path, declared), inherited.settings.get(name)
        if name in table.values:
            settings[name] = read_setting(table, name, declared, path, place.path.name) or default
        else:
            stays = old is not None and old.origin != DEFAULT and bounds_problem(old.law, declared) is None
            settings[name] = replace(old, declared=declared) if old is not None and stays else default
    return settings


def _read_inside(
    table: TomlTable, key: str, place: PolicyPlace, policy: type[Policy], inherited: PolicySetting
) -> dict[str, PolicySetting]:
    """Return the policies inside a rule: as the table says over what is inherited."""
    inner: dict[str, PolicySetting] = {}
    for name in (item.name for item in fields(policy) if item.name not in parameters_of(policy)):
        old = inherited.inner.get(name)
        if name in table.values:
            old = read_policy(table.table(name), f"{key}.{name}", place, old)
        elif old is not None:
            # What was lost before has been told.
            old = replace(old, dropped=())
        if old is not None:
            inner[name] = old
    return inner


def _is_default(policy: type[Policy], name: str, inside: PolicySetting) -> bool:
    """Return whether a policy inside is the one that the rule has anyway, which has nothing to set."""
    factory: Any = next(item.default_factory for item in fields(policy) if item.name == name)
    is_plain = not inside.settings and not inside.inner and callable(factory)
    return is_plain and type(factory()) is inside.policy


def _find_policy(table: TomlTable, rule: str, place: PolicyPlace, before: PolicySetting | None) -> type[Policy] | None:
    """Return the class of a rule; that of the inherited policy where the table says none."""
    if before is not None and "rule" not in table.values:
        return before.policy
    if not rule:
        if isinstance(table.values.get("rule", ""), str) and not table.is_absent:
            table.add("rule", "is missing, and there is no policy to inherit one from")
        return None
    try:
        return load_policy(rule, place.path.parent)
    except InputError as error:
        for problem in error.problems:
            table.add("rule", str(problem))
    return None

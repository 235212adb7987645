"""Read what a sweep varies: levels of a parameter, policies of a party, or bundles of settings."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.calibration.priors import Law
from sim.design import Factor
from sim.errors import nearest
from sim.fields import Interval
from sim.reading import Table
from sim.settings import PolicySetting, Setting, Settings, read_policy, read_setting
from sim.theatre import Theatre
from sim.world import DiplomaticShock, Truce


@dataclass(frozen=True)
class Bundle:
    """A level that changes several things at once, for instance a lever of restraint.

    Parameters
    ----------
    laws : mapping of str to Law
        By key path.
    policies : mapping of str to PolicySetting
        By party or dyad.
    truces : tuple of Truce
        Further truces of the driver.
    shocks : tuple of DiplomaticShock
        Further diplomatic shocks.
    """

    laws: Mapping[str, Law]
    policies: Mapping[str, PolicySetting]
    truces: tuple[Truce, ...]
    shocks: tuple[DiplomaticShock, ...]

    def described(self) -> dict[str, Any]:
        """Return the content as plain values."""
        return {
            "set": {key: str(law) for key, law in self.laws.items()},
            "policy": {owner: policy.label for owner, policy in self.policies.items()},
            "truces": [vars(truce) for truce in self.truces],
            "diplomatic_shocks": [vars(shock) for shock in self.shocks],
        }


@dataclass(frozen=True)
class FactorContext:
    """What a factor can refer to.

    Parameters
    ----------
    path : Path
        The scenario file.
    theatre : Theatre
        Parties and dyads.
    settings : dict
        Settings of the theatre and the scenario.
    policies : mapping of str to PolicySetting
        Policies of the scenario by party or dyad.
    """

    path: Path
    theatre: Theatre
    settings: Settings
    policies: Mapping[str, PolicySetting]

    def known(self) -> dict[str, Setting]:
        """Return every parameter that can be varied, by key path."""
        return self.settings | {s.key: s for policy in self.policies.values() for s in policy.flat()}


def read_factor(table: Table, context: FactorContext) -> Factor | None:
    """Read one factor; None and a problem where it is wrong.

    Parameters
    ----------
    table : Table
        ``key`` and ``levels`` (or ``low``, ``high``, ``steps``) of one parameter or policy; or ``name`` and ``levels``
        that are tables of settings.
    context : FactorContext
        What it can refer to.
    """
    if "name" in table.values:
        return _bundle_factor(table, context)
    key = table.text("key")
    if key.startswith("policy.") and key.count(".") == 1:
        return _policy_factor(table, key, context)
    known = context.known()
    if key not in known:
        table.add("key", f'"{key}" is not a parameter; {nearest(key, known)}')
        return None
    values = _levels(table)
    table.finish()
    laws: list[Law] = []
    for i, value in enumerate(values):
        single = Table({"level": value}, f"{table.path}.levels[{i}]", table.problems)
        setting = read_setting(single, "level", known[key].declared, key, context.path.name)
        if setting is not None:
            laws.append(setting.law)
    return Factor(key, tuple(laws), tuple(f"{value:g}" if _is_number(value) else str(value) for value in values))


def _levels(table: Table) -> list[Any]:
    """Return the levels of a factor: a list, or equal steps from low to high."""
    levels = table.take("levels")
    if levels is None:
        low, high = table.number("low", Interval()), table.number("high", Interval())
        steps = table.integer("steps", Interval(2, 1000), 3)
        return [float(f"{value:.12g}") for value in np.linspace(low, high, steps)]
    if not isinstance(levels, list) or not levels:
        table.add("levels", f"must be a list of levels, not {levels!r}")
        return []
    return levels


def _policy_factor(table: Table, key: str, context: FactorContext) -> Factor | None:
    owner = key.removeprefix("policy.")
    owners = [*context.theatre.party_index, *context.theatre.dyad_index]
    if owner not in owners:
        table.add("key", f'"{owner}" is not a party or dyad; {nearest(owner, owners)}')
    levels, labels = [], []
    for level in table.tables("levels"):
        label = level.text("label", "")
        policy = read_policy(level, key, context.path.parent, context.path.name)
        if policy is not None:
            levels.append(policy)
            labels.append(label or policy.label)
    table.finish()
    _refuse_twins(table, labels)
    return Factor(key, tuple(levels), tuple(labels)) if levels else None


def _bundle_factor(table: Table, context: FactorContext) -> Factor | None:
    name = table.text("name")
    if "." in name:
        table.add("name", f'"{name}" must be a plain word; a key path stands in "key"')
    levels, labels = [], []
    for level in table.tables("levels"):
        labels.append(level.text("label"))
        levels.append(_bundle(level, context))
        level.finish()
    table.finish()
    _refuse_twins(table, labels)
    return Factor(name, tuple(levels), tuple(labels)) if levels else None


def _bundle(level: Table, context: FactorContext) -> Bundle:
    changed = level.table("policy")
    policies = {}
    for owner in changed.values:
        inner = changed.table(owner)
        if owner not in context.theatre.party_index and owner not in context.theatre.dyad_index:
            changed.add(owner, f"unknown party or dyad; {nearest(owner, context.theatre.party_index)}")
        elif (policy := read_policy(inner, f"policy.{owner}", context.path.parent, context.path.name)) is not None:
            policies[owner] = policy
    changed.finish()
    known = FactorContext(context.path, context.theatre, context.settings, {**context.policies, **policies}).known()
    given = level.table("set")
    laws = {}
    for key in given.values:
        if key not in known:
            given.take(key)
            given.add(key, f"is not a parameter; {nearest(key, known)}")
        elif (setting := read_setting(given, key, known[key].declared, key, context.path.name)) is not None:
            laws[key] = setting.law
    given.finish()
    return Bundle(laws, policies, read_truces(level), read_shocks(level))


def _refuse_twins(table: Table, labels: list[str]) -> None:
    if len(set(labels)) < len(labels):
        table.add("levels", f"two levels have the same label: {', '.join(labels)}")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def read_truces(root: Table) -> tuple[Truce, ...]:
    """Read scheduled truces of the driver."""
    truces = []
    for table in root.tables("truce"):
        truces.append(Truce(table.number("start_day", Interval(0, 3650)), table.number("days", Interval(0.25, 3650))))
        table.finish()
    return tuple(truces)


def read_shocks(root: Table) -> tuple[DiplomaticShock, ...]:
    """Read scheduled diplomatic shocks."""
    shocks = []
    for table in root.tables("diplomatic_shock"):
        shocks.append(DiplomaticShock(table.number("day", Interval(0, 3650)), table.number("size", Interval(0, 1))))
        table.finish()
    return tuple(shocks)

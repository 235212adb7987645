"""Read what a sweep varies: levels of a parameter, policies of a party, or bundles of settings."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from sim.core.errors import nearest
from sim.core.parameters import ASSUMPTION, Interval
from sim.core.toml_table import Table
from sim.engine.theatre import Theatre
from sim.engine.world import DiplomaticShock, Truce
from sim.scenario.design import LIST, ONE_AT_A_TIME, SAMPLED, Factor
from sim.scenario.priors import SameAs, Uniform
from sim.scenario.settings import PolicySetting, Setting, Settings, out_of_bounds, read_policy, read_setting

PRIOR: Final = "prior"
"""Law of a factor that ranges over what its parameter was given."""
OUTER_QUANTILES: Final = (0.05, 0.95)
"""Quantiles of a prior that a one-at-a-time design looks at."""


@dataclass(frozen=True)
class Bundle:
    """A level that changes several things at once, for instance a lever of restraint.

    Parameters
    ----------
    settings : mapping of str to Setting
        Law and source of each parameter, by key path.
    policies : mapping of str to PolicySetting
        By party or dyad.
    truces : tuple of Truce
        Further truces of the driver.
    shocks : tuple of DiplomaticShock
        Further diplomatic shocks.
    """

    settings: Mapping[str, Setting]
    policies: Mapping[str, PolicySetting]
    truces: tuple[Truce, ...]
    shocks: tuple[DiplomaticShock, ...]

    def described(self) -> dict[str, Any]:
        """Return the content as plain values."""
        return {
            "set": {key: str(setting.law) for key, setting in self.settings.items()},
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


def read_factor(table: Table, context: FactorContext, kind: str) -> Factor | None:
    """Read one factor; None and a problem where it is wrong.

    Parameters
    ----------
    table : Table
        ``key`` and ``levels`` (or ``low``, ``high``, or ``law = "prior"``) of one parameter; ``key`` and ``levels`` of
        a policy; or ``name`` and ``levels`` that are tables of settings.
    context : FactorContext
        What it can refer to.
    kind : str
        Kind of the design that the factor belongs to.
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
    if kind in SAMPLED and "levels" not in table.values:
        return _sampled_factor(table, known[key], context)
    if kind == LIST and "levels" not in table.values:
        table.add("key", f'a list gives the values of "{key}" in its points; leave this factor away')
        return None
    values = _levels(table, known[key], kind)
    table.finish()
    settings, kept = [], []
    for i, value in enumerate(values):
        single = Table({"level": value}, f"{table.path}.levels[{i}]", table.problems)
        setting = read_level(single, "level", known[key], context)
        if setting is not None:
            settings.append(replace(setting, source=known[key].source) if "law" in table.values else setting)
            kept.append(value)
    return Factor(key, tuple(settings), labels_of(kept))


def read_level(table: Table, name: str, known: Setting, context: FactorContext) -> Setting | None:
    """Read the setting that a level gives a parameter; None and a problem where it is wrong.

    Parameters
    ----------
    table : Table
        Table that holds the level: a number, or a table with a law and its source.
    name : str
        Its key there.
    known : Setting
        The parameter as the scenario has it.
    context : FactorContext
        What a factor can refer to.
    """
    return read_setting(table, name, known.declared, known.key, context.path.name)


def labels_of(values: list[Any]) -> tuple[str, ...]:
    """Return names of levels: numbers by six digits, or in full where two would look alike.

    Parameters
    ----------
    values : list
        Numbers, or tables.
    """
    short = tuple(f"{value:g}" if _is_number(value) else str(value) for value in values)
    return short if len(set(short)) == len(short) else tuple(str(value) for value in values)


def _sampled_factor(table: Table, known: Setting, context: FactorContext) -> Factor | None:
    """Read a parameter over which points are spread: between two ends, or by its prior."""
    origin = context.path.name
    if "law" in table.values:
        found = _prior(table, known)
        setting = None if found is None else replace(found, origin=origin)
    else:
        low, high = table.number("low", Interval()), table.number("high", Interval())
        law = Uniform(low, high)
        setting = Setting(known.key, law, known.declared, f"{ASSUMPTION}: set by the scenario", origin)
        problem = law.problem() or out_of_bounds(law, known.declared)
        if problem is not None and {"low", "high"} <= table.values.keys():
            table.add("low", problem)
    table.finish()
    return None if setting is None else Factor(known.key, (), (), setting)


def _prior(table: Table, known: Setting) -> Setting | None:
    """Return the parameter as the scenario has it, if that is a law of its own."""
    if table.one_of("law", [PRIOR]) != PRIOR:
        return None
    law = known.law
    if isinstance(law, SameAs):
        table.add("law", f'"{known.key}" repeats "{law.key}"; vary that one')
    elif law.drawn_with:
        table.add("law", f'"{known.key}" is drawn in whole rows of a posterior; give low and high')
    elif not law.is_uncertain:
        table.add("law", f'"{known.key}" has no prior, its value is {law}; give low and high')
    else:
        return known
    return None


def _levels(table: Table, known: Setting, kind: str) -> list[Any]:
    """Return the levels of a factor: a list, equal steps from low to high, or the outer quantiles of the prior."""
    levels = table.take("levels")
    alone = kind == ONE_AT_A_TIME
    if levels is None and alone and "law" in table.values:
        found = _prior(table, known)
        outer = [] if found is None else np.asarray(found.law.at(np.array(OUTER_QUANTILES))).tolist()
        return [float(f"{value:.6g}") for value in outer]
    if levels is None and "law" in table.values:
        for name in table.values:
            table.take(name)
        table.add("law", "needs a sampled or a one-at-a-time design; give levels, or low and high")
        return []
    if levels is None:
        low, high = table.number("low", Interval()), table.number("high", Interval())
        steps = table.integer("steps", Interval(2, 1000), 2 if alone else 3)
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
    settings = {}
    for key in given.values:
        if key not in known:
            given.take(key)
            given.add(key, f"is not a parameter; {nearest(key, known)}")
        elif (setting := read_setting(given, key, known[key].declared, key, context.path.name)) is not None:
            settings[key] = setting
    given.finish()
    return Bundle(settings, policies, read_truces(level), read_shocks(level))


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

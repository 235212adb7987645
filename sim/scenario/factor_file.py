"""Read what a sweep varies: levels of a parameter, policies of a party, or bundles of settings."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from sim.core.errors import nearest
from sim.core.parameters import Interval
from sim.core.toml_table import Key, TableKeys, TomlTable
from sim.engine.configuration import DiplomaticShock, Truce
from sim.scenario.design import LIST, ONE_AT_A_TIME, SAMPLED, Factor
from sim.scenario.policy_file import PolicyPlace, note_drops, read_policies, read_policy
from sim.scenario.priors import SameAs, Uniform
from sim.scenario.settings import (
    POLICIES,
    POLICY,
    SETTING,
    UNSOURCED,
    PolicySetting,
    Setting,
    Settings,
    bounds_problem,
    explain_unknown,
    flatten_paths,
    read_setting,
)

PRIOR: Final = "prior"  # law of a factor that ranges over what its parameter was given
OUTER_QUANTILES: Final = (0.05, 0.95)  # quantiles of a prior that a one-at-a-time design looks at

_DAY: Final = Interval(0, 3650)
TRUCE: Final = TableKeys(
    {
        "start_day": Key("number", "begin, counted from the start of the scenario", _DAY, unit="days"),
        "days": Key("number", "length", Interval(0.25, 3650), unit="days"),
    }
)
SHOCK: Final = TableKeys(
    {
        "day": Key("number", "day, counted from the start of the scenario", _DAY, unit="days"),
        "size": Key("number", "jump of mediation", Interval(0, 1), unit="1"),
    }
)
SCHEDULE: Final = {
    "truce": Key("tables", "scheduled truces of the driver", inside=TRUCE),
    "diplomatic_shock": Key("tables", "scheduled jumps of mediation", inside=SHOCK),
}
BUNDLE: Final = TableKeys(
    {
        "label": Key("text", "name in the tables"),
        "together": Key("names", "labels of levels above, all of which this one holds", default=[]),
        "policy": Key("table", "policies that change, by party or dyad", inside=POLICIES),
        "set": Key(
            "table",
            "parameters that change, by key path",
            inside=TableKeys(other=Key(SETTING, "value, or law with its source")),
        ),
        **SCHEDULE,
    }
)
FACTOR: Final = TableKeys(
    {
        "key": Key("text", "key path of the parameter, or policy.ID, that is varied"),
        "name": Key("text", "name of a factor whose levels change several things at once"),
        "levels": Key(
            "levels",
            "numbers or laws of a parameter, policies of a party, or bundles of settings",
            is_optional=True,
            synonyms=("values",),
            forms=(Key("settings"), Key("tables", inside=POLICY), Key("tables", inside=BUNDLE)),
        ),
        "low": Key("number", "lower end, in place of levels", is_optional=True),
        "high": Key("number", "upper end, in place of levels", is_optional=True),
        "steps": Key("integer", "levels from low to high", Interval(2, 1000), is_optional=True),
        "law": Key("one_of", "in place of levels: what the parameter was given", valid=(PRIOR,), is_optional=True),
    },
    either=("key", "name"),
)


@dataclass(frozen=True)
class Bundle:
    """A level that changes several things at once, for instance a lever of restraint."""

    settings: Mapping[str, Setting]  # by key path
    policies: Mapping[str, PolicySetting]  # by party or dyad
    truces: tuple[Truce, ...]  # in addition to those of the scenario
    shocks: tuple[DiplomaticShock, ...]  # likewise

    def describe(self) -> dict[str, Any]:
        """Return the content as plain values."""
        return {
            "set": {key: str(setting.law) for key, setting in self.settings.items()},
            "policy": {owner: policy.label for owner, policy in self.policies.items()},
            "truces": [vars(truce) for truce in self.truces],
            "diplomatic_shocks": [vars(shock) for shock in self.shocks],
        }


@dataclass(frozen=True)
class FactorContext(PolicyPlace):
    """What a factor of a scenario file can refer to."""

    settings: Settings  # of the theatre and the scenario
    policies: Mapping[str, PolicySetting]  # of the scenario, by party or dyad

    def parameters(self) -> Settings:
        """Return every parameter that can be varied, by key path."""
        return self.settings | {s.key: s for policy in self.policies.values() for s in policy.flat_settings()}


def read_factor(table: TomlTable, context: FactorContext, kind: str) -> Factor | None:
    """Read one factor of a kind of design; None and a problem where it is wrong.

    It has a ``key`` and ``levels`` (or ``low`` and ``high``, or ``law = "prior"``) of a parameter, a ``key`` and
    ``levels`` of a policy, or a ``name`` and ``levels`` that are tables of settings.
    """
    if "name" in table.values:
        return _read_bundle_factor(table, context)
    key = table.text("key")
    if key.startswith("policy.") and key.count(".") == 1:
        return _read_policy_factor(table, key, context)
    known = context.parameters()
    if key not in known:
        table.add("key", f'"{key}" {explain_unknown(key, known, context.policies)}')
        return None
    if kind in SAMPLED and "levels" not in table.values:
        return _read_sampled_factor(table, known[key], context)
    if kind == LIST and "levels" not in table.values:
        table.add("key", f'a list gives the values of "{key}" in its points; leave this factor away')
        return None
    values = _read_levels(table, known[key], kind)
    table.finish()
    settings, named = [], []
    for i, value in enumerate(values):
        single = TomlTable({"level": value}, f"{table.path}.levels[{i}]", table.problems)
        setting = read_level(single, "level", known[key], context)
        if setting is not None:
            settings.append(
                replace(known[key], law=setting.law, origin=setting.origin) if "law" in table.values else setting
            )
            if setting.law in [other.law for other in settings[:-1]]:
                table.add("levels", f"{value!r} stands there twice, and would make two points of one content")
            named.append(value)
    return Factor(key, tuple(settings), name_levels(named))


def read_level(table: TomlTable, name: str, known: Setting, context: FactorContext) -> Setting | None:
    """Read the setting that a level gives a parameter, a number or a table; None and a problem where it is wrong."""
    return read_setting(table, name, known.declared, known.key, context.path.name)


def name_levels(values: list[Any]) -> tuple[str, ...]:
    """Return names of levels: numbers by six digits, or in full where two would look alike."""
    short = tuple(f"{value:g}" if isinstance(value, (int, float)) else str(value) for value in values)
    return short if len(set(short)) == len(short) else tuple(str(value) for value in values)


def _read_sampled_factor(table: TomlTable, known: Setting, context: FactorContext) -> Factor | None:
    """Read a parameter over which points are spread: between two ends, or by its prior."""
    origin = context.path.name
    if "law" in table.values:
        prior = _read_prior(table, known)
        setting = None if prior is None else replace(prior, origin=origin)
    else:
        low, high = table.number("low"), table.number("high")
        law = Uniform(low, high)
        setting = Setting(known.key, law, known.declared, UNSOURCED, origin)
        problem = law.problem() or bounds_problem(law, known.declared)
        if problem is not None and {"low", "high"} <= table.values.keys():
            table.add("low", problem)
    table.finish()
    return None if setting is None else Factor(known.key, (), (), setting)


def _read_prior(table: TomlTable, known: Setting) -> Setting | None:
    """Return the parameter as the scenario has it, if that is a law of its own."""
    if table.one_of("law") != PRIOR:
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


def _read_levels(table: TomlTable, known: Setting, kind: str) -> list[Any]:
    """Return the levels of a factor: a list, equal steps from low to high, or the outer quantiles of the prior."""
    levels = table.take("levels")
    is_alone = kind == ONE_AT_A_TIME
    if levels is None and is_alone and "law" in table.values:
        prior = _read_prior(table, known)
        outer = [] if prior is None else np.asarray(prior.law.at(np.array(OUTER_QUANTILES))).tolist()
        return [float(f"{value:.6g}") for value in outer]
    if levels is None and "law" in table.values:
        table.skip()
        table.add("law", "needs a sampled or a one-at-a-time design; give levels, or low and high")
        return []
    if levels is None and not {"low", "high", "steps"} & table.values.keys():
        if table.values.keys() <= FACTOR.keys.keys():
            table.add("levels", "is missing: give levels, or low and high")
        return []
    if levels is None:
        low, high = table.number("low"), table.number("high")
        steps = table.integer("steps", default=2 if is_alone else 3)
        return [float(f"{value:.12g}") for value in np.linspace(low, high, steps)]
    if not isinstance(levels, list) or not levels:
        table.add("levels", f"must be a list of levels, not {levels!r}")
        return []
    return levels


def _read_policy_factor(table: TomlTable, key: str, context: FactorContext) -> Factor | None:
    owner = key.removeprefix("policy.")
    owners = [*context.theatre.party_index, *context.theatre.dyad_index]
    if owner not in owners:
        table.add("key", f'"{owner}" is not a party or dyad; {nearest(owner, owners)}')
    levels: list[PolicySetting] = []
    labels: list[str] = []
    before = context.policies.get(owner)
    for level in table.tables("levels", POLICY):
        label = level.text("label")
        policy = read_policy(level, key, context, before)
        if policy is not None:
            levels.append(policy)
            labels.append(label or policy.label)
    note_drops(table, owner, before, zip(labels, levels, strict=True))
    table.finish()
    _refuse_twins(table, labels)
    return Factor(key, tuple(levels), tuple(labels)) if levels else None


def _read_bundle_factor(table: TomlTable, context: FactorContext) -> Factor | None:
    name = table.text("name")
    if "." in name:
        table.add("name", f'"{name}" must be a plain word; a key path stands in "key"')
    levels: list[Bundle] = []
    labels: list[str] = []
    for level in table.each("levels", BUNDLE):
        parts = level.names("together", labels)
        held = {label: levels[labels.index(label)] for label in parts if label in labels}
        own = _read_bundle(level, context)
        levels.append(_join_bundles(level, {**held, "its own": own}) if held else own)
        labels.append(level.text("label"))
    for owner in dict.fromkeys(owner for level in levels for owner in level.policies):
        changed = [
            (label, one.policies[owner]) for label, one in zip(labels, levels, strict=True) if owner in one.policies
        ]
        note_drops(table, owner, context.policies.get(owner), changed)
    table.finish()
    _refuse_twins(table, labels)
    return Factor(name, tuple(levels), tuple(labels)) if levels else None


def _read_bundle(level: TomlTable, context: FactorContext) -> Bundle:
    policies = read_policies(level.table("policy"), context, context.policies)
    holding = {**context.policies, **policies}
    known = replace(context, policies=holding).parameters()
    flat, settings = flatten_paths(level.table("set"), known), {}
    for key in flat.values:
        if key not in known:
            flat.add(key, explain_unknown(key, known, holding))
        elif (setting := read_level(flat, key, known[key], context)) is not None:
            settings[key] = setting
    return Bundle(settings, policies, read_truces(level), read_shocks(level))


def _join_bundles(table: TomlTable, parts: Mapping[str, Bundle]) -> Bundle:
    """Return all that some levels change, by their labels; what two of them set to different things is a problem."""
    settings: dict[str, tuple[str, Setting]] = {}
    policies: dict[str, tuple[str, PolicySetting]] = {}
    for label, part in parts.items():
        for owner, policy in part.policies.items():
            first, held = policies.setdefault(owner, (label, policy))
            if held != policy:
                table.add("together", _tell_conflict(f"policy.{owner}", {first: held.label, label: policy.label}))
        for key, setting in part.settings.items():
            first, known = settings.setdefault(key, (label, setting))
            if known.law != setting.law:
                table.add("together", _tell_conflict(key, {first: str(known.law), label: str(setting.law)}))
    for key, (label, _) in settings.items():
        first, rule = policies.get(key.split(".")[1], ("", None))
        if rule and key.startswith("policy.") and key not in {setting.key for setting in rule.flat_settings()}:
            table.add("together", _tell_conflict(key, {first: f"unknown to {rule.label}", label: "set"}))
    return Bundle(
        {key: setting for key, (_, setting) in settings.items()},
        {owner: policy for owner, (_, policy) in policies.items()},
        tuple(dict.fromkeys(truce for part in parts.values() for truce in part.truces)),
        tuple(dict.fromkeys(shock for part in parts.values() for shock in part.shocks)),
    )


def _tell_conflict(key: str, values: Mapping[str, str]) -> str:
    words = " and ".join(f'{value} in "{label}"' for label, value in values.items())
    return f"{key} is {words}; leave one of the two away"


def _refuse_twins(table: TomlTable, labels: list[str]) -> None:
    if len(set(labels)) < len(labels):
        table.add("levels", f"two levels have the same label: {', '.join(labels)}")


def read_truces(root: TomlTable) -> tuple[Truce, ...]:
    """Read scheduled truces of the driver."""
    truces: list[Truce] = []
    for table in root.each("truce"):
        truces.append(Truce(table.number("start_day"), table.number("days")))
        for message in find_overlaps(truces, since=len(truces) - 1):
            table.add("start_day", message)
    return tuple(truces)


def find_overlaps(truces: Sequence[Truce], since: int) -> Iterator[str]:
    """Yield what is wrong with truces, those from one on, that begin before an earlier one ends or the reverse."""
    for j, i in itertools.combinations(range(len(truces)), 2):
        begin = max(truces[i].start_day, truces[j].start_day)
        end = min(truces[i].end_day, truces[j].end_day)
        if i >= since and begin < end:
            yield f"truce[{i}] overlaps truce[{j}] from day {begin:g} to {end:g}; let one end first"


def read_shocks(root: TomlTable) -> tuple[DiplomaticShock, ...]:
    """Read scheduled diplomatic shocks."""
    tables = root.each("diplomatic_shock")
    return tuple(DiplomaticShock(table.number("day"), table.number("size")) for table in tables)

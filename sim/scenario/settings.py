"""Settings: the law, source and origin of every declared parameter, addressed by key path.

The key path of a parameter is ``party.ID.NAME``, ``dyad.ID-ID.NAME``, ``entry.ID.NAME``, ``alliance.ID-ID.NAME``,
``world.NAME``, ``front.NAME``, ``definition.NAME`` or ``policy.ID.NAME`` (``policy.ID.base.NAME`` for a policy inside
another, ``policy.ID-ID.NAME`` for a policy against one opponent).
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from sim.core.errors import InputError, nearest
from sim.core.parameters import ASSUMPTION, LaneValues, Parameter, Rungs, parameters_of
from sim.core.toml_table import ANY, Key, TableKeys, TomlTable
from sim.engine.configuration import GROUPS, SINGLE, ids_of
from sim.engine.theatre import Theatre
from sim.policies.base import Policy
from sim.policies.registry import SHIPPED
from sim.scenario.priors import GROUNDS, Choice, Fixed, Law, LawError, SameAs, read_law
from sim.scenario.shared_draws import INFORMED, JUDGEMENT, LEAST_CONTRACTION, LITERATURE

_TAIL: Final = 1e-9
DEFAULT: Final = "default"  # origin of a setting that no file states

UNSOURCED: Final = f"{ASSUMPTION}: set by the scenario"
"""Source of a value or law that a file gives without one, bare or in a table: it rests on judgement."""
SETTING: Final = "setting"  # kind of a key that holds a parameter: its value, or a table with its law and source


def parameter_keys(owner: type[Any]) -> TableKeys:
    """Return the keys of a table that sets parameters which a class declares."""
    return TableKeys(
        {name: Key(SETTING, item.text, parameter=item, is_optional=True) for name, item in parameters_of(owner).items()}
    )


PARAMETERS: Final = TableKeys(
    {name: Key("table", f"of the {name}", inside=parameter_keys(owner)) for name, owner in SINGLE.items()}
    | {f"every_{name}": Key("table", f"of every {name}", inside=parameter_keys(own)) for name, own in GROUPS.items()}
    | {
        name: Key(
            "table", f"of one {name}, by its id", inside=TableKeys(other=Key("table", inside=parameter_keys(own)))
        )
        for name, own in GROUPS.items()
    }
)
POLICY: Final = TableKeys(
    {
        "rule": Key(
            "text", "name of a shipped or installed policy, or file.py:Class; the inherited one without it", default=""
        ),
        "label": Key("text", "name in the tables, where it is a level of a factor", default=""),
    },
    other=Key(ANY, "parameter of the policy, or a policy inside it"),
    example=' such as { rule = "tit_for_tat" }',
)
POLICIES: Final = TableKeys(other=Key("table", "policy of a party, or of a party against one opponent", inside=POLICY))
"""By the id of a party or of a dyad."""


@dataclass(frozen=True)
class Setting:
    """The law of one parameter, and what it rests on."""

    key: str  # key path
    law: Law
    declared: Parameter
    source: str  # reference, or a text that begins with ``assumption``
    origin: str  # file in which the law stands; ``default`` for the declared default
    spread_source: str = ""  # what gives the spread of the law, as the source gives its middle; empty for nothing
    contraction: float = 0.0  # by which a fit narrowed it [1]; 0 where it is drawn from none
    followed: Setting | None = field(default=None, repr=False, compare=False)  # the parameter that it is the same as

    @property
    def label(self) -> str:
        """What it rests on, see `LABELS`."""
        if self.followed is not None:
            return self.followed.label
        if self.contraction >= LEAST_CONTRACTION:
            return INFORMED
        is_sourced = all(text and not text.startswith(ASSUMPTION) for text in (self.source, self.spread_source))
        return LITERATURE if is_sourced else JUDGEMENT

    @property
    def is_following(self) -> bool:
        """Whether it is left to follow another parameter, and so says nothing of its own."""
        return self.origin == DEFAULT and bool(self.declared.follows)


Settings = dict[str, Setting]


def default_settings(theatre: Theatre) -> Settings:
    """Return the declared default of every parameter of a theatre."""
    owners = {f"{group}.{identity}": GROUPS[group] for group, ids in ids_of(theatre).items() for identity in ids}
    settings: Settings = {}
    for prefix, owner in (owners | dict(SINGLE)).items():
        for name, declared in parameters_of(owner).items():
            key = f"{prefix}.{name}"
            settings[key] = default_setting(key, declared.on_ladder(theatre.ladder.top))
    return settings


def default_setting(key: str, declared: Parameter) -> Setting:
    """Return what a parameter is where no file sets it: its default, or the parameter that it follows."""
    other = f"{key.rpartition('.')[0]}.{declared.follows}"
    law = SameAs(other) if declared.follows else Fixed(declared.default)
    return Setting(key, law, declared, declared.source, DEFAULT)


def read_settings(table: TomlTable, theatre: Theatre, settings: Settings, origin: str) -> None:
    """Read the table ``parameters`` of a file over the settings so far, which are changed in place."""
    for group, ids in ids_of(theatre).items():
        owner = GROUPS[group]
        shared = table.table(f"every_{group}")
        if shared.values and not ids:
            table.add(
                f"every_{group}",
                f"nobody has these parameters: the theatre has no {'joiner' if group == 'entry' else group}",
            )
        for identity in ids:
            if group != "party" or theatre.can_act(identity):
                _read_group(shared, f"{group}.{identity}", owner, settings, origin)
        named = table.table(group)
        for identity in named.values:
            inner = named.table(identity)
            if identity in ids:
                _read_group(inner, f"{group}.{identity}", owner, settings, origin)
            else:
                named.add(identity, f"unknown {group}; {nearest(identity, ids)}")
    for name, single in SINGLE.items():
        _read_group(table.table(name), name, single, settings, origin)
    table.finish()


def _read_group(table: TomlTable, prefix: str, owner: type[Any], settings: Settings, origin: str) -> None:
    for name in table.values:
        key = f"{prefix}.{name}"
        if name not in parameters_of(owner):
            table.add(name, f"unknown parameter; {nearest(name, parameters_of(owner))}")
        elif (setting := read_setting(table, name, settings[key].declared, key, origin)) is not None:
            settings[key] = setting


def read_setting(table: TomlTable, name: str, declared: Parameter, key: str, origin: str) -> Setting | None:
    """Read a number, a table with a law and its source, or the word ``default``; note a problem where it is none."""
    given = table.take(name)
    if given == DEFAULT:
        return default_setting(key, declared)
    is_table = isinstance(given, dict)
    try:
        law = read_law(given if is_table else {"value": given})
    except LawError as error:
        table.add(name, str(error))
        return None
    if (problem := bounds_problem(law, declared)) is not None:
        table.add(name, problem)
        return None
    grounds = {"source": UNSOURCED} | ({word: given[word] for word in GROUNDS if word in given} if is_table else {})
    for word, text in grounds.items():
        if not isinstance(text, str) or not text:
            table.add(name, f"has a {word} that is no text: it must be a reference, or be left away for an assumption")
            return None
    return Setting(key, law, declared, origin=origin, **grounds)


def bounds_problem(law: Law, declared: Parameter) -> str | None:
    """Return why a law leaves the bounds of its parameter, or None."""
    problem = None
    if isinstance(law, Choice | Fixed):
        values = law.values if isinstance(law, Choice) else (law.value,)
        problem = next((text for value in values if (text := declared.problem_with(value))), None)
    elif not isinstance(law, SameAs):
        ends = np.asarray(law.at(np.array([_TAIL, 1.0 - _TAIL])))
        if not declared.bounds.contains(ends):
            problem = (
                f"{law} reaches from {ends[0]:.3g} to {ends[1]:.3g}; {declared.name} must be {declared.bounds} "
                f"[{declared.unit}] (truncate it with low and high where the law allows)"
            )
    is_high = problem is not None and isinstance(declared.bounds, Rungs)
    return f"{problem}; the ladder of this theatre ends at rung {declared.bounds.high:g}" if is_high else problem


@dataclass(frozen=True)
class PolicySetting:
    """The policy of a party as a file sets it."""

    rule: str  # shipped name, ``file.py:Class`` or entry point
    policy: type[Policy]
    settings: Mapping[str, Setting]  # of the declared parameters, by name
    inner: Mapping[str, PolicySetting] = field(default_factory=dict)  # policies inside this one, by field name
    dropped: tuple[str, ...] = ()  # settings of the inherited policy that its own rule does not know, by name

    def flat_settings(self) -> Iterable[Setting]:
        """Return the settings of this policy and of those inside it."""
        yield from self.settings.values()
        for inside in self.inner.values():
            yield from inside.flat_settings()

    def build(self, values: Mapping[str, LaneValues]) -> Policy:
        """Return the policy with drawn parameters."""
        own: dict[str, Any] = {name: values[setting.key] for name, setting in self.settings.items()}
        return self.policy(**own, **{name: inside.build(values) for name, inside in self.inner.items()})

    def find_misfits(self, laws: Mapping[str, Law]) -> Iterator[tuple[str, str]]:
        """Yield name and fault of parameters whose middles are allowed one by one and do not fit together."""
        own = {setting.key: laws[setting.key] for setting in self.flat_settings()}
        if any(isinstance(law, SameAs) for law in own.values()):
            return
        try:
            self.build({key: float(np.asarray(law.at(np.array([0.5]))).flat[0]) for key, law in own.items()})
        except InputError as error:
            yield from ((problem.key or "rule", problem.message) for problem in error.problems)

    @property
    def label(self) -> str:
        """Name in the tables, for instance ``threshold over proportional``."""
        if len(self.inner) > 1:
            return f"{self.rule}({', '.join(inside.label for inside in self.inner.values())})"
        return " over ".join([self.rule, *(inside.label for inside in self.inner.values())])


def flatten_paths(table: TomlTable, known: Container[str]) -> TomlTable:
    """Return a table with every entry under its key path."""
    flat = TomlTable({}, table.path, table.problems, TableKeys(other=Key(SETTING)))
    flat.values = dict(_walk_paths(table.values, known))
    return flat


def _walk_paths(values: Mapping[str, Any], known: Container[str], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        path = f"{prefix}.{name}" if prefix else name
        is_law = isinstance(value, dict) and {"value", "law"} & value.keys()
        if path in known or is_law or not isinstance(value, dict) or not value:
            yield path, value
        else:
            yield from _walk_paths(value, known, path)


def explain_unknown(key: str, known: Settings, policies: Mapping[str, PolicySetting]) -> str:
    """Return why a key path is no parameter: the rule in use lacks it, or the nearest one that there is."""
    kind, _, rest = key.partition(".")
    owner, _, name = rest.partition(".")
    if kind != "policy" or owner not in policies or not name:
        return f"is not a parameter; {nearest(key, known)}"
    policy = policies[owner]
    own = [setting.key for setting in policy.flat_settings()]
    others = [rule for rule, shipped in SHIPPED.items() if name in parameters_of(shipped)]
    hint = nearest(key, own)
    if others:
        names = ", ".join(path.removeprefix(f"policy.{owner}.") for path in own) or "nothing to set"
        hint = f"{' and '.join(others[:3])} would have it, this one has {names}"
    return f'is not in use: {owner} follows "{policy.label}", which has no "{name}"; {hint}'

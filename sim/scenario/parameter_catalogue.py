"""Every parameter that there is, by plain name, meaning and key path; and the plain name of a key path in a theatre."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from sim.core.errors import InputError, nearest
from sim.core.parameters import Parameter, parameters_of
from sim.engine.configuration import GROUPS, SINGLE
from sim.policies.registry import SHIPPED
from sim.scenario.settings import Setting

POLICY: Final = "policy"
_EQUATIONS: Final = re.compile(r"S2\.([4-9]|1[0-3])")
"""Sources that are sections of the model; others are of its data and priors."""
_SECTIONS: Final = re.compile(r"\((S2\.[^)]*)\)")
_TITLES: Final[Mapping[str, str]] = {"party": "{0}", "dyad": "{0} against {1}", "entry": "entry of {0}"} | {
    "alliance": "{0} for {1}", "world": "", "front": "front", "definition": "definition"
}  # fmt: skip
"""What stands before the name of a parameter, by the first word of its key path; with the names of its parties."""


@dataclass(frozen=True)
class CatalogueEntry:
    """A declared parameter, which a party, a dyad and so on may each have."""

    key: str  # pattern of its key paths, such as ``party.<id>.trend``
    declared: Parameter
    owner: type[Any]  # class that declares it, or the first policy that has it
    rules: tuple[str, ...] = ()  # shipped policies that have it

    @property
    def sections(self) -> str:
        """Sections of docs/science.md in which it is used."""
        if _EQUATIONS.fullmatch(self.declared.source):
            return self.declared.source
        found = None if self.rules else _SECTIONS.search(self.owner.__doc__ or "")
        return found[1] if found else "S2.9"

    @property
    def modules(self) -> list[str]:
        """Modules in which it is used."""
        group, name = self.key.split(".")[0], self.declared.name
        if group == POLICY:
            return sorted({SHIPPED[rule].__module__ for rule in self.rules})
        # The kernel has the parameters of an entry under names of their own.
        word = f"{group}_{name}" if group == "entry" else name
        used = re.compile(rf"\.{word}\b|[\"']{word}[\"']|\bentry\.{name}\b")
        return [module for module, text in _sources().items() if used.search(text)]

    def matches(self, word: str) -> bool:
        """Return whether a word stands in its names, its meaning or the policies that have it."""
        return any(word in text.lower() for text in (self.key, self.declared.text, self.declared.plain, *self.rules))


@cache
def _sources() -> dict[str, str]:
    """Return the text of the modules of the engine, by name."""
    return {
        f"{room}.{file.name.removesuffix('.py')}": file.read_text(encoding="utf-8")
        for room in ("sim.engine", "sim.engine.kernel")
        for file in sorted(resources.files(room).iterdir(), key=lambda file: file.name)
        if file.name.endswith(".py") and file.name != "records.py"
    }


@cache
def catalogue() -> tuple[CatalogueEntry, ...]:
    """Return every declared parameter; one of several shipped policies that is declared once stands there once."""
    owners = {f"{name}.<id>": owner for name, owner in GROUPS.items()} | dict(SINGLE)
    found = [
        CatalogueEntry(f"{prefix}.{name}", declared, owner)
        for prefix, owner in owners.items()
        for name, declared in parameters_of(owner).items()
    ]
    shared: dict[Parameter, list[str]] = {}
    for rule, policy in SHIPPED.items():
        for declared in parameters_of(policy).values():
            shared.setdefault(declared, []).append(rule)
    for declared, rules in shared.items():
        found.append(CatalogueEntry(f"{POLICY}.<id>.{declared.name}", declared, SHIPPED[rules[0]], tuple(rules)))
    return tuple(found)


def find_entries(word: str, entries: Iterable[CatalogueEntry] | None = None) -> list[CatalogueEntry]:
    """Return the parameters of a key path or pattern, else those in whose words a word stands; none is refused."""
    known = list(catalogue() if entries is None else entries)
    exact = [entry for entry in known if entry.key == to_pattern(word)]
    if found := exact or [entry for entry in known if entry.matches(word.lower())]:
        return found
    words = {part for entry in known for part in (entry.declared.plain, entry.declared.name, entry.key)}
    words |= {part for word in words for part in word.split()}
    hint = nearest(word, sorted(words))
    hint = hint if hint.startswith("did") else "`sim parameters` lists all"
    raise InputError.single("parameters", word, f"no parameter has this word; {hint}")


def to_pattern(key: str) -> str:
    """Return the pattern of a key path; that of a policy inside another is that of its parameter."""
    kind, *rest = key.split(".")
    return f"{kind}.<id>.{rest[-1]}" if len(rest) > 1 and kind in (*GROUPS, POLICY) else key


def by_pattern(settings: Iterable[Setting]) -> dict[str, list[Setting]]:
    """Return settings by the pattern of their key paths."""
    found: dict[str, list[Setting]] = {}
    for setting in settings:
        found.setdefault(to_pattern(setting.key), []).append(setting)
    return found


def catalogue_of(settings: Mapping[str, Sequence[Setting]]) -> list[CatalogueEntry]:
    """Return the catalogue, and the parameters of a user's own policies that settings by pattern hold."""
    known = {entry.key for entry in catalogue()}
    own = (CatalogueEntry(key, some[0].declared, object) for key, some in settings.items() if key not in known)
    return [*catalogue(), *own]


@cache
def _plain_names() -> dict[str, str]:
    return {entry.key: entry.declared.plain for entry in catalogue()}


def plain_name(key: str, parties: Mapping[str, str]) -> str:
    """Return a key path as people call it, such as ``Israel: growth of the background fire``, else the text."""
    kind, *rest = key.split(".")
    known = _plain_names().get(to_pattern(key))
    if not rest or (known is None and kind != POLICY):
        return key
    sides = [parties.get(party, party) for party in rest[0].split("-")]
    if kind != POLICY:
        title = _TITLES[kind].format(*sides, *sides)
        return f"{title}: {known}" if title else str(known)
    title = ", ".join([f"policy of {' against '.join(sides)}", *rest[1:-1]])
    return f"{title}: {known or rest[-1].replace('_', ' ')}" if len(rest) > 1 else title

"""Declared parameters as records, as sheets and as the page ``docs/parameters.md``."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from itertools import groupby
from typing import Any, Final

from sim.report.sheet import Columns, Sheet
from sim.report.templates import load_templates
from sim.scenario.parameter_catalogue import CatalogueEntry, catalogue, plain_name
from sim.scenario.priors import LAWS, SameAs
from sim.scenario.settings import Setting

_TITLES: Final[Mapping[str, str]] = {
    "party": "Of every party",
    "dyad": "Of every pair of parties, one acting against the other",
    "entry": "Of every party that may join",
    "alliance": "Of every party that may join and an ally",
    "world": "Of the driver and of mediation",
    "front": "Of the phases of the front",
    "definition": "Definitions",
    "policy": "Of policies",
}


def name_parameter(key: str, parties: Mapping[str, str], more: str = "") -> str:
    """Return the cell of a parameter: its plain name, and in small below it the key path."""
    plain = plain_name(key, parties)
    return f"{plain}{more}" if plain == key else f"{plain}{more}\n{key}"


def record_parameter(entry: CatalogueEntry, settings: Sequence[Setting] = ()) -> dict[str, Any]:
    """Return all that is known of a parameter, with its laws in a scenario, for JSON."""
    one = entry.declared
    return {
        "name": one.plain,
        "key": entry.key,
        "meaning": one.meaning,
        "unit": one.unit,
        "allowed": str(one.bounds),
        "default": one.default,
        "follows": one.follows,
        "source": one.source,
        "policies": list(entry.rules),
        "sections": entry.sections,
        "modules": entry.modules,
        "settings": [
            {"key": each.key, "law": str(each.law), "source": each.source, "file": each.origin}
            | {"spread_source": each.spread_source, "label": each.label}
            for each in settings
        ],
    }


def tell_grounds(label: str, source: str, spread_source: str) -> str:
    """Return the cell of a label, and in small below it what gives the middle of the law, and its spread if known."""
    return f"{label}\n{source}{f'; spread: {spread_source}' if spread_source else ''}"


def make_list_sheet(entries: Iterable[CatalogueEntry], settings: Mapping[str, Sequence[Setting]], name: str) -> Sheet:
    """Return parameters as a sheet: the key path below each name, and its law in a scenario."""

    def sum_up(entry: CatalogueEntry) -> str:
        laws = {*map(_tell_law, settings.get(entry.key, ()))} or {f"{entry.declared.default:.4g}"}
        return laws.pop() if len(laws) == 1 else f"{len(laws)} different"

    columns: Columns = {
        "parameter": lambda entry: f"{entry.declared.plain}\n{entry.key}",
        "meaning": lambda entry: entry.declared.meaning,
        "unit": lambda entry: entry.declared.unit,
        f"in {name}": sum_up,
    }
    return Sheet.of("Parameters", entries, columns, left=4, whole=1)


def _tell_law(setting: Setting) -> str:
    law = setting.law
    return f"as {law.key}" if isinstance(law, SameAs) and law.factor == 1 else str(law)


def make_full_sheets(
    entry: CatalogueEntry, settings: Sequence[Setting], name: str, parties: Mapping[str, str]
) -> list[Sheet]:
    """Return all that is known of one parameter, and its laws in a scenario."""
    one = entry.declared
    facts = {
        "key path": entry.key,
        "meaning": one.meaning,
        "unit": one.unit,
        "allowed": str(one.bounds),
        "default": f"as {one.follows}" if one.follows else f"{one.default:.4g}",
        "source of the default": one.source,
        "policies": ", ".join(entry.rules),
        "equations": f"docs/science.md, {entry.sections}",
        "used in": ", ".join(entry.modules) or "nothing",
    }
    sheets = [Sheet(one.plain, ("", ""), tuple((word, fact) for word, fact in facts.items() if fact), left=2)]
    columns: Columns = {
        "whose": lambda each: f"{plain_name(each.key, parties).removesuffix(f': {one.plain}')}\n{each.key}",
        "value": _tell_law,
        "rests on": lambda each: tell_grounds(each.label, each.source, each.spread_source),
        "stated in": lambda each: each.origin,
    }
    if settings:
        sheets.append(Sheet.of(f"In {name}", settings, columns, left=4, whole=1))
    return sheets


def describe_parameters(entries: Iterable[CatalogueEntry]) -> str:
    """Return parameters as Markdown: a table for each kind of owner."""
    parts = []
    for group, some in groupby(entries, key=lambda entry: entry.key.split(".")[0]):
        head = ("parameter", "key path", "meaning", "unit", "allowed", "default", "source", "used in")
        rows = [head, (":---",) * len(head), *(_cells(entry) for entry in some)]
        parts.append(f"## {_TITLES[group]}\n\n" + "".join(f"| {' | '.join(row)} |\n" for row in rows))
    return "\n".join(parts)


def _cells(entry: CatalogueEntry) -> tuple[str, ...]:
    one = entry.declared
    modules = ", ".join(f"`{module.removeprefix('sim.')}`" for module in entry.modules)
    default = f"as `{one.follows}`" if one.follows else f"{one.default:.4g}"
    where = f"{entry.sections}: {modules}" if modules else entry.sections
    return (one.plain, f"`{entry.key}`", one.meaning, one.unit, str(one.bounds), default, one.source, where)


def describe_catalogue() -> str:
    """Return the page of all parameters, and of the laws that they may have."""
    laws = [(law, ", ".join(f"`{field.name}`" for field in fields(law))) for law in LAWS.values()]
    template = load_templates().get_template("parameters.md")
    return template.render(tables=describe_parameters(catalogue()), laws=laws)

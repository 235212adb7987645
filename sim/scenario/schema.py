"""JSON Schemas of scenario and theatre files, for editors: made of the declarations that reading holds files to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, Final

from sim.core.parameters import Interval, parameters_of
from sim.core.toml_table import Key, TableKeys
from sim.policies.base import Policy
from sim.policies.registry import SHIPPED, describe_rule
from sim.scenario.priors import GROUNDS, LAWS
from sim.scenario.scenario_file import SCENARIO
from sim.scenario.settings import DEFAULT, POLICY, parameter_keys
from sim.scenario.theatre_file import THEATRE

Schema = dict[str, Any]

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_TEXT: Final[Schema] = {"type": "string"}
_WORDS: Final = "of the middle, or of the spread: a publication or a count, or the word assumption"
_GROUNDS: Final[Schema] = {key: {"type": "string", "minLength": 1, "description": _WORDS} for key in GROUNDS}
_LAW: Final[Schema] = {"$ref": "#/$defs/law"}
_POLICY: Final[Schema] = {"$ref": "#/$defs/policy"}


def scenario_schema() -> Schema:
    """Return the schema of a scenario file."""
    return _document("Scenario of sim", SCENARIO, {"law": _law_schema(), **_policy_schemas()})


def theatre_schema() -> Schema:
    """Return the schema of a theatre file."""
    return _document("Theatre of sim", THEATRE, {"law": _law_schema()})


def _document(title: str, keys: TableKeys, definitions: Mapping[str, Schema]) -> Schema:
    return {"$schema": _DIALECT, "title": title, **_table_schema(keys), "$defs": dict(definitions)}


def _table_schema(keys: TableKeys) -> Schema:
    """Return the schema of a table; a policy is described once for all places."""
    if keys is POLICY:
        return _POLICY
    schema: Schema = {
        "type": "object",
        "properties": {name: _key_schema(key) for name, key in keys.keys.items()},
        "additionalProperties": False if keys.other is None else _key_schema(keys.other),
    }
    if any(key.inside for key in keys.keys.values()):
        # A key path in quotes stands for tables.
        schema["patternProperties"] = {r"\.": {}}
    if required := keys.required():
        schema["required"] = required
    if keys.either:
        schema["oneOf"] = [{"required": [name, *keys.beside.get(name, ())]} for name in keys.either]
    if keys.by:
        schema["allOf"] = [_case_schema(keys, str(value)) for value in keys.keys[keys.by].valid]
    return schema


def _case_schema(keys: TableKeys, value: str) -> Schema:
    """Return what holds where the deciding key has a value: which keys belong, and which of them are required."""
    own = keys.cases.get(value, ())
    condition: Schema = {"properties": {keys.by: {"const": value}}}
    if keys.keys[keys.by].default != value:
        condition["required"] = [keys.by]
    then: Schema = {"properties": {name: False for name in keys.in_cases() if name not in own}}
    if required := [name for name in own if keys.keys[name].is_required]:
        then["required"] = required
    return {"if": condition, "then": then}


def _key_schema(key: Key) -> Schema:
    """Return the schema of what a key holds, with its meaning, unit and default."""
    if key.parameter is not None:
        declared = key.parameter
        text = f"{declared.text} [{declared.unit}]. Source of the default: {declared.source}."
        return {"description": text, "default": declared.default, **_setting_schema(declared.bounds)}
    schema = {"anyOf": [_form_schema(form) for form in key.forms]} if key.forms else _form_schema(key)
    text = f"{key.text} [{key.unit}]" if key.unit else key.text
    schema |= {"description": text} if text else {}
    return schema | ({"default": key.default} if key.default not in (None, "", []) else {})


def _form_schema(key: Key) -> Schema:
    """Return the schema of one kind of content; none for what no declaration holds to anything."""
    number = {"type": "number" if key.kind == "number" else "integer", **_bounds(key.bounds)}
    table = _table_schema(key.inside or TableKeys())
    forms: Schema = {
        "text": _TEXT,
        "one_of": {"enum": list(key.valid)} if key.valid else _TEXT,
        "flag": {"type": "boolean"},
        "number": number,
        "integer": number,
        "date": {**_TEXT, "format": "date"},
        "names": {"type": "array", "items": _TEXT},
        "days": {"type": "array", "items": number, "minItems": 1, "uniqueItems": True},
        "table": table,
        "tables": {"type": "array", "items": table, "minItems": key.fewest},
        "setting": _setting_schema(Interval()),
        "settings": {"type": "array", "items": _setting_schema(Interval()), "minItems": 1},
    }
    return dict(forms.get(key.kind, {}))


def _bounds(bounds: Interval) -> Schema:
    ends = {"minimum": bounds.low, "maximum": bounds.high}
    return {name: int(end) if end == int(end) else end for name, end in ends.items() if math.isfinite(end)}


def _setting_schema(bounds: Interval) -> Schema:
    """Return the schema of a parameter: a number, the same with its source, or a law."""
    number = {"type": "number", **_bounds(bounds)}
    return {"anyOf": [number, {"const": DEFAULT}, _closed({"value": number, **_GROUNDS}, [*GROUNDS]), _LAW]}


def _law_schema() -> Schema:
    kinds = {"str": _TEXT, "float": {"type": "number"}}
    numbers: Schema = {"type": "array", "items": {"type": "number"}}
    laws = []
    for name, law in LAWS.items():
        own = {field.name: kinds.get(str(field.type), numbers) for field in fields(law)}
        optional = [field.name for field in fields(law) if field.default is not MISSING]
        laws.append(_closed({"law": {"const": name}, **own, **_GROUNDS}, [*optional, *GROUNDS]))
    return {"oneOf": laws}


def _closed(properties: Schema, optional: list[str] | None = None) -> Schema:
    """Return the schema of a table with these keys alone, all of them needed but the optional ones."""
    required = [name for name in properties if name not in (optional or [])]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _policy_schemas() -> dict[str, Schema]:
    """Return the schema of a policy, and one for each shipped rule, whose parameters are known here."""
    own = {f"policy.{rule}": _rule_schema(policy) for rule, policy in SHIPPED.items()}
    rules = [
        {"if": {"properties": {"rule": {"const": rule}}}, "then": {"$ref": f"#/$defs/policy.{rule}"}}
        for rule in SHIPPED
    ]
    rule = {"description": POLICY.keys["rule"].text, "anyOf": [{"enum": list(SHIPPED)}, _TEXT]}
    policy = {"type": "object", "properties": {"rule": rule}, "required": ["rule"], "allOf": rules}
    return {"policy": policy, **own}


def _rule_schema(policy: type[Policy]) -> Schema:
    keys = parameter_keys(policy).keys
    inner = [field.name for field in fields(policy) if field.name not in parameters_of(policy)]
    return {
        "description": describe_rule(policy),
        "properties": {
            **{name: _key_schema(key) for name, key in {**POLICY.keys, **keys}.items()},
            **dict.fromkeys(inner, _POLICY),
        },
        "additionalProperties": False,
    }

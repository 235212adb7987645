"""What-ifs in words: a scenario with values, policies and truces changed, written as the text of a scenario file.

What is typed, such as ``world.mediation_added=0.3`` and a truce ``30:14``, becomes a text that inherits from the
scenario and that the ordinary reader reads. So a what-if from the command line and the same one in a file are one.
"""

import contextlib
import hashlib
import json
import math
import os
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from sim.core.errors import InputError, Problem, Problems, nearest
from sim.core.parameters import ASSUMPTION
from sim.core.shipped_data import shipped_scenarios
from sim.core.visible_text import escape_hidden, shorten
from sim.scenario.parameter_catalogue import plain_name
from sim.scenario.priors import LAWS
from sim.scenario.scenario_file import ScenarioFile
from sim.scenario.settings import DEFAULT, Setting

SOURCE: Final = f"{ASSUMPTION}: set on the command line"
"""What a value rests on that is given in words and names no source of its own."""

_Tables = dict[str, dict[str, str]]
_LONGEST: Final = 80
_NAME: Final = re.compile(rf"\w[\w .+-]{{0,{_LONGEST - 1}}}(?<![ .])")
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_CALL: Final = re.compile(r"(\w+)\((.*)\)", re.DOTALL)
_WORD: Final = re.compile(r"[^\s=\[\]{}\"']+")
_TRUCE: Final = re.compile(rf"({_NUMBER.pattern}):({_NUMBER.pattern})", re.ASCII)
_SOURCED: Final = f'source = "{SOURCE}"'
_VALUES: Final = "a number, a law such as beta(4, 8), or for a policy the name of a rule such as tit_for_tat"


@dataclass(frozen=True)
class WhatIf:
    """What is different from a scenario, in words.

    Parameters
    ----------
    settings : sequence of str
        ``KEY=VALUE``: a key path of a parameter or a policy, and a number, a law in words such as ``beta(4, 8)`` or as
        an inline table of TOML, or the name of a rule.
    truces : sequence of str
        ``START:DAYS`` of truces beside those of the scenario, counted from its start [days].
    name : str
        Name, also in the title; one is made of the words without it.
    file : Path, optional
        Where the text is to stand, in place of the current folder.

    Examples
    --------
    >>> from sim import Scenario, WhatIf
    >>> Scenario.load("symmetric/tit-for-tat", WhatIf(["party.LEFT.lethality=0.5"], ["30:14"])).name
    'tit-for-tat-LEFT.lethality-0.5-truce-30-14'
    """

    settings: Sequence[str] = ()
    truces: Sequence[str] = ()
    name: str | None = None
    file: Path | None = None

    def words(self) -> list[tuple[str, str]]:
        """Return the options of the command line that say it, each with its value."""
        settings, truces = [("--set", word) for word in self.settings], [("--truce", word) for word in self.truces]
        return [*settings, *truces, *([] if self.name is None else [("--name", self.name)])]

    def name_over(self, base: str) -> str:
        """Return its name over a scenario of some name: the one given, or one made of the words."""
        if self.name is not None:
            return self.name
        parts = [word.partition(".")[2] for word in self.settings] + [f"truce-{word}" for word in self.truces]
        made = "-".join([base, *(re.sub(r"[^\w.+-]+", "-", part).strip("-.") for part in parts)])
        if len(made) <= _LONGEST:
            return made
        return f"{made[: _LONGEST - 9]}-{hashlib.sha256(made.encode()).hexdigest()[:8]}"

    def write(self, base: ScenarioFile, named: str, folder: Path) -> str:
        """Return the text of a scenario file, for a folder, that inherits from a scenario given by file or name."""
        problems = Problems("options")
        for option, word in self.words():
            if escape_hidden(word, "\n\t") != word:
                problems.add(f"{option} {_shown(word)}", "holds a character that cannot be seen, or more than one line")
        problems.raise_if_any()
        name, known = self.name_over(base.path.stem), _known(base)
        if not _NAME.fullmatch(name):
            rule = f"up to {_LONGEST} letters, digits, blanks and . + - _, and neither a path nor a separator"
            problems.add(f"--name {_shown(name)}", f"is no name: it must be {rule}")
        elif name == base.path.stem:
            problems.add(f"--name {name}", "is the name of the scenario that is changed; choose another")
        tables: _Tables = {"parameters": {}, "policy": {}}
        for word in self.settings:
            for message in _put(word, tables, base, known):
                problems.add(f"--set {_shown(word)}", message)
        for word in self.truces:
            if not _TRUCE.fullmatch(word):
                problems.add(f"--truce {_shown(word)}", "must be START:DAYS in days from the start, such as 30:14")
        problems.raise_if_any()
        truces = [(float(start), float(days)) for start, days in (word.split(":") for word in self.truces)]
        return "\n".join(_lines(self, base, _path_from(folder, named), tables, truces)) + "\n"

    def blame(self, error: InputError, file: Path, inherited: int) -> InputError:
        """Return an error of reading the text, some of whose truces are inherited, with options in place of keys."""
        return InputError(
            Problem("options", self._find_word(problem.key.removeprefix("parameters."), inherited), problem.message)
            if problem.file == str(file)
            else problem
            for problem in error.problems
        )

    def _find_word(self, key: str, inherited: int) -> str:
        """Return the option that a key of the text comes from; all of them where it may be any."""
        if truce := re.match(r"truce\[(\d+)\]", key):
            return f"--truce {_shown(self.truces[int(truce[1]) - inherited])}"
        for word in self.settings:
            own = f"{word.partition('=')[0].strip()}."
            if own.startswith(f"{key}.") or f"{key}.".startswith(own):
                return f"--set {_shown(word)}"
        return " ".join(f"{option} {_shown(word)}" for option, word in self.words())


def _shown(word: str) -> str:
    return escape_hidden(shorten(word), "\n\t")


def _known(base: ScenarioFile) -> dict[str, Setting]:
    """Return every parameter that a scenario has, by key path."""
    policies = (setting for policy in base.policies.values() for setting in policy.flat_settings())
    return base.settings | {setting.key: setting for setting in policies}


def _put(word: str, tables: _Tables, base: ScenarioFile, known: dict[str, Setting]) -> Iterator[str]:
    key, equals, text = (part.strip() for part in word.partition("="))
    group, _, rest = key.partition(".")
    is_policy = group == "policy"
    table, path = tables["policy" if is_policy else "parameters"], rest if is_policy else key
    if not (equals and text and rest):
        yield f"must be KEY=VALUE, where KEY is a key path; {nearest(key, known)}"
    elif not is_policy and not group.startswith("every_") and key not in known:
        yield f"is not a parameter; {nearest(key, known)}"
    elif all(key in dict(point.levels) for point in base.points):
        yield f"is varied by {base.path.stem}, each point of which sets it; change another scenario"
    elif path in table:
        yield "is set twice"
    else:
        try:
            table[path] = _write_value(text, is_policy and key not in known)
        except ValueError as error:
            yield str(error) or f"must be {_VALUES}"


def _write_value(text: str, may_be_rule: bool) -> str:
    """Return what stands behind the equals sign as an entry of TOML; a `ValueError`, or one without words, refuses."""
    if _NUMBER.fullmatch(text):
        return f"{{ value = {text if text.lstrip('+-').isdecimal() else float(text)}, {_SOURCED} }}"
    if call := _CALL.fullmatch(text):
        return _write_law(call[1], _parse(f"[{call[2]}]"))
    value = text if _WORD.fullmatch(text) else _parse(text)
    if isinstance(value, dict):
        return f"{{ {_SOURCED}, {text[1:]}" if {"law", "value"} & value.keys() and "source" not in value else text
    if isinstance(value, str) and (may_be_rule or value == DEFAULT):
        return _quote(value) if value == DEFAULT else f"{{ rule = {_quote(value)} }}"
    raise ValueError


def _parse(text: str) -> Any:
    """Return a value of TOML; a `ValueError` without words where it is none."""
    with contextlib.suppress(ValueError):
        (value,) = tomllib.loads(f"value = {text}").values()
        return value
    raise ValueError


def _write_law(name: str, numbers: list[Any]) -> str:
    """Return the table of a law with numbers in their order, such as ``beta(4, 8)``."""
    if name not in LAWS:
        raise ValueError(f"{name} is not a law; {nearest(name, LAWS)}")
    names = [field.name for field in fields(LAWS[name])]
    if len(numbers) > len(names) or any(isinstance(one, float) and not math.isfinite(one) for one in numbers):
        raise ValueError(f"{name} is written {name}({', '.join(names)})")
    given = [f"{key} = {_quote(number)}" for key, number in zip(names, numbers, strict=False)]
    return f"{{ law = {_quote(name)}, {', '.join([*given, _SOURCED])} }}"


def _path_from(folder: Path, named: str) -> str:
    """Return how a file in a folder names a scenario: a shipped one by its name, another by the way to it."""
    name = Path(named).as_posix().removesuffix(".toml")
    if not Path(named).exists() and name in shipped_scenarios():
        return name
    # On Windows there is no way from one drive to another.
    with contextlib.suppress(ValueError):
        return Path(os.path.relpath(named, folder)).as_posix()
    return Path(named).resolve().as_posix()


def _lines(
    what_if: WhatIf, base: ScenarioFile, base_name: str, tables: _Tables, truces: list[tuple[float, float]]
) -> Iterator[str]:
    """Yield the lines of the file, each value below what it means and what it was."""
    parties = {party.id: party.name for party in base.theatre_file.theatre.parties}
    words = (word.partition("=") for word in what_if.settings)
    changes = [f"{plain_name(key.strip(), parties)} = {value.strip()}" for key, _, value in words]
    changes += [f"a truce from day {start:g} for {days:g} days" for start, days in truces]
    changed = ", ".join(changes)
    # A name alone would say nothing of the condition under which odds hold.
    title = f"{base.title} ({f'{what_if.name}: ' if what_if.name else ''}{changed})"
    description = f"{base.title}. Changed: {changed or 'nothing'}."
    yield f"# A what-if: {base_name} with what stands here in place of its own."
    yield f"# Run it with `sim sweep`, and put it beside the other with `sim compare {base_name} FILE`."
    yield f"title = {_quote(title)}"
    yield f"description = {_quote(description)}"
    yield f"base = {_quote(base_name)}"
    known = _known(base)
    for table, entries in tables.items():
        yield from ("", f"[{table}]") if entries else ()
        for key, value in entries.items():
            path = f"policy.{key}" if table == "policy" else key
            if path in known or key in base.policies:
                yield _explain(known[path]) if path in known else f"# it was {base.policies[key].label}"
            yield f"{_quote(key)} = {value}"
    held = [(truce.start_day, truce.days, f"  # of {base_name}") for truce in base.truces]
    for start, days, remark in [*held, *((start, days, "") for start, days in truces)] if truces else ():
        yield from ("", f"[[truce]]{remark}", f"start_day = {start:g}", f"days = {days:g}")


def _explain(setting: Setting) -> str:
    """Return a comment with meaning, bounds and former value of a parameter."""
    declared = setting.declared
    words = f"{declared.text} [{declared.unit}], {declared.bounds}; it was {setting.law} ({setting.source})"
    return f"# {' '.join(words.split())}"


def _quote(value: Any) -> str:
    """Return a text, a number or a list of them as TOML, which writes them as JSON does."""
    return json.dumps(value, ensure_ascii=False)

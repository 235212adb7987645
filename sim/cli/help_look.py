"""One look for the help of every verb: words and no types of Python for what is typed, examples, values to complete."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from sim.cli.options import RESULTS
from sim.core.shipped_data import shipped_scenarios

_WORDS: Final = {
    name: word
    for word, names in {
        "COLUMN=VALUE": "cells",
        "CONDITION": "conditions",
        "DAY": "as_of horizon since until week",
        "DAYS": "days every window",
        "FOLDER": "folder folders",
        "KEY": "factor",
        "KEY=NUMBER": "changed",
        "PAIR": "dyad",
        "POINT/REPLICATE": "at",
        "RESULT:POINT": "first second",
        "SCENARIO": "base scenario scenarios",
        "SHARE": "until_halfwidth until_se shard",
        "THEATRE": "theatre",
        "TIME": "time_limit",
    }.items()
    for name in names.split()
}
"""What is typed for an option or argument of a name; for others their type says it."""


def shape(command: Any) -> None:
    """Give a command, and those below it, the one look; in the place of types stand words."""
    inner = list(getattr(command, "commands", {}).values())
    for one in inner:
        shape(one)
    command.rich_markup_mode = None
    # The first sentence whole, which Typer would cut.
    command.short_help = " ".join((command.help or "").split("\n\n")[0].split()).split(". ")[0].rstrip(".") + "."
    for parameter in command.params:
        _name_value(parameter)
    command.examples = (command.epilog or "").splitlines() or [one.examples[0] for one in inner[:2]]
    command.epilog = None
    write_rest: Callable[..., None] = command.format_epilog

    def write_end(context: Any, formatter: Any) -> None:
        write_examples(formatter, command.examples)
        write_rest(context, formatter)

    command.format_epilog = write_end


def write_examples(formatter: Any, examples: Iterable[str]) -> None:
    """Write examples, never broken over lines, so that each can be copied."""
    with formatter.section("Examples"):
        for line in examples:
            formatter.write(f"  {line}\n")


def _name_value(parameter: Any) -> None:
    if getattr(parameter, "is_flag", False):
        return
    is_argument = parameter.param_type_name == "argument"
    if parameter.metavar is None:
        # Typer keeps the type in one place or in another, by its version.
        typed = getattr(parameter, "type_descriptor", None)
        kind = str(parameter.type if typed is None else typed.annotation).lower()
        place = "FOLDER" if (parameter.help or "").startswith("Folder") else "FILE"
        word = "NUMBER" if "int" in kind or "float" in kind else place if "path" in kind else "NAME"
        parameter.metavar = _WORDS.get(parameter.name, word)
        if is_argument and parameter.nargs != 1:
            parameter.metavar += "..."
    if is_argument:
        word = parameter.metavar if parameter.required or "[" in parameter.metavar else f"[{parameter.metavar}]"
        parameter.get_usage_pieces = lambda context: [word]
        parameter.display_type_rich = lambda **context: ""
    if complete := _COMPLETED.get(parameter.metavar.removesuffix("...")):
        parameter._custom_shell_complete = lambda context, own, begun: [
            name for name in complete() if name.startswith(begun)
        ]


def _results() -> list[str]:
    return sorted(manifest.parent.relative_to(RESULTS).as_posix() for manifest in Path(RESULTS).glob("*/manifest.json"))


_COMPLETED: Final[dict[str, Callable[[], Iterable[str]]]] = {"SCENARIO": shipped_scenarios, "RESULT": _results}
"""What a shell may complete by: names in the place of such a word."""

"""What-ifs on the command line: values, policies and truces that differ from a scenario, without a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.scenario.what_if import WhatIf

SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Change a parameter, to a number or a law such as 'beta(4, 8)', or a policy, policy.ID=RULE; repeatable.",
    ),
]
TruceOption = Annotated[
    list[str] | None,
    typer.Option(
        "--truce", metavar="START:DAYS", help="Add a truce of the driver, in days from the start; repeatable."
    ),
]
NameOption = Annotated[
    str | None, typer.Option("--name", metavar="NAME", help="Name of what is changed; made of the changes without it.")
]


def make_what_if(settings: list[str] | None, truces: list[str] | None, name: str | None = None) -> WhatIf | None:
    """Return what the options change, or None where none of them is given."""
    from sim.scenario.what_if import WhatIf

    given = WhatIf(settings or (), truces or (), name)
    return None if given == WhatIf() else given


def list_options(options: Mapping[str, list[str] | str | None]) -> list[str]:
    """Return options as they are typed, those that are given."""
    many = {name: [value] if isinstance(value, str) else value or [] for name, value in options.items()}
    return [part for name, values in many.items() for value in values for part in (name, value)]

"""What-ifs on the command line: values, policies and truces that differ from a scenario, without a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
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


def make_what_if(settings: list[str] | None, truces: list[str] | None, name: str | None = None) -> WhatIf:
    """Return what the options change; nothing where none of them is given."""
    from sim.scenario.what_if import WhatIf

    return WhatIf(settings or (), truces or (), name)

"""Options that mean the same in every verb."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from sim.cli.console import hush
from sim.core.errors import InputError, Problems, nearest
from sim.core.installation import cores

if TYPE_CHECKING:
    from sim.results.reading.store import Results
    from sim.scenario.scenario import Scenario
    from sim.scenario.what_if import WhatIf


RESULTS: Final = Path("results")  # where results lie if nothing else is said

ReplicatesOption = Annotated[
    int | None, typer.Option("--replicates", help="Replicates of each point; those of the scenario without it.")
]
SeedOption = Annotated[int | None, typer.Option("--seed", help="Root of all draws; that of the scenario without it.")]
JobsOption = Annotated[
    int,
    typer.Option(
        "--jobs",
        default_factory=cores,
        show_default=False,
        help="Workers; one for each core without it. Changes no result.",
    ),
]
TheatreArgument = Annotated[
    Path, typer.Argument(help="Theatre with evidence.toml beside it: a file, or a name.", show_default=False)
]
PlaceOption = Annotated[int, typer.Option("--point", help="Point of the design, from 0.")]
OutOption = Annotated[Path, typer.Option("--out", help="Folder in which the results folder is made.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
QuietOption = Annotated[bool, typer.Option("--quiet", callback=hush, help="No progress on stderr.")]
QuestionOption = Annotated[
    list[str] | None, typer.Option("--question", help="Only this question or outcome state; may be repeated.")
]
DaysOption = Annotated[int | None, typer.Option("--days", help="Shorter length of the runs.")]
HorizonOption = Annotated[list[int] | None, typer.Option("--horizon", help="Only this day; may be repeated.")]


def point_problem(point: int, count: int, name: str) -> str | None:
    """Return what is wrong with the number of a point, or None."""
    return None if 0 <= point < count else f"{point} does not exist; the points of {name} are 0 to {count - 1}"


def check_design_point(scenario: Scenario, point: int) -> None:
    """Refuse a point that the design of a scenario does not have."""
    if problem := point_problem(point, len(scenario.points()), scenario.name):
        raise InputError.single("options", "--point", problem)


def add_choice_problems(
    problems: Problems, scenario: Scenario, questions: list[str] | None, horizons: list[int] | None
) -> None:
    """Note the questions, or outcome states, that are not asked in a scenario, and days beyond its runs."""
    from sim.engine.outcomes import STATE_IDS

    known = [*(asked.id for asked in scenario.questions), *STATE_IDS]
    for question in questions or ():
        if question not in known:
            problems.add("--question", f'"{question}" is not asked in {scenario.name}; {nearest(question, known)}')
    for day in horizons or ():
        if not 1 <= day <= scenario.horizon_days:
            words = f"it must be between 1 and {scenario.horizon_days} days"
            problems.add("--horizon", f"{day} is out of bounds; {words}")


def open_folder(name: str) -> Results:
    """Return the results folder of a path, or of a name below ``results``."""
    from sim.results.reading.store import open_results

    return open_results(name)


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

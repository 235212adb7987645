"""Options that mean the same in every verb."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from sim.cli.console import hush
from sim.cli.option_groups import OptionGroup, argument, option
from sim.core.errors import InputError, Problems, nearest
from sim.core.installation import cores

if TYPE_CHECKING:
    from collections.abc import Collection

    from sim.results.reading.store import Results
    from sim.scenario.scenario import Scenario
    from sim.scenario.what_if import WhatIf


RESULTS: Final = Path("results")  # where results lie if nothing else is said
FAILED: Final = 1  # exit status when a check fails, or nothing of what was asked for could be done

ScenarioArgument = Annotated[Path, argument("Scenario file.")]
ReplicatesOption = Annotated[int | None, option("Replicates of each point; those of the scenario without it.")]
SeedOption = Annotated[int | None, option("Root of all draws; that of the scenario without it.")]
JobsOption = Annotated[
    int, option("Workers; one for each core without it. Changes no result.", default_factory=cores, show_default=False)
]
TheatreArgument = Annotated[Path, argument("Theatre with evidence.toml beside it: a file, or a name.")]
PlaceOption = Annotated[int, option("Point of the design, from 0.", "--point")]
OutOption = Annotated[Path, option("Folder in which the results folder is made.")]
JsonOption = Annotated[bool, option("Print JSON.", "--json")]
QuietOption = Annotated[bool, option("No progress on stderr.", "--quiet", callback=hush)]
QuestionOption = Annotated[list[str] | None, option("Only this question or outcome state; may be repeated.")]
HorizonOption = Annotated[list[int] | None, option("Only this day; may be repeated.")]
DaysOption = Annotated[int | None, option("Shorter length of the runs.")]
SetOption = Annotated[
    list[str] | None,
    option(
        "Change a parameter, to a number or a law such as 'beta(4, 8)', or a policy, policy.ID=RULE; repeatable.",
        "--set",
        metavar="KEY=VALUE",
    ),
]
TruceOption = Annotated[
    list[str] | None,
    option("Add a truce of the driver, in days from the start; repeatable.", "--truce", metavar="START:DAYS"),
]
NameOption = Annotated[
    str | None, option("Name of what is changed; made of the changes without it.", "--name", metavar="NAME")
]


@dataclass(frozen=True, kw_only=True)
class Change(OptionGroup):
    """What is different from a scenario."""

    changes: SetOption = None
    truces: TruceOption = None
    name: NameOption = None

    @property
    def what_if(self) -> WhatIf:
        """What the options change; nothing where none of them is given."""
        from sim.scenario.what_if import WhatIf

        return WhatIf(self.changes or (), self.truces or (), self.name)


@dataclass(frozen=True, kw_only=True)
class RunSize(OptionGroup):
    """How much is run, with which luck, by how many workers."""

    replicates: ReplicatesOption = None
    seed: SeedOption = None
    jobs: JobsOption

    def of(self, scenario: Scenario) -> dict[str, int]:
        """Return replicates, seed and jobs, those of the scenario where none are given; refuse what no run can have."""
        from sim.sweeps.sweep import check_numbers

        replicates = scenario.replicates if self.replicates is None else self.replicates
        size = {"replicates": replicates, "seed": scenario.seed if self.seed is None else self.seed, "jobs": self.jobs}
        check_numbers(**size)
        return size


@dataclass(frozen=True, kw_only=True)
class QuestionChoice(OptionGroup):
    """Of which questions, at which days."""

    question: QuestionOption = None
    horizon: HorizonOption = None

    @property
    def both(self) -> tuple[list[str] | None, list[int] | None]:
        """Questions or outcome states, and days; None for all."""
        return self.question, self.horizon

    def add_problems(self, problems: Problems, scenario: Scenario) -> None:
        """Note the questions, or outcome states, that are not asked in a scenario, and days beyond its runs."""
        from sim.engine.outcomes import STATE_IDS

        known = [*(asked.id for asked in scenario.questions), *STATE_IDS]
        for question in self.question or ():
            if question not in known:
                problems.add("--question", f'"{question}" is not asked in {scenario.name}; {nearest(question, known)}')
        for day in self.horizon or ():
            if not 1 <= day <= scenario.horizon_days:
                words = f"it must be between 1 and {scenario.horizon_days} days"
                problems.add("--horizon", f"{day} is out of bounds; {words}")


def check_known(option: str, name: str, known: Collection[str], what: str = "is not known") -> str:
    """Return what an option names, or refuse it with the nearest name that there is."""
    if name not in known:
        raise InputError.single(option, "", f'"{name}" {what}; {nearest(name, known)}')
    return name


def point_problem(point: int, count: int, name: str) -> str | None:
    """Return what is wrong with the number of a point, or None."""
    return None if 0 <= point < count else f"{point} does not exist; the points of {name} are 0 to {count - 1}"


def check_design_point(scenario: Scenario, point: int) -> None:
    """Refuse a point that the design of a scenario does not have."""
    if problem := point_problem(point, len(scenario.points()), scenario.name):
        raise InputError.single("options", "--point", problem)


def open_folder(name: str) -> Results:
    """Return the results folder of a path, or of a name below ``results``."""
    from sim.results.reading.store import open_results

    return open_results(name)

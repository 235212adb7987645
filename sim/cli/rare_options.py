"""Options and output of splitting, for ``sim run``."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.console import records, tell

if TYPE_CHECKING:
    from pandas import DataFrame

    from sim.rare_events.splitting import Effort
    from sim.scenario.scenario import Scenario

RareOption = Annotated[
    bool | None,
    typer.Option(
        "--rare/--no-rare",
        help="Odds of rare outcomes by splitting. Without either: for a --question that plain replicates show under "
        "30 times.",
    ),
]
HistoriesOption = Annotated[int, typer.Option("--histories", help="Histories of a repetition of splitting.")]
RepetitionsOption = Annotated[int, typer.Option("--repetitions", help="Independent repetitions of splitting.")]


def estimate_rare(
    scenario: Scenario,
    point: int,
    odds: DataFrame,
    questions: list[str] | None,
    *,
    rare: bool | None,
    effort: Effort,
    seed: int,
    jobs: int,
    quiet: bool,
) -> DataFrame | None:
    """Return the odds by splitting of what the odds of plain replicates leave too rough; None where nothing is.

    Questions are those that were named; ``rare`` is whether splitting was asked for, or refused.
    """
    from sim.rare_events.estimate import rare_odds
    from sim.report.rare_sheets import choose_rare_cells, tabulate_rare
    from sim.sweeps.workers import start_processes

    if rare is False:
        return None
    known = {question.id for question in scenario.questions if not question.is_state}
    cells = choose_rare_cells(odds, questions, always=bool(rare))
    # What a whole table asks for by the way is left out where splitting cannot answer it; what was named is refused.
    cells = cells if rare and questions else [cell for cell in cells if cell[0] in known]
    if not cells:
        return None
    if not quiet:
        words = ", ".join(f"{question} by {days} days" for question, days in cells)
        tell(f"sim: {words}: by splitting, {effort.repetitions} repetitions of {effort.histories} histories")
    with start_processes(jobs, scenario) if jobs > 1 else contextlib.nullcontext() as executor:
        estimates = rare_odds(scenario, point, cells, seed=seed, effort=effort, jobs=jobs, executor=executor)
    return tabulate_rare(odds, estimates)


def rare_json(table: DataFrame | None) -> dict[str, Any]:
    """Return odds by splitting as JSON knows them; nothing where there are none."""
    return {} if table is None else {"rare": records(table)}

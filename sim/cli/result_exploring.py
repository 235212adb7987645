"""``sim results sensitivity`` and ``discover``: what the odds hang on, and under which conditions."""

from __future__ import annotations

from typing import Annotated

import typer

from sim.cli.options import HorizonOption, JsonOption, QuestionOption, opened
from sim.cli.result_tables import MarkdownOption, NameArgument, print_tables


def show_sensitivity(
    name: NameArgument,
    question: QuestionOption = None,
    horizon: HorizonOption = None,
    as_json: JsonOption = False,
    markdown: MarkdownOption = False,
) -> None:
    """Show what the odds hang on; at the last horizon, if none is named.

    Of a Saltelli design the Sobol indices, of a Morris design the screening, of a one-at-a-time design the tornado; and
    of any sweep which parameters differ between histories with and without an outcome.
    """
    from sim.results.beside import keep_beside
    from sim.results.exploring import regional_notes, regional_sheets, sensitivity_notes, sensitivity_sheets
    from sim.results.regional import REGIONAL, regional
    from sim.results.sensitivity import SENSITIVITY, has_sensitivity, sensitivity

    results = opened(name)
    tables = {"regional": regional(results, question, horizon)}
    keep_beside(results, REGIONAL, tables["regional"])
    sheets, notes = regional_sheets(tables["regional"]), regional_notes(tables["regional"])
    if has_sensitivity(results):
        tables = {"sensitivity": sensitivity(results, question, horizon)} | tables
        keep_beside(results, SENSITIVITY, tables["sensitivity"])
        sheets = sensitivity_sheets(results, tables["sensitivity"]) + sheets
        notes = sensitivity_notes(results) + notes
    print_tables(tables, sheets, notes, as_json, markdown)


def show_discovery(
    name: NameArgument,
    *,
    method: Annotated[str, typer.Option("--method", help="prim, or cart for a classification tree.")] = "prim",
    question: QuestionOption = None,
    horizon: HorizonOption = None,
    as_json: JsonOption = False,
    markdown: MarkdownOption = False,
) -> None:
    """Say under which conditions an outcome is likely; of the main question at the last horizon, if none is named."""
    from sim.results.beside import keep_beside
    from sim.results.discovery import BOXES, LIMITS, discover
    from sim.results.exploring import discovery_notes, discovery_sheets

    results = opened(name)
    boxes, limits = discover(results, question, horizon, method)
    keep_beside(results, BOXES, boxes)
    keep_beside(results, LIMITS, limits)
    notes = discovery_notes(results, boxes, method)
    print_tables({"boxes": boxes, "limits": limits}, discovery_sheets(results, boxes), notes, as_json, markdown)


def add_exploring_commands(app: typer.Typer) -> None:
    """Add the commands to ``sim results``.

    Parameters
    ----------
    app : typer.Typer
        The group of commands.
    """
    app.command("sensitivity")(show_sensitivity)
    app.command("discover")(show_discovery)

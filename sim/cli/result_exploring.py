"""``sim results sensitivity``, ``regional``, ``discover``: what the odds hang on, and under which conditions."""

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
    """Show what the odds hang on: Sobol indices, Morris screening or a tornado; at the last horizon, if none is named.

    A Saltelli design gives Sobol indices, a Morris design the screening, a one-at-a-time design the tornado.
    """
    from sim.results.beside import keep_beside
    from sim.results.exploring import sensitivity_notes, sensitivity_sheets
    from sim.results.sensitivity import SENSITIVITY, sensitivity

    results = opened(name)
    table = sensitivity(results, question, horizon)
    keep_beside(results, SENSITIVITY, table)
    sheets = sensitivity_sheets(results, table)
    print_tables({"sensitivity": table}, sheets, sensitivity_notes(results), as_json, markdown)


def show_regional(
    name: NameArgument,
    question: QuestionOption = None,
    horizon: HorizonOption = None,
    as_json: JsonOption = False,
    markdown: MarkdownOption = False,
) -> None:
    """Show which parameters differ between histories with and without an outcome; works on any sweep."""
    from sim.results.beside import keep_beside
    from sim.results.exploring import regional_notes, regional_sheets
    from sim.results.regional import REGIONAL, regional

    results = opened(name)
    table = regional(results, question, horizon)
    keep_beside(results, REGIONAL, table)
    print_tables({"regional": table}, regional_sheets(table), regional_notes(table), as_json, markdown)


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
    for word, command in (
        ("sensitivity", show_sensitivity),
        ("regional", show_regional),
        ("discover", show_discovery),
    ):
        app.command(word)(command)

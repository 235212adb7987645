"""``sim results drivers``, ``entries``, ``definitions``, ``levers``, ``pairs``: what stands beside the odds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.console import print_json, print_notes, print_sheets, records
from sim.cli.options import HorizonOption, JsonOption, QuestionOption, opened, point_problem
from sim.core.errors import InputError

if TYPE_CHECKING:
    from pandas import DataFrame

    from sim.report.sheet import Sheet


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
    from sim.report.sensitivity_sheets import regional_notes, regional_sheets, sensitivity_notes, sensitivity_sheets
    from sim.results.analysis.regional_sensitivity import REGIONAL, regional
    from sim.results.analysis.sensitivity import SENSITIVITY, has_sensitivity, sensitivity
    from sim.results.reading.table_cache import keep_beside

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
    from sim.report.sensitivity_sheets import discovery_notes, discovery_sheets
    from sim.results.analysis.discovery import BOXES, LIMITS, discover
    from sim.results.reading.table_cache import keep_beside

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


MarkdownOption = Annotated[bool, typer.Option("--markdown", help="Print tables as Markdown.")]
NameArgument = Annotated[
    str, typer.Argument(help="A results folder, or the name of one below results.", show_default=False)
]
PointOption = Annotated[int | None, typer.Option("--point", help="Point of the design; the first without it.")]


def show_drivers(
    name: NameArgument,
    question: QuestionOption = None,
    horizon: HorizonOption = None,
    as_json: JsonOption = False,
    markdown: MarkdownOption = False,
) -> None:
    """Show the ten parameters that move each outcome most; at the last horizon, if none is named."""
    from sim.report.table_sheets import drivers_notes, drivers_sheets
    from sim.results.analysis.drivers import drivers

    results = opened(name)
    table = drivers(results, question, horizon or [results.manifest["horizons"][-1]])
    print_tables({"drivers": table}, drivers_sheets(table), drivers_notes(results, table), as_json, markdown)


def show_entries(name: NameArgument, as_json: JsonOption = False, markdown: MarkdownOption = False) -> None:
    """Show which party joined first, when and after what trigger."""
    from sim.report.table_sheets import entries_notes, entries_sheets
    from sim.results.analysis.entries import entries, incidence

    results = opened(name)
    table = entries(results)
    if table.empty:
        raise InputError.single(results.path, "", "no party may join the war in this theatre")
    tables = {"entries": table} | ({"incidence": incidence(results)} if as_json else {})
    print_tables(tables, entries_sheets(results, table), entries_notes(), as_json, markdown)


def show_definitions(
    name: NameArgument,
    *,
    changed: Annotated[
        list[str] | None,
        typer.Option("--set", help="KEY=NUMBER, such as definition.campaign_days=2; may be repeated."),
    ] = None,
    point: PointOption = None,
    question: QuestionOption = None,
    horizon: HorizonOption = None,
    as_json: JsonOption = False,
    markdown: MarkdownOption = False,
) -> None:
    """Show how odds move with what counts as a campaign, a war and an active front; without a new run.

    With --set, one definition with these thresholds beside the run's own; else each threshold loosened and tightened.
    """
    from sim.report.table_sheets import definitions_notes, definitions_sheets
    from sim.results.analysis.alternative_definitions import ALTERNATIVES, read_changes
    from sim.results.analysis.odds_by_definition import definitions
    from sim.results.reading.question_outcomes import points_of

    results = opened(name)
    chosen = {", ".join(changed): read_changes(changed)} if changed else ALTERNATIVES
    if point is not None and (problem := point_problem(point, results.manifest["points"], results.name)):
        raise InputError.single("--point", "", problem)
    if point is not None and results.blocks and point not in dict(points_of(results)):
        raise InputError.single("--point", "", f"{point} of {results.name} has no replicates yet")
    table = definitions(results, chosen, question, horizon, None if point is None else [point])
    print_tables({"definitions": table}, definitions_sheets(results, table), definitions_notes(), as_json, markdown)


def show_levers(
    name: NameArgument,
    against: Annotated[
        str | None, typer.Option("--against", help="Level that the others are compared with; the first without it.")
    ] = None,
    question: QuestionOption = None,
    horizon: HorizonOption = None,
    as_json: JsonOption = False,
    markdown: MarkdownOption = False,
) -> None:
    """Show which point of a sweep lowers the odds most against one of them, history by history, with ranks."""
    from sim.report.table_sheets import levers_notes, levers_sheets
    from sim.results.analysis.levers import levers

    results = opened(name)
    table = levers(results, against, question, horizon)
    print_tables({"levers": table}, levers_sheets(results, table), levers_notes(results), as_json, markdown)


def show_pairs(
    name: NameArgument,
    question: QuestionOption = None,
    horizon: HorizonOption = None,
    as_json: JsonOption = False,
    markdown: MarkdownOption = False,
) -> None:
    """Show the odds of all pairs of policies, how far they differ, and the regret of each policy."""
    from sim.report.table_sheets import pairs_notes, pairs_sheets
    from sim.results.analysis.pairs import pairs

    results = opened(name)
    tables = pairs(results, question, horizon)
    named = dict(zip(("pairs", "spread", "regret"), tables, strict=True))
    print_tables(named, pairs_sheets(results, tables), pairs_notes(results), as_json, markdown)


def add_table_commands(app: typer.Typer) -> None:
    """Add the commands to ``sim results``.

    Parameters
    ----------
    app : typer.Typer
        The group of commands.
    """
    for word, command in (
        ("drivers", show_drivers),
        ("entries", show_entries),
        ("definitions", show_definitions),
        ("levers", show_levers),
        ("pairs", show_pairs),
    ):
        app.command(word)(command)


def print_tables(
    tables: dict[str, DataFrame], sheets: Iterable[Sheet], notes: list[str], as_json: bool, markdown: bool
) -> None:
    """Print tables and how they are to be read.

    Parameters
    ----------
    tables : dict of str to DataFrame
        The tables by name, for JSON.
    sheets : iterable of Sheet
        The same for people.
    notes : list of str
        How they are to be read.
    as_json, markdown : bool
        Form of the output.
    """
    if as_json:
        print_json({name: records(table) for name, table in tables.items()} | {"notes": notes})
    else:
        print_sheets(sheets, markdown)
        print_notes(notes, markdown)

"""``sim results drivers``, ``levers``, ``given`` and the like: single tables, and ``tables``, which lists all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer.core import TyperCommand

from sim.cli.console import print_json, print_notes, print_rows, print_sheets, records, say, stdout, tell
from sim.cli.option_groups import App, OptionGroup, argument, option
from sim.cli.options import JsonOption, QuestionChoice, open_folder, point_problem
from sim.core.errors import InputError

if TYPE_CHECKING:
    from pandas import DataFrame

    from sim.results.reading.store import Results
    from sim.scenario.scenario import Scenario


MarkdownOption = Annotated[bool, option("Print tables as Markdown.", "--markdown")]
NameArgument = Annotated[str, argument("A results folder, or the name of one below results.", metavar="RESULT")]
PointOption = Annotated[int | None, option("Point of the design; the first without it.")]

app = App()


@dataclass(frozen=True, kw_only=True)
class Look(OptionGroup):
    """In which form tables are printed."""

    as_json: JsonOption = False
    markdown: MarkdownOption = False

    def print(
        self,
        results: Results,
        frames: Mapping[str, DataFrame],
        more: Mapping[str, DataFrame] | None = None,
        notes: Iterable[str] = (),
    ) -> None:
        """Print tables by name and how they are to be read, as their declarations say; `more` in JSON alone."""
        from sim.report.presentation import make_notes, make_sheets

        every_note = [*make_notes(results, frames), *notes]
        if self.as_json:
            every = {name: records(table) for name, table in {**frames, **(more or {})}.items()}
            print_json(every | {"notes": every_note})
            return
        print_sheets(make_sheets(results, frames), self.markdown)
        print_notes(every_note, self.markdown)


@dataclass(frozen=True, kw_only=True)
class ChosenLook(Look, QuestionChoice):
    """Of which questions and days tables are, and in which form they are printed."""


class TableCommand(TyperCommand):
    """A command whose help ends with all tables that there are, as they are declared."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the tables; they are looked for only when help is asked for, for that loads every analysis."""
        from sim.results.tables import load_declarations

        with formatter.section("Tables"):
            formatter.write_dl([(table.name, table.row) for table in load_declarations().values()])


def find_own_scenario(results: Results, named: Path | None) -> Scenario:
    """Return the scenario that a folder with blocks was run from; refuse another one, or none."""
    from sim.results.verify import find_scenario

    if not results.blocks:
        raise InputError.single(results.path, "blocks", "are missing, and --rerun pairs with them; run the sweep again")
    found = find_scenario(results, named, Path("scenarios"))
    if found is None or found.digest() != results.manifest["digest"]:
        raise InputError.single("--scenario", "", f"the scenario that {results.name} was run from is not here; name it")
    return found


def check_point(results: Results, point: int | None) -> None:
    """Refuse a point that there is not, or that has no replicates yet."""
    from sim.results.reading.question_outcomes import list_points

    if point is not None and (problem := point_problem(point, results.manifest["points"], results.name)):
        raise InputError.single("--point", "", problem)
    if point is not None and results.blocks and point not in dict(list_points(results)):
        raise InputError.single("--point", "", f"{point} of {results.name} has no replicates yet")


@app.command("sensitivity", epilog="sim results sensitivity baseline")
def show_sensitivity(
    name: NameArgument,
    *,
    look: ChosenLook,
) -> None:
    """Show what the odds hang on; at the last horizon, if none is named.

    Of a Saltelli design the Sobol indices, of a Morris design the screening, of a one-at-a-time design the tornado; and
    of any sweep which parameters differ between histories with and without an outcome.
    """
    from sim.results.analysis.regional_sensitivity import REGIONAL, compute_regional, explain_gaps
    from sim.results.analysis.sensitivity import SENSITIVITY, compute_sensitivity, has_sensitivity
    from sim.results.reading.table_cache import write_committed

    results = open_folder(name)
    tables = {REGIONAL: compute_regional(results, *look.both)}
    write_committed(results, REGIONAL, tables[REGIONAL])
    if has_sensitivity(results):
        tables = {SENSITIVITY: compute_sensitivity(results, *look.both)} | tables
        write_committed(results, SENSITIVITY, tables[SENSITIVITY])
    gaps = explain_gaps(results, tables[REGIONAL], *look.both)
    look.print(results, tables, notes=gaps)


@app.command("discover", epilog="sim results discover baseline")
def show_discover(
    name: NameArgument,
    *,
    method: Annotated[str, option("prim, or cart for a classification tree.")] = "prim",
    look: ChosenLook,
) -> None:
    """Say under which conditions an outcome is likely; of the main question at the last horizon, if none is named."""
    from sim.results.analysis.discovery import BOXES, LIMITS, discover_boxes
    from sim.results.reading.table_cache import write_committed

    results = open_folder(name)
    tables = dict(zip((BOXES, LIMITS), discover_boxes(results, *look.both, method), strict=True))
    for table, frame in tables.items():
        write_committed(results, table, frame)
    look.print(results, tables)


@app.command("drivers", epilog="sim results drivers baseline")
def show_drivers(
    name: NameArgument,
    *,
    point: Annotated[int | None, option("This point by itself; all points together without it.")] = None,
    look: ChosenLook,
) -> None:
    """Show the ten parameters that move each outcome most; at the last horizon, if none is named."""
    from sim.results.analysis.drivers import DRIVERS, compute_drivers

    results = open_folder(name)
    check_point(results, point)
    points = None if results.manifest["points"] == 1 else [point]
    table = compute_drivers(results, look.question, look.horizon or [results.manifest["horizons"][-1]], points)
    look.print(results, {DRIVERS: table})


@app.command("entries", epilog="sim results entries baseline")
def show_entries(name: NameArgument, *, look: Look) -> None:
    """Show which party joined first, when and after what trigger."""
    from sim.results.analysis.entries import ENTRIES, INCIDENCE
    from sim.results.tables import read_frame

    results = open_folder(name)
    tables = {ENTRIES: read_frame(results, ENTRIES)}
    if tables[ENTRIES].empty:
        raise InputError.single(results.path, "", "no party may join the war in this theatre")
    # People read the shares at the horizons; by when each came is for a plot, or for another program.
    more = {INCIDENCE: read_frame(results, INCIDENCE)} if look.as_json else {}
    look.print(results, tables, more)


@app.command("definitions", epilog="sim results definitions baseline --set definition.war_killed=500")
def show_definitions(
    name: NameArgument,
    *,
    changed: Annotated[
        list[str] | None, option("KEY=NUMBER, such as definition.campaign_days=2; may be repeated.", "--set")
    ] = None,
    point: PointOption = None,
    rerun: Annotated[bool, option("Run steered rows anew, with the same luck.", "--rerun")] = False,
    scenario: Annotated[Path | None, option("Its scenario, for --rerun.")] = None,
    look: ChosenLook,
) -> None:
    """Show how odds move with what counts as a campaign, a war and an active front.

    With --set, one definition with these thresholds beside the run's own; else each threshold loosened and tightened,
    and what others count as a war. Rows that the counts of the run have steered are marked; --rerun runs them anew.
    """
    from sim.results.analysis.odds_by_definition import DEFINITIONS, compute_definitions, read_changes

    results = open_folder(name)
    again = find_own_scenario(results, scenario) if rerun else None
    alternatives = {", ".join(changed): read_changes(changed)} if changed else None
    check_point(results, point)
    points = None if point is None else [point]
    table = compute_definitions(results, alternatives, *look.both, points, again, tell)
    look.print(results, {DEFINITIONS: table})


@app.command("levers", epilog="sim results levers levers --question Q1")
def show_levers(
    name: NameArgument,
    *,
    against: Annotated[str | None, option("Level that the others are compared with; the first without it.")] = None,
    look: ChosenLook,
) -> None:
    """Show which point of a sweep lowers the odds most against one of them, history by history, with ranks."""
    from sim.results.analysis.levers import LEVERS, compute_levers

    results = open_folder(name)
    look.print(results, {LEVERS: compute_levers(results, against, *look.both)})


@app.command("pairs", epilog="sim results pairs policy-pairs --question Q1")
def show_pairs(
    name: NameArgument,
    *,
    look: ChosenLook,
) -> None:
    """Show the odds of all pairs of policies, how far they differ, and the regret of each policy."""
    from sim.results.analysis.pairs import PAIRS, REGRET, SPREADS, compute_pairs

    results = open_folder(name)
    tables = dict(zip((PAIRS, SPREADS, REGRET), compute_pairs(results, *look.both), strict=True))
    look.print(results, tables)


@app.command("beside", epilog="sim results beside baseline")
def show_beside(name: NameArgument, *, look: Look) -> None:
    """Show forecasts of others beside the simulated odds of the same questions, what came, and the scores of both."""
    from sim.results.analysis.outside_forecasts import BESIDE, compute_beside

    results = open_folder(name)
    look.print(results, {BESIDE: compute_beside(results)})


@app.command("tables", epilog="sim results tables")
def list_tables(look: Look) -> None:
    """List every table of results; as Markdown the page docs/tables.md, with every column, its unit and its meaning."""
    from sim.report.export import describe_tables
    from sim.report.presentation import record_tables
    from sim.results.tables import load_declarations

    if look.as_json:
        print_json(record_tables())
    elif look.markdown:
        stdout().write(describe_tables())
    else:
        where = {"table": attrgetter("name"), "a row or what it answers": attrgetter("row")}
        columns = where | {"where": lambda table: table.where or "everywhere"}
        print_rows("Tables of a results folder", load_declarations().values(), columns, 3, 1)


@app.command("given", epilog='sim results given baseline --question Q1 --if "Q2 by 90"')
def show_given(
    name: NameArgument,
    *,
    conditions: Annotated[
        list[str], option('Such as "Q2 by 30", "not Q2 by 30" or "IRN joins by 60"; may be repeated.', "--if")
    ],
    question: Annotated[str | None, option("Question or outcome state; the main one without it.")] = None,
    horizon: Annotated[int | None, option("Its day; the last horizon without it.")] = None,
    point: PointOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the odds in the histories in which something came true by a day: what goes with it, not what causes it.

    All conditions must hold. Below 100 histories that meet them no odds are told, only how many there are; what decides
    the question is refused.
    """
    from sim.report.given_words import record_given, tell_given
    from sim.results.analysis.given import find_given
    from sim.results.reading.question_outcomes import list_points

    results = open_folder(name)
    check_point(results, point)
    chosen = list_points(results)[0][0] if point is None and results.blocks else point or 0
    found = find_given(results, conditions, question, horizon, chosen)
    if as_json:
        print_json(record_given(results, found, chosen))
        return
    for sentence in tell_given(results, found, chosen):
        say(sentence)

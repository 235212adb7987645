"""``sim results``: which results there are, their odds, and how two of them differ."""

from pathlib import Path
from typing import Annotated, Any, Final

from sim.cli import results_files, results_tables
from sim.cli.compare_command import compare_record, name_side, open_side, split_point
from sim.cli.console import odds_record, print_json, print_notes, print_odds, print_rows, print_sheets, say, tell
from sim.cli.option_groups import App, argument, option
from sim.cli.options import RESULTS, JsonOption, open_folder
from sim.cli.results_tables import ChosenLook, NameArgument, TableCommand

_MOST_ROWS: Final = 1000

app = App(help="List and show results, and compare two of them.", no_args_is_help=True)
app.add_typer(results_tables.app)
app.add_typer(results_files.app)


@app.command("list", epilog="sim results list")
def list_results(
    folder: Annotated[Path, argument("Where the results folders lie.", show_default=True)] = RESULTS,
    as_json: JsonOption = False,
) -> None:
    """List the results folders in a folder."""
    from sim.results.reading.store import open_all_results

    folders, damaged = open_all_results(folder)
    for fault in damaged.values():
        tell(f"sim: {fault}")
    rows = [
        {"name": results.path.name}
        | {name: results.manifest[name] for name in ("title", "points", "replicates", "seed")}
        | {"replicates_done": results.replicates_done, "replicates_wanted": results.replicates_wanted}
        for results in folders
    ]
    if as_json:
        print_json(rows)
    elif not rows:
        say(f"There are no results in {folder}.")
    else:
        columns: dict[str, Any] = {name: name for name in ("name", "title", "points", "replicates", "seed")}
        columns |= {"replicates": lambda row: f"{row['replicates']:,}", "done": _state}
        print_rows(f"Results in {folder}", rows, columns, 2)


@app.command("show", epilog="sim results show baseline --table drivers", cls=TableCommand)
def show_results(
    name: NameArgument,
    *,
    table: Annotated[str | None, option("This table alone; they are listed below.")] = None,
    look: ChosenLook,
) -> None:
    """Show odds with 95 % intervals, what they rest on, what moves them, and the killed of all sides; or one table."""
    if table is not None:
        from sim.results.tables import find_table, read_frames

        declared = find_table(table, is_listed=True)
        results = open_folder(name)
        frames = read_frames(results, table, *look.both)
        if not look.as_json and declared.presentation is None and len(frames[table]) > _MOST_ROWS:
            rows = f"{_MOST_ROWS:,} of {len(frames[table]):,} rows"
            tell(f"sim: the first {rows}; --json and `sim results export` give all")
            frames = {table: frames[table].head(_MOST_ROWS)}
        look.print(results, frames)
        return
    from sim.results.analysis.odds import compute_killed, compute_odds

    results = open_folder(name)
    estimates, dead = compute_odds(results, *look.both), compute_killed(results, look.horizon)
    if look.as_json:
        print_json(odds_record(results, estimates, dead))
    else:
        print_odds(results, estimates, dead, look.markdown)


@app.command("compare", epilog="sim results compare levers:0 levers:1")
def compare_results(
    first: Annotated[str, argument("NAME or NAME:POINT.")],
    second: Annotated[str, argument("NAME or NAME:POINT.")],
    *,
    look: ChosenLook,
) -> None:
    """Show what sets two points apart, of one folder or of two, and how their odds differ."""
    from sim.report.odds_sheets import difference_notes, difference_sheet
    from sim.report.settings_diff import describe_diff, diff_settings, make_diff_sheet
    from sim.results.analysis.comparison import compare_points

    sides = open_side(*split_point(first)), open_side(*split_point(second))
    table = compare_points(*sides, *look.both)
    if look.as_json:
        print_json(compare_record(sides, table))
        return
    settings, names = diff_settings(*sides), [name_side(side) for side in sides]
    sheets = [] if settings.empty else [make_diff_sheet(settings, sides[0][0].party_names, *names)]
    print_sheets([*sheets, difference_sheet(table, *names)], look.markdown)
    print_notes([*describe_diff(settings), *difference_notes(table)], look.markdown)


def _state(row: dict[str, int]) -> str:
    done, wanted = row["replicates_done"], row["replicates_wanted"]
    return "tables only" if not done else "all" if done == wanted else f"{done:,} of {wanted:,}"

"""``sim results query``, ``export``, ``verify``, ``prune``: ask, hand on, check and clear what sweeps left."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from sim.cli.console import print_json, print_sheets, say, tell
from sim.cli.options import RESULTS, JsonOption, opened
from sim.cli.results_tables import MarkdownOption, NameArgument
from sim.core.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa  # type: ignore[import-untyped]

    from sim.results.prune import Leaving
    from sim.results.reading.store import Results
    from sim.results.verify import Check

FAILED: Final = 1
"""Exit status when a check fails."""
SCENARIOS: Final = Path("scenarios")
"""Where the scenario of a results folder is looked for if nothing else is said."""
_MOST_ROWS: Final = 1000
_MOST_FILES: Final = 20

CsvOption = Annotated[bool, typer.Option("--csv", help="Print CSV.")]


def query_results(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]... SQL",
            help="Results folders, then one statement that selects; without a name, all below results.",
            show_default=False,
        ),
    ] = None,
    *,
    views: Annotated[bool, typer.Option("--views", help="Print the views, their columns, units and meaning.")] = False,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    markdown: MarkdownOption = False,
) -> None:
    """Answer a question in SQL (DuckDB) over the rows and tables of results folders; nothing is written.

    For example: sim results query baseline "select question, estimate from odds where horizon_days = 365".
    """
    from sim.results.reading.store import found_in
    from sim.results.sql import query

    if as_json + as_csv + markdown > 1:
        raise InputError.single("options", "", "give one of --json, --csv and --markdown")
    if views:
        _print_views(as_json, markdown)
        return
    if not words or len(words[-1].split()) < 2:
        raise InputError.single("query", "", 'the question is missing; for example "select * from odds" (see --views)')
    *names, sql = words
    folders = [opened(name) for name in names] or found_in(RESULTS)
    if not folders:
        raise InputError.single(RESULTS, "", "there are no results here; name a results folder")
    answer = query(folders, sql)
    if as_json:
        from sim.report.formats import plain

        print_json(plain(answer.to_pylist()))
    elif as_csv:
        from sim.report.formats import write_csv

        write_csv(answer.schema, answer.to_batches(), sys.stdout.buffer)
    else:
        _print_rows(answer, markdown)


def _print_rows(answer: pa.Table, markdown: bool) -> None:
    from sim.report.formats import sheet_of

    rows = f"{answer.num_rows:,} row" + "s" * (answer.num_rows != 1)
    if answer.num_rows > _MOST_ROWS:
        tell(f"sim: the first {_MOST_ROWS:,} of {rows}; --csv and --json print all")
    print_sheets([sheet_of(rows, answer.slice(0, _MOST_ROWS))], markdown)


def _print_views(as_json: bool, markdown: bool) -> None:
    import dataclasses

    from sim.report.sheet import Sheet
    from sim.results.sql_schema import SCENARIO, VIEWS

    if as_json:
        print_json(
            {
                name: {
                    "meaning": view.meaning,
                    "columns": [dataclasses.asdict(one) for one in (SCENARIO, *view.columns)],
                }
                for name, view in VIEWS.items()
            }
        )
        return
    sheets = [
        Sheet(
            f"{name}: {view.meaning}",
            ("column", "unit", "meaning"),
            tuple((one.name, one.unit, one.meaning) for one in (SCENARIO, *view.columns)),
            left=3,
            whole=1,
        )
        for name, view in VIEWS.items()
    ]
    print_sheets(sheets, markdown)


def export_results(
    name: NameArgument,
    *,
    form: Annotated[str, typer.Option("--format", help="csv, parquet, json, latex or markdown.")] = "csv",
    table: Annotated[str, typer.Option("--table", help="odds, killed, drivers, entries, fan, points, runs, daily …")],
    out: Annotated[Path | None, typer.Option("--out", help="File to write; stdout without it.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a table for other programs (every column), or for a document (as it is shown)."""
    from sim.report.export import check_asked, export, whole_file

    check_asked(table, form)
    results = opened(name)
    if out is not None:
        with whole_file(out, force=force) as file:
            export(results, table, form, file)
        return
    if form == "parquet":
        raise InputError.single("--out", "", "Parquet is no text; name a file")
    export(results, table, form, sys.stdout.buffer)


def verify_results(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME...", help="Results folders; with --all, folders of them.", show_default=False),
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All results folders, below results if none is named.")] = False,
    scenario: Annotated[
        Path | None, typer.Option("--scenario", help="Its scenario; looked for below scenarios without it.")
    ] = None,
    sample: Annotated[
        int, typer.Option("--sample", help="Blocks of which some replicates are run again and compared.")
    ] = 2,
    as_json: JsonOption = False,
) -> None:
    """Check that blocks are whole, that tables follow from them, and that replicates come again bit for bit.

    The exit status is 0 if all is right and 1 if a check fails.
    """
    from sim.results.verify import Check, scenario_of, verify

    if sample < 0:
        raise InputError.single("--sample", "", f"{sample} is out of bounds; it must be at least 0")
    if not (names or every):
        raise InputError.single("verify", "", "there is nothing to verify; name a results folder, or give --all")
    folders = _folders_in(names or [str(RESULTS)]) if every else [(one.path, one) for one in map(opened, names or ())]
    if scenario is not None and len(folders) > 1:
        raise InputError.single("--scenario", "", "one scenario cannot be that of several results folders")
    found: dict[str, list[Check]] = {}
    for path, results in folders:
        checks = found.setdefault(str(path), [])
        if isinstance(results, InputError):
            made = iter([Check("manifest", "what the folder says of itself", tuple(str(results).splitlines()))])
        else:
            made = verify(results, scenario_of(results, scenario, SCENARIOS), sample)
        for check in made:
            checks.append(check)
            if not as_json:
                _print_check(path, check)
    _end_verifying(found, as_json)


def _folders_in(names: list[str]) -> list[tuple[Path, Results | InputError]]:
    """Return every results folder of some places; in the place of one that cannot be opened, why."""
    from sim.results.reading.folder_list import opened_in

    every: dict[Path, Results | InputError] = {}
    for name in names:
        found, damaged = opened_in(name)
        if not found and not damaged:
            raise InputError.single(name, "", "there are no results folders in it; without --all, name one itself")
        every.update({one.path: one for one in found})
        every.update(damaged)
    return sorted(every.items(), key=lambda one: one[0])


def _print_check(path: Path, check: Check) -> None:
    say(f"{path.name}: {check.name}: {check.verdict}: {check.looked_at}", "", "  ")
    for fault in check.faults:
        say(fault, "  ", "    ")


def _end_verifying(found: dict[str, list[Check]], as_json: bool) -> None:
    import dataclasses

    if as_json:
        print_json({name: [dataclasses.asdict(check) for check in checks] for name, checks in found.items()})
    if any(check.faults for checks in found.values() for check in checks):
        raise typer.Exit(FAILED)


def prune_results(
    name: NameArgument,
    *,
    blocks: Annotated[bool, typer.Option("--blocks", help="All blocks; the tables stay.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Remove blocks of other runs, blocks that longer ones replaced, and files that were never finished.

    What would go is said first. Where nobody can be asked, nothing goes without --yes.
    """
    from sim.results.prune import prune, superfluous

    if dry_run and yes:
        raise InputError.single("options", "", "--dry-run and --yes exclude each other")
    results = opened(name)
    leaving = superfluous(results, blocks=blocks)
    if not as_json:
        _print_leaving(results, leaving)
    agreed = yes or (not dry_run and not as_json and sys.stdin.isatty() and bool(leaving) and typer.confirm("Remove?"))
    gone = prune(results, blocks=blocks) if leaving and agreed else []
    if as_json:
        files = [{"file": str(one.path), "bytes": one.size, "why": one.why} for one in leaving]
        print_json({"folder": str(results.path), "files": files, "removed": len(gone)})
    elif leaving:
        say(f"{len(gone)} files are removed." if gone else "Nothing is removed; --yes removes it.")


def _print_leaving(results: Results, leaving: list[Leaving]) -> None:
    for one in leaving[:_MOST_FILES]:
        say(f"{one.path}: {one.size:,} bytes: {one.why}", "", "  ")
    if len(leaving) > _MOST_FILES:
        say(f"… and {len(leaving) - _MOST_FILES:,} more")
    total = sum(one.size for one in leaving)
    say(f"{results.path}: {len(leaving):,} files, {total:,} bytes" if leaving else f"{results.path}: nothing to remove")


def add_store_commands(app: typer.Typer) -> None:
    """Add the commands to ``sim results``.

    Parameters
    ----------
    app : typer.Typer
        The group of commands.
    """
    for word, command in (
        ("query", query_results),
        ("export", export_results),
        ("verify", verify_results),
        ("prune", prune_results),
    ):
        app.command(word)(command)

"""``sim results query``, ``export``, ``verify``, ``prune``: ask, hand on, check and clear what sweeps left."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from sim.cli.console import print_json, print_sheets, say, stdout, tell
from sim.cli.option_groups import App, argument, option
from sim.cli.options import FAILED, RESULTS, JsonOption, QuietOption, open_folder
from sim.cli.progress import report_progress
from sim.cli.results_tables import MarkdownOption, NameArgument, TableCommand
from sim.cli.sweep_command import plural, print_shown, show_whole
from sim.core.errors import InputError, name_some

if TYPE_CHECKING:
    from sim.results.prune import Removal
    from sim.results.reading.store import Results
    from sim.results.verify import FolderCheck

SCENARIOS: Final = Path("scenarios")  # where the scenario of a results folder is looked for if nothing else is said
_MOST_ROWS: Final = 1000
_MOST_FILES: Final = 20
_MOST_BLOCKS: Final = 5

app = App()


@app.command(
    "query",
    epilog='sim results query baseline "select question, estimate from odds where horizon_days = 365"',
    cls=TableCommand,
)
def query_results(
    words: Annotated[
        list[str] | None,
        argument(
            "Results folders, then one statement that selects; without a name, all below results.",
            metavar="[NAME]... SQL",
        ),
    ] = None,
    *,
    views: Annotated[bool, option("Print the views, their columns, units and meaning.", "--views")] = False,
    as_json: JsonOption = False,
    as_csv: Annotated[bool, option("Print CSV.", "--csv")] = False,
    markdown: MarkdownOption = False,
) -> None:
    """Answer a question in SQL (DuckDB) over the rows and tables of results folders; nothing is written."""
    from sim.results.reading.store import list_results
    from sim.results.sql import run_query

    if as_json + as_csv + markdown > 1:
        raise InputError.single("options", "", "give one of --json, --csv and --markdown")
    if views:
        from sim.report.presentation import make_column_sheet, record_tables
        from sim.results.tables import load_declarations

        if as_json:
            print_json(record_tables())
        else:
            print_sheets(map(make_column_sheet, load_declarations().values()), markdown)
        return
    if not words or len(words[-1].split()) < 2:
        raise InputError.single("query", "", 'the question is missing; for example "select * from odds" (see --views)')
    *names, sql = words
    folders = [open_folder(name) for name in names] or list_results(RESULTS)
    if not folders:
        raise InputError.single(RESULTS, "", "there are no results here; name a results folder")
    answer = run_query(folders, sql)
    if as_json:
        print_json(answer.to_pylist())
    elif as_csv:
        from sim.report.presentation import write_csv

        write_csv(answer.schema, answer.to_batches(), stdout().buffer)
    else:
        from sim.report.presentation import make_sheet

        rows = plural(answer.num_rows, "row")
        if answer.num_rows > _MOST_ROWS:
            tell(f"sim: the first {_MOST_ROWS:,} of {rows}; --csv and --json print all")
        print_sheets([make_sheet(rows, answer.slice(0, _MOST_ROWS))], markdown)


@app.command("export", epilog="sim results export baseline --table odds --out odds.csv", cls=TableCommand)
def export_results(
    name: NameArgument,
    *,
    form: Annotated[str, option("csv, parquet, json, latex or markdown.", "--format")] = "csv",
    table: Annotated[str, option("Its name; they are listed below.")],
    out: Annotated[Path | None, option("File to write; stdout without it.")] = None,
    force: Annotated[bool, option("Replace a file that is there.", "--force")] = False,
) -> None:
    """Write a table for other programs (every column), or for a document (as it is shown)."""
    from sim.report.export import check_format, export_table, open_whole_file

    check_format(table, form)
    results = open_folder(name)
    if out is not None:
        with open_whole_file(out, force=force) as file:
            export_table(results, table, form, file)
        return
    if form == "parquet":
        raise InputError.single("--out", "", "Parquet is no text; name a file")
    export_table(results, table, form, stdout().buffer)


@app.command("verify", epilog="sim results verify baseline")
def verify_results(
    names: Annotated[
        list[str] | None, argument("Results folders; with --all, folders of them.", metavar="NAME...")
    ] = None,
    *,
    every: Annotated[bool, option("All results folders, below results if none is named.", "--all")] = False,
    scenario: Annotated[Path | None, option("Its scenario; looked for below scenarios without it.")] = None,
    sample: Annotated[int, option("Blocks of which some replicates are run again and compared.")] = 2,
    as_json: JsonOption = False,
) -> None:
    """Check that blocks are whole, that tables follow from them, and that replicates come again bit for bit.

    The exit status is 0 if all is right and 1 if a check fails.
    """
    from sim.results.verify import FolderCheck, find_scenario, verify_results

    if sample < 0:
        raise InputError.single("--sample", "", f"{sample} is out of bounds; it must be at least 0")
    if not (names or every):
        raise InputError.single("verify", "", "there is nothing to verify; name a results folder, or give --all")
    folders = (
        _folders_in(names or [str(RESULTS)])
        if every
        else [(results.path, results) for results in map(open_folder, names or ())]
    )
    if scenario is not None and len(folders) > 1:
        raise InputError.single("--scenario", "", "one scenario cannot be that of several results folders")
    checks_of: dict[str, list[FolderCheck]] = {}
    for path, results in folders:
        checks = checks_of.setdefault(str(path), [])
        if isinstance(results, InputError):
            made = iter([FolderCheck("manifest", "what the folder says of itself", tuple(str(results).splitlines()))])
        else:
            made = verify_results(results, find_scenario(results, scenario, SCENARIOS), sample)
        for check in made:
            checks.append(check)
            if not as_json:
                say(f"{path.name}: {check.name}: {check.verdict}: {check.looked_at}", "", "  ")
                for fault in check.faults:
                    say(fault, "  ", "    ")
    if as_json:
        print_json({name: [dataclasses.asdict(check) for check in checks] for name, checks in checks_of.items()})
    if any(check.faults for checks in checks_of.values() for check in checks):
        raise typer.Exit(FAILED)


def _folders_in(names: list[str]) -> list[tuple[Path, Results | InputError]]:
    """Return every results folder of some places; in the place of one that cannot be opened, why."""
    from sim.results.reading.store import open_all_results

    every: dict[Path, Results | InputError] = {}
    for name in names:
        folders, damaged = open_all_results(name)
        if not folders and not damaged:
            raise InputError.single(name, "", "there are no results folders in it; without --all, name one itself")
        every.update({entry.path: entry for entry in folders})
        every.update(damaged)
    return sorted(every.items(), key=lambda entry: entry[0])


@app.command("prune", epilog="sim results prune baseline --dry-run")
def prune_results(
    name: NameArgument,
    *,
    blocks: Annotated[bool, option("All blocks; the tables stay.", "--blocks")] = False,
    dry_run: Annotated[bool, option("Only say what would go.", "--dry-run")] = False,
    yes: Annotated[bool, option("Do not ask.", "--yes")] = False,
    as_json: JsonOption = False,
) -> None:
    """Remove blocks of other runs, blocks that longer ones replaced, and files that were never finished.

    What would go is said first. Where nobody can be asked, nothing goes without --yes.
    """
    from sim.results.prune import list_removals, prune_results

    if dry_run and yes:
        raise InputError.single("options", "", "--dry-run and --yes exclude each other")
    results = open_folder(name)
    leaving = list_removals(results, blocks=blocks)
    if not as_json:
        _print_leaving(results, leaving)
    agreed = yes or (not dry_run and not as_json and sys.stdin.isatty() and bool(leaving) and typer.confirm("Remove?"))
    gone = prune_results(results, blocks=blocks) if leaving and agreed else []
    if as_json:
        files = [{"file": str(removal.path), "bytes": removal.size, "why": removal.why} for removal in leaving]
        print_json({"folder": str(results.path), "files": files, "removed": len(gone)})
    elif leaving:
        say(f"{len(gone)} files are removed." if gone else "Nothing is removed; --yes removes it.")


def _print_leaving(results: Results, leaving: list[Removal]) -> None:
    for removal in leaving[:_MOST_FILES]:
        say(f"{removal.path}: {removal.size:,} bytes: {removal.why}", "", "  ")
    if len(leaving) > _MOST_FILES:
        say(f"… and {len(leaving) - _MOST_FILES:,} more")
    total = sum(removal.size for removal in leaving)
    say(f"{results.path}: {len(leaving):,} files, {total:,} bytes" if leaving else f"{results.path}: nothing to remove")


@app.command("merge", epilog="sim results merge part-1/baseline part-2/baseline --into whole")
def merge_results(
    folders: Annotated[list[Path], argument("Results folders of the shards.")],
    *,
    into: Annotated[Path, option("Folder, or name of one below results.")],
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Put shards of one sweep together, with the bytes of a sweep that was never divided.

    The tables are written and printed once no block lacks; until then the exit status is 1.
    """
    from sim.sweeps.shard_merge import merge_shards

    out = _below_results(into)
    merged = merge_shards([_below_results(folder) for folder in folders], out)
    record = {"folder": str(out), "blocks": merged.blocks, "lacking": [*map(str, merged.lacking)]}
    if not merged.lacking:
        with report_progress(out.name, quiet) as report:
            shown = show_whole(out, report.step, as_json=as_json)
        record |= print_shown(shown)
        if as_json:
            print_json(record)
        return
    if as_json:
        print_json(record)
    else:
        number = f"{len(merged.lacking):,} of {plural(merged.blocks, 'block')}"
        say(f"{out}: {number} still lack: {name_some(merged.lacking, _MOST_BLOCKS, '; ')}.")
    if not quiet:
        tell("no table was written; merge the other shards too, or run the sweep with this --out")
    raise typer.Exit(FAILED)


def _below_results(folder: Path) -> Path:
    return RESULTS / folder if folder.name == str(folder) and not folder.is_dir() else folder

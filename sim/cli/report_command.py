"""``sim report``: the report of stored results made again, or of two results side by side."""

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.console import print_json, say
from sim.cli.options import JsonOption, open_folder
from sim.core.errors import InputError, nearest

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(epilog="sim report baseline --format pdf --out baseline.pdf\nsim report baseline forgiveness")
def report(
    first: Annotated[str, typer.Argument(metavar="RESULT", help="Results folder, or a name.", show_default=False)],
    second: Annotated[
        str | None, typer.Argument(metavar="[RESULT]", help="Another one, shown beside it.", show_default=False)
    ] = None,
    *,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="html, md or pdf.")] = "html",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="File to write; without it report.FORMAT in RESULT.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the report of stored results: the answer, pictures, tables, and how to read them.

    With two results it says in a sentence how they differ, and has both. A report in its own folder is replaced.
    """
    from sim.report.answer import state_answer, state_difference
    from sim.report.export import REPORTS, open_whole_file, render_report

    if form not in REPORTS:
        raise InputError.single("--format", "", f'"{form}" is no format of reports; {nearest(form, REPORTS)}')
    folders = [open_folder(name) for name in (first, second) if name is not None]
    pair = "-".join(results.path.name for results in folders)
    own = folders[0].path / f"report.{form}" if second is None else Path(f"report-{pair}.{form}")
    file = out or own
    difference = "" if second is None else state_difference((folders[0], 0), (folders[1], 0))
    content = render_report(folders, form, file, difference)
    with open_whole_file(file, force=force or (out is None and second is None)) as target:
        target.write(content)
    answers = [state_answer(results) for results in folders]
    if as_json:
        told = [answer.record() for answer in answers]
        print_json({"file": str(file), "bytes": len(content), "answers": told, "difference": difference or None})
        return
    say(difference or answers[0].sentence)
    say(f"{file}: {len(content):,} bytes")

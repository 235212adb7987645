"""``sim report``: the report of stored results made again, or of two results side by side."""

from pathlib import Path
from typing import Annotated

from sim.cli.console import print_json, say
from sim.cli.option_groups import App, argument, option
from sim.cli.options import JsonOption, check_known, open_folder

app = App()


@app.command(epilog="sim report baseline --format pdf --out baseline.pdf\nsim report baseline forgiveness")
def report(
    first: Annotated[str, argument("Results folder, or a name.", metavar="RESULT")],
    second: Annotated[str | None, argument("Another one, shown beside it.", metavar="[RESULT]")] = None,
    *,
    form: Annotated[str, option("html, md or pdf.", "--format", metavar="FORMAT")] = "html",
    out: Annotated[Path | None, option("File to write; without it report.FORMAT in RESULT.", metavar="FILE")] = None,
    force: Annotated[bool, option("Replace a file that is there.", "--force")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the report of stored results: the answer, pictures, tables, and how to read them.

    With two results it says in a sentence how they differ, and has both. A report in its own folder is replaced.
    """
    from sim.report.answer import state_answer, state_difference
    from sim.report.export import REPORTS, open_whole_file, render_report

    check_known("--format", form, REPORTS, "is no format of reports")
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

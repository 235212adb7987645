"""``sim doctor``: whether this installation can work, on one screen."""

from __future__ import annotations

import dataclasses

import typer

from sim.cli.console import print_json, say
from sim.cli.options import JsonOption

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(epilog="sim doctor")
def doctor(as_json: JsonOption = False) -> None:
    """Show versions, compiled code, the machine and extras.

    The exit status is 1 if something is wrong, and 0 if there are at most warnings.
    """
    from sim.core.installation import FINE, WRONG, examine

    findings = examine()
    if as_json:
        print_json([dataclasses.asdict(finding) for finding in findings])
    else:
        for finding in findings:
            mark = "" if finding.verdict == FINE else f"{finding.verdict}: "
            say(f"{finding.name}: {mark}{finding.words}", hang="  ")
    if any(finding.verdict == WRONG for finding in findings):
        raise typer.Exit(1)

"""``sim doctor``: whether this installation can work, on one screen."""

import dataclasses

import typer

from sim.cli.console import print_json, say
from sim.cli.option_groups import App
from sim.cli.options import FAILED, RESULTS, JsonOption

app = App()


@app.command(epilog="sim doctor")
def doctor(as_json: JsonOption = False) -> None:
    """Show versions, compiled code, the machine, extras, where can be written, and a test of five seconds.

    The exit status is 1 if something is wrong, and 0 if there are at most warnings.
    """
    from sim.core.installation import FINE, WRONG, examine

    findings = examine()
    if not any(finding.verdict == WRONG for finding in findings):
        from sim.sweeps.self_test import examine_places, run_self_test

        findings += [examine_places(RESULTS), run_self_test()]
    if as_json:
        print_json([dataclasses.asdict(finding) for finding in findings])
    else:
        for finding in findings:
            mark = "" if finding.verdict == FINE else f"{finding.verdict}: "
            say(f"{finding.name}: {mark}{finding.words}", hang="  ")
    if any(finding.verdict == WRONG for finding in findings):
        raise typer.Exit(FAILED)

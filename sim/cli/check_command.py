"""``sim check``: judge policies by the public conformance kit."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from sim.cli.console import print_json, say
from sim.cli.options import JsonOption
from sim.core.errors import InputError

if TYPE_CHECKING:
    from sim.testing.trial import Trial

app = typer.Typer(add_completion=False, rich_markup_mode=None)

FAILED: Final = 1
"""Exit status when a policy does not keep the contract."""


@app.command()
def check(
    policy: Annotated[
        str,
        typer.Argument(help="file.py, file.py:Class, the name of a policy or of a package.", show_default=False),
    ],
    *,
    limit: Annotated[
        float, typer.Option("--limit", help="Longest time for one point of the contract, in seconds.")
    ] = 60.0,
    as_json: JsonOption = False,
) -> None:
    """Judge whether policies keep their contract.

    That is one policy, all of a file, or all that an installed package offers. They are tried in a process of their
    own: one that is endless, or ends its process, is told of with its point.

    The exit status is 0 if they do and 1 if one does not.
    """
    from sim.testing.trial import try_policies

    if not 0 < limit < math.inf:
        raise InputError.single("--limit", "", f"{limit:g} is out of bounds; it must be more than 0 [s]")
    trials = try_policies(policy, Path(), limit)
    if as_json:
        rows = [
            {"policy": rule, **dataclasses.asdict(verdict)}
            for rule, trial in trials.items()
            for verdict in trial.verdicts
        ]
        print_json(rows)
    else:
        for rule, trial in trials.items():
            _print(rule, trial)
    if not all(verdict.passed for trial in trials.values() for verdict in trial.verdicts):
        raise typer.Exit(FAILED)


def _print(rule: str, trial: Trial) -> None:
    for verdict in trial.verdicts:
        say(str(verdict))
    failed = sum(not verdict.passed for verdict in trial.verdicts)
    kept = len(trial.verdicts) - failed
    say(f"{rule}: {kept} of {len(trial.verdicts)} points kept" + (", ready for use" * (not failed)))
    if trial.door:
        say(trial.door)

"""``sim check``: judge policies by the public conformance kit."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.console import print_json, say
from sim.cli.option_groups import App, argument, option
from sim.cli.options import FAILED, JsonOption
from sim.core.errors import InputError

if TYPE_CHECKING:
    from sim.testing import Verdict

app = App()


@app.command(epilog="sim check my_rules.py:Vengeful")
def check(
    policy: Annotated[str, argument("file.py, file.py:Class, the name of a policy or of a package.")],
    *,
    limit: Annotated[float, option("Longest time for one point of the contract, in seconds.")] = 60.0,
    as_json: JsonOption = False,
) -> None:
    """Judge whether policies keep their contract.

    That is one policy, all of a file, or all that an installed package offers. They are tried in a process of their
    own: one that is endless, or ends its process, is told of with its point.

    The exit status is 0 if they do and 1 if one does not.
    """
    from sim.testing.trial import COST, try_policies

    if not 0 < limit < math.inf:
        raise InputError.single("--limit", "", f"{limit:g} is out of bounds; it must be more than 0 [s]")
    trials = try_policies(policy, Path(), limit)
    if as_json:
        rows = [
            {"policy": rule, **dataclasses.asdict(verdict)}
            for rule, verdicts in trials.items()
            for verdict in verdicts
            if verdict.name != COST or not verdict.passed
        ]
        print_json(rows)
    else:
        for rule, verdicts in trials.items():
            _print(rule, verdicts)
    if not all(verdict.passed for verdicts in trials.values() for verdict in verdicts):
        raise typer.Exit(FAILED)


def _print(rule: str, verdicts: list[Verdict]) -> None:
    from sim.testing.trial import COST

    points = [verdict for verdict in verdicts if verdict.name != COST]
    for verdict in points:
        say(str(verdict))
    kept = sum(verdict.passed for verdict in points)
    say(f"{rule}: {kept} of {len(points)} points kept" + (", ready for use" * (kept == len(points))))
    for verdict in verdicts[len(points) :]:
        say(verdict.message)

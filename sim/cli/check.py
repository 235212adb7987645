"""``sim check``: judge a policy by the public conformance kit."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Final

import typer

from sim.cli.options import JsonOption
from sim.cli.printing import print_json, say

app = typer.Typer(add_completion=False, rich_markup_mode=None)

FAILED: Final = 1
"""Exit status when the policy does not keep the contract."""


@app.command()
def check(
    policy: Annotated[str, typer.Argument(help="file.py:Class, or the name of a policy.", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """Judge whether a policy keeps its contract.

    The exit status is 0 if it does and 1 if it does not.
    """
    from sim.policies.registry import load_policy
    from sim.testing import check_policy

    verdicts = check_policy(load_policy(policy, Path()))
    if as_json:
        print_json([dataclasses.asdict(verdict) for verdict in verdicts])
    else:
        for verdict in verdicts:
            say(str(verdict))
    failed = sum(not verdict.passed for verdict in verdicts)
    if not as_json:
        say(f"{policy}: {len(verdicts) - failed} of {len(verdicts)} points kept" + (", ready for use" * (not failed)))
    if failed:
        raise typer.Exit(FAILED)

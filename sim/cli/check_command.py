"""``sim check``: judge policies by the public conformance kit."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from sim.cli.console import print_json, say
from sim.cli.options import JsonOption

if TYPE_CHECKING:
    from sim.policies import Policy
    from sim.testing import Verdict

app = typer.Typer(add_completion=False, rich_markup_mode=None)

FAILED: Final = 1
"""Exit status when a policy does not keep the contract."""


@app.command()
def check(
    policy: Annotated[
        str,
        typer.Argument(help="file.py, file.py:Class, the name of a policy or of a package.", show_default=False),
    ],
    as_json: JsonOption = False,
) -> None:
    """Judge whether policies keep their contract.

    That is one policy, all of a file, or all that an installed package offers.

    The exit status is 0 if they do and 1 if one does not.
    """
    from sim.policies.registry import policies_of
    from sim.testing import check_policy

    policies = policies_of(policy, Path())
    verdicts = {rule: check_policy(kind) for rule, kind in policies.items()}
    if as_json:
        rows = [
            {"policy": rule, **dataclasses.asdict(verdict)} for rule, judged in verdicts.items() for verdict in judged
        ]
        print_json(rows)
    else:
        for rule, judged in verdicts.items():
            _print(rule, policies[rule], judged)
    if not all(verdict.passed for judged in verdicts.values() for verdict in judged):
        raise typer.Exit(FAILED)


def _print(rule: str, policy: type[Policy], verdicts: list[Verdict]) -> None:
    for verdict in verdicts:
        say(str(verdict))
    failed = sum(not verdict.passed for verdict in verdicts)
    say(f"{rule}: {len(verdicts) - failed} of {len(verdicts)} points kept" + (", ready for use" * (not failed)))
    if not failed:
        from sim.testing.cost import describe_door

        say(describe_door(policy()))

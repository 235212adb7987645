"""``sim policies``: the shipped and installed policies, their parameters, and what they answer."""

from __future__ import annotations

import dataclasses
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.options import JsonOption
from sim.cli.printing import print_json, print_sheets, say

if TYPE_CHECKING:
    from sim.policies import Policy

app = typer.Typer(
    help="List policies, and show what one answers.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)


@app.command("list")
def list_policies(as_json: JsonOption = False) -> None:
    """List the shipped policies and those that installed packages offer."""
    from sim.fields import parameters_of
    from sim.policies.registry import SHIPPED, installed, load_policy
    from sim.results.tables import Sheet

    names = [*SHIPPED, *(name for name in installed() if name not in SHIPPED)]
    rows = []
    for name in names:
        policy = load_policy(name, Path())
        rows.append(
            {
                "code": policy.code,
                "name": name,
                "rule": _summary(policy),
                "parameters": list(parameters_of(policy)),
                "source": policy.source,
            }
        )
    if as_json:
        print_json(rows)
        return
    cells = tuple(
        (str(row["code"]), str(row["name"]), str(row["rule"]), ", ".join(row["parameters"]), str(row["source"]))
        for row in rows
    )
    print_sheets([Sheet("Policies", ("code", "name", "rule", "parameters", "source"), cells, left=5, whole=2)])
    say('A rule of your own is written "file.py:Class" in a scenario; `sim check file.py:Class` judges it.')


@app.command("show")
def show_policy(
    name: Annotated[str, typer.Argument(help="Name, or file.py:Class.", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """Show what a policy does, its parameters with bounds and sources, and its answers in a standard situation."""
    from sim.fields import parameters_of
    from sim.policies.fingerprint import fingerprint
    from sim.policies.registry import load_policy

    policy = load_policy(name, Path())
    parameters = list(parameters_of(policy).values())
    answers = fingerprint(policy())
    text = inspect.getdoc(policy) or ""
    if as_json:
        declared = [vars(one) | {"bounds": str(one.bounds)} for one in parameters]
        shown = {"name": name, "code": policy.code, "source": policy.source, "text": text, "parameters": declared}
        print_json(shown | {"fingerprint": [dataclasses.asdict(answer) for answer in answers]})
        return
    say(f"{name}{f' ({policy.code})' if policy.code else ''}, source {policy.source}")
    for paragraph in text.split("\n\n"):
        heading, rule, rest = paragraph.rpartition("-\n")
        say("")
        for line in f"{heading}{rule}".splitlines():
            say(line)
        say(rest.replace("\n", " "))
    say("")
    _print_parameters(parameters, policy())
    _print_answers(answers)


def _summary(policy: type[Policy]) -> str:
    return (inspect.getdoc(policy) or "").partition("\n\n")[0].replace("\n", " ")


def _print_parameters(parameters: list[Any], policy: Policy) -> None:
    from sim.policies import Policy as Base
    from sim.results.tables import Sheet

    rows = [(one.name, f"{one.default:.4g}", str(one.bounds), one.unit, one.source, one.text) for one in parameters]
    rows += [
        (name, type(inner).__name__, "a policy", "", "", "the policy below this one")
        for name, inner in vars(policy).items()
        if isinstance(inner, Base)
    ]
    if rows:
        headings = ("parameter", "default", "allowed", "unit", "source", "meaning")
        print_sheets([Sheet("Parameters", headings, tuple(rows), left=6, whole=1)])


def _print_answers(answers: list[Any]) -> None:
    from sim.policies.fingerprint import HARM, UNANSWERED
    from sim.results.tables import Sheet

    rows = []
    for answer in answers:
        shares = ", ".join(
            f"{rung}" if share == 1 else f"{rung} ({100 * share:.0f} %)" for rung, share in answer.rungs.items()
        )
        rows.append((str(answer.provocation), f"{answer.multiplier:.2f}", "none" if answer.multiplier == 0 else shares))
    title = "Answers in a standard situation, with the defaults"
    print_sheets([Sheet(title, ("provocation on rung", "reactions, × calibrated", "on rung"), tuple(rows), left=3)])
    say(
        f"Standard situation: a harm of {UNANSWERED:g} killed-equivalents is unanswered; an act on rung 0 to "
        f"{len(HARM) - 1} does a harm of {', '.join(f'{harm:g}' for harm in HARM)} on either side; no mediation."
    )

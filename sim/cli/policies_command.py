"""``sim policies``: the shipped and installed policies, their parameters, and what they answer."""

from __future__ import annotations

import dataclasses
import inspect
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from sim.cli.console import print_json, print_rows, say
from sim.cli.option_groups import App, argument, option
from sim.cli.options import JsonOption

if TYPE_CHECKING:
    from sim.policies import Policy

app = App(help="List policies, show what one answers, begin one of your own.", no_args_is_help=True)


@app.command("list", epilog="sim policies list")
def list_policies(as_json: JsonOption = False) -> None:
    """List the shipped policies and those that installed packages offer."""
    from sim.policies.registry import SHIPPED, installed, load_policy

    names = [*SHIPPED, *(name for name in installed() if name not in SHIPPED)]
    rows = [_row(name, load_policy(name, Path())) for name in names]
    if as_json:
        print_json(rows)
        return
    columns = {name: itemgetter(name) for name in ("code", "name", "rule", "properties", "source")}
    print_rows("Policies", rows, columns | {"properties": lambda row: ", ".join(row["properties"])}, 5, 2)
    say("What a policy answers, and its parameters: `sim policies show NAME`.")
    say('A rule of your own is written "file.py:Class" in a scenario; `sim check file.py:Class` judges it.')


@app.command("show", epilog="sim policies show tit_for_tat")
def show_policy(
    name: Annotated[str, argument("Name, or file.py:Class.")],
    picture: Annotated[Path | None, option("Also write the answers as a PNG here.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a policy does, its parameters with bounds and sources, and its answers in a standard situation."""
    from sim.core.parameters import parameters_of
    from sim.policies.fingerprint import fingerprint, story
    from sim.policies.registry import load_policy

    policy = load_policy(name, Path())
    if picture is not None:
        from sim.report.fingerprint_plots import plot_fingerprints
        from sim.sweeps.results_folder import write_whole

        write_whole(picture, plot_fingerprints({name: policy()}))
    parameters = list(parameters_of(policy).values())
    answers, days = fingerprint(policy()), story(policy())
    text = inspect.getdoc(policy) or ""
    if as_json:
        declared = [vars(item) | {"bounds": str(item.bounds)} for item in parameters]
        shown = _row(name, policy) | {"text": text, "parameters": declared}
        shown |= {"fingerprint": [dataclasses.asdict(answer) for answer in answers]}
        print_json(shown | {"story": [dataclasses.asdict(day) for day in days]})
        return
    say(f"{name}{f' ({policy.code})' if policy.code else ''}, source {policy.source}")
    for paragraph in text.split("\n\n"):
        heading, rule, rest = paragraph.rpartition("-\n")
        say("")
        for line in f"{heading}{rule}".splitlines():
            say(line)
        say(rest.replace("\n", " "))
    say("")
    say(f"With the defaults: {', '.join(_row(name, policy)['properties'])}.")
    say("")
    _print_parameters(parameters, policy())
    _print_answers(answers)
    say("")
    _print_story(days)


@app.command("new", epilog="sim policies new Vengeful --out my-policy")
def new_policy(
    name: Annotated[str, argument("Name of the class, such as Vengeful.")],
    out: Annotated[Path, option("Folder for the files.")] = Path(),
) -> None:
    """Write a policy to start from, a scenario that uses it, and a test that passes at once."""
    from sim.policies.template import write_starter

    policy, scenario, test = write_starter(name, out)
    say(f"{policy}: the policy; change it, then `sim check {policy}:{name}`")
    say(f"{scenario}: a sweep with it, `sim sweep {scenario}`")
    say(f"{test}: its test, `pytest {test}`")


def _row(name: str, policy: type[Policy]) -> dict[str, Any]:
    from sim.core.parameters import parameters_of
    from sim.policies.registry import describe_memory, describe_rule, list_names

    claims = policy().claims()
    words = [name for name in ("stochastic", "never_escalates", "never_first") if getattr(claims, name)]
    return {
        "code": policy.code,
        "name": name,
        "rule": describe_rule(policy),
        "names": list(list_names(policy)),
        "parameters": list(parameters_of(policy)),
        "properties": [*(word.replace("_", " ") for word in words), f"memory: {describe_memory(claims)}"],
        "source": policy.source,
    }


def _print_parameters(parameters: list[Any], policy: Policy) -> None:
    rows = [
        (item.name, f"{item.default:.4g}", str(item.bounds), item.unit, item.source, item.text) for item in parameters
    ]
    rows += [
        (name, type(inner).__name__, "a policy", "", "", "the policy below this one")
        for name, inner in policy.policies_inside()
    ]
    headings = ("parameter", "default", "allowed", "unit", "source", "meaning")
    if rows:
        print_rows("Parameters", rows, {name: itemgetter(i) for i, name in enumerate(headings)}, 6, 1)


def _print_answers(answers: list[Any]) -> None:
    from sim.policies.view import HARM, UNANSWERED

    def tell_rungs(answer: Any) -> str:
        shares = (f"{rung}" if share == 1 else f"{rung} ({100 * share:.0f} %)" for rung, share in answer.rungs.items())
        return "none" if answer.multiplier == 0 else ", ".join(shares)

    columns = {
        "provocation on rung": lambda answer: str(answer.provocation),
        "reactions, × calibrated": lambda answer: f"{answer.multiplier:.2f}",
        "on rung": tell_rungs,
    }
    print_rows("Answers in a standard situation, with the defaults", answers, columns, 3)
    say(
        f"Standard situation: a harm of {UNANSWERED:g} killed-equivalents is unanswered; an act on rung 0 to "
        f"{len(HARM) - 1} does a harm of {', '.join(f'{harm:g}' for harm in HARM)} on either side; no mediation."
    )


def _print_story(days: list[Any]) -> None:
    from sim.policies.fingerprint import CEASEFIRE_DAY, ENTRY_DAY, STORY_RUNG

    columns = {
        "day": lambda day: str(day.day),
        "received": lambda day: str(day.received or "none"),
        "sent": lambda day: str(day.sent or "none"),
        "reactions, × calibrated": lambda day: f"{day.multiplier:.2f}",
        "on rung": lambda day: f"{day.rung:.2f}" if day.multiplier else "none",
        "campaign": lambda day: f"{day.campaign:+.2f}",
        "strategic": lambda day: f"{day.strategic:.2f}",
    }
    print_rows("A fortnight, day by day, with the defaults", days, columns, 3)
    say(
        "Rungs received and sent on the day before; the answer to rung "
        f"{STORY_RUNG}; the addition to the log rate of a campaign; unprovoked acts a day. The party joins the war on "
        f"day {ENTRY_DAY}; a ceasefire begins on day {CEASEFIRE_DAY}."
    )

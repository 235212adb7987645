"""The page of the shipped policies, made from the code; ``python tests/gallery.py`` writes it anew."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from sim.core.parameters import parameters_of
from sim.policies import Policy
from sim.policies.fingerprint import CEASEFIRE_DAY, ENTRY_DAY, STORY, STORY_RUNG, fingerprint, story
from sim.policies.registry import SHIPPED, describe_memory, describe_rule, list_names
from sim.policies.view import HARM, UNANSWERED

PAGE = Path(__file__).resolve().parents[1] / "docs" / "policies.md"
PICTURES = PAGE.parent / "pictures"

HEAD = f"""# Policies

How a party answers what it received. This page is made from the code by `python tests/gallery.py`; the same is on the
command line in `sim policies list` and `sim policies show NAME`. Each policy passes the public kit (`sim check NAME`),
which verifies the properties stated here.

**Properties.** *Stochastic*: the answers may depend on chance. *Never escalates*: no reaction is on a higher rung than
its provocation. *Never first*: where nothing was received and nothing is due, no strategic act and no push to a
campaign. *Memory*: how far back the answers look beyond the state that the engine shows to every policy. The properties
of a policy over another count those of the other; here they are stated for the defaults.

**Fingerprints.** *Table*: reactions (as a multiple of the calibrated number) and their rung, by rung of provocation,
with the defaults, while a harm of {UNANSWERED:g} killed-equivalents is unanswered and an act on rung 0 to
{len(HARM) - 1} does a harm of {", ".join(f"{harm:g}" for harm in HARM)}. *Story*: the reactions to rung {STORY_RUNG} on
the days of a fixed fortnight; a dot is none. What was received and sent on the day before:

| day | {" | ".join(str(day) for day in range(len(STORY) + 1))} |
| --- |{" --- |" * (len(STORY) + 1)}
| received on rung | – | {" | ".join(str(received or "–") for received, _ in STORY)} |
| sent on rung | – | {" | ".join(str(sent or "–") for _, sent in STORY)} |

The party joins the war on day {ENTRY_DAY}, and a ceasefire begins on day {CEASEFIRE_DAY}.
"""


def page() -> str:
    """Return the text of the page."""
    parts = [HEAD, _index(), _pictures(), *(_entry(rule, policy) for rule, policy in SHIPPED.items())]
    return "\n".join(parts)


def _index() -> str:
    rows = ["| policy | code | stochastic | never escalates | never first | memory |", "| --- |" + " --- |" * 5]
    for rule, policy in SHIPPED.items():
        claims = policy().claims()
        flags = (claims.stochastic, claims.never_escalates, claims.never_first)
        words = " | ".join("yes" if flag else "no" for flag in flags)
        rows.append(f"| [`{rule}`](#{rule}) | {policy.code} | {words} | {describe_memory(claims)} |")
    return "\n".join(rows) + "\n"


def families() -> dict[str, dict[str, Policy]]:
    """Return the shipped policies with their defaults by family, which is the file that they stand in."""
    found: dict[str, dict[str, Policy]] = {}
    for rule, policy in SHIPPED.items():
        found.setdefault(policy.__module__.rpartition(".")[2].replace("_", "-"), {})[rule] = policy()
    return found


def _pictures() -> str:
    lines = [
        "## Fingerprints at a glance",
        "",
        "Left: rung of the answer by rung of provocation, the darker the more reactions; the dotted line is an answer",
        f"in kind. Right: reactions to rung {STORY_RUNG} on the days of the story; above a bar the rung of the answer",
        "where it is higher, a triangle where the policy leans to a campaign; below, what was received (orange) and",
        "sent (grey) the day before.",
        "",
    ]
    for family, policies in families().items():
        names = ", ".join(f"[`{rule}`](#{rule})" for rule in policies)
        lines += [f"{names}:", "", f"![Fingerprints of {', '.join(policies)}](pictures/policies-{family}.png)", ""]
    return "\n".join(lines)


def _entry(rule: str, policy: type[Policy]) -> str:
    lines = [f"## {rule}", "", describe_rule(policy), ""]
    names = list_names(policy)
    lines += [f"*Names*: {'; '.join(names)}. *Source*: {policy.source}.", ""]
    for paragraph in _paragraphs(policy):
        lines += [paragraph, ""]
    lines += [*_parameters(policy), "", *_table(policy), "", _story(policy), ""]
    return "\n".join(lines)


def _paragraphs(policy: type[Policy]) -> list[str]:
    text = (inspect.getdoc(policy) or "").partition("\n\nNames\n-----")[0]
    return [re.sub(r"\s+", " ", paragraph) for paragraph in text.split("\n\n")[1:]]


def _parameters(policy: type[Policy]) -> Iterator[str]:
    declared = parameters_of(policy)
    inner = [(name, type(value).__name__) for name, value in policy().policies_inside()]
    if not declared and not inner:
        yield "No parameters."
        return
    yield "| parameter | default | allowed | unit | source | meaning |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for name, one in declared.items():
        yield f"| `{name}` | {one.default:.4g} | {one.bounds} | {one.unit} | {one.source} | {one.text} |"
    for name, kind in inner:
        yield f"| `{name}` | {kind} | a policy | | | the policy inside |"


def _table(policy: type[Policy]) -> Iterator[str]:
    answers = fingerprint(policy())
    yield f"| provocation on rung | {' | '.join(str(answer.provocation) for answer in answers)} |"
    yield "| --- |" + " --- |" * len(answers)
    yield f"| reactions | {' | '.join(f'{answer.multiplier:.2f}' for answer in answers)} |"
    shown = [_rungs(answer.rungs) if answer.multiplier > 0 else "–" for answer in answers]
    yield f"| on rung | {' | '.join(shown)} |"


def _rungs(shares: dict[int, float]) -> str:
    return ", ".join(f"{rung}" if share == 1 else f"{rung} ({100 * share:.0f} %)" for rung, share in shares.items())


def _story(policy: type[Policy]) -> str:
    days = story(policy())
    rows = {
        "reactions": [f"{day.multiplier:.2g} on {day.rung:.2g}" if day.multiplier else "·" for day in days],
        "campaign": [f"{day.campaign:+.2g}" if day.campaign else "·" for day in days],
        "strategic a day": [f"{day.strategic:.2g}" if day.strategic else "·" for day in days],
    }
    shown = {name: cells for name, cells in rows.items() if name == "reactions" or set(cells) != {"·"}}
    lines = [f"| day | {' | '.join(str(day.day) for day in days)} |", "| --- |" + " --- |" * len(days)]
    lines += [f"| {name} | {' | '.join(cells)} |" for name, cells in shown.items()]
    return "\n".join(lines)


def main() -> None:
    """Write the page and its pictures."""
    from sim.report.fingerprint_plots import plot_fingerprints

    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    PICTURES.mkdir(exist_ok=True)
    for family, policies in families().items():
        (PICTURES / f"policies-{family}.png").write_bytes(plot_fingerprints(policies))


if __name__ == "__main__":
    main()

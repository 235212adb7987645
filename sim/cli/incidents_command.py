"""``sim incidents``: what was reported, row by row, in sums, and beside the published tallies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from sim.cli import incidents_import
from sim.cli.console import print_json, say
from sim.cli.incidents_options import Selection, Span
from sim.cli.incidents_print import (
    at_least,
    format_count,
    format_figure,
    format_sides,
    format_time,
    itemisation_lines,
    print_sides,
    print_table,
    print_tallies,
    records,
)
from sim.cli.option_groups import App, option
from sim.cli.options import JsonOption, check_known
from sim.core.shipped_data import find_beside_theatre

if TYPE_CHECKING:
    from sim.evidence import Ledger

LEDGER = Path("scenarios/lebanon-2023/ledger.csv")
DEATHS = ("killed", "killed_combatants", "killed_civilians")
LEGEND = (
    "* reported by the opening article. Launches: counted/claimed. Killed: on the target's side; civil.: civilians "
    "among them; own: dead of the initiator. ? not reported, ≈ about, ≥ at least, bounds in brackets. ~ time known to "
    "the hour or the part of the day."
)

app = App(help="List, show, sum, import, check and add reported incidents.", no_args_is_help=True)
app.add_typer(incidents_import.app)

LedgerOption = Annotated[Path, option("Ledger; tallies.csv is looked for beside it.")]


@app.command("list", epilog="sim incidents list --from 2023-11-01 --to 2023-11-07 --dyad HZB-ISR")
def list_incidents(
    *,
    ledger: LedgerOption = LEDGER,
    selection: Selection,
    as_json: JsonOption = False,
) -> None:
    """List incidents in the order of time, one a line."""
    chosen = selection.rows(_read(ledger))
    if as_json:
        print_json(records(chosen.table))
        return
    rows = [
        (
            incident.id,
            format_time(incident),
            format_sides(incident),
            incident.place + ("*" if incident.in_article else ""),
            "–" if incident.rung is None else incident.rung,
            f"{format_count(incident.launches_counted)}/{format_count(incident.launches_claimed)}"
            if incident.kind == "act"
            else "–",
            format_figure(incident.deaths) if incident.kind in ("act", "exogenous") else "–",
            format_figure(incident.civilian_deaths)
            if incident.killed_civilian
            or incident.civilian_deaths.high
            or (incident.deaths.known and not incident.civilian_deaths.known)
            else "",
            incident.initiator_killed if incident.kind == "act" else "–",
        )
        for incident in sorted(chosen, key=lambda incident: incident.day_of(incident.date.min))
    ]
    headings = ("id", "when", "who", "place", "rung", "launches", "killed", "civil.", "own")
    print_table(f"{len(rows)} incidents.", headings, rows, left=4, whole=3)
    say(LEGEND)


@app.command("show", epilog="sim incidents show E-2023-10-08-01")
def show_incident(id: str, *, ledger: LedgerOption = LEDGER, as_json: JsonOption = False) -> None:
    """Show one incident with all that is known of it, its triggers and its answers."""
    from sim.evidence import Ledger

    whole = _read(ledger)
    incident = whole[id]
    if as_json:
        print_json(records(Ledger((incident,)).table)[0])
        return
    answers = ", ".join(other.id for other in whole if incident.id in other.triggers)
    facts = {
        "when": f"{format_time(incident)} ({incident.time_precision.replace('_', ' ')})",
        "who": format_sides(incident)
        + (f", charged to {incident.charged}" if incident.charged else "")
        + f" ({incident.kind.replace('_', ' ')})",
        "where": incident.place
        + ("" if incident.latitude is None else f" ({incident.latitude:.2f} N, {incident.longitude:.2f} E)"),
        "struck": incident.struck,
        "weapon": incident.weapon,
        "launches": f"counted {format_count(incident.launches_counted)}, "
        f"claimed {format_count(incident.launches_claimed)}",
        "rung": ""
        if incident.rung is None
        else str(incident.rung)
        if incident.rung_low == incident.rung_high
        else f"{incident.rung} ({incident.rung_low} to {incident.rung_high})",
        "killed": f"{format_figure(incident.deaths)} on the target's side: "
        f"military {format_figure(incident.military_deaths)}, civilian {format_figure(incident.civilian_deaths)}; "
        f"initiator's own dead {format_count(incident.initiator_killed)}",
        "depth": "" if incident.depth_km is None else f"{incident.depth_km:g} km",
        "trigger": incident.stated_trigger
        + ("" if incident.lag_hours is None else f" ({incident.lag_hours:g} hours before)"),
        "answered by": answers,
        "source": f"{incident.source} (certainty {'+'.join(incident.certainty)})",
        "used for": f"{incident.split.replace('_', ' ')}{', in the opening article' if incident.in_article else ''}",
        "note": incident.note,
    }
    print_table(incident.id, ("", ""), [(name, fact) for name, fact in facts.items() if fact], left=2)


@app.command("sum", epilog="sim incidents sum --by week")
def sum_incidents(
    *,
    ledger: LedgerOption = LEDGER,
    by: Annotated[str, option("dyad, initiator, target, day, week, month or rung.")] = "dyad",
    selection: Selection,
    as_json: JsonOption = False,
) -> None:
    """Sum acts, launches and the dead of all sides, and set the sums beside published tallies."""
    from sim.evidence import GROUPS, Tallies

    whole = _read(ledger)
    chosen = selection.rows(whole)
    check_known("--by", by, GROUPS)
    totals, dead = chosen.totals(by).reset_index(), chosen.deaths_by_side(by).reset_index()
    path = find_beside_theatre(ledger, "ledger.csv").with_name("tallies.csv")
    tallies = Tallies.read(path) if path.exists() else None
    compared = selection.tallies(whole, tallies, DEATHS, selection.sides())
    if as_json:
        print_json({"totals": records(totals), "deaths_by_side": records(dead), "tallies": compared})
        return
    columns = ("acts", "rung_highest", "launches_counted", "launches_claimed", "killed_best", "killed_civilian")
    shown = [*columns, "initiator_killed", "without_figure"]
    headings = (by, "acts", "top rung", "launches counted", "launches claimed", "killed on target's side")
    more = ("of these civilians", "own dead", "acts without a figure")
    rows = [
        row | {"killed_civilian": at_least(row["killed_civilian"], row["without_civilians"])} for row in records(totals)
    ]
    print_table("Acts", (*headings, *more), [[row[by], *(row[name] for name in shown)] for row in rows])
    print_sides(by, records(dead))
    others = sum(incident.kind != "act" for incident in chosen)
    say(f"Best figures, summed where known; ? where none is. {others} rows that are no acts are not summed.")
    say("")
    print_tallies("Published tallies, and what dated rows of the same span itemise", compared)
    for line in itemisation_lines(compared):
        say(line)


@app.command("tallies", epilog="sim incidents tallies --from 2023-10-08")
def list_tallies(
    *,
    ledger: LedgerOption = LEDGER,
    span: Span,
    as_json: JsonOption = False,
) -> None:
    """List published tallies of every measure beside what the ledger itemises of them."""
    from sim.evidence import Tallies

    tallies = Tallies.read(find_beside_theatre(ledger, "ledger.csv").with_name("tallies.csv"))
    compared = span.tallies(_read(ledger), tallies)
    if as_json:
        print_json(compared)
        return
    print_tallies("Published tallies", compared)
    say("Tallies of different counters overlap and disagree; they are never added up.")


def _read(path: Path) -> Ledger:
    """Return the ledger; pandas is loaded only here."""
    from sim.evidence import Ledger

    return Ledger.read(find_beside_theatre(path, "ledger.csv"))

"""``sim incidents``: what was reported, row by row, in sums, and beside the published tallies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.incident_tables import deaths, figure, print_json, print_table, records, say, when, who
from sim.errors import InputError, nearest

if TYPE_CHECKING:
    from sim.evidence import Ledger, Tallies

LEDGER = Path("scenarios/lebanon-2023/ledger.csv")
DEATHS = ("killed", "killed_combatants", "killed_civilians")
LEGEND = """* reported by the opening article. Launches: counted / claimed. Killed: on the target's side; civilians.
? not reported, ≈ about, ≥ at least, bounds in brackets. ~ time known to the hour or the part of the day."""

app = typer.Typer(help="List, show and sum reported incidents.", no_args_is_help=True, add_completion=False)

LedgerOption = Annotated[Path, typer.Option("--ledger", help="Ledger; tallies.csv is looked for beside it.")]
FromOption = Annotated[str, typer.Option("--from", help="First day, as 2023-10-08.")]
ToOption = Annotated[str, typer.Option("--to", help="Last day.")]
WeekOption = Annotated[str, typer.Option("--week", help="Any day of one week, Monday to Sunday.")]
DyadOption = Annotated[str, typer.Option("--dyad", help="Initiator and target, as ISR-HZB.")]
InitiatorOption = Annotated[str, typer.Option("--initiator", help="Party that acted.")]
TargetOption = Annotated[str, typer.Option("--target", help="Party that was struck.")]
RungOption = Annotated[str, typer.Option("--rung", help="A rung, or a range as 4-6.")]
SplitOption = Annotated[str, typer.Option("--split", help="calibration, held_out or all.")]
ArticleOption = Annotated[bool, typer.Option("--article", help="Only what the opening article reports.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_incidents(
    ledger: LedgerOption = LEDGER,
    since: FromOption = "",
    until: ToOption = "",
    week: WeekOption = "",
    dyad: DyadOption = "",
    initiator: InitiatorOption = "",
    target: TargetOption = "",
    rung: RungOption = "",
    split: SplitOption = "calibration",
    article: ArticleOption = False,
    as_json: JsonOption = False,
) -> None:
    """List incidents in the order of time, one a line."""
    chosen = _chosen(_read(ledger), _days(since, until, week), _sides(dyad, initiator, target), rung, split, article)
    if as_json:
        print_json(records(chosen.table))
        return
    rows = [
        (
            one.id,
            when(one),
            who(one),
            "–" if one.rung is None else one.rung,
            f"{_count(one.launches_counted)} / {_count(one.launches_claimed)}" if one.kind == "act" else "–",
            deaths(one) if one.kind in ("act", "exogenous") else "–",
            one.initiator_killed or "",
            one.place + ("*" if one.in_article else ""),
        )
        for one in sorted(chosen, key=lambda one: one.day_of(one.date.min))
    ]
    headings = ("id", "when", "who", "rung>", "launches>", "killed; civil.>", "own dead>", "place")
    print_table("", headings, rows)
    say(f"{len(rows)} incidents. {LEGEND}")


@app.command("show")
def show_incident(id: str, ledger: LedgerOption = LEDGER, as_json: JsonOption = False) -> None:
    """Show one incident with all that is known of it, its triggers and its answers."""
    from sim.evidence import Ledger

    whole = _read(ledger)
    one = whole[id]
    if as_json:
        print_json(records(Ledger((one,)).table)[0])
        return
    answers = ", ".join(other.id for other in whole if one.id in other.triggers)
    facts = {
        "when": f"{when(one)} ({one.time_precision.replace('_', ' ')})",
        "who": f"{who(one)}{f', charged to {one.charged}' if one.charged else ''} ({one.kind.replace('_', ' ')})",
        "where": one.place + ("" if one.latitude is None else f" ({one.latitude:.2f} N, {one.longitude:.2f} E)"),
        "struck": one.struck,
        "weapon": one.weapon,
        "launches": f"counted {_count(one.launches_counted)}, claimed {_count(one.launches_claimed)}",
        "rung": ""
        if one.rung is None
        else str(one.rung)
        if one.rung_low == one.rung_high
        else f"{one.rung} ({one.rung_low} to {one.rung_high})",
        "killed": f"{figure(one.deaths)} on the target's side: military {figure(one.military_deaths)}, "
        f"civilian {figure(one.civilian_deaths)}; initiator's own dead {_count(one.initiator_killed)}",
        "depth": "" if one.depth_km is None else f"{one.depth_km:g} km",
        "trigger": one.stated_trigger + ("" if one.lag_hours is None else f" ({one.lag_hours:g} hours before)"),
        "answered by": answers,
        "source": f"{one.source} (certainty {'+'.join(one.certainty)})",
        "used for": f"{one.split.replace('_', ' ')}{', in the opening article' if one.in_article else ''}",
        "note": one.note,
    }
    print_table(one.id, ("", ""), [(name, fact) for name, fact in facts.items() if fact])


@app.command("sum")
def sum_incidents(
    ledger: LedgerOption = LEDGER,
    by: Annotated[str, typer.Option("--by", help="dyad, initiator, target, day, week, month or rung.")] = "dyad",
    since: FromOption = "",
    until: ToOption = "",
    week: WeekOption = "",
    dyad: DyadOption = "",
    initiator: InitiatorOption = "",
    target: TargetOption = "",
    rung: RungOption = "",
    split: SplitOption = "calibration",
    article: ArticleOption = False,
    as_json: JsonOption = False,
) -> None:
    """Sum acts, launches and the dead of all sides, and set the sums beside published tallies."""
    whole, days, sides = _read(ledger), _days(since, until, week), _sides(dyad, initiator, target)
    chosen = _chosen(whole, days, sides, rung, split, article)
    totals, dead = chosen.totals(by).reset_index(), chosen.deaths_by_side(by).reset_index()
    compared = _compared(whole, _tallies_beside(ledger), days, sides, split, article)
    if as_json:
        print_json({"totals": records(totals), "deaths_by_side": records(dead), "tallies": compared})
        return
    columns = ("acts", "rung_highest", "launches_counted", "launches_claimed", "killed_best", "killed_civilian")
    shown = [*columns, "initiator_killed", "without_figure"]
    headings = (by, *(f"{name}>" for name in ("acts", "top rung", "launches counted", "claimed")))
    deaths = ("killed, target's side>", "of these civilians>", "own dead>", "acts without a figure>")
    print_table("Acts", (*headings, *deaths), [[row[by], *(row[name] for name in shown)] for row in records(totals)])
    _print_sides(by, records(dead))
    say("Dead of all sides in dated rows, best figures; an act without a figure adds nothing, so sums are floors.")
    others = sum(one.kind != "act" for one in chosen)
    say(f"{others} rows that are no acts (signals, evacuations, alarms, events elsewhere) are not summed.")
    _print_tallies("Published tallies, and what dated rows of the same span itemise", compared)
    say(_verdicts(compared))


@app.command("tallies")
def list_tallies(
    ledger: LedgerOption = LEDGER,
    since: FromOption = "",
    until: ToOption = "",
    split: SplitOption = "calibration",
    article: ArticleOption = False,
    as_json: JsonOption = False,
) -> None:
    """List published tallies of every measure beside what the ledger itemises of them."""
    from sim.evidence import Tallies

    tallies = Tallies.read(ledger.with_name("tallies.csv"))
    compared = _compared(_read(ledger), tallies, _days(since, until, ""), ("", ""), split, article, measures=())
    if as_json:
        print_json(compared)
        return
    _print_tallies("", compared)
    say("Tallies of different counters overlap and disagree; they are never added up.")


def _read(path: Path) -> Ledger:
    """Return the ledger; pandas is loaded only here."""
    from sim.evidence import Ledger

    return Ledger.read(path)


def _tallies_beside(ledger: Path) -> Tallies | None:
    """Return the tallies beside a ledger, if there are any."""
    from sim.evidence import Tallies

    path = ledger.with_name("tallies.csv")
    return Tallies.read(path) if path.exists() else None


def _day(text: str, option: str) -> date | None:
    """Return the day that an option names."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError.single(option, "", f'"{text}" is not a date; write it as 2023-10-08') from None


def _days(since: str, until: str, week: str) -> tuple[date | None, date | None]:
    """Return the first and the last day asked for."""
    day = _day(week, "--week")
    if day is None:
        first, last = _day(since, "--from"), _day(until, "--to")
        if first and last and last < first:
            raise InputError.single("--to", "", f"{last} is before --from, which is {first}")
        return first, last
    if since or until:
        raise InputError.single("--week", "", "cannot stand beside --from or --to")
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def _sides(dyad: str, initiator: str, target: str) -> tuple[str, str]:
    """Return initiator and target asked for."""
    if not dyad:
        return initiator, target
    if initiator or target:
        raise InputError.single("--dyad", "", "cannot stand beside --initiator or --target")
    first, dash, second = dyad.partition("-")
    if not (first and dash and second):
        raise InputError.single("--dyad", "", f'"{dyad}" is not a dyad; write initiator and target as ISR-HZB')
    return first, second


def _rungs(text: str) -> list[int] | None:
    """Return the rungs asked for."""
    if not text:
        return None
    low, dash, high = text.partition("-")
    if not low.isdecimal() or (dash and not high.isdecimal()):
        raise InputError.single("--rung", "", f'"{text}" is not a rung; write one as 4 or a range as 4-6')
    return list(range(int(low), int(high or low) + 1))


def _split(text: str) -> str | None:
    """Return the split asked for, ``None`` for all."""
    from sim.evidence import SPLITS

    if text not in (*SPLITS, "all"):
        raise InputError.single("--split", "", f'"{text}" is not known; {nearest(text, (*SPLITS, "all"))}')
    return None if text == "all" else text


def _chosen(
    ledger: Ledger,
    days: tuple[date | None, date | None],
    sides: tuple[str, str],
    rung: str,
    split: str,
    article: bool,
) -> Ledger:
    """Return the incidents asked for."""
    return ledger.filter(
        since=days[0],
        until=days[1],
        initiator=sides[0] or None,
        target=sides[1] or None,
        split=_split(split),
        rung=_rungs(rung),
        in_article=True if article else None,
    )


def _compared(
    ledger: Ledger,
    tallies: Tallies | None,
    days: tuple[date | None, date | None],
    sides: tuple[str, str],
    split: str,
    article: bool,
    measures: Sequence[str] = DEATHS,
) -> list[dict[str, Any]]:
    """Return the tallies that end within the days, beside what the ledger itemises of them."""
    if tallies is None:
        return []
    wanted = tallies.filter(since=days[0], until=days[1], split=_split(split), in_article=True if article else None)
    # A held-out tally may have begun before the split, so the whole ledger itemises it.
    rows = ledger.filter(split="calibration") if split == "calibration" else ledger
    found = records(wanted.compare(rows).reset_index())
    return [
        row
        for row in found
        if (not measures or row["measure"] in measures)
        and (not sides[0] or sides[0] in row["initiators"].split(";"))
        and (not sides[1] or sides[1] in row["targets"].split(";"))
    ]


def _print_sides(by: str, rows: Sequence[dict[str, Any]]) -> None:
    """Print the dead of all sides, one column a side that has any."""
    sides = sorted({row["side"] for row in rows if row["killed"]})
    groups = {row[by]: {} for row in rows}
    for row in rows:
        civilian = f"; {row['killed_civilian']}" if row["killed_civilian"] else ""
        groups[row[by]][row["side"]] = f"{row['killed']}{civilian}"
    lines = [(group, *(dead.get(side, 0) for side in sides)) for group, dead in groups.items()]
    lines.append(("all", *(_whole(rows, side) for side in sides)))
    print_table("\nDead of every side (of these civilians)", (by, *(f"{side}>" for side in sides)), lines)


def _whole(rows: Sequence[dict[str, Any]], side: str) -> str:
    """Return the dead of one side over all groups."""
    killed = sum(row["killed"] for row in rows if row["side"] == side)
    civilian = sum(row["killed_civilian"] for row in rows if row["side"] == side)
    return f"{killed}; {civilian}" if civilian else str(killed)


def _print_tallies(title: str, rows: Sequence[dict[str, Any]]) -> None:
    """Print tallies beside what is itemised."""
    from sim.evidence import Figure

    headings = ("id", "from", "to", "measure", "where", "tally>", "itemised>", "only in tally>", "counted by")
    print_table(
        title,
        headings,
        [
            (
                row["id"] + ("*" if row["in_article"] else ""),
                row["period_start"],
                row["period_end"],
                row["measure"].replace("_", " "),
                row["location"],
                figure(Figure(row["low"], row["best"], row["high"])),
                "–" if row["itemised"] is None else row["itemised"],
                "–" if row["only_in_tally"] is None else row["only_in_tally"],
                row["counted_by"],
            )
            for row in rows
        ],
    )


def _verdicts(rows: Sequence[dict[str, Any]]) -> str:
    """Say in words how much of the article's tallies is itemised."""
    return "\n".join(
        f"Of the {row['best']} killed in {row['location']} that {row['counted_by']} counted to {row['period_end']},"
        f" {row['itemised']} stand in dated rows and {row['only_in_tally']} only in the tally."
        for row in rows
        if row["in_article"]
    )


def _count(number: int | None) -> str:
    """Return a count as text."""
    return "?" if number is None else str(number)

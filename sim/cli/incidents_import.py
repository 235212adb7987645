"""``sim incidents import``, ``validate`` and ``add``: how reports get into a ledger."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.console import print_json, say, stdout
from sim.cli.incidents_print import FEW, print_findings
from sim.cli.option_groups import App, argument, option
from sim.cli.options import FAILED, JsonOption
from sim.core.errors import InputError
from sim.core.shipped_data import find_beside_theatre

if TYPE_CHECKING:
    from collections.abc import Collection

    from sim.evidence import Ledger
    from sim.evidence.daily_series import DaysMerge
    from sim.evidence.importers.import_report import Importer, ImportReport
    from sim.evidence.ledger_merge import Merge
    from sim.evidence.replay import Replay
    from sim.scenario.theatre_file import TheatreFile

Merged = tuple[str, dict[str, Any], Callable[[], None]]
"""What becomes of an import: in words, in numbers, and the function that writes it."""
TheatreOption = Annotated[Path | None, option("Theatre whose parties are allowed.")]

app = App()


def _find_importer(name: str) -> Importer:
    from sim.evidence.importers import load_importers

    known = load_importers()
    if name not in known:
        raise typer.BadParameter(f"'{name}' is not one of {', '.join(map(repr, known))}.")
    return known[name]


FormatArgument = Annotated[Any, argument("Such as ged, acled, csv or daily.", metavar="FORMAT", parser=_find_importer)]
FileArgument = Annotated[Path, argument("File of the source.")]


@app.command(
    "import", epilog="sim incidents import ged events.csv --map scenarios/lebanon-2023/maps/ged.toml --into ledger.csv"
)
def import_incidents(
    form: FormatArgument,
    file: FileArgument,
    *,
    actors: Annotated[Path, option("TOML file that maps actors and columns.", "--map")],
    into: Annotated[Path, option("Ledger or daily table to add to.")],
    theatre: TheatreOption = None,
    update: Annotated[bool, option("Take rows that changed in the source.", "--update")] = False,
    dry: Annotated[bool, option("Say what would be done; nothing is written.", "--dry-run")] = False,
    findings: Annotated[Path | None, option("CSV file for all that is to look at.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Import events of a source into a ledger, and list everything about them that needs a look.

    A row of the source either becomes an incident or is listed with the reason why not. Rows that the ledger has are
    left as they are; those that changed in the source are listed, and taken with --update. The ledger is changed whole
    or not at all. The exit status is 1 if not one row could be read.
    """
    from sim.evidence.importers.column_map import ActorMap

    importer: Importer = form
    actors = find_beside_theatre(actors, "map.toml")
    if findings is not None and findings.resolve() in {path.resolve() for path in (file, actors, into)}:
        raise InputError.single("--findings", "", f"{findings} is a file of this import; choose another")
    imported = importer.read(file, ActorMap.read(actors))
    words, counts, write = _merge(imported, into, theatre, update)
    if findings is not None:
        _write_findings(imported, findings)
    if not dry:
        write()
    _print(imported, words + " (dry run: nothing is written)" * dry, counts, as_json)
    if imported.rows and imported.left_out == imported.rows:
        raise typer.Exit(FAILED)


def _merge(imported: ImportReport, into: Path, theatre: Path | None, update: bool) -> Merged:
    """Return what becomes of imported incidents, or of days where the source holds series."""
    from sim.evidence.daily_series import merge_days
    from sim.evidence.ledger_merge import merge_incidents

    merge: DaysMerge | Merge
    counts: dict[str, Any]
    record: dict[str, Any] = {}
    if imported.series is not None:
        merge = merge_days(into, imported.series, update=update)
        imported.note_days(merge.changed, update)
        counts, thing = {"added": merge.added, "same": merge.same}, "day"
    else:
        read = _read_theatre(theatre)
        merge = merge_incidents(into, imported.incidents, _parties(read), update=update)
        imported.note_merge(merge, update)
        replay = _replay(merge.whole, read)
        counts, thing = {"added": len(merge.added), "same": len(merge.same)}, "incident"
        record = {"replayed": len(replay.acts), "record": replay.summary}
    counts |= {"changed": len(merge.changed)}
    words = [f"{counts['added']:,} {thing}{'s' * (counts['added'] != 1)} added"]
    words += [f"{counts['same']:,} there already"] if counts["same"] else []
    fate = "taken" if update else "left as they were (--update takes them)"
    words += [f"{counts['changed']:,} changed, {fate}"] if counts["changed"] else []
    is_new = bool(merge.added or (update and merge.changed))
    return ", ".join(words), counts | record, merge.write if is_new else lambda: None


def _read_theatre(theatre: Path | None) -> TheatreFile | None:
    if theatre is None:
        return None
    from sim.scenario.theatre_file import read_theatre

    return read_theatre(find_beside_theatre(theatre, "theatre.toml"))


def _parties(read: TheatreFile | None) -> Collection[str] | None:
    """Return the parties of a theatre, or None where every name is allowed."""
    return None if read is None else read.theatre.party_index


def _replay(ledger: Ledger, read: TheatreFile | None) -> Replay:
    """Return which rows of a ledger can be replayed, as far as it and the theatre say."""
    if read is None:
        from sim.evidence.replay import choose_acts

        return choose_acts(ledger)
    from sim.scenario.theatre_file import choose_replay

    return choose_replay(ledger, read)


@app.command("map", epilog="sim incidents map ged events.csv --out ged.toml")
def draft_map(
    form: FormatArgument,
    file: FileArgument,
    *,
    theatre: TheatreOption = None,
    out: Annotated[Path | None, option("File to write; without it the map is printed.")] = None,
) -> None:
    """Begin a map for an import: the names that stand in a file, most frequent first, for you to give parties to.

    With --theatre, names that hold that of a party are given it, and rows are held out from its start on.
    """
    from sim.evidence.importers.import_report import draft
    from sim.sweeps.results_folder import write_whole

    read = _read_theatre(theatre)
    parties = {} if read is None else {party.id: party.name for party in read.theatre.parties}
    text = draft(form, file, parties, None if read is None else read.start)
    if out is None:
        stdout().write(text)
        return
    if out.exists():
        raise InputError.single(out, "", "is there already; choose another --out")
    write_whole(out, text.encode())
    say(f"{out}: fill in the parties, then give it as --map.")


@app.command("validate", epilog="sim incidents validate --ledger scenarios/lebanon-2023/ledger.csv")
def validate(
    *,
    ledger: Annotated[Path, option("Ledger; tallies.csv is looked for beside it.")],
    theatre: TheatreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check a ledger, the tallies beside it and, with --theatre, its parties and that no tally contradicts its rows.

    It says how many rows the engine replays, why the others are not, and which rows look alike.
    """
    from sim.evidence import Ledger, Tallies
    from sim.evidence.incident_rows import find_twins

    ledger = find_beside_theatre(ledger, "ledger.csv")
    read = _read_theatre(theatre)
    rows = Ledger.read(ledger, parties=_parties(read))
    tallies = ledger.with_name("tallies.csv")
    counts = {"incidents": len(rows), "tallies": len(Tallies.read(tallies)) if tallies.exists() else 0}
    if theatre is not None:
        from sim.inference.evidence_plan import read_plan, refuse_contradictions

        plan = read_plan(find_beside_theatre(theatre, "theatre.toml"))
        start = plan.theatre_file.start
        refuse_contradictions(plan, Ledger(tuple(row for row in rows if row.last_day < start)), start)
    replay, alike = _replay(rows, read), find_twins(rows)
    if as_json:
        left = {reason: [one.id for one in incidents] for reason, incidents in replay.left.items()}
        twins = [[one.id, other.id] for one, other in alike]
        print_json(
            counts | {"replayed": len(replay.acts), "not_replayed": left, "alike": twins, "record": replay.summary}
        )
        return
    also = "" if theatre is None else " and contradict no tally"
    say(f"{ledger}: {counts['incidents']} incidents and {counts['tallies']} tallies are in order{also}.")
    say(replay.summary)
    for one, other in alike[:FEW]:
        say(f"{other.id} is alike to {one.id} in day, time, parties, place and weapon; look at both.")
    if len(alike) > FEW:
        say(f"And {len(alike) - FEW:,} more pairs are alike; --json lists all.")


@app.command("add", epilog="sim incidents add date=2023-11-08 initiator=HZB target=ISR --ledger ledger.csv")
def add(
    cells: Annotated[list[str], argument("COLUMN=VALUE, for instance date=2023-11-08.")],
    *,
    ledger: Annotated[Path, option("Ledger to add to.")],
    theatre: TheatreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add one incident to a ledger, if the ledger with it passes every check.

    Needed: id, split, date, initiator, target and source. kind is act, time_precision day, certainty S if not given.
    """
    from sim.evidence.ledger_merge import describe_incident, merge_incidents, parse_incident

    values = {"kind": "act", "time_precision": "day", "certainty": "S", "leader_killed": "false", "in_article": "false"}
    for cell in cells:
        name, equals, value = cell.partition("=")
        if not equals:
            raise InputError.single("add", cell, "is not of the form COLUMN=VALUE, for instance date=2023-11-08")
        values[name] = value
    read = _read_theatre(theatre)
    incident = parse_incident(values, ledger, _parties(read))
    merge = merge_incidents(ledger, [incident], _parties(read))
    if not merge.added:
        raise InputError.single(ledger, f"id {incident.id}", "stands there already; every row needs its own")
    replay = _replay(merge.whole, read)
    why = next((reason for reason, rows in replay.left.items() if incident in rows), "")
    merge.write()
    if as_json:
        print_json({"id": incident.id, "incidents": len(merge.whole), "replayed": not why, "why_not": why})
        return
    say(f"Added to {ledger}, now {len(merge.whole)} incidents: {describe_incident(incident)}")
    say("The engine replays it." if not why else f"The engine does not replay it: such rows are {why}.")
    for one, _ in merge.alike:
        say(f"It is alike to {one.id} in day, time, parties, place and weapon; look at both.")


def _write_findings(imported: ImportReport, path: Path) -> None:
    import pandas as pd

    from sim.sweeps.results_folder import write_whole

    columns = ["row", "id", "kind", "reason", "imported", "detail"]
    table = pd.DataFrame([dataclasses.astuple(one) for one in imported.findings], columns=columns)
    write_whole(path, table.to_csv(index=False, lineterminator="\n").encode())


def _print(imported: ImportReport, words: str, counts: dict[str, Any], as_json: bool) -> None:
    if as_json:
        findings = [dataclasses.asdict(one) | {"text": one.text} for one in imported.findings]
        rows = {"rows": imported.rows, "left_out": imported.left_out, "notes": imported.notes}
        print_json(rows | counts | {"findings": findings})
        return
    for note in imported.notes:
        say(f"How the file was read: {note}.")
    print_findings(imported)
    read, left = (f"{number:,} row{'s' * (number != 1)}" for number in (imported.rows, imported.left_out))
    say(f"{read}: {words}; {left} left out, all of them listed.")
    if "record" in counts:
        say(f"The ledger: {counts['record']}")

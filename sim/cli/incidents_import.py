"""``sim incidents import``, ``validate`` and ``add``: how reports get into a ledger."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.console import print_json
from sim.cli.incidents_print import print_table, say
from sim.cli.options import JsonOption
from sim.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection

    from sim.evidence.importers.import_report import Importer, ImportReport

TheatreOption = Annotated[Path | None, typer.Option("--theatre", help="Theatre whose parties are allowed.")]


def _find_importer(name: str) -> Importer:
    """Return the importer of a format."""
    from sim.evidence.importers import load_importers

    known = load_importers()
    if name not in known:
        raise typer.BadParameter(f"'{name}' is not one of {', '.join(map(repr, known))}.")
    return known[name]


def import_incidents(
    form: Annotated[
        Any,
        typer.Argument(
            metavar="FORMAT", parser=_find_importer, help="Such as ged, acled, csv or daily.", show_default=False
        ),
    ],
    file: Annotated[Path, typer.Argument(help="File of the source.", show_default=False)],
    *,
    actors: Annotated[Path, typer.Option("--map", help="TOML file that maps actors and columns.", show_default=False)],
    into: Annotated[Path, typer.Option("--into", help="Ledger to add to, or daily table to make.", show_default=False)],
    theatre: TheatreOption = None,
    dry: Annotated[bool, typer.Option("--dry-run", help="Only list what was found; nothing is written.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Import events of a source into a ledger, and list everything about them that needs a look.

    A row of the source either becomes an incident or is listed with the reason why not. The ledger is changed whole or
    not at all.
    """
    from sim.evidence.importers.column_map import ActorMap
    from sim.evidence.ledger import append_incidents
    from sim.sweeps.results_folder import write_whole

    importer: Importer = form
    imported = importer.read(file, ActorMap.read(actors))
    if imported.series is not None:
        table = imported.series.table
        if into.exists() and not dry:
            raise InputError.single(into, "", "is there already; a daily table is made whole, choose another --into")
        if not dry:
            write_whole(into, table.to_csv(lineterminator="\n", date_format="%Y-%m-%d").encode())
        _print(imported, f"{len(table)} days", as_json)
        return
    if imported.incidents and not dry:
        append_incidents(into, imported.incidents, _parties(theatre))
    _print(imported, f"{len(imported.incidents)} incidents", as_json)


def validate(
    *,
    ledger: Annotated[Path, typer.Option("--ledger", help="Ledger; tallies.csv is looked for beside it.")],
    theatre: TheatreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check a ledger, the tallies beside it and, with --theatre, that its rows do not contradict them."""
    from sim.evidence import Ledger, Tallies

    rows = Ledger.read(ledger, parties=None)
    tallies = ledger.with_name("tallies.csv")
    counts = {"incidents": len(rows), "tallies": len(Tallies.read(tallies)) if tallies.exists() else 0}
    if theatre is not None:
        from sim.inference.evidence_assembly import refuse_contradictions
        from sim.inference.evidence_plan import read_plan

        plan = read_plan(theatre)
        start = plan.theatre_file.start
        refuse_contradictions(plan, Ledger(tuple(row for row in rows if row.last_day < start)), start)
    if as_json:
        print_json(counts)
        return
    also = "" if theatre is None else " and contradict no tally"
    say(f"{ledger}: {counts['incidents']} incidents and {counts['tallies']} tallies are in order{also}.")


def add(
    cells: Annotated[list[str], typer.Argument(help="COLUMN=VALUE, for instance date=2023-11-08.", show_default=False)],
    *,
    ledger: Annotated[Path, typer.Option("--ledger", help="Ledger to add to.", show_default=False)],
    theatre: TheatreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add one incident to a ledger, if the ledger with it passes every check.

    Needed: id, split, date, initiator, target and source. kind is act, time_precision day, certainty S if not given.
    """
    from sim.evidence.ledger import append_incidents, describe_incident, parse_incident

    values = {"kind": "act", "time_precision": "day", "certainty": "S", "leader_killed": "false", "in_article": "false"}
    for cell in cells:
        name, equals, value = cell.partition("=")
        if not equals:
            raise InputError.single("add", cell, "is not of the form COLUMN=VALUE, for instance date=2023-11-08")
        values[name] = value
    parties = _parties(theatre)
    incident = parse_incident(values, ledger, parties)
    whole = append_incidents(ledger, [incident], parties)
    if as_json:
        print_json({"id": incident.id, "incidents": len(whole)})
        return
    say(f"Added to {ledger}, now {len(whole)} incidents: {describe_incident(incident)}")


def _parties(theatre: Path | None) -> Collection[str] | None:
    """Return the parties of a theatre, or None where every name is allowed."""
    if theatre is None:
        return None
    from sim.scenario.theatre_file import read_theatre

    return list(read_theatre(theatre).theatre.party_index)


def _print(imported: ImportReport, made: str, as_json: bool) -> None:
    left = len({finding.row for finding in imported.findings if not finding.imported})
    if as_json:
        findings = [dataclasses.asdict(finding) for finding in imported.findings]
        print_json({"rows": imported.rows, "made": made, "left_out": left, "findings": findings})
        return
    rows = [
        (finding.row, finding.id, finding.kind, "yes" if finding.imported else "no", finding.text)
        for finding in imported.findings
    ]
    if rows:
        print_table("To look at", ("row>", "id|", "what|", "imported|", "why"), rows)
    say(f"{imported.rows} rows: {made}, {left} rows left out, all of them listed.")

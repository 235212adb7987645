"""Between a line of a ledger file and an `Incident`: the columns, one row each way, and the checks across rows."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date, time
from typing import Any

from sim.core.errors import nearest
from sim.evidence.csv_cells import SPLITS, Figure, Row
from sim.evidence.incident import CERTAINTIES, KINDS, PRECISIONS, UNKNOWN, Incident

_FIGURES = {"deaths": "killed", "military_deaths": "killed_military", "civilian_deaths": "killed_civilian"}
_ENDS = ("low", "best", "high")
TOP_RUNG = 8  # highest rung of the ladder where nothing else is said
_TIMED = ("minute", "hour", "part_of_day")
_CONTENT = ("date", "date_end", "time", "initiator", "target", "kind", "place", "weapon")
RECORD = "record "  # how `struck` begins where a source says no more of an incident than which of its records it is


COLUMNS: tuple[str, ...] = tuple(
    column
    for field in fields(Incident)
    for column in ([f"{_FIGURES[field.name]}_{end}" for end in _ENDS] if field.name in _FIGURES else [field.name])
)
"""Columns of a ledger file, in order: the fields of an incident, with figures spread over three."""

COUNTS: tuple[str, ...] = tuple(
    name for name in COLUMNS if name.startswith(("launches_", "killed", "rung")) or name == "initiator_killed"
)
"""Columns of whole numbers."""

NUMBERS: tuple[str, ...] = ("latitude", "longitude", "lag_hours", "depth_km")  # columns of other numbers


_READERS: Mapping[str, Callable[[Row, str], Any]] = {
    "split": lambda row, name: row.choice(name, SPLITS),
    "time": Row.clock,
    "time_precision": lambda row, name: row.choice(name, PRECISIONS),
    "latitude": lambda row, name: row.number_in(name, -90, 90),
    "longitude": lambda row, name: row.number_in(name, -180, 180),
    **dict.fromkeys(("launches_claimed", "launches_counted", "initiator_killed"), Row.count),
    **dict.fromkeys(("leader_killed", "in_article"), Row.flag),
    **dict.fromkeys(("lag_hours", "depth_km"), lambda row, name: row.number_in(name, 0)),
    "certainty": lambda row, name: row.choices(name, CERTAINTIES, "+"),
    **dict.fromkeys(("place", "struck", "weapon", "stated_trigger", "note"), Row.text),
}
"""What reads the cells of a field that is read alone."""


def column_values(incident: Incident) -> dict[str, object]:
    """Return an incident as values by column, one for each of `COLUMNS`."""
    values: dict[str, object] = {}
    for field in fields(Incident):
        value = getattr(incident, field.name)
        if isinstance(value, Figure):
            stem = _FIGURES[field.name]
            values |= {f"{stem}_{end}": getattr(value, end) for end in _ENDS}
        else:
            values[field.name] = value
    return values


def cell_text(value: object) -> str:
    """Return one of `column_values` as the text of a cell, which `read_incident` reads back as the same value."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case tuple():
            return "+".join(value)
        case time():
            return value.isoformat("minutes")
        case _:
            return str(value)


def read_incident(row: Row, parties: Collection[str] | None, top_rung: int) -> Incident | None:
    """Return the incident of a row, noting every fault; None if it has no id or no date that can be read."""
    day, end = row.day("date", required=True), row.day("date_end")
    rungs = row.figure("rung_low", "rung", "rung_high", top_rung)
    kind = row.choice("kind", KINDS)
    initiator, target, charged = (_side(row, name, kind, parties) for name in ("initiator", "target", "charged"))
    deaths, military, civilian = (
        row.figure(f"{stem}_low", f"{stem}_best", f"{stem}_high") for stem in _FIGURES.values()
    )
    incident = Incident(
        id=row.text("id", required=True),
        **{name: read(row, name) for name, read in _READERS.items()},
        date=day or date.min,
        date_end=end,
        initiator=initiator,
        target=target,
        charged=charged,
        kind=kind,
        deaths=deaths,
        military_deaths=military,
        civilian_deaths=civilian,
        rung_low=rungs.low,
        rung=rungs.best,
        rung_high=rungs.high,
        source=row.text("source", required=True),
    )
    for column, message in death_faults(incident):
        row.fault(column, message)
    _check_times(row, incident, day)
    return incident if incident.id and day is not None else None


def content_of(incident: Incident) -> tuple[object, ...]:
    """Return all that tells one incident from another, but for its id; a record of a source, its dead."""
    # The number of a record would tell any two rows of a source apart, also one row that comes under two ids.
    struck = incident.deaths if incident.struck.startswith(RECORD) else incident.struck
    return (struck, *(getattr(incident, name) for name in _CONTENT))


def find_twins(incidents: Iterable[Incident]) -> list[tuple[Incident, Incident]]:
    """Return each incident that is alike in all that tells incidents apart to an earlier one, behind the first such."""
    first: dict[tuple[object, ...], Incident] = {}
    pairs = [(first.setdefault(content_of(incident), incident), incident) for incident in incidents]
    return [(one, other) for one, other in pairs if one.id != other.id]


def check_triggers(pairs: Sequence[tuple[Row, Incident]], ids: Collection[str]) -> None:
    """Note triggers that look like an id but are none of `ids` (all of the file), and triggers that happened later."""
    known = {incident.id: incident for _, incident in pairs}
    for row, incident in pairs:
        for fault in trigger_faults(incident, known, ids):
            row.fault("stated_trigger", fault)


def trigger_faults(incident: Incident, known: Mapping[str, Incident], ids: Collection[str]) -> list[str]:
    """Return in words which triggers of an incident cannot be, among those of known rows and of all ids."""
    faults = []
    for trigger in incident.triggers:
        if trigger == incident.id:
            faults.append("names the row itself")
        elif trigger not in ids:
            faults.append(f'"{trigger}" is no id of this file; {nearest(trigger, ids)}')
        elif trigger in known and known[trigger].window(incident.date)[0] >= incident.window(incident.date)[1]:
            faults.append(f'"{trigger}" is of {known[trigger].date}, later than this row')
    return faults


def _side(row: Row, name: str, kind: str, parties: Collection[str] | None) -> str:
    """Return the party in a cell."""
    party = row.text(name)
    if kind == "act" and name != "charged" and not party:
        row.fault(name, f"is empty, but an act needs it; write {UNKNOWN} if it was not reported")
    # An event outside the theatre may have actors that the theatre does not model.
    if name == "target" and kind == "act" and party and party == row.cells["initiator"] != UNKNOWN:
        row.fault(name, f"is {party}, as the initiator is; no party acts on itself")
    if party and parties is not None and kind != "exogenous" and party not in parties and party != UNKNOWN:
        row.fault(name, f'"{party}" is no party; {nearest(party, [*parties, UNKNOWN])}')
    return party


def death_faults(incident: Incident) -> list[tuple[str, str]]:
    """Return column and words for each part of the dead that is more than the whole or does not add up to it."""
    deaths, military, civilian = incident.deaths, incident.military_deaths, incident.civilian_deaths
    faults = []
    for stem, part in (("killed_military", military), ("killed_civilian", civilian)):
        for end in _ENDS:
            share, whole = getattr(part, end), getattr(deaths, end)
            if share is not None and whole is not None and share > whole:
                faults.append((f"{stem}_{end}", f"is {share}, more than killed_{end}, which is {whole}"))
    if None not in (deaths.best, military.best, civilian.best):
        both = (military.best or 0) + (civilian.best or 0)
        if both != deaths.best:
            parts = f"killed_military_best and killed_civilian_best make {both}"
            faults.append(("killed_best", f"is {deaths.best}, but {parts}"))
    return faults


def _check_times(row: Row, incident: Incident, day: date | None) -> None:
    """Note a time that does not fit its precision, a span that ends before it starts, and a missing certainty."""
    precision, end, clock = incident.time_precision, row.cells["date_end"], row.cells["time"]
    if precision in _TIMED and not clock:
        row.fault("time", f"is empty, but time_precision is {precision}")
    if precision in ("day", "span") and clock:
        row.fault("time", f"is {clock}, but time_precision is {precision}; leave it empty")
    if (precision == "span") != bool(end):
        row.fault("date_end", "must be given for a span, and only for a span")
    if day is not None and incident.date_end is not None and incident.date_end < day:
        row.fault("date_end", f"is {end}, before date, which is {day}")
    if not incident.certainty:
        row.fault("certainty", f"is empty; valid: {', '.join(CERTAINTIES)}, joined by +")

"""Invented events in the layout of every format that is imported; no two of them share a party pair, number or place.

A new importer gets an entry in `EVENT_FORMS` or `DAILY_FORMS`, and with it the tests of the line between evidence and
test data and those of relabelling (tests/unit/test_importer_line.py).
"""

from __future__ import annotations

import csv
import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sim.evidence.importers.column_map import ActorMap

LINE = datetime.date(2023, 11, 7)
"""First held-out day of the maps."""


@dataclass(frozen=True)
class Event:
    """What happened, before any format."""

    id: str
    first: datetime.date
    days: int
    initiator: str  # a key of `Labels.sources`
    target: str
    own_dead: int
    fighters: int
    civilians: int
    place: str
    latitude: float
    longitude: float
    kind: str = "Shelling"

    @property
    def last(self) -> datetime.date:
        return self.first + datetime.timedelta(days=self.days - 1)

    @property
    def dead(self) -> int:
        return self.own_dead + self.fighters + self.civilians


EVENTS = (
    Event("17", datetime.date(2023, 10, 9), 1, "north", "south", 1, 12, 30, "Alder", 33.125, 35.5),
    Event("23", datetime.date(2023, 10, 12), 7, "south", "north", 2, 5, 18, "Birch", 33.25, 35.125, "Air raid"),
    Event("42", datetime.date(2023, 10, 15), 31, "east", "north", 7, 9, 4, "Cedar", 32.75, 35.25, "Armed clash"),
    Event("58", datetime.date(2023, 11, 8), 1, "north", "east", 6, 20, 50, "Dogwood", 33.5, 36.5, "Air raid"),
    Event("61", datetime.date(2023, 11, 1), 7, "south", "east", 8, 3, 40, "Elder", 32.5, 35.75),
)


@dataclass(frozen=True)
class Labels:
    """What the world calls the parties: in the theatre, in the source, and the country in which each is struck."""

    parties: dict[str, str] = field(default_factory=lambda: {"north": "NOR", "south": "SOU", "east": "EAS"})
    sources: dict[str, str] = field(
        default_factory=lambda: {
            "north": "Army of the North (2019-)",
            "south": "Southern  Front",
            "east": "Eastern Guard",
        }
    )
    countries: dict[str, str] = field(
        default_factory=lambda: {"north": "Northland", "south": "South Coast", "east": "Eastmark"}
    )

    def actor_map(
        self, path: Path, *, reverse: bool = False, line: datetime.date = LINE, **changes: object
    ) -> ActorMap:
        """Return the map of these labels, its entries in either order."""
        keys = sorted(self.parties, reverse=reverse)
        return replace(
            ActorMap(path, "X", line),
            actors={self.sources[key]: self.parties[key] for key in keys},
            struck={self.countries[key]: self.parties[key] for key in keys},
            rungs={"Shelling": 2, "Air raid": 3, "Armed clash": 5, "1": 6},
            **changes,
        )


PLAIN = Labels()
RENAMED = Labels(
    {"north": "EAS", "south": "Q", "east": "NOR"},
    {"north": "Zealous Brigade", "south": "Eastern Guard", "east": "A. B."},
    {"north": "Vale", "south": "Isle", "east": "Northland"},
)
"""The same parties under other names; two of the names were those of somebody else."""

Table = list[dict[str, str]]


@dataclass(frozen=True)
class EventForm:
    """How a format that has a row per event writes events."""

    write: Callable[[Sequence[Event], Labels], Table]
    spans: tuple[int, ...]  # lengths that it can say, beside one day [days]
    columns: dict[str, str] = field(default_factory=dict)  # `[columns]` of its map
    constants: dict[str, str] = field(default_factory=dict)
    books_own_dead: bool = True  # apart from those of the side struck


def write_source(path: Path, table: Table, *, reverse_rows: bool = False, reverse_columns: bool = False) -> Path:
    """Write a source as its maker exports it, or with rows or columns in the reverse order."""
    columns = list(table[0])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns[::-1] if reverse_columns else columns)
        writer.writeheader()
        writer.writerows(table[::-1] if reverse_rows else table)
    return path


def _acled(events: Sequence[Event], labels: Labels) -> Table:
    forms = ("%d %B %Y", "%Y-%m-%d", "%d %b %Y")
    header = (
        "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,assoc_actor_1,"
        "inter1,actor2,assoc_actor_2,inter2,interaction,civilian_targeting,iso,region,country,admin1,admin2,admin3,"
        "location,latitude,longitude,geo_precision,source,source_scale,notes,fatalities,tags,timestamp"
    )
    return [
        dict.fromkeys(header.split(","), "")
        | {
            "event_id_cnty": event.id,
            "event_date": event.first.strftime(forms[number % 3]),
            "time_precision": {1: "1", 7: "2", 31: "3"}[event.days],
            "event_type": "Battles" if event.kind == "Armed clash" else "Explosions/Remote violence",
            "sub_event_type": event.kind,
            "actor1": f"{labels.sources[event.initiator]} ",
            "actor2": f" {labels.sources[event.target]}",
            "location": event.place,
            "latitude": str(event.latitude),
            "longitude": str(event.longitude),
            "source": f"Paper {event.id}",
            "fatalities": str(event.dead),
        }
        for number, event in enumerate(events)
    ]


def _ged(events: Sequence[Event], labels: Labels) -> Table:
    header = (
        "id,relid,year,active_year,code_status,type_of_violence,conflict_dset_id,conflict_new_id,conflict_name,"
        "dyad_dset_id,dyad_new_id,dyad_name,side_a_dset_id,side_a_new_id,side_a,side_b_dset_id,side_b_new_id,side_b,"
        "number_of_sources,source_article,source_office,source_date,source_headline,source_original,where_prec,"
        "where_coordinates,where_description,adm_1,adm_2,latitude,longitude,geom_wkt,priogrid_gid,country,country_id,"
        "region,event_clarity,date_prec,date_start,date_end,deaths_a,deaths_b,deaths_civilians,deaths_unknown,best,high,"
        "low,gwnoa,gwnob"
    )
    table = []
    for event in events:
        # GED names the state first, whoever acted: here the party that comes first by the alphabet.
        side_a, side_b = sorted((event.initiator, event.target))
        dead = {event.initiator: event.own_dead, event.target: event.fighters}
        table.append(
            dict.fromkeys(header.split(","), "")
            | {
                "id": event.id,
                "type_of_violence": "1",
                "side_a": f" {labels.sources[side_a]}",
                "side_b": f"{labels.sources[side_b]}  ",
                "where_coordinates": event.place,
                "latitude": str(event.latitude),
                "longitude": str(event.longitude),
                "country": labels.countries[event.target],
                "date_prec": {1: "1", 2: "2", 7: "3", 31: "4"}.get(event.days, "5"),
                "date_start": f"{event.first} 00:00:00.000",
                "date_end": f"{event.last} 00:00:00.000",
                "deaths_a": str(dead[side_a]),
                "deaths_b": str(dead[side_b]),
                "deaths_civilians": str(event.civilians),
                "deaths_unknown": "0",
                "best": str(event.dead),
                "high": str(event.dead + 10),
                "low": str(max(event.dead - 1, 0)),
            }
        )
    return table


def _plain(events: Sequence[Event], labels: Labels) -> Table:
    return [
        {
            "no": event.id,
            "from day": str(event.first),
            "to day": str(event.last) if event.days > 1 else "",
            "kind of date": "span" if event.days > 1 else "day",
            "by": f"{labels.sources[event.initiator]} ",
            "on": f" {labels.sources[event.target]}",
            "blamed": f"{labels.sources['south']} " if event.initiator == "east" else "",
            "where": f"{event.place} ",
            "lat": str(event.latitude),
            "lon": str(event.longitude),
            "dead": str(event.fighters + event.civilians),
            "fighters": str(event.fighters),
            "civilians": str(event.civilians),
            "own": str(event.own_dead),
            "colour": "blue",
        }
        for event in events
    ]


EVENT_FORMS: dict[str, EventForm] = {
    "acled": EventForm(_acled, (7, 31), books_own_dead=False),
    "ged": EventForm(_ged, (2, 7, 31, 90)),
    "csv": EventForm(
        _plain,
        (2, 7, 31),
        {
            **{"id": "no", "date": "from day", "date_end": "to day", "time_precision": "kind of date"},
            **{"initiator": "by", "target": "on", "charged": "blamed", "place": "where", "latitude": "lat"},
            **{"longitude": "lon", "killed_best": "dead", "killed_military_best": "fighters"},
            **{"killed_civilian_best": "civilians", "initiator_killed": "own"},
        },
        {"source": "notes", "rung": "4"},
    ),
}
"""Formats with a row per event."""

DAILY_FORMS: dict[str, dict[str, str]] = {"daily": {"date": "t", "sirens": "n", "dead": "m"}}
"""Formats of figures by day, with the `[columns]` of their maps."""

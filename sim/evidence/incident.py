"""One reported incident, as the ledger keeps it.

An incident is a report, never a simulated act: it has a source, a certainty, and bounds for what is not known exactly.
"""

import datetime as dt
import re
from dataclasses import dataclass

from sim.evidence.csv_cells import NOT_GIVEN, Figure

KINDS: tuple[str, ...] = ("act", "signal", "evacuation", "false_alarm", "exogenous")
"""What a row of the ledger can report; only acts are fire of one party on another."""

PRECISIONS: tuple[str, ...] = ("minute", "hour", "part_of_day", "day", "span")
"""How exactly the time of an incident is known."""

CERTAINTIES: tuple[str, ...] = ("S", "A", "M")
"""S read in a stored report, A taken from the siren archive, M from memory and not read."""

UNKNOWN = "UNKNOWN"  # stands for a party that reports did not name

_SLACK_HOURS = {"minute": 1 / 60, "hour": 1.0, "part_of_day": 4.0}
_ID = re.compile(r"[\w.]+-\d+[a-z]?")
_HOURS_PER_DAY = 24
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A reported incident.

    An act on people or places that belong to no party is booked under the party that answers for that side; `struck`
    says what was struck. Fighters of all kinds count as military.
    """

    id: str
    split: str  # one of `SPLITS`
    date: dt.date  # local day, or the first day of a span
    date_end: dt.date | None = None  # last day of a span
    time: dt.time | None = None  # local; for a part of the day the middle of that part
    time_precision: str = "day"  # one of `PRECISIONS`
    initiator: str = ""  # party; UNKNOWN if not named, empty if there is none
    target: str = ""
    charged: str = ""  # party that the victim charged, where it differs from the initiator
    kind: str = "act"  # one of `KINDS`
    place: str = ""
    latitude: float | None = None  # [degree]
    longitude: float | None = None  # [degree]
    struck: str = ""
    weapon: str = ""
    launches_claimed: int | None = None  # by the initiator's claim
    launches_counted: int | None = None  # by the count of others
    deaths: Figure = NOT_GIVEN  # killed on the target's side
    military_deaths: Figure = NOT_GIVEN
    civilian_deaths: Figure = NOT_GIVEN
    initiator_killed: int | None = None  # the initiator's own dead, for instance infiltrators
    leader_killed: bool = False  # whether a leader was among the dead
    stated_trigger: str = ""  # ids of other rows, or words, separated by semicolons
    lag_hours: float | None = None  # reported time since the trigger [hour]
    rung_low: int | None = None
    rung: int | None = None
    rung_high: int | None = None
    depth_km: float | None = None  # farthest impact or warned place from the border [km]
    certainty: tuple[str, ...] = ("S",)  # out of `CERTAINTIES`
    in_article: bool = False  # whether the article that opens the scenario reports it
    source: str = ""  # publisher of the report
    note: str = ""

    @property
    def last_day(self) -> dt.date:
        """Return the last day of a span, else the day itself."""
        return self.date_end or self.date

    @property
    def dyad(self) -> str:
        """Return initiator and target, joined as in ``ISR-HZB``."""
        return f"{self.initiator}-{self.target}"

    @property
    def launches(self) -> int:
        """Return the launches counted, else those claimed, else 1, because an act has at least one."""
        if self.launches_counted is not None:
            return self.launches_counted
        return 1 if self.launches_claimed is None else self.launches_claimed

    @property
    def killed(self) -> int:
        """Return the deaths on the target's side: the best figure, else the lower bound, else 0."""
        return self.deaths.floor

    @property
    def killed_civilian(self) -> int | None:
        """Return the civilians killed: the best figure, else the lower bound; None if neither is known."""
        return self.civilian_deaths.known

    @property
    def killed_military(self) -> int | None:
        """Return the fighters killed; if only all and the civilians are known, what these leave; else None."""
        if self.military_deaths.known is not None or self.deaths.known is None or self.killed_civilian is None:
            return self.military_deaths.known
        return max(self.deaths.known - self.killed_civilian, 0)

    @property
    def triggers(self) -> tuple[str, ...]:
        """Return the ids of rows named as trigger, without triggers given in words."""
        parts = (part.strip() for part in self.stated_trigger.split(";"))
        return tuple(part for part in parts if _ID.fullmatch(part))

    def day_of(self, start: dt.date) -> float:
        """Return the time since the midnight of a day [day]; noon where only the day is known, the middle of a span."""
        if self.time is not None:
            return (dt.datetime.combine(self.date, self.time) - dt.datetime.combine(start, dt.time.min)) / _DAY
        return (self.date - start).days + ((self.last_day - self.date).days + 1) / 2

    def window(self, start: dt.date) -> tuple[float, float]:
        """Return the earliest and the latest time at which it can have happened, since the midnight of a day [day]."""
        if self.time is None:
            return float((self.date - start).days), float((self.last_day - start).days + 1)
        slack = _SLACK_HOURS.get(self.time_precision, _HOURS_PER_DAY) / _HOURS_PER_DAY
        return self.day_of(start) - slack, self.day_of(start) + slack

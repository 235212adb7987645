"""One reported incident, as the ledger keeps it.

An incident is a report, never a simulated act: it has a source, a certainty, and bounds for what is not known exactly.
"""

from __future__ import annotations

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

UNKNOWN = "UNKNOWN"
"""Stands for a party that reports did not name."""

_SLACK_HOURS = {"minute": 1 / 60, "hour": 1.0, "part_of_day": 4.0}
_ID = re.compile(r"[\w.]+-\d+[a-z]?")
_HOURS_PER_DAY = 24
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A reported incident.

    Parameters
    ----------
    id : str
        Stable name of the row.
    split : str
        ``calibration`` or ``held_out``.
    date : date
        Local day, or the first day of a span.
    date_end : date or None
        Last day of a span.
    time : time or None
        Local time; for a part of the day the middle of that part.
    time_precision : str
        One of `PRECISIONS`.
    initiator, target : str
        Parties; ``UNKNOWN`` if not named, empty if there is none. An act on people or places that belong to no party is
        booked under the party that answers for that side; `struck` says what was struck.
    charged : str
        Party that the victim charged, where it differs from the initiator.
    kind : str
        One of `KINDS`.
    place : str
        Where it happened.
    latitude, longitude : float or None
        Position of a known place [degree].
    struck : str
        What was struck, in plain words.
    weapon : str
        Means used.
    launches_claimed, launches_counted : int or None
        Launches by the initiator's claim and by the count of others.
    deaths, military_deaths, civilian_deaths : Figure
        People killed on the target's side; fighters of all kinds count as military.
    initiator_killed : int or None
        The initiator's own dead, for instance infiltrators.
    leader_killed : bool
        Whether a leader was among the dead.
    stated_trigger : str
        Ids of other rows, or words, separated by semicolons.
    lag_hours : float or None
        Reported time since the trigger [hour].
    rung_low, rung, rung_high : int or None
        Rung of the ladder with its bounds.
    depth_km : float or None
        Farthest impact or warned place from the border [km].
    certainty : tuple of str
        Out of `CERTAINTIES`.
    in_article : bool
        Whether the article that opens the scenario reports it.
    source : str
        Publisher of the report.
    note : str
        Short remark.
    """

    id: str
    split: str
    date: dt.date
    date_end: dt.date | None = None
    time: dt.time | None = None
    time_precision: str = "day"
    initiator: str = ""
    target: str = ""
    charged: str = ""
    kind: str = "act"
    place: str = ""
    latitude: float | None = None
    longitude: float | None = None
    struck: str = ""
    weapon: str = ""
    launches_claimed: int | None = None
    launches_counted: int | None = None
    deaths: Figure = NOT_GIVEN
    military_deaths: Figure = NOT_GIVEN
    civilian_deaths: Figure = NOT_GIVEN
    initiator_killed: int | None = None
    leader_killed: bool = False
    stated_trigger: str = ""
    lag_hours: float | None = None
    rung_low: int | None = None
    rung: int | None = None
    rung_high: int | None = None
    depth_km: float | None = None
    certainty: tuple[str, ...] = ("S",)
    in_article: bool = False
    source: str = ""
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
    def killed_civilian(self) -> int:
        """Return the civilians killed: the best figure, else the lower bound, else 0."""
        return self.civilian_deaths.floor

    @property
    def killed_military(self) -> int:
        """Return the fighters killed; if only a total is known, what it leaves beside the civilians."""
        if self.military_deaths != NOT_GIVEN:
            return self.military_deaths.floor
        return max(self.killed - self.killed_civilian, 0)

    @property
    def triggers(self) -> tuple[str, ...]:
        """Return the ids of rows named as trigger, without triggers given in words."""
        parts = (part.strip() for part in self.stated_trigger.split(";"))
        return tuple(part for part in parts if _ID.fullmatch(part))

    def day_of(self, start: dt.date) -> float:
        """Return the time of the incident since the opening of a day.

        An incident known only by its day is put at noon, a span at its middle.

        Parameters
        ----------
        start : date
            Day whose midnight is 0.

        Returns
        -------
        float
            Time since then, negative before it [day].
        """
        if self.time is not None:
            return (dt.datetime.combine(self.date, self.time) - dt.datetime.combine(start, dt.time.min)) / _DAY
        return (self.date - start).days + ((self.last_day - self.date).days + 1) / 2

    def window(self, start: dt.date) -> tuple[float, float]:
        """Return the earliest and the latest time at which the incident can have happened.

        Parameters
        ----------
        start : date
            Day whose midnight is 0.

        Returns
        -------
        tuple of float
            Earliest and latest time [day].
        """
        if self.time is None:
            return float((self.date - start).days), float((self.last_day - start).days + 1)
        slack = _SLACK_HOURS.get(self.time_precision, _HOURS_PER_DAY) / _HOURS_PER_DAY
        return self.day_of(start) - slack, self.day_of(start) + slack

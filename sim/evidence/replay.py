"""Which rows of a ledger the engine replays before the start, and why the others are not."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from sim.core.errors import nearest
from sim.evidence.incident import UNKNOWN, Incident

LONGEST_GAP_DAYS = 60
"""A record begins behind the last gap in it that is longer than this [days] (judgement: parties remember for weeks)."""
LONGEST_RECORD_DAYS = 365
"""No record is replayed from longer ago than this [days] (judgement: what came before is forgotten)."""
STALE_DAYS = 14  # a record that ends longer before the start than this is told of [days] (judgement)


@dataclass(frozen=True)
class Replay:
    """The acts of a ledger that are replayed, and the rows that are not, by reason."""

    rows: int  # rows of the ledger
    acts: tuple[Incident, ...]  # in the order of time
    left: dict[str, tuple[Incident, ...]]  # rows that are not replayed, by the reason
    start: date | None = None  # first day of the run; None where no theatre says

    @property
    def warnings(self) -> list[str]:
        """Return what is wrong with the record as a whole."""
        if self.start is None or not self.acts:
            return []
        last = max(act.last_day for act in self.acts)
        silent = (self.start - last).days - 1
        return [f"the record ends on {last}, {silent} days before the start"] if silent > STALE_DAYS else []

    @property
    def summary(self) -> str:
        """Return in one sentence how many rows are replayed, and why the others are not, most frequent first."""
        if self.start is None:
            words = f"{len(self.acts)} of {self.rows} rows can be replayed, if a theatre has their parties and pairs"
        else:
            since = f", from {self.acts[0].date}" if self.acts else ""
            words = f"{len(self.acts)} of {self.rows} rows are replayed before {self.start}{since}"
        reasons = sorted(self.left.items(), key=lambda item: -len(item[1]))
        why = "; ".join(f"{len(rows)} {reason}" for reason, rows in reasons)
        return ". ".join([words + (f"; not: {why}" if why else ""), *self.warnings]) + "."

    @property
    def is_doubtful(self) -> bool:
        """Return whether anything is not replayed for a reason that looks like a mistake, or the record is odd."""
        return bool(self.warnings) or any(reason not in _EXPECTED for reason in self.left)


_NO_ACT, _HELD_OUT, _LATER = "are no acts", "held out", "not before the start"
_EXPECTED = frozenset({_NO_ACT, _HELD_OUT, _LATER})


def choose_acts(
    incidents: Iterable[Incident],
    start: date | None = None,
    *,
    split: str | None = "calibration",
    parties: Collection[str] | None = None,
    dyads: Collection[str] | None = None,
) -> Replay:
    """Return the acts that a replay can use, and why others cannot; without a theatre, as far as a row itself says."""
    incidents = list(incidents)
    by_reason: dict[str, list[Incident]] = {}
    for incident in incidents:
        reason = next(_find_reasons(incident, start, split, parties, dyads), "")
        by_reason.setdefault(reason, []).append(incident)
    acts = sorted(by_reason.pop("", []), key=lambda incident: incident.day_of(start or date.min))
    if start is not None and acts:
        first = _first_dense(acts, start)
        if early := [incident for incident in acts if incident.date < first]:
            by_reason[_before(first, start)] = early
            acts = [incident for incident in acts if incident.date >= first]
    return Replay(len(incidents), tuple(acts), {reason: tuple(rows) for reason, rows in by_reason.items()}, start)


def _find_reasons(
    incident: Incident,
    start: date | None,
    split: str | None,
    parties: Collection[str] | None,
    dyads: Collection[str] | None,
) -> Iterator[str]:
    """Yield why a row cannot be replayed, the first thing first; nothing if it can."""
    sides = incident.initiator, incident.target
    if incident.kind != "act":
        yield _NO_ACT
    if split is not None and incident.split != split:
        yield _HELD_OUT
    if start is not None and incident.last_day >= start:
        yield _LATER
    if incident.rung is None:
        yield "without a rung"
    if UNKNOWN in sides or "" in sides:
        yield f"of or on a party that is {UNKNOWN}"
    if parties is not None:
        yield from (_no_party(party, tuple(parties)) for party in sides if party not in parties)
    if dyads is not None and incident.dyad not in dyads:
        yield f"of {incident.dyad}, which is no pair of the theatre"


@cache
def _no_party(name: str, parties: tuple[str, ...]) -> str:
    """Return the reason of a name that is no party; the nearest one is slow to find, and many rows have one name."""
    return f'of "{name}", which is no party ({nearest(name, parties)})'


def _first_dense(acts: list[Incident], start: date) -> date:
    """Return the day from which the record is dense up to the start, and no longer than is remembered."""
    first = start
    for day in sorted({act.last_day for act in acts}, reverse=True):
        if (first - day).days > LONGEST_GAP_DAYS:
            break
        first = day
    spans = [act.date for act in acts if act.last_day >= first]
    return max(min([first, *spans]), start - timedelta(days=LONGEST_RECORD_DAYS))


def _before(first: date, start: date) -> str:
    if first == start:
        return f"more than {LONGEST_GAP_DAYS} days before the start"
    if (start - first).days == LONGEST_RECORD_DAYS:
        return f"before {first}, {LONGEST_RECORD_DAYS} days before the start"
    return f"before {first}, behind a gap of more than {LONGEST_GAP_DAYS} days"

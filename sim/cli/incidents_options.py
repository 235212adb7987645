"""What the options of ``sim incidents`` ask for: days, parties, rungs and splits, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sim.cli.incidents_print import records
from sim.core.errors import InputError, Problem, nearest

if TYPE_CHECKING:
    from sim.evidence import Ledger, Tallies


@dataclass(frozen=True)
class IncidentFilter:
    """What the options of a verb ask for."""

    since: date | None
    until: date | None
    initiator: str  # empty for any
    target: str  # empty for any
    rungs: list[int] | None
    split: str | None  # None for every split
    article: bool  # whether only what the opening article reports counts
    dyad: str  # text of the option; empty where each party was named alone

    @classmethod
    def of(cls, *options: str, rung: str = "", split: str, article: bool) -> IncidentFilter:
        """Read the options in the order first day, last day, week, dyad, initiator, target; none is an empty text."""
        since, until, week, dyad, initiator, target = (*options, *[""] * (6 - len(options)))
        days, sides = _days(since, until, week), _sides(dyad, initiator, target)
        return cls(*days, *sides, rungs=_rungs(rung), split=_split(split), article=article, dyad=dyad)

    def rows(self, ledger: Ledger) -> Ledger:
        """Return the incidents asked for; a party that is not known is refused by the option that names it."""
        try:
            return ledger.filter(
                since=self.since,
                until=self.until,
                initiator=self.initiator or None,
                target=self.target or None,
                split=self.split,
                rung=self.rungs,
                in_article=True if self.article else None,
            )
        except InputError as error:
            options = ("--dyad" if self.dyad else f"--{problem.key}" for problem in error.problems)
            named = zip(options, error.problems, strict=True)
            raise InputError([Problem(option, "", problem.message) for option, problem in named]) from None

    def tallies(self, ledger: Ledger, tallies: Tallies | None, measures: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Return tallies of some measures (empty: all) that end within the days, beside what the ledger itemises."""
        if tallies is None:
            return []
        article = True if self.article else None
        wanted = tallies.filter(since=self.since, until=self.until, split=self.split, in_article=article)
        # A held-out tally may have begun before the split, so the whole ledger itemises it.
        rows = ledger.filter(split=self.split) if self.split == "calibration" else ledger
        return [
            row
            for row in records(wanted.compare(rows).reset_index())
            if (not measures or row["measure"] in measures)
            and (not self.initiator or self.initiator in row["initiators"].split(";"))
            and (not self.target or self.target in row["targets"].split(";"))
        ]


def _day(text: str, option: str) -> date | None:
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
    if not dyad:
        return initiator, target
    if initiator or target:
        raise InputError.single("--dyad", "", "cannot stand beside --initiator or --target")
    first, dash, second = dyad.partition("-")
    if not (first and dash and second):
        raise InputError.single("--dyad", "", f'"{dyad}" is not a dyad; write initiator and target as ISR-HZB')
    return first, second


def _rungs(text: str) -> list[int] | None:
    from sim.evidence.incident_rows import TOP_RUNG

    if not text:
        return None
    low, dash, high = text.partition("-")
    rungs = {str(rung): rung for rung in range(TOP_RUNG + 1)}
    first, last = rungs.get(low), rungs.get(high if dash else low)
    if first is None or last is None or first > last:
        span = f"write one from 0 to {TOP_RUNG} as 4, or a range as 4-6"
        raise InputError.single("--rung", "", f'"{text}" is not a rung; {span}')
    return list(range(first, last + 1))


def check_grouping(text: str) -> str:
    """Return what the option ``--by`` groups by, if there is such a grouping."""
    from sim.evidence.ledger import GROUPS

    if text not in GROUPS:
        raise InputError.single("--by", "", f'"{text}" is not known; {nearest(text, GROUPS)}')
    return text


def _split(text: str) -> str | None:
    from sim.evidence import SPLITS

    if text not in (*SPLITS, "all"):
        raise InputError.single("--split", "", f'"{text}" is not known; {nearest(text, (*SPLITS, "all"))}')
    return None if text == "all" else text

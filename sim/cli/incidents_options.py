"""What the options of ``sim incidents`` ask for: days, parties, rungs and splits, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from sim.cli.incidents_print import records
from sim.cli.option_groups import OptionGroup, option
from sim.cli.options import check_known
from sim.core.errors import InputError, Problem

if TYPE_CHECKING:
    from sim.evidence import Ledger, Tallies


@dataclass(frozen=True, kw_only=True)
class Span(OptionGroup):
    """Reports of which days are meant, and for which use."""

    since: Annotated[str, option("First day, as 2023-10-08.", "--from")] = ""
    until: Annotated[str, option("Last day.", "--to")] = ""
    split: Annotated[str, option("calibration, held_out or all.")] = "calibration"
    article: Annotated[bool, option("Only what the opening article reports.", "--article")] = False

    def days(self) -> tuple[date | None, date | None]:
        """Return the first and the last day; None for any."""
        first, last = read_option_day(self.since, "--from"), read_option_day(self.until, "--to")
        if first and last and last < first:
            raise InputError.single("--to", "", f"{last} is before --from, which is {first}")
        return first, last

    def conditions(self) -> dict[str, Any]:
        """Return what is asked of incidents and tallies alike, as their filters take it."""
        from sim.evidence import SPLITS

        split = check_known("--split", self.split, (*SPLITS, "all"))
        days = dict(zip(("since", "until"), self.days(), strict=True))
        return days | {"split": None if split == "all" else split, "in_article": self.article or None}

    def tallies(
        self, ledger: Ledger, tallies: Tallies | None, measures: Sequence[str] = (), sides: tuple[str, str] = ("", "")
    ) -> list[dict[str, Any]]:
        """Return tallies that end within the days, beside what the ledger itemises of them.

        Without measures those of all, and without an initiator or a target those of any.
        """
        if tallies is None:
            return []
        wanted = self.conditions()
        # A held-out tally may have begun before the split, so the whole ledger itemises it.
        rows = ledger.filter(split=wanted["split"]) if wanted["split"] == "calibration" else ledger
        return [
            row
            for row in records(tallies.filter(**wanted).compare(rows).reset_index())
            if (not measures or row["measure"] in measures)
            and (not sides[0] or sides[0] in row["initiators"].split(";"))
            and (not sides[1] or sides[1] in row["targets"].split(";"))
        ]


@dataclass(frozen=True, kw_only=True)
class Selection(Span):
    """Which incidents are meant."""

    week: Annotated[str, option("Any day of one week, Monday to Sunday.")] = ""
    dyad: Annotated[str, option("Initiator and target, as ISR-HZB.")] = ""
    initiator: Annotated[str, option("Party that acted.")] = ""
    target: Annotated[str, option("Party that was struck.")] = ""
    rung: Annotated[str, option("A rung, or a range as 4-6.")] = ""

    def days(self) -> tuple[date | None, date | None]:
        """Return the first and the last day, which may be those of a week; None for any."""
        day = read_option_day(self.week, "--week")
        if day is None:
            return super().days()
        if self.since or self.until:
            raise InputError.single("--week", "", "cannot stand beside --from or --to")
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)

    def sides(self) -> tuple[str, str]:
        """Return initiator and target; empty for any."""
        if not self.dyad:
            return self.initiator, self.target
        if self.initiator or self.target:
            raise InputError.single("--dyad", "", "cannot stand beside --initiator or --target")
        first, dash, second = self.dyad.partition("-")
        if not (first and dash and second):
            raise InputError.single("--dyad", "", f'"{self.dyad}" is not a dyad; write initiator and target as ISR-HZB')
        return first, second

    def rungs(self) -> list[int] | None:
        """Return the rungs; None for any."""
        from sim.evidence.incident_rows import TOP_RUNG

        if not self.rung:
            return None
        low, dash, high = self.rung.partition("-")
        rungs = {str(rung): rung for rung in range(TOP_RUNG + 1)}
        first, last = rungs.get(low), rungs.get(high if dash else low)
        if first is None or last is None or first > last:
            span = f"write one from 0 to {TOP_RUNG} as 4, or a range as 4-6"
            raise InputError.single("--rung", "", f'"{self.rung}" is not a rung; {span}')
        return list(range(first, last + 1))

    def rows(self, ledger: Ledger) -> Ledger:
        """Return the incidents asked for; a party that is not known is refused by the option that names it."""
        initiator, target = (side or None for side in self.sides())
        wanted = self.conditions() | {"rung": self.rungs()}
        try:
            return ledger.filter(**wanted, initiator=initiator, target=target)
        except InputError as error:
            options = ("--dyad" if self.dyad else f"--{problem.key}" for problem in error.problems)
            named = zip(options, error.problems, strict=True)
            raise InputError([Problem(option, "", problem.message) for option, problem in named]) from None


def read_option_day(text: str, option: str) -> date | None:
    """Return the day that an option names; None for none."""
    from sim.inference.evidence_plan import read_day

    return read_day(text, option) if text else None

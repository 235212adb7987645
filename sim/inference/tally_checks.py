"""Which published tallies a fit can use, and whether rows of the ledger or other tallies contradict them."""

from __future__ import annotations

import datetime

from sim.core.errors import Problems
from sim.evidence import Incident, Ledger
from sim.evidence.tallies import Tally
from sim.inference.evidence_plan import EvidencePlan, TallyPlan

NOT_ZERO = "0 and unknown are not the same"
"""Why a source without a figure is left out."""


def reason_against(
    plan: EvidencePlan, total: TallyPlan, first: datetime.date, until: datetime.date, split: str | None
) -> str:
    """Return why a fit of the days from one to before another cannot use a tally; empty where it can."""
    tally, whole = plan.tallies[total.id], [plan.tallies[total.part_of]] if total.part_of else []
    for figure in (tally, *whole):
        its = "it" if figure is tally else f"{figure.id}, of which it is a part,"
        if split not in (None, figure.split):
            return f"{its} is held out"
        if figure.period_end >= until:
            return f"{its} ends on {figure.period_end}, not before {until}"
        if figure.period_start < first:
            return f"{its} begins on {figure.period_start}, before {first}"
        if (tally.measure == "acts" or whole) and not has_count(figure):
            return f"{its} has an upper bound alone; {NOT_ZERO}"
    return _strangers(plan, tally)


def _strangers(plan: EvidencePlan, tally: Tally) -> str:
    """Return why a tally is about nobody whom a fit of the front knows; empty where it is."""
    theatre, is_count = plan.theatre_file.theatre.of_front(), tally.measure == "acts"
    if not is_count and tally.location not in {theatre.parties[party].location for party in theatre.target}:
        return f"nobody at the front is struck in {tally.location or 'a place without a name'}"
    known = parties_at_front(plan, tally.initiators if is_count else tally.targets)
    if (is_count or tally.measure == "killed_combatants") and not known:
        return "none of its parties is at the front"
    if is_count and len({theatre.front.side_of(party) for party in known}) > 1:
        return "it counts acts of both sides; a fit can use those of one"
    return ""


def has_count(tally: Tally) -> bool:
    """Return whether a tally has more than an upper bound."""
    return tally.figure.best is not None or tally.figure.low is not None


def parties_at_front(plan: EvidencePlan, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of some parties that act or are struck over the front."""
    return tuple(name for name in names if name in plan.theatre_file.theatre.of_front().party_index)


def refuse_contradictions(plan: EvidencePlan, ledger: Ledger, until: datetime.date) -> None:
    """Refuse rows of a ledger, by id, that say more than a tally that ends before a day allows of the same dead."""
    problems = Problems(str(plan.theatre_file.ledger))
    for name in [*(total.id for total in plan.totals), *plan.left_out]:
        tally = plan.tallies[name]
        if tally.figure.high is None or tally.period_end >= until or tally.measure not in _DEATHS:
            continue
        rows = [row for row in ledger if _is_item(tally, row)]
        least = sum(_least(tally, row) for row in rows)
        if least > tally.figure.high:
            named = ", ".join(f"{row.id} ({_least(tally, row)})" for row in rows if _least(tally, row))
            problems.add(
                f"rows {named}",
                f"report at least {least} dead in all, but the tally {tally.id} ({tally.counted_by}) has at most "
                f"{tally.figure.high} from {tally.period_start} to {tally.period_end}; mend one of them",
            )
    problems.raise_if_any()


_DEATHS = {
    "killed": lambda incident: incident.deaths,
    "killed_combatants": lambda incident: incident.military_deaths,
    "killed_civilians": lambda incident: incident.civilian_deaths,
}


def _is_item(tally: Tally, incident: Incident) -> bool:
    is_between = incident.initiator in tally.initiators and incident.target in tally.targets
    return incident.kind == "act" and tally.covers(incident) and is_between


def _least(tally: Tally, incident: Incident) -> int:
    return _DEATHS[tally.measure](incident).low or 0

"""Odds among the histories in which something came true, in words: the condition first, and no cause."""

from typing import Any, Final

from sim.report.answer import count_histories, name_condition, phrase_event, tell_count
from sim.report.sheet import name_reach
from sim.results.analysis.given import LEAST, Given, Premise
from sim.results.reading.question_outcomes import list_questions
from sim.results.reading.store import Results

NO_CAUSE: Final = "This is what goes with it, not what causes it: the same draws may move both."
"""Stands beside every condition."""


def tell_given(results: Results, given: Given, point: int) -> list[str]:
    """Return in sentences the odds where conditions hold, and without them; or why no odds are told."""
    n, total = given.those["n"], given.all["n"]
    met = f"{' and '.join(_name(results, one) for one in given.conditions)} ({n:,} of {total:,} histories)"
    under = f"Under the assumptions of {name_condition(results, point)}, {met},"
    if not given.is_enough:
        return [f"{under} no odds are told: that takes {LEAST} histories."]
    told = tell_count(results, given.cell.question, given.cell.day, _count(given.those))
    return [
        f"{under} {told}",
        f"From the number of these histories alone: {name_reach(given.those['low'], given.those['high'])}. "
        f"Without the condition: {_count(given.all)} ({name_reach(given.all['low'], given.all['high'])}).",
        NO_CAUSE,
    ]


def record_given(results: Results, given: Given, point: int) -> dict[str, Any]:
    """Return the same for JSON; without odds where histories are too few."""
    asked = {"point": point, "question": given.cell.question, "horizon_days": given.cell.day}
    words = {"if": [str(one) for one in given.conditions], "told": given.is_enough}
    sentence, *notes = tell_given(results, given, point)
    return asked | words | {"given": given.those, "all": given.all, "sentence": sentence, "notes": notes}


def _name(results: Results, condition: Premise) -> str:
    asked, word = condition.cell.question, "with" if condition.is_met else "without"
    party = results.party_names.get(asked.removesuffix(" joins"))
    name = phrase_event(results.manifest, asked) if asked in list_questions(results) else f"{party} joining"
    return f"{word} {name} by day {condition.cell.day}"


def _count(share: dict[str, Any]) -> str:
    return count_histories(share["events"], share["n"], share["high"])

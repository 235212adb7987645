"""Values at which odds cross a level, as a sheet and in words."""

from __future__ import annotations

from sim.report.sheet import Sheet, format_share
from sim.results.analysis.tipping_points import _REDRAWN, Crossing, Tipping


def readings_sheet(found: Tipping, key: str, question: str) -> Sheet:
    """Return the values that were tried for reading."""
    rows = tuple(
        (f"{one.value:.4g}", format_share(one.estimate, one.low, one.high), f"{one.events:,} of {one.n:,}")
        for one in found.readings
    )
    return Sheet(f"{question}: odds in % with 95 % intervals", (key, "odds", "events"), rows, left=0)


def tipping_words(found: Tipping, key: str, unit: str, odds: float) -> list[str]:
    """Return in words where the odds cross the level, or that they do not."""
    level = f"{100 * odds:g} %"
    if found.crossings:
        return [_told(one, key, unit, level) for one in found.crossings]
    first, last = found.readings[0], found.readings[-1]
    side = "above" if first.estimate >= odds else "below"
    told = f"the odds are {side} {level}, from {100 * first.estimate:.2g} % to {100 * last.estimate:.2g} %"
    where = f"between {first.value:g} and {last.value:g}"
    doubtful = [one for one in found.readings if one.allows(odds)]
    if doubtful:
        at = ", ".join(f"{one.value:.3g} ({100 * one.low:.2g}–{100 * one.high:.2g} %)" for one in doubtful)
        return [
            f"Whether there is a tipping point {where} cannot be told: {told}, but at {key} = {at} the 95 % interval "
            f"holds the level. Take more --replicates."
        ]
    return [f"There is no tipping point {where}: at all {len(found.readings)} values that were tried {told}."]


def redrawn_words(found: Tipping) -> list[str]:
    """Return in words how far other parameters moved with the value, because reactions must not sustain themselves."""
    fewest, most = (choose(found.readings, key=lambda one: one.redrawn) for choose in (min, max))
    if most.redrawn - fewest.redrawn < _REDRAWN:
        return []
    return [
        f"At {most.value:.3g} {100 * most.redrawn:.0f} % of the replicates drew their reactions anew, at "
        f"{fewest.value:.3g} {100 * fewest.redrawn:.0f} %: those drawn first would have sustained themselves. There "
        "the other reaction parameters move with the value, so the odds follow more than one parameter; narrower "
        "bounds avoid it."
    ]


def _told(one: Crossing, key: str, unit: str, level: str) -> str:
    low = "or less" if one.reaches_low else ""
    high = "or more" if one.reaches_high else ""
    ends = " to ".join(" ".join(filter(None, part)) for part in ((f"{one.low:.3g}", low), (f"{one.high:.3g}", high)))
    way = "rise above" if one.rises else "fall below"
    return f"The odds {way} {level} at {key} = {one.value:.3g} [{unit}] (95 % interval {ends})."

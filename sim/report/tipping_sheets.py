"""Values at which odds cross a level, as a sheet and in words."""

from __future__ import annotations

from sim.report.sheet import Columns, Sheet, format_share
from sim.results.analysis.tipping_points import _REDRAWN, Crossing, Tipping


def readings_sheet(tipping: Tipping, key: str, question: str) -> Sheet:
    """Return the values that were tried for reading."""
    columns: Columns = {
        key: lambda reading: f"{reading.value:.4g}",
        "odds": lambda reading: format_share(reading.estimate, reading.low, reading.high),
        "events": lambda reading: f"{reading.events:,} of {reading.n:,}",
    }
    return Sheet.of(f"{question}: odds in % with 95 % intervals", tipping.readings, columns, left=0)


def tipping_words(tipping: Tipping, key: str, unit: str, odds: float, subject: str = "the odds") -> list[str]:
    """Return in words where the odds cross the level, or that they do not; the subject says which odds."""
    level = f"{100 * odds:g} %"
    if tipping.crossings:
        return [_told(point, key, unit, level, subject) for point in tipping.crossings]
    first, last = tipping.readings[0], tipping.readings[-1]
    side = "above" if first.estimate >= odds else "below"
    sentence = f"{subject} are {side} {level}, from {100 * first.estimate:.2g} % to {100 * last.estimate:.2g} %"
    where = f"between {first.value:g} and {last.value:g}"
    doubtful = [point for point in tipping.readings if point.allows(odds)]
    if doubtful:
        at = ", ".join(f"{point.value:.3g} ({100 * point.low:.2g}–{100 * point.high:.2g} %)" for point in doubtful)
        return [
            f"Whether there is a tipping point {where} cannot be told: {sentence}, but at {key} = {at} "
            f"the 95 % interval holds the level. Take more --replicates."
        ]
    return [f"There is no tipping point {where}: at all {len(tipping.readings)} values that were tried {sentence}."]


def redrawn_words(tipping: Tipping) -> list[str]:
    """Return in words how far other parameters moved with the value, because reactions must not sustain themselves."""
    fewest, most = (choose(tipping.readings, key=lambda reading: reading.redrawn) for choose in (min, max))
    if most.redrawn - fewest.redrawn < _REDRAWN:
        return []
    return [
        f"At {most.value:.3g} {100 * most.redrawn:.0f} % of the replicates drew their reactions anew, at "
        f"{fewest.value:.3g} {100 * fewest.redrawn:.0f} %: those drawn first would have sustained themselves. There "
        "the other reaction parameters move with the value, so the odds follow more than one parameter; narrower "
        "bounds avoid it."
    ]


def _told(crossing: Crossing, key: str, unit: str, level: str, subject: str) -> str:
    low = "or less" if crossing.reaches_low else ""
    high = "or more" if crossing.reaches_high else ""
    ends = " to ".join(
        " ".join(filter(None, part)) for part in ((f"{crossing.low:.3g}", low), (f"{crossing.high:.3g}", high))
    )
    way = "rise above" if crossing.rises else "fall below"
    sentence = f"{subject} {way} {level} at {key} = {crossing.value:.3g} [{unit}] (95 % interval {ends})."
    return f"{sentence[0].upper()}{sentence[1:]}"

"""V15: do the levers move the odds of a war the way they should?

Each contrast compares two levels of ``scenarios/levers.toml`` under the same luck: the difference of the share of
replicates with a war within a year. A sign is shown where the whole 95 % interval lies on its side of 0. Name contrasts
to run only those; the others keep their rows. Exceptions are reported, so a sign that is not shown stays as it is.
Under grim trigger a war within a year is nearly certain either way; that contrast is made at 30 days too.
"""

from __future__ import annotations

import sys
from functools import cache
from math import inf

import numpy as np

from validation.intervals import mean
from validation.runs import OWN, command_of, ensemble
from validation.table import Row, show, write

REPLICATES = 960
YEAR = 365

LOWERS = {
    "forgiveness": (
        "forgiveness 0.5",
        "forgiveness 0",
        "generous tit-for-tat on both sides, forgiveness 0.5 against 0",
    ),
    "mediation": ("mediation +0.3", "baseline", "standing mediation 0.3 above the usual"),
    "spill": ("spill 0", "spill 1", "fire of the factions never charged to the host against always"),
    "host-control": ("host control 0.9", "baseline", "the host prevents 90 % of the factions' background"),
}
RAISES = {
    "decapitation": ("decapitation", "baseline", "a strategic strike every 30 days that may kill a leader"),
    "noise-P1": ("P1 noise", "P1 no noise", "noise, both tit-for-tat"),
    "noise-P4": ("P4 noise", "P4 no noise", "noise, both disproportionate"),
    "noise-P6": ("P6 noise", "P6 no noise", "noise, both grim trigger"),
}
SATURATED, EARLIER = "noise-P6", 30
"""A contrast between odds near 1 after a year, and an earlier day at which they are not [days]."""
LESS_SO = "noise-P2"
CONTRASTS = (*LOWERS, *RAISES, LESS_SO)


@cache
def wars(level: str, replicates: int = REPLICATES, days: int = YEAR) -> np.ndarray:
    """Return whether a war came in each replicate of a level."""
    run = ensemble(OWN / "levers.toml", replicates, level=level, days=days).run()
    came = run.judge().war_day <= days
    run.release()
    return came.astype(float)


def rows(contrast: str) -> list[Row]:
    """Return the rows of a contrast: both shares and their difference."""
    if contrast == LESS_SO:
        return _less_so()
    changed, reference, text = (LOWERS | RAISES)[contrast]
    found = [_sign(contrast, changed, reference, text, YEAR), *(_share(level) for level in (changed, reference))]
    if contrast == SATURATED:
        found.append(_sign(contrast, changed, reference, text, EARLIER))
        found += [_share(level, EARLIER) for level in (changed, reference)]
    return found


def _sign(contrast: str, changed: str, reference: str, text: str, days: int) -> Row:
    difference = mean(wars(changed, days=days) - wars(reference, days=days))
    lowers = contrast in LOWERS
    return Row(
        "V15",
        f"P(O2, {days} d), difference: {text}",
        difference,
        at_least=-inf if lowers else 0.0,
        at_most=0.0 if lowers else inf,
        must_be_shown=True,
    )


def _less_so() -> list[Row]:
    """Noise under generous tit-for-tat, and how much less it raises the odds than under tit-for-tat."""
    effects = {policy: wars(f"{policy} noise") - wars(f"{policy} no noise") for policy in ("P1", "P2")}
    less = mean(effects["P1"] - effects["P2"])
    return [
        Row("V15", "effect of noise under P1 less that under P2", less, at_least=0.0, must_be_shown=True),
        Row("V15", "P(O2, 365 d), difference: noise, both generous tit-for-tat", mean(effects["P2"])),
        *(_share(level) for level in ("P2 noise", "P2 no noise")),
    ]


def _share(level: str, days: int = YEAR) -> Row:
    return Row("V15", f"P(O2, {days} d): {level}", mean(wars(level, days=days)))


def main() -> None:
    """Write the rows of the contrasts that were named, or of all."""
    for contrast in sys.argv[1:] or CONTRASTS:
        found = rows(contrast)
        show(found)
        write("levers", command_of(__file__, contrast), found)


if __name__ == "__main__":
    main()

"""V9 (i) and (iii): what analyses of daily counts find in histories whose reciprocity is known.

The known reciprocity is counted in the run itself: reactions, and follow-ups, of one side for each act of the other
or the same side (the mean offspring of S2.8). Acts name their cause but for follow-ups that fall in later steps, which
are drawn together with routine fire: of these the expected number is counted. The daily analysis is a vector
autoregression on the daily acts of both sides. Its sums of lag coefficients stand where the reactions do. A day without
an order of its own hides what was answered on the same day.

V9 (i): Granger F tests with 14 lags as Jaeger and Paserman (deaths only) and as Haushofer et al. (launches and whether
anybody was killed) made them. One-way: Israel's side reacts and the other does not; two-way: both do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.engine.branching import spectral_radius
from sim.engine.kernel.marks import FOLLOW_UP, REACTION
from sim.engine.model import Conflict
from sim.inference.count_patterns import autoregress, granger
from validation.intervals import mean, median
from validation.runs import BASELINE, command_of, ensemble, steps
from validation.table import Row, show, write

REPLICATES = 400
DAYS = 320
SHORT, LONG = 1, 7
LAGS = 14
SIGNIFICANT = 0.05
HOLDS_IN = 0.60
ISRAEL, LEBANON = 0, 1
MAIN = ("ISR", "HZB")


@dataclass(frozen=True)
class Histories:
    """Daily totals of both sides and the offspring that a run counted; sides are 0 Israel and 1 Lebanon.

    Parameters
    ----------
    acts, killed : ndarray of float, shape (2, n_days, n_replicates)
        Acts of each side; killed by each side.
    offspring : ndarray of float, shape (2, 2, n_replicates)
        Mean offspring on a side (first axis) of one act of a side (second axis).
    calibrated : ndarray of float, shape (n_replicates,)
        Spectral radius of the calibrated reactions of the two main parties, before policies and perception.
    at_peace : ndarray of bool, shape (n_replicates,)
        Replicates without a war.
    """

    acts: np.ndarray
    killed: np.ndarray
    offspring: np.ndarray
    calibrated: np.ndarray
    at_peace: np.ndarray


def played(replicates: int = REPLICATES, days: int = DAYS) -> Histories:
    """Return the histories of the baseline."""
    run = ensemble(BASELINE, replicates, days=days)
    acts, killed = np.zeros((2, 2, days, replicates))
    born = np.zeros((2, 2, replicates))
    side_of = run.theatre.side
    for step, found in enumerate(steps(run)):
        fired = found[(side_of[found.dyad] >= 0) & (found.rung > 0)]
        side, day = side_of[fired.dyad], step // run.timeline.steps_per_day
        np.add.at(acts, (side, day, fired.lane), 1.0)
        np.add.at(killed, (side, day, fired.lane), fired.killed)
        for cause, parent in ((REACTION, 1 - side), (FOLLOW_UP, side)):
            by_cause = fired.cause == cause
            np.add.at(born, (side[by_cause], parent[by_cause], fired.lane[by_cause]), 1.0)
        later = _due_later(run)
        for own in (ISRAEL, LEBANON):
            born[own, own] += later[:, side_of == own].sum(axis=1)
    at_peace = ~(run.judge().war_day <= days)
    run.release()
    offspring = born / np.maximum(acts.sum(axis=1), 1.0)[None]
    return Histories(acts, killed, offspring, _calibrated(run), at_peace)


def _due_later(run: Conflict) -> np.ndarray:
    """Return the mean follow-ups in the latest step of acts of earlier ones, shape (n_replicates, n_dyads)."""
    states = run.histories.states
    return (states["follow_ups"] * states["activity"])[:, : len(run.theatre.dyads)]


def _calibrated(run: Conflict) -> np.ndarray:
    parties, dyads = run.parameters.parties, run.parameters.dyads
    own = [np.asarray(parties[party].follow_up) for party in MAIN]
    cross = [np.asarray(dyads[f"{one}-{other}"].excitation) for one, other in (MAIN, MAIN[::-1])]
    matrix = np.stack([np.stack([own[0], cross[0]]), np.stack([cross[1], own[1]])])
    return _radii(matrix)


def rows(found: Histories) -> list[Row]:
    """Return the rows of the table."""
    return [*_understated(found), *_one_way_and_two_way(found)]


def _understated(found: Histories) -> list[Row]:
    lanes = range(found.acts.shape[2])
    true_cross, true_radius = (np.where(found.at_peace, value, np.nan) for value in _known(found))
    lines = [
        Row("V9 (iii)", "known reactions of Israel to one act from Lebanon (median)", median(true_cross)),
        Row("V9 (iii)", "known spectral radius of the offspring (median)", median(true_radius)),
        Row(
            "V9 (iii)", "calibrated spectral radius, before policies and perception (median)", median(found.calibrated)
        ),
    ]
    for lags in (SHORT, LONG):
        fitted = np.stack([autoregress(found.acts[:, :, lane].T, lags).coefs.sum(axis=0) for lane in lanes], axis=2)
        text = f"daily VAR({lags}) over what is known"
        cross = fitted[ISRAEL, LEBANON] / true_cross
        lines += [
            Row(
                "V9 (iii)",
                f"reactions of Israel to one act from Lebanon, {text} (median)",
                median(cross),
                at_most=1.0,
                must_be_shown=True,
            ),
            Row("V9 (iii)", f"spectral radius, {text} (median)", median(_radii(fitted) / true_radius)),
        ]
    return lines


def _known(found: Histories) -> tuple[np.ndarray, np.ndarray]:
    return found.offspring[ISRAEL, LEBANON], _radii(found.offspring)


def _radii(matrices: np.ndarray) -> np.ndarray:
    """Return the spectral radius of each matrix, of shape (2, 2, n_replicates)."""
    return spectral_radius(np.moveaxis(matrices, 2, 0))


def _one_way_and_two_way(found: Histories) -> list[Row]:
    lanes = np.flatnonzero(found.at_peace)
    tests = np.full((4, len(found.at_peace)), np.nan)
    for lane in lanes:
        by_israel, by_lebanon = found.killed[:, :, lane]
        launches, deadly = found.acts[LEBANON, :, lane], (by_lebanon > 0).astype(float)
        tests[:, lane] = (
            granger(by_israel, by_lebanon, LAGS),
            granger(by_lebanon, by_israel, LAGS),
            granger(launches, by_israel, LAGS),
            min(1.0, 2 * min(granger(by_israel, launches, LAGS), granger(by_israel, deadly, LAGS))),
        )
    significant = np.where(np.isfinite(tests), tests < SIGNIFICANT, np.nan)
    one_way = significant[0] * (1 - significant[1])
    two_way = significant[2] * significant[3]
    return [
        Row(
            "V9 (i)",
            "one-way by deaths and two-way by launches in the same history, share",
            mean(one_way * two_way),
            at_least=HOLDS_IN,
        ),
        Row("V9 (i)", "deaths: Israel reacts and the other side does not, share", mean(one_way)),
        Row("V9 (i)", "deaths: Israel reacts, share significant at 5 %", mean(significant[0])),
        Row("V9 (i)", "deaths: the other side reacts, share significant at 5 %", mean(significant[1])),
        Row("V9 (i)", "launches from Lebanon react to deaths there, share significant at 5 %", mean(significant[2])),
        Row(
            "V9 (i)",
            "deaths by Israel react to launches or deadly days, share significant at 5 %",
            mean(significant[3]),
        ),
    ]


def main() -> None:
    """Write the table."""
    found = rows(played())
    show(found)
    write("reciprocity", command_of(__file__), found)


if __name__ == "__main__":
    main()

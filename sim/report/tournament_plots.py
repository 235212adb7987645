"""Pictures of a tournament as PNG, the same bytes every time on one machine."""

from collections.abc import Iterable
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter

from sim.core.arrays import Floats
from sim.report.pictures import BLUE, GREEN, ORANGE, PALE, PURPLE, STYLE, render_png, write_title
from sim.tournament.entrants import Matches
from sim.tournament.match_tables import Evolution
from sim.tournament.ranking import LESS_IS_BETTER

TITLES: Final = {
    "harm_suffered": "harm suffered [killed-equivalents]",
    "harm_done": "harm done [killed-equivalents]",
    "war": "odds of war",
    "points": "points a round",
    "cooperation": "own rate of cooperation",
    "met": "cooperation met",
}
"""What a measure is called in a picture."""
_LOGARITHMIC: Final = ("harm_suffered", "harm_done")
_LINES: Final = [(colour, dashes) for dashes in ("-", "--") for colour in (BLUE, ORANGE, GREEN, PURPLE)]
"""Colours and dashes of the lines of a picture that are named, the highest first."""


def measure_map(matches: Matches, measure: str) -> bytes:
    """Return what each policy got against each, a panel for each level of noise."""
    means = matches.means(measure)
    order = np.argsort(means.mean(axis=(0, 2)) * (1 if measure in LESS_IS_BETTER else -1), kind="stable")
    norm: Any = mpl.colors.LogNorm if measure in _LOGARITHMIC and means.min() > 0 else mpl.colors.Normalize
    scale = norm(means.min(), max(means.max(), means.min() + 1e-9))
    title = f"{matches.theatre}: {TITLES.get(measure, measure)}, of the row against the column"
    panels = [means[level][np.ix_(order, order)] for level in range(len(matches.noises))]
    return _maps(matches, panels, order, title, scale, "viridis_r" if measure in LESS_IS_BETTER else "viridis")


def fixation_map(matches: Matches, evolutions: list[Evolution], population: int) -> bytes:
    """Return how likely a mutant takes over, relative to one without any advantage."""
    order = np.argsort(-np.mean([evolution.stationary for evolution in evolutions], axis=0), kind="stable")
    panels = [
        np.log10(np.maximum(evolution.fixation * population, 1e-3))[np.ix_(order, order)] for evolution in evolutions
    ]
    most = max(float(np.abs(panels).max()), 1e-9)
    title = (
        f"{matches.theatre}: log10 of the chance that a mutant (row) takes over residents (column), times {population}"
    )
    return _maps(matches, panels, order, title, mpl.colors.Normalize(-most, most), "PuOr")


def population_plot(matches: Matches, evolutions: list[Evolution]) -> bytes:
    """Return the shares of the policies in a large population that copies success."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(4.2 * len(evolutions) + 0.4, 4.6), layout="constrained")
        panels = np.atleast_1d(figure.subplots(1, len(evolutions), sharey=True))
        for axes, evolution, noise in zip(panels, evolutions, _noises(matches), strict=True):
            _shares(axes, evolution, matches.names)
            axes.set(title=noise, xlabel="generations", xscale="log", xlim=evolution.times[[1, -1]], ylim=(0, 1.02))
            _write_numbers(axes.xaxis)
        panels[0].set_ylabel("share of the population")
        write_title(figure, f"{matches.theatre}: replicator equation from equal shares")
        return render_png(figure)


def _write_numbers(axis: Axis) -> None:
    """Let a logarithmic axis write numbers; the usual one writes powers as mathematics."""
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(LogFormatter(labelOnlyBase=False))


def _shares(axes: Axes, evolution: Evolution, names: tuple[str, ...]) -> None:
    most = np.argsort(-evolution.shares.max(axis=1), kind="stable")[: len(_LINES)]
    for row in range(len(names)):
        if row not in most:
            axes.plot(evolution.times, evolution.shares[row], color=PALE, linewidth=0.6)
    for row, (colour, dashes) in zip(most, _LINES, strict=False):
        axes.plot(evolution.times, evolution.shares[row], dashes, color=colour, label=_label(names[row]))
    axes.legend(loc="upper left", fontsize=7, frameon=False)


def _label(name: str) -> str:
    """Return the class alone of a rule in a file: its path would leave no room for the picture."""
    return name.rpartition(":")[2]


def _noises(matches: Matches) -> list[str]:
    return [f"noise {noise:g}" for noise in matches.noises]


def _maps(matches: Matches, panels: list[Floats], order: Iterable[int], title: str, scale: Any, colours: str) -> bytes:
    names = [_label(matches.names[i]) for i in order]
    side = 1.6 + 0.15 * len(names)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(max(side * len(panels) + 2.4, 5.0), max(side + 1.6, 3.6)), layout="compressed")
        every = np.atleast_1d(figure.subplots(1, len(panels), sharey=True))
        for axes, values, subtitle in zip(every, panels, _noises(matches), strict=True):
            image = axes.imshow(values, norm=scale, cmap=colours, aspect="equal")
            axes.set_title(subtitle)
            axes.set_xticks(range(len(names)), names, rotation=90, fontsize=6)
            axes.set_yticks(range(len(names)), names, fontsize=6)
        bar = figure.colorbar(image, ax=list(every), shrink=0.7)
        if isinstance(scale, mpl.colors.LogNorm):
            _write_numbers(bar.ax.yaxis)
        write_title(figure, title)
        return render_png(figure)

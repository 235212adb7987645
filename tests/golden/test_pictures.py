"""What every PNG draws of given tables is the committed listing: a band, an order or a colour that moves is seen.

``python tests/golden/test_pictures.py`` writes the listing anew; then look at the pictures themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from committed import RESULTS
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from sim.policies.registry import SHIPPED
from sim.report.fingerprint_plots import plot_fingerprints
from sim.report.fit_plots import plot_fit, plot_nowcast
from sim.report.tournament_plots import fixation_map, measure_map, population_plot
from sim.tournament.entrants import Matches
from sim.tournament.match_tables import evolve

FILE = Path(__file__).with_suffix(".txt")
SHOWN = 12
"""Most numbers that are listed one by one."""


def listing() -> str:
    """Return what is drawn in all pictures."""
    lines: list[str] = []
    figures: list[Figure] = []

    def keep(figure: Figure, file: Any, **words: Any) -> None:
        figure.draw_without_rendering()
        figures.append(figure)
        file.write(b"png")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "savefig", keep)
        for name in pictures():
            for figure in figures:
                lines += [f"== {name}", *describe(figure)]
            figures.clear()
    return "\n".join(lines) + "\n"


def pictures() -> Iterator[str]:
    """Draw the pictures one after the other, and yield what each is called."""
    fit, nowcast = RESULTS / "fit-lebanon-2023", RESULTS / "nowcast-lebanon-2023"
    plot_fit(*(pd.read_csv(fit / f"{table}.csv") for table in ("summary", "checks")))
    yield "fit"
    plot_nowcast(pd.read_csv(nowcast / "nowcast.csv"), "a nowcast")
    yield "nowcast"
    plot_fingerprints({rule: SHIPPED[rule]() for rule in ("grim_trigger", "disproportionate", "decapitation")})
    yield "fingerprints"
    matches = play()
    evolutions = [evolve(-matches.means("harm_suffered")[level]) for level in (0, 1)]
    for measure in ("harm_suffered", "war", "points"):
        measure_map(matches, measure)
    fixation_map(matches, evolutions, 50)
    population_plot(matches, evolutions)
    yield "tournament"


def play() -> Matches:
    """Return matches of ten policies in which every cell has a value of its own."""
    rng = np.random.default_rng(4)
    values = {measure: rng.gamma(2.0, 3.0, (2, 10, 10, 3)) for measure in ("harm_suffered", "war", "points")}
    names = tuple(f"rules.py:Rule{number}" for number in range(10))
    return Matches("somewhere", names, (0.0, 0.05), values, "harm_suffered", -1.0)


def describe(figure: Figure) -> Iterator[str]:
    """Yield what a figure says and draws, with colours and numbers."""
    yield from (f"title {text.get_text()}" for text in figure.texts)
    for axes in figure.axes:
        yield f"panel {axes.get_title() or axes.get_title('left')!r}; {axes.get_xlabel()!r}; {axes.get_ylabel()!r}"
        if axes.get_label() == "<colorbar>":
            continue
        yield from _describe_frame(axes)
        for line in axes.lines:
            xs, ys = numbers(line.get_xdata()), numbers(line.get_ydata())
            yield f"  line {line.get_color()} {line.get_label()} {xs} | {ys}"
        for drawn in axes.collections:
            corners = np.concatenate([path.vertices for path in drawn.get_paths()])
            colours = [to_hex(colour) for colour in [*drawn.get_facecolor(), *drawn.get_edgecolor()][:1]]
            yield f"  area {colours} {drawn.get_label()} {numbers(corners[:, 0])} | {numbers(corners[:, 1])}"
        for bar in axes.patches:
            yield f"  bar {to_hex(bar.get_facecolor())} {numbers(bar.get_bbox().extents)}"
        for image in axes.images:
            scale = f"{type(image.norm).__name__} {numbers([image.norm.vmin, image.norm.vmax])}"
            yield f"  image {image.get_cmap().name} {scale} {numbers(np.ma.filled(image.get_array(), -1.0))}"
        for text in axes.texts:
            yield f"  words {text.get_text()} {to_hex(text.get_color())} {numbers(text.get_position())}"
        if legend := axes.get_legend():
            yield f"  legend {[text.get_text() for text in legend.get_texts()]}"


def _describe_frame(axes: Axes) -> Iterator[str]:
    """Yield ticks and limits where they were set, and are not the choice of matplotlib."""
    for axis in (axes.xaxis, axes.yaxis):
        if isinstance(axis.get_major_locator(), FixedLocator):
            ticks = [text.get_text() for text in axis.get_ticklabels()]
            yield f"  ticks {axis.axis_name} {numbers(axis.get_majorticklocs())} {ticks}"
        limits = axes.get_xlim() if axis is axes.xaxis else axes.get_ylim()
        if axis.get_scale() != "linear" or not axis._get_autoscale_on():
            yield f"  limits {axis.axis_name} {axis.get_scale()} {numbers(limits)}"


def numbers(values: Iterable[Any]) -> str:
    """Return numbers; of many how many they are, their sum, and the sum by place, which an order moves."""
    found = np.asarray(values)
    if found.dtype.kind in "OU":
        return str(found.ravel().tolist())
    flat = found.astype(np.float64).ravel()
    if len(flat) <= SHOWN:
        return "(" + " ".join(f"{value:.6g}" for value in flat) + ")"
    places = np.arange(1, len(flat) + 1) / len(flat)
    return f"({len(flat)} numbers: sum {np.nansum(flat):.6g}, by place {np.nansum(places * flat):.6g})"


def test_what_is_drawn_is_what_is_committed():
    assert listing().splitlines() == FILE.read_text(encoding="utf-8").splitlines()


if __name__ == "__main__":
    FILE.write_text(listing(), encoding="utf-8")

"""The theatre on the page: a plain map of its places, or its places in a circle, with who acts against whom.

Outlines and what was reported lie beside the theatre file.
"""

import json
from datetime import date
from functools import partial
from math import cos, pi, radians, sin
from typing import Any, Final

from sim.evidence.tallies import Tallies
from sim.report.chart import INK, SOFT, WIDE, Chart, Picture, Span
from sim.report.pictures import BLUE, ORANGE, PALE
from sim.report.presentation import Shown
from sim.results.reading.store import Results

OUTLINES: Final = "outlines.geojson"
TALLIES: Final = "tallies.csv"
Shape = list[list[tuple[float, float]]]  # rings of longitude and latitude
Reported = tuple[date, list[tuple[int, int]]]
"""Since when something was counted, and the day of the run and the count of every report."""


def name_scenario(results: Results) -> str:
    """Return the scenario of some results as it is typed: its name where it lies beside its theatre, else a file."""
    file = results.find_beside(f"{results.name}.toml")
    return f"{results.name}.toml" if file is None else f"{file.parent.name}/{results.name}"


def read_outlines(results: Results) -> dict[str, Shape]:
    """Return the rings of every place of a theatre by its name, a single position where it has no outline."""
    file = results.find_beside(OUTLINES)
    if file is None:
        return {}
    features = json.loads(file.read_text(encoding="utf-8"))["features"]
    return {feature["properties"]["name"]: _rings(feature["geometry"]) for feature in features}


def _rings(geometry: dict[str, Any]) -> Shape:
    places = geometry["coordinates"]
    if geometry["type"] == "Point":
        return [[(places[0], places[1])]]
    polygons = [places] if geometry["type"] == "Polygon" else places
    return [[(x, y) for x, y in polygon[0]] for polygon in polygons]


def read_killed(results: Results, place: str) -> Reported | None:
    """Return what was reported of the killed at a place; None where nothing was before the start."""
    file = results.find_beside(TALLIES)
    if file is None:
        return None
    start = date.fromisoformat(str(results.manifest["resolved"]["start"]))
    own = [
        tally
        for tally in Tallies.read(file)
        if tally.measure == "killed" and tally.location == place and tally.period_start <= start
    ]
    if not own:
        return None
    since = max(tally.period_start for tally in own if tally.period_end < start)
    told = [((t.period_end - start).days + 1, t.figure.best) for t in own if t.period_start == since]
    last = int(results.manifest["horizon_days"])
    return since, sorted((day, best) for day, best in told if best and day <= last)


_MOST_FLOWS: Final = 8
_THICKEST: Final = 12.0

Flows = dict[tuple[str, str], float]  # acts of a place on another


def theatre(shown: Shown) -> Picture | None:
    """Return the places of the theatre with lines as wide as acts go between them in the mean history."""
    rows = shown.rows("dyads")
    if rows.empty:
        return None
    located = {party["id"]: party["location"] for party in shown.results.manifest["parties"]}
    sums: Flows = {}
    for sender, target, acts in zip(rows["sender"], rows["target"], rows["mean"], strict=True):
        ways = located[sender], located[target]
        sums[ways] = sums.get(ways, 0.0) + float(acts)
    ranked = sorted(sums, key=lambda ways: -sums[ways])
    flows = {ways: sums[ways] for ways in ranked if sums[ways] > 0 and ways[0] != ways[1]}
    if not flows:
        return None
    (first, second), most = next(iter(flows.items()))
    caption = (
        f"Most acts, {most:,.0f} in the mean history, go from {first} to {second}; the wider a line, the more acts, "
        "dashed where fewer go back. The map marks places and no targets."
    )
    ends = list(dict.fromkeys(place for pair in flows for place in pair))
    outlines = read_outlines(shown.results)
    known = outlines if all(place in outlines for place in ends) else {}
    draw = partial(_draw_theatre, flows=flows, places=ends, outlines=known)
    return Picture("theatre", "Who acts against whom", caption, draw)


def _draw_theatre(width: int, flows: Flows, places: list[str], outlines: dict[str, Shape]) -> Chart:
    """Return the map with its lines; the largest flows in words beside it, on a phone below."""
    told = [f"{sender} → {target}: {acts:,.0f}" for (sender, target), acts in [*flows.items()][:_MOST_FLOWS]]
    is_wide = width == WIDE
    side = width - 230 if is_wide else width
    chart = Chart(width, side * 0.95 + (0 if is_wide else 24 + 18 * len(told)), left=0, right=0, top=0, bottom=0)
    at = _place_outlines(chart, side, outlines, places) if outlines else _place_circle(side, places)
    for (sender, target), acts in flows.items():
        _draw_flow(chart, at[sender], at[target], acts, max(flows.values()), acts < flows.get((target, sender), 0.0))
    for place in places:
        x, y = at[place]
        chart.dot(x, y, INK, radius=4)
        chart.text(x + 8, y + 4, place, more=' paint-order="stroke" stroke="#ffffff" stroke-width="3"')
    x, y = (side + 14.0, 40.0) if is_wide else (4.0, side * 0.95 + 22)
    chart.text(x, y, "acts, mean history", colour=SOFT)
    for number, words in enumerate(told):
        chart.text(x, y + 18 * (number + 1), words)
    return chart


def _draw_flow(chart: Chart, start: Span, end: Span, acts: float, most: float, is_less: bool) -> None:
    """Draw a bent line, so that both ways between two places are seen."""
    # Places as complex numbers: a quarter turn is a product with 1j.
    one, other = complex(*start), complex(*end)
    length = abs(other - one) or 1.0
    middle = (one + other) / 2 + 1j * (other - one) / length * (0.18 * length + 6)
    steps = [number / 12 for number in range(13)]
    bent = [(1 - t) ** 2 * one + 2 * t * (1 - t) * middle + t * t * other for t in steps]
    width = max(_THICKEST * (acts / most) ** 0.5, 0.8)
    dash = f"{width * 1.5 + 2:.0f} 3" if is_less else ""
    chart.stroke([(at.real, at.imag) for at in bent], ORANGE if is_less else BLUE, width, dash)


def _place_circle(side: float, places: list[str]) -> dict[str, Span]:
    middle, reach = side / 2, side * 0.36
    turn = 2 * pi / len(places)
    return {
        place: (middle + reach * sin(turn * k), side * 0.47 - reach * cos(turn * k)) for k, place in enumerate(places)
    }


def _place_outlines(chart: Chart, side: float, outlines: dict[str, Shape], places: list[str]) -> dict[str, Span]:
    """Draw the outlines, those of the theatre's places darker, and return the middle of each."""
    everywhere = [point for rings in outlines.values() for ring in rings for point in ring]
    west, east = min(x for x, _ in everywhere), max(x for x, _ in everywhere)
    south, north = min(y for _, y in everywhere), max(y for _, y in everywhere)
    narrowing = cos(radians((south + north) / 2))
    scale = min(side / ((east - west) * narrowing), side * 0.95 / (north - south))

    def project(point: Span) -> Span:
        return (point[0] - west) * narrowing * scale, (north - point[1]) * scale

    middles = {}
    for name, rings in outlines.items():
        for ring in rings:
            if len(ring) > 1:
                corners = " ".join(f"{x:.0f},{y:.0f}" for x, y in map(project, ring))
                fill = PALE if name in places else "#f4f4f4"
                chart.parts.append(f'<polygon points="{corners}" fill="{fill}" stroke="#ffffff" stroke-width="1"/>')
        xs, ys = zip(*max(rings, key=_area), strict=True)
        middles[name] = project(((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2))
    return middles


def _area(ring: list[Span]) -> float:
    pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)) / 2

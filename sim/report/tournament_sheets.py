"""A tournament in short, for the terminal, and its folder: tables, pictures and what it rests on."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from sim.report.pictures import draw_pictures
from sim.report.sheet import Sheet, format_range
from sim.report.templates import render_notes
from sim.report.tournament_plots import fixation_map, measure_map, population_plot
from sim.sweeps.results_folder import MANIFEST
from sim.tournament.entrants import Matches
from sim.tournament.match_tables import POPULATION, POPULATION_SIZE, RANKING, SELECTION, Tables, evolve_by_noise
from sim.tournament.ranking import RESAMPLES

HEADINGS: Final = {
    "harm_suffered": "harm suffered",
    "harm_done": "harm done",
    "war": "odds of war, %",
    "points": "points a round",
    "cooperation": "cooperates, %",
    "met": "is met, %",
}
"""Column of each measure."""
_SHARES: Final = ("war", "cooperation", "met")


def tournament_sheets(matches: Matches, tables: Tables) -> list[Sheet]:
    """Return one table for each level of noise, the policy with the best payoff first."""
    return [_sheet(matches, tables, noise) for noise in matches.noises]


def _sheet(matches: Matches, tables: Tables, noise: float) -> Sheet:
    ranked = tables[RANKING]
    ranked = ranked[ranked["noise"] == noise]
    population = tables[POPULATION]
    moran = population[population["noise"] == noise].set_index("policy")["moran_share"]
    row_of = {(row["measure"], row["policy"]): row for row in ranked.to_dict("records")}
    rows = []
    for policy in ranked.loc[ranked["measure"] == matches.payoff, "policy"]:
        row = row_of[matches.payoff, policy]
        cells = [_cell(measure, row_of[measure, policy]) for measure in matches.values]
        span = format_range(row["rank"], row["rank_low"], row["rank_high"], ".0f")
        rows.append((policy, span, *cells, f"{100 * moran[policy]:.1f}"))
    headings = ("policy", "rank", *(HEADINGS[measure] for measure in matches.values), "Moran, %")
    return Sheet(f"{matches.theatre}, noise {noise:g}", headings, tuple(rows), left=1, whole=1)


def _cell(measure: str, row: Mapping[Any, Any]) -> str:
    scale = 100.0 if measure in _SHARES else 1.0
    mean, low, high = (scale * row[name] for name in ("mean", "low", "high"))
    digits = 2 if abs(mean) < 10 else 1 if abs(mean) < 100 else 0
    return format_range(mean, low, high, f".{digits}f")


def tournament_notes(matches: Matches) -> list[str]:
    """Return what the tables rest on."""
    left_out = matches.n_replicates - len(matches.finished)
    words = {"payoff": HEADINGS[matches.payoff], "resamples": f"{RESAMPLES:,}", "left_out": left_out}
    return render_notes("tournament", matches=matches, **words)


KIND: Final = "tournament"  # how the manifest of such a folder begins
_DIGITS: Final = "%.6g"

Files = dict[str, bytes]


def render_files(matches: Matches, tables: Tables, manifest: dict[str, Any]) -> Files:
    """Return every file of the folder by name."""
    said = {
        "kind": KIND,
        **manifest,
        "evolution": {"payoff": matches.payoff, "population": POPULATION_SIZE, "selection": SELECTION},
        "failed": matches.failed,
        "left_out": matches.n_replicates - len(matches.finished),
        "independent": matches.n_units,
    }
    evolutions = evolve_by_noise(matches)
    files = {MANIFEST: (json.dumps(said, indent=1, ensure_ascii=False) + "\n").encode()}
    for name, table in tables.items():
        files[f"{name}.csv"] = table.to_csv(index=False, float_format=_DIGITS, lineterminator="\n").encode()
    drawings = {f"{name.replace('_', '-')}.png": partial(measure_map, matches, name) for name in matches.values}
    drawings["fixation.png"] = partial(fixation_map, matches, evolutions, POPULATION_SIZE)
    drawings["population.png"] = partial(population_plot, matches, evolutions)
    return files | draw_pictures(f"tournament in {matches.theatre}", drawings)

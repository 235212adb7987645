"""The folder of a tournament: tables, pictures and what it rests on."""

from __future__ import annotations

import json
from functools import partial
from typing import Any, Final

from sim.report.pictures import draw_pictures
from sim.report.tournament_plots import fixation_map, measure_map, population_plot
from sim.sweeps.results_folder import MANIFEST
from sim.tournament.entrants import Matches
from sim.tournament.evolution import POPULATION, SELECTION
from sim.tournament.match_tables import Tables, evolve_by_noise

KIND: Final = "tournament"
"""How the manifest of such a folder begins."""
_DIGITS: Final = "%.6g"

Files = dict[str, bytes]


def render_files(matches: Matches, tables: Tables, manifest: dict[str, Any]) -> Files:
    """Return every file of the folder by name."""
    said = {
        "kind": KIND,
        **manifest,
        "evolution": {"payoff": matches.payoff, "population": POPULATION, "selection": SELECTION},
        "failed": matches.failed,
        "left_out": matches.n_replicates - len(matches.finished),
        "independent": matches.n_units,
    }
    evolutions = evolve_by_noise(matches)
    files = {MANIFEST: (json.dumps(said, indent=1, ensure_ascii=False) + "\n").encode()}
    for name, table in tables.items():
        files[f"{name}.csv"] = table.to_csv(index=False, float_format=_DIGITS, lineterminator="\n").encode()
    drawings = {f"{name.replace('_', '-')}.png": partial(measure_map, matches, name) for name in matches.values}
    drawings["fixation.png"] = partial(fixation_map, matches, evolutions, POPULATION)
    drawings["population.png"] = partial(population_plot, matches, evolutions)
    return files | draw_pictures(f"tournament in {matches.theatre}", drawings)

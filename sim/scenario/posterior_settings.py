"""Scenarios over a fit: settings of the theatre whose laws give way to the draws of a posterior."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from sim.core.errors import Problems, nearest
from sim.core.toml_table import TomlTable
from sim.scenario.posterior import LEAST_CONTRACTION, Posterior
from sim.scenario.priors import SameAs
from sim.scenario.settings import Settings

SOURCE_PREFIX: Final = "source."  # key paths of detection fractions, which belong to the evidence and not to the engine


def read_posterior(root: TomlTable, folder: Path, settings: Settings) -> Settings:
    """Return the settings that the posterior of a scenario replaces; none if it names no fit, from its folder on."""
    name = root.text("posterior")
    if not name:
        return {}
    with root.problems.collect():
        return fitted_settings(Posterior.load(folder / name), settings, root.problems)
    return {}


def fitted_settings(posterior: Posterior, settings: Settings, problems: Problems) -> Settings:
    """Return the settings of the theatre that a posterior replaces; draws that do not fit the theatre are noted."""
    fitted: Settings = {}
    label = f"fit: {posterior.folder.name}, {len(posterior.draws)} draws"
    for key, law in posterior.laws().items():
        if key.startswith(SOURCE_PREFIX):
            continue
        if key not in settings:
            problems.add("posterior", f'draws "{key}", which is no parameter of the theatre; {nearest(key, settings)}')
            continue
        old = settings[key]
        bounds = old.declared.bounds
        if isinstance(old.law, SameAs) or not bounds.contains(law.values):
            problems.add("posterior", f'draws of "{key}" do not fit the theatre; they must be {bounds}; fit it anew')
            continue
        contraction = float(posterior.contraction.get(key, 0.0))
        words = f"{label}, contraction {100 * contraction:.0f} %"
        # What the evidence left at its prior rests on what the prior rests on, however it is drawn.
        source = words if contraction >= LEAST_CONTRACTION else f"{old.source}; {words}"
        origin = posterior.folder.name
        fitted[key] = replace(old, law=law, source=source, origin=origin, contraction=contraction)
    return fitted

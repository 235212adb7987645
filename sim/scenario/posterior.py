"""A posterior: its draws, what they say of each parameter, and the laws by which a scenario draws from them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from sim.core.arrays import Floats
from sim.core.errors import InputError, Problems, nearest
from sim.core.toml_table import TomlTable
from sim.scenario.priors import Law, SameAs
from sim.scenario.settings import Settings
from sim.scenario.shared_draws import INFORMED, LEAST_CONTRACTION, ROW_LAW

DRAWS: Final = "posterior.parquet"
SUMMARY: Final = "summary.csv"
INDEX: Final = ("chain", "draw")
"""Columns of the draws that are no parameters: the ensemble, and the number of the draw within it."""
SOURCE_PREFIX: Final = "source."  # key paths of detection fractions, which belong to the evidence and not to the engine
AT_PRIOR: Final = "at its prior"


@dataclass(frozen=True)
class Drawn(Law):
    """The values of one parameter in the draws of a posterior."""

    name = ROW_LAW
    digest: str  # SHA-256 of all draws of the posterior
    values: Floats = field(compare=False)  # shape (n_draws,): The values; row i of every parameter belongs together

    def at(self, uniforms: Floats) -> Floats:
        """Return the values of the rows that uniforms stand for."""
        rows = np.minimum((uniforms * self.values.size).astype(np.int64), self.values.size - 1)
        return self.values[rows]

    @property
    def drawn_with(self) -> str:
        """Name of the uniform: all parameters of one posterior share it, so that whole rows are drawn."""
        return f"posterior {self.digest}"

    def __str__(self) -> str:
        return f"{ROW_LAW}({self.digest[:12]}, {self.values.size} draws)"


@dataclass(frozen=True)
class Posterior:
    """The draws of a fit."""

    folder: Path  # Where they lie
    draws: pd.DataFrame  # A row per draw: ``chain``, ``draw`` and a column per key path
    contraction: Mapping[str, float]  # By which the evidence narrowed a parameter, by key path [1]

    @classmethod
    def load(cls, folder: str | Path) -> Posterior:
        """Read the posterior of a fit."""
        where = Path(folder)
        try:
            draws = pd.read_parquet(where / DRAWS)
            summary = pd.read_csv(where / SUMMARY, usecols=["parameter", "contraction"])
        except (OSError, ValueError) as error:
            raise InputError.single(where, "", f"is not the folder of a fit: {DRAWS} or {SUMMARY}: {error}") from error
        missing = [column for column in INDEX if column not in draws]
        if missing or draws.empty or not np.isfinite(draws.to_numpy(dtype=float)).all():
            raise InputError.single(where / DRAWS, missing[0] if missing else "", "holds no whole draws of a fit")
        return cls(where, draws, dict(zip(summary["parameter"], summary["contraction"], strict=True)))

    @property
    def keys(self) -> list[str]:
        """Key paths of the parameters."""
        return [str(column) for column in self.draws.columns if column not in INDEX]

    @property
    def digest(self) -> str:
        """SHA-256 of the draws and the names of their columns."""
        return digest_of(self.draws)

    def laws(self) -> dict[str, Drawn]:
        """Return the law by which a sweep draws each parameter, by key path."""
        digest = self.digest
        return {key: Drawn(digest, self.draws[key].to_numpy(dtype=np.float64)) for key in self.keys}

    @property
    def chains(self) -> dict[str, Floats]:
        """Draws by key path, shape (n_ensembles, n_draws): what ``arviz.from_dict`` and ``array_stats`` take."""
        size = int(self.draws["chain"].nunique())
        return {key: self.draws[key].to_numpy(dtype=np.float64).reshape(size, -1) for key in self.keys}


def digest_of(draws: pd.DataFrame) -> str:
    """Return the SHA-256 of some draws."""
    content = hashlib.sha256("\x1f".join(map(str, draws.columns)).encode())
    content.update(np.ascontiguousarray(draws.to_numpy(dtype="<f8")).tobytes())
    return content.hexdigest()


def summary_of(
    values: Mapping[str, Floats], prior: Mapping[str, Floats], coordinates: Mapping[str, tuple[Floats, Floats]]
) -> pd.DataFrame:
    """Return what draws (n_draws,) say after and before the evidence, the most informed first, by their coordinates."""
    rows = []
    for key, after in values.items():
        low, median, high = np.quantile(after, (0.05, 0.5, 0.95))
        prior_low, prior_median, prior_high = np.quantile(prior[key], (0.05, 0.5, 0.95))
        now, then = coordinates[key]
        contraction = 1.0 - now.std() / then.std()
        rows.append(
            {
                "parameter": key,
                "median": median,
                "low": low,
                "high": high,
                "prior_median": prior_median,
                "prior_low": prior_low,
                "prior_high": prior_high,
                "contraction": contraction,
                "shift": (np.median(now) - np.median(then)) / then.std(),
                "status": INFORMED if contraction >= LEAST_CONTRACTION else AT_PRIOR,
            }
        )
    table = pd.DataFrame(rows).sort_values(["contraction", "parameter"], ascending=[False, True], kind="stable")
    table.insert(8, "rank", np.arange(1, len(table) + 1))
    return table.reset_index(drop=True)


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

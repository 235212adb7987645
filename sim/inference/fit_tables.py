"""The folder of a fit: its tables, and what it says of itself."""

from __future__ import annotations

import hashlib
import io
import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, Final

import pandas as pd

import sim
from sim.inference.fit import Fit
from sim.scenario.posterior import DRAWS, INFORMED, SUMMARY

KIND: Final = "fit"
CHECKS: Final = "checks.csv"
DERIVED: Final = "derived.csv"
POLICIES: Final = "policies.csv"
EVIDENCE: Final = "evidence.csv"
ALTERNATIVES: Final = "alternatives.csv"
_FLOAT: Final = "%.6g"
EX_POST: Final = "ex post: uses what was reported after the start of the scenarios"


def tables_of(fit: Fit, checks: pd.DataFrame, alternatives: pd.DataFrame | None) -> dict[str, bytes]:
    """Return the files of a fit by name, without plots and manifest.

    Parameters
    ----------
    fit : Fit
        The fit.
    checks : DataFrame
        Its posterior predictive check.
    alternatives : DataFrame or None
        The fit with what the default leaves out.
    """
    draws = io.BytesIO()
    fit.draws.to_parquet(draws, index=False)
    evidence = pd.DataFrame(fit.assembled.uses, columns=["name", "reported", "use"])
    tables = {
        SUMMARY: fit.summary(),
        CHECKS: checks,
        DERIVED: fit.derived(),
        POLICIES: fit.policies,
        EVIDENCE: evidence,
        **({} if alternatives is None else {ALTERNATIVES: alternatives}),
    }
    return {DRAWS: draws.getvalue(), **{name: _csv(table) for name, table in tables.items()}}


def manifest_of_fit(fit: Fit, name: str, checks: pd.DataFrame, files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return what the folder of a fit says of itself; nothing in it depends on the clock.

    Parameters
    ----------
    fit : Fit
        The fit.
    name : str
        Name of the folder.
    checks : DataFrame
        Its posterior predictive check.
    files : mapping of str to bytes
        Its files.
    """
    summary = fit.summary()
    return {
        "kind": KIND,
        "name": name,
        "theatre": fit.plan.theatre_file.theatre.name,
        "first_day": fit.assembled.first.isoformat(),
        "as_of": fit.assembled.until.isoformat(),
        "ex_post": EX_POST if fit.is_ex_post else "",
        "seed": fit.seed,
        "scenario": fit.plan.scenario.name,
        "draws": len(fit.draws),
        "draws_sha256": fit.digest,
        "least_ess": float(summary["ess"].min()),
        "largest_rhat": float(summary["rhat"].max()),
        "informed": [str(key) for key in summary.loc[summary["status"] == INFORMED, "parameter"]],
        "answered": {party: round(share, 6) for party, share in fit.answered.items()},
        "checks": {
            "statistics": int(checks["statistic"].nunique()),
            "inside_90": int(checks.groupby("statistic")["inside_90"].all().sum()),
            "inside_99": int(checks.groupby("statistic")["inside_99"].all().sum()),
        },
        "evidence_sha256": hashlib.sha256(fit.plan.path.read_bytes()).hexdigest(),
        "files_sha256": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        "versions": {
            "sim": sim.__version__,
            "python": ".".join(platform.python_version_tuple()[:2]),
            **{package: version(package) for package in ("arviz-stats", "emcee", "numpy", "scipy")},
        },
    }


def _csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False, float_format=_FLOAT, lineterminator="\n").encode()

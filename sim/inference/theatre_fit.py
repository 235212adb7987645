"""The whole fit of a theatre, as ``sim fit`` runs it: posterior, check by the engine, tables, folder."""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import pandas as pd

import sim
from sim.core.errors import InputError
from sim.inference.evidence_plan import EvidencePlan, plan_of, read_day
from sim.inference.fit import SEED, Fit, fit
from sim.inference.posterior_predictive import NOT_CHECKED, predictive_check
from sim.inference.sampler import Budget
from sim.scenario.posterior import DRAWS, SUMMARY
from sim.scenario.shared_draws import LEAST_CONTRACTION
from sim.sweeps.atomic_folder import check_replaceable, write_folder
from sim.sweeps.results_folder import MANIFEST
from sim.sweeps.sweep import check_numbers

KIND: Final = "fit"
EX_POST: Final = "ex post: uses what was reported after the start of the scenarios"
_FLOAT: Final = "%.6g"
_SHOWN: Final = ["parameter", "median", "low", "high", "prior_low", "prior_high", "contraction", "status"]

Plots = Callable[[pd.DataFrame, pd.DataFrame], Mapping[str, bytes]]
"""Makes pictures by file name from the summary and the checks of a fit, as `sim.report.fit_plots.plot_fit` does."""


@dataclass(frozen=True, eq=False, repr=False)
class TheatreFit:
    """The fit of a theatre, its check, and its tables.

    Parameters
    ----------
    posterior : Fit
        Draws, evidence and diagnostics.
    checks : DataFrame
        Up to eight statistics of the record beside what the engine gives on rows of the posterior: a row per number,
        with ``observed``, the bounds of the 90 % and the 99 % band, ``inside_90`` and ``inside_99``. Without a reported
        figure ``observed`` is missing and the last two are "not checked".
    alternatives : DataFrame or None
        Medians and 90 % intervals by default and with the counts of acts that the default leaves out.
    folder : Path or None
        Where it was written.
    pictures : mapping of str to bytes
        Pictures of the folder by file name.
    """

    posterior: Fit
    checks: pd.DataFrame
    alternatives: pd.DataFrame | None = None
    folder: Path | None = None
    pictures: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def draws(self) -> pd.DataFrame:
        """A row per draw: ``chain``, ``draw``, and the value of every parameter by key path."""
        return self.posterior.draws

    @property
    def evidence(self) -> pd.DataFrame:
        """A row per reported figure: ``name``, ``reported``, and its ``use`` or why it was left out."""
        return pd.DataFrame(self.posterior.assembled.uses, columns=["name", "reported", "use"])

    def summary(self) -> pd.DataFrame:
        """Return what the draws say of each parameter, the most informed first.

        Returns
        -------
        DataFrame
            ``parameter``, ``median``, ``low`` and ``high`` (90 %), the same before the evidence (``prior_...``),
            ``contraction`` (1 less the ratio of standard deviations), ``shift`` (of the median, in standard deviations
            of the prior), ``rank``, ``status``, ``ess`` and ``rhat``.
        """
        return self.posterior.summary()

    def derived(self) -> pd.DataFrame:
        """Return the branching ratio [1] and the acts of both sides [1/day]: medians and 90 % intervals.

        Returns
        -------
        DataFrame
            ``quantity``, ``median``, ``low``, ``high``, and the same before the evidence (``prior_...``).
        """
        return self.posterior.derived()

    @cached_property
    def files(self) -> dict[str, bytes]:
        """Tables and pictures of the folder by file name."""
        draws = io.BytesIO()
        self.draws.to_parquet(draws, index=False)
        tables = {
            SUMMARY: self.summary(),
            "checks.csv": self.checks,
            "derived.csv": self.derived(),
            "policies.csv": self.posterior.policies,
            "evidence.csv": self.evidence,
            **({} if self.alternatives is None else {"alternatives.csv": self.alternatives}),
        }
        contents = {
            name: table.to_csv(index=False, float_format=_FLOAT, lineterminator="\n").encode()
            for name, table in tables.items()
        }
        return {DRAWS: draws.getvalue(), **contents, **self.pictures}

    @property
    def manifest(self) -> dict[str, Any]:
        """What the folder says of itself: evidence, seed, diagnostics, versions; nothing in it depends on the clock."""
        posterior = self.posterior
        folder = self.folder or Path(fit_name(posterior.plan, posterior.assembled.until))
        return self._manifest(folder.name)

    def write(self, folder: str | Path) -> Path:
        """Write the folder of the fit, whole or not at all; ``posterior = "FOLDER"`` of a scenario draws from it.

        Parameters
        ----------
        folder : str or Path
            Folder; another fit in its place is replaced.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        OutputError
            If it holds something else than a fit, or cannot be written.
        """
        folder = Path(folder)
        check_replaceable(folder, KIND)
        manifest = json.dumps(self._manifest(folder.name), indent=1, ensure_ascii=False) + "\n"
        write_folder(folder, self.files | {MANIFEST: manifest.encode()})
        return folder

    def _manifest(self, name: str) -> dict[str, Any]:
        posterior, summary = self.posterior, self.summary()
        checks = self.checks[self.checks["inside_90"] != NOT_CHECKED].astype({"inside_90": bool, "inside_99": bool})
        return {
            "kind": KIND,
            "name": name,
            "theatre": posterior.plan.theatre_file.theatre.name,
            "first_day": posterior.assembled.first.isoformat(),
            "as_of": posterior.assembled.until.isoformat(),
            "ex_post": EX_POST if posterior.is_ex_post else "",
            "seed": posterior.seed,
            "scenario": posterior.plan.scenario.name,
            "draws": len(posterior.draws),
            "draws_sha256": posterior.digest,
            "least_ess": float(summary["ess"].min()),
            "largest_rhat": float(summary["rhat"].max()),
            "informed": [str(key) for key in summary.loc[summary["contraction"] >= LEAST_CONTRACTION, "parameter"]],
            "answered": {party: round(share, 6) for party, share in posterior.answered.items()},
            "checks": {
                "statistics": int(checks["statistic"].nunique()),
                "inside_90": int(checks.groupby("statistic")["inside_90"].all().sum()),
                "inside_99": int(checks.groupby("statistic")["inside_99"].all().sum()),
            },
            "evidence_sha256": hashlib.sha256(posterior.plan.path.read_bytes()).hexdigest(),
            "files_sha256": {name: hashlib.sha256(content).hexdigest() for name, content in self.files.items()},
            "versions": {
                "sim": sim.__version__,
                "python": ".".join(platform.python_version_tuple()[:2]),
                **{package: version(package) for package in ("arviz-stats", "emcee", "numpy", "scipy")},
            },
        }

    def __repr__(self) -> str:
        """Return theatre, days of the record, and how much of it the evidence informs, in a line."""
        return f"<TheatreFit {self._headline()}>"

    def _repr_html_(self) -> str:
        """Return the headline and the summary as a notebook shows them."""
        table = self.summary()[_SHOWN].to_html(index=False, float_format="{:.3g}".format, border=0)
        return f"<p>{escape(self._headline())}</p>{table}"

    def _headline(self) -> str:
        assembled, narrowed = self.posterior.assembled, self.summary()["contraction"] >= LEAST_CONTRACTION
        return (
            f"{self.posterior.plan.theatre_file.theatre.name}: reports from {assembled.first} to before "
            f"{assembled.until} inform {narrowed.sum()} of {len(narrowed)} parameters"
        )


def fit_theatre(
    theatre: str | Path | EvidencePlan,
    *,
    as_of: datetime.date | str | None = None,
    seed: int = SEED,
    jobs: int = 1,
    out: str | Path | None = None,
    alternatives: bool = False,
    plots: Plots | None = None,
    progress: Callable[[str], None] | None = None,
) -> TheatreFit:
    """Fit a theatre to its reported incidents, and check the fit by the engine.

    Parameters
    ----------
    theatre : str, Path or EvidencePlan
        Theatre file with ``evidence.toml`` beside it, name of a shipped theatre such as ``lebanon-2023``, or what
        `sim.inference.evidence_plan.read_plan` returns.
    as_of : date or str, optional
        Use reports before this day, ``2023-11-07`` as text; the start of the scenarios without it. A later day is ex
        post.
    seed : int, optional
        Root of all draws.
    jobs : int, optional
        Worker processes, of which the sampler uses up to four; changes no draw.
    out : str or Path, optional
        Folder to write; without it nothing is written, and `TheatreFit.write` does it later.
    alternatives : bool, optional
        Fit once more with the counts of acts that the default leaves out.
    plots : callable, optional
        Makes the pictures of the folder, such as `sim.report.fit_plots.plot_fit`.
    progress : callable, optional
        Told in a sentence what begins.

    Returns
    -------
    TheatreFit
        Draws, summaries, checks, and the tables of the folder.

    Raises
    ------
    InputError
        If a number, a day or a file of evidence is wrong, or the evidence contradicts itself.
    OutputError
        If the folder holds something else than a fit, or cannot be written; seen before any work.
    UnmixedError
        If the draws do not agree.

    Examples
    --------
    >>> fit = sim.fit_theatre("lebanon-2023", out="results/fit-mine")  # doctest: +SKIP
    >>> fit.summary().head()  # doctest: +SKIP
    """
    check_numbers(seed=seed, jobs=jobs)
    until = None if as_of is None else read_day(as_of, "as_of")
    plan = plan_of(theatre)
    folder = None if out is None else Path(out)
    if folder is not None:
        check_replaceable(folder, KIND)
    counts = _left_out_counts(plan) if alternatives else []
    tell = progress or (lambda _: None)
    budget = Budget(jobs=min(jobs, Budget.ensembles))
    tell(f"{plan.theatre_file.path}: sampling")
    posterior = fit(plan, until=until, seed=seed, budget=budget)
    count = len(posterior.draws)
    tell(f"{count} draws kept; the engine runs the record on {count // 4} of them")
    checks = predictive_check(posterior)
    others = None
    if alternatives:
        tell("once more with the counts that the default leaves out")
        others = _compare(posterior, fit(plan, until=until, also=counts, seed=seed, budget=budget), counts)
    pictures = {} if plots is None else plots(posterior.summary(), checks)
    fitted = TheatreFit(posterior, checks, others, folder, pictures)
    if folder is not None:
        fitted.write(folder)
    return fitted


def fit_name(plan: EvidencePlan, as_of: datetime.date | None = None) -> str:
    """Return how the folder of a fit is called where nothing else is said, such as ``fit-lebanon-2023``."""
    suffix = "" if as_of in (None, plan.theatre_file.start) else f"-as-of-{as_of}"
    return f"fit-{plan.path.absolute().parent.name}{suffix}"


def _left_out_counts(plan: EvidencePlan) -> list[str]:
    """Return the counts of acts over long spans that the default leaves out, none of them twice; at least one."""
    tallies = [plan.tallies[name] for name in plan.left_out]
    counts = [tally for tally in tallies if tally.measure == "acts" and tally.period_end > tally.period_start]
    used = [plan.tallies[total.id] for total in plan.totals if plan.tallies[total.id].measure == "acts"]
    counted, chosen = {party for tally in used for party in tally.initiators}, []
    for tally in sorted(counts, key=lambda tally: tally.period_start - tally.period_end):
        if counted.isdisjoint(tally.initiators):
            counted |= set(tally.initiators)
            chosen.append(tally.id)
    if not chosen:
        message = "names no count of acts of parties whose acts are not counted already"
        raise InputError.single(plan.path, "left_out", f"{message}; --alternatives has nothing to add")
    return [tally.id for tally in counts if tally.id in chosen]


def _compare(default: Fit, other: Fit, counts: list[str]) -> pd.DataFrame:
    """Return parameters and derived quantities of two fits below each other."""
    columns = ["parameter", "median", "low", "high", "contraction", "status"]
    tables = []
    for evidence, posterior in (("default", default), (f"with {', '.join(counts)}", other)):
        derived = posterior.derived()[["quantity", "median", "low", "high"]].rename(columns={"quantity": "parameter"})
        tables.append(pd.concat([posterior.summary()[columns], derived]).assign(evidence=evidence))
    return pd.concat(tables, ignore_index=True)

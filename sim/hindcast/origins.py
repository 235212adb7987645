"""Origins: the fit of what had been reported before a day, and the scenario that starts on it."""

from __future__ import annotations

import datetime
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sim
from sim.core.errors import Problems
from sim.hindcast.record import WEEK, OutcomeRecord
from sim.inference.evidence_assembly import NoEvidenceError
from sim.inference.evidence_plan import EvidencePlan
from sim.inference.fit import fit, start_on
from sim.inference.nowcast import QUICK
from sim.inference.sampler import UnmixedError
from sim.scenario.posterior import DRAWS, SUMMARY, Drawn, Posterior, fitted_settings
from sim.scenario.scenario import Scenario
from sim.sweeps.atomic_folder import write_folder
from sim.sweeps.manifest_match import read_manifest
from sim.sweeps.provenance import digest_code
from sim.sweeps.results_folder import MANIFEST
from sim.sweeps.workers import start_processes

Files = dict[str, bytes]
Told = Callable[[str], None]


@dataclass(frozen=True)
class OriginFit:
    """The fit of what had been reported before a day."""

    posterior: Posterior | None  # None where there is none
    status: str  # ``mixed`` and what was silent, or why there is none


def fit_origins(
    plan: EvidencePlan,
    scenario: Scenario,
    days: Sequence[datetime.date],
    folder: Path,
    seed: int,
    jobs: int,
    told: Told,
) -> dict[datetime.date, OriginFit]:
    """Return the fit of each day, several at once; those that lie in the folder from before are read again."""
    identity = _identify(plan, scenario, seed)
    known = {day: read_manifest(folder / str(day) / MANIFEST) for day in days}
    missing = [day for day in days if any(known[day].get(name) != value for name, value in identity.items())]
    for number, (day, files, status) in enumerate(_fit_days(plan, scenario, missing, seed, jobs), start=1):
        manifest = {**identity, "as_of": str(day), "status": status}
        write_folder(folder / str(day), files | {MANIFEST: json.dumps(manifest, indent=1).encode()})
        told(f"fits: {number} of {len(missing)}, as of {day}")
    return {day: _read_fit(folder / str(day)) for day in days}


def _identify(plan: EvidencePlan, scenario: Scenario, seed: int) -> dict[str, Any]:
    """Return what the draws of a fit hang on besides its day: evidence, scenario, seed, code."""
    views = [*(view.file for view in plan.views), *(series.file for series in plan.daily_deaths)]
    room = sorted((Path(sim.__file__).parent / "inference").glob("*.py"))
    contents = [path.read_bytes() for path in (plan.path, *views, *room)]
    total = hashlib.sha256(b"\0".join([repr(plan.tallies).encode(), digest_code().encode(), *contents]))
    return {"kind": "fit of an origin", "seed": seed, "scenario": scenario.digest(), "sha256": total.hexdigest()}


def _fit_days(
    plan: EvidencePlan, scenario: Scenario, days: Sequence[datetime.date], seed: int, jobs: int
) -> Iterator[tuple[datetime.date, Files, str]]:
    plan = replace(plan, scenario=scenario.path.absolute())
    if jobs == 1 or len(days) < 2:
        for day in days:
            yield _fit_day(plan, day, seed)
        return
    with start_processes(min(jobs, len(days)), scenario) as pool:
        for future in as_completed([pool.submit(_fit_day, plan, day, seed) for day in days]):
            yield future.result()


def _fit_day(plan: EvidencePlan, day: datetime.date, seed: int) -> tuple[datetime.date, Files, str]:
    try:
        posterior = fit(plan, until=day, seed=seed, budget=QUICK)
    except (UnmixedError, NoEvidenceError) as error:
        words = error.problems[0].message if isinstance(error, NoEvidenceError) else str(error)
        return day, {}, f"not fitted: {words}"
    draws = io.BytesIO()
    posterior.draws.to_parquet(draws, index=False)
    files = {DRAWS: draws.getvalue(), SUMMARY: posterior.summary().to_csv(index=False).encode()}
    return day, files, "; ".join(filter(None, ("mixed", posterior.assembled.silence)))


def _read_fit(folder: Path) -> OriginFit:
    status = str(read_manifest(folder / MANIFEST)["status"])
    return OriginFit(Posterior.load(folder) if (folder / DRAWS).exists() else None, status)


def start_scenario(
    base: Scenario, record: OutcomeRecord, day: datetime.date, weeks: int, posterior: Posterior | None
) -> Scenario:
    """Return a scenario that starts on a day, after what had been reported before it.

    It runs some weeks, and on to the horizons of its questions.

    Laws of a posterior that the scenario itself names give way to those of the theatre, and these to the posterior of
    the day where there is one; what the scenario sets of its own stays. Of what it schedules nothing happens, because
    that is counted from its own start. Questions that had come before are not asked.
    """
    started = start_on(base, day)
    theatre_file = started.file.theatre_file
    laws = theatre_file.settings
    settings = {key: laws[key] if isinstance(one.law, Drawn) else one for key, one in started.file.settings.items()}
    if posterior is not None:
        problems = Problems(posterior.folder)
        fitted = fitted_settings(posterior, laws, problems)
        problems.raise_if_any()
        settings |= {key: one for key, one in fitted.items() if settings[key].law == laws[key].law}
    asked = []
    for question in (one for one in theatre_file.questions if record.is_open(one.id, day)):
        known = record.already(question.id, day)
        after = question.after if question.after and record.is_open(question.after, day) else ""
        asked.append(replace(question, already=question.already if known is None else float(known), after=after))
    horizons = sorted({WEEK * week for week in range(1, weeks + 1)} | set(base.horizons))
    file = replace(
        started.file,
        theatre_file=replace(theatre_file, questions=tuple(asked)),
        settings=settings,
        run={**started.file.run, "horizon_days": horizons[-1], "horizons": horizons, "daily": True},
        truces=(),
        shocks=(),
        incidents=(),
    )
    return replace(started, file=file)

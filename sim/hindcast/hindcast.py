"""A hindcast: forecasts at rolling origins, each from what was known then, and their scores by what came."""

from __future__ import annotations

import datetime
import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import pandas as pd

from sim.core.errors import InputError, name_some, nearest
from sim.core.parameters import Interval, number_problem
from sim.core.random_streams import word_of
from sim.core.shipped_data import find_beside_theatre
from sim.evidence.reference_class import NONE, load_classes
from sim.hindcast.benchmarks import BENCHMARKS, forecast_benchmarks
from sim.hindcast.forecast_file import check_forecasts, read_forecasts
from sim.hindcast.model_forecasts import FITTED, PRIORS, ModelRun, read_run
from sim.hindcast.origins import OriginFit, Told, fit_origins, start_scenario
from sim.hindcast.record import OutcomeRecord, model_series, read_record
from sim.hindcast.scores import measure_reliability, measure_warning, score_forecasts
from sim.hindcast.skill import summarise_scores
from sim.inference.evidence_plan import EvidencePlan, plan_of, read_day, read_plan
from sim.inference.fit import SEED
from sim.inference.nowcast import dates_between
from sim.scenario.scenario import Scenario
from sim.sweeps.atomic_folder import check_replaceable
from sim.sweeps.provenance import read_versions
from sim.sweeps.results_folder import MANIFEST, write_manifest, write_whole
from sim.sweeps.sweep import Rule, check_numbers, run_blocks

KIND: Final = "hindcast"
READS: Final = "what came after each origin was read for scoring alone; no forecast saw it"
FORECASTERS: Final = (FITTED, PRIORS)
REPLICATES: Final = 1000
Rules = Callable[[Scenario, Path], Rule | None]
"""Gives the rule that decides on the replicates of a scenario in a folder."""


@dataclass(frozen=True, repr=False)
class Hindcast:
    """What a hindcast gives: forecasts, odds and scores, as tables."""

    title: str  # name of the theatre or scenario
    folder: Path  # where it lies
    record: OutcomeRecord  # what happened
    forecasts: pd.DataFrame  # draws of all forecasters, as in a file of draws
    odds: pd.DataFrame  # simulated odds of every question at each origin and horizon, with ``came``
    scores: pd.DataFrame  # of `score_forecasts`
    summary: pd.DataFrame  # of `summarise_scores`
    reliability: pd.DataFrame  # of `measure_reliability`
    warning: pd.DataFrame  # of `measure_warning`
    manifest: dict[str, Any] = field(default_factory=dict)  # what the folder says of itself

    @property
    def files(self) -> dict[str, bytes]:
        """Tables of the folder by file name."""
        draws = io.BytesIO()
        small = self.forecasts.assign(forecaster=self.forecasts["forecaster"].astype("category"))
        small.to_parquet(draws, index=False, compression="zstd")
        tables = {
            "scores": self.summary,
            "scores-by-origin": self.scores,
            "reliability": self.reliability,
            "warning": self.warning,
            "odds": self.odds,
        }
        text = {
            f"{name}.csv": table.to_csv(index=False, float_format="%.6g", lineterminator="\n").encode()
            for name, table in tables.items()
        }
        return {"forecasts.parquet": draws.getvalue(), **text}


Pages = Callable[[Hindcast], Mapping[str, bytes]]
"""Makes page and pictures of the folder by file name, as `sim.report.hindcast_page.render_files` does."""


def run_hindcast(
    scenario: str | Path,
    *,
    since: datetime.date | str | None = None,
    until: datetime.date | str | None = None,
    every: int = 14,
    weeks: int = 4,
    forecasters: Sequence[str] = FORECASTERS,
    draws: pd.DataFrame | str | Path | None = None,
    series: Mapping[str, Path] | None = None,
    replicates: int = REPLICATES,
    seed: int = SEED,
    jobs: int = 1,
    rule: Rules | None = None,
    time_limit: float | None = None,
    out: str | Path | None = None,
    pages: Pages | None = None,
    progress: Told | None = None,
) -> Hindcast:
    """Forecast from each of several days what was known by then, and score it by what came.

    Parameters
    ----------
    scenario : str or Path
        Theatre with ``evidence.toml`` and ``hindcast.toml`` beside it, by file or name, or a scenario of one.
    since, until : date or str, optional
        First and last origin; the start of the scenarios, and the day on which the first question came.
    every, weeks : int
        Days between two origins, and weeks that are forecast from each.
    forecasters : sequence of str
        Of `FORECASTERS`, those that are run.
    draws : DataFrame, str or Path, optional
        A file of draws, or its content, that is scored in place of the model.
    series : mapping of str to Path, optional
        Files, with a column of days and one of counts, of what happened to a series, by its id.
    replicates, seed, jobs : int
        Histories from each origin, root of all draws, and workers, which change no draw.
    rule : callable, optional
        Gives the rule that decides on the replicates, for a scenario and its folder.
    time_limit : float, optional
        Longest time of one origin and forecaster [s].
    out : str or Path, optional
        Folder; ``results/hindcast/NAME`` without it. Fits and histories that lie there are taken up again.
    pages : callable, optional
        Makes the page and the pictures of the folder.
    progress : callable, optional
        Told in a few words what begins.

    Returns
    -------
    Hindcast
        Forecasts, scores and odds, which stand in the folder as well.

    Raises
    ------
    InputError
        If an option or a file is wrong.
    OutputError
        If the folder holds something else, or cannot be written.

    Examples
    --------
    >>> hindcast = sim.run_hindcast("lebanon-2023", jobs=2)  # doctest: +SKIP
    >>> hindcast.summary  # doctest: +SKIP
    """
    check_numbers(replicates, seed, jobs)
    for option, value, bounds in (("--weeks", weeks, Interval(1, 104)), ("--every", every, Interval(1, 365))):
        if problem := number_problem(value, bounds, is_whole=True):
            raise InputError.single(option, "", problem)
    for who in forecasters:
        if who not in FORECASTERS:
            raise InputError.single("--forecaster", "", f'"{who}" is not known; {nearest(who, FORECASTERS)}')
    plan, base, name = _find_world(scenario)
    record = read_record(plan, series)
    folder = Path(out) if out is not None else Path("results") / KIND / name
    check_replaceable(folder, KIND)
    digests = {one: hashlib.sha256(Path(path).read_bytes()).hexdigest() for one, path in (series or {}).items()}
    said: dict[str, Any] = {"kind": KIND, "name": name, "reads": READS, "seed": seed, "series": digests}
    if draws is None:
        days = dates_between(*_bounds(record, base, since, until), every)
        run = partial(run_blocks, replicates=replicates, jobs=jobs, time_limit=time_limit)
        world = _World(plan, base, record, folder, seed, weeks, progress or (lambda _: None))
        if not (folder / MANIFEST).exists():
            folder.mkdir(parents=True, exist_ok=True)
            write_manifest(folder, {"kind": KIND, "name": name})
        made, odds, status = _forecast(world, days, forecasters, run, rule, jobs)
        said |= {"digest": base.digest(), "replicates": replicates, "weeks": weeks, "origins": status}
    else:
        others = [*model_series(plan), *(question.id for question in plan.theatre_file.questions)]
        made = draws if isinstance(draws, pd.DataFrame) else read_forecasts(draws, record, others)
        made = made[~made["forecaster"].isin(BENCHMARKS)]  # they are made anew, from the same record
        scored = [*record.counts, *record.resolutions]
        if not made["target"].isin(scored).any():
            words = f"holds nothing to score but benchmarks; it needs forecasts of {name_some(scored, 20)}"
            raise InputError.single("--draws", "", words)
        odds = pd.DataFrame(columns=["forecaster", "origin", "question", "horizon_days", "estimate"])
    title = plan.theatre_file.theatre.name if base.path == plan.scenario else base.title
    found = _judge(title, folder, record, base, made, odds, said)
    files = found.files | ({} if pages is None else dict(pages(found)))
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in files.items():
        write_whole(folder / file, content)
    sums = {file: hashlib.sha256(content).hexdigest() for file, content in files.items()}
    write_manifest(folder, found.manifest | {"files_sha256": sums, "versions": read_versions()})
    return found


@dataclass(frozen=True)
class _World:
    """What the forecasts of the model have in common."""

    plan: EvidencePlan
    base: Scenario
    record: OutcomeRecord
    folder: Path
    seed: int
    weeks: int
    told: Told


def _find_world(scenario: str | Path) -> tuple[EvidencePlan, Scenario, str]:
    """Return evidence, scenario and name of a theatre, or of a scenario of one."""
    if find_beside_theatre(scenario, "theatre.toml").name == "theatre.toml":
        plan = plan_of(scenario)
        base, name = Scenario.load(plan.scenario), plan.path.absolute().parent.name
    else:
        base = Scenario.load(scenario)
        plan, name = read_plan(base.file.theatre_file.path), base.name
    if (number := len(base.points())) > 1:
        words = f"makes {number} points; a hindcast runs a scenario without factors"
        raise InputError.single(base.path, "factor", words)
    return plan, base, name


def _bounds(
    record: OutcomeRecord, base: Scenario, since: datetime.date | str | None, until: datetime.date | str | None
) -> tuple[datetime.date, datetime.date]:
    """Return the first and the last origin: without them the start, and the day on which the first question came."""
    first = base.start if since is None else read_day(since, "--from")
    if until is not None:
        return first, read_day(until, "--to")
    came = [one.came for one in record.resolutions.values() if one.came is not None]
    ends = [counts.index[-1].date() for counts in record.counts.values() if len(counts)]
    return first, max(first, min([*came[:1], *ends], default=first))


def _forecast(
    world: _World, days: list[datetime.date], forecasters: Sequence[str], run: Any, rule: Rules | None, jobs: int
) -> tuple[pd.DataFrame, pd.DataFrame, list[dict[str, str]]]:
    """Return draws and odds of the model at each origin, and what became of its fit."""
    fits = dict.fromkeys(days, OriginFit(None, "no fit"))
    if FITTED in forecasters:
        fits = fit_origins(world.plan, world.base, days, world.folder / "fits", world.seed, jobs, world.told)
    series = model_series(world.plan) | world.record.series
    tables, status = [], []
    for day, who in ((day, who) for day in days for who in forecasters):
        known = fits[day] if who == FITTED else OriginFit(None, "no fit")
        status.append({"origin": str(day), "forecaster": who, "status": known.status})
        if who == FITTED and known.posterior is None:
            world.told(f"origin {day}: {known.status}")
            continue
        world.told(f"origins: {day}, {who}")
        one = start_scenario(world.base, world.record, day, world.weeks, known.posterior)
        place = world.folder / "origins" / str(day) / f"{who.rpartition(' ')[2]}-{one.digest()[:10]}"
        root = word_of("origin", world.seed, str(day)) >> 1  # half the range of words: seeds are positive
        run(one, place, seed=root, rule=None if rule is None else rule(one, place))
        tables.append(read_run(ModelRun(who, day, place, world.plan, known.posterior, root), series, world.weeks))
    if not tables:
        raise InputError.single("hindcast", "", f"no origin could be forecast; {status[0]['status']}")
    made, odds = (pd.concat(part, ignore_index=True) for part in zip(*tables, strict=True))
    return made, odds, status


@cache
def _class_chance(name: str, day: datetime.date, horizon: int) -> float:
    """Return the share of a reference class within a horizon, by what was known on a day."""
    return float(load_classes()[name].estimate([horizon], day)["at"][0]["estimate"])


def _judge(
    title: str,
    folder: Path,
    record: OutcomeRecord,
    base: Scenario,
    made: pd.DataFrame,
    odds: pd.DataFrame,
    said: dict[str, Any],
) -> Hindcast:
    """Return forecasts beside the benchmarks of the same origins, targets and horizons, and their scores."""
    scored = made[made["target"].isin([*record.counts, *record.resolutions])]
    horizons = {str(one): sorted(map(int, part.unique())) for one, part in scored.groupby("target")["horizon_days"]}
    raw = {question["id"]: question.get("reference", NONE) for question in base.file.theatre_file.raw["question"]}
    origins = sorted(made["origin"].unique())
    known = min(base.start, origins[0].date())  # of a class no more is told than at the start of the scenarios
    classes = {one: partial(_class_chance, name, known) for one, name in raw.items() if name != NONE}
    beside, notes = forecast_benchmarks(record, origins, horizons, classes, seed=said["seed"])
    forecasts = check_forecasts(pd.concat([made, beside], ignore_index=True), folder)
    scores = score_forecasts(forecasts, record, said["seed"])
    places = list(zip(scores["target"], scores["origin"].dt.date, scores["horizon_days"], strict=True))
    scores["reported_over_days"] = [record.spread(*place) for place in places]
    odds["came"] = [
        record.observed(question, origin.date(), day)
        for question, origin, day in zip(odds["question"], odds["origin"], odds["horizon_days"], strict=True)
    ]
    summary = summarise_scores(scores, BENCHMARKS)
    tables = scores, summary, measure_reliability(scores), measure_warning(scores)
    return Hindcast(title, folder, record, forecasts, odds, *tables, manifest=said | {"notes": notes})

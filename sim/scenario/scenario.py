"""Scenarios: a TOML file becomes a frozen `Scenario`, and a `Scenario` becomes an ensemble.

A scenario names a theatre and sets policies, truces, incidents and factors over it. It may inherit once. Everything
that is wrong with a file is reported at once, with its key path.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.core.errors import InputError, Problem, Problems
from sim.core.random_streams import Branches, Streams, word_of
from sim.core.shipped_data import find_scenario
from sim.engine.acts import GivenAct
from sim.engine.configuration import Timeline
from sim.engine.conflict_check import check_request
from sim.engine.outcomes import Question
from sim.engine.theatre import Theatre
from sim.evidence.reference_class import NONE, load_classes
from sim.evidence.replay import Replay
from sim.scenario.design import INDEPENDENT, Design, Factor, Point
from sim.scenario.design_file import describe_design
from sim.scenario.ensemble import Ensemble, build_ensemble
from sim.scenario.factor_file import Bundle
from sim.scenario.point_settings import PointSettings, find_cautions
from sim.scenario.scenario_file import ScenarioFile, read_scenario
from sim.scenario.settings import PolicySetting, Setting
from sim.scenario.theatre_file import read_history
from sim.scenario.what_if import WhatIf


@dataclass(frozen=True, repr=False)
class Scenario:
    """A complete specification of a world and of what is varied in it.

    Parameters
    ----------
    file : ScenarioFile
        What the file says.
    history : tuple of GivenAct
        Reported incidents before the start.
    ledger_digest : str
        SHA-256 of the ledger; empty without one.
    replay : Replay, optional
        Which rows of the ledger that is, and why the others are not replayed.

    Examples
    --------
    >>> from sim import Scenario
    >>> scenario = Scenario.load("symmetric/tit-for-tat")
    >>> scenario
    Scenario('tit-for-tat', 'Symmetric: tit-for-tat on both sides', 1 point × 400 replicates × 90 days)
    >>> conflict = scenario.ensemble(scenario.points()[0], replicates=10, seed=1).conflict
    """

    file: ScenarioFile
    history: tuple[GivenAct, ...]
    ledger_digest: str
    replay: Replay | None = None

    @classmethod
    def load(cls, path: str | Path, what_if: WhatIf | None = None) -> Scenario:
        """Read a scenario.

        Parameters
        ----------
        path : str or Path
            The TOML file; or the name of a shipped scenario, such as ``lebanon-2023/baseline``, where there is no such
            file.
        what_if : WhatIf, optional
            What is different from it.

        Returns
        -------
        Scenario
            The scenario over the one that it inherits from.

        Raises
        ------
        InputError
            With every problem of the file; or, if there is no such file, with the nearest name.
        """
        file = find_scenario(path)
        if what_if is None or not what_if.words():
            return cls._of(read_scenario(file))
        base = read_scenario(file)
        place = what_if.file or Path(f"{what_if.name_over(file.stem)}.toml")
        text = what_if.write(base, str(path), place.parent)
        try:
            return cls._of(read_scenario(place, text))
        except InputError as error:
            raise what_if.blame(error, place, len(base.truces)) from None

    @classmethod
    def _of(cls, read: ScenarioFile) -> Scenario:
        """Return the scenario of what was read, if nothing is wrong at any point of it."""
        scenario = cls(read, *read_history(read.theatre_file))
        problems = Problems(read.path)
        for key, message in scenario._at_points.problems():
            problems.add(key, message)
        problems.raise_if_any()
        for key, message in find_cautions(scenario._at_points):
            problems.note(key, message)
        read.notes = tuple(dict.fromkeys((*read.notes, *problems.notes)))
        return scenario

    def __repr__(self) -> str:
        points = f"{len(self.file.points):,} point{'s' * (len(self.file.points) != 1)}"
        size = f"{points} × {self.replicates:,} replicates × {self.horizon_days} days"
        return f"Scenario({self.name!r}, {self.title!r}, {size})"

    def _repr_html_(self) -> str:
        """Return a small table for a notebook: what is shown, varied, followed and asked."""
        policies = self.policies(self.file.points[0])
        rows = {
            "": self.description,
            "points": f"{len(self.file.points):,}, {self.replicates:,} replicates each, {self.horizon_days} days",
            **{f"factor {factor.key}": ", ".join(factor.domain) for factor in self.factors},
            **{f"policy of {owner}": policy.label for owner, policy in policies.items()},
            **{question.id: question.text for question in self.questions},
        }
        cells = "".join(f"<tr><th>{escape(key)}</th><td>{escape(text)}</td></tr>" for key, text in rows.items() if text)
        return f"<table><caption>{escape(self.title)}</caption>{cells}</table>"

    @property
    def path(self) -> Path:
        """The file."""
        return self.file.path

    @property
    def name(self) -> str:
        """Short name: that of the file."""
        return self.file.path.stem

    @property
    def title(self) -> str:
        """Name that people read."""
        return self.file.title

    @property
    def description(self) -> str:
        """What the scenario shows."""
        return self.file.description

    @property
    def notes(self) -> tuple[Problem, ...]:
        """What is no fault of the file and yet should be known, such as settings that a change of rule drops."""
        return self.file.notes

    @property
    def seed(self) -> int:
        """Root of all draws where the command line gives none."""
        return int(self.file.run["seed"])

    @property
    def replicates(self) -> int:
        """Replicates of each point where the command line gives none."""
        return int(self.file.run["replicates"])

    @property
    def horizon_days(self) -> int:
        """Length of a run [days]."""
        return int(self.file.run["horizon_days"])

    @property
    def horizons(self) -> tuple[int, ...]:
        """Days at which odds are read [days]."""
        return tuple(self.file.run["horizons"])

    @property
    def step_days(self) -> float:
        """Length of a step [days]."""
        return float(self.file.run["step_days"])

    @property
    def keeps_daily(self) -> bool:
        """Whether blocks keep daily totals, by which the odds can be read again under other definitions."""
        return bool(self.file.run["daily"])

    @property
    def start(self) -> datetime.date:
        """First day."""
        return self.file.theatre_file.start

    @property
    def theatre(self) -> Theatre:
        """Parties, dyads, front and ladder."""
        return self.file.theatre_file.theatre

    @property
    def questions(self) -> tuple[Question, ...]:
        """Questions that can come true in this scenario; a truce is asked for only where one can occur by chance."""
        hazard = self.file.settings["world.truce_hazard"].law
        return tuple(q for q in self.file.theatre_file.questions if q.kind != "driver_truce" or str(hazard) != "0")

    def tell_reference(self, question: str) -> dict[str, Any]:
        """Return the reference class of a question at every horizon, by what was known at the start; or why none."""
        asked = next(entry for entry in self.file.theatre_file.raw["question"] if entry["id"] == question)
        if (name := asked.get("reference", NONE)) == NONE:
            return {"class": NONE, "why": asked.get("why", "")}
        return load_classes()[name].estimate(sorted({*self.horizons, self.horizon_days}), self.start)

    @property
    def factors(self) -> tuple[Factor, ...]:
        """What a sweep varies."""
        return self.file.factors

    @cached_property
    def _at_points(self) -> PointSettings:
        return PointSettings(self.file)

    def shorten(self, days: int | None) -> Scenario:
        """Return the scenario with shorter runs, at whose end odds are read as well.

        Parameters
        ----------
        days : int or None
            Length of the runs [days], 1 to that of the scenario; as they are without it.

        Raises
        ------
        InputError
            If the length is out of bounds.
        """
        if days is None or days == self.horizon_days:
            return self
        if not 1 <= days <= self.horizon_days:
            words = f"{days} is out of bounds; it must be between 1 and {self.horizon_days}"
            raise InputError.single("options", "--days", words)
        horizons = [*(day for day in self.horizons if day < days), days]
        run = {**self.file.run, "horizon_days": days, "horizons": horizons}
        return replace(self, file=replace(self.file, run=run))

    def points(self) -> list[Point]:
        """Return the points of the design, in their order."""
        return list(self.file.points)

    def policies(self, point: Point) -> dict[str, PolicySetting]:
        """Return the policy of each party at a point."""
        return self._at_points.policies(point)

    def used_policies(self) -> list[PolicySetting]:
        """Return the policies of all parties at all points, each once."""
        return self._at_points.used_policies()

    def settings(self, point: Point | None = None) -> list[Setting]:
        """Return every parameter with its law, source and origin.

        Parameters
        ----------
        point : Point, optional
            Point of the design; the first without one.
        """
        return list(self._at_points.settings(point or self.file.points[0]).values())

    def count_labels(self) -> dict[str, int]:
        """Return how many parameters are informed, from literature, of judgement, and how many the files state.

        Over all points, under the names ``informed``, ``literature``, ``judgement`` and ``parameters``. Untouched
        defaults are left out, and so are parameters that only repeat another one.
        """
        return self._at_points.count_labels()

    def resolved(self) -> dict[str, Any]:
        """Return all that determines the numbers, except seed and replicates, as plain values."""
        first, differing = self._at_points.parameter_table()
        return {
            "title": self.title,
            "start": self.start.isoformat(),
            "step_days": self.step_days,
            "horizons": list(self.horizons),
            "horizon_days": self.horizon_days,
            "theatre": json.loads(json.dumps(self.file.theatre_file.raw, default=str)),
            "policies": self._at_points.policy_table(),
            "truces": [vars(truce) for truce in self.file.truces],
            "diplomatic_shocks": [vars(shock) for shock in self.file.shocks],
            "incidents": [vars(incident) for incident in self.file.incidents],
            "factors": {factor.key: factor.domain for factor in self.factors},
            "bundles": {
                label: level.describe()
                for factor in self.factors
                for label, level in zip(factor.labels, factor.levels, strict=True)
                if isinstance(level, Bundle)
            },
            **self._describe_design(),
            "parameters": first,
            "parameters_of_points": differing,
            "ledger_sha256": self.ledger_digest,
        }

    def _describe_design(self) -> dict[str, Any]:
        """Return how the points are chosen; nothing for every combination of levels with shared luck."""
        if self.file.design == Design():
            return {}
        levels = json.dumps([point.labels for point in self.file.points], ensure_ascii=False)
        digest = hashlib.sha256(levels.encode()).hexdigest()
        return {"design": describe_design(self.file.design, self.file.points, digest)}

    def digest(self) -> str:
        """Return the SHA-256 of `resolved` in its canonical form."""
        return self._digest

    @cached_property
    def _digest(self) -> str:
        text = json.dumps(self.resolved(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def seed_at(self, point: Point, seed: int) -> int:
        """Return the root of all draws of a point: that of the sweep, or one of its own where luck is independent."""
        return word_of("point", seed, point.index) if self.file.design.luck == INDEPENDENT else seed

    def ensemble(
        self,
        point: Point,
        replicates: int | npt.NDArray[np.int64],
        seed: int,
        *,
        horizon_days: int | None = None,
        is_cold: bool = False,
        branches: Branches | None = None,
        changed: Mapping[str, float] | None = None,
    ) -> Ensemble:
        """Return the ensemble of a point.

        Parameters
        ----------
        point : Point
            Point of the design.
        replicates : int or ndarray of int, shape (n_replicates,)
            Number of replicates, or their indices.
        seed : int
            Root of all draws. Points share it, so they share their luck, unless the design gives each its own.
        horizon_days : int, optional
            Shorter length of the run [days].
        is_cold : bool, optional
            Whether to start without the record, which saves its replay and changes every number.
        branches : Branches, optional
            Where histories leave those that they were cloned from; parameters are those of the root.
        changed : mapping of str to float, optional
            Values by key path that stand in place of what the point says.

        Raises
        ------
        InputError
            If the replicates, the seed or the length are such as no run can have.
        SupercriticalError
            If reactions would sustain themselves.
        """
        if not isinstance(point, Point):
            raise InputError.single("ensemble", "point", f"must be one of scenario.points(), not {point!r}")
        check_request(replicates, seed, horizon_days, self.horizon_days)
        streams = Streams(
            self.seed_at(point, seed), np.arange(replicates) if isinstance(replicates, int | np.integer) else replicates
        )
        return build_ensemble(
            self.theatre,
            self._at_points.settings(point),
            self.policies(point),
            self._timeline(point, horizon_days or self.horizon_days, () if is_cold else self.history),
            streams,
            branches,
            changed or {},
        )

    def _timeline(self, point: Point, horizon_days: int, history: tuple[GivenAct, ...]) -> Timeline:
        bundles = self._at_points.bundles(point)
        return Timeline(
            horizon_days=horizon_days,
            step_days=self.step_days,
            horizons=tuple(horizon for horizon in self.horizons if horizon <= horizon_days),
            questions=self.questions,
            truces=self.file.truces + tuple(truce for bundle in bundles for truce in bundle.truces),
            shocks=self.file.shocks + tuple(shock for bundle in bundles for shock in bundle.shocks),
            scheduled=self.file.incidents,
            history=history,
            start=self.start,
        )

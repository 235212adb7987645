"""Scenarios: a TOML file becomes a frozen `Scenario`, and a `Scenario` becomes an ensemble.

A scenario names a theatre and sets policies, truces, incidents and factors over it. It may inherit once. Everything
that is wrong with a file is reported at once, with its key path.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.core.errors import Problems
from sim.core.random_streams import Branches, Streams, word_of
from sim.engine.acts import GivenAct
from sim.engine.configuration import Timeline
from sim.engine.model import Conflict
from sim.engine.outcomes import Question
from sim.engine.theatre import Theatre
from sim.scenario.design import INDEPENDENT, Design, Factor, Point
from sim.scenario.design_file import described
from sim.scenario.engine_parameters import parameters_from, radius_from
from sim.scenario.factor_file import Bundle
from sim.scenario.ledger_history import history_of
from sim.scenario.point_settings import PointSettings
from sim.scenario.prior_draws import draw_values
from sim.scenario.priors import Fixed
from sim.scenario.scenario_file import ScenarioFile, read_scenario
from sim.scenario.settings import PolicySetting, Setting
from sim.scenario.theatre_file import ReferenceClass


@dataclass(frozen=True)
class Ensemble:
    """An ensemble and the parameters that its replicates drew.

    Parameters
    ----------
    conflict : Conflict
        The ensemble, before its first step.
    inputs : dict of str to ndarray of float, shape (n_replicates,)
        Every uncertain parameter by key path.
    redrawn : ndarray of bool, shape (n_replicates,)
        Replicates that drew their reactions anew, since those drawn first would have sustained themselves.
    """

    conflict: Conflict
    inputs: dict[str, npt.NDArray[np.float64]]
    redrawn: npt.NDArray[np.bool_]


@dataclass(frozen=True)
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
    """

    file: ScenarioFile
    history: tuple[GivenAct, ...]
    ledger_digest: str

    @classmethod
    def load(cls, path: str | Path) -> Scenario:
        """Read a scenario.

        Parameters
        ----------
        path : str or Path
            The TOML file.

        Raises
        ------
        InputError
            With every problem of the file.
        """
        where = Path(path)
        read = read_scenario(where)
        scenario = cls(read, *history_of(read))
        problems = Problems(where)
        for key, message in scenario._at_points.problems():
            problems.add(key, message)
        problems.raise_if_any()
        return scenario

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

    @property
    def reference(self) -> ReferenceClass:
        """Reference class of the main question."""
        return self.file.theatre_file.reference

    @property
    def factors(self) -> tuple[Factor, ...]:
        """What a sweep varies."""
        return self.file.factors

    @cached_property
    def _at_points(self) -> PointSettings:
        return PointSettings(self.file)

    def points(self) -> list[Point]:
        """Return the points of the design."""
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

    def assumptions(self) -> tuple[int, int]:
        """Return how many parameters rest on judgement, and how many the files state, over all points.

        Untouched defaults are left out, and so are parameters that only repeat another one.
        """
        return self._at_points.assumptions()

    def resolved(self) -> dict[str, Any]:
        """Return all that determines the numbers, except seed and replicates, as plain values."""
        first, differing = self._at_points.told()
        return {
            "title": self.title,
            "start": self.start.isoformat(),
            "step_days": self.step_days,
            "horizons": list(self.horizons),
            "horizon_days": self.horizon_days,
            "theatre": json.loads(json.dumps(self.file.theatre_file.raw, default=str)),
            "policies": self._at_points.told_policies(),
            "truces": [vars(truce) for truce in self.file.truces],
            "diplomatic_shocks": [vars(shock) for shock in self.file.shocks],
            "incidents": [vars(incident) for incident in self.file.incidents],
            "factors": {factor.key: factor.described for factor in self.factors},
            "bundles": {
                label: level.described()
                for factor in self.factors
                for label, level in zip(factor.labels, factor.levels, strict=True)
                if isinstance(level, Bundle)
            },
            **self._told_design(),
            "parameters": first,
            "parameters_of_points": differing,
            "ledger_sha256": self.ledger_digest,
        }

    def _told_design(self) -> dict[str, Any]:
        """Return how the points are chosen; nothing for every combination of levels with shared luck."""
        if self.file.design == Design():
            return {}
        levels = json.dumps([point.labels for point in self.file.points], ensure_ascii=False)
        return {"design": described(self.file.design, self.file.points, hashlib.sha256(levels.encode()).hexdigest())}

    def digest(self) -> str:
        """Return the SHA-256 of `resolved` in its canonical form."""
        return self._digest

    @cached_property
    def _digest(self) -> str:
        text = json.dumps(self.resolved(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def seed_at(self, point: Point, seed: int) -> int:
        """Return the root of all draws of a point: that of the sweep, or a word of its own where luck is independent.

        Parameters
        ----------
        point : Point
            Point of the design.
        seed : int
            Root of all draws of the sweep.
        """
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
        SupercriticalError
            If reactions would sustain themselves.
        """
        seed = self.seed_at(point, seed)
        streams = Streams(seed, np.arange(replicates) if isinstance(replicates, int) else replicates)
        settings = self._at_points.settings(point)
        laws = {key: setting.law for key, setting in settings.items()}
        laws |= {key: Fixed(value) for key, value in (changed or {}).items()}
        assumed = {key for key, setting in settings.items() if setting.is_assumed}
        matrix = [key for key in laws if key.endswith((".excitation", ".follow_up", ".spill", ".answer_chance"))]
        radius = partial(radius_from, self.theatre, n_replicates=streams.n_replicates)
        draws = draw_values(laws, assumed, streams, matrix, radius)
        values = draws.values
        policies = {party: setting.build(values) for party, setting in self.policies(point).items()}
        conflict = Conflict(
            self.theatre,
            parameters_from(self.theatre, values),
            policies,
            self._timeline(point, horizon_days or self.horizon_days, () if is_cold else self.history),
            replicates=streams.replicates,
            seed=seed,
            branches=branches,
        )
        inputs = {
            key: np.asarray(values[key]) for key, law in laws.items() if law.is_uncertain and np.ndim(values[key])
        }
        return Ensemble(conflict, inputs, draws.redrawn)

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

"""What holds at each point of a design: policies, laws and sources, in full once, and as differences after that.

A design may have thousands of points, and a scenario hundreds of settings. Points with the same policies and bundles
have all but a few settings in common, so these are put together once for each such combination.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from sim.core.errors import name_some
from sim.scenario.design import FULL_FACTORIAL, Factor, Point
from sim.scenario.factor_file import Bundle, find_overlaps
from sim.scenario.prior_draws import same_as_problems
from sim.scenario.priors import Fixed, SameAs
from sim.scenario.scenario_file import ScenarioFile
from sim.scenario.settings import DEFAULT, PolicySetting, Setting, Settings
from sim.scenario.shared_draws import LABELS

ParameterTable = dict[str, dict[str, str]]  # law, source and label of parameters as texts, by key path
_Combination = tuple[tuple[str, int], ...]
_USUAL_MEDIATION: Final = (
    "is the usual level, which the calibrated reactions already hold: a higher one moves decisions for war and who "
    "joins, and calms no reaction; mediation beyond the usual is world.mediation_added"
)
_HAZARDS: Final = {
    "joined": "entry.{sender}.hazard",
    "ground_operation": "front.ground_hazard",
    "ceasefire": "front.ceasefire_hazard",
}
"""Rate without which a question of a kind never comes true."""


@dataclass(frozen=True)
class _Frame:
    """What points with the same policies and bundles have in common."""

    settings: Settings  # every one, but for the single parameters that points vary
    bundled: frozenset[str]  # keys that a bundle sets, which single parameters do not change
    texts: ParameterTable


@dataclass(frozen=True)
class PointSettings:
    """Policies and settings of every point of a scenario."""

    file: ScenarioFile

    @cached_property
    def _factors(self) -> dict[str, Factor]:
        return {factor.key: factor for factor in self.file.factors}

    @cached_property
    def _frames(self) -> dict[_Combination, _Frame]:
        return {}

    def _levels(self, point: Point) -> Iterator[tuple[str, Any]]:
        for key, level in point.levels:
            yield key, self._factors[key].levels[level]

    def _combination(self, point: Point) -> _Combination:
        """Return the levels that change more than a value: policies, bundles, and references to other parameters."""
        levels = ((key, level, self._factors[key].levels[level]) for key, level in point.levels)
        return tuple((key, i) for key, i, one in levels if not isinstance(one, Setting) or isinstance(one.law, SameAs))

    @cached_property
    def _last_of_each(self) -> list[Point]:
        """The last point of each combination, in the order of the points."""
        last = {self._combination(point): point for point in self.file.points}
        return sorted(last.values(), key=lambda point: point.index)

    def policies(self, point: Point) -> dict[str, PolicySetting]:
        """Return the policy of each party at a point."""
        policies = dict(self.file.policies)
        for key, level in self._levels(point):
            if isinstance(level, PolicySetting):
                policies[key.removeprefix("policy.")] = level
            elif isinstance(level, Bundle):
                policies |= level.policies
        return policies

    def bundles(self, point: Point) -> list[Bundle]:
        """Return the bundles of a point."""
        return [level for _, level in self._levels(point) if isinstance(level, Bundle)]

    def settings(self, point: Point) -> Settings:
        """Return every parameter of a point with its law, source and origin."""
        frame = self._frame(point)
        return frame.settings | self._single(point, frame)

    def _single(self, point: Point, frame: _Frame) -> Settings:
        """Return the single parameters that a point varies, and that mean something there."""
        return {
            key: level
            for key, level in self._levels(point)
            if isinstance(level, Setting) and key in frame.settings and key not in frame.bundled
        }

    def _frame(self, point: Point) -> _Frame:
        combination = self._combination(point)
        if combination not in self._frames:
            settings = dict(self.file.settings)
            for policy in self.policies(point).values():
                settings |= {setting.key: setting for setting in policy.flat_settings()}
            bundled: Settings = {}
            for bundle in self.bundles(point):
                bundled |= {key: setting for key, setting in bundle.settings.items() if key in settings}
            settings |= bundled
            same = {key: one.law.key for key, one in settings.items() if isinstance(one.law, SameAs)}
            settings |= {key: replace(settings[key], followed=settings.get(same[key])) for key in same}
            self._frames[combination] = _Frame(settings, frozenset(bundled), _as_texts(settings.values()))
        return self._frames[combination]

    def problems(self) -> Iterator[tuple[str, str]]:
        """Yield key and fault of references that lead nowhere and parameters that misfit, at any point."""
        for point in self._last_of_each:
            yield from same_as_problems({key: setting.law for key, setting in self.settings(point).items()})
            truces = [*self.file.truces, *(truce for bundle in self.bundles(point) for truce in bundle.truces)]
            for message in find_overlaps(truces, since=len(self.file.truces)):
                yield "truce", f"at {point.label}: {message}"
        frames = [self._frame(point) for point in self._last_of_each]
        for factor in self.file.factors:
            if _is_single(factor) and not any(factor.key in frame.settings for frame in frames):
                yield factor.key, "is varied and in use at no point: no level follows a rule that has it"
        first: dict[str, str] = {}
        for point in self.file.points:
            for key, message in self._find_misfits(point):
                first.setdefault(key, f"at {point.label}: {message}")
        yield from first.items()

    def find_idle(self) -> Iterator[tuple[str, str]]:
        """Yield key and sentence of every factor of one parameter that changes nothing at some points."""
        for factor in self.file.factors if self.file.design.kind == FULL_FACTORIAL else ():
            frames = ((point, self._frame(point)) for point in self.file.points if _is_single(factor))
            idle = [p.label for p, frame in frames if factor.key not in frame.settings.keys() - frame.bundled]
            if idle:
                named = name_some(idle, 4, "; ")
                yield factor.key, f"changes nothing where no rule has it or a bundle sets it, at {named}"

    def _find_misfits(self, point: Point) -> Iterator[tuple[str, str]]:
        """Yield key and fault of parameters, given by the levels of a point, that do not fit to those beside them."""
        keys = {key for key, level in self._levels(point) if isinstance(level, Setting)}
        keys |= {key for bundle in self.bundles(point) for key in bundle.settings}
        owners = {key.split(".")[1] for key in keys if key.startswith("policy.")}
        if not owners:
            return
        laws = {key: setting.law for key, setting in self.settings(point).items()}
        for owner, policy in self.policies(point).items():
            if owner in owners:
                yield from ((f"policy.{owner}.{name}", message) for name, message in policy.find_misfits(laws))

    def is_always_zero(self, key: str) -> bool:
        """Return whether a parameter is fixed at 0 at every point."""
        levels = [self.settings(point)[key] for point in self._last_of_each]
        if key in self._factors:
            factor = self._factors[key]
            levels += [level for level in (*factor.levels, factor.sampled) if isinstance(level, Setting)]
        return all(level.law == Fixed(0.0) for level in levels)

    def count_labels(self) -> dict[str, int]:
        """Return how many parameters have each label, and how many the files state, as `Scenario.count_labels` does."""
        stated = {
            setting.key: setting
            for point in self._last_of_each
            for setting in self.settings(point).values()
            if setting.origin != DEFAULT and not isinstance(setting.law, SameAs)
        }
        labels = [setting.label for setting in stated.values()]
        return {label.removeprefix("from "): labels.count(label) for label in LABELS} | {"parameters": len(stated)}

    def parameter_table(self) -> tuple[ParameterTable, dict[str, ParameterTable]]:
        """Return law, source and label of every parameter at the first point, and what differs at each, by its name.

        The values that a sampled design gives single parameters stand in the table of its points, and not here.
        """
        points = self.file.points
        frame = self._frame(points[0])
        first = frame.texts | _as_texts(self._single(points[0], frame).values())
        sampled = {factor.key for factor in self.file.factors if factor.sampled is not None}
        changes_of: dict[_Combination, ParameterTable] = {}
        tables = {}
        for point in points:
            frame = self._frame(point)
            combination = self._combination(point)
            if combination not in changes_of:
                changes_of[combination] = {key: text for key, text in frame.texts.items() if first.get(key) != text}
            single = _as_texts(self._single(point, frame).values())
            hidden = single.keys() | (sampled - frame.bundled)
            tables[point.label] = {
                **{key: text for key, text in changes_of[combination].items() if key not in hidden},
                **{key: text for key, text in single.items() if key not in sampled and first.get(key) != text},
            }
        return first, {label: table for label, table in tables.items() if table or not self.file.design.is_sampled}

    def policy_table(self) -> dict[str, dict[str, str]]:
        """Return the names of the policies of each point by its label; of a sampled design, where they change."""
        names_of: dict[_Combination, dict[str, str]] = {}
        labels: dict[str, dict[str, str]] = {}
        for point in self.file.points:
            combination = self._combination(point)
            if combination not in names_of:
                names_of[combination] = {owner: policy.label for owner, policy in self.policies(point).items()}
            labels[point.label] = names_of[combination]
        if not self.file.design.is_sampled:
            return labels
        first = next(iter(labels.values()))
        changes = {label: dict(names.items() - first.items()) for label, names in labels.items()}
        return {next(iter(labels)): first} | {label: names for label, names in changes.items() if names}

    def used_policies(self) -> list[PolicySetting]:
        """Return the policies of all parties at all points, each once."""
        every = (policy for point in self._last_of_each for policy in self.policies(point).values())
        return list({id(policy): policy for policy in every}.values())


def _is_single(factor: Factor) -> bool:
    """Return whether a factor varies one parameter."""
    return factor.sampled is not None or all(isinstance(level, Setting) for level in factor.levels)


def _as_texts(settings: Iterable[Setting]) -> ParameterTable:
    return {
        s.key: {"law": str(s.law), "source": s.source, "label": s.label}
        | ({"spread_source": s.spread_source} if s.spread_source else {})
        for s in settings
        if not s.is_following
    }


def find_cautions(at_points: PointSettings) -> Iterator[tuple[str, str]]:
    """Yield key and sentence of all that is no fault and yet should be known: names that mislead, what never comes."""
    file = at_points.file
    # What the scenario and its factors set, and not the theatre.
    moved = {factor.key for factor in file.factors}
    moved |= {key for bundle in _bundles(file) for key in bundle.settings}
    of_others = (DEFAULT, file.theatre_file.path.name)
    moved |= {key for key, setting in file.settings.items() if setting.origin not in of_others}
    if "world.mediation" in moved:
        yield "world.mediation", _USUAL_MEDIATION
    for key, setting in file.settings.items():
        other = f"{key.rpartition('.')[0]}.{setting.declared.follows}"
        if setting.is_following and key not in moved and other in moved:
            yield other, f"moves {key} too, which follows it; give that one to hold it"
    yield from _find_late(file)
    yield from at_points.find_idle()
    for question in file.theatre_file.questions:
        key = _HAZARDS.get(question.kind, "").format(sender=question.sender)
        if key and at_points.is_always_zero(key):
            yield question.id, f"can never come true, since {key} is 0: {question.text}"
        if question.kind.startswith("killed_") and question.already >= question.threshold:
            yield question.id, f"is always true, since {question.already:g} killed count already: {question.text}"
        if question.kind == "driver_truce" and question.threshold > file.run["horizon_days"]:
            days = f"{question.threshold:g} days of truce are more than the run of {file.run['horizon_days']}"
            yield question.id, f"can never come true, since {days}: {question.text}"


def _bundles(file: ScenarioFile) -> list[Bundle]:
    return [level for factor in file.factors for level in factor.levels if isinstance(level, Bundle)]


def _find_late(file: ScenarioFile) -> Iterator[tuple[str, str]]:
    """Yield what is scheduled for a day after the run."""
    schedules: list[ScenarioFile | Bundle] = [file, *_bundles(file)]
    days = [("truce", truce.start_day) for schedule in schedules for truce in schedule.truces]
    days += [("diplomatic_shock", shock.day) for schedule in schedules for shock in schedule.shocks]
    days += [("incident", incident.day) for incident in file.incidents]
    for key, day in days:
        if day >= file.run["horizon_days"]:
            yield key, f"day {day:g} comes after the run of {file.run['horizon_days']} days, so it changes nothing"

"""What holds at each point of a design: policies, laws and sources; told in full once, and as differences after that.

A design may have thousands of points, and a scenario hundreds of settings. Points with the same policies and bundles
have all but a few settings in common, so these are put together once for each such combination.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sim.scenario.design import Factor, Point
from sim.scenario.factor_file import Bundle
from sim.scenario.prior_draws import same_as_problems
from sim.scenario.priors import SameAs
from sim.scenario.scenario_file import ScenarioFile
from sim.scenario.settings import PolicySetting, Setting, Settings

Told = dict[str, dict[str, str]]
"""Law and source of parameters as texts, by key path."""
_Combination = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class _Frame:
    """What points with the same policies and bundles have in common.

    Parameters
    ----------
    settings : dict
        Every setting, but for the single parameters that points vary.
    bundled : frozenset of str
        Keys that a bundle sets, which single parameters do not change.
    told : dict
        The settings as texts.
    """

    settings: Settings
    bundled: frozenset[str]
    told: Told


@dataclass(frozen=True)
class PointSettings:
    """Policies and settings of every point of a scenario.

    Parameters
    ----------
    file : ScenarioFile
        The scenario as read.
    """

    file: ScenarioFile

    @cached_property
    def _factors(self) -> dict[str, Factor]:
        return {factor.key: factor for factor in self.file.factors}

    @cached_property
    def _frames(self) -> dict[_Combination, _Frame]:
        return {}

    def _chosen(self, point: Point) -> Iterator[tuple[str, Any]]:
        for key, level in point.levels:
            yield key, self._factors[key].levels[level]

    def _combination(self, point: Point) -> _Combination:
        """Return the levels that change more than the value of one parameter."""
        factors = self._factors
        return tuple((key, level) for key, level in point.levels if _is_wide(factors[key].levels[level]))

    @cached_property
    def _last_of_each(self) -> list[Point]:
        """The last point of each combination, in the order of the points."""
        found = {self._combination(point): point for point in self.file.points}
        return sorted(found.values(), key=lambda point: point.index)

    def policies(self, point: Point) -> dict[str, PolicySetting]:
        """Return the policy of each party at a point."""
        policies = dict(self.file.policies)
        for key, chosen in self._chosen(point):
            if isinstance(chosen, PolicySetting):
                policies[key.removeprefix("policy.")] = chosen
            elif isinstance(chosen, Bundle):
                policies |= chosen.policies
        return policies

    def bundles(self, point: Point) -> list[Bundle]:
        """Return the bundles of a point."""
        return [level for _, level in self._chosen(point) if isinstance(level, Bundle)]

    def settings(self, point: Point) -> Settings:
        """Return every parameter of a point with its law, source and origin."""
        frame = self._frame(point)
        return frame.settings | self._single(point, frame)

    def _single(self, point: Point, frame: _Frame) -> Settings:
        """Return the single parameters that a point varies, and that mean something there."""
        return {
            key: level
            for key, level in self._chosen(point)
            if isinstance(level, Setting) and key in frame.settings and key not in frame.bundled
        }

    def _frame(self, point: Point) -> _Frame:
        combination = self._combination(point)
        if combination not in self._frames:
            settings = dict(self.file.settings)
            for policy in self.policies(point).values():
                settings |= {setting.key: setting for setting in policy.flat()}
            bundled: Settings = {}
            for bundle in self.bundles(point):
                bundled |= {key: setting for key, setting in bundle.settings.items() if key in settings}
            settings |= bundled
            self._frames[combination] = _Frame(settings, frozenset(bundled), _told(settings.values()))
        return self._frames[combination]

    def problems(self) -> Iterator[tuple[str, str]]:
        """Yield key and fault of references that lead nowhere and parameters that misfit, at any point."""
        for point in self._last_of_each:
            yield from same_as_problems({key: setting.law for key, setting in self.settings(point).items()})
        told: set[str] = set()
        for point in self.file.points:
            for key, message in self._misfits(point):
                if key not in told:
                    told.add(key)
                    yield key, f"at {point.label}: {message}"

    def _misfits(self, point: Point) -> Iterator[tuple[str, str]]:
        """Yield key and fault of parameters, given by the levels of a point, that do not fit to those beside them."""
        keys = {key for key, level in self._chosen(point) if isinstance(level, Setting)}
        keys |= {key for bundle in self.bundles(point) for key in bundle.settings}
        owners = {key.split(".")[1] for key in keys if key.startswith("policy.")}
        if not owners:
            return
        laws = {key: setting.law for key, setting in self.settings(point).items()}
        for owner, policy in self.policies(point).items():
            if owner in owners:
                yield from ((f"policy.{owner}.{name}", message) for name, message in policy.misfits(laws))

    def assumptions(self) -> tuple[int, int]:
        """Return how many parameters rest on judgement, and how many the files state, over all points.

        Untouched defaults are left out, and so are parameters that only repeat another one.
        """
        stated = {
            setting.key: setting
            for point in self._last_of_each
            for setting in self.settings(point).values()
            if setting.origin != "default" and not isinstance(setting.law, SameAs)
        }
        return sum(setting.is_assumed for setting in stated.values()), len(stated)

    def told(self) -> tuple[Told, dict[str, Told]]:
        """Return law and source of every parameter at the first point, and what differs at each point, by its label.

        The values that a sampled design gives single parameters stand in the table of its points, and not here.
        """
        points = self.file.points
        frame = self._frame(points[0])
        first = frame.told | _told(self._single(points[0], frame).values())
        sampled = {factor.key for factor in self.file.factors if factor.sampled is not None}
        apart: dict[_Combination, Told] = {}
        found = {}
        for point in points:
            frame = self._frame(point)
            combination = self._combination(point)
            if combination not in apart:
                apart[combination] = {key: value for key, value in frame.told.items() if first.get(key) != value}
            found[point.label] = self._differing(point, frame, apart[combination], first, sampled)
        return first, {label: told for label, told in found.items() if told or not self.file.design.is_sampled}

    def _differing(self, point: Point, frame: _Frame, apart: Told, first: Told, sampled: set[str]) -> Told:
        single = _told(self._single(point, frame).values())
        found = {key: value for key, value in apart.items() if key not in single and key not in sampled - frame.bundled}
        return found | {key: value for key, value in single.items() if key not in sampled and first.get(key) != value}

    def told_policies(self) -> dict[str, dict[str, str]]:
        """Return the names of the policies of each point by its label; of a sampled design, where they change."""
        found: dict[_Combination, dict[str, str]] = {}
        labels: dict[str, dict[str, str]] = {}
        for point in self.file.points:
            combination = self._combination(point)
            if combination not in found:
                found[combination] = {owner: policy.label for owner, policy in self.policies(point).items()}
            labels[point.label] = found[combination]
        if not self.file.design.is_sampled:
            return labels
        first = next(iter(labels.values()))
        apart = {label: dict(told.items() - first.items()) for label, told in labels.items()}
        return {next(iter(labels)): first} | {label: told for label, told in apart.items() if told}

    def used_policies(self) -> list[PolicySetting]:
        """Return the policies of all parties at all points, each once."""
        every = (policy for point in self._last_of_each for policy in self.policies(point).values())
        return list({id(policy): policy for policy in every}.values())


def _is_wide(level: Any) -> bool:
    """Return whether a level changes more than a value: policies, bundles, and references to other parameters."""
    return not isinstance(level, Setting) or isinstance(level.law, SameAs)


def _told(settings: Iterable[Setting]) -> Told:
    return {setting.key: {"law": str(setting.law), "source": setting.source} for setting in settings}

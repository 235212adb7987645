"""What is no fault of a scenario and yet should be known: names that mislead, and what can never come true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sim.scenario.factor_file import Bundle
from sim.scenario.point_settings import PointSettings
from sim.scenario.scenario_file import ScenarioFile
from sim.scenario.settings import DEFAULT, Setting

_HAZARDS: Final = {
    "joined": "entry.{sender}.hazard",
    "ground_operation": "front.ground_hazard",
    "ceasefire": "front.ceasefire_hazard",
}
"""Rate without which a question of a kind never comes true."""


def find_cautions(file: ScenarioFile, at_points: PointSettings) -> Iterator[tuple[str, str]]:
    """Yield key and sentence of everything that should be known of a scenario without a fault."""
    moved = _find_moved(file)
    for key, setting in moved.items():
        if setting.declared.caution:
            yield key, setting.declared.caution
    for key, setting in file.settings.items():
        other = f"{key.rpartition('.')[0]}.{setting.declared.follows}"
        if setting.is_following and key not in moved and other in moved:
            yield other, f"moves {key} too, which follows it; give that one to hold it"
    yield from _find_late(file)
    for question in file.theatre_file.questions:
        key = _HAZARDS.get(question.kind, "").format(sender=question.sender)
        if key and at_points.is_always_zero(key):
            yield question.id, f"can never come true, since {key} is 0: {question.text}"


def _find_moved(file: ScenarioFile) -> dict[str, Setting]:
    """Return the parameters that the scenario and its factors set, and not the theatre, by key path."""
    theatre = file.theatre_file.path.name
    moved = {key: one for key, one in file.settings.items() if one.origin not in (DEFAULT, theatre)}
    for factor in file.factors:
        for level in (*factor.levels, factor.sampled):
            if isinstance(level, Setting):
                moved[factor.key] = level
            elif isinstance(level, Bundle):
                moved |= level.settings
    return moved


def _find_late(file: ScenarioFile) -> Iterator[tuple[str, str]]:
    """Yield what is scheduled for a day after the run."""
    schedules: list[ScenarioFile | Bundle] = [file]
    schedules += [level for factor in file.factors for level in factor.levels if isinstance(level, Bundle)]
    days = [("truce", truce.start_day) for schedule in schedules for truce in schedule.truces]
    days += [("diplomatic_shock", shock.day) for schedule in schedules for shock in schedule.shocks]
    days += [("incident", incident.day) for incident in file.incidents]
    for key, day in days:
        if day >= file.run["horizon_days"]:
            yield key, f"day {day:g} comes after the run of {file.run['horizon_days']} days, so it changes nothing"

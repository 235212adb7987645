"""What is no fault of a scenario and yet should be known: names that mislead, and what can never come true."""

from collections.abc import Iterator
from typing import Final

from sim.scenario.factor_file import Bundle
from sim.scenario.point_settings import PointSettings
from sim.scenario.scenario_file import ScenarioFile
from sim.scenario.settings import DEFAULT

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


def find_cautions(file: ScenarioFile, at_points: PointSettings) -> Iterator[tuple[str, str]]:
    """Yield key and sentence of everything that should be known of a scenario without a fault."""
    moved = _find_moved(file)
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


def _find_moved(file: ScenarioFile) -> set[str]:
    """Return the key paths that the scenario and its factors set, and not the theatre."""
    moved = {factor.key for factor in file.factors}
    moved |= {key for bundle in _bundles(file) for key in bundle.settings}
    theatre = file.theatre_file.path.name
    return moved | {key for key, setting in file.settings.items() if setting.origin not in (DEFAULT, theatre)}


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

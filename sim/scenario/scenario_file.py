"""Read a scenario from its file, after the file that it inherits from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from sim.core.errors import Problems, nearest
from sim.core.parameters import REPLICATES, SEEDS, Interval
from sim.core.toml_table import Key, TableKeys, TomlTable, read_toml
from sim.engine.acts import GivenAct
from sim.engine.theatre import Theatre
from sim.engine.world import DiplomaticShock, Truce
from sim.scenario.design import Design, Factor, Point, full_factorial
from sim.scenario.design_file import DESIGN, make_points, read_design, read_factors
from sim.scenario.factor_file import FACTOR, SCHEDULE, FactorContext, read_shocks, read_truces
from sim.scenario.posterior_settings import read_posterior
from sim.scenario.settings import PARAMETERS, POLICIES, PolicySetting, Settings, read_policy, read_settings
from sim.scenario.theatre_file import TheatreFile, read_theatre

_STEPS: Final = (1.0, 0.5, 0.25, 0.125)
_DAYS: Final = Interval(1, 3650)
_PERSONS: Final = Interval(0, 100_000)

RUN: Final = TableKeys(
    {
        "replicates": Key("integer", "replicates of each point", REPLICATES, 1000),
        "seed": Key("integer", "root of all draws", SEEDS, 1),
        "horizon_days": Key(
            "integer", "length of a run; the last horizon without it", _DAYS, None, "days", is_optional=True
        ),
        "step_days": Key("number", "length of a step: 1, 0.5, 0.25 or 0.125", Interval(0.125, 1), 0.25, "days"),
        "daily": Key("flag", "whether blocks keep daily totals, for other definitions", default=True),
        "horizons": Key("days", "days at which odds are read, rising", _DAYS, [30, 90, 180, 365], "days"),
    }
)
INCIDENT: Final = TableKeys(
    {
        "sender": Key("one_of", "id of the party that acts"),
        "target": Key("one_of", "id of the party acted on"),
        "day": Key("number", "day, counted from the start of the scenario", Interval(0, 3650), unit="days"),
        "rung": Key("integer", "rung on which it is reported", Interval(1, 20)),
        "killed": Key("integer", "killed of the target", _PERSONS, 0, "persons"),
        "civilians": Key("integer", "civilians among them", _PERSONS, 0, "persons"),
        "leaders": Key("integer", "leaders among them", Interval(0, 100), 0, "persons"),
    }
)
SCENARIO: Final = TableKeys(
    {
        "base": Key("text", "scenario that this one inherits from, beside it", default=""),
        "theatre": Key("text", "theatre, beside this file", default=""),
        "title": Key("text", "name that people read"),
        "description": Key("text", "what the scenario shows", default=""),
        "run": Key("table", "time and size of the runs", inside=RUN),
        "posterior": Key("text", "folder of a fit whose draws replace the laws of the theatre", default=""),
        "parameters": Key("table", "values and laws that replace those of the theatre", inside=PARAMETERS),
        "policy": Key("table", "policies, by party or dyad", inside=POLICIES),
        **SCHEDULE,
        "incident": Key("tables", "scheduled incidents", inside=INCIDENT),
        "factor": Key("tables", "what a sweep varies", inside=FACTOR),
        "design": Key("table", "how the points of a sweep are chosen", inside=DESIGN),
    },
    either=("base", "theatre"),
)


@dataclass
class ScenarioFile:
    """A scenario as read from its file and the one that it inherits from."""

    path: Path
    theatre_file: TheatreFile
    settings: Settings  # of parties, dyads, world and front
    title: str = ""
    description: str = ""
    policies: dict[str, PolicySetting] = field(default_factory=dict)  # by party or dyad
    run: dict[str, Any] = field(default_factory=dict)  # the table ``run``, with defaults
    truces: tuple[Truce, ...] = ()
    shocks: tuple[DiplomaticShock, ...] = ()
    incidents: tuple[GivenAct, ...] = ()
    factors: tuple[Factor, ...] = ()
    factor_tables: tuple[Mapping[str, Any], ...] = ()  # as they stand in the file
    design: Design = field(default_factory=Design)
    points: tuple[Point, ...] = field(default_factory=lambda: tuple(full_factorial(())))


def read_scenario(path: Path) -> ScenarioFile:
    """Return what a file says over the file that it inherits from; an `InputError` tells every problem."""
    problems = Problems(path)
    root = TomlTable(read_toml(path), "", problems, SCENARIO)
    read = _read_base(root, path, problems)
    if read is None:
        problems.raise_if_any()
        raise AssertionError("a scenario without base or theatre has a problem noted")
    _overlay(root, read)
    root.finish()
    problems.raise_if_any()
    _check_policies(root, read)
    problems.raise_if_any()
    return read


def _read_base(root: TomlTable, path: Path, problems: Problems) -> ScenarioFile | None:
    """Return what the scenario starts from: the file it inherits from, or the bare theatre."""
    base, theatre = root.text("base"), root.text("theatre")
    if base and theatre:
        root.add("base", 'cannot stand beside "theatre"; a scenario needs one of them')
        return None
    if not (base or theatre):
        root.add("theatre", 'is missing: a scenario needs "theatre" or "base", and this one has neither')
        return None
    with problems.collect():
        if theatre:
            theatre_file = read_theatre(path.parent / theatre)
            return ScenarioFile(path, theatre_file, dict(theatre_file.settings))
        parent = path.parent / base
        if "base" in read_toml(parent):
            root.add("base", f"{base} inherits itself; a scenario may inherit once")
            return None
        return replace(read_scenario(parent), path=path)
    return None


def _overlay(root: TomlTable, read: ScenarioFile) -> None:
    theatre, origin = read.theatre_file.theatre, read.path.name
    read.title = root.text("title")
    read.description = root.text("description")
    _read_run(root.table("run"), read.run)
    read.settings = dict(read.settings)
    read.settings |= read_posterior(root, read.path.parent, read.settings)
    read_settings(root.table("parameters"), theatre, read.settings, origin)
    read.policies = read.policies | _read_policies(root.table("policy"), theatre, read.path)
    given = set(root.values)
    truces, shocks, incidents = read_truces(root), read_shocks(root), _read_incidents(root, theatre)
    read.truces = truces if "truce" in given else read.truces
    read.shocks = shocks if "diplomatic_shock" in given else read.shocks
    read.incidents = incidents if "incident" in given else read.incidents
    _read_sweep(root, read)


def _read_sweep(root: TomlTable, read: ScenarioFile) -> None:
    """Read what is varied, and how; a new design takes inherited factors anew, as it needs them."""
    before = len(root.problems.found)
    tables = root.tables("factor")
    design = read_design(root.table("design"))
    if design is None:
        return
    given = {"factor", "design"} & root.values.keys()
    read.design = design if "design" in given else read.design
    if not given and not read.design.is_sampled:
        return
    if "factor" in given:
        read.factor_tables = tuple(table.values for table in tables)
    else:
        tables = [TomlTable(one, f"factor[{i}]", root.problems, FACTOR) for i, one in enumerate(read.factor_tables)]
    context = FactorContext(read.path, read.theatre_file.theatre, read.settings, read.policies)
    factors = read_factors(tables, read.design, context)
    keys = [factor.key for factor in factors]
    for key in {key for key in keys if keys.count(key) > 1}:
        root.add("factor", f'"{key}" is varied twice')
    if len(root.problems.found) == before:
        read.factors, read.points = make_points(factors, read.design, root, context)


def _read_run(table: TomlTable, run: dict[str, Any]) -> None:
    """Read time and size of the runs over what is set already."""
    for name in ("replicates", "seed", "horizon_days"):
        if name in table.values or (name not in run and not RUN.keys[name].is_optional):
            run[name] = table.integer(name)
    if "step_days" in table.values or "step_days" not in run:
        run["step_days"] = table.number("step_days")
        if run["step_days"] not in _STEPS:
            table.add("step_days", f"{run['step_days']:g} does not divide a day; it must be 1, 0.5, 0.25 or 0.125")
    if "daily" in table.values or "daily" not in run:
        run["daily"] = table.flag("daily")
    if "horizons" in table.values or "horizons" not in run:
        run["horizons"] = _read_horizons(table)
    longest = max(run["horizons"], default=1)
    if "horizon_days" not in table.values:
        run["horizon_days"] = longest
    elif run["horizon_days"] < longest:
        table.add("horizons", f"{longest} is beyond horizon_days = {run['horizon_days']}")
    table.finish()


def _read_horizons(table: TomlTable) -> tuple[int, ...]:
    given = table.take("horizons")
    if given is None:
        return tuple(RUN.keys["horizons"].default)
    whole = isinstance(given, list) and all(isinstance(day, int) and not isinstance(day, bool) for day in given)
    if not whole or not given or min(given) < 1 or max(given) > 3650 or sorted(set(given)) != given:
        table.add("horizons", f"must be rising whole numbers of days between 1 and 3650, not {given!r}")
        return (1,)
    return tuple(given)


def _read_policies(table: TomlTable, theatre: Theatre, path: Path) -> dict[str, PolicySetting]:
    policies = {}
    for owner in table.values:
        inner = table.table(owner)
        if owner not in theatre.party_index and owner not in theatre.dyad_index:
            known = [*theatre.party_index, *theatre.dyad_index]
            table.add(owner, f"unknown party or dyad; {nearest(owner, known)}")
        elif (policy := read_policy(inner, f"policy.{owner}", path.parent, path.name)) is not None:
            policies[owner] = policy
    return policies


def _read_incidents(root: TomlTable, theatre: Theatre) -> tuple[GivenAct, ...]:
    incidents = []
    ids = list(theatre.party_index)
    for table in root.tables("incident"):
        sender, target = table.one_of("sender", ids), table.one_of("target", ids)
        if sender and target and f"{sender}-{target}" not in theatre.dyad_index:
            dyads = ", ".join(theatre.dyad_index)
            table.add("target", f"{sender} cannot act on {target} in this theatre; its dyads are {dyads}")
        act = GivenAct(
            table.number("day"),
            sender,
            target,
            table.integer("rung", Interval(1, theatre.ladder.top)),
            table.integer("killed"),
            table.integer("civilians"),
            table.integer("leaders"),
        )
        if act.civilians > act.killed or act.leaders > act.killed:
            among = max(act.civilians, act.leaders)
            table.add("killed", f"{act.killed} is below the {among} civilians or leaders among them")
        incidents.append(act)
        table.finish()
    return tuple(incidents)


def _check_policies(root: TomlTable, read: ScenarioFile) -> None:
    theatre = read.theatre_file.theatre
    keys_of_points = [set(dict(point.levels)) for point in read.points]
    varied = {factor.key for factor in read.factors if all(factor.key in keys for keys in keys_of_points)}
    for party in dict.fromkeys(dyad.sender for dyad in theatre.dyads):
        if party not in read.policies and f"policy.{party}" not in varied:
            root.add(f"policy.{party}", "is missing: every party that can act needs a policy")

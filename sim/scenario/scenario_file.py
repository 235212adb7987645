"""Read a scenario from its file, after the file that it inherits from."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from sim.core.errors import Problem, Problems
from sim.core.parameters import REPLICATES, SEEDS, Interval
from sim.core.shipped_data import shipped_scenarios
from sim.core.toml_table import Key, TableKeys, TomlTable, parse_toml, read_toml
from sim.engine.acts import GivenAct
from sim.engine.configuration import DiplomaticShock, Truce
from sim.engine.conflict_check import DAYS, MISSING_POLICY, step_problem
from sim.engine.theatre import Theatre
from sim.scenario.design import Design, Factor, Point, full_factorial
from sim.scenario.design_file import DESIGN, inherit_design, make_points, read_design, read_factors
from sim.scenario.factor_file import FACTOR, SCHEDULE, FactorContext, read_shocks, read_truces
from sim.scenario.policy_file import PolicyPlace, note_drops, read_policies
from sim.scenario.posterior import read_posterior
from sim.scenario.settings import PARAMETERS, POLICIES, PolicySetting, Settings, read_settings
from sim.scenario.theatre_file import THEATRE, TheatreFile, read_theatre

_PERSONS: Final = Interval(0, 100_000)

RUN: Final = TableKeys(
    {
        "replicates": Key("integer", "replicates of each point", REPLICATES, 1000, synonyms=("runs", "histories")),
        "seed": Key("integer", "root of all draws", SEEDS, 1),
        "horizon_days": Key(
            "integer",
            "length of a run; the last horizon without it",
            DAYS,
            unit="days",
            is_optional=True,
            synonyms=("days", "length"),
        ),
        "step_days": Key("number", "length of a step: 1, 0.5, 0.25 or 0.125", Interval(0.125, 1), 0.25, "days"),
        "daily": Key("flag", "whether blocks keep daily totals, for other definitions", default=True),
        "horizons": Key(
            "days", "days at which odds are read, rising", DAYS, [30, 90, 180, 365], "days", synonyms=("horizon",)
        ),
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
        "base": Key("text", "scenario that this one inherits from: a file beside it, or a shipped name", default=""),
        "theatre": Key("text", "theatre, beside this file", default=""),
        "title": Key("text", "name that people read; that of the base without it", is_optional=True),
        "description": Key("text", "what the scenario shows; that of the base without it", default="", is_long=True),
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
    beside={"theatre": ("title",)},
)


@dataclass
class ScenarioFile:
    """A scenario as read from its file and the one that it inherits from."""

    path: Path
    text: str | None  # that stands in place of a file
    theatre_file: TheatreFile
    settings: Settings  # of parties, dyads, world and front
    title: str = ""
    description: str = ""
    policies: dict[str, PolicySetting] = field(default_factory=dict)  # by party or dyad
    run: dict[str, Any] = field(default_factory=dict)  # the table ``run``, with defaults
    run_table: Mapping[str, Any] = field(default_factory=dict)  # as it stands in the file, over that of the base
    truces: tuple[Truce, ...] = ()
    shocks: tuple[DiplomaticShock, ...] = ()
    incidents: tuple[GivenAct, ...] = ()
    factors: tuple[Factor, ...] = ()
    factor_tables: tuple[Mapping[str, Any], ...] = ()  # as they stand in the file
    factor_path: Path = Path()  # of that file
    design_table: Mapping[str, Any] = field(default_factory=dict)  # as it stands in the file, over that of the base
    base: str = ""  # file that it inherits from
    lists: Mapping[str, str] = field(default_factory=dict)  # file of every list of tables, by its name
    notes: tuple[Problem, ...] = ()  # what is no fault, and yet should be known
    design: Design = field(default_factory=Design)
    points: tuple[Point, ...] = field(default_factory=lambda: tuple(full_factorial(())))


def read_scenario(path: Path, text: str | None = None, heirs: int = 0) -> ScenarioFile:
    """Return what a file, or a text in its place, says over what it inherits; `heirs` files inherit from it."""
    problems = Problems(path)
    root = TomlTable(read_toml(path) if text is None else parse_toml(text, path), "", problems, SCENARIO)
    read = _read_base(root, path, problems, heirs)
    if read is None:
        problems.raise_if_any()
        raise AssertionError("a scenario without base or theatre has a problem noted")
    read.text = text
    _overlay(root, read)
    root.finish()
    problems.raise_if_any()
    _check_policies(root, read)
    problems.raise_if_any()
    read.notes = tuple(dict.fromkeys((*read.notes, *problems.notes)))
    return read


def _read_base(root: TomlTable, path: Path, problems: Problems, heirs: int) -> ScenarioFile | None:
    """Return what the scenario starts from: the file it inherits from, or the bare theatre."""
    base, theatre = root.text("base"), root.text("theatre")
    if base and theatre:
        root.add("base", 'cannot stand beside "theatre"; a scenario needs one of them')
        return None
    if not (base or theatre):
        if not problems.found:
            root.add("theatre", 'is missing: a scenario needs "theatre" or "base", and this one has neither')
        return None
    with problems.collect():
        named = path.parent / (theatre or base)
        if base and not named.exists():
            named = shipped_scenarios().get(base.removesuffix(".toml"), named)
        if problem := _misnamed(path, named, read_toml(named, named_by=path), heirs, is_theatre=bool(theatre)):
            root.add("theatre" if theatre else "base", problem)
        elif theatre:
            theatre_file = read_theatre(named)
            return ScenarioFile(path, None, theatre_file, dict(theatre_file.settings), notes=theatre_file.notes)
        else:
            return replace(read_scenario(named, heirs=heirs + 1), path=path, base=base)
    return None


_MOST_HEIRS: Final = 1
"""Files that may inherit from one that inherits itself: a what-if over a scenario that has a base."""


def _misnamed(path: Path, named: Path, held: Mapping[str, Any], heirs: int, *, is_theatre: bool) -> str:
    """Return why a file cannot be the theatre or the base of a scenario; empty if it can."""
    own, further = path.resolve(), held.get("base")
    if named.resolve() == own:
        return f"{path.name} is this file itself; name {'a theatre' if is_theatre else 'a scenario that has a theatre'}"
    if is_theatre:
        return f'{named.name} is a scenario; inherit from it with "base"' if held.keys() & {"theatre", "base"} else ""
    if "dyad" in held:
        return f'{named.name} is a theatre; a scenario on it names it as "theatre"'
    if isinstance(further, str) and further and (named.parent / further).resolve() == own:
        return f"{named.name} inherits from {path.name} in turn, a circle; one of the two must name a theatre"
    if not isinstance(further, str) or not further or heirs < _MOST_HEIRS:
        return ""
    return f"{named.name} inherits from {further} in turn; a scenario may inherit twice, from one that has a theatre"


_LISTS: Final = ("truce", "diplomatic_shock", "incident", "factor")
"""Lists of tables: one that a file has stands in place of the inherited one as a whole; tables merge key by key."""


def _overlay(root: TomlTable, read: ScenarioFile) -> None:
    theatre, origin = read.theatre_file.theatre, read.path.name
    read.title = root.text("title", read.title or None)
    read.description = root.text("description", read.description)
    read.run_table = {**read.run_table, **root.table("run").values}
    read.run = _read_run(
        TomlTable(read.run_table, "run", root.problems, RUN, root), root.table("run").values, read.base
    )
    read.settings = dict(read.settings)
    read.settings |= read_posterior(root, read.path.parent, read.settings)
    read_settings(root.table("parameters"), theatre, read.settings, origin)
    policies = read_policies(root.table("policy"), PolicyPlace(theatre, read.path), read.policies)
    for owner, policy in policies.items():
        note_drops(root, owner, read.policies.get(owner), [(policy.rule, policy)])
    read.policies = read.policies | policies
    given = set(root.values)
    read.lists = {**read.lists, **dict.fromkeys(given & {*_LISTS}, origin)}
    truces, shocks, incidents = read_truces(root), read_shocks(root), _read_incidents(root, theatre)
    read.truces = truces if "truce" in given else read.truces
    read.shocks = shocks if "diplomatic_shock" in given else read.shocks
    read.incidents = incidents if "incident" in given else read.incidents
    _read_sweep(root, read)
    for name in THEATRE.keys.keys() - SCENARIO.keys.keys():
        # A table of parameters may have the name of a list of the theatre.
        if name in root.values and not (name in PARAMETERS.keys and isinstance(root.values[name], dict)):
            root.refuse(name, f"belongs to the theatre, {read.theatre_file.path.name}, and cannot change in a scenario")


def _read_sweep(root: TomlTable, read: ScenarioFile) -> None:
    """Read what is varied, and how; inherited factors are taken anew, as policies and design may have changed."""
    before = len(root.problems.found)
    tables = root.tables("factor")
    given = root.table("design")
    table = inherit_design(given, read.design_table)
    design = read_design(table)
    if design is None:
        return
    read.design, read.design_table = design, table.values
    if "factor" in root.values:
        read.factor_tables, read.factor_path = tuple(table.values for table in tables), read.path
    else:
        tables = [
            TomlTable(one, f"factor[{i}]", root.problems, FACTOR, root) for i, one in enumerate(read.factor_tables)
        ]
    context = FactorContext(read.theatre_file.theatre, read.factor_path, read.settings, read.policies)
    factors = read_factors(tables, read.design, context)
    keys = [factor.key for factor in factors]
    for key in {key for key in keys if keys.count(key) > 1}:
        root.add("factor", f'"{key}" is varied twice')
    if len(root.problems.found) == before:
        read.factors, read.points = make_points(factors, read.design, root, context)


def _read_run(table: TomlTable, given: Mapping[str, Any], base: str) -> dict[str, Any]:
    """Read time and size of the runs."""
    run: dict[str, Any] = {name: table.integer(name) for name in ("replicates", "seed")}
    run |= {"step_days": table.number("step_days"), "daily": table.flag("daily"), "horizons": _read_horizons(table)}
    if problem := step_problem(run["step_days"]):
        table.add("step_days", problem)
    longest = max(run["horizons"])
    run["horizon_days"] = (table.integer("horizon_days") if "horizon_days" in table.values else 0) or longest
    if run["horizon_days"] < longest:
        hint = (
            ""
            if {"horizons", "horizon_days"} <= given.keys()
            else f"; one is that of {base or 'the default'}, so give both"
        )
        table.add("horizons", f"{longest} is beyond horizon_days = {run['horizon_days']}{hint}")
    table.finish()
    return run


def _read_horizons(table: TomlTable) -> tuple[int, ...]:
    given = table.take("horizons")
    if given is None:
        return tuple(RUN.keys["horizons"].default)
    whole = isinstance(given, list) and all(isinstance(day, int) and not isinstance(day, bool) for day in given)
    if not whole or not given or min(given) < 1 or max(given) > 3650 or sorted(set(given)) != given:
        table.add("horizons", f"must be rising whole numbers of days between 1 and 3650, not {given!r}")
        return (1,)
    return tuple(given)


def _read_incidents(root: TomlTable, theatre: Theatre) -> tuple[GivenAct, ...]:
    incidents = []
    ids = list(theatre.party_index)
    for table in root.each("incident"):
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
    return tuple(incidents)


def _check_policies(root: TomlTable, read: ScenarioFile) -> None:
    theatre = read.theatre_file.theatre
    keys_of_points = [set(dict(point.levels)) for point in read.points]
    varied = {factor.key for factor in read.factors if all(factor.key in keys for keys in keys_of_points)}
    for party in dict.fromkeys(dyad.sender for dyad in theatre.dyads):
        if party not in read.policies and f"policy.{party}" not in varied:
            root.add(f"policy.{party}", MISSING_POLICY)

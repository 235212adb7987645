"""``sim scenario``: which scenarios there are, whether they are right, and what they rest on."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from sim.cli import options as common
from sim.cli.console import load_scenario, print_json, print_rows, print_sheets, records, say, tell_notes
from sim.cli.option_groups import App, argument, option
from sim.core.errors import InputError, OutputError, Problem
from sim.core.shipped_data import shipped_scenarios

if TYPE_CHECKING:
    from pandas import DataFrame

    from sim.scenario.scenario import Scenario

app = App(help="List, check and show scenarios.", no_args_is_help=True)

SCENARIOS: Final = Path("scenarios")
BASE: Final = Path("lebanon-2023/baseline")  # scenario that a new one changes where nothing else is said
DEFAULT_CHECKED: Final = 2000  # replicates of a prior predictive check where nothing else is said


@app.command("list", epilog="sim scenario list")
def list_scenarios(
    folder: Annotated[
        Path | None, argument("Where to look, with all folders below; scenarios and the shipped without it.")
    ] = None,
    as_json: common.JsonOption = False,
) -> None:
    """List the scenarios below a folder, and without one those that are shipped, which have names."""
    from sim.scenario.scenario import Scenario

    if folder is not None and not folder.is_dir():
        raise InputError.single(folder, "", "there is no such folder")
    files = {str(path): path for path in sorted((folder or SCENARIOS).rglob("*.toml"))}
    if folder is None:
        there = {path.resolve() for path in files.values()}
        files |= {name: path for name, path in shipped_scenarios().items() if path.resolve() not in there}
    rows = []
    for name, path in files.items():
        # A theatre or a broken file is no scenario; `sim scenario check` says what is wrong with one.
        try:
            scenario = Scenario.load(path)
        except InputError:
            continue
        row = {"file": name, "title": scenario.title, "points": len(scenario.points())}
        rows.append(row | {"description": scenario.description})
    if as_json:
        print_json(rows)
    elif not rows:
        say(f"There are no scenarios in {folder}.")
    else:
        title = "Scenarios, here and shipped" if folder is None else f"Scenarios in {folder}"
        print_rows(title, rows, {name: name for name in ("file", "title", "points")}, 2, 1)


@app.command("check", epilog="sim scenario check lebanon-2023/baseline")
def check_scenarios(
    files: Annotated[list[Path], argument("Scenario files.", metavar="SCENARIO...")],
    *,
    change: common.Change,
    as_json: common.JsonOption = False,
) -> None:
    """Say what is wrong with scenarios: every problem of every file at once."""
    from sim.scenario.scenario import Scenario

    found: list[dict[str, Any]] = []
    wrong: list[Problem] = []
    for path in files:
        checked = {"file": str(path), "ok": True, "problems": [], "notes": [], "record": ""}
        try:
            scenario = Scenario.load(path, change.what_if)
            tell_notes(scenario)
            record = "" if scenario.replay is None else scenario.replay.summary
            found.append(checked | {"notes": list(map(str, scenario.notes)), "record": record})
        except InputError as error:
            wrong += error.problems
            found.append(checked | {"ok": False, "problems": list(map(str, error.problems))})
    if as_json:
        print_json(found)
    if wrong:
        raise InputError(dict.fromkeys(wrong))
    for one in () if as_json else found:
        say(f"{one['file']}: ok" + (f"; its ledger: {one['record']}" if one["record"] else ""))


@app.command("new", epilog="sim scenario new my-truce --set world.mediation_added=0.3 --truce 30:14")
def new_scenario(
    name: Annotated[str, argument("Name and title of the scenario.")],
    base: Annotated[Path, option("Scenario that it changes.")] = BASE,
    changes: common.SetOption = None,
    truces: common.TruceOption = None,
    out: Annotated[Path | None, option("File to write; NAME.toml without it.")] = None,
    replace: Annotated[bool, option("Write a file anew that is there.", "--replace")] = False,
) -> None:
    """Write a commented scenario file from the words of a what-if, which means the same as these words."""
    from sim.scenario.scenario import Scenario
    from sim.scenario.what_if import WhatIf
    from sim.sweeps.results_folder import write_whole

    file = Path(f"{name}.toml") if out is None else out / f"{name}.toml" if out.is_dir() else out
    if file.exists() and not replace:
        raise OutputError(f"{file}: is there already; --replace writes it anew, --out writes elsewhere")
    scenario = Scenario.load(base, WhatIf(changes or (), truces or (), name, file))
    tell_notes(scenario)
    write_whole(file, (scenario.file.text or "").encode())
    say(f"{file}: written. What it is called in commands:")
    for words in (["sweep", str(file)], ["compare", str(base), str(file)]):
        say(f"sim {shlex.join(words)}", "  ")


@app.command("show", epilog="sim scenario show lebanon-2023/baseline")
def show_scenario(
    scenario: common.ScenarioArgument,
    *,
    point: common.PlaceOption = 0,
    change: common.Change,
    as_json: common.JsonOption = False,
) -> None:
    """Show a scenario resolved: every value with its unit, what it rests on and the file that it stands in."""
    from sim.report.answer import tell_labels

    loaded = load_scenario(scenario, what_if=change.what_if)
    common.check_design_point(loaded, point)
    settings = [
        {
            "key": setting.key,
            "value": str(setting.law),
            "unit": setting.declared.unit,
            "source": setting.source,
            "spread_source": setting.spread_source,
            "label": setting.label,
            "file": setting.origin,
            "meaning": setting.declared.text,
        }
        for setting in loaded.settings(loaded.points()[point])
    ]
    if as_json:
        words = {"name": loaded.name, "digest": loaded.digest(), "seed": loaded.seed}
        print_json(words | {"replicates": loaded.replicates, "settings": settings, "resolved": loaded.resolved()})
        return
    _print_head(loaded, point)
    _print_settings(settings, {party.id: party.name for party in loaded.theatre.parties})
    say(f"{tell_labels(loaded.count_labels())} Digest {loaded.digest()[:16]}.")


@app.command("schema", epilog="sim scenario schema")
def show_schema(
    theatre: Annotated[bool, option("Of a theatre file, not of a scenario.", "--theatre")] = False,
) -> None:
    """Print the JSON Schema by which an editor checks and completes a file."""
    from sim.scenario.schema import scenario_schema, theatre_schema

    print_json(theatre_schema() if theatre else scenario_schema())


@app.command("prior-check", epilog="sim scenario prior-check lebanon-2023")
def check_priors(
    file: Annotated[Path, argument("File of the checks, or a shipped theatre.")],
    replicates: common.ReplicatesOption = None,
    seed: common.SeedOption = None,
    out: Annotated[Path | None, option("CSV file to write.")] = None,
    as_json: common.JsonOption = False,
) -> None:
    """Compare what the priors imply with what was reported."""
    from sim.inference.joint_checks import describe_jointly
    from sim.inference.prior_predictive import prior_check
    from sim.results.reading.store import format_csv
    from sim.sweeps.results_folder import write_whole
    from sim.sweeps.sweep import check_numbers
    from sim.sweeps.writable import check_file

    n_replicates = DEFAULT_CHECKED if replicates is None else replicates
    check_numbers(n_replicates, seed or 0)
    if out is not None:
        check_file(out)
    table = prior_check(file, n_replicates, seed)
    if out is not None:
        write_whole(out, format_csv(table).encode())
    if as_json:
        print_json(records(table))
        return
    _print_priors(table)
    say(f"{n_replicates:,} replicates, each with its own draw from the priors.")
    for name, is_of in {"The record": ~table["held_out"], "Held out, never tuned to": table["held_out"]}.items():
        if is_of.any():
            say(f"{name}: {describe_jointly(table[is_of], 'check')}")


def _print_priors(table: DataFrame) -> None:
    columns: dict[str, Any] = {"quantity": lambda row: f"{row['check']}{' (held out)' * row['held_out']}"}
    for name in (*(column for column in table.columns if column.startswith("q")), "mean", "reported", "p"):
        head = f"{name[1:]} %" if name[0] == "q" else name
        columns[head] = lambda row, name=name: "" if row[name] != row[name] else f"{row[name]:.3g}"
    columns["in range"] = lambda row: "yes" if row["in_range"] else "no"
    print_rows("Prior predictive check", table.to_dict("records"), columns)


def _print_head(scenario: Scenario, point: int) -> None:
    from sim.report.sheet import Sheet

    chosen = scenario.points()[point]
    base = scenario.file.base
    told = [(asked.id, scenario.tell_reference(asked.id)["class"]) for asked in scenario.questions]
    facts = {
        "description": scenario.description,
        **({"inherits": f"from {base}: tables key by key, a list of tables as a whole"} if base else {}),
        **{f"[[{name}]]": f"of {origin}" for name, origin in scenario.file.lists.items()},
        "starts": str(scenario.start),
        "length": f"{scenario.horizon_days} days in steps of {scenario.step_days:g} day",
        "horizons": ", ".join(map(str, scenario.horizons)),
        "replicates": f"{scenario.replicates:,} a point, seed {scenario.seed}",
        "points": str(len(scenario.points())),
        **{f"factor {factor.key}": ", ".join(factor.domain) for factor in scenario.factors},
        "shown here": f"point {point}: {chosen.label}",
        **{f"policy of {party}": policy.label for party, policy in scenario.policies(chosen).items()},
        "reference classes": ", ".join(f"{name} of {question}" for question, name in told if name != "none") or "none",
    }
    print_sheets([Sheet(scenario.title, ("", ""), tuple(facts.items()), left=2)])


def _print_settings(settings: Sequence[dict[str, str]], parties: dict[str, str]) -> None:
    """Print the values below the file that they stand in; what is left at its default comes last."""
    from sim.report.parameter_sheets import name_parameter, tell_grounds
    from sim.scenario.settings import DEFAULT

    columns: dict[str, Any] = {
        "parameter": lambda row: name_parameter(row["key"], parties),
        "value": lambda row: f"{row['value']}  [{row['unit']}]",
        "rests on": lambda row: tell_grounds(row["label"], row["source"], row["spread_source"]),
    }
    files = list(dict.fromkeys(setting["file"] for setting in settings))
    for file in sorted(files, key=lambda name: name == DEFAULT):
        title = "Left at the declared default" if file == DEFAULT else f"Stated in {file}"
        print_rows(title, [row for row in settings if row["file"] == file], columns, 3)

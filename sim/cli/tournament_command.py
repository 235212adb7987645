"""``sim tournament``: every policy against every policy, with noise, ranking and evolution."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from sim.cli.console import print_json, print_notes, print_sheets, records, tell
from sim.cli.option_groups import App, option
from sim.cli.options import JsonOption, QuietOption
from sim.cli.progress import report_progress
from sim.core.errors import InputError

if TYPE_CHECKING:
    from sim.tournament.entrants import Entrant, Matches

app = App()

SEED: Final = 20240101  # root of all draws where nothing else is manifest


@app.command(epilog="sim tournament --theatre symmetric")
def tournament(
    theatre: Annotated[
        str, option("symmetric, lebanon-2023, dilemma, or a scenario: a file or a shipped name.")
    ] = "symmetric",
    *,
    policies: Annotated[
        str | None, option("Names or file.py:Class, with commas between; all shipped ones without it.")
    ] = None,
    noise: Annotated[str, option("Levels of misperception, with commas between.")] = "0,0.05,0.1",
    replicates: Annotated[int | None, option("Histories of each match.")] = None,
    days: Annotated[int | None, option("Length of a match; rounds in the dilemma.")] = None,
    seed: Annotated[int, option("Root of all draws.")] = SEED,
    out: Annotated[Path, option("Folder in which the folder of the theatre is made.")] = Path("results/tournament"),
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Play every policy against every policy.

    On a theatre the policies stand in for the two main parties, in both places; noise is the chance to take an act for
    one rung higher or lower. In the dilemma it is the chance that an act turns into its opposite.
    """
    from sim.report.tournament_sheets import KIND, render_files, tournament_notes, tournament_sheets
    from sim.sweeps.atomic_folder import check_replaceable, write_folder
    from sim.tournament.entrants import load_entrants
    from sim.tournament.match_tables import build_tables
    from sim.tournament.theatre_game import FEWEST_UNITS

    noises = _parse_noises(noise)
    counts = ("--replicates", replicates, FEWEST_UNITS), ("--days", days, 2), ("--seed", seed, 0)
    for name, value, least in counts:
        if value is not None and value < least:
            raise InputError.single(name, "", f"must be at least {least}, not {value}")
    entrants = load_entrants(None if policies is None else [name.strip() for name in policies.split(",")], Path())
    folder = out / Path(theatre).stem
    manifest, play = _plan(theatre, entrants, noises, (replicates, days, seed))
    check_replaceable(folder, KIND, {key: value for key, value in manifest.items() if key != "version"})
    with report_progress("tournament", quiet) as report:
        matches = play(on_progress=lambda done, total: report.step(f"ensembles: {done} of {total}"))
    tables = build_tables(matches, seed)
    write_folder(folder, render_files(matches, tables, manifest))
    if as_json:
        shown = {name: records(tables[name]) for name in ("ranking", "population")}
        print_json({"folder": str(folder), "manifest": manifest, **shown})
        return
    print_sheets(tournament_sheets(matches, tables))
    print_notes(tournament_notes(matches))
    if not quiet:
        tell(f"tables and pictures: {folder}")


def _parse_noises(text: str) -> tuple[float, ...]:
    try:
        noises = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise InputError.single("--noise", "", f'"{text}" is not a list of numbers such as 0,0.05,0.1') from None
    if not all(0 <= noise <= 1 for noise in noises) or len(set(noises)) < len(noises):
        raise InputError.single("--noise", "", f'"{text}" must be different numbers between 0 and 1')
    return noises


def _plan(
    theatre: str, entrants: tuple[Entrant, ...], noises: tuple[float, ...], numbers: tuple[int | None, int | None, int]
) -> tuple[dict[str, Any], Callable[..., Matches]]:
    """Return what the folder shall say of the tournament, and what plays it."""
    import sim
    from sim.policies.registry import source_digest
    from sim.tournament import prisoners_dilemma, theatre_game

    replicates = numbers[0] or theatre_game.REPLICATES
    seed = numbers[2]
    foreign = {entrant.name: source_digest(type(entrant.policy)) for entrant in entrants}
    manifest: dict[str, Any] = {
        "theatre": theatre,
        "policies": [entrant.name for entrant in entrants],
        "rules": {name: digest for name, digest in foreign.items() if digest},
        "noises": list(noises),
        "replicates": replicates,
        "seed": seed,
        "version": sim.__version__,
    }
    if theatre == theatre_game.DILEMMA:
        turns = numbers[1] or prisoners_dilemma.TURNS
        play = partial(prisoners_dilemma.play_dilemma, entrants, noises, replicates=replicates, seed=seed, turns=turns)
        return manifest | {"turns": turns}, play
    scenario = theatre_game.load_ground(theatre)
    days = numbers[1] or min(theatre_game.DAYS, scenario.horizon_days)
    ground = theatre_game.Ground(scenario, replicates, seed, days)
    manifest |= {"days": days, "digest": scenario.digest(), "parties": list(ground.parties)}
    return manifest, partial(theatre_game.play_theatre, ground, entrants, noises)

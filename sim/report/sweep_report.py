"""A sweep as one call: its blocks are run, its tables and page written, and its results handed on."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from sim.report.html_page import PAGE, write_page
from sim.report.pictures import give_warning
from sim.results.reading.store import Results
from sim.results.tables import collect_tables, write_tables
from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import Progress, run_blocks


def run_sweep(
    scenario: Scenario | str | Path,
    *,
    out: str | Path = "results",
    replicates: int | None = None,
    seed: int | None = None,
    jobs: int = 1,
    progress: Callable[[Progress], None] | None = None,
    replace: bool = False,
) -> Results:
    """Run every point of a scenario, write tables and page, and return the results.

    The same call goes on where it was stopped, and the number of workers changes no byte. A script that asks for
    several workers needs the usual ``if __name__ == "__main__":`` guard, because workers are started afresh; a notebook
    does not.

    Parameters
    ----------
    scenario : Scenario, str or Path
        A scenario, its file, or the name of a shipped one such as ``lebanon-2023/baseline``.
    out : str or Path, optional
        Folder in which the results folder, named as the scenario, is made.
    replicates : int, optional
        Replicates of each point, 1 to 1e9; those of the scenario without it.
    seed : int, optional
        Root of all draws, 0 to 2**63 - 1; that of the scenario without it.
    jobs : int, optional
        Worker processes, at least 1.
    progress : callable, optional
        Given the progress after every block.
    replace : bool, optional
        Put the tables in the place of some of more replicates, or of some whose blocks are not there.

    Returns
    -------
    Results
        With all tables; `Results.odds` has a row for each point, question and horizon.

    Raises
    ------
    InputError
        If a number or the scenario is wrong.
    OutputError
        If the folder belongs to another sweep, holds tables that only `replace` replaces, or cannot be written; seen
        before any work.
    PolicyError
        If a policy fails or answers wrongly, with the command that replays the first replicate in which it does.

    Examples
    --------
    >>> results = sim.run_sweep("symmetric/tit-for-tat", replicates=200)  # doctest: +SKIP
    """
    loaded = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
    folder = run_blocks(
        loaded,
        Path(out) / loaded.name,
        replicates=loaded.replicates if replicates is None else replicates,
        seed=loaded.seed if seed is None else seed,
        jobs=jobs,
        on_progress=progress,
        replace=replace,
        finish=lambda folder: write_report(Results.open(folder)),
    )
    return Results.open(folder)


def write_report(results: Results, told: Callable[[str], None] = lambda step: None) -> dict[str, pd.DataFrame]:
    """Write every table of a folder in which no block lacks, and its page; return the tables by name.

    Whatever befalls the page is a warning. What is done next is told in a few words.
    """
    tables = collect_tables(results, told=lambda name: told(f"tables: {name}"))
    write_tables(results, tables)
    told("report")
    try:
        write_page(results, tables)
    except Exception as error:
        give_warning(f"{results.path / PAGE}: is not written, but all tables are ({error})")
    return tables

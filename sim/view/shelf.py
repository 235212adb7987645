"""What the live page may show: shipped scenarios and the results folders below one folder, and what was asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sim.core.errors import InputError, nearest
from sim.core.shipped_data import find_scenario, shipped_scenarios
from sim.results.reading.store import Results, list_results
from sim.sweeps.results_folder import MANIFEST


@dataclass
class Shelf:
    """Scenarios and results by the names under which the page knows them; no request names a path."""

    out: Path  # below it lie results folders
    scenarios: dict[str, Path] = field(default_factory=shipped_scenarios)
    asked: str = "/"  # address of the page that was asked for
    given: dict[str, Path] = field(default_factory=dict)  # results folders that were named, wherever they lie

    def results(self) -> dict[str, Results]:
        """Return the results folders that lie here now, by name; what a link in their place leads to does not."""
        inside = self.out.resolve()
        here = {found.path.name: found for found in list_results(self.out) if found.path.resolve().parent == inside}
        return here | {name: Results.open(path) for name, path in self.given.items()}


def fill_shelf(asked: str | None, out: Path) -> Shelf:
    """Return what may be shown where a scenario, by file or name, a results folder or nothing was asked for."""
    shelf = Shelf(out)
    if asked is None:
        return shelf
    folder = next((path for path in (Path(asked), out / asked) if (path / MANIFEST).is_file()), None)
    if folder is not None:
        name = folder.resolve().name
        Results.open(folder)
        shelf.given[name] = folder.resolve()
        shelf.asked = f"/results/{name}/"
        return shelf
    name = asked.removesuffix(".toml")
    if name not in shelf.scenarios or Path(asked).exists():
        name = _name_file(shelf, asked)
    shelf.asked = f"/run/{name}"
    return shelf


def _name_file(shelf: Shelf, asked: str) -> str:
    """Return the name of the scenario in a file, under which it is put on the shelf."""
    try:
        file = find_scenario(asked)
    except InputError:
        known = [*shelf.scenarios, *shelf.results()]
        message = f"no scenario, file or results folder of that name; {nearest(asked, known)}"
        raise InputError.single(asked, "", message) from None
    same = {path.resolve(): name for name, path in shelf.scenarios.items()}
    name = same.get(file.resolve(), file.stem)
    shelf.scenarios[name] = file
    return name

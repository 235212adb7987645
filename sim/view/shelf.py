"""What the live page may show: shipped scenarios, the results folders below one folder, and what was asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sim.core.errors import InputError, nearest
from sim.core.shipped_data import find_scenario, shipped_scenarios
from sim.results.reading.store import Results, list_results
from sim.scenario.scenario import Scenario
from sim.sweeps.results_folder import MANIFEST


@dataclass
class Shelf:
    """Scenarios and results by the names under which the page knows them; no request names a path."""

    out: Path  # below it lie results folders
    asked: str = "/"  # address of the page that was asked for
    scenarios: dict[str, Path] = field(default_factory=shipped_scenarios)
    named: dict[str, Path] = field(default_factory=dict)  # results folders that were asked for, wherever they lie

    def results(self) -> dict[str, Results]:
        """Return the results folders that lie here now, by name; what a link in their place leads to does not."""
        inside = self.out.resolve()
        here = {found.path.name: found for found in list_results(self.out) if found.path.resolve().parent == inside}
        return here | {name: Results.open(path) for name, path in self.named.items()}

    def typed(self, name: str) -> str:
        """Return a scenario as it is typed in a command: its name where it is shipped, else its file."""
        return name if shipped_scenarios().get(name) == self.scenarios[name] else str(self.scenarios[name])


def fill_shelf(asked: str | None, out: Path) -> Shelf:
    """Return what may be shown where a scenario, by file or name, a results folder or nothing was asked for."""
    shelf = Shelf(out)
    if asked is None:
        return shelf
    folder = next((path.resolve() for path in (Path(asked), out / asked) if (path / MANIFEST).is_file()), None)
    if folder is not None:
        shelf.named[folder.name] = Results.open(folder).path
        shelf.asked = f"/results/{folder.name}/"
        return shelf
    try:
        file = find_scenario(asked)
    except InputError:
        words = f"no scenario or results folder of that name; {nearest(asked, [*shelf.scenarios, *shelf.results()])}"
        raise InputError.single(asked, "", words) from None
    known = {path.resolve(): name for name, path in shelf.scenarios.items()}
    name = known.get(file.resolve(), file.stem)
    shelf.scenarios.setdefault(name, Scenario.load(file).path)
    shelf.asked = f"/run/{name}"
    return shelf

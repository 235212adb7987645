"""``sim parameters``: every parameter by plain name and key path, what it means, and what it is in a scenario."""

from pathlib import Path
from typing import Annotated, Final

from sim.cli.console import print_json, print_sheets, say, stdout
from sim.cli.option_groups import App, argument, option
from sim.cli.options import JsonOption
from sim.cli.results_tables import MarkdownOption

app = App()
SHOWN: Final = Path("lebanon-2023/baseline")  # scenario whose laws are told if nothing else is said


@app.command(epilog="sim parameters mediation\nsim parameters party.ISR.trend")
def parameters(
    word: Annotated[
        str | None, argument("Part of a name, of a meaning, or a key path; all without it.", metavar="[WORD]")
    ] = None,
    *,
    scenario: Annotated[Path, option("Whose values and laws are told.")] = SHOWN,
    as_json: JsonOption = False,
    markdown: MarkdownOption = False,
) -> None:
    """Find parameters by a word: plain name, key path, meaning, unit, bounds, law, source and where each is used.

    Of a single one all is told; without a word, --markdown gives the page docs/parameters.md.
    """
    from sim.report import parameter_sheets
    from sim.scenario.parameter_catalogue import by_pattern, catalogue_of, find_entries
    from sim.scenario.scenario import Scenario

    if markdown and word is None:
        stdout().write(parameter_sheets.describe_catalogue())
        return
    loaded = Scenario.load(scenario)
    settings = by_pattern(loaded.settings(loaded.points()[0]))
    entries = catalogue_of(settings)
    found = entries if word is None else find_entries(word, entries)
    if as_json:
        print_json([parameter_sheets.record_parameter(entry, settings.get(entry.key, ())) for entry in found])
    elif markdown:
        stdout().write(parameter_sheets.describe_parameters(found))
    elif len(found) == 1:
        parties = {party.id: party.name for party in loaded.theatre.parties}
        own = settings.get(found[0].key, [])
        exact = [setting for setting in own if setting.key == word]
        print_sheets(parameter_sheets.make_full_sheets(found[0], exact or own, loaded.name, parties))
    else:
        print_sheets([parameter_sheets.make_list_sheet(found, settings, loaded.name)])
        say("Bounds, laws, sources and where it is used: `sim parameters KEY` of one, or --json or --markdown of all.")

"""``sim results given``: odds among the histories in which something else came true."""

from __future__ import annotations

from typing import Annotated

import typer

from sim.cli.console import print_json, say
from sim.cli.options import JsonOption, open_folder
from sim.cli.results_tables import NameArgument, PointOption, check_point


def show_given(
    name: NameArgument,
    *,
    conditions: Annotated[
        list[str],
        typer.Option("--if", help='Such as "Q2 by 30", "not Q2 by 30" or "IRN joins by 60"; may be repeated.'),
    ],
    question: Annotated[
        str | None, typer.Option("--question", help="Question or outcome state; the main one without it.")
    ] = None,
    horizon: Annotated[int | None, typer.Option("--horizon", help="Its day; the last horizon without it.")] = None,
    point: PointOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the odds in the histories in which something came true by a day: what goes with it, not what causes it.

    All conditions must hold. Below 100 histories that meet them no odds are told, only how many there are; what decides
    the question is refused.
    """
    from sim.report.given_words import record_given, tell_given
    from sim.results.analysis.given import find_given
    from sim.results.reading.question_outcomes import list_points

    results = open_folder(name)
    check_point(results, point)
    chosen = list_points(results)[0][0] if point is None and results.blocks else point or 0
    found = find_given(results, conditions, question, horizon, chosen)
    if as_json:
        print_json(record_given(results, found, chosen))
        return
    for sentence in tell_given(results, found, chosen):
        say(sentence)

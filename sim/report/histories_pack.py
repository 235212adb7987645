"""The stored histories as small arrays that the script of a page reads: when each event came, and what was drawn.

An index in JSON has the words and the odds of the tables, and says where each array is; arrays are deflated one by one,
and those that are alike are there once. In a page they stand in base64 inside the index, and whole groups of histories
that share draws are left out until all fit. For the live page they follow each other in one file, read by ranges.

==================  ==========================  ========================================================
array               shape                       values
==================  ==========================  ========================================================
``clusters``        (histories)                 group of each history; those of a group share draws
``finished.POINT``  (histories)                 whether it finished, 0 or 1; else it counts nowhere
``days.POINT``      (event questions,           first day, or `NEVER`
                    histories)
``held.POINT``      (other questions,           whether it held on the day of the horizon, 0 or 1
                    horizons, histories)
``thirds.POINT``    (drivers, histories)        0 the lowest third, 1, 2 the highest, `NO_THIRD`
``singles.POINT``   (singles, strips, days)     what happened day by day in a few histories
==================  ==========================  ========================================================
"""

import base64
import zlib
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from sim.core.arrays import Integers
from sim.report.answer import PART, name_condition, name_point, phrase_event, tell_count
from sim.report.presentation import Frames
from sim.report.reference_words import find_chances
from sim.report.theatre_pictures import name_scenario
from sim.results.analysis.drivers import mark_thirds, read_all_laws
from sim.results.analysis.entries import list_joiners
from sim.results.analysis.variance_split import PARTS, POLICIES, UNRESOLVED
from sim.results.reading.daily_measures import ACTS, ALL, KILLED_TO_DATE, RUNG, SIDES, list_measures, measure_days
from sim.results.reading.question_outcomes import list_points, read_finished, read_killed_of_all
from sim.results.reading.store import Results
from sim.scenario.parameter_catalogue import plain_name
from sim.scenario.shared_draws import PERIOD
from sim.sweeps.blocks import INPUT
from sim.sweeps.cluster_errors import Numbers, find_clusters
from sim.sweeps.results_folder import write_whole

NEVER: Final = 65535
NO_THIRD: Final = 3
_ODDS: Final = (
    *("point", "question", "horizon_days", "n", "events", "low", "high", "se_monte_carlo"),
    *(f"sd_{part}{end}" for part in (*PARTS[:-1], POLICIES) for end in ("", "_se")),
)
_DRIVERS: Final = 20  # parameters whose thirds are told
_LESS: Final = 0.95  # share of the histories that are tried next where they do not fit, at most

Arrays = dict[str, Numbers]
Singles = dict[int, tuple[list[dict[str, Any]], Numbers]]


def pack_histories(results: Results, tables: Frames, most_bytes: int = 2_000_000) -> dict[str, Any] | None:
    """Return the index of the histories of a folder with the arrays in it; None where no history is stored.

    Histories beyond `most_bytes` of base64 are left out in whole groups, from the last.
    """
    if not results.blocks:
        return None
    arrays, singles = _read_arrays(results, tables), _read_singles(results)
    size = arrays["clusters"].size
    while True:
        some = {name: values[..., :size] for name, values in arrays.items()}
        index, parts = _fill(results, tables, some, singles)
        texts = [base64.b64encode(part).decode() for part in parts]
        length = sum(map(len, texts))
        if length <= most_bytes or size <= PERIOD:
            return index | {"chunks": texts}
        size = max(1, int(size * min(most_bytes / length, _LESS)) // PERIOD) * PERIOD


def write_pack(results: Results, tables: Frames, path: Path) -> dict[str, Any] | None:
    """Write all arrays of a folder one after the other as one file; return the index, with the range of bytes of each.

    None, and no file, where no history is stored.
    """
    if not results.blocks:
        return None
    index, parts = _fill(results, tables, _read_arrays(results, tables), _read_singles(results))
    write_whole(path, b"".join(parts))
    ends = np.cumsum([len(part) for part in parts]).tolist()
    return index | {"ranges": [[end - len(part), end] for end, part in zip(ends, parts, strict=True)]}


def _read_singles(results: Results) -> Singles:
    """Return a few single histories of every point."""
    return {point: read_singles(results, point) for point, _ in list_points(results)} if results.has_daily else {}


def _fill(results: Results, tables: Frames, arrays: Arrays, singles: Singles) -> tuple[dict[str, Any], list[bytes]]:
    """Return the index of a folder, and its arrays and a few single histories as bytes."""
    index = _index(results, tables, arrays["clusters"].size)
    if singles:
        index["strips"] = list_strips(results)
        for point in index["points"]:
            point["singles"], days = singles[point["point"]]
            arrays = arrays | {f"singles.{point['point']}": days}
    # Each content stands once, however many arrays have it.
    contents = {name: np.ascontiguousarray(values).tobytes() for name, values in arrays.items()}
    places = {content: place for place, content in enumerate(dict.fromkeys(contents.values()))}
    index["arrays"] = {
        name: {"type": values.dtype.name, "chunk": places[contents[name]]} for name, values in arrays.items()
    }
    return index, [zlib.compress(content, 9, -zlib.MAX_WBITS) for content in places]


def _index(results: Results, tables: Frames, size: int) -> dict[str, Any]:
    """Return the words and the odds of the tables that belong to the first histories of a folder."""
    manifest = results.manifest
    laws, parties = read_all_laws(results), results.party_names
    front = manifest["resolved"].get("theatre", {}).get("front", {})
    return {
        "histories": size,
        "stored": max(results.replicates_of_points),
        "start": manifest["resolved"].get("start", "the start"),
        "scenario": name_scenario(results),
        "horizons": manifest["horizons"],
        "horizon_days": manifest["horizon_days"],
        "seed": manifest["seed"],
        "sides": {side: ", ".join(parties.get(party, party) for party in front.get(side, ())) for side in SIDES},
        "questions": [_word_question(results, question) for question in manifest["questions"]],
        "points": [
            {"point": point, "name": name_point(results, point), "condition": name_condition(results, point)}
            for point, _ in list_points(results)
        ],
        "drivers": [
            {"key": key, "name": plain_name(key, parties), "basis": laws[key].get("label", "")}
            for key in _choose_drivers(results, tables)
        ],
        "odds": _list_odds(results, tables),
    }


def _word_question(results: Results, question: dict[str, Any]) -> dict[str, Any]:
    """Return what a question is called, and what so many histories see by each horizon."""
    event = phrase_event(results.manifest, question["id"])
    told = [tell_count(results, question["id"], day, "{count}") for day in results.manifest["horizons"]]
    label = event if question["text"].startswith(PART) else question["text"]
    words = {name: question[name] for name in ("id", "text", "is_state")}
    days = sorted({*range(0, results.manifest["horizon_days"], 15), *results.manifest["horizons"]})
    past = find_chances(results.manifest, question["id"], days)
    return words | {"label": label, "event": event, "told": told, "reference": past or None}


def _list_odds(results: Results, tables: Frames) -> list[list[Any]]:
    """Return the rows of the table of odds of all questions by the columns `_ODDS`; -1 for what is not resolved."""
    asked = [question["id"] for question in results.manifest["questions"]]
    odds = tables["odds"]
    rows = odds[odds["question"].isin(asked)].reindex(columns=[*_ODDS, UNRESOLVED])
    told = []
    for *row, named in rows.itertuples(index=False, name=None):
        blank = named.split(", ") if isinstance(named, str) else []
        cells = [-1 if name.removeprefix("sd_") in blank else cell for name, cell in zip(_ODDS, row, strict=True)]
        told.append([None if pd.isna(cell) else round(cell, 6) if isinstance(cell, float) else cell for cell in cells])
    return told


def _choose_drivers(results: Results, tables: Frames) -> list[str]:
    """Return the parameters that move outcomes most at the last horizon, those of the first question first."""
    table = tables["drivers"]
    last = table[table["horizon_days"] == table["horizon_days"].max()]
    is_other = last["question"] != results.manifest["questions"][0]["id"]
    ranked = last.assign(is_other=is_other).sort_values(["is_other", "rank"], kind="stable")
    return list(dict.fromkeys(map(str, ranked["parameter"])))[:_DRIVERS]


def _read_arrays(results: Results, tables: Frames) -> Arrays:
    """Return the arrays of all histories, each with these as its last axis."""
    size = max(results.replicates_of_points)
    replicates = np.arange(size)
    starts = np.zeros(size, dtype=np.uint32)
    starts[find_clusters(replicates)[1:]] = 1
    arrays: Arrays = {"clusters": starts.cumsum(dtype=np.uint32)}
    drivers = _choose_drivers(results, tables)
    for point, _ in list_points(results):
        arrays |= {f"{name}.{point}": values for name, values in _read_point(results, point, drivers, size).items()}
    return arrays


def _read_point(results: Results, point: int, drivers: list[str], size: int) -> Arrays:
    questions = results.manifest["questions"]
    events = [f"{question['id']}_day" for question in questions if not question["is_state"]]
    states = [question["id"] for question in questions if question["is_state"]]
    answers = [f"{state}_at_{day}" for state in states for day in results.manifest["horizons"]]
    drawn = [INPUT + key for key in drivers if INPUT + key in results.columns_of(point)]
    rows, _ = read_finished(results, point, [*events, *answers, *drawn])
    at = rows["replicate"].to_numpy()
    finished = np.zeros(size, dtype=np.uint8)
    finished[at] = 1
    days = np.full((len(events), size), NEVER, dtype=np.uint16)
    for row, name in enumerate(events):
        day = np.ceil(rows[name].to_numpy())
        days[row, at] = np.where(day < NEVER, day, NEVER)
    held = np.zeros((len(answers), size), dtype=np.uint8)
    for row, name in enumerate(answers):
        held[row, at] = rows[name]
    thirds = np.full((len(drivers), size), NO_THIRD, dtype=np.uint8)
    for row, key in enumerate(drivers):
        if len(rows) and INPUT + key in drawn:
            low, high = mark_thirds(rows[INPUT + key].to_numpy())
            thirds[row, at] = np.where(low, 0, np.where(high, 2, 1))
    return {"finished": finished, "days": days, "held": held, "thirds": thirds}


_NEAR: Final = (5, 50, 95)
_MOST: Final = 48  # histories over all points, if there is one near each percentile of each


def list_strips(results: Results) -> list[tuple[str, str]]:
    """Return measure and part of what is told of each day."""
    wanted = {*((ACTS, side) for side in SIDES), (RUNG, ALL)}
    return [key for key in list_measures(results) if key in wanted or (key[0] == KILLED_TO_DATE and key[1] != ALL)]


def read_singles(results: Results, point: int) -> tuple[list[dict[str, Any]], Numbers]:
    """Return what each history is, and its strips of days, shape (n_histories, n_strips, n_days)."""
    near = _pick(results, point)
    names = results.party_names
    columns = {f"joined_{party}_day": names.get(party, party) for party in list_joiners(results)}
    rows = read_finished(results, point, [*columns])[0].set_index("replicate").to_dict()
    keys = list_strips(results)
    days = {
        int(replicate): np.minimum([measured[key][row] for key in keys], 65535).astype(np.uint16)
        for replicates, measured in measure_days(results, point, sorted(near))
        for row, replicate in enumerate(replicates)
    }
    told = []
    for replicate, percentile in near.items():
        came = ((rows[column][replicate], name) for column, name in columns.items())
        joined = sorted((int(np.ceil(day)), name) for day, name in came if np.isfinite(day))
        told.append({"replicate": replicate, "near": percentile, "joined": joined})
    return told, np.array([days[replicate] for replicate in near], dtype=np.uint16)


def _pick(results: Results, point: int) -> dict[int, int]:
    """Return some replicates of a point, each with the percentile that its killed are nearest to."""
    replicates, killed = read_killed_of_all(results, point, results.manifest["horizons"][-1:])
    order: Integers = replicates[np.argsort(killed[:, 0], kind="stable")]
    each = max(1, _MOST // (len(_NEAR) * int(results.manifest["points"])))
    near: dict[int, int] = {}
    for percentile in _NEAR:
        first = round(percentile / 100 * (len(order) - 1)) - each // 2
        some = order[max(first, 0) : max(first, 0) + each]
        near |= {int(replicate): percentile for replicate in some if int(replicate) not in near}
    return near

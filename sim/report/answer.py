"""The answer in one sentence that may be quoted: its condition first, then histories of a hundred, then what came."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import pandas as pd

from sim.core.errors import InputError
from sim.core.intervals import interval
from sim.core.visible_text import shorten
from sim.report.reference_words import describe_reference
from sim.report.sheet import in_percent, name_reach
from sim.results.analysis.comparison import Side, compare_points, reach_difference
from sim.results.analysis.odds import compute_odds
from sim.results.analysis.variance_split import PARTS
from sim.results.reading.design_columns import LABEL_COUNTS
from sim.results.reading.question_outcomes import list_questions
from sim.results.reading.store import Results

_COUNTABLE: Final = re.compile(
    r"(war|attack|strike|operation|ceasefire|truce|invasion|offensive|campaign|raid|blockade|incident|exchange|battle|"
    r"clash|crisis|conflict|front|mobilisation|mobilization|agreement|coup|escalation|withdrawal|landing|salvo|siege)$"
)
"""Nouns that take an article where they stand alone."""
_BEHIND_HEAD: Final = re.compile(r"[:,(]| (?:in|on|of|after|from|within|with|by|near|at|against|between|since|for|to) ")
"""Where the words that end in the main noun of a question are over."""
_HAS_TIME: Final = re.compile(r"\b(?:within|since|by|until|before|after)\b")
_READY: Final = re.compile(r"(?:an?|the|no|any|at least|more than|fewer than|\d[\d,.]*) ", re.IGNORECASE)
PART: Final = "of these, "  # begins the text of a question that is a part of the one before it
_HISTORIES: Final = "simulated histories"
_LONGEST: Final = 400
"""Letters of a title that a sentence holds: what is changed stands in it, and a condition that is cut is none."""


@dataclass(frozen=True)
class Answer:
    """The odds of a question at a point by a day, in numbers and in words."""

    title: str  # of the scenario
    question: str  # id
    text: str  # of the question
    horizon_days: int
    point: int
    name: str  # of the point: what it sets; empty where there is one alone
    condition: str  # under which the answer holds
    k: int  # histories in which it came
    n: int  # histories that finished
    count: str  # how often it came, in histories
    estimate: float | None  # None where no history finished
    low: float
    high: float
    sentence: str  # may be quoted
    interval: str  # how far chance reaches
    rests: str  # what it rests on, beside chance

    @property
    def whole(self) -> str:
        """The sentence with its interval; of what never came it tells the bound itself."""
        return self.sentence if self.n and not self.k else f"{self.sentence[:-1]} ({self.interval})."

    def record(self) -> dict[str, Any]:
        """Return what JSON tells of it."""
        return asdict(self)


def state_answer(
    results: Results, question: str | None = None, horizon: int | None = None, point: int | None = None
) -> Answer:
    """Return the answer to a question of a results folder, with a sentence that may be quoted.

    Parameters
    ----------
    results : Results
        The folder.
    question : str, optional
        Id of a question or an outcome state; the main question without it.
    horizon : int, optional
        Day by which it must have come [days]; the last horizon without it.
    point : int, optional
        Index of a point of the design; the first one without it.

    Returns
    -------
    Answer
        With ``sentence``, which names its condition; ``interval`` and ``rests``, which belong beside it; and the
        numbers: ``k`` of ``n`` histories, ``estimate``, ``low`` and ``high``. `Answer.record` is all of it as a dict.

    Raises
    ------
    InputError
        If the question is not asked, the day is out of bounds or not known, or there is no such point.

    Examples
    --------
    >>> print(sim.state_answer(sim.open_results("baseline")).sentence)  # doctest: +SKIP
    """
    asked = question or results.manifest["questions"][0]["id"]
    table = compute_odds(results, [asked], [horizon or results.manifest["horizons"][-1]])
    points = table["point"]
    chosen = points.min() if point is None else point
    if chosen not in set(points):
        there = f"the points of {results.name} with results are {points.min()} to {points.max()}"
        raise InputError.single("--point", "", f"{chosen} does not exist; {there}")
    return choose_answer(results, table[points == chosen])


def choose_answer(results: Results, odds: pd.DataFrame) -> Answer:
    """Return the answer of a table of odds: to its first question, at its first point and the last day known."""
    first = odds[(odds["question"] == odds["question"].iloc[0]) & (odds["point"] == odds["point"].min())]
    return make_answer(results, first.sort_values("horizon_days").to_dict("records")[-1])


def make_answer(results: Results, row: Mapping[Any, Any]) -> Answer:
    """Return what a row of the table of odds says."""
    question, days, point = str(row["question"]), int(row["horizon_days"]), int(row["point"])
    condition = name_condition(results, point)
    k, n, low, high = int(row["events"]), int(row["n"]), float(row["low"]), float(row["high"])
    count = count_histories(k, n, high)
    return Answer(
        title=_plain(results.manifest["title"]),
        question=question,
        text=list_questions(results)[question],
        horizon_days=days,
        point=point,
        name=name_point(results, point),
        condition=condition,
        k=k,
        n=n,
        count=count,
        estimate=float(row["estimate"]) if n else None,
        low=low,
        high=high,
        sentence=f"Under the assumptions of {condition}, {tell_count(results, question, days, count)}",
        interval=describe_chance(low, high),
        rests=" ".join(describe_grounds(results, question, days)),
    )


def state_difference(first: Side, second: Side, question: str | None = None, horizon: int | None = None) -> str:
    """Return a sentence that says how odds differ between two points, each the results and the index of a point.

    History by history where both folders have their blocks; else by their odds alone.
    """
    one, other = answers = [state_answer(results, question, horizon, point) for results, point in (first, second)]
    difference, error, n, (before, after) = _difference(first, second, answers)
    low, high = reach_difference(difference, error, n)
    what = name_outcome(first[0], one.question, one.horizon_days)
    counts = f"{before} against {after.replace(f' {_HISTORIES}', '')}"
    head = f"Against {one.condition}, {other.condition}"
    if error == 0 and difference == 0:
        return f"{head} does not change {what}; no history comes out otherwise: {counts}."
    if low <= 0 <= high:
        reach = f"{_points(low, '+')} to {_points(high, '+')} points"
        return f"{head} does not change {what} by more than chance does ({reach}): {counts}."
    verb = "lowers" if difference < 0 else "raises"
    near, far = sorted((abs(low), abs(high)))
    return f"{head} {verb} {what} by {_points(abs(difference))} points ({_points(near)} to {_points(far)}): {counts}."


def _difference(first: Side, second: Side, answers: Sequence[Answer]) -> tuple[float, float, int, list[str]]:
    """Return a difference of odds, its standard error, how many histories tell it, and both counts of these."""
    asked = [answers[0].question], [answers[0].horizon_days]
    if first[0].blocks and second[0].blocks:
        (row,) = compare_points(first, second, *asked).to_dict("records")
        error, n = row["se_independent"] if row["se_paired"] is None else row["se_paired"], int(row["n"])
        events = [round(row[side] * n) for side in ("first", "second")]
        highs = [answer.high if answer.n == n else interval(k, n)[1] for k, answer in zip(events, answers, strict=True)]
        shares = [(k, n, high) for k, high in zip(events, highs, strict=True)]
        return float(row["difference"]), float(error), n, _count_alike(shares)
    cells = []
    for results, point in (first, second):
        rows = compute_odds(results, *asked).to_dict("records")
        cells.append(next(row for row in rows if row["point"] == point))
    error = math.hypot(*(float(row["se_monte_carlo"]) for row in cells))
    counts = _count_alike([(answer.k, answer.n, answer.high) for answer in answers])
    n = min(answer.n for answer in answers)
    return float(cells[1]["estimate"] - cells[0]["estimate"]), error, n, counts


def _points(share: float, sign: str = "") -> str:
    return f"{100 * share:{sign}.1f}"


def name_outcome(results: Results, question: str, days: int) -> str:
    """Return the odds of a question by a day as a part of a sentence."""
    return f"the simulated odds of {phrase_event(results.manifest, question)} {_when(results, question, days)}"


def name_condition(results: Results, point: int) -> str:
    """Return the condition under which the odds of a point hold: the scenario, and what the point sets."""
    title, name = _plain(results.manifest["title"]).replace('"', "'"), name_point(results, point)
    return f'"{title}" ({name})' if name else f'"{title}"'


def name_point(results: Results, point: int) -> str:
    """Return the short name of a point; empty where nothing is varied."""
    is_varied = set(results.points.columns) - {"point", "label"}
    return _plain(results.point_names[point]) if is_varied else ""


def _count_alike(shares: Sequence[tuple[int, int, float]]) -> list[str]:
    """Return shares that stand side by side in histories: of as many where one of them needs more than 100."""
    counts = [count_histories(*share) for share in shares]
    if not any(n > 100 and 0.01 <= k / n < 0.1 for k, n, _ in shares):
        return counts
    return [
        _of_many(k, n) if n > 100 and " of 100 " in count else count
        for count, (k, n, _) in zip(counts, shares, strict=True)
    ]


def describe_chance(low: float, high: float) -> str:
    """Return how far chance reaches, and that the number of histories is all that this holds."""
    return f"from the number of histories alone: {name_reach(low, high)}"


def count_histories(k: int, n: int, high: float) -> str:
    """Return a share in histories, as ``34 of 100 simulated histories``; what never came is told with its bound."""
    if n == 0:
        return f"none of 0 {_HISTORIES}"
    if k == 0:
        return f"none of {n:,} {_HISTORIES} (below {in_percent(high)} %)"
    if k == n:
        return f"all {n:,} {_HISTORIES}"
    if n <= 100:
        return _of_many(k, n)
    share = k / n
    if share < 0.01 or share > 0.99:
        one_of = min(n, int(float(f"{1 / min(share, 1 - share):.2g}")))
        return f"{'all but ' if share > 0.5 else ''}1 of {one_of:,} {_HISTORIES}"
    return _of_many(k, n) if share < 0.1 else f"{100 * share:.0f} of 100 {_HISTORIES}"


def _of_many(k: int, n: int) -> str:
    """Return a share of 1,000 histories, or as it was counted where there were fewer."""
    return f"{k} of {n} {_HISTORIES}" if n < 1000 else f"{1000 * k / n:.0f} of 1,000 {_HISTORIES}"


def phrase_event(manifest: Mapping[str, Any], question: str) -> str:
    """Return what a question asks for as a part of a sentence, such as ``an attack on Israel from Iranian soil``."""
    texts = {asked["id"]: _plain(asked["text"]) for asked in manifest["questions"]}
    if question not in texts:
        return f'the state "{manifest["states"][int(question[1:])]}"'
    text = texts[question]
    if text.startswith(PART):
        whole = max((name for name in texts if question.startswith(name) and name != question), key=len, default="")
        return f"{phrase_event(manifest, whole)}, {text.removeprefix(PART)}" if whole else f'"{text}"'
    text, colon, rest = text.partition(": ")
    head = _BEHIND_HEAD.split(text, maxsplit=1)[0]
    if _COUNTABLE.search(head.lower()) and not _READY.match(text):
        text = f"{'an' if re.match('[aeio]|u(?!s |n[ -]|ni|k )', text.lower()) else 'a'} {text}"
    elif not (_READY.match(text) or _COUNTABLE.search(head.lower().removesuffix("s"))):
        return f'"{text}{colon}{rest}"'.replace('""', '"')
    return f"{text} ({rest})" if rest else text


def tell_count(results: Results, question: str, days: int, count: str) -> str:
    """Return what so many histories show."""
    event, when = phrase_event(results.manifest, question), _when(results, question, days)
    verb = "sees" if re.match(r"1 ", count) else "see"
    if question not in {asked["id"] for asked in results.manifest["questions"]}:
        return f"{count} {'is' if verb == 'sees' else 'are'} in {event} {when}."
    return f"{when}, {count} {verb} {event}." if _HAS_TIME.search(event) else f"{count} {verb} {event} {when}."


def _when(results: Results, question: str, days: int) -> str:
    """Return by when, or on which day for what is a state at the horizon."""
    start = _start(results)
    length = "1 day" if days == 1 else f"{days:,} days"
    lasting = {asked["id"]: asked.get("is_state", False) for asked in results.manifest["questions"]}
    return f"{length} after {start}" if lasting.get(question, True) else f"within {length} of {start}"


def _start(results: Results) -> str:
    """Return the first day of the histories as people write it."""
    try:
        day = datetime.date.fromisoformat(results.manifest.get("resolved", {})["start"])
    except (KeyError, ValueError, TypeError):
        return "the start"
    return f"{day.day} {day:%B} {day.year}"


def describe_grounds(results: Results, question: str, days: int) -> list[str]:
    """Return in short sentences what odds rest on: that they are no forecast, the past, what is assumed."""
    words = ["A statement about the model, not a forecast.", describe_reference(results.manifest, question, days)]
    counts = results.manifest.get(LABEL_COUNTS)
    return [*words, tell_labels(counts)]


def tell_labels(counts: Mapping[str, int] | None) -> str:
    """Return what the parameters that files state rest on, in a sentence; of an older folder, that it does not say."""
    if counts is None:
        return "What its parameters rest on was not noted when it was run; the same sweep, run anew, notes it."
    informed, literature, judged, whole = (counts[name] or "none" for name in (*PARTS[:3], "parameters"))
    return f"Of {whole} parameters: {informed} informed by a fit, {literature} from literature, {judged} of judgement."


def _plain(text: str) -> str:
    """Return a text of users in one line that a sentence can hold."""
    return shorten(" ".join(text.split()), _LONGEST)

"""A setting under other labels and in another order, and a record told again under the first labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from worlds import Record, Setting

from sim.core import random_streams
from sim.engine.kernel import moments
from sim.engine.outcomes import Question
from sim.engine.theatre import Alliance, Dyad, Front, Joiner, Ladder, Region, Theatre

PARTIES = {"STA": "UMB", "HOS": "ZEP", "FAC": "AKO", "GRP": "QUI", "FAR": "MOR", "OTH": "BEX", "BYS": "DAW"}
PLACES = {"south": "valley", "north": "hill", "coast": "delta", "far away": "plain", "beyond": "isle"}
FRONT = {"front": "border line"}


@dataclass(frozen=True)
class Labels:
    """New labels by old ones; what has none keeps its own."""

    parties: Mapping[str, str]
    places: Mapping[str, str]
    fronts: Mapping[str, str]
    questions: Mapping[str, str]

    @classmethod
    def of(cls, setting: Setting) -> Labels:
        """Return other labels for everything in a setting that has one."""
        questions = [question.id for question in setting.timeline.questions]
        return cls(PARTIES, PLACES, FRONT, {name: f"asked{len(questions) - i}" for i, name in enumerate(questions)})

    def party(self, name: str) -> str:
        """Return the new id of a party."""
        return self.parties.get(name, name)

    def owner(self, name: str) -> str:
        """Return the new id of a party, a dyad or an alliance."""
        return "-".join(map(self.party, name.split("-")))

    def back(self, theatre: Theatre) -> dict[str, str]:
        """Return the old label of every owner of draws, by its new one."""
        owners = [*theatre.party_index, *theatre.dyad_index]
        return {self.owner(name): name for name in owners} | {new: old for old, new in self.fronts.items()}


def renamed(setting: Setting, labels: Labels) -> Setting:
    """Return the setting under other labels, in the same order."""
    theatre, given, timeline = setting.theatre, setting.parameters, setting.timeline
    party, owner = labels.party, labels.owner

    def owned(values: Mapping[str, Any]) -> dict[str, Any]:
        return {owner(name): value for name, value in values.items()}

    def acts(given_acts: Iterable[Any]) -> tuple[Any, ...]:
        return tuple(
            replace(act, sender=party(act.sender), target=party(act.target), charged=act.charged and party(act.charged))
            for act in given_acts
        )

    front, region = theatre.front, theatre.region
    told = Theatre(
        f"{theatre.name} again",
        [
            replace(profile, id=party(profile.id), name=profile.name[::-1], location=labels.places[profile.location])
            for profile in theatre.parties
        ],
        [
            Dyad(party(dyad.sender), party(dyad.target), dyad.spill_to and party(dyad.spill_to))
            for dyad in theatre.dyads
        ],
        Ladder([replace(rung, name=rung.name[::-1]) for rung in theatre.ladder.rungs]),
        Front(labels.fronts[front.id], front.name, tuple(tuple(map(party, side)) for side in front.sides)),
        [Joiner(party(joiner.party), tuple(map(party, joiner.only_after))) for joiner in theatre.joiners],
        [Alliance(party(pact.party), party(pact.ally)) for pact in theatre.alliances],
        Region(*(tuple(map(party, group)) for group in (region.parties, region.exchange, region.general))),
    )
    parameters = replace(
        given,
        parties=owned(given.parties),
        dyads=owned(given.dyads),
        entries=owned(given.entries),
        alliances=owned(given.alliances),
    )

    def asked(question: Question) -> Question:
        return replace(
            question,
            id=labels.questions[question.id],
            location=labels.places.get(question.location, ""),
            sender=party(question.sender),
            target=party(question.target),
            after=labels.questions.get(question.after, ""),
        )

    again = replace(
        timeline,
        questions=tuple(map(asked, timeline.questions)),
        scheduled=acts(timeline.scheduled),
        history=acts(timeline.history),
    )
    return Setting(told, parameters, owned(setting.policies), again)


def reordered(setting: Setting, order: np.ndarray) -> Setting:
    """Return the setting with its parties in another order and all else backwards, sides, joiners and rows of tables.

    Questions that come after another and incidents of one step keep their order: it is what they say.
    """
    theatre, given, timeline = setting.theatre, setting.parameters, setting.timeline
    front, days = theatre.front, timeline.step_days

    def backwards(values: Mapping[str, Any]) -> dict[str, Any]:
        return dict(reversed(values.items()))

    told = Theatre(
        theatre.name,
        [theatre.parties[place] for place in order],
        theatre.dyads[::-1],
        theatre.ladder,
        Front(front.id, front.name, (front.sides[1][::-1], front.sides[0][::-1])),
        theatre.joiners[::-1],
        theatre.alliances[::-1],
        Region(*(group[::-1] for group in (theatre.region.parties, theatre.region.exchange, theatre.region.general))),
    )
    parameters = replace(
        given,
        parties=backwards(given.parties),
        dyads=backwards(given.dyads),
        entries=backwards(given.entries),
        alliances=backwards(given.alliances),
    )
    again = replace(
        timeline,
        questions=tuple(sorted(timeline.questions, key=lambda one: (bool(one.after), -timeline.questions.index(one)))),
        truces=timeline.truces[::-1],
        shocks=timeline.shocks[::-1],
        scheduled=tuple(sorted(timeline.scheduled, key=lambda act: -(act.day // days))),
        history=tuple(sorted(timeline.history, key=lambda act: -(act.day // days))),
    )
    return Setting(told, parameters, backwards(setting.policies), again)


def keep_luck(monkeypatch: Any, back: Mapping[str, str]) -> None:
    """Let renamed owners of draws keep the draws of their old labels."""
    plain = random_streams.word_of
    for module in (random_streams, moments):
        monkeypatch.setattr(module, "word_of", lambda *names: plain(*(back.get(name, name) for name in names)))


def with_party_ids(record: Record, theatre: Theatre) -> Record:
    """Return a record in which columns that hold the place of a party hold its id."""
    ids = np.array([*theatre.party_index, "nobody"])
    places = {name for name in record if name in ("column campaign_began_by", "column first_to_join")}
    return {name: ids[values] if name in places else values for name, values in record.items()}


def told_as_before(record: Record, labels: Labels) -> Record:
    """Return a record of a renamed setting under the old labels."""
    new = {new: old for table in (labels.parties, labels.places, labels.questions) for old, new in table.items()}

    def old(name: str) -> str:
        for label in sorted(new, key=len, reverse=True):
            name = name.replace(label, f"\0{list(new).index(label)}\0")
        for i, label in enumerate(new):
            name = name.replace(f"\0{i}\0", new[label])
        return name

    by_id = {label: new[label] for label in labels.parties.values()}
    return {
        old(name): np.array([by_id.get(value, value) for value in values]) if values.dtype.kind == "U" else values
        for name, values in record.items()
    }

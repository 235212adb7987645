"""The ladder, and who can act on whom: parties, directed dyads, the front of two sides, allies, the reaction matrix.

A theatre is data. Nothing here knows a place or a party by name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.core.arrays import Floats, Integers
from sim.core.errors import InputError
from sim.core.parameters import ASSUMPTION, LaneValues, duration, fraction, number, parameter, parameters_of, rate


@dataclass(frozen=True)
class Rung:
    """One rung of the escalation ladder; levels count from 0.

    An act has a launched rung; it is reported on the highest rung any of whose criteria its marks meet (S2.4). Rungs
    above the highest act rung are states of a front (campaign, war), not properties of an act.
    """

    level: int
    name: str
    harm: float = parameter(0.0, (0, 1000), "killed-equivalents", "S2.5", "harm of an act")
    launches: float = number(0.0, (0, 1000), "S2.5", "further launches: mean of an act")
    lethality: float = fraction(0.0, "S2.5", "chance that an act kills")
    civilian_share: float = fraction(0.0, "S2.5", "civilians among the killed")
    leader: float = fraction(0.0, "S2.5", "leader killed: chance of an act")
    depth_low: float = parameter(0.0, (0, 5000), "km", "S2.4", "nearest reach of an act")
    depth_high: float = parameter(0.0, (0, 5000), "km", "S2.4", "farthest reach of an act")
    criterion_killed: float = parameter(
        0.0, (0, 1e6), "persons", "S2.4", "criterion of killed: lifts an act here; 0 for none"
    )
    criterion_civilians: float = parameter(
        0.0, (0, 1e6), "persons", "S2.4", "criterion of civilians: lifts acts here; 0 for none"
    )
    criterion_leader: float = fraction(0.0, "S2.4", "criterion of a leader: 1 if one killed lifts an act here")


class Ladder:
    """Ordered rungs of acts from 0 upwards, with their marks as arrays; an `InputError` if levels have a gap."""

    def __init__(self, rungs: list[Rung]) -> None:
        levels = [rung.level for rung in rungs]
        if len(rungs) < 2 or levels != list(range(len(rungs))):
            raise InputError.single("ladder", "level", f"levels must run 0, 1, 2, ... without a gap, not {levels}")
        self.rungs = tuple(rungs)
        self.top = len(rungs) - 1
        columns = {name: np.array([getattr(rung, name) for rung in rungs]) for name in parameters_of(Rung)}
        self.harm: Floats = columns["harm"]
        self.launches: Floats = columns["launches"]
        self.lethality: Floats = columns["lethality"]
        self.civilian_share: Floats = columns["civilian_share"]
        self.leader: Floats = columns["leader"]
        self.depth_low: Floats = columns["depth_low"]
        self.depth_high: Floats = columns["depth_high"]

    def name(self, level: int) -> str:
        """Return the name of a rung."""
        return self.rungs[level].name


@dataclass(frozen=True)
class PartyProfile:
    """What stays the same of a party."""

    id: str  # stable short name; draws are keyed by it
    name: str  # that people read
    location: str  # where the party is hit: its killed are counted there
    counts_launches: bool = False  # whether its acts are salvos, counted against the definition of a campaign


@dataclass(frozen=True)
class DyadParameters:
    """Parameters of a directed dyad: how the sender acts on, and reacts to, the target (S2.6-S2.10)."""

    share: LaneValues = fraction(1.0, ASSUMPTION, "share of fire: background that goes to the target")
    attention: LaneValues | None = fraction(
        1.0,
        ASSUMPTION,
        "attention to the target: weight of its acts in the sender's posture; the share where nothing is said",
        follows="share",
    )
    excitation: LaneValues = parameter(
        0.0, (0, 50), "acts per act", "S2.8", "reactions to an act: mean number to one charged"
    )
    delay_days: LaneValues = duration(0.6, (0.01, 60), "S2.15", "delay of reactions: mean time")
    spill: LaneValues = fraction(0.0, "S2.6", "blame on the host: chance that the target charges it")
    false_alarms: LaneValues = rate(0.0, (0, 10), "S2.6", "false alarms: of the target, with no act behind them")
    campaign_factor: LaneValues = number(1.0, (0, 100), "S2.15", "fire in a campaign: factor of the background")
    answer_chance: LaneValues = fraction(0.0, "S2.10", "chance of an answer: a single one, beside mean reactions")
    entry_rate: LaneValues = parameter(
        0.0, (0, 100), "acts/day", ASSUMPTION, "fire after joining: background of the sender"
    )
    strategic_rate: LaneValues = parameter(
        0.0, (0, 10), "acts/day", "S2.10", "strategic strikes: unprovoked acts on the top rung"
    )

    @property
    def mean_reactions(self) -> LaneValues:
        """Mean reactions of the sender to one act charged [acts per act].

        A single answer with chance p is taken for a Poisson number with mean p: exchanges of single answers stay
        subcritical, as they are, and the chance of one or more is 1 - exp(-p), somewhat below p.
        """
        return self.excitation + np.asarray(self.answer_chance)


@dataclass(frozen=True)
class Dyad:
    """A directed dyad: who acts on whom."""

    sender: str
    target: str
    spill_to: str | None = None  # party that the target may charge instead of the sender

    @property
    def id(self) -> str:
        """Name of the dyad, for instance ``HZB-ISR``; its draws are keyed by it."""
        return f"{self.sender}-{self.target}"


@dataclass(frozen=True)
class Joiner:
    """A party that is not in the war at the start and may join it."""

    party: str
    only_after: tuple[str, ...] = ()  # other joiners that must have joined before


@dataclass(frozen=True)
class Alliance:
    """A party that may join, and an ally for whose sake it may."""

    party: str
    ally: str

    @property
    def id(self) -> str:
        """Name of the alliance, for instance ``IRN-HZB``."""
        return f"{self.party}-{self.ally}"


@dataclass(frozen=True)
class Region:
    """Whose fronts make the war a regional or a general one (S2.13); all by party id."""

    parties: tuple[str, ...] = ()  # further parties whose active fronts are counted
    exchange: tuple[str, ...] = ()  # two whose direct exchange, with a campaign, is a regional war; empty for none
    general: tuple[str, ...] = ()  # two whose exchange near the top makes it general; empty for none


@dataclass(frozen=True)
class Front:
    """Two sides whose exchange may become a campaign; other parties stand on neither."""

    id: str
    name: str
    sides: tuple[tuple[str, ...], tuple[str, ...]]  # party ids

    def holds(self, party: str) -> bool:
        """Return whether a party stands on either side."""
        return party in self.sides[0] or party in self.sides[1]

    def side_of(self, party: str) -> int:
        """Return the side that a party stands on, 0 or 1; -1 for neither."""
        return next((side for side in (0, 1) if party in self.sides[side]), -1)

    def side_between(self, sender: str, target: str) -> int:
        """Return the side, 0 or 1, of a sender whose target stands on the other side; -1 for any other pair."""
        return next((i for i in (0, 1) if sender in self.sides[i] and target in self.sides[1 - i]), -1)


class Theatre:
    """Parties, dyads, front, allies and ladder of a conflict; the order of the parties changes no result."""

    def __init__(
        self,
        name: str,
        parties: Sequence[PartyProfile],
        dyads: Sequence[Dyad],
        ladder: Ladder,
        front: Front,
        joiners: Sequence[Joiner] = (),
        alliances: Sequence[Alliance] = (),
        region: Region = Region(),
    ) -> None:
        self.name = name
        self.parties = tuple(parties)
        self.party_index = {party.id: i for i, party in enumerate(parties)}
        # Dyads of one sender stand together, so that a party's rows are one slice of every array over dyads.
        self.dyads = tuple(sorted(dyads, key=lambda dyad: self.party_index[dyad.sender]))
        self.dyad_index = {dyad.id: i for i, dyad in enumerate(self.dyads)}
        self.ladder = ladder
        self.front = front
        self.joiners = tuple(joiners)
        self.alliances = tuple(alliances)
        self.region = region
        self.sender = np.array([self.party_index[dyad.sender] for dyad in self.dyads])
        self.target = np.array([self.party_index[dyad.target] for dyad in self.dyads])
        ends = {party: np.searchsorted(self.sender, (i, i + 1)) for party, i in self.party_index.items()}
        self._rows = {party: slice(int(a), int(b)) if b > a else slice(0, 0) for party, (a, b) in ends.items()}
        self.side = np.array([front.side_between(dyad.sender, dyad.target) for dyad in self.dyads])
        self.is_of_front = self.side >= 0
        self.answers = np.array([self.answer_to(dyad, dyad.sender) for dyad in self.dyads])
        self.spilled_answers = np.array([self.answer_to(dyad, dyad.spill_to) for dyad in self.dyads])

    @cached_property
    def locations(self) -> tuple[str, ...]:
        """Places at which somebody can be hit, in the order of the parties."""
        hit = {self.parties[i].location for i in self.target}
        return tuple(dict.fromkeys(party.location for party in self.parties if party.location in hit))

    def hit_at(self, location: str) -> Integers:
        """Return the rows of the dyads whose targets are hit at a place."""
        return np.array([row for row, i in enumerate(self.target) if self.parties[i].location == location])

    def of_front(self) -> "Theatre":
        """Return the parties and dyads of the front alone."""
        parties = [party for party in self.parties if self.front.holds(party.id)]
        dyads = [dyad for row, dyad in enumerate(self.dyads) if self.is_of_front[row]]
        return Theatre(self.name, parties, dyads, self.ladder, self.front)

    def can_act(self, party: str) -> bool:
        """Return whether a party can act on anybody; one that cannot may still be hit."""
        return any(dyad.sender == party for dyad in self.dyads)

    def may_join(self, party: str) -> bool:
        """Return whether a party is outside the war at the start and may join it."""
        return any(joiner.party == party for joiner in self.joiners)

    def alliances_by_party(self) -> list[Alliance]:
        """Return all alliances, those of one party that may join together."""
        return [alliance for party in self.parties for alliance in self.alliances if alliance.party == party.id]

    def answer_to(self, dyad: Dyad, charged: str | None) -> int:
        """Return the dyad by which the target of an act answers the party that it charges; -1 if there is none."""
        return self.dyad_index.get(f"{dyad.target}-{charged}", -1)

    def rows_of(self, party: str) -> slice:
        """Return the rows of a party in arrays over dyads."""
        return self._rows[party]

    def branching_matrices(
        self, follow_up: Mapping[str, LaneValues], dyads: Mapping[str, DyadParameters], n_replicates: int
    ) -> tuple[Floats, Floats]:
        """Return the mean direct offspring of one act, apart for follow-ups and for reactions [acts per act].

        Both have shape (n_replicates, n_dyads, n_dyads): a row is the dyad of the offspring, a column that of the act.
        ``follow_up`` is by sender, ``dyads`` by dyad id.
        """
        size = len(self.dyads)
        follow_ups = np.zeros((n_replicates, size, size))
        reactions = np.zeros((n_replicates, size, size))
        for column, dyad in enumerate(self.dyads):
            follow_ups[:, column, column] = follow_up[dyad.sender]
            spill = np.asarray(dyads[dyad.id].spill) if self.spilled_answers[column] >= 0 else np.zeros(1)
            for row, chance in ((self.answers[column], 1.0 - spill), (self.spilled_answers[column], spill)):
                if row >= 0:
                    reactions[:, row, column] += chance * np.asarray(dyads[self.dyads[row].id].mean_reactions)
        return follow_ups, reactions

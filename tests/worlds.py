"""Small worlds for the tests, built in Python: the docking world, and asymmetric ones with every mechanism on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from world_parameters import far_parameters, four_party_parameters, full_ladder

from sim.core.random_streams import Branches
from sim.engine.acts import GivenAct
from sim.engine.configuration import DiplomaticShock, Parameters, Timeline, Truce
from sim.engine.daily_totals import COUNTED, DAY_ROW, DailyTotals
from sim.engine.model import Conflict
from sim.engine.outcomes import Question
from sim.engine.party_parameters import PartyParameters
from sim.engine.rolling_windows import Groups
from sim.engine.theatre import (
    Alliance,
    Dyad,
    DyadParameters,
    Front,
    Joiner,
    Ladder,
    PartyProfile,
    Region,
    Rung,
    Theatre,
)
from sim.policies.overlay import Decapitation, GrimTrigger, Threshold
from sim.policies.reciprocal import Disproportionate, GenerousTitForTat, Proportional, TitForTat

# S2.17: row is the reacting party, column the acting one; order L, I.
REACTION_MATRIX = np.array([[0.15, 0.08], [2.3, 0.28]])
BACKGROUND = np.array([1.5, 3.2])
DELAY_DAYS = 0.6


def flat_ladder() -> Ladder:
    """Return a ladder whose only act kills nobody: fire or no fire."""
    return Ladder([Rung(0, "lull"), Rung(1, "fire")])


def two_parties(ladder: Ladder) -> Theatre:
    """Return L and I, each other's only opponent."""
    parties = [PartyProfile("L", "Left", "l"), PartyProfile("I", "Inner", "i")]
    return Theatre("dock", parties, [Dyad("L", "I"), Dyad("I", "L")], ladder, Front("f", "f", (("L",), ("I",))))


def docking_parameters(**changes: Any) -> Parameters:
    """Return the parameters of S2.17; `changes` go to the parties."""
    parties = {
        "L": PartyParameters(baseline=1.5, follow_up=0.15, **changes),
        "I": PartyParameters(baseline=3.2, follow_up=0.28, **changes),
    }
    return Parameters(parties, {"L-I": DyadParameters(excitation=0.08), "I-L": DyadParameters(excitation=2.3)})


def docking_world(
    step_days: float = 0.25,
    replicates: Any = 100,
    days: int = 20,
    seed: int = 1,
    branches: Branches | None = None,
    **changes: Any,
) -> Conflict:
    """Return the world of S2.17: the engine as a multivariate Hawkes process with exponential delays."""
    timeline = Timeline(horizon_days=days, step_days=step_days, horizons=())
    policies = {"L": TitForTat(), "I": TitForTat()}
    parameters = docking_parameters(**changes)
    theatre = two_parties(flat_ladder())
    return Conflict(theatre, parameters, policies, timeline, replicates=replicates, seed=seed, branches=branches)


def four_parties(inert: str = "") -> Theatre:
    """Return two sides of two: a state and a group, a host and a faction; `inert` adds a bystander.

    Fire of the faction may be charged to the host, that of the group to the state; the group cannot answer the faction.
    One party of each side fires salvos that are counted.
    """
    parties = [
        PartyProfile("STA", "State", "south"),
        PartyProfile("HOS", "Host", "north", counts_launches=True),
        PartyProfile("FAC", "Faction", "north"),
        PartyProfile("GRP", "Group", "coast", counts_launches=True),
    ]
    dyads = [
        Dyad("STA", "HOS"),
        Dyad("HOS", "STA"),
        Dyad("FAC", "STA", spill_to="HOS"),
        Dyad("STA", "FAC"),
        Dyad("GRP", "HOS", spill_to="STA"),
        Dyad("HOS", "GRP"),
        Dyad("FAC", "GRP", spill_to="HOS"),
    ]
    bystander = PartyProfile("BYS", "Bystander", "elsewhere")
    sides: tuple[tuple[str, ...], tuple[str, ...]] = (("STA", "GRP"), ("HOS", "FAC"))
    if inert:
        parties = [*parties, bystander] if inert == "last" else [bystander, *parties]
    if inert == "with a dyad":
        dyads.append(Dyad("BYS", "STA"))
    return Theatre("four", parties, dyads, full_ladder(), Front("front", "The front", sides))


def far_theatre() -> Theatre:
    """Return the four parties and two that may join from farther away, with a region that counts their fronts."""
    near = four_parties()
    far = PartyProfile("FAR", "Far", "far away", counts_launches=True)
    parties = [*near.parties, far, PartyProfile("OTH", "Other", "beyond")]
    pairs = (("FAR", "STA"), ("STA", "FAR"), ("OTH", "STA"), ("FAR", "OTH"), ("OTH", "FAR"))
    return Theatre(
        "far",
        parties,
        [*near.dyads, *(Dyad(sender, target) for sender, target in pairs)],
        near.ladder,
        near.front,
        (Joiner("FAR"), Joiner("OTH", ("FAR",))),
        (Alliance("FAR", "HOS"), Alliance("FAR", "OTH"), Alliance("OTH", "STA")),
        Region(("FAR", "OTH"), ("FAR", "STA"), ("FAR", "OTH")),
    )


QUESTIONS = (
    Question("war", "War?", "war"),
    Question("total", "50 killed in the north since the start?", "killed_since_start", "north", 50.0, already=10.0),
    Question("month", "40 killed in the north within 10 days?", "killed_within", "north", 40.0, window_days=10),
    Question("south", "45 killed in the south since the start?", "killed_since_start", "south", 45.0, already=2.0),
    Question("coast", "8 killed on the coast within 6 days?", "killed_within", "coast", 8.0, window_days=6),
    Question("decided", "War by a decision?", "war_decided"),
    Question("counted", "War by the counts?", "war_counted"),
    Question("ground", "Ground operation?", "ground_operation"),
    Question("ceasefire", "Ceasefire in force?", "ceasefire"),
    Question("truce", "Truce of a day?", "driver_truce", threshold=1.0),
)


FAR_QUESTIONS = (
    Question("attack", "Far attacks the state?", "attack", sender="FAR", target="STA", rung=4),
    Question("answer", "And is answered?", "attack", sender="STA", target="FAR", after="attack"),
    Question("joins", "Far joins?", "joined", sender="FAR"),
    Question("regional", "Regional war?", "regional_war"),
    Question("general", "General war?", "general_war"),
)


def eventful_timeline(days: int = 24) -> Timeline:
    """Return a timeline with truces, shocks, scheduled incidents and history."""
    return Timeline(
        horizon_days=days,
        horizons=tuple(sorted({day for day in (7, 15, days) if day <= days})),
        questions=QUESTIONS,
        truces=(Truce(5.0, 2.5), Truce(17.25, 1.0)),
        shocks=(DiplomaticShock(8.25, 0.6), DiplomaticShock(14.5, 0.3)),
        scheduled=(
            GivenAct(10.0, "HOS", "STA", 6, killed=14, civilians=12),
            GivenAct(12.5, "STA", "HOS", 6, killed=3, leaders=1),
            GivenAct(12.6, "FAC", "GRP", 3, killed=5, civilians=2),
            GivenAct(13.75, "GRP", "HOS", 5, killed=7, civilians=6),
        ),
        history=(
            GivenAct(-9.3, "HOS", "STA", 2),
            GivenAct(-4.4, "HOS", "GRP", 3, killed=6, civilians=2),
            GivenAct(-3.1, "STA", "HOS", 4, killed=4, civilians=3),
            GivenAct(-2.2, "GRP", "HOS", 6, killed=2, leaders=1, charged="STA"),
            GivenAct(-0.6, "FAC", "STA", 5, killed=1, civilians=1, charged="HOS"),
        ),
    )


def eventful_policies() -> dict[str, Any]:
    """Return a policy for every party and some dyads, of several families; three of them have a red line."""
    return {
        "STA": Threshold(
            base=Disproportionate(climb=0.1), line_rung=5.0, line_civilians=8.0, weight_below=0.8, fast_delay_days=0.3
        ),
        "HOS": Threshold(base=Proportional(), line_civilians=3.0, line_depth=20.0, step_above=1.0),
        "HOS-GRP": Decapitation(base=GrimTrigger(campaign_rise=1.2), strikes=0.02),
        "FAC": GrimTrigger(base=GenerousTitForTat(forgiveness=0.25), grim_rung=5.0),
        "GRP": Threshold(
            base=GenerousTitForTat(forgiveness=0.1, contrition=0.4), line_rung=4.0, line_depth=7.0, line_leader=1.0
        ),
        "BYS": TitForTat(),
    }


def fitting(theatre: Theatre, parameters: Parameters, policies: dict[str, Any]) -> tuple[Parameters, dict[str, Any]]:
    """Return parameters and policies without those of parties and dyads that a theatre does not have."""
    known = {*theatre.party_index, *theatre.dyad_index}
    parties, dyads, rules = (
        {owner: own for owner, own in group.items() if owner in known}
        for group in (parameters.parties, parameters.dyads, policies)
    )
    rules = {owner: rule for owner, rule in rules.items() if owner in theatre.dyad_index or theatre.can_act(owner)}
    return replace(parameters, parties=parties, dyads=dyads), rules


@dataclass(frozen=True)
class Setting:
    """What a world is made of, before anything is drawn."""

    theatre: Theatre
    parameters: Parameters
    policies: dict[str, Any]
    timeline: Timeline

    def conflict(self, replicates: Any, seed: int = 7, branches: Branches | None = None) -> Conflict:
        """Return the ensemble of some replicates."""
        parameters, policies = fitting(self.theatre, self.parameters, self.policies)
        words = {"replicates": replicates, "seed": seed, "branches": branches}
        # Steps of a tenth are none that a file or a user may ask for.
        return Conflict(self.theatre, parameters, policies, self.timeline, **words, is_checked=True)


def four_party_setting(
    replicates: np.ndarray, days: int = 24, inert: str = "", parameters: Parameters | None = None, **changes: Any
) -> Setting:
    """Return what the four-party world is made of."""
    chosen = four_party_parameters(replicates) if parameters is None else parameters
    return Setting(four_parties(inert), chosen, eventful_policies(), replace(eventful_timeline(days), **changes))


def far_setting(
    replicates: np.ndarray,
    days: int = 24,
    theatre: Theatre | None = None,
    parameters: Parameters | None = None,
    **changes: Any,
) -> Setting:
    """Return what the far world is made of."""
    policies = {
        **eventful_policies(),
        "FAR": GenerousTitForTat(),
        "OTH": TitForTat(),
        "STA-FAR": Threshold(line_rung=6.0, line_leader=1.0, fast_delay_days=0.1, weight_below=0.9),
    }
    timeline = replace(eventful_timeline(days), **{"questions": (*QUESTIONS, *FAR_QUESTIONS)} | changes)
    chosen = far_parameters(replicates) if parameters is None else parameters
    return Setting(theatre or far_theatre(), chosen, policies, timeline)


def stirred_setting(replicates: np.ndarray) -> Setting:
    """Return six days of the far world in which all that is rare happens, several times a step; without a record."""
    far = far_setting(replicates, 6, history=(), step_days=0.5, horizons=(2, 6), truces=(), shocks=())
    given = far.parameters
    dyads = {
        name: replace(own, strategic_rate=200.0 * own.strategic_rate, false_alarms=15.0 * own.false_alarms)
        for name, own in given.dyads.items()
    }
    stirred = replace(
        given,
        parties={name: replace(own, campaign_hazard=30.0 * own.campaign_hazard) for name, own in given.parties.items()},
        dyads=dyads,
        world=replace(given.world, truce_hazard=0.4, truce_days=1.2, mediation_shock_hazard=0.7),
        front=replace(given.front, ground_hazard=0.6, ceasefire_hazard=0.7, reignition_hazard=1.1),
        definitions=replace(given.definitions, campaign_acts=14.0, campaign_launches=60.0, campaign_killed=15.0),
        alliances={name: replace(own, weight=0.3 * own.weight) for name, own in given.alliances.items()},
        entries={name: replace(own, hazard=5.0 * own.hazard, exit_hazard=0.7) for name, own in given.entries.items()},
    )
    return replace(far, parameters=stirred)


def four_party_world(
    replicates: Any = 100, days: int = 24, seed: int = 7, branches: Branches | None = None, **changes: Any
) -> Conflict:
    """Return the four-party world with posture, perception, spill, red lines, campaign, alarms and history on.

    ``changes`` are those of `four_party_setting`; replicates are a number of them or indices.
    """
    indices = np.arange(replicates) if isinstance(replicates, int) else np.asarray(replicates)
    return four_party_setting(indices, days, **changes).conflict(indices, seed, branches)


def far_world(
    replicates: Any = 100, days: int = 24, seed: int = 7, branches: Branches | None = None, **changes: Any
) -> Conflict:
    """Return the four-party world with the two parties from farther away, all mechanisms of entry and region on."""
    indices = np.arange(replicates) if isinstance(replicates, int) else np.asarray(replicates)
    return far_setting(indices, days, **changes).conflict(indices, seed, branches)


def daily(world: Conflict, value: str = "acts") -> np.ndarray:
    """Return daily totals so far by dyad, shape (n_dyads, n_days, n_replicates)."""
    theatre = world.theatre
    return world.totals.by_day(value, Groups(theatre).dyads, len(theatre.dyads)).astype(np.int64)


def hand_made(theatre: Theatre, n_days: int, n_replicates: int, *rows: dict[str, Any]) -> DailyTotals:
    """Return daily totals made by hand.

    A row says ``dyad``, ``day`` (from 1), ``rung`` (2 without it), ``lane`` (all without it), and the counts by name.
    """
    totals = DailyTotals(theatre, n_replicates)
    cells = (theatre.ladder.top + 1) * len(theatre.dyads)
    dense = {name: np.zeros((n_days, cells, n_replicates), dtype=np.int64) for name in COUNTED}
    for row in rows:
        cell = theatre.dyad_index[row["dyad"]] * (theatre.ladder.top + 1) + row.get("rung", 2)
        for name in dense.keys() & row.keys():
            dense[name][row["day"] - 1, cell, row.get("lane", slice(None))] += row[name]
    for day in rows_by_day(dense):
        totals.add(day)
    totals.close_days(n_days)
    return totals


def rows_by_day(dense: dict[str, np.ndarray]) -> list[np.ndarray]:
    """Return the rows of each day of counts by name, shape (n_days, n_cells, n_replicates)."""
    days = []
    for number, day in enumerate(zip(*dense.values(), strict=True), 1):
        lane, cell = np.nonzero(sum(day).T)
        rows = np.zeros(len(lane), dtype=DAY_ROW)
        rows["lane"], rows["cell"], rows["day"] = lane, cell, number
        for name, values in zip(dense, day, strict=True):
            rows[name] = values[cell, lane]
        days.append(rows)
    return days


Record = dict[str, np.ndarray]


def record_of(world: Conflict) -> Record:
    """Return everything that a finished run says, by name; the replicate is the last axis of each array."""
    record: Record = {f"column {name}": values for name, values in world.columns().items()}
    for name in COUNTED:
        totals = daily(world, name)
        record |= {f"daily {name} {dyad.id}": totals[i] for i, dyad in enumerate(world.theatre.dyads)}
    for party in world.parties.values():
        for name in ("posture", "resolve", "weariness", "capability"):
            record[f"{name} of {party.profile.id}"] = getattr(party, name)
        for row, opponent in enumerate(party.opponents):
            record[f"unanswered harm of {party.profile.id} from {opponent}"] = party.unanswered_harm[row]
    record["phase"] = world.phase
    record["mediation"] = world.mediation
    for index, party in enumerate(world.theatre.parties):
        if world.theatre.may_join(party.id):
            record[f"joined {party.id}"] = world.joined[index]
    return record


def assert_same(left: Record, right: Record) -> None:
    """Compare two records bit for bit and name what differs."""
    assert left.keys() == right.keys()
    different = [name for name in left if not np.array_equal(left[name], right[name])]
    assert not different, f"differ: {different}"


def lanes_of(record: Record, lanes: Any) -> Record:
    """Return the record of some lanes."""
    return {name: values[..., lanes] for name, values in record.items()}

"""Small worlds for the tests, built in Python: the docking world and a four-party world with every mechanism on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from sim.core.random_streams import Branches, Streams
from sim.engine.acts import GivenAct
from sim.engine.campaign import FrontParameters
from sim.engine.configuration import Parameters, Timeline
from sim.engine.daily_totals import COUNTED, DailyTotals, Day, to_smallest_type
from sim.engine.ladder import Ladder, Rung
from sim.engine.model import Conflict
from sim.engine.outcomes import Question
from sim.engine.party_parameters import PartyParameters
from sim.engine.rolling_windows import Groups
from sim.engine.theatre import Alliance, Dyad, DyadParameters, Front, Joiner, PartyProfile, Region, Theatre
from sim.engine.war_entry import AllianceParameters, EntryParameters
from sim.engine.world import DiplomaticShock, Truce, WorldParameters
from sim.policies import Disproportionate, GenerousTitForTat, NoRetaliation, Proportional, Threshold, TitForTat

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


def full_ladder() -> Ladder:
    """Return the rungs of acts of S2.4 with the marks of S2.5."""
    names = ("lull", "harassment", "routine", "intense", "town", "depth", "strategic")
    harm = (0.0, 0.1, 0.3, 0.8, 1.5, 3.0, 8.0)
    launches = (0.0, 0.0, 1.0, 4.0, 7.0, 18.0, 25.0)
    lethality = (0.0, 0.004, 0.03, 0.10, 0.22, 0.35, 0.75)
    depths = ((0, 0), (0, 3), (0, 5), (0, 10), (0, 10), (10, 40), (40, 150))
    killed = (0, 0, 0, 3, 0, 5, 12)
    civilians = (0, 0, 0, 0, 1, 5, 12)
    return Ladder(
        [
            Rung(
                level,
                names[level],
                harm=harm[level],
                launches=launches[level],
                lethality=lethality[level],
                civilian_share=0.1 if level <= 3 else 0.4,
                leader={5: 0.01, 6: 0.35}.get(level, 0.0),
                depth_low=depths[level][0],
                depth_high=depths[level][1],
                criterion_killed=killed[level],
                criterion_civilians=civilians[level],
                criterion_leader=1.0 if level == 6 else 0.0,
            )
            for level in range(7)
        ]
    )


def four_parties(inert: str = "") -> Theatre:
    """Return a state, a host, and two factions that fire from the host's ground; `inert` adds a bystander."""
    parties = [
        PartyProfile("STA", "State", "south"),
        PartyProfile("HOS", "Host", "north", counts_launches=True),
        PartyProfile("FAC", "Faction", "north", counts_launches=True),
        PartyProfile("GRP", "Group", "north", counts_launches=True),
    ]
    dyads = [
        Dyad("STA", "HOS"),
        Dyad("HOS", "STA"),
        Dyad("FAC", "STA", spill_to="HOS"),
        Dyad("STA", "FAC"),
        Dyad("GRP", "STA", spill_to="HOS"),
        Dyad("STA", "GRP"),
    ]
    bystander = PartyProfile("BYS", "Bystander", "elsewhere")
    sides: tuple[tuple[str, ...], tuple[str, ...]] = (("STA",), ("HOS", "FAC", "GRP"))
    if inert:
        parties = [bystander, *parties] if inert == "first" else [*parties, bystander]
    if inert == "with dyads":
        dyads += [Dyad("BYS", "STA"), Dyad("STA", "BYS")]
    return Theatre("four", parties, dyads, full_ladder(), Front("front", "The front", sides))


def far_theatre() -> Theatre:
    """Return the four parties and two that may join from farther away, with a region that counts their fronts."""
    near = four_parties()
    parties = [*near.parties, PartyProfile("FAR", "Far", "far away"), PartyProfile("OTH", "Other", "beyond")]
    pairs = (("FAR", "STA"), ("STA", "FAR"), ("OTH", "STA"), ("FAR", "OTH"), ("OTH", "FAR"))
    return Theatre(
        "far",
        parties,
        [*near.dyads, *(Dyad(sender, target) for sender, target in pairs)],
        near.ladder,
        near.front,
        (Joiner("FAR"), Joiner("OTH", ("FAR",))),
        (Alliance("FAR", "HOS"), Alliance("OTH", "STA")),
        Region(("FAR", "OTH"), ("FAR", "STA"), ("FAR", "OTH")),
    )


def four_party_parameters(replicates: np.ndarray) -> Parameters:
    """Return parameters with every mechanism on; many differ by replicate, by its index alone."""
    prior = Streams(99, replicates)

    def spread(name: str, low: float, high: float) -> np.ndarray:
        return low + (high - low) * prior.uniform("prior", name, 0)

    common: dict[str, Any] = {
        "posture_memory_days": 10.0,
        "imitation": 0.5,
        "civilian_shock": 0.3,
        "leader_shock": 0.5,
        "civilian_weight": 3.0,
        "leader_weight": 12.0,
        "own_loss_weight": 1.3,
        "discharge": 0.6,
        "lethality": spread("lethality", 0.5, 1.2),
        "leader_strikes": 0.5,
        "severity_exponent": spread("severity", 2.2, 2.8),
        "detection": 0.8,
        "misperception": 0.1,
        "harm_noise": 0.4,
        "productivity": spread("productivity", 0.0, 0.4),
        "overdispersion": spread("overdispersion", 0.0, 1.0),
        "restraint": 0.5,
        "trend": 0.001,
        "weariness_effect": 0.01,
        "campaign_shock": 1.0,
        "campaign_mediation": 0.5,
    }
    parties = {
        "STA": PartyParameters(
            baseline=spread("state", 1.0, 4.0),
            follow_up=0.2,
            driver_share=0.3,
            posture_baseline=2.8,
            campaign_hazard=0.002,
            **common,
        ),
        "HOS": PartyParameters(
            baseline=1.2, follow_up=0.1, driver_share=0.7, posture_baseline=2.5, campaign_hazard=0.001, **common
        ),
        "FAC": PartyParameters(baseline=0.4, driver_share=1.0, posture_baseline=4.3, **common),
        "GRP": PartyParameters(baseline=0.2, driver_share=1.0, posture_baseline=3.0, **common),
        "BYS": PartyParameters(),
    }
    dyads = {
        "STA-HOS": DyadParameters(share=0.8, excitation=1.4, campaign_factor=8.0, delay_days=spread("delay", 0.2, 1.2)),
        "HOS-STA": DyadParameters(excitation=0.1, campaign_factor=8.0, false_alarms=0.1),
        "FAC-STA": DyadParameters(excitation=0.1, spill=0.7),
        "STA-FAC": DyadParameters(share=0.15, excitation=0.5, delay_days=0.4),
        "GRP-STA": DyadParameters(excitation=0.05, spill=0.5),
        "STA-GRP": DyadParameters(share=0.05, excitation=0.5, delay_days=0.4),
        "BYS-STA": DyadParameters(),
        "STA-BYS": DyadParameters(share=0.0),
    }
    world = WorldParameters(
        driver_level=1.3,
        driver_exponent=0.5,
        truce_hazard=0.02,
        truce_days=4.0,
        mediation=spread("mediation", 0.1, 0.5),
        mediation_decay_days=10.0,
    )
    front = FrontParameters(
        ground_hazard=0.08,
        ceasefire_hazard=0.08,
        ceasefire_mediation=0.5,
        reignition_hazard=0.02,
        campaign_posture=5.5,
    )
    return Parameters(parties, dyads, world, front)


QUESTIONS = (
    Question("war", "War?", "war"),
    Question("total", "50 killed in the north since the start?", "killed_since_start", "north", 50.0, already=10.0),
    Question("month", "40 killed in the north within 10 days?", "killed_within", "north", 40.0, window_days=10),
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
        truces=(Truce(5.0, 2.5),),
        shocks=(DiplomaticShock(8.25, 0.6),),
        scheduled=(
            GivenAct(10.0, "HOS", "STA", 6, killed=14, civilians=12),
            GivenAct(12.5, "STA", "HOS", 6, killed=3, leaders=1),
        ),
        history=(
            GivenAct(-9.3, "HOS", "STA", 2),
            GivenAct(-3.1, "STA", "HOS", 4, killed=4, civilians=3),
            GivenAct(-0.6, "FAC", "STA", 5, killed=1, civilians=1, charged="HOS"),
        ),
    )


def eventful_policies() -> dict[str, Any]:
    """Return a policy of every family, two of them with a red line."""
    return {
        "STA": Threshold(base=Disproportionate(climb=0.1), line_rung=5.0, line_civilians=8.0, weight_below=0.8),
        "HOS": Threshold(base=Proportional(), line_civilians=3.0, line_depth=20.0, step_above=1.0),
        "FAC": GenerousTitForTat(),
        "GRP": NoRetaliation(),
        "BYS": TitForTat(),
    }


def four_party_world(
    replicates: Any = 100,
    days: int = 24,
    seed: int = 7,
    inert: str = "",
    parameters: Parameters | None = None,
    branches: Branches | None = None,
    **timeline_changes: Any,
) -> Conflict:
    """Return the four-party world with posture, perception, spill, red lines, campaign, alarms and history on."""
    indices = np.arange(replicates) if isinstance(replicates, int) else np.asarray(replicates)
    theatre = four_parties(inert)
    policies = {party.id: eventful_policies()[party.id] for party in theatre.parties}
    timeline = replace(eventful_timeline(days), **timeline_changes)
    chosen = four_party_parameters(indices) if parameters is None else parameters
    return Conflict(theatre, chosen, policies, timeline, replicates=indices, seed=seed, branches=branches)


def far_parameters(replicates: np.ndarray) -> Parameters:
    """Return parameters with every mechanism on, entry and strategic acts among them; all of it within weeks."""
    near = four_party_parameters(replicates)
    common: dict[str, Any] = {"posture_baseline": 4.5, "detection": 0.9, "harm_noise": 0.3, "misperception": 0.1}
    parties = {
        **near.parties,
        "FAR": PartyParameters(baseline=0.2, host_control=0.3, driver_share=0.5, campaign_hazard=0.0, **common),
        "OTH": PartyParameters(baseline=0.0, most_killed=20.0, **common),
    }
    dyads = {
        **near.dyads,
        "FAR-STA": DyadParameters(share=0.7, excitation=0.2, entry_rate=1.5, answer_chance=0.3, delay_days=2.0),
        "STA-FAR": DyadParameters(share=0.0, answer_chance=0.5, strategic_rate=0.02, delay_days=1.5),
        "OTH-STA": DyadParameters(entry_rate=0.5),
        "FAR-OTH": DyadParameters(share=0.3, entry_rate=0.6, excitation=0.2),
        "OTH-FAR": DyadParameters(entry_rate=0.8, excitation=0.4, strategic_rate=0.01),
    }
    entries = {
        "FAR": EntryParameters(
            hazard=0.02, rung_slope=0.3, civilians=0.5, driver=0.4, deterrence=0.2, mediation=0.3, shortest_days=2.0
        ),
        "OTH": EntryParameters(hazard=0.05, rung_slope=0.2, shortest_days=1.0, exit_hazard=0.2),
    }
    alliances = {"FAR-HOS": AllianceParameters(weight=1.5), "OTH-STA": AllianceParameters(weight=1.0)}
    world = replace(near.world, mediation_spread=0.1, mediation_shock_hazard=0.05)
    return replace(near, parties=parties, dyads=dyads, world=world, entries=entries, alliances=alliances)


def far_world(
    replicates: Any = 100,
    days: int = 24,
    seed: int = 7,
    theatre: Theatre | None = None,
    parameters: Parameters | None = None,
    branches: Branches | None = None,
    **timeline_changes: Any,
) -> Conflict:
    """Return the four-party world with the two parties from farther away, all mechanisms of entry and region on."""
    indices = np.arange(replicates) if isinstance(replicates, int) else np.asarray(replicates)
    policies = {
        **eventful_policies(),
        "FAR": GenerousTitForTat(),
        "OTH": TitForTat(),
        "STA-FAR": Threshold(line_rung=6.0, line_leader=1.0, fast_delay_days=0.1),
    }
    timeline = replace(eventful_timeline(days), **{"questions": (*QUESTIONS, *FAR_QUESTIONS)} | timeline_changes)
    chosen = far_parameters(indices) if parameters is None else parameters
    return Conflict(theatre or far_theatre(), chosen, policies, timeline, replicates=indices, seed=seed)


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
    for day in range(n_days):
        cell, lane = np.nonzero(sum(values[day] for values in dense.values()))
        counts = {name: to_smallest_type(values[day][cell, lane]) for name, values in dense.items()}
        totals.days.append(Day(to_smallest_type(cell), to_smallest_type(lane), counts))
    return totals


def record_of(world: Conflict) -> dict[str, np.ndarray]:
    """Return everything that a finished run says, by name; the replicate is the last axis of each array."""
    record: dict[str, np.ndarray] = {f"column {name}": values for name, values in world.columns().items()}
    for name in COUNTED:
        totals = daily(world, name)
        record |= {f"daily {name} {dyad.id}": totals[i] for i, dyad in enumerate(world.theatre.dyads)}
    for party in world.parties.values():
        for name in ("posture", "resolve", "weariness", "capability"):
            record[f"{name} of {party.profile.id}"] = getattr(party, name)
        for row, opponent in enumerate(party.opponents):
            record[f"unanswered harm of {party.profile.id} from {opponent}"] = party.unanswered_harm[row]
    record["phase"] = world.front.phase
    record["mediation"] = world.world.mediation
    for index, party in enumerate(world.theatre.parties):
        if world.theatre.may_join(party.id):
            record[f"joined {party.id}"] = world.entries.joined[index]
    return record


def assert_same(left: dict[str, np.ndarray], right: dict[str, np.ndarray]) -> None:
    """Compare two records bit for bit and name what differs."""
    assert left.keys() == right.keys()
    different = [name for name in left if not np.array_equal(left[name], right[name])]
    assert not different, f"differ: {different}"


def lanes_of(record: dict[str, np.ndarray], lanes: Any) -> dict[str, np.ndarray]:
    """Return the record of some lanes."""
    return {name: values[..., lanes] for name, values in record.items()}

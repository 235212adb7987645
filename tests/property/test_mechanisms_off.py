"""Each mechanism that is off is off exactly: what remains is bit for bit a world that never knew it (issue 3)."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from worlds import (
    assert_same,
    far_parameters,
    far_theatre,
    far_world,
    fitting,
    four_parties,
    four_party_world,
    record_of,
)

from sim.engine.configuration import AllianceParameters, EntryParameters, Parameters
from sim.engine.model import Conflict
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import Dyad, DyadParameters, Joiner, PartyProfile, Region, Theatre
from sim.policies.reciprocal import TitForTat

N, DAYS, STEP_DAYS = 48, 16, 0.5

Record = dict[str, np.ndarray]


@cache
def everything() -> Record:
    """Return the record of the far world with every mechanism on."""
    return record_of(far_world(N, days=DAYS, step_days=STEP_DAYS).run())


def shared(record: Record, other: Record) -> tuple[Record, Record]:
    """Return what both records tell, without the columns of parties that only one world has."""
    names = record.keys() & other.keys()
    return {name: record[name] for name in names}, {name: other[name] for name in names}


def built(theatre: Theatre, parameters: Parameters, **changes: Any) -> Record:
    return record_of(
        far_world(N, days=DAYS, step_days=STEP_DAYS, theatre=theatre, parameters=parameters, **changes).run()
    )


def parties_with(parameters: Parameters, **changes: Any) -> Parameters:
    return replace(parameters, parties={name: replace(own, **changes) for name, own in parameters.parties.items()})


def dyads_with(parameters: Parameters, **changes: Any) -> Parameters:
    return replace(parameters, dyads={name: replace(own, **changes) for name, own in parameters.dyads.items()})


def base() -> Parameters:
    return far_parameters(np.arange(N))


def test_every_mechanism_acts_in_the_world_that_is_compared():
    """The comparisons below say nothing of a mechanism that never acts."""
    record = everything()
    for name in ("joined_FAR_day", "joined_OTH_day", "attack_day", "answer_day", "regional_day"):
        assert 0 < np.isfinite(record[f"column {name}"]).sum() < N, name
    assert record["daily acts OTH-FAR"].sum() > 0
    assert np.ptp(record["mediation"]) > 0.1
    assert 0 < np.isfinite(record["column campaign_day"]).sum() < N


# --- Entry


def without_entry(theatre: Theatre) -> Theatre:
    return Theatre(theatre.name, theatre.parties, theatre.dyads, theatre.ladder, theatre.front, region=theatre.region)


def test_parties_that_never_join_are_parties_that_may_not():
    """No hazard of joining: joiners, alliances and their parameters leave no trace."""
    parameters = base()
    never = {party: replace(own, hazard=0.0) for party, own in parameters.entries.items()}
    off = built(far_theatre(), replace(parameters, entries=never), questions=())
    plain = dyads_with(parameters, entry_rate=0.0)
    gone = built(without_entry(far_theatre()), replace(plain, entries={}, alliances={}), questions=())
    assert_same(*shared(off, gone))
    assert {name for name in off.keys() ^ gone.keys() if "join" not in name} == set()
    assert np.isinf(off["column joined_FAR_day"]).all()


def test_a_hazard_of_zero_for_each_replicate_is_none():
    parameters = base()
    never = {party: replace(own, hazard=np.zeros(N)) for party, own in parameters.entries.items()}
    zero = {party: replace(own, hazard=0.0) for party, own in parameters.entries.items()}
    assert_same(
        built(far_theatre(), replace(parameters, entries=never)),
        built(far_theatre(), replace(parameters, entries=zero)),
    )


def test_an_alliance_without_weight_moves_nobody_to_join():
    """A weight of 0 is no alliance at all, where nobody leaves: an ally at war also keeps a party from leaving."""
    parameters = base()
    staying = {party: replace(own, exit_hazard=0.0) for party, own in parameters.entries.items()}
    weightless = {name: AllianceParameters(weight=0.0) for name in parameters.alliances}
    theatre = far_theatre()
    alone = Theatre(
        theatre.name, theatre.parties, theatre.dyads, theatre.ladder, theatre.front, theatre.joiners, (), theatre.region
    )
    assert_same(
        built(theatre, replace(parameters, entries=staying, alliances=weightless)),
        built(alone, replace(parameters, entries=staying, alliances={})),
    )


def test_joining_without_fire_changes_nobody_else():
    """Parties that join and then do nothing: their entries are noted, and no other draw moves."""
    parameters = dyads_with(base(), entry_rate=0.0, strategic_rate=0.0)
    quiet = {name: replace(parameters.parties[name], baseline=0.0) for name in ("FAR", "OTH")}
    untouched = {"STA-FAR": replace(parameters.dyads["STA-FAR"], share=0.0)}
    parameters = replace(parameters, parties=parameters.parties | quiet, dyads=parameters.dyads | untouched)
    joins = built(far_theatre(), parameters)
    never = {party: replace(own, hazard=0.0) for party, own in parameters.entries.items()}
    stays = built(far_theatre(), replace(parameters, entries=never))
    assert np.isfinite(joins["column joined_FAR_day"]).any()
    told = ("join", "posture of FAR", "posture of OTH", "trigger")
    kept = [{n: v for n, v in record.items() if not any(word in n for word in told)} for record in (joins, stays)]
    assert_same(*kept)


def test_far_parties_without_fire_are_as_if_they_did_not_exist():
    """The four-party world, and the same with joiners, alliances and a region that never do anything."""
    near = four_party_world(N, days=DAYS, step_days=STEP_DAYS)
    joining = {party: EntryParameters(hazard=0.5) for party in ("FAR", "OTH")}
    silent = dict.fromkeys(("FAR", "OTH"), PartyParameters())
    theatre = far_theatre()
    far = replace(
        near.parameters,
        parties={**near.parameters.parties, **silent},
        dyads={**near.parameters.dyads, **{dyad.id: DyadParameters(share=0.0) for dyad in theatre.dyads[-5:]}},
        entries=joining,
        alliances=dict.fromkeys(base().alliances, AllianceParameters(weight=3.0)),
    )
    missing = {d.id: DyadParameters(share=0.0) for d in theatre.dyads if d.id not in near.parameters.dyads}
    far = replace(far, dyads={**near.parameters.dyads, **missing})
    record = built(theatre, far, questions=near.timeline.questions)
    assert np.isfinite(record["column joined_FAR_day"]).any()
    plain = record_of(near.run())
    assert plain.keys() <= record.keys()
    assert_same(*shared(record, plain))


# --- Region


def test_a_region_only_judges():
    theatre = far_theatre()
    nameless = Theatre(
        theatre.name, theatre.parties, theatre.dyads, theatre.ladder, theatre.front, theatre.joiners, theatre.alliances
    )
    assert nameless.region == Region()
    record = built(nameless, base(), questions=())
    assert np.isinf(record["column regional_day"]).all()
    whole = built(theatre, base(), questions=())
    told = ("regional", "general", "state_at")
    kept = [{n: v for n, v in one.items() if not any(word in n for word in told)} for one in (record, whole)]
    assert_same(*kept)


# --- Campaign


def test_a_campaign_that_nobody_decides_is_a_front_without_phases():
    """No hazard and no counts: neither what a campaign would do nor how it would end moves anything."""
    never = replace(base().definitions, campaign_acts=1e6, campaign_launches=1e6, campaign_killed=1e6, war_killed=1e7)
    off = parties_with(replace(base(), definitions=never), campaign_hazard=0.0)
    plain = replace(
        dyads_with(off, campaign_factor=1.0),
        front=replace(off.front, ground_hazard=0.0, ceasefire_hazard=0.0, reignition_hazard=0.0, campaign_posture=1.0),
    )
    plain = parties_with(plain, campaign_slope=0.0, campaign_shock=0.0, campaign_mediation=0.0)
    records = [built(far_theatre(), parameters) for parameters in (off, plain)]
    assert not records[0]["phase"].any()
    assert np.isinf(records[0]["column war_day"]).all()
    assert_same(*records)


def test_a_campaign_begins_on_the_same_luck_whatever_it_does():
    """What comes before the first campaign of a replicate is the same with and without campaigns."""
    off = parties_with(base(), campaign_hazard=0.0)
    on, quiet = (everything(), built(far_theatre(), off))
    differs = np.any([on[name] != quiet[name] for name in on if name.startswith("daily")], axis=0)
    first = np.where(differs.any(axis=0), differs.argmax(axis=0) + 1, np.inf)
    begun = on["column war_day"]
    assert np.all(first >= begun - 1)
    seen = (begun > 3) & (begun < DAYS - 2)
    assert seen.sum() > 5
    assert np.isfinite(first[seen]).mean() > 0.8, "and what comes after it is not"


# --- Noise


NOISE = {
    "misperceived rungs": {"misperception": 0.0},
    "noisy harm": {"harm_noise": 0.0},
    "acts that are not seen": {"detection": 1.0},
    "all three": {"misperception": 0.0, "harm_noise": 0.0, "detection": 1.0},
}


@pytest.mark.parametrize("kind", sorted(NOISE))
def test_noise_of_size_zero_is_no_noise_in_anybodys_presence(kind):
    """Zeros for each replicate, or noise of a party that nobody acts on, run the code of noise and change nothing."""
    off = parties_with(base(), **NOISE[kind])
    written = parties_with(base(), **{name: np.full(N, value) for name, value in NOISE[kind].items()})
    noisy = {"misperception": 0.5, "harm_noise": 1.0, "detection": 0.3}
    elsewhere = replace(
        off, parties=off.parties | {"XXX": PartyParameters(**{name: noisy[name] for name in NOISE[kind]})}
    )
    theatre = far_theatre()
    crowded = Theatre(
        theatre.name,
        [*theatre.parties, PartyProfile("XXX", "Nobody", "nowhere")],
        theatre.dyads,
        theatre.ladder,
        theatre.front,
        theatre.joiners,
        theatre.alliances,
        theatre.region,
    )
    plain = built(theatre, off)
    assert_same(plain, built(theatre, written))
    assert_same(*shared(plain, record_of(_crowded(crowded, elsewhere).run())))
    changed = built(theatre, base())
    assert any(not np.array_equal(plain[name], changed[name]) for name in plain), "where it is on it does something"


def _crowded(theatre: Theatre, parameters: Parameters) -> Conflict:
    world = far_world(N, days=DAYS, step_days=STEP_DAYS)
    policies = {party: world.parties[party].policies[0] for party in world.parties}
    policies |= {dyad.id: policy for dyad, policy in _by_dyad(world)}
    timeline = world.timeline
    world.release()
    made_of = fitting(theatre, parameters, policies | {"XXX": TitForTat()})
    return Conflict(theatre, *made_of, timeline, replicates=np.arange(N), seed=7)


def _by_dyad(world: Conflict) -> list[tuple[Dyad, Any]]:
    rows = [(dyad, world.parties[dyad.sender]) for dyad in world.theatre.dyads]
    return [(dyad, party.policies[party.opponents.index(dyad.target)]) for dyad, party in rows]


def test_without_false_alarms_nobody_is_alarmed():
    off = dyads_with(base(), false_alarms=0.0)
    assert_same(built(far_theatre(), off), built(far_theatre(), dyads_with(off, false_alarms=np.zeros(N))))


# --- Mediation


def mediated(**changes: Any) -> Parameters:
    parameters = base()
    still = {"mediation_spread": 0.0, "mediation_shock_hazard": 0.0, "mediation_added": 0.0}
    return replace(parameters, world=replace(parameters.world, **still | changes))


def test_mediation_that_neither_wanders_nor_jumps_is_the_usual():
    """The usual mediation is in the calibration: without anything beyond it no reaction is restrained."""
    plain = built(far_theatre(), mediated(), shocks=())
    zeros = mediated(mediation_spread=np.zeros(N), mediation_shock_hazard=np.zeros(N), mediation_added=np.zeros(N))
    assert_same(plain, built(far_theatre(), zeros, shocks=()))
    sizeless = mediated(mediation_shock_hazard=0.3, mediation_shock_size=0.0)
    assert_same(plain, built(far_theatre(), sizeless, shocks=()))
    careless = parties_with(mediated(), restraint=0.0)
    assert_same(plain, built(far_theatre(), careless, shocks=()))
    assert_same(plain, built(far_theatre(), mediated(mediation_decay_days=1.0), shocks=()))


def test_mediation_that_nobody_heeds_may_wander():
    heedless = parties_with(base(), restraint=0.0, campaign_mediation=0.0)
    heedless = replace(
        heedless,
        front=replace(heedless.front, ceasefire_mediation=0.0),
        entries={party: replace(own, mediation=0.0) for party, own in heedless.entries.items()},
    )
    wild = replace(heedless, world=replace(heedless.world, mediation_spread=0.9, mediation_shock_hazard=0.9))
    records = [built(far_theatre(), parameters) for parameters in (heedless, wild)]
    assert not np.array_equal(records[0].pop("mediation"), records[1].pop("mediation"))
    assert_same(*records)


# --- Claims, host control, strategic acts, red lines


def test_claims_are_words():
    loud = parties_with(base(), claim_bias=1.0, claim_spread=0.5)
    record = built(far_theatre(), loud)
    silent = [{n: v for n, v in one.items() if "claimed" not in n} for one in (record, everything())]
    assert_same(*silent)
    assert record["daily claimed HOS-STA"].sum() > everything()["daily claimed HOS-STA"].sum()


def test_a_host_that_controls_nothing_and_a_rate_of_zero_are_none():
    off = dyads_with(parties_with(base(), host_control=0.0), strategic_rate=0.0, answer_chance=0.0)
    written = dyads_with(
        parties_with(base(), host_control=np.zeros(N)), strategic_rate=np.zeros(N), answer_chance=np.zeros(N)
    )
    assert_same(built(far_theatre(), off), built(far_theatre(), written))


def test_strategic_acts_of_one_dyad_are_drawn_apart():
    """They come on top: until a replicate has its first, all else is as without them."""
    off = dyads_with(base(), strategic_rate=0.0)
    on = replace(off, dyads=off.dyads | {"STA-FAR": replace(off.dyads["STA-FAR"], strategic_rate=0.05)})
    with_acts, without = built(far_theatre(), on), built(far_theatre(), off)
    differs = np.stack([with_acts[n] != without[n] for n in without if n.startswith("daily")])
    firsts = [np.flatnonzero(differs[:, :, lane].any(axis=0)) for lane in range(N)]
    struck = [days[0] for days in firsts if days.size]
    assert 5 < len(struck) < N
    acts = with_acts["daily acts STA-FAR"] - without["daily acts STA-FAR"]
    more = np.array([acts[days[0], lane] for lane, days in enumerate(firsts) if days.size])
    # What the other side answers within the day can move later acts of that day, so a few days may hold fewer.
    assert (more >= 1).mean() > 0.8
    assert more.mean() > 0.5


def test_a_joiner_is_a_party_like_any_other_where_it_waits_for_nobody():
    """Whom a joiner waits for matters only while the other is out: a joiner in from the first step holds nobody up."""
    theatre, parameters = far_theatre(), base()
    certain = {**parameters.entries, "FAR": replace(parameters.entries["FAR"], hazard=5.0, exit_hazard=0.0)}
    parameters = replace(parameters, entries=certain)
    free = Theatre(
        theatre.name,
        theatre.parties,
        theatre.dyads,
        theatre.ladder,
        theatre.front,
        (Joiner("FAR"), Joiner("OTH")),
        theatre.alliances,
        theatre.region,
    )
    waits, waits_not = built(theatre, parameters), built(free, parameters)
    late = waits_not["column joined_OTH_day"] > waits["column joined_FAR_day"]
    assert late.sum() > N / 2
    kept = [{name: values[..., late] for name, values in one.items()} for one in (waits, waits_not)]
    assert_same(*kept)


def test_the_four_parties_stand_as_they_stood():
    assert [dyad.id for dyad in four_parties().dyads] == [
        dyad.id for dyad in far_theatre().dyads if "FAR" not in dyad.id and "OTH" not in dyad.id
    ]

"""Faults of a file, key by key: one sentence that says where, what and what would be right; exit status 2."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from command import Command, Done
from tiny import FACTOR, THEATRE, WIDER, WIDER_BASE, write_scenario

from sim.core.parameters import parameters_of
from sim.engine.configuration import AllianceParameters, EntryParameters, WorldParameters
from sim.engine.outcomes import Definitions
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import DyadParameters

WHOLE = THEATRE + WIDER


def checked(sim: Command, folder: Path, *, theatre: str = WHOLE, scenario: str = WIDER_BASE) -> Done:
    return sim("scenario", "check", write_scenario(folder, scenario, theatre=theatre))


def replaced(text: str, old: str, new: str) -> str:
    """Replace a passage that must be there once."""
    assert text.count(old) == 1, (text.count(old), old)
    return text.replace(old, new)


def refused(done: Done, *words: str) -> None:
    """One sentence with all words, nothing on the output, exit status 2."""
    assert done.status == 2
    assert done.out == ""
    lines = done.err.strip().splitlines()
    assert len(lines) == 1, done.err
    missing = [word for word in words if word not in lines[0]]
    assert not missing, f"{missing} not in: {lines[0]}"


def test_the_whole_file_is_right(sim: Command, tmp_path: Path):
    done = checked(sim, tmp_path)
    assert (done.status, done.err) == (0, "")
    done = sim("run", tmp_path / "tiny.toml", "--replicates", "12", "--json", "--quiet")
    assert {"Q2", "Q3", "Q4", "Q10", "Q11", "O3", "O4"} <= {row["question"] for row in json.loads(done.out)["odds"]}


ALLIANCE = '[[alliance]]\nparty = "F"\nally = "R"\n'
JOINER = '[[joiner]]\nparty = "F"\n'
WAITING = 'only_after = ["F"]\n'
ATTACK = 'kind = "attack"\nsender = "F"\ntarget = "L"\n'
ANSWER = 'kind = "attack"\nsender = "L"\ntarget = "F"\nafter = "Q2"\n'
JOINS = 'kind = "joined"\nsender = "F"\n'

THEATRES = {
    "unknown ally": (ALLIANCE, ALLIANCE.replace('"R"', '"Q"'), ["alliance[0].ally", '"Q" is not known', "valid: "]),
    "unknown party of an alliance": (ALLIANCE, ALLIANCE.replace('"F"', '"FF"'), ["alliance[0].party", '"FF" is not']),
    "own ally": (ALLIANCE, ALLIANCE.replace('"R"', '"F"'), ["alliance[0].ally", '"F" cannot be its own ally']),
    "alliance of a party that may not join": (
        ALLIANCE,
        ALLIANCE.replace('"F"', '"L"'),
        ["alliance[0].party", '"L" may not join, so no ally moves it'],
    ),
    "the same alliance twice": (ALLIANCE, ALLIANCE * 2, ["alliance[1].ally", "the alliance F-R stands twice"]),
    "unknown key of an alliance": (ALLIANCE, ALLIANCE + "weigth = 2\n", ["alliance[0].weigth", "unknown key"]),
    "unknown joiner": (JOINER, JOINER + '\n[[joiner]]\nparty = "H"\n', ["joiner[1].party", '"H" is not known']),
    "the same joiner twice": (JOINER, JOINER * 2, ["joiner[1].party", '"F" stands twice']),
    "waiting for a party that may not join": (
        WAITING,
        'only_after = ["L"]\n',
        ["joiner[1].only_after", '"L" may not join, so it cannot come before'],
    ),
    "waiting for nobody known": (WAITING, 'only_after = ["X"]\n', ["joiner[1].only_after", '"X" may not join']),
    "waiting for a number": (WAITING, "only_after = 3\n", ["joiner[1].only_after", "must be a list of texts, not 3"]),
    "waiting for oneself": (WAITING, 'only_after = ["G"]\n', ["none of G -> G can ever join"]),
    "a circle of waiting": (
        JOINER,
        JOINER + 'only_after = ["G"]\n',
        ["joiner", "none of F -> G -> F can ever join: each waits for the next"],
    ),
    "acting on itself": (
        '[[dyad]]\nsender = "F"\ntarget = "G"\n',
        '[[dyad]]\nsender = "F"\ntarget = "F"\n',
        ["dyad[4].target", '"F" cannot act on itself'],
    ),
    "region with an unknown party": (
        'parties = ["F", "G"]',
        'parties = ["F", "GG"]',
        ["region.parties", '"GG" is not'],
    ),
    "exchange of one party": (
        'exchange = ["F", "L"]',
        'exchange = ["F"]',
        ["region.exchange", "two different parties"],
    ),
    "exchange with itself": ('exchange = ["F", "L"]', 'exchange = ["F", "F"]', ["region.exchange", '"F" stands twice']),
    "exchange of three": ('exchange = ["F", "L"]', 'exchange = ["F", "L", "R"]', ["region.exchange", "not F, L, R"]),
    "general exchange of one party": ('general = ["F", "G"]', 'general = ["G"]', ["region.general", "two different"]),
    "unknown key of the region": ("[region]\n", '[region]\nfronts = ["F"]\n', ["region.fronts", "unknown key"]),
    "attack on a dyad that does not exist": (
        ATTACK,
        ATTACK.replace('"L"', '"R"'),
        ["question[3].target", "F cannot act on R", "the dyads are L-R, R-L, F-L"],
    ),
    "attack by nobody known": (ATTACK, ATTACK.replace('"F"', '"E"'), ["question[3].sender", '"E" is not known']),
    "attack without a target": (ATTACK, ATTACK.replace('target = "L"\n', ""), ["question[3].target", "is missing"]),
    "attack on rung 0": (ATTACK, ATTACK + "rung = 0\n", ["question[3].rung", "0 is out of bounds"]),
    "after an unknown question": (ANSWER, ANSWER.replace("Q2", "Q77"), ["question[4].after", '"Q77" is not known']),
    "after a question that comes later": (ANSWER, ANSWER.replace("Q2", "Q10"), ["question[4].after", '"Q10" is not']),
    "after itself": (ANSWER, ANSWER.replace("Q2", "Q3"), ["question[4].after", '"Q3" is not known']),
    "joining of a party that may not": (
        JOINS,
        JOINS.replace('"F"', '"R"'),
        ["question[5].sender", '"R" may not join in this theatre; F, G may'],
    ),
    "unknown kind of question": ('kind = "regional_war"', 'kind = "world_war"', ["question[6].kind", '"world_war" is']),
    "the same question twice": ('id = "Q11"', 'id = "Q10"', ["question[7].id", '"Q10" stands twice']),
    "a chance above 1": (
        "answer_chance = { value = 0.5,",
        "answer_chance = { value = 1.5,",
        ["dyad.L-F.answer_chance", "1.5 is out of bounds", "between 0 and 1"],
    ),
    "a law of a chance that passes 1": (
        'answer_chance = { value = 0.5, source = "assumption" }',
        'answer_chance = { law = "uniform", low = 0.5, high = 1.2, source = "assumption" }',
        ["dyad.L-F.answer_chance", "must be between 0 and 1"],
    ),
    "a rate below 0": ("hazard = { value = 0.1,", "hazard = { value = -0.1,", ["every_entry.hazard", "-0.1 is out of"]),
    "unknown parameter of an entry": (
        "hazard = { value = 0.1,",
        "hazzard = { value = 0.1,",
        ['did you mean "hazard"?'],
    ),
    "parameters of an unknown alliance": (
        "[parameters.alliance.F-R]",
        "[parameters.alliance.F-L]",
        ["parameters.alliance.F-L", "unknown alliance", "F-R"],
    ),
    "parameters of the entry of a party that may not join": (
        "[parameters.alliance.F-R]",
        '[parameters.entry.R]\nhazard = { value = 1, source = "assumption" }\n\n[parameters.alliance.F-R]',
        ["parameters.entry.R", "unknown entry"],
    ),
}


@pytest.mark.parametrize("fault", sorted(THEATRES))
def test_a_fault_of_the_theatre_is_one_sentence(fault: str, sim: Command, tmp_path: Path):
    old, new, words = THEATRES[fault]
    refused(checked(sim, tmp_path, theatre=replaced(WHOLE, old, new)), "theatre.toml", *words)


def without(table: str) -> str:
    """Return the theatre without the tables of a name."""
    found, count = re.subn(rf"\[\[?{table}\]\]?\n(?:[^\[\n][^\n]*\n)+", "", WHOLE)
    assert count, table
    return found


def test_regional_questions_need_a_region(sim: Command, tmp_path: Path):
    theatre = re.sub(r'\[\[question\]\]\nid = "Q11"\n[^\[]*', "", without("region"))
    refused(checked(sim, tmp_path, theatre=theatre), "question[6].kind", "regional_war needs a table [region]")
    done = checked(sim, tmp_path, theatre=theatre.replace("regional_war", "general_war"))
    assert done.status == 2
    assert "general_war needs a table [region]" in done.err
    assert "general_war needs region.general" in done.err


def test_a_general_war_needs_two_parties_of_the_region(sim: Command, tmp_path: Path):
    theatre = replaced(WHOLE, 'general = ["F", "G"]\n', "")
    refused(checked(sim, tmp_path, theatre=theatre), "question[7].kind", "general_war needs region.general")


def test_a_question_about_joining_needs_somebody_who_may(sim: Command, tmp_path: Path):
    theatre = re.sub(r"\[parameters\.(alliance|every_entry)[^\[]*", "", without("alliance").replace(WAITING, ""))
    theatre = re.sub(r"\[\[joiner\]\]\n[^\[]*", "", theatre)
    refused(checked(sim, tmp_path, theatre=theatre), "question[5].sender", '"F" may not join', "nobody may")


def test_several_faults_are_told_at_once(sim: Command, tmp_path: Path):
    theatre = replaced(WHOLE, ALLIANCE, ALLIANCE.replace('"R"', '"F"'))
    theatre = replaced(theatre, 'exchange = ["F", "L"]', 'exchange = ["F"]')
    done = checked(sim, tmp_path, theatre=theatre)
    assert done.status == 2
    assert len(done.err.strip().splitlines()) == 2


# --- Scenarios

LEVEL = '[[factor.levels]]\nlabel = "{0}"\n'
LEVERS = '\n[[factor]]\nname = "lever"\n\n' + LEVEL.format("none") + "\n" + LEVEL.format("some")
PAIR = '\n[[factor]]\nkey = "policy.L"\n\n[[factor.levels]]\nrule = "{0}"\n\n[[factor.levels]]\nrule = "{1}"\n'

SCENARIOS = {
    "policy of an unknown dyad": ('\n[policy.L-G]\nrule = "tit_for_tat"\n', ["policy.L-G", "unknown party or dyad"]),
    "policy of an unknown party": ('\n[policy.LL]\nrule = "tit_for_tat"\n', ["policy.LL", 'did you mean "L"?']),
    "rule of a dyad that does not exist": (
        '\n[policy.L-F]\nrule = "tat_for_tit"\n',
        ["policy.L-F.rule", 'did you mean "tit_for_tat"?'],
    ),
    "definition out of bounds": (
        "\n[parameters.definition]\ncampaign_days = 8\n",
        ["definition.campaign_days", "8.0 is out of bounds", "between 1 and 7"],
    ),
    "unknown definition": (
        "\n[parameters.definition]\ncampaign_act = 8\n",
        ["definition.campaign_act", 'did you mean "campaign_acts"?'],
    ),
    "definition that is a text": (
        '\n[parameters.definition]\nwar_killed = "many"\n',
        ["definition.war_killed", "many"],
    ),
    "mediation above 1": ("\n[parameters.world]\nmediation_spread = 1.5\n", ["world.mediation_spread", "1.5 is out"]),
    "host control above 1": ("\n[parameters.party.R]\nhost_control = 2\n", ["party.R.host_control", "2.0 is out of"]),
    "more killed than the law has": ("\n[parameters.party.R]\nmost_killed = 301\n", ["most_killed", "301.0 is out of"]),
    "entry of a party that may not join": ("\n[parameters.entry.R]\nhazard = 1\n", ["entry.R", "unknown entry"]),
    "alliance that there is not": ("\n[parameters.alliance.F-G]\nweight = 1\n", ["alliance.F-G", "unknown alliance"]),
    "bundle with an unknown key": (
        LEVERS + '\n[factor.levels.set]\n"world.mediaton_added" = 0.3\n',
        ['world.mediaton_added: is not a parameter; did you mean "world.mediation_added"?'],
    ),
    "bundle out of bounds": (
        LEVERS + '\n[factor.levels.set]\n"world.mediation_added" = 3\n',
        ["world.mediation_added", "3.0 is out of bounds"],
    ),
    "bundle with a policy for an unknown dyad": (
        LEVERS + '\n[factor.levels.policy.L-G]\nrule = "tit_for_tat"\n',
        ["policy.L-G", "unknown party or dyad"],
    ),
    "bundle with an unknown table": (LEVERS + "\n[factor.levels.sets]\nx = 1\n", ["sets", "unknown key"]),
    "bundle whose truce has no length": (
        LEVERS + "\n[[factor.levels.truce]]\nstart_day = 1\n",
        ["truce[0].days", "is missing"],
    ),
    "the same level twice": (
        '[[factor]]\nkey = "party.L.strength"\nlevels = [3, 4, 3.0]\n',
        ["levels", "3.0 stands there twice, and would make two points of one content"],
    ),
    "bundles of one label": (LEVERS.replace("some", "none"), ["two levels have the same label: none, none"]),
    "policies of one label": (
        PAIR.format("tit_for_tat", "tit_for_tat"),
        ["two levels have the same label: tit_for_tat, tit_for_tat"],
    ),
    "bundles named by a key path": (LEVERS.replace('"lever"', '"world.lever"'), ["factor[0].name", "a plain word"]),
    "factor over an unknown dyad": (
        PAIR.format("tit_for_tat", "tit_for_two_tats").replace("policy.L", "policy.R-F"),
        ["factor[0].key", '"R-F" is not a party or dyad'],
    ),
    "factor over the definition of nothing": (
        '\n[[factor]]\nkey = "definition.war"\nlevels = [1, 2]\n',
        ["factor[0].key", '"definition.war" is not a parameter'],
    ),
    "factor over a policy parameter that is not there": (
        '\n[[factor]]\nkey = "policy.L.clim"\nlevels = [0, 1]\n',
        ["factor[0].key", 'did you mean "policy.L.climb"?'],
    ),
    "factor level above 1": (
        '\n[[factor]]\nkey = "dyad.L-F.answer_chance"\nlevels = [0.5, 1.1]\n',
        ["factor[0].levels[1]", "1.1 is out of bounds"],
    ),
    "incident in a dyad that does not exist": (
        '\n[[incident]]\nday = 1\nsender = "R"\ntarget = "F"\nrung = 1\n',
        ["incident[0].target", "R cannot act on F"],
    ),
}


@pytest.mark.parametrize("fault", sorted(SCENARIOS))
def test_a_fault_of_the_scenario_is_one_sentence(fault: str, sim: Command, tmp_path: Path):
    more, words = SCENARIOS[fault]
    refused(checked(sim, tmp_path, scenario=WIDER_BASE + more), "tiny.toml", *words)


def test_a_party_that_may_join_needs_a_policy(sim: Command, tmp_path: Path):
    scenario = replaced(WIDER_BASE, '\n[policy.G]\nrule = "tit_for_tat"\n', "")
    refused(checked(sim, tmp_path, scenario=scenario), "policy.G", "every party that can act needs a policy")


MIXTURE = 'rule = "mixed"\nweight_first = {0}\nweight_second = {1}\nweight_third = {2}\n'


def mixing(*weights: float) -> str:
    """Return the scenario with a mixture of three policies."""
    return replaced(WIDER_BASE, '[policy.R]\nrule = "tit_for_tat"\n', "[policy.R]\n" + MIXTURE.format(*weights))


@pytest.mark.parametrize(("weights", "total"), [((0.5, 0.6, 0.0), "1.1"), ((0.2, 0.2, 0.2), "0.6")])
def test_weights_of_a_mixture_sum_to_one(weights: tuple[float, ...], total: str, sim: Command, tmp_path: Path):
    refused(checked(sim, tmp_path, scenario=mixing(*weights)), "policy.R", f"must sum to 1; they sum to {total}")


def test_a_mixture_that_sums_to_one_is_right(sim: Command, tmp_path: Path):
    assert checked(sim, tmp_path, scenario=mixing(0.1, 0.2, 0.7)).status == 0


def test_a_level_that_breaks_the_sum_is_refused_before_anything_is_run(sim: Command, tmp_path: Path):
    """A factor over one weight alone: each level is within its bounds, the point cannot be made."""
    factor = '\n[[factor]]\nkey = "policy.R.weight_first"\nlevels = [0.1, 0.4]\n'
    path = write_scenario(tmp_path, mixing(0.1, 0.2, 0.7) + factor, theatre=WHOLE)
    refused(sim("scenario", "check", path), "policy.R.weight_first", "must sum to 1; they sum to 1.3")
    refused(sim("run", path, "--point", "1", "--quiet"), "must sum to 1; they sum to 1.3")
    refused(sim("sweep", path, "--out", tmp_path / "out", "--quiet"), "must sum to 1; they sum to 1.3")
    assert not (tmp_path / "out").exists()


DECLARED = {
    "party.R": PartyParameters,
    "dyad.F-L": DyadParameters,
    "entry.F": EntryParameters,
    "alliance.F-R": AllianceParameters,
    "world": WorldParameters,
    "definition": Definitions,
}
OUTSIDE = [
    (prefix, name, value)
    for prefix, owner in DECLARED.items()
    for name, declared in parameters_of(owner).items()
    for value in declared.bounds.outside()
]


@pytest.mark.parametrize("prefix", sorted(DECLARED))
def test_every_declared_bound_is_kept(prefix: str, sim: Command, tmp_path: Path):
    """All parameters of a table just outside their bounds, below and above: a sentence each."""
    for end in (0, -1):
        wrong = {name: value for owner, name, value in OUTSIDE[:: 1 if end else -1] if owner == prefix}
        text = f"\n[parameters.{prefix}]\n" + "".join(f"{name} = {value}\n" for name, value in wrong.items())
        done = checked(sim, tmp_path, scenario=WIDER_BASE + text)
        assert done.status == 2
        lines = done.err.strip().splitlines()
        assert len(lines) == len(wrong)
        for name, value in wrong.items():
            assert any(f"{prefix}.{name}: {value}" in line and "out of bounds" in line for line in lines), name


def test_two_levels_of_a_factor_share_their_luck_and_their_names_differ(sim: Command, tmp_path: Path):
    """The same files with twin labels told apart are right."""
    right = LEVERS + '\n[factor.levels.set]\n"world.mediation_added" = 0.3\n'
    assert checked(sim, tmp_path, scenario=WIDER_BASE + right).status == 0
    assert checked(sim, tmp_path, scenario=WIDER_BASE + FACTOR).status == 0

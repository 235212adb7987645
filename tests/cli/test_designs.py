"""Designs on the command line: every fault is one sentence; a sweep of each kind ends in tables that can be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import Command
from test_bad_input import LEVERS, WHOLE, checked, refused
from tiny import BASE, WIDER_BASE, write_scenario

FACTOR = '\n[[factor]]\nkey = "policy.L.climb"\n'
RANGE = FACTOR + "low = 0.1\nhigh = 0.9\n"
PRIOR = '\n[[factor]]\nkey = "party.L.baseline"\nlaw = "prior"\n'


def design(kind: str, more: str = "") -> str:
    return f'\n[design]\nkind = "{kind}"\n{more}'


LATIN = design("latin hypercube", "points = 6\n")
BY_HAND = design("list") + "\n[[design.points]]\n"

FAULTS = {
    "unknown kind": (
        design("latin hypercub", "points = 6\n") + RANGE,
        ["design.kind", 'did you mean "latin hypercube"?'],
    ),
    "kind that is a number": ("\n[design]\nkind = 3\n", ["design.kind", "must be a text, not 3"]),
    "design that is no table": ("\ndesign = 3\n", ["design", "must be a table, not 3"]),
    "unknown luck": (LATIN + 'luck = "pared"\n' + RANGE, ["design.luck", 'did you mean "paired"?']),
    "unknown key": (LATIN + "sead = 3\n" + RANGE, ["design.sead", 'did you mean "seed"?']),
    "no number of points": (design("morris") + RANGE, ["design.points", "is missing"]),
    "points that are a text": (design("morris", 'points = "6"\n') + RANGE, ["design.points", "must be a whole number"]),
    "one point": (design("latin hypercube", "points = 1\n") + RANGE, ["design.points", "1 is out of bounds"]),
    "Sobol points that are no power of two": (
        design("sobol", "points = 100\n") + RANGE,
        ["design.points", "100 is no power of two", "64 or 128"],
    ),
    "base points that are no power of two": (design("saltelli", "points = 6\n") + RANGE, ["6 is no power", "4 or 8"]),
    "seed below 0": (LATIN + "seed = -1\n" + RANGE, ["design.seed", "-1 is out of bounds"]),
    "base points with all their rows": (
        design("saltelli", f"points = {2**19}\n") + RANGE,
        ["design.points", "1,572,864 points; at most 1,000,000"],
    ),
    "trajectories with all their rows": (
        design("morris", "points = 700000\n") + RANGE,
        ["design.points", "1,400,000 points; at most 1,000,000"],
    ),
    "points of a factorial": (
        design("full factorial", "points = 6\n") + RANGE,
        ["design.points", "belongs to a sampled design", "latin hypercube, sobol, saltelli, morris"],
    ),
    "seed of one at a time": (design("one at a time", "seed = 6\n") + RANGE, ["design.seed", "belongs to a sampled"]),
    "nothing to sample": (LATIN, ["design.kind", '"latin hypercube" needs something to vary']),
    "nothing to change alone": (design("one at a time"), ["design.kind", "needs something to vary"]),
    "range upside down": (LATIN + FACTOR + "low = 0.9\nhigh = 0.1\n", ["factor[0].low", "low must be below high"]),
    "range out of bounds": (LATIN + FACTOR + "low = 0.1\nhigh = 1.1\n", ["factor[0].low", "must be between 0 and 1"]),
    "half a range": (LATIN + FACTOR + "low = 0.1\n", ["factor[0].high", "is missing"]),
    "steps of a sampled factor": (LATIN + RANGE + "steps = 3\n", ["factor[0].steps", "unknown key"]),
    "another law": (LATIN + PRIOR.replace('"prior"', '"priors"'), ["factor[0].law", 'did you mean "prior"?']),
    "prior of a fixed value": (
        LATIN + FACTOR + 'law = "prior"\n',
        ["factor[0].law", '"policy.L.climb" has no prior', "give low and high"],
    ),
    "prior of a factorial": (PRIOR, ["factor[0].law", "needs a sampled or a one-at-a-time design"]),
    "unknown parameter": (LATIN + RANGE.replace("climb", "clim"), ["factor[0].key", 'did you mean "policy.L.climb"?']),
    "level called base": (
        design("one at a time") + LEVERS.replace("none", "base"),
        ["factor[0].levels", '"base" is how a point that leaves the factor is called'],
    ),
    "list without points": (design("list"), ["design.points", "is missing", "[[design.points]]"]),
    "list that is a number": (design("list", "points = 3\n"), ["design.points", "must be tables, [[design.points]]"]),
    "list over an unknown key": (
        BY_HAND + '"policy.L.clim" = 0.5\n',
        ["design.points[0].policy.L.clim", 'did you mean "policy.L.climb"?'],
    ),
    "list out of bounds": (BY_HAND + '"policy.L.climb" = 2\n', ["design.points[0].policy.L.climb", "2.0 is out of"]),
    "list with an unknown level": (
        BY_HAND + 'lever = "sum"\n' + LEVERS,
        ["design.points[0].lever", "'sum' is no level of it", 'did you mean "some"?'],
    ),
    "list with a level that is a number": (
        BY_HAND + "lever = 3\n" + LEVERS,
        ["design.points[0].lever", "3 is no level"],
    ),
    "list with the same point twice": (
        BY_HAND + '"policy.L.climb" = 0.5\n\n[[design.points]]\n"policy.L.climb" = 0.5\n',
        ["design.points[1]", "is the same point as design.points[0]"],
    ),
    "list over a range": (
        BY_HAND + '"policy.L.climb" = 0.5\n' + RANGE,
        ["factor[0].key", "a list gives the values"],
    ),
}


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_fault_of_a_design_is_one_sentence(fault: str, sim: Command, tmp_path: Path):
    more, words = FAULTS[fault]
    refused(checked(sim, tmp_path, scenario=_before_tables(more)), "tiny.toml", *words)


def _before_tables(more: str) -> str:
    """Return the scenario with some text; a plain key must stand before all tables."""
    return more + WIDER_BASE if more.startswith("\ndesign =") else WIDER_BASE + more


def test_a_prior_that_repeats_another_is_refused(sim: Command, tmp_path: Path):
    theatre = (
        WHOLE + '\n[parameters.party.R]\nbaseline = { law = "same_as", key = "party.L.baseline", source = "S1" }\n'
    )
    done = checked(sim, tmp_path, theatre=theatre, scenario=WIDER_BASE + LATIN + PRIOR.replace("party.L", "party.R"))
    refused(done, "factor[0].law", '"party.R.baseline" repeats "party.L.baseline"; vary that one')


def test_a_party_whose_policy_is_varied_alone_needs_one_to_begin_with(sim: Command, tmp_path: Path):
    scenario = WIDER_BASE.replace('\n[policy.G]\nrule = "tit_for_tat"\n', "") + '\n[[factor]]\nkey = "policy.G"\n'
    scenario += '\n[[factor.levels]]\nrule = "tit_for_tat"\n\n[[factor.levels]]\nrule = "tit_for_two_tats"\n'
    assert checked(sim, tmp_path, scenario=scenario).status == 0
    refused(checked(sim, tmp_path, scenario=scenario + design("one at a time")), "policy.G", "is missing")


KINDS = {
    "saltelli": "first order (95 %)",
    "morris": "by chance",
    "one at a time": "with it",
    "latin hypercube": "start from other values",
}


@pytest.mark.usefixtures("plain_pictures")
@pytest.mark.parametrize("kind", KINDS)
def test_a_sweep_ends_in_its_sensitivity(kind: str, sim: Command, tmp_path: Path):
    points = "" if kind == "one at a time" else "points = 4\n"
    path = write_scenario(tmp_path, BASE + design(kind, points) + RANGE + PRIOR)
    assert sim("scenario", "show", path).status == 0
    done = sim("sweep", path, "--replicates", "16", "--out", tmp_path / "out", "--jobs", "1", "--quiet")
    assert done.status == 0, done.err
    folder = tmp_path / "out" / "tiny"
    assert (folder / "sensitivity.csv").exists() == (kind != "latin hypercube")
    done = sim("results", "sensitivity", folder, "--question", "Q5", "--horizon", "8")
    assert done.status == 0, done.err
    assert KINDS[kind] in done.out
    assert max(map(len, done.out.splitlines())) <= 100
    told = json.loads(sim("results", "sensitivity", folder, "--question", "Q5", "--json").out)
    assert {"regional", "notes"} <= told.keys()
    assert ("sensitivity" in told) == (kind != "latin hypercube")
    assert "| :--- |" in sim("results", "sensitivity", folder, "--markdown").out
    assert (folder / "regional.csv").exists()
    assert sim("results", "show", folder).status == 0
    for block in (folder / "blocks").iterdir():
        block.unlink()
    again = sim("results", "sensitivity", folder, "--question", "Q5", "--horizon", "8")
    assert again.status == 0, again.err
    assert again.out == done.out, "the tables alone say the same"

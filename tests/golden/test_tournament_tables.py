"""The committed tournaments are of all shipped policies, on the theatre as it stands, with enough histories."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pages import ROOT

from sim.policies.registry import SHIPPED
from sim.tournament.entrants import load_entrants
from sim.tournament.grounds import DILEMMA, FEWEST_UNITS, load_ground
from sim.tournament.match_tables import build_tables
from sim.tournament.prisoners_dilemma import play_dilemma

FOLDERS = sorted(path.parent for path in (ROOT / "results" / "tournament").glob("*/manifest.json"))


def said_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return found


def test_there_are_tournaments():
    assert {"dilemma", "symmetric"} <= {folder.name for folder in FOLDERS}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_tournament_belongs_to_the_policies_and_the_theatre_as_they_stand(folder):
    said = said_of(folder)
    assert said["policies"] == list(SHIPPED)
    assert said["independent"] >= FEWEST_UNITS
    if said["theatre"] != DILEMMA:
        assert said["digest"] == load_ground(said["theatre"]).digest()


@pytest.mark.slow
def test_the_dilemma_is_made_again_byte_for_byte():
    folder = ROOT / "results" / "tournament" / "dilemma"
    said = said_of(folder)
    numbers = {name: said[name] for name in ("replicates", "seed", "turns")}
    played = play_dilemma(load_entrants(None, ROOT), said["noises"], **numbers)
    for name, table in build_tables(played, said["seed"]).items():
        made = table.to_csv(index=False, float_format="%.6g", lineterminator="\n")
        assert made == (folder / f"{name}.csv").read_text(encoding="utf-8"), name

"""Some matches of every shipped tournament are played again, and get what the committed tables say.

A match hangs on no other, so a few policies among themselves play what they played among all. `test_rules` holds ranks
and evolution to the matches; `test_made_again` plays all of them by night.
"""

from __future__ import annotations

import pandas as pd
import pytest
from committed import RESULTS, ROOT, manifest_of

from sim.tournament.entrants import load_entrants
from sim.tournament.match_tables import build_match_table
from sim.tournament.prisoners_dilemma import play_dilemma
from sim.tournament.theatre_game import Ground, load_ground, play_theatre

PLAYED = {
    "dilemma": ("generous_tit_for_tat", "gradual_tit_for_tat", "random", "switching", "memory_one"),
    "lebanon-2023": ("grim_trigger", "expected_cost"),
    "symmetric": ("tit_for_tat", "threshold", "graduated_reduction"),
}


@pytest.mark.parametrize("ground", PLAYED)
def test_matches_come_out_as_they_did(ground, tmp_path):
    folder, names = RESULTS / "tournament" / ground, PLAYED[ground]
    said, entrants = manifest_of(folder), load_entrants(names, ROOT)
    if ground == "dilemma":
        numbers = {name: said[name] for name in ("replicates", "seed", "turns")}
        played = play_dilemma(entrants, said["noises"], **numbers)
    else:
        place = Ground(load_ground(said["theatre"]), said["replicates"], said["seed"], said["days"])
        played = play_theatre(place, entrants, said["noises"])
    build_match_table(played).to_csv(tmp_path / "matches.csv", index=False, float_format="%.6g")
    made, told = (pd.read_csv(path / "matches.csv", dtype=str) for path in (tmp_path, folder))
    told = told[told["policy"].isin(names) & told["opponent"].isin(names)]
    keys = ["noise", "policy", "opponent"]
    pd.testing.assert_frame_equal(made.set_index(keys).sort_index(), told.set_index(keys).sort_index())

"""A tiny theatre and scenarios on it, written to a folder: a war within days, a run within a second."""

from __future__ import annotations

from pathlib import Path

THEATRE = """
name = "Tiny"
start = 2023-11-07

[front]
id = "border"
name = "Left-Right"
side_a = ["L"]
side_b = ["R"]

[[party]]
id = "L"
name = "Left"
location = "Leftland"

[[party]]
id = "R"
name = "Right"
location = "Rightland"
counts_launches = true

[[dyad]]
sender = "L"
target = "R"

[[dyad]]
sender = "R"
target = "L"

[[rung]]
level = 0
name = "lull"

[[rung]]
level = 1
name = "fire"
harm = 0.5
lethality = 0.3
civilian_share = 0.4
depth_high = 5

[[rung]]
level = 2
name = "strike"
harm = 2
launches = 2
lethality = 0.6
civilian_share = 0.4
depth_low = 5
depth_high = 10
criterion_killed = 2

[[question]]
id = "Q1"
text = "Left-Right war"
kind = "war"
reference = "ucdp-minor-to-war"

[[question]]
id = "Q5"
text = "12 or more killed in Rightland"
kind = "killed_since_start"
location = "Rightland"
threshold = 12
reference = "none"
why = "invented"

[[question]]
id = "Q8"
text = "ceasefire in force"
kind = "ceasefire"
reference = "none"
why = "invented"

[parameters.every_party]
baseline = { law = "lognormal", median = 1.5, log_sd = 0.4, source = "invented" }
lethality = { value = 1, source = "assumption" }
campaign_hazard = { law = "lognormal", median = 0.03, log_sd = 0.3, source = "assumption" }
strength = { value = 10, source = "assumption" }

[parameters.every_dyad]
excitation = { value = 0.4, source = "assumption" }

[parameters.front]
ceasefire_hazard = { value = 0.2, source = "assumption" }
"""

WIDER = """
[[party]]
id = "F"
name = "Far"
location = "Farland"

[[party]]
id = "G"
name = "Gone"
location = "Goneland"

[[dyad]]
sender = "F"
target = "L"

[[dyad]]
sender = "L"
target = "F"

[[dyad]]
sender = "F"
target = "G"

[[dyad]]
sender = "G"
target = "F"

[[joiner]]
party = "F"

[[joiner]]
party = "G"
only_after = ["F"]

[[alliance]]
party = "F"
ally = "R"

[[alliance]]
party = "G"
ally = "F"

[region]
parties = ["F", "G"]
exchange = ["F", "L"]
general = ["F", "G"]

[[question]]
id = "Q2"
text = "attack from Farland"
kind = "attack"
sender = "F"
target = "L"
reference = "none"
why = "invented"

[[question]]
id = "Q3"
text = "and an answer"
kind = "attack"
sender = "L"
target = "F"
after = "Q2"
reference = "none"
why = "invented"

[[question]]
id = "Q4"
text = "Far joins"
kind = "joined"
sender = "F"
reference = "none"
why = "invented"

[[question]]
id = "Q10"
text = "regional war"
kind = "regional_war"
reference = "none"
why = "invented"

[[question]]
id = "Q11"
text = "general war"
kind = "general_war"
reference = "none"
why = "invented"

[parameters.every_entry]
hazard = { value = 0.1, source = "assumption" }

[parameters.alliance.F-R]
weight = { value = 1.5, source = "assumption" }

[parameters.dyad.F-L]
entry_rate = { value = 1.0, source = "assumption" }

[parameters.dyad.L-F]
strategic_rate = { value = 0.05, source = "assumption" }
answer_chance = { value = 0.5, source = "assumption" }
"""
"""Parties farther away, who may join, for whose sake, and what makes the war regional."""

BASE = """
title = "Tiny"
theatre = "theatre.toml"

[run]
replicates = 40
seed = 7
horizon_days = 8
horizons = [2, 5, 8]
step_days = 1.0

[policy.L]
rule = "disproportionate"

[policy.R]
rule = "tit_for_tat"
"""

WIDER_BASE = (
    BASE
    + """
[policy.F]
rule = "tit_for_tat"

[policy.G]
rule = "tit_for_tat"
"""
)

FACTOR = """
[[factor]]
key = "policy.L.climb"
levels = [0.0, 0.9]
"""


def write_scenario(folder: Path, text: str = BASE + FACTOR, name: str = "tiny", theatre: str | None = None) -> Path:
    """Write the theatre and a scenario on it; return the scenario's file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "theatre.toml").write_text(THEATRE if theatre is None else theatre)
    path = folder / f"{name}.toml"
    path.write_text(text)
    return path

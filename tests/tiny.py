"""A tiny theatre and scenarios on it, written to a folder: a war within days, a run within a second."""

from __future__ import annotations

from pathlib import Path

THEATRE = """
name = "Tiny"
start = 2023-11-07

[reference]
text = "invented disputes that became a war"
low = 0.1
best = 0.2
high = 0.3
source = "invented"

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

[[question]]
id = "Q5"
text = "12 or more killed in Rightland"
kind = "killed_since_start"
location = "Rightland"
threshold = 12

[[question]]
id = "Q8"
text = "ceasefire in force"
kind = "ceasefire"

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

FACTOR = """
[[factor]]
key = "policy.L.climb"
levels = [0.0, 0.9]
"""


def write_scenario(folder: Path, text: str = BASE + FACTOR, name: str = "tiny") -> Path:
    """Write the theatre and a scenario on it; return the scenario's file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "theatre.toml").write_text(THEATRE)
    path = folder / f"{name}.toml"
    path.write_text(text)
    return path

"""The tiny theatre with two parties more that may join, and scenarios on it: pairs of policies, levers."""

from __future__ import annotations

from pathlib import Path

from tiny import BASE, THEATRE

WITH_ALLIES = (
    THEATRE.replace(
        "[[dyad]]\nsender",
        """[[party]]
id = "A"
name = "Ally of Right"
location = "Allyland"

[[party]]
id = "B"
name = "Ally of Left"
location = "Farland"

[[joiner]]
party = "A"

[[joiner]]
party = "B"

[[alliance]]
party = "A"
ally = "R"

[region]
parties = ["A", "B"]
exchange = ["A", "L"]

[[dyad]]
sender = "A"
target = "L"

[[dyad]]
sender = "B"
target = "R"

[[dyad]]
sender""",
        1,
    )
    + """
[[question]]
id = "Q10"
text = "regional war"
kind = "regional_war"

[parameters.every_entry]
hazard = { law = "lognormal", median = 0.05, log_sd = 0.5, source = "invented" }

[parameters.party.A]
baseline = { value = 0, source = "invented" }

[parameters.party.B]
baseline = { value = 0, source = "invented" }

[parameters.alliance.A-R]
weight = { value = 1, source = "assumption" }

[parameters.dyad.A-L]
entry_rate = { value = 1, source = "assumption" }

[parameters.dyad.B-R]
entry_rate = { value = 1, source = "assumption" }

[parameters.definition]
campaign_acts = { value = 6, source = "invented" }
campaign_days = { value = 2, source = "invented" }
front_acts = { value = 2, source = "invented" }
front_rung = { value = 1, source = "invented" }
regional_rung = { value = 1, source = "invented" }
regional_parties = { value = 2, source = "invented" }
"""
)

_POLICIES = """
[policy.A]
rule = "tit_for_tat"

[policy.B]
rule = "tit_for_tat"
"""

LEVERS = """
[[factor]]
name = "lever"

[[factor.levels]]
label = "as it is"

[[factor.levels]]
label = "fewer acts"

[factor.levels.set]
"party.L.baseline" = { value = 0.2, source = "assumption" }
"party.R.baseline" = { value = 0.2, source = "assumption" }

[[factor.levels]]
label = "nothing at all"

[[factor.levels]]
label = "more acts"

[factor.levels.set]
"party.L.baseline" = { value = 4, source = "assumption" }
"""

PAIRS = """
[[factor]]
key = "policy.L"

[[factor.levels]]
label = "P0 none"
rule = "none"

[[factor.levels]]
label = "P4 disproportionate"
rule = "disproportionate"
climb = { law = "beta", a = 2, b = 2, source = "assumption" }

[[factor]]
key = "policy.R"

[[factor.levels]]
label = "P0 none"
rule = "none"

[[factor.levels]]
label = "P1 tit-for-tat"
rule = "tit_for_tat"
"""


def write_with_allies(folder: Path, more: str = "", name: str = "ally") -> Path:
    """Write the theatre with allies and a scenario on it; return the scenario's file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "allies.toml").write_text(WITH_ALLIES)
    path = folder / f"{name}.toml"
    path.write_text(BASE.replace("theatre.toml", "allies.toml") + _POLICIES + more)
    return path

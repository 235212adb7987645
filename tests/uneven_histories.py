"""Invented histories of a sweep: what each replicate drew, and what came of it, each thing at a pace of its own."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

REPLICATES = 77
HORIZON_DAYS, HORIZONS = 20, (4, 9, 17)
NEVER = math.inf
PARTIES = (("L", "North"), ("F", "Hills"), ("R", "South"), ("G", "Coast"))
JOINERS = ("G", "F")
DYADS = (("L", "R"), ("L", "F"), ("F", "L"), ("R", "L"), ("R", "G"), ("G", "R"))
QUESTIONS = (("Q4", "regional_war"), ("Q9", "ceasefire"), ("Q2", "war"), ("Q7", "killed_since_start"))
STATES = ("calm", "contained", "war", "regional", "general")
RUNGS = (0, 1, 2, 3, 4, 5)
COUNTED = ("acts", "launches", "claimed", "killed", "civilians")
FAILED = ({3, 20}, {3, 9, 41}, {17}, {50, 3})
INPUTS = {
    "party.L.baseline": ("lognormal(median 1.5)", "S2.1: measured", "from literature"),
    "party.R.baseline": ("same_as(key party.L.baseline, factor 1.0)", "S2.1: measured", "from literature"),
    "party.F.restraint": ("uniform(low 0.0, high 2.0)", "assumption", "judgement"),
    "world.truce_hazard": ("posterior(0123456789ab, 77 draws)", "fit: here", "informed"),
    "dyad.L-R.excitation": ("posterior(0123456789ab, 77 draws)", "assumption; fit: here", "judgement"),
    "world.phase": ("choice(1, 2, 5)", "S2.3: calendar", "judgement"),
    "definition.campaign_acts": ("uniform(low 60.0, high 160.0)", "S2.4", "from literature"),
}
DEFINITION = {
    "campaign_launches": 60,
    "campaign_days": 2,
    "campaign_killed": 8,
    "campaign_killed_days": 2,
    "war_killed": 35,
    "front_acts": 60,
    "front_rung": 2,
    "front_days": 3,
    "front_top_rung": 5,
    "regional_parties": 2,
    "regional_rung": 2,
    "regional_days": 4,
    "exchange_days": 2,
    "general_rung": 5,
    "calm_acts": 25,
    "calm_days": 6,
}
"""What counts as a war and so on; one threshold more is drawn."""
OWN_INPUT = "policy.R.climb"
"""Drawn at the second point alone."""

Row = dict[str, Any]


def draw_inputs(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return draws that replicates share as those of the engine do: written out, place by place of a period."""

    def shared(values: np.ndarray, others: tuple[int, ...]) -> np.ndarray:
        taken = [r - r % 8 if r % 8 in others else r for r in range(REPLICATES)]
        return np.asarray(values[taken], dtype=np.float32)

    fitted, literature, judged = (1, 4), (1, 2), (1, 3)
    left = shared(rng.lognormal(0.4, 0.4, REPLICATES), literature)
    return {
        "party.L.baseline": left,
        "party.R.baseline": left,
        "party.F.restraint": shared(2 * rng.random(REPLICATES), judged),
        "world.truce_hazard": shared(rng.beta(2, 5, REPLICATES), fitted),
        "dyad.L-R.excitation": shared(1 + 3 * rng.random(REPLICATES), fitted),
        "world.phase": shared(rng.choice([1.0, 2.0, 5.0], REPLICATES), judged),
        "definition.campaign_acts": shared(60 + 100 * rng.random(REPLICATES), literature),
    }


def draw_histories(
    rng: np.random.Generator, drawn: dict[str, np.ndarray], luck: np.ndarray, earlier: float, failed: set[int]
) -> list[Row]:
    """Return the rows of a point: what was drawn moves what comes, each thing at a pace of its own."""
    push = 0.8 * (drawn["party.L.baseline"] - 1.5) + 0.5 * (drawn["dyad.L-R.excitation"] - 2.5) + earlier
    push = push - 1.1 * (drawn["party.F.restraint"] - 1) + 0.1 * drawn["world.phase"]
    columns: dict[str, np.ndarray] = {f"input.{key}": values for key, values in drawn.items()}
    for place, (name, pace) in enumerate(
        {"campaign": 15.0, "war": 13.0, "regional": 22.0, "Q7": 17.0, "joined_G": 19.0, "joined_F": 26.0}.items()
    ):
        day = np.ceil(pace * (0.2 + 1.6 * luck[place]) * np.exp(-0.6 * push))
        columns[f"{name}_day"] = np.where(day <= HORIZON_DAYS, day, NEVER)
    columns |= {"Q2_day": columns["war_day"], "Q4_day": columns["regional_day"]}
    columns |= {"ceasefire_day": np.where(luck[6] < 0.3, 11.0, NEVER), "ground_day": columns["war_day"] + 2}
    for place, party in enumerate(JOINERS):
        trigger = (5 * luck[7 + place]).astype(int)
        columns[f"joined_{party}_trigger"] = np.where(np.isfinite(columns[f"joined_{party}_day"]), trigger, -1)
    order = [party for party, _ in PARTIES]
    both = np.array([columns[f"joined_{party}_day"] + 0.1 * (luck[9] < 0.5) * i for i, party in enumerate(JOINERS)])
    first = np.array([order.index(party) for party in JOINERS])[both.argmin(axis=0)]
    columns["first_to_join"] = np.where(np.isfinite(both).any(axis=0), first, -1)
    rows = []
    for replicate in range(REPLICATES):
        row: Row = {"replicate": replicate} | {key: values[replicate].item() for key, values in columns.items()}
        row["failed"] = replicate in failed
        for day in HORIZONS:
            row[f"Q9_at_{day}"] = row[f"ceasefire_at_{day}"] = bool(luck[6, replicate] < 0.15 + 0.02 * day)
            state = 2 if row["war_day"] <= day else int(row["campaign_day"] <= day)
            row[f"state_at_{day}"] = 3 + int(luck[10, replicate] < 0.3) if row["regional_day"] <= day else state
        row["acts"] = _acts(rng, float(np.exp(0.5 * push[replicate])))
        rows.append(row | _sums(row["acts"]))
        if row["failed"]:
            rows[-1] |= {key: 1.0 for key in row if key.endswith("_day")}
            rows[-1] |= {key: value + 10**6 for key, value in rows[-1].items() if key.startswith(("killed", "civil"))}
            rows[-1]["acts"] = [(dyad, rung, day, 9999, 99, 99, 999, 99) for dyad, rung, day, *_ in row["acts"]]
    return rows


def _acts(rng: np.random.Generator, strength: float) -> list[tuple[int, ...]]:
    """Return an entry for each dyad, rung and day with acts: dyad, rung, day, acts and what belongs to them."""
    acts = []
    for dyad in range(len(DYADS)):
        for rung in (1, 2, 5):
            for day in np.flatnonzero(rng.random(HORIZON_DAYS) < 0.12 * strength / (1 + dyad / 2)) + 1:
                number = int(1 + rng.poisson(40 * strength * (1 + dyad) / rung**2))
                killed = int(rng.poisson(0.3 * rung * (dyad + 1) * strength))
                launches = int(rng.binomial(number, 0.5))
                beside = (launches, launches // 3, killed, int(rng.binomial(killed, 0.1 + 0.15 * dyad)))
                acts.append((dyad, rung, int(day), number, *beside))
    return acts


def _sums(acts: list[tuple[int, ...]]) -> Row:
    """Return acts of each dyad, and killed and civilians at each place, from the start to each horizon."""
    places, sums = dict(PARTIES), {}
    for until in HORIZONS:
        so_far = [act for act in acts if act[2] <= until]
        for i, (sender, target) in enumerate(DYADS):
            sums[f"acts_{sender}-{target}_at_{until}"] = sum(act[3] for act in so_far if act[0] == i)
        for party in ("R", "L", "G", "F"):
            struck = [act for act in so_far if DYADS[act[0]][1] == party]
            sums[f"killed_{places[party]}_at_{until}"] = sum(act[6] for act in struck)
            sums[f"civilians_{places[party]}_at_{until}"] = sum(act[7] for act in struck)
    return sums

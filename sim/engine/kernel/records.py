"""What the kernel reads and changes, as records of named numbers: setting, values, moment, history, act.

An axis is as long as the theatre's size class says, a power of two: so one compiled form serves all theatres of a
class, and a record lies in memory in one piece. Times are in days, from the start of the scenario.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sim.engine.kernel.luck import N_DRAWS
from sim.policies import moment as shown

_WHOLE, _REAL, _WORD, _COUNT = "i8", "f8", "u8", "i4"

LINE: Final = 64  # bytes of a line of the cache
WEEK: Final = 7  # days over which the counts of a campaign are looked at (S2.4)
MONTH: Final = 30  # days over which the killed of a war, and civilians killed, are summed (S2.4, S2.10)

Fields = tuple[tuple[str, str, str], ...]  # fields of a record: letters of their axes (see `Size`), type, names

_SETTING: Final[Fields] = (
    # What is the same in every history. First how much there is of each; dyads are filled up to a multiple of eight
    # with such that do nothing, so that loops over them leave no rest for processors that take eight at a time.
    ("", _WHOLE, "n_parties n_dyads n_dyads_in_eights n_horizons n_truce_questions top steps_per_day"),
    # Which mechanisms can act at all.
    ("", _WHOLE, "has_gamma has_detection has_misperception has_noise has_spill has_claims has_own_loss_weight"),
    ("", _WHOLE, "has_truces has_truces_by_chance has_moving_mediation has_shocks_by_chance has_wandering_mediation"),
    ("", _WHOLE, "has_joiners has_fast"),
    ("", _WHOLE, "is_mediated_anew"),
    # Where all tables are in memory, and where some begin among them.
    ("", _WHOLE, "tables_at normal_table launch_table"),
    ("", _REAL, "step_days observation_kept observation_fading weariness_kept"),
    ("", _WORD, "branch_word"),
    ("P", _WHOLE, "first_dyad last_dyad first_alliance last_alliance is_of_front counts_launches may_join waits"),
    ("P", _WHOLE, "is_campaigner"),
    ("PP", _WHOLE, "waits_for"),
    ("D", _WHOLE, "sender target answer spilled_answer is_dyad_of_front side is_fast has_line has_alarms has_say"),
    # Of the rule of a dyad: whether its answer lasts or may come late in a step, whether it remembers, what it reads.
    ("D", _WHOLE, "is_lasting may_be_late remembers reads_harm reads_last_step reads_due"),
    # By node: its door, where its own numbers and its answer are in the rules of a history [bytes], its draws.
    ("N", _WHOLE, "door own_place answer_place first_draw last_draw"),
    ("L", _WHOLE, "draw_place"),  # where a draw goes in the rules of a history [numbers]
    ("A", _WHOLE, "ally"),
    ("R", _REAL, "rung_harm civilian_share leader_chance reach depth_middle depth_spread"),
    ("R", _REAL, "criterion_killed criterion_civilians criterion_leader"),
    ("H", _REAL, "horizon"),
    ("Q", _REAL, "truce_length"),
)
_VALUES: Final[Fields] = (
    # Parameters of one history; chances are those of one step.
    ("", _REAL, "driver_level truce_begins truce_ends shock_chance shock_size"),
    ("", _REAL, "mediation_usual mediation_level mediation_fading mediation_spread"),
    ("", _REAL, "ground_hazard ceasefire_hazard ceasefire_mediation reignition_hazard ceasefire_activity"),
    ("", _REAL, "campaign_posture mass_memory_days mass_killed"),
    ("", _REAL, "campaign_acts campaign_launches campaign_days campaign_killed campaign_killed_days war_killed"),
    ("P", _REAL, "posture_baseline posture_spread posture_share imitation civilian_shock routine_shock leader_shock"),
    ("P", _REAL, "resolve_baseline weariness_effect capacity leader_loss"),
    ("P", _REAL, "civilian_weight leader_weight own_loss_weight misperception"),
    ("P", _REAL, "most_killed leader_strikes claim_bias claim_spread driver_share trend restraint"),
    ("P", _REAL, "campaign_hazard campaign_slope campaign_shock campaign_mediation campaign_deterrence"),
    ("P", _REAL, "entry_hazard entry_rung_slope entry_civilians entry_driver entry_deterrence entry_mediation"),
    ("P", _REAL, "entry_posture entry_days exit_hazard"),
    ("P", _WHOLE, "noise_law severity_law"),  # where the law begins among the tables
    ("PR", _REAL, "lethality detection routine_law"),
    ("D", _REAL, "background campaign_factor entry_rate strategic_rate alarm_rate follow_up falls_due in_step"),
    ("D", _REAL, "fast_falls_due fast_in_step believed spill line_rung line_civilians line_depth line_leader"),
    ("D", _REAL, "harm_kept discharge attention expected unitemised unitemised_received"),
    ("D", _WHOLE, "gamma_law"),
    ("DR", _REAL, "mean_reactions lead own_harm opponent_harm short_of_line"),
    ("A", _REAL, "ally_weight"),
)
_MOMENT: Final[Fields] = (
    # What is given of one step, the same in every history: time, what the scenario schedules, addresses of draws.
    ("", _WHOLE, "step in_truce first_given last_given"),
    ("", _REAL, "day shock"),
    ("", _WORD, "truce_word mediation_word shock_word ground_word ceasefire_word reignition_word"),
    ("P", _WORD, "campaign_word join_word leave_word"),
    ("D", _WORD, "acts_word act_word strikes_word strike_word alarm_word alarm_act_word"),
    ("L", _WORD, "draw_word"),
)
_HISTORY: Final[Fields] = (
    # The state of one history.
    ("", _WORD, "luck"),
    ("", _WHOLE, "phase began_by in_truce truce_by_chance civilian_day failed rule_failed n_cells"),
    ("", _WHOLE, "rules_at shown_at answer_at"),  # addresses in memory
    ("", _WHOLE, "gravest_rung"),
    ("", _REAL, "civilians_in_month civilians_weighed civilian_term"),
    ("", _REAL, "driver mediation mediation_shock mediation_deviation truce_days"),
    ("", _REAL, "campaign_day ground_day ceasefire_day"),
    ("P", _REAL, "posture resolve weariness capability campaign_push first_day since mass_day top_day"),
    ("P", _WHOLE, "joined joined_before is_at_war trigger"),
    ("D", _REAL, "unanswered_harm observed_acts observed_rungs observation_fade observed follow_ups_due"),
    ("RD", _REAL, "due fast_due"),
    # Policies of the rule of a dyad: places among the nodes, none where the answer comes from outside.
    ("D", _WHOLE, "first_node last_node"),
    # Of the step at hand.
    ("P", _REAL, "drive"),
    ("D", _REAL, "rate pull follow_ups routine expected_acts draw activity mediated campaign_answer strategic_answer"),
    ("RD", _REAL, "released multiplier"),
    ("RD", _COUNT, "chosen_rung"),
    ("", _WHOLE, "has_push phase_before"),
    ("D", _WHOLE, "is_asked"),
    # Reported of the step before.
    ("P", _REAL, "shock_seen leaders_lost killed"),
    ("D", _REAL, "acts_seen rungs_seen harm_received harm_inflicted"),
    ("RD", _COUNT, "received sent"),
    # Kept of days: the last act on a grave rung, civilians killed, what the counts of a campaign need.
    ("R", _REAL, "rung_day"),
    ("M", _REAL, "civilians killed_on_day"),
    ("W", _WHOLE, "is_busy is_other_busy"),
    # Today by cell, which is a row of a dyad times the number of rungs plus a rung; cells with an act.
    ("C", _COUNT, "cells acts_today launches_today claimed_today killed_today civilians_today"),
    ("H", _WHOLE, "is_ceasefire_at"),
    ("Q", _REAL, "truce_day"),
    ("S", _REAL, "rules"),  # the policies' own numbers, laid out by their plans
)
_ACT: Final[Fields] = (
    ("", _WORD, "word"),
    # Its rungs: meant (launched), reported (rung), on which it provokes (provocation); the dyad that answers (answer).
    ("", _WHOLE, "lane dyad cause launched killed civilians leaders rung answer provocation crosses seen"),
    ("", _WHOLE, "launches claimed"),  # of salvos
    ("", _REAL, "owed"),  # mean reactions to it, before any multiplier
    ("U", _REAL, "draw"),  # uniforms, see `sim.engine.kernel.luck.DECISIONS`
)
_GIVEN: Final[Fields] = (("", _WORD, "word"), ("", _WHOLE, "step dyad rung killed civilians leaders charged"))
_AXES: Final = ("P", "D", "R", "A", "H", "Q", "N", "L", "S")
_LITTLE: Final = dict(zip(_AXES, (8, 8, shown.FEWEST_RUNGS, 8, 8, 8, 32, 16, 256), strict=True))
_USUAL: Final = dict(zip(_AXES, (16, 32, shown.FEWEST_RUNGS, 16, 8, 8, 256, 64, 1024), strict=True))
"""Two size classes that hold nearly all theatres: what is compiled once serves them."""


@dataclass(frozen=True)
class Size:
    """The size class of a theatre: the lengths of the axes of its records, each a power of two."""

    P: int  # parties
    D: int  # dyads
    R: int  # rungs, from 0
    A: int  # alliances
    H: int  # horizons
    Q: int  # questions about a truce
    N: int  # policies of the rules of dyads
    L: int  # their draws
    S: int  # numbers of all policies

    @classmethod
    def holding(cls, **numbers: int) -> "Size":
        """Return the class that holds so much of each: little, usual, or larger where it must be."""
        if all(number <= _LITTLE[axis] for axis, number in numbers.items()):
            return cls(**_LITTLE)
        return cls(**{axis: max(least, 1 << max(numbers[axis] - 1, 0).bit_length()) for axis, least in _USUAL.items()})

    def shape(self, axes: str) -> tuple[int, ...]:
        """Return the shape of a field by the letters of its axes: C is a cell of dyad and rung, M and W are days."""
        given = {"C": self.D * self.R, "M": MONTH, "W": WEEK, "U": N_DRAWS}
        return tuple(given[axis] if axis in given else getattr(self, axis) for axis in axes)


def _record(fields: Fields, size: Size | None = None, inner: tuple[tuple[str, Any], ...] = ()) -> np.dtype[Any]:
    plain: list[tuple[Any, ...]] = list(inner)
    for axes, kind, names in fields:
        shape = (size.shape(axes),) if size is not None and axes else ()
        plain += [(name, kind, *shape) for name in names.split()]
    # What fills whole lines of the cache comes first, so that it begins with one.
    types = [(name, np.dtype((kind, *shape) if shape else kind)) for name, kind, *shape in plain]
    types.sort(key=lambda field: field[1].itemsize % LINE > 0)
    record = np.dtype(types, align=True)
    rest = -record.itemsize % LINE
    return np.dtype([*types, ("_rest", "u1", (rest,))], align=True) if rest else record


_SIZED: Final = {"setting": _SETTING, "values": _VALUES, "moment": _MOMENT, "history": _HISTORY}


@cache
def record_type(name: str, size: Size) -> np.dtype[Any]:
    """Return the record of the setting, values, a moment or a history; a history has what a policy is shown in it."""
    inner = (("shown", shown.moment_type(size.R)), ("answer", shown.answer_type(size.R))) if name == "history" else ()
    return _record(_SIZED[name], size, inner)


def zeroed_records(name: str, size: Size, n: int) -> npt.NDArray[Any]:
    """Return zeroed records that begin with a line of the cache, shape (n,)."""
    dtype = record_type(name, size)
    memory = np.zeros(n * dtype.itemsize + LINE, dtype=np.uint8)
    start = -memory.ctypes.data % LINE
    return memory[start : start + n * dtype.itemsize].view(dtype)


ACT: Final = _record(_ACT, Size(**_LITTLE))  # one act, from its cause to what it provokes
GIVEN: Final = _record(_GIVEN)  # one act that is given; ``charged`` is the dyad that answers it, -1 for the usual

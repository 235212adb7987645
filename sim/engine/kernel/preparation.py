"""Fills the kernel's records from a theatre and its parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from sim.core.arrays import Floats
from sim.core.distributions import NoiseFactors
from sim.core.parameters import LaneValues
from sim.core.random_streams import GAMMA, Streams, mix, word_of
from sim.engine.acts import Marks, stack_values
from sim.engine.branching import Reactions, routine_rungs
from sim.engine.configuration import Parameters, Timeline
from sim.engine.kernel.days import NO_DAY
from sim.engine.kernel.histories import Histories
from sim.engine.kernel.marks import NORMAL_CELLS
from sim.engine.kernel.records import GIVEN, Size, history_type, moment_type, setting_type, values_type
from sim.engine.kernel.rules import Rules
from sim.engine.ladder import Ladder
from sim.engine.theatre import Alliance, Dyad, Theatre
from sim.engine.war_entry import EntryParameters
from sim.engine.warm_start import Record, build_record, group_by_step
from sim.policies.base import Policy, RedLine

OBSERVATION_MEMORY_DAYS = 7.0
"""Time over which observed rungs are averaged (S2.7)."""
OBSERVATION_FADING_DAYS = 30.0
"""Time over which an observation fades in a lull (S2.7)."""
WEARINESS_DAYS = 120.0
"""Time over which weariness fades (S2.7)."""
ALARM_DAYS = 2.0 / 24.0
"""Time for which a false alarm is believed (S2.6) [days]."""
_FARTHEST_NORMAL = 8.3
_NO_LINE = RedLine(rung=0.0, civilians=np.inf, depth=np.inf)

Records = npt.NDArray[Any]


class Tables:
    """All tables of laws, one after the other."""

    def __init__(self) -> None:
        edges = special.ndtri(np.linspace(0.0, 1.0, NORMAL_CELLS + 1))
        edges[0], edges[-1] = -_FARTHEST_NORMAL, _FARTHEST_NORMAL
        self._parts: list[Floats] = []
        self._size = 0
        self.normal = self.add(edges)

    def add(self, table: Floats) -> int:
        """Add a table and return where it begins."""
        start = self._size
        self._parts.append(table.ravel())
        self._size += table.size
        return start

    def joined(self) -> Floats:
        """Return all tables in one."""
        return np.concatenate(self._parts)


class Columns:
    """Values of parameters, gathered by name and place, until it is known whether histories differ in any."""

    def __init__(self, n_replicates: int) -> None:
        self._n_replicates = n_replicates
        self._given: list[tuple[str, tuple[Any, ...], npt.NDArray[Any]]] = []

    def put(self, name: str, value: npt.ArrayLike, *place: int) -> None:
        """Give a value, or one by replicate."""
        self._given.append((name, place, np.asarray(value)))

    def put_by_rung(self, name: str, values: npt.ArrayLike, *place: int) -> None:
        """Give a value for each rung from 0, shape (n_rungs, n_replicates or 1)."""
        array = np.asarray(values)
        self._given.append((name, (*place, slice(0, len(array))), array))

    def records(self, size: Size) -> Records:
        """Return one record for every replicate; a single one where all are alike."""
        varies = any(array.ndim and (array != array[..., :1]).any() for _, _, array in self._given)
        records = np.zeros(self._n_replicates if varies else 1, dtype=values_type(size))
        for name, place, array in self._given:
            known = array if varies or array.ndim == 0 else array[..., :1]
            records[name][:, *place] = known.T
        return records


def size_of(theatre: Theatre, timeline: Timeline, n_nodes: int, n_numbers: int) -> Size:
    """Return the size class of a theatre with rules of some policies, draws and numbers."""
    return Size.holding(
        P=len(theatre.parties),
        D=len(theatre.dyads),
        R=theatre.ladder.top + 1,
        A=len(theatre.alliances),
        H=len(timeline.horizons),
        Q=sum(question.kind == "driver_truce" for question in timeline.questions),
        N=n_nodes,
        S=n_numbers,
    )


def build_setting(
    size: Size, theatre: Theatre, parameters: Parameters, timeline: Timeline, laws: Laws, streams: Streams
) -> Records:
    """Return the record of what is the same in every history, but for the rules of the dyads."""
    setting = np.zeros(1, dtype=setting_type(size))
    record = setting[0]
    days = timeline.step_days
    record["n_parties"], record["n_dyads"] = len(theatre.parties), len(theatre.dyads)
    record["n_horizons"] = len(timeline.horizons)
    record["top"], record["steps_per_day"], record["step_days"] = theatre.ladder.top, timeline.steps_per_day, days
    record["observation_kept"] = np.exp(-days / OBSERVATION_MEMORY_DAYS)
    record["observation_fading"] = np.exp(-days / OBSERVATION_FADING_DAYS)
    record["weariness_kept"] = np.exp(-days / WEARINESS_DAYS)
    record["branch_word"] = word_of("branch", streams.seed)
    record["horizon"][: len(timeline.horizons)] = timeline.horizons
    truces = [question.threshold for question in timeline.questions if question.kind == "driver_truce"]
    record["n_truce_questions"] = len(truces)
    record["truce_length"][: len(truces)] = truces
    record["normal_table"], record["launch_table"] = laws.tables.normal, laws.launches
    _note_mechanisms(record, theatre, parameters, timeline)
    _note_theatre(record, theatre, parameters)
    _note_ladder(record, theatre)
    return setting


def _note_mechanisms(record: Any, theatre: Theatre, parameters: Parameters, timeline: Timeline) -> None:
    """Say which mechanisms can act in any history of the ensemble."""
    parties, world = list(parameters.parties.values()), parameters.world

    def differs(values: Sequence[npt.ArrayLike], usual: float) -> bool:
        return any(np.any(np.asarray(value) != usual) for value in values)

    record["has_gamma"] = differs([party.overdispersion for party in parties], 0.0)
    record["has_detection"] = differs([party.detection for party in parties], 1.0)
    record["has_misperception"] = differs([party.misperception for party in parties], 0.0)
    record["has_noise"] = differs([party.harm_noise for party in parties], 0.0)
    record["has_claims"] = differs(
        [value for party in parties for value in (party.claim_bias, party.claim_spread)], 0.0
    )
    record["has_own_loss_weight"] = differs([party.own_loss_weight for party in parties], 1.0)
    record["has_spill"] = differs([parameters.dyads[dyad.id].spill for dyad in theatre.dyads], 0.0)
    record["has_truces_by_chance"] = differs([world.truce_hazard], 0.0)
    record["has_truces"] = bool(timeline.truces) or record["has_truces_by_chance"]
    record["has_wandering_mediation"] = differs([world.mediation_spread], 0.0)
    record["has_shocks_by_chance"] = differs([world.mediation_shock_hazard], 0.0)
    moves = bool(timeline.shocks) or record["has_wandering_mediation"] or record["has_shocks_by_chance"]
    record["has_moving_mediation"] = moves
    record["is_mediated_anew"] = moves or differs([world.mediation_added], 0.0)


def _note_theatre(record: Any, theatre: Theatre, parameters: Parameters) -> None:
    """Say who stands where and who can act on whom."""
    for place, party in enumerate(theatre.parties):
        rows = theatre.rows_of(party.id)
        record["first_dyad"][place], record["last_dyad"][place] = rows.start, rows.stop
        record["is_of_front"][place] = theatre.front.holds(party.id)
        record["counts_launches"][place] = party.counts_launches
        record["may_join"][place] = theatre.may_join(party.id)
        record["is_campaigner"][place] = np.any(np.asarray(parameters.parties[party.id].campaign_hazard) > 0)
    record["has_joiners"] = len(theatre.joiners) > 0
    for joiner in theatre.joiners:
        place = theatre.party_index[joiner.party]
        record["waits"][place] = len(joiner.only_after) > 0
        for other in joiner.only_after:
            record["waits_for"][place, theatre.party_index[other]] = 1
    for number, alliance in enumerate(alliances_by_party(theatre)):
        place = theatre.party_index[alliance.party]
        record["ally"][number] = theatre.party_index[alliance.ally]
        if record["last_alliance"][place] == 0:
            record["first_alliance"][place] = number
        record["last_alliance"][place] = number + 1
    rows = slice(0, len(theatre.dyads))
    record["sender"][rows], record["target"][rows] = theatre.sender, theatre.target
    record["answer"][rows], record["spilled_answer"][rows] = theatre.answers, theatre.spilled_answers
    record["is_dyad_of_front"][rows], record["side"][rows] = theatre.is_of_front, theatre.side
    for row, dyad in enumerate(theatre.dyads):
        record["has_alarms"][row] = np.any(np.asarray(parameters.dyads[dyad.id].false_alarms) > 0)


def alliances_by_party(theatre: Theatre) -> list[Alliance]:
    """Return all alliances, those of one party that may join together."""
    return [alliance for party in theatre.parties for alliance in theatre.alliances_of(party.id)]


def _note_ladder(record: Any, theatre: Theatre) -> None:
    ladder = theatre.ladder
    rungs = slice(0, ladder.top + 1)
    record["rung_harm"][rungs], record["civilian_share"][rungs] = ladder.harm, ladder.civilian_share
    record["leader_chance"][rungs], record["reach"][rungs] = ladder.leader, ladder.depth_high
    for name in ("criterion_killed", "criterion_civilians", "criterion_leader"):
        record[name][rungs] = [getattr(rung, name) for rung in ladder.rungs]
    record["depth_middle"][rungs], record["depth_spread"][rungs] = depth_law(ladder)


def depth_law(ladder: Ladder) -> tuple[Floats, Floats]:
    """Return the median and the spread of the log depth of an act on each rung [log km].

    The median is the geometric middle of the rung's interval, which spans four standard deviations.
    """
    low, high = np.log(np.maximum(ladder.depth_low, 0.2)), np.log(np.maximum(ladder.depth_high, 0.21))
    return (low + high) / 2.0, (high - low) / 4.0


def depth_shares(ladder: Ladder, depth: LaneValues) -> Floats:
    """Return the share of acts on each rung that are nearer than a depth [km], shape (n_rungs, n_replicates or 1)."""
    middle, spread = (part[:, None] for part in depth_law(ladder))
    with np.errstate(divide="ignore"):
        below = special.ndtr((np.log(np.atleast_1d(depth)) - middle) / spread)
    return np.asarray((below - special.ndtr(-2.0)) / (special.ndtr(2.0) - special.ndtr(-2.0)))


class Laws:
    """The tables of the laws of chance of an ensemble, and where each party's and dyad's begin, by replicate."""

    def __init__(self, theatre: Theatre, parameters: Parameters, marks: Marks, reactions: Reactions, n: int) -> None:
        self.tables = Tables()
        self.launches = self.tables.add(marks.launch_edges)
        zeta = marks.zeta
        # The number of a law comes before its edges, which stand above it.
        rows = np.column_stack([zeta.numbers.astype(np.float64), zeta.edges])
        self.severity = self.tables.add(rows) + zeta.law * rows.shape[1]
        noise = NoiseFactors(stack_values([parameters.parties[p.id].harm_noise for p in theatre.parties], n))
        self.noise = self.tables.add(noise.factors) + noise.law * noise.factors.shape[1]
        gamma = reactions.gamma
        self.gamma = self.tables.add(gamma.factors) + gamma.law * gamma.factors.shape[1]


def build_values(
    size: Size,
    theatre: Theatre,
    parameters: Parameters,
    timeline: Timeline,
    laws: Laws,
    marks: Marks,
    reactions: Reactions,
    red_lines: Mapping[str, RedLine],
    record: Record,
    stationary: Floats,
    n_replicates: int,
) -> Records:
    """Return the parameters of every history, or of all where they are alike."""
    columns = Columns(n_replicates)
    _put_world(columns, parameters, timeline)
    shocks = routine_shocks(theatre, parameters, marks, stationary)
    for place, party in enumerate(theatre.parties):
        _put_party(columns, place, theatre, parameters, timeline, marks)
        columns.put("severity_law", laws.severity[place], place)
        columns.put("noise_law", laws.noise[place], place)
        columns.put("routine_shock", shocks[place] * timeline.step_days, place)
        if party.id in parameters.entries:
            _put_entry(columns, place, parameters.entries[party.id])
    for row, dyad in enumerate(theatre.dyads):
        line = red_lines.get(dyad.id, _NO_LINE)
        _put_dyad(columns, row, theatre, parameters, timeline.step_days, reactions, line)
        columns.put("gamma_law", laws.gamma[row], row)
        columns.put("unitemised", record.unitemised[row], row)
        columns.put("unitemised_received", record.received[row], row)
        observer = parameters.parties[dyad.sender]
        columns.put_by_rung("own_harm", marks.mean_harm(theatre, dyad.sender, observer), row)
        columns.put_by_rung("opponent_harm", marks.mean_harm(theatre, dyad.target, observer), row)
    for place, alliance in enumerate(alliances_by_party(theatre)):
        columns.put("ally_weight", parameters.alliances[alliance.id].weight, place)
    return columns.records(size)


def _put_world(columns: Columns, parameters: Parameters, timeline: Timeline) -> None:
    world, front, days = parameters.world, parameters.front, timeline.step_days
    columns.put("driver_level", np.power(world.driver_level, world.driver_exponent))
    columns.put("truce_begins", -np.expm1(-np.asarray(world.truce_hazard) * days))
    columns.put("truce_ends", -np.expm1(-days / np.asarray(world.truce_days)))
    columns.put("shock_chance", -np.expm1(-np.asarray(world.mediation_shock_hazard) * days))
    columns.put("shock_size", world.mediation_shock_size)
    fading = np.exp(-days / np.asarray(world.mediation_decay_days))
    columns.put("mediation_fading", fading)
    columns.put("mediation_spread", world.mediation_spread * np.sqrt(1.0 - fading**2))
    columns.put("mediation_usual", world.mediation)
    columns.put("mediation_level", np.asarray(world.mediation) + world.mediation_added)
    for name in ("ground_hazard", "ceasefire_hazard", "ceasefire_mediation", "reignition_hazard", "ceasefire_activity",
                 "campaign_posture", "mass_memory_days", "mass_killed"):  # fmt: skip
        columns.put(name, getattr(front, name))
    for name in ("acts", "launches", "days", "killed", "killed_days"):
        columns.put(f"campaign_{name}", getattr(parameters.definitions, f"campaign_{name}"))
    columns.put("war_killed", parameters.definitions.war_killed)


_AS_DECLARED = (
    "posture_baseline", "posture_spread", "imitation", "civilian_shock", "leader_shock",
    "resolve_baseline", "weariness_effect", "leader_loss", "civilian_weight", "leader_weight", "own_loss_weight",
    "misperception", "most_killed", "leader_strikes", "claim_bias", "claim_spread", "driver_share", "trend",
    "restraint", "campaign_hazard", "campaign_slope", "campaign_shock", "campaign_mediation",
)  # fmt: skip


def _put_party(
    columns: Columns, place: int, theatre: Theatre, parameters: Parameters, timeline: Timeline, marks: Marks
) -> None:
    own, days = parameters.parties[theatre.parties[place].id], timeline.step_days
    for name in _AS_DECLARED:
        columns.put(name, getattr(own, name), place)
    columns.put("posture_share", -np.expm1(-days / np.asarray(own.posture_memory_days)), place)
    columns.put("capacity", 1000.0 * np.asarray(own.strength), place)
    columns.put("campaign_deterrence", np.asarray(own.campaign_deterrence) * own.expected_loss, place)
    columns.put_by_rung("lethality", marks.lethality[place], place)
    rungs = np.arange(theatre.ladder.top + 1)[:, None]
    columns.put_by_rung("detection", 1.0 - np.power(1.0 - np.asarray(own.detection), 1 + rungs), place)
    columns.put_by_rung("routine_law", routine_rungs(own, theatre.ladder.top), place)


def _put_entry(columns: Columns, place: int, entry: EntryParameters) -> None:
    for name in ("hazard", "rung_slope", "civilians", "driver", "deterrence", "mediation", "posture"):
        columns.put(f"entry_{name}", getattr(entry, name), place)
    columns.put("entry_days", entry.shortest_days, place)
    columns.put("exit_hazard", entry.exit_hazard, place)


def _put_dyad(
    columns: Columns,
    row: int,
    theatre: Theatre,
    parameters: Parameters,
    step_days: float,
    reactions: Reactions,
    line: RedLine,
) -> None:
    dyad = theatre.dyads[row]
    own, sender = parameters.dyads[dyad.id], parameters.parties[dyad.sender]
    columns.put("background", background(parameters, dyad), row)
    for name in ("campaign_factor", "entry_rate", "strategic_rate", "spill"):
        columns.put(name, getattr(own, name), row)
    columns.put("alarm_rate", own.false_alarms, row)
    columns.put("follow_up", sender.follow_up, row)
    columns.put("harm_kept", np.exp(-step_days / np.asarray(sender.harm_memory_days)), row)
    columns.put("discharge", sender.discharge, row)
    columns.put("attention", own.share, row)
    columns.put("expected", parameters.parties[dyad.target].posture_baseline, row)
    columns.put("falls_due", reactions.later[row], row)
    columns.put("in_step", reactions.now[row], row)
    if row in reactions.fast:
        later, now = reactions.fast[row]
        columns.put("fast_falls_due", later, row)
        columns.put("fast_in_step", now, row)
    columns.put("believed", -np.expm1(-ALARM_DAYS / reactions.delay[row]), row)
    # A line above the ladder lifts to its top: no act can stand higher.
    columns.put("line_rung", np.minimum(line.rung, theatre.ladder.top), row)
    columns.put("line_civilians", line.civilians, row)
    columns.put("line_depth", line.depth, row)
    columns.put("line_leader", np.asarray(line.leader, dtype=np.float64), row)
    columns.put_by_rung("short_of_line", depth_shares(theatre.ladder, line.depth), row)
    columns.put_by_rung("mean_reactions", reactions.mean[row], row)
    columns.put_by_rung("lead", reactions.lead[row], row)


def build_moments(
    size: Size, theatre: Theatre, timeline: Timeline, record: Record, draws: Sequence[tuple[str, str]]
) -> tuple[Records, Records]:
    """Return what is given of each step, those of the record first, and the acts given by step.

    ``draws`` are the owner and the decision of each draw of a policy.
    """
    steps = np.arange(min(record.steps, default=0), timeline.horizon_days * timeline.steps_per_day)
    moments = np.zeros(len(steps), dtype=moment_type(size))
    moments["step"], moments["day"] = steps, steps * timeline.step_days
    _put_schedule(moments, steps, timeline)
    given = _put_given(moments, steps, theatre, timeline, record)
    front = theatre.front.id
    names = {"truce_word": ("world", "truce"), "mediation_word": ("world", "mediation"),
             "shock_word": ("world", "diplomatic shock"), "ground_word": (front, "ground"),
             "ceasefire_word": (front, "ceasefire"), "reignition_word": (front, "reignition")}  # fmt: skip
    for field, address in names.items():
        moments[field] = _addresses(steps, *address)
    for place, party in enumerate(theatre.parties):
        for decision in ("campaign", "join", "leave"):
            moments[f"{decision}_word"][:, place] = _addresses(steps, party.id, decision)
    decisions = {"acts_word": "acts", "act_word": "act", "strikes_word": "strategic acts",
                 "strike_word": "strategic act", "alarm_word": "false alarm", "alarm_act_word": "alarm"}  # fmt: skip
    for row, dyad in enumerate(theatre.dyads):
        for field, decision in decisions.items():
            moments[field][:, row] = _addresses(steps, dyad.id, decision)
    for place, address in enumerate(draws):
        moments["draw_word"][:, place] = _addresses(steps, *address)
    return moments, given


def _addresses(steps: npt.NDArray[np.int64], owner: str, decision: str) -> npt.NDArray[np.uint64]:
    """Return the address of a draw in each step (see `Streams.address`)."""
    return mix(mix(np.uint64(word_of(owner, decision)) + steps.astype(np.uint64) * np.uint64(GAMMA)))


def _put_schedule(moments: Records, steps: npt.NDArray[np.int64], timeline: Timeline) -> None:
    """Put down scheduled truces and shocks; spans are rounded to whole steps, so that none is a rounding short."""
    days = timeline.step_days

    def covered(start_day: float, span: float) -> npt.NDArray[np.bool_]:
        first = round(start_day / days)
        within: npt.NDArray[np.bool_] = (steps >= first) & (steps < first + max(1, round(span / days)))
        return within

    for truce in timeline.truces:
        moments["in_truce"] |= covered(truce.start_day, truce.days)
    for shock in timeline.shocks:
        moments["shock"] += covered(shock.day, days) * shock.size


def _put_given(
    moments: Records, steps: npt.NDArray[np.int64], theatre: Theatre, timeline: Timeline, record: Record
) -> Records:
    """Return all given acts by step, each numbered within its step, and say in each moment where its own stand."""
    by_step = group_by_step(timeline.scheduled, timeline.step_days) | record.steps
    rows = []
    for moment, step in zip(moments, steps, strict=True):
        moment["first_given"] = len(rows)
        rows += [(act, int(step), number) for number, act in enumerate(by_step.get(int(step), ()))]
        moment["last_given"] = len(rows)
    given = np.zeros(len(rows), dtype=GIVEN)
    for place, (act, step, number) in enumerate(rows):
        dyad = f"{act.sender}-{act.target}"
        charged = -1 if act.charged is None else theatre.dyad_index.get(f"{act.target}-{act.charged}", -1)
        word = Streams(0, [0]).address(dyad, "given", step, number)
        given[place] = (
            word, step, theatre.dyad_index[dyad], act.rung, act.killed, act.civilians, act.leaders, charged
        )  # fmt: skip
    return given


def build_states(size: Size, theatre: Theatre, values: Records, streams: Streams) -> Records:
    """Return the state of every history before the record and the first step."""
    histories = np.zeros(streams.n_replicates, dtype=history_type(size))
    histories["luck"] = streams.lane_words
    histories["began_by"], histories["civilian_day"] = -1, NO_DAY
    for name in ("campaign_day", "ground_day", "ceasefire_day", "first_day", "since", "truce_day"):
        histories[name] = np.inf
    for name in ("mass_day", "top_day", "rung_day"):
        histories[name] = -np.inf
    for name in ("capability", "observed_acts", "observation_fade", "activity", "mediated"):
        histories[name] = 1.0
    histories["driver"] = values["driver_level"]
    histories["mediation"] = np.clip(values["mediation_level"], 0.0, 1.0)
    histories["posture"], histories["resolve"] = values["posture_baseline"], values["resolve_baseline"]
    histories["observed_rungs"] = histories["observed"] = values["expected"]
    histories["trigger"] = -1
    for place, party in enumerate(theatre.parties):
        histories["joined"][:, place] = not theatre.may_join(party.id)
    return histories


def prepare(
    theatre: Theatre,
    parameters: Parameters,
    policies: Mapping[str, Policy],
    timeline: Timeline,
    streams: Streams,
    take_rows: Callable[[Records], None],
) -> Histories:
    """Return the histories of an ensemble before the record; ``policies`` are by dyad id.

    Raises `SupercriticalError` if reactions would sustain themselves in some replicate.
    """
    n = streams.n_replicates
    red_lines = {dyad: line for dyad, policy in policies.items() if (line := policy.red_line()) is not None}
    fast = {dyad: line.delay_days for dyad, line in red_lines.items() if line.delay_days is not None}
    marks = Marks(theatre, parameters.parties, n)
    reactions = Reactions(theatre, parameters.parties, parameters.dyads, fast, timeline.step_days, n)
    usual = stack_values([background(parameters, dyad) for dyad in theatre.dyads], n)
    stationary = reactions.stationary_rates(usual)
    record = build_record(theatre, timeline.history, stationary, timeline.step_days)
    laws = Laws(theatre, parameters, marks, reactions, n)
    rules = Rules(theatre, policies)
    size = size_of(theatre, timeline, max(len(rules.nodes), len(rules.draws)), rules.n_numbers)
    setting = build_setting(size, theatre, parameters, timeline, laws, streams)
    rules.enter(setting[0])
    for row, dyad in enumerate(theatre.dyads):
        setting[0]["is_fast"][row], setting[0]["has_line"][row] = dyad.id in fast, dyad.id in red_lines
    setting[0]["has_fast"] = len(fast) > 0
    values = build_values(size, theatre, parameters, timeline, laws, marks, reactions, red_lines, record, stationary, n)
    moments, given = build_moments(size, theatre, timeline, record, rules.draws)
    states = build_states(size, theatre, values, streams)
    rules.fill(states)
    return Histories(
        setting,
        values,
        states,
        moments,
        -min(record.steps, default=0),
        given,
        laws.tables.joined(),
        streams.branches,
        rules.asked_outside,
        len(theatre.parties),
        take_rows,
    )


def background(parameters: Parameters, dyad: Dyad) -> LaneValues:
    """Return the background of a dyad before the driver, the trend and the phase of the front [1/day]."""
    sender = parameters.parties[dyad.sender]
    free = np.asarray(sender.baseline) * (1.0 - np.asarray(sender.host_control))
    return free * np.asarray(parameters.dyads[dyad.id].share)


def routine_shocks(theatre: Theatre, parameters: Parameters, marks: Marks, stationary: Floats) -> Floats:
    """Return the mean sum of log(1 + civilians killed) that routine fire on each party brings [1/day].

    The baseline posture is that of an exchange with routine fire, so only what exceeds it moves the posture.
    """
    shocks = np.zeros((len(theatre.parties), stationary.shape[1]))
    for row, (sender, target) in enumerate(zip(theatre.sender, theatre.target, strict=True)):
        law = routine_rungs(parameters.parties[theatre.parties[sender].id], theatre.ladder.top)
        law = np.broadcast_to(law, (theatre.ladder.top + 1, stationary.shape[1]))
        shocks[target] += stationary[row] * marks.mean_civilian_shock(sender, law)
    return shocks

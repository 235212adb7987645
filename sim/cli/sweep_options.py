"""How much a sweep computes and where: precision, most replicates, time, a share of the blocks, a cluster."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from sim.cli.option_groups import OptionGroup, option
from sim.cli.options import QuestionChoice, ReplicatesOption
from sim.core.errors import InputError, Problems

if TYPE_CHECKING:
    from sim.results.analysis.stopping_rule import Precision
    from sim.scenario.scenario import Scenario
    from sim.sweeps.blocks import Shard

ReplaceOption = Annotated[
    bool, option("Replace tables of more replicates, or tables whose blocks are not there.", "--replace")
]
TimeOption = Annotated[str | None, option("Stop each sweep after this time, such as 90s, 10m or 2h.")]

_TIMES_THE_SCENARIO: Final = 10
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([smh]?)")
_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600}


def parse_duration(text: str | None) -> float | None:
    """Return the seconds of a text such as ``90s``, ``10m`` or ``2h``; a bare number is seconds."""
    if text is None:
        return None
    parts = _DURATION.fullmatch(text.strip())
    if parts is None or float(parts[1]) <= 0:
        raise InputError.single("options", "--time-limit", f'must be like 90s, 10m or 2h, and above 0, not "{text}"')
    return float(parts[1]) * _SECONDS[parts[2]]


@dataclass(frozen=True, kw_only=True)
class Stopping(OptionGroup):
    """Precision that every point has to reach, in either way, and the replicates at which it stops in any case."""

    until_halfwidth: Annotated[float | None, option("Run until half the 95 % bounds are as narrow as this share.")] = (
        None
    )
    until_se: Annotated[float | None, option("Run until the Monte Carlo error is as small as this share.")] = None
    max_replicates: Annotated[int | None, option("Then stop in any case; ten times those of the scenario.")] = None


@dataclass(frozen=True, kw_only=True)
class Workload(Stopping, QuestionChoice):
    """What the command line says about the amount of work; the precision holds for the choice of questions and days."""

    replicates: ReplicatesOption = None
    shard: Annotated[str | None, option("Only this share of the blocks, such as 3/8; for batch queues.")] = None

    @property
    def has_rule(self) -> bool:
        """Whether a rule decides on the replicates."""
        return self.until_halfwidth is not None or self.until_se is not None

    @property
    def part(self) -> Shard | None:
        """The share of the blocks."""
        from sim.sweeps.blocks import Shard

        return None if self.shard is None else Shard.parse(self.shard)

    def check(self) -> None:
        """Refuse what does not go together, all at once."""
        from sim.core.parameters import REPLICATES

        problems = Problems("options")
        for name, value in (("--until-halfwidth", self.until_halfwidth), ("--until-se", self.until_se)):
            if value is not None and not 0 < value < 0.5:
                problems.add(name, f"{value:g} is out of bounds; it is a share between 0 and 0.5, such as 0.01")
        if self.until_halfwidth is not None and self.until_se is not None:
            problems.add("--until-se", "only one of --until-halfwidth and --until-se can be given")
        if self.max_replicates is not None and not REPLICATES.contains(self.max_replicates):
            ends = f"{REPLICATES.low} and {REPLICATES.high:,}"
            problems.add("--max-replicates", f"{self.max_replicates} is out of bounds; it must lie between {ends}")
        if self.has_rule and self.replicates is not None:
            problems.add("--replicates", "a precision decides on the replicates; --max-replicates bounds them")
        if self.has_rule and self.shard is not None:
            problems.add("--shard", "a precision is judged on all blocks of a round; shards cannot see them")
        if self.max_replicates is not None and not self.has_rule:
            problems.add("--max-replicates", "says something only with --until-halfwidth or --until-se")
        with problems.collect():
            _ = self.part
        problems.raise_if_any()

    def most(self, scenario: Scenario) -> int:
        """Return the replicates of each point, or those at which it stops in any case."""
        from sim.core.parameters import REPLICATES

        if not self.has_rule:
            return scenario.replicates if self.replicates is None else self.replicates
        return self.max_replicates or min(_TIMES_THE_SCENARIO * scenario.replicates, int(REPLICATES.high))

    def check_choice(self, scenario: Scenario) -> None:
        """Refuse questions and horizons that a scenario does not know; a precision is asked at its horizons alone."""
        problems = Problems("options")
        self.add_problems(problems, scenario)
        days = ", ".join(map(str, scenario.horizons))
        for day in (self.horizon or ()) if self.has_rule else ():
            if day not in scenario.horizons:
                problems.add("--horizon", f"{day} is not a horizon of {scenario.name}; they are {days}")
        problems.raise_if_any()

    def rule(self, scenario: Scenario, out: Path) -> Precision | None:
        """Return the rule that decides on the replicates, if a precision is asked; an older folder keeps its blocks."""
        from sim.results.analysis.stopping_rule import ROUND, Precision
        from sim.sweeps.results_folder import read_block_size

        if not self.has_rule:
            return None
        every = [question.id for question in scenario.questions]
        return Precision(
            "se" if self.until_halfwidth is None else "halfwidth",
            self.until_halfwidth or self.until_se or 0.0,
            tuple(dict.fromkeys(self.question or every)),
            tuple(sorted(set(self.horizon or scenario.horizons))),
            self.most(scenario),
            read_block_size(out) or ROUND,
        )

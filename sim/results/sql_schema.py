"""What may be asked of results: the views, and every column with its unit and meaning.

``<…>`` in the name of a column stands for a name of the scenario: a question, a party, a place, a day, a key path.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Column:
    """A column of a view, or a family of columns.

    Parameters
    ----------
    name : str
        Its name; ``<…>`` stands for a name of the scenario.
    unit : str
        Its unit; 1 for counts and shares, empty for words.
    meaning : str
        What it says.
    """

    name: str
    unit: str
    meaning: str

    def matches(self, name: str) -> bool:
        """Return whether a column of this name belongs here."""
        parts = re.split(r"<[^>]+>", self.name)
        return re.fullmatch("(.+)".join(map(re.escape, parts)), name) is not None


@dataclass(frozen=True)
class View:
    """A view that queries may read.

    Parameters
    ----------
    meaning : str
        What a row is.
    columns : tuple of Column
        Its columns, after ``scenario``.
    """

    meaning: str
    columns: tuple[Column, ...]


SCENARIO: Final = Column("scenario", "", "name of the scenario, or the folder's path where two have one name")
_POINT: Final = Column("point", "1", "index of the point of the design, from 0")
_LABEL: Final = Column("label", "", "levels of the factors at the point")
_QUESTION: Final = Column("question", "", "id of the question (Q…) or outcome state (O…)")
_HORIZON: Final = Column("horizon_days", "days", "day by which, or on which, it is asked")
_REPLICATE: Final = Column("replicate", "1", "index of the replicate, from 0; points with one seed share its luck")
_FAILED: Final = Column("failed", "", "whether reactions multiplied without end; such rows are in no table")
_N: Final = Column("n", "1", "replicates that finished")
_FACTOR: Final = Column("<factor>", "", "level of a factor at the point, as text")

_RUNS: Final = (
    _POINT,
    Column("factor.<factor>", "", "level of a factor at the point, as text"),
    _REPLICATE,
    Column("input.<key path>", "unit of the parameter", "what the replicate drew from the prior of a parameter"),
    Column("campaign_day", "days", "first day of a campaign that a party decided on; infinity if never, as all days"),
    Column("ground_day", "days", "first day of a ground operation"),
    Column("ceasefire_day", "days", "first day of a ceasefire"),
    Column("truce_day_<question>", "days", "first day on which the driver has been at a truce for long enough"),
    Column("ceasefire_at_<day>", "", "whether a ceasefire is in force on the day"),
    Column("campaign_began_by", "1", "place of the party that began the first campaign in the manifest; -1 for none"),
    Column("joined_<party>_day", "days", "day on which a party joined the war"),
    Column("joined_<party>_trigger", "1", "what raised its hazard most then: place among the triggers in `entries`"),
    Column("first_to_join", "1", "place of the first party that joined in the manifest; -1 for none"),
    Column("war_day", "days", "first day of a war on the front"),
    Column("regional_day", "days", "first day of a regional war"),
    Column("general_day", "days", "first day of a general regional war"),
    Column("<question>_day", "days", "first day on which the answer to a question is yes"),
    Column("<question>_at_<day>", "", "whether the answer to a question is yes on the day"),
    Column("state_at_<day>", "1", "outcome state on the day, 0 to 4"),
    Column("acts_<dyad>_at_<day>", "1", "acts of a directed dyad from the start to the day"),
    Column("killed_<place>_at_<day>", "persons", "killed at a place from the start to the day, of all sides"),
    Column("civilians_<place>_at_<day>", "persons", "civilians among them"),
    _FAILED,
)

_DAILY: Final = (
    _POINT,
    _REPLICATE,
    _FAILED,
    Column("dyad", "", "sender and target"),
    Column("rung", "1", "rung of the ladder, as it was reported"),
    Column("day", "days", "day of the run, from 1"),
    Column("acts", "1", "acts on the day"),
    Column("launches", "1", "launches of salvos"),
    Column("claimed", "1", "launches that were claimed"),
    Column("killed", "persons", "killed by these acts"),
    Column("civilians", "persons", "civilians among them"),
)

_ODDS: Final = (
    *(_POINT, _LABEL, _QUESTION, _HORIZON, _N),
    Column("events", "1", "replicates in which it happened"),
    Column("failed", "1", "replicates that did not finish and are not in the odds"),
    Column("estimate", "1", "odds: share of the replicates in which it happened"),
    Column("low", "1", "lower end of the 95 % Wilson interval, Monte Carlo error only"),
    Column("high", "1", "upper end of the interval"),
    Column("kind", "", "what the interval holds"),
    Column("n_effective", "1", "independent replicates that would tell the odds as exactly"),
    Column("se_monte_carlo", "1", "Monte Carlo error of the odds"),
    Column("sd_<part>", "1", "standard deviation of the odds over what is not known: calibrated, assumed, policies …"),
    Column("share_<part>", "1", "share of the variance of single histories"),
    Column("assumed_parameters", "1", "parameters of the scenario that are assumptions"),
)

_KILLED: Final = (
    *(_POINT, _LABEL),
    Column("location", "", "place"),
    Column("counted", "", "killed, or civilians among them"),
    *(_HORIZON, _N),
    Column("q05", "persons", "5 % of the replicates have at most as many"),
    Column("median", "persons", "half of the replicates have at most as many"),
    Column("q95", "persons", "95 % of the replicates have at most as many"),
)

_ENTRIES: Final = (
    *(_POINT, _LABEL, _HORIZON),
    Column("party", "", "party that may join"),
    _N,
    Column("joined", "1", "replicates in which it joined by the horizon"),
    Column("share", "1", "share of the replicates in which it joined"),
    Column("low", "1", "lower end of the 95 % interval"),
    Column("high", "1", "upper end of the interval"),
    Column("first", "1", "share in which it was the first to join"),
    Column("first_low", "1", "lower end of the 95 % interval"),
    Column("first_high", "1", "upper end of the interval"),
    Column("day_q25", "days", "first quartile of its days, where it joined"),
    Column("day_median", "days", "median of its days, where it joined"),
    Column("day_q75", "days", "third quartile of its days, where it joined"),
    Column("<trigger>", "1", "share of its entries after this trigger"),
)

_DRIVERS: Final = (
    *(_QUESTION, _HORIZON),
    Column("rank", "1", "place among the parameters that move the outcome, from 1"),
    Column("parameter", "", "key path"),
    Column("repeated_by", "1", "parameters whose value is that of this one"),
    Column("points", "1", "points at which it is drawn"),
    Column("share", "1", "share of the variance of the outcome that it explains alone"),
    Column("share_by_chance", "1", "share below which it cannot be told from none"),
    Column("direction", "", "whether the odds rise with it: up, down, unclear"),
    Column("odds_low_third", "1", "odds in the lowest third of its prior"),
    Column("odds_high_third", "1", "odds in the highest third"),
    Column("basis", "", "assumed or calibrated"),
    Column("source", "", "where its prior comes from"),
)

_FAN: Final = (
    _POINT,
    Column("measure", "", "acts of the day; highest rung of the day; killed of all sides to date"),
    Column("day", "days", "day of the run, from 1"),
    *(
        Column(name, "1 or persons", f"{share} of the replicates have at most as much")
        for name, share in (("q05", "5 %"), ("q25", "25 %"), ("median", "half"), ("q75", "75 %"), ("q95", "95 %"))
    ),
)

VIEWS: Final = {
    "runs": View("a row for each replicate: what it drew and what came of it", _RUNS),
    "daily": View("a row for each replicate, dyad, rung and day with an act", _DAILY),
    "points": View("a row for each point of the design", (_POINT, _LABEL, _FACTOR)),
    "odds": View("odds of each question and outcome state at each point and horizon", _ODDS),
    "killed": View("killed at each place, point and horizon", _KILLED),
    "entries": View("who joined the war, when, and after what trigger", _ENTRIES),
    "drivers": View("the parameters that move each outcome most", _DRIVERS),
    "fan": View("quantiles of what happens day by day at each point", _FAN),
}
"""Views by name; each begins with the column ``scenario``."""

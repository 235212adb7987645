"""Write the page over the tables of the theatre: what each shows, how it is made, what passes and what fails."""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterator

import pandas as pd

from validation.table import FAIL, FOLDER, PASS

TABLES = {
    "reference-class": "reference_class",
    "campaign": "campaign",
    "levers": "levers",
    "episodes": "episodes",
    "reciprocity": "reciprocity",
    "tail": "tail",
    "rates": "rates",
    "splitting": "splitting",
    "sensitivity": "sensitivity",
}
"""Module by table."""
PAGE = FOLDER / "experiments.md"

HEAD = """# Validation of the theatre

Tables of the validation experiments of `docs/science.md`, section 5. This page is written by
`PYTHONPATH=.:tests python -m validation.page`; each table is a CSV file beside it and names the command that makes
each of its rows, from the root of the project.

The intervals hold Monte Carlo error at 95 %: a bootstrap over groups of eight replicates, which share draws. A row
passes where its estimate lies in the range of the criterion; where a sign is tested, where the whole interval does;
where a figure of the record is compared, where that figure lies in the middle 90 % of the replicates. Rows without a
criterion are shown for what they tell.

The odds are conditional on the priors. The hazards of a campaign, and those of joining a war, were set so that both
rows of V12 sit in the reference class: they check that setting and are no evidence for the model. The rates of the
first month were seen when the priors were set, too.
"""


def page() -> str:
    """Return the text of the page."""
    tables = {name: pd.read_csv(FOLDER / f"{name}.csv") for name in TABLES if (FOLDER / f"{name}.csv").exists()}
    return "\n".join(
        [HEAD, *_summary(tables), *(line for name, table in tables.items() for line in _section(name, table))]
    )


def _summary(tables: dict[str, pd.DataFrame]) -> Iterator[str]:
    yield "| table | experiment | rows with a criterion | pass | fail |\n| --- | --- | --- | --- | --- |"
    for name, table in tables.items():
        judged = table[table["passed"].isin([PASS, FAIL])]
        ids = ", ".join(dict.fromkeys(table["id"]))
        passed = int((judged["passed"] == PASS).sum())
        yield f"| [{name}]({name}.csv) | {ids} | {len(judged)} | {passed} | {len(judged) - passed} |"
    yield ""
    failing = [row for table in tables.values() for row in table[table["passed"] == FAIL].itertuples()]
    yield "**What fails:**\n" if failing else "Nothing fails.\n"
    for row in failing:
        interval = f"{_number(row.low)} to {_number(row.high)}"
        yield f"- {row.id}, {row.quantity}: {_number(row.simulated)} ({interval}), asked for {_range(row)}"
    yield ""


def _section(name: str, table: pd.DataFrame) -> Iterator[str]:
    yield f"## {name}\n"
    yield f"{(importlib.import_module(f'validation.{TABLES[name]}').__doc__ or '').strip()}\n"
    for command in dict.fromkeys(table["command"]):
        yield f"    {command}"
    yield "\n| id | quantity | simulated | interval | criterion | passed | n |\n|" + " --- |" * 7
    for row in table.itertuples():
        interval = "" if math.isnan(row.low) else f"{_number(row.low)} to {_number(row.high)}"
        cells = (row.id, row.quantity, _number(row.simulated), interval, _range(row), _verdict(row), str(row.n))
        yield f"| {' | '.join(cells)} |"
    yield ""


def _verdict(row) -> str:
    if row.passed == PASS:
        return "pass"
    return "**fail**" if row.passed == FAIL else ""


def _range(row) -> str:
    low, high = row.criterion_low, row.criterion_high
    if math.isnan(low) and math.isnan(high):
        return ""
    if low == high:
        return _number(low)
    if math.isnan(low):
        return f"at most {_number(high)}"
    return f"at least {_number(low)}" if math.isnan(high) else f"{_number(low)} to {_number(high)}"


def _number(value: float) -> str:
    return f"{value:.3g}"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()

"""Every declared table with its columns: as records, as sheets, and as the page ``docs/tables.md``."""

from __future__ import annotations

from typing import Any, Final

from sim.report.sheet import Sheet
from sim.results.reading.result_table import SCENARIO, ResultTable
from sim.results.tables import declared_tables

_HEAD: Final = """# Tables of a results folder

Made by `sim results tables --markdown`; what it says is declared beside the function that computes each table, in
`sim/results/analysis`. Every table can be read in four ways:

- `sim results show NAME --table levers` prints it, with how it is to be read (`--json`, `--markdown`);
- `sim results export NAME --table levers --format csv` writes it, also as parquet, json, latex or markdown;
- `sim results query NAME "select * from levers"` asks it in SQL, beside other tables and other folders;
- in Python `sim.results.open_results("NAME").table("levers")` is a DataFrame.

A table that sweeps write lies as `NAME.csv` beside the manifest, so it is there without the blocks as well. In SQL each
begins with the column `scenario`: name of the scenario, or the folder's path where two have one name. `<…>` in the
name of a column stands for a name of the scenario: a question, a party, a place, a day, a key path. A unit of 1 is a
count or a share; words have none.
"""


def record_tables() -> dict[str, Any]:
    """Return what a row of every table is, where the table is, and its columns with unit and meaning, for JSON."""
    return {
        table.name: {
            "meaning": table.row,
            "where": table.where or "everywhere",
            "columns": [
                {"name": column.name, "unit": column.unit, "meaning": column.meaning}
                for column in (SCENARIO, *table.columns)
            ],
        }
        for table in declared_tables().values()
    }


def make_column_sheet(table: ResultTable) -> Sheet:
    """Return the columns of a table with their units and meaning as a sheet."""
    columns = tuple((column.name, column.unit, column.meaning) for column in (SCENARIO, *table.columns))
    return Sheet(f"{table.name}: {table.row}", ("column", "unit", "meaning"), columns, left=3, whole=1)


def describe_tables() -> str:
    """Return the page of all tables as Markdown."""
    parts = [_HEAD]
    for table in declared_tables().values():
        written = f"`{table.name}.csv`, " if table.is_written else ""
        where = f"{written}{table.where or 'everywhere'}".strip()
        rows = [f"| `{column.name}` | {column.unit} | {column.meaning} |" for column in table.columns]
        head = f"## {table.name}\n\n{table.row[0].upper()}{table.row[1:]}. There: {where}.\n"
        parts.append("\n".join([head, "| column | unit | meaning |", "| :--- | :--- | :--- |", *rows, ""]))
    return "\n".join(parts)

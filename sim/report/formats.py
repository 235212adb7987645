"""Rows as CSV, JSON and Parquet, a batch at a time, and as a table that people read."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import IO, Any, Final

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.csv as pc  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from sim.report.sheet import UNKNOWN, Sheet

Batches = Iterable[pa.RecordBatch]
Writer = Callable[[pa.Schema, Batches, IO[bytes]], None]
_FORM: Final = ".6g"


def simplify_value(value: Any) -> Any:
    """Return a value as JSON knows it; what is missing, infinite or no number is None."""
    if isinstance(value, Decimal):
        value = int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [simplify_value(item) for item in value]
    if isinstance(value, dict):
        return {key: simplify_value(item) for key, item in value.items()}
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def write_csv(schema: pa.Schema, batches: Batches, file: IO[bytes]) -> None:
    """Write rows as CSV; a list in a cell is written as JSON."""
    flat = pa.schema([(field.name, pa.string() if pa.types.is_nested(field.type) else field.type) for field in schema])
    with pc.CSVWriter(file, flat, write_options=pc.WriteOptions(quoting_style="needed")) as writer:
        for batch in batches:
            columns = [
                pa.array([json.dumps(simplify_value(value)) for value in column.to_pylist()], pa.string())
                if pa.types.is_nested(column.type)
                else column
                for column in batch.columns
            ]
            writer.write_batch(pa.record_batch(columns, schema=flat))


def write_json(schema: pa.Schema, batches: Batches, file: IO[bytes]) -> None:
    """Write rows as a JSON array, an object in a line for each."""
    before = "["
    for batch in batches:
        for row in batch.to_pylist():
            file.write(f"{before}\n {json.dumps(simplify_value(row), ensure_ascii=False)}".encode())
            before = ","
    file.write(("[" if before == "[" else "").encode() + b"\n]\n")


def write_parquet(schema: pa.Schema, batches: Batches, file: IO[bytes]) -> None:
    """Write rows as Parquet."""
    with pq.ParquetWriter(file, schema, compression="zstd", write_page_checksum=True) as writer:
        for batch in batches:
            writer.write_batch(batch)


WRITERS: Final[dict[str, Writer]] = {"csv": write_csv, "parquet": write_parquet, "json": write_json}
"""Formats for other programs."""


def make_sheet(title: str, table: pa.Table, forms: Mapping[str, str] | None = None) -> Sheet:
    """Return rows as a table that people read, numbers of a column in the form that is given for its name."""
    words = [pa.types.is_string(field.type) or pa.types.is_dictionary(field.type) for field in table.schema]
    left = words.index(False) if False in words else len(words)
    known = forms or {}
    rows = tuple(
        tuple(_cell(value, known.get(name, _FORM)) for name, value in row.items()) for row in table.to_pylist()
    )
    return Sheet(title, tuple(table.column_names), rows, left=left)


def _cell(value: Any, form: str) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:{form}}" if isinstance(value, float) else str(value)

"""The table in a file as people hand it on: CSV of any separator, packed or not, with lines before its header, or JSON.

The text layer is that of the `csv` module over the whole file, so a line break within quotes belongs to its cell, and
a quote that never closes is a fault. What is no table is named for what it is.
"""

import bz2
import contextlib
import csv
import gzip
import io
import json
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

from sim.core.errors import InputError, nearest

SEPARATORS = ",;\t|"
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_PROBED_LINES = 50
_FEW_COLUMNS = 6
_NO_TABLES = {
    b"\xd0\xcf\x11\xe0": "an Excel workbook; save its sheet as CSV",
    b"PAR1": "a Parquet file; write it as CSV",
    b"%PDF": "a PDF, not a table; ask its maker for the table as CSV",
    b"7z\xbc\xaf": "a 7z archive; unpack it and give the file within",
    b"Rar!": "a RAR archive; unpack it and give the file within",
}
_BROKEN = (OSError, EOFError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, RuntimeError)
_ZIPPED = (b"PK\x03\x04", b"PK\x05\x06")
_PACKED: dict[bytes, Callable[..., Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}

# Reports may hold whole articles in one cell; the module's own limit of 128 KiB would refuse them.
csv.field_size_limit(2**31 - 1)


@dataclass(frozen=True)
class TextTable:
    """A header, and the records below it, each with the row that a spreadsheet shows; read as they are asked for."""

    header: tuple[str, ...]
    records: Iterator[tuple[int, list[str]]]
    notes: tuple[str, ...] = ()  # how the file was read, where it is not plain CSV from its first line on


def open_table(path: Path, columns: Sequence[str]) -> TextTable:
    """Return the table of a file by the columns that it must have; a fault in its text names file and line."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise InputError.single(path, "", "is a pipe or the like, which is read once only; give a file")
    try:
        head = _read_head(path)
        for magic, name in _NO_TABLES.items():
            if head.startswith(magic):
                raise InputError.single(path, "", f"is {name}")
        with _open_text(path, head) as text:
            start = text.read(1 << 16).lstrip()
        if start.startswith("<"):
            raise InputError.single(path, "", "is a web page or XML, not a table; was a log-in asked for?")
        return _read_json(path, head, columns) if start.startswith(("{", "[")) else _open_csv(path, head, columns)
    except FileNotFoundError:
        files = [entry.name for entry in path.parent.glob(f"*{path.suffix}")]
        hint = f"; {nearest(path.name, files)}" if files else ""
        raise InputError.single(path, "", f"no such file{hint}") from None
    except UnicodeDecodeError as error:
        raise _no_text(path, head, error) from None
    except _BROKEN as error:
        raise _unreadable(path, error) from None


def is_plain(path: Path) -> bool:
    """Return whether a file is text as it stands, neither packed nor a workbook."""
    head = _read_head(path)
    return not head.startswith((*_NO_TABLES, *_PACKED, *_ZIPPED))


def _read_head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(16)


def _open_bytes(path: Path, head: bytes) -> IO[bytes]:
    """Return the bytes of a file, unpacked."""
    if head.startswith(_ZIPPED):
        return _open_zip(path)
    for magic, opened in _PACKED.items():
        if head.startswith(magic):
            return cast("IO[bytes]", opened(path, "rb"))
    return path.open("rb")


def _open_zip(path: Path) -> IO[bytes]:
    archive = zipfile.ZipFile(path)
    names = [name for name in archive.namelist() if not name.endswith("/") and not name.startswith("__MACOSX/")]
    if "[Content_Types].xml" in names:
        raise InputError.single(path, "", "is an Excel workbook or the like; save its sheet as CSV")
    if len(names) != 1:
        raise InputError.single(path, "", f"is an archive of {len(names)} files; unpack it and give one of them")
    return archive.open(names[0])


def _open_text(path: Path, head: bytes) -> io.TextIOWrapper:
    """Return the text of a file, its line breaks as they are; spreadsheets put a byte order mark in front of it."""
    file: Any = _open_bytes(path, head)
    encoding = "utf-16" if file.peek(2)[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    return io.TextIOWrapper(file, encoding=encoding, newline="")


def _open_csv(path: Path, head: bytes, columns: Sequence[str]) -> TextTable:
    with _open_text(path, head) as text:
        lines = list(islice(text, _PROBED_LINES))
    if not any(line.strip(" \t\r\n,;|") for line in lines):
        raise InputError.single(path, "", "is empty; the first line must name the columns")
    separator, skipped = _find_header(path, lines, columns)
    notes = [] if separator == "," else [f"its columns are separated by {_NAMES[separator]}"]
    if any(line.strip() for line in lines[:skipped]):
        notes.append(f"its header stands in line {skipped + 1}; what is above it was not read")
    records = _read_records(path, head, separator, skipped)
    header = [cell.strip() for cell in next(records)[1]]
    while header and not header[-1]:
        header.pop()
    return TextTable(tuple(header), records, tuple(notes))


def _find_header(path: Path, lines: list[str], columns: Sequence[str]) -> tuple[str, int]:
    """Return the separator and the lines above the header, which names most columns; the first line without any."""
    if not columns:
        at = next(number for number, line in enumerate(lines) if line.strip())
        return max(SEPARATORS, key=lines[at].count), at
    wanted = {column.casefold() for column in columns}
    best = (0, ",", 0)
    for separator in SEPARATORS:
        for skipped in range(len(lines)):
            record = next(csv.reader(lines[skipped:], delimiter=separator), [])
            found = len({cell.strip().casefold() for cell in record} & wanted)
            if found > best[0]:
                best = (found, separator, skipped)
            if found == len(wanted):
                break
    if best[0] == 0 or (best[0] < len(wanted) / 3 and len(wanted) > _FEW_COLUMNS):
        first = next(line for line in lines if line.strip()).strip()
        shown = first if len(first) <= 60 else first[:57] + "..."
        named = f"more than {best[0]} of the columns" if best[0] else "one of the columns"
        message = f'has no header: no line names {named} {", ".join(columns)}; its first line is "{shown}"'
        raise InputError.single(path, "", message)
    return best[1], best[2]


def _read_records(path: Path, head: bytes, separator: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Yield the records from the header on, with the row that a spreadsheet shows; blank lines are counted and left."""
    with _open_text(path, head) as text:
        for _ in islice(text, skipped):
            pass
        reader = csv.reader(text, delimiter=separator, strict=True)
        number = line = skipped
        try:
            for cells in reader:
                number += 1
                line = skipped + reader.line_num
                if cells:
                    yield number, cells
        except csv.Error as error:
            cause = (
                "a quote opens in the row that begins here and never closes"
                if "end of data" in str(error)
                else f"the quotes of the row that begins here cannot be read ({error}); double a quote within a cell"
            )
            raise InputError.single(path, f"line {line + 1}", cause) from None
        except UnicodeDecodeError as error:
            raise _no_text(path, head, error) from None
        except _BROKEN as error:
            raise _unreadable(path, error) from None


def _read_json(path: Path, head: bytes, columns: Sequence[str]) -> TextTable:
    """Return a list of records, alone, a line each, or inside an answer as those of ACLED and UCDP; numbered from 1."""
    with _open_text(path, head) as text:
        content = text.read()
    try:
        found = _parse_json(content)
    except json.JSONDecodeError as error:
        # A line in brackets may stand above the header of a CSV.
        with contextlib.suppress(InputError):
            return _open_csv(path, head, columns)
        raise InputError.single(path, f"line {error.lineno}", f"is no JSON ({error.msg})") from None
    lists = {name: value for name, value in found.items() if _is_records(value)} if isinstance(found, dict) else {}
    records = found if _is_records(found) else max(lists.values(), key=len, default=None)
    if records is None:
        said = found.get("error") or found.get("message") if isinstance(found, dict) else None
        raise InputError.single(path, "", "holds no list of records" + (f"; it says: {said}" if said else ""))
    header = tuple(dict.fromkeys(name for record in records for name in record))
    rows = ([_json_text(record.get(name)) for name in header] for record in records)
    return TextTable(header, enumerate(rows, start=1), ("it is JSON, its records numbered from 1",))


def _parse_json(content: str) -> Any:
    try:
        return json.loads(content)
    except json.JSONDecodeError:
        lines = [line for line in content.split("\n") if line.strip()]
        if len(lines) > 1 and all(line.lstrip().startswith("{") for line in lines):
            return [json.loads(line) for line in lines]
        raise


def _is_records(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(record, dict) for record in value)


def _json_text(value: object) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode()  # half of a surrogate pair is no character


def _unreadable(path: Path, error: Exception) -> InputError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error) or type(error).__name__
    return InputError.single(path, "", f"cannot be read: {reason}")


def _no_text(path: Path, head: bytes, error: UnicodeDecodeError) -> InputError:
    """Return an error that names the line; the decoder knows only its place in a chunk of the file."""
    with _open_bytes(path, head) as file:
        at = next(
            (number for number, line in enumerate(file, start=1) if line.decode("utf-8", "ignore").encode() != line), 1
        )
    return InputError.single(path, f"line {at}", f"is not {error.encoding.upper()}; save the file as UTF-8")

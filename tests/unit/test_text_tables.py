"""The table in a file: separators, packing, quotes, lines above the header; and what is no table, by its name."""

from __future__ import annotations

import bz2
import csv
import gzip
import lzma
import zipfile

import pytest

from sim.core.errors import InputError
from sim.evidence.text_tables import is_plain, open_table

TEXT = 'id,place\n1,"a, b"\n\n2,"c ""d"" e"\n3,"two\nlines"\n'
RECORDS = [(2, ["1", "a, b"]), (4, ["2", 'c "d" e']), (5, ["3", "two\nlines"])]


def read(path, *columns):
    table = open_table(path, columns or ("id", "place"))
    return table.header, list(table.records), table.notes


def refused(path, *columns):
    with pytest.raises(InputError) as caught:
        read(path, *columns)
    assert len(caught.value.problems) == 1
    return str(caught.value).removeprefix(f"{path}: ")


def zipped(path, **files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("packed", [None, gzip.compress, bz2.compress, lzma.compress])
def test_a_table_is_read_whatever_it_is_packed_in(tmp_path, encoding, end, packed):
    content = TEXT.replace("\n", end).encode(encoding)
    path = tmp_path / "a"
    path.write_bytes(content if packed is None else packed(content))
    header, records, notes = read(path)
    assert (header, notes) == (("id", "place"), ())
    assert [(number, [cell.replace(end, "\n") for cell in cells]) for number, cells in records] == RECORDS


def test_the_one_file_of_an_archive_is_read(tmp_path):
    zipped(tmp_path / "a.zip", a__csv=TEXT)
    assert read(tmp_path / "a.zip")[1] == RECORDS
    zipped(tmp_path / "b.zip", a__csv=TEXT, b__csv=TEXT)
    assert refused(tmp_path / "b.zip") == "is an archive of 2 files; unpack it and give one of them"


@pytest.mark.parametrize(("mark", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_separators_are_found_and_told(tmp_path, mark, name):
    path = tmp_path / "a.csv"
    with path.open("w", newline="") as file:
        csv.writer(file, delimiter=mark, lineterminator="\n").writerows(
            [("id", "place"), (1, "a, b"), (2, f"c{mark}d")]
        )
    header, records, notes = read(path)
    assert (header, notes) == (("id", "place"), (f"its columns are separated by {name}",))
    assert [cells for _, cells in records] == [["1", "a, b"], ["2", f"c{mark}d"]]


def test_lines_above_the_header_are_left_and_told(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("A title, of sorts\n\nid,place\n1,a\n")
    header, records, notes = read(path)
    assert (header, records) == (("id", "place"), [(4, ["1", "a"])])
    assert notes == ("its header stands in line 3; what is above it was not read",)
    path.write_text("\n\nid,place\n1,a\n")
    assert read(path)[2] == ()


def test_a_cell_may_hold_an_article(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f"id,place\n1,{'x' * 1_000_000}\n")
    assert len(read(path)[1][0][1][1]) == 1_000_000


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('id,place\n1,a\n2,"b\n3,c\n', "line 3: a quote opens in the row that begins here and never closes"),
        ('id,place\n1,"a" b\n2,c\n', "line 2: the quotes of the row that begins here cannot be read"),
        ("1,a\n2,b\n", 'has no header: no line names one of the columns id, place; its first line is "1,a"'),
        ("", "is empty; the first line must name the columns"),
        ("\n,,\n;\n", "is empty; the first line must name the columns"),
        ("<!doctype html><p>Log in", "is a web page or XML, not a table; was a log-in asked for?"),
        ('{"status": 403, "message": "no key"}', "holds no list of records; it says: no key"),
        ('{"data": [1, 2]}', "holds no list of records"),
        ('[{"id": 1}', "line 1: is no JSON"),
    ],
)
def test_a_fault_of_the_text_is_one_sentence(tmp_path, text, words):
    path = tmp_path / "a.csv"
    path.write_text(text)
    assert refused(path).startswith(words)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an Excel workbook; save its sheet as CSV"),
        (b"PAR1\x15\x04", "is a Parquet file; write it as CSV"),
        (b"%PDF-1.7", "is a PDF, not a table"),
        (b"\x1f\x8b\x08\x00broken", "cannot be read"),
        (b"PK\x03\x04broken", "cannot be read"),
        (b"id,place\n1,caf\xe9\n", "line 2: is not UTF-8; save the file as UTF-8"),
        (b"id,place\n" + b"1,a\n" * 20_000 + b"2,\xff\n", "line 20002: is not UTF-8"),
    ],
)
def test_what_is_no_table_is_named(tmp_path, head, words):
    path = tmp_path / "a.csv"
    path.write_bytes(head)
    assert refused(path).startswith(words)


def test_a_workbook_is_named(tmp_path):
    zipped(tmp_path / "a.xlsx", **{"[Content_Types]__xml": "", "xl/workbook__xml": ""})
    assert refused(tmp_path / "a.xlsx") == "is an Excel workbook or the like; save its sheet as CSV"
    assert not is_plain(tmp_path / "a.xlsx")


@pytest.mark.parametrize("around", ["{}", '{{"data": {}}}', '{{"Result": {}, "TotalPages": 1}}'])
def test_json_records_are_rows_numbered_from_1(tmp_path, around):
    path = tmp_path / "a.json"
    path.write_text(around.format('[{"id": 1, "place": "a"}, {"id": 2.5, "place": null, "more": true}]'))
    header, records, notes = read(path)
    assert header == ("id", "place", "more")
    assert records == [(1, ["1", "a", ""]), (2, ["2.5", "", "true"])]
    assert notes == ("it is JSON, its records numbered from 1",)


def test_empty_columns_at_the_end_are_none(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,place,,\n1,a,,\n")
    assert read(path)[0] == ("id", "place")

"""Hidden characters are found wherever a text or the name of a key stands, and shown as escapes."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.core.errors import InputError
from sim.core.toml_table import read_toml
from sim.core.visible_text import find_hidden, shorten

HIDDEN = {*range(0x00, 0x09), *range(0x0B, 0x20), 0x7F, *range(0x80, 0xA0), 0x00AD, 0x061C, 0x200B, 0x200E, 0x200F}
HIDDEN |= {
    0x2028,
    0x2029,
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2065),
    *range(0x2066, 0x206A),
    0x3164,
    0xFEFF,
    0xFFA0,
    0xE0041,
}
SEEN = {0x0A, 0x20, 0xA0, 0x200C, 0x200D, 0x2013, 0x2026, 0x3042, 0xFE0F, 0x1F680}


def test_every_character_that_cannot_be_seen_is_found_and_no_other():
    assert {code for code in HIDDEN | SEEN if list(find_hidden(chr(code)))} == HIDDEN
    assert not [
        code
        for code in range(0x20, 0x2000)
        if chr(code).isalpha() and code not in (0x115F, 0x1160)
        if list(find_hidden(chr(code)))
    ]


@pytest.mark.parametrize("text", ["two\nlines\tand a tab", "שלום", "بيروت", "naïve – 漢字 👩‍👩‍👧", "می‌خواهم"])
def test_letters_of_every_alphabet_are_no_fault(text: str):
    assert list(find_hidden({"title": [text]})) == []


def test_places_are_told_by_their_key_path():
    content = {"a": {"b": ["x", "\u202e"]}, "c\x1b": 1, "d": [{"e": "\x7f\x00"}]}
    assert list(find_hidden(content)) == [("a.b[1]", "U+202E"), ("c\x1b", "U+001B"), ("d[0].e", "U+007F")]


def test_texts_are_shown_whole_or_cut_and_never_raw():
    assert shorten("a\x1b[31m\u202eb") == "a\\u001b[31m\\u202eb"
    assert shorten("a\U000e0041") == "a\\U000e0041"
    assert shorten("x" * 120) == "x" * 120
    assert shorten("x" * 121) == "x" * 120 + "..."


@pytest.mark.parametrize("code", [0x1B, 0x7F, 0x9B, 0x200F, 0x202E, 0x2066])
@pytest.mark.parametrize("line", ['title = "a{0}"', '"pa{0}rty" = 1', '[x]\nsource = ["a", "{0}"]'])
def test_a_file_that_holds_one_is_refused_without_showing_it(code: int, line: str, tmp_path: Path):
    path = tmp_path / "a.toml"
    path.write_text(line.format(f"\\u{code:04x}"))
    with pytest.raises(InputError, match=rf"holds the character U\+{code:04X}, which cannot be seen") as caught:
        read_toml(path)
    assert chr(code) not in str(caught.value)

"""Days and numbers as people, spreadsheets and other programs write them; every file of evidence is read by these."""

import math
import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache

FIRST_YEAR = 1900  # a report of an earlier year is taken for a slip of the pen
UNKNOWN_WORDS = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "<na>"})
"""What R, pandas and spreadsheets write for a value that is not known, in lower case."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_CLOCK = r"(?:[T ,]+\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[AaPp]\.?[Mm]\.?)?(?: ?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}))?)?"
_WEEKDAY = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\.?,? )?"
_FORMS = tuple(
    re.compile(_WEEKDAY + form + _CLOCK)
    for form in (
        r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
        r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4}|\d{2})",
        r"(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?[- /]?(?P<month>[A-Za-z]{3,9})\.?,?[- /]?(?P<year>\d{4}|\d{2})",
        r"(?P<year>\d{4})[- /](?P<month>[A-Za-z]{3,9})\.?[- /](?P<day>\d{1,2})",
        r"(?P<month>[A-Za-z]{3,9})\.?[- ](?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})",
    )
)
_TWO_WAYS = re.compile(r"\d{1,2}([/-])\d{1,2}\1(\d{4}|\d{2})" + _CLOCK)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_GROUPED = re.compile(r"[+-]?\d{1,3}( \d{3})+(\.\d*)?")
_SPACES = str.maketrans({"\u00a0": " ", "\u2007": " ", "\u2009": " ", "\u202f": " ", "\u2212": "-", "'": " "})
_PIVOT = 69  # years of two digits below it are of this century, as in POSIX


def is_unknown(text: str) -> bool:
    """Return whether a cell says that its value is not known."""
    return text.lower() in UNKNOWN_WORDS


@lru_cache(maxsize=4096)
def read_day(text: str, form: str = "") -> date:
    """Return the day of a text without its time; a `ValueError` says why it is none, or one that no report can mean."""
    try:
        day = datetime.strptime(text, form).date() if form else _read_usual(text.translate(_SPACES))
    except ValueError:
        if form:
            raise ValueError(f'"{text}" is not a date of the form {form}, which the map gives as date_format') from None
        if _TWO_WAYS.fullmatch(text):
            hint = 'say it in the map, as date_format = "%d/%m/%Y"'
            raise ValueError(f'"{text}" is in an order that differs by country; {hint}') from None
        raise ValueError(f'"{text}" is not a date; write year-month-day, for instance 2023-10-08') from None
    if day.year < FIRST_YEAR:
        raise ValueError(f'"{text}" lies before {FIRST_YEAR}, which no report here can mean')
    if day.year > date.today().year:
        raise ValueError(f'"{text}" lies in the future, of which there is no report')
    return day


def _read_usual(text: str) -> date:
    """Return the day of a text in one of the usual forms."""
    for form in _FORMS:
        if found := form.fullmatch(text):
            year = int(found["year"])
            if len(found["year"]) == 2:
                year += 2000 if year < _PIVOT else 1900
            return date(year, read_month(found["month"]), int(found["day"]))
    raise ValueError


def read_month(text: str) -> int:
    """Return the number of a month that is given by number or by its English name."""
    name = text.lower()
    if name in _FULL or name in _MONTHS or name == "sept":
        return _MONTHS.index(name[:3]) + 1
    return _read_whole(text)


def _read_whole(text: str) -> int:
    """Return a whole number; the day 20.7 is none."""
    number = read_number(text)
    if number != int(number):
        raise ValueError(f'"{text}" is no whole number')
    return int(number)


def join_day(parts: Sequence[str]) -> str:
    """Return the text of a day whose year, month and day stand in cells of their own, "" if the year is not known."""
    year, month, day = parts
    if is_unknown(year):
        return ""
    try:
        return f"{_read_whole(year):04}-{read_month(month):02}-{_read_whole(day):02}"
    except ValueError:
        return " ".join(parts)


def read_number(text: str) -> float:
    """Return the number of a text, which may be grouped by spaces; raises ValueError for what is not finite."""
    if text.isdecimal() and len(text) < 16:
        return float(text)
    plain = text.translate(_SPACES)
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(" ", "")
    if not _NUMBER.fullmatch(plain) or not math.isfinite(float(plain)):
        raise ValueError(f'"{text}" is not a number')
    return float(plain)

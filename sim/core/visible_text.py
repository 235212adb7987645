"""Texts that are what they look like: no hidden character, none that turns the direction of what follows."""

import datetime
import unicodedata
from collections.abc import Iterator
from typing import Final

_BLANK: Final = "\u2028\u2029\u115f\u1160\u3164\uffa0"
"""Characters that part lines or fill a place unseen; all other hidden ones are of the categories Cc and Cf."""
_SHAPING: Final = "\n\t\u200c\u200d"  # those of Cc and Cf that texts need: joiners shape letters of Persian and emoji
_LONGEST: Final = 120


def _is_hidden(letter: str) -> bool:
    return letter in _BLANK or (unicodedata.category(letter) in ("Cc", "Cf") and letter not in _SHAPING)


def escape_hidden(text: str, also: str = "") -> str:
    """Return a text with an escape in place of every hidden character, and of some others."""
    return "".join(
        f"\\{'u' if ord(one) < 0x10000 else 'U000'}{ord(one):04x}" if _is_hidden(one) or one in also else one
        for one in text
    )


def shorten(text: str, longest: int = _LONGEST) -> str:
    """Return a text cut to what a sentence can hold, with an escape in place of every hidden character."""
    whole = escape_hidden(text[: longest + 1])
    return whole if len(text) <= longest else f"{whole[:longest]}..."


def show(value: object) -> str:
    """Return a value as a sentence shows it: a day as a file writes it."""
    return value.isoformat() if isinstance(value, (datetime.date, datetime.time)) else shorten(repr(value))


def find_hidden(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield the key path of every text, or name of a key, that holds a hidden character, and the code of the first."""
    if isinstance(value, str):
        hidden = [letter for letter in value if _is_hidden(letter)]
        yield from [(key, f"U+{ord(letter):04X}") for letter in hidden[:1]]
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from find_hidden(item, f"{key}[{place}]")
    elif isinstance(value, dict):
        for name, item in value.items():
            path = f"{key}.{name}" if key else name
            yield from find_hidden(name, path)
            yield from find_hidden(item, path)

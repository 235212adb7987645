"""Timed sightings: merged into acts, and taken between two days and of one split."""

from __future__ import annotations

from datetime import date

import pytest

from sim.core.errors import InputError
from sim.evidence.sightings import Sightings

ROWS = (
    *("2023-10-07,23:50,calibration", "2023-10-08,00:00,calibration", "2023-10-08,10:00,calibration"),
    *(
        "2023-10-08,10:45,held_out",
        "2023-10-08,10:45,held_out",
        "2023-10-08,11:30,calibration",
        "2023-10-08,12:16,calibration",
    ),
    *("2023-10-09,23:59,held_out", "2023-10-10,00:00,calibration"),
)


@pytest.fixture
def sightings(tmp_path):
    (tmp_path / "s.csv").write_text("\n".join(["date,time,split,kind", *(f"{row},r" for row in ROWS)]) + "\n")
    return Sightings.read(tmp_path / "s.csv")


@pytest.mark.parametrize(
    ("first", "until", "minutes", "split", "minutes_of_acts"),
    [
        (8, 10, 45, None, [0, 600, 736, 2879]),  # a chain: each belongs to the one before, and 46 minutes are too many
        (8, 10, 46, None, [0, 600, 2879]),
        (8, 10, 44, None, [0, 600, 645, 690, 736, 2879]),
        (8, 10, 0, "held_out", [645, 2879]),
        (8, 10, 60, "calibration", [0, 600, 690]),
        (7, 9, 9, "calibration", [1430, 1440, 2040, 2130, 2176]),
        (7, 8, 45, None, [1430]),
        (9, 10, 45, None, [1439]),
        (10, 11, 45, None, [0]),
        (11, 20, 45, None, []),
    ],
)
def test_acts_are_merged_sightings_from_the_first_day_to_before_the_last(
    sightings, first, until, minutes, split, minutes_of_acts
):
    found = sightings.acts(date(2023, 10, first), date(2023, 10, until), minutes, split)
    assert found == pytest.approx([minute / 1440 for minute in minutes_of_acts])


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (
            "2023-10-08,09:59,calibration",
            "row 3 (date 2023-10-08), time: comes after 2023-10-08 10:00; times must not fall",
        ),
        (
            "2023-10-08,12:00,held_out\n2023-10-08,11:00,held_out",
            "row 4 (date 2023-10-08), time: comes after 2023-10-08 12:00",
        ),
        ("2023-10-08,,calibration", "time: is empty or not a time; a sighting needs it"),
        (",10:00,calibration", "date: is empty"),
        ("2023-10-08,10:00,fit", 'split: "fit" is not known'),
    ],
)
def test_a_broken_sighting_is_named(tmp_path, row, words):
    (tmp_path / "s.csv").write_text(f"date,time,split\n2023-10-08,10:00,calibration\n{row}\n")
    with pytest.raises(InputError) as caught:
        Sightings.read(tmp_path / "s.csv")
    assert words in str(caught.value)

"""Names of places, from coordinates alone."""

from __future__ import annotations

import pytest

from darkroom.store.gazetteer import gazetteer, place_keys


@pytest.mark.parametrize(
    ("latitude", "longitude", "path"),
    [
        (59.913, 10.752, ["Norway", "Oslo", "Oslo"]),
        (48.8584, 2.2945, ["France", "\u00cele-de-France", "Paris"]),  # nearer to the middle of a quarter of it
        (35.44, 139.64, ["Japan", "Kanagawa", "Yokohama"]),  # within reach of Tokyo, and a city of its own
        (-16.78, 179.34, ["Fiji", "Northern", "Savusavu"]),
        (0.0, -30.0, []),  # in the Atlantic
        (89.99, 0.0, []),
        (-90.0, 180.0, []),
    ],
)
def test_a_place_is_in_the_town_that_reaches_it(latitude, longitude, path):
    assert gazetteer().path(latitude, longitude) == path


def test_both_sides_of_the_date_line_are_near_each_other():
    west, east = gazetteer().path(-16.8, 179.99), gazetteer().path(-16.8, -179.99)
    assert west == east != []


def test_keys_are_the_levels_and_each_name_alone():
    assert place_keys(48.8584, 2.2945) == (
        "/france", "/ile-de-france", "/paris", "france", "france/ile-de-france", "france/ile-de-france/paris",
    )  # fmt: skip
    assert place_keys(0.0, -30.0) == ()


def test_a_key_has_the_name_that_people_write():
    assert gazetteer().name("france/ile-de-france") == "\u00cele-de-France"
    assert gazetteer().name("nowhere/at all") is None

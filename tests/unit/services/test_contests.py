"""What chance has to do with contests of presets."""

from __future__ import annotations

import pytest

from darkroom.services.recipes.contests import chance, left_of


def test_what_stands_at_the_left_is_chance_and_stays_for_each_person():
    seen = [left_of("pc-1", str(image), "ada") for image in range(400)]
    assert 140 < seen.count("a") < 260
    assert seen == [left_of("pc-1", str(image), "ada") for image in range(400)]
    assert seen != [left_of("pc-1", str(image), "bob") for image in range(400)]


@pytest.mark.parametrize(
    ("one", "other", "wanted"), [(0, 0, 1), (1, 0, 1), (5, 5, 1), (8, 2, 0.109375), (0, 9, 2 / 512), (9, 0, 2 / 512)]
)
def test_a_coin_tells_as_clearly_this_often(one, other, wanted):
    assert chance(one, other) == pytest.approx(wanted)

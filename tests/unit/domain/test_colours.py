"""Names of colours."""

from __future__ import annotations

import random

import pytest

from darkroom.domain.colours import COLOUR_NAMES, names_of, pattern_of, steps_near, steps_of
from darkroom.domain.image import Colour


def named(code: str) -> list[str]:
    return list(names_of([Colour(hex=code, share=0.5)]))


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("#e02020", "red"), ("#f08a1e", "orange"), ("#6b4423", "brown"), ("#f2e02c", "yellow"), ("#2f9e44", "green"),
        ("#1fb5ad", "teal"), ("#2b6cb0", "blue"), ("#6a2fb5", "purple"), ("#f29ac0", "pink"), ("#0a0a0a", "black"),
        ("#808080", "grey"), ("#f8f8f8", "white"),
    ],
)  # fmt: skip
def test_a_colour_is_called_what_people_call_it(code, name):
    assert named(code) == [name]


def test_colours_of_a_small_part_are_not_told():
    assert names_of([Colour(hex="#e02020", share=0.119), Colour(hex="#2b6cb0", share=0.12)]) == ["blue"]


def test_the_pattern_of_a_name_fits_what_has_the_name_and_nothing_else():
    chance = random.Random("colours")
    codes = [f"#{chance.getrandbits(24):06x}" for _ in range(3000)]
    for name in COLOUR_NAMES:
        fits = pattern_of((name,))
        assert [code for code in codes if fits.match(code)] == [code for code in codes if named(code) == [name]]
    both = pattern_of(("blue", "red"))
    assert all(bool(both.match(code)) == (named(code) in (["blue"], ["red"])) for code in codes)


def test_what_is_much_like_a_colour_is_near_it_and_nothing_else_is():
    fits = pattern_of(("#2b6cb0",))
    alike, other = ("#2b6cb0", "#2a6ab5", "#3a75b8", "#2462a2"), ("#2f9e44", "#7fb2e6", "#101c40", "#808080", "#6a2fb5")
    assert [bool(fits.match(one)) for one in alike] == [True] * len(alike)
    assert [bool(fits.match(one)) for one in other] == [False] * len(other)
    assert steps_of([Colour(hex="#2b6cb0", share=0.5), Colour(hex="#ffffff", share=0.1)]) == ["26b"]
    assert all(f"{at:x}" * 3 in steps_near(f"#{at * 17:02x}" + f"{at * 17:02x}" * 2) for at in range(16))


def test_a_colour_is_written_with_three_digits_or_six():
    from darkroom.domain.language import QueryError, given, write

    assert write(given("colour:#2AF")) == "colour:#22aaff"
    assert write(given("color:blue,#2b6cb0")) == "colour:#2b6cb0,blue"
    with pytest.raises(QueryError, match="three or six"):
        given("colour:#2b6c")

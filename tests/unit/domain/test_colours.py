"""Names of colours."""

from __future__ import annotations

import random

import pytest

from darkroom.domain.colours import COLOUR_NAMES, names_of, pattern_of
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

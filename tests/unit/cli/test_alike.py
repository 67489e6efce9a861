"""Words that differ in their numbers alone are told once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from darkroom.cli.alike import summed


def test_numbers_that_differ_become_a_range_and_those_that_do_not_stay() -> None:
    words = [
        f"step 4 (denoise): its noise of {noise} is fainter than 0.004" for noise in ("0.0035", "0.0000", "0.0005")
    ]
    assert summed([*words, "the file is damaged", "noise falls by 1%", "noise falls by 4%"]) == [
        ("step 4 (denoise): its noise of 0.0000 to 0.0035 is fainter than 0.004", 3),
        ("noise falls by 1% to 4%", 2),
        ("the file is damaged", 1),
    ]


@given(st.lists(st.text(max_size=20), max_size=20))
def test_none_is_lost_and_single_ones_stay_as_they_are(words: list[str]) -> None:
    found = summed(words)
    assert sum(count for _, count in found) == len(words)
    assert len(words) != 1 or found == [(words[0], 1)]

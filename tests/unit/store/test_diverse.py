"""Pictures that stand for many."""

from __future__ import annotations

import numpy as np

from darkroom.store.columns_diverse import farthest


def test_each_is_as_far_as_can_be_from_those_before():
    places = np.array([[0.0, 0.0], [0.05, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.5, 0.5]])
    # The one in the middle stands for most; then the corners, and the near twin of a corner last.
    found = farthest(places, (), 6)
    assert found[0] == 5
    assert set(found[1:5]) == {0, 2, 3, 4}
    assert found[5] == 1


def test_what_is_there_already_is_kept_away_from():
    places = np.array([[0.0], [0.1], [0.9], [1.0]])
    assert farthest(places, (0,), 1) == [3]
    assert farthest(places, (0, 3), 5) == [1, 2]
    assert farthest(places[:0], (), 3) == []

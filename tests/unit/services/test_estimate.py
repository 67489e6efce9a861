"""What an order will take: the truth lies within the interval as often as it says."""

from __future__ import annotations

import random

from darkroom.services.recipes.estimate import guess


def test_the_truth_lies_within_the_interval():
    chance = random.Random(3)

    def picture() -> tuple[float, float, int]:
        size = chance.uniform(1, 40)
        return size, size * 0.05 * chance.uniform(0.6, 1.4), int(size * 90_000 * chance.uniform(0.5, 1.5))

    hits = [0, 0]
    for _ in range(200):
        samples, rest = [picture() for _ in range(chance.choice((3, 8, 40)))], [picture() for _ in range(200)]
        seconds, size = guess(samples, [one[0] for one in rest], 4)
        hits[0] += seconds.low - 1 <= sum(one[1] for one in rest) / 4 <= seconds.high
        hits[1] += size.low <= sum(one[2] for one in rest) <= size.high
    assert min(hits) >= 160


def test_nothing_to_do_takes_nothing_and_one_sample_says_little():
    nothing, no_bytes = guess([], [], 2)
    assert (nothing.high, no_bytes.high) == (0, 0)
    seconds, _ = guess([(2.0, 1.0, 1000)], [2.0] * 10, 2)
    assert seconds.high - 1 > 10 * (seconds.low - 1) > 0

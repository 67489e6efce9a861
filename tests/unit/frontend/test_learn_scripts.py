"""The scripts of the pages about learning that need no browser, run by Node."""

from __future__ import annotations

import json

import pytest

from tests.node import run


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        (0, 1, [0, 0.25, 0.5, 0.75, 1]),
        (0, 122, [0, 50, 100]),
        (1.71, 1.83, [1.725, 1.75, 1.775, 1.8, 1.825]),
        (-3, 5, [-2, 0, 2, 4]),
        (7, 7, [7]),
    ],
)
def test_axes_have_round_steps(node, low, high, found):
    assert run(node, "learn/ticks.js", f"return m.ticks({low}, {high}, 4 + {int(high == 1.83)});") == found


@pytest.mark.parametrize(
    ("value", "words"),
    [("0", "0"), ("0.0194512", "0.0195"), ("12345", "12.3k"), ("1e12", "1.0e+12"), ("0.00001", "1.0e-5"), ("2", "2")],
)
def test_numbers_stay_short(node, value, words):
    assert run(node, "learn/ticks.js", f"return m.short({value});") == words


def test_a_long_curve_is_smoothed_and_a_short_one_is_not(node):
    body = """
      const zigzag = Array.from({ length: 80 }, (_, at) => [at, at % 2]);
      const few = zigzag.slice(0, 10);
      const smooth = m.smoothed(zigzag);
      return [m.smoothed(few) === few, smooth.length, Math.max(...smooth.slice(5, 75).map((one) => Math.abs(one[1] - 0.5))) < 0.2, m.nearest(zigzag, 41.4)[0]];"""
    assert run(node, "learn/ticks.js", body) == [True, 80, True, 41]


def test_only_what_differs_from_the_defaults_is_sent(node):
    chosen = {"dataset": "shoes@2", "task": "classification", "budget": None}
    body = f"return m.bodyOf({json.dumps(chosen)}, {{ ...m.NOTHING, %s }});"
    plain = {"dataset": "shoes@2", "task": "classification", "budget_seconds": None}
    assert run(node, "learn/given.js", body % "") == plain
    more = 'epochs: "3", class_weights: "balanced", seed: "0", name: "boots", promote: true, search: true, trials: "8", minutes: "2"'
    assert run(node, "learn/given.js", body % more) == plain | {
        "options": {"epochs": 3, "class_weights": "balanced"}, "seed": 0, "name": "boots", "promote": True,
        "search": {"trials": 8, "budget_seconds": 120},
    }  # fmt: skip

from __future__ import annotations

import pytest

from darkroom.services.training.experiments import flattened, varying
from darkroom.services.training.side_by_side import paired


def test_options_that_differ_are_worth_a_column_and_a_few_always():
    one = flattened(
        {
            "task": "classification",
            "model": "residual",
            "image_size": 64,
            "batch_size": 8,
            "learning_rate": 0.1,
            "augment": {"mixup": 0.3},
        }
    )
    other = {**one, "augment.mixup": 0.0, "task": "multilabel"}
    assert one["augment.mixup"] == 0.3
    assert varying([one, other]) == ("model", "image_size", "batch_size", "learning_rate", "augment.mixup")
    assert varying([one, one]) == ("model", "image_size", "batch_size", "learning_rate")
    assert varying([]) == ()


@pytest.mark.parametrize(
    ("better", "worse", "count"), [(0, 0, 40), (7, 25, 100), (30, 30, 100), (5, 0, 5), (120, 60, 1000)]
)
def test_a_difference_of_pairs_lies_in_its_interval_and_turns_round(better: int, worse: int, count: int):
    found, turned = paired(better, worse, count), paired(worse, better, count)
    assert found.value == (better - worse) / count
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert (turned.low, turned.high) == (pytest.approx(-found.high), pytest.approx(-found.low))


def test_with_many_pairs_the_interval_is_the_plain_one():
    # Agresti, Categorical Data Analysis: of 1600 people 150 turned away from a prime minister and 86 to him.
    found = paired(86, 150, 1600)
    assert (round(found.value, 3), round(found.low, 3), round(found.high, 3)) == (-0.04, -0.059, -0.021)

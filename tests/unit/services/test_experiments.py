from __future__ import annotations

from darkroom.services.training.experiments import flattened, varying


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

"""A training that takes a second."""

from __future__ import annotations

from training.config import TrainConfig

TINY = {
    "model": "residual-tiny",
    "image_size": 32,
    "batch_size": 12,
    "epochs": 2,
    "budget_seconds": None,
    "validations": 2,
    "threads": 1,
    "precision": "float32",
}
"""Thirty-six pictures in batches of twelve: three steps an epoch, six in all."""


def tiny(**options: object) -> TrainConfig:
    return TrainConfig.model_validate({**TINY, **options})

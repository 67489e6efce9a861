from __future__ import annotations

import pytest
import torch

from tests.tiny import tiny
from training import models, optimizers
from training.optimizers import orthogonal


@pytest.mark.parametrize("shape", [(16, 8, 3, 3), (72, 4), (12, 12)])
def test_every_direction_of_an_orthogonal_step_counts_alike(shape):
    step = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    rows, columns = len(step), step[0].numel()
    scale = 0.2 * max(1, rows / columns) ** 0.5 * max(rows, columns) ** 0.5
    values = torch.linalg.svdvals(orthogonal(step, torch.float32).reshape(rows, columns) / scale)
    assert 0.6 < values.min() <= values.max() < 1.3


@pytest.mark.parametrize(("name", "rate"), [("muon", 0.02), ("sgd", 0.1), ("adamw", 0.002)])
def test_every_weight_is_in_one_group_and_vectors_do_not_decay(name, rate):
    model = models.build("residual-tiny", "classification", 3)
    config = tiny(optimizer=name, learning_rate=rate)
    optimizer = optimizers.build(model, config, torch.float32)
    grouped = [weight for group in optimizer.param_groups for weight in group["params"]]
    assert sorted(map(id, grouped)) == sorted(map(id, model.parameters()))
    for group in optimizer.param_groups:
        assert all(weight.ndim > 1 for weight in group["params"]) or group["weight_decay"] == 0
    optimizers.set_rate(optimizer, 1e-3)
    assert {group["lr"] for group in optimizer.param_groups} <= {1e-3, 2.5e-3}

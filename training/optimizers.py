"""The optimizers by name. Muon is ours; the others are PyTorch's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from training.config import TrainConfig

# A quintic whose iteration drives all singular values near one (K. Jordan, "Muon", 2024).
_A, _B, _C = 3.4445, -4.7750, 2.0315
_ROUNDS = 5
_MOMENTUM = 0.9
# Makes a step of Muon as long as one of AdamW would be, so that rates of the two can be compared.
_LIKE_ADAMW = 0.2
# Vectors (biases, scales and shifts of norms) go by gradient descent, with this many times the rate.
_VECTOR_RATE = 2.5


class Muon(torch.optim.Optimizer):
    """Momentum made orthogonal: every direction of a weight matrix is learnt at one speed, however rare it is.

    Kernels of convolutions count as matrices of outputs by all else. Groups with `matrices=False` take plain steps of
    gradient descent with Nesterov momentum.
    """

    def __init__(self, groups: Iterable[dict[str, Any]], lr: float) -> None:
        super().__init__(groups, {"lr": lr, "weight_decay": 0.0, "matrices": True, "dtype": torch.float32})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Take one step."""
        if closure is not None:
            raise NotImplementedError
        for group in self.param_groups:
            weights = [weight for weight in group["params"] if weight.grad is not None]
            if not weights:
                continue
            gradients = [weight.grad for weight in weights]
            memory = [self._memory(weight) for weight in weights]
            torch._foreach_mul_(memory, _MOMENTUM)
            torch._foreach_add_(memory, gradients)
            steps = list(torch._foreach_add(gradients, memory, alpha=_MOMENTUM))
            if group["matrices"]:
                steps = [orthogonal(one, group["dtype"]) for one in steps]
            torch._foreach_mul_(weights, 1 - group["lr"] * group["weight_decay"])
            torch._foreach_add_(weights, steps, alpha=-group["lr"])

    def _memory(self, weight: Tensor) -> Tensor:
        state: dict[str, Tensor] = self.state[weight]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(weight)
        return state["momentum"]


def orthogonal(step: Tensor, dtype: torch.dtype) -> Tensor:
    """The nearest matrix whose singular values are about equal, scaled so that its size does not depend on its shape."""
    matrix = step.reshape(len(step), -1)
    rows, columns = matrix.shape
    found = (matrix.T if rows > columns else matrix).to(dtype)
    found = found / (found.norm() + 1e-7)
    for _ in range(_ROUNDS):
        square = found @ found.T
        found = _A * found + (_B * square + _C * square @ square) @ found
    found = found.T if rows > columns else found
    scale = _LIKE_ADAMW * max(1, rows / columns) ** 0.5 * max(rows, columns) ** 0.5
    whole: Tensor = found.to(step.dtype).reshape(step.shape) * scale
    return whole


def build(model: nn.Module, config: TrainConfig, dtype: torch.dtype) -> torch.optim.Optimizer:
    """The optimizer that a configuration names, over all weights that may change.

    Args:
        model: whose weights.
        config: name, rate and decay.
        dtype: numbers that Muon computes with.
    """
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    decayed = [weight for weight in weights if weight.ndim > 1]
    level = [weight for weight in weights if weight.ndim <= 1]
    rate, decay = config.learning_rate, config.weight_decay
    if config.optimizer == "muon":
        kernels = [weight for weight in decayed if weight.ndim == 4]
        others = [weight for weight in decayed if weight.ndim != 4]
        plain = {"matrices": False, "scale": _VECTOR_RATE}
        groups = [
            {"params": kernels, "weight_decay": decay, "dtype": dtype},
            {"params": others, "weight_decay": decay / _VECTOR_RATE, **plain},
            {"params": level, **plain},
        ]
        return Muon([group for group in groups if group["params"]], rate)
    groups = [{"params": decayed, "weight_decay": decay}, {"params": level, "weight_decay": 0.0}]
    if config.optimizer == "adamw":
        return torch.optim.AdamW(groups, rate)
    return torch.optim.SGD(groups, rate, momentum=_MOMENTUM, nesterov=True)


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Give every group its rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group.get("scale", 1.0)

"""What networks are made of."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def convolution(inputs: int, outputs: int, side: int, stride: int = 1) -> tuple[nn.Module, nn.Module]:
    """A convolution without a bias, and the norm that makes one unnecessary."""
    return nn.Conv2d(inputs, outputs, side, stride, side // 2, bias=False), nn.BatchNorm2d(outputs)


class Block(nn.Module):
    """Two convolutions beside a shortcut; the second one starts at nothing, so that a deep network starts shallow."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        # Averaging before the block, on both ways, keeps what a stride would drop.
        self.shrink = nn.AvgPool2d(2, ceil_mode=True) if stride > 1 else nn.Identity()
        self.first = nn.Sequential(*convolution(inputs, outputs, 3), nn.ReLU(inplace=True))
        self.second = nn.Sequential(*convolution(outputs, outputs, 3))
        self.shortcut = nn.Sequential(*convolution(inputs, outputs, 1)) if inputs != outputs else nn.Identity()
        nn.init.zeros_(self.second[1].weight)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """Features from features."""
        x = self.shrink(x)
        return torch.relu(self.shortcut(x) + self.second(self.first(x)))

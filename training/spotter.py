"""A small detector without anchors: every cell of a coarse grid says what is around it, and how far its edges are.

Tian et al., FCOS: Fully Convolutional One-Stage Object Detection, 2019; on one grid whose cells see the finer features of
an earlier stage and the wider ones of a later stage (Lin et al., Feature Pyramid Networks, 2017).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.layers import Block, convolution

STRIDE = 8
"""Pixels from one cell of the grid to the next."""
# A cell begins by believing that there is nothing, or the many empty ones would drown the others.
_FIRST_GUESS = 0.01
# Size that a box has when nothing is learnt yet, in cells.
_FIRST_SIZE = 2.0


class Spotter(nn.Module):
    """From pictures to what each cell says: scores of the classes (before the sigmoid), and distances to four edges.

    Args:
        outputs: number of classes.
        widths: channels of the stages at an 8th and a 16th of the picture, and below.
        depths: blocks of each stage.
    """

    def __init__(
        self, outputs: int, widths: tuple[int, int, int] = (32, 64, 128), depths: tuple[int, int, int] = (1, 2, 3)
    ) -> None:
        super().__init__()
        first, fine, wide = widths
        self.outputs = outputs
        self.stem = nn.Sequential(
            *convolution(3, first // 2, 3, 2), nn.ReLU(inplace=True),
            *convolution(first // 2, first, 3, 2), nn.ReLU(inplace=True),
            *(Block(first, first, 1) for _ in range(depths[0])),
        )  # fmt: skip
        self.fine = nn.Sequential(*(Block(fine if n else first, fine, 1 if n else 2) for n in range(depths[1])))
        self.wide = nn.Sequential(*(Block(wide if n else fine, wide, 1 if n else 2) for n in range(depths[2])))
        self.lateral = nn.Sequential(*convolution(wide, fine, 1))
        self.neck = Block(fine, fine, 1)
        self.kinds = _head(fine, outputs, -math.log(1 / _FIRST_GUESS - 1))
        self.edges = _head(fine, 4, math.log(_FIRST_SIZE))

    def forward(self, x: Tensor) -> Tensor:
        """Count x (classes + 4) x rows x columns; the last four are left, top, right, bottom edge in cells, as logarithms."""
        fine = self.fine(self.stem(x))
        above = self.lateral(self.wide(fine))
        rows, columns = fine.shape[-2:]
        above = functional.interpolate(above, scale_factor=2.0, mode="nearest")[..., :rows, :columns]
        both = self.neck(fine + above)
        return torch.cat([self.kinds(both), self.edges(both)], 1).float()


def _head(inputs: int, outputs: int, first: float) -> nn.Sequential:
    """Two layers that say about `first` everywhere until something is learnt."""
    last = nn.Conv2d(inputs, outputs, 1)
    nn.init.normal_(last.weight, std=0.01)
    nn.init.constant_(last.bias, first)  # type: ignore[arg-type]
    return nn.Sequential(*convolution(inputs, inputs, 3), nn.ReLU(inplace=True), last)


def placed(outputs: Tensor) -> tuple[Tensor, Tensor]:
    """Boxes and scores (before the sigmoid) of all cells: count x cells x 4, as shares of the picture, and x classes.

    Args:
        outputs: what the network says.
    """
    rows, columns = outputs.shape[-2:]
    scores = outputs[:, :-4].flatten(2).transpose(1, 2)
    away = outputs[:, -4:].clamp(-6, 6).exp().flatten(2).transpose(1, 2)
    middle = centres(rows, columns, outputs.device)
    size = torch.tensor([columns, rows], device=outputs.device)
    return torch.cat([(middle - away[..., :2]) / size, (middle + away[..., 2:]) / size], -1), scores


def centres(rows: int, columns: int, device: torch.device) -> Tensor:
    """Middle of each cell, in cells: (rows x columns) x 2, first across, then down."""
    down = torch.arange(rows, device=device) + 0.5
    across = torch.arange(columns, device=device) + 0.5
    return torch.stack([across.repeat(rows), down.repeat_interleave(columns)], -1)

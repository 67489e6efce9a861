"""A small network that says of each pixel what it belongs to: down to a sixteenth of the picture and up again, each stage seeing the finer one's features.

Ronneberger et al., U-Net: Convolutional Networks for Biomedical Image Segmentation, 2015; features are added, as in Lin et al.,
Feature Pyramid Networks, 2017, which takes a third of the work of joining them.
"""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional

from training.layers import Block, convolution


class Segmenter(nn.Module):
    """From pictures to how much each pixel speaks for each class (before softmax); the first is that of what is none of them.

    Args:
        outputs: number of classes, without the rest.
        widths: channels at a half, a quarter, an eighth and a sixteenth of the picture.
        depths: blocks of each of these stages on the way down.
    """

    def __init__(
        self, outputs: int, widths: tuple[int, int, int, int] = (24, 48, 96, 128),
        depths: tuple[int, int, int, int] = (1, 1, 2, 2),
    ) -> None:  # fmt: skip
        super().__init__()
        self.stem = nn.Sequential(*convolution(3, widths[0], 3, 2), nn.ReLU(inplace=True))
        before = (widths[0], *widths)
        self.down = nn.ModuleList(
            nn.Sequential(*(Block(width if n else before[at], width, 2 if at and not n else 1) for n in range(depth)))
            for at, (width, depth) in enumerate(zip(widths, depths, strict=True))
        )
        pairs = list(pairwise(widths))
        self.lateral = nn.ModuleList(nn.Sequential(*convolution(wide, fine, 1)) for fine, wide in pairs)
        self.up = nn.ModuleList(Block(fine, fine, 1) for fine, _ in pairs)
        self.head = nn.Conv2d(widths[0], outputs + 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Count x (1 + classes) x height x width."""
        stages = [self.stem(x)]
        for stage in self.down:
            stages.append(stage(stages[-1]))
        found = stages[-1]
        for fine, lateral, up in reversed(list(zip(stages[1:-1], self.lateral, self.up, strict=True))):
            rows, columns = fine.shape[-2:]
            wide = functional.interpolate(lateral(found), scale_factor=2.0, mode="nearest")[..., :rows, :columns]
            found = up(fine + wide)
        whole: Tensor = functional.interpolate(self.head(found), scale_factor=2.0, mode="bilinear", align_corners=False)
        return whole.float()

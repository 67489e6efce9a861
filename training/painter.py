"""A network that paints any picture in one style: what it learns is the style, what it is given is the picture.

As Johnson et al. (Perceptual Losses for Real-Time Style Transfer, 2016), with the instance norm of Ulyanov et al. (Improved Texture
Networks, 2017). A large picture goes through in tiles; all of them are normed by one small view of the whole picture (Chen et al.,
Towards Ultra-Resolution Neural Style Transfer via Thumbnail Instance Normalization, 2022), so that no tile depends on where it was cut.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

STYLE_SIDE = 256
"""Short side of the style picture that a network carries with it."""
_LEAST = 1e-5
_PIXELS = 12


class Norm(nn.Module):
    """Takes from each channel its mean and spread over a picture, and gives it others."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(1, channels, 1, 1))
        self.shift = nn.Parameter(torch.zeros(1, channels, 1, 1))

    def forward(self, x: Tensor, by: Tensor) -> Tensor:
        """The same features, normed by those of another view of the picture."""
        mean = by.mean((2, 3), keepdim=True)
        spread = ((by - mean) ** 2).mean((2, 3), keepdim=True) + _LEAST
        found: Tensor = (x - mean) * (self.gain / spread.sqrt()) + self.shift
        return found


class Stage(nn.Module):
    """A convolution and its norm; with `halve` or `double` at another size, with `beside` added to what it was given."""

    def __init__(self, inputs: int, outputs: int, *, stride: int = 1, double: bool = False, last: bool = False) -> None:
        super().__init__()
        self.grow: nn.Module = nn.Upsample(scale_factor=2) if double else nn.Identity()
        self.layer = nn.Conv2d(inputs, outputs, 3, stride, 1, padding_mode="replicate")
        self.norm = Norm(outputs)
        self.after: nn.Module = nn.Identity() if last else nn.ReLU(inplace=False)

    def forward(self, x: Tensor, by: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Features, and those of the other view where there is one."""
        ours = self.layer(self.grow(x))
        if by is None:
            return self.after(self.norm(ours, ours)), None
        theirs = self.layer(self.grow(by))
        return self.after(self.norm(ours, theirs)), self.after(self.norm(theirs, theirs))


class Painter(nn.Module):
    """From pictures to pictures, 0 to 1, of any size whose sides are multiples of 4.

    Args:
        width: channels at a quarter of the size.
        depth: blocks there.
    """

    def __init__(self, width: int, depth: int) -> None:
        super().__init__()
        half = width * 2 // 3 // 4 * 4
        self.apart = nn.Conv2d(3, _PIXELS, 2, 2, bias=False)
        self.apart.weight.data.copy_(torch.eye(_PIXELS).view(_PIXELS, 3, 2, 2))
        self.apart.requires_grad_(requires_grad=False)
        self.down = nn.ModuleList([Stage(_PIXELS, half), Stage(half, width, stride=2)])
        self.blocks = nn.ModuleList(Stage(width, width, last=place % 2 == 1) for place in range(2 * depth))
        self.up = Stage(width, half, double=True)
        self.last = nn.Conv2d(half + _PIXELS, _PIXELS, 3, 1, 1, padding_mode="replicate")
        # The four pixels that a place becomes begin alike, so that flat parts show no grid (Aitken et al., 2017).
        self.last.weight.data[:, :half] = self.last.weight.data[::4, :half].repeat_interleave(4, 0)
        self.together = nn.PixelShuffle(2)
        self.style: Tensor
        # It says itself what it learnt: judging it needs the picture.
        self.register_buffer("style", torch.zeros(3, STYLE_SIDE, STYLE_SIDE, dtype=torch.uint8))

    def forward(self, x: Tensor, guide: Tensor | None = None) -> Tensor:
        """The painted picture, 0 to 1.

        Args:
            x: pictures or parts of them.
            guide: a small view of the whole of each; none where it is seen as a whole.
        """
        pixels = self.apart(x - 0.5)
        by = None if guide is None else self.apart(guide - 0.5)
        ours = pixels
        for stage in self.down:
            ours, by = stage(ours, by)
        for first, second in zip(self.blocks[::2], self.blocks[1::2], strict=True):
            added, other = second(*first(ours, by))
            ours = ours + added
            by = None if by is None or other is None else by + other
        ours, by = self.up(ours, by)
        made: Tensor = self.together(self.last(torch.cat([ours, pixels], 1)))
        return made.float().sigmoid()

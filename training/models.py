"""Architectures by name: how to build one, what its weights may be used for, which pictures it likes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from darkroom.errors import Error
from training.layers import Block, convolution
from training.painter import Painter
from training.retoucher import Retoucher
from training.segmenter import Segmenter
from training.spotter import Spotter


class Residual(nn.Module):
    """A small residual network whose first two layers shrink the picture by four: cheap enough for a laptop's processor.

    Args:
        outputs: number of classes.
        widths: channels of each stage; every stage but the first halves the picture.
        depths: blocks of each stage.
        dropout: share of the last features that are hidden in training.
    """

    def __init__(self, outputs: int, widths: tuple[int, ...], depths: tuple[int, ...], dropout: float = 0.1) -> None:
        super().__init__()
        half = widths[0] // 2
        self.stem = nn.Sequential(
            *convolution(3, half, 3, 2),
            nn.ReLU(inplace=True),
            *convolution(half, widths[0], 3, 2),
            nn.ReLU(inplace=True),
        )
        blocks = []
        inputs = widths[0]
        for stage, (width, depth) in enumerate(zip(widths, depths, strict=True)):
            for place in range(depth):
                blocks.append(Block(inputs, width, 2 if stage and not place else 1))
                inputs = width
        self.body = nn.Sequential(*blocks)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Scores (before softmax) of each class."""
        features = self.body(self.stem(x)).float().mean((2, 3))
        scores: Tensor = self.head(self.dropout(features))
        return scores


@dataclass(frozen=True)
class Architecture:
    """One way to build a model.

    Args:
        name: how people call it.
        summary: what it is good for.
        build: from the number of outputs to a fresh model.
        licence: of the weights it starts from; `none` when it starts from nothing.
        image_size: side of the pictures it was found good for.
        tasks: what it can learn.
    """

    name: str
    summary: str
    build: Callable[[int], nn.Module]
    licence: str = "none"
    image_size: int = 112
    tasks: tuple[str, ...] = ("classification", "multilabel")


MODELS: dict[str, Architecture] = {
    one.name: one
    for one in (
        Architecture(
            "residual",
            "1.4 million weights; learns a few hundred photographs from scratch in minutes on two cores",
            lambda outputs: Residual(outputs, (32, 64, 128, 192), (3, 3, 2, 1)),
        ),
        Architecture(
            "residual-deep",
            "2.6 million weights in twelve blocks; for some thousand photographs",
            lambda outputs: Residual(outputs, (24, 48, 96, 192), (2, 3, 4, 3)),
        ),
        Architecture(
            "residual-tiny",
            "20 thousand weights; for trying things out",
            lambda outputs: Residual(outputs, (8, 16, 32), (1, 1, 1)),
            image_size=32,
        ),
        Architecture(
            "spotter",
            "1.1 million weights; learns to find things in a few hundred photographs from scratch in minutes on two cores",
            Spotter,
            image_size=256,
            tasks=("detection",),
        ),
        Architecture(
            "spotter-tiny",
            "20 thousand weights; for trying things out",
            lambda outputs: Spotter(outputs, (8, 16, 24), (1, 1, 1)),
            image_size=64,
            tasks=("detection",),
        ),
        Architecture(
            "segmenter",
            "1.1 million weights; learns to outline things in a few hundred photographs from scratch in minutes on two cores",
            Segmenter,
            image_size=192,
            tasks=("segmentation",),
        ),
        Architecture(
            "segmenter-tiny",
            "26 thousand weights; for trying things out",
            lambda outputs: Segmenter(outputs, (8, 12, 16, 24), (1, 1, 1, 1)),
            image_size=64,
            tasks=("segmentation",),
        ),
        Architecture(
            "retoucher",
            "75 thousand weights; learns to take out noise, or a look, from some dozen pairs of pictures in a minute on two cores",
            lambda _: Retoucher(32, 7),
            image_size=64,
            tasks=("enhancement",),
        ),
        Architecture(
            "retoucher-tiny",
            "10 thousand weights; for trying things out",
            lambda _: Retoucher(16, 3),
            image_size=32,
            tasks=("enhancement",),
        ),
        Architecture(
            "painter",
            "300 thousand weights; learns a style from one picture and some dozen photographs in minutes on two cores",
            lambda _: Painter(48, 4),
            image_size=128,
            tasks=("style",),
        ),
        Architecture(
            "painter-tiny",
            "30 thousand weights; for trying things out",
            lambda _: Painter(24, 1),
            image_size=64,
            tasks=("style",),
        ),
    )
}
"""Every architecture by name."""


def build(name: str, task: str, outputs: int) -> nn.Module:
    """A fresh model of one of these architectures; its weights follow from PyTorch's seed.

    Raises:
        Error: `training_invalid`, nothing that can learn the task has that name.
    """
    fitting = [one.name for one in MODELS.values() if task in one.tasks]
    if name not in fitting:
        raise Error("training_invalid", f"model: there is no {name} for {task}; there are {', '.join(fitting)}.")
    # Channels last is what both oneDNN and cuDNN compute convolutions in.
    return MODELS[name].build(outputs).to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]

"""Small networks as others write them, with weights that were drawn."""

from __future__ import annotations

from pathlib import Path

import torch


def drawn_vgg(norm: bool = False) -> dict[str, torch.Tensor]:
    """Weights of a small VGG with two blocks, as torchvision names them: a convolution that halves its numbers' gap ends a block."""
    draw = torch.Generator().manual_seed(7)
    step = 3 if norm else 2
    found, place, inputs = {}, 0, 3
    for block in ((8, 8), (16, 16), (24,)):
        for width in block:
            found[f"features.{place}.weight"] = torch.randn((width, inputs, 3, 3), generator=draw) / (3 * inputs**0.5)
            found[f"features.{place}.bias"] = torch.zeros(width)
            if norm:
                start = f"features.{place + 1}."
                found |= {f"{start}{name}": torch.ones(width) for name in ("weight", "running_var")}
                found |= {f"{start}{name}": torch.zeros(width) for name in ("bias", "running_mean")}
            place, inputs = place + step, width
        place += 1
    found["classifier.0.weight"] = torch.zeros(4, 24)
    return found


def save_resnet(folder: Path) -> None:
    """Write a small network of transformers into a folder."""
    from transformers import ResNetConfig, ResNetModel

    torch.manual_seed(0)
    small = ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic")
    ResNetModel(small).save_pretrained(folder)

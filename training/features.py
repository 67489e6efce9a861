"""What a network that others trained sees in pictures: its maps at several sizes, by which styles are told apart.

Any network of convolutions will do: one of transformers, VGG as torchvision writes its weights, or a classifier that Darkroom
trained. Nothing of it learns, and nothing of it is needed once the painter is there.
"""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from darkroom.errors import Error
from training import checkpoint
from training.augment import MEAN, SPREAD

FOLDER = "features"
"""Where a training keeps the network, among what it begins with."""
OWN, OTHERS = "weights.safetensors", "model.safetensors"
FILES = (
    OTHERS, "config.json", "preprocessor_config.json", "README.md",
    OWN, "checkpoint.json", "labels.json", "metrics.json", "packages.txt", "backbone.json",
)  # fmt: skip
"""What is taken of a folder."""
_LAYERS = 5
_LEAST = 2
_CONVOLUTION = re.compile(r"features\.(\d+)\.weight")
_TINY = 1e-8


class Features(nn.Module):
    """The last map of each size that a network makes of pictures, the largest first.

    Args:
        network: takes pictures that are centred and spread as it wants them.
        mean: of what it wants, for each channel.
        spread: likewise.

    Raises:
        Error: `training_invalid`, it has no convolutions.
    """

    def __init__(self, network: nn.Module, mean: Any = MEAN, spread: Any = SPREAD) -> None:
        super().__init__()
        self.network = network.eval().requires_grad_(requires_grad=False)
        self.mean: Tensor
        self.spread: Tensor
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("spread", torch.tensor(spread).view(1, 3, 1, 1), persistent=False)
        self._seen: dict[tuple[int, ...], Tensor] = {}
        layers = [one for one in network.modules() if isinstance(one, nn.Conv2d)]
        if not layers:
            raise Error("training_invalid", "features: the network has no convolutions, so it makes no maps.")
        for one in layers:
            one.register_forward_hook(self._keep)

    def _keep(self, _layer: nn.Module, _given: Any, made: Tensor) -> None:
        self._seen[tuple(made.shape[2:])] = made

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Maps of count x 3 x height x width from 0 to 1, each count x channels x height x width."""
        self._seen = {}
        self.network((pictures - self.mean) / self.spread)
        found = sorted(self._seen.values(), key=lambda one: -one.shape[2] * one.shape[3])
        self._seen = {}
        maps = [one.float().relu() for one in found if min(one.shape[2:]) > 1][:_LAYERS]
        if len(maps) < _LEAST:
            cause = f"features: of pictures of {pictures.shape[3]} x {pictures.shape[2]} the network makes maps of {len(maps)} sizes."
            raise Error("training_invalid", cause, remedy=f"Name a network of convolutions with {_LEAST} at least.")
        return maps


def style_apart(made: list[Tensor], style: list[Tensor]) -> Tensor:
    """How far pictures are from a style by what goes together in each map (Gatys et al., 2016); 0 for the same, count numbers."""
    found = []
    for ours, theirs in zip(made, style, strict=False):  # of smaller pictures there are fewer
        one, other = _together(ours), _together(theirs)
        found.append((one - other).square().sum((1, 2)).sqrt() / (other.square().sum((1, 2)).sqrt() + _TINY))
    return torch.stack(found).mean(0)


def shown_apart(made: list[Tensor], given: list[Tensor]) -> Tensor:
    """How far pictures are from what was given by the map in the middle; 0 for the same, count numbers."""
    at = len(made) // 2
    away = (made[at] - given[at]).square().mean((1, 2, 3))
    return away / (given[at].square().mean((1, 2, 3)) + _TINY)


def _together(maps: Tensor) -> Tensor:
    """Which channels answer where others do: count x channels x channels, whatever the size of the pictures."""
    flat = maps.flatten(2)
    return flat @ flat.transpose(1, 2) / flat.shape[2]


def read(folder: Path) -> Features:
    """The network of a folder of weights; nothing of it is run as code.

    Raises:
        Error: `training_invalid`, naming what is lacking.
    """
    if (folder / "checkpoint.json").is_file():
        return Features(checkpoint.load(folder).model)
    try:
        weights = load_file(folder / OTHERS)
    except (OSError, SafetensorError) as error:
        raise _unreadable(f"{OTHERS} cannot be read: {str(error).splitlines()[0][:200]}") from error
    if any(_CONVOLUTION.fullmatch(name) for name in weights):
        return Features(vgg(weights))
    return _of_transformers(folder)


def vgg(weights: dict[str, Tensor]) -> nn.Module:
    """The convolutions of VGG from weights as torchvision names them (`features.0.weight`), of any of its sizes.

    Raises:
        Error: `training_invalid`, they do not follow each other.
    """
    places = sorted(
        int(found[1]) for name in weights if (found := _CONVOLUTION.fullmatch(name)) and weights[name].ndim == 4
    )
    layers: list[nn.Module] = []
    for place, after in pairwise([*places, -1]):
        kernel = weights[f"features.{place}.weight"]
        layer = nn.Conv2d(kernel.shape[1], kernel.shape[0], kernel.shape[2], padding=kernel.shape[2] // 2)
        bias = weights.get(f"features.{place}.bias")
        layer.load_state_dict({"weight": kernel, "bias": torch.zeros(len(kernel)) if bias is None else bias})
        layers.append(layer)
        if normed := f"features.{place + 1}.running_mean" in weights:
            norm = nn.BatchNorm2d(kernel.shape[0])
            start = f"features.{place + 1}."
            own = {name.removeprefix(start): one for name, one in weights.items() if name.startswith(start)}
            norm.load_state_dict(own, strict=False)
            layers.append(norm)
        layers.append(nn.ReLU())
        # A number is left out where a block ends, for what halves the picture.
        if after - place > 2 + normed:
            layers.append(nn.MaxPool2d(2))
    try:
        network = nn.Sequential(*layers).eval()
        network(torch.zeros(1, 3, 64, 64))
    except RuntimeError as error:
        raise _unreadable(f"its convolutions do not follow each other: {str(error).splitlines()[0][:200]}") from error
    return network


class _Body(nn.Module):
    """A network of transformers without its head, called as other networks are."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: Tensor) -> None:
        """Look at pictures; what is seen is kept by hooks."""
        self.network(pixel_values=pictures)


def _of_transformers(folder: Path) -> Features:
    from transformers import AutoModel
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        network = AutoModel.from_pretrained(  # nosec B615 - a folder on this machine
            str(folder), local_files_only=True, use_safetensors=True, trust_remote_code=False
        )
        wants = folder / "preprocessor_config.json"
        values = json.loads(wants.read_text()) if wants.exists() else {}
    except (OSError, ValueError, RuntimeError) as error:
        raise _unreadable(str(error).splitlines()[0][:200]) from error
    return Features(_Body(network), values.get("image_mean", MEAN), values.get("image_std", SPREAD))


def _unreadable(why: str) -> Error:
    remedy = (
        "It holds a classifier of transformers (config.json, model.safetensors), VGG as torchvision names its weights "
        "(model.safetensors), or what `darkroom model export` writes."
    )
    return Error("training_invalid", f"features: the network cannot be used: {why}.", remedy=remedy)

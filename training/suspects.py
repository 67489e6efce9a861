"""What models say of pictures that they never saw: the examples in parts, and of each part what was learnt from all the others.

A quick learner, for a few hundred or thousand pictures on a processor within seconds: gradients by direction (Dalal and Triggs:
Histograms of Oriented Gradients for Human Detection, 2005) at two scales, a small copy of the picture and its colours, then
logistic regression. Weights that others trained see more: where some are given, theirs is what a picture looks like.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from darkroom.datasets.manifest import Manifest
from darkroom.datasets.suspects import FOLDS, folds
from darkroom.domain.dataset import ImportProblem
from darkroom.errors import Error
from training.augment import normalise
from training.backbones import begun, fetch
from training.data import shown, with_targets
from training.session import Shelf

SIDE = 96
"""Side of the squares that are looked at."""
MOST = 100_000
"""Examples; what is known of each is held in memory, about ten kilobytes."""
_CELLS = (12, 24)
_DIRECTIONS = 9
_SMALL = 12
_SHADES = 16
_BATCH = 64
_EYES = 224
_SMALL_WEIGHT = 0.3
_SHRINK = 0.0003
_STEPS = 60


@dataclass(frozen=True)
class OutOfFold:
    """What is said of examples by models that learnt from others.

    Args:
        keys: of the pictures that could be decoded.
        probabilities: of each class, a row for each of them.
        problems: pictures that are left out.
    """

    keys: tuple[str, ...]
    probabilities: NDArray[np.float32]
    problems: tuple[ImportProblem, ...]


def out_of_fold(
    manifest: Manifest, *, several: bool = False, weights: str | None = None, shelf: Shelf | None = None,
    cache: Path | None = None, tell: Callable[[int], None] = lambda _: None,
) -> OutOfFold:  # fmt: skip
    """Judge each example by what was learnt from those of the other folds.

    Args:
        manifest: examples of which something is said, whatever their splits.
        several: each class is there or not by itself; else each example has one.
        weights: that others trained, to look with.
        shelf: where those come from.
        cache: folder for scaled pictures.
        tell: is told how many folds were learnt.

    Raises:
        Error: `dataset_invalid`, there are too many or none can be decoded; `training_invalid`, there are no such weights.
    """
    if len(manifest) > MOST:
        raise Error(
            "dataset_invalid", f"Suspects are looked for among at most {MOST:,} examples, not {len(manifest):,}."
        )
    place = {label: at for at, label in enumerate(manifest.labels)}
    said = torch.zeros((len(manifest), len(place)))
    for row, labels in enumerate(manifest.frame["labels"]):
        said[row, [place[label] for label in labels]] = 1
    parts = torch.from_numpy(folds(manifest))
    seen = with_targets(manifest, torch.arange(len(manifest)), _side(weights), cache)
    said, parts = said[seen.targets], parts[seen.targets]
    looks = _looks(seen.pixels) if weights is None else _embedded(seen.pixels, weights, shelf or Shelf())
    found = torch.zeros_like(said)
    for fold in range(FOLDS):
        apart = parts == fold
        if apart.any() and not apart.all():
            found[apart] = learnt(looks[~apart], said[~apart], looks[apart], several=several)
        tell(fold + 1)
    return OutOfFold(seen.keys, found.numpy(), seen.problems)


def learnt(looks: Tensor, said: Tensor, others: Tensor, *, several: bool) -> Tensor:
    """Probabilities for other pictures, by logistic regression on the looks of some."""
    layer = torch.nn.Linear(looks.shape[1], said.shape[1])
    torch.nn.init.zeros_(layer.weight)
    torch.nn.init.zeros_(layer.bias)
    steps = torch.optim.LBFGS(layer.parameters(), max_iter=_STEPS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        steps.zero_grad()
        scores = layer(looks)
        wrong = (
            functional.binary_cross_entropy_with_logits(scores, said, reduction="none").sum(1).mean()
            if several
            else functional.cross_entropy(scores, said)
        )
        whole: Tensor = wrong + _SHRINK * layer.weight.square().sum()
        whole.backward()  # type: ignore[no-untyped-call]
        return whole

    steps.step(loss)  # type: ignore[no-untyped-call]
    with torch.inference_mode():
        scores: Tensor = layer(others)
        return scores.sigmoid() if several else scores.softmax(1)


def _looks(pixels: Tensor) -> Tensor:
    """What pictures look like, as numbers of about the same size."""
    parts: list[list[Tensor]] = [[], []]
    for start in range(0, len(pixels), _BATCH):
        batch = functional.interpolate(
            pixels[start : start + _BATCH].float() / 255, (SIDE, SIDE), mode="bilinear", antialias=True
        )
        parts[0].append(torch.cat([gradients(batch, cell) for cell in _CELLS], 1).sqrt())
        small = functional.adaptive_avg_pool2d(batch, _SMALL).flatten(1)
        parts[1].append(torch.cat([small, _colours(batch)], 1).sqrt())
    shapes, colours = (_even(torch.cat(one)) for one in parts)
    return torch.cat([shapes, colours * _SMALL_WEIGHT**0.5], 1)


def gradients(pictures: Tensor, cell: int) -> Tensor:
    """Histograms of the directions of gradients in cells, normalised over blocks of two by two."""
    padded = functional.pad(pictures, (1, 1, 1, 1), mode="replicate")
    across = padded[:, :, 1:-1, 2:] - padded[:, :, 1:-1, :-2]
    down = padded[:, :, 2:, 1:-1] - padded[:, :, :-2, 1:-1]
    # Of the three channels, the one that changes most.
    strength, channel = torch.hypot(across, down).max(1, keepdim=True)
    across, down = across.gather(1, channel), down.gather(1, channel)
    place = torch.atan2(down, across).remainder(torch.pi) / torch.pi * _DIRECTIONS
    low = place.floor()
    share = place - low
    planes = torch.zeros((len(pictures), _DIRECTIONS, *pictures.shape[2:]))
    planes.scatter_add_(1, low.long() % _DIRECTIONS, strength * (1 - share))
    planes.scatter_add_(1, (low.long() + 1) % _DIRECTIONS, strength * share)
    cells = functional.avg_pool2d(planes, cell) * cell * cell
    blocks = functional.unfold(cells, 2)
    blocks = _unit(_unit(blocks).clamp(max=0.2))
    return blocks.flatten(1)


def _unit(blocks: Tensor) -> Tensor:
    return blocks / (blocks.square().sum(1, keepdim=True) + 1e-3).sqrt()


def _colours(pictures: Tensor) -> Tensor:
    """Shares of the pixels of each shade, of each channel."""
    shades = (pictures * _SHADES).long().clamp(max=_SHADES - 1).flatten(2)
    found = torch.zeros((*shades.shape[:2], _SHADES))
    found.scatter_add_(2, shades, torch.ones(()).expand(shades.shape))
    return found.flatten(1) / shades.shape[2]


def _even(looks: Tensor) -> Tensor:
    """Every number with a mean of nothing and the same spread, and the whole of length one on average."""
    spread = looks.std(0)
    even: Tensor = (looks - looks.mean(0)) / (spread + 1e-3 * spread.max() + 1e-6) / looks.shape[1] ** 0.5
    return even


def _side(weights: str | None) -> int:
    return SIDE if weights is None else _EYES


def _embedded(pixels: Tensor, weights: str, shelf: Shelf) -> Tensor:
    """What the last layer of a network is given, which others trained."""
    held: list[Tensor] = []
    with tempfile.TemporaryDirectory(prefix="darkroom-weights-") as folder:
        base = Path(folder) / "base"
        fetch(weights, shelf.folder, base, hub=shelf.hub)
        network = begun(base, 2, "head", 0).eval()
    last = [layer for layer in network.modules() if isinstance(layer, torch.nn.Linear)][-1]
    last.register_forward_pre_hook(lambda _, given: held.append(given[0].flatten(1).float()))
    with torch.inference_mode():
        for batch in shown(pixels, int(network.about.get("image_size", _EYES)), _BATCH):
            network(normalise(batch))
    return _even(torch.cat(held).clone())

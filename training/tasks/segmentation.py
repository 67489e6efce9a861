"""Outlining things: which class each pixel of a picture belongs to, or none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from darkroom.datasets.manifest import Manifest
from darkroom.domain.panel import PanelPicture, Said
from darkroom.domain.training import Metric
from darkroom.errors import Error
from training import masks
from training.augment import augment_moved, normalise
from training.checkpoint import Loaded
from training.config import EvalConfig, TrainConfig
from training.data import Pictures, batches, shown, stored_side, with_targets
from training.evaluate_masks import MaskEvaluation, evaluate_masks
from training.tasks.base import Judged, Learner

# Rare classes count more by the root of how rare they are: by all of it, a few pixels would rule.
_MOST_WEIGHT = 20.0
# What is drawn into a picture while a model learns.
_PANEL_MARKS = 20


class Segmentation(Learner):
    """A class for each pixel; chosen by mean intersection over union."""

    name = "segmentation"
    score = "miou"
    """The figure that checkpoints are chosen by; more is better."""
    output = "segments"
    """What the exported model calls its answer."""

    def __init__(
        self, config: TrainConfig, manifest: Manifest, device: torch.device, cache: Path | None = None
    ) -> None:
        super().__init__(config, manifest, device, cache)
        pixels = torch.bincount(self.train.targets.flatten().long(), minlength=masks.UNKNOWN + 1)
        share = pixels[: len(self.labels) + 1].float() / pixels[: masks.UNKNOWN].sum().clamp(min=1)
        lacking = [name for name, there in zip(self.labels, share[1:].tolist(), strict=True) if not there]
        if lacking or not self.labels:
            which = ", ".join(lacking) or "anything"
            raise Error("dataset_invalid", f"No training picture has an outline around {which}.")
        rare = (share.max() / share.clamp(min=1e-6)).sqrt().clamp(max=_MOST_WEIGHT)
        self.class_weights = (rare if config.class_weights == "balanced" else torch.ones_like(share)).to(device)

    @staticmethod
    def answering(model: nn.Module) -> nn.Module:
        """The model with all that goes before and after it, as it is exported; its output is called `segments`."""
        return Outliner(model)

    @staticmethod
    def decoded(part: Manifest, labels: tuple[str, ...], image_size: int, cache: Path | None) -> Pictures:
        """Decode a part of a dataset, with the class of each pixel."""
        return load(part, labels, image_size, cache)

    @staticmethod
    def worth(found: Loaded, pictures: Pictures) -> Judged:
        """What a checkpoint is worth by pictures."""
        about = found.about
        details = judge(found.model, pictures, about.labels, about.image_size)
        figures = (
            *(
                Metric(name=name, value=one.value, low=one.low, high=one.high)
                for name, one in (("miou", details.miou), ("mean_dice", details.mean_dice))
            ),
            Metric(name="pixel_accuracy", value=details.pixel_accuracy),
        )
        return Judged(figures, len(pictures), details)

    @staticmethod
    def changed(
        part: Pictures, classes: int, config: TrainConfig, places: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Pictures, changed, with their masks moved along: count x 2 x side x side (class, then weight; none where unknown)."""
        places = places.to(part.targets.device)
        pictures, maps = augment_moved(part.pixels[places], config.image_size, config.augment, generator)
        kinds = masks.moved(part.targets[places], maps, config.image_size)
        weights = part.weights[places, None, None] * (kinds != masks.UNKNOWN)
        return pictures, torch.stack([torch.where(kinds == masks.UNKNOWN, 0, kinds).float(), weights], 1)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Cross entropy of each pixel, and one minus the Dice coefficient of each class (Milletari et al., V-Net, 2016)."""
        kinds, weights = targets[:, 0].long(), targets[:, 1]
        each = functional.cross_entropy(
            outputs, kinds, self.class_weights, label_smoothing=self.config.label_smoothing, reduction="none"
        )
        surely = outputs.softmax(1) * weights[:, None]
        wanted = functional.one_hot(kinds, outputs.shape[1]).permute(0, 3, 1, 2) * weights[:, None]
        both, whole = (surely * wanted).sum((0, 2, 3)), (surely + wanted).sum((0, 2, 3))
        there = wanted.sum((0, 2, 3)) > 0
        apart = torch.where(there, 1 - (2 * both + 1) / (whole + 1), 0.0).sum() / there.sum().clamp(min=1)
        return (each * weights).sum() / weights.sum().clamp(min=1e-6) + apart

    def validate(self, model: nn.Module, most: int | None = None) -> dict[str, float]:
        """What is said of a model while it learns; `most` pictures at most."""
        found = judge(model, self.looked_at(most), self.labels, self.config.image_size, quick=True)
        return {"miou": found.miou.value, "mean_dice": found.mean_dice.value}

    def truths(self, part: Pictures) -> Iterator[PanelPicture]:
        """The outlines of each."""
        for key, mask in zip(part.keys, part.targets.cpu().numpy(), strict=True):
            marks = masks.outlines(mask, self.labels, found=False)
            yield PanelPicture(key=key, marks=tuple(marks[:_PANEL_MARKS]))

    def said(self, model: nn.Module, part: Pictures) -> Iterator[Said]:
        """The outlines of what it finds."""
        found = predict(model, part.pixels, self.config.image_size, len(part))
        for mask, there in zip(found.numpy(), part.targets.cpu().numpy(), strict=True):
            wrong = frozenset(np.unique(mask).tolist()) - frozenset(np.unique(there).tolist())
            yield Said(marks=tuple(masks.outlines(mask, self.labels, found=True, wrong=wrong)[:_PANEL_MARKS]))


class Outliner(nn.Module):
    """A model with all that goes before and after it: pictures from 0 to 1 in, how sure of each class each pixel is out."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, pictures: Tensor) -> Tensor:
        """Count x (1 + classes) x height x width, the rest first; the mean of two looks, one mirrored."""
        ready = normalise(pictures)
        found: Tensor = (self.model(ready).softmax(1) + self.model(ready.flip(3)).softmax(1).flip(3)) / 2
        return found


def load(part: Manifest, labels: tuple[str, ...], image_size: int, cache: Path | None = None) -> Pictures:
    """Decode the pictures of a manifest; what is said of each is a mask of classes, counted from 1.

    Raises:
        Error: `dataset_invalid`, no picture can be decoded, or there are more classes than bytes tell apart.
    """
    if len(labels) >= masks.UNKNOWN:
        raise Error(
            "dataset_invalid", f"{len(labels)} classes of pixels are too many; {masks.UNKNOWN - 1} can be learnt."
        )
    side = stored_side(image_size)
    place = {label: index for index, label in enumerate(labels)}
    drawn = [masks.drawn(example, place, side) for example in part.examples()]
    return with_targets(part, torch.from_numpy(np.stack(drawn)), side, cache)


def predict(model: nn.Module, pixels: Tensor, size: int, batch_size: int) -> Tensor:
    """The class of each pixel of each picture, counted from 1."""
    model.eval()
    outliner = Outliner(model)
    with torch.inference_mode():
        return torch.cat([outliner(batch).argmax(1).to(torch.uint8).cpu() for batch in shown(pixels, size, batch_size)])


def judge(
    model: nn.Module, part: Pictures, labels: tuple[str, ...], size: int, config: EvalConfig | None = None,
    *, quick: bool = False,
) -> MaskEvaluation:  # fmt: skip
    """Judge a model by pictures, at the size that it sees them in; `quick` leaves out how sure the figures are, and mistakes."""
    config = config or EvalConfig()
    found = predict(model, part.pixels, size, min(config.batch_size, 16))
    truth = torch.cat([masks.scaled(part.targets[at], size).cpu() for at in batches(len(part), 64)])
    return evaluate_masks(found.numpy(), truth.numpy(), labels, part.keys, config, quick=quick)

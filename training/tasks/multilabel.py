"""Telling which classes a picture is of, of which there may be several, or none."""

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
from training.augment import augment, mix, normalise
from training.checkpoint import Loaded
from training.config import EvalConfig, TrainConfig
from training.data import Pictures, shown, stored_side, with_targets
from training.evaluate_labels import LabelEvaluation, evaluate_labels
from training.tasks.base import Judged, Learner

_LIKELY = 0.5


class MultiLabel(Learner):
    """Any number of classes for each picture; chosen by mean average precision."""

    name = "multilabel"
    score = "map"
    """The figure that checkpoints are chosen by; more is better."""
    output = "scores"
    """What the exported model calls its answer."""

    def __init__(
        self, config: TrainConfig, manifest: Manifest, device: torch.device, cache: Path | None = None
    ) -> None:
        super().__init__(config, manifest, device, cache)
        lacking = [name for name, there in zip(self.labels, self.train.targets.any(0), strict=True) if not there]
        if lacking or not self.labels:
            raise Error("dataset_invalid", f"No training picture shows {', '.join(lacking) or 'anything'}.")
        share = self.train.targets.float().mean(0)
        rare = ((1 - share) / share).clamp(max=100) if config.class_weights == "balanced" else torch.ones_like(share)
        self.class_weights = rare.to(device)

    @staticmethod
    def changed(
        part: Pictures, classes: int, config: TrainConfig, places: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Pictures, changed and mixed, with the probability of each class, and the weight of the picture last."""
        places = places.to(part.targets.device)
        smoothing = config.label_smoothing
        wanted = part.targets[places].float() * (1 - smoothing) + smoothing / 2
        targets = torch.cat([wanted, part.weights[places, None]], 1)
        pictures = augment(part.pixels[places], config.image_size, config.augment, generator)
        return mix(pictures, targets, config.augment, generator)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Binary cross entropy of each class by itself."""
        found = functional.binary_cross_entropy_with_logits(
            outputs.float(), targets[:, :-1], reduction="none", pos_weight=self.class_weights
        )
        return (found * targets[:, -1:]).mean()

    def validate(self, model: nn.Module, most: int | None = None) -> dict[str, float]:
        """What is said of a model while it learns; `most` pictures at most."""
        found = judge(model, self.looked_at(most), self.labels, self.config.image_size, quick=True)
        return {"map": found.mean_ap.value, "exact": found.exact}

    @staticmethod
    def answering(model: nn.Module) -> nn.Module:
        """The model with all that goes before and after it, as it is exported; its output is called `scores`."""
        return Teller(model)

    @staticmethod
    def decoded(part: Manifest, labels: tuple[str, ...], image_size: int, cache: Path | None) -> Pictures:
        """Decode a part of a dataset, with what is said of each picture."""
        return load(part, labels, image_size, cache)

    @staticmethod
    def worth(found: Loaded, pictures: Pictures) -> Judged:
        """What a checkpoint is worth by pictures."""
        about = found.about
        details = judge(found.model, pictures, about.labels, about.image_size)
        whole = details.mean_ap
        figures = (
            Metric(name="map", value=whole.value, low=whole.low, high=whole.high),
            Metric(name="macro_f1", value=float(np.mean([one.f1 for one in details.classes if one.count] or [0.0]))),
            Metric(name="exact", value=details.exact),
        )
        return Judged(figures, len(pictures), details)

    def truths(self, part: Pictures) -> Iterator[PanelPicture]:
        """The classes of each."""
        for key, row in zip(part.keys, part.targets.tolist(), strict=True):
            yield PanelPicture(
                key=key, labels=tuple(name for name, there in zip(self.labels, row, strict=True) if there)
            )

    def said(self, model: nn.Module, part: Pictures) -> Iterator[Said]:
        """The classes that it says more likely than not are there."""
        teller = Teller(model)
        for batch in shown(part.pixels, self.config.image_size, len(part)):
            for row in teller(batch).float().cpu().tolist():
                found = [name for name, sure in zip(self.labels, row, strict=True) if sure >= _LIKELY]
                yield Said(labels=tuple(found))


class Teller(nn.Module):
    """A model with all that goes before and after it: pictures from 0 to 1 in, a probability of each class out."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, pictures: Tensor) -> Tensor:
        """Probabilities, the mean of two looks, one mirrored."""
        ready = normalise(pictures)
        found: Tensor = (self.model(ready).sigmoid() + self.model(ready.flip(3)).sigmoid()) / 2
        return found


def load(part: Manifest, labels: tuple[str, ...], image_size: int, cache: Path | None = None) -> Pictures:
    """Decode the pictures of a manifest; what is said of each is true or false of each class.

    Raises:
        Error: `dataset_invalid`, no picture can be decoded.
    """
    place = {label: index for index, label in enumerate(labels)}
    table = torch.zeros((len(part), len(labels)), dtype=torch.bool)
    for row, said in enumerate(part.frame["labels"].to_list()):
        table[row, [place[one] for one in said]] = True
    return with_targets(part, table, stored_side(image_size), cache)


def judge(
    model: nn.Module,
    part: Pictures,
    labels: tuple[str, ...],
    size: int,
    config: EvalConfig | None = None,
    *,
    quick: bool = False,
) -> LabelEvaluation:
    """Judge a model by pictures; `quick` leaves out how sure the figures are."""
    config = config or EvalConfig()
    model.eval()
    teller = Teller(model)
    with torch.inference_mode():
        found = [teller(batch).float().cpu() for batch in shown(part.pixels, size, config.batch_size)]
    return evaluate_labels(
        torch.cat(found).numpy(), part.targets.cpu().numpy(), labels, part.keys, config, quick=quick
    )  # fmt: skip

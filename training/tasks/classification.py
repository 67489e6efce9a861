"""Telling which of several classes a picture shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from darkroom.datasets.manifest import Manifest
from darkroom.domain.panel import PanelPicture, Said
from darkroom.domain.training import Metric
from darkroom.errors import Error
from training.augment import augment, mix, normalise
from training.checkpoint import Loaded
from training.config import EvalConfig, TrainConfig
from training.data import Pictures, load_pictures, shown, stored_side
from training.evaluate import Evaluation, evaluate, table
from training.tasks.base import Judged, Learner


class Classification(Learner):
    """One class for each picture; chosen by accuracy."""

    name = "classification"
    score = "accuracy"
    """The figure that checkpoints are chosen by; more is better."""
    output = "scores"
    """What the exported model calls its answer."""

    def __init__(
        self, config: TrainConfig, manifest: Manifest, device: torch.device, cache: Path | None = None
    ) -> None:
        if len(manifest.labels) < 2:
            raise Error("dataset_invalid", f"There must be two classes at least, not {len(manifest.labels)}.")
        super().__init__(config, manifest, device, cache)
        lacking = [name for place, name in enumerate(self.labels) if not (self.train.targets == place).any()]
        if lacking:
            raise Error("dataset_invalid", f"No training picture shows {', '.join(lacking)}.")
        self.class_weights = self._class_weights().to(device)

    @staticmethod
    def answering(model: nn.Module) -> nn.Module:
        """The model with all that goes before and after it, as it is exported; its output is called `scores`."""
        return Predictor(model)

    @staticmethod
    def decoded(part: Manifest, labels: tuple[str, ...], image_size: int, cache: Path | None) -> Pictures:
        """Decode a part of a dataset, with what is said of each picture."""
        return load_pictures(part, labels, stored_side(image_size), cache)

    @staticmethod
    def worth(found: Loaded, pictures: Pictures) -> Judged:
        """What a checkpoint is worth by pictures."""
        about = found.about
        scores, truth = (
            predict(found.model, pictures.pixels, about.image_size, EvalConfig()),
            pictures.targets.cpu().numpy(),
        )
        details = evaluate(scores, truth, about.labels, pictures.keys)
        accuracy = details.accuracy
        figures = (
            Metric(name="accuracy", value=accuracy.value, low=accuracy.low, high=accuracy.high),
            *(
                _metric(name, getattr(details, name), details.spans)
                for name in ("macro_f1", "loss", "calibration_error")
            ),
        )
        return Judged(figures, len(pictures), details, table(scores, truth, about.labels, pictures.keys))

    def _class_weights(self) -> Tensor:
        if self.config.class_weights == "none":
            return torch.ones(len(self.labels))
        counts = torch.bincount(self.train.targets.cpu(), minlength=len(self.labels)).float()
        return counts.sum() / (len(self.labels) * counts)

    @staticmethod
    def changed(
        part: Pictures, classes: int, config: TrainConfig, places: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Pictures, changed and mixed, with the probability of each class (times the weight of the picture)."""
        places = places.to(part.targets.device)
        certain = functional.one_hot(part.targets[places], classes).float()
        smoothing = config.label_smoothing
        targets = certain * (1 - smoothing) + smoothing / classes
        targets = targets * part.weights[places, None]
        pictures = augment(part.pixels[places], config.image_size, config.augment, generator)
        return mix(pictures, targets, config.augment, generator)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Cross entropy."""
        return -(targets * functional.log_softmax(outputs.float(), 1) * self.class_weights).sum(1).mean()

    def validate(self, model: nn.Module, most: int | None = None) -> dict[str, float]:
        """What is said of a model while it learns; `most` pictures at most."""
        found = judge(model, self.looked_at(most), self.labels, self.config.image_size)
        return {"accuracy": found.accuracy.value, "loss": found.loss, "macro_f1": found.macro_f1}

    def truths(self, part: Pictures) -> Iterator[PanelPicture]:
        """The class of each."""
        for key, target in zip(part.keys, part.targets.tolist(), strict=True):
            yield PanelPicture(key=key, labels=(self.labels[target],))

    def said(self, model: nn.Module, part: Pictures) -> Iterator[Said]:
        """The class that it takes each for, and how sure it is."""
        for scores in predict(model, part.pixels, self.config.image_size, EvalConfig()):
            best = int(scores.argmax())
            yield Said(labels=(self.labels[best],), confidence=round(float(scores[best]), 4))


class Predictor(nn.Module):
    """A model with all that goes before and after it: pictures from 0 to 1 in, probabilities out."""

    def __init__(self, model: nn.Module, *, flips: bool = True) -> None:
        super().__init__()
        self.model = model
        self.flips = flips

    def forward(self, pictures: Tensor) -> Tensor:
        """Probabilities of each class."""
        ready = normalise(pictures)
        scores: Tensor = self.model(ready).softmax(1)
        return (scores + self.model(ready.flip(3)).softmax(1)) / 2 if self.flips else scores


def _metric(name: str, value: float, spans: Mapping[str, tuple[float, float]]) -> Metric:
    """A figure with its interval. Of drawn pictures some are drawn twice, which can move all of them to one side of the figure itself."""
    low, high = spans.get(name, (None, None))
    return Metric(
        name=name,
        value=value,
        low=None if low is None else min(low, value),
        high=None if high is None else max(high, value),
    )


def judge(
    model: nn.Module, part: Pictures, labels: tuple[str, ...], size: int, config: EvalConfig | None = None
) -> Evaluation:
    """Judge a model by pictures."""
    config = config or EvalConfig()
    scores = predict(model, part.pixels, size, config)
    return evaluate(scores, part.targets.cpu().numpy(), labels, part.keys, config)


def predict(model: nn.Module, pixels: Tensor, size: int, config: EvalConfig) -> NDArray[np.float32]:
    """Probabilities for pictures given as bytes at any size."""
    model.eval()
    predictor = Predictor(model, flips=config.flips)
    with torch.inference_mode():
        found = torch.cat([predictor(batch).float().cpu() for batch in shown(pixels, size, config.batch_size)])
    return found.numpy()

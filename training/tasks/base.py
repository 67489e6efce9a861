"""What tasks have in common beside what the loop asks of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from darkroom.datasets.manifest import Manifest
from darkroom.domain.base import Model
from darkroom.domain.dataset import Split
from darkroom.domain.panel import PanelPicture, Said
from darkroom.domain.training import Metric
from darkroom.errors import Error
from training.checkpoint import Loaded
from training.config import TrainConfig
from training.data import Pictures
from training.panel import chosen


@dataclass(frozen=True)
class Judged:
    """What a checkpoint is worth.

    Args:
        metrics: the figures, the one that decides first.
        count: pictures that it was judged by.
        details: everything that was measured.
        table: what was said of each picture, as `darkroom.datasets.slices` has it; None where no picture is right or wrong as a whole.
    """

    metrics: tuple[Metric, ...]
    count: int
    details: Model
    table: pl.DataFrame | None = None


class Learner(ABC):
    """The pictures to learn from and those to choose by, decoded.

    Args:
        config: how to train.
        manifest: a dataset with splits; what has none is not used.
        device: where to compute.
        cache: folder for scaled pictures.

    Raises:
        Error: `dataset_invalid`, there is nothing to learn from or to choose by.
    """

    def __init__(
        self, config: TrainConfig, manifest: Manifest, device: torch.device, cache: Path | None = None
    ) -> None:
        self.config = config
        self.labels = manifest.labels
        self.train, self.validation = (self._part(manifest, part, device, cache) for part in ("train", "validation"))

    any_size = False
    """Whether the exported model takes pictures of any size."""

    inputs: tuple[str, ...] = ("pictures",)
    """What the exported model is given."""

    def begin(self, model: nn.Module, base: Path) -> None:
        """Hand a fresh model what it needs to know beside the examples.

        Args:
            model: as it was built.
            base: folder of what the training begins with.
        """
        return

    @staticmethod
    @abstractmethod
    def decoded(part: Manifest, labels: tuple[str, ...], image_size: int, cache: Path | None) -> Pictures:
        """Decode a part of a dataset, with what is said of each picture.

        Raises:
            Error: `dataset_invalid`, no picture can be decoded, or what is said is not of the task's kind.
        """

    def batch(self, places: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Training pictures at these places, changed at random, and their targets, as `changed` makes them."""
        return self.changed(self.train, len(self.labels), self.config, places, generator)

    @staticmethod
    @abstractmethod
    def changed(
        part: Pictures, classes: int, config: TrainConfig, places: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Some pictures as a step of a training sees them, and what is said of them then.

        Args:
            part: the pictures that there are.
            classes: how many classes there are.
            config: says what may happen to them.
            places: which of them.
            generator: decides what does.
        """

    @staticmethod
    @abstractmethod
    def worth(found: Loaded, pictures: Pictures) -> Judged:
        """What a checkpoint is worth by pictures."""

    @classmethod
    def judged(cls, found: Loaded, part: Manifest, device: torch.device, cache: Path | None = None) -> Judged:
        """What a checkpoint is worth on a part of a dataset.

        Raises:
            Error: `dataset_invalid`.
        """
        return cls.worth(found, cls.decoded(part, found.about.labels, found.about.image_size, cache).to(device))

    @staticmethod
    def apart(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> float:
        """By how much two answers differ at most."""
        return float(np.abs(ours - theirs).max())

    def __len__(self) -> int:
        return len(self.train)

    @cached_property
    def fixed(self) -> Pictures:
        """A few pictures of validation, always the same."""
        return chosen(self.validation)

    def panel_pictures(self) -> tuple[PanelPicture, ...]:
        """Those, with what is true of them."""
        return tuple(self.truths(self.fixed))

    def panel(self, model: nn.Module) -> tuple[Said, ...]:
        """What a model says of them."""
        model.eval()
        with torch.inference_mode():
            return tuple(self.said(model, self.fixed))

    @abstractmethod
    def truths(self, part: Pictures) -> Iterable[PanelPicture]:
        """What is true of a few pictures."""

    @abstractmethod
    def said(self, model: nn.Module, part: Pictures) -> Iterable[Said]:
        """What a model says of a few pictures."""

    def looked_at(self, most: int | None) -> Pictures:
        """The validation split, or the first pictures of it."""
        part = self.validation
        if most is None:
            return part
        return Pictures(part.pixels[:most], part.targets[:most], part.weights[:most], part.keys[:most])

    def _part(self, manifest: Manifest, split: Split, device: torch.device, cache: Path | None) -> Pictures:
        part = manifest.part(split)
        if not len(part):
            remedy = "Split the dataset, or give it folders named train and validation."
            raise Error("dataset_invalid", f"No example is in the split {split}.", remedy=remedy)
        return self.decoded(part, self.labels, self.config.image_size, cache).to(device)

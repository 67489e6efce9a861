"""What the loop needs to know of what is learnt."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor, nn

from darkroom.domain.panel import PanelPicture, Said


class Task(Protocol):
    """Something to learn, with its data."""

    name: str
    """Name of the task."""
    score: str
    """The figure of `validate` that checkpoints are chosen by; more is better."""
    labels: tuple[str, ...]
    """Classes, in the order of the outputs."""

    def __len__(self) -> int: ...

    def begin(self, model: nn.Module, base: Path) -> None:
        """Hand a fresh model what it needs to know beside the examples; `base` holds what the training begins with."""
        ...

    def batch(self, places: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Training pictures at these places, changed at random, and their targets."""
        ...

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """How far outputs are from targets; a single number."""
        ...

    def validate(self, model: nn.Module, most: int | None = None) -> dict[str, float]:
        """How good a model is on the validation split, or on so many pictures of it."""
        ...

    def panel_pictures(self) -> tuple[PanelPicture, ...]:
        """A few pictures of validation, always the same, with what is true of them."""
        ...

    def panel(self, model: nn.Module) -> tuple[Said, ...]:
        """What a model says of them."""
        ...

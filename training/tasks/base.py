"""What tasks have in common beside what the loop asks of them."""

from __future__ import annotations

from dataclasses import dataclass

from darkroom.domain.base import Model
from darkroom.domain.training import Metric


@dataclass(frozen=True)
class Judged:
    """What a checkpoint is worth.

    Args:
        metrics: the figures, the one that decides first.
        count: pictures that it was judged by.
        details: everything that was measured.
    """

    metrics: tuple[Metric, ...]
    count: int
    details: Model

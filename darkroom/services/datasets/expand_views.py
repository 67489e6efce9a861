"""How a version is expanded."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from darkroom.domain.base import Model
from darkroom.domain.train_config import AugmentConfig, checked


class ExpandGiven(Model):
    """How training pictures are changed and kept as pictures of their own."""

    times: int = Field(4, ge=1, le=20)
    """How often each is changed."""
    policy: dict[str, Any] = Field(default_factory=dict)
    """Values of the policy: `strength` and what differs from it, as `augment` of a training; pictures are not mixed with each other."""
    size: int = Field(224, ge=32, le=1024, multiple_of=8)
    """Side of the pictures that are made, which are squares as a training sees them."""
    seed: int = Field(0, ge=0, lt=2**31)
    """Another seed gives other changes."""
    message: str = Field("", max_length=2000)
    """Why."""

    @property
    def whole(self) -> AugmentConfig:
        """Every value of the policy.

        Raises:
            Error: `training_invalid`, naming the first value that does not fit.
        """
        return checked(AugmentConfig, {**self.policy, "mixup": 0.0, "cutmix": 0.0})

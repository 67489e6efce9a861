"""What a training or an evaluation is told; it lies in the library, so that forms and programs know it without PyTorch."""

from __future__ import annotations

from darkroom.domain.train_config import AugmentConfig, EvalConfig, TrainConfig, checked

__all__ = ["AugmentConfig", "EvalConfig", "TrainConfig", "checked"]

"""What a training has reached so far, and which of its checkpoints are kept."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from training.config import TrainConfig

_Write = Callable[[Path], None]


class Results:
    """The validations of a training and its best checkpoints.

    Args:
        out: folder of the training.
        keep: how many of the best checkpoints stay.
        score: the figure they are chosen by; more is better.
    """

    def __init__(self, out: Path, keep: int, score: str) -> None:
        self.out, self.kept, self.score = out, keep, score
        self.history: list[dict[str, float]] = []
        self.loss = 0.0
        self._seconds: list[float] = []
        self._wrote_at = time.monotonic()

    @property
    def validations(self) -> int:
        """How many there were."""
        return len(self.history)

    def add(self, step: int, progress: float, metrics: dict[str, float]) -> None:
        """Note a validation."""
        self.history.append({"step": step, "progress": round(progress, 6), **metrics})

    def latest(self) -> dict[str, float]:
        """The figures of the last validation."""
        return {name: value for name, value in (self.history or [{}])[-1].items() if name not in ("step", "progress")}

    def keep(self, write: _Write) -> None:
        """Keep the checkpoint of the latest validation if it is among the best, and drop the one that it outdoes."""
        ranked = self._ranked()[: self.kept]
        names = {self._folder(place).name for place in ranked}
        if self.validations - 1 in ranked:
            write(self._folder(self.validations - 1))
        for folder in self.out.glob("best-*"):
            if folder.name not in names:
                shutil.rmtree(folder)

    def best(self) -> Path | None:
        """The best checkpoint that was kept."""
        return self._folder(self._ranked()[0]) if self.history and self.kept else None

    def since_best(self) -> int:
        """Validations since the best one."""
        return self.validations - 1 - self._ranked()[0] if self.history else 0

    def publish(self, folder: Path, source: Path | None, write: _Write) -> None:
        """Leave the result of the training in a folder: a copy of a checkpoint, or what `write` writes."""
        shutil.rmtree(folder, ignore_errors=True)
        if source is None:
            write(folder)
        else:
            shutil.copytree(source, folder)

    def is_due(self, step: int, config: TrainConfig) -> bool:
        """Whether it is time to write a checkpoint to go on from."""
        if config.checkpoint_steps is not None:
            return step % config.checkpoint_steps == 0
        return time.monotonic() - self._wrote_at >= config.checkpoint_seconds

    def written(self) -> None:
        """Note that such a checkpoint was written."""
        self._wrote_at = time.monotonic()

    def took(self, seconds: float) -> None:
        """Note how long a validation took."""
        self._seconds.append(seconds)

    def seconds_ahead(self, progress: float, validations: int) -> float:
        """How long the validations that are still to come will take."""
        mean = sum(self._seconds) / len(self._seconds) if self._seconds else 0.0
        return mean * max(1, round(validations * (1 - progress)))

    def state(self) -> dict[str, Any]:
        """Everything, to go on from."""
        return {"history": self.history, "loss": self.loss, "seconds": self._seconds}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from there; best checkpoints written later than that are dropped, for they will be written again."""
        self.history, self.loss, self._seconds = list(state["history"]), state["loss"], list(state["seconds"])
        known = {self._folder(place).name for place in range(self.validations)}
        for folder in self.out.glob("best-*"):
            if folder.name not in known:
                shutil.rmtree(folder)

    def _ranked(self) -> list[int]:
        """Validations from the best to the worst; of equal ones the later first, which has learnt more."""
        return sorted(range(self.validations), key=lambda place: (-self.history[place][self.score], -place))

    def _folder(self, place: int) -> Path:
        return self.out / f"best-{int(self.history[place]['step']):06d}"

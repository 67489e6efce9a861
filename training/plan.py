"""How far a training is, how fast it may go there, and when it must end: the budget and the schedules."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Literal

# A budget pays for writing checkpoints and the last validation too.
RESERVE = 0.03


@dataclass
class Plan:
    """Where a training stands.

    The learning rate follows `progress`, never the number of steps itself: when a machine turns out slower or faster than
    it was, the way that is left is stretched or shortened, and the rate goes on from where it is without a jump. Without
    a budget the steps are fixed from the start, and so is every rate.

    Args:
        steps: as many as the epochs make.
        budget: seconds, None for no limit.
        step: steps done.
        progress: from 0 to 1.
        left: steps that are still to be done.
        elapsed: seconds that went by, those before an interruption included.
        ahead: seconds of the budget that validating and writing will take until the end.
    """

    steps: int
    budget: float | None = None
    step: int = 0
    progress: float = 0.0
    left: int = -1
    elapsed: float = 0.0
    ahead: float = 0.0

    def __post_init__(self) -> None:
        if self.left < 0:
            self.left = self.steps

    @property
    def is_done(self) -> bool:
        """Whether the last step was taken."""
        return self.left <= 0

    def advance(self, seconds: float) -> None:
        """Count a step that took so long."""
        self.progress = 1.0 if self.left <= 1 else self.progress + (1 - self.progress) / self.left
        self.step += 1
        self.left -= 1
        self.elapsed += seconds
        if self.budget is not None:
            whole = self.budget * (1 - RESERVE)
            # Steps that take longer than the last ones let foresee must not leave the rate up when the time is over.
            self.progress = max(self.progress, min(1.0, self.elapsed / max(whole - self.ahead, 1e-9)))
            if self.elapsed >= whole:
                self.left = 0

    def pause(self, seconds: float) -> None:
        """Count time in which nothing was learnt: validating, writing."""
        self.elapsed += seconds

    def fit(self, step_seconds: float, other_seconds: float = 0.0) -> None:
        """Fit the steps that are left to the budget.

        Args:
            step_seconds: what a step takes by now.
            other_seconds: what validating and writing will take until the end.
        """
        if self.budget is None or self.left <= 0:
            return
        self.ahead = other_seconds
        free = self.budget * (1 - RESERVE) - self.elapsed - other_seconds
        self.left = max(0, min(self.steps - self.step, int(free / max(step_seconds, 1e-9))))

    def state(self) -> dict[str, float | int | None]:
        """Everything, to go on from."""
        return asdict(self)


def rate(schedule: Literal["cosine", "one_cycle", "constant"], progress: float, warmup: float) -> float:
    """The learning rate at a point of the training, as a share of the largest."""
    if progress < warmup:
        return progress / warmup
    after = (progress - warmup) / (1 - warmup)
    if schedule == "cosine":
        return 0.5 * (1 + math.cos(math.pi * after))
    return 1 - after if schedule == "one_cycle" else 1.0

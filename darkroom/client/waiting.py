"""How often to look whether an operation is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from darkroom.services.work.views import WorkView

_SHORTEST, _LONGEST = 0.2, 5.0
_SHARE = 0.25


class Pauses:
    """Longer and longer, but no longer than a part of the time that is left."""

    def __init__(self) -> None:
        self._pause = _SHORTEST / 1.5

    def next(self, operation: WorkView) -> float:
        """Seconds until the next look."""
        self._pause = min(self._pause * 1.5, _LONGEST)
        left = operation.seconds_left
        return self._pause if left is None else min(self._pause, max(_SHORTEST, left * _SHARE))

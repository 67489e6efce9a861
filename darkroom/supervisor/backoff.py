"""How long to wait before a service that died is started again."""

from __future__ import annotations


class Backoff:
    """Waits that double from one death to the next, and start over after a long life.

    Args:
        base: the first wait, seconds.
        longest: no wait is longer.
        forgiven: a service that lived this long starts over.
    """

    def __init__(self, base: float = 0.5, longest: float = 30.0, forgiven: float = 60.0) -> None:
        self.base = base
        self.longest = longest
        self.forgiven = forgiven
        self.deaths = 0

    def next(self, lived: float) -> float:
        """The wait after a life of that many seconds."""
        if lived >= self.forgiven:
            self.deaths = 0
        wait = min(self.longest, self.base * 2.0 ** min(self.deaths, 16))
        self.deaths += 1
        return wait

"""Ids of operations by what they are about: asking for the same once more leads to the one that is there."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Iterator
from itertools import count, takewhile

from darkroom.domain.work import OVER, LongWork, WorkState
from darkroom.store import Stores


def same_id(
    stores: Stores, kind: str, *about: str | bool | None, beyond: tuple[WorkState, ...] = OVER
) -> str:  # fmt: skip
    """The id of the operation that was begun for this last; of a new one where there is none, or that one counts no more.

    Args:
        stores: where operations are.
        kind: of operation.
        about: who asks, and for what.
        beyond: states in which an earlier one counts no more.
    """
    return next(name for name, one in _in_turn(stores, kind, about) if one is None or one.state not in beyond)


def newest(stores: Stores, kind: str, *about: str | bool | None) -> LongWork | None:
    """The operation that was begun for this last, however it ended."""
    begun = takewhile(lambda one: one is not None, (one for _, one in _in_turn(stores, kind, about)))
    return next(iter(deque(begun, maxlen=1)), None)


def _in_turn(stores: Stores, kind: str, about: tuple[str | bool | None, ...]) -> Iterator[tuple[str, LongWork | None]]:
    """Ids of operations that are about the same, in the order in which they are begun, each with what is there of it."""
    digested = hashlib.sha256(json.dumps(about).encode()).hexdigest()[:20]
    for number in count():
        name = f"o-{kind}-{digested}" + (f"-{number}" if number else "")
        yield name, stores.work.find(name)

"""Ids of operations by what they are about: asking for the same once more leads to the one that is there."""

from __future__ import annotations

import hashlib
import json
from itertools import count

from darkroom.domain.work import OVER, WorkState
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
    digested = hashlib.sha256(json.dumps(about).encode()).hexdigest()[:20]
    for number in count():
        name = f"o-{kind}-{digested}" + (f"-{number}" if number else "")
        earlier = stores.work.find(name)
        if earlier is None or earlier.state not in beyond:
            return name
    raise AssertionError

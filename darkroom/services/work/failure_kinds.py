"""What is done with every open entry of the failure ledger, where that is more than a request should take."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from darkroom.domain.access import SYSTEM, Principal
from darkroom.domain.work import LongWork
from darkroom.services.ledger import open_failures
from darkroom.services.work.kinds import WholeKind
from darkroom.services.work.progress import Progress
from darkroom.store import Stores

if TYPE_CHECKING:
    from darkroom.services.ingest import IngestService


class _LedgerKind(WholeKind):
    """Goes through the entries that are open when it begins: what fails anew meanwhile is left alone.

    Args:
        stores: where the ledger is.
        ingest: acts on entries; asked for when it is needed.
    """

    permission = "failures:write"
    piece: ClassVar[int] = 500

    def __init__(self, stores: Stores, ingest: Callable[[], IngestService]) -> None:
        super().__init__(stores)
        self._ingest = ingest

    def do(self, work: LongWork, progress: Progress) -> None:
        """Act on them, piece by piece."""
        ids = [one.id for one in open_failures(self.stores, None, json.loads(work.params)["code"])]
        progress.of(len(ids))
        # Events and batches name who asked for it.
        who = SYSTEM.model_copy(update={"id": work.principal})
        for start in range(0, len(ids), self.piece):
            part = ids[start : start + self.piece]
            progress.add(len(part), changed=self.act(who, part))

    @abstractmethod
    def act(self, principal: Principal, ids: Sequence[str]) -> int:
        """Act on some; returns on how many of them."""


class DismissKind(_LedgerKind):
    """Closes them without bringing the files in."""

    name = "dismiss"

    def act(self, principal: Principal, ids: Sequence[str]) -> int:
        """Close some."""
        return len(self._ingest().dismiss(principal, ids))


class RetryKind(_LedgerKind):
    """Replays them, as batches."""

    name = "retry"
    piece = 1000

    def act(self, principal: Principal, ids: Sequence[str]) -> int:
        """Replay some, if they are open still."""
        still = [one.id for one in open_failures(self.stores, ids, None)]
        if still:
            self._ingest().retry_failures(principal, still)
        return len(still)

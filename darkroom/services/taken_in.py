"""Having pictures taken in within another operation, and waiting until they are."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from darkroom.domain.access import SYSTEM
from darkroom.domain.base import new_id
from darkroom.domain.ingest import Batch
from darkroom.domain.work import OVER
from darkroom.errors import Error
from darkroom.services.work.progress import Lost, Progress

if TYPE_CHECKING:
    from darkroom.services.ingest import IngestService

_LOOK_SECONDS = 1.0


def take_in(
    ingest: IngestService, batch: Batch, run: str, progress: Progress, tell: Callable[[Batch], None] | None = None
) -> None:
    """Return once a batch is over, whoever took it in: this process, or a run that a sensor began for it.

    As the system: whoever asked may bring pictures, and which ones was decided here.

    Args:
        ingest: takes pictures in.
        batch: that was submitted, and not launched.
        run: what the id of the run here begins with.
        progress: of the operation that it is part of.
        tell: is told of the batch as it goes on.

    Raises:
        Lost: the operation was cancelled, and the batch with it, or another run has it.
    """
    run_id = new_id(run)
    try:
        while ingest.run_batch(SYSTEM, batch.id, run_id, on_progress=tell).batch.state not in OVER:
            # A sensor was faster, and its run has the batch.
            time.sleep(_LOOK_SECONDS)
            progress.save()
    except Lost:
        with suppress(Error):
            ingest.cancel(SYSTEM, batch.id)
        raise

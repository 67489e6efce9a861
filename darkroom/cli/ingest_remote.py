"""`darkroom ingest` into a Darkroom somewhere else: files travel over REST in portions, each sent again where that helps."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from darkroom.errors import Error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress

    from darkroom.client import Client
    from darkroom.connectors.base import Listed
    from darkroom.services.activity_views import BatchView

_FILES = 200
_BYTES = 500_000_000
_LOOK_EVERY = 1.0


def send_all(client: Client, found: list[Listed], tags: list[str], progress: Progress) -> list[BatchView]:
    """Send files, one batch for each portion."""
    from darkroom.client import library

    bar = progress.add_task("Sending", total=len(found), rate="")
    batches = []
    for portion in _portions(found):
        try:
            batches.append(client.send(library.upload_images([one.path for one in portion], tags=tags)).batch)
        except OSError as error:
            raise Error("source_unreadable", f"{error.filename} cannot be read: {error.strerror}.") from error
        progress.advance(bar, len(portion))
    progress.remove_task(bar)
    return batches


def follow(client: Client, batches: list[BatchView], progress: Progress) -> list[BatchView]:
    """Show how far the batches are until all have ended; Ctrl-C only ends the watching."""
    from darkroom.client import library

    bar = progress.add_task("Taking in", total=sum(batch.total for batch in batches), rate="")
    with contextlib.suppress(KeyboardInterrupt):
        while not all(batch.state in {"done", "cancelled"} for batch in batches):
            time.sleep(_LOOK_EVERY)
            batches = [client.send(library.get_batch(batch.id)) for batch in batches]
            progress.update(bar, completed=sum(batch.done for batch in batches))
    progress.remove_task(bar)
    return batches


def _portions(found: list[Listed]) -> Iterator[list[Listed]]:
    portion: list[Listed] = []
    size = 0
    for one in found:
        if portion and (len(portion) == _FILES or size + one.bytes > _BYTES):
            yield portion
            portion, size = [], 0
        portion.append(one)
        size += one.bytes
    if portion:
        yield portion

"""`darkroom ingest` into a Darkroom somewhere else: files travel over REST, large ones in parts."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

    from darkroom.client import Client
    from darkroom.connectors.base import Listed
    from darkroom.services.activity_views import BatchView

_LOOK_EVERY = 1.0


def send_all(client: Client, found: list[Listed], tags: list[str], progress: Progress) -> list[BatchView]:
    """Send files, large ones in parts; what is there already is not sent, and the same command again goes on where it broke."""
    from darkroom.client import library

    bar = progress.add_task("Sending", total=sum(one.bytes for one in found), rate="")
    done = client.upload(
        [one.path for one in found], tags=tags,
        on_progress=lambda far, whole: progress.update(bar, completed=far, total=whole),
    )  # fmt: skip
    progress.remove_task(bar)
    return [client.send(library.get_batch(batch)) for batch in done.batches]


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

"""A move of pictures as the Darkroom that runs does it: asked for over REST, watched, and stopped by Ctrl-C."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from darkroom.cli.connect import connected
from darkroom.cli.user import checked
from darkroom.errors import Error

if TYPE_CHECKING:
    from darkroom.client import Client
    from darkroom.domain.storage import MovePlan, StorageMove


def moved_by_a_run(
    home: Path | None, source: str, target: str, *, dry_run: bool, rollback: bool, throttle: float | None,
    read_back: bool, quiet: bool,
) -> StorageMove | MovePlan:  # fmt: skip
    """Plan a move between places of the settings, do it, or take it back."""
    from darkroom.cli.storage import over
    from darkroom.client import storage
    from darkroom.domain.storage import MovePlan
    from darkroom.services.storage_views import MoveEnds, NewMove

    given = checked(NewMove, source=source, target=target, throttle=throttle, read_back=read_back)
    with connected(home) as client:
        if dry_run:
            done = over(
                client, client.send(storage.plan_move(MoveEnds(source=source, target=target))), quiet=quiet
            ).result
            copies, size, known = (done.get(name, 0) for name in ("copies", "bytes", "known"))
            return MovePlan(source=source, target=target, copies=copies, bytes=size, known=known)
        if rollback:
            return _followed(client, client.send(storage.roll_back_move(_known(client, source, target))), quiet=quiet)
        return _followed(client, client.send(storage.begin_move(given)), quiet=quiet)


def _known(client: Client, source: str, target: str) -> str:
    """Id of the newest move between two places that was not taken back.

    Raises:
        Error: `not_found`.
    """
    from darkroom.client import storage

    urls = {one.name: one.url for one in client.send(storage.list_places()).items}
    ends = (urls.get(source, source), urls.get(target, target))
    for one in client.send(storage.list_moves()).items:
        if (one.source, one.target) == ends and one.state != "rolled_back":
            return one.id
    raise Error("not_found", f"Nothing was moved from {source} to {target}.")


def _followed(client: Client, move: StorageMove, *, quiet: bool) -> StorageMove:
    from darkroom.cli.work import watch
    from darkroom.client import storage, work

    begun = client.send(work.get_work(move.id))
    seen = watch(client, begun, quiet=quiet)
    if not seen.is_over:
        with contextlib.suppress(Error):
            client.send(work.cancel_work(move.id))
    return client.send(storage.get_move(move.id))

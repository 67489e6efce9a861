"""The trash: pictures are put away, restored, and at last removed for good.

A picture is moved between the library and the trash in one transaction with its event, so that a kill at any moment leaves
it in one of the two. Removing for good takes two steps: a transaction that takes the record away and marks its bytes as
released, and then their deletion, which a picture that comes in again meanwhile can stop (`ReleasedBlobs`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import timedelta
from functools import partial

from darkroom import logs
from darkroom.access import reach_of, require, require_on, scope_of
from darkroom.access.trail import Trail
from darkroom.domain.access import Principal
from darkroom.domain.base import now
from darkroom.domain.event import EventType
from darkroom.domain.scope import Scope
from darkroom.domain.trash import ReleasedBlobs
from darkroom.errors import Error
from darkroom.services.dropped import erase_dropped
from darkroom.services.holds import Holds
from darkroom.services.sight import changeable
from darkroom.services.tiles import drop_tiles
from darkroom.services.trash_views import ImageIds, Purged, PurgeRequest, TrashChange, TrashPage, TrashView
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.database import Session
from darkroom.store.lease import Lease
from darkroom.store.trash import RELEASE_LOCK, Moved

MOST_AT_ONCE = 1000
"""Pictures that one request removes for good."""
_AT_ONCE = 250
"""Pictures in one transaction: whole records are moved."""
_MOVE_LOCK = "storage-move"
_log = logs.get(__name__)


class TrashService:
    """Moves pictures into the trash, out of it, and away.

    Args:
        settings: how long they stay.
        stores: where they are.
    """

    def __init__(self, settings: Settings, stores: Stores) -> None:
        self._settings = settings
        self._stores = stores
        self._trail = Trail(stores)

    def list(self, principal: Principal, *, limit: int, cursor: str | None = None) -> TrashPage:
        """What is in the trash, put away last first; a picture there is still in its collections.

        Raises:
            Error: `invalid_cursor`.
        """
        scope = scope_of(principal, "trash:read")
        page = self._stores.trash.list(limit=limit, cursor=cursor, scope=scope)
        count, size = self._stores.trash.totals(scope)
        items = tuple(TrashView.of(one, self._settings.trash_days) for one in page.items)
        return TrashPage(items=items, total=count, bytes=size, next_cursor=page.next_cursor)

    def put(self, principal: Principal, given: ImageIds) -> TrashChange:
        """Put pictures away: they are in no view, and nothing of them is lost.

        Raises:
            Error: `forbidden` for a picture that may be seen alone.
        """
        scope = scope_of(principal, "trash:write")
        return self._put(principal, given.ids, scope)

    def put_one(self, principal: Principal, image_id: str) -> TrashView:
        """Put one picture away; one that is in the trash already stays there.

        Raises:
            Error: `not_found`, `forbidden` for one that may be seen alone.
        """
        scope = scope_of(principal, "trash:write")
        self._put(principal, (image_id,), scope)
        found = self._stores.trash.find(image_id)
        if found is None or not scope.covers(found.image.collections):
            raise Error("not_found", f"There is no picture {image_id[:80]!r}.", id=image_id[:80])
        return TrashView.of(found, self._settings.trash_days)

    def restore(self, principal: Principal, given: ImageIds) -> TrashChange:
        """Bring pictures back as they were.

        Raises:
            Error: `forbidden` for a picture that may be seen alone.
        """
        scope = scope_of(principal, "trash:write")
        within = self.within(principal, given.ids, scope)
        return self._each(
            principal, given.ids, self._stores.trash.restore_many, "images.added", within=within, restored=True
        )

    def within(self, principal: Principal, ids: Sequence[str], scope: Scope) -> set[str]:
        """Those of the pictures, in the library or in the trash, that somebody may put away and restore.

        Args:
            principal: who asks.
            ids: which.
            scope: of `trash:write`.

        Raises:
            Error: `forbidden` for a picture that may be seen and not put away, or restored.
        """
        if scope.is_everything:
            return set(ids)
        images, trash = self._stores.images, self._stores.trash
        found = {*images.known(ids, scope), *trash.among(ids, scope)}
        rest = [one for one in ids if one not in found]
        for one in sorted(images.known(rest, scope_of(principal, "images:read")))[:1]:
            changeable(self._stores, principal, one, "trash:write")
        if may_see := trash.among(rest, reach_of(principal, "trash:read")):
            require_on(principal, "trash:write", trash.get(min(may_see)).image.collections)
        return found

    def purge(self, principal: Principal, given: PurgeRequest) -> Purged:
        """Remove pictures of the trash for good, with their bytes; those that a version of a dataset names stay.

        Raises:
            Error: `conflict` for all of it, when that is more than a request should take: it is an operation then.
        """
        require(principal, "trash:purge")
        if given.all and self._stores.trash.totals()[0] > MOST_AT_ONCE:
            raise Error(
                "conflict", f"More than {MOST_AT_ONCE:,} pictures are in the trash.",
                remedy="Empty it with POST /api/v1/trash/empty, an operation that can be watched.",
            )  # fmt: skip
        everything = self._ids() if given.ids is None else iter([given.ids])
        return self._purge(principal, everything, "all" if given.all else None)

    def expire(self, principal: Principal) -> Purged:
        """Remove for good what was put away longer ago than the settings say, and finish what was left undone."""
        require(principal, "trash:purge")
        return self._purge(
            principal, self._ids(self._settings.trash_days) if self._settings.trash_days else iter(()), None
        )

    def _put(self, principal: Principal, ids: Sequence[str], scope: Scope) -> TrashChange:
        def move(session: Session, chunk: Sequence[str]) -> Moved:
            return self._stores.trash.put_many(session, chunk, principal.id, now())

        return self._each(principal, ids, move, "images.deleted", within=self.within(principal, ids, scope))

    def _each(
        self, principal: Principal, ids: Sequence[str], move: Callable[[Session, Sequence[str]], Moved], told: EventType,
        *, within: set[str], **data: bool,
    ) -> TrashChange:  # fmt: skip
        def work(session: Session, chunk: Sequence[str]) -> Moved:
            found = move(session, chunk)
            if found.moved:
                events = self._stores.events
                events.append(session, type=told, principal=principal, ids=found.moved, data={"trash": True, **data})
            return found

        moved: list[str] = []
        there: list[str] = []
        unknown = [one for one in ids if one not in within]
        mine = [one for one in ids if one in within]
        for start in range(0, len(mine), _AT_ONCE):
            found = self._stores.database.run(partial(work, chunk=mine[start : start + _AT_ONCE]))
            moved += found.moved
            there += found.there
            unknown += found.unknown
        return TrashChange(moved=tuple(moved), there=tuple(there), unknown=tuple(unknown))

    def everything(self) -> Iterator[Sequence[str]]:
        """Ids of what is in the trash, in pieces; for services, which have checked who asks."""
        return self._ids()

    def _ids(self, days: float = 0.0) -> Iterator[Sequence[str]]:
        """Ids of what was put away before now, or so many days ago, in pieces."""
        moment, after = now() - timedelta(days=days), ""
        while found := self._stores.trash.put_before(moment, _AT_ONCE, after):
            yield found
            after = found[-1]

    def _purge(self, principal: Principal, pieces: Iterator[Sequence[str]], what: str | None) -> Purged:
        images = size = kept = 0
        holds = Holds(self._stores)
        for piece in pieces:
            for start in range(0, len(piece), _AT_ONCE):
                held = holds.among(piece[start : start + _AT_ONCE])
                ids = [one for one in piece[start : start + _AT_ONCE] if one not in held]
                kept += len(held)
                sizes = self._stores.database.run(partial(self._remove, principal=principal, ids=ids, what=what))
                drop_tiles(self._settings, sizes)
                images, size = images + len(sizes), size + sum(sizes.values())
        self.release()
        return Purged(images=images, bytes=size, kept=kept)

    def _remove(self, session: Session, principal: Principal, ids: Sequence[str], what: str | None) -> dict[str, int]:
        sizes = self._stores.trash.purge_many(session, ids, now())
        if sizes:
            self._trail.note(
                principal, "trash.purged", what, session=session, images=len(sizes), bytes=sum(sizes.values()),
                ids=sorted(sizes)[:50],
            )  # fmt: skip
            self._stores.events.append(session, type="trash.changed", principal=principal, ids=sorted(sizes))
        return sizes

    def release(self) -> None:
        """Delete the dropped files of pictures that were removed for good, and the bytes that are released.

        Those stay as long as a backup or a move of storage needs them where they are.
        """
        for image, files in self._stores.released.with_files():
            if erase_dropped(self._settings, image, files):
                self._stores.released.without_files(image)
        with ExitStack() as locks:
            try:
                for name in (RELEASE_LOCK, _MOVE_LOCK):
                    locks.enter_context(Lease(self._stores.database, name, patience=0))
            except Error as error:
                if error.code != "conflict":
                    raise
                _log.info("release_postponed", cause=error.cause)
                return
            while found := self._stores.released.unfinished(_AT_ONCE):
                for one in found:
                    self._delete(one)

    def _delete(self, one: ReleasedBlobs) -> None:
        # From here on the picture cannot come in until its bytes are gone.
        if not self._stores.released.begin(one.id):
            return
        self._stores.blobs.delete("originals", one.id)
        for key in one.renditions:
            self._stores.blobs.delete("renditions", key)
        self._stores.released.finish(one.id, now())

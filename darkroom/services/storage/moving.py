"""Moving all blobs to another place while people work: once through the listing, then whatever the events tell.

From its first moment new blobs go to the target, and reading looks in both (`darkroom.store.blobs.layout`). How far it
is stands in the database, so that after kill -9 it goes on where it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from darkroom import logs
from darkroom.domain.access import Principal
from darkroom.domain.base import new_id, now
from darkroom.domain.storage import MovePlan, MoveProblem, MoveState, StorageMove
from darkroom.errors import Error
from darkroom.services.storage.copying import Throttle, copy_blob, is_of_one_blob, lacking
from darkroom.store import Stores
from darkroom.store.blobs import BlobInfo, BlobStore, Location
from darkroom.store.blobs.base import NAMESPACES
from darkroom.store.blobs.layout import REFRESH_SECONDS
from darkroom.store.database import Session
from darkroom.store.lease import Lease
from darkroom.store.references import BlobReferences

_AT_ONCE = 8
_CHUNK = 64
"""Blobs copied between two entries of how far it is."""
_KNOWN_CHUNK = 5_000
"""Blobs that were there already between two such entries."""
_LISTED_CHUNK = 500
"""Blobs of a plan between two looks at whether anybody still wants it."""
_PROBLEMS_KEPT = 100
MOVE_LOCK = "storage-move"
"""Lock under which blobs go from one place to another."""
_LEASE = 6.0
"""Seconds for which the lock of a killed move lasts."""
_EVENTS = ("images.added", "images.updated")
_log = logs.get(__name__)


class _Stopped(Exception):  # noqa: N818 - no error: somebody asked for it
    """Nothing more is to be copied for now."""

    def __init__(self, move: StorageMove) -> None:
        super().__init__()
        self.move = move


class Mover:
    """Moves blobs from one place to another.

    Args:
        stores: whose blobs.
        principal: who the events name.
        source: where from.
        target: where to.
        throttle: bytes a second; None for as fast as it goes.
        verify: read every copy back.
        on_progress: told the move after every chunk.
    """

    def __init__(
        self, stores: Stores, principal: Principal, source: tuple[Location, BlobStore],
        target: tuple[Location, BlobStore], *, throttle: float | None = None, verify: bool = True,
        on_progress: Callable[[StorageMove], None] | None = None,
    ) -> None:  # fmt: skip
        self._stores = stores
        self._principal = principal
        self._names = str(source[0]), str(target[0])
        self._source, self._target = source[1], target[1]
        self._references = BlobReferences(stores.database)
        self._throttle = Throttle(throttle)
        self._verify = verify
        self._on_progress = on_progress or (lambda _move: None)

    def plan(self, on_progress: Callable[[int], None] = lambda _: None) -> MovePlan:
        """What a move would copy; nothing is changed."""
        missing = known = size = 0
        for namespace in NAMESPACES:
            for info, lacks in lacking(self._source, self._target, namespace):
                missing, known, size = missing + lacks, known + (not lacks), size + info.bytes * lacks
                if (missing + known) % _LISTED_CHUNK == 0:
                    on_progress(_LISTED_CHUNK)
        on_progress((missing + known) % _LISTED_CHUNK)
        return MovePlan(source=self._names[0], target=self._names[1], copies=missing, bytes=size, known=known)

    def run(self) -> StorageMove:
        """Move everything, until somebody stops it; a second call goes on, and costs nothing where nothing has changed.

        Raises:
            Error: `conflict` while another process moves, `storage_*`; call again to go on.
        """
        try:
            return self._run()
        except _Stopped as stopped:
            return stopped.move

    def _run(self) -> StorageMove:
        with self._lease(2 * _LEASE):
            move = self._begun()
            if move.state == "done" and move.listed and move.seq == self._stores.events.last_seq():
                return move
            if not move.listed:
                move = self._go_through(move)
            move = self._follow_events(move)
            return self._concluded(move)

    def register(self) -> StorageMove:
        """Begin a move without copying anything yet: new blobs go to the target from now on.

        Raises:
            Error: `conflict` while another process moves.
        """
        with self._lease(_LEASE / 2):
            return self._begun()

    def begin_roll_back(self) -> StorageMove:
        """Write to the source again, without bringing anything back yet.

        Raises:
            Error: `not_found` when there is no such move, `conflict` while another process moves.
        """
        with self._lease(_LEASE / 2):
            return self._turned_back()

    def _lease(self, patience: float) -> Lease:
        return Lease(self._stores.database, MOVE_LOCK, seconds=_LEASE, patience=patience)

    def _turned_back(self) -> StorageMove:
        move = self._stores.moves.between(*self._names)
        if move is None:
            raise Error("not_found", f"Nothing was moved from {self._names[0]} to {self._names[1]}.")
        if move.stopped_at is not None:
            move = self._stores.moves.go_on(move.id)
        if move.state != "rolling_back":
            move = self._enter(move, "rolling_back", listed=False)
            self._let_others_notice()
        return move

    def roll_back(self) -> StorageMove:
        """Write to the source again, and bring back what only the target has; the target keeps its blobs.

        Raises:
            Error: `not_found` when there is no such move, `conflict`, `storage_*`; call again to go on.
        """
        try:
            return self._bring_back()
        except _Stopped as stopped:
            return stopped.move

    def _bring_back(self) -> StorageMove:
        with self._lease(2 * _LEASE):
            move = self._turned_back()
            for namespace in NAMESPACES:
                wanted = (info for info, lacks in lacking(self._target, self._source, namespace) if lacks)
                for chunk in _chunks(wanted, _CHUNK):
                    problems = self._copy_all(namespace, chunk, self._target, self._source)[1]
                    if problems:
                        raise Error(problems[0].code, problems[0].cause, key=problems[0].key)
                    move = self._save(move)
            return self._enter(move, "rolled_back", finished_at=now())

    # Phases

    def _begun(self) -> StorageMove:
        """The move to go on with, or a new one."""
        move = self._stores.moves.between(*self._names)
        if move is not None and move.stopped_at is not None:
            move = self._stores.moves.go_on(move.id)
        if move is not None and move.state == "rolling_back":
            raise Error("conflict", "This move is being taken back.", remedy="Finish that: repeat it with --rollback.")
        if move is not None:
            if move.failed:  # what failed may work by now
                changes = {"listed": False, "namespace": "", "after": "", "failed": 0, "problems": (), "done": 0,
                           "known": 0, "state": "running"}  # fmt: skip
                move = self._save(move, **changes)
            return move
        backwards = self._stores.moves.between(self._names[1], self._names[0])
        if backwards is not None:
            raise Error(
                "conflict", f"{self._names[1]} was moved to {self._names[0]} before.",
                remedy="Take that move back with --rollback instead.",
            )  # fmt: skip
        count, size = self._references.totals()
        move = StorageMove(
            id=new_id("m"), source=self._names[0], target=self._names[1], state="running", started_at=now(),
            updated_at=now(), total=count, total_bytes=size, seq=self._stores.events.last_seq(),
        )  # fmt: skip

        def work(session: Session) -> None:
            self._stores.moves.insert(move, session=session)
            self._tell(session, move)

        self._stores.database.run(work)
        self._let_others_notice()
        return move

    def _let_others_notice(self) -> None:
        """From here on no other process of this library writes to the wrong place, except runs that had begun."""
        time.sleep(REFRESH_SECONDS)
        refresh = getattr(self._stores.blobs, "refresh", None)
        if refresh is not None:
            refresh()

    def _go_through(self, move: StorageMove) -> StorageMove:
        """Compare the listings from where an earlier run stopped, and copy what is lacking."""
        begin = NAMESPACES.index(move.namespace) if move.namespace else 0
        for namespace in NAMESPACES[begin:]:
            after = move.after if namespace == move.namespace else ""
            pending: list[BlobInfo] = []
            known = 0
            last = after
            for info, lacks in lacking(self._source, self._target, namespace, after):
                last = info.key
                known += not lacks
                if lacks:
                    pending.append(info)
                if len(pending) >= _CHUNK or known >= _KNOWN_CHUNK:
                    move = self._dealt_with(move, namespace, pending, known, last)
                    pending, known = [], 0
            move = self._dealt_with(move, namespace, pending, known, last)
        return self._save(move, listed=True)

    def _follow_events(self, move: StorageMove) -> StorageMove:
        """Copy what came into the source since, as the event log names it."""
        while events := self._stores.events.since(move.seq, limit=200):
            ids = {one for event in events if event.type in _EVENTS for one in event.ids}
            keys = self._references.keys_of(sorted(ids))
            for namespace in NAMESPACES:
                wanted = [info for key in keys[namespace] if (info := self._only_in_source(namespace, key))]
                for chunk in _chunks(wanted, _CHUNK):
                    move = self._dealt_with(move, namespace, chunk, 0, move.after, listing=False)
            move = self._save(move, seq=events[-1].seq)
        return move

    def _only_in_source(self, namespace: str, key: str) -> BlobInfo | None:
        there = self._target.stat(namespace, key)
        info = self._source.stat(namespace, key)
        return info if info is not None and (there is None or there.bytes != info.bytes) else None

    def _concluded(self, move: StorageMove) -> StorageMove:
        if move.failed:
            _log.warning("blobs_not_moved", move=move.id, failed=move.failed)
            return self._save(move)
        # Its own events are nothing that changed. Those of others that came in between are dealt with next time.
        seq = move.seq
        move = self._enter(move, "done", finished_at=now())
        last = self._stores.events.last_seq()
        return self._save(move, seq=last) if last == seq + 1 else move

    # Copying

    def _dealt_with(
        self,
        move: StorageMove,
        namespace: str,
        chunk: Sequence[BlobInfo],
        known: int,
        last: str,
        *,
        listing: bool = True,
    ) -> StorageMove:
        size, problems = self._copy_all(namespace, chunk, self._source, self._target)
        changes: dict[str, object] = {"namespace": namespace, "after": last} if listing else {}
        move = self._save(
            move, **changes, done=move.done + len(chunk) + known, known=move.known + known,
            copied=move.copied + len(chunk) - len(problems), copied_bytes=move.copied_bytes + size,
            failed=move.failed + len(problems), problems=(*move.problems, *problems)[:_PROBLEMS_KEPT],
        )  # fmt: skip
        self._on_progress(move)
        return move

    def _copy_all(
        self, namespace: str, chunk: Sequence[BlobInfo], source: BlobStore, target: BlobStore
    ) -> tuple[int, list[MoveProblem]]:
        """Copy blobs at the same time; returns their size and those that are damaged."""

        def copy(info: BlobInfo) -> int | MoveProblem:
            self._throttle.take(info.bytes)
            try:
                return copy_blob(source, target, namespace, info.key, verify=self._verify)
            except Error as error:
                if not is_of_one_blob(error):
                    raise
                if error.code == "blob_missing" and source.stat(namespace, info.key) is None:
                    return 0  # removed in the meantime
                return MoveProblem(namespace=namespace, key=info.key, code=error.code, cause=error.cause)

        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="move") as pool:
            found = list(pool.map(copy, chunk))
        problems = [one for one in found if isinstance(one, MoveProblem)]
        return sum(one for one in found if isinstance(one, int)), problems

    # Memory

    def _save(self, move: StorageMove, **changes: object) -> StorageMove:
        saved = self._stores.moves.replace(move.model_copy(update={**changes, "updated_at": now()}))
        if saved.stopped_at is not None and saved.state != "done":
            raise _Stopped(saved)
        return saved

    def _enter(self, move: StorageMove, state: MoveState, **changes: object) -> StorageMove:
        """Change the state and tell readers, in one transaction."""
        updated = move.model_copy(update={**changes, "state": state, "updated_at": now()})

        def work(session: Session) -> StorageMove:
            saved = self._stores.moves.replace(updated, session=session)
            self._tell(session, saved)
            return saved

        return self._stores.database.run(work)

    def _tell(self, session: Session, move: StorageMove) -> None:
        data = {"state": move.state, "source": move.source, "target": move.target, "copied": move.copied}
        self._stores.events.append(
            session, type="storage.changed", principal=self._principal, ids=[move.id], data=data
        )  # fmt: skip


def _chunks(found: Iterable[BlobInfo], size: int) -> Iterator[list[BlobInfo]]:
    chunk: list[BlobInfo] = []
    for info in found:
        chunk.append(info)
        if len(chunk) >= size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk

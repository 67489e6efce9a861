"""Long work on blobs and backups: each a piece that can be begun again."""

from __future__ import annotations

import json
from collections.abc import Sequence

from darkroom.domain.access import SYSTEM
from darkroom.domain.storage import MoveProblem
from darkroom.domain.work import LongWork, WorkFailure
from darkroom.errors import Error
from darkroom.services.storage import StorageService
from darkroom.services.storage.backup import back_up, find, intact
from darkroom.services.storage.looking import CountKind, PlanKind, StorageKind
from darkroom.services.storage.retention import Kept
from darkroom.services.work.kinds import WholeKind
from darkroom.services.work.progress import Progress
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.backups import within
from darkroom.store.references import BlobReferences


class VerifyKind(StorageKind):
    """Reads blobs through, and goes on where a run was killed."""

    name = "verify"
    permission = "storage:read"
    goes_on = True

    def do(self, work: LongWork, progress: Progress) -> None:
        """Read everything, or a place."""
        given = json.loads(work.params)
        place, most = given.get("place"), given.get("most")
        if place is None:
            known = self.known()
            progress.of(min(known, most or known))
        self._storage.verify(
            SYSTEM, place, most=most, skip=progress.done,
            on_progress=lambda count, bad: progress.add(count, failures=map(_failure, bad)),
        )  # fmt: skip


class ArrangeKind(StorageKind):
    """Puts blobs where the rules say: what lies there already is passed over."""

    name = "arrange"
    permission = "storage:write"

    def do(self, work: LongWork, progress: Progress) -> None:
        """Look at every picture."""
        dry_run = bool(json.loads(work.params).get("dry_run"))
        progress.of(self.known())

        def tell(what: str, size: int, blob: tuple[str, str]) -> None:
            if what == "failed":
                problem = MoveProblem(namespace=blob[0], key=blob[1], code="blob_damaged", cause="It is damaged.")
                progress.add(failures=[_failure(problem)])
            elif what == "moved":
                progress.add(changed=int(not dry_run), bytes=size, would_move=int(dry_run))
            else:
                progress.add(unchanged=1)

        self._storage.arrange(SYSTEM, dry_run=dry_run, on_progress=tell)
        progress.of(progress.done)


class BackupKind(WholeKind):
    """Writes a backup into the place of the settings; begun again it takes another moment, and copies what is lacking.

    Args:
        settings: name the place.
        stores: what is backed up.
    """

    name = "backup"
    permission = "storage:write"

    def __init__(self, settings: Settings, stores: Stores) -> None:
        super().__init__(stores)
        self._settings = settings

    def do(self, work: LongWork, progress: Progress) -> None:
        """Write it."""
        progress.of(BlobReferences(self.stores.database).totals()[0])
        told = (0, 0)

        def tell(done: int, copied: int) -> None:
            nonlocal told
            progress.add(done - told[0], changed=copied - told[1])
            told = (done, copied)

        made = back_up(
            SYSTEM, self.stores, place_of(self._settings), kept=Kept.of(self._settings), on_progress=tell
        )  # fmt: skip
        lost = [WorkFailure(id=one, code="blob_missing", cause="It is gone or damaged.") for one in made.missing]
        documents = sum(one.documents for one in made.collections)
        progress.of(progress.done)
        progress.add(0, failures=lost, documents=documents, bytes=made.copied_bytes)


class BackupCheckKind(WholeKind):
    """Reads a backup through.

    Args:
        settings: name the place.
        stores: where the work is.
    """

    name = "backup_check"
    permission = "storage:read"

    def __init__(self, settings: Settings, stores: Stores) -> None:
        super().__init__(stores)
        self._settings = settings

    def do(self, work: LongWork, progress: Progress) -> None:
        """Compare its records and blobs with their checksums."""
        name = str(json.loads(work.params)["backup"])
        with find(within(place_of(self._settings), name), self._settings) as found:
            progress.of(found.manifest.blobs)
            progress.add(0, documents=sum(one.documents for one in found.manifest.collections))
            intact(found, lambda count, bad: progress.add(count, failures=map(_failure, bad)))
        progress.of(progress.done)


def place_of(settings: Settings) -> str:
    """Where backups go that nobody names a place for.

    Raises:
        Error: `conflict` where the settings name none: a path or a URL of a caller's is never written to.
    """
    if not settings.backups:
        raise Error(
            "conflict", "The settings name no place for backups.",
            remedy="Set DARKROOM_BACKUPS to a folder, best on another disk, or to a bucket, and restart; "
            "`darkroom backup PLACE` takes any.",
        )  # fmt: skip
    return settings.backups


def _failure(problem: MoveProblem) -> WorkFailure:
    return WorkFailure(id=f"{problem.namespace}/{problem.key}", code=problem.code, cause=problem.cause)


def kinds(settings: Settings, stores: Stores, storage: StorageService) -> Sequence[WholeKind]:
    """All of them."""
    return (
        VerifyKind(stores, storage), ArrangeKind(stores, storage), BackupKind(settings, stores),
        BackupCheckKind(settings, stores), CountKind(stores, storage), PlanKind(stores, storage),
    )  # fmt: skip

"""What programs ask of blobs and backups that takes longer than a request: begun here, done by a run."""

from __future__ import annotations

import re
from typing import Any

from darkroom.access import require
from darkroom.access.trail import Trail
from darkroom.domain.access import Principal
from darkroom.errors import Error
from darkroom.services.storage import StorageService
from darkroom.services.storage.backup import backups, view
from darkroom.services.storage.kinds import place_of
from darkroom.services.storage_views import ArrangeGiven, BackupList, MoveEnds, VerifyGiven
from darkroom.services.work.adapters import view_of
from darkroom.services.work.service import WorkService
from darkroom.services.work.views import WorkView
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.blobs.layout import places

_NAME = re.compile(r"\d{8}T\d{9}Z")


class StorageTasks:
    """Verifying, arranging, backing up. Only places of the settings are touched, whoever asks.

    Args:
        settings: name them.
        stores: for the audit log.
        storage: knows the places.
        work: does it.
    """

    def __init__(self, settings: Settings, stores: Stores, storage: StorageService, work: WorkService) -> None:
        self._settings = settings
        self._trail = Trail(stores)
        self._storage = storage
        self._work = work

    def verify(self, principal: Principal, given: VerifyGiven, *, work_id: str | None = None) -> WorkView:
        """Read blobs through and compare them with their checksums; what is wrong is told as failed.

        Raises:
            Error: `invalid_parameter` for a place that the settings do not have.
        """
        require(principal, "storage:read")
        if given.place is not None:
            self._storage.named(principal, given.place)
        title = "Verify pictures" + (f" in {given.place}" if given.place else "")
        return self._begin(principal, "verify", title, work_id, place=given.place, most=given.most)

    def count(self, principal: Principal, *, work_id: str | None = None) -> WorkView:
        """Count what is in every place; `StorageService.places` tells it from then on."""
        require(principal, "storage:read")
        return self._begin(
            principal, "count", "Count what is in the places", work_id, places=list(places(self._settings))
        )

    def plan(self, principal: Principal, ends: MoveEnds, *, work_id: str | None = None) -> WorkView:
        """Look what a move would copy; nothing is changed.

        Raises:
            Error: `invalid_parameter` for a place that the settings do not have, or when both are one.
        """
        require(principal, "storage:read")
        source, target = (
            self._storage.named(principal, getattr(ends, field), parameter=field) for field in ("source", "target")
        )
        named = places(self._settings)
        if str(named[source]) == str(named[target]):
            raise Error("invalid_parameter", f"Both places are {named[source]}.", parameter="target")
        title = f"Look what a move from {source} to {target} would copy"
        return self._begin(principal, "plan", title, work_id, source=source, target=target)

    def arrange(self, principal: Principal, given: ArrangeGiven, *, work_id: str | None = None) -> WorkView:
        """Put blobs where the rules say they belong by now."""
        require(principal, "storage:write")
        title = "Look where pictures belong" if given.dry_run else "Put pictures where they belong"
        found = self._begin(principal, "arrange", title, work_id, dry_run=given.dry_run)
        if not given.dry_run:
            self._trail.note(principal, "storage.arranged", found.id)
        return found

    def backups(self, principal: Principal) -> BackupList:
        """The whole backups in the place of the settings, newest first.

        Raises:
            Error: `conflict` where the settings name no place.
        """
        require(principal, "storage:read")
        return BackupList(items=tuple(map(view, reversed(backups(place_of(self._settings), self._settings)))))

    def back_up(self, principal: Principal, *, work_id: str | None = None) -> WorkView:
        """Back database and pictures up into the place of the settings.

        Raises:
            Error: `conflict` where the settings name no place.
        """
        require(principal, "storage:write")
        place_of(self._settings)
        found = self._begin(principal, "backup", "Back up", work_id)
        self._trail.note(principal, "backup.begun", found.id)
        return found

    def check_backup(self, principal: Principal, name: str, *, work_id: str | None = None) -> WorkView:
        """Read a backup through and compare it with its checksums; what is wrong is told as failed.

        Raises:
            Error: `not_found`, `conflict` where the settings name no place.
        """
        require(principal, "storage:read")
        if not _NAME.fullmatch(name) or name not in {
            one.id for one in backups(place_of(self._settings), self._settings)
        }:
            raise Error("not_found", f"There is no backup {name[:80]!r}.", id=name[:80])
        return self._begin(principal, "backup_check", f"Verify the backup {name}", work_id, backup=name)

    def _begin(self, principal: Principal, kind: str, title: str, work_id: str | None, **params: Any) -> WorkView:
        work = self._work.begin_whole(principal, kind, title=title, params=params, work_id=work_id)
        return view_of(work, self._settings)

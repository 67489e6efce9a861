"""Archives of labelled pictures: begun, and told of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from darkroom.access import require, scope_of
from darkroom.domain.access import UNPLACED, Principal
from darkroom.errors import Error
from darkroom.services.imports.incoming import Incoming
from darkroom.services.imports.keeping import archive_of, clear, folder_of, is_kept, is_told, report_of, tidy
from darkroom.services.imports.kind import ImportKind
from darkroom.services.imports.views import ImportGiven, ImportReport
from darkroom.services.uploads.files import mapped
from darkroom.services.work.adapters import view_of
from darkroom.services.work.service import owner_of
from darkroom.services.work.views import WorkView
from darkroom.settings import Settings
from darkroom.store import Stores

if TYPE_CHECKING:
    from darkroom.services.datasets.datasets import DatasetService
    from darkroom.services.work.service import WorkService

_AT_ONCE_FILES = 5000
_AT_ONCE_BYTES = 32 << 20
"""Bytes of an archive, and of what can come of it, up to which it is looked at before its request is answered."""


class ImportService:
    """Takes archives, has them read, and tells what came of them.

    Args:
        settings: folder and limits.
        stores: where the work is.
        datasets: says whether a dataset may go on.
        work: does it.
    """

    def __init__(self, settings: Settings, stores: Stores, datasets: DatasetService, work: WorkService) -> None:
        self._settings = settings
        self._stores = stores
        self._datasets = datasets
        self._work = work

    def begun(self, principal: Principal, work_id: str) -> WorkView | None:
        """The import of an earlier attempt at the same request, if it came so far."""
        scope_of(principal, "datasets:write")
        found = self._stores.work.find(work_id)
        return view_of(found, self._settings) if found is not None else None

    def receive(
        self, principal: Principal, given: ImportGiven, work_id: str, *, expected: int = 0, digest: bytes | None = None
    ) -> Incoming:  # fmt: skip
        """Make room for an archive, before any of it is read.

        Args:
            principal: who sends it.
            given: what is to become of it.
            work_id: id that the import will have.
            expected: bytes that are announced, 0 where that is not known.
            digest: sha256 that it must have, if whoever sends it says.

        Raises:
            Error: `forbidden`; `conflict` for a dataset that is somebody else's; `payload_too_large`, `storage_full`.
        """
        self._check(principal, given)
        tidy(self._settings)
        return Incoming(self._settings, work_id, expected, digest)

    def go_on(self, principal: Principal, given: ImportGiven, looked_id: str, work_id: str) -> None:
        """Take what was looked at for the archive of `work_id`: nothing is sent again.

        Args:
            principal: who looked at it.
            given: what is to become of it.
            looked_id: the import that only looked.
            work_id: id that the import will have.

        Raises:
            Error: as `receive`; `not_found` where it is no longer kept, or was somebody else's.
        """
        self._check(principal, given)
        earlier = self._work.get(principal, looked_id)
        files, target = folder_of(self._settings, looked_id), folder_of(self._settings, work_id)
        mine = earlier.kind == ImportKind.name and earlier.owner == owner_of(principal) and is_kept(earlier)
        if mine and files.is_dir():
            with mapped():
                files.rename(target)
        elif not (mine and target.is_dir()):  # an attempt that broke off has it already
            raise Error(
                "not_found", f"What the import {looked_id!r} looked at is not kept any more.", id=looked_id,
                remedy="Send the archive again.",
            )  # fmt: skip

    def begin(self, principal: Principal, given: ImportGiven, work_id: str) -> WorkView:
        """Have a run read the archive that came for `work_id`, or what it goes on with.

        Raises:
            Error: `forbidden`, `conflict`; nothing of the archive stays then.
        """
        scope_of(principal, "datasets:write")
        try:
            self._check(principal, given)
            who = principal.model_copy(update={"session": None, "address": None}).model_dump(mode="json")
            verb = "Look at" if given.dry_run else "Import"
            little = given.dry_run and _is_little(self._settings, work_id)
            work = self._work.begin_whole(
                principal, ImportKind.name, title=f"{verb} an archive for the dataset {given.name}", work_id=work_id,
                params={"name": given.name, "given": given.model_dump(mode="json"), "principal": who},
                at_once=little,
            )  # fmt: skip
        except Error as error:
            if not error.retryable:
                clear(self._settings, work_id)
            raise
        if given.dry_run:
            self._forget_others(principal, work_id)
        return view_of(work, self._settings)

    def _forget_others(self, principal: Principal, work_id: str) -> None:
        """Of what somebody looked at, only the last is kept."""
        for folder in self._settings.imports.glob("*.files"):
            work = self._stores.work.find(folder.stem)
            if folder.stem != work_id and work is not None and work.owner == owner_of(principal) and is_kept(work):
                clear(self._settings, folder.stem)

    def report(self, principal: Principal, import_id: str) -> ImportReport:
        """What an archive of one's own holds, and what of it could not be read.

        Raises:
            Error: `not_found` before that is known, or when it is no longer kept.
        """
        scope_of(principal, "datasets:write")
        work = self._work.get(principal, import_id)
        path = report_of(self._settings, import_id)
        if work.kind != ImportKind.name or work.owner != owner_of(principal) or not is_told(work) or not path.is_file():
            raise Error(
                "not_found", f"Nothing is told of an import {import_id!r} of yours.", id=import_id,
                remedy="Wait until its archive is read; it is told for a day.",
            )  # fmt: skip
        return ImportReport.model_validate_json(path.read_bytes())

    def _check(self, principal: Principal, given: ImportGiven) -> None:
        scope_of(principal, "datasets:write")
        require(principal, "images:write", UNPLACED)
        if self._stores.datasets.find(given.name) is not None:
            self._datasets.may_go_on(principal, self._datasets.resolve(given.name))


def _is_little(settings: Settings, work_id: str) -> bool:
    from darkroom.datasets.unpacking import bytes_of

    archive = archive_of(settings, work_id)
    if not archive.exists():
        return _is_small(folder_of(settings, work_id))
    if archive.stat().st_size > _AT_ONCE_BYTES:
        return False
    try:
        size = bytes_of(archive)
    except Error:
        return True  # reading it says so again, as the operation's error
    return size is not None and size <= _AT_ONCE_BYTES


def _is_small(folder: Path) -> bool:
    size = 0
    for number, one in enumerate(folder.rglob("*"), 1):
        size += one.stat().st_size
        if number > _AT_ONCE_FILES or size > _AT_ONCE_BYTES:
            return False
    return True

"""What nobody waits for any more: uploads given up, whole ones that nobody submitted, and what batches have taken in."""

from __future__ import annotations

import shutil
from contextlib import suppress
from datetime import timedelta

from pydantic import Field

from darkroom import logs
from darkroom.access import require
from darkroom.domain.access import Principal
from darkroom.domain.base import Model, new_id, now
from darkroom.domain.upload import Upload
from darkroom.errors import Error
from darkroom.services.uploads.service import UploadService
from darkroom.settings import Settings
from darkroom.store import Stores

QUIET_SECONDS = 300.0
"""Silence of a key after which its whole files become a batch by themselves: whoever sent them is gone."""
_LOST_SECONDS = 60.0
"""Time after which a batch that is still not there was lost to a crash."""
_REMEMBERED_HOURS = 24.0
"""How long a submitted upload still answers with its batch."""
_log = logs.get(__name__)


class Tidied(Model):
    """What was tidied up."""

    submitted: int = Field(0, ge=0)
    """Batches made of what nobody submitted."""
    expired: int = Field(0, ge=0)
    """Uploads given up."""
    forgotten: int = Field(0, ge=0)
    """Uploads whose batch has long run."""


class UploadTidier:
    """Runs once a minute; every step can be repeated.

    Args:
        settings: folders, and how long uploads are kept.
        stores: uploads and batches.
        uploads: hands over and gives up.
    """

    def __init__(self, settings: Settings, stores: Stores, uploads: UploadService) -> None:
        self._settings = settings
        self._stores = stores
        self._uploads = uploads

    def tidy(self, principal: Principal) -> Tidied:
        """Hand over what waits for nobody, give up what nobody goes on with, forget what has run."""
        require(principal, "storage:write")
        return Tidied(
            submitted=self._hand_over(principal) + self._repair(principal),
            expired=self._give_up(),
            forgotten=self._forget(),
        )

    def _hand_over(self, principal: Principal) -> int:
        """Make batches of whole files whose key has fallen silent: nothing that came in whole is ever lost."""
        groups: dict[tuple[str, str | None], list[Upload]] = {}
        before = now() - timedelta(seconds=QUIET_SECONDS)
        for one in self._stores.uploads.untouched("waiting", before):
            groups.setdefault((one.owner, one.group or one.id), []).append(one)
        count = 0
        for (owner, _), found in groups.items():
            newest = self._stores.uploads.newest_touch(owner, found[0].group) if found[0].group else None
            if newest is None or newest < before:
                ids = [one.id for one in found[: self._settings.batch_max_files]]
                count += self._try(principal, found[0].principal, ids, new_id("b"))
        return count

    def _repair(self, principal: Principal) -> int:
        """Make the batches that a crash kept from being made."""
        before = now() - timedelta(seconds=_LOST_SECONDS)
        submitted = self._stores.uploads.untouched("submitted", before)
        batches = {one.batch: one.principal for one in submitted if one.batch}
        lost = {batch: who for batch, who in batches.items() if self._stores.batches.find(batch) is None}
        return sum(self._try(principal, who, [], batch) for batch, who in lost.items())

    def _try(self, principal: Principal, who: str, ids: list[str], batch: str) -> int:
        try:
            # Theirs, not ours: events and the batch name who sent the files.
            self._uploads.hand_over(principal.model_copy(update={"id": who}), ids, batch)
        except Error as error:
            _log.warning("upload_not_submitted", batch=batch, code=error.code, cause=error.cause)
            return 0
        return 1

    def _give_up(self) -> int:
        before = now() - timedelta(hours=self._settings.upload_keep_hours)
        expired = list(self._stores.uploads.untouched("open", before))
        for one in expired:
            self._uploads.forget(one)
        return len(expired)

    def _forget(self) -> int:
        """Remove folders that are empty by now, and uploads whose batch has long run."""
        count, old = 0, now() - timedelta(hours=_REMEMBERED_HOURS)
        for one in self._stores.uploads.untouched("submitted", now() - timedelta(seconds=_LOST_SECONDS)):
            folder = self._settings.uploads / one.id
            batch = self._stores.batches.find(one.batch or "")
            over = batch is None or batch.state in ("done", "cancelled")
            if over:
                shutil.rmtree(folder / ".parts", ignore_errors=True)
                with suppress(OSError):
                    folder.rmdir()
            if over and one.touched_at < old and not folder.exists():
                count += self._stores.uploads.remove(one.id)
        return count

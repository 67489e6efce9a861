"""Removing what recipes made and nobody used for long; all of it can be made again."""

from __future__ import annotations

import time
from datetime import timedelta

from pydantic import Field

from darkroom import logs
from darkroom.access import require
from darkroom.domain.access import Principal
from darkroom.domain.base import Model, now
from darkroom.domain.rendition import RecipeRendition
from darkroom.errors import Error
from darkroom.services.exports.keeping import tidy
from darkroom.services.imports.keeping import tidy as tidy_imports
from darkroom.services.recipes.material import open_stages
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.lease import Lease
from darkroom.store.references import BlobReferences
from darkroom.store.trash import RELEASE_LOCK

_log = logs.get(__name__)

_AT_ONCE = 500
_YOUNG_SECONDS = 86_400.0
"""Bytes are stored before the record that names them: younger ones may belong to a run at work."""


class Swept(Model):
    """What a sweep removed."""

    results: int = Field(0, ge=0)
    """Results with their records."""
    bytes: int = Field(0, ge=0)
    """Their size."""
    orphans: int = Field(0, ge=0)
    """Bytes that no record named."""
    stages: int = Field(0, ge=0)
    """Pictures between steps."""


class Sweeper:
    """Keeps what recipes made within the space and age of the settings.

    Args:
        settings: space and age.
        stores: results and their bytes.
    """

    def __init__(self, settings: Settings, stores: Stores) -> None:
        self._settings = settings
        self._stores = stores
        self._references = BlobReferences(stores.database)

    def sweep(self, principal: Principal, *, young_seconds: float = _YOUNG_SECONDS) -> Swept:
        """Remove results beyond age and space, then bytes that no record names, then old pictures between steps.

        While a backup is written only those pictures go: it copies what its moment names.
        """
        require(principal, "storage:write")
        stages = open_stages(self._settings)
        tidy(self._settings)
        tidy_imports(self._settings)
        swept = Swept(stages=stages.sweep() if stages else 0)
        try:
            with Lease(self._stores.database, RELEASE_LOCK, patience=0):
                results, size = self._results()
                found = {"results": results, "bytes": size, "orphans": self._orphans(young_seconds)}
        except Error as error:
            if error.code != "conflict":
                raise
            _log.info("sweep_postponed", cause=error.cause)
            return swept
        return swept.model_copy(update=found)

    def _results(self) -> tuple[int, int]:
        total = self._stores.renditions.total_bytes()
        most = self._settings.rendition_max_gb * 1e9
        oldest = now() - timedelta(days=self._settings.rendition_max_days)
        gone = size = 0
        for one in self._stores.renditions.longest_unused():
            if total <= most and one.used_at >= oldest:
                break
            if self._remove(one):
                gone, size = gone + 1, size + one.bytes
            total -= one.bytes
        return gone, size

    def _remove(self, one: RecipeRendition) -> bool:
        # The record first: a record without bytes would be found, bytes without a record are swept as orphans.
        if not self._stores.renditions.remove(one.id, one.used_at):
            return False
        self._stores.blobs.delete("renditions", one.id)
        return True

    def _orphans(self, young_seconds: float) -> int:
        count, waiting = 0, []
        for key in self._stores.blobs.keys("renditions"):
            waiting.append(key)
            if len(waiting) == _AT_ONCE:
                count, waiting = count + self._drop(waiting, young_seconds), []
        return count + self._drop(waiting, young_seconds)

    def _drop(self, keys: list[str], young_seconds: float) -> int:
        count = 0
        for key in sorted(set(keys) - self._references.named_renditions(keys)):
            info = self._stores.blobs.stat("renditions", key)
            if info and time.time() - info.modified_ns / 1e9 > young_seconds:
                count += self._stores.blobs.delete("renditions", key)
        return count

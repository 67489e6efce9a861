"""Who may see and use what was made of pictures: the right to it is the right to every picture that it was made of."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from darkroom.access import require_on
from darkroom.domain.access import Principal
from darkroom.domain.dataset import CommittedVersion
from darkroom.domain.scope import Scope
from darkroom.errors import Error
from darkroom.store import Stores
from darkroom.store.paging import Page

if TYPE_CHECKING:
    from darkroom.datasets.manifest import Manifest

T = TypeVar("T")

_AT_ONCE = 1000
_MOST_REMEMBERED = 1000
_MOST_READS = 50
"""Pages that are read for one, when most of what is on them is for others."""


class VersionReach:
    """Compares versions of datasets with what somebody may do. An answer holds until anything happens in the library.

    Args:
        stores: manifests and pictures.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._found: dict[tuple[str, str], tuple[int, str | None]] = {}

    def covers(self, version: str, scope: Scope) -> bool:
        """Whether every picture of a version counts; of one that is not there no picture does."""
        if scope.is_everything:
            return True
        found = self._stores.dataset_versions.find(version)
        return found is not None and self.gap(found, scope) is None

    def gap(self, version: CommittedVersion, scope: Scope) -> str | None:
        """A picture of a version that does not count, in the library or in its trash; None when all do."""
        if scope.is_everything:
            return None
        # Whatever changes where pictures lie is an event in the same transaction.
        seq, key = self._stores.events.last_seq(), (version.manifest.key, json.dumps(scope.key))
        if (known := self._found.get(key)) is not None and known[0] == seq:
            return known[1]
        gap = self._gap(version, scope)
        if len(self._found) >= _MOST_REMEMBERED:
            self._found.clear()
        self._found[key] = (seq, gap)
        return gap

    def _gap(self, version: CommittedVersion, scope: Scope) -> str | None:
        keys = read_manifest(self._stores, version).frame["key"].to_list()
        for start in range(0, len(keys), _AT_ONCE):
            part = keys[start : start + _AT_ONCE]
            known = self._stores.images.known(part, scope)
            rest = [one for one in part if one not in known]
            there = set(self._stores.trash.among(rest, scope)) if rest else set()
            if lost := [one for one in rest if one not in there]:
                return str(lost[0])
        return None

    def refuse(self, principal: Principal, permission: str, image: str) -> Error:
        """What is said to somebody who sees what was made of a picture, and lacks a permission on that.

        Raises:
            Error: `forbidden`, naming the place and the rule.
        """
        record = self._stores.images.find(image)
        trashed = self._stores.trash.find(image) if record is None else None
        record = trashed.image if trashed is not None else record
        require_on(principal, permission, record.collections if record is not None else ())
        # It came within reach in this very moment, or it is gone.
        return Error("forbidden", f"{principal.name} lacks the permission {permission} on some of the pictures.")


def read_manifest(stores: Stores, version: CommittedVersion) -> Manifest:
    """The examples of a version; their paths are the names that the pictures have in the library.

    Raises:
        Error: `blob_missing`, `dataset_invalid`.
    """
    from darkroom.datasets.manifest import Manifest

    path = stores.blobs.local_path("originals", version.manifest.key)
    if path is not None:
        return Manifest.read(path)
    with tempfile.TemporaryDirectory(prefix="darkroom-manifest-") as folder:
        held = Path(folder) / version.manifest.name
        held.write_bytes(stores.blobs.read("originals", version.manifest.key))
        return Manifest.read(held)


def page_of(
    read: Callable[[int, str | None], Page[T]], counts: Callable[[T], bool], limit: int, cursor: str | None
) -> Page[T]:
    """A page of what counts of a list; it may be short where most does not."""
    found: list[T] = []
    for _ in range(_MOST_READS):
        page = read(limit - len(found), cursor)
        found += [one for one in page.items if counts(one)]
        cursor = page.next_cursor
        if cursor is None or len(found) >= limit:
            break
    return Page(tuple(found), cursor)

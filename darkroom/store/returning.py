"""Pictures that come in again while they are in the trash, or after they were removed for good."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from darkroom.domain.image import ImageRecord
from darkroom.errors import Error
from darkroom.store.database import Database, Session
from darkroom.store.documents import from_mongo


class Returning:
    """What must be known and done, within the transaction, when pictures that are not in the library come in.

    Args:
        database: where the trash lies.
    """

    def __init__(self, database: Database) -> None:
        self._trash = database.collection("trash")
        self._released = database.collection("released")

    def trashed(self, session: Session, ids: Iterable[str]) -> dict[str, ImageRecord]:
        """Those that are in the trash."""
        found = self._trash.find({"_id": {"$in": list(ids)}}, {"image": 1}, session=session)
        return {one["_id"]: from_mongo(ImageRecord, {"_id": one["_id"], **one["image"]}) for one in found}

    def take_out(self, session: Session, ids: Collection[str]) -> None:
        """They are in the library again."""
        if ids:
            self._trash.delete_many({"_id": {"$in": list(ids)}}, session=session)

    def keep_bytes(self, session: Session, ids: Collection[str], stored: Collection[str]) -> None:
        """Let the bytes of pictures that come in anew stay.

        Args:
            session: the transaction, which fails when their deletion begins at the same time.
            ids: the pictures.
            stored: those of them of which somebody saw, after the deletion of earlier bytes, that the bytes are there.

        Raises:
            Error: `conflict` when their bytes are being deleted, or were and nobody looked since: look and try again.
        """
        found = list(self._released.find({"_id": {"$in": list(ids)}}, {"state": 1}, session=session))
        lost = [one["_id"] for one in found if one["state"] == "deleting" or _is_gone(one, stored)]
        if lost:
            raise Error(
                "conflict", "The bytes of a picture that comes in are being deleted.", id=lost[0], bytes="deleted"
            )
        if found:
            self._released.delete_many({"_id": {"$in": [one["_id"] for one in found]}}, session=session)

    def sources_of(self, batch: str) -> Iterable[dict[str, Any]]:
        """`_id`, `sources` and `batch` of the pictures in the trash that a batch brought."""
        fields = {"image.sources": 1, "image.batch": 1}
        for one in self._trash.find({"image.sources.batch": batch}, fields):
            yield {"_id": one["_id"], **one["image"]}


def _is_gone(mark: dict[str, Any], stored: Collection[str]) -> bool:
    return mark["state"] == "gone" and mark["_id"] not in stored

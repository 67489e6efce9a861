"""One MongoDB collection as a place of domain documents."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from darkroom.domain.base import Document
from darkroom.errors import Error
from darkroom.store.database import Database, Session, maps_errors
from darkroom.store.documents import from_mongo, to_mongo

D = TypeVar("D", bound=Document)


class Repository(Generic[D]):
    """Documents of one type, by id, with optimistic concurrency.

    Args:
        database: where.
        name: of the collection.
        model: type of the documents.
    """

    def __init__(self, database: Database, name: str, model: type[D]) -> None:
        self.database = database
        self.model = model
        self._collection = database.collection(name)
        self._noun = model.__name__.lower()

    def _encode(self, document: D) -> dict[str, Any]:
        """What is stored for `document`; repositories add the fields they search by."""
        return to_mongo(document)

    def _decode(self, found: dict[str, Any]) -> D:
        return from_mongo(self.model, found)

    @maps_errors
    def find(self, document_id: str, *, session: Session | None = None) -> D | None:
        """The document, or None."""
        found = self._collection.find_one({"_id": document_id}, session=session)
        return None if found is None else self._decode(found)

    def get(self, document_id: str, *, session: Session | None = None) -> D:
        """The document.

        Raises:
            Error: `not_found`.
        """
        found = self.find(document_id, session=session)
        if found is None:
            raise self.missing(document_id)
        return found

    def missing(self, document_id: str) -> Error:
        """What is said of an id that nothing has, and of one that somebody may not see."""
        return Error("not_found", f"There is no {self._noun} {document_id!r}.", id=document_id)

    @maps_errors
    def insert(self, document: D, *, session: Session | None = None) -> None:
        """Store a new document.

        Raises:
            Error: `already_exists`.
        """
        self._collection.insert_one(self._encode(document), session=session)

    @maps_errors
    def replace(self, document: D, *, session: Session | None = None) -> D:
        """Store a changed document, if nobody else changed it since it was read.

        Returns:
            The document with its new revision.

        Raises:
            Error: `conflict` when the stored revision is another one, `not_found`.
        """
        changed = document.model_copy(update={"revision": document.revision + 1})
        result = self._collection.replace_one(
            {"_id": document.id, "revision": document.revision}, self._encode(changed), session=session
        )
        if result.matched_count == 0:
            self.get(document.id, session=session)
            raise Error("conflict", f"The {self._noun} {document.id!r} has changed since it was read.", id=document.id)
        return changed

"""Collections, and what a query means by one."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

from pymongo.errors import DuplicateKeyError

from darkroom.domain.base import now
from darkroom.domain.language import read, write
from darkroom.domain.language.nodes import Among, Leaf, Node, any_of, replaced
from darkroom.domain.organise import Collection
from darkroom.domain.query import ImageQuery
from darkroom.domain.scope import Scope
from darkroom.errors import Error
from darkroom.store.database import Database, Session, maps_errors
from darkroom.store.repository import Repository

_TURNSTILE = "collections"


class CollectionRepository(Repository[Collection]):
    """Collections by id and by what they lie in. Who is in a manual one stands in the pictures (`ImageRecord.collections`)."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "collections", Collection)
        self._counters = database.collection("counters")

    def insert(self, document: Collection, *, session: Session | None = None) -> None:
        """Store a new collection.

        Raises:
            Error: `already_exists` for its id, or its name within the parent.
        """
        with _names(document):
            super().insert(document, session=session)

    def replace(self, document: Collection, *, session: Session | None = None) -> Collection:
        """Store a changed collection.

        Raises:
            Error: `conflict`, `not_found`; `already_exists` for its name within the parent.
        """
        with _names(document):
            return super().replace(document, session=session)

    @maps_errors
    def all(self) -> builtins.list[Collection]:
        """Every collection, by name."""
        return [self._decode(one) for one in self._collection.find().sort([("name_key", 1), ("_id", 1)])]

    @maps_errors
    def parents(self) -> dict[str, str | None]:
        """Every collection and the one it lies in."""
        return {one["_id"]: one["parent"] for one in self._collection.find({}, {"parent": 1})}

    @maps_errors
    def count(self, *, session: Session | None = None) -> int:
        """How many there are."""
        return self._collection.count_documents({}, session=session)

    @maps_errors
    def lines(self) -> dict[str, tuple[str, ...]]:
        """Every manual collection with itself and all that it lies in."""
        found = self._collection.find({"kind": "manual"}, {"ancestors": 1})
        return {one["_id"]: (one["_id"], *one["ancestors"]) for one in found}

    @maps_errors
    def take_turns(self, session: Session) -> None:
        """Let transactions that change the tree follow one another: two moves at the same time could make a circle."""
        self._counters.update_one({"_id": _TURNSTILE}, {"$inc": {"value": 1}}, upsert=True, session=session)

    @maps_errors
    def below(self, collection: str, *, session: Session | None = None) -> builtins.list[Collection]:
        """Everything that lies in a collection, at any depth, without itself."""
        return [self._decode(one) for one in self._collection.find({"ancestors": collection}, session=session)]

    @maps_errors
    def remove(self, collection: str, revision: int | None, *, session: Session) -> bool:
        """Take a collection away if it has that revision still; what is in it is the caller's."""
        wanted = {"_id": collection} if revision is None else {"_id": collection, "revision": revision}
        return self._collection.delete_one(wanted, session=session).deleted_count == 1

    @maps_errors
    def rehang(self, collection: str, ancestors: Sequence[str], *, session: Session) -> None:
        """Tell all that lies in a collection where that lies now."""
        for one in self.below(collection, session=session):
            onwards = one.ancestors[one.ancestors.index(collection) :]
            changed = one.model_copy(update={"ancestors": (*ancestors, *onwards), "changed_at": now()})
            self.replace(changed, session=session)

    def narrow(self, query: ImageQuery, scope: Scope) -> tuple[ImageQuery, Scope]:
        """A query without its collection, and the scope that says what that collection stands for.

        A manual one stands for the pictures in it and in all below it, a smart one for what its query finds; one that is
        not there holds nothing.
        """
        if query.where is not None and (where := self._spelt_out(query.where)) != query.where:
            # The cursors of the view carry what was asked, for what lies in a collection may change on the way.
            name = f"where:{query.where}" + (f" collection:{query.collection}" if query.collection else "")
            scope = scope.also(Scope(views=(ImageQuery().model_copy(update={"where": where}),), name=name))
            query = query.model_copy(update={"where": None})
        if query.collection is None:
            return query, scope
        asked = query.collection
        found = self.find(asked)
        rest = query.model_copy(update={"collection": None})
        if found is None or found.view is None:
            return rest, scope.within(self._members(asked), name=f"collection:{asked}")
        view = found.view
        if view.collection is not None:
            scope = scope.within(self._members(view.collection))
        meant = view.where and self._spelt_out(view.where)
        plain = view.model_copy(update={"collection": None, "where": meant})
        return rest, scope.also(Scope(views=(plain,), name=f"collection:{asked}"))

    def _spelt_out(self, where: str) -> str:
        """An expression that names every collection of which it speaks, and no smart one."""
        return write(replaced(read(where), self._stands_for))

    def _stands_for(self, leaf: Leaf) -> Node:
        if not isinstance(leaf, Among) or leaf.field != "collection" or leaf.whole:
            return leaf
        found: builtins.list[Node] = []
        for name in leaf.values:
            one = self.find(name)
            if one is not None and one.view is not None:
                # Its query names manual collections alone, so this comes to an end.
                found.append(replaced(one.view.expression, self._stands_for))
            else:
                found.append(Among("collection", tuple(sorted(self._members(name))), whole=True))
        return any_of(found)

    @maps_errors
    def _members(self, collection: str) -> builtins.list[str]:
        found = self._collection.find({"ancestors": collection, "kind": "manual"}, {"_id": 1})
        return [collection, *(one["_id"] for one in found)]


class _names:  # noqa: N801 - used like a function
    """Says of a name that is taken what it is."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: Any, error: BaseException | None, _trace: Any) -> None:
        if isinstance(error, Error) and isinstance(error.__cause__, DuplicateKeyError):
            one = self._collection
            where = "at the top" if one.parent is None else f"in {one.parent}"
            words = f"There is a collection {one.name!r} {where} already, or the id {one.id!r} is taken."
            raise Error("already_exists", words) from error

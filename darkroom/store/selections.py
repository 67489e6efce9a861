"""What a selection means now: which pictures, how many, and on how many of them an edit would change something."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from pymongo.errors import ExecutionTimeout

from darkroom.domain.edit import TEXT_LENGTHS, Edit
from darkroom.domain.query import ImageQuery
from darkroom.domain.scope import EVERYTHING, Scope
from darkroom.domain.selection import Selection
from darkroom.store.collections import CollectionRepository
from darkroom.store.columns import ColumnarReplica
from darkroom.store.columns_answers import FieldValues
from darkroom.store.columns_diverse import Different
from darkroom.store.database import Database, maps_errors
from darkroom.store.fitting import fitting
from darkroom.store.images import ImageRepository
from darkroom.store.patterns import asks
from darkroom.store.rankings import RankingReader

_AT_ONCE = 1000
_PATIENCE_MS = 5_000
_NOTHING = {**dict.fromkeys(TEXT_LENGTHS, ""), "label": "none"}


class SelectionReader:
    """Reads selections.

    Args:
        database: where pictures are.
        images: by id.
        columns: counts and lists whole views.
        rankings: finds what is like something.
    """

    def __init__(
        self, database: Database, images: ImageRepository, columns: ColumnarReplica, rankings: RankingReader
    ) -> None:
        self._collection = database.collection("images")
        self._images = images
        self._collections = CollectionRepository(database)
        self._columns = columns
        self._rankings = rankings

    def ids(self, selection: Selection, scope: Scope = EVERYTHING) -> Iterator[tuple[str, ...]]:
        """Ids of the pictures, in pieces: of a query those that fit and count at one moment, else those given, known or not."""
        if selection.query is None:
            wanted = list(dict.fromkeys(selection.ids or ()))
            for start in range(0, len(wanted), _AT_ONCE):
                yield tuple(wanted[start : start + _AT_ONCE])
            return
        excluded = set(selection.excluded)
        for piece in self._columns.ids(selection.query, scope=scope):
            if found := tuple(one for one in piece if one not in excluded) if excluded else piece:
                yield found

    def known(self, selection: Selection, scope: Scope = EVERYTHING) -> Iterator[tuple[str, ...]]:
        """As `ids`, without those that are not in the library or do not count."""
        for piece in self.ids(selection, scope):
            known = piece if selection.query is not None else self._images.known(piece, scope)
            if found := tuple(one for one in piece if one in known):
                yield found

    def count(self, selection: Selection, scope: Scope = EVERYTHING) -> int:
        """How many pictures of the library are meant."""
        if selection.query is None:
            return sum(len(piece) for piece in self.known(selection, scope))
        count = self._columns.count(selection.query, scope=scope)
        return count - self._matching(selection.query, selection.excluded, scope) if selection.excluded else count

    def examples(self, selection: Selection, count: int, scope: Scope = EVERYTHING) -> list[str]:
        """Ids of some of them, the first of the view."""
        if selection.query is None:
            return [one for piece in self.known(selection, scope) for one in piece][:count]
        found: list[str] = []
        cursor, excluded = None, set(selection.excluded)
        while len(found) < count:
            page = self._columns.page(
                selection.query, limit=_AT_ONCE if excluded else count, cursor=cursor, scope=scope
            )
            found += [one for one in page.items if one not in excluded]
            if (cursor := page.next_cursor) is None:
                break
        return found[:count]

    @maps_errors
    def brought(self, batch: str, where: str | None) -> list[str]:
        """Ids of what a batch brought in that fits an expression, oldest first; the columnar copy need not be there."""
        query, inside = self._collections.narrow(ImageQuery().model_copy(update={"where": where}), EVERYTHING)
        there = [one["_id"] for one in self._collection.find({"batch": batch}, {"_id": 1}).sort("ingested_at")]
        found: list[str] = []
        for start in range(0, len(there), _AT_ONCE):
            piece = there[start : start + _AT_ONCE]
            wanted = {"$and": fitting(self._collection, query, inside, among={"_id": {"$in": piece}})}
            known = {one["_id"] for one in self._collection.find(wanted, {"_id": 1})}
            found += [one for one in piece if one in known]
        return found

    def spread(self, selection: Selection, scope: Scope = EVERYTHING) -> tuple[int, dict[str, FieldValues]]:
        """How many pictures are meant, and what they have in the fields that people set."""
        return self._columns.spread(selection.query or ImageQuery(), selection.ids, selection.excluded, scope=scope)

    def diverse(
        self, selection: Selection, count: int, *, ends: bool, scope: Scope = EVERYTHING
    ) -> tuple[Different, ...]:
        """Some of the pictures meant that differ as much as all of them do, after those at the ends of what is measured."""
        query = selection.query or ImageQuery()
        return self._columns.diverse(query, selection.ids, selection.excluded, count, ends=ends, scope=scope)

    def worse(self, selection: Selection, scope: Scope = EVERYTHING) -> tuple[str, ...]:
        """Ids of the pictures meant that have a better near duplicate among them."""
        return self._columns.worse(selection.query or ImageQuery(), selection.ids, selection.excluded, scope=scope)

    @maps_errors
    def changing(self, selection: Selection, edit: Edit, scope: Scope = EVERYTHING) -> int | None:
        """On how many of them an edit would change something; None where finding out takes too long."""
        try:
            if selection.query is not None and any(map(asks, self._views(selection.query, scope))):
                return self._count_each(selection, edit, scope)
            of_them = self._conditions(selection, scope)
            if (some := _only_takes_away(edit)) is not None:
                return self._count([*of_them, some])
            return self.count(selection, scope) - self._count([*of_them, *already(edit)])
        except ExecutionTimeout:
            return None

    def _count_each(self, selection: Selection, edit: Edit, scope: Scope) -> int | None:
        """The same piece by piece: patterns are looked at by the columnar copy, which knows ids alone."""
        until, changing = time.monotonic() + _PATIENCE_MS / 1000, 0
        some = _only_takes_away(edit)
        for piece in self.ids(selection, scope):
            if time.monotonic() > until:
                return None
            among = {"_id": {"$in": list(piece)}}
            counted = self._count([among, *([some] if some is not None else already(edit))])
            changing += counted if some is not None else len(piece) - counted
        return changing

    def _count(self, wanted: list[dict[str, Any]]) -> int:
        return self._collection.count_documents({"$and": wanted} if wanted else {}, maxTimeMS=_PATIENCE_MS)

    def _conditions(self, selection: Selection, scope: Scope) -> list[dict[str, Any]]:
        if selection.query is None:
            among = {"_id": {"$in": list(selection.ids or ())}}
            return fitting(self._collection, ImageQuery(), scope, among=among)
        left_out = [{"_id": {"$not": {"$in": list(selection.excluded)}}}] if selection.excluded else []
        return [*self._fitting(selection.query, scope), *left_out]

    @maps_errors
    def _matching(self, query: ImageQuery, ids: tuple[str, ...], scope: Scope) -> int:
        among = {"_id": {"$in": list(ids)}}
        return self._collection.count_documents({"$and": self._fitting(query, scope, among)})

    def _views(self, query: ImageQuery, scope: Scope) -> tuple[ImageQuery, ...]:
        narrowed, inside = self._collections.narrow(query, scope)
        return narrowed, *inside.views

    def _fitting(self, query: ImageQuery, scope: Scope, among: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        narrowed, inside = self._collections.narrow(query, scope)
        rankings = self._rankings.of(narrowed, inside, scope)
        return fitting(self._collection, narrowed, inside, rankings=rankings, among=among)


def already(edit: Edit) -> list[dict[str, Any]]:
    """Conditions of a picture on which an edit changes nothing."""
    found: list[dict[str, Any]] = []
    for name in (*TEXT_LENGTHS, "rating", "favourite", "label"):
        wanted = getattr(edit, name)
        if wanted is not None:
            found.append({name: None if wanted == _NOTHING.get(name) else wanted})
    found += _captured(edit)
    if edit.set_tags is not None:
        found.append({"tags": list(edit.set_tags)})
        found += _keyed(edit.set_tags)
    if edit.add_tags:
        found += [{"tags": {"$all": list(edit.add_tags)}}, *_keyed(edit.add_tags)]
    if edit.remove_tags:
        found.append({"tags": {"$not": {"$in": list(edit.remove_tags)}}})
    if edit.add_to:
        found.append({"collections": {"$all": list(edit.add_to)}})
    if edit.remove_from:
        found.append({"collections": {"$not": {"$in": list(edit.remove_from)}}})
    return found


def _captured(edit: Edit) -> list[dict[str, Any]]:
    """The same said of when and where a picture was taken."""
    found: list[dict[str, Any]] = []
    if edit.taken_at is not None:
        found.append({"capture.taken_at": None if edit.taken_at == "none" else edit.taken_at})
    if edit.shift:
        found.append({"capture.taken_at": None})
    if edit.location is not None:
        found.append({"capture.location": None if edit.location == "none" else edit.location.model_dump()})
    if edit.focus is not None:
        found.append({"focus": None if edit.focus == "none" else list(edit.focus)})
    return found


def _keyed(tags: tuple[str, ...]) -> list[dict[str, Any]]:
    """The same said of the field that has an index: tags with the levels above them."""
    return [{"tag_keys": one} for one in tags]


def _only_takes_away(edit: Edit) -> dict[str, Any] | None:
    """The condition of a picture that changes, where an edit does nothing but take tags or collections away."""
    if set(edit.names) - {"tags", "collections"} or edit.set_tags is not None or edit.add_tags or edit.add_to:
        return None
    some: list[dict[str, Any]] = []
    if edit.remove_tags:
        tags = list(edit.remove_tags)
        some.append({"tag_keys": {"$in": tags}, "tags": {"$in": tags}})
    if edit.remove_from:
        some.append({"collections": {"$in": list(edit.remove_from)}})
    return {"$or": some}

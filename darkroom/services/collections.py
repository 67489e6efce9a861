"""Collections: sets of pictures, and places in which roles and rules hold."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from itertools import chain

from darkroom.access import allows_on, require, require_on, scope_of
from darkroom.access.guard import Guard
from darkroom.access.trail import Trail
from darkroom.domain.access import UNPLACED, Principal, in_collection
from darkroom.domain.base import new_id, now
from darkroom.domain.edit import Edit
from darkroom.domain.language import read
from darkroom.domain.language.nodes import collections_in
from darkroom.domain.organise import MAX_DEPTH, MAX_IN_ALL, Collection, name_key, slug
from darkroom.domain.query import ImageQuery
from darkroom.domain.scope import Scope
from darkroom.domain.selection import Selection
from darkroom.errors import Error
from darkroom.services.collection_views import (
    CollectionChange,
    CollectionList,
    CollectionView,
    MembersChanged,
    MembersGiven,
    NewCollection,
)
from darkroom.services.places import named_in
from darkroom.services.sight import all_changeable, may_place, visible
from darkroom.services.work.adapters import view_of
from darkroom.services.work.collection_kind import UncollectKind
from darkroom.services.work.service import WorkService
from darkroom.services.work.views import WorkView
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.database import Session

_READ, _WRITE = "images:read", "images:write"


class CollectionService:
    """Collections, and who is in them.

    Args:
        settings: for links.
        stores: repositories.
        guard: told of every change, since collections are places.
        work: empties what is gone.
    """

    def __init__(self, settings: Settings, stores: Stores, guard: Guard, work: WorkService) -> None:
        self._settings = settings
        self._stores = stores
        self._work = work
        self._guard = guard
        self._trail = Trail(stores)

    def list(self, principal: Principal) -> CollectionList:
        """Every collection that one may see, with counts and covers, by name."""
        scope = scope_of(principal, _READ)
        seen = [one for one in self._stores.collections.all() if scope.covers((one.id,))]
        return CollectionList(items=tuple(self._views(principal, seen, scope)))

    def get(self, principal: Principal, collection_id: str) -> CollectionView:
        """One collection.

        Raises:
            Error: `not_found`.
        """
        scope = scope_of(principal, _READ)
        return self._view(principal, self._seen(collection_id, scope), scope)

    def create(self, principal: Principal, new: NewCollection) -> CollectionView:
        """Make a collection: at the top whoever may change pictures outside of collections, in another one who may there.

        Raises:
            Error: `already_exists` for the name within the parent, `invalid_parameter`, `forbidden`.
        """
        scope = scope_of(principal, _WRITE)
        self._may_hang(principal, new.parent, scope)
        moment = now()

        def work(session: Session) -> Collection:
            ancestors = self._path(new.parent, session)
            if self._stores.collections.count(session=session) >= MAX_IN_ALL:
                raise Error("invalid_parameter", f"A library has at most {MAX_IN_ALL:,} collections.", parameter="name")
            made = Collection(
                id=self._free_id(new.name), name=new.name, name_key=name_key(new.name), parent=new.parent,
                ancestors=ancestors, description=new.description, kind="manual" if new.query is None else "smart",
                query=self._checked(new.query, scope), look=new.look, owner=principal.user or principal.id, created_at=moment,
                changed_at=moment,
            )  # fmt: skip
            self._stores.collections.insert(made, session=session)
            self._tell(session, principal, made.id)
            return made

        made = self._done(self._stores.database.run(work))
        self._trail.note(principal, "collection.created", in_collection(made.id), name=made.name)
        return self._view(principal, made, scope_of(principal, _READ))

    def update(
        self, principal: Principal, collection_id: str, change: CollectionChange, *, revision: int | None = None
    ) -> CollectionView:
        """Change a collection; one that moves takes all that lies in it along, and what holds where it goes holds there.

        Raises:
            Error: `not_found`, `forbidden`, `already_exists`, `invalid_parameter`; `precondition_failed` when it has
                another revision.
        """
        scope = self._changing(principal, collection_id)
        given = change.model_fields_set
        if "parent" in given:
            self._may_hang(principal, change.parent, scope)

        def work(session: Session) -> Collection:
            before = self._stores.collections.get(collection_id, session=session)
            _same(before, revision)
            values = {
                name: getattr(change, name) for name in ("name", "description") if getattr(change, name) is not None
            }
            if "name" in values:
                values["name_key"] = name_key(values["name"])
            if change.query is not None:
                values["query"] = self._queried(before, change.query, scope)
            if "look" in given:
                values["look"] = change.look
            if "cover" in given:
                values["cover"] = self._covering(before, change.cover, scope)
            if "parent" in given and change.parent != before.parent:
                values |= {"parent": change.parent, "ancestors": self._moved(before, change.parent, session)}
            after = self._stores.collections.replace(
                before.model_copy(update=values | {"changed_at": now()}), session=session
            )
            self._tell(session, principal, collection_id)
            return after

        after = self._done(self._stores.database.run(work))
        self._trail.note(principal, "collection.changed", in_collection(after.id), changed=sorted(given))
        return self._view(principal, after, scope_of(principal, _READ))

    def delete(
        self, principal: Principal, collection_id: str, *, revision: int | None = None, work_id: str | None = None
    ) -> WorkView:
        """Take a collection away; its pictures stay in the library. The operation lets them forget it, and can be undone.

        Raises:
            Error: `not_found`, `forbidden`; `conflict` while others lie in it or roles and rules name it, for they
                would begin or end to hold for its pictures; `precondition_failed` when it has another revision.
        """
        self._changing(principal, collection_id)

        def work(session: Session) -> Collection:
            found = self._stores.collections.get(collection_id, session=session)
            _same(found, revision)
            if below := self._stores.collections.below(collection_id, session=session):
                raise Error(
                    "conflict", f"{len(below):,} collections lie in {found.name}.",
                    remedy="Move or delete those first.", collections=[one.id for one in below[:20]],
                )  # fmt: skip
            if named := named_in(self._stores, collection_id):
                raise Error(
                    "conflict", f"Roles or rules hold in {found.name}: {named}.",
                    remedy="Take them away first: without the collection they would end without a word.",
                )  # fmt: skip
            self._stores.collections.remove(collection_id, found.revision, session=session)
            self._tell(session, principal, collection_id)
            return found

        found = self._done(self._stores.database.run(work))
        self._trail.note(principal, "collection.deleted", in_collection(found.id), name=found.name)
        return self._empty(principal, found, work_id)

    def put(self, principal: Principal, collection_id: str, given: MembersGiven) -> MembersChanged:
        """Put pictures into a collection and take others out: who may change the collection, and every one of the pictures.

        A picture that comes in is seen and changed by whoever may do that here, so it takes the right to change it
        where it is.

        Raises:
            Error: `not_found` for the collection or a picture, `forbidden`, `conflict` for a smart collection or a
                picture that is in too many.
        """
        self._changing(principal, collection_id)
        may_place(self._stores, principal, Edit(add_to=(collection_id,)))
        add, remove = tuple(dict.fromkeys(given.add)), tuple(dict.fromkeys(given.remove))
        all_changeable(self._stores, principal, [*add, *remove])

        def work(session: Session) -> MembersChanged:
            found = self._stores.collections.get(collection_id, session=session)
            edits = dict.fromkeys(add, Edit(add_to=(found.id,))) | dict.fromkeys(remove, Edit(remove_from=(found.id,)))
            result = self._stores.images.edit_each(session, edits)
            if result.crowded:
                raise Error("conflict", f"The picture {result.crowded[0]} is in too many collections for one more.")
            changed = {one.image for one in result.edited}
            if changed:
                self._stores.events.append(session, type="images.updated", principal=principal, ids=sorted(changed))
                self._tell(session, principal, found.id)
            added = len(changed.intersection(add))
            return MembersChanged(
                added=added, removed=len(changed) - added, unchanged=len(edits) - len(changed)
            )  # fmt: skip

        return self._stores.database.run(work)

    def _empty(self, principal: Principal, gone: Collection, work_id: str | None) -> WorkView:
        """Let pictures forget a collection that is gone; what is left after a crash is of an id that is not used again."""
        inside = Selection(query=ImageQuery(collection=gone.id))
        pieces = self._stores.selections.ids(inside) if gone.kind == "manual" else iter(())
        work = self._work.begin(
            principal, UncollectKind.name, chain([(gone.id,)], pieces), title=f"Take {gone.name} away", work_id=work_id,
            params={"collection": gone.model_dump(mode="json")},
        )  # fmt: skip
        return view_of(work, self._settings)

    def _seen(self, collection_id: str, scope: Scope) -> Collection:
        found = self._stores.collections.find(collection_id)
        if found is None or not scope.covers((found.id,)):
            raise Error("not_found", f"There is no collection {collection_id[:80]!r}.", id=collection_id[:80])
        return found

    def _changing(self, principal: Principal, collection_id: str) -> Scope:
        """What somebody may change, who may change this collection.

        Raises:
            Error: `not_found` when it may not be seen, `forbidden` when it may not be changed.
        """
        scope = scope_of(principal, _WRITE)
        found = self._seen(collection_id, scope_of(principal, _READ))
        require_on(principal, _WRITE, (found.id,))
        return scope

    def _may_hang(self, principal: Principal, parent: str | None, scope: Scope) -> None:
        """Return if somebody may put a collection there."""
        if parent is None:
            require(principal, _WRITE, UNPLACED)
            return
        found = self._stores.collections.find(parent)
        if found is None or not scope_of(principal, _READ).covers((parent,)):
            raise Error("invalid_parameter", f"parent: there is no collection {parent!r}.", parameter="parent")
        if found.kind == "smart":
            raise Error("invalid_parameter", f"parent: {found.name} is smart, nothing lies in it.", parameter="parent")
        if not scope.covers((parent,)):
            require_on(principal, _WRITE, (parent,))

    def _path(self, parent: str | None, session: Session, *, height: int = 0) -> tuple[str, ...]:
        """What a collection lies in that is put there; changes of the tree wait for each other here."""
        self._stores.collections.take_turns(session)
        if parent is None:
            return ()
        above = self._stores.collections.find(parent, session=session)
        if above is None:
            raise Error("invalid_parameter", f"parent: there is no collection {parent!r}.", parameter="parent")
        found = (*above.ancestors, above.id)
        if len(found) + height >= MAX_DEPTH:
            words = f"parent: collections lie at most {MAX_DEPTH} deep in one another."
            raise Error("invalid_parameter", words, parameter="parent")
        return found

    def _moved(self, before: Collection, parent: str | None, session: Session) -> tuple[str, ...]:
        below = self._stores.collections.below(before.id, session=session)
        if parent == before.id or any(one.id == parent for one in below):
            words = f"parent: {before.name} cannot lie in itself, or in what lies in it."
            raise Error("invalid_parameter", words, parameter="parent")
        height = max((len(one.ancestors) for one in below), default=len(before.ancestors)) - len(before.ancestors)
        path = self._path(parent, session, height=height)
        self._stores.collections.rehang(before.id, path, session=session)
        return path

    def _free_id(self, name: str) -> str:
        """An id that nothing names: no collection, no picture, no role and no rule."""
        wanted = slug(name) or new_id("c")
        for number in range(1, 100):
            one = wanted if number == 1 else f"{wanted}-{number}"
            taken = self._stores.collections.find(one) or named_in(self._stores, one)
            if not taken and not self._stores.images.in_collection(one, limit=1):
                return one
        return f"{wanted}-{new_id('c')}"[:80]

    def _checked(self, query: ImageQuery | None, scope: Scope) -> str | None:
        """A query as it is kept.

        Raises:
            Error: `invalid_parameter` for one that names a smart collection, or one that may not be seen.
        """
        if query is None:
            return None
        if query.collection is not None:
            named = self._stores.collections.find(query.collection)
            if named is None or not scope.covers((named.id,)) or named.kind == "smart":
                words = f"query: there is no manual collection {query.collection[:80]!r}."
                raise Error("invalid_parameter", words, parameter="query")
        for name in sorted(collections_in(read(query.where or ""))):
            named = self._stores.collections.find(name)
            if named is None or not scope.covers((named.id,)) or named.kind == "smart":
                words = f"query: where names {name[:80]!r}, and there is no such manual collection."
                raise Error("invalid_parameter", words, parameter="query")
        return query.model_dump_json(exclude_defaults=True)

    def _queried(self, before: Collection, query: ImageQuery, scope: Scope) -> str | None:
        if before.kind != "smart":
            words = f"query: {before.name} is filled by hand; make a smart collection for a query."
            raise Error("invalid_parameter", words, parameter="query")
        return self._checked(query, scope)

    def _covering(self, before: Collection, cover: str | None, scope: Scope) -> str | None:
        if cover is None:
            return None
        record = visible(self._stores, cover, scope)
        if before.kind == "manual":
            _, inside = self._stores.collections.narrow(ImageQuery(collection=before.id), Scope())
            if not inside.covers(record.collections):
                raise Error("invalid_parameter", f"cover: {record.name} is not in {before.name}.", parameter="cover")
        return cover

    def _view(self, principal: Principal, one: Collection, scope: Scope) -> CollectionView:
        return next(iter(self._views(principal, [one], scope)))

    def _views(self, principal: Principal, seen: Sequence[Collection], scope: Scope) -> builtins.list[CollectionView]:
        return [self._shown(principal, one, scope, *counted) for one, counted in self._counted(seen, scope)]

    def _counted(
        self, seen: Sequence[Collection], scope: Scope
    ) -> builtins.list[tuple[Collection, tuple[int, str | None]]]:
        """Each with how many pictures one sees in it, and the newest: all manual ones in one question."""
        manual = self._stores.columns.members(self._stores.collections.lines(), scope=scope)
        chosen = [one.cover for one in seen if one.cover is not None]
        shown = self._stores.images.known(chosen, scope) if chosen else set()
        found = []
        for one in seen:
            if one.view is None:
                total, newest = (manual[one.id].total, manual[one.id].newest) if one.id in manual else (0, None)
            else:
                total, newest = self._found(one, scope)
            found.append((one, (total, one.cover if one.cover in shown else newest)))
        return found

    def _found(self, smart: Collection, scope: Scope) -> tuple[int, str | None]:
        query = ImageQuery(collection=smart.id)
        try:
            total = self._stores.columns.count(query, scope=scope)
            return total, next(iter(self._stores.columns.page(query, limit=1, scope=scope).items), None)
        except Error as error:
            if error.code != "model_unusable":
                raise
            return 0, None  # what it compares with needs a model, and none is used; whoever opens it is told

    def _shown(
        self, principal: Principal, one: Collection, scope: Scope, total: int, cover: str | None
    ) -> CollectionView:
        parent = one.parent if one.parent is not None and scope.covers((one.parent,)) else None
        may_change = allows_on(principal, _WRITE, (one.id,))
        return CollectionView.of(one, parent=parent, images=total, cover=cover, may_change=may_change)

    def _tell(self, session: Session, principal: Principal, collection_id: str) -> None:
        self._stores.events.append(session, type="collections.changed", principal=principal, ids=[collection_id])

    def _done(self, found: Collection) -> Collection:
        self._guard.changed()
        return found


def _same(found: Collection, revision: int | None) -> None:
    if revision is not None and found.revision != revision:
        raise Error(
            "precondition_failed", f"The collection {found.name!r} has changed since it was read.",
            id=found.id, revision=found.revision,
        )  # fmt: skip

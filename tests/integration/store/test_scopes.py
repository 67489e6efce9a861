"""What counts beside a query: the same in MongoDB, in the columnar copy and by hand; what is remembered is for one scope alone."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from darkroom.domain.base import now
from darkroom.domain.image import ImageRecord
from darkroom.domain.organise import Collection, name_key
from darkroom.domain.query import ImageQuery
from darkroom.domain.scope import EVERYTHING, NOTHING, Scope
from darkroom.store import Stores
from darkroom.store.image_queries import conditions, follows_index
from tests.factories import COLLECTIONS, image_record
from tests.integration.store.test_columns import add, all_pages, ids_by_columns, queries

TREE = {"c-holidays": (), "c-best": ("c-holidays",), "c-work": (), "c-deep": ("c-holidays", "c-best")}
SMART = {
    "s-rated": ImageQuery(rating_min=3),
    "s-best": ImageQuery(collection="c-best", favourite=True),
}
IDS = [*TREE, *SMART, "c-none"]


def collection(name: str, ancestors: tuple[str, ...] = (), query: ImageQuery | None = None) -> Collection:
    return Collection(
        id=name, name=name, name_key=name_key(name), parent=ancestors[-1] if ancestors else None, ancestors=ancestors,
        kind="manual" if query is None else "smart", owner="local", created_at=now(), changed_at=now(),
        query=None if query is None else query.model_dump_json(exclude_defaults=True),
    )  # fmt: skip


@pytest.fixture
def library(stores: Stores) -> Stores:
    chance = random.Random(7)
    records = [
        image_record(
            number,
            collections=tuple(sorted(chance.sample([*COLLECTIONS, "c-deep"], chance.choice((0, 0, 1, 1, 2))))),
            batch=chance.choice(("b-1", "b-2")),
        )
        for number in range(120)
    ]
    add(stores, *records)
    for name, ancestors in TREE.items():
        stores.collections.insert(collection(name, ancestors))
    for name, query in SMART.items():
        stores.collections.insert(collection(name, query=query))
    return stores


some = st.frozensets(st.sampled_from([*TREE, "c-none"]), max_size=3)
scopes = st.builds(
    Scope,
    inside=st.one_of(st.just(()), st.tuples(some), st.tuples(some, some)),
    outside=st.one_of(st.just(frozenset()), some),
)


def members(name: str | None, record: ImageRecord) -> bool:
    """Whether a picture lies in a collection, by the words of the documentation."""
    if name is None:
        return True
    if name in SMART:
        query = SMART[name]
        fits = record.rating >= (query.rating_min or 0) and (query.favourite is None or record.favourite)
        return fits and members(query.collection, record)
    below = {one for one, ancestors in TREE.items() if name in ancestors} | {name}
    return not below.isdisjoint(record.collections)


def by_hand(library: Stores, query: ImageQuery, scope: Scope) -> list[ImageRecord]:
    plain = all_pages(library, query.model_copy(update={"collection": None}), limit=300)
    return [one for one in plain if scope.covers(one.collections) and members(query.collection, one)]


def pages(library: Stores, read, query: ImageQuery, scope: Scope, limit: int) -> list[str]:
    ids: list[str] = []
    cursor: str | None = None
    while True:
        page = read(query, limit=limit, cursor=cursor, scope=scope)
        ids += [one if isinstance(one, str) else one.id for one in page.items]
        if (cursor := page.next_cursor) is None:
            return ids


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=queries, scope=scopes, asked=st.sampled_from([None, None, *IDS]), limit=st.integers(1, 50))
def test_lists_counts_facets_and_index_are_what_one_would_pick_by_hand(
    library: Stores, query: ImageQuery, scope: Scope, asked: str | None, limit: int
) -> None:
    query = query.model_copy(update={"collection": asked})
    found = by_hand(library, query, scope)
    ids = [one.id for one in found]
    for read in (library.images.page, library.columns.page, library.page):
        assert pages(library, read, query, scope, limit) == ids
    assert library.columns.count(query, scope=scope) == len(ids)
    anchors = library.columns.anchors(query, limit, scope=scope)
    assert len(anchors) == max(1, -(-len(ids) // limit))
    jumped = [library.page(query, limit=limit, cursor=anchor, scope=scope).items for anchor in anchors]
    assert [one.id for page in jumped for one in page] == ids
    facets = library.columns.facets(query, scope=scope)
    assert facets.total == len(ids)
    without = by_hand(library, query.model_copy(update={"type": ()}), scope)
    assert {one.value: one.count for one in facets.type} == Counter(one.format for one in without)
    tags = library.columns.tags(scope=scope)
    assert sum(tags.values()) <= sum(library.columns.tags().values())


def test_an_answer_that_is_remembered_is_for_one_scope(library: Stores) -> None:
    """The same question by one who sees all, one who sees a part, and one who sees nothing, in any order."""
    part = Scope(inside=(frozenset({"c-best"}),))
    others = Scope(outside=frozenset({"c-best"}))
    want = {scope: len(by_hand(library, ImageQuery(), scope)) for scope in (EVERYTHING, part, others, NOTHING)}
    assert want[EVERYTHING] == want[part] + want[others] > want[part] > want[NOTHING] == 0
    for scope in [*want, *reversed(want)] * 2:
        assert library.columns.count(ImageQuery(), scope=scope) == want[scope]
        assert library.columns.facets(ImageQuery(), scope=scope).total == want[scope]
        assert len(library.columns.anchors(ImageQuery(), 1, scope=scope)) == max(1, want[scope])
        assert len(library.columns.page(ImageQuery(), limit=200, scope=scope).items) == want[scope]


def test_known_names_what_counts(library: Stores) -> None:
    ids = [one.id for one in all_pages(library, ImageQuery(), limit=300)]
    scope = Scope(inside=(frozenset({"c-best"}),), outside=frozenset({"c-work"}))
    assert library.images.known(ids, scope) == {one.id for one in by_hand(library, ImageQuery(), scope)}
    assert library.images.known(ids, NOTHING) == set()
    assert library.images.known(ids) == set(ids)


def test_members_are_counted_once_with_all_below(library: Stores) -> None:
    for scope in (EVERYTHING, Scope(outside=frozenset({"c-work"}))):
        found = library.columns.members(library.collections.lines(), scope=scope)
        for name in TREE:
            inside = by_hand(library, ImageQuery(collection=name), scope)
            if not inside:
                assert name not in found
                continue
            assert found[name].total == len(inside)
            assert found[name].newest in {one.id for one in inside}
            latest = max(one.ingested_at for one in inside)
            assert next(one for one in inside if one.id == found[name].newest).ingested_at == latest
    assert library.columns.members(library.collections.lines(), scope=NOTHING) == {}


def test_a_page_of_what_one_may_see_is_read_along_an_index(library: Stores) -> None:
    """Also where several collections are allowed: their entries are merged in the order of the page."""
    for scope in (Scope(inside=(frozenset({"c-best"}),)), Scope(inside=(frozenset({"c-best", "c-work", "c-deep"}),))):
        for sort in ("-ingested_at", "taken_at"):
            query = ImageQuery(sort=sort)
            assert follows_index(query, scope)
            images = library.database.collection("images")
            field = {"-ingested_at": "ingested_at", "taken_at": "capture.taken_at"}[sort]
            direction = -1 if query.descending else 1
            cursor = (
                images.find({"$and": conditions(query, scope)}).sort([(field, direction), ("_id", direction)]).limit(5)
            )
            plan = cursor.explain()
            stages = str(plan["queryPlanner"]["winningPlan"])
            assert "IXSCAN" in stages
            assert "'SORT'" not in stages
            assert "COLLSCAN" not in stages
    assert follows_index(ImageQuery(), EVERYTHING)
    assert not follows_index(ImageQuery(), Scope(outside=frozenset({"c-best"})))
    assert not follows_index(ImageQuery(sort="name"), Scope(inside=(frozenset({"c-best"}),)))


def test_a_cursor_of_one_collection_is_none_of_another(library: Stores) -> None:
    from darkroom.errors import Error

    first = library.page(ImageQuery(collection="c-holidays"), limit=1)
    assert ids_by_columns(library, ImageQuery(collection="c-holidays"), 7)
    with pytest.raises(Error) as caught:
        library.page(ImageQuery(collection="c-work"), limit=1, cursor=first.next_cursor)
    assert caught.value.code == "invalid_cursor"

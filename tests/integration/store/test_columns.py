"""The columnar copy against MongoDB: the same questions, the same answers."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from darkroom.domain.access import LOCAL_OWNER
from darkroom.domain.edit import LABELS, Edit, tag_path
from darkroom.domain.image import ImageRecord
from darkroom.domain.query import Facets, FacetValue, Histogram, ImageQuery
from darkroom.services.gallery import GalleryService
from darkroom.store import Stores, columns
from darkroom.store.columns import ColumnarReplica
from tests.factories import BASE, CAMERAS, COLLECTIONS, FORMATS, PROBLEMS, TAGS, image_record, sha


def add(stores: Stores, *records: ImageRecord) -> None:
    def work(session: object) -> None:
        stores.images.upsert_many(session, records)
        ids = [record.id for record in records]
        stores.events.append(session, type="images.added", principal="local", ids=ids)

    stores.database.run(work)


def all_pages(stores: Stores, query: ImageQuery, limit: int = 50) -> list[ImageRecord]:
    found: list[ImageRecord] = []
    cursor = None
    while True:
        page = stores.images.page(query, limit=limit, cursor=cursor)
        assert len(page.items) <= limit
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


some = st.lists
moments = st.integers(-5000, 5000).map(lambda hours: BASE + timedelta(hours=hours))
OWN = ("lens:50 sharpness>=100 rating>=1", "sharpness:30..300 sharpness<=250", "size>=15 size<=25 brightness:0.5")
"""Expressions that ask for what is counted along its values."""

queries = st.builds(
    lambda taken, **rest: ImageQuery(
        taken_from=min(taken) if len(taken) == 2 else None, taken_to=max(taken, default=None), **rest
    ),
    taken=some(moments, max_size=2),
    q=st.sampled_from([None, None, "img", "IMG 00", "cafe", "Café jpeg", "über", "aperta o", "zzz", "-", "view oslo"]),
    tag=some(st.sampled_from([*TAGS, "places", "place"]), max_size=2).map(tuple),
    type=some(st.sampled_from([*(one for pair in FORMATS for one in pair), "JPEG", "gif"]), max_size=2).map(tuple),
    camera=some(st.sampled_from([one for one in CAMERAS if one]), max_size=2).map(tuple),
    quality_min=st.one_of(st.none(), st.integers(0, 100).map(lambda share: share / 100)),
    problem=some(st.sampled_from([*PROBLEMS, "none"]), max_size=2).map(tuple),
    batch=st.sampled_from([None, None, "b-1", "b-2"]),
    duplicates=st.sampled_from([None, None, None, sha("group")]),
    rating_min=st.sampled_from([None, None, 0, 1, 4]),
    favourite=st.sampled_from([None, None, True, False]),
    label=some(st.sampled_from([*LABELS, "none"]), max_size=2).map(tuple),
    collection=st.sampled_from([None, None, *COLLECTIONS, "c-none"]),
    where=st.sampled_from(
        [
            None,
            None,
            None,
            "rating>=3 or favourite:yes",
            '-camera:"aperta one" has:taken',
            "collection:c-best iso:100",
            *OWN,
        ]
    ),
    sort=st.sampled_from(
        [
            "-ingested_at",
            "ingested_at",
            "-taken_at",
            "taken_at",
            "name",
            "-name",
            "-quality",
            "quality",
            "-bytes",
            "bytes",
        ]
    ),
)


@pytest.fixture
def library(stores: Stores) -> Stores:
    """Two hundred pictures with ties in every order."""
    chance = random.Random(5)
    records = [
        image_record(number, batch=chance.choice(("b-1", "b-2")), bytes=chance.choice((10, 20, 30)),
                     duplicate_group=chance.choice((None, None, sha("group"))))
        for number in range(200)
    ]  # fmt: skip
    add(stores, *records)
    return stores


def ids_by_columns(library: Stores, query: ImageQuery, limit: int) -> list[str]:
    """Page by page, its cursor and that of MongoDB in turn."""
    ids: list[str] = []
    cursor: str | None = None
    for number in itertools.count():
        read = library.columns.page if number % 2 else library.images.page
        page = read(query, limit=limit, cursor=cursor)
        ids += [one if isinstance(one, str) else one.id for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return ids
    raise AssertionError


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=queries, every=st.integers(1, 60))
def test_pages_counts_and_anchors_agree(library: Stores, query: ImageQuery, every: int) -> None:
    found = all_pages(library, query, limit=every)
    ids = [record.id for record in found]
    assert len(set(ids)) == len(ids) == library.columns.count(query)
    anchors = library.columns.anchors(query, every)
    assert len(anchors) == max(1, -(-len(ids) // every))
    assert ids_by_columns(library, query, every) == ids
    by_anchor = [library.images.page(query, limit=every, cursor=anchor).items for anchor in anchors]
    assert [record.id for page in by_anchor for record in page] == ids


def _values(counts: Counter[str], key: Callable[[tuple[str, int]], object]) -> tuple[FacetValue, ...]:
    return tuple(FacetValue(value=value, count=count) for value, count in sorted(counts.items(), key=key))


MEASURED: dict[str, Callable[[ImageRecord], float]] = {
    "size": lambda one: one.bytes,
    "megapixels": lambda one: one.width * one.height / 1e6,
    "sharpness": lambda one: one.quality.sharpness,
    "brightness": lambda one: one.quality.brightness,
}


def _histogram(name: str, values: list[float]) -> Histogram | None:
    """Bars counted the slow way, between the edges of the one that has them all."""
    steps = [0.0, *(float(f"{n}e{power}") for power in range(-1, 10) for n in (1, 1.5, 2, 3, 5, 7))]
    if name == "brightness":
        steps = [n / 20 for n in range(21)]
    else:
        steps = [one for one in steps if one == 0 or one >= {"size": 1e3, "megapixels": 0.1, "sharpness": 1}[name]]
    bars = Counter(max(at for at, edge in enumerate(steps) if edge <= value) for value in values)
    if not bars:
        return None
    first, last = min(bars), max(bars)
    return Histogram(
        field=name, edges=tuple(steps[first : last + 2]), counts=tuple(bars[at] for at in range(first, last + 1))
    )


def expected_facets(stores: Stores, query: ImageQuery) -> Facets:
    """Facets counted the slow way, from whole pages."""

    def without(*names: str) -> list[ImageRecord]:
        plain = {name: ImageQuery.model_fields[name].default for name in names}
        return all_pages(stores, query.model_copy(update=plain), limit=300)

    def most(item: tuple[str, int]) -> tuple[int, str]:
        return -item[1], item[0]

    def otherwise(field: str) -> list[ImageRecord]:
        parts = (
            [one for one in (query.where or "").split() if not one.startswith(field)]
            if query.where in OWN
            else [query.where]
        )
        where = " ".join(one for one in parts if one) or None
        return all_pages(stores, query.model_copy(update={"where": where}), limit=300)

    everything = without()
    months = Counter(
        f"{one.capture.taken_at:%Y-%m}" for one in without("taken_from", "taken_to") if one.capture.taken_at
    )
    tenths = Counter(f"{min(int(one.quality.score * 10), 9) / 10:.1f}" for one in without("quality_min"))
    return Facets(
        total=len(everything),
        type=_values(Counter(one.format for one in without("type")), most),
        camera=_values(Counter(one.capture.camera for one in without("camera") if one.capture.camera), most),
        tag=_values(Counter(key for one in everything for key in {k for tag in one.tags for k in tag_path(tag)}), most),
        problem=_values(Counter(p for one in without("problem") for p in one.quality.problems or ("none",)), most),
        month=tuple(reversed(_values(months, lambda item: item[0]))),
        quality=_values(tenths, lambda item: item[0]),
        rating=_values(Counter(str(one.rating) for one in without("rating_min")), lambda item: item[0]),
        favourite=tuple(
            reversed(_values(Counter(str(one.favourite).lower() for one in without("favourite")), lambda item: item[0]))
        ),
        label=_values(Counter(one.label or "none" for one in without("label")), most),
        lens=_values(Counter(one.capture.lens for one in otherwise("lens") if one.capture.lens), most),
        measured=tuple(
            found for name, of in MEASURED.items() if (found := _histogram(name, [of(one) for one in otherwise(name)]))
        ),
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=queries)
def test_facets_count_with_all_filters_but_their_own(library: Stores, query: ImageQuery) -> None:
    assert library.columns.facets(query) == expected_facets(library, query)


def test_every_change_is_seen_by_the_next_call(stores: Stores) -> None:
    one = image_record(1, tags=("a",))
    assert stores.columns.count(ImageQuery()) == 0
    add(stores, one)
    assert stores.columns.count(ImageQuery(tag=("a",))) == 1

    def retag(session: object) -> None:
        stores.images.edit_many(session, [one.id], Edit(add_tags=("b/c",)))
        stores.events.append(session, type="images.updated", principal="local", ids=[one.id])

    stores.database.run(retag)
    assert stores.columns.count(ImageQuery(tag=("a", "b"))) == 1
    assert stores.columns.count(ImageQuery(tag=("c",))) == 0

    def remove(session: object) -> None:
        stores.database.collection("images").delete_one({"_id": one.id}, session=session)
        stores.events.append(session, type="images.deleted", principal="local", ids=[one.id])

    stores.database.run(remove)
    assert stores.columns.facets(ImageQuery()) == Facets(total=0)
    assert stores.columns.seq() == stores.events.last_seq() == 3


def test_the_copy_on_disk_goes_on_where_it_was(stores: Stores, tmp_path: Path) -> None:
    path = tmp_path / "cache" / "columns.duckdb"
    add(stores, *[image_record(number) for number in range(3)])
    first = ColumnarReplica(stores.database, path)
    assert first.count(ImageQuery()) == 3
    first.close()
    # Changed without an event: a copy that is built anew would see it.
    stores.database.collection("images").update_many({}, {"$set": {"format": "hidden"}})
    add(stores, image_record(3))
    second = ColumnarReplica(stores.database, path)
    assert (second.count(ImageQuery()), second.count(ImageQuery(type=("hidden",)))) == (4, 0)
    second.close()
    path.write_bytes(b"no database at all" * 500)
    third = ColumnarReplica(stores.database, path)
    assert (third.count(ImageQuery()), third.count(ImageQuery(type=("hidden",)))) == (4, 3)
    third.close()


def test_a_copy_of_another_library_is_built_anew(stores: Stores, tmp_path: Path) -> None:
    path = tmp_path / "columns.duckdb"
    add(stores, image_record(1))
    first = ColumnarReplica(stores.database, path)
    assert first.count(ImageQuery()) == 1
    first.close()
    stores.database.collection("images").delete_many({})
    stores.database.collection("counters").update_one({"_id": "library"}, {"$set": {"value": "another"}})
    second = ColumnarReplica(stores.database, path)
    assert second.count(ImageQuery()) == 0
    second.close()


def test_callers_in_many_threads_get_right_answers_while_images_arrive(stores: Stores) -> None:
    stop = threading.Event()
    counts: list[list[int]] = [[] for _ in range(4)]

    def ask(mine: list[int]) -> None:
        while not stop.is_set():
            mine.append(stores.columns.count(ImageQuery()))
            assert stores.columns.facets(ImageQuery()).total >= mine[-1]

    threads = [threading.Thread(target=ask, args=(mine,)) for mine in counts]
    for thread in threads:
        thread.start()
    for number in range(20):
        add(stores, *[image_record(number * 10 + index) for index in range(10)])
    final = stores.columns.count(ImageQuery())
    stop.set()
    for thread in threads:
        thread.join()
    assert final == 200
    assert all(mine == sorted(mine) and mine for mine in counts)


@pytest.fixture
def slow(
    stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[ColumnarReplica, threading.Event]]:
    """The copy of a library that counts as large, whose building goes on until the event is set."""
    go_on = threading.Event()
    monkeypatch.setattr(columns, "_AT_ONCE", 2)
    read = columns.row

    def slowly(found: dict[str, Any]) -> Any:
        assert go_on.wait(60)
        return read(found)

    monkeypatch.setattr(columns, "row", slowly)
    add(stores, *[image_record(number, tags=("a",) if number % 2 else ()) for number in range(5)])
    stores.columns = ColumnarReplica(stores.database, tmp_path / "columns.duckdb")
    yield stores.columns, go_on
    go_on.set()
    stores.columns.close()


def test_pages_are_counted_by_mongodb_while_the_copy_of_a_large_library_is_built(stores: Stores, slow: Any) -> None:
    copy, go_on = slow
    gallery = GalleryService(stores.settings, stores)
    began = time.monotonic()
    page = gallery.page(LOCAL_OWNER, ImageQuery(), limit=2)
    assert (page.total, len(page.items)) == (5, 2)
    assert gallery.page(LOCAL_OWNER, ImageQuery(tag=("a",)), limit=1).total == 2
    index = gallery.index(LOCAL_OWNER, ImageQuery(), every=2)
    assert (index.total, index.anchors, index.whole) == (5, (None,), False)
    assert time.monotonic() - began < 10, "nobody waits for what takes minutes"
    go_on.set()
    until(copy.at_hand)
    index = gallery.index(LOCAL_OWNER, ImageQuery(), every=2)
    assert (index.total, len(index.anchors), index.whole) == (5, 3, True)
    assert gallery.page(LOCAL_OWNER, ImageQuery(tag=("a",)), limit=1).total == 2


def test_a_page_and_an_index_ask_for_the_newest_event_once_and_miss_none(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(stores, *[image_record(number) for number in range(5)])
    gallery = GalleryService(stores.settings, stores)
    asked: list[int] = []
    found = type(stores.events).last_seq

    def counted(events: Any) -> int:
        asked.append(found(events))
        return asked[-1]

    monkeypatch.setattr(type(stores.events), "last_seq", counted)
    for there, more in ((5, (5, 6)), (7, (7,))):
        asked.clear()
        total = gallery.page(LOCAL_OWNER, ImageQuery(), limit=2).total
        assert (total, len(asked)) == (there, 1)
        asked.clear()
        assert (gallery.index(LOCAL_OWNER, ImageQuery(), every=2).total, len(asked)) == (there, 1)
        add(stores, *[image_record(number) for number in more])
    # What is known is older than the copy: somebody else brought it further meanwhile.
    assert stores.columns.count(ImageQuery()) == 8
    assert stores.columns.count(ImageQuery(), newest=1) == 8


def test_the_copy_is_made_ready_before_anybody_asks_and_closing_ends_that(stores: Stores, slow: Any) -> None:
    copy, go_on = slow
    copy.warm()
    copy.warm()
    until(lambda: copy._building)
    assert not copy.at_hand()
    closing = threading.Thread(target=copy.close)
    closing.start()
    go_on.set()
    closing.join(30)
    assert not closing.is_alive()
    until(lambda: not copy._building)
    assert copy.count(ImageQuery()) == 5, "it is built anew by whoever asks next"


def test_a_small_library_is_counted_at_once_whatever_the_copy_lacks(stores: Stores) -> None:
    add(stores, image_record(1))
    assert stores.columns.at_hand()
    assert stores.count_early(ImageQuery()) is None


def until(fits: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not fits():
        assert time.monotonic() < end
        time.sleep(0.02)

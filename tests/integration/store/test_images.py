"""Images on a real mongod."""

from __future__ import annotations

import random
import threading
from datetime import timedelta

import pytest

from darkroom.domain.image import Capture, ImageRecord, Metadata, Quality, Source
from darkroom.domain.query import ImageQuery
from darkroom.errors import Error
from darkroom.store import Stores
from darkroom.store.images import Arrived
from tests.factories import BASE, image_record, rendition, sha


def add(stores: Stores, *records: ImageRecord) -> None:
    stores.database.run(lambda session: stores.images.upsert_many(session, records))


def source(key: str, batch: str = "b-1") -> Source:
    return Source(connector="inbox", key=key, batch=batch)


def test_a_record_comes_back_as_it_was_stored(stores: Stores) -> None:
    record = image_record(1)
    add(stores, record)
    assert stores.images.get(record.id) == record


def test_a_record_with_everything_that_files_may_say_comes_back(stores: Stores) -> None:
    odd = {"$set": 1, "a.b": "x", "": [1.5, 2.0], "big": 2**80, "nul": "a\0b", "text": ["ü", "日本"], "flag": True}
    record = image_record(1, metadata=Metadata(exif=odd), capture=Capture(taken_at=BASE.replace(year=1)))
    add(stores, record)
    found = stores.images.get(record.id)
    assert found.metadata.exif == odd | {"big": float(2**80)}
    assert found.capture.taken_at == BASE.replace(year=1)


def test_new_known_and_replayed_records_are_told_apart(stores: Stores) -> None:
    one, two = image_record(1, sources=(source("a"),), tags=("x",)), image_record(2, sources=(source("b"),))
    first = stores.database.run(lambda session: stores.images.upsert_many(session, [one, two]))
    assert (set(first.added), first.duplicates, first.replayed) == ({one.id, two.id}, (), ())
    again = one.model_copy(
        update={"sources": (source("copy", "b-2"),), "tags": ("y",), "name": "other", "batch": "b-2"}
    )
    second = stores.database.run(lambda session: stores.images.upsert_many(session, [again, two]))
    assert (second.added, second.duplicates, second.replayed) == ((), (one.id,), (two.id,))
    merged = one.model_copy(update={"sources": (source("a"), source("copy", "b-2")), "tags": ("x", "y"), "revision": 1})
    assert stores.images.get(one.id) == merged
    assert stores.images.get(two.id) == two


def test_the_same_bytes_twice_in_one_call_are_one_image_with_two_sources(stores: Stores) -> None:
    one = image_record(1, sources=(source("a"),), tags=("x",))
    copy = one.model_copy(update={"sources": (source("b"),), "tags": ("y",)})
    result = stores.database.run(lambda session: stores.images.upsert_many(session, [one, copy, one]))
    assert (result.added, result.duplicates, result.replayed) == ((one.id,), (one.id,), (one.id,))
    found = stores.images.get(one.id)
    assert ([found.key for found in found.sources], found.tags, found.revision) == (["a", "b"], ("x", "y"), 0)


def test_tags_that_came_later_are_found_by_search(stores: Stores) -> None:
    one = image_record(1, tags=(), sources=(source("a"),))
    add(stores, one)
    add(stores, one.model_copy(update={"sources": (source("b"),), "tags": ("Fjällräven",)}))
    assert [found.id for found in stores.images.page(ImageQuery(q="fjallra"), limit=5).items] == [one.id]


def test_sources_do_not_grow_without_end(stores: Stores) -> None:
    one = image_record(1, sources=(source("first"),))
    add(stores, one)
    more = [one.model_copy(update={"sources": (source(f"k{number}"),)}) for number in range(1100)]
    add(stores, *more)
    keys = [found.key for found in stores.images.get(one.id).sources]
    assert (len(keys), keys[0], keys[-1]) == (1000, "first", "k1099")


def test_concurrent_writers_of_the_same_images_lose_nothing(stores: Stores) -> None:
    """Eight runs bring overlapping pictures at the same time; each source is there exactly once at the end."""
    results: list[tuple[int, int]] = []
    start = threading.Barrier(8)

    def work(writer: int) -> None:
        chance = random.Random(writer)
        start.wait()
        for turn in range(4):
            numbers = chance.sample(range(30), 12)
            records = [image_record(n, sources=(source(f"{writer}/{turn}/{n}"),)) for n in numbers]
            done = stores.database.run(lambda session, records=records: stores.images.upsert_many(session, records))
            results.append((len(done.added), len(done.duplicates)))

    threads = [threading.Thread(target=work, args=(writer,)) for writer in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [one for one in (stores.images.find(image_record(n).id) for n in range(30)) if one]
    assert len(results) == 32
    assert sum(added for added, _ in results) == len(found)
    assert sum(len(one.sources) for one in found) == 32 * 12
    assert all(one.revision == len(one.sources) - 1 for one in found)


def test_a_stale_write_is_refused(stores: Stores) -> None:
    record = image_record(1)
    add(stores, record)
    newer = stores.images.replace(record.model_copy(update={"name": "newer.jpg"}))
    assert newer.revision == 1
    with pytest.raises(Error) as caught:
        stores.images.replace(record.model_copy(update={"name": "stale.jpg"}))
    assert caught.value.code == "conflict"
    assert stores.images.get(record.id).name == "newer.jpg"


def test_of_concurrent_writers_of_one_revision_exactly_one_wins(stores: Stores) -> None:
    record = image_record(1)
    add(stores, record)
    outcomes: list[str] = []
    start = threading.Barrier(8)

    def work(writer: int) -> None:
        start.wait()
        try:
            stores.images.replace(record.model_copy(update={"name": f"{writer}.jpg"}))
            outcomes.append(f"{writer}.jpg")
        except Error as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=work, args=(writer,)) for writer in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [outcome for outcome in outcomes if outcome != "conflict"]
    assert len(outcomes) == 8
    assert won == [stores.images.get(record.id).name]


def test_writing_back_an_image_from_a_page_keeps_its_metadata(stores: Stores) -> None:
    record = image_record(1)
    add(stores, record)
    listed = stores.images.page(ImageQuery(), limit=1).items[0]
    assert listed.metadata == Metadata()
    stores.images.replace(listed.model_copy(update={"tags": ("kept",)}))
    assert stores.images.get(record.id).metadata == record.metadata


def test_missing_images_are_not_found(stores: Stores) -> None:
    with pytest.raises(Error) as caught:
        stores.images.get(sha("nothing"))
    assert (caught.value.code, stores.images.find(sha("nothing"))) == ("not_found", None)
    with pytest.raises(Error) as replaced:
        stores.images.replace(image_record(1))
    assert replaced.value.code == "not_found"


def test_arrivals_of_a_batch_tell_new_from_known(stores: Stores) -> None:
    one, two = image_record(1, sources=(source("a"),)), image_record(2, sources=(source("b"),))
    add(stores, one, two)
    add(stores, one.model_copy(update={"sources": (source("again", "b-2"),), "batch": "b-2"}))
    assert stores.images.arrived("b-1") == {"a": Arrived(one.id, added=True), "b": Arrived(two.id, added=True)}
    assert stores.images.arrived("b-2") == {"again": Arrived(one.id, added=False)}


def test_known_and_many(stores: Stores) -> None:
    records = [image_record(number) for number in range(3)]
    add(stores, *records)
    asked = [records[2].id, sha("nothing"), records[0].id]
    assert stores.images.known(asked) == {records[0].id, records[2].id}
    assert [found.id for found in stores.images.many(asked)] == [records[2].id, records[0].id]
    assert stores.images.estimated_count() == 3
    everything = sorted(record.id for record in records)
    assert stores.images.ids_after(everything[0], 10) == everything[1:]


def test_near_finds_exactly_the_hashes_within_the_distance(stores: Stores) -> None:
    chance = random.Random(3)
    base = chance.getrandbits(64)
    values = {base}
    for bits in range(11):
        for _ in range(6):
            values.add(base ^ sum(1 << bit for bit in chance.sample(range(64), bits)))
    records = [image_record(n, phash=f"{value:016x}") for n, value in enumerate(sorted(values))]
    add(stores, *records)
    for distance in (0, 3, 6, 7):
        found = stores.images.near([f"{base:016x}", "0" * 16], distance)
        wanted = {record.id for record in records if (int(record.phash, 16) ^ base).bit_count() <= distance}
        assert {near.id for near in found[f"{base:016x}"]} == wanted
        assert [near.distance for near in found[f"{base:016x}"]] == sorted(
            near.distance for near in found[f"{base:016x}"]
        )
        assert found["0" * 16] == []
    with pytest.raises(Error):
        stores.images.near(["0" * 16], 8)


def test_groups_and_renditions_change_only_what_they_name(stores: Stores) -> None:
    record = image_record(1, tags=("b",))
    add(stores, record)
    run = stores.database.run
    assert run(lambda session: stores.images.set_group(session, [record.id], record.id)) == 1
    assert run(lambda session: stores.images.set_group(session, [record.id], record.id)) == 0
    quality = Quality(score=0, sharpness=1, brightness=0, contrast=0, entropy=0, colourfulness=0, problems=("dark",))
    new = (rendition("thumbnail", "new"),)
    done = run(lambda session: stores.images.put_renditions(session, record.id, new, quality=quality))
    changes = {"duplicate_group": record.id, "renditions": new, "quality": quality}
    assert done == record.model_copy(update=changes | {"revision": 2}) == stores.images.get(record.id)
    assert [one.id for one in stores.images.page(ImageQuery(problem=("dark",)), limit=2).items] == [record.id]


def test_pages_cover_everything_once_in_order(stores: Stores) -> None:
    records = [image_record(number) for number in range(60)]
    add(stores, *records)
    for sort in ("-ingested_at", "taken_at", "-taken_at", "name", "-quality", "bytes"):
        seen: list[ImageRecord] = []
        cursor = None
        while True:
            page = stores.images.page(ImageQuery.model_validate({"sort": sort}), limit=7, cursor=cursor)
            seen += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
        assert sorted(one.id for one in seen) == sorted(one.id for one in records), sort
        taken = [one.capture.taken_at for one in seen]
        if "taken_at" in sort:
            known = [moment for moment in taken if moment]
            assert taken == sorted(known, reverse=sort[0] == "-") + [None] * (60 - len(known)), sort


def test_names_sort_as_people_expect(stores: Stores) -> None:
    names = ["IMG_2.jpg", "img_10.jpg", "Äpfel.jpg", "apfel 2.jpg", "Zebra.jpg", "IMG_1.jpg"]
    add(stores, *[image_record(number, name=name) for number, name in enumerate(names)])
    found = [one.name for one in stores.images.page(ImageQuery(sort="name"), limit=10).items]
    assert found == ["apfel 2.jpg", "Äpfel.jpg", "IMG_1.jpg", "IMG_2.jpg", "img_10.jpg", "Zebra.jpg"]


def test_cursors_of_other_queries_and_nonsense_are_refused(stores: Stores) -> None:
    add(stores, *[image_record(number) for number in range(5)])
    cursor = stores.images.page(ImageQuery(), limit=2).next_cursor
    other = stores.images.page(ImageQuery(sort="name"), limit=2).next_cursor
    bad = ["x", "é", "AAAA", "W10", "bnVsbA", "WyJhIiwxLCJiIl0", "[" * 3000, other, cursor[:-3] if cursor else ""]
    for value in bad:
        with pytest.raises(Error) as caught:
            stores.images.page(ImageQuery(), limit=2, cursor=value)
        assert caught.value.code == "invalid_cursor", value
    assert len(stores.images.page(ImageQuery(), limit=2, cursor=cursor).items) == 2


def test_equal_views_share_their_cursors(stores: Stores) -> None:
    add(stores, *[image_record(number, tags=("a", "b")) for number in range(5)])
    cursor = stores.images.page(ImageQuery(tag=("a", "b"), q="A  b"), limit=2).next_cursor
    assert len(stores.images.page(ImageQuery(tag=("b", "a", "b"), q="b a"), limit=2, cursor=cursor).items) <= 2


def test_dates_at_the_ends_of_time_are_no_trouble(stores: Stores) -> None:
    add(stores, image_record(1, capture=Capture(taken_at=BASE)))
    earliest, latest = "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-14:00"
    query = ImageQuery.model_validate({"taken_from": earliest, "taken_to": latest})
    assert len(stores.images.page(query, limit=5).items) == 1
    just = ImageQuery(taken_from=BASE + timedelta(milliseconds=1))
    assert stores.images.page(just, limit=5).items == ()

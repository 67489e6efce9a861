"""Edits of images on a real mongod: what they change, how they are found, what gives them back."""

from __future__ import annotations

import threading
from typing import Any

from darkroom.domain.edit import EDITABLE, MAX_TAGS, Edit
from darkroom.domain.image import ImageRecord, Metadata
from darkroom.domain.query import ImageQuery
from darkroom.store import Stores
from darkroom.store.database import Database
from darkroom.store.image_edits import EditResult
from darkroom.store.migrations import migrate
from tests.factories import image_record, sha

PLAIN: dict[str, Any] = {"rating": 0, "favourite": False, "label": None, "collections": (), "tags": ()}


def add(stores: Stores, *records: ImageRecord) -> None:
    stores.database.run(lambda session: stores.images.upsert_many(session, records))


def edit(stores: Stores, ids: list[str], **values: Any) -> EditResult:
    return stores.database.run(lambda session: stores.images.edit_many(session, ids, Edit(**values)))


def found(stores: Stores, **query: Any) -> list[str]:
    return sorted(one.id for one in stores.images.page(ImageQuery(**query), limit=50).items)


def raw(stores: Stores, image: str) -> dict[str, Any]:
    document = stores.database.collection("images").find_one({"_id": image})
    assert document is not None
    return {name: one for name, one in document.items() if name not in ("revision", "edited_at")}


def test_an_edit_changes_what_it_names_and_its_inverse_gives_it_back(stores: Stores) -> None:
    records = [image_record(number) for number in range(12)]
    add(stores, *records)
    before = {one.id: raw(stores, one.id) for one in records}
    done = edit(
        stores, [*before, sha("nobody")], title="Quay", caption="Two boats", creator="Ann", copyright="CC0", rating=4,
        favourite=True, label="green", set_tags=("places/oslo", "sea"), add_to=("c-new",), remove_from=("c-best",),
    )  # fmt: skip
    assert (len(done.edited), done.unknown, done.unchanged) == (12, [sha("nobody")], [])
    after = stores.images.get(records[0].id)
    assert (after.title, after.rating, after.tags, after.revision) == ("Quay", 4, ("places/oslo", "sea"), 1)
    assert "c-new" in after.collections
    assert after.edited_at is not None
    assert [one.revision for one in done.edited] == [1] * 12
    assert found(stores, q="quay boats ann") == sorted(before) == found(stores, tag=("places",), label=("green",))
    assert found(stores, favourite=True, rating_min=4, collection="c-new") == sorted(before)
    inverses = {one.image: one.inverse for one in done.edited}
    back = stores.database.run(lambda session: stores.images.edit_each(session, inverses))
    assert len(back.edited) == 12
    assert {one: raw(stores, one) for one in before} == before
    assert found(stores, q="quay") == []


def test_what_is_so_already_is_not_written(stores: Stores) -> None:
    one = image_record(1, **PLAIN | {"tags": ("a",), "rating": 3})
    add(stores, one)
    done = edit(stores, [one.id, one.id], add_tags=("a",), rating=3, title="", label="none")
    assert (done.edited, done.unchanged) == ([], [one.id])
    assert stores.images.get(one.id) == one


def test_a_picture_that_changed_meanwhile_is_left_alone(stores: Stores) -> None:
    one, two = image_record(1, **PLAIN), image_record(2, **PLAIN)
    add(stores, one, two)
    edit(stores, [one.id], rating=2)
    wanted = {one.id: Edit(rating=5), two.id: Edit(rating=5)}
    revisions = {one.id: 0, two.id: 0}
    done = stores.database.run(lambda session: stores.images.edit_each(session, wanted, revisions=revisions))
    assert ([each.image for each in done.edited], done.stale) == ([two.id], [one.id])
    assert (stores.images.get(one.id).rating, stores.images.get(two.id).rating) == (2, 5)


def test_tags_do_not_grow_without_end_and_can_always_be_taken_away(stores: Stores) -> None:
    one = image_record(1, **PLAIN | {"tags": tuple(sorted(f"t{number}" for number in range(MAX_TAGS)))})
    add(stores, one)
    assert edit(stores, [one.id], add_tags=("more",)).crowded == [one.id]
    assert stores.images.get(one.id) == one
    assert len(edit(stores, [one.id], add_tags=("more",), remove_tags=("t0", "t1")).edited) == 1


def test_words_of_tags_that_are_gone_find_nothing(stores: Stores) -> None:
    one = image_record(
        1, name="x.jpg", tags=("harbour", "places/oslo"), metadata=Metadata(exif={"ImageDescription": "Oslo"})
    )
    add(stores, one)
    edit(stores, [one.id], set_tags=())
    assert (found(stores, q="harbour"), found(stores, q="places"), found(stores, q="oslo")) == ([], [], [one.id])
    assert found(stores, tag=("places",)) == []


def test_edits_and_arrivals_at_the_same_time_lose_nothing(stores: Stores) -> None:
    one = image_record(1, **PLAIN)
    add(stores, one)
    start = threading.Barrier(6)

    def work(number: int) -> None:
        start.wait()
        for turn in range(5):
            if number % 2:
                edit(stores, [one.id], add_tags=(f"edit/{number}-{turn}",))
            else:
                source = one.sources[0].model_copy(update={"key": f"{number}-{turn}"})
                add(stores, one.model_copy(update={"sources": (source,), "tags": (f"came/{number}-{turn}",)}))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = stores.images.get(one.id)
    kinds = ("edit" if number % 2 else "came" for number in range(6))
    assert set(after.tags) == {f"{kind}/{number}-{turn}" for number, kind in enumerate(kinds) for turn in range(5)}
    assert (after.revision, len(after.sources)) == (30, 16)
    assert len(found(stores, tag=("edit", "came"))) == 1


def test_pictures_of_the_older_schema_get_the_fields_and_keep_all_else(empty_database: Database) -> None:
    migrate(empty_database, target=5)
    images = empty_database.collection("images")
    migrate(empty_database)
    records = [
        image_record(1, **PLAIN | {"tags": ("b",)}), image_record(2, **PLAIN | {"tags": ("a/b/c", "d")}),
        image_record(3, **PLAIN), image_record(4, **PLAIN | {"tags": ("My  Photos", "a//b", "trip ")}),
    ]  # fmt: skip
    from darkroom.store.images import ImageRepository

    repository = ImageRepository(empty_database)
    empty_database.run(lambda session: repository.upsert_many(session, records))
    migrate(empty_database, target=5)
    assert not set(EDITABLE) - {"tags"} & set(images.find_one() or {})
    # Lazily, before the migration: what is not there reads as nothing set.
    assert repository.get(records[0].id) == records[0]
    migrate(empty_database)
    for one in records[:3]:
        assert repository.get(one.id) == one
    assert repository.get(records[3].id).tags == ("My Photos", "a/b", "trip")
    assert [one.id for one in repository.page(ImageQuery(tag=("a/b",), sort="name"), limit=9).items] == [
        one.id for one in sorted((records[1], records[3]), key=lambda one: (one.name, one.id))
    ]

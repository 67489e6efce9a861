"""Doing something with all pictures of a selection, over HTTP: told before, done once, given back exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from darkroom.api.app import create_app
from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.domain.edit import LABELS, MAX_TAGS, Edit
from darkroom.domain.image import Capture, ImageRecord, Metadata
from darkroom.domain.query import ImageQuery
from darkroom.domain.selection import Selection
from darkroom.imaging.metadata import capture_of
from darkroom.imaging.recipes.compile import compile_recipe
from darkroom.imaging.recipes.read import parse_recipe
from darkroom.services.library import Library
from darkroom.services.recipes.keys import keys_of
from darkroom.services.work.edit_kind import EditKind
from darkroom.services.work.service import WorkService
from darkroom.services.work.trash_kind import RestoreKind, TrashKind
from darkroom.store import Stores
from tests.factories import image_record, sha

PLAIN: dict[str, Any] = {"rating": 0, "favourite": False, "label": None, "collections": (), "tags": (), "title": None}


@pytest.fixture
def library(library: Library, stores: Stores, launcher: Any) -> Library:
    """A library that knows the kinds of long work that there are."""
    library.__dict__["work"] = WorkService(
        library.settings, stores, launcher, [EditKind(stores), TrashKind(stores), RestoreKind(stores)]
    )
    return library


@pytest.fixture
def client(library: Library) -> Iterator[TestClient]:
    with TestClient(create_app(library=library), base_url="http://localhost:8000", client=("127.0.0.1", 1)) as client:
        yield client


@pytest.fixture
def add(stores: Stores) -> Callable[..., list[str]]:
    """Pictures, the first `tagged` of them with the tag `sea`."""

    def work(count: int, *, tagged: int = 0, **values: Any) -> list[str]:
        records = [
            image_record(number, **{**PLAIN, "tags": ("sea",) if number < tagged else (), **values})
            for number in range(count)
        ]

        def write(session: Any) -> None:
            stores.images.upsert_many(session, records)
            stores.events.append(session, type="images.added", principal="local", ids=[one.id for one in records])

        stores.database.run(write)
        return [one.id for one in records]

    return work


def change(selection: dict[str, Any], **edit: Any) -> dict[str, Any]:
    return {"selection": selection, "action": {"type": "edit", "edit": edit}}


def bulk(client: TestClient, given: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/images/bulk", json={**given, **more})
    assert answer.status_code in (200, 202), answer.text
    return answer.json()


def everything(stores: Stores) -> dict[str, Any]:
    """All pictures as they are stored, without what every write changes."""
    found = stores.database.collection("images").find()
    return {
        one["_id"]: {name: value for name, value in one.items() if name not in ("revision", "edited_at")}
        for one in found
    }


def test_what_would_be_done_is_told_exactly(client, add):
    ids = add(60, tagged=25)
    told = bulk(client, change({"query": {}}, add_tags=["sea"]), dry_run=True)
    assert (told["count"], told["changing"], len(told["examples"]), told["undoable"]) == (60, 35, 20, True)
    assert told["warnings"] == ["This is the whole library: 60 pictures."]
    told = bulk(client, change({"query": {"tag": ["sea"]}, "except": ids[:5]}, remove_tags=["sea", "no"]), dry_run=True)
    assert (told["count"], told["changing"]) == (20, 20)
    assert not {one["id"] for one in told["examples"]} & set(ids[:5])
    told = bulk(client, change({"ids": [*ids[:30], ids[0], sha("none")]}, rating=0), dry_run=True)
    assert (told["count"], told["changing"], told["unknown"]) == (30, 0, 1)
    assert told["warnings"] == ["1 of the ids are not in the library.", "Nothing would change."]
    assert client.get("/api/v1/operations").json()["items"] == []


@pytest.mark.parametrize(
    "edit",
    [
        {"title": "none"}, {"title": "", "rating": 3}, {"label": "none"}, {"favourite": False}, {"set_tags": []},
        {"set_tags": ["sea"]}, {"add_tags": ["places"]}, {"add_tags": ["a"], "remove_tags": ["sea"]},
        {"remove_tags": ["sea", "places/oslo"]}, {"remove_from": ["c-1"]}, {"remove_tags": ["sea"], "remove_from": ["c-1"]},
    ],
)  # fmt: skip
def test_as_many_change_as_were_said_to(stores, add, edit):
    add(4, tagged=2)
    more = [
        image_record(50, **PLAIN | {"tags": ("places/oslo", "sea"), "rating": 3}),
        image_record(51, **PLAIN | {"tags": ("a", "places"), "title": "none", "favourite": True}),
        image_record(52, **PLAIN | {"collections": ("c-1",), "label": "red", "title": "Quay"}),
    ]
    stores.database.run(lambda session: stores.images.upsert_many(session, more))
    stores.database.run(
        lambda session: stores.events.append(session, type="images.added", principal="x", ids=[one.id for one in more])
    )
    wanted, change = Selection(query=ImageQuery()), Edit(**edit)
    told = stores.selections.changing(wanted, change)
    ids = [one for piece in stores.selections.ids(wanted) for one in piece]
    assert len(ids) == stores.selections.count(wanted) == 7
    done = stores.database.run(lambda session: stores.images.edit_many(session, ids, change))
    assert told == len(done.edited)


def test_a_little_is_done_at_once_and_given_back_at_once(client, add, stores):
    ids = add(60, tagged=25)
    before = everything(stores)
    done = client.post("/api/v1/images/bulk", json=change({"ids": ids[:30]}, add_tags=["sea"], title="Bay"))
    assert (done.status_code, done.json()["state"], done.json()["kind"]) == (200, "done", "edit")
    assert (done.json()["changed"], done.json()["title"]) == (30, "Change title, tags")
    assert client.get("/api/v1/images", params={"q": "bay", "tag": "sea"}).json()["total"] == 30
    back = client.post(f"/api/v1/operations/{done.json()['id']}/undo")
    assert (back.status_code, back.json()["changed"]) == (200, 30)
    assert everything(stores) == before
    assert client.get("/api/v1/facets").json()["tag"] == [{"value": "sea", "count": 25, "name": None}]


def test_much_is_done_by_a_run_on_the_pictures_of_the_moment_it_was_asked_for(client, add, stores, library):
    add(450, tagged=300)
    before = everything(stores)
    queued = client.post(
        "/api/v1/images/bulk",
        json={**change({"query": {"tag": ["sea"]}}, remove_tags=["sea"], rating=4), "expected": 300},
    )
    assert queued.status_code == 202
    name = queued.json()["id"]
    late = image_record(5000, **PLAIN | {"tags": ("sea",)})
    stores.database.run(lambda session: stores.images.upsert_many(session, [late]))
    done = library.work.run(SYSTEM, name, "run-1")
    assert (done.total, done.changed, done.failed) == (300, 300, 0)
    assert stores.images.get(late.id).tags == ("sea",)
    assert client.get("/api/v1/images", params={"rating_min": 4}).json()["total"] == 300
    back = client.post(f"/api/v1/operations/{name}/undo").json()
    assert library.work.run(SYSTEM, back["id"], "run-2").changed == 300
    assert {name: one for name, one in everything(stores).items() if name != late.id} == before


def test_what_was_counted_is_what_changes_or_nothing_does(client, add):
    add(10, tagged=4)
    refused = client.post("/api/v1/images/bulk", json={**change({"query": {"tag": ["sea"]}}, rating=1), "expected": 5})
    assert (refused.status_code, refused.json()["code"], refused.json()["count"]) == (409, "conflict", 4)
    nothing = client.post("/api/v1/images/bulk", json=change({"query": {"tag": ["no"]}}, rating=1))
    assert (nothing.status_code, nothing.json()["code"]) == (422, "invalid_parameter")


def test_pictures_that_cannot_be_changed_are_named_and_the_rest_is(client, add, stores):
    ids = add(5)
    full = image_record(99, **PLAIN | {"tags": tuple(sorted(f"t{number:03}" for number in range(MAX_TAGS)))})
    stores.database.run(lambda session: stores.images.upsert_many(session, [full]))
    done = bulk(client, change({"ids": [*ids, full.id, sha("none")]}, add_tags=["more"]))
    assert (done["state"], done["total"], done["done"], done["changed"], done["failed"]) == ("done", 7, 7, 5, 2)
    assert {one["id"]: one["code"] for one in done["failures"]} == {
        full.id: "invalid_parameter",
        sha("none"): "not_found",
    }


def test_what_somebody_changed_since_is_left_alone(client, add):
    ids = add(20, tagged=10)
    done = bulk(client, change({"ids": ids}, add_tags=["bay"], rating=3))
    bulk(client, change({"ids": ids[:4]}, rating=5))
    bulk(client, change({"ids": ids[4:6]}, title="Mine"))  # another field: nobody's change is lost by giving back
    bulk(client, change({"ids": ids[6:8]}, remove_tags=["bay"], rating=0))  # given back by hand already
    back = client.post(f"/api/v1/operations/{done['id']}/undo").json()
    assert (back["changed"], back["result"], back["total"]) == (14, {"stale": 4, "unchanged": 2}, 20)
    assert client.get("/api/v1/images", params={"tag": "bay"}).json()["total"] == 4
    assert client.get("/api/v1/images", params={"q": "mine"}).json()["total"] == 2


def test_changes_are_undone_in_turn_and_done_again(client, add, stores):
    ids = add(20, tagged=7)
    states = [everything(stores)]
    first = bulk(client, change({"ids": ids}, add_tags=["bay"], rating=3))
    states.append(everything(stores))
    second = bulk(client, change({"ids": ids}, set_tags=["cove"], rating=4, label="red"))
    states.append(everything(stores))
    undone = client.post(f"/api/v1/operations/{second['id']}/undo").json()
    assert everything(stores) == states[1]
    client.post(f"/api/v1/operations/{first['id']}/undo")
    assert everything(stores) == states[0]
    stale = client.post(f"/api/v1/operations/{undone['id']}/undo").json()
    assert (stale["changed"], stale["result"]) == (0, {"stale": 20})
    assert everything(stores) == states[0]


def test_a_recipe_runs_on_a_selection(client, add):
    ids = add(6, tagged=4)
    given = {"selection": {"query": {"tag": ["sea"]}, "except": ids[:1]}, "action": {"type": "recipe", "preset": "web"}}
    told = bulk(client, given, dry_run=True)
    assert (told["count"], told["changing"], told["undoable"]) == (3, 3, False)
    queued = bulk(client, given)
    assert (queued["kind"], queued["total"], queued["state"]) == ("renditions", 3, "queued")
    assert client.get(queued["links"]["renditions"]).json()["total"] == 3
    order = client.post("/api/v1/renditions", json={"preset": "web", "selection": given["selection"]})
    assert order.json()["total"] == 3


def test_pictures_are_put_away_and_come_back_as_they_were(client, add, library, stores):
    ids = add(450, tagged=300)
    before = everything(stores)
    given = {"selection": {"query": {"tag": ["sea"]}}, "action": {"type": "trash"}}
    told = bulk(client, given, dry_run=True)
    assert (told["count"], told["changing"], told["undoable"], len(told["examples"])) == (300, 300, True, 20)
    name = bulk(client, given)["id"]
    assert library.work.run(SYSTEM, name, "run-1").changed == 300
    assert client.get("/api/v1/images").json()["total"] == 150
    assert client.get("/api/v1/trash").json()["total"] == 300
    some = {"selection": {"ids": [*ids[:3], ids[400], sha("none")]}, "action": {"type": "restore"}}
    told = bulk(client, some, dry_run=True)
    assert (told["count"], told["unknown"], [one["id"] for one in told["examples"]]) == (3, 2, ids[:3])
    back = bulk(client, some)
    assert (back["state"], back["changed"], back["failed"], back["result"]) == ("done", 3, 1, {"unchanged": 1})
    again = client.post(f"/api/v1/operations/{back['id']}/undo").json()
    assert (again["changed"], client.get("/api/v1/trash").json()["total"]) == (3, 300)
    undo = client.post(f"/api/v1/operations/{name}/undo").json()
    assert library.work.run(SYSTEM, undo["id"], "run-2").changed == 300
    assert everything(stores) == before
    assert client.get("/api/v1/facets").json()["tag"] == [{"value": "sea", "count": 300, "name": None}]


@pytest.mark.parametrize(
    "given",
    [
        {"selection": {"query": {}}, "action": {"type": "restore"}},
        change({}, rating=1),
        change({"query": {}, "ids": [sha(1)]}, rating=1),
        change({"ids": [sha(1)], "except": [sha(2)]}, rating=1),
        change({"ids": []}, rating=1),
        change({"ids": ["no hash"]}, rating=1),
        change({"query": {"colour": "red"}}, rating=1),
        change({"query": {}}, rating=9),
        change({"query": {}}),
        change({"query": {}}, add_to=["c-none"]),
        {"selection": {"query": {}}, "action": {"type": "burn"}},
        {"selection": {"query": {}}, "action": {"type": "recipe"}},
    ],
)
def test_what_makes_no_sense_is_refused_in_words(client, given):
    answer = client.post("/api/v1/images/bulk", json=given)
    assert answer.status_code in (404, 422), answer.text
    assert answer.json()["remedy"]


TAGS = st.sets(st.sampled_from(["sea", "bay", "places", "places/oslo", "a b"]), max_size=3)


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    values: dict[str, Any] = {}
    if draw(st.booleans()):
        values["set_tags"] = tuple(draw(TAGS))
    else:
        added = draw(TAGS)
        values |= {"add_tags": tuple(added), "remove_tags": tuple(draw(TAGS) - added)}
    for name, choice in (
        ("title", st.sampled_from(["", "none", "Quay"])), ("rating", st.integers(0, 5)), ("favourite", st.booleans()),
        ("label", st.sampled_from([*LABELS, "none"])),
    ):  # fmt: skip
        if draw(st.booleans()):
            values[name] = draw(choice)
    return Edit(**values)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sequence=st.lists(edits(), min_size=1, max_size=3))
def test_after_edits_and_their_undos_in_reverse_all_is_as_before(
    library: Library, stores: Stores, sequence: Sequence[Edit]
) -> None:
    records = [
        image_record(number, **PLAIN | {
            "tags": (("sea",), (), ("places/oslo", "sea"), ("a b", "bay", "places"))[number % 4], "rating": number % 6,
            "favourite": bool(number % 2), "label": (None, "red")[number % 2], "title": (None, "Quay", "none")[number % 3],
            "collections": ((), ("c-1",), ("c-1", "c-2"))[number % 3],
        }) for number in range(12)
    ]  # fmt: skip
    stores.database.run(lambda session: stores.images.upsert_many(session, records))
    ids = [one.id for one in records]
    states, done = [everything(stores)], []
    for one in sequence:
        params = one.model_dump(mode="json", exclude_defaults=True)
        done.append(library.work.begin(LOCAL_OWNER, "edit", [ids], title="Change", params=params))
        states.append(everything(stores))
    for work, after, before in zip(reversed(done), reversed(states[1:]), reversed(states[:-1]), strict=True):
        assert everything(stores) == after
        back = library.work.undo(LOCAL_OWNER, work.id)
        assert (back.changed, back.failed) == (work.changed, 0)
        assert everything(stores) == before


def values(client: TestClient, selection: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    answer = client.post("/api/v1/images/values", json=selection)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    return found["count"], {
        name: [(one["value"], one["count"]) for one in field["values"]] for name, field in found["fields"].items()
    }


def test_where_pictures_agree_and_where_they_differ_is_told(client, add):
    ids = add(4, tagged=3)
    bulk(client, change({"ids": ids[:2]}, title="The quay", rating=4, label="red"))
    bulk(client, change({"ids": ids}, creator="Ada Berg"))
    count, found = values(client, {"query": {}})
    assert count == 4
    assert sorted(found["title"], key=str) == [("The quay", 2), (None, 2)]
    assert (found["creator"], found["copyright"]) == ([("Ada Berg", 4)], [(None, 4)])
    assert dict(found["rating"]) == {4: 2, 0: 2}
    assert dict(found["label"]) == {"red": 2, None: 2}
    assert (found["tags"], found["favourite"], found["collections"]) == ([("sea", 3)], [(False, 4)], [])
    some, named = values(client, {"ids": [ids[0], "f" * 64]})
    assert (some, named["title"], named["label"]) == (1, [("The quay", 1)], [("red", 1)])
    rest, others = values(client, {"query": {"tag": ["sea"]}, "except": [ids[0], ids[1]]})
    assert (rest, others["title"]) == (1, [(None, 1)])
    nothing, empty = values(client, {"query": {"tag": ["none"]}})
    assert (nothing, empty["title"], empty["tags"]) == (0, [], [])


def test_a_preview_tells_picture_by_picture_what_would_change(client, add):
    ids = add(3, tagged=2)
    bulk(client, change({"ids": [ids[0]]}, title="Old"))
    found = bulk(client, change({"ids": ids}, title="New", add_tags=["sea"], rating=0), dry_run=True)["changes"]
    assert {one["image"]: (one["before"], one["after"]) for one in found} == {
        ids[0]: ({"title": "Old"}, {"title": "New"}),
        ids[1]: ({"title": None}, {"title": "New"}),
        ids[2]: ({"title": None, "tags": []}, {"title": "New", "tags": ["sea"]}),
    }
    assert bulk(client, change({"ids": ids}, rating=0), dry_run=True)["changes"] == []


def test_sidecars_of_a_selection_come_in_one_file(client, add):
    import io
    import zipfile

    from darkroom.imaging.words import read_sidecar

    ids = add(3, name="same.jpg")
    bulk(client, change({"ids": ids[:1]}, title="The quay", add_tags=["places/oslo"], rating=4))
    answer = client.post("/api/v1/images/sidecars", json={"ids": ids})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert len(set(archive.namelist())) == 3
    assert all(name.endswith("same.jpg.xmp") for name in archive.namelist())
    said = [read_sidecar(archive.read(name)) for name in archive.namelist()]
    assert [(one.title, one.tags, one.rating) for one in said if one.title] == [("The quay", ("places/oslo",), 4)]
    assert client.post("/api/v1/images/sidecars", json={"ids": ids}).content == answer.content
    none = client.post("/api/v1/images/sidecars", json={"query": {"tag": ["nothing"]}})
    assert (none.status_code, none.json()["parameter"]) == (422, "selection")


def test_what_a_file_says_itself_is_not_said_again_of_many_either(client, add, stores):
    import io
    import zipfile

    exif = {
        "DateTimeOriginal": "2024:06:01 12:00:00", "OffsetTimeOriginal": "+02:00", "GPSLatitude": [59.0, 54.0, 0.0],
        "GPSLatitudeRef": "N", "GPSLongitude": [10.0, 45.0, 0.0], "GPSLongitudeRef": "E",
    }  # fmt: skip
    metadata = Metadata(exif=exif)
    ids = add(2, metadata=metadata, capture=capture_of(metadata))
    client.patch(f"/api/v1/images/{ids[1]}", json={"taken_at": "2024-06-02T10:00:00Z"}, headers={"If-Match": "*"})
    archive = zipfile.ZipFile(io.BytesIO(client.post("/api/v1/images/sidecars", json={"ids": ids}).content))
    one, other = (archive.read(name) for name in archive.namelist())
    assert [one, other] == [client.get(f"/api/v1/images/{each}/sidecar").content for each in ids]
    assert b"GPS" not in one + other
    assert (b"DateTimeOriginal" in one, b"2024-06-02T10:00:00Z" in other) == (False, True)
    program = compile_recipe(parse_recipe("output: {format: jpeg}\nwords: library", "a.yaml", folder=None))
    words = keys_of(stores, program, program.fingerprint(), ids).words
    assert [(words[each].taken_at is None, words[each].location) for each in ids] == [(True, None), (False, None)]
    assert words[ids[1]].zoned


def test_the_best_of_each_stack_is_kept_and_the_others_come_back(client, add, stores):
    def near(number: int, group: str | None, **more: Any) -> ImageRecord:
        plain = image_record(number, **{**PLAIN, "duplicate_group": group, "width": 600, "height": 400})
        quality = plain.quality.model_copy(update={"score": more.pop("score", 0.5)})
        return plain.model_copy(update={"quality": quality, **more})

    one, two = sha(1), sha(2)
    records = [
        near(1, one, score=0.72), near(2, one, score=0.7, width=1200), near(3, one, score=0.9),
        near(4, two, score=0.9), near(5, two, score=0.3, rating=1), near(6, None),
    ]  # fmt: skip

    def write(session: Any) -> None:
        stores.images.upsert_many(session, records)
        stores.events.append(session, type="images.added", principal="local", ids=[one.id for one in records])

    stores.database.run(write)
    given = {"selection": {"query": {}}, "action": {"type": "keep_best"}}
    seen = bulk(client, given, dry_run=True)
    worse = {records[at].id for at in (0, 1, 3)}
    assert (seen["count"], {one["id"] for one in seen["examples"]}, seen["undoable"]) == (3, worse, True)
    work = bulk(client, given, expected=3)
    assert (work["kind"], work["changed"]) == ("trash", 3)
    assert {one["id"] for one in client.get("/api/v1/images").json()["items"]} == {records[at].id for at in (2, 4, 5)}
    assert client.post(f"/api/v1/operations/{work['id']}/undo").status_code in (200, 202)
    assert client.get("/api/v1/images").json()["total"] == 6
    # Of the pictures meant alone: what is not meant neither stays nor goes because of them.
    some = {"selection": {"ids": [records[0].id, records[1].id]}, "action": {"type": "keep_best"}}
    assert [one["id"] for one in bulk(client, some, dry_run=True)["examples"]] == [records[0].id]


def test_a_view_is_divided_by_day_tag_batch_and_stack(client, stores):
    day = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    stacks = [sha(0), sha(0), None, None]
    records = [
        image_record(
            number,
            **{**PLAIN, "tags": (("a",), ("a", "b/c"), (), ())[number], "duplicate_group": stacks[number]},
            batch=("b-1", "b-2", "b-2", "b-2")[number],
            capture=Capture(taken_at=day + timedelta(hours=number) if number < 3 else None),
        )
        for number in range(4)
    ]

    def write(session: Any) -> None:
        stores.images.upsert_many(session, records)
        stores.events.append(session, type="images.added", principal="local", ids=[one.id for one in records])

    stores.database.run(write)

    def groups(by: str, **more: Any) -> list[tuple[str | None, int]]:
        found = client.get("/api/v1/images/groups", params={"by": by, **more}).json()
        assert (found["more"], found["total"]) == (0, sum(one["count"] for one in found["groups"]))
        return [(one["value"], one["count"]) for one in found["groups"]]

    assert groups("day") == [("2026-03-02", 2), ("2026-03-01", 1), (None, 1)]
    assert groups("day", sort="taken_at") == [("2026-03-01", 1), ("2026-03-02", 2), (None, 1)]
    assert groups("tag") == [("a", 2), ("b/c", 1), (None, 2)]
    assert groups("tag", tag="b") == [("a", 1), ("b/c", 1)]
    assert sorted(groups("batch"), key=str) == [("b-1", 1), ("b-2", 3)]
    assert groups("stack") == [(sha(0), 2)]
    assert client.get("/api/v1/images/groups", params={"by": "colour"}).status_code == 422

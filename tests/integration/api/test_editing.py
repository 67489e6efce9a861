"""Changing pictures and tags over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.domain.base import now
from darkroom.domain.edit import MAX_TAGS, Edit
from darkroom.domain.image import Capture
from darkroom.domain.located import Location
from darkroom.domain.organise import Collection
from tests.factories import image_record, sha

PLAIN: dict[str, Any] = {"rating": 0, "favourite": False, "label": None, "collections": (), "tags": ()}


def pictures(add, *tags: tuple[str, ...], first: int = 0) -> list[str]:
    return [one.id for one in add([image_record(n, **PLAIN | {"tags": mine}) for n, mine in enumerate(tags, first)])]


def patch(client, image: str, body: dict[str, Any], **headers: str):
    return client.patch(f"/api/v1/images/{image}", json=body, headers={"If-Match": "*"} | headers)


def test_a_picture_is_changed_and_shown_as_it_is_now(client, add, library):
    (image,) = pictures(add, ("old",))
    first = client.get(f"/api/v1/images/{image}")
    assert first.headers["ETag"] == '"0"'
    body = {"title": " Quay ", "caption": "Two boats", "creator": "Ann", "copyright": "CC0", "rating": 4, "favourite": True,
            "label": "green", "add_tags": ["places/oslo"], "remove_tags": ["old"]}  # fmt: skip
    answer = client.patch(f"/api/v1/images/{image}", json=body, headers={"If-Match": '"0"'})
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"1"')
    found = answer.json()
    wanted = body | {"title": "Quay", "tags": ["places/oslo"]}
    assert {name: found[name] for name in (*wanted, "revision") if name in found} == {
        **{name: one for name, one in wanted.items() if "_tags" not in name}, "revision": 1,
    }  # fmt: skip
    assert found == client.get(f"/api/v1/images/{image}").json()
    event = library.stores.events.since(library.stores.events.last_seq() - 1)[0]
    fields = ["title", "caption", "creator", "copyright", "rating", "favourite", "label", "tags"]
    assert (event.type, event.ids, event.data) == ("images.updated", (image,), {"edited": fields})
    again = client.patch(f"/api/v1/images/{image}", json={"rating": 1}, headers={"If-Match": '"0"'})
    assert (again.status_code, again.json()["code"]) == (412, "precondition_failed")
    assert client.get(f"/api/v1/images/{image}").json()["rating"] == 4


def test_null_takes_a_value_away_and_what_is_left_out_stays(client, add):
    (image,) = pictures(add, ("a", "b"))
    patch(client, image, {"title": "Quay", "caption": "Boats", "rating": 4, "favourite": True, "label": "red"})
    found = patch(client, image, {"title": None, "rating": None, "label": None, "set_tags": None}).json()
    assert [found[name] for name in ("title", "caption", "rating", "favourite", "label", "tags")] == [
        None, "Boats", 0, True, None, [],
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body", [{}, {"rating": 6}, {"name": "x.jpg"}, {"add_tags": ["a//b"]}, {"add_tags": ["a"], "remove_tags": ["a"]}]
)
def test_what_cannot_be_is_refused_with_words(client, add, body):
    (image,) = pictures(add, ())
    answer = patch(client, image, body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_parameter")
    assert client.get(f"/api/v1/images/{image}").json()["revision"] == 0


def test_what_is_not_there_is_named(client, add):
    (image,) = pictures(add, ())
    assert patch(client, sha("nobody"), {"rating": 1}).status_code == 404
    answer = patch(client, image, {"add_to": ["c-nowhere"]})
    assert (answer.status_code, "c-nowhere" in answer.json()["detail"]) == (404, True)


def test_many_are_changed_in_the_same_way(library, add):
    ids = pictures(add, ("a",), (), tuple(f"t{number:03d}" for number in range(MAX_TAGS)))
    library.stores.collections.insert(
        Collection(
            id="c-1", name="One", name_key="one", kind="manual", owner="local", created_at=now(), changed_at=now()
        )
    )
    done = library.editing.edit_many(LOCAL_OWNER, [*ids, ids[0], sha("x")], Edit(add_tags=("a",), add_to=("c-1",)))
    assert done.model_dump() == {"edited": 1, "unchanged": 0, "unknown": (sha("x"),), "crowded": (ids[2],)} | {
        "edited": 2
    }


def test_a_view_takes_labels_several_times(client, add):
    first, second, _ = pictures(add, (), (), ())
    patch(client, first, {"label": "red"}), patch(client, second, {"label": "blue"})
    answer = client.get("/api/v1/images", params={"label": ["red", "blue"], "favourite": False, "rating_min": 0})
    assert {one["id"] for one in answer.json()["items"]} == {first, second}
    facets = client.get("/api/v1/facets").json()
    counted = {name: {one["value"]: one["count"] for one in facets[name]} for name in ("label", "rating", "favourite")}
    assert counted == {"label": {"blue": 1, "none": 1, "red": 1}, "rating": {"0": 3}, "favourite": {"false": 3}}


def tags(client) -> list[tuple[str, int, str | None]]:
    def flat(nodes):
        return [(one["tag"], one["count"], one["colour"]) for node in nodes for one in [node]] + [
            one for node in nodes for one in flat(node["children"])
        ]

    return sorted(flat(client.get("/api/v1/tags").json()["items"]))


def post(client, what: str, **body: Any):
    return client.post(f"/api/v1/tags/{what}", json=body)


def test_tags_are_a_tree_with_counts(client, add):
    pictures(add, ("places/oslo", "places/bergen"), ("places/oslo/harbour", "sea"), ("places",), ())
    found = client.get("/api/v1/tags").json()["items"]
    assert [(one["tag"], one["count"], [child["name"] for child in one["children"]]) for one in found] == [
        ("places", 3, ["bergen", "oslo"]), ("sea", 1, []),
    ]  # fmt: skip
    assert (found[0]["children"][1]["count"], found[0]["children"][1]["children"][0]["tag"]) == (
        2,
        "places/oslo/harbour",
    )


def test_a_tag_is_renamed_with_all_below_it_and_its_colours(client, add):
    ids = pictures(add, ("places/oslo", "sea"), ("places",), ("placeswith",))
    assert post(client, "colour", tag="places/oslo", colour="#ff0000").json()["count"] == 1
    assert post(client, "rename", tag="places", to="where/on earth", dry_run=True).json() == {
        "tag": "places", "to": "where/on earth", "images": 2, "dry_run": True,
    }  # fmt: skip
    done = post(client, "rename", tag="places", to="where/on earth")
    assert (done.status_code, done.json()["state"], done.json()["changed"]) == (200, "done", 2)
    assert tags(client) == [
        ("placeswith", 1, None), ("sea", 1, None), ("where", 2, None), ("where/on earth", 2, None),
        ("where/on earth/oslo", 1, "#ff0000"),
    ]  # fmt: skip
    assert client.get(f"/api/v1/images/{ids[0]}").json()["tags"] == ["sea", "where/on earth/oslo"]
    assert post(client, "rename", tag="where", to="where/below").json()["code"] == "invalid_parameter"
    assert post(client, "rename", tag="nowhere", to="x").json()["code"] == "not_found"


def test_tags_become_one_only_when_asked_to(client, add):
    ids = pictures(add, ("sea", "ocean"), ("ocean",))
    assert post(client, "rename", tag="sea", to="ocean").json()["code"] == "already_exists"
    assert post(client, "rename", tag="sea", to="ocean", merge=True).json()["changed"] == 1
    assert tags(client) == [("ocean", 2, None)]
    assert client.get(f"/api/v1/images/{ids[0]}").json()["tags"] == ["ocean"]


def test_a_tag_goes_with_all_below_it(client, add, library):
    pictures(add, ("places/oslo", "sea"), ("places",))
    post(client, "colour", tag="places", colour="#ff0000")
    assert post(client, "delete", tag="places", dry_run=True).json()["images"] == 2
    assert post(client, "delete", tag="places").json()["changed"] == 2
    assert tags(client) == [("sea", 1, None)]
    assert library.stores.tags.colours() == {}
    told = [one.type for one in library.stores.events.since(0)]
    assert told[-3:] == ["images.updated", "tags.changed", "operation.finished"]


def test_what_was_done_to_a_tag_is_taken_back_with_its_colours(client, add, library):
    ids = pictures(add, ("places/oslo", "sea"), ("places",), ("places", "where"))
    before = [client.get(f"/api/v1/images/{one}").json()["tags"] for one in ids]
    post(client, "colour", tag="places", colour="#ff0000")
    for what, body in (("delete", {}), ("rename", {"to": "where", "merge": True}), ("rename", {"to": "far/away"})):
        done = post(client, what, tag="places", **body).json()
        assert (done["changed"], done["can_undo"]) == (3, True)
        assert ("places", 3, "#ff0000") not in tags(client)
        # What somebody changes meanwhile stays.
        client.patch(f"/api/v1/images/{ids[0]}", json={"rating": 3}, headers={"If-Match": "*"})
        undone = client.post(f"/api/v1/operations/{done['id']}/undo").json()
        assert (undone["state"], undone["changed"], undone["result"]) == ("done", 3, {})
        assert [client.get(f"/api/v1/images/{one}").json()["tags"] for one in ids] == before
        assert ("places", 3, "#ff0000") in tags(client)


def test_more_than_a_request_should_wait_for_is_an_operation(client, library, add, monkeypatch):
    monkeypatch.setattr("darkroom.services.work.service.AT_ONCE", 2)
    pictures(add, ("a",), ("a/b",), ("a",))
    library.stores.database.run(lambda session: library.stores.tags.set_colour(session, "a", "#ff0000", now()))
    begun = post(client, "rename", tag="a", to="c")
    work = begun.json()
    assert (begun.status_code, work["state"], work["kind"], work["total"]) == (202, "queued", "tag", 3)
    assert begun.headers["Operation-Location"] == f"/api/v1/operations/{work['id']}"
    # Pictures that get the tag before the run is through get the new one as well.
    [late] = pictures(add, ("a/late",), first=90)
    done = library.work.run(SYSTEM, work["id"], "run-1")
    assert (done.state, done.changed, done.done) == ("done", 4, 4)
    assert client.get(f"/api/v1/images/{late}").json()["tags"] == ["c/late"]
    assert tags(client) == [("c", 4, "#ff0000"), ("c/b", 1, None), ("c/late", 1, None)]


def test_clocks_that_were_wrong_are_put_right_and_places_set_with_preview_and_undo(client, add):
    oslo, here = Location(latitude=59.91, longitude=10.75), {"latitude": 63.43, "longitude": 10.4}
    noon = datetime(2026, 5, 4, 12, tzinfo=UTC)
    captures = [Capture(taken_at=noon), Capture(taken_at=noon, location=oslo), Capture()]
    ids = [one.id for one in add([image_record(n, **PLAIN, capture=one) for n, one in enumerate(captures)])]

    def bulk(edit: dict[str, Any], **more: Any) -> dict[str, Any]:
        body = {"selection": {"ids": ids}, "action": {"type": "edit", "edit": edit}, **more}
        answer = client.post("/api/v1/images/bulk", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def seen() -> list[tuple[Any, Any]]:
        found = [client.get(f"/api/v1/images/{one}").json()["capture"] for one in ids]
        return [(one["taken_at"], one["location"] and one["location"]["latitude"]) for one in found]

    before = seen()
    told = bulk({"shift": -5400}, dry_run=True)
    assert (told["count"], told["changing"]) == (3, 2)
    assert (told["changes"][0]["before"], told["changes"][0]["after"]) == (
        {"taken_at": "2026-05-04 12:00:00"},
        {"taken_at": "2026-05-04 10:30:00"},
    )
    moved = bulk({"shift": -5400})
    assert [one for one, _ in seen()] == ["2026-05-04T10:30:00Z", "2026-05-04T10:30:00Z", None]
    placed = bulk({"location": here})
    assert (placed["changed"], [one for _, one in seen()]) == (3, [63.43] * 3)
    at = client.get("/api/v1/images", params={"where": "place:trondheim taken<2026-05-04T11:00"}).json()
    assert {one["id"] for one in at["items"]} == set(ids[:2])
    # What somebody sets meanwhile stays.
    patch(client, ids[0], {"taken_at": "2020-01-01T00:00:00+01:00"})
    undone = client.post(f"/api/v1/operations/{moved['id']}/undo").json()
    assert (undone["changed"], undone["result"]) == (1, {"stale": 1})
    client.post(f"/api/v1/operations/{placed['id']}/undo")
    assert seen() == [("2019-12-31T23:00:00Z", None), *before[1:]]
    assert patch(client, ids[1], {"location": None, "taken_at": None}).json()["capture"]["location"] is None
    assert seen()[1] == (None, None)


@pytest.mark.parametrize(
    "body",
    [{"taken_at": "2026-01-01", "shift": 60}, {"taken_at": "1700-01-01T00:00:00"}, {"location": {"latitude": 91, "longitude": 0}}, {"shift": 10**10}],
)  # fmt: skip
def test_times_and_places_that_cannot_be_are_refused(client, add, body):
    (image,) = pictures(add, ())
    assert patch(client, image, body).status_code == 422

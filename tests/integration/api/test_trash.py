"""The trash over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from darkroom.domain.access import SYSTEM
from tests.factories import image_record, sha


@pytest.fixture
def pictures(add) -> list[str]:
    return [one.id for one in add([image_record(number) for number in range(5)])]


def post(client, what: str = "", **body: Any):
    return client.post(f"/api/v1/trash{what}", json=body)


def test_a_picture_is_put_away_seen_in_the_trash_and_restored_as_it_was(client, pictures, library):
    image = pictures[0]
    before = client.get(f"/api/v1/images/{image}").json()
    answer = client.delete(f"/api/v1/images/{image}")
    view = answer.json()
    assert (answer.status_code, view["image"]["id"], view["trashed_by"]) == (200, image, "local")
    assert view["purge_at"] > view["trashed_at"]
    assert client.delete(f"/api/v1/images/{image}").json() == view
    gone = client.get(f"/api/v1/images/{image}")
    assert (gone.status_code, "is in the trash" in gone.json()["detail"]) == (404, True)
    assert client.get(f"/api/v1/images/{image}/thumbnail").status_code == 404
    assert client.patch(f"/api/v1/images/{image}", json={"rating": 1}, headers={"If-Match": "*"}).status_code == 404
    listed = client.get("/api/v1/images").json()
    assert (listed["total"], image in {one["id"] for one in listed["items"]}) == (4, False)
    assert client.get("/api/v1/facets").json()["total"] == 4
    page = client.get("/api/v1/trash").json()
    assert (page["items"], page["total"], page["next_cursor"], page["bytes"] > 0) == ([view], 1, None, True)
    assert post(client, "/restore", ids=[image, pictures[1], sha("x")]).json() == {
        "moved": [image], "there": [pictures[1]], "unknown": [sha("x")],
    }  # fmt: skip
    after = client.get(f"/api/v1/images/{image}").json()
    assert after == before | {"revision": 1}
    assert client.get("/api/v1/facets").json()["total"] == 5
    types = [(event.type, event.ids) for event in library.stores.events.since(1)]
    assert types == [("images.deleted", (image,)), ("images.added", (image,))]


def test_a_picture_in_the_trash_has_its_thumbnail_there(client, stored, pictures):
    image = stored.id
    assert client.get(f"/api/v1/trash/{image}/thumbnail").status_code == 404
    client.delete(f"/api/v1/images/{image}")
    answer = client.get(f"/api/v1/trash/{image}/thumbnail")
    assert (answer.status_code, answer.content, answer.headers["Content-Type"]) == (
        200,
        b"webp thumbnail",
        "image/webp",
    )
    client.delete(f"/api/v1/images/{pictures[0]}")
    assert client.get(f"/api/v1/trash/{pictures[0]}/thumbnail").json()["code"] == "blob_missing"


def test_some_are_put_away_and_listed_page_by_page(client, pictures):
    done = post(client, ids=[*pictures[:4], pictures[0], sha("x")]).json()
    assert (sorted(done["moved"]), done["unknown"]) == (sorted(pictures[:4]), [sha("x")])
    assert post(client, ids=pictures).json() == {"moved": [pictures[4]], "there": pictures[:4], "unknown": []}
    seen, cursor = [], None
    while True:
        page = client.get("/api/v1/trash", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [one["image"]["id"] for one in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert (sorted(seen), seen[0]) == (sorted(pictures), pictures[4])


def test_pictures_are_removed_for_good_and_the_audit_log_tells(client, pictures):
    post(client, ids=pictures[:3])
    assert post(client, "/purge", ids=[pictures[0], pictures[4]]).json()["images"] == 1
    assert post(client, "/purge", all=True).json()["images"] == 2
    assert client.get("/api/v1/trash").json()["items"] == []
    assert client.get("/api/v1/images").json()["total"] == 2
    assert post(client, "/restore", ids=[pictures[0]]).json()["unknown"] == [pictures[0]]
    lines = client.get("/api/v1/audit", params={"action": "trash.purged"}).json()["items"]
    assert [(line["resource"], line["detail"]["images"]) for line in lines] == [("all", 2), (None, 1)]


@pytest.mark.parametrize("body", [{}, {"all": False}, {"all": True, "ids": [sha(1)]}, {"ids": []}, {"ids": ["x"]}])
def test_what_to_remove_must_be_said_plainly(client, pictures, body):
    post(client, ids=pictures)
    assert post(client, "/purge", **body).status_code == 422
    assert client.get("/api/v1/trash").json()["total"] == 5


def test_the_trash_is_emptied_by_an_operation_that_leaves_what_comes_later(
    client, stored, pictures, library, monkeypatch
):
    assert post(client, "/empty").json()["code"] == "conflict"
    post(client, ids=[stored.id, *pictures[:2]])
    bytes_at = library.stores.blobs.local_path("originals", stored.id)
    assert bytes_at.exists()
    done = client.post("/api/v1/trash/empty")
    assert (done.status_code, done.json()["state"], done.json()["changed"], done.json()["can_undo"]) == (
        200,
        "done",
        3,
        False,
    )
    assert done.json()["result"]["bytes"] > 0
    assert not bytes_at.exists()
    assert [one.state for one in map(library.stores.released.get, (stored.id, pictures[0]))] == ["gone", "gone"]
    monkeypatch.setattr("darkroom.services.work.service.AT_ONCE", 1)
    monkeypatch.setattr("darkroom.services.trash.MOST_AT_ONCE", 1)
    post(client, ids=pictures[2:4])
    refused = post(client, "/purge", all=True).json()
    assert (refused["code"], "/api/v1/trash/empty" in refused["remedy"]) == ("conflict", True)
    begun = client.post("/api/v1/trash/empty")
    assert (begun.status_code, begun.json()["kind"], begun.json()["total"]) == (202, "purge", 2)
    post(client, "/restore", ids=[pictures[2]])
    post(client, ids=[pictures[4]])
    ended = library.work.run(SYSTEM, begun.json()["id"], "run-1")
    assert (ended.state, ended.changed, ended.result["unchanged"]) == ("done", 1, 1)
    assert [one["image"]["id"] for one in client.get("/api/v1/trash").json()["items"]] == [pictures[4]]
    lines = client.get("/api/v1/audit", params={"action": "trash.emptied"}).json()["items"]
    assert [line["detail"]["images"] for line in lines] == [2, 3]

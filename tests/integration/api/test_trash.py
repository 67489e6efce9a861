"""The trash over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

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

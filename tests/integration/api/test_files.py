"""The files of a picture."""

from __future__ import annotations

import base64
import hashlib

import pytest

from darkroom.imaging.words import read_sidecar, sealed
from tests.factories import image_record, rendition
from tests.pictures import jpeg


def test_files_have_their_type_and_may_be_kept(client, stored):
    for kind, media_type in (("original", "image/jpeg"), ("thumbnail", "image/webp"), ("preview", "image/webp")):
        answer = client.get(f"/api/v1/images/{stored.id}/{kind}")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == media_type
        assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].endswith("sandbox")
        again = client.get(f"/api/v1/images/{stored.id}/{kind}", headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == answer.headers["ETag"]


def test_the_original_comes_byte_for_byte(client, stored):
    answer = client.get(f"/api/v1/images/{stored.id}/original")
    assert hashlib.sha256(answer.content).hexdigest() == stored.id
    assert answer.headers["ETag"] == f'"{stored.id}"'
    assert "filename*=UTF-8''IMG%207%20%C3%A4.jpg" in answer.headers["Content-Disposition"]
    assert answer.headers["Content-Disposition"].startswith("inline")


def test_a_range_of_the_original(client, stored):
    whole = client.get(f"/api/v1/images/{stored.id}/original").content
    part = client.get(f"/api/v1/images/{stored.id}/original", headers={"Range": "bytes=300000-599999"})
    assert (part.status_code, part.content) == (206, whole[300_000:])
    assert part.headers["Content-Range"] == "bytes 300000-599999/600000"
    outside = client.get(f"/api/v1/images/{stored.id}/original", headers={"Range": "bytes=600000-"})
    assert (outside.status_code, outside.json()["code"]) == (416, "range_not_satisfiable")
    assert outside.headers["Content-Range"] == "bytes */600000"


def test_a_file_can_be_saved_instead_of_shown(client, stored):
    answer = client.get(f"/api/v1/images/{stored.id}/original", params={"download": True})
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert client.get(f"/api/v1/images/{stored.id}/original?download=maybe").status_code == 422


def test_head_tells_the_size(client, stored):
    answer = client.head(f"/api/v1/images/{stored.id}/original")
    assert (answer.status_code, answer.headers["Content-Length"], answer.content) == (200, "600000", b"")


def test_lost_bytes_are_told_as_such(client, stored, stores):
    stores.blobs.delete("originals", stored.id)
    answer = client.get(f"/api/v1/images/{stored.id}/original")
    assert (answer.status_code, answer.json()["code"]) == (404, "blob_missing")


def test_a_picture_without_renditions_yet(client, add):
    record = add([image_record(1, renditions=())])[0]
    answer = client.get(f"/api/v1/images/{record.id}/thumbnail")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "thumbnail" in answer.json()["detail"]


def test_thumbnails_come_along_with_a_page_where_they_are_asked_for_and_at_hand(client, stored, add):
    """One whose bytes are gone, and one that was not made yet, are left to a request of their own."""
    add([image_record(1, renditions=()), image_record(2)])
    page = client.get("/api/v1/images", params={"thumbnails": True}).json()
    assert len(page["items"]) == 3
    assert page["thumbnails"] == {stored.id: "data:image/webp;base64," + base64.b64encode(b"webp thumbnail").decode()}
    assert client.get("/api/v1/images").json()["thumbnails"] == {}


@pytest.fixture
def small(stores, add):
    """One small JPEG of which only a thumbnail was made."""
    data = jpeg(4)
    image = hashlib.sha256(data).hexdigest()
    stores.blobs.put("originals", image, data, durable=False)
    facts = {"name": "Caf\u00e9.jpg", "media_type": "image/jpeg", "format": "jpeg", "bytes": len(data)}
    return add([image_record(5, id=image, renditions=(rendition("thumbnail", image),), **facts)])[0]


def test_a_small_original_is_its_own_preview(client, small):
    address = f"/api/v1/images/{small.id}/preview"
    answer = client.get(address)
    assert (answer.status_code, answer.content) == (200, jpeg(4))
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["ETag"] == f'"{small.id}"'
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert "filename*=UTF-8''Caf%C3%A9-preview.jpeg" in answer.headers["Content-Disposition"]
    again = client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    lineage = client.get(f"/api/v1/images/{small.id}").json()["lineage"]
    assert lineage["original_is_preview"] is True
    assert [one["kind"] for one in lineage["renditions"]] == ["thumbnail"]


@pytest.mark.parametrize(
    "changes",
    [
        {"media_type": "image/png"},
        {"media_type": "image/webp", "orientation": 6},
        {"frames": 2},
        {"bit_depth": 16},
        {"channels": 4},
    ],
)
def test_an_original_that_browsers_may_not_show_is_never_the_preview(client, add, changes):
    record = image_record(6, **{"media_type": "image/jpeg"} | changes)
    record = add([record.model_copy(update={"renditions": record.renditions[:1]})])[0]
    answer = client.get(f"/api/v1/images/{record.id}/preview")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert client.get(f"/api/v1/images/{record.id}").json()["lineage"]["original_is_preview"] is False


def test_a_sidecar_says_what_people_set_and_changes_with_it(client, stored):
    address = f"/api/v1/images/{stored.id}"
    changed = client.patch(
        address, json={"title": "Kai <1>", "add_tags": ["places/oslo"], "rating": 5}, headers={"If-Match": "*"}
    )
    assert changed.status_code == 200
    answer = client.get(f"{address}/sidecar")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/rdf+xml")
    assert answer.headers["Content-Disposition"].endswith("IMG%207%20%C3%A4.jpg.xmp")
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert sealed(answer.content) == stored.id
    found = read_sidecar(answer.content)
    assert (found.title, found.rating, "places/oslo" in found.tags) == ("Kai <1>", 5, True)
    tag = {"If-None-Match": answer.headers["ETag"]}
    assert client.get(f"{address}/sidecar", headers=tag).status_code == 304
    client.patch(address, json={"title": "Pier"}, headers={"If-Match": "*"})
    assert read_sidecar(client.get(f"{address}/sidecar", headers=tag).content).title == "Pier"
    assert client.get(f"/api/v1/images/{'0' * 64}/sidecar").status_code == 404

"""Pages, index, facets and single pictures."""

from __future__ import annotations

from datetime import UTC, datetime

from darkroom.domain.image import Capture, Colour
from darkroom.domain.located import Location
from tests.factories import image_record, sha


def _walk(client, limit: int, **params):
    items, cursor = [], None
    while True:
        page = client.get(
            "/api/v1/images", params={**params, "limit": limit} | ({"cursor": cursor} if cursor else {})
        ).json()
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return items


def test_an_empty_library_is_an_empty_page(client):
    assert client.get("/api/v1/images").json() == {
        "items": [], "total": 0, "next_cursor": None, "thumbnails": {},
    }  # fmt: skip
    index = client.get("/api/v1/images/index").json()
    assert (index["total"], index["every"], index["seq"]) == (0, 200, 0)
    assert client.get("/api/v1/facets").json()["total"] == 0


def test_a_summary_has_what_a_grid_shows_and_no_more(client, add):
    record = add([image_record(3)])[0]
    item = client.get("/api/v1/images").json()["items"][0]
    assert item == {
        "id": record.id, "name": record.name, "media_type": record.media_type, "format": record.format,
        "width": 3000, "height": 2000, "bytes": record.bytes,
        "taken_at": record.capture.taken_at and record.capture.taken_at.isoformat().replace("+00:00", "Z"),
        "ingested_at": record.ingested_at.isoformat().replace("+00:00", "Z"), "camera": record.capture.camera,
        "tags": list(record.tags), "quality": {"score": record.quality.score, "problems": list(record.quality.problems)},
        "placeholder": record.placeholder, "duplicate_group": None, "batch": "b-1",
        "title": None, "rating": record.rating, "favourite": record.favourite, "label": record.label,
    }  # fmt: skip


def test_pages_show_every_picture_once_in_order(client, add):
    add([image_record(number) for number in range(53)])
    for sort in ("-ingested_at", "taken_at", "-taken_at", "name", "-quality", "bytes"):
        items = _walk(client, 10, sort=sort)
        assert len(items) == 53
        assert len({item["id"] for item in items}) == 53
        assert items == client.get("/api/v1/images", params={"sort": sort, "limit": 500}).json()["items"]


def test_pages_begin_where_the_index_says(client, add):
    add([image_record(number) for number in range(75)])
    index = client.get("/api/v1/images/index", params={"every": 20, "sort": "-taken_at"}).json()
    assert (index["total"], index["every"], len(index["anchors"]), index["anchors"][0]) == (75, 20, 4, None)
    whole = [item["id"] for item in _walk(client, 500, sort="-taken_at")]
    for number, anchor in enumerate(index["anchors"]):
        params = {"sort": "-taken_at", "limit": 20} | ({"cursor": anchor} if anchor else {})
        page = client.get("/api/v1/images", params=params).json()
        assert [item["id"] for item in page["items"]] == whole[number * 20 : number * 20 + 20]
        assert page["total"] == 75


def test_a_part_of_what_begins_at_an_anchor_is_read_alone(client, add):
    """Along an index of MongoDB, over the border to pictures without a date, and by way of the columnar copy."""
    add([image_record(number, capture=Capture()) for number in range(30)])
    add([image_record(number) for number in range(30, 75)])
    for view in (
        {"sort": "-taken_at"},
        {"sort": "name"},
        {"sort": "taken_at", "quality_min": 0.01, "where": "-tag:none"},
    ):
        whole = [item["id"] for item in _walk(client, 500, **view)]
        anchor = client.get("/api/v1/images/index", params={"every": 20, **view}).json()["anchors"][1]
        for skip in (0, 7, 35, len(whole) - 21, 200):
            page = client.get("/api/v1/images", params={**view, "cursor": anchor, "skip": skip, "limit": 10}).json()
            assert [item["id"] for item in page["items"]] == whole[20 + skip : 30 + skip], (view, skip)
            assert page["total"] == len(whole)
            assert (page["next_cursor"] is None) == (30 + skip >= len(whole))
    assert [one["id"] for one in client.get("/api/v1/images", params={"skip": 74, "sort": "name"}).json()["items"]] == [
        _walk(client, 500, sort="name")[-1]["id"]
    ]
    assert client.get("/api/v1/images", params={"skip": 1001}).status_code == 422


def test_the_index_tells_what_stands_where(client, add):
    add([image_record(number) for number in range(75)])
    for sort, field in (("-taken_at", "taken_at"), ("bytes", "bytes")):
        items = _walk(client, 500, sort=sort)
        marks = client.get("/api/v1/images/index", params={"every": 20, "sort": sort}).json()["marks"]
        assert [mark["position"] for mark in marks] == [19, 39, 59]
        assert [mark["value"] for mark in marks] == [items[mark["position"]][field] for mark in marks]


def test_the_index_names_the_last_event_it_knows(client, add, stores):
    add([image_record(1)])
    add([image_record(2)])
    assert client.get("/api/v1/images/index").json()["seq"] == stores.events.last_seq() == 2


def test_filters_narrow_the_view_and_its_total(client, add):
    day = datetime(2026, 5, 17, 23, 30, tzinfo=UTC)
    add([
        image_record(1, tags=("oslo", "sea"), format="jpeg", capture=Capture(taken_at=day, camera="Lumen X")),
        image_record(2, tags=("oslo",), format="png", capture=Capture(camera="Aperta One")),
        image_record(3, tags=(), format="tiff", batch="b-2", capture=Capture(taken_at=day.replace(day=18), camera=None)),
    ])  # fmt: skip

    def total(**params) -> int:
        page = client.get("/api/v1/images", params=params).json()
        assert page["total"] == len(page["items"])
        return page["total"]

    assert total(tag="oslo") == 2
    assert total(tag=["oslo", "sea"]) == 1
    assert total(type=["jpeg", "png"]) == 2
    assert total(camera="Lumen X") == 1
    assert total(taken_from="2026-05-17", taken_to="2026-05-17") == 1
    assert total(taken_from="2026-05-18") == 1
    assert total(taken_from="2026-05-17T23:30:00Z") == 2
    assert total(taken_from="2026-05-18T01:30:00+02:00", taken_to="2026-05-18T01:30:00+02:00") == 1
    assert total(batch="b-2") == 1
    assert total(q="lum") == 1
    assert total(q="nothing-like-this") == 0


def test_facets_count_with_all_filters_but_their_own(client, add):
    add(
        [
            image_record(1, format="jpeg", tags=("a",)),
            image_record(2, format="png", tags=("a",)),
            image_record(3, format="png", tags=()),
        ]
    )
    facets = client.get("/api/v1/facets", params={"type": "png", "tag": "a"}).json()
    assert facets["total"] == 1
    assert {one["value"]: one["count"] for one in facets["type"]} == {"jpeg": 1, "png": 1}
    assert facets["failed"] == 0


def test_a_cursor_of_another_view_is_refused(client, add):
    add([image_record(number) for number in range(5)])
    cursor = client.get("/api/v1/images", params={"limit": 2}).json()["next_cursor"]
    for params in ({"sort": "name"}, {"tag": "x"}, {"q": "y"}):
        answer = client.get("/api/v1/images", params={"cursor": cursor, **params})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")
    assert client.get("/api/v1/images", params={"limit": 3, "cursor": cursor}).status_code == 200


def test_a_made_up_cursor_is_refused(client):
    for cursor in ("x", "AAAA", "\u2603", "bnVsbA", "eyJhIjoxfQ", "W10", "a" * 2000):
        answer = client.get("/api/v1/images", params={"cursor": cursor})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


BAD_QUERIES = [
    ("limit=0", "limit"), ("limit=501", "limit"), ("limit=abc", "limit"), ("limit=1e3", "limit"), ("limit=", "limit"),
    ("limit=5&limit=6", "limit"), ("limit=" + "9" * 5000, "limit"),
    ("quality_min=2", "quality_min"), ("quality_min=nan", "quality_min"), ("quality_min=inf", "quality_min"),
    ("taken_from=yesterday", "taken_from"), ("taken_from=2026-02-30", "taken_from"), ("taken_to=5", "taken_to"),
    ("taken_to=0001-01-01T00:00:00%2B14:00", "taken_to"), ("taken_from=2026-05-02&taken_to=2026-05-01", "taken_from"),
    ("sort=size", "sort"), ("problem=ugly", "problem.0"), ("tag=", "tag.0"), ("q=" + "x" * 201, "q"),
    ("batch=a/b", "batch"), ("nonsense=1", "nonsense"), ("q=a%00b", "q"), ("tag=%ff", "tag"), ("every=20", "every"),
    ("&".join(f"tag={n}" for n in range(51)), "tag"), ("&".join(f"a{n}=1" for n in range(300)), "query"),
]  # fmt: skip


def test_a_bad_parameter_is_named(client):
    for query, parameter in BAD_QUERIES:
        answer = client.get(f"/api/v1/images?{query}")
        problem = answer.json()
        assert (answer.status_code, problem["code"], problem["parameter"]) == (422, "invalid_parameter", parameter)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert problem["trace_id"] == answer.headers["X-Trace-Id"]
        assert problem["remedy"]
        assert problem["instance"] == "/api/v1/images"


def test_one_picture_has_everything_and_its_lineage(client, add):
    first = image_record(1, duplicate_group=sha("image-1"), run_id="r-1")
    add([first, image_record(2, duplicate_group=sha("image-1")), image_record(3)])
    found = client.get(f"/api/v1/images/{first.id}").json()
    assert found["metadata"]["exif"]["Make"] == "Aperta"
    assert found["phash"] == first.phash
    lineage = found["lineage"]
    assert lineage["batch"] == "b-1"
    assert lineage["run_id"] == "r-1"
    assert lineage["dagster_run_url"] == "http://localhost:3000/runs/r-1"
    assert [one["key"] for one in lineage["sources"]] == [first.sources[0].key]
    assert [one["kind"] for one in lineage["renditions"]] == ["thumbnail", "preview"]
    assert lineage["original_is_preview"] is False
    assert [one["id"] for one in lineage["near_duplicates"]] == [sha("image-2")]


def test_an_unknown_picture_is_not_found(client):
    for image in ("0" * 64, "x", "A" * 64, "%2e%2e", "0" * 63, "0" * 64 + "%0a", "%00", "\u2603"):
        for tail in ("", "/original", "/thumbnail", "/preview"):
            answer = client.get(f"/api/v1/images/{image}{tail}")
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_pictures_that_look_alike_are_found_the_nearest_first(client, add):
    near = [
        image_record(n, phash=f"{bits:016x}") for n, bits in enumerate((0, 0b111, 0b1, (1 << 20) - 1, (1 << 40) - 1))
    ]
    add(near)
    found = client.get(f"/api/v1/images/{near[0].id}/similar").json()["items"]
    assert [(one["image"]["id"], one["distance"]) for one in found] == [(near[2].id, 1), (near[1].id, 3)]
    assert found[0]["likeness"] == 1 - 1 / 32
    wide = client.get(f"/api/v1/images/{near[0].id}/similar", params={"distance": 20, "limit": 2}).json()["items"]
    assert [one["distance"] for one in wide] == [1, 3]
    assert client.get(f"/api/v1/images/{'0' * 64}/similar").status_code == 404


def test_places_are_a_facet_a_filter_and_clusters_on_a_map(client, add):
    places = ((59.91, 10.75), (59.92, 10.7), (48.85, 2.35), (0.0, -30.0), (-16.8, 179.99), None)
    records = [
        image_record(n, capture=Capture(location=one and Location(latitude=one[0], longitude=one[1])))
        for n, one in enumerate(places)
    ]
    add(records)
    facet = {one["value"]: one for one in client.get("/api/v1/facets").json()["place"]}
    assert (facet["norway"]["count"], facet["norway/oslo/oslo"]["count"]) == (2, 2)
    assert (facet["france/ile-de-france"]["name"], facet["france/ile-de-france"]["count"]) == ("\u00cele-de-France", 1)
    assert not any(key.startswith("/") for key in facet)

    asked = client.get("/api/v1/facets", params={"where": "place:france -tag:none"}).json()
    assert (asked["total"], {one["value"]: one["count"] for one in asked["place"]}["norway"]) == (1, 2)

    def found(where: str) -> set[int]:
        items = client.get("/api/v1/images", params={"where": where}).json()["items"]
        return {next(n for n, one in enumerate(records) if one.id == item["id"]) for item in items}

    assert found("place:oslo") == found("place:Norway/Oslo") == found("place:NORWAY") == {0, 1}
    assert found("place:paris,fiji") == {2, 4}
    assert found("has:gps -has:place") == {3}  # at sea
    assert found("place:near(59.9,10.7,5km)") == found("gps:box(59,10,60,11)") == {0, 1}
    world = client.get("/api/v1/images/map").json()
    assert (world["total"], [one["count"] for one in world["clusters"]]) == (5, [2, 1, 1, 1])
    assert world["clusters"][0]["name"] == "Oslo"
    assert {one["name"] for one in world["clusters"]} >= {"Paris", None}
    across = client.get("/api/v1/images/map", params={"west": 170, "east": -170}).json()
    assert [one["image"] for one in across["clusters"]] == [records[4].id]
    near = client.get("/api/v1/images/map", params={"step": 0.005, "where": "place:norway"}).json()
    assert [one["count"] for one in near["clusters"]] == [1, 1]
    assert client.get("/api/v1/images/map", params={"step": 0}).status_code == 422


def test_colours_are_a_filter_and_a_facet(client, add):
    add([
        image_record(1, colours=(Colour(hex="#2b6cb0", share=0.7), Colour(hex="#f8f8f8", share=0.3))),
        image_record(2, colours=(Colour(hex="#2b6cb0", share=0.05),)),
        image_record(3, colours=(Colour(hex="#e02020", share=0.9),)),
    ])  # fmt: skip
    counts = client.get("/api/v1/facets").json()["colour"]
    assert {one["value"]: one["count"] for one in counts} == {"blue": 1, "white": 1, "red": 1}
    assert client.get("/api/v1/images", params={"where": "colour:blue,red"}).json()["total"] == 2
    assert client.get("/api/v1/images", params={"where": "-color:blue"}).json()["total"] == 2

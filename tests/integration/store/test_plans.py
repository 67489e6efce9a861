"""Every query that is offered is answered from an index: what the profiler of a real mongod says of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from darkroom.domain.query import ImageQuery, SortKey
from darkroom.store import Stores
from tests import factories
from tests.factories import BASE, image_record, sha

FILTERS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "tag": {"tag": ("city",)},
    "level of tags": {"tag": ("places",)},
    "two tags": {"tag": ("city", "ocean")},
    "type": {"type": ("jpeg",)},
    "two types": {"type": ("jpeg", "image/png")},
    "camera": {"camera": ("Lumen X",)},
    "two cameras": {"camera": ("Lumen X", "Aperta One")},
    "dates": {"taken_from": BASE, "taken_to": BASE.replace(month=12)},
    "quality": {"quality_min": 0.7},
    "problem": {"problem": ("blurred",)},
    "no problem": {"problem": ("none", "dark")},
    "batch": {"batch": "b-1"},
    "group": {"duplicates": sha("group")},
    "rating": {"rating_min": 4},
    "favourites": {"favourite": True},
    "labels": {"label": ("red", "none")},
    "collection": {"collection": "c-best"},
    "word": {"q": "fore"},
    "words": {"q": "img 00"},
}
NO_SORTING = (
    "nothing",
    "tag",
    "level of tags",
    "type",
    "two types",
    "camera",
    "two cameras",
    "problem",
    "batch",
    "collection",
)
"""Filters that an index serves in the order of the page, so that a page costs the same whatever fits."""


@pytest.fixture
def profiled(stores: Stores) -> Iterator[Stores]:
    def work(session: object) -> None:
        stores.images.upsert_many(session, [image_record(number) for number in range(400)])
        for number in range(20):
            stores.failures.record(session, factories.failure(number))
            stores.batches.create(session, *factories.batch(number, items=1))

    stores.database.run(work)
    stores.database.command("profile", 2)
    yield stores
    stores.database.command("profile", 0)


def plans(stores: Stores, *collections: str) -> list[dict[str, Any]]:
    """What was read of collections since the last call."""
    stores.database.command("profile", 0)
    profile = stores.database.collection("system.profile")
    names = [f"{stores.database.name}.{name}" for name in collections]
    found = list(profile.find({"ns": {"$in": names}, "op": {"$in": ["query", "command"]}}))
    profile.drop()
    stores.database.command("profile", 2)
    return found


def read_two_pages(stores: Stores, query: ImageQuery) -> int:
    page = stores.images.page(query, limit=2)
    if page.next_cursor:
        stores.images.page(query, limit=2, cursor=page.next_cursor)
    return len(page.items)


@pytest.mark.parametrize("name", FILTERS)
def test_pages_of_every_filter_and_order_are_read_along_an_index(profiled: Stores, name: str) -> None:
    for sort in set(get_args(SortKey)) - {"-likeness"}:  # that one is known to the columnar copy alone
        read_two_pages(profiled, ImageQuery(**FILTERS[name], sort=sort))
        found = plans(profiled, "images")
        assert found
        assert all(one["planSummary"].startswith("IXSCAN") for one in found), (name, sort, found)
        if name in NO_SORTING and sort.lstrip("-") == "ingested_at":
            assert not any(one.get("hasSortStage") for one in found), (name, sort)
            assert max(one["docsExamined"] for one in found) <= 10, (name, sort)


def test_filters_together_are_read_along_an_index(profiled: Stores) -> None:
    for one, other in itertools.combinations([values for name, values in FILTERS.items() if "two" not in name], 2):
        query = ImageQuery.model_validate(one | other)
        read_two_pages(profiled, query)
    found = plans(profiled, "images")
    assert len(found) > 100
    assert {one["planSummary"].split()[0] for one in found} == {"IXSCAN"}


def test_look_ups_of_the_services_use_an_index(profiled: Stores) -> None:
    records = [image_record(number) for number in range(5)]
    ids = [record.id for record in records]
    profiled.images.near([record.phash for record in records], 6)
    profiled.images.arrived("b-1")
    profiled.images.known(ids)
    profiled.images.many(ids)
    profiled.images.ids_after("", 10)
    found = plans(profiled, "images")
    assert len(found) >= 5
    assert [one["planSummary"].split()[0] for one in found] == ["IXSCAN"] * len(found)
    batches, failures = profiled.batches, profiled.failures
    batches.list(), batches.list(states=["queued"]), batches.list(connector="inbox")
    batches.pending(1), batches.queue(), batches.open_keys("inbox"), batches.claim("b-000001", "r", 1)
    failures.list(), failures.list(state=None), failures.list(code="image_corrupt"), failures.list(batch="b-1")
    failures.counts(), failures.of_batch("b-1")
    profiled.runs.list()
    profiled.events.since(0)
    seen = plans(profiled, "batches", "failures", "manifests", "runs", "events")
    assert len(seen) == 7 + 6 + 1 + 1 + 1
    assert {one["planSummary"].split()[0] for one in seen} <= {"IXSCAN", "IDHACK"}

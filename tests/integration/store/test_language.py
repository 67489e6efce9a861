"""The query language in MongoDB and in the columnar copy against filtering by hand."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from darkroom.domain.base import now
from darkroom.domain.colours import COLOUR_NAMES, names_of, steps_near, steps_of
from darkroom.domain.edit import LABELS, Edit, tag_path
from darkroom.domain.image import Capture, Colour, ImageRecord
from darkroom.domain.language import read, write
from darkroom.domain.language.fields import FIELDS, MAY_LACK
from darkroom.domain.language.nodes import (
    Among,
    Box,
    Either,
    Every,
    Flag,
    Has,
    Matches,
    Near,
    Node,
    Not,
    Within,
    Word,
    all_of,
    any_of,
    denied,
)  # fmt: skip
from darkroom.domain.located import Location
from darkroom.domain.organise import Collection
from darkroom.domain.query import ImageQuery
from darkroom.domain.scope import EVERYTHING, Scope
from darkroom.domain.selection import Selection
from darkroom.store import Stores
from darkroom.store.fitting import fitting
from darkroom.store.image_fields import image_document
from tests.factories import BASE, CAMERAS, COLLECTIONS, PROBLEMS, TAGS, image_record
from tests.integration.store.test_columns import add

TITLES = (None, "Café am Fjord", "CAFÉ", "50% (off)", "a.c", "abc", "K\u212aelvin İstanbul", "line\nbreak", "ΟΔΟΣ")
SIDES = (1, 800, 2000, 4000)
PLACES = (None, (59.9, 10.7), (59.95, 10.75), (-33.9, 151.2), (0.0, 179.9), (0.0, -179.9), (89.99, 0.0))


def various(number: int) -> ImageRecord:
    """A picture that differs in everything that can be asked for."""
    chance = random.Random(f"language {number}")
    place = chance.choice(PLACES)
    plain = image_record(number)
    capture = Capture(
        taken_at=chance.choice((None, BASE, datetime(2025, 1, 1, tzinfo=UTC), datetime(2024, 12, 31, 23, 59, tzinfo=UTC))),
        camera=chance.choice(CAMERAS), lens=chance.choice((None, "50mm F1.8")), iso=chance.choice((None, 100.0, 3200.0)),
        aperture=chance.choice((None, 2.8)), exposure=chance.choice((None, 1 / 250, 2.0)),
        focal_length=chance.choice((None, 24.0, 70.0)),
        location=place and Location(latitude=place[0], longitude=place[1], altitude=chance.choice((None, 12.5))),
    )  # fmt: skip
    return plain.model_copy(update={
        "capture": capture, "width": chance.choice(SIDES), "height": chance.choice(SIDES), "bytes": chance.choice((10, 2_000_000)),
        "title": chance.choice(TITLES), "creator": chance.choice((None, "Ada Berg")), "bit_depth": chance.choice((8, 16)),
        "profile": chance.choice((None, "Display P3")), "edited_at": chance.choice((None, BASE)), "frames": chance.choice((1, 2)),
        "format": chance.choice(("jpeg", "nef", "dng")), "duplicate_group": chance.choice((None, plain.id)),
        "colours": tuple(Colour(hex=f"#{chance.getrandbits(24):06x}", share=chance.choice((0.05, 0.12, 0.6))) for _ in range(3)),
    })  # fmt: skip


@pytest.fixture
def library(stores: Stores) -> tuple[Stores, list[ImageRecord]]:
    records = [various(number) for number in range(150)]
    add(stores, *records)
    return stores, records


def among(field: str, *values: str) -> st.SearchStrategy[Node]:
    chosen = st.sets(st.sampled_from(values), min_size=1, max_size=2).map(lambda found: tuple(sorted(found)))
    whole = st.just(False) if FIELDS[field].choices else st.booleans()
    return st.builds(lambda found, whole: Among(field, found, whole), chosen, whole)


def matches(field: str, *patterns: str) -> st.SearchStrategy[Node]:
    return st.sampled_from(patterns).map(lambda one: Matches(field, one))


def within(field: str, *values: Any) -> st.SearchStrategy[Node]:
    one = st.sampled_from(values)
    return st.one_of(
        st.builds(lambda value, open_: Within(field, low=value, above=open_), one, st.booleans()),
        st.builds(lambda value, open_: Within(field, high=value, below=open_), one, st.booleans()),
        st.builds(lambda two: Within(field, *sorted(two)), st.tuples(one, one)),
    )


dates = ("2024", "2025", "2025-01", "2024-12-31", "2026-05-01", "2026-05-01T12:00", "2026-05-01T14:00+02:00")
leaves = st.one_of(
    st.sampled_from(["img", "cafe", "aperta", "oslo", "fjord", "zzz"]).map(Word),
    among("title", "café", "CAFÉ AM FJORD", "% (", "a.c", "k", "istanbul", "line", "\u03c3", "\u03c2", "\u03a3"),
    among("name", "img_00", "ocean"),
    among("camera", "aperta", "aperta one", "LUMEN X"),
    among("profile", "p3"),
    matches("title", "caf[eé]", "^caf. am", "FJORD$", r"^\d\d%", "a.c", r"a\.c", "^.{3}$", "k", r"\bb", r"e$|\)$", r"line\nbreak",
            "e.b", r"\.\w+$", "[^a-z]$", "(?:a|b)c??", "\u03c3"),
    matches("name", r"^img_0*[0-9]{1,2}\.", "(ocean|img)_", "^[^i]"),
    matches("camera", "^aperta (?:one|two)$", "^lumen", "x$"),
    matches("tag", r"^places\/", r"\/", "^[a-m]", "o{1,2}", "^([a-z]+)+$"),
    among("tag", *TAGS, "places", "place"),
    among("collection", *COLLECTIONS, "c-none"),
    among("place", "norway", "norway/oslo", "oslo", "australia/new south wales", "osl", "sydney"),
    among("label", *LABELS, "none"),
    among("problem", *PROBLEMS, "none"),
    among("colour", *COLOUR_NAMES),
    among("colour", "#2b6cb0", "#808080", "#e02020", "red"),
    among("format", "raw", "jpeg", "image/png"),
    among("shape", "landscape", "portrait", "square"),
    among("batch", "b-1", "b-2"),
    among("source", "inbox", "upload"),
    within("rating", 0, 3, 5),
    within("iso", 100, 3200),
    within("exposure", 1 / 250, 2),
    within("altitude", 12.5, 13),
    within("width", *SIDES),
    within("megapixels", 0.8, 3.2, 16),
    within("size", 10, 2_000_000),
    within("bits", 8, 16),
    within("quality", 0.25, 0.5, 1),
    within("sharpness", 100, 250.5),
    within("taken", *dates),
    within("edited", *dates),
    within("added", "2026-05-01T12:01", "2026-05-01T12:05:30"),
    st.booleans().map(lambda value: Flag("favourite", value)),
    st.sampled_from(MAY_LACK).map(Has),
    st.sampled_from([Near(59.9, 10.7, 100), Near(59.9, 10.7, 7000), Near(0, 180, 50_000), Near(90, 90, 5000), Near(0, 0, 20_100_000)]),
    st.sampled_from([Box(59, 10, 60, 11), Box(-90, 170, 90, -170), Box(-90, -180, 0, 180)]),
)  # fmt: skip
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        inner.map(denied), st.lists(inner, min_size=2, max_size=3).map(all_of), st.lists(inner, min_size=2, max_size=3).map(any_of)
    ),
    max_leaves=5,
)  # fmt: skip

WAYS: dict[str, Callable[[ImageRecord], Any]] = {
    "taken": lambda one: one.capture.taken_at, "added": lambda one: one.ingested_at, "edited": lambda one: one.edited_at,
    "altitude": lambda one: one.capture.location and one.capture.location.altitude, "gps": lambda one: one.capture.location,
    "focal": lambda one: one.capture.focal_length, "megapixels": lambda one: one.width * one.height / 1e6,
    "bits": lambda one: one.bit_depth, "size": lambda one: one.bytes, "quality": lambda one: one.quality.score,
    "sharpness": lambda one: one.quality.sharpness, "duplicates": lambda one: one.duplicate_group,
    "tag": lambda one: {level for tag in one.tags for level in tag_path(tag)}, "collection": lambda one: set(one.collections),
    "place": lambda one: {key.strip("/") for key in image_document(one)["place_keys"]},
    "label": lambda one: {one.label or "none"}, "problem": lambda one: set(one.quality.problems) or {"none"},
    "format": lambda one: {one.format, one.media_type} | ({"raw"} if one.format in ("nef", "dng") else set()),
    "shape": lambda one: {"square" if one.width == one.height else "landscape" if one.width > one.height else "portrait"},
    "colour": lambda one: set(names_of(one.colours)),
    "batch": lambda one: {one.batch}, "source": lambda one: {source.connector for source in one.sources},
    **{name: lambda one, name=name: getattr(one.capture, name) for name in ("camera", "lens", "iso", "aperture", "exposure")},
}  # fmt: skip


def value(record: ImageRecord, field: str) -> Any:
    return WAYS[field](record) if field in WAYS else getattr(record, field)


def small(text: str) -> str:
    return "".join(one.lower()[0] for one in text)


def is_among(record: ImageRecord, node: Among) -> bool:
    found = value(record, node.field)
    if FIELDS[node.field].kind == "text":
        return found is not None and any(
            small(one) == small(found) if node.whole else small(one) in small(found) for one in node.values
        )
    if node.field == "colour":
        found = set(found) | {
            one for one in node.values if set(steps_near(one) if one[0] == "#" else ()) & set(steps_of(record.colours))
        }
    if node.field == "tag" and node.whole:
        found = set(record.tags)
    return not found.isdisjoint(node.values)


def is_matched(record: ImageRecord, node: Matches) -> bool:
    """By the regular expressions of Python, in the words in which they say the same."""
    said = re.sub(r"\\([bwWd])", r"(?a:\\\1)", node.pattern).replace("$", r"\Z")
    found = record.tags if node.field == "tag" else (value(record, node.field),)
    return any(one is not None and re.search(said, one, re.IGNORECASE) for one in found)


def shown(moment: datetime, date: str) -> str:
    return f"{moment + timedelta(hours=2 if '+' in date else 0):%Y-%m-%dT%H:%M:%S}"


def is_within(record: ImageRecord, node: Within) -> bool:
    found = value(record, node.field)
    if found is None:
        return False
    for limit, sign, without in ((node.low, 1, node.above), (node.high, -1, node.below)):
        if limit is None:
            continue
        if isinstance(limit, str):
            plain = limit[:16] if "+" in limit else limit
            text = shown(found, limit)[: len(plain)]
            order = (text > plain) - (text < plain)
        else:
            order = (found > limit) - (found < limit)
        if order * sign < 0 or (without and order == 0):
            return False
    return True


def distance(place: Location, node: Near) -> float:
    """By the spherical law of cosines."""
    one, two = math.radians(place.latitude), math.radians(node.latitude)
    across = math.radians(place.longitude - node.longitude)
    cosine = math.sin(one) * math.sin(two) + math.cos(one) * math.cos(two) * math.cos(across)
    return 6_371_008.8 * math.acos(max(-1.0, min(1.0, cosine)))


def fits(record: ImageRecord, node: Node) -> bool:  # noqa: PLR0911 - one for each kind
    place = record.capture.location
    match node:
        case Every(parts):
            return all(fits(record, one) for one in parts)
        case Either(parts):
            return any(fits(record, one) for one in parts)
        case Not(what):
            return not fits(record, what)
        case Word(text):
            return any(one.startswith(text) for one in words_of(record))
        case Among():
            return is_among(record, node)
        case Matches():
            return is_matched(record, node)
        case Within():
            return is_within(record, node)
        case Flag(field, wanted):
            return value(record, field) == wanted
        case Has(field):
            return value(record, field) not in (None, 0, (), set(), {"none"})
        case Near():
            return place is not None and distance(place, node) <= node.metres
        case Box(south, west, north, east):
            if place is None or not south <= place.latitude <= north:
                return False
            inside = (place.longitude >= west, place.longitude <= east)
            return any(inside) if west > east else all(inside)


WORDS: dict[str, list[str]] = {}


def words_of(record: ImageRecord) -> list[str]:
    """The words of a picture, which differ between pictures only."""
    if record.id not in WORDS:
        WORDS[record.id] = image_document(record)["words"]
    return WORDS[record.id]


def by_mongo(stores: Stores, query: ImageQuery) -> set[str]:
    images = stores.database.collection("images")
    wanted = fitting(images, *stores.collections.narrow(query, EVERYTHING))
    return {one["_id"] for one in images.find({"$and": wanted} if wanted else {}, {"_id": 1})}


def by_columns(stores: Stores, query: ImageQuery) -> set[str]:
    return {one for piece in stores.columns.ids(query) for one in piece}


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(node=expressions)
def test_both_stores_find_what_filtering_by_hand_finds(library: tuple[Stores, list[ImageRecord]], node: Node) -> None:
    stores, records = library
    expected = {one.id for one in records if fits(one, node)}
    query = ImageQuery(where=write(node))
    assert read(query.where or "") == node
    assert by_columns(stores, query) == expected
    assert by_mongo(stores, query) == expected


def test_every_field_of_the_table_is_asked_of_both(library: tuple[Stores, list[ImageRecord]]) -> None:
    stores, _ = library
    for field in FIELDS.values():
        query = ImageQuery(where=field.example)
        assert by_columns(stores, query) == by_mongo(stores, query), field.name


def test_a_collection_stands_for_all_below_it_and_a_smart_one_for_its_query(
    library: tuple[Stores, list[ImageRecord]],
) -> None:
    stores, records = library

    def keep(name: str, query: ImageQuery | None = None, *above: str) -> None:
        kind = "smart" if query else "manual"
        stores.collections.insert(Collection(
            id=name, name=name, name_key=name, parent=above[-1] if above else None, ancestors=above, kind=kind, owner="local",
            query=query and query.model_dump_json(exclude_defaults=True), created_at=now(), changed_at=now(),
        ))  # fmt: skip

    keep("c-holidays")
    keep("c-best", None, "c-holidays")
    keep("good", ImageQuery(rating_min=3, where="-in:c-holidays camera:aperta"))
    below = {one.id for one in records if {"c-holidays", "c-best"} & set(one.collections)}
    good = {
        one.id for one in records
        if one.rating >= 3 and one.id not in below and "aperta" in (one.capture.camera or "").lower()
    }  # fmt: skip
    assert good
    assert below
    for where, expected in (
        ("in:c-holidays", below), ("collection:good", good), ("in:good or in:c-holidays", good | below),
        ("in=c-holidays", {one.id for one in records if "c-holidays" in one.collections}), ("-in:good", {one.id for one in records} - good),
    ):  # fmt: skip
        query = ImageQuery(where=where)
        assert by_columns(stores, query) == by_mongo(stores, query) == expected, where
        page = stores.page(query, limit=3)
        following = stores.page(query, limit=500, cursor=page.next_cursor)
        assert {one.id for one in (*page.items, *following.items)} == expected
        some = Selection(query=query, excluded=(min(expected),))
        assert {one for piece in stores.selections.known(some) for one in piece} == expected - {min(expected)}
    assert by_columns(stores, ImageQuery(collection="good")) == by_mongo(stores, ImageQuery(collection="good")) == good


def test_a_place_may_be_what_fits_a_pattern(library: tuple[Stores, list[ImageRecord]]) -> None:
    stores, records = library
    scope = Scope(views=(ImageQuery(where=r"-title:/^caf./ or name:/[13579]\.jpg$/"),))
    expected = {one.id for one in records if one.title is None or not one.title.lower().startswith("caf")} | {
        one.id for one in records if re.search(r"[13579]\.jpg$", one.name, re.IGNORECASE)
    }
    assert 0 < len(expected) < len(records)
    assert stores.images.known([one.id for one in records], scope) == expected
    assert {one.id for one in stores.images.page(ImageQuery(), limit=500, scope=scope).items} == expected
    some = Selection(query=ImageQuery(where="title:/caf/"), excluded=(records[0].id,))
    found = [one.id for one in records[1:] if "caf" in (one.title or "").lower()]
    assert stores.selections.count(some) == len(found)
    assert stores.selections.changing(some, Edit(rating=3)) == sum(
        one.rating != 3 for one in records if one.id in found
    )
    assert sorted(stores.selections.brought("b-1", "title:/caf/")) == sorted(
        one.id for one in records if one.batch == "b-1" and "caf" in (one.title or "").lower()
    )

"""What is derived from a record, the document codec, and the look-up of near hashes."""

from __future__ import annotations

import random
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom.domain.image import Capture, ImageRecord, Metadata
from darkroom.domain.words import fold, tokens
from darkroom.store.documents import clean, from_millis, from_mongo, to_millis, to_mongo
from darkroom.store.image_fields import DERIVED, derive, sort_name, words
from darkroom.store.likeness import bands, hamming, probes
from darkroom.store.schema import EXTRA
from tests.factories import image_record


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("IMG_0001.JPG", ["img", "0001", "jpg"]),
        ("Café  CAFÉ cafe", ["cafe"]),
        ("Straße-nach/Zürich", ["strasse", "nach", "zurich"]),
        ("日本 2026", ["日本", "2026"]),
        ("... --- !!!", []),
        ("x" * 60, ["x" * 48]),
    ],
)
def test_tokens(text: str, wanted: list[str]) -> None:
    assert tokens(text) == wanted


@given(st.text(max_size=60))
def test_folding_twice_is_as_once(text: str) -> None:
    assert tokens(" ".join(tokens(text))) == tokens(text)
    assert fold(fold(text)) == fold(text)


def test_words_come_from_everything_a_person_may_remember() -> None:
    record = image_record(
        1, name="Trip_01.jpg", tags=("places/Oslo",), format="jpeg",
        capture=Capture(camera="Aperta One", lens="50mm F1.8"),
        metadata=Metadata(
            exif={"ImageDescription": "Harbour at dusk", "Software": "secretly"},
            iptc={"Caption/Abstract": "Boats", "Keywords": ["sea", "gulls"]}, xmp={"dc:title": "Evening", "dc:rights": 3},
        ),
    )  # fmt: skip
    wanted = "trip 01 jpg places oslo jpeg aperta one 50mm f1 8 boats sea gulls evening harbour at dusk"
    assert words(to_mongo(record)) == wanted.split()
    edited = record.model_copy(update={"title": "Quay", "caption": "Two Boats", "creator": "Ann", "copyright": "CC0"})
    mine = "quay two boats ann cc0"
    assert words(to_mongo(edited)) == f"trip 01 jpg {mine} places oslo {wanted[24:].replace('boats ', '')}".split()


def test_words_are_bounded() -> None:
    record = image_record(1, metadata=Metadata(xmp={"dc:description": " ".join(f"w{n}" for n in range(5000))}))
    assert len(words(to_mongo(record))) == 256
    assert len(sort_name("1a" * 5000)) == 400


@pytest.mark.parametrize(
    "names", [["img_2", "IMG_10", "img_100"], ["a", "Äb", "B"], ["2026-01-02", "2026-01-10", "2026-11-01"]]
)
def test_names_sort_as_people_do(names: list[str]) -> None:
    assert [sort_name(name) for name in names] == sorted(map(sort_name, names))


def test_derived_fields_are_those_of_the_schema() -> None:
    assert set(derive(to_mongo(image_record(1)))) == set(DERIVED) == set(EXTRA["images"])
    plain = image_record(
        1, tags=("a/b/c", "a/d", "e"), quality=image_record(1).quality.model_copy(update={"problems": ()})
    )
    found = derive(to_mongo(plain))
    assert (found["problem_keys"], found["tag_keys"]) == (["none"], ["a", "a/b", "a/b/c", "a/d", "e"])


def test_a_record_survives_the_codec() -> None:
    record = image_record(3)
    document = to_mongo(record)
    assert (document["_id"], "id" in document) == (record.id, False)
    assert from_mongo(ImageRecord, document | {"words": ["extra"]}) == record


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-14))])))
def test_every_moment_has_milliseconds_and_comes_back(moment: datetime) -> None:
    back = from_millis(to_millis(moment))
    inside = timedelta(days=1) < moment - datetime(1, 1, 1, tzinfo=UTC) < timedelta(days=365 * 9998)
    assert not inside or timedelta(0) <= moment - back < timedelta(milliseconds=1)


def test_values_beyond_bson_are_brought_within() -> None:
    assert clean({"a\0b": (2**63, -(2**63) - 1, 2**63 - 1, True)}) == {"ab": [2.0**63, -(2.0**63), 2**63 - 1, True]}
    assert (clean(10**400), clean(-(10**400))) == (sys.float_info.max, -sys.float_info.max)
    assert clean(datetime(2026, 1, 1, 0, 0, 0, 1999)) == datetime(2026, 1, 1, 0, 0, 0, 1000, tzinfo=UTC)  # noqa: DTZ001


@given(st.integers(0, 2**64 - 1), st.integers(0, 7), st.randoms())
def test_a_hash_within_the_distance_shares_a_probe(value: int, distance: int, chance: random.Random) -> None:
    other = value ^ sum(1 << bit for bit in chance.sample(range(64), distance))
    assert hamming(value, other) == distance
    assert set(probes(f"{value:016x}", distance)) & set(bands(f"{other:016x}"))

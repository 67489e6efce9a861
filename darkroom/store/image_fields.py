"""What the store derives from an image record to search and sort by; MongoDB and the columnar copy share it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from darkroom.domain.edit import TEXT_LENGTHS, tag_path
from darkroom.domain.image import ImageRecord
from darkroom.domain.words import fold, tokens
from darkroom.store.documents import to_mongo
from darkroom.store.likeness import bands

DERIVED = ("words", "tag_keys", "types", "problem_keys", "sort_name", "phash_bands", "place_keys")
"""Fields of an image document that are not in the model."""

_MOST_WORDS = 256
_LONGEST_NAME = 200
_DIGITS = 12
_NUMBER = re.compile(r"[0-9]+")
_CAPTIONS = re.compile(r"caption|description|title|headline|keyword|subject|objectname|comment", re.IGNORECASE)


WORD_FIELDS = ("name", "tags", *TEXT_LENGTHS, "format", "capture.camera", "capture.lens", "metadata")
"""Fields of an image document that its words come from."""


def words(document: Mapping[str, Any]) -> list[str]:
    """Every word that a search finds the image of this document by; what people set comes first."""
    capture, metadata = document["capture"], document["metadata"]
    texts = [document["name"], *(document.get(name) for name in TEXT_LENGTHS), *document["tags"], document["format"]]
    texts += [capture.get("camera"), capture.get("lens")]
    for group in ("iptc", "xmp", "exif"):
        for field, value in metadata[group].items():
            if _CAPTIONS.search(field):
                texts += _strings(value)
    found = dict.fromkeys(word for text in texts if text for word in tokens(text))
    return list(found)[:_MOST_WORDS]


def tag_keys(tags: Iterable[str]) -> list[str]:
    """The tags with every level above them, each once: with them `places` is a look-up, also where the tag is `places/oslo`."""
    return sorted({key for tag in tags for key in tag_path(tag)})


def places(capture: Mapping[str, Any]) -> list[str]:
    """Country, region and town of a picture that says where it was taken."""
    from darkroom.store.gazetteer import place_keys

    where = capture.get("location")
    return list(place_keys(where["latitude"], where["longitude"])) if where else []


def _strings(value: object) -> Iterable[str]:
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def sort_name(name: str) -> str:
    """A key that sorts names as people do: without case and accents, `IMG_2` before `IMG_10`."""
    return _NUMBER.sub(lambda number: number.group().zfill(_DIGITS), fold(name[:_LONGEST_NAME]))[: _LONGEST_NAME * 2]


def image_document(record: ImageRecord) -> dict[str, Any]:
    """What is stored for an image."""
    document = to_mongo(record)
    return document | derive(document)


def derive(document: Mapping[str, Any]) -> dict[str, Any]:
    """The derived fields of an image document."""
    return {
        "words": words(document),
        "tag_keys": tag_keys(document["tags"]),
        "types": [document["format"], document["media_type"]],
        # "none" as a value of its own makes "without a problem" a look-up like any other.
        "problem_keys": list(document["quality"]["problems"]) or ["none"],
        "sort_name": sort_name(document["name"]),
        "phash_bands": bands(document["phash"]),
        "place_keys": places(document["capture"]),
    }

"""What the store derives from an image record to search and sort by; MongoDB and the columnar copy share it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from darkroom.domain.image import ImageRecord
from darkroom.store.likeness import bands

DERIVED = ("words", "types", "problem_keys", "sort_name", "phash_bands")
"""Fields of an image document that are not in the model."""

_MOST_WORDS = 256
_LONGEST_WORD = 48
_LONGEST_NAME = 200
_DIGITS = 12
_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"[0-9]+")
_CAPTIONS = re.compile(r"caption|description|title|headline|keyword|subject|objectname|comment", re.IGNORECASE)


def fold(text: str) -> str:
    """The text without case and accents, so that `Café` is found by `cafe`."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in decomposed if not unicodedata.combining(one)).casefold()


def tokens(text: str) -> list[str]:
    """The words of a text, folded, each once, in order; for what is stored and for what is asked."""
    return list(dict.fromkeys(word[:_LONGEST_WORD] for word in _WORD.findall(fold(text[:20_000]))))


def words(record: ImageRecord) -> list[str]:
    """Every word that a search finds the image by."""
    texts: list[str] = [record.name, *record.tags, record.format]
    texts += [text for text in (record.capture.camera, record.capture.lens) if text]
    for group in (record.metadata.iptc, record.metadata.xmp, record.metadata.exif):
        for field, value in group.items():
            if _CAPTIONS.search(field):
                texts += _strings(value)
    found = dict.fromkeys(word for text in texts for word in tokens(text))
    return list(found)[:_MOST_WORDS]


def _strings(value: object) -> Iterable[str]:
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def sort_name(name: str) -> str:
    """A key that sorts names as people do: without case and accents, `IMG_2` before `IMG_10`."""
    return _NUMBER.sub(lambda number: number.group().zfill(_DIGITS), fold(name[:_LONGEST_NAME]))[: _LONGEST_NAME * 2]


def derive(record: ImageRecord) -> dict[str, Any]:
    """The derived fields of a record."""
    return {
        "words": words(record),
        "types": [record.format, record.media_type],
        # "none" as a value of its own makes "without a problem" a look-up like any other.
        "problem_keys": list(record.quality.problems) or ["none"],
        "sort_name": sort_name(record.name),
        "phash_bands": bands(record.phash),
    }

"""Writing what people set on images: many in one bulk write, with the way back for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pymongo import UpdateOne
from pymongo.collection import Collection
from pymongo.errors import PyMongoError

from darkroom.domain.base import now
from darkroom.domain.edit import EDITABLE, MAX_COLLECTIONS, MAX_TAGS, TEXT_LENGTHS, Change, Edit, change_of
from darkroom.domain.located import Location
from darkroom.store.database import TRANSIENT, Session
from darkroom.store.image_fields import WORD_FIELDS, places, tag_keys, words

_MOST = {"tags": MAX_TAGS, "collections": MAX_COLLECTIONS}
_DEFAULTS: dict[str, Any] = {
    **dict.fromkeys((*TEXT_LENGTHS, "label", "focus")), "rating": 0, "favourite": False, "tags": [], "collections": [],
}  # fmt: skip

_PLACES = {name: name for name in EDITABLE} | {"taken_at": "capture.taken_at", "location": "capture.location"}
"""Where a document has each field."""


@dataclass(frozen=True)
class Edited:
    """An image that an edit really changed."""

    image: str
    """Its id."""
    revision: int
    """What the image has now."""
    inverse: Edit
    """The edit that gives back what was there."""


@dataclass
class EditResult:
    """What became of the images of an edit: each is in exactly one of the lists."""

    edited: list[Edited] = field(default_factory=list)
    """Those that changed."""
    unchanged: list[str] = field(default_factory=list)
    """Ids of those that were so already."""
    unknown: list[str] = field(default_factory=list)
    """Ids that are not in the library."""
    stale: list[str] = field(default_factory=list)
    """Ids of those that somebody else changed meanwhile, left alone."""
    crowded: list[str] = field(default_factory=list)
    """Ids of those with too many tags or collections for more (`MAX_TAGS`, `MAX_COLLECTIONS`), left alone."""


def edit_each(
    images: Collection[dict[str, Any]], session: Session, edits: Mapping[str, Edit], revisions: Mapping[str, int]
) -> EditResult:
    """See `ImageRepository.edit_each`."""
    result = EditResult()
    found = {one["_id"]: one for one in images.find({"_id": {"$in": list(edits)}}, _fields(edits), session=session)}
    writes: list[UpdateOne] = []
    at = now()
    for image, edit in edits.items():
        document = found.get(image)
        if document is None:
            result.unknown.append(image)
            continue
        if revisions.get(image, document["revision"]) != document["revision"]:
            result.stale.append(image)
            continue
        present = _present(document)
        change = change_of(edit, present)
        if change is None:
            result.unchanged.append(image)
        elif any(len(present[name]) < len(change.values.get(name, ())) > most for name, most in _MOST.items()):
            result.crowded.append(image)
        else:
            writes.append(_update(document, change, at))
            result.edited.append(Edited(image, document["revision"] + 1, change.inverse))
    if writes and images.bulk_write(writes, ordered=False, session=session).matched_count != len(writes):
        raise PyMongoError("image changed meanwhile", error_labels=[TRANSIENT])
    return result


def editable(images: Collection[dict[str, Any]], session: Session, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """See `ImageRepository.editable`."""
    found = images.find({"_id": {"$in": list(ids)}}, dict.fromkeys(_PLACES.values(), 1), session=session)
    return {one["_id"]: _present(one) for one in found}


def _present(document: Mapping[str, Any]) -> dict[str, Any]:
    """What people have set on an image."""
    capture = document.get("capture", {})
    where = capture.get("location")
    own = {name: document.get(name, otherwise) for name, otherwise in _DEFAULTS.items()}
    own["focus"] = tuple(own["focus"]) if own["focus"] else None
    return own | {"taken_at": capture.get("taken_at"), "location": Location(**where) if where else None}


def _fields(edits: Mapping[str, Edit]) -> dict[str, int]:
    """What must be read: the words come from most of a document, so only where they may change."""
    wanted = {"revision", *_PLACES.values()}
    if any(_changes_words(one.names) for one in edits.values()):
        wanted.update(WORD_FIELDS)
    return dict.fromkeys(sorted(wanted), 1)


def _changes_words(names: Any) -> bool:
    return not {"tags", *TEXT_LENGTHS}.isdisjoint(names)


def _update(document: dict[str, Any], change: Change, at: datetime) -> UpdateOne:
    values: dict[str, Any] = {**change.values, "edited_at": at}
    if "location" in values:
        where = values["location"]
        values["location"] = where.model_dump() if where else None
        values["place_keys"] = places(values)
    if "tags" in values:
        values["tag_keys"] = tag_keys(values["tags"])
    if _changes_words(values):
        values["words"] = words({**document, **values})
    same = {"_id": document["_id"], "revision": document["revision"]}
    stored = {_PLACES.get(name, name): value for name, value in values.items()}
    return UpdateOne(same, {"$set": stored, "$inc": {"revision": 1}})

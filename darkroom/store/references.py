"""Which blobs the records of the library name, those in the trash among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from darkroom.store.database import Database, maps_errors

_AT_ONCE = 1000

FILES = (
    ("dataset_versions", "manifest"), ("label_suspects", "details"), ("quality_findings", "details"),
    ("checkpoints", "files"), ("reports", "details"), ("reports", "predictions"), ("embeddings", "parts"),
    ("training_runs", "panel"), ("search_models", "files"), ("brought_models", "file"),
)  # fmt: skip
"""Collections, each with a field that names files among the originals, or none."""


def files_of(document: Mapping[str, Any], field: str) -> Iterator[tuple[str, int]]:
    """Key and bytes of each file that a document names."""
    found = document.get(field) or ()
    for one in [found] if isinstance(found, Mapping) else found:
        yield str(one["key"]), int(one["bytes"])


class BlobReferences:
    """Blobs by the images that they belong to."""

    def __init__(self, database: Database) -> None:
        self._images = database.collection("images")
        self._trash = database.collection("trash")
        self._made = database.collection("recipe_renditions")
        self._files = [(database.collection(name), field) for name, field in FILES]

    @maps_errors
    def totals(self) -> tuple[int, int]:
        """Number and bytes of all originals, renditions, what recipes made, and files of datasets and models."""

        def group(image: str = "") -> dict[str, Any]:
            return {
                "_id": None,
                "blobs": {"$sum": {"$add": [1, {"$size": f"${image}renditions"}]}},
                "bytes": {"$sum": {"$add": [f"${image}bytes", {"$sum": f"${image}renditions.bytes"}]}},
            }

        made = {"_id": None, "blobs": {"$sum": 1}, "bytes": {"$sum": "$bytes"}}
        found = [
            *self._images.aggregate([{"$group": group()}]),
            *self._trash.aggregate([{"$group": group("image.")}]),
            *self._made.aggregate([{"$group": made}]),
        ]
        files = list(self.files())
        blobs = sum(int(one["blobs"]) for one in found) + len(files)
        return blobs, sum(int(one["bytes"]) for one in found) + sum(size for _, size in files)

    @maps_errors
    def files(self) -> Iterator[tuple[str, int]]:
        """Key and bytes of every file of datasets, checkpoints and reports; they lie among the originals."""
        for collection, field in self._files:
            for document in collection.find({}, {field: 1}):
                yield from files_of(document, field)

    @maps_errors
    def dated_files(self) -> Iterator[tuple[str, int, datetime]]:
        """The same, each once and in order, with when it was first written."""
        for collection, field in self._files:
            steps: list[dict[str, Any]] = [{"$project": {"file": f"${field}", "created_at": 1}}, {"$unwind": "$file"}]
            group = {"_id": "$file.key", "bytes": {"$first": "$file.bytes"}, "since": {"$min": "$created_at"}}
            for one in collection.aggregate([*steps, {"$group": group}, {"$sort": {"_id": 1}}], allowDiskUse=True):
                yield str(one["_id"]), int(one["bytes"]), one["since"]

    @maps_errors
    def made_of(self, images: Sequence[str]) -> dict[str, list[tuple[str, int]]]:
        """Picture -> address and bytes of what recipes made of it."""
        found: dict[str, list[tuple[str, int]]] = {}
        fields = {"image": 1, "bytes": 1}
        for one in self._made.find({"image": {"$in": list(images)}}, fields).sort("_id", 1):
            found.setdefault(one["image"], []).append((str(one["_id"]), int(one["bytes"])))
        return found

    @maps_errors
    def named_renditions(self, keys: Sequence[str]) -> set[str]:
        """Those of the keys that a thumbnail, a preview or a result of a recipe has."""
        wanted = {"$in": list(keys)}
        found = {str(one["_id"]) for one in self._made.find({"_id": wanted}, {"_id": 1})}
        for image in self._images.find({"renditions.address": wanted}, {"renditions.address": 1}):
            found |= {made["address"] for made in image["renditions"]}
        for away in self._trash.find({"image.renditions.address": wanted}, {"image.renditions.address": 1}):
            found |= {made["address"] for made in away["image"]["renditions"]}
        return found & set(keys)

    @maps_errors
    def keys_of(self, images: Sequence[str]) -> dict[str, list[str]]:
        """Namespace -> keys of the blobs of these images, as far as there are such images."""
        found: dict[str, list[str]] = {"originals": [], "renditions": []}
        for start in range(0, len(images), _AT_ONCE):
            wanted = {"_id": {"$in": list(images[start : start + _AT_ONCE])}}
            for image in self._images.find(wanted, {"renditions.address": 1}):
                found["originals"].append(image["_id"])
                found["renditions"] += [made["address"] for made in image["renditions"]]
            for away in self._trash.find(wanted, {"image.renditions.address": 1}):
                found["originals"].append(away["_id"])
                found["renditions"] += [made["address"] for made in away["image"]["renditions"]]
            found["renditions"] += [made["_id"] for made in self._made.find({"image": wanted["_id"]}, {"_id": 1})]
        return found

"""Which blobs the records of the library name."""

from __future__ import annotations

from collections.abc import Sequence

from darkroom.store.database import Database, maps_errors

_AT_ONCE = 1000


class BlobReferences:
    """Blobs by the images that they belong to."""

    def __init__(self, database: Database) -> None:
        self._images = database.collection("images")
        self._made = database.collection("recipe_renditions")

    @maps_errors
    def totals(self) -> tuple[int, int]:
        """Number and bytes of all originals, renditions and what recipes made."""
        group = {
            "_id": None,
            "blobs": {"$sum": {"$add": [1, {"$size": "$renditions"}]}},
            "bytes": {"$sum": {"$add": ["$bytes", {"$sum": "$renditions.bytes"}]}},
        }
        made = {"_id": None, "blobs": {"$sum": 1}, "bytes": {"$sum": "$bytes"}}
        found = [*self._images.aggregate([{"$group": group}]), *self._made.aggregate([{"$group": made}])]
        return sum(int(one["blobs"]) for one in found), sum(int(one["bytes"]) for one in found)

    @maps_errors
    def named_renditions(self, keys: Sequence[str]) -> set[str]:
        """Those of the keys that a thumbnail, a preview or a result of a recipe has."""
        wanted = {"$in": list(keys)}
        found = {str(one["_id"]) for one in self._made.find({"_id": wanted}, {"_id": 1})}
        for image in self._images.find({"renditions.address": wanted}, {"renditions.address": 1}):
            found |= {made["address"] for made in image["renditions"]}
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
            found["renditions"] += [made["_id"] for made in self._made.find({"image": wanted["_id"]}, {"_id": 1})]
        return found

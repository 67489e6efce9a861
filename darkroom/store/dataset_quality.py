"""What was found of the pictures of datasets, and what datasets demand of their versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from darkroom.domain.dataset_quality import KeptQualityRules, QualityFindings
from darkroom.store.database import Database, maps_errors
from darkroom.store.repository import Repository

_FIELDS = dict.fromkeys(("width", "height", "quality", "phash", "renditions", "capture.camera", "capture.taken_at"), 1)


@dataclass(frozen=True)
class Origin:
    """Where a picture comes from, as far as others come from there too."""

    key: str
    """The picture."""
    near: str | None
    """Group of near duplicates."""
    camera: str | None
    """Maker and model."""
    taken_at: datetime | None
    """When it was taken."""


class QualityRepository(Repository[QualityFindings]):
    """What was found of the pictures of versions, by version."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "quality_findings", QualityFindings)
        self._noun = "judgement of quality"
        self._images = database.collection("images")

    @maps_errors
    def newest(self, dataset: str, number: int) -> QualityFindings | None:
        """The findings of the newest version, up to that number, that was judged."""
        found = self._collection.find({"dataset": dataset, "number": {"$lte": number}}).sort("number", -1).limit(1)
        return next((self._decode(one) for one in found), None)

    @maps_errors
    def same(self, dataset: str, hash_: str) -> QualityFindings | None:
        """The findings of any version of a dataset that says the very same."""
        found = self._collection.find_one({"dataset": dataset, "hash": hash_})
        return self._decode(found) if found is not None else None

    @maps_errors
    def latest(self) -> datetime | None:
        """When anything was judged last."""
        found = self._collection.find({}, {"created_at": 1}).sort("created_at", -1).limit(1)
        return next((one["created_at"] for one in found), None)

    @maps_errors
    def put(self, findings: QualityFindings) -> None:
        """Keep findings, in place of earlier ones of the same version."""
        self._collection.replace_one({"_id": findings.id}, self._encode(findings), upsert=True)

    @maps_errors
    def origins(self, images: Sequence[str]) -> list[Origin]:
        """Where pictures come from, of those that are there."""
        fields = {"duplicate_group": 1, "capture.camera": 1, "capture.taken_at": 1}
        found = self._images.find({"_id": {"$in": list(images)}}, fields)
        return [
            Origin(str(one["_id"]), one["duplicate_group"], one["capture"]["camera"], one["capture"]["taken_at"])
            for one in found
        ]

    @maps_errors
    def figures(self, images: Sequence[str]) -> list[dict[str, Any]]:
        """What the library knows of pictures by their bytes alone: `_id`, size, measures, perceptual hash and renditions."""
        return list(self._images.find({"_id": {"$in": list(images)}}, _FIELDS))


class QualityRulesRepository(Repository[KeptQualityRules]):
    """What datasets demand of their versions, by name."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "quality_rules", KeptQualityRules)
        self._noun = "rules of quality"

"""Datasets, their versions, and what is said about pictures."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from pymongo import ReplaceOne

from darkroom.domain.annotation import Annotation, ImageLabels, merged
from darkroom.domain.base import now
from darkroom.domain.dataset import CommittedVersion, Dataset
from darkroom.domain.follow import FollowedDataset
from darkroom.domain.suspect import SuspectFindings
from darkroom.store.database import Database, Session, maps_errors
from darkroom.store.keyset import Order, read_page
from darkroom.store.paging import Page, digest
from darkroom.store.repository import Repository

_NEWEST = Order("created_at", datetime, descending=True)
_AT_ONCE = 1000


_USES = {
    "training": ("training_runs", "dataset"), "checkpoint": ("checkpoints", "dataset"), "report": ("reports", "dataset"),
    "model": ("model_versions", "dataset"), "followed by": ("followed_datasets", "version"),
}  # fmt: skip
"""What a version is used for -> the collection that says so, and its field."""


_FINDINGS = ("label_suspects", "quality_findings")
"""What was looked for in versions: collections that name a version by `dataset` and `number`, and a file by `details`."""


class DatasetRepository(Repository[Dataset]):
    """Datasets by name."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "datasets", Dataset)

    @maps_errors
    def list(self, *, limit: int, cursor: str | None = None) -> Page[Dataset]:
        """Datasets, newest first.

        Raises:
            Error: `invalid_cursor`.
        """
        query = digest("datasets")
        return read_page(self._collection, [], _NEWEST, query=query, limit=limit, cursor=cursor, decode=self._decode)

    @maps_errors
    def delete(self, dataset: str, *, session: Session | None = None) -> None:
        """Forget a dataset with what people began to say of its pictures, and what it demands of its versions."""
        self._collection.delete_one({"_id": dataset}, session=session)
        self.database.collection("drafts").delete_many({"dataset": dataset}, session=session)
        self.database.collection("quality_rules").delete_one({"_id": dataset}, session=session)


class DatasetVersionRepository(Repository[CommittedVersion]):
    """Versions by `name@number`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "dataset_versions", CommittedVersion)

    @maps_errors
    def of(self, dataset: str, *, limit: int = 1000, session: Session | None = None) -> builtins.list[CommittedVersion]:
        """Versions of a dataset, newest first."""
        found = self._collection.find({"dataset": dataset}, session=session).sort("number", -1).limit(limit)
        return [self._decode(one) for one in found]

    @maps_errors
    def many(self, versions: Sequence[str]) -> builtins.list[CommittedVersion]:
        """Those of the versions that there are, in the order of their names given."""
        found = {str(one["_id"]): one for one in self._collection.find({"_id": {"$in": list(versions)}})}
        return [self._decode(found[name]) for name in versions if name in found]

    @maps_errors
    def delete(self, version: CommittedVersion, *, session: Session | None = None) -> builtins.list[str]:
        """Forget a version with what was looked for in it; returns the keys of their files."""
        self._collection.delete_one({"_id": version.id}, session=session)
        wanted, files = {"dataset": version.dataset, "number": version.number}, [version.manifest.key]
        for name in _FINDINGS:
            findings = self.database.collection(name)
            files += [str(one["details"]["key"]) for one in findings.find(wanted, {"details": 1}, session=session)]
            findings.delete_many(wanted, session=session)
        return files

    @maps_errors
    def uses(self, version: str, *, session: Session | None = None) -> dict[str, builtins.list[str]]:
        """What was made of a version: a noun -> ids, sorted."""
        return {
            noun: sorted(
                str(one["_id"])
                for one in self.database.collection(name).find({field: version}, {"_id": 1}, session=session)
            )
            for noun, (name, field) in _USES.items()
        }

    @maps_errors
    def names(self, file: str) -> bool:
        """Whether a version, or what was looked for in one, has this file."""
        if self._collection.find_one({"manifest.key": file}, {"_id": 1}) is not None:
            return True
        findings = map(self.database.collection, _FINDINGS)
        return any(one.find_one({"details.key": file}, {"_id": 1}) is not None for one in findings)

    @maps_errors
    def manifests(self) -> Iterator[str]:
        """Keys of the files that say what is in each version."""
        for one in self._collection.find({}, {"manifest.key": 1}):
            yield str(one["manifest"]["key"])

    @maps_errors
    def lines(self) -> builtins.list[tuple[str, int, str]]:
        """Dataset, number and key of the manifest of every version, each dataset from its first one on."""
        found = self._collection.find({}, {"dataset": 1, "number": 1, "manifest.key": 1})
        return sorted((str(one["dataset"]), int(one["number"]), str(one["manifest"]["key"])) for one in found)

    @maps_errors
    def after(self, moment: datetime, last: str, limit: int) -> builtins.list[CommittedVersion]:
        """Versions committed after that moment (of that very moment, those whose id is behind `last`), oldest first."""
        later = {"$or": [{"created_at": {"$gt": moment}}, {"created_at": moment, "_id": {"$gt": last}}]}
        found = self._collection.find(later).sort([("created_at", 1), ("_id", 1)]).limit(limit)
        return [self._decode(one) for one in found]


class FollowedRepository(Repository[FollowedDataset]):
    """Datasets that follow their pictures, by name."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "followed_datasets", FollowedDataset)
        self._noun = "followed dataset"

    @maps_errors
    def all(self) -> builtins.list[FollowedDataset]:
        """All of them, by name; people set up a handful."""
        return [self._decode(one) for one in self._collection.find({}).sort("_id", 1)]

    @maps_errors
    def delete(self, dataset: str, *, session: Session | None = None) -> bool:
        """Let a dataset follow nothing any more; whether it did."""
        return self._collection.delete_one({"_id": dataset}, session=session).deleted_count == 1


class SuspectRepository(Repository[SuspectFindings]):
    """What was found of labels that are probably wrong, by version."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "label_suspects", SuspectFindings)
        self._noun = "search for suspects"

    @maps_errors
    def newest(self, dataset: str, number: int) -> SuspectFindings | None:
        """The findings of the newest version, up to that number, that was looked at."""
        found = self._collection.find({"dataset": dataset, "number": {"$lte": number}}).sort("number", -1).limit(1)
        return next((self._decode(one) for one in found), None)

    @maps_errors
    def settle(self, dataset: str, images: Sequence[str]) -> None:
        """Remember that somebody has looked at pictures whose label was in doubt."""
        self._collection.update_many(
            {"dataset": dataset}, {"$addToSet": {"settled": {"$each": list(images)}}, "$inc": {"revision": 1}}
        )

    @maps_errors
    def put(self, findings: SuspectFindings) -> None:
        """Keep findings, in place of earlier ones of the same version."""
        self._collection.replace_one({"_id": findings.id}, self._encode(findings), upsert=True)


class LabelRepository(Repository[ImageLabels]):
    """What is said about pictures, by picture."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "image_labels", ImageLabels)

    @maps_errors
    def of(self, images: Sequence[str]) -> dict[str, tuple[Annotation, ...]]:
        """Annotations of those pictures that have some."""
        found: dict[str, tuple[Annotation, ...]] = {}
        for part in _parts(images):
            for one in self._collection.find({"_id": {"$in": part}}):
                found[str(one["_id"])] = self._decode(one).annotations
        return found

    @maps_errors
    def say(self, session: Session, said: Mapping[str, tuple[Annotation, ...]], principal: str) -> int:
        """Add to what is said about pictures; returns about how many something changed."""
        changed = 0
        for part in _parts(list(said)):
            before = {
                one["_id"]: self._decode(one) for one in self._collection.find({"_id": {"$in": part}}, session=session)
            }
            writes = []
            for image in part:
                known = before.get(image)
                after = merged(known.annotations if known else (), said[image])
                if known is None or after != known.annotations:
                    revision = known.revision + 1 if known else 0
                    label = ImageLabels(
                        id=image, revision=revision, annotations=after, changed_at=now(), changed_by=principal
                    )
                    writes.append(ReplaceOne({"_id": image}, self._encode(label), upsert=True))
            if writes:
                self._collection.bulk_write(writes, ordered=False, session=session)
            changed += len(writes)
        return changed

    @maps_errors
    def correct(
        self,
        session: Session,
        said: Mapping[str, tuple[tuple[Annotation, ...], tuple[Annotation, ...]]],
        principal: str,
    ) -> None:
        """Keep what a person says in place of something else that was said: each picture with what goes and what comes."""
        for part in _parts(list(said)):
            known = {
                one["_id"]: self._decode(one) for one in self._collection.find({"_id": {"$in": part}}, session=session)
            }
            writes = []
            for image in part:
                goes, comes = said[image]
                before = known.get(image)
                kept = tuple(one for one in (before.annotations if before else ()) if one not in goes)
                label = ImageLabels(
                    id=image, revision=before.revision + 1 if before else 0, changed_at=now(), changed_by=principal,
                    annotations=kept + tuple(one for one in comes if one not in kept),
                )  # fmt: skip
                writes.append(ReplaceOne({"_id": image}, self._encode(label), upsert=True))
            self._collection.bulk_write(writes, ordered=False, session=session)


def _parts(images: Sequence[str]) -> Iterator[Sequence[str]]:
    return (images[start : start + _AT_ONCE] for start in range(0, len(images), _AT_ONCE))

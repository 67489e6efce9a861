"""Committing versions of datasets, and looking at them."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from darkroom.access import reach_of, require, scope_of
from darkroom.domain.access import Principal
from darkroom.domain.annotation import Annotation
from darkroom.domain.dataset import CommittedVersion, Example, Split, SplitRatios
from darkroom.errors import Error
from darkroom.services.datasets.adding import joined, looked_at
from darkroom.services.datasets.doubts import doubted
from darkroom.services.datasets.exporting import ExportService
from darkroom.services.datasets.grouping import grouped
from darkroom.services.datasets.judging import findings_of
from darkroom.services.datasets.keeping import keep_version
from darkroom.services.datasets.reach import VersionReach, page_of, read_manifest
from darkroom.services.datasets.versions import VersionService
from darkroom.services.datasets.views import (
    ClassCounts,
    Committed,
    DatasetPage,
    Diff,
    NewVersion,
    VersionDetail,
    VersionList,
    VersionPreview,
)
from darkroom.services.datasets.wanted import WantedExamples
from darkroom.services.sight import all_changeable
from darkroom.store import Stores

if TYPE_CHECKING:
    from darkroom.datasets.manifest import Manifest

_AT_ONCE = 1000
_MOST_IMAGES = 5_000_000


class DatasetService:
    """Datasets and their versions.

    Args:
        stores: pictures, labels, versions, and blobs for manifests.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self.reach = VersionReach(stores)
        self.exports = ExportService(stores, self)
        self.changes = VersionService(stores, self)
        self._wanted = WantedExamples(stores)

    def create(
        self, principal: Principal, given: NewVersion, *, at_least: int = 1,
        on_read: Callable[[int], None] = lambda _: None,
    ) -> Committed:  # fmt: skip
        """Make a version of pictures of the library.

        Args:
            principal: whose it is.
            given: which pictures, and what is said about them.
            at_least: pictures that the newest version lacks; where some are new but fewer, that version stays the newest, or there is none yet.
            on_read: told how many more pictures were looked at, now and then.

        Raises:
            Error: `not_found` for a picture that is not there, `dataset_invalid` when nothing is said of any, or too few are there for a first version.
        """
        scope_of(principal, "datasets:write")
        from darkroom.datasets.manifest import Manifest

        examples, skipped = self._wanted.all(principal, given, on_read)
        if given.examples is not None:
            self.say(principal, {one.key: one.annotations for one in examples if one.annotations})
        parent = self._newest(given.name)
        if at_least > 1:
            known = set(self.read(parent).frame["key"]) if parent is not None else set()
            new = sum(one.key not in known for one in examples)
            if 0 < new < at_least:
                if parent is None:
                    cause = f"{new:,} of the {at_least:,} pictures that make a version are there."
                    raise Error("dataset_invalid", cause)
                return Committed(version=parent, new=False, skipped=skipped)
        kept: builtins.list[Example] | Manifest = examples
        if given.add and parent is not None:
            self.may_go_on(principal, parent)
            kept = joined(self.read(parent), examples)
        whole = kept if isinstance(kept, Manifest) else Manifest.of(kept, Path(given.name))
        committed = self.commit(
            principal, given.name, grouped(self._stores, whole), origin=given.origin, ratios=given.ratios, seed=given.seed,
            message=given.message, description=given.description,
        )  # fmt: skip
        return committed.model_copy(update={"skipped": skipped})

    def preview(self, principal: Principal, given: NewVersion) -> VersionPreview:
        """What `create` would make; nothing is written.

        Raises:
            Error: `not_found` for a picture that is not there, `conflict` or `forbidden` for a dataset that is not one's to go on.
        """
        scope_of(principal, "datasets:write")
        parent = self._newest(given.name)
        if parent is not None:
            self.may_go_on(principal, parent)
        before = self.read(parent) if parent is not None else None
        return looked_at(self._wanted, principal, given, parent.id if parent is not None else None, before)

    def commit(
        self, principal: Principal, name: str, examples: Iterable[Example] | Manifest, *, origin: str,
        ratios: SplitRatios | None = None, seed: int = 0, message: str = "", description: str = "",
    ) -> Committed:  # fmt: skip
        """Make a version of examples whose pictures are in the library; what is in no split is placed where its version before had it, or drawn.

        Raises:
            Error: `dataset_invalid` without examples; `conflict` when somebody commits to it at the same moment, or its name
                is taken by one that may not be seen; `not_found` or `forbidden` for a picture that may not be used.
        """
        scope = scope_of(principal, "datasets:write")
        from darkroom.datasets.manifest import Manifest

        manifest = examples if isinstance(examples, Manifest) else Manifest.of(examples, Path(name))
        if not scope.is_everything:
            all_changeable(self._stores, principal, manifest.frame["key"].to_list(), "datasets:write")
        dataset = self._stores.datasets.find(name)
        parent = self._newest(name)
        if parent is not None:
            self.may_go_on(principal, parent)
        manifest = _divided(manifest, ratios, seed, self._places(parent))
        found = manifest.hash
        if parent is not None and parent.hash == found:
            return Committed(version=parent, new=False)
        version = keep_version(
            self._stores, principal, name, manifest, dataset=dataset, parent=parent, origin=origin, message=message,
            description=description,
        )  # fmt: skip
        return Committed(version=version, new=True)

    def say(self, principal: Principal, said: Mapping[str, tuple[Annotation, ...]]) -> int:
        """Keep what is said about pictures of the library; returns of how many something changed.

        Raises:
            Error: `not_found` or `forbidden` for a picture that may not be used.
        """
        if not scope_of(principal, "datasets:write").is_everything:
            all_changeable(self._stores, principal, list(said), "datasets:write")
        labels = self._stores.labels
        keys = list(said)
        parts = [{key: said[key] for key in keys[at : at + _AT_ONCE]} for at in range(0, len(keys), _AT_ONCE)]

        def work(part: Mapping[str, tuple[Annotation, ...]]) -> int:
            return self._stores.database.run(lambda session: labels.say(session, part, principal.id))

        return sum(work(part) for part in parts)

    def list(self, principal: Principal, *, limit: int = 50, cursor: str | None = None) -> DatasetPage:
        """Datasets of whose newest version one may see every picture, newest first."""
        scope = scope_of(principal, "datasets:read")
        page = page_of(
            lambda most, after: self._stores.datasets.list(limit=most, cursor=after),
            lambda one: self.reach.covers(f"{one.id}@{one.latest}", scope), limit, cursor,
        )  # fmt: skip
        newest = self._stores.dataset_versions.many([f"{one.id}@{one.latest}" for one in page.items])
        return DatasetPage(items=page.items, versions=tuple(newest), next_cursor=page.next_cursor)

    def newest(self, principal: Principal) -> Sequence[CommittedVersion]:
        """The newest version of every dataset."""
        require(principal, "datasets:read")
        found: list[CommittedVersion] = []
        cursor = None
        while True:
            page = self._stores.datasets.list(limit=_AT_ONCE, cursor=cursor)
            found += [self._stores.dataset_versions.get(f"{one.id}@{one.latest}") for one in page.items if one.latest]
            if (cursor := page.next_cursor) is None:
                return found

    def versions(self, principal: Principal, name: str) -> VersionList:
        """Versions of a dataset of which one may see every picture, newest first.

        Raises:
            Error: `not_found`.
        """
        scope = scope_of(principal, "datasets:read")
        self.seen(principal, name)
        found = [one for one in self._stores.dataset_versions.of(name) if self.reach.gap(one, scope) is None]
        numbers = {one.number for one in found}
        tags = {tag: number for tag, number in self._stores.datasets.get(name).tags.items() if number in numbers}
        return VersionList(items=tuple(found), tags=tags)

    def get(self, principal: Principal, words: str) -> VersionDetail:
        """A version (`name@number`), or the newest of a dataset (`name`).

        Raises:
            Error: `not_found`.
        """
        scope_of(principal, "datasets:read")
        from darkroom.datasets.annotating import task_of
        from darkroom.datasets.compare import class_counts, drawn_in
        from darkroom.datasets.quality import warnings_of

        version = self.seen(principal, words)
        dataset = self._stores.datasets.get(version.dataset)
        manifest = self.read(version)
        classes = class_counts(manifest)
        counted = tuple(ClassCounts(**one) for one in classes)
        suspects = doubted(self._stores, version, manifest)
        return VersionDetail(
            version=version, classes=counted, description=dataset.description, suspects=suspects,
            judged=findings_of(self._stores, version) is not None,
            warnings=tuple(warnings_of(version, classes, suspects)),
            task=task_of(manifest), marks=drawn_in(manifest, [key for one in counted for key in one.samples]),
        )  # fmt: skip

    def diff(self, principal: Principal, before: str, after: str) -> Diff:
        """What differs between two versions.

        Raises:
            Error: `not_found`.
        """
        scope_of(principal, "datasets:read")
        from darkroom.datasets.compare import compare

        old, new = self.seen(principal, before), self.seen(principal, after)
        return Diff(before=old.id, after=new.id, **compare(self.read(old), self.read(new)))

    def committed_since(self, principal: Principal, moment: datetime, last: str) -> Sequence[CommittedVersion]:
        """The next versions after that one, oldest first; for whoever follows."""
        require(principal, "datasets:read")
        return self._stores.dataset_versions.after(moment, last, _AT_ONCE)

    def seen(self, principal: Principal, words: str, permission: str = "datasets:read") -> CommittedVersion:
        """The version that is meant, if somebody may see every picture of it; else there is none.

        Raises:
            Error: `not_found`, `forbidden` for who has the permission nowhere.
        """
        version, scope = self.resolve(words), scope_of(principal, permission)
        if self.reach.gap(version, scope) is not None:
            raise _unknown(words)
        return version

    def usable(self, principal: Principal, version: CommittedVersion, permission: str) -> None:
        """Return if somebody has a permission on every picture of a version that he sees.

        Raises:
            Error: `forbidden`, naming the place and the rule.
        """
        gap = self.reach.gap(version, scope_of(principal, permission))
        if gap is not None:
            raise self.reach.refuse(principal, permission, gap)

    def may_go_on(self, principal: Principal, parent: CommittedVersion) -> None:
        """Return if somebody may make the next version after one.

        Raises:
            Error: `conflict` where the name is taken by one that may not be seen, `forbidden`.
        """
        if self.reach.gap(parent, reach_of(principal, "datasets:read")) is not None:
            raise Error("conflict", f"The name {parent.dataset} is taken.", remedy="Choose another name.")
        self.usable(principal, parent, "datasets:write")

    def resolve(self, words: str) -> CommittedVersion:
        """The version that is meant (`name`, `name@number` or `name@tag`); for services, which have checked who asks.

        Raises:
            Error: `not_found`.
        """
        name, _, number = words.partition("@")
        dataset = self._stores.datasets.find(name)
        found = None
        if dataset is not None:
            number = str(dataset.tags.get(number, number))
            found = self._stores.dataset_versions.find(f"{name}@{number or dataset.latest}")
        if found is None:
            raise _unknown(words)
        return found

    def read(self, version: CommittedVersion) -> Manifest:
        """The examples of a version; their paths are the names that the pictures have in the library.

        Raises:
            Error: `blob_missing`, `dataset_invalid`.
        """
        return read_manifest(self._stores, version)

    def _newest(self, name: str) -> CommittedVersion | None:
        dataset = self._stores.datasets.find(name)
        return self._stores.dataset_versions.get(f"{name}@{dataset.latest}") if dataset else None

    def _places(self, parent: CommittedVersion | None) -> dict[str, Split]:
        if parent is None:
            return {}
        frame = self.read(parent).frame.select("key", "split").drop_nulls()
        return dict(frame.iter_rows())


def _unknown(words: str) -> Error:
    remedy = "`darkroom dataset list` shows the datasets there are, `darkroom dataset show NAME` their versions."
    return Error("not_found", f"There is no dataset {words[:100]!r}.", remedy=remedy, id=words[:100])


def _divided(
    manifest: Manifest, ratios: SplitRatios | None, seed: int, before: Mapping[str, Split]
) -> Manifest:  # fmt: skip
    """Every example in a split: what says nothing of its own is placed as before, or drawn."""
    from darkroom.datasets.splits import hold_out, split

    if manifest.frame["split"].null_count():
        return split(manifest, ratios, seed=seed, before=before)
    return manifest if len(manifest.part("validation")) else hold_out(manifest, seed=seed)

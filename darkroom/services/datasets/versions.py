"""What is done with versions that are there: named, made the newest again, taken for a new dataset, merged, split anew, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from darkroom.access import scope_of
from darkroom.domain.access import Principal
from darkroom.domain.dataset import CommittedVersion, Dataset
from darkroom.errors import Error
from darkroom.services.datasets.grouping import grouped
from darkroom.services.datasets.keeping import keep_version
from darkroom.services.datasets.version_views import (
    BranchGiven,
    MergeConflict,
    MergeGiven,
    MergeView,
    RestoreGiven,
    SplitGiven,
    TagGiven,
)
from darkroom.services.datasets.views import Committed
from darkroom.store import Stores
from darkroom.store.database import Session

if TYPE_CHECKING:
    from darkroom.datasets.merging import Merge
    from darkroom.services.datasets.datasets import DatasetService

_AT_ONCE = 1000
_NAMED = 3
_SHOWN = 10_000


class VersionService:
    """Handles versions of datasets.

    Args:
        stores: where they are.
        datasets: knows who may see and use which.
    """

    def __init__(self, stores: Stores, datasets: DatasetService) -> None:
        self._stores = stores
        self._datasets = datasets

    def tag(self, principal: Principal, words: str, given: TagGiven) -> Dataset:
        """Give a version a name, which another version of the dataset loses; or take the name away.

        Raises:
            Error: `not_found` for a version, or a name to take away, that there is not; `forbidden`.
        """
        scope_of(principal, "datasets:write")
        version = self._mine(principal, words)
        dataset = self._stores.datasets.get(version.dataset)
        tags = {tag: number for tag, number in dataset.tags.items() if tag != given.tag}
        if given.remove and dataset.tags.get(given.tag) != version.number:
            raise Error("not_found", f"{version.id} is not called {given.tag}.", id=given.tag)
        if not given.remove:
            tags[given.tag] = version.number

        def work(session: Session) -> None:
            self._stores.datasets.replace(dataset.model_copy(update={"tags": tags}), session=session)
            self._tell(session, principal, dataset.id)

        self._stores.database.run(work)
        return self._stores.datasets.get(dataset.id)

    def restore(self, principal: Principal, words: str, given: RestoreGiven) -> Committed:
        """Make an earlier version the newest again: a further one that says the very same.

        Raises:
            Error: `not_found`, `forbidden`; `conflict` when somebody commits at the same moment.
        """
        scope_of(principal, "datasets:write")
        version = self._mine(principal, words)
        dataset, newest = self._newest(principal, version.dataset)
        if newest.hash == version.hash:
            return Committed(version=newest, new=False)
        made = keep_version(
            self._stores, principal, dataset.id, self._datasets.read(version), dataset=dataset, parent=newest,
            origin=f"{version.id} restored", message=given.message,
        )  # fmt: skip
        return Committed(version=made, new=True)

    def branch(self, principal: Principal, words: str, given: BranchGiven) -> Committed:
        """Begin a new dataset with a version, which it comes from.

        Raises:
            Error: `not_found`, `forbidden`; `already_exists` when there is a dataset of that name.
        """
        scope_of(principal, "datasets:write")
        version = self._mine(principal, words)
        if self._stores.datasets.find(given.name) is not None:
            raise Error("already_exists", f"The name {given.name} is taken.", remedy="Choose another name.")
        made = keep_version(
            self._stores, principal, given.name, self._datasets.read(version), dataset=None, parent=version,
            origin=f"a branch of {version.id}", message=given.message, description=given.description,
        )  # fmt: skip
        return Committed(version=made, new=True)

    def split_anew(self, principal: Principal, words: str, given: SplitGiven) -> Committed:
        """Make a version whose splits are drawn anew, near duplicates and bursts together: the way out of a leak.

        Pictures are looked up: what came since stays with what it belongs to.

        Raises:
            Error: `not_found`, `forbidden`; `conflict` when somebody commits at the same moment.
        """
        scope_of(principal, "datasets:write")
        from darkroom.datasets.splits import hold_out, split

        version = self._mine(principal, words)
        dataset, newest = self._newest(principal, version.dataset)
        manifest = grouped(self._stores, self._datasets.read(version))
        made = split(manifest.with_splits([None] * len(manifest)), given.ratios, seed=given.seed)
        made = made if len(made.part("validation")) else hold_out(made, seed=given.seed)
        if made.hash == newest.hash:
            return Committed(version=newest, new=False)
        kept = keep_version(
            self._stores, principal, dataset.id, made, dataset=dataset, parent=newest,
            origin=f"{version.id} split anew", message=given.message,
        )  # fmt: skip
        return Committed(version=kept, new=True)

    def look_at_merge(self, principal: Principal, words: str, other: str) -> MergeView:
        """What merging another version into the newest of a dataset would do, and what would have to be decided.

        Raises:
            Error: `not_found`, `forbidden`.
        """
        scope_of(principal, "datasets:read")
        ours, theirs = self._datasets.seen(principal, words), self._datasets.seen(principal, other)
        base, done = self._merged(principal, ours, theirs, MergeGiven(other=other))
        return MergeView(
            ours=ours.id, theirs=theirs.id, base=base.id if base else None, count=len(done.conflicts),
            conflicts=tuple(
                MergeConflict(image=one.key, ours=one.ours, theirs=one.theirs) for one in done.conflicts[:_SHOWN]
            ),
        )  # fmt: skip

    def merge(self, principal: Principal, name: str, given: MergeGiven) -> Committed:
        """Merge a version of another line into a dataset, over the version that both come from.

        Raises:
            Error: `not_found`, `forbidden`; `merge_conflict` while there is something to decide; `conflict` when somebody
                commits at the same moment.
        """
        scope_of(principal, "datasets:write")
        dataset, ours = self._newest(principal, name)
        theirs = self._mine(principal, given.other)
        base, done = self._merged(principal, ours, theirs, given)
        if done.manifest is None:
            first = next(one for one in done.conflicts if one.key not in given.decisions)
            raise Error(
                "merge_conflict", f"{done.open:,} of {len(done.conflicts):,} conflicts are not decided: of {first.key[:12]} "
                f"{ours.id} says {first.ours or 'nothing'}, {theirs.id} {first.theirs or 'nothing'}.",
                conflicts=len(done.conflicts), undecided=done.open,
            )  # fmt: skip
        if done.manifest.hash == ours.hash and theirs.id in {one.id for one in self._line(ours)}:
            return Committed(version=ours, new=False)
        common = f", over {base.id}" if base else ""
        made = keep_version(
            self._stores, principal, dataset.id, done.manifest, dataset=dataset, parent=ours, merged=theirs.id,
            origin=f"{theirs.id} merged into {ours.id}{common}", message=given.message,
        )  # fmt: skip
        return Committed(version=made, new=True)

    def delete(self, principal: Principal, words: str) -> None:
        """Delete a version that nothing uses, and with the last one its dataset. Its number is never given again.

        Raises:
            Error: `not_found`, `forbidden`; `invalid_parameter` without a number; `dataset_in_use`, naming what uses it.
        """
        scope_of(principal, "datasets:write")
        if "@" not in words:
            raise Error("invalid_parameter", f"Say which version: {words[:80]}@1, for example.", parameter="id")
        version = self._mine(principal, words)

        def work(session: Session) -> list[str]:
            dataset = self._stores.datasets.get(version.dataset, session=session)
            self._refuse_used(version, dataset, session)
            left = [one.number for one in self._stores.dataset_versions.of(dataset.id, limit=0, session=session)]
            left.remove(version.number)
            files = self._stores.dataset_versions.delete(version, session=session)
            if left:
                changed = {"latest": max(left), "numbered": max(dataset.numbered, dataset.latest)}
                self._stores.datasets.replace(dataset.model_copy(update=changed), session=session)
            else:
                self._stores.datasets.delete(dataset.id, session=session)
            self._tell(session, principal, dataset.id)
            return files

        # Versions that say the same share a manifest; killed before this, `storage verify` finds what nobody names.
        for file in self._stores.database.run(work):
            if not self._stores.dataset_versions.names(file):
                self._stores.blobs.delete("originals", file)

    def _refuse_used(self, version: CommittedVersion, dataset: Dataset, session: Session) -> None:
        found = self._stores.dataset_versions.uses(version.id, session=session)
        found["called"] = [tag for tag, number in sorted(dataset.tags.items()) if number == version.number]
        words = [
            f"{noun} {', '.join(ids[:_NAMED])}" + (f" and {len(ids) - _NAMED:,} more" if len(ids) > _NAMED else "")
            for noun, ids in found.items()
            if ids
        ]
        if words:
            raise Error(
                "dataset_in_use", f"{version.id} is in use: {'; '.join(words)}.",
                remedy="Let those go first; a tag is taken away with `darkroom dataset tag --remove`.",
            )  # fmt: skip

    def _mine(self, principal: Principal, words: str) -> CommittedVersion:
        """The version that is meant, if somebody may go on with it."""
        version = self._datasets.seen(principal, words)
        self._datasets.usable(principal, version, "datasets:write")
        return version

    def _newest(self, principal: Principal, name: str) -> tuple[Dataset, CommittedVersion]:
        """A dataset, with the version that the next one comes after."""
        dataset = self._stores.datasets.find(name.partition("@")[0])
        version = self._datasets.resolve(dataset.id if dataset is not None else name)
        self._datasets.seen(principal, version.id)
        self._datasets.may_go_on(principal, version)
        return self._stores.datasets.get(version.dataset), version

    def _merged(
        self, principal: Principal, ours: CommittedVersion, theirs: CommittedVersion, given: MergeGiven
    ) -> tuple[CommittedVersion | None, Merge]:
        from darkroom.datasets.merging import merge

        known = {one.id for one in self._line(ours)}
        base = next((one for one in self._line(theirs) if one.id in known), None)
        done = merge(
            self._datasets.read(ours), self._datasets.read(theirs), self._datasets.read(base) if base else None,
            rule=given.rule, decisions=given.decisions,
        )  # fmt: skip
        return base, done

    def _line(self, version: CommittedVersion) -> Iterator[CommittedVersion]:
        """A version and all that it comes from, nearest first; those that were deleted end their line."""
        waiting, seen = [version], {version.id}
        while waiting:
            yield from waiting
            above = [one for found in waiting for one in (found.parent, found.merged) if one and one not in seen]
            seen.update(above)
            waiting = self._stores.dataset_versions.many(list(dict.fromkeys(above)))

    def _tell(self, session: Session, principal: Principal, name: str) -> None:
        self._stores.events.append(session, type="datasets.changed", principal=principal, ids=[name])

"""What somebody said of pictures of a dataset becomes its next version."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from darkroom.access import scope_of
from darkroom.domain.access import Principal, Warrant
from darkroom.domain.annotation import Annotation
from darkroom.domain.dataset import CommittedVersion
from darkroom.domain.draft import Draft
from darkroom.domain.work import LongWork
from darkroom.errors import Error
from darkroom.services.datasets.committing import AT_ONCE
from darkroom.services.datasets.views import DraftCommit
from darkroom.services.work.adapters import view_of
from darkroom.services.work.kinds import WholeKind
from darkroom.services.work.progress import Progress
from darkroom.services.work.service import owner_of
from darkroom.services.work.views import WorkView
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.database import Session

if TYPE_CHECKING:
    from darkroom.services.datasets.annotating import AnnotationService
    from darkroom.services.datasets.datasets import DatasetService
    from darkroom.services.work.service import WorkService

_PART = 1000


class DraftCommitService:
    """Begins commits of drafts.

    Args:
        settings: for links.
        stores: drafts.
        datasets: versions.
        annotations: tells what others said in the meantime.
        work: does it.
    """

    def __init__(
        self, settings: Settings, stores: Stores, datasets: DatasetService, annotations: AnnotationService,
        work: Callable[[], WorkService],
    ) -> None:  # fmt: skip
        self._settings = settings
        self._stores = stores
        self._datasets = datasets
        self._annotations = annotations
        self._work = work

    def begin(self, principal: Principal, name: str, given: DraftCommit, *, work_id: str | None = None) -> WorkView:
        """Make what one says of a dataset its next version, on top of the newest one.

        Raises:
            Error: `not_found`; `dataset_invalid` where one says nothing; `conflict` where others said something else of the
                same pictures in the meantime, and `given` does not tell what holds.
        """
        scope_of(principal, "datasets:write")
        version = self._datasets.seen(principal, name.partition("@")[0])
        self._datasets.usable(principal, version, "datasets:write")
        drafts = self._stores.drafts.of(version.dataset, owner_of(principal))
        if not drafts:
            raise Error(
                "dataset_invalid",
                f"You have said nothing new of {version.dataset}.",
                remedy="Label some of its pictures first.",
            )
        torn = self._annotations.conflicts(version, [one for one in drafts if one.changes])
        if torn and given.conflicts == "refuse":
            words = f"Others labelled {len(torn):,} of these pictures in the meantime: {version.id} says something else of them."
            raise Error(
                "conflict", words, remedy="Commit again with conflicts=mine or conflicts=theirs.", pictures=len(torn)
            )
        who = principal.model_copy(update={"session": None, "address": None}).model_dump(mode="json")
        work = self._work().begin_whole(
            principal, DraftCommitKind.name, title=f"Make a version of what was said of {version.dataset}", work_id=work_id,
            params={"name": version.dataset, "principal": who, **given.model_dump(mode="json")},
            at_once=version.total <= AT_ONCE,
        )  # fmt: skip
        if work.error_code is not None:
            raise Error(work.error_code, work.error_cause or "", operation=work.id)
        return view_of(work, self._settings)


class DraftCommitKind(WholeKind):
    """Makes a version of drafts; begun again it finds the version that it made, and does the rest.

    Args:
        stores: drafts, and where the work is.
        datasets: makes versions; asked for when it is needed.
        annotations: tells what others said.
        guard: vouches for who asked.
    """

    name = "annotate"
    permission = "datasets:write"

    def __init__(
        self, stores: Stores, datasets: Callable[[], DatasetService], annotations: Callable[[], AnnotationService],
        guard: Callable[[], Warrant],
    ) -> None:  # fmt: skip
        super().__init__(stores)
        self._datasets = datasets
        self._annotations = annotations
        self._guard = guard

    def do(self, work: LongWork, progress: Progress) -> None:
        """Make the version, keep with the pictures what was said, and forget the drafts."""
        from darkroom.datasets.annotating import applied

        given = json.loads(work.params)
        who = Principal.model_validate(given["principal"]).model_copy(update={"warrant": self._guard()})
        datasets = self._datasets()
        version = datasets.resolve(given["name"])
        drafts = self.stores.drafts.of(version.dataset, owner_of(who))
        changed = [one for one in drafts if one.changes]
        progress.of(len(drafts))
        manifest = datasets.read(version)
        there = set(manifest.frame["key"])
        torn = self._annotations().conflicts(version, changed) if given["conflicts"] == "theirs" else set()
        wanted = [one for one in changed if one.image in there and one.image not in torn]
        said = {one.image: one.annotations for one in wanted}
        made = version
        if said:
            made = datasets.commit(
                who, version.dataset, applied(manifest, said), origin=f"{version.id}, labelled anew",
                message=given["message"],
            ).version  # fmt: skip
        self._keep(who, version, wanted, drafts)
        progress.add(
            len(drafts), changed=len(wanted), version=made.number, examples=made.total, relabelled=len(wanted),
            left=len(changed) - len(wanted),
        )  # fmt: skip

    def _keep(
        self, who: Principal, version: CommittedVersion, wanted: Sequence[Draft], drafts: Sequence[Draft]
    ) -> None:
        for start in range(0, len(wanted), _PART):
            part = {one.image: (one.before, one.annotations) for one in wanted[start : start + _PART]}
            self.stores.database.run(partial(self._correct, part, who.id))
        images = [one.image for one in drafts]
        for start in range(0, len(images), _PART):
            self.stores.suspects.settle(version.dataset, images[start : start + _PART])
        self.stores.drafts.delete(version.dataset, owner_of(who), images)

    def _correct(
        self, part: Mapping[str, tuple[tuple[Annotation, ...], tuple[Annotation, ...]]], who: str, session: Session
    ) -> None:
        self.stores.labels.correct(session, part, who)

"""Datasets that follow their pictures: who they are, when one is due, and what happens then."""

from __future__ import annotations

import builtins
import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from darkroom import logs
from darkroom.access import require
from darkroom.domain.access import SYSTEM, Principal
from darkroom.domain.base import now
from darkroom.domain.event import EventType
from darkroom.domain.follow import Follow, FollowedDataset
from darkroom.domain.work import LongWork
from darkroom.errors import Error
from darkroom.services.datasets.views import FollowedList, NewVersion
from darkroom.services.training.views import TrainingGiven
from darkroom.services.work.kinds import WholeKind
from darkroom.services.work.progress import Progress
from darkroom.store import Stores
from darkroom.store.database import Session

if TYPE_CHECKING:
    from darkroom.services.datasets.datasets import DatasetService
    from darkroom.services.training.trainings import TrainingService
    from darkroom.services.work.service import WorkService

_CHANGES: tuple[EventType, ...] = (
    "images.added", "images.updated", "images.deleted", "trash.changed", "tags.changed", "collections.changed",
)  # fmt: skip
"""After these a dataset may be another."""
_NOTHING = ("dataset_invalid", "training_invalid")
_log = logs.get(__name__)


class FollowService:
    """Datasets that follow their pictures.

    Args:
        stores: where they are.
        datasets: commits versions.
        trainings: begins trainings.
        work: does the looking; asked for when it is needed, for it does so by `FollowKind`.
    """

    def __init__(
        self, stores: Stores, datasets: DatasetService, trainings: TrainingService, work: Callable[[], WorkService]
    ) -> None:
        self._stores = stores
        self._datasets = datasets
        self._trainings = trainings
        self._work = work

    def put(self, principal: Principal, name: str, follow: Follow, *, revision: int | None = None) -> FollowedDataset:
        """Let a dataset follow its pictures from now on, or otherwise than before.

        Args:
            principal: who says so.
            name: of the dataset, which need not be there yet.
            follow: how.
            revision: do so only if it is at this one.

        Raises:
            Error: `training_invalid`, the training could never begin; `precondition_failed`.
        """
        require(principal, "datasets:write")
        if follow.training is not None:
            require(principal, "training:write")
            self._trainings.check(follow.training)
        before = self._stores.followed.find(name)
        _same(before, revision)
        kept = {} if before is None else before.model_dump(include={"version", "training", "revision"})
        made = FollowedDataset.model_validate({
            **kept, "id": name, "follow": follow, "changed_at": now(), "changed_by": principal.id,
        })  # fmt: skip

        def work(session: Session) -> None:
            if before is None:
                self._stores.followed.insert(made, session=session)
            else:
                self._stores.followed.replace(made, session=session)
            self._tell(session, principal, name)

        self._stores.database.run(work)
        return self._stores.followed.get(name)

    def get(self, principal: Principal, name: str) -> FollowedDataset:
        """How a dataset follows its pictures.

        Raises:
            Error: `not_found`, it does not.
        """
        require(principal, "datasets:read")
        found = self._stores.followed.find(name)
        if found is None:
            raise Error("not_found", f"The dataset {name[:100]!r} does not follow its pictures.", id=name[:100])
        return found

    def list(self, principal: Principal) -> FollowedList:
        """All that follow their pictures, by name."""
        require(principal, "datasets:read")
        return FollowedList(items=tuple(self._stores.followed.all()))

    def delete(self, principal: Principal, name: str, *, revision: int | None = None) -> None:
        """Let a dataset stay as it is; its versions remain.

        Raises:
            Error: `not_found`, `precondition_failed`.
        """
        require(principal, "datasets:write")
        _same(self.get(principal, name), revision)

        def work(session: Session) -> None:
            self._stores.followed.delete(name, session=session)
            self._tell(session, principal, name)

        self._stores.database.run(work)

    def look(self, principal: Principal) -> builtins.list[str]:
        """Have the pictures of those looked at that are due; returns their names.

        Due is what pictures came or changed for since, once it is quiet, and what was not learnt for too long. Asking again
        changes nothing while the work is not done.
        """
        require(principal, "datasets:write")
        newest = self._stores.events.newest(_CHANGES)
        if newest is None:
            return []
        asked = []
        for one in self._stores.followed.all():
            quiet = (now() - newest.at).total_seconds() >= one.follow.quiet_seconds
            new = newest.seq > one.seen and quiet
            if one.follow.enabled and (new or self._is_old(one)):
                self._begin(principal, one, newest.seq)
                asked.append(one.id)
        return asked

    def do(self, name: str, seen: int) -> FollowedDataset | None:
        """Look at a dataset's pictures: commit what they are now, and train. Done again it finds everything done.

        Args:
            name: of the dataset.
            seen: number of the event up to which pictures are as they are.
        """
        found = self._stores.followed.find(name)
        if found is None or not found.follow.enabled:
            return None
        told, version = self._commit(found)
        training = found.training
        wanted = found.follow.training
        if wanted is not None and version is not None and self._is_to_be_learnt(found, version):
            try:
                started = self._trainings.start(SYSTEM, TrainingGiven(dataset=version, **wanted.model_dump()))
                training = started.training.id
            except Error as error:
                if error.code not in _NOTHING:
                    raise
                told = str(error)
        changed = found.model_copy(
            update={"seen": seen, "looked_at": now(), "version": version, "training": training, "told": told}
        )

        def write(session: Session) -> None:
            self._stores.followed.replace(changed, session=session)
            self._tell(session, SYSTEM, name)

        self._stores.database.run(write)
        return changed

    def _commit(self, found: FollowedDataset) -> tuple[str, str | None]:
        """Make a version if there is something new; what came of it, in words, and its id."""
        follow = found.follow
        given = NewVersion(
            name=found.id, query=follow.query, labels_from=follow.labels_from, classes=follow.classes,
            ratios=follow.ratios, seed=follow.seed, message="Its pictures changed.",
        )  # fmt: skip
        try:
            made = self._datasets.create(SYSTEM, given, at_least=follow.at_least)
        except Error as error:
            if error.code not in _NOTHING:
                raise
            return str(error), None
        version = made.version
        words = f"with {version.total:,} pictures" if made.new else "is still what there is to learn from"
        return f"{version.id} {words}.", version.id

    def _is_to_be_learnt(self, found: FollowedDataset, version: str) -> bool:
        """Whether nobody learnt from a version yet, or too long ago."""
        return not self._stores.trainings.page(limit=1, dataset=version).items or self._is_old(found)

    def _is_old(self, found: FollowedDataset) -> bool:
        """Whether it is time to learn again although nothing is new."""
        days = found.follow.every_days
        if days is None or found.version is None:
            return False
        newest = self._stores.trainings.page(limit=1, dataset=found.version).items
        return not newest or now() - newest[0].created_at >= timedelta(days=days)

    def _begin(self, principal: Principal, found: FollowedDataset, seq: int) -> None:
        # The same id for the same state of the library: asked a hundred times, it is looked at once.
        mark = f"{found.id}:{found.revision}:{seq}:{found.training if self._is_old(found) else ''}"
        digest = hashlib.sha256(mark.encode()).hexdigest()[:16]
        self._work().begin_whole(
            principal, FollowKind.name, title=f"Look at the pictures of {found.id}",
            params={"dataset": found.id, "seen": seq}, work_id=f"o-follow-{digest}",
        )  # fmt: skip

    def _tell(self, session: Session, principal: Principal, name: str) -> None:
        self._stores.events.append(session, type="datasets.changed", principal=principal, ids=[name])


def _same(found: FollowedDataset | None, revision: int | None) -> None:
    if revision is not None and (found is None or found.revision != revision):
        raise Error("precondition_failed", "Somebody changed how the dataset follows its pictures in the meantime.")


class FollowKind(WholeKind):
    """Looks at the pictures of a dataset that follows them.

    Args:
        stores: where the work is.
        follows: does it; asked for when it is needed, for it begins such work.
    """

    name = "follow"
    permission = "datasets:write"

    def __init__(self, stores: Stores, follows: Callable[[], FollowService]) -> None:
        super().__init__(stores)
        self._follows = follows

    def do(self, work: LongWork, progress: Progress) -> None:
        """Commit what they are now, and train."""
        given = json.loads(work.params)
        progress.of(1)
        done = self._follows().do(given["dataset"], int(given["seen"]))
        _log.info("dataset_followed", dataset=given["dataset"], told=done.told if done else "")
        progress.add(1, changed=int(done is not None and done.version is not None))

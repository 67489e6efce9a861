"""Versions of datasets that are asked for over REST: a little at once, more by a run."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from darkroom.access import scope_of
from darkroom.domain.access import Principal, Warrant
from darkroom.domain.work import LongWork
from darkroom.errors import Error
from darkroom.services.datasets.views import NewVersion
from darkroom.services.datasets.wanted import WantedExamples
from darkroom.services.work.adapters import view_of
from darkroom.services.work.kinds import WholeKind
from darkroom.services.work.progress import Progress
from darkroom.services.work.views import WorkView
from darkroom.settings import Settings
from darkroom.store import Stores

if TYPE_CHECKING:
    from darkroom.services.datasets.datasets import DatasetService
    from darkroom.services.work.service import WorkService

AT_ONCE = 2000
"""Pictures, of the version and of the one before it, up to which a commit is done before its request is answered."""


class CommitService:
    """Begins commits.

    Args:
        settings: for links.
        stores: count what is meant.
        work: does it.
    """

    def __init__(self, settings: Settings, stores: Stores, work: WorkService) -> None:
        self._settings = settings
        self._stores = stores
        self._work = work
        self._wanted = WantedExamples(stores)

    def begin(self, principal: Principal, given: NewVersion, *, work_id: str | None = None) -> WorkView:
        """Make a version of pictures of the library; those of a view are the ones it shows when they are read.

        Args:
            principal: whose it is.
            given: which pictures, and what is said about them.
            work_id: an id of the caller's own: asking twice with it begins once.

        Raises:
            Error: what came of it at once, as of `DatasetService.create`; later the operation tells that.
        """
        scope_of(principal, "datasets:write")
        count = self._wanted.count(principal, given)
        dataset = self._stores.datasets.find(given.name)
        parent = self._stores.dataset_versions.find(f"{given.name}@{dataset.latest}") if dataset else None
        # Whoever asked is asked for again, with what he may do when it is done.
        who = principal.model_copy(update={"session": None, "address": None}).model_dump(mode="json")
        work = self._work.begin_whole(
            principal, CommitKind.name, title=f"Make a version of the dataset {given.name}", work_id=work_id,
            params={"name": given.name, "pictures": count, "principal": who}, text=given.model_dump_json(),
            at_once=max(count, parent.total if parent else 0) <= AT_ONCE,
        )  # fmt: skip
        if work.error_code is not None:
            raise Error(work.error_code, work.error_cause or "", operation=work.id)
        return view_of(work, self._settings)


class CommitKind(WholeKind):
    """Makes a version of a dataset; begun again it finds the version that it made before it was killed.

    Args:
        stores: where the work is.
        datasets: does it.
        guard: vouches for who asked.
    """

    name = "commit"
    permission = "datasets:write"

    def __init__(self, stores: Stores, datasets: Callable[[], DatasetService], guard: Callable[[], Warrant]) -> None:
        super().__init__(stores)
        self._datasets = datasets
        self._guard = guard

    def do(self, work: LongWork, progress: Progress) -> None:
        """Look at all pictures, and make it."""
        params = json.loads(work.params)
        given = NewVersion.model_validate_json(self.stores.work.text(work.id))
        progress.of(int(params["pictures"]))
        who = Principal.model_validate(params["principal"]).model_copy(update={"warrant": self._guard()})
        made = self._datasets().create(who, given, on_read=progress.add)
        version = made.version
        new = made.new or (version.created_by == who.id and version.created_at >= work.created_at)
        progress.of(progress.done)
        progress.add(
            0, changed=version.total if new else 0, version=version.number, examples=version.total, skipped=made.skipped
        )

"""Versions of datasets that nobody has judged: who they are, and that they are judged without being asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from darkroom.access import require
from darkroom.domain.access import Principal
from darkroom.domain.dataset import CommittedVersion
from darkroom.services.datasets.judging import MOSTLY, findings_of
from darkroom.services.datasets.quality import QualityKind
from darkroom.services.work.again import same_id
from darkroom.store import Stores

if TYPE_CHECKING:
    from darkroom.services.datasets.datasets import DatasetService
    from darkroom.services.work.service import WorkService


class UnjudgedService:
    """Has the newest version of each dataset judged.

    Args:
        stores: findings, and what datasets demand.
        datasets: versions.
        work: does the judging; asked for when it is needed.
    """

    def __init__(self, stores: Stores, datasets: DatasetService, work: Callable[[], WorkService]) -> None:
        self._stores = stores
        self._datasets = datasets
        self._work = work

    def look(self, principal: Principal) -> list[str]:
        """Have newest versions judged that nobody has judged, or that a model can tell more of by now; returns which.

        Each is begun once: what failed, or was stopped, is left to people.
        """
        require(principal, "operations:all")
        model = self._model()
        wanted = [one for one in self._datasets.newest(principal) if self._is_wanted(one, model)]
        return [one.id for one in wanted if self._begin(principal, one, model)]

    def mark(self, principal: Principal) -> str | None:
        """Another text whenever anything was judged since; None where nothing was yet."""
        require(principal, "operations:all")
        latest = self._stores.quality.latest()
        return latest.isoformat() if latest is not None else None

    def _model(self) -> str | None:
        """The model that embedded pictures last, once it has seen nearly all of the library."""
        found = next(iter(self._stores.embeddings.all()), None)
        whole = found is not None and found.count >= MOSTLY * self._stores.images.estimated_count()
        return found.id if found is not None and whole else None

    def _is_wanted(self, version: CommittedVersion, model: str | None) -> bool:
        kept = self._stores.quality_rules.find(version.dataset)
        if kept is not None and not kept.rules.automatic:
            return False
        found = findings_of(self._stores, version)
        return found is None or (model is not None and found.compared_by != model)

    def _begin(self, principal: Principal, version: CommittedVersion, model: str | None) -> bool:
        work_id = same_id(
            self._stores, QualityKind.name, principal.id, version.id, version.hash, model, beyond=()
        )  # fmt: skip
        if self._stores.work.find(work_id) is not None:
            return False
        self._work().begin_whole(
            principal, QualityKind.name, title=f"Judge the pictures of {version.id}",
            params={"dataset": version.id, "anew": False}, work_id=work_id,
        )  # fmt: skip
        return True

"""Models on datasets: which was judged by which, and judging what was not yet. Another process does it, for it needs PyTorch."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from darkroom.access import require, scope_of
from darkroom.domain.access import SYSTEM, Principal
from darkroom.domain.base import new_id, now
from darkroom.domain.dataset import CommittedVersion, Split
from darkroom.domain.training import ModelVersion, StoredCheckpoint, StoredReport
from darkroom.domain.work import LongWork
from darkroom.errors import ERROR_CODES, Error
from darkroom.services.datasets.datasets import DatasetService
from darkroom.services.training import predictions
from darkroom.services.training.evaluation_views import (
    EvaluationGiven,
    EvaluationMatrix,
    MatrixCell,
    MatrixDataset,
    MatrixModel,
)
from darkroom.services.training.telling import ended, told
from darkroom.services.training.work import here, unpack
from darkroom.services.work.adapters import view_of
from darkroom.services.work.again import newest, same_id
from darkroom.services.work.kinds import WholeKind
from darkroom.services.work.progress import Progress
from darkroom.services.work.views import WorkView
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.database import Session

if TYPE_CHECKING:
    from darkroom.services.work.service import WorkService

_ROWS, _LINES, _COLUMNS, _EACH = 40, 200, 24, 2
_AT_A_TIME = 4


class EvaluationService:
    """Models on datasets.

    Args:
        settings: for links.
        stores: models, datasets, reports.
        datasets: know who may see which.
        work: judges; asked for when it is needed.
    """

    def __init__(
        self, settings: Settings, stores: Stores, datasets: DatasetService, work: Callable[[], WorkService]
    ) -> None:
        self._settings = settings
        self._stores = stores
        self._datasets = datasets
        self._work = work

    def matrix(self, principal: Principal, *, row: int = 0, column: int = 0) -> EvaluationMatrix:
        """Which models were judged by which versions, and what is missing: a part of both, beginning with these places."""
        scope = scope_of(principal, "training:read")
        covers = self._datasets.reach.covers
        models = [one for one in self._models() if covers(one.dataset, scope)]
        versions = [one for one in self._versions() if covers(one.id, scope)]
        totals = len(models), len(versions)
        aliases = self._aliases()
        newest = {
            one.dataset: max(other.number for other in versions if other.dataset == one.dataset) for one in versions
        }
        models, versions = models[row : row + _ROWS], versions[column : column + _COLUMNS]
        checkpoints = {one.id: one for one in self._stores.checkpoints.many([one.checkpoint for one in models])}
        reports = self._stores.reports.about(list(checkpoints))
        reports = [one for one in reports if covers(one.dataset, scope)]
        return EvaluationMatrix(
            models=tuple(MatrixModel(id=one.id, task=one.task, aliases=aliases.get(one.id, ())) for one in models),
            datasets=tuple(
                MatrixDataset(id=one.id, judged_by=_split(one), newest=one.number == newest[one.dataset]) for one in versions
            ),
            cells=tuple(
                self._cell(model, version, checkpoints.get(model.checkpoint), reports)
                for model in models for version in versions
            ),
            row=row, column=column, total_models=totals[0], total_datasets=totals[1],
        )  # fmt: skip

    def begin(self, principal: Principal, given: EvaluationGiven) -> WorkView:
        """Have a model judged by a version of a dataset; asking again leads to the same operation, unless that failed.

        Raises:
            Error: `not_found`, or `dataset_invalid` when it can't be judged by that.
        """
        scope = scope_of(principal, "training:write")
        version = self._datasets.seen(principal, given.dataset, "training:read")
        self._datasets.usable(principal, version, "training:write")
        model = self._model(given.model)
        if not self._datasets.reach.covers(model.dataset, scope):
            raise self._stores.model_versions.missing(given.model)
        why = _unfit(self._stores.checkpoints.get(model.checkpoint), version)
        if why:
            raise Error("dataset_invalid", why)
        return view_of(self._begin(principal, model, version), self._settings)

    def fill(self, principal: Principal) -> Sequence[str]:
        """Have candidates and champions judged by the newest version of what follows its pictures and is learnt from by itself; a few at a time.

        Returns what was begun, in words. What was begun once is not begun again, also when it failed.
        """
        require(principal, "training:write")
        begun: list[str] = []
        followed = [one for one in self._stores.followed.all() if one.follow.enabled and one.follow.training]
        versions = self._stores.dataset_versions.many([one.version for one in followed if one.version])
        if not versions:
            return begun
        led = self._aliases()
        models = [one for one in self._models() if led.get(one.id)]
        checkpoints = {one.id: one for one in self._stores.checkpoints.many([one.checkpoint for one in models])}
        reports = self._stores.reports.about(list(checkpoints))
        for version, model in product(versions, models):
            cell = self._cell(model, version, checkpoints.get(model.checkpoint), reports)
            if cell.state in ("missing", "stale") and cell.operation is None and len(begun) < _AT_A_TIME:
                self._begin(principal, model, version)
                begun.append(f"{model.id} by {version.id}")
        return begun

    def _begin(self, principal: Principal, model: ModelVersion, version: CommittedVersion) -> LongWork:
        return self._work().begin_whole(
            principal, EvaluateKind.name, title=f"Judge {model.id} by {version.id}",
            params={"checkpoint": model.checkpoint, "training": model.training, "dataset": version.id},
            work_id=same_id(self._stores, *_about(model, version), beyond=("failed", "cancelled")),
        )  # fmt: skip

    def _cell(
        self, model: ModelVersion, version: CommittedVersion, checkpoint: StoredCheckpoint | None,
        reports: Sequence[StoredReport],
    ) -> MatrixCell:  # fmt: skip
        facts: dict[str, Any] = {"model": model.id, "dataset": version.id}
        mine = [one for one in reports if one.checkpoint == model.checkpoint]
        if (report := next((one for one in mine if one.dataset == version.id), None)) is not None:
            return MatrixCell(**facts, state="judged", report=report.id, judged_on=version.id, metric=report.metrics[0])
        if checkpoint is None or _unfit(checkpoint, version):
            return MatrixCell(**facts, state="unfit")
        begun = newest(self._stores, *_about(model, version))
        facts["operation"] = begun.id if begun is not None else None
        earlier = [
            one for one in mine if one.dataset.partition("@")[0] == version.dataset and _number(one) < version.number
        ]
        if earlier:
            last = max(earlier, key=_number)
            return MatrixCell(**facts, state="stale", report=last.id, judged_on=last.dataset, metric=last.metrics[0])
        return MatrixCell(**facts, state="missing")

    def _models(self) -> list[ModelVersion]:
        """Versions that aliases lead to, and the newest of each model."""
        lines = self._stores.models.page(limit=_LINES).items
        wanted = {f"{line.id}@{number}" for line in lines for number in (line.latest, *line.aliases.values())}
        found = self._stores.model_versions.many(sorted(wanted))
        return sorted(found, key=lambda one: (one.created_at, one.id), reverse=True)

    def _aliases(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for line in self._stores.models.page(limit=_LINES).items:
            for alias, number in sorted(line.aliases.items()):
                found[f"{line.id}@{number}"] = (*found.get(f"{line.id}@{number}", ()), alias)
        return found

    def _versions(self) -> list[CommittedVersion]:
        """The newest versions of each dataset."""
        lines = self._stores.datasets.list(limit=_LINES, cursor=None).items
        wanted = [f"{line.id}@{line.latest - back}" for line in lines for back in range(_EACH) if line.latest > back]
        found = {one.id: one for one in self._stores.dataset_versions.many(wanted)}
        return [found[name] for name in wanted if name in found]

    def _model(self, words: str) -> ModelVersion:
        name, _, number = words.partition("@")
        line = self._stores.models.find(name)
        return self._stores.model_versions.get(f"{name}@{number or (line.latest if line else 1)}")


def _about(model: ModelVersion, version: CommittedVersion) -> tuple[str, str, str]:
    """What the operation that judges is about."""
    return EvaluateKind.name, model.checkpoint, version.id


class EvaluateKind(WholeKind):
    """Judges a checkpoint by a version of a dataset, and keeps the report; begun again it finds the one it had made.

    Args:
        stores: checkpoints, pictures, reports.
        datasets: reads manifests.
    """

    name = "evaluate"
    permission = "training:write"

    def __init__(self, stores: Stores, datasets: Callable[[], DatasetService]) -> None:
        super().__init__(stores)
        self._datasets = datasets

    def do(self, work: LongWork, progress: Progress) -> None:
        """Judge.

        Raises:
            Error: a `dataset_*`, `checkpoint_*` or `training_*` code.
        """
        given = json.loads(work.params)
        version = self._datasets().resolve(given["dataset"])
        kept = self.stores.checkpoints.get(given["checkpoint"])
        progress.of(1)
        if not any(one.dataset == version.id for one in self.stores.reports.about([kept.id])):
            report = self._judged(kept, version, given["training"])

            def write(session: Session) -> None:
                self.stores.reports.insert(report, session=session)
                self.stores.events.append(
                    session, type="models.changed", principal=SYSTEM, ids=[report.id], data={"report": report.id}
                )

            self.stores.database.run(write)
        progress.add(1, changed=1)

    def _judged(self, kept: StoredCheckpoint, version: CommittedVersion, training: str) -> StoredReport:
        split = _split(version)
        with tempfile.TemporaryDirectory(prefix="darkroom-evaluate-") as name:
            folder = Path(name)
            unpack(self.stores.blobs, kept.files, folder / "model")
            manifest = self._datasets().read(version)
            here(manifest.part(split or "test"), self.stores.blobs, folder).write(folder / "manifest.parquet")
            found = _asked(folder, split or "test")
            text = (folder / "details.json").read_bytes()
            kept_as = predictions.keep(self.stores, text, predictions.table_in(folder / "predictions.parquet"))
        return StoredReport.model_validate({
            "id": new_id("e"), "training": training, "checkpoint": kept.id, "dataset": version.id, "split": split,
            **found, "details": kept_as.details, "predictions": kept_as.predictions, "created_at": now(),
        })  # fmt: skip


def _asked(folder: Path, split: Split) -> dict[str, Any]:
    """Figures of a checkpoint in a folder, told by a process of its own."""
    for found in told(["judge", str(folder), "--split", split]):
        if "error" in found:
            code, cause = found["error"]
            raise Error(code if code in ERROR_CODES else "internal", cause)
        return found
    raise ended("judged the model")


def _split(version: CommittedVersion) -> Split | None:
    """What models are judged by."""
    by: tuple[Split, ...] = ("test", "validation")
    return next((one for one in by if version.counts.get(one)), None)


def _unfit(checkpoint: StoredCheckpoint, version: CommittedVersion) -> str:
    """Why a model cannot be judged by a version, or nothing."""
    if _split(version) is None:
        return f"{version.id} has nothing to judge by: no example is in the split test or validation."
    strange = sorted(set(version.labels) - set(checkpoint.about.labels))
    if strange:
        return f"{version.id} has classes that the model does not know, such as {strange[0]}."
    return ""


def _number(report: StoredReport) -> int:
    return int(report.dataset.partition("@")[2])

"""Models: versions that trainings leave, and aliases that say which of them is used."""

from __future__ import annotations

from darkroom.access import require
from darkroom.domain.access import Principal
from darkroom.domain.base import now
from darkroom.domain.training import AliasMove, Metric, ModelLine, ModelVersion, StoredReport, TrainingRun
from darkroom.errors import Error
from darkroom.services.training.views import ModelDetail, ModelPage, Promotion
from darkroom.store import Stores
from darkroom.store.database import Session

CANDIDATE, CHAMPION = "candidate", "champion"
_MOVES = 100
_VERSIONS = 1000
_BY_FORCE = "Promote it by force if you know why."


class ModelService:
    """The registry of models.

    Args:
        stores: models and their versions.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def list(self, principal: Principal, *, limit: int = 50, cursor: str | None = None) -> ModelPage:
        """Models, newest first."""
        require(principal, "training:read")
        page = self._stores.models.page(limit=limit, cursor=cursor)
        return ModelPage(items=page.items, next_cursor=page.next_cursor)

    def get(self, principal: Principal, name: str) -> ModelDetail:
        """A model with its versions.

        Raises:
            Error: `not_found`.
        """
        require(principal, "training:read")
        line = self._line(name)
        versions = self._stores.model_versions.page(limit=_VERSIONS, name=name).items
        return ModelDetail(model=line, versions=versions)

    def promote(self, principal: Principal, name: str, given: Promotion) -> ModelDetail:
        """Let an alias lead to a version; back to an earlier one is the same.

        Raises:
            Error: `not_found`; `conflict` when the version is worse than the one of now, or cannot be compared with it, or is
                to be the champion and cannot be used without PyTorch, unless `force` is given.
        """
        require(principal, "models:write")
        line = self._line(name)
        version = self._version(name, given.number)
        before = line.aliases.get(given.alias)
        if before != given.number and not given.force:
            self._gate(given.alias, version, self._version(name, before) if before is not None else None)
        if before != given.number:
            moved = _moved(line, given.alias, given.number, principal, given.why)

            def work(session: Session) -> None:
                self._stores.models.replace(moved, session=session)
                self._tell(session, principal, name, alias=given.alias, version=given.number)

            self._stores.database.run(work)
        return self.get(principal, name)

    def register(self, session: Session, principal: Principal, training: TrainingRun, report: StoredReport) -> str:
        """The next version of the training's model, as candidate; for the transaction that ends the training."""
        name = training.model_line
        line = self._stores.models.find(name, session=session)
        number = line.latest + 1 if line else 1
        version = ModelVersion(
            id=f"{name}@{number}", name=name, number=number, training=training.id, checkpoint=report.checkpoint,
            report=report.id, dataset=training.dataset, task=training.task, metrics=report.metrics, created_at=now(),
        )  # fmt: skip
        self._stores.model_versions.insert(version, session=session)
        new = ModelLine(id=name, task=training.task, latest=1, aliases={}, created_at=version.created_at)
        changed = (line or new).model_copy(update={"latest": number})
        changed = _moved(changed, CANDIDATE, number, principal, f"training {training.id}")
        if training.promote and self._beats_champion(changed, version, session) and self._exported(version, session):
            changed = _moved(changed, CHAMPION, number, principal, f"better than the champion by report {report.id}")
        if line is None:
            self._stores.models.insert(changed, session=session)
        else:
            self._stores.models.replace(changed, session=session)
        self._tell(session, principal, name, version=number)
        return version.id

    def _beats_champion(self, line: ModelLine, version: ModelVersion, session: Session) -> bool:
        number = line.aliases.get(CHAMPION)
        if number is None:
            return True
        champion = self._stores.model_versions.get(f"{line.id}@{number}", session=session)
        return self._comparable(version, champion, session) and _score(version).value > _score(champion).value

    def _gate(self, alias: str, version: ModelVersion, before: ModelVersion | None) -> None:
        """What an alias may lead to without force."""
        if alias == CHAMPION and not self._exported(version):
            why = self._stores.checkpoints.get(version.checkpoint).not_exported or "it was not tried."
            cause = f"{version.id} has no ONNX file, so nothing but PyTorch could use it: {why}"
            raise Error("conflict", cause, remedy=_BY_FORCE)
        if before is not None:
            self._is_better(version, before)

    def _exported(self, version: ModelVersion, session: Session | None = None) -> bool:
        return self._stores.checkpoints.get(version.checkpoint, session=session).has_onnx

    def _is_better(self, version: ModelVersion, champion: ModelVersion) -> None:
        if not self._comparable(version, champion):
            cause = f"{version.id} and {champion.id} were judged by different pictures."
            raise Error("conflict", cause, remedy=_BY_FORCE)
        new, old = _score(version), _score(champion)
        if new.value < old.value:
            cause = f"{version.id} has {new.name} {new.value:.3f}, {champion.id} has {old.value:.3f}."
            raise Error("conflict", cause, remedy=_BY_FORCE)

    def _comparable(self, one: ModelVersion, other: ModelVersion, session: Session | None = None) -> bool:
        """Whether both were judged by the same split of the same examples."""
        reports = [self._stores.reports.get(version.report, session=session) for version in (one, other)]
        datasets = [self._stores.dataset_versions.get(report.dataset) for report in reports]
        return datasets[0].hash == datasets[1].hash and reports[0].split == reports[1].split

    def _line(self, name: str) -> ModelLine:
        found = self._stores.models.find(name)
        if found is None:
            remedy = "`darkroom model list` shows the models there are."
            raise Error("not_found", f"There is no model {name[:100]!r}.", remedy=remedy, id=name[:100])
        return found

    def _version(self, name: str, number: int) -> ModelVersion:
        return self._stores.model_versions.get(f"{name}@{number}")

    def _tell(self, session: Session, principal: Principal, name: str, **data: object) -> None:
        self._stores.events.append(session, type="models.changed", principal=principal, ids=[name], data=data)


def _score(version: ModelVersion) -> Metric:
    return version.metrics[0]


def _moved(line: ModelLine, alias: str, number: int, principal: Principal, why: str) -> ModelLine:
    move = AliasMove(alias=alias, number=number, before=line.aliases.get(alias), at=now(), by=principal.id, why=why)
    aliases = {**line.aliases, alias: number}
    return line.model_copy(update={"aliases": aliases, "moves": (*line.moves, move)[-_MOVES:]})

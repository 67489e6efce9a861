"""Deleting what trainings left, as far as nothing uses it; bytes that no record names any more go with the nightly sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from darkroom.access import scope_of
from darkroom.domain.access import Principal
from darkroom.domain.event import EventType
from darkroom.domain.train_config import REGISTRY
from darkroom.domain.training import ModelLine, ModelVersion, StoredReport
from darkroom.errors import Error
from darkroom.services.training.models import CANDIDATE, ModelService
from darkroom.services.training.registry import RegistryService
from darkroom.services.training.results import ResultService
from darkroom.store import Stores
from darkroom.store.database import Session

_NAMED = 5


class RemovalService:
    """Deletes versions of models, trainings and reports.

    Args:
        stores: where they are.
        models: which versions there are.
        registry: what uses them.
        results: reports and trainings, for those who may see them.
    """

    def __init__(self, stores: Stores, models: ModelService, registry: RegistryService, results: ResultService) -> None:
        self._stores = stores
        self._models = models
        self._registry = registry
        self._results = results

    def version(self, principal: Principal, name: str, number: int) -> None:
        """Delete a version that nothing uses, and with the last one its model; its training stays, and its number is not given again.

        Raises:
            Error: `not_found`, `forbidden`; `learning_in_use`, naming what uses it.
        """
        scope_of(principal, "models:write")
        version = self._models.version(principal, name, number)
        self._models.usable(principal, "models:write", version)
        uses = self._registry.uses(principal, name, number)

        def work(session: Session) -> None:
            line = self._stores.models.get(name, session=session)
            aliases = [alias for alias, which in sorted(line.aliases.items()) if which == number and alias != CANDIDATE]
            refuse_used(version.id, {
                "the alias": aliases,
                "the preset": uses.presets,
                "the order": self._stores.orders.open_naming(version.id, session=session),
                "the training that makes it again": self._stores.trainings.open_again(version.id, session=session),
                "the training of a style that looks through it": self._stores.trainings.open_through(REGISTRY + version.id, session=session),
                "the proposal as champion of": [name] if _waits(line, number) else [],
            })  # fmt: skip
            self._stores.model_versions.remove(version.id, session=session)
            self._stores.embeddings.drop(version.id, session=session)
            self._follow(line, version, session)
            self._tell(session, principal, "models.changed", name, version=number)

        self._stores.database.run(work)

    def _follow(self, line: ModelLine, gone: ModelVersion, session: Session) -> None:
        """Let a model go on without a version, or go with its last one."""
        left = self._stores.model_versions.numbers(line.id, session=session)
        if not left:
            self._stores.models.remove(line.id, session=session)
        elif line.aliases.get(CANDIDATE) == gone.number:
            aliases = {**line.aliases, CANDIDATE: max(left)}
            self._stores.models.replace(line.model_copy(update={"aliases": aliases}), session=session)

    def training(self, principal: Principal, training_id: str) -> None:
        """Delete a training that is over, with its checkpoint and the reports on it.

        Raises:
            Error: `not_found`, `forbidden`; `conflict` while it goes on; `learning_in_use`, naming the version that came of it.
        """
        scope_of(principal, "training:write")
        found = self._results.seen(principal, self._stores.trainings, training_id)
        self._results.usable(principal, found.dataset, "training:write")

        def work(session: Session) -> None:
            now = self._stores.trainings.get(training_id, session=session)
            if now.state not in ("done", "failed", "cancelled"):
                raise Error("conflict", f"The training {training_id} is {now.state}.", remedy="Cancel it first.")
            refuse_used(
                training_id, {"the version": self._stores.model_versions.of_training(training_id, session=session)}
            )
            if now.checkpoint is not None:
                self._stores.checkpoints.remove(now.checkpoint, session=session)
                self._stores.reports.remove_about(now.checkpoint, session=session)
            self._stores.trainings.remove(training_id, session=session)
            self._tell(session, principal, "training.changed", training_id, state="deleted")

        self._stores.database.run(work)

    def report(self, principal: Principal, report_id: str) -> None:
        """Delete a report that neither its training nor a version of a model is judged by.

        Raises:
            Error: `not_found`, `forbidden`; `learning_in_use`, naming what uses it.
        """
        scope_of(principal, "training:write")
        found: StoredReport = self._results.seen(principal, self._stores.reports, report_id)
        self._results.usable(principal, found.dataset, "training:write")

        def work(session: Session) -> None:
            refuse_used(report_id, {
                "the version": self._stores.model_versions.judged_by(report_id, session=session),
                "the training": self._stores.trainings.judged_by(report_id, session=session),
            })  # fmt: skip
            self._stores.reports.remove(report_id, session=session)
            self._tell(session, principal, "models.changed", report_id, report=report_id)

        self._stores.database.run(work)

    def _tell(self, session: Session, principal: Principal, kind: EventType, name: str, **data: object) -> None:
        self._stores.events.append(session, type=kind, principal=principal, ids=[name], data=data)


def _waits(line: ModelLine, number: int) -> bool:
    return line.proposal is not None and line.proposal.number == number and line.proposal.declined_by is None


def refuse_used(name: str, users: Mapping[str, Sequence[str]]) -> None:
    """Return if nothing uses it.

    Raises:
        Error: `learning_in_use`, naming what does.
    """
    words = [
        f"{noun} {', '.join(found[:_NAMED])}" + (f" and {len(found) - _NAMED:,} more" if len(found) > _NAMED else "")
        for noun, found in users.items()
        if found
    ]
    if words:
        raise Error("learning_in_use", f"{name} is used by {'; '.join(words)}.")

"""Starting, following and stopping trainings; the engine behind the assets; checkpoints and reports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from darkroom import logs
from darkroom.access import require, scope_of
from darkroom.domain.access import Principal
from darkroom.domain.base import new_id, now
from darkroom.domain.dataset import CommittedVersion
from darkroom.domain.search import Search
from darkroom.domain.train_config import TrainConfig, would_fit
from darkroom.domain.training import StoredReport, TrainingRun, TrainingState, TrainingWanted
from darkroom.errors import ERROR_CODES, Error
from darkroom.services.datasets.reach import page_of
from darkroom.services.runs import RunLauncher, run_url
from darkroom.services.training.ablations import AblationService
from darkroom.services.training.asking import settled
from darkroom.services.training.augmenting import AugmentService
from darkroom.services.training.experiments import ExperimentService
from darkroom.services.training.queue import TrainingQueue
from darkroom.services.training.refusals import check, looking, stands, wanted
from darkroom.services.training.reproducing import compared
from darkroom.services.training.results import ResultService
from darkroom.services.training.spent import Tariff
from darkroom.services.training.views import (
    TrainingGiven,
    TrainingPage,
    TrainingView,
)
from darkroom.services.turns import may_hurry
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.database import Session

if TYPE_CHECKING:
    from darkroom.services.datasets.datasets import DatasetService
    from darkroom.services.training.models import ModelService
    from darkroom.services.training.work import TrainingWork

MOST_ATTEMPTS = 8
"""Runs of a training after which it is given up: something kills it every time."""
_TIMES = 5


class TrainingService:
    """Trainings and what comes of them.

    Args:
        settings: limits and links.
        stores: trainings, checkpoints, reports.
        launcher: asks for runs.
        datasets: what is learnt from.
        models: what results become versions of.
        refuse_poor: raises where a version is worse than its dataset demands.
    """

    def __init__(
        self, settings: Settings, stores: Stores, launcher: RunLauncher, datasets: DatasetService, models: ModelService,
        *, refuse_poor: Callable[[Principal, CommittedVersion], None],
    ) -> None:  # fmt: skip
        self.settings = settings
        self.stores = stores
        self._datasets = datasets
        self._refuse_poor = refuse_poor
        self._models = models
        self._queue = TrainingQueue(settings, stores, launcher)
        self.results = ResultService(stores, datasets.reach)
        """What came of them."""
        self.experiments = ExperimentService(self.results)
        """Trainings beside each other."""
        self.ablations = AblationService(self.results, datasets)
        """Policies of augmentation beside none."""
        self.augments = AugmentService(stores, datasets)
        """What policies of augmentation do to pictures."""

    def close(self) -> None:
        """End what shows policies."""
        self.augments.close()

    def start(self, principal: Principal, given: TrainingGiven, *, reproduces: str | None = None) -> TrainingView:
        """Write a training down, and ask for its run when fewer than `DARKROOM_TRAININGS` are at work.

        Raises:
            Error: `not_found`, `dataset_invalid` for one that cannot be learnt from, `training_invalid` for an option, `dataset_poor`,
                `forbidden` for one of whose pictures some may be seen alone.
        """
        scope_of(principal, "training:write")
        may_hurry(principal, given.priority)
        version = self._datasets.seen(principal, given.dataset)
        for permission in ("training:write", "models:write") if given.promote else ("training:write",):
            self._datasets.usable(principal, version, permission)
        self._models.may_go_on(principal, given.name or version.dataset, "training:write")
        asked, config = self._settled(given, version)
        self._refuse_poor(principal, version)
        config = looking(self.stores, principal, config)
        search = Search.model_validate(asked.search.model_dump()) if asked.search is not None else None
        moment = now()
        training = TrainingRun(
            id=new_id("t"), principal=principal.id, dataset=version.id, dataset_hash=version.hash,
            model_line=given.name or version.dataset, task=asked.task, config=config.model_dump(mode="json"),
            workers=given.workers, promote=given.promote, search=search, reproduces=reproduces, created_at=moment, trace_id=logs.trace_id(),
            owner=principal.account, priority=given.priority, waits_since=moment,
        )  # fmt: skip

        def work(session: Session) -> None:
            self.stores.trainings.insert(training, session=session)
            self._queue.tell(session, principal, training, "queued")

        self.stores.database.run(work)
        self._queue.launch(training.id)
        return self._view(self.stores.trainings.get(training.id))

    def considered(
        self, principal: Principal, given: TrainingGiven, permission: str
    ) -> tuple[CommittedVersion, TrainConfig]:
        """What a training would learn from, and its whole configuration.

        Raises:
            Error: as `start`.
        """
        scope_of(principal, permission)
        version = self._datasets.seen(principal, given.dataset, "training:read")
        self._datasets.usable(principal, version, permission)
        _, config = self._settled(given, version)
        return version, looking(self.stores, principal, config)

    def launch(self, principal: Principal, training_id: str) -> str | None:
        """Ask for a run of a training; None when others are at work, or the orchestrator is down: the sensor does it later."""
        require(principal, "training:write")
        return self._queue.launch(training_id)

    def pending(self, principal: Principal) -> list[TrainingRun]:
        """Trainings that need a run and may have one now, in their order; for a more urgent one another rests."""
        require(principal, "training:read")
        return self._queue.pending()

    def mark_requested(self, principal: Principal, training_id: str) -> None:
        """Remember that a run of the training was asked for just now."""
        require(principal, "training:write")
        self.stores.trainings.mark_requested(training_id)

    def take_up(self, principal: Principal, training_id: str, run_id: str) -> TrainingWork | None:
        """Claim a training for a run; None when another run has it, or it is over.

        Raises:
            Error: `not_found`, or `training_interrupted` when its runs died too often.
        """
        require(principal, "training:write")
        from darkroom.services.training.work import TrainingWork

        claimed = self.stores.trainings.claim(training_id, run_id, self.settings.heartbeat_seconds)
        if claimed is None:
            return None
        if claimed.attempt - claimed.pauses > MOST_ATTEMPTS:
            fits = would_fit(claimed.config["batch_size"], claimed.config["accumulate"])
            cause = f"{MOST_ATTEMPTS} runs of {training_id} ended without a word; if memory is short, {fits}."
            raise Error("training_interrupted", cause)
        if claimed.attempt == 1:
            self.stores.database.run(lambda session: self._queue.tell(session, principal, claimed, "running"))
        return TrainingWork(self.settings, self.stores, self._datasets, training=claimed, run_id=run_id)

    def go_on(self, principal: Principal, training_id: str, run_id: str) -> TrainingWork | None:
        """The training, for a later step of the run that holds it; None when it does not (any more)."""
        require(principal, "training:write")
        from darkroom.services.training.work import TrainingWork

        if not self.stores.trainings.heartbeat(training_id, run_id):
            return None
        held = self.stores.trainings.get(training_id)
        return TrainingWork(self.settings, self.stores, self._datasets, training=held, run_id=run_id)

    def finish(self, principal: Principal, work: TrainingWork, report: StoredReport) -> TrainingRun | None:
        """Write report and model version, and end the training; None when it is no longer the run's."""
        require(principal, "training:write")
        training = work.training
        again = compared(self.stores, training, report)

        def write(session: Session) -> TrainingRun | None:
            self.stores.reports.insert(report, session=session)
            model = self._models.register(session, principal, training, report)
            ended = self.stores.trainings.end(
                session,
                training.id,
                "done",
                run_id=training.run_id,
                report=report.id,
                model=model,
                reproduction=again.model_dump(mode="json") if again else None,
            )
            if ended is None:
                # Nothing of this transaction may stay.
                raise Error("conflict", f"The training {training.id} is not this run's any more.")
            self._queue.tell(session, principal, ended, "done")
            return ended

        for attempt in range(_TIMES):
            try:
                ended = self.stores.database.run(write)
            except Error as error:
                if error.code not in ("conflict", "already_exists"):
                    raise
                if not self._holds(training):
                    return None
                if attempt + 1 == _TIMES:  # others register versions of the same model all the time
                    raise
            else:
                work.clean()
                return ended
        return None

    def fail(self, principal: Principal, training_id: str, run_id: str, error: Error) -> None:
        """End a training with an error that trying again does not mend."""
        require(principal, "training:write")

        def write(session: Session) -> None:
            ended = self.stores.trainings.end(
                session, training_id, "failed", run_id=run_id, code=error.code, cause=str(error)
            )
            if ended is not None:
                self._queue.tell(session, principal, ended, "failed")

        self.stores.database.run(write)

    def cancel(self, principal: Principal, training_id: str) -> TrainingView:
        """Stop a training: its process notices within seconds and ends.

        Raises:
            Error: `not_found`, or `conflict` when it is over already.
        """
        scope_of(principal, "training:write")
        return self._changed(
            principal,
            training_id,
            "cancelled",
            lambda session, one: self.stores.trainings.end(session, one, "cancelled"),
        )

    def stop(self, principal: Principal, training_id: str) -> TrainingView:
        """End a training now with what it has come to: its best checkpoint is kept and judged.

        Raises:
            Error: `not_found`, or `conflict` when it does not learn, or not yet.
        """
        scope_of(principal, "training:write")
        return self._changed(principal, training_id, "running", self.stores.trainings.stop)

    def pause(self, principal: Principal, training_id: str) -> TrainingView:
        """Let a training rest: its process writes down where it is within seconds, and ends; `resume` goes on from there.

        Raises:
            Error: `not_found`, or `conflict` when it is neither waiting nor at work.
        """
        scope_of(principal, "training:write")
        return self._changed(principal, training_id, "paused", self.stores.trainings.pause)

    def resume(self, principal: Principal, training_id: str) -> TrainingView:
        """Let a paused training go on with the very steps that it would have taken.

        Raises:
            Error: `not_found`, or `conflict` when it is not paused, or its process has not written down yet where it was.
        """
        scope_of(principal, "training:write")
        stale = self.settings.heartbeat_seconds
        self._changed(
            principal, training_id, "queued", lambda session, one: self.stores.trainings.resume(session, one, stale)
        )
        self._queue.launch(training_id)
        return self._view(self.stores.trainings.get(training_id))

    def let_go(self, principal: Principal, training_id: str, run_id: str) -> None:
        """Tell that the run of a training has stopped; one that is paused may go on elsewhere then."""
        require(principal, "training:write")
        self._queue.told(lambda session: self.stores.trainings.let_go(session, training_id, run_id))

    def _changed(
        self, principal: Principal, training_id: str, state: TrainingState,
        change: Callable[[Session, str], TrainingRun | None],
    ) -> TrainingView:  # fmt: skip
        """Change where a training is, and tell of it.

        Raises:
            Error: `not_found`, `conflict` when it cannot be.
        """
        training = self.results.seen(principal, self.stores.trainings, training_id)
        self._datasets.usable(principal, self._datasets.resolve(training.dataset), "training:write")

        def write(session: Session) -> TrainingRun | None:
            changed = change(session, training_id)
            if changed is not None:
                self._queue.tell(session, principal, changed, state)
            return changed

        found = self.stores.database.run(write)
        if found is None:
            raise stands(self.stores.trainings.get(training_id))
        return self._view(found)

    def list(
        self, principal: Principal, *, states: Sequence[TrainingState] = (), limit: int = 50, cursor: str | None = None
    ) -> TrainingPage:
        """Trainings of whose dataset one may see every picture, newest first."""
        counts = self.results.counting(scope_of(principal, "training:read"))
        found = page_of(
            lambda most, after: self.stores.trainings.page(states=states, limit=most, cursor=after),
            counts,
            limit,
            cursor,
        )
        return TrainingPage(items=tuple(self._view(one) for one in found.items), next_cursor=found.next_cursor)

    def get(self, principal: Principal, training_id: str) -> TrainingView:
        """One training.

        Raises:
            Error: `not_found`.
        """
        scope_of(principal, "training:read")
        return self._view(self.results.seen(principal, self.stores.trainings, training_id))

    def check(self, given: TrainingWanted) -> TrainConfig:
        """The whole configuration of what is wanted.

        Raises:
            Error: `training_invalid`, it could never begin.
        """
        return wanted(given)

    def _settled(self, given: TrainingGiven, version: CommittedVersion) -> tuple[TrainingWanted, TrainConfig]:
        """What is wanted of a version, and its whole configuration; refused where it could not be learnt."""
        asked = settled(given, lambda: self._datasets.read(version), Tariff.of(self.settings))
        config = wanted(asked)
        check(version, asked, config, self._datasets.read, self.settings.ray_address)
        return asked, config

    def _holds(self, training: TrainingRun) -> bool:
        found = self.stores.trainings.get(training.id)
        return (found.state, found.run_id) == ("running", training.run_id)

    def _view(self, training: TrainingRun) -> TrainingView:
        url = run_url(self.settings, training.run_id) if training.run_id else None
        row = ERROR_CODES.get(training.code or "")
        return TrainingView(
            training=training, seconds_left=training.seconds_left, run_url=url, title=row and row.title,
            remedy=row and row.remedy,
        )  # fmt: skip

"""Which trainings get a run, and when: asked for at once where fewer than the limit are at work, by the sensor otherwise."""

from __future__ import annotations

from collections.abc import Callable

from darkroom.domain.access import SYSTEM, Principal
from darkroom.domain.training import TrainingRun, TrainingState
from darkroom.services.runs import TRAINING_JOB, RunLauncher, asked_for
from darkroom.services.turns import TrainingTurns, priority_of
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.database import Session


class TrainingQueue:
    """Trainings that wait for a run.

    Args:
        settings: how many are at work at once, and when a run counts as dead.
        stores: trainings, and events that tell of them.
        launcher: asks for runs.
    """

    def __init__(self, settings: Settings, stores: Stores, launcher: RunLauncher) -> None:
        self._settings = settings
        self._stores = stores
        self._launcher = launcher
        self._turns = TrainingTurns(settings, stores)

    def launch(self, training_id: str) -> str | None:
        """Ask for a run of a training; None when others are at work, or the orchestrator is down: the sensor does it later."""
        self.told(self._turns.make_room)
        training = next((one for one in self._turns.next() if one.id == training_id), None)
        if training is None:
            return None

        def launch() -> str:
            urgency = priority_of(self._stores, training)
            return self._launcher.launch(training_id, trace_id=training.trace_id, job=TRAINING_JOB, priority=urgency)

        return asked_for("training", training_id, launch, self._stores.trainings.mark_requested)

    def pending(self) -> list[TrainingRun]:
        """Trainings that need a run and may have one now, in their order; for a more urgent one another rests."""
        stale = self._settings.heartbeat_seconds
        while self.told(lambda session: self._stores.trainings.wait_again(session, stale)):
            pass
        self.told(self._turns.make_room)
        return self._turns.next()

    def told(self, change: Callable[[Session], TrainingRun | None]) -> TrainingRun | None:
        """Change a training by itself, and tell of it if anything was changed."""

        def write(session: Session) -> TrainingRun | None:
            changed = change(session)
            if changed is not None:
                self.tell(session, SYSTEM, changed, changed.state)
            return changed

        return self._stores.database.run(write)

    def tell(self, session: Session, principal: Principal, training: TrainingRun, state: TrainingState) -> None:
        """Tell who watches that a training is in another state."""
        self._stores.events.append(
            session, type="training.changed", principal=principal, ids=[training.id], data={"state": state},
            trace_id=training.trace_id,
        )  # fmt: skip

"""Whose turn it is: in which order trainings begin, and which priority Dagster is told of everything else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from darkroom.access import require
from darkroom.domain.access import SYSTEM, Principal
from darkroom.domain.base import now
from darkroom.domain.rendition import RenditionOrder
from darkroom.domain.training import TrainingRun
from darkroom.domain.turns import SHARE_WINDOW, Priority, Waiting, dagster_priority, due, gives_way, in_turn
from darkroom.domain.work import LongWork
from darkroom.settings import Settings

if TYPE_CHECKING:
    from darkroom.store import Stores
    from darkroom.store.database import Session

MOST_RESTS = 3
"""How often a training rests for more urgent ones; after that it stays."""
_BACKGROUND = ("embed", "quality")
"""Operations that nobody waits for where Darkroom itself began them."""
_GUESS_SECONDS = 60.0
_TRAINING_SECONDS = 480.0


def may_hurry(principal: Principal, priority: Priority) -> None:
    """Return if something may be of that priority.

    Raises:
        Error: `forbidden`, it is to go before that of others.
    """
    if priority == "high":
        require(principal, "queue:first")


def priority_of(stores: Stores, work: RenditionOrder | LongWork | TrainingRun) -> str:
    """The value of Dagster's tag of priority for a run: what waits already of the same account counts as used by it."""
    used = stores.turns.used(SHARE_WINDOW).get(work.owner, 0.0)
    ahead = max(0, stores.turns.waiting(work.owner) - 1) * _GUESS_SECONDS
    since = work.waits_since if isinstance(work, TrainingRun) else work.created_at
    return dagster_priority(due(since, priority_in(work), used + ahead))


def priority_in(work: RenditionOrder | LongWork | TrainingRun) -> Priority:
    """How urgent something is; operations are as all others, but what goes on by itself in the background."""
    if isinstance(work, LongWork):
        return "low" if work.principal == SYSTEM.id and work.kind in _BACKGROUND else "normal"
    return work.priority


class TrainingTurns:
    """Which trainings begin next, and which rest for them.

    Args:
        settings: how many may be at work.
        stores: trainings.
    """

    def __init__(self, settings: Settings, stores: Stores) -> None:
        self._settings = settings
        self._stores = stores

    def free(self) -> int:
        """How many more may begin."""
        return max(
            0, self._settings.trainings - self._stores.trainings.at_work(self._settings.heartbeat_seconds)
        )  # fmt: skip

    def next(self) -> list[TrainingRun]:
        """Those that may begin now, in their order; those whose run died come first, they were at work already."""
        free = self.free()
        if not free:
            return []
        found = self._stores.trainings.pending(self._settings.heartbeat_seconds)
        dropped = [one for one in found if one.state == "running"]
        return [*dropped, *self.sort([one for one in found if one.state == "queued"])][:free]

    def sort(self, queued: Sequence[TrainingRun]) -> list[TrainingRun]:
        """Trainings in the order in which they go."""
        if len(queued) < 2:
            return list(queued)
        known = {one.id: one for one in queued}
        found = in_turn((_waiting(one) for one in queued), self._stores.turns.used(SHARE_WINDOW))
        return [known[one.id] for one in found]

    def make_room(self, session: Session) -> TrainingRun | None:
        """Let a training of low priority rest where one of high priority finds no place; None where none has to or can."""
        if self.free():
            return None
        found = self._stores.trainings.in_states("queued", "running", "paused")
        if not any(one.state == "queued" and one.priority == "high" and one.requested_at is None for one in found):
            return None
        working = [
            one for one in found
            if one.state == "running" and gives_way(one.priority, "high") and one.gave_way < MOST_RESTS
        ]  # fmt: skip
        # The one that began last has least to lose, should its process die now.
        last = max(working, key=lambda one: (one.started_at or one.created_at, one.id), default=None)
        return last and self._stores.trainings.give_way(session, last.id)


def _waiting(one: TrainingRun) -> Waiting:
    seconds = one.config.get("budget_seconds") or _TRAINING_SECONDS
    left = max(0.0, seconds * (1 - one.step / one.steps)) if one.steps else seconds
    return Waiting(one.id, one.owner, one.priority, min(one.waits_since, now()), left)

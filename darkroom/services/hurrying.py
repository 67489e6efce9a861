"""How urgent something is that waits, changed after it was asked for."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from darkroom.access import may, scope_of
from darkroom.domain.access import Principal
from darkroom.domain.event import EventType
from darkroom.domain.rendition import RenditionOrder
from darkroom.domain.training import TrainingRun
from darkroom.errors import Error
from darkroom.services.activity_views import Hurry
from darkroom.services.turns import may_hurry

if TYPE_CHECKING:
    from darkroom.services.recipes.order_views import OrderView
    from darkroom.services.recipes.renditions import RenditionService
    from darkroom.services.runs import RunLauncher
    from darkroom.services.training.trainings import TrainingService
    from darkroom.services.training.views import TrainingView
    from darkroom.store import Stores
    from darkroom.store.database import Session

_LOOKED_AT = 100


class HurryService:
    """Priorities of what waits.

    Args:
        stores: trainings and orders.
        launcher: knows which runs wait in Dagster.
        trainings: begins those whose turn it is now.
        renditions: asks for runs of orders.
    """

    def __init__(
        self, stores: Stores, launcher: RunLauncher, trainings: TrainingService, renditions: RenditionService
    ) -> None:
        self._stores = stores
        self._launcher = launcher
        self._trainings = trainings
        self._renditions = renditions

    def training(self, principal: Principal, training_id: str, given: Hurry) -> TrainingView:
        """Change how urgent a training is that is not over: whose turn it is follows at once, and which one rests for it.

        Raises:
            Error: `not_found`; `forbidden` for that of somebody else, or for `high` without `queue:first`; `conflict` when it is over.
        """
        scope_of(principal, "training:write")
        found = self._trainings.results.seen(principal, self._stores.trainings, training_id)
        mine(principal, found, given)

        def work(session: Session) -> None:
            changed = self._stores.trainings.hurry(
                session, training_id, given.priority, ("queued", "running", "paused")
            )
            if changed is None:
                raise _over(self._stores.trainings.get(training_id))
            self._tell(session, principal, "training.changed", changed)

        self._stores.database.run(work)
        self._trainings.launch(principal, training_id)
        return self._trainings.get(principal, training_id)

    def order(self, principal: Principal, order_id: str, given: Hurry) -> OrderView:
        """Change how urgent an order is that waits: Dagster is asked for its run anew, in its other place.

        Raises:
            Error: as `training`; `conflict` when it does not wait any more.
        """
        scope_of(principal, "renditions:write")
        found = self._renditions.find(principal, order_id)
        mine(principal, found, given)

        def work(session: Session) -> None:
            changed = self._stores.orders.hurry(session, order_id, given.priority, ("queued",))
            if changed is None:
                raise _over(self._stores.orders.get(order_id))
            self._tell(session, principal, "renditions.changed", changed)

        self._stores.database.run(work)
        self._place_anew(principal, order_id)
        return self._renditions.get(principal, order_id)

    def _place_anew(self, principal: Principal, order_id: str) -> None:
        """Dagster never changes the priority of a run: another one is asked for, and those that wait are taken back."""
        with suppress(
            Error
        ):  # whoever cannot be asked now goes on as it is; a run that finds nothing to do ends at once
            waiting = [
                one.id for one in self._launcher.recent(_LOOKED_AT) if one.batch == order_id and one.state == "queued"
            ]
            self._renditions.launch(principal, order_id)
            for run_id in waiting:
                self._launcher.cancel(run_id)

    def _tell(
        self, session: Session, principal: Principal, kind: EventType, one: TrainingRun | RenditionOrder
    ) -> None:  # fmt: skip
        self._stores.events.append(
            session, type=kind, principal=principal, ids=[one.id], data={"state": one.state, "priority": one.priority}
        )


def mine(principal: Principal, one: TrainingRun | RenditionOrder, given: Hurry) -> None:
    """Return if somebody may say how urgent that is.

    Raises:
        Error: `forbidden`.
    """
    may_hurry(principal, given.priority)
    if one.owner != principal.account and not may(principal, "operations:all"):
        raise Error("forbidden", f"{one.id} is somebody else's.", remedy="Ask whose it is, or an administrator.")


def _over(one: TrainingRun | RenditionOrder) -> Error:
    return Error("conflict", f"{one.id} is {one.state}.", state=one.state)

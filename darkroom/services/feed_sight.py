"""What of the events somebody is told who may not see every picture."""

from __future__ import annotations

from collections.abc import Sequence

from darkroom.access import may, reach_of
from darkroom.domain.access import Principal
from darkroom.domain.event import Event
from darkroom.domain.scope import Scope
from darkroom.services.datasets.reach import VersionReach
from darkroom.store import Stores

_NEEDED = {
    "batch.queued": "batches:read", "batch.started": "batches:read", "batch.progress": "batches:read",
    "batch.finished": "batches:read", "run.changed": "batches:read", "failures.added": "failures:read",
    "failures.updated": "failures:read", "presets.changed": "presets:read", "storage.changed": "storage:read",
}  # fmt: skip
"""Events that tell of no picture, and what they take."""

_MADE = {"datasets.changed": "datasets:read", "training.changed": "training:read", "models.changed": "training:read"}
"""Events that tell of what was made of pictures, and what they take on each of those."""


class Sight:
    """What one reader of the events may be told, by the roles and rules of the moment it is told.

    Args:
        stores: where pictures are.
        principal: who reads.
    """

    def __init__(self, stores: Stores, principal: Principal) -> None:
        self._stores = stores
        self._principal = principal
        self._reach = VersionReach(stores)

    @property
    def is_everything(self) -> bool:
        """Whether it is told everything, whatever roles and rules say."""
        return self._principal.kind in ("owner", "system")

    def events(self, events: Sequence[Event]) -> list[Event]:
        """Those events, or what of them may be told."""
        scope = reach_of(self._principal)
        if scope.is_everything:
            return list(events)
        told = (self._told(event, scope) for event in events)
        return [event for event in told if event is not None]

    def batches(self) -> bool:
        """Whether the progress of batches is told."""
        return may(self._principal, "batches:read")

    def _told(self, event: Event, scope: Scope) -> Event | None:
        """The event with what may be known of it; an unknown kind is not told."""
        if event.type.startswith("operation."):
            return event  # the feed tells everybody of his own alone
        if event.type in _NEEDED:
            return event if may(self._principal, _NEEDED[event.type]) else None
        if event.type in _MADE:
            return self._of_made(event)
        ids: tuple[str, ...] = ()
        if event.type in ("images.added", "images.updated"):
            known = self._stores.images.known(event.ids, scope)
            ids = tuple(one for one in event.ids if one in known)
        elif event.type == "collections.changed":
            ids = tuple(one for one in event.ids if scope.covers((one,)))
        elif event.type == "renditions.changed":
            ids = tuple(one for one in event.ids if self._is_own(one))
        elif event.type not in ("images.deleted", "tags.changed"):
            return None
        if not ids and event.type in ("images.added", "collections.changed", "renditions.changed"):
            return None
        # What left one's sight cannot be named: that something changed is all there is to tell.
        return event.model_copy(update={"ids": ids, "data": event.data if event.type == "renditions.changed" else {}})

    def _of_made(self, event: Event) -> Event | None:
        """The event, if it is of what was made of pictures that are all seen."""
        scope = reach_of(self._principal, _MADE[event.type])
        versions = [one for name in event.ids for one in self._made_of(event.type, name)]
        if not versions or not all(self._reach.covers(one, scope) for one in versions):
            return None
        return event

    def _made_of(self, kind: str, name: str) -> Sequence[str]:
        """The version of a dataset that something is, or was made of, when it last changed."""
        if kind == "datasets.changed":
            dataset = self._stores.datasets.find(name)
            return () if dataset is None else (f"{name}@{dataset.latest}",)
        if kind == "training.changed":
            training = self._stores.trainings.find(name)
            return () if training is None else (training.dataset,)
        line = self._stores.models.find(name)
        version = None if line is None else self._stores.model_versions.find(f"{name}@{line.latest}")
        return () if version is None else (version.dataset,)

    def _is_own(self, order_id: str) -> bool:
        order = self._stores.orders.find(order_id)
        return order is not None and order.principal == self._principal.id

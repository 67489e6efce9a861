"""What waits for its turn, in the order in which it goes, and why it waits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from darkroom.access import may
from darkroom.domain.access import Principal
from darkroom.domain.rendition import RenditionOrder
from darkroom.domain.training import TrainingRun
from darkroom.domain.turns import CPU_POOL, GPU_POOL, MOST_RUNS, SHARE_WINDOW, Waiting, in_turn
from darkroom.domain.work import LongWork
from darkroom.services.activity_views import WaitingWork
from darkroom.services.turns import TrainingTurns, priority_in
from darkroom.settings import Settings
from darkroom.store import Stores

_MOST = 100
_GUESS_SECONDS = 60.0
_Thing = RenditionOrder | LongWork | TrainingRun


class WaitingReader:
    """Reads what waits.

    Args:
        settings: how much goes on at a time.
        stores: trainings, orders and operations.
    """

    def __init__(self, settings: Settings, stores: Stores) -> None:
        self._settings = settings
        self._stores = stores
        self._turns = TrainingTurns(settings, stores)

    def told(self, principal: Principal) -> tuple[WaitingWork, ...]:
        """The first hundred of trainings, and of everything else, that wait; for whoever may see the queue."""
        return (*self._trainings(principal), *self._others(principal))

    def _trainings(self, principal: Principal) -> list[WaitingWork]:
        found = self._stores.trainings.in_states("queued", "running", "paused")
        queued = self._turns.sort([one for one in found if one.state == "queued"])[:_MOST]
        # One that gave way writes down where it was and holds its place until then.
        working = [one for one in found if one.state == "running" or (one.state == "paused" and one.run_id is not None)]
        full = _full(f"pool {GPU_POOL}", working, self._settings.trainings)
        return _lines(principal, queued, lambda _: full)

    def _others(self, principal: Principal) -> list[WaitingWork]:
        orders = self._stores.orders.in_states("queued", "running")
        works = self._stores.work.in_states("queued", "running")
        found: list[RenditionOrder | LongWork] = [*orders, *works]
        known = {one.id: one for one in found}
        waiting = [
            Waiting(one.id, one.owner, priority_in(one), one.created_at, _GUESS_SECONDS)
            for one in found if one.state == "queued"
        ]  # fmt: skip
        queued = [known[one.id] for one in in_turn(waiting, self._stores.turns.used(SHARE_WINDOW))[:_MOST]]
        held = [one for one in orders if one.state == "running"]
        pool = _full(f"pool {CPU_POOL}", held, self._settings.orders)
        runs = _full("runs", [one for one in found if one.state == "running"], MOST_RUNS)
        return _lines(principal, queued, lambda one: (pool if isinstance(one, RenditionOrder) else None) or runs)


_Full = tuple["_Thing", str]
"""Something that holds a place which another waits for, and what is full, in words."""


def _full(what: str, working: Sequence[_Thing], most: int) -> _Full | None:
    return (working[0], f"{what}: {len(working)} of {most} in use") if len(working) >= most else None


def _lines(
    principal: Principal, queued: Sequence[_Thing], full_for: Callable[[_Thing], _Full | None]
) -> list[WaitingWork]:
    """What waits as it is told."""
    lines: list[WaitingWork] = []
    for one in queued:
        full = full_for(one)
        if lines:
            why = f"After {_named(principal, queued[len(lines) - 1])}"
        else:
            why = f"Behind {_named(principal, full[0])}" if full else "Its run begins"
        lines.append(WaitingWork(
            id=one.id, kind=_kind(one), title=_named(principal, one), mine=one.owner == principal.account,
            priority=priority_in(one), since=one.waits_since if isinstance(one, TrainingRun) else one.created_at,
            place=len(lines) + 1, why=f"{why}; {full[1]}." if full else f"{why}.",
        ))  # fmt: skip
    return lines


def _kind(one: _Thing) -> Literal["training", "renditions", "operation"]:
    if isinstance(one, TrainingRun):
        return "training"
    return "renditions" if isinstance(one, RenditionOrder) else "operation"


def _named(principal: Principal, one: _Thing) -> str:
    """What something is called, for whoever may know: others learn only what kind of thing it is."""
    if one.owner != principal.account and not may(principal, "operations:all"):
        words = {"training": "a training", "renditions": "a recipe", "operation": "an operation"}
        return f"{words[_kind(one)]} of somebody else"
    if isinstance(one, TrainingRun):
        return f"the training of {one.model_line} on {one.dataset}"
    return f"{one.recipe_name} on {one.total} pictures" if isinstance(one, RenditionOrder) else one.title

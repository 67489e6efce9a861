"""What a kind of long work must know to be done, stopped, taken over and undone by one engine.

To add a kind: a subclass here beside, an instance in `Library.work`. Its steps must only write through the session that
they get; then each step happens once, whatever dies and whoever takes over. What is no row of transactions (copying and
reading bytes) is a `WholeKind`, which may be begun again at any time.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from darkroom.access import require, scope_of
from darkroom.access.permissions import PLACED
from darkroom.domain.access import Principal
from darkroom.domain.event import EventType
from darkroom.domain.scope import EVERYTHING, Scope
from darkroom.domain.work import LongWork, UndoGroup, WorkFailure
from darkroom.errors import Error
from darkroom.services.work.progress import Progress
from darkroom.store import Stores
from darkroom.store.database import Session


@dataclass(frozen=True)
class Step:
    """What came of the things of one step: each of them is changed, left as it is, or failed."""

    changed: tuple[str, ...] = ()
    """Ids of those that changed."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """What else is worth counting, by name: added up in the result of the work."""
    failures: tuple[WorkFailure, ...] = ()
    """Those that could not be done."""
    undo: tuple[UndoGroup, ...] = ()
    """The way back of those that changed."""
    events: tuple[tuple[EventType, tuple[str, ...]], ...] = ()
    """What to tell, and of which ids."""

    def __add__(self, other: Step) -> Step:
        return Step(
            (*self.changed, *other.changed), Counter(self.counts) + Counter(other.counts),
            (*self.failures, *other.failures), (*self.undo, *other.undo), (*self.events, *other.events),
        )  # fmt: skip


class WorkKind(ABC):
    """One kind of long work.

    Args:
        stores: what it works on.
    """

    name: ClassVar[str]
    """Its name, as programs see it."""
    permission: ClassVar[str]
    """What it takes to begin it, and to undo it."""
    most: ClassVar[int] = 1000
    """Things in one step, which is one transaction, at most; there are fewer where they take long."""
    undoable: ClassVar[bool] = False
    """Whether `undo` gives back what a step changed."""

    def __init__(self, stores: Stores) -> None:
        self.stores = stores

    def read(self, work: LongWork, most: int) -> tuple[tuple[str, ...], int]:
        """The things of the next step, none when all are done, and where the step behind it begins."""
        found = self.stores.work.things(work.id, work.cursor, most)
        return found, work.cursor + len(found)

    @abstractmethod
    def step(self, session: Session, work: LongWork, items: Sequence[str]) -> Step:
        """Do the work on some things, in the transaction of `session`.

        Raises:
            Error: when it cannot be done on them together; they are tried in smaller pieces then.
        """

    def undo(self, session: Session, work: LongWork, group: UndoGroup) -> Step:
        """Give back what a step changed; what somebody changed since is left alone and counted as `stale`."""
        raise Error("conflict", f"{self.name} cannot be undone.")

    def reach(self, principal: Principal, work: LongWork) -> Scope:
        """The pictures of `work` that somebody may still change in the way back.

        Raises:
            Error: `forbidden` when there can be none.
        """
        if self.permission in PLACED:
            return scope_of(principal, self.permission)
        require(principal, self.permission)
        return EVERYTHING

    def conclude(self, session: Session, work: LongWork) -> None:  # noqa: B027 - most have nothing to do then
        """What belongs to the end of the work, in its transaction."""

    def taken_back(self, session: Session, work: LongWork) -> None:  # noqa: B027 - likewise
        """What belongs to the end of taking `work` back, in the transaction of that."""

    def afterwards(self, work: LongWork) -> None:  # noqa: B027 - likewise
        """What can be done at any time once the work is over, or was stopped; a kill may prevent it."""


class WholeKind(WorkKind):
    """Work in one piece, which a run that takes over begins again: what is done already is found, and costs little."""

    goes_on: ClassVar[bool] = False
    """Whether it passes over the first `progress.done` things itself; else they are counted anew."""

    def step(self, session: Session, work: LongWork, items: Sequence[str]) -> Step:
        """There are no steps."""
        raise Error("conflict", f"{self.name} is not done in steps.")

    @abstractmethod
    def do(self, work: LongWork, progress: Progress) -> None:
        """Do all of it, and count.

        Raises:
            Lost: from counting, when the work was cancelled or another run has it.
            Error: when it cannot be done as a whole.
        """

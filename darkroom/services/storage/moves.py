"""Moves of pictures that programs and the web app ask for: begun at once, done by a run, stopped, gone on with, taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from darkroom import logs
from darkroom.access import require
from darkroom.access.trail import Trail
from darkroom.domain.access import Principal
from darkroom.domain.base import now
from darkroom.domain.storage import StorageMove
from darkroom.errors import Error
from darkroom.services.runs import MOVE_JOB, RunLauncher, asked_for
from darkroom.services.storage import StorageService
from darkroom.services.storage_views import MovePage, NewMove
from darkroom.settings import Settings
from darkroom.store import Stores

_RECENT_RUNS = 200
_log = logs.get(__name__)


class MoveService:
    """Moves between places that the settings name: whoever may write settings decides where pictures may go.

    Args:
        settings: how long silence may last.
        stores: moves.
        storage: does the moving.
        launcher: asks for runs.
    """

    def __init__(self, settings: Settings, stores: Stores, storage: StorageService, launcher: RunLauncher) -> None:
        self._settings = settings
        self._stores = stores
        self._storage = storage
        self._launcher = launcher

    def list(self, principal: Principal) -> MovePage:
        """Every move, newest first."""
        require(principal, "storage:read")
        return MovePage(items=tuple(self._stores.moves.all()))

    def get(self, principal: Principal, move_id: str) -> StorageMove:
        """One move, with how far it is.

        Raises:
            Error: `not_found`.
        """
        require(principal, "storage:read")
        return self._move(move_id)

    def begin(self, principal: Principal, new: NewMove) -> StorageMove:
        """Begin a move, or go on with the one there was between these places; a run does it.

        Raises:
            Error: `invalid_parameter` for a place that has no name, `conflict`, `storage_*`.
        """
        require(principal, "storage:write")
        source, target = self._ends(principal, new)
        move = self._storage.register(principal, source, target)
        self._note(principal, "storage.moved", move)
        settled = {"throttle": new.throttle, "read_back": new.read_back}
        return self._launched(self._stores.moves.replace(move.model_copy(update=settled)))

    def roll_back(self, principal: Principal, move_id: str) -> StorageMove:
        """Take a move back: from now on the old place is written to, and a run brings back what came in since.

        Raises:
            Error: `not_found`, `conflict` while a run moves (stop it first) or when it is taken back already.
        """
        require(principal, "storage:write")
        move = self._move(move_id)
        if move.state == "rolled_back":
            raise Error("conflict", "This move is taken back already.")
        move = self._storage.begin_roll_back(principal, move.source, move.target)
        self._note(principal, "storage.rolled_back", move)
        return self._launched(move)

    def stop(self, principal: Principal, move_id: str) -> StorageMove:
        """Stop copying; what is moved stays moved, reading looks in both places, and beginning it again goes on.

        Raises:
            Error: `not_found`, `conflict` when nothing is copied.
        """
        require(principal, "storage:write")
        move = self._move(move_id)
        # Whoever moves, a run or a command, sees it when it next writes how far it is.
        if not self._stores.moves.stop(move.id, now()):
            raise Error("conflict", "Nothing is being moved.", remedy="Look at its state.", state=move.state)
        self._note(principal, "storage.stopped", move)
        try:
            for run in self._launcher.recent(_RECENT_RUNS):
                if run.batch == move.id and run.state in ("queued", "running"):
                    self._launcher.cancel(run.id)
        except Error as error:
            _log.warning("run_not_cancelled", move=move.id, code=error.code, cause=error.cause)
        return self._move(move_id)

    def pending(self, principal: Principal) -> Sequence[StorageMove]:
        """Moves that were asked for and that no run gets further with."""
        require(principal, "storage:write")
        before = now() - timedelta(seconds=self._settings.heartbeat_seconds)
        return [one for one in self._stores.moves.requested(before) if one.updated_at < before]

    def mark_requested(self, principal: Principal, move_id: str) -> None:
        """Remember that a run of the move was asked for just now."""
        require(principal, "storage:write")
        self._stores.moves.request(move_id, now())

    def run(
        self, principal: Principal, move_id: str, *, on_progress: Callable[[StorageMove], None] | None = None
    ) -> StorageMove:
        """Do a move, or take it back, or what is left of that: the engine behind the job.

        Raises:
            Error: `not_found`, `conflict` while another process moves, `storage_*`; `pending` names it again if that passes.
        """
        require(principal, "storage:write")
        move = self._move(move_id)
        if move.stopped_at is not None:
            return move
        again = False
        try:
            if move.state in ("rolling_back", "rolled_back"):
                return self._storage.roll_back(principal, move.source, move.target)
            return self._storage.migrate(
                principal, move.source, move.target, throttle=move.throttle, verify=move.read_back,
                on_progress=on_progress,
            )  # fmt: skip
        except Error as error:
            again = error.retryable
            raise
        finally:
            # Also when the run is told to end. After kill -9 it stays, and another run is asked for.
            if not again:
                self._stores.moves.request(move_id, None)

    def _ends(self, principal: Principal, new: NewMove) -> tuple[str, str]:
        named = {one.name: one.url for one in self._storage.places(principal)}
        for field, name in (("source", new.source), ("target", new.target)):
            if name not in named:
                raise Error(
                    "invalid_parameter", f"{field}: there is no place {name[:80]!r}; there are {', '.join(named)}.",
                    parameter=field, remedy="Name the place in DARKROOM_STORAGE_MORE; `darkroom storage migrate` takes any URL.",
                )  # fmt: skip
        return named[new.source], named[new.target]

    def _note(self, principal: Principal, action: str, move: StorageMove) -> None:
        Trail(self._stores).note(principal, action, move.id, source=move.source, target=move.target)

    def _move(self, move_id: str) -> StorageMove:
        return self._stores.moves.get(move_id)

    def _launched(self, move: StorageMove) -> StorageMove:
        # Before it is asked for: only what was asked for once is asked for again.
        self._stores.moves.request(move.id, now())
        asked_for("move", move.id, lambda: self._launcher.launch(move.id, trace_id=logs.trace_id(), job=MOVE_JOB))
        return self._move(move.id)

"""Calls on where pictures lie, for administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from darkroom.client.call import Call, address

if TYPE_CHECKING:
    from darkroom.domain.storage import StorageMove
    from darkroom.services.storage_views import (
        ArrangeGiven,
        BackupList,
        MoveEnds,
        MovePage,
        NewMove,
        PlaceGiven,
        PlaceList,
        Probe,
        VerifyGiven,
    )
    from darkroom.services.work.views import WorkView


def list_places() -> Call[PlaceList]:
    """The places where pictures lie, what each can and held when it was counted last, and the rules that say which blobs belong where."""
    return Call("GET", address("storage", "places"), "services.storage_views:PlaceList")


def count_places() -> Call[WorkView]:
    """Count what is in every place, which `list_places` tells from then on."""
    return Call("POST", address("storage", "count"), "services.work.views:WorkView")


def check_place(given_: PlaceGiven) -> Call[Probe]:
    """Try a place out: write, read, list and remove a small blob, and everything else it says it can."""
    return Call("POST", address("storage", "check"), "services.storage_views:Probe", body=given_)


def verify_storage(given_: VerifyGiven) -> Call[WorkView]:
    """Read blobs through and compare them with their checksums; what is wrong is told as failed."""
    return Call("POST", address("storage", "verify"), "services.work.views:WorkView", body=given_)


def arrange_storage(given_: ArrangeGiven) -> Call[WorkView]:
    """Put every original and rendition where the rules say it belongs by now."""
    return Call("POST", address("storage", "arrange"), "services.work.views:WorkView", body=given_)


def list_backups() -> Call[BackupList]:
    """The whole backups in the place that the settings of the server name, newest first."""
    return Call("GET", address("storage", "backups"), "services.storage_views:BackupList")


def begin_backup() -> Call[WorkView]:
    """Back database and pictures up, into the place that the settings of the server name."""
    return Call("POST", address("storage", "backups"), "services.work.views:WorkView")


def verify_backup(backup_id: str) -> Call[WorkView]:
    """Read a backup through and compare it with its checksums; what is wrong is told as failed."""
    return Call("POST", address("storage", "backups", backup_id, "verify"), "services.work.views:WorkView")


def list_moves() -> Call[MovePage]:
    """Moves of pictures between places, newest first."""
    return Call("GET", address("storage", "moves"), "services.storage_views:MovePage")


def plan_move(given_: MoveEnds) -> Call[WorkView]:
    """Look what a move would copy: `copies`, `bytes` and `known` of its `result`, without those that are 0; nothing is changed."""
    return Call("POST", address("storage", "moves", "plan"), "services.work.views:WorkView", body=given_)


def begin_move(given_: NewMove) -> Call[StorageMove]:
    """Move all pictures to another place while people work, or go on with a move."""
    return Call("POST", address("storage", "moves"), "domain.storage:StorageMove", body=given_)


def get_move(move_id: str) -> Call[StorageMove]:
    """How far a move is."""
    return Call("GET", address("storage", "moves", move_id), "domain.storage:StorageMove")


def stop_move(move_id: str) -> Call[StorageMove]:
    """Stop copying; what is moved stays moved, and beginning it again goes on."""
    return Call("POST", address("storage", "moves", move_id, "stop"), "domain.storage:StorageMove")


def roll_back_move(move_id: str) -> Call[StorageMove]:
    """Take a move back: the old place is written to again, and what came in since is brought back."""
    return Call("POST", address("storage", "moves", move_id, "rollback"), "domain.storage:StorageMove")

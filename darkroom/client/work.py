"""Calls on many pictures at once, and on operations: what goes on after its request was answered. `Client.wait` waits for one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from darkroom.client.call import Call, address, given

if TYPE_CHECKING:
    from darkroom.domain.selection import Selection
    from darkroom.services.exports.views import ExportGiven, ExportPreview
    from darkroom.services.work.bulk_views import BulkGiven, BulkPreview, ValueSpread
    from darkroom.services.work.views import WorkPage, WorkView


def bulk_images(given_: BulkGiven) -> Call[WorkView]:
    """Do something with all pictures of a selection; what is little is over when this answers."""
    real = given_.model_copy(update={"dry_run": False})
    return Call("POST", address("images", "bulk"), "services.work.views:WorkView", body=real)


def preview_bulk(given_: BulkGiven) -> Call[BulkPreview]:
    """Tell how many pictures are meant, how many would change, and show some; nothing is done."""
    trial = given_.model_copy(update={"dry_run": True})
    return Call("POST", address("images", "bulk"), "services.work.bulk_views:BulkPreview", body=trial)


def read_values(given_: Selection) -> Call[ValueSpread]:
    """What the pictures of a selection have in the fields that people set: where all have the same, and where they differ."""
    return Call(
        "POST", address("images", "values"), "services.work.bulk_views:ValueSpread", body=given_, takes_key=False
    )


def export_sidecars(given_: Selection) -> Call[bytes]:
    """What people say of the pictures of a selection, as XMP sidecars in a zip file."""
    return Call("POST", address("images", "sidecars"), body=given_, takes_key=False)


def export_images(given_: ExportGiven) -> Call[WorkView]:
    """Write the files of pictures into one zip file: `get_export_file` of the operation brings it, within a day."""
    return Call("POST", address("exports"), "services.work.views:WorkView", body=given_)


def preview_export(given_: ExportGiven) -> Call[ExportPreview]:
    """What an export would hold; nothing is written."""
    model = "services.exports.views:ExportPreview"
    return Call("POST", address("exports", "preview"), model, body=given_, takes_key=False)


def get_export_file(export_id: str) -> Call[bytes]:
    """The zip file that an export of one's own wrote."""
    return Call("GET", address("exports", export_id, "file"))


def list_work(
    *, state: Sequence[str] = (), kind: Sequence[str] = (), mine: bool | None = None, limit: int | None = None
) -> Call[WorkPage]:
    """Operations, newest first."""
    return Call(
        "GET",
        address("operations"),
        "services.work.views:WorkPage",
        query=given(state=state, kind=kind, mine=mine, limit=limit),
    )


def get_work(operation_id: str) -> Call[WorkView]:
    """How far an operation is, and what came of it."""
    return Call("GET", address("operations", operation_id), "services.work.views:WorkView")


def cancel_work(operation_id: str) -> Call[WorkView]:
    """Stop an operation; what is done stays, and can be undone where `can_undo` says so."""
    return Call("POST", address("operations", operation_id, "cancel"), "services.work.views:WorkView")


def undo_work(operation_id: str) -> Call[WorkView]:
    """Take an operation back by another one, which is the answer."""
    return Call("POST", address("operations", operation_id, "undo"), "services.work.views:WorkView")

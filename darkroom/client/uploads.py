"""Calls on files that are sent in parts; `Client.upload` does them all in the right order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from darkroom.client.call import Call, Piece, address

if TYPE_CHECKING:
    from darkroom.services.activity_views import Accepted
    from darkroom.services.uploads.views import (
        HashesGiven,
        HashesKnown,
        NewUpload,
        UploadBegun,
        UploadCompleted,
        UploadGroup,
        UploadList,
        UploadPart,
        UploadView,
    )


def begin_upload(given_: NewUpload) -> Call[UploadBegun]:
    """Begin to send one large file in parts, or go on with one of the same content hash that broke off."""
    return Call("POST", address("uploads"), "services.uploads.views:UploadBegun", body=given_)


def find_known(given_: HashesGiven) -> Call[HashesKnown]:
    """Which content hashes are pictures here already, so that their files need not be sent."""
    return Call("POST", address("uploads", "known"), "services.uploads.views:HashesKnown", body=given_)


def list_uploads() -> Call[UploadList]:
    """One's own uploads that belong to no batch yet, newest first."""
    return Call("GET", address("uploads"), "services.uploads.views:UploadList")


def submit_uploads(given_: UploadGroup) -> Call[Accepted]:
    """Make one batch of the whole files of a key, and have it taken in; asked again, it names the same batch."""
    return Call("POST", address("uploads", "submit"), "services.activity_views:Accepted", body=given_)


def get_upload(upload_id: str) -> Call[UploadView]:
    """One of one's own uploads: which parts are there, and where the others are sent."""
    return Call("GET", address("uploads", upload_id), "services.uploads.views:UploadView")


def put_upload_part(upload_id: str, number: int, piece: Piece) -> Call[UploadPart]:
    """Send one part, in any order; sent again it replaces itself. The answer says that it is on disk."""
    return Call(
        "PUT", address("uploads", upload_id, "parts", str(number)), "services.uploads.views:UploadPart", piece=piece
    )


def complete_upload(upload_id: str) -> Call[UploadCompleted]:
    """Put the parts together and verify size and hash of the whole; without a `batch` key it is submitted at once."""
    return Call("POST", address("uploads", upload_id, "complete"), "services.uploads.views:UploadCompleted")


def drop_upload(upload_id: str) -> Call[None]:
    """Give up one of one's own uploads; what came in is removed."""
    return Call("DELETE", address("uploads", upload_id))

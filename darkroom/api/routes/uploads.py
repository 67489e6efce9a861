"""Files that come in part by part: begun, gone on with after whatever broke, put together, submitted as batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Header, Path
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_thread
from darkroom.api.digests import sha256_of
from darkroom.api.once import made_id
from darkroom.api.schemas import problems
from darkroom.errors import Error
from darkroom.services.activity_views import Accepted, BatchView
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

router = APIRouter(tags=["uploads"])

UploadIdPath = Annotated[str, Path(alias="id", max_length=80, description="Id of the upload.")]
NumberPath = Annotated[int, Path(ge=1, le=100_000, description="Number of the part, from one.")]
ContentDigest = Annotated[
    str | None,
    Header(
        max_length=1000, description="`sha-256=:BASE64:` (RFC 9530): the part is refused if it has another checksum."
    ),
]
_BUFFER = 1024 * 1024
_BYTES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}
        },
    }
}


@router.post(
    "/uploads",
    response_model=UploadBegun,
    status_code=201,
    responses=problems("invalid_parameter", "payload_too_large", "too_many_uploads", "storage_full")
    | {200: {"model": UploadBegun, "description": "The bytes are a picture here already: nothing is to be sent."}},
    dependencies=[NO_QUERY],
)
async def begin_upload(new: NewUpload, request: Request, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Begin to send one large file in parts, or go on with one of the same content hash that broke off."""
    found = await in_thread(library.uploads.begin, principal, new, made_id(request, "u"))
    if found.upload is None:
        return answer(found)
    return answer(found, status=201, headers={"Location": f"/api/v1/uploads/{found.upload.id}"})


@router.post(
    "/uploads/known", response_model=HashesKnown, responses=problems("invalid_parameter"), dependencies=[NO_QUERY]
)
async def find_known(given: HashesGiven, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Which content hashes are pictures here already, so that their files need not be sent."""
    return answer(await in_thread(library.uploads.known, principal, given.sha256))


@router.get("/uploads", response_model=UploadList, dependencies=[NO_QUERY])
async def list_uploads(library: LibraryDep, principal: PrincipalDep) -> Response:
    """One's own uploads that belong to no batch yet, newest first."""
    return answer(await in_thread(library.uploads.list, principal))


@router.post(
    "/uploads/submit",
    response_model=Accepted,
    status_code=202,
    responses=problems("invalid_parameter", "not_found", "conflict"),
    dependencies=[NO_QUERY],
)
async def submit_uploads(
    given: UploadGroup, request: Request, library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Make one batch of the whole files of a key, and have it taken in; asked again, it names the same batch."""
    batch = await in_thread(library.uploads.submit, principal, given.batch, made_id(request, "b"))
    view = BatchView.of(batch, library.settings)
    return answer(Accepted(batch=view), status=202, headers={"Location": f"/api/v1/batches/{batch.id}"})


@router.get("/uploads/{id}", response_model=UploadView, responses=problems("not_found"), dependencies=[NO_QUERY])
async def get_upload(upload_id: UploadIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """One of one's own uploads: which parts are there, and where the others are sent."""
    return answer(await in_thread(library.uploads.get, principal, upload_id))


@router.put(
    "/uploads/{id}/parts/{number}",
    response_model=UploadPart,
    responses=problems(
        "not_found", "bad_request", "conflict", "payload_too_large", "checksum_mismatch", "invalid_parameter",
        "request_timeout", "storage_full",
    ),
    openapi_extra=_BYTES,
    dependencies=[NO_QUERY],
)  # fmt: skip
async def put_upload_part(
    upload_id: UploadIdPath,
    number: NumberPath,
    request: Request,
    library: LibraryDep,
    principal: PrincipalDep,
    *,
    content_digest: ContentDigest = None,
) -> Response:
    """Send one part, in any order; sent again it replaces itself. The answer says that it is on disk."""
    writer = await in_thread(library.uploads.part, principal, upload_id, number, sha256_of(content_digest))
    try:
        await stream_to(request, writer.write)
        await in_thread(writer.finish)
    except ClientDisconnect as error:
        raise Error("bad_request", "The client went away during the part.") from error
    finally:
        with anyio.CancelScope(shield=True):
            await in_thread(writer.discard)
    return answer(await in_thread(library.uploads.note_part, principal, upload_id, number))


async def stream_to(request: Request, write: Callable[[bytes], None]) -> None:
    """Hand the body of a request over piece by piece, in a thread."""
    waiting = bytearray()
    async for piece in request.stream():
        waiting += piece
        if len(waiting) >= _BUFFER:
            await in_thread(write, bytes(waiting))
            waiting.clear()
    await in_thread(write, bytes(waiting))


@router.post(
    "/uploads/{id}/complete",
    response_model=UploadCompleted,
    responses=problems("not_found", "conflict", "upload_damaged", "storage_full")
    | {
        202: {
            "model": UploadCompleted,
            "description": "The file is a batch of its own, which is being taken in; or a large one, which an operation puts together.",
        }
    },
    dependencies=[NO_QUERY],
)
async def complete_upload(
    upload_id: UploadIdPath, request: Request, library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Put the parts together and verify size and hash of the whole; without a `batch` key it is submitted then. What is large is an operation: wait for it, and complete it again."""
    ids = {"batch_id": made_id(request, "b"), "work_id": made_id(request, "o")}
    found = await in_thread(library.uploads.complete, principal, upload_id, **ids)
    status = 200 if found.batch is None and found.operation is None else 202
    where = {} if found.operation is None else {"Operation-Location": found.operation.links["self"], "Retry-After": "2"}
    return answer(found, status=status, headers=where)


@router.delete(
    "/uploads/{id}",
    status_code=204,
    response_class=Response,
    responses=problems("not_found", "conflict"),
    dependencies=[NO_QUERY],
)
async def drop_upload(upload_id: UploadIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Give up one of one's own uploads; what came in is removed."""
    await in_thread(library.uploads.drop, principal, upload_id)
    return Response(status_code=204)

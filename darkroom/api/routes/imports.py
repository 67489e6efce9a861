"""Archives of labelled pictures that become versions of datasets."""

from __future__ import annotations

from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Path, Query
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_hard_thread, in_thread
from darkroom.api.digests import sha256_of
from darkroom.api.once import is_again, made_id
from darkroom.api.routes.operations import operation_answer
from darkroom.api.routes.uploads import ContentDigest, stream_to
from darkroom.api.schemas import problems
from darkroom.errors import Error
from darkroom.services.imports.views import ImportGiven, ImportReport
from darkroom.services.work.views import WorkView

router = APIRouter(tags=["datasets"])

ImportIdPath = Annotated[str, Path(alias="id", max_length=80, description="Id of the operation that reads it.")]
_ARCHIVE: dict[str, Any] = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": dict.fromkeys(("application/zip", "application/x-tar", "application/octet-stream"), _ARCHIVE),
    }
}


@router.post(
    "/datasets/import",
    response_model=WorkView,
    status_code=202,
    responses=problems(
        "bad_request", "invalid_parameter", "not_found", "conflict", "dataset_invalid", "payload_too_large", "checksum_mismatch",
        "request_timeout", "storage_full",
    )
    | {200: {"model": WorkView, "description": "It was only to be looked at, and is little."}},
    openapi_extra=_BODY,
)  # fmt: skip
async def import_dataset(
    given: Annotated[ImportGiven, Query()],
    request: Request,
    library: LibraryDep,
    principal: PrincipalDep,
    *,
    content_digest: ContentDigest = None,
) -> Response:
    """Take the labelled pictures of a zip or tar file in, and make them the next version of a dataset (`links.dataset`, once it is there).

    What is malformed is left out and told with file and line at `links.report`; the rest is imported. Splits that the files name are kept. With `dry_run` it is only told what would come of it;
    what was sent for that is imported afterwards by `archive`, with an empty body.
    """
    work_id, digest = made_id(request, "o"), sha256_of(content_digest)
    if is_again(request) and (found := await in_thread(library.imports.begun, principal, work_id)) is not None:
        async for _piece in request.stream():
            pass
        return operation_answer(found)
    announced = request.headers.get("content-length", "")
    expected = int(announced) if announced.isascii() and announced.isdigit() and len(announced) < 19 else 0
    if given.archive is not None:
        async for piece in request.stream():
            if piece:
                raise Error(
                    "bad_request", "An archive is named, and another one is sent.", remedy="Leave the body empty."
                )
        await in_thread(library.imports.go_on, principal, given, given.archive, work_id)
        return operation_answer(await in_hard_thread(library.imports.begin, principal, given, work_id))
    incoming = await in_thread(
        library.imports.receive, principal, given, work_id, expected=expected, digest=digest
    )  # fmt: skip
    try:
        await stream_to(request, incoming.write)
        await in_thread(incoming.finish)
    except ClientDisconnect as error:
        raise Error("bad_request", "The client went away during the archive.") from error
    finally:
        with anyio.CancelScope(shield=True):
            await in_thread(incoming.discard)
    return operation_answer(await in_hard_thread(library.imports.begin, principal, given, work_id))


@router.get("/imports/{id}", response_model=ImportReport, responses=problems("not_found"), dependencies=[NO_QUERY])
async def get_import(import_id: ImportIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """What an archive of one's own holds by classes and splits, and what of it could not be read, with file and line; for a day."""
    return answer(await in_thread(library.imports.report, principal, import_id))

"""What recipes make of pictures: estimates, orders, results."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from darkroom.api.blobs import file_response
from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_hard_thread, in_thread
from darkroom.api.limits import meter_of
from darkroom.api.params import FileParams, ImageIdPath, ListParams, OrderParams
from darkroom.api.schemas import FILE_RESPONSES, problems
from darkroom.services.activity_views import Hurry
from darkroom.services.recipes.order_views import Estimate, OrderGiven, OrderPage, OrderView, RenditionPage

router = APIRouter(tags=["recipes"])

OrderIdPath = Annotated[str, Path(alias="id", max_length=80, description="Id of the order.")]
AddressPath = Annotated[str, Path(alias="address", description="Id of the result: 64 lower-case hexadecimal digits.")]
_REFUSED = ("invalid_parameter", "recipe_invalid", "not_found", "blob_missing")


@router.post(
    "/renditions",
    response_model=OrderView,
    status_code=202,
    responses=problems(*_REFUSED) | {200: {"model": Estimate, "description": "With `dry_run`: what it would take."}},
    dependencies=[NO_QUERY],
)
async def order_renditions(
    given: OrderGiven, request: Request, library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Have a recipe run on pictures; with `dry_run` only tell how many will be computed, how long it takes, and how many bytes come of it."""
    if given.dry_run:
        return answer(await in_hard_thread(library.renditions.estimate, principal, given))
    found = await in_thread(library.renditions.order, principal, given)
    # Their sizes are not looked up: each counts as a megapixel.
    meter_of(request.scope).spend(pixels=1_000_000 * found.total)
    return answer(found, status=202, headers={"Location": f"/api/v1/renditions/{found.id}"})


@router.get("/renditions", response_model=OrderPage, responses=problems("invalid_parameter", "invalid_cursor"))
async def list_rendition_orders(
    params: Annotated[OrderParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Orders, newest first."""
    found = in_thread(
        library.renditions.orders, principal, states=params.state, limit=params.limit, cursor=params.cursor
    )
    return answer(await found)


@router.get("/renditions/{id}", response_model=OrderView, responses=problems("not_found"), dependencies=[NO_QUERY])
async def get_rendition_order(order_id: OrderIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """How far an order is: counters, rate and time left."""
    return answer(await in_thread(library.renditions.get, principal, order_id))


@router.post(
    "/renditions/{id}/cancel",
    response_model=OrderView,
    responses=problems("not_found", "conflict"),
    dependencies=[NO_QUERY],
)
async def cancel_rendition_order(order_id: OrderIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Stop an order; what is made stays, and the same order again goes on from there."""
    return answer(await in_thread(library.renditions.cancel, principal, order_id))


@router.post(
    "/renditions/{id}/priority",
    response_model=OrderView,
    responses=problems("invalid_parameter", "not_found", "conflict"),
    dependencies=[NO_QUERY],
)
async def hurry_rendition_order(
    order_id: OrderIdPath, given: Hurry, library: LibraryDep, principal: PrincipalDep
) -> Response:  # fmt: skip
    """Change how urgent an order is that waits."""
    return answer(await in_thread(library.hurries.order, principal, order_id, given))


@router.get(
    "/images/{id}/renditions",
    response_model=RenditionPage,
    responses=problems("not_found", "invalid_parameter", "invalid_cursor"),
)
async def list_renditions(
    image_id: ImageIdPath, params: Annotated[ListParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """What recipes made of a picture, newest first, with how it was found where a quality was looked for."""
    found = in_thread(library.renditions.of_image, principal, image_id, limit=params.limit, cursor=params.cursor)
    return answer(await found)


@router.get(
    "/images/{id}/renditions/{address}",
    response_class=Response,
    responses=FILE_RESPONSES | problems("not_found", "blob_missing"),
)
async def get_rendition(
    image_id: ImageIdPath,
    address: AddressPath,
    request: Request,
    library: LibraryDep,
    principal: PrincipalDep,
    *,
    params: Annotated[FileParams, Query()],
) -> Response:
    """The file that a recipe made; it never changes under its address."""
    found = await in_thread(library.renditions.file, principal, image_id, address)
    return await file_response(found, request.headers, attachment=params.download)

"""Collections, and who is in them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_thread
from darkroom.api.etags import IfMatch, expected, tagged
from darkroom.api.routes.operations import operation_answer
from darkroom.api.schemas import problems
from darkroom.services.collection_views import (
    CollectionChange,
    CollectionList,
    CollectionView,
    MembersChanged,
    MembersGiven,
    NewCollection,
)
from darkroom.services.work.views import WorkView

router = APIRouter(tags=["collections"])

CollectionIdPath = Annotated[str, Path(alias="id", max_length=80, description="Id of the collection.")]
_MemberPath = Annotated[str, Path(alias="image", pattern=r"^[0-9a-f]{64}$", description="Id of a picture.")]
_CHANGES = problems("not_found", "invalid_parameter", "already_exists", "precondition_failed", "precondition_required")


@router.get("/collections", response_model=CollectionList, dependencies=[NO_QUERY])
async def list_collections(library: LibraryDep, principal: PrincipalDep) -> Response:
    """Every collection that one may see, by name, with the number of pictures in it and a cover; `parent` makes the tree."""
    return answer(await in_thread(library.collections.list, principal))


@router.post(
    "/collections",
    response_model=CollectionView,
    status_code=201,
    responses=problems("invalid_parameter", "already_exists"),
    dependencies=[NO_QUERY],
)
async def create_collection(new: NewCollection, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Make a collection, filled by hand or, with a query, smart; its id is made of its name and never changes."""
    made = await in_thread(library.collections.create, principal, new)
    return tagged(made, made.revision, status=201, headers={"Location": f"/api/v1/collections/{made.id}"})


@router.get(
    "/collections/{id}",
    response_model=CollectionView,
    responses=problems("not_found"),
    dependencies=[NO_QUERY],
)
async def get_collection(collection_id: CollectionIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """One collection; its pictures are `GET /images?collection=<id>`. Its `ETag` says nothing of what is in it."""
    found = await in_thread(library.collections.get, principal, collection_id)
    return tagged(found, found.revision)


@router.patch("/collections/{id}", response_model=CollectionView, responses=_CHANGES, dependencies=[NO_QUERY])
async def update_collection(
    collection_id: CollectionIdPath, change: CollectionChange, library: LibraryDep, principal: PrincipalDep,
    if_match: IfMatch = None,
) -> Response:  # fmt: skip
    """Change a collection: name, description, place, cover, query; roles and rules of the place it moves to hold in it."""
    revision = expected(if_match, required=True)
    changed = await in_thread(library.collections.update, principal, collection_id, change, revision=revision)
    return tagged(changed, changed.revision)


@router.delete(
    "/collections/{id}",
    response_model=WorkView,
    status_code=202,
    responses=problems("not_found", "conflict", "precondition_failed", "precondition_required")
    | {200: {"model": WorkView, "description": "Few pictures were in it, and have forgotten it."}},
    dependencies=[NO_QUERY],
)
async def delete_collection(
    collection_id: CollectionIdPath, library: LibraryDep, principal: PrincipalDep, if_match: IfMatch = None
) -> Response:
    """Take a collection away, at once; its pictures stay, and an operation lets them forget it. Refused while others lie in it, or roles and rules hold in it."""
    revision = expected(if_match, required=True)
    return operation_answer(await in_thread(library.collections.delete, principal, collection_id, revision=revision))


@router.post(
    "/collections/{id}/images",
    response_model=MembersChanged,
    responses=problems("invalid_parameter", "not_found", "conflict"),
    dependencies=[NO_QUERY],
)
async def change_members(
    collection_id: CollectionIdPath, given: MembersGiven, library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Put pictures in and take pictures out; it takes the right to change the collection and every one of the pictures."""
    return answer(await in_thread(library.collections.put, principal, collection_id, given))


@router.put(
    "/collections/{id}/images/{image}",
    status_code=204,
    response_class=Response,
    responses=problems("invalid_parameter", "not_found", "conflict"),
    dependencies=[NO_QUERY],
)
async def add_member(
    collection_id: CollectionIdPath, image_id: _MemberPath, library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Put one picture in; done again, it changes nothing."""
    await in_thread(library.collections.put, principal, collection_id, MembersGiven(add=(image_id,)))
    return Response(status_code=204)


@router.delete(
    "/collections/{id}/images/{image}",
    status_code=204,
    response_class=Response,
    responses=problems("invalid_parameter", "not_found", "conflict"),
    dependencies=[NO_QUERY],
)
async def remove_member(
    collection_id: CollectionIdPath, image_id: _MemberPath, library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Take one picture out; it stays in the library."""
    await in_thread(library.collections.put, principal, collection_id, MembersGiven(remove=(image_id,)))
    return Response(status_code=204)

"""Tags: the tree of them, and changing one on all pictures."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_thread
from darkroom.api.once import made_id
from darkroom.api.routes.operations import operation_answer
from darkroom.api.schemas import problems
from darkroom.services.edit_views import TagColour, TagNode, TagRemoval, TagRename, TagsChanged, TagTree
from darkroom.services.work.views import WorkView

router = APIRouter(tags=["tags"])

_CHANGES = problems("not_found", "already_exists", "invalid_parameter")
_BEGINS: dict[str, Any] = {
    "response_model": WorkView,
    "status_code": 202,
    "responses": _CHANGES
    | {
        200: {
            "model": TagsChanged | WorkView,
            "description": "With `dry_run`: what would be done. Else: it was little, and is done.",
        }
    },
    "dependencies": [NO_QUERY],
}


@router.get("/tags", response_model=TagTree, dependencies=[NO_QUERY])
async def list_tags(library: LibraryDep, principal: PrincipalDep) -> Response:
    """All tags as a tree, each with how many pictures have it or one below it."""
    return answer(await in_thread(library.tags.tree, principal))


@router.post("/tags/rename", **_BEGINS)
async def rename_tag(given: TagRename, request: Request, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Give a tag and all below it another name on every picture, or let it become one with another tag; it can be undone."""
    if given.dry_run:
        return answer(await in_thread(library.tags.preview_rename, principal, given))
    return operation_answer(await in_thread(library.tags.rename, principal, given, work_id=made_id(request, "o")))


@router.post("/tags/delete", **_BEGINS)
async def delete_tag(given: TagRemoval, request: Request, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Take a tag and all below it off every picture; it can be undone."""
    if given.dry_run:
        return answer(await in_thread(library.tags.preview_removal, principal, given))
    return operation_answer(await in_thread(library.tags.remove, principal, given, work_id=made_id(request, "o")))


@router.post("/tags/colour", response_model=TagNode, responses=_CHANGES, dependencies=[NO_QUERY])
async def colour_tag(given: TagColour, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Give a tag a colour, or take it away."""
    return answer(await in_thread(library.tags.colour, principal, given))

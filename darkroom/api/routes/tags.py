"""Tags: the tree of them, and changing one on all pictures."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_thread
from darkroom.api.schemas import problems
from darkroom.services.edit_views import TagColour, TagNode, TagRemoval, TagRename, TagsChanged, TagTree

router = APIRouter(tags=["tags"])

_CHANGES = problems("not_found", "already_exists", "invalid_parameter")


@router.get("/tags", response_model=TagTree, dependencies=[NO_QUERY])
async def list_tags(library: LibraryDep, principal: PrincipalDep) -> Response:
    """All tags as a tree, each with how many pictures have it or one below it."""
    return answer(await in_thread(library.tags.tree, principal))


@router.post("/tags/rename", response_model=TagsChanged, responses=_CHANGES, dependencies=[NO_QUERY])
async def rename_tag(given: TagRename, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Give a tag and all below it another name on every picture, or let it become one with another tag."""
    return answer(await in_thread(library.tags.rename, principal, given))


@router.post("/tags/delete", response_model=TagsChanged, responses=_CHANGES, dependencies=[NO_QUERY])
async def delete_tag(given: TagRemoval, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Take a tag and all below it off every picture."""
    return answer(await in_thread(library.tags.remove, principal, given))


@router.post("/tags/colour", response_model=TagNode, responses=_CHANGES, dependencies=[NO_QUERY])
async def colour_tag(given: TagColour, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Give a tag a colour, or take it away."""
    return answer(await in_thread(library.tags.colour, principal, given))

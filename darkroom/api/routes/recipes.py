"""Recipes: what steps can be, presets, checking, trying one on a picture."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_hard_thread, in_thread
from darkroom.api.limits import meter_of
from darkroom.api.params import ImageIdPath
from darkroom.api.schemas import problems
from darkroom.domain.quality_curve import QualityCurve
from darkroom.services.recipes.example_views import ExampleList, ExamplesGiven
from darkroom.services.recipes.views import (
    CurveGiven,
    NewPreset,
    OperationList,
    PluginList,
    PluginSwitch,
    PluginView,
    PresetDetail,
    PresetList,
    PreviewGiven,
    RecipeGiven,
    Retired,
    Validation,
)

router = APIRouter(tags=["recipes"])

PresetIdPath = Annotated[
    str, Path(alias="id", max_length=90, description="Name of a preset, or `name@version`.", pattern=r"^[^/]+$")
]
"""Id of a preset in the path."""
PluginPath = Annotated[str, Path(alias="id", max_length=40, description="Name of a plug-in.")]
"""Name of a plug-in in the path."""
_SHOWN: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The picture.",
        "content": {
            kind: {"schema": {"type": "string", "contentMediaType": kind}}
            for kind in ("image/jpeg", "image/webp", "image/png")
        },
    }
}


@router.get("/imaging/operations", response_model=OperationList, dependencies=[NO_QUERY])
async def list_operations(library: LibraryDep, principal: PrincipalDep) -> Response:
    """Operations that a step of a recipe can be, with the JSON schema of their parameters and words for people."""
    return answer(await in_thread(library.presets.operations, principal))


@router.get("/plugins", response_model=PluginList, dependencies=[NO_QUERY])
async def list_plugins(library: LibraryDep, principal: PrincipalDep) -> Response:
    """Installed plug-ins, with what each may do, and what this system holds them to."""
    return answer(await in_thread(library.plugins.list, principal))


@router.post(
    "/plugins/{id}/switch",
    response_model=PluginView,
    responses=problems("not_found", "plugin_invalid"),
    dependencies=[NO_QUERY],
)
async def switch_plugin(
    name: PluginPath, given: PluginSwitch, library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Switch a plug-in off, or on again; everything that runs sees it before its next step."""
    return answer(await in_thread(library.plugins.switch, principal, name, given))


@router.post(
    "/recipes/validate",
    response_model=Validation,
    responses=problems("invalid_parameter", "recipe_invalid", "not_found"),
    dependencies=[NO_QUERY],
)
async def validate_recipe(given: RecipeGiven, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Check a recipe as a whole; the error names step, parameter and remedy."""
    return answer(await in_thread(library.presets.validate, principal, given))


@router.get("/presets", response_model=PresetList, dependencies=[NO_QUERY])
async def list_presets(library: LibraryDep, principal: PrincipalDep) -> Response:
    """Saved recipes, those that come with Darkroom first."""
    return answer(await in_thread(library.presets.list, principal))


@router.post(
    "/presets",
    response_model=PresetDetail,
    status_code=201,
    responses=problems("invalid_parameter", "recipe_invalid", "already_exists", "conflict"),
    dependencies=[NO_QUERY],
)
async def save_preset(new: NewPreset, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Save a recipe; under a name that is there already it becomes the next version, which never changes any more."""
    found = await in_thread(library.presets.save, principal, new)
    headers = {"Location": f"/api/v1/presets/{found.name}@{found.version}"}
    return answer(found, status=201, headers=headers)


@router.get("/presets/{id}", response_model=PresetDetail, responses=problems("not_found"), dependencies=[NO_QUERY])
async def get_preset(preset_id: PresetIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Everything known of a version of a preset, with where it is used."""
    return answer(await in_thread(library.presets.get, principal, preset_id))


@router.delete(
    "/presets/{id}", response_model=Retired, responses=problems("not_found", "conflict"), dependencies=[NO_QUERY]
)
async def retire_preset(preset_id: PresetIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Take a preset out of the list; its versions stay readable for what was made with them."""
    return answer(await in_thread(library.presets.retire, principal, preset_id))


@router.post(
    "/images/examples", response_model=ExampleList, responses=problems("invalid_parameter"), dependencies=[NO_QUERY]
)
async def choose_examples(given: ExamplesGiven, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Some pictures of a selection to try a recipe on: those where it is likely to go wrong (the darkest, the highest ISO, ...), then those that differ as much as all of them do."""
    return answer(await in_thread(library.presets.contests.examples, principal, given))


@router.post(
    "/images/{id}/recipe-preview",
    response_class=Response,
    responses=_SHOWN | problems(
        "invalid_parameter", "recipe_invalid", "not_found", "blob_missing", "image_corrupt", "image_unsupported",
        "image_too_many_pixels", "operation_failed", "image_out_of_memory",
    ),
    dependencies=[NO_QUERY],
)  # fmt: skip
async def preview_recipe(
    image_id: ImageIdPath, given: PreviewGiven, request: Request, library: LibraryDep, principal: PrincipalDep
) -> Response:
    """What a recipe makes of a picture, in small and at once; nothing is kept."""
    found = await in_hard_thread(library.previews.preview, principal, image_id, given)
    meter_of(request.scope).spend(pixels=found.width * found.height * (1 + found.computed))
    headers = {
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Width": str(found.width),
        "X-Height": str(found.height),
        "X-Steps-Reused": str(found.reused),
        # JSON spells everything in ASCII, as headers want it.
        "X-Notes": json.dumps(found.notes),
    }
    return Response(found.data, headers=headers, media_type=found.media_type)


@router.post(
    "/images/{id}/quality-curve",
    response_model=QualityCurve,
    responses=problems(
        "invalid_parameter", "recipe_invalid", "not_found", "blob_missing", "image_corrupt", "image_unsupported",
        "image_too_many_pixels", "operation_failed", "image_out_of_memory", "encode_failed", "encoder_missing", "format_limit",
    ),
    dependencies=[NO_QUERY],
)  # fmt: skip
async def curve_quality(
    image_id: ImageIdPath, given: CurveGiven, request: Request, library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Bytes and likeness over the qualities of a format, of what a recipe makes of a picture; nothing is kept."""
    found = await in_hard_thread(library.previews.curve, principal, image_id, given)
    meter_of(request.scope).spend(pixels=found.width * found.height)
    return answer(found)

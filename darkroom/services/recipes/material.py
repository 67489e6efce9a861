"""What recipes of the library work with: originals of the blob store, pictures that steps refer to, the lane."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from darkroom.domain.base import SHA256_PATTERN
from darkroom.domain.recipe import FILTER_TABLE
from darkroom.domain.scope import Scope
from darkroom.errors import Error
from darkroom.services.recipes.filter_shelf import FilterShelf
from darkroom.services.recipes.models import ModelShelf
from darkroom.services.sight import visible
from darkroom.settings import Settings
from darkroom.store import Stores

if TYPE_CHECKING:
    from darkroom.imaging.recipes.compile import Program
    from darkroom.imaging.recipes.kept import DiskStages
    from darkroom.imaging.recipes.lane import RecipeLane
    from darkroom.imaging.recipes.run import Resources

_SHA256 = re.compile(SHA256_PATTERN.removesuffix("$") + r"\Z")


def resources_of(settings: Settings, stores: Stores, program: Program, scope: Scope) -> Resources:
    """Pictures that steps refer to, by their id in the library, models of the registry, and the detectors; nothing else
    here can be reached.

    Args:
        settings: say where detectors lie.
        stores: where they are.
        program: whose steps.
        scope: pictures that whoever asks may see; others are not there.

    Raises:
        Error: `recipe_invalid` for a reference to anything else, `not_found` or `blob_missing`; `model_unusable` for a
            detector that is none, or a model without ONNX file.
    """
    from darkroom.imaging.recipes.lenses import lens_digests
    from darkroom.imaging.recipes.looking import digests_of, find_detectors
    from darkroom.imaging.recipes.run import Resources

    raw: dict[str, bytes] = {}
    files: dict[str, bytes] = {}
    digests: dict[str, str] = {}
    shelf = ModelShelf(stores, scope)
    for kind, words in program.references():
        if kind == "model":
            files[words], digests[words] = shelf.read(words)
            continue
        if kind == "file" and words.startswith(FILTER_TABLE):
            files[words] = FilterShelf(stores).table(words.removeprefix(FILTER_TABLE))
            digests[words] = hashlib.sha256(files[words]).hexdigest()
            continue
        if kind != "picture" or not _SHA256.match(words):
            raise Error(
                "recipe_invalid",
                f"A step needs {words[:200]!r}, which is no picture of the library.",
                remedy="Name a picture by its id; recipes that need files run with `darkroom apply`.",
            )
        visible(stores, words, scope)
        raw[words], digests[words] = stores.blobs.read("originals", words), words
    detectors = find_detectors(settings.detectors)
    lenses = settings.lenses
    digests |= digests_of(program, detectors) | lens_digests(program, lenses)
    return Resources(raw=raw, files=files, digests=digests, detectors=detectors, lenses=lenses)


def open_lane(settings: Settings, *, isolate_all: bool, keep_stages: bool) -> RecipeLane:
    """A lane within the limits of the settings; the imaging libraries are imported now."""
    from darkroom.imaging.limits import Limits
    from darkroom.imaging.recipes.lane import RecipeLane

    return RecipeLane(
        Limits.of(settings),
        memory_mb=settings.decode_memory_mb,
        timeout=settings.recipe_timeout_seconds,
        stages=open_stages(settings) if keep_stages else None,
        isolate_all=isolate_all,
    )


def open_stages(settings: Settings) -> DiskStages | None:
    """Where pictures between steps are kept, if they are."""
    from darkroom.imaging.recipes.kept import DiskStages

    if not settings.stage_cache_mb:
        return None
    return DiskStages(settings.home_path / "cache" / "stages", settings.stage_cache_mb * 1_000_000)

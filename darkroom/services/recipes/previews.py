"""Trying a recipe on one picture, in small."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from darkroom.access import require, scope_of
from darkroom.domain.access import Principal
from darkroom.domain.quality_curve import QualityCurve
from darkroom.domain.scope import Scope
from darkroom.services.recipes.material import open_lane, resources_of
from darkroom.services.recipes.models import ModelShelf
from darkroom.services.recipes.presets import Chosen, PresetService
from darkroom.services.recipes.views import CurveGiven, PreviewGiven, RecipeGiven
from darkroom.services.sight import visible
from darkroom.settings import Settings
from darkroom.store import Stores

if TYPE_CHECKING:
    from darkroom.imaging.recipes.lane import RecipeLane
    from darkroom.imaging.recipes.run import Resources

_SECONDS = 30.0
_LOOKED_FOR = ("quality", "adaptive")


@dataclass(frozen=True)
class Tried:
    """What a recipe makes of a picture, in small."""

    data: bytes
    media_type: str
    width: int
    height: int
    reused: int
    """Steps whose result was there from the preview before."""
    computed: int
    """Steps that were worked out."""
    notes: tuple[str, ...] = ()
    """Steps that left the picture as it was, and why."""


class PreviewService:
    """Tries recipes in decoder processes, which remember the pictures between the steps: whatever a file or a recipe
    does, this process goes on.

    Args:
        settings: limits.
        stores: pictures.
        presets: reads recipes.
    """

    def __init__(self, settings: Settings, stores: Stores, presets: PresetService) -> None:
        self._settings = settings
        self._stores = stores
        self._presets = presets
        self._opening = threading.Lock()
        self._lane: RecipeLane | None = None

    def preview(self, principal: Principal, image_id: str, given: PreviewGiven) -> Tried:
        """Run a recipe on a small copy of a picture.

        Raises:
            Error: `not_found`, `recipe_invalid`, an `image_*` code or that of a step.
        """
        require(principal, "presets:read")
        scope = scope_of(principal, "images:read")
        record, chosen = visible(self._stores, image_id, scope), self._chosen(given, scope)
        resources, data = self._material(image_id, chosen, scope)
        from darkroom.imaging.formats.options import EncodeOptions
        from darkroom.imaging.recipes.lane import PreviewTask

        quality = None if given.format == "png" else given.quality
        output = EncodeOptions.checked(format=given.format, quality=quality)
        task = PreviewTask(
            record.name, data, chosen.recipe, resources, given.long_side, output, _SECONDS, record.wishes
        )
        # Threads beyond the cores would only hold more pictures in memory at once.
        made = self._opened().isolated(task, record.bytes)
        computed = max(0, len(chosen.program.steps) - made.reused)
        return Tried(made.data, made.media_type, made.shape.width, made.shape.height, made.reused, computed, made.notes)

    def curve(self, principal: Principal, image_id: str, given: CurveGiven) -> QualityCurve:
        """Bytes and likeness of what a recipe makes of a picture, over the qualities of its format.

        Raises:
            Error: `invalid_parameter` for options that do not fit, `encoder_missing` where nobody writes the format, else as
                `preview`.
        """
        require(principal, "presets:read")
        scope = scope_of(principal, "images:read")
        record, chosen = visible(self._stores, image_id, scope), self._chosen(given, scope)
        resources, data = self._material(image_id, chosen, scope)
        from darkroom.imaging.formats.options import EncodeOptions
        from darkroom.imaging.recipes.lane import CurveTask

        told = dict(given.output or chosen.recipe.output)
        options = EncodeOptions.checked(**{name: value for name, value in told.items() if name not in _LOOKED_FOR})
        task = CurveTask(record.name, data, chosen.recipe, resources, options, given.qualities, _SECONDS, record.wishes)
        return self._opened().curve(task, record.bytes)

    def measure(self, principal: Principal, image_id: str, chosen: Chosen) -> tuple[float, float, int]:
        """Run a recipe on a whole picture and keep nothing: megapixels, seconds and bytes of the result.

        Raises:
            Error: as `preview`.
        """
        scope = scope_of(principal, "images:read")
        from darkroom.imaging.recipes.lane import RecipeTask

        record = visible(self._stores, image_id, scope)
        resources, data = self._material(image_id, chosen, scope)
        task = RecipeTask(record.name, data, chosen.recipe, resources, None, _SECONDS, settings=record.wishes)
        lane = self._opened()
        begun = time.perf_counter()
        made = lane.isolated(task, record.bytes)
        return record.width * record.height / 1e6, time.perf_counter() - begun, len(made.data)

    def _chosen(self, given: PreviewGiven | CurveGiven, scope: Scope) -> Chosen:
        asked = RecipeGiven(recipe=given.recipe, preset=given.preset)
        return ModelShelf(self._stores, scope).pinned(self._presets.choose(asked))

    def _material(self, image_id: str, chosen: Chosen, scope: Scope) -> tuple[Resources, Path | bytes]:
        """What a recipe needs beside the picture, and the picture: where it is on this machine, else its bytes."""
        resources = resources_of(self._settings, self._stores, chosen.program, scope)
        blobs = self._stores.blobs
        return resources, blobs.local_path("originals", image_id) or blobs.read("originals", image_id)

    def _opened(self) -> RecipeLane:
        with self._opening:
            if self._lane is None:
                self._lane = open_lane(self._settings, isolate_all=True, keep_stages=False)
            return self._lane

    def close(self) -> None:
        """End the decoder processes."""
        with self._opening:
            lane, self._lane = self._lane, None
        if lane is not None:
            lane.close()

"""Places for text: crops that keep a side free, and the calmest place of a picture."""

from __future__ import annotations

import numpy as np
import pytest

from darkroom.imaging import native
from darkroom.imaging.operations.base import Context, Raster, Region
from darkroom.imaging.operations.compose import text, watermark
from darkroom.imaging.operations.geometry_smart import smart_crop
from darkroom.imaging.recipes.compile import compile_recipe
from darkroom.imaging.recipes.looking import wanted
from darkroom.imaging.recipes.read import parse_recipe


def scene(*places: tuple[float, float]) -> Raster:
    """A calm scene with things that draw the eye."""
    array = np.full((400, 600, 3), (120, 140, 150), np.uint8)
    array = array + np.random.default_rng(0).integers(0, 4, array.shape, dtype=np.uint8)
    for x, y in places:
        native.cv2().circle(array, (int(x * 600), int(y * 400)), 40, (230, 60, 30), -1)
    return Raster(array)


@pytest.mark.parametrize("how", ["found", "boxed", "named"])
@pytest.mark.parametrize(("side", "axis", "end"), [("left", 0, 0), ("right", 0, 1), ("top", 1, 0), ("bottom", 1, 1)])
def test_a_crop_keeps_a_side_free_of_its_subject(side, axis, end, how):
    box = Region(0.44, 0.4, 0.56, 0.6, "object", 1.0)
    given = {"found": {}, "boxed": {"strategy": "objects"}, "named": {"focus_x": 0.5, "focus_y": 0.5}}[how]
    params = smart_crop.parse({"ratio": "1:1", "zoom": 1.4, "clear": side, "clear_share": 0.35, **given})
    crop = smart_crop.pin(scene((0.5, 0.5)), params, Context(regions=(box,) if how == "boxed" else ())).box
    low, high = crop[axis], crop[axis + 2]
    subject = (box.left, box.right) if axis == 0 else (box.top, box.bottom)
    band = low + 0.35 * (high - low) if end == 0 else high - 0.35 * (high - low)
    slack = 0.02
    assert subject[0] >= band - slack if end == 0 else subject[1] <= band + slack
    assert low - slack <= subject[0]
    assert subject[1] <= high + slack


def test_without_a_side_the_crop_is_the_one_it_always_was():
    params = smart_crop.parse({"ratio": "1:1", "zoom": 1.4})
    other = smart_crop.parse({"ratio": "1:1", "zoom": 1.4, "clear_share": 0.6})
    assert smart_crop.pin(scene((0.3, 0.5)), params).box == smart_crop.pin(scene((0.3, 0.5)), other).box


@pytest.mark.parametrize("operation", [text, watermark])
def test_words_go_where_they_cover_least(operation):
    params = operation.parse({"text": "Reine", "size": 0.1, "place": "calm"})
    corners = {"top_left": (0.1, 0.1), "top_right": (0.9, 0.1), "bottom_left": (0.1, 0.9), "bottom_right": (0.9, 0.9)}
    middles = [(0.5, 0.1), (0.5, 0.9), (0.1, 0.5), (0.9, 0.5), (0.5, 0.5)]
    for free in corners:
        image = scene(*middles, *(place for name, place in corners.items() if name != free))
        pinned = operation.pin(image, params)
        assert pinned.place == free
        made = operation.apply(image, params)
        assert np.array_equal(made.array, operation.run(image, pinned).array)
        assert not np.array_equal(made.array, image.array)


def test_words_never_cover_a_face_that_a_detector_found():
    params = text.parse({"text": "Reine", "size": 0.1, "place": "calm"})
    plain = Raster(np.full((400, 600, 3), 140, np.uint8))
    below = (Region(0.0, 0.5, 1.0, 1.0, "face", 1.0),)
    assert text.pin(plain, params).place == "bottom_right"
    assert text.pin(plain, params, Context(regions=below)).place == "top_right"


def test_detectors_are_asked_where_a_calm_place_is_wanted():
    for place, asked in (("calm", {"*"}), ("bottom", set())):
        recipe = parse_recipe(f"operations: [{{text: {{text: a, place: {place}}}}}]", "a.yaml", folder=None)
        assert wanted(compile_recipe(recipe)).helpful == asked

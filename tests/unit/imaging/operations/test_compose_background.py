"""Backgrounds go, and come, as they should; shadows, mats and sheets have their places."""

from __future__ import annotations

import numpy as np
import pytest

from darkroom.errors import Error
from darkroom.imaging.operations.base import Context, Raster, Region
from darkroom.imaging.operations.compose_background import drop_shadow, fill_background, mat, remove_background
from darkroom.imaging.operations.compose_sheet import collage, contact_sheet
from darkroom.imaging.operations.motion import move_regions
from tests.unit.imaging.operations.scenes import floats, raster


def product(soft: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """A brown disc with a white spot in it on an almost white ground, and the disc's opacity."""
    y, x = np.mgrid[0:120, 0:160].astype(float)
    away = np.hypot(x - 80, y - 60)
    opacity = np.clip((40 - away) / (4 if soft else 0.01) + 0.5, 0, 1)[..., None]
    disc = np.where((away < 10)[..., None], 0.97, np.array([0.45, 0.3, 0.15]))
    return disc * opacity + 0.97 * (1 - opacity), opacity


def test_a_background_found_by_its_colour_goes_and_the_same_colour_inside_stays():
    scene, opacity = product()
    made = remove_background.apply(raster(scene, "uint16"), remove_background.parse({}))
    alpha = made.alpha[..., 0] / 65535
    assert alpha[:10].max() == 0
    assert alpha[60, 80] == 1  # the white spot
    assert np.abs(alpha - opacity[..., 0]).mean() < 0.025
    everything = remove_background.apply(raster(scene, "uint16"), remove_background.parse({"connected": False}))
    assert everything.alpha[60, 80, 0] == 0


def test_the_soft_rim_loses_the_colour_of_the_background():
    scene, opacity = product()
    params = remove_background.parse({"colour": "#f7f7f7", "tolerance": 0.0, "softness": 0.8})
    made = floats(remove_background.apply(raster(scene, "float32"), params))
    rim = (opacity[..., 0] > 0.4) & (opacity[..., 0] < 0.9)
    wanted = np.array([0.45, 0.3, 0.15])
    assert np.abs(made[rim] - wanted).mean() < 0.4 * np.abs(scene[rim] - wanted).mean()


def test_the_colour_that_was_found_is_written_into_the_parameters():
    scene, _ = product()
    pinned = remove_background.pin(raster(scene), remove_background.parse({}), Context())
    assert pinned.colour == "#f7f7f7"


def test_a_mask_is_drawn_to_the_edges_of_the_picture():
    scene, opacity = product(soft=False)
    # A segmentation knows the disc only roughly.
    coarse = opacity[::8, ::8]
    context = Context(pictures={"mask": raster(coarse)})

    def wrong(refine: int) -> float:
        params = remove_background.parse({"mask": "mask", "refine": refine})
        alpha = remove_background.apply(raster(scene), params, context).alpha / 255
        ring = np.abs(np.hypot(*np.mgrid[-60:60, -80:80].astype(float)) - 40) < 12
        return float(np.abs(alpha - opacity)[ring].mean())

    assert wrong(12) < 0.6 * wrong(0)


def test_marketplace_white_replaces_what_is_nearly_white_and_keeps_the_product_exact():
    scene, opacity = product(soft=False)
    image = raster(scene)
    made = fill_background.apply(image, fill_background.parse({"whiten": 0.1})).array
    assert (made[:10] == 255).all()
    inside = opacity[..., 0] == 1
    assert np.array_equal(made[inside], image.array[inside])


def test_transparency_is_filled_with_a_colour_a_blur_or_a_picture():
    array = np.zeros((40, 60, 4), np.uint8)
    array[:, :30] = (200, 100, 50, 255)
    array[:, 30:, 3] = 128
    image = Raster(array)
    white = fill_background.apply(image, fill_background.parse({})).array
    assert white.shape == (40, 60, 3)
    assert white[20, 10].tolist() == [200, 100, 50]
    assert white[20, 50].tolist() == [127, 127, 127]
    wall = raster(np.full((20, 20, 3), (0.0, 1.0, 0.0)))
    params = fill_background.parse({"fill": "picture", "picture": "wall"})
    assert fill_background.apply(image, params, Context(pictures={"wall": wall})).array[20, 50].tolist() == [0, 127, 0]
    with pytest.raises(Error, match="fill 'picture' needs a picture"):
        fill_background.parse({"fill": "picture"})
    opaque = Raster(np.ascontiguousarray(array[..., :3]))
    assert fill_background.apply(opaque, fill_background.parse({})) is opaque


def test_a_shadow_falls_where_it_should_and_boxes_move_with_the_picture():
    image = raster(np.full((50, 100, 3), 0.8))
    params = drop_shadow.parse({"blur": 0, "distance": 0.1, "angle": -90, "opacity": 0.5})
    made = drop_shadow.apply(image, params).array
    assert made.shape == (70, 120, 4)
    assert made[35, 60].tolist() == [204, 204, 204, 255]
    assert made[65, 60].tolist() == [0, 0, 0, 128]
    assert made[5, 60, 3] == 0
    (box,) = move_regions([Region(0, 0, 1, 1)], drop_shadow.motion(image.shape, params))
    assert (box.left, box.top, box.right, box.bottom) == pytest.approx((10 / 120, 10 / 70, 110 / 120, 60 / 70))


def test_a_mat_keeps_the_picture_exact_inside_card_and_frame():
    image = raster(np.random.default_rng(4).random((50, 100, 3)))
    params = mat.parse({"width": 0.2, "bottom": 0.4, "frame": 0.1, "bevel": 0.02, "colour": "#808080"})
    made = mat.apply(image, params).array
    assert made.shape == (50 + 2 * (5 + 10 + 1) + 20, 100 + 2 * 16, 3)
    assert np.array_equal(made[16:66, 16:116], image.array)
    assert made[0, 0].tolist() == [0x2B, 0x26, 0x22]
    assert made[8, 8].tolist() == [128, 128, 128]
    assert made[15, 60].max() < 128 < made[66, 60].min()  # the cut: shadow above, light below
    (box,) = move_regions([Region(0, 0, 1, 1)], mat.motion(image.shape, params))
    assert (box.left, box.bottom) == pytest.approx((16 / 132, 66 / 102))


def test_a_collage_lays_pictures_in_cells_and_moves_the_boxes_of_the_first():
    reds = [raster(np.full((30, 30, 3), (value, 0.0, 0.0))) for value in (0.2, 0.4, 0.6)]
    params = collage.parse({"pictures": ["b", "c"], "columns": 2, "width": 210, "aspect": 1, "gap": 10 / 210})
    context = Context(pictures={"b": reds[1], "c": reds[2]})
    made = collage.apply(reds[0], params, context).array
    assert made.shape == (210, 210, 3)
    assert [made[50, 50, 0], made[50, 150, 0], made[150, 50, 0]] == [51, 102, 153]
    assert made[150, 150].tolist() == [255, 255, 255]
    assert made[50, 105].tolist() == [255, 255, 255]
    (box,) = move_regions([Region(0, 0, 1, 1)], collage.motion(reds[0].shape, params))
    assert (box.left, box.top, box.right, box.bottom) == pytest.approx((10 / 210, 10 / 210, 100 / 210, 100 / 210))


def test_a_contact_sheet_shows_whole_pictures_with_labels():
    wide = raster(np.full((20, 60, 3), (0.0, 0.0, 1.0)))
    params = contact_sheet.parse({"labels": ["IMG_0001"], "width": 220, "columns": 1, "gap": 0, "aspect": 1})
    made = contact_sheet.apply(wide, params).array
    blue = (made == (0, 0, 255)).all(axis=2)
    rows, columns = np.nonzero(blue)
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (73, 220)
    below = made[220:]
    assert below.shape[0] > 10
    assert below.min() < 100  # letters
    assert np.abs(np.nonzero(below.min(axis=(0, 2)) < 128)[0].mean() - 110) < 4


def test_a_grey_picture_may_meet_coloured_ones():
    grey = raster(np.full((10, 10, 1), 0.5))
    params = collage.parse({"pictures": ["b"], "width": 50})
    made = collage.apply(grey, params, Context(pictures={"b": raster(np.full((9, 9, 3), (1.0, 0.0, 0.0)), "uint16")}))
    assert made.shape.channels == 1
    assert 76 in made.array

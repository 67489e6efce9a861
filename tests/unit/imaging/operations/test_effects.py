"""Effects do by number what they say: spreads, sums, places and colours."""

from __future__ import annotations

import math

import numpy as np
import pytest

from darkroom.imaging.operations.base import Context, Raster, Region
from darkroom.imaging.operations.effects import blur, glow, grain, lens_blur, motion_blur, tilt_shift, vignette
from darkroom.imaging.operations.effects_blur import gaussian, kuwahara
from darkroom.imaging.operations.effects_looks import (
    cartoon,
    colour_overlay,
    duotone,
    edges,
    emboss,
    halftone,
    paint,
    sketch,
)
from darkroom.imaging.operations.effects_privacy import hide_regions, pixelate
from tests.unit.imaging.operations.scenes import clean, floats, raster


def point(side: int = 101) -> np.ndarray:
    """One bright pixel on black."""
    found = np.zeros((side, side, 1))
    found[side // 2, side // 2] = 1
    return found


def spread(values: np.ndarray) -> tuple[float, float]:
    """Standard deviation of the light across and down; a wide filter, done by Fourier transform, leaves specks below zero."""
    values = np.maximum(values, 0)
    total = values.sum()
    y, x = np.mgrid[: values.shape[0], : values.shape[1]]
    middle_x, middle_y = (values * x).sum() / total, (values * y).sum() / total
    return (
        math.sqrt((values * (x - middle_x) ** 2).sum() / total),
        math.sqrt((values * (y - middle_y) ** 2).sum() / total),
    )


@pytest.mark.parametrize("radius", [0.5, 2, 7.9, 8.1, 12, 20])
def test_a_gaussian_has_its_spread_also_where_it_is_taken_on_a_reduced_copy(radius: float):
    made = gaussian(point(257)[..., 0].astype(np.float32), radius)
    assert made.sum() == pytest.approx(1, rel=0.01)
    # A small kernel is cut off at three spreads, which takes a percent of the variance.
    assert spread(made) == pytest.approx((radius, radius), rel=0.04 if radius >= 1 else 0.15)


def test_a_wide_blur_of_a_step_is_the_integral_of_the_gaussian():
    step = np.zeros((40, 512), np.float32)
    step[:, 256:] = 1
    made = gaussian(step, 24.0)[20]
    expected = [0.5 * (1 + math.erf((x + 0.5 - 256) / 24 / math.sqrt(2))) for x in range(512)]
    assert np.abs(made - expected).max() < 0.01


def test_transparent_pixels_do_not_bleed():
    array = np.zeros((20, 20, 4), np.uint8)
    array[:, :10] = (255, 0, 0, 255)
    array[:, 10:] = (0, 255, 0, 0)  # green that nobody sees
    made = blur.apply(Raster(array), blur.parse({"radius": 2})).array
    seen = made[made[..., 3] > 2]
    assert seen[:, 1].max() <= 2
    assert seen[:, 0].min() >= 250
    assert made[10, 9, 3] == pytest.approx(255 * 0.6, abs=12)


def test_motion_blur_spreads_along_its_angle_only():
    made = floats(motion_blur.apply(raster(point(), "float32"), motion_blur.parse({"length": 30})))[..., 0]
    across, down = spread(made)
    assert across == pytest.approx(30 / math.sqrt(12), rel=0.02)
    assert down < 0.5
    tilted = motion_blur.apply(raster(point(), "float32"), motion_blur.parse({"length": 30, "angle": 90}))
    assert spread(floats(tilted)[..., 0])[1] == pytest.approx(across, rel=0.03)


def test_lens_blur_makes_a_disc_and_highlights_keep_it_bright():
    image = raster(point() * 0.9 + 0.1, "float32")
    plain = floats(lens_blur.apply(image, lens_blur.parse({"radius": 8, "highlights": 0})))[..., 0]
    area = math.pi * 8**2
    assert plain[50, 50] == pytest.approx(0.1 + 0.9 / area, rel=0.05)
    assert plain[50, 40] == pytest.approx(0.1, abs=1e-5)
    bright = floats(lens_blur.apply(image, lens_blur.parse({"radius": 8, "highlights": 1})))[..., 0]
    assert bright[50, 50] == pytest.approx((0.1 * (area - 1) + 16) / (area - 1 + 16), rel=0.1)


def test_tilt_shift_keeps_the_band_and_blurs_the_rest():
    scene = np.indices((120, 90)).sum(axis=0)[..., None] % 2 * 1.0
    image = raster(scene.repeat(3, 2))
    made = tilt_shift.apply(image, tilt_shift.parse({"centre": 0.5, "width": 0.2, "radius": 10})).array
    assert np.array_equal(made[55:65], image.array[55:65])
    assert made[:10].std() < 3


def test_glow_adds_light_around_bright_parts_and_never_darkens():
    scene = np.full((90, 90, 3), 0.1)
    scene[40:50, 40:50] = 1
    image = raster(scene, "float32")
    made = floats(glow.apply(image, glow.parse({"amount": 1, "radius": 0.05})))
    assert (made >= floats(image) - 1e-6).all()
    assert made[45, 53].mean() > 0.2
    assert made[5, 5].mean() == pytest.approx(0.1, abs=0.01)


def test_vignette_takes_its_amount_off_the_corners_and_nothing_off_the_middle():
    grey = raster(np.full((101, 151, 3), 0.8), "float32")
    made = floats(vignette.apply(grey, vignette.parse({"amount": 0.5, "radius": 0.2, "softness": 0.79})))
    assert made[50, 75, 0] == pytest.approx(0.8)
    assert made[0, 0, 0] == pytest.approx(0.4, rel=0.02)
    assert np.allclose(made, made[::-1], atol=1e-5)
    assert np.allclose(made, made[:, ::-1], atol=1e-5)
    lighter = floats(vignette.apply(grey, vignette.parse({"amount": -1, "radius": 0.2, "softness": 0.79})))
    assert lighter[0, 0, 0] == pytest.approx(1, abs=0.01)


def test_grain_has_its_spread_size_and_seed():
    grey = raster(np.full((200, 200, 3), 0.5), "float32")
    fine = floats(grain.apply(grey, grain.parse({"amount": 0.05, "size": 1}), Context(seed=3)))
    assert (fine - 0.5).std() == pytest.approx(0.05, rel=0.03)
    assert np.ptp(fine - fine[..., :1]) == 0  # silver
    coarse = floats(grain.apply(grey, grain.parse({"amount": 0.05, "size": 4, "colour": 1}), Context(seed=3)))
    assert (coarse - 0.5).std() == pytest.approx(0.05, rel=0.1)
    shifted = np.corrcoef(coarse[:, 1:, 0].ravel(), coarse[:, :-1, 0].ravel())[0, 1]
    assert shifted > 0.85
    assert abs(np.corrcoef(coarse[..., 0].ravel(), coarse[..., 1].ravel())[0, 1]) < 0.1


def test_duotone_gives_the_two_inks_and_grey_becomes_colour():
    ramp = np.linspace(0, 1, 256)[None, :].repeat(4, 0)[..., None]
    made = duotone.apply(raster(ramp), duotone.parse({"shadows": "#102030", "highlights": "#f0e0d0"})).array
    assert made.shape == (4, 256, 3)
    assert made[0, 0].tolist() == [16, 32, 48]
    assert made[0, 255].tolist() == [240, 224, 208]
    assert np.abs(made[0, 128].astype(int) - 128).max() <= 1
    three = duotone.apply(raster(ramp), duotone.parse({"midtones": "#ff0000"})).array
    assert three[0, 127, 0] > 250


def test_edges_are_found_where_they_are_and_measured():
    scene = np.zeros((30, 30, 3))
    scene[:, 15:] = 0.5
    made = floats(edges.apply(raster(scene, "float32"), edges.parse({"radius": 0, "gain": 1})))
    # A step of one half shows as half of the way over two pixels.
    assert made[10, 14:16, 0] == pytest.approx([0.5, 0.5], abs=1e-5)
    assert made[10, :14].max() == 0
    inverted = floats(edges.apply(raster(scene, "float32"), edges.parse({"radius": 0, "gain": 1, "invert": True})))
    assert np.allclose(inverted, 1 - made)


def test_sketch_is_white_where_nothing_is_and_dark_along_edges():
    scene = np.full((60, 60, 3), 0.7)
    scene[:, 30:] = 0.3
    made = floats(sketch.apply(raster(scene, "float32"), sketch.parse({"radius": 0.05})))
    assert made[30, 5] == pytest.approx([1, 1, 1], abs=0.01)
    assert made[30, 30:32].max() < 0.8
    assert np.ptp(made, axis=2).max() < 1e-5


def test_cartoon_has_so_many_steps_of_brightness():
    ramp = np.linspace(0, 1, 300)[None, :].repeat(20, 0)[..., None]
    made = cartoon.apply(raster(ramp), cartoon.parse({"levels": 5, "lines": 0})).array
    assert np.unique(made).tolist() == [0, 64, 128, 191, 255]


def test_paint_keeps_a_hard_edge_and_flattens_noise():
    rng = np.random.default_rng(5)
    scene = np.full((60, 60, 1), 0.3)
    scene[:, 30:] = 0.7
    hurt = (scene + rng.normal(0, 0.03, scene.shape)).astype(np.float32)
    made = kuwahara(hurt, 4)
    assert made[5:55, 5:25].std() < 0.02
    assert made[5:55, 28].max() < 0.42
    assert made[5:55, 31].min() > 0.58
    assert paint.apply(raster(scene), paint.parse({})).shape.channels == 1


@pytest.mark.parametrize("grey", [0.2, 0.5, 0.8])
def test_halftone_prints_a_grey_as_that_grey_from_black_and_white(grey: float):
    made = floats(halftone.apply(raster(np.full((240, 240, 1), grey), "float32"), halftone.parse({"size": 0.05})))
    assert made.mean() == pytest.approx(grey, abs=0.02)
    assert ((made < 0.1) | (made > 0.9)).mean() > 0.6


def test_emboss_lights_the_slope_that_faces_the_light():
    scene = np.zeros((20, 40, 1))
    scene[:, 10:30] = 0.6
    made = floats(emboss.apply(raster(scene, "float32"), emboss.parse({"angle": 0, "depth": 1})))[10, :, 0]
    assert made[20] == pytest.approx(0.5)
    # The light comes from the right: the right flank falls towards it.
    assert made[29] > 0.7
    assert made[9] < 0.3


def test_a_gradient_runs_from_start_to_end():
    image = raster(np.full((50, 50, 3), 0.5))
    params = {"start": "#000000", "end": "#ffffff", "angle": 90, "strength": 1, "mode": "normal"}
    made = colour_overlay.apply(image, colour_overlay.parse(params)).array
    assert made[49, 25, 0] <= 4  # it begins at the bottom
    assert made[0, 25, 0] >= 251
    assert np.ptp(made[25, :, 0]) == 0


def faces() -> Context:
    """A face and a dog, as a detector reports them."""
    return Context(regions=(Region(0.2, 0.2, 0.4, 0.5, "face", 0.9), Region(0.6, 0.6, 0.9, 0.9, "dog", 0.8)))


@pytest.mark.parametrize("method", ["pixelate", "blur", "fill"])
def test_faces_are_hidden_and_nothing_else(method: str):
    scene = np.random.default_rng(2).random((100, 100, 3))
    image = raster(scene)
    params = hide_regions.parse({"method": method, "margin": 0, "shape": "box", "blocks": 2})
    made = hide_regions.apply(image, params, faces()).array
    inside = np.zeros((100, 100), bool)
    inside[20:50, 20:40] = True
    assert np.array_equal(made[~inside], image.array[~inside])
    hidden = made[20:50, 20:40].reshape(-1, 3)
    assert hidden.std(axis=0).max() < 0.25 * image.array[20:50, 20:40].reshape(-1, 3).std(axis=0).min()
    if method == "pixelate":
        assert np.unique(hidden, axis=0).shape[0] == 2 * 3  # two squares across, three down
    if method == "fill":
        assert hidden.max() == 0


def test_what_was_hidden_is_written_into_the_parameters():
    image = raster(clean())
    pinned = hide_regions.pin(image, hide_regions.parse({"margin": 0.5}), faces())
    assert pinned.labels == ()
    box = pinned.boxes[0]
    assert (box.left, box.top, box.right, box.bottom) == pytest.approx((0.15, 0.125, 0.45, 0.575))
    again = hide_regions.apply(image, pinned)  # without the detector
    assert np.array_equal(again.array, hide_regions.apply(image, hide_regions.parse({"margin": 0.5}), faces()).array)
    assert len(hide_regions.pin(image, hide_regions.parse({"labels": ["*"]}), faces()).boxes) == 2


def test_a_box_that_ends_before_it_begins_is_refused():
    with pytest.raises(Exception, match="right must be greater than left"):
        hide_regions.parse({"boxes": [{"left": 0.5, "top": 0.1, "right": 0.4, "bottom": 0.3}]})


def test_pixels_become_means_of_squares():
    scene = np.arange(64.0).reshape(8, 8, 1) / 64
    made = floats(pixelate.apply(raster(scene, "float32"), pixelate.parse({"blocks": 4})))
    expected = scene.reshape(4, 2, 4, 2).mean(axis=(1, 3)).repeat(2, 0).repeat(2, 1)
    assert np.allclose(made[..., 0], expected, atol=1e-6)

"""What is sharpened, deblurred and cleared comes nearer to the picture it was made from, by so much."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from darkroom.imaging.operations.base import Context
from darkroom.imaging.operations.detail import clarity, deblur, defringe, dehaze, high_pass, reduce_moire, sharpen
from darkroom.imaging.operations.detail_filters import point_spread
from tests.unit.imaging.operations.scenes import clean, floats, noisy, psnr, raster


def test_unsharp_mask_adds_the_detail_of_the_brightness():
    scene = clean()
    luma = (scene @ np.array([0.299, 0.587, 0.114])).astype(np.float32)
    expected = scene + 0.8 * (luma - cv2.GaussianBlur(luma, (0, 0), 1.5, borderType=cv2.BORDER_REFLECT_101))[..., None]
    for depth, tolerance in (("uint8", 2 / 255), ("uint16", 1e-4), ("float32", 1e-5)):
        made = sharpen.apply(raster(scene, depth), sharpen.parse({"amount": 0.8, "radius": 1.5}))
        shown = np.clip(floats(made), 0, 1)  # floats keep what is beyond white
        assert np.abs(shown - np.clip(expected, 0, 1)).max() < tolerance, depth


def test_sharpening_brings_a_soft_picture_nearer_to_the_sharp_one():
    scene = clean()
    soft = cv2.GaussianBlur(scene, (0, 0), 1.0)
    made = sharpen.apply(raster(soft, "uint16"), sharpen.parse({"amount": 1.0}))
    assert psnr(floats(made), scene) > psnr(soft, scene) + 1.8


def test_a_threshold_spares_noise():
    flat = noisy(np.full((60, 60, 3), 0.5), 0.01)
    image = raster(flat, "float32")
    loud = sharpen.apply(image, sharpen.parse({"amount": 2}))
    calm = sharpen.apply(image, sharpen.parse({"amount": 2, "threshold": 0.05}))
    assert floats(loud).std() > 1.8 * flat.std()
    assert floats(calm).std() == pytest.approx(flat.std(), rel=0.01)


def test_lengths_follow_the_scale_of_a_preview():
    image = raster(clean(), "float32")
    half = sharpen.apply(image, sharpen.parse({"radius": 4}), Context(scale=0.5))
    assert np.array_equal(half.array, sharpen.apply(image, sharpen.parse({"radius": 2})).array)


@pytest.mark.parametrize("kind", ["gaussian", "lens", "motion"])
def test_kernels_of_blurs_sum_to_one_and_lie_in_the_middle(kind: str):
    kernel = point_spread(kind, 3.5, 25)
    assert kernel.sum() == pytest.approx(1, abs=1e-5)
    y, x = np.mgrid[: len(kernel), : len(kernel)] - len(kernel) // 2
    assert (kernel * x).sum() == pytest.approx(0, abs=1e-4)
    assert (kernel * y).sum() == pytest.approx(0, abs=1e-4)


def test_motion_goes_where_the_angle_points():
    kernel = point_spread("motion", 5, 90)
    assert kernel[:, 5].sum() > 0.95  # straight up
    rising = point_spread("motion", 5, 45)
    assert rising[2, 8] > 0.05  # up and to the right
    assert rising[2, 2] == 0


@pytest.mark.parametrize(
    ("kind", "radius", "method", "gain"),
    [("gaussian", 1.5, "iterative", 2.0), ("lens", 2.5, "wiener", 4.0), ("motion", 4, "iterative", 4.0)],
)
def test_deblurring_a_known_blur_gains_decibels(kind: str, radius: float, method: str, gain: float):
    scene = clean()
    blurred = cv2.filter2D(scene, -1, point_spread(kind, radius, 30), borderType=cv2.BORDER_REFLECT_101)
    image = raster(noisy(blurred, 0.001), "uint16")
    params = {"kind": kind, "radius": radius, "angle": 30, "method": method, "noise": 0.002, "iterations": 20}
    made = deblur.apply(image, deblur.parse(params))
    assert psnr(floats(made), scene) > psnr(blurred, scene) + gain


def test_clarity_raises_local_contrast_and_spares_black_and_white():
    scene = clean()
    image = raster(scene, "float32")
    stronger = floats(clarity.apply(image, clarity.parse({"amount": 1})))
    softer = floats(clarity.apply(image, clarity.parse({"amount": -1})))
    waves = (slice(30, 65), slice(190, 290))
    assert stronger[waves].std() > 1.2 * scene[waves].std()
    assert softer[waves].std() < 0.9 * scene[waves].std()
    extremes = raster(np.kron([[0.0, 1.0], [1.0, 0.0]], np.ones((20, 20)))[..., None].repeat(3, 2))
    assert np.array_equal(clarity.apply(extremes, clarity.parse({"amount": 2})).array, extremes.array)


def test_dehazing_undoes_a_veil_that_was_laid_over():
    scene = clean()
    scene[::6, ::6] = 0.02  # every real scene has dark spots
    depth = np.linspace(0.75, 0.35, scene.shape[1])[None, :, None]
    air = np.array([0.88, 0.9, 0.93])
    hazy = scene * depth + air * (1 - depth)
    hazy[:8] = air  # the sky
    made = floats(dehaze.apply(raster(hazy, "uint16"), dehaze.parse({"strength": 0.95})))
    assert psnr(made[10:], scene[10:]) > psnr(hazy[10:], scene[10:]) + 5
    assert np.abs(made[:6] - air).max() < 0.1


def test_coloured_fringes_leave_a_fine_pattern_and_a_plain_surface_keeps_its_colour():
    y, x = np.mgrid[0:160, 0:240].astype(float)
    cloth = (0.5 + 0.15 * np.sign(np.sin(x * 2.2) * np.sin(y * 2.0)))[..., None].repeat(3, 2)
    fringes = cloth + 0.06 * np.sin((x + y) / 4)[..., None] * np.array([1, -0.5, -1])
    fringes[:, 160:] = (0.7, 0.4, 0.3)  # a plain surface
    image = raster(fringes, "float32")
    made = floats(reduce_moire.apply(image, reduce_moire.parse({"radius": 6})))
    tint = (made[..., 0] - made[..., 2])[20:140, 20:130]
    assert tint.std() < 0.4 * (fringes[..., 0] - fringes[..., 2])[20:140, 20:130].std()
    assert np.abs(made[:, 195:] - fringes[:, 195:]).max() < 0.01
    assert made[20:140, 20:130].mean(axis=2).std() > 0.9 * fringes[20:140, 20:130].mean(axis=2).std()


def test_a_regular_screen_leaves_the_brightness():
    scene = cv2.GaussianBlur(clean(), (0, 0), 3)
    x = np.arange(scene.shape[1])
    screened = scene + 0.08 * np.sin(2 * np.pi * x / 5)[None, :, None]
    made = floats(reduce_moire.apply(raster(screened, "float32"), reduce_moire.parse({"luma": 1})))
    assert psnr(made, scene) > psnr(screened, scene) + 8


def test_a_purple_rim_loses_its_colour():
    scene = np.full((80, 120, 3), 0.95)
    scene[:, 60:] = 0.08
    fringed = scene.copy()
    fringed[:, 58:63] = (0.55, 0.2, 0.75)
    made = floats(defringe.apply(raster(fringed), defringe.parse({"strength": 1})))
    before, after = np.ptp(fringed[:, 58:63], axis=2).mean(), np.ptp(made[:, 58:63], axis=2).mean()
    assert after < 0.45 * before
    assert np.abs(made[:, :30] - scene[:, :30]).max() < 0.02


def test_high_pass_is_grey_where_nothing_changes():
    flat = raster(np.full((30, 30, 3), 0.2))
    assert set(np.unique(high_pass.apply(flat, high_pass.parse({})).array)) == {128}

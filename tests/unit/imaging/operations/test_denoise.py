"""Noise is measured as it is, taken out by so many decibels, and a clean picture is not touched."""

from __future__ import annotations

import numpy as np
import pytest

from darkroom.imaging.operations.base import Context
from darkroom.imaging.operations.denoise import (
    denoise,
    denoise_chroma,
    denoise_nonlocal,
    hot_pixels,
    median,
    smooth_surfaces,
)
from darkroom.imaging.operations.denoise_estimate import estimate_noise, expected_of_iso
from tests.unit.imaging.operations.scenes import clean, floats, noisy, psnr, raster, ssim

LUMA_OF_WHITE_NOISE = np.sqrt(0.299**2 + 0.587**2 + 0.114**2)


@pytest.mark.parametrize("spread", [0.005, 0.01, 0.03, 0.08])
def test_the_estimate_finds_the_noise_that_was_added(spread: float):
    found = estimate_noise(noisy(clean(), spread).astype(np.float32))
    assert found.luma == pytest.approx(spread * LUMA_OF_WHITE_NOISE, rel=0.08)
    assert found.chroma == pytest.approx(spread, rel=0.08)
    assert found.certainty == 1.0


def test_a_clean_picture_has_no_noise_whatever_its_texture():
    assert estimate_noise(clean().astype(np.float32)).luma < 0.001


def test_iso_decides_where_there_is_nothing_to_measure():
    white = np.ones((64, 64, 3), np.float32)
    assert estimate_noise(white).luma == 0
    found = estimate_noise(white, iso=6400)
    assert found.luma == pytest.approx(0.032)
    assert found.certainty == 0
    assert expected_of_iso(100) == pytest.approx(0.004)


@pytest.mark.parametrize(
    ("operation", "params", "gain"),
    [
        (denoise, {}, 8.5),
        (denoise, {"method": "wavelet"}, 7.0),
        (denoise_nonlocal, {}, 9.5),
        (denoise_chroma, {}, 2.8),
    ],
    ids=["fast", "wavelet", "nonlocal", "chroma"],
)
@pytest.mark.parametrize("depth", ["uint8", "uint16", "float32"])
def test_noise_is_taken_out_by_so_many_decibels(operation, params, gain, depth):
    scene = clean()
    image = raster(noisy(scene, 0.04), depth)
    made = floats(operation.apply(image, operation.parse(params)))
    assert psnr(made, scene) > psnr(floats(image), scene) + gain
    assert ssim(made, scene) > ssim(floats(image), scene) + (0.2 if gain > 3 else -0.001)


def test_chroma_only_leaves_the_brightness():
    scene = clean()
    image = raster(noisy(scene, 0.04), "float32")
    made = floats(denoise_chroma.apply(image, denoise_chroma.parse({})))
    weights = np.array([0.299, 0.587, 0.114])
    assert np.abs(made @ weights - floats(image) @ weights).max() < 1e-3
    # Colour differences: more than nine decibels better.
    assert psnr(made[..., 0] - made[..., 1], scene[..., 0] - scene[..., 1]) > 9 + psnr(
        floats(image)[..., 0] - floats(image)[..., 1], scene[..., 0] - scene[..., 1]
    )


@pytest.mark.parametrize("operation", [denoise, denoise_nonlocal, denoise_chroma], ids=lambda one: one.name)
def test_a_picture_with_less_noise_than_the_threshold_stays_as_it_is(operation):
    image = raster(noisy(clean(), 0.001), "uint16")
    assert operation.apply(image, operation.parse({})) is image
    noisy_one = raster(noisy(clean(), 0.03), "uint16")
    assert operation.apply(noisy_one, operation.parse({"least": 0.1})) is noisy_one


def test_the_measured_noise_is_written_into_the_parameters():
    image = raster(noisy(clean(), 0.04), "float32")
    pinned = denoise.pin(image, denoise.parse({}), Context())
    assert pinned.luma == pytest.approx(0.04 * LUMA_OF_WHITE_NOISE, rel=0.08)
    given = denoise.parse({"luma": 0.01, "chroma": 0.02, "gain": 0.3})
    assert denoise.pin(image, given, Context()) == given
    pale = raster(np.ones((40, 40, 3)))
    assert denoise.pin(pale, denoise.parse({}), Context(iso=1600)).luma == pytest.approx(0.016)


def test_twice_the_strength_smooths_more():
    image = raster(noisy(clean(), 0.04), "float32")
    spreads = []
    for strength in (0.5, 1.0, 2.0):
        made = denoise.apply(image, denoise.parse({"strength": strength}))
        spreads.append(floats(made)[110:150, 200:300].std())
    assert spreads[0] > spreads[1] > spreads[2]


def test_median_repairs_salt_and_pepper_and_keeps_alpha():
    scene = clean()
    wrong = np.random.default_rng(3).random(scene.shape[:2]) < 0.02
    hurt = scene.copy()
    hurt[wrong] = 1.0
    image = raster(np.concatenate([hurt, np.full((*wrong.shape, 1), 0.5)], axis=2))
    made = median.apply(image, median.parse({}))
    assert psnr(floats(made)[:170], scene[:170]) > psnr(floats(image)[:170], scene[:170]) + 6
    assert np.array_equal(made.alpha, image.alpha)


def test_hot_pixels_are_repaired_and_nothing_else():
    scene = clean()
    image = raster(scene)
    hurt = image.array.copy()
    hurt[50, 200] = (255, 255, 255)
    hurt[120, 250, 1] = 0
    made = hot_pixels.apply(image.of(hurt), hot_pixels.parse({})).array
    assert np.abs(made[50, 200].astype(int) - image.array[50, 200]).max() <= 30
    assert abs(int(made[120, 250, 1]) - int(image.array[120, 250, 1])) <= 3
    hurt[50, 200], hurt[120, 250] = made[50, 200], made[120, 250]
    assert np.array_equal(made, hurt)


def test_surfaces_become_smooth_while_edges_stay():
    scene = np.full((80, 120, 3), 0.3)
    scene[:, 60:] = 0.8
    image = raster(noisy(scene, 0.02), "float32")
    made = floats(smooth_surfaces.apply(image, smooth_surfaces.parse({})))
    assert made[:, :50].std() < 0.4 * floats(image)[:, :50].std()
    assert made[:, 60:63].mean() - made[:, 57:60].mean() > 0.45

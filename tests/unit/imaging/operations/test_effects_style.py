"""After a style was given, the statistics are the style's, by number."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from darkroom.imaging.operations.base import Context
from darkroom.imaging.operations.style import match_series, style_transfer
from darkroom.imaging.operations.style_transfer import colour_statistics, matched
from tests.unit.imaging.operations.scenes import clean, floats, raster

LUMA = np.array([0.299, 0.587, 0.114])


def painting() -> np.ndarray:
    """Warm, dark and coarse: blotches of about eight pixels."""
    blotches = np.random.default_rng(11).normal(0, 1, (30, 40, 3)) * 0.08
    large = cv2.resize(blotches, (320, 240), interpolation=cv2.INTER_NEAREST)
    return np.clip(large + np.array([0.45, 0.3, 0.18]), 0, 1)


def context() -> Context:
    """With the painting as the style."""
    return Context(pictures={"s": raster(painting(), "float32")})


def test_mean_and_covariance_become_those_of_the_style():
    made = colour_statistics(clean().astype(np.float32), painting().astype(np.float32)).reshape(-1, 3)
    wanted = painting().reshape(-1, 3)
    assert made.mean(axis=0) == pytest.approx(wanted.mean(axis=0), abs=1e-3)
    assert np.cov(made.T) == pytest.approx(np.cov(wanted.T), abs=2e-4)


def test_matched_values_are_distributed_as_the_other_and_keep_their_order():
    ours = np.random.default_rng(1).random((80, 80)).astype(np.float32)
    theirs = (np.random.default_rng(2).random((50, 70)) ** 3).astype(np.float32)
    made = matched(ours, theirs)
    for share in (0.1, 0.5, 0.9):
        assert np.quantile(made, share) == pytest.approx(np.quantile(theirs, share), abs=0.02)
    order = np.argsort(ours.ravel())
    assert (np.diff(made.ravel()[order]) >= -1e-6).all()


def test_scales_take_over_light_and_coarseness():
    image = raster(clean(), "float32")
    made = floats(style_transfer.apply(image, style_transfer.parse({"picture": "s", "texture": 1}), context()))
    light, wanted = made @ LUMA, painting() @ LUMA
    assert np.quantile(light, [0.1, 0.5, 0.9]) == pytest.approx(np.quantile(wanted, [0.1, 0.5, 0.9]), abs=0.03)
    # The picture is still to be seen in it.
    assert np.corrcoef(cv2.blur(light, (9, 9)).ravel(), cv2.blur(clean() @ LUMA, (9, 9)).ravel())[0, 1] > 0.4


def test_colours_are_kept_if_asked():
    image = raster(clean(), "float32")
    params = style_transfer.parse({"picture": "s", "keep_colours": True})
    made = floats(style_transfer.apply(image, params, context()))
    for one, other in ((0, 1), (2, 1)):
        unclipped = (made > 0.01).all(axis=2) & (made < 0.99).all(axis=2)
        difference = (made[..., one] - made[..., other]) - (floats(image)[..., one] - floats(image)[..., other])
        assert np.abs(difference[unclipped]).max() < 0.01


@pytest.mark.parametrize("method", ["scales", "colours"])
def test_half_the_strength_lies_in_the_middle(method: str):
    image = raster(clean(), "float32")
    full = floats(style_transfer.apply(image, style_transfer.parse({"picture": "s", "method": method}), context()))
    half_way = style_transfer.parse({"picture": "s", "method": method, "strength": 0.5})
    half = floats(style_transfer.apply(image, half_way, context()))
    assert np.abs(half - (full + floats(image)) / 2).max() < 1e-5


def test_a_series_comes_into_line():
    first = clean()
    darker = np.clip(first * [0.6, 0.7, 0.8], 0, 1)  # a cloud came
    params = match_series.parse({"picture": "first"})
    made = floats(match_series.apply(raster(darker, "float32"), params, Context(pictures={"first": raster(first)})))
    assert np.abs(made - first).mean() < 0.35 * np.abs(darker - first).mean()

"""Lanczos in whole numbers: as libvips' exact one, for every size and kind that it serves, and only for those."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom.imaging import lanczos, scaled_jpeg
from darkroom.imaging.compiled.opened import bound
from darkroom.imaging.operations import resample
from darkroom.imaging.operations.base import Array, Raster
from darkroom.imaging.samples.paint import Canvas
from darkroom.imaging.samples.scenes import SCENES

pytestmark = pytest.mark.skipif(not scaled_jpeg.available(), reason="nothing is built: no C compiler here")


@pytest.fixture(scope="module")
def scene() -> Array:
    canvas = Canvas(np.random.default_rng(5), 500, 375)
    SCENES[0].painter(canvas, SCENES[0].mood)
    return np.ascontiguousarray(canvas.finish(grain=2))


def defined(pixels: Array, size: int) -> Array:
    """Each column of so many places, by the definition; the edge goes on outwards."""
    ratio = len(pixels) / size
    made = np.zeros((size, *pixels.shape[1:]))
    for place in range(size):
        centre = (place + 0.5) * ratio - 0.5
        near = np.arange(int(centre - 3 * ratio) - 1, int(centre + 3 * ratio) + 3)
        at = (near - centre) / ratio
        weights = np.where(np.abs(at) < 3, np.sinc(at) * np.sinc(at / 3), 0.0)
        made[place] = np.tensordot(weights / weights.sum(), pixels[np.clip(near, 0, len(pixels) - 1)], 1)
    return made


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    "size",
    [
        (500, 375),
        (499, 374),
        (480, 360),
        (333, 250),
        (256, 192),
        (250, 375),
        (500, 90),
        (240, 180),
        (131, 99),
        (67, 50),
    ],
    ids=str,
)
def test_it_is_the_exact_one(scene: Array, size: tuple[int, int], channels: int) -> None:
    array = np.ascontiguousarray(scene[:, :, :channels])
    made = lanczos.reduce(array, *size)
    exact = defined(defined(array.astype(float), size[1]).swapaxes(0, 1), size[0]).swapaxes(0, 1)
    assert np.abs(made - np.clip(exact, 0, 255)).max() <= 0.6
    # libvips rounds places to a sixty-fourth and rows to whole levels, and takes means first where much is reduced.
    assert np.abs(made.astype(int) - resample._lanczos(array, *size)).mean() < 1


@given(st.tuples(st.integers(1, 150), st.integers(8, 60)), st.floats(1, 8), st.floats(1, 7), st.sampled_from([1, 3]))
def test_what_is_flat_stays_as_bright_whatever_its_size(
    whole: tuple[int, int], across: float, down: float, channels: int
) -> None:
    size = max(1, round(whole[0] / across)), max(8, round(whole[1] / down))
    for level in (0, 1, 130, 254, 255):
        array = np.full((whole[1], whole[0], channels), level, np.uint8)
        if lanczos.serves(array, *size):
            assert (lanczos.reduce(array, *size) == level).all()


def test_a_ramp_stays_where_it_is_and_detail_too_fine_becomes_grey() -> None:
    ramp = np.tile(np.arange(200, dtype=np.uint8)[None, :, None], (40, 1, 1))
    made = lanczos.reduce(ramp, 125, 40).reshape(40, 125)
    expected = (np.arange(125) + 0.5) * 1.6 - 0.5
    assert np.abs(made - expected)[:, 5:-5].max() <= 1
    rows, columns = np.mgrid[0:300, 0:400]
    checks = (((rows + columns) % 2) * 255).astype(np.uint8)[:, :, None]
    assert np.abs(lanczos.reduce(checks, 205, 154).astype(int) - 128).max() <= 10


def test_rows_with_gaps_between_them_are_read_as_they_lie(scene: Array) -> None:
    window = scene[10:310, 20:420]
    assert np.array_equal(lanczos.reduce(window, 200, 150), lanczos.reduce(window.copy(), 200, 150))
    assert np.array_equal(lanczos.reduce(scene[:, ::-1], 200, 150), lanczos.reduce(scene[:, ::-1].copy(), 200, 150))


def test_it_serves_reductions_of_eight_bits_alone() -> None:
    small = np.zeros((240, 320, 3), np.uint8)
    assert lanczos.serves(small, 256, 192)
    assert lanczos.serves(small, 320, 192)
    assert lanczos.serves(small, 40, 30)
    assert not lanczos.serves(small, 39, 30)
    assert not lanczos.serves(small, 400, 192)
    assert not lanczos.serves(small[:20], 256, 7)
    assert not lanczos.serves(small.astype(np.uint16), 256, 192)
    assert not lanczos.serves(np.zeros((240, 320, 4), np.uint8), 256, 192)


def test_a_resize_takes_it_and_libvips_without_a_build(scene: Array, monkeypatch: pytest.MonkeyPatch) -> None:
    made = resample.scale(Raster(scene), 256, 192).array
    assert np.array_equal(made, lanczos.reduce(scene, 256, 192))
    assert resample.scale(Raster(scene[:, :, :1].copy()), 256, 192).array.shape == (192, 256, 1)
    monkeypatch.setattr(lanczos, "compiled", lambda: None)
    assert np.array_equal(resample.scale(Raster(scene), 256, 192).array, resample._lanczos(scene, 256, 192))


def test_both_builds_give_the_same(scene: Array, monkeypatch: pytest.MonkeyPatch) -> None:
    if scaled_jpeg.available() != "fast":
        pytest.skip("this processor has one build")
    sizes = ((256, 192), (499, 301), (67, 50))
    fast = [lanczos.reduce(scene, *size) for size in sizes]
    plain = bound("plain")
    monkeypatch.setattr(lanczos, "compiled", lambda: plain)
    assert all(np.array_equal(lanczos.reduce(scene, *size), one) for size, one in zip(sizes, fast, strict=True))

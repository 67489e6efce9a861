"""The quick Lanczos: as bright, as sharp and in the same place as libvips' exact one, and only where it is meant."""

from __future__ import annotations

import numpy as np
import pytest

from darkroom.imaging import native
from darkroom.imaging.operations import lanczos, resample
from darkroom.imaging.operations.base import Array, Raster
from darkroom.imaging.samples.paint import Canvas
from darkroom.imaging.samples.scenes import SCENES


def exact(array: Array, width: int, height: int) -> Array:
    rows, columns = array.shape[:2]
    image = native.pyvips().Image.new_from_memory(array.data, columns, rows, array.shape[2], "uchar")
    made = image.resize(width / columns, vscale=height / rows, kernel="lanczos3")
    return np.ndarray(buffer=made.write_to_memory(), dtype=np.uint8, shape=(height, width, array.shape[2]))


@pytest.fixture(scope="module")
def scene() -> Array:
    canvas = Canvas(np.random.default_rng(5), 500, 375)
    SCENES[0].painter(canvas, SCENES[0].mood)
    return np.ascontiguousarray(canvas.finish(grain=2))


@pytest.mark.parametrize("width", [480, 400, 333, 256, 240])
def test_it_looks_as_the_exact_one_does(scene, width):
    height = round(width * 0.75)
    cv2 = native.cv2()
    wanted = exact(scene, width, height)
    assert cv2.PSNR(lanczos.reduce(scene, width, height), wanted) > 44
    soft = cv2.resize(scene, (width, height), interpolation=cv2.INTER_LINEAR)
    assert cv2.PSNR(lanczos.reduce(scene, width, height), wanted) > cv2.PSNR(soft, wanted) + 1


def test_what_is_flat_stays_as_bright_and_a_ramp_where_it_is():
    for value in (0, 1, 127, 254, 255):
        assert (lanczos.reduce(np.full((50, 60, 3), value, np.uint8), 41, 33) == value).all()
    ramp = np.tile(np.arange(200, dtype=np.uint8)[None, :, None], (40, 1, 1))
    made = lanczos.reduce(ramp, 125, 40).reshape(40, 125)
    expected = (np.arange(125) + 0.5) * 1.6 - 0.5
    assert np.abs(made - expected)[:, 4:-4].max() <= 1


def test_detail_finer_than_the_result_becomes_grey():
    rows, columns = np.mgrid[0:300, 0:400]
    checks = (((rows + columns) % 2) * 255).astype(np.uint8)[:, :, None]
    assert np.abs(lanczos.reduce(checks, 205, 154).astype(int) - 128).max() <= 10


def test_it_serves_gentle_reductions_of_small_pictures_alone():
    small = np.zeros((240, 320, 3), np.uint8)
    assert lanczos.serves(small, 256, 192)
    assert lanczos.serves(small, 320, 192)
    assert not lanczos.serves(small, 100, 75)
    assert not lanczos.serves(small, 400, 192)
    assert not lanczos.serves(small.astype(np.uint16), 256, 192)
    assert not lanczos.serves(np.zeros((1500, 2000, 3), np.uint8), 1600, 1200)


def test_a_resize_takes_it(scene, monkeypatch):
    made = resample.scale(Raster(scene), 256, 192).array
    assert np.array_equal(made, lanczos.reduce(scene, 256, 192))
    assert np.array_equal(resample.scale(Raster(scene[:, :, :1].copy()), 256, 192).array.shape, (192, 256, 1))

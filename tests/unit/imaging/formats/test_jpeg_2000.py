"""JPEG 2000 at all depths, in its own colours, as other programs read it."""

from __future__ import annotations

from io import BytesIO

import cv2
import numpy as np
import pytest
from PIL import Image

from darkroom.imaging.codecs import decode
from darkroom.imaging.formats.encode import encode
from darkroom.imaging.formats.frames import Frames
from darkroom.imaging.formats.load import LoadOptions, load
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.formats.prepare import built_in


def grainy(channels: int, *, dtype: str = "uint16", width: int = 120, height: int = 90) -> np.ndarray:
    """Slopes with grain in the lowest bits, which nobody can hold who rounds."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [x / width, y / height, (x + y) / (width + height), 1 - x / width][:channels]
    grain = np.random.default_rng(3).uniform(0, 0.002, (height, width, channels))
    top = np.iinfo(dtype).max
    return np.clip((np.stack(planes, axis=2) + grain) * top, 0, top).astype(dtype)


def written(pixels: np.ndarray, icc: bytes = b"", **options: object) -> bytes:
    return encode(Frames.of(pixels, icc), EncodeOptions.checked(format="jp2", **options)).data


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("icc", [False, True])
def test_sixteen_bits_come_back_bit_by_bit(channels, icc):
    profile = built_in("p3") if icc and channels > 2 else b""
    made = encode(Frames.of(grainy(channels), profile), EncodeOptions(format="jp2", lossless=True, profile="keep"))
    found = load(made.data, "deep.jp2")
    assert (made.bit_depth, made.encoder, made.notes, found.header.bit_depth) == (16, "OpenJPEG", (), 16)
    assert np.array_equal(found.frames.pixels, grainy(channels))
    assert found.frames.icc == profile


@pytest.mark.parametrize("channels", [1, 3])
def test_another_program_reads_all_sixteen_bits(channels):
    found = cv2.imdecode(np.frombuffer(written(grainy(channels), lossless=True), np.uint8), cv2.IMREAD_UNCHANGED)
    seen = found[:, :, None] if found.ndim == 2 else found[:, :, ::-1]
    assert np.array_equal(seen, grainy(channels))


@pytest.mark.parametrize("bits", [10, 12])
def test_fewer_bits_are_as_exact_as_they_can_be(bits):
    data = written(grainy(3), bit_depth=bits, lossless=True)
    found = load(data, "deep.jp2")
    step = 65_535 / ((1 << bits) - 1)
    assert found.header.bit_depth == bits
    assert step / 4 < np.abs(found.frames.pixels.astype(int) - grainy(3)).max() <= step / 2 + 1


def test_quality_is_paid_in_bytes_at_sixteen_bits_as_at_eight():
    for dtype in ("uint8", "uint16"):
        pixels = grainy(3, dtype=dtype)
        sizes, errors = [], []
        for quality in (30, 60, 95):
            data = written(pixels, quality=quality)
            sizes.append(len(data))
            errors.append(np.abs(load(data, "x.jp2").frames.pixels.astype(float) - pixels).mean() / np.iinfo(dtype).max)
        assert sizes == sorted(sizes)
        assert errors == sorted(errors, reverse=True)
        assert errors[-1] < 0.004


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_wide_colours_are_told_by_a_profile_and_shown_as_they_are(dtype):
    top = np.iinfo(dtype).max
    red = np.zeros((64, 64, 3), dtype)
    red[:, :] = (0.8 * top, 0.3 * top, 0.2 * top)
    data = written(red, built_in("p3"), lossless=True, profile="keep")
    plain = written(red, lossless=True)
    found = load(data, "wide.jp2")
    seen = decode(data, found.header, 64, "wide.jp2").colour[32, 32].astype(int)
    assert seen[0] > decode(plain, load(plain, "x.jp2").header, 64, "x.jp2").colour[32, 32, 0] + 8
    with Image.open(BytesIO(data)) as image:  # a reader that knows no profiles still finds the picture
        image.load()
        assert image.size == (64, 64)


def test_wide_colours_are_the_same_when_less_is_read_than_there_is():
    data = written(grainy(3, dtype="uint8", width=640, height=480), built_in("p3"), profile="keep")
    found = load(data, "wide.jp2", LoadOptions(target=150)).frames
    assert found.width == 160
    assert found.icc == built_in("p3")

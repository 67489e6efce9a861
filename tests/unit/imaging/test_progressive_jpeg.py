"""Progressive JPEGs at a fraction of their size: the same coefficients in another order must give the very same pixels."""

from __future__ import annotations

import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import simplejpeg
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageFile

from darkroom.imaging import native, scaled_jpeg
from darkroom.imaging.formats.load import LoadOptions, load
from tests.unit.imaging.test_scaled_jpeg import FACTORS, decoded, photo, written

pytestmark = pytest.mark.skipif(not scaled_jpeg.available(), reason="the decoder is not built: no C compiler here")
SIZES = ((333, 217), (160, 96), (61, 47), (17, 33), (5, 1), (1, 1))


def noise(width: int, height: int) -> np.ndarray[Any, Any]:
    """What no coefficient of is 0."""
    return np.random.default_rng(5).integers(0, 256, (height, width, 3), dtype=np.uint8)


def assert_same(baseline: bytes, progressive: bytes) -> None:
    """Both are read, at every scale, and alike to the bit."""
    for factor in FACTORS:
        wanted, found = decoded(baseline, factor), decoded(progressive, factor)
        assert wanted is not None
        assert found is not None
        assert np.array_equal(found, wanted)


def starts_of_scans(data: bytes) -> list[int]:
    """Where each header of a scan begins; entropy-coded bytes cannot contain one."""
    return [at for at in range(len(data)) if data[at : at + 2] == b"\xff\xda"]


@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("restart", [0, 3])
@pytest.mark.parametrize("quality", [20, 88, 100])
def test_the_order_of_bits_changes_no_pixel(
    monkeypatch: pytest.MonkeyPatch, quality: int, restart: int, subsampling: int
) -> None:
    monkeypatch.setattr(ImageFile, "MAXBLOCK", 1 << 24)  # Pillow thinks too little of what noise needs
    options = {"quality": quality, "subsampling": subsampling, "restart_marker_blocks": restart}
    for width, height in SIZES:
        for pixels in (photo(width, height, 3), photo(width, height, 3)[:, :, 0], noise(width, height)):
            assert_same(written(pixels, **options), written(pixels, progressive=True, **options))


def test_it_is_made_smaller_in_the_same_go() -> None:
    pixels = photo(333, 217)
    wanted, found = (decoded(written(pixels, progressive=progressive), 2, (90, 58)) for progressive in (False, True))
    assert wanted is not None
    assert np.array_equal(wanted, found)


def test_the_scans_of_mozjpeg_are_read() -> None:
    image = native.pyvips().Image.new_from_array(photo(333, 217))
    progressive = image.jpegsave_buffer(Q=80, interlace=True, optimize_scans=True)
    if len(starts_of_scans(progressive)) == 10:
        pytest.skip("libvips has no mozjpeg here, which writes scans of its own")
    assert_same(image.jpegsave_buffer(Q=80), progressive)


def script(draw: Random, components: int) -> str:
    """Scans in one of the orders that the standard allows, as jpegtran reads them."""
    every = [[each] for each in range(components)]

    def grouped() -> list[list[int]]:
        return every if draw.random() < 0.5 else [list(range(components))]

    def bands() -> list[tuple[int, int]]:
        edges = [1, *sorted(draw.sample(range(2, 64), draw.randint(0, 3))), 64]
        return [(first, beyond - 1) for first, beyond in pairwise(edges)]

    low = draw.randint(0, 3)
    done = [(group, 0, 0, 0, low) for group in grouped()]
    waiting = [[(group, 0, 0, bit, bit - 1) for bit in range(low, 0, -1) for group in grouped()]]
    for one in every:
        least = draw.randint(0, 3)
        scans = [(one, first, last, 0, least) for first, last in bands()]
        scans += [(one, first, last, bit, bit - 1) for bit in range(least, 0, -1) for first, last in bands()]
        waiting.append(scans)
    while left := [scans for scans in waiting if scans]:
        done.append(draw.choice(left).pop(0))
    return "".join(f"{','.join(map(str, of))}: {a}-{b}, {high}, {low};\n" for of, a, b, high, low in done)


@pytest.mark.skipif(not shutil.which("jpegtran"), reason="jpegtran, which writes scans in any order, is not installed")
def test_scans_come_in_any_order(tmp_path: Path) -> None:
    draw = Random(5)
    for round_ in range(25):
        pixels = (photo(333, 217, round_), noise(61, 47), photo(97, 40, round_)[:, :, 0])[round_ % 3]
        baseline = written(pixels, quality=draw.choice([30, 85, 97]), subsampling=draw.choice([0, 1, 2]))
        given_, scans = tmp_path / "baseline.jpg", tmp_path / "scans.txt"
        given_.write_bytes(baseline)
        scans.write_text(script(draw, 1 if pixels.ndim == 2 else 3))
        restarts = draw.choice([[], ["-restart", "3B"], ["-restart", "1"]])
        command = ["jpegtran", "-scans", str(scans), *restarts, str(given_)]
        assert_same(baseline, subprocess.run(command, capture_output=True, check=True).stdout)


def test_what_breaks_off_before_its_last_bits_is_left_to_who_smooths_it() -> None:
    data = written(photo(160, 96), progressive=True)
    for start in starts_of_scans(data)[1:]:
        assert decoded(data[:start] + b"\xff\xd9", 2) is None
        assert load(data[:start] + b"\xff\xd9", "early.jpg", LoadOptions(target=60)).frames.pixels.shape == (48, 80, 3)


def test_damage_is_seen_in_scans_that_the_small_picture_does_not_need() -> None:
    data = written(photo(640, 480), progressive=True)
    last = starts_of_scans(data)[-1]
    hurt = bytearray(data)
    hurt[(last + len(data)) // 2 : (last + len(data)) // 2 + 2] = b"\xff\xd3"  # a marker where none can be
    assert decoded(bytes(hurt), 8) is None
    assert not load(bytes(hurt), "hurt.jpg", LoadOptions(target=60)).frames.sound
    assert load(data, "whole.jpg", LoadOptions(target=60)).frames.sound


def test_whoever_wants_a_fraction_gets_it_from_here(monkeypatch: pytest.MonkeyPatch) -> None:
    data = written(photo(640, 480), progressive=True)
    monkeypatch.setattr(simplejpeg, "decode_jpeg", lambda *_, **__: pytest.fail("libjpeg-turbo was asked"))
    assert load(data, "small.jpg", LoadOptions(target=300)).frames.pixels.shape == (240, 320, 3)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_bytes_never_give_another_shape(data: st.DataObject) -> None:
    hurt = bytearray(_BASE)
    for _ in range(data.draw(st.integers(1, 6))):
        hurt[data.draw(st.integers(2, len(hurt) - 1))] = data.draw(st.integers(0, 255))
    for factor in FACTORS:
        found = scaled_jpeg.decode(bytes(hurt), (64, 96, 3), factor)
        assert found is None or found.shape == (64 // factor, 96 // factor, 3)


_BASE = written(photo(96, 64), progressive=True, restart_marker_blocks=5)

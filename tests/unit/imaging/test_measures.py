from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from darkroom.imaging import native
from darkroom.imaging.contact_sheet import contact_sheet
from darkroom.imaging.hashing import hamming, perceptual_hash
from darkroom.imaging.header import scale_for
from darkroom.imaging.jpeg import count_scans, is_complete, read_jpeg
from darkroom.imaging.pixels import fit
from darkroom.imaging.quality import dominant_colours, measure
from darkroom.imaging.webp import _encode, _library, _pillow, encode_webp
from tests.unit.imaging.conftest import scene


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    from darkroom.imaging.samples.paint import Canvas
    from darkroom.imaging.samples.scenes import SCENES

    canvas = Canvas(np.random.default_rng(1), 1000, 667)
    SCENES[0].painter(canvas, SCENES[0].mood)
    return canvas.finish()


def quality_of(array: np.ndarray, **options):
    luma = native.cv2().cvtColor(array, native.cv2().COLOR_RGB2GRAY)
    return measure(luma, fit(array, 256), **options)


def test_a_good_picture_has_no_problems(photo):
    found = quality_of(photo)
    assert found.problems == ()
    assert 0.6 < found.score <= 1
    assert 0.2 < found.brightness < 0.8


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda a: native.cv2().GaussianBlur(a, (0, 0), 8), "blurred"),
        (lambda a: (a * 0.1).astype(np.uint8), "dark"),
        (lambda a: np.clip(a * 1.5 + 110.0, 0, 255).astype(np.uint8), "overexposed"),
        (lambda a: (a * 0.12 + 110).astype(np.uint8), "low_contrast"),
        (lambda a: np.full_like(a, 130), "low_information"),
    ],
)
def test_each_problem_is_found_and_costs_score(photo, spoil, problem):
    found = quality_of(np.ascontiguousarray(spoil(photo)))
    assert problem in found.problems
    assert found.score < quality_of(photo).score


def test_a_dark_picture_is_not_called_blurred(photo):
    assert "blurred" not in quality_of((photo * 0.15).astype(np.uint8)).problems


def test_damage_comes_first_and_halves_the_score(photo):
    found = quality_of(photo, damaged=True)
    assert found.problems == ("damaged",)
    assert found.score == pytest.approx(quality_of(photo).score / 2, abs=1e-3)


def test_near_duplicates_are_near_and_others_far(photo):
    grey = native.cv2().cvtColor(photo, native.cv2().COLOR_RGB2GRAY)
    own = perceptual_hash(grey)
    assert hamming(own, perceptual_hash(fit(photo, 300)[:, :, 1])) <= 6
    assert hamming(own, perceptual_hash(np.clip(grey * 1.08 + 6, 0, 255).astype(np.uint8))) <= 4
    assert hamming(own, perceptual_hash(np.ascontiguousarray(grey[:, ::-1]))) > 12
    assert hamming("0" * 16, "f" * 16) == 64


def test_dominant_colours_cover_a_flag():
    flag = np.zeros((200, 300, 3), np.uint8)
    flag[:, :200], flag[:, 200:] = (200, 16, 46), (255, 255, 255)
    first, second = dominant_colours(flag)[:2]
    assert (first.hex, second.hex) == ("#c8102e", "#ffffff")
    assert first.share == pytest.approx(2 / 3, abs=0.02)


@pytest.mark.parametrize(
    ("side", "factor"), [(4000, 4), (4032, 4), (3800, 2), (8000, 8), (1023, 1), (640, 1), (1946, 2)]
)
def test_the_scale_is_the_coarsest_that_is_large_enough(side, factor):
    assert scale_for(side, 1024) == factor


@pytest.mark.parametrize("effort", [0, 4])
@pytest.mark.parametrize("size", [(640, 400), (641, 401), (333, 90)])
def test_both_ways_to_webp_show_the_same(size, effort):
    array = np.asarray(scene(*size))
    direct = np.asarray(Image.open(BytesIO(encode_webp(array, 90, effort))).convert("RGB")).astype(int)
    pillow = np.asarray(Image.open(BytesIO(_pillow(array, 90, effort))).convert("RGB")).astype(int)
    assert direct.shape == pillow.shape == array.shape
    assert np.abs(direct - pillow).mean() < 4


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (3, 2), (16, 11)])
def test_tiny_pictures_keep_their_size_in_webp(size):
    array = np.asarray(scene(*size))
    assert Image.open(BytesIO(encode_webp(array, 90))).size == size


def test_libwebp_is_called_directly_here():
    assert _library() is not None
    assert _encode(_library(), np.zeros((8, 8, 3), np.uint8), 50, 0)


def test_jpeg_segments(draw):
    data = draw("JPEG", width=320, height=200, progressive=True, exif=Image.Exif().tobytes())
    info = read_jpeg(data, "a")
    assert (info.width, info.height, info.components, info.progressive, info.plain) == (320, 200, 3, True, True)
    assert count_scans(data, info) > 3
    assert is_complete(data, info)
    assert not is_complete(data[:-30], info)


def test_contact_sheet_leaves_gaps_for_what_cannot_be_read(draw):
    sheet = Image.open(BytesIO(contact_sheet([draw("WEBP"), b"broken", draw("PNG")], columns=2, cell=50)))
    assert sheet.size == (112, 112)
    assert sheet.convert("RGB").getpixel((30, 30)) != (24, 26, 31)
    assert Image.open(BytesIO(contact_sheet([]))).size[0] > 0

"""A bracket of known light is put together again: light, tone maps, ghosts, alignment, gain map."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest

from darkroom.errors import Error
from darkroom.imaging.operations import hdr_align, hdr_merge
from darkroom.imaging.operations.base import Context, Raster
from darkroom.imaging.operations.geometry_resize import resize
from darkroom.imaging.operations.hdr import align_to, fuse_exposures, merge_hdr, tone_map
from darkroom.imaging.operations.hdr_gainmap import decode_ultra_hdr, encode_ultra_hdr
from darkroom.imaging.operations.hdr_tone import MAPS, log_mean, luminance
from darkroom.imaging.operations.resample import from_light, to_light
from tests.unit.imaging.operations.scenes import clean, floats, psnr, raster


def light(width: int = 240, height: int = 180) -> np.ndarray:
    """Light of a room with a window: 1 is white at the middle exposure, the window has 6, the corner 0.004."""
    scene = to_light(clean(width, height)).astype(np.float64)
    y, x = np.mgrid[0:height, 0:width]
    window = (x > width * 0.6) & (x < width * 0.9) & (y > height * 0.3) & (y < height * 0.6)
    scene[window] *= 18
    return scene * np.linspace(0.12, 1.0, width)[None, :, None]


def exposed(scene: np.ndarray, stop: float, depth: str = "uint16") -> Raster:
    """What a camera with the sRGB curve records."""
    return raster(np.clip(from_light(np.clip(scene * 2.0**stop, 0, 1)), 0, 1), depth)


def bracket(scene: np.ndarray, depth: str = "uint16") -> tuple[Raster, Context]:
    """Middle exposure, and a context with the others, three stops apart."""
    pictures = {"dark": exposed(scene, -4, depth), "bright": exposed(scene, 3, depth)}
    return exposed(scene, 0, depth), Context(pictures=pictures)


BOTH = {"pictures": ["dark", "bright"], "align": "none"}


def test_the_light_of_a_bracket_is_that_of_the_scene():
    scene = light()
    image, context = bracket(scene)
    params = merge_hdr.parse({**BOTH, "tone": "none", "exposures": [0, -4, 3]})
    made = merge_hdr.apply(image, params, context)
    assert made.shape.depth == "float32"
    found = to_light(made.array)
    assert found.max() == pytest.approx(scene.max(), rel=0.02)
    assert found.max() > 6
    wrong = np.abs(np.log2(found / scene))
    assert np.median(wrong) < 0.002
    assert np.quantile(wrong, 0.99) < 0.05


def test_the_stops_are_found_from_the_pictures():
    scene = light()
    colours = [floats(exposed(scene, stop)).astype(np.float32) for stop in (0, -4, 3)]
    assert hdr_merge.exposure_ratios(colours) == pytest.approx([0, -4, 3], abs=0.05)
    black = np.zeros((20, 20, 3), np.float32)
    with pytest.raises(Error, match="too far apart") as refused:
        hdr_merge.exposure_ratios([black, black + 1])
    assert "exposures" in refused.value.remedy


def test_an_unknown_response_is_measured():
    scene = light()
    stops = [-4.0, -2.0, 0.0, 2.0]

    def curve(values: np.ndarray) -> np.ndarray:  # not sRGB: a plain power
        return np.clip(values, 0, 1) ** (1 / 1.6)

    colours = [curve(scene * 2.0**stop).astype(np.float32) for stop in stops]
    response = hdr_merge.response_of(colours, stops)
    values = np.arange(30, 240)
    true = (values / 255.0) ** 1.6
    ratio = np.log2(response[values, 1] / true)
    assert np.ptp(ratio) < 0.5  # the shape; its scale is free
    assumed = np.log2(to_light(values / 255.0) / true)
    assert np.ptp(ratio) < 0.5 * np.ptp(assumed)


def test_what_moved_is_shown_once():
    scene = light()
    with_ball, without = scene.copy(), scene.copy()
    with_ball[100:130, 60:90] = 0.9
    image = exposed(without, 0)
    context = Context(pictures={"dark": exposed(with_ball, -2), "bright": exposed(without, 2)})
    for operation, more in ((merge_hdr, {"tone": "none", "exposures": [0, -2, 2]}), (fuse_exposures, {})):
        params = {**BOTH, **more}
        ghost = operation.apply(image, operation.parse({**params, "deghost": False}), context).array
        clear = operation.apply(image, operation.parse(params), context).array
        never = Context(pictures={"dark": exposed(without, -2), "bright": exposed(without, 2)})
        wanted = operation.apply(image, operation.parse(params), never).array.astype(float)
        inside = (slice(104, 126), slice(64, 86))
        before = np.abs(ghost[inside] - wanted[inside]).mean()
        assert np.abs(clear[inside] - wanted[inside]).mean() < 0.3 * before, operation.name


def test_fusion_shows_both_ends_of_the_range():
    scene = light()
    image, context = bracket(scene)
    made = floats(fuse_exposures.apply(image, fuse_exposures.parse(BOTH), context))
    middle = floats(image)
    window = (slice(60, 105), slice(150, 210))
    assert (middle[window] > 0.99).mean() > 0.5
    assert (made[window] > 0.99).mean() < 0.4 * (middle[window] > 0.99).mean()
    assert made[140:, :40].mean() > 1.35 * middle[140:, :40].mean()
    # Detail of the window is back: it goes with the logarithm of the light.
    truth = np.log(scene[window].mean(axis=2)).ravel()
    assert np.corrcoef(truth, made[window].mean(axis=2).ravel())[0, 1] > 0.8


@pytest.mark.parametrize("name", list(MAPS))
def test_a_tone_map_orders_brightness_and_fills_the_screen(name: str):
    scene = light().astype(np.float32)
    made = MAPS[name](scene, 0.18, 1.0)
    shown = np.clip(from_light(np.clip(made, 0, 1)), 0, 1)
    assert np.isfinite(made).all()
    assert np.median(shown) == pytest.approx(0.46, abs=0.13)
    assert (shown > 0.999).mean() < 0.04
    ranks = [np.argsort(np.argsort(luminance(values.astype(np.float32)).ravel())) for values in (scene, made)]
    assert np.corrcoef(*ranks)[0, 1] > 0.85
    grey = MAPS[name](scene.mean(axis=2, keepdims=True), 0.18, 1.0)
    assert grey.shape == (*scene.shape[:2], 1)


def test_reinhard_is_its_formula():
    scene = np.geomspace(0.01, 10, 300, dtype=np.float32).reshape(15, 20, 1)
    scaled = scene * 0.18 / log_mean(scene)
    white = np.percentile(scaled, 99.8)
    expected = scaled * (1 + scaled / white**2) / (1 + scaled)
    assert np.allclose(MAPS["reinhard"](scene, 0.18, 1.0), expected, rtol=1e-4)


def test_a_merged_picture_may_be_mapped_later_with_the_same_result():
    scene = light()
    image, context = bracket(scene)
    at_once = merge_hdr.apply(image, merge_hdr.parse({**BOTH, "tone": "reinhard"}), context)
    merged = merge_hdr.apply(image, merge_hdr.parse({**BOTH, "tone": "none"}), context)
    later = tone_map.apply(merged, tone_map.parse({"method": "reinhard"}))
    assert np.abs(floats(later) - floats(at_once)).max() < 1e-3


@pytest.mark.parametrize("method", ["shift", "turn", "perspective"])
def test_exposures_are_brought_over_each_other(method: str):
    big = light(420, 320)
    turn = np.eye(3)
    turn[:2] = cv2.getRotationMatrix2D((200, 150), 0.7, 1.0)
    turn[:2, 2] += (2.4, -1.7)
    ways = {
        "shift": np.array([[1, 0, 4], [0, 1, -3], [0, 0, 1.0]]),
        "turn": turn,
        "perspective": np.array([[1.004, 0.003, 1.5], [-0.002, 0.998, 2.0], [4e-6, -3e-6, 1.0]]),
    }
    moved = cv2.warpPerspective(big, ways[method], (420, 320), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    reference, other = (exposed(np.maximum(one[30:290, 30:390], 0), stop) for one, stop in ((big, 0), (moved, -1.5)))
    pinned = align_to.pin(other, align_to.parse({"picture": "r", "method": method}), Context(pictures={"r": reference}))
    made = floats(align_to.run(other, pinned))
    wanted = floats(exposed(big[30:290, 30:390], -1.5))
    inside = (slice(20, -20), slice(20, -20))
    assert psnr(made[inside], wanted[inside]) > psnr(floats(other)[inside], wanted[inside]) + 6
    assert psnr(made[inside], wanted[inside]) > 29


FINE, WIDTH, HEIGHT = 10, 320, 240


@cache
def textured() -> np.ndarray:
    """The room with wallpaper, in tenths of pixels."""
    paper = cv2.GaussianBlur(np.random.default_rng(1).normal(0, 1.5, (HEIGHT + 40, WIDTH + 40)), (0, 0), 1.5)
    scene = np.maximum(light(WIDTH + 40, HEIGHT + 40), 1e-3) * np.exp(paper)[:, :, None]
    return cv2.resize(scene.astype(np.float32), None, fx=FINE, fy=FINE, interpolation=cv2.INTER_LINEAR)


def seen(left: float, top: float) -> np.ndarray:
    """What a camera sees that was moved a little: each pixel the mean of all its tenths, so that no filter is asked."""
    x, y = round((20 - left) * FINE), round((20 - top) * FINE)
    part = textured()[y : y + HEIGHT * FINE, x : x + WIDTH * FINE]
    return part.reshape(HEIGHT, FINE, WIDTH, FINE, 3).mean(axis=(1, 3))


@pytest.mark.parametrize(("across", "down"), [(0.3, 0.0), (-0.5, 0.3), (4.3, -2.7), (3.0, -2.0)])
def test_a_shift_is_found_to_a_part_of_a_pixel_whatever_the_exposure(across: float, down: float):
    reference, other = exposed(seen(0, 0), 0), seen(across, down)
    for stop in (-2, 0, 2):
        found = hdr_align.transform(reference, exposed(other, stop), "shift")
        assert found[:2, 2] == pytest.approx([-across, -down], abs=0.04)
        assert np.array_equal(found[:2, :2], np.eye(2))
        if across == round(across):
            assert (found[0, 2], found[1, 2]) == (-across, -down)  # whole pixels are moved, not mixed


def test_a_shift_in_which_nothing_correlates_is_that_of_the_bitmaps():
    flat, noise = raster(np.full((100, 120, 3), 0.5)), raster(np.random.default_rng(0).random((100, 120, 3)))
    found = hdr_align.transform(flat, noise, "shift")
    assert np.array_equal(found, np.round(found))


def test_pictures_of_other_scenes_are_refused_or_left():
    noise = np.random.default_rng(0)
    one, other = raster(noise.random((100, 120, 3))), raster(np.full((100, 120, 3), 0.5))
    with pytest.raises(Error, match="too little in common"):
        align_to.apply(one, align_to.parse({"picture": "r"}), Context(pictures={"r": other}))


def test_as_many_exposures_as_pictures():
    with pytest.raises(Error, match="one number for each picture"):
        merge_hdr.parse({"pictures": ["a", "b"], "exposures": [0, 1]})


def test_a_gain_map_keeps_what_is_beyond_white_also_through_a_resize():
    scene = Raster(from_light(cv2.GaussianBlur(light(320, 240), (0, 0), 2)))
    data = encode_ultra_hdr(scene, 95)
    assert data[:2] == b"\xff\xd8"
    again = decode_ultra_hdr(data)
    assert again.array.max() > 2
    assert psnr(np.log2(1 + to_light(again.array)), np.log2(1 + to_light(scene.array))) > 30
    small = resize.apply(again, resize.parse({"width": 160, "height": 120}))
    kept = decode_ultra_hdr(encode_ultra_hdr(small, 95))
    assert (kept.shape.width, kept.shape.height) == (160, 120)
    window = (slice(42, 68), slice(102, 138))
    assert to_light(kept.array)[window].mean() == pytest.approx(to_light(small.array)[window].mean(), rel=0.05)


def test_a_plain_picture_has_no_gain_map():
    with pytest.raises(Error, match="Only a float picture"):
        encode_ultra_hdr(raster(clean()))
    plain = cv2.imencode(".jpg", raster(clean()).array)[1].tobytes()
    with pytest.raises(Error) as refused:
        decode_ultra_hdr(plain)
    assert refused.value.code == "image_unsupported"

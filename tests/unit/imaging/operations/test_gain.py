"""What taking out noise is worth: told without the clean picture, for noise of every kind, and true of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from benchmarks.noise_cases import TEXTURES
from darkroom.imaging.operations.base import Context, Raster
from darkroom.imaging.operations.denoise import denoise, denoise_chroma, denoise_nonlocal
from darkroom.imaging.operations.gain import USUAL_GAIN, samples, worth_of_denoising
from tests.unit.imaging.operations.scenes import clean, drawn, floats, noisy, psnr, raster

CORPUS = Path(__file__).parents[5] / "shared" / "corpora"
WAYS: tuple[tuple[Any, dict[str, Any]], ...] = (
    (denoise, {}),
    (denoise, {"method": "wavelet"}),
    (denoise_nonlocal, {"search": 7}),
)


def as_jpeg(values: Any, quality: int) -> Any:
    _, data = cv2.imencode(".jpg", raster(values).array, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_COLOR) / 255


def as_camera(scene: Any, spread: float) -> Any:
    """Noise of photons on a sensor with a colour filter, developed and written as JPEG."""
    gains = np.array([1.9, 1.0, 1.5])
    light = np.clip(scene, 0, 1) ** 2.2 / gains
    mosaic = light[..., 1].copy()
    mosaic[::2, ::2], mosaic[1::2, 1::2] = light[::2, ::2, 0], light[1::2, 1::2, 2]
    draw = np.random.default_rng(1)
    mosaic += np.sqrt(2 * mosaic * spread**2 + (0.15 * spread) ** 2) * draw.normal(0, 1, mosaic.shape)
    counts = np.clip(mosaic * 60_000 + 1000, 0, 65535).astype(np.uint16)
    colour = (cv2.cvtColor(counts, cv2.COLOR_BayerBG2RGB_EA) - 1000.0) / 60_000
    return as_jpeg(np.clip(colour * gains, 0, 1) ** (1 / 2.2), 93)


def as_blotches(scene: Any, spread: float) -> Any:
    noise = cv2.GaussianBlur(np.random.default_rng(1).normal(0, 1, scene.shape), (0, 0), 0.8)
    return scene + spread * noise / noise.std()


def with_light(scene: Any, spread: float) -> Any:
    return scene + spread * np.sqrt(1.6 * scene + 0.2) * np.random.default_rng(1).normal(0, 1, scene.shape)


KINDS: dict[str, Any] = {
    "white": noisy,
    "with light": with_light,
    "JPEG": lambda scene, spread: as_jpeg(noisy(scene, spread), 90),
    "blotches": as_blotches,
    "camera": as_camera,
}


def grain(width: int, height: int, spread: float) -> Any:
    """A texture as fine and as even as noise."""
    found = cv2.GaussianBlur(np.random.default_rng(7).normal(0, 1, (height, width)), (0, 0), 0.7)
    return (spread * found / found.std())[..., None]


def told_and_true(operation: Any, params: dict[str, Any], scene: Any, given: Any) -> tuple[float, float]:
    """The gain that was told, and the one that there is, by the clean picture."""
    image = raster(given)
    pinned, _ = operation.decide(image, operation.parse(params))
    made = floats(operation.run(image, pinned.model_copy(update={"min_gain": 0.0})))
    wrong = [float(np.sqrt(np.mean((one - scene) ** 2))) for one in (floats(image), made)]
    return pinned.gain, 1 - wrong[1] / wrong[0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("spread", [0.032, 0.064])
def test_what_visibly_helps_is_let_through_whatever_the_kind_of_noise(kind: str, spread: float):
    apart = []
    for scene in (clean(), drawn(1), drawn(2)):
        reference = as_camera(scene, 0) if kind == "camera" else scene
        for operation, params in WAYS:
            told, true = told_and_true(operation, params, reference, KINDS[kind](scene, spread))
            apart.append(abs(told - true))
            if true >= 0.1:
                assert told >= USUAL_GAIN, (operation.name, params, true)
            if true < 0:
                assert told < USUAL_GAIN, (operation.name, params, true)
    # What JPEG itself has taken from the picture no filter brings back, and nothing tells of it.
    assert np.median(apart) < (0.22 if kind == "JPEG" else 0.1)


@pytest.mark.parametrize(("operation", "params"), WAYS, ids=["fast", "wavelet", "nonlocal"])
def test_what_takes_more_detail_than_noise_is_stopped_and_says_so(operation: Any, params: dict[str, Any]):
    # Quiet on the left, which is where the noise is measured; on the right a texture that lies beneath a strength of 3.
    scene = drawn(6, 640, 480)
    scene[:, 320:] += grain(320, 480, 0.02)
    image = raster(noisy(scene, 0.006), "uint16")
    strong = operation.parse({**params, "luma": 0.02, "chroma": 0.006})
    pinned, words = operation.decide(image, strong)
    assert pinned.gain < 0
    assert words.startswith("left as it was: it damages more than it takes out noise (")
    assert operation.run(image, pinned) is image
    forced = operation.parse({**strong.model_dump(), "min_gain": 0})
    worse = operation.apply(image, forced)
    assert operation.decide(image, forced)[1] == ""
    assert psnr(floats(worse), scene) < psnr(floats(image), scene)


def test_a_picture_that_hardly_gains_stays_as_it_is_and_says_how_little():
    image = raster(noisy(drawn(1), 0.03))
    pinned, words = denoise.decide(image, denoise.parse({"min_gain": 0.95}))
    assert 0.4 < pinned.gain < 0.8
    assert words == f"left as it was: noise falls by {pinned.gain:.0%}; at least 95% is wanted (min_gain)"
    assert denoise.run(image, pinned) is image
    assert denoise.decide(image, denoise.parse({}))[1] == ""


def test_what_was_found_is_written_down_and_not_measured_again():
    image = raster(noisy(drawn(1), 0.03))
    pinned, _ = denoise.decide(image, denoise.parse({}))
    assert denoise.decide(raster(drawn(1)), pinned) == (pinned, "")
    refused = denoise.parse({"luma": 0.03, "chroma": 0.03, "gain": 0.01})
    assert denoise.run(image, refused) is image
    assert denoise.run(image, denoise.parse({"luma": 0.03, "chroma": 0.03, "gain": 0.5})) is not image


def test_colours_alone_are_judged_by_what_is_wrong_with_the_colours():
    scene = drawn(1)
    weights = np.array([0.299, 0.587, 0.114])
    noise = np.random.default_rng(3).normal(0, 0.04, scene.shape)
    image = raster(scene + noise - (noise @ weights)[..., None] + noise[..., :1] * 0.5, "uint16")
    pinned, words = denoise_chroma.decide(image, denoise_chroma.parse({}))
    assert (pinned.gain > 0.3, words) == (True, "")
    grey = raster(noisy(scene, 0.04)[..., :1])
    assert denoise_chroma.apply(grey, denoise_chroma.parse({})) is grey


def test_judging_looks_at_a_small_share_of_a_large_picture_evenly():
    for height, width in ((3000, 4000), (1067, 1600), (400, 6000)):
        place = np.arange(height * width, dtype=np.float32).reshape(height, width, 1)
        parts = samples(place / (height * width))
        seen = np.concatenate([one.ravel() for one in parts])
        assert seen.size < 0.06 * height * width
        assert seen.size == np.unique(np.rint(seen.astype(np.float64) * height * width)).size
        assert seen.mean() == pytest.approx(0.5, abs=0.01)
        assert (seen.min() < 0.3, seen.max() > 0.7) == (True, True)
    for shape in ((7, 5, 3), (79, 400, 1), (90, 90, 3)):
        small = np.full(shape, 51, np.uint8)
        assert sum(one.size for one in samples(small)) >= 0.5 * small.size
        assert samples(small)[0].max() == pytest.approx(0.2)


@pytest.mark.parametrize("values", [np.zeros((40, 40, 3)), np.ones((40, 40, 3)), np.full((3, 5, 1), 0.5)])
def test_a_picture_on_which_nothing_can_be_measured_gains_nothing(values: Any):
    pinned, words = denoise.decide(raster(values), denoise.parse({}), Context(iso=6400))
    assert pinned.gain == 0
    assert words == "left as it was: noise stays as it is; at least 5% is wanted (min_gain)"


def test_what_is_not_touched_does_not_count():
    part = noisy(drawn(1), 0.05).astype(np.float32)
    assert worth_of_denoising([part], lambda one: one).gain == 0

    def luma_only(one: Any) -> Any:
        luma, *chroma = cv2.split(cv2.cvtColor(one, cv2.COLOR_RGB2YCrCb))
        return cv2.cvtColor(cv2.merge([cv2.bilateralFilter(luma, 5, 0.1, 2.0), *chroma]), cv2.COLOR_YCrCb2RGB)

    assert worth_of_denoising([part], luma_only).gain > 0.1


@pytest.mark.parametrize(("operation", "params"), WAYS, ids=["fast", "wavelet", "nonlocal"])
def test_a_meadow_at_a_low_iso_is_no_noise(operation: Any, params: dict[str, Any]):
    meadow = raster(drawn(1, 640, 480) + grain(640, 480, 0.05), "uint16")
    noise = raster(noisy(drawn(1, 640, 480), 0.05))
    parsed = operation.parse(params)
    pinned, words = operation.decide(meadow, parsed, Context(iso=64))
    assert (pinned.gain < 0.02, words.startswith("left as it was: ")) == (True, True)
    assert operation.run(meadow, pinned) is meadow
    assert operation.decide(noise, parsed, Context(iso=1600))[1] == ""
    assert operation.decide(raster(noisy(drawn(1), 0.02)), parsed, Context(iso=64))[1] == ""


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpora of real pictures are not here")
def test_photographs_with_noise_of_a_camera_gain_and_clean_ones_are_not_harmed():
    names = ("exif/albums/text/craft-beer.jpg", "exif/jpg/tests/67-0_length_string.jpg", "formats/images/ultrahdr.jpg")
    for name in names:
        photo = cv2.imread(str(CORPUS / name))
        small = cv2.resize(photo, (photo.shape[1] // 4, photo.shape[0] // 4), interpolation=cv2.INTER_AREA)
        scene = np.ascontiguousarray(small[100:484, 100:484]) / 255
        told, true = told_and_true(denoise, {}, as_camera(scene, 0), as_camera(scene, 0.064))
        assert (true > 0.08, told > USUAL_GAIN) == (True, True), name
        quiet = Raster(raster(scene).array)
        assert denoise.decide(quiet, denoise.parse({}))[1].startswith("left as it was: "), name


def textured(kind: str, number: int) -> Any:
    """A picture that is full of fine even texture, 320 x 240, of other seeds than the weights were chosen by."""
    return np.clip(TEXTURES[kind](np.random.default_rng(number)), 0.02, 0.98)


@pytest.mark.parametrize("kind", ["grass", "leaves", "cloth", "sand", "grain", "edges"])
def test_fine_even_texture_is_seldom_taken_for_noise(kind: str):
    harmful, let_through = 0, 0
    for number in range(31, 34):
        scene = textured(kind, number)
        for spread in (0.0, 0.006):
            given = scene + spread * np.random.default_rng(number).normal(0, 1, scene.shape)
            for operation, params in WAYS[:2]:
                told, true = told_and_true(operation, params, scene, given)
                if told is not None and true <= -0.1:
                    harmful, let_through = harmful + 1, let_through + (told >= USUAL_GAIN)
    assert let_through <= harmful / 4, (harmful, let_through)

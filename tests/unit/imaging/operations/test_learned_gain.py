"""Whether a model is worth while on a picture: told without the picture that it should be, and true of it."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from darkroom.imaging.operations.base import Context, Floats
from darkroom.imaging.operations.denoise import denoise, denoise_chroma
from darkroom.imaging.operations.denoise_estimate import estimate_noise
from darkroom.imaging.operations.gain import worth_of_denoising
from darkroom.imaging.operations.learned import denoise_learned, enhance_learned, super_resolve
from darkroom.imaging.operations.learned_gain import WINDOW, windows
from darkroom.imaging.operations.learned_write import box_blur, doubler, identity, model, node, port, tensor
from tests.unit.imaging.operations.scenes import clean, drawn, floats, noisy, psnr, raster

IMAGE = ("n", 3, "h", "w")
REACH = 3


def filter_model(kernel: Any) -> bytes:
    """A model that filters each channel by itself."""
    side = kernel.shape[0]
    weights = np.broadcast_to(kernel, (3, 1, side, side)).astype(np.float32)
    conv = node("Conv", ["x", "w"], ["y"], kernel_shape=[side, side], pads=[side // 2] * 4, group=3)
    return model([conv], [port("x", IMAGE)], [port("y", IMAGE)], [tensor("w", weights)])


def learnt(given: Any, wanted: Any, factor: int = 1) -> list[Any]:
    """The kernels that come nearest to what is wanted, by least squares: one for each place within a pixel."""
    padded = np.pad(given, ((REACH, REACH), (REACH, REACH), (0, 0)), "reflect")
    side = 2 * REACH + 1
    around = np.lib.stride_tricks.sliding_window_view(padded, (side, side), (0, 1)).reshape(-1, side * side)
    kernels = []
    for row in range(factor):
        for column in range(factor):
            answers = wanted[row::factor, column::factor].reshape(-1)
            kernels.append(np.linalg.lstsq(around, answers, rcond=None)[0].reshape(side, side))
    return kernels


def enlarger(kernels: list[Any]) -> bytes:
    """A model that doubles a picture by kernels that were learnt."""
    side = kernels[0].shape[0]
    weights = np.zeros((12, 3, side, side), np.float32)
    for place, kernel in enumerate(kernels):
        for channel in range(3):
            weights[place * 3 + channel, channel] = kernel
    nodes = [
        node("Conv", ["x", "w"], ["z"], kernel_shape=[side, side], pads=[side // 2] * 4),
        node("DepthToSpace", ["z"], ["y"], blocksize=2),
    ]
    return model(nodes, [port("x", IMAGE)], [port("y", ("n", 3, "2h", "2w"))], [tensor("w", weights)])


def noise_maker(spread: float, factor: int = 1) -> bytes:
    """A model that adds noise to what it gets, after it has enlarged it."""
    scale = tensor("s", np.array([1, 1, factor, factor], np.float32))
    nodes = [node("Resize", ["x", "", "s"], ["z" if spread else "y"], mode="cubic")]
    if spread:
        nodes += [node("RandomNormalLike", ["z"], ["r"], scale=spread, seed=3.0), node("Add", ["z", "r"], ["y"])]
    return model(nodes, [port("x", IMAGE)], [port("y", ("n", 3, "a", "b"))], [scale])


def applied(operation: Any, image: Any, data: bytes, **params: Any) -> tuple[Any, Any, str]:
    """The picture, the decision and what is said of it."""
    context = Context(files={"m": data})
    pinned, words = operation.decide(image, operation.parse({"model": "m", **params}), context)
    return operation.run(image, pinned, context), pinned, words


def inside(picture: Any) -> Any:
    """What lies further from the border than these models look."""
    values = picture if isinstance(picture, np.ndarray) else floats(picture)
    return values[8:-8, 8:-8]


@pytest.mark.parametrize("spread", [0.02, 0.05, 0.1])
def test_what_less_is_wrong_is_told_without_the_clean_picture(spread: float):
    whole = drawn(1, 640, 480)
    given = noisy(whole, spread).astype(np.float32)
    ways: dict[str, Any] = {
        "nothing": lambda part: part,
        "a blur": lambda part: cv2.blur(part, (3, 3)),
        "a strong blur": lambda part: cv2.blur(part, (7, 7)),
        "an edge-keeping average": lambda part: cv2.bilateralFilter(part, 5, 3 * spread, 2.0),
        "more noise": lambda part: part + np.random.default_rng(9).normal(0, spread, part.shape).astype(np.float32),
    }
    for name, way in ways.items():
        truth = max(-1.0, 1 - float(np.sqrt(np.mean((way(given) - whole) ** 2))) / spread)
        told = worth_of_denoising([given], way).gain
        # The less noise there is, the more counts that faint detail cannot be told from it; harm need not be told exactly.
        assert told < 2 * truth / 3 if truth < -0.1 else told == pytest.approx(truth, abs=0.05 + 0.0012 / spread), name


def test_noise_of_colours_alone_is_told_from_that_of_brightness():
    whole = drawn(1, 640, 480)
    planes = cv2.split(cv2.cvtColor(whole.astype(np.float32), cv2.COLOR_RGB2YCrCb))
    draw = np.random.default_rng(3)
    scales = (0.004, 0.713 * 0.06, 0.564 * 0.06)
    given = cv2.cvtColor(
        cv2.merge([one + draw.normal(0, scale, one.shape).astype(np.float32) for one, scale in zip(planes, scales, strict=True)]),
        cv2.COLOR_YCrCb2RGB,
    )  # fmt: skip

    def of_colours(part: Any) -> Any:
        luma, *chroma = cv2.split(cv2.cvtColor(part, cv2.COLOR_RGB2YCrCb))
        return cv2.cvtColor(cv2.merge([luma, *(cv2.blur(one, (3, 3)) for one in chroma)]), cv2.COLOR_YCrCb2RGB)

    def wrong(picture: Any) -> float:
        return float(np.sqrt(np.mean((picture - whole) ** 2)))

    noise = estimate_noise(given)
    assert noise.chroma == pytest.approx(0.06, rel=0.1)
    for way in (of_colours, lambda part: cv2.blur(part, (3, 3))):
        truth = max(-1.0, 1 - wrong(way(given)) / wrong(given))
        assert worth_of_denoising([given], way).gain == pytest.approx(truth, abs=0.08)


def test_a_large_picture_is_judged_by_parts_from_busy_to_quiet():
    picture = np.zeros((4 * WINDOW, 5 * WINDOW, 3), np.float32)
    busy = (slice(WINDOW, 2 * WINDOW), slice(3 * WINDOW, 4 * WINDOW))
    picture[busy] = np.random.default_rng(0).uniform(0, 1, (WINDOW, WINDOW, 3))
    parts = windows(picture)
    assert [one.shape for one in parts] == [(WINDOW, WINDOW, 3)] * 4
    assert np.array_equal(parts[0], picture[busy])
    assert not parts[-1].any()
    assert windows(picture[:WINDOW])[0].shape == (WINDOW, WINDOW, 3)
    small = picture[:WINDOW, : 2 * WINDOW]
    assert windows(small)[0] is small


def test_a_model_that_takes_noise_out_is_used_and_the_picture_is_better():
    before = drawn(1)
    kernel = learnt(noisy(drawn(2), 0.08, 5), drawn(2))[0]
    dirty = raster(noisy(before, 0.08))
    for operation in (denoise_learned, enhance_learned):
        made, pinned, words = applied(operation, dirty, filter_model(kernel))
        assert (pinned.gain > 0.2, words) == (True, "")
        assert psnr(floats(made), before) > psnr(floats(dirty), before) + 2


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (identity(), "noise stays as it is; at least 5% is wanted"),
        (noise_maker(0.03), "it damages more than it takes out noise"),
        (box_blur(15), "it damages more than it takes out noise"),
    ],
    ids=["identity", "noise", "blur"],
)
def test_a_denoiser_that_does_not_help_is_not_used_and_says_so(data: bytes, words: str):
    dirty = raster(noisy(drawn(1), 0.04))
    made, pinned, told = applied(denoise_learned, dirty, data)
    assert made is dirty
    assert pinned.gain < 0.05
    assert told.startswith("left as it was: with m ")
    assert words in told
    forced, _, told = applied(denoise_learned, dirty, data, min_gain=0)
    assert (forced is dirty, told) == (False, "")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (identity(), "detail stays as it is; at least 5% is wanted"),
        (noise_maker(0.03), "noise rises from 0.0"),
        (box_blur(3), "detail falls by"),
        (filter_model(np.eye(7)[::-1] / 7), "makes another picture of it|detail falls by"),
    ],
    ids=["identity", "noise", "blur", "smear"],
)
def test_an_enhancement_that_does_not_help_is_not_used_and_says_so(data: bytes, words: str):
    image = raster(drawn(1))
    made, pinned, told = applied(enhance_learned, image, data)
    assert made is image
    assert pinned.gain < 0.05
    assert any(one in told for one in words.split("|")), told


def test_a_model_that_sharpens_what_is_soft_is_used():
    soft, noise = (cv2.GaussianBlur(drawn(seed), (0, 0), 1.2) for seed in (2, 1)), 0.002
    example, given = (noisy(one, noise, seed) for seed, one in enumerate(soft))
    kernel = learnt(example, drawn(2))[0]
    image = raster(given, "uint16")
    made, pinned, words = applied(enhance_learned, image, filter_model(kernel))
    assert (pinned.gain > 0.2, words) == (True, "")
    assert psnr(inside(made), inside(drawn(1))) > psnr(inside(image), inside(drawn(1))) + 3


def test_a_look_counts_though_nothing_tells_whether_it_is_a_better_one():
    toned = model(
        [node("Pow", ["x", "w"], ["y"])], [port("x", IMAGE)], [port("y", IMAGE)],
        [tensor("w", np.array([1.4, 1.2, 0.8], np.float32).reshape(3, 1, 1))],
    )  # fmt: skip
    image = raster(drawn(1))
    made, pinned, words = applied(enhance_learned, image, toned)
    assert (pinned.gain >= 0.05, words) == (True, "")
    assert made is not image


def test_an_enlargement_must_beat_a_plain_one():
    def reduced(picture: Any) -> Any:
        return cv2.resize(cv2.GaussianBlur(picture, (0, 0), 1.2), (160, 120), interpolation=cv2.INTER_AREA)

    whole, small = drawn(1), raster(reduced(drawn(1)))
    data = enlarger(learnt(noisy(reduced(drawn(2)), 0.002), drawn(2), 2))
    made, pinned, words = applied(super_resolve, small, data)
    assert (pinned.gain >= 0.05, words) == (True, "")
    plain, pinned, words = applied(super_resolve, small, doubler())
    assert plain.shape == made.shape
    assert words.startswith("enlarged without the model: with m detail falls")
    assert psnr(inside(made), inside(whole)) > psnr(inside(plain), inside(whole)) + 0.3
    for worse, told in ((noise_maker(0.04, 2), "noise rises"), (noise_maker(0.0, 2), "detail falls by")):
        found, _, words = applied(super_resolve, small, worse)
        assert told in words
        assert np.array_equal(found.array, plain.array)


def test_what_was_found_is_written_down_and_not_measured_again():
    dirty = raster(noisy(drawn(1), 0.05))
    _, pinned, _ = applied(denoise_learned, dirty, identity())
    assert denoise_learned.decide(dirty, pinned, Context()) == (pinned, "")
    assert denoise_learned.run(dirty, pinned, Context()) is dirty
    given = denoise_learned.parse({"model": "m", "noise": 0.05, "gain": 0.5})
    assert denoise_learned.run(dirty, given, Context(files={"m": box_blur()})) is not dirty


def test_noise_reduction_without_a_model_says_why_it_does_nothing():
    image = raster(clean(), "uint16")
    for operation in (denoise, denoise_chroma, denoise_learned):
        params = operation.parse({"model": "m"} if operation is denoise_learned else {})
        pinned, words = operation.decide(image, params, Context())
        assert operation.run(image, pinned, Context()) is image
        assert words == "left as it was: its noise of 0.0000 is fainter than 0.004 (least)"
    dirty = raster(noisy(clean(), 0.05), "uint16")
    assert denoise.decide(dirty, denoise.parse({}))[1] == ""


def test_one_grey_channel_is_judged_too():
    grey: Floats = noisy(drawn(1), 0.06)[:, :, :1]
    image = raster(grey)
    made, pinned, words = applied(denoise_learned, image, box_blur(3))
    assert (pinned.gain > 0.1, words, made.shape) == (True, "", image.shape)

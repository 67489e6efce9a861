"""Quality that is looked for: the target is met, not by far, and the search can be read."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from darkroom.errors import Error
from darkroom.imaging.formats.adaptive import AdaptiveOptions, adapt
from darkroom.imaging.formats.content import content_of
from darkroom.imaging.formats.encode import encode
from darkroom.imaging.formats.frames import Frames
from darkroom.imaging.formats.load import load
from darkroom.imaging.formats.metadata.carry import Carry
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.formats.similarity import TILE, TILES, luma, sampled, similarity, ssim
from darkroom.imaging.metadata import Blocks


def photo(seed: int, grain: float, *, width: int = 480, height: int = 320) -> np.ndarray:
    """Soft shapes, edges and grain, as a camera sees them."""
    chance = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    made = np.zeros((height, width, 3))
    for _ in range(24):
        cx, cy, size = chance.uniform(0, width), chance.uniform(0, height), chance.uniform(10, 120)
        disc = 1 / (1 + np.exp(np.clip((np.hypot(x - cx, y - cy) - size) / chance.uniform(0.5, 8), -40, 40)))
        made += disc[:, :, None] * chance.uniform(-70, 70, 3)
    return np.clip(made + 128 + chance.normal(0, grain, (height, width, 1)), 0, 255).astype(np.uint8)


def measured(picture: np.ndarray, data: bytes) -> float:
    return similarity(Frames.of(picture), load(data, "x").frames)


@pytest.mark.parametrize("format_", ["jpeg", "webp", "avif"])
@pytest.mark.parametrize("target", [0.92, 0.97])
@pytest.mark.parametrize(("seed", "grain"), [(1, 0.5), (2, 4.0), (3, 12.0)])
def test_the_target_is_met_and_not_by_far(format_, target, seed, grain):
    picture = photo(seed, grain)
    made = adapt(picture, AdaptiveOptions(target=target, highest=100), EncodeOptions(format=format_))
    score = measured(picture, made.encoded.data)
    assert made.search.met
    assert score == pytest.approx(made.search.score)
    assert score >= target
    if made.encoded.quality > 25:
        assert score - target < 0.03  # a step of quality may be as large
    assert len(made.search.steps) <= 9


def test_plain_pictures_get_fewer_bytes_than_busy_ones():
    plain, busy = (adapt(photo(4, grain), AdaptiveOptions(target=0.95)) for grain in (0.5, 14.0))
    assert plain.encoded.quality != busy.encoded.quality
    assert len(plain.encoded.data) < len(busy.encoded.data)


def page() -> np.ndarray:
    """A page as a scanner sees it: letters on paper that is not quite even."""
    image = Image.new("L", (480, 320), 244)
    draw = ImageDraw.Draw(image)
    for row in range(20):
        draw.text((12, 8 + 15 * row), "the quick brown fox jumps over the lazy dog, 1234567890 times a day", fill=20)
    return np.clip(
        np.asarray(image)[:, :, None] + np.random.default_rng(1).normal(0, 1.2, (320, 480, 3)), 0, 255
    ).astype(np.uint8)


def test_each_kind_of_picture_gets_the_likeness_that_is_asked_of_it():
    drawing = np.zeros((320, 480, 3), np.uint8)
    drawing[60:200, 80:300] = (200, 40, 40)
    kinds = {"drawing": drawing, "text": page(), "texture": photo(4, 14.0), "photo": photo(4, 2.0)}
    assert {name: content_of(Frames.of(one)) for name, one in kinds.items()} == {name: name for name in kinds}
    goal = AdaptiveOptions(target=0.95, targets={"text": 0.985, "texture": 0.9})
    made = {name: adapt(kinds[name], goal).search for name in ("text", "texture", "photo")}
    assert {name: (one.content, one.target, one.met) for name, one in made.items()} == {
        "text": ("text", 0.985, True), "texture": ("texture", 0.9, True), "photo": ("photo", 0.95, True),
    }  # fmt: skip
    assert "taken for fine texture, of which 0.9 is asked" in made["texture"].reason
    assert adapt(kinds["photo"], AdaptiveOptions(target=0.95)).search.content is None


@pytest.mark.parametrize("format_", ["jpeg", "webp", "avif"])
def test_a_budget_is_kept_and_used(format_):
    picture = photo(5, 6.0)
    full = len(encode(picture, EncodeOptions(format=format_, quality=90)).data)
    made = adapt(picture, AdaptiveOptions(target=None, max_bytes=full // 3), EncodeOptions(format=format_))
    assert full // 3 * 0.7 < len(made.encoded.data) <= full // 3
    assert made.search.met


def test_the_budget_comes_before_the_likeness_and_the_result_says_so():
    picture = photo(6, 10.0)
    made = adapt(picture, AdaptiveOptions(target=0.98, max_bytes=12_000), EncodeOptions(format="webp"))
    assert len(made.encoded.data) <= 12_000
    assert not made.search.met
    assert "not reached because of the size allowed" in made.search.reason


def test_metadata_count():
    picture = photo(7, 6.0)
    carry = Carry(Blocks(xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + b" " * 5000 + b"</x:xmpmeta>"))
    made = adapt(picture, AdaptiveOptions(target=0.9, max_bytes=20_000), metadata=carry)
    assert b"adobe:ns:meta" in made.encoded.data
    assert len(made.encoded.data) <= 20_000


def test_what_cannot_fit_is_refused():
    with pytest.raises(Error, match="Even at quality 25") as refused:
        adapt(photo(8, 20.0), AdaptiveOptions(max_bytes=900))
    assert refused.value.code == "format_limit"
    with pytest.raises(Error, match="needs a likeness"):
        adapt(photo(8, 1.0), AdaptiveOptions(target=None))


def test_the_smallest_format_wins():
    made = adapt(photo(9, 3.0), AdaptiveOptions(formats=("jpeg", "webp", "avif", "png")))
    sizes = {step.format: step.bytes for step in made.search.steps if step.what == "sample"}
    assert set(sizes) == {"jpeg", "webp", "avif"}
    assert made.encoded.format == min(sizes, key=lambda name: sizes[name])
    assert made.search.met


def test_a_drawing_is_kept_without_loss():
    drawing = np.full((300, 400, 3), 255, np.uint8)
    drawing[50:60] = (200, 0, 0)
    drawing[:, ::40] = (0, 0, 90)
    made = adapt(drawing, AdaptiveOptions(formats=("jpeg", "webp", "png")))
    assert made.encoded.quality is None
    assert np.array_equal(load(made.encoded.data, "x").frames.pixels, drawing)


def test_transparency_is_not_lost_by_choice_of_format():
    alpha = np.linspace(0, 255, 480, dtype=np.uint8)[None, :, None].repeat(320, axis=0)
    picture = np.concatenate([photo(10, 3.0), alpha], axis=2)
    assert adapt(picture, AdaptiveOptions(formats=("jpeg", "webp"))).encoded.format == "webp"
    with pytest.raises(Error, match="None of jpeg keeps"):
        adapt(picture, AdaptiveOptions(formats=("jpeg",)))


def test_a_large_picture_is_searched_on_a_sample_and_verified_whole():
    picture = np.tile(photo(11, 5.0, width=640, height=480), (4, 4, 1))
    made = adapt(picture, AdaptiveOptions(target=0.95))
    assert sampled(Frames.of(picture)).pixels.shape == (TILE * TILES, TILE * TILES, 3)
    assert [step.what for step in made.search.steps].count("whole") <= 3
    whole = ssim(luma(Frames.of(picture)), luma(load(made.encoded.data, "x").frames))
    assert whole == pytest.approx(made.search.score, abs=0.01)


def test_similarity_knows_its_ends():
    picture = Frames.of(photo(12, 5.0))
    assert similarity(picture, picture) == pytest.approx(1)
    noise = Frames.of(np.random.default_rng(0).integers(0, 256, picture.pixels.shape).astype(np.uint8))
    assert similarity(picture, noise) < 0.2

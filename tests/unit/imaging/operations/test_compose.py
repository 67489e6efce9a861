"""Composition by number: where things lie, how they mix, what stays exact."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageFont

from darkroom.errors import Error
from darkroom.imaging.operations.base import Context, Raster
from darkroom.imaging.operations.compose import blend, mask, text, watermark
from darkroom.imaging.operations.compose_layers import corner, fitted, layer_of, turned
from darkroom.imaging.operations.compose_modes import blended, composed
from darkroom.imaging.operations.compose_text import write
from tests.unit.imaging.operations.scenes import clean, floats, raster


def flat(*values: float, width: int = 80, height: int = 60, depth: str = "uint8") -> Raster:
    """A picture of one colour."""
    return raster(np.full((height, width, len(values)), values, float), depth)


def one(value: float) -> np.ndarray:
    """A picture of one pixel and one channel."""
    return np.full((1, 1, 1), value, np.float32)


@pytest.mark.parametrize(
    ("mode", "below", "above", "expected"),
    [
        ("normal", 0.2, 0.7, 0.7),
        ("multiply", 0.5, 0.4, 0.2),
        ("screen", 0.5, 0.4, 0.7),
        ("overlay", 0.25, 0.4, 0.2),
        ("overlay", 0.75, 0.4, 0.7),
        ("hard_light", 0.5, 0.25, 0.25),
        ("soft_light", 0.5, 0.5, 0.5),
        ("soft_light", 0.5, 1.0, np.sqrt(0.5)),
        ("soft_light", 0.5, 0.0, 0.25),
        ("darken", 0.3, 0.6, 0.3),
        ("lighten", 0.3, 0.6, 0.6),
        ("colour_dodge", 0.3, 0.4, 0.5),
        ("colour_dodge", 0.0, 1.0, 0.0),
        ("colour_burn", 0.7, 0.5, 0.4),
        ("colour_burn", 1.0, 0.0, 1.0),
        ("difference", 0.3, 0.8, 0.5),
        ("exclusion", 0.5, 0.4, 0.5),
        ("add", 0.3, 0.4, 0.7),
        ("subtract", 0.7, 0.4, 0.3),
        ("divide", 0.2, 0.4, 0.5),
    ],
)
def test_blend_modes_are_those_of_the_specification(mode: str, below: float, above: float, expected: float):
    assert blended(mode, one(below), one(above)).item() == pytest.approx(expected, abs=1e-6)


def test_modes_of_the_whole_colour_take_over_one_property():
    below = np.array([[[0.8, 0.2, 0.2]]], np.float32)
    above = np.array([[[0.1, 0.3, 0.5]]], np.float32)
    weights = np.array([0.3, 0.59, 0.11])
    light = blended("luminosity", below, above)
    assert light[0, 0] @ weights == pytest.approx(above[0, 0] @ weights, abs=1e-5)
    tinted = blended("colour", below, above)
    assert tinted[0, 0] @ weights == pytest.approx(below[0, 0] @ weights, abs=1e-5)
    assert tinted[0, 0].argmax() == 2
    greyed = blended("saturation", below, np.full((1, 1, 3), 0.5, np.float32))
    assert np.ptp(greyed) < 1e-6


def test_half_transparent_over_half_transparent():
    colour, alpha = composed("normal", one(0.0), one(0.5), one(1.0), one(0.5))
    assert alpha.item() == pytest.approx(0.75)
    assert colour.item() == pytest.approx(0.5 / 0.75)


@pytest.mark.parametrize(
    ("place", "expected"),
    [("top_left", (5, 5)), ("centre", (40, 20)), ("bottom_right", (75, 35)), ("top", (40, 5)), ("left", (5, 20))],
)
def test_places(place, expected):
    assert corner(place, (100, 60), (20, 20), 5) == expected


def test_fit_and_fill_keep_proportions():
    wide = flat(0.5, width=100, height=50)
    inside, left, top = fitted(wide, 40, 40, "fit")
    assert (inside.shape.width, inside.shape.height, left, top) == (40, 20, 0, 10)
    filled, left, top = fitted(wide, 40, 40, "fill")
    assert (filled.shape.width, filled.shape.height, left, top) == (40, 40, 0, 0)


def test_a_layer_turned_by_a_quarter_is_the_same_pixels():
    layer = layer_of(raster(np.random.default_rng(1).random((6, 10, 3)), "float32"))
    made = turned(layer, 90)
    assert made.size == (6, 10)
    assert np.allclose(made.colour, np.rot90(layer.colour), atol=1e-4)


def test_text_stands_at_its_place_in_its_colour_and_the_rest_stays_exact():
    image = raster(clean())
    params = text.parse({"text": "Hg", "place": "top_right", "margin": 0.05, "colour": "#ff0000", "size": 0.2})
    made = text.apply(image, params)
    changed = (made.array != image.array).any(axis=2)
    rows, columns = np.nonzero(changed)
    assert columns.max() == 320 - 1 - 12
    assert rows.min() == 12
    assert 30 <= np.ptp(rows) <= 60
    # Letters are red where they cover fully.
    assert (made.array[changed] == (255, 0, 0)).all(axis=1).mean() > 0.4
    assert changed.mean() < 0.05


def test_text_is_the_same_in_every_depth_and_keeps_alpha():
    params = text.parse({"text": "Å", "size": 0.5, "place": "centre", "outline": 0.1})
    shown = [floats(text.apply(flat(0.3, 0.3, 0.3, depth=depth), params)) for depth in ("uint8", "uint16", "float32")]
    assert np.abs(shown[0] - shown[2]).max() < 1.01 / 255
    assert np.abs(shown[1] - shown[2]).max() < 1e-4
    clear = flat(0.3, 0.3, 0.3, 0.0)
    made = text.apply(clear, params).array
    assert made[..., 3].max() == 255
    assert made[0, 0, 3] == 0
    letters = made[made[..., 3] == 255]
    assert letters.max() == 255


def test_long_lines_break_between_words():
    single = write("one two three four", 20)
    broken = write("one two three four", 20, width=single.letters.shape[1] // 2)
    assert broken.letters.shape[1] <= single.letters.shape[1] // 2 + 2
    assert broken.letters.shape[0] > 1.8 * single.letters.shape[0]


def test_a_letter_that_the_font_lacks_is_named():
    with pytest.raises(Error, match="The built-in font has no letter for ☃") as refused:
        text.apply(flat(0.5, 0.5, 0.5), text.parse({"text": "a☃b"}))
    assert "font file" in refused.value.remedy


def test_most_alphabets_are_built_in():
    for words in ("Größe Łódź", "Ночь", "Ωμέγα", "東京 かな"):
        assert write(words, 30).letters.sum() > 200


def test_a_font_of_ones_own_is_used_and_a_broken_one_refused():
    own = ImageFont.load_default(10).path.getvalue()
    params = text.parse({"text": "W", "font": "mine", "size": 0.5})
    image = flat(0.2, 0.2, 0.2)
    made = text.apply(image, params, Context(files={"mine": own}))
    assert made.array.max() == 255
    assert not np.array_equal(made.array, text.apply(image, text.parse({"text": "W", "size": 0.5})).array)
    with pytest.raises(Error, match="no TrueType"):
        text.apply(image, params, Context(files={"mine": b"not a font"}))
    with pytest.raises(Error, match="The font given has no letter for Ж"):
        write("Ж", 20, font=own)


def logo() -> Raster:
    """A red square, its right half transparent."""
    array = np.zeros((10, 20, 4), np.uint8)
    array[:, :10] = (255, 0, 0, 255)
    return Raster(array)


def test_a_logo_lies_in_its_corner_with_its_size_and_opacity():
    image = flat(0.0, 0.0, 0.0, width=100, height=100)
    params = {"picture": "logo", "size": 0.2, "place": "bottom_right", "margin": 0.1, "opacity": 0.5}
    made = watermark.apply(image, watermark.parse(params), Context(pictures={"logo": logo()})).array
    rows, columns = np.nonzero(made.any(axis=2))
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (80, 89, 70, 79)
    assert made[85, 75].tolist() == [128, 0, 0]


def test_a_repeated_mark_covers_the_whole_picture():
    image = flat(0.0, 0.0, 0.0, width=200, height=100)
    params = {"picture": "logo", "size": 0.1, "tiled": True, "gap": 0.5, "opacity": 1}
    made = watermark.apply(image, watermark.parse(params), Context(pictures={"logo": logo()})).array
    # Half of each logo, which is two thirds of a cell in both directions.
    assert (made[..., 0] == 255).mean() == pytest.approx(0.5 * (2 / 3) ** 2, abs=0.03)
    for quarter in (made[:50, :100], made[:50, 100:], made[50:, :100], made[50:, 100:]):
        assert quarter.any()


def test_a_text_mark_has_the_width_asked_for():
    image = flat(0.0, 0.0, 0.0, width=400, height=100)
    made = watermark.apply(image, watermark.parse({"text": "COPYRIGHT", "size": 0.5, "opacity": 1})).array
    columns = np.nonzero(made.any(axis=(0, 2)))[0]
    assert np.ptp(columns) == pytest.approx(200, abs=8)


def test_a_mark_needs_a_picture_or_a_text():
    for params in ({}, {"picture": "a", "text": "b"}):
        with pytest.raises(Error, match="give either a picture or a text"):
            watermark.parse(params)


def test_blending_with_a_mask_changes_only_what_is_white_in_it():
    image, above = flat(0.2, 0.4, 0.6), flat(0.5, 0.5, 0.5)
    cover = np.zeros((60, 80, 1))
    cover[:, 40:] = 1
    pictures = {"above": above, "mask": raster(cover)}
    params = blend.parse({"picture": "above", "mode": "multiply", "mask": "mask"})
    made = blend.apply(image, params, Context(pictures=pictures)).array
    assert np.array_equal(made[:, :39], image.array[:, :39])
    assert made[30, 60].tolist() == [26, 51, 77]


def test_a_missing_picture_is_named():
    with pytest.raises(Error, match="The picture texture that the operation needs"):
        blend.apply(flat(0.1, 0.1, 0.1), blend.parse({"picture": "texture"}))


def test_a_mask_becomes_alpha_and_multiplies_what_is_there():
    cover = np.zeros((30, 40, 1))
    cover[:, 20:] = 1
    context = Context(pictures={"mask": raster(cover)})
    made = mask.apply(flat(0.2, 0.4, 0.6), mask.parse({"picture": "mask"}), context).array
    assert made.shape[2] == 4
    assert made[:, :38, 3].max() == 0
    assert made[:, 42:, 3].min() == 255
    half = mask.apply(flat(0.2, 0.4, 0.6, 0.5), mask.parse({"picture": "mask", "invert": True}), context).array
    assert half[:, :38, 3].max() == 128
    assert half[:, 42:, 3].max() == 0
    assert np.array_equal(half[..., :3], made[..., :3])

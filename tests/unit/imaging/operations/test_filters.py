"""Filters made by users: kernels by number, looks learned and exported, saved filters that become operations."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from darkroom.errors import Error
from darkroom.imaging.operations.base import Context, to_float
from darkroom.imaging.operations.colour_look import lut
from darkroom.imaging.operations.cube import Cube, look_up, read_cube, write_cube
from darkroom.imaging.operations.filters import convolve, expression, look_from_pair
from darkroom.imaging.operations.filters_lut import fit_table, learn_look
from darkroom.imaging.operations.filters_user import (
    ExpressionBody,
    KernelBody,
    Knob,
    UserFilter,
    cube_of,
    filter_from_pair,
    register,
)
from darkroom.imaging.operations.registry import Registry
from tests.unit.imaging.operations.scenes import clean, floats, noisy, psnr, raster


@pytest.mark.parametrize("depth", ["uint8", "uint16", "float32"])
def test_a_kernel_weighs_its_neighbours(depth: str):
    scene = clean(60, 40)
    kernel = [[1, 2, 0], [0, 3, 0], [0, 0, 0]]
    made = floats(convolve.apply(raster(scene, depth), convolve.parse({"matrix": kernel})))
    # A convolution: the first weight meets the pixel below and to the right.
    expected = (scene[11, 11] + 2 * scene[11, 10] + 3 * scene[10, 10]) / 6
    assert made[10, 10] == pytest.approx(expected, abs=0.006 if depth == "uint8" else 1e-4)


def test_a_kernel_without_a_sum_is_shown_on_its_offset():
    made = convolve.apply(raster(np.full((9, 9, 3), 0.7)), convolve.parse({"matrix": [[-1, 0, 1]], "offset": 0.5}))
    assert set(np.unique(made.array)) == {128}


def test_a_kernel_of_the_brightness_leaves_the_colours():
    image = raster(clean(60, 40), "float32")
    made = floats(convolve.apply(image, convolve.parse({"channels": "luma", "matrix": [[1] * 5] * 5})))
    before = floats(image)
    assert np.abs((made[..., 0] - made[..., 1]) - (before[..., 0] - before[..., 1])).max() < 1e-3


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        ([[1, 2], [3, 4]], "its sides are odd, not 2 x 2"),
        ([[1, 2, 3], [4, 5]], "same number of values"),
        ([[1] * 33], "at most 31"),
        ([[float("inf")]], "between"),
        ([[]], "its sides are odd, not 0 x 1"),
    ],
)
def test_a_kernel_that_is_none_is_refused(matrix, words):
    with pytest.raises(Error, match=words):
        convolve.parse({"matrix": matrix})


def test_channels_are_worked_out_with_formulas():
    scene = clean(50, 30)
    image = raster(scene, "float32")
    params = {"red": "1 - r", "green": "mix(g, luma, 0.5)", "blue": "x < 0.5 ? b : y"}
    made = floats(expression.apply(image, expression.parse(params)))
    luma = scene @ np.array([0.299, 0.587, 0.114])
    assert np.allclose(made[..., 0], 1 - scene[..., 0], atol=1e-6)
    assert np.allclose(made[..., 1], (scene[..., 1] + luma) / 2, atol=1e-6)
    assert np.allclose(made[:, :25, 2], scene[:, :25, 2], atol=1e-6)
    assert np.allclose(made[:, 25:, 2], ((np.arange(30) + 0.5) / 30)[:, None], atol=1e-6)


def test_alpha_may_be_worked_out_and_stays_otherwise():
    image = raster(np.concatenate([clean(20, 10), np.full((10, 20, 1), 0.4)], axis=2))
    kept = expression.apply(image, expression.parse({"red": "g"}))
    assert np.array_equal(kept.alpha, image.alpha)
    made = expression.apply(raster(clean(20, 10)), expression.parse({"alpha": "x"}))
    assert made.array[0, :, 3].tolist() == [round((one + 0.5) / 20 * 255) for one in range(20)]


def test_a_formula_that_cannot_be_read_is_refused_with_its_place():
    with pytest.raises(Error, match=r"expression: green: '\)' is missing before 'the end' at character 9") as refused:
        expression.parse({"green": "sqrt(g+1"})
    assert refused.value.code == "invalid_parameter"


def look(values: np.ndarray) -> np.ndarray:
    """A look with contrast, a tint and mixed channels."""
    curve = values * values * (3 - 2 * values)
    return np.clip(curve @ np.array([[0.9, 0.05, 0.0], [0.1, 0.9, 0.1], [0.0, 0.0, 0.85]]) + [0.03, 0.0, 0.05], 0, 1)


def many_colours() -> np.ndarray:
    """A picture in which nearly every colour occurs."""
    return cv2.resize(np.random.default_rng(6).random((40, 60, 3)), (240, 160), interpolation=cv2.INTER_LINEAR)


def test_a_look_is_learned_from_a_pair_and_works_on_another_picture():
    before = many_colours()
    cube, missed = learn_look(raster(before, "uint16"), raster(look(before), "uint16"))
    assert missed < 0.003
    other = clean()
    made = look_up(other.astype(np.float32), cube, tetrahedral=False)
    assert psnr(made, look(other)) > 40


def test_noise_and_few_colours_do_not_break_the_look():
    before = np.clip(0.5 + 0.15 * (clean() - 0.5), 0, 1)  # a dull picture: most colours never occur
    after = noisy(look(before), 0.02)
    colours, wanted = before.reshape(-1, 3)[::7].astype(np.float32), after.reshape(-1, 3)[::7].astype(np.float32)
    table = fit_table(colours, wanted, size=9)
    places = np.linspace(0, 1, 9)
    blue, green, red = np.meshgrid(places, places, places, indexing="ij")
    assert np.isfinite(table).all()
    # Far from what was seen it goes on sensibly: no table value lies far outside.
    assert -0.7 < table.min() <= table.max() < 1.7
    near = look_up(np.array([[0.5, 0.5, 0.5]], np.float32), Cube(table), tetrahedral=False)
    assert near[0] == pytest.approx(look(np.array([0.5, 0.5, 0.5])), abs=0.02)
    assert red.shape == green.shape == blue.shape == table.shape[:3]


def test_a_learned_look_goes_out_as_a_cube_file_and_comes_back():
    before = many_colours()
    cube, _ = learn_look(raster(before), raster(look(before)), size=9)
    text = write_cube(cube.table, "mine")
    assert text.startswith(b'TITLE "mine"\nLUT_3D_SIZE 9\n')
    again = read_cube(text, "mine")
    assert np.abs(again.table - cube.table).max() < 1e-5
    other = raster(clean(), "float32")
    as_lut = lut.apply(other, lut.parse({"file": "mine.cube"}), Context(files={"mine.cube": text}))
    pictures = {"b": raster(before), "a": raster(look(before))}
    params = look_from_pair.parse({"before": "b", "after": "a", "size": 9})
    direct = look_from_pair.apply(other, params, Context(pictures=pictures))
    assert np.abs(floats(as_lut) - floats(direct)).max() < 0.01


def test_pictures_of_different_sizes_are_no_pair():
    with pytest.raises(Error, match="320 x 240 and 100 x 90 pixels"):
        learn_look(raster(clean()), raster(clean(100, 90)))


def glow() -> UserFilter:
    """A saved filter with a knob."""
    return UserFilter(
        name="warm_glow",
        title="Warm the highlights",
        body=ExpressionBody(red="r + warmth * luma * 0.2", blue="b - warmth * luma * 0.2"),
        knobs=(Knob(name="warmth", text="How warm.", default=0.5, low=0, high=2),),
        aliases=("golden hour",),
    )


def test_a_saved_filter_becomes_an_operation_with_a_form():
    made = glow().operation()
    assert made.id == "user/warm_glow@1"
    assert made.summary == "Warm the highlights."
    schema = made.schema()["properties"]
    assert schema["warmth"]["default"] == 0.5
    assert (schema["warmth"]["minimum"], schema["warmth"]["maximum"]) == (0, 2)
    assert schema["warmth"]["description"] == "How warm."
    image = raster(clean(), "float32")
    shown = floats(made.apply(image, made.parse({"warmth": 1})))
    luma = floats(image) @ np.array([0.299, 0.587, 0.114])
    assert np.allclose(shown[..., 0] - floats(image)[..., 0], 0.2 * luma, atol=1e-5)
    assert np.array_equal(made.apply(image, made.parse({"strength": 0})).array, image.array)
    half = floats(made.apply(image, made.parse({"warmth": 1, "strength": 0.5})))
    assert np.allclose(half, (shown + floats(image)) / 2, atol=1e-5)
    with pytest.raises(Error, match="user/warm_glow: warmth"):
        made.parse({"warmth": 3})


@pytest.mark.parametrize("depth", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_saved_filter_takes_every_kind_of_picture(depth: str, channels: int):
    scene = np.concatenate([clean(31, 17), np.full((17, 31, 1), 0.5)], axis=2)[..., :channels]
    for one in (
        glow(),
        UserFilter(name="edge", title="Edges.", body=KernelBody(matrix=((-1, 0, 1),), offset=0.5)),
        filter_from_pair("look", "A look.", raster(many_colours()), raster(look(many_colours())), size=9),
    ):
        image = raster(scene, depth)
        made = one.operation()
        result = made.apply(image, made.parse({"strength": 0.7}))
        assert result.shape == image.shape
        assert not np.array_equal(result.colour, image.colour)
        if channels == 4:
            assert np.array_equal(result.alpha, image.alpha)


def test_versions_grow_and_a_filter_travels_as_json():
    one = glow()
    two = one.changed(title="Warm everything")
    assert (two.version, two.name) == (2, one.name)
    assert UserFilter.model_validate(json.loads(two.model_dump_json())) == two
    with pytest.raises(ValueError, match=r"brightness.*is not known"):
        one.changed(body={"kind": "expression", "red": "brightness"})


def test_a_filter_is_found_in_its_registry_once():
    into = Registry()
    made = register(into, glow())
    assert into.get("user/warm_glow") is made
    with pytest.raises(Error) as refused:
        register(into, glow())
    assert refused.value.code == "already_exists"


@pytest.mark.parametrize(
    ("knob", "words"),
    [
        ({"name": "luma"}, "know that word already"),
        ({"name": "k", "default": 2}, "low <= default <= high"),
        ({"name": "Big"}, "should match pattern"),
    ],
)
def test_a_knob_that_makes_no_sense_is_refused(knob, words):
    with pytest.raises(ValueError, match=words):
        Knob.model_validate(knob)


def test_a_look_can_be_exported_and_an_edit_that_is_none_is_refused():
    one = filter_from_pair("mine", "Mine.", raster(many_colours()), raster(look(many_colours())), size=9)
    assert cube_of(one).table.shape == (9, 9, 9, 3)
    with pytest.raises(Error, match="is no look"):
        cube_of(glow())
    shuffled = np.random.default_rng(3).random((160, 240, 3))
    with pytest.raises(Error, match="cannot be learned"):
        filter_from_pair("x", "X.", raster(many_colours()), raster(shuffled))


def test_values_beyond_white_pass_through_a_formula():
    bright = raster(np.full((4, 4, 3), 3.0), "float32")
    made = expression.apply(bright, expression.parse({"red": "r / 2"}))
    assert to_float(made.array)[0, 0] == pytest.approx([1.5, 3.0, 3.0])

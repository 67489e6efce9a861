"""Light and colour: values that can be worked out, and differences an eye could see (deltaE) on a chart."""

from __future__ import annotations

import numpy as np
import pytest

from darkroom.errors import Error
from darkroom.imaging import native
from darkroom.imaging.operations import tones
from darkroom.imaging.operations.base import Context, Raster, from_float, to_float
from darkroom.imaging.operations.colour import (
    colour_blind,
    monochrome,
    saturation,
    sepia,
    split_tone,
    vibrance,
    white_balance,
)
from darkroom.imaging.operations.colour_hue import hsl
from darkroom.imaging.operations.colour_look import convert_profile, lut, match_colours
from darkroom.imaging.operations.cube import read_cube, write_cube
from darkroom.imaging.operations.light import (
    auto_levels,
    contrast,
    curves,
    exposure,
    gamma,
    invert,
    levels,
    monotone_cubic,
)
from darkroom.imaging.operations.light_local import clahe, highlights_shadows, local_contrast, threshold
from darkroom.imaging.operations.tones import from_light, to_light
from tests.unit.imaging.operations.made import picture

# A chart of 24 patches in sRGB, as printed on the cards that photographers use.
PATCHES = [
    "735244",
    "c29682",
    "627a9d",
    "576c43",
    "8580b1",
    "67bdaa",
    "d67e2c",
    "505ba6",
    "c15a63",
    "5e3c6c",
    "9dbc40",
    "e0a32e",
    "383d96",
    "469449",
    "af363c",
    "e7c71f",
    "bb5695",
    "0885a1",
    "f3f3f2",
    "c8c8c8",
    "a0a0a0",
    "7a7a79",
    "555555",
    "343434",
]
CHART = np.array([[int(one[index : index + 2], 16) for index in (0, 2, 4)] for one in PATCHES], np.uint8)


def chart(depth: str = "uint8") -> Raster:
    """The chart, each patch 16 pixels wide and high, in four rows of six."""
    small = CHART.reshape(4, 6, 3)
    return Raster(from_float(to_float(small.repeat(16, axis=0).repeat(16, axis=1)), depth))


def patches(image: Raster) -> np.ndarray:
    """The middle of each patch, 0..1."""
    return to_float(np.ascontiguousarray(image.colour[8::16, 8::16])).reshape(-1, 3)


def delta_e(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """CIE 1976 difference of colours of 0..1; 1 is just visible, 2.3 a fair match."""
    labs = [
        native.cv2().cvtColor(one.reshape(1, -1, 3).astype(np.float32), native.cv2().COLOR_RGB2Lab)
        for one in (first, second)
    ]
    return np.linalg.norm(labs[0] - labs[1], axis=2)[0]


def apply(operation, image: Raster, context: Context | None = None, **params) -> Raster:
    return operation.apply(image, operation.parse(params), context or Context())


DEPTHS = pytest.mark.parametrize("depth", ["uint8", "uint16", "float32"])


@DEPTHS
def test_exposure_doubles_light(depth):
    made = patches(apply(exposure, chart(depth), stops=-1))
    assert delta_e(made, from_light(to_light(CHART / 255) / 2)).max() < 1.0


@DEPTHS
@pytest.mark.parametrize("method", ["picked", "white_patch"])
def test_white_balance_takes_a_cast_out(depth, method):
    cast = from_light(to_light(CHART / 255) * [1.25, 1.0, 0.6] * 0.8)
    shown = cast.reshape(4, 6, 3).repeat(16, axis=0).repeat(16, axis=1)
    image = Raster(from_float(shown.astype(np.float32), depth))
    before = delta_e(cast, CHART / 255)
    made = patches(apply(white_balance, image, method=method, x=1.5 / 6, y=3.5 / 4))
    greys = made[18:]
    assert np.abs(greys - greys.mean(axis=1, keepdims=True)).max() < 0.02
    light = to_light(made[18:23]).mean(axis=1) / to_light(CHART[18:23] / 255.0).mean(axis=1)
    corrected = from_light(to_light(made) / np.median(light))  # a change of brightness is no cast
    assert delta_e(corrected, CHART / 255).max() < 4
    assert delta_e(corrected, CHART / 255).mean() < before.mean() / 5


def test_grey_world_makes_the_average_grey():
    image = Raster((picture(200, 150).array * 0.8 + 10).astype(np.uint8))  # nothing clipped
    made = to_float(apply(white_balance, image).array)
    light = to_light(made).reshape(-1, 3).mean(axis=0)
    assert light.max() / light.min() < 1.05


def test_temperature_warms_and_cools_without_a_tint():
    grey = Raster(np.full((4, 4, 3), 128, np.uint8))
    warm = apply(white_balance, grey, method="temperature", temperature=9000).array[0, 0].astype(int)
    cool = apply(white_balance, grey, method="temperature", temperature=4000).array[0, 0].astype(int)
    assert warm[0] > warm[1] > warm[2]
    assert cool[0] < cool[1] < cool[2]


def test_levels_and_gamma_have_the_values_of_their_formula():
    ramp = Raster(np.arange(256, dtype=np.uint8).reshape(1, 256, 1))
    made = apply(levels, ramp, black=0.2, white=0.8, gamma=2).array[0, :, 0]
    expected = np.sqrt(np.clip((np.arange(256) / 255 - 0.2) / 0.6, 0, 1)) * 255
    assert np.abs(made - np.rint(expected)).max() == 0
    assert apply(gamma, ramp, gamma=2).array[0, 64, 0] == 128
    assert apply(invert, ramp).array[0, :, 0].tolist() == list(range(255, -1, -1))


def test_curves_go_through_their_points_and_never_overshoot():
    points = ((0.0, 0.0), (0.2, 0.1), (0.4, 0.7), (0.6, 0.7), (1.0, 1.0))
    xs = np.linspace(0, 1, 1001)
    ys = monotone_cubic(xs, points)
    assert [float(monotone_cubic(np.array([x]), points)[0]) for x, _ in points] == pytest.approx([y for _, y in points])
    assert (np.diff(ys) >= -1e-12).all()
    assert ys[(xs >= 0.4) & (xs <= 0.6)] == pytest.approx(0.7)
    with pytest.raises(Error, match="points needs at least two points whose values rise"):
        curves.parse({"points": [[0.5, 0.5], [0.2, 0.1]]})


def test_tones_in_a_row_are_rounded_once():
    image = picture(64, 48, 4)
    steps = [
        (gamma, {"gamma": 2.2}),
        (contrast, {"amount": 0.4}),
        (gamma, {"gamma": 1 / 2.2}),
        (exposure, {"stops": -0.3}),
    ]
    found = [(one, one.parse(params)) for one, params in steps]
    fused = tones.apply(image, [one.tone(params) for one, params in found])
    exact = Raster(to_float(image.array))
    for one, params in found:
        exact = one.apply(exact, params)
    assert np.abs(fused.array.astype(int) - from_float(exact.array, "uint8").astype(int)).max() <= 1
    assert np.array_equal(fused.array[:, :, 3], image.array[:, :, 3])


def test_auto_levels_stretch_to_both_ends_but_not_noise():
    dull = Raster((picture(80, 60).array // 3 + 60).astype(np.uint8))
    made = apply(auto_levels, dull).array
    assert made.min() <= 5
    assert made.max() >= 250
    plain = Raster(np.full((30, 30, 3), 130, np.uint8))
    assert np.array_equal(apply(auto_levels, plain).array, plain.array)


@DEPTHS
def test_saturation_and_monochrome_keep_brightness(depth):
    grey = patches(apply(monochrome, chart(depth)))
    assert np.abs(grey - grey[:, :1]).max() < 0.005
    assert np.abs(grey[:, 0] - CHART / 255 @ [0.2126, 0.7152, 0.0722]).max() < 0.004
    assert np.allclose(patches(apply(saturation, chart(depth), amount=-1)), grey, atol=0.005)
    strong = patches(apply(saturation, chart(depth), amount=0.2))
    unclipped = (strong.min(axis=1) > 0.01) & (strong.max(axis=1) < 0.99)
    assert np.abs((strong - CHART / 255) @ [0.2126, 0.7152, 0.0722])[unclipped].max() < 0.005


def test_vibrance_strengthens_dull_colours_most_and_skin_least():
    made = delta_e(patches(apply(vibrance, chart(), amount=1.0)), CHART / 255)
    skin, dull, strong, grey = made[1], made[4], made[14], made[20]
    assert dull > 2 * skin
    assert dull > strong
    assert grey < 0.5


def test_hsl_turns_only_the_band_it_is_told():
    made = delta_e(patches(apply(hsl, chart("float32"), blue={"hue": 40, "saturation": -0.5})), CHART / 255)
    assert made[12] > 20  # blue
    assert made[[8, 14, 15, 18, 19, 20, 21, 22, 23]].max() < 1.0  # reds, yellow and greys stay
    turned = apply(hsl, Raster(np.array([[[255, 0, 0]]], np.uint8)), hue=120).array
    assert turned.tolist() == [[[0, 255, 0]]]


def test_toning_keeps_black_and_white():
    ends = Raster(np.array([[[0], [255]]], np.uint8))
    made = apply(split_tone, ends, strength=1).array
    assert made.tolist() == [[[0, 0, 0], [255, 255, 255]]]
    brown = apply(sepia, Raster(np.full((1, 1, 1), 100, np.uint8))).array[0, 0].tolist()
    assert brown == [135, 120, 94]


def test_colour_blindness_confuses_red_and_green():
    red_green = np.array([[[200, 60, 60], [110, 110, 50]]], np.uint8)
    before = delta_e(red_green[:, :1] / 255, red_green[:, 1:] / 255)
    made = apply(colour_blind, Raster(red_green), kind="deuteranopia").array
    assert delta_e(made[:, :1] / 255, made[:, 1:] / 255) < before / 2
    grey = Raster(np.full((2, 2, 3), 90, np.uint8))
    assert np.abs(apply(colour_blind, grey, kind="tritanopia").array.astype(int) - 90).max() <= 1


def identity_cube(size: int) -> np.ndarray:
    return np.stack(np.meshgrid(*[np.linspace(0, 1, size)] * 3, indexing="ij")[::-1], axis=-1).astype(np.float32)


@DEPTHS
@pytest.mark.parametrize("interpolation", ["tetrahedral", "trilinear"])
def test_a_lut_that_does_nothing_does_nothing_and_one_that_swaps_swaps(depth, interpolation):
    files = {
        "same.cube": write_cube(identity_cube(17), "same"),
        "swap.cube": write_cube(identity_cube(5)[..., ::-1], "swap"),
    }
    same = apply(lut, chart(depth), Context(files=files), file="same.cube", interpolation=interpolation)
    assert np.abs(patches(same) - patches(chart(depth))).max() < 0.003
    swapped = apply(lut, chart(depth), Context(files=files), file="swap.cube", interpolation=interpolation)
    assert np.abs(patches(swapped) - patches(chart(depth))[:, ::-1]).max() < 0.005


def test_a_curved_look_is_close_to_its_formula():
    grid = identity_cube(33)
    files = {"look.cube": write_cube(grid**1.4, "look")}
    for how in ("tetrahedral", "trilinear"):
        made = patches(apply(lut, chart("float32"), Context(files=files), file="look.cube", interpolation=how))
        assert delta_e(made, (CHART / 255) ** 1.4).max() < 0.5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"LUT_3D_SIZE 2\n0 0 0\n", "1 rows of numbers where 8 are needed"),
        (b"0 0 0\n", "LUT_3D_SIZE or LUT_1D_SIZE is missing"),
        (b"LUT_3D_SIZE 2\n0 0 x\n", "line 2 is not understood"),
        (b"LUT_3D_SIZE 100000\n", "out of range"),
        (b"LUT_1D_SIZE 2\nDOMAIN_MIN 1 1 1\n0 0 0\n1 1 1\n", "DOMAIN_MAX must be greater"),
    ],
)
def test_a_bad_cube_is_refused_by_name(text, words):
    with pytest.raises(Error, match=words) as refused:
        read_cube(text, "look.cube")
    assert "look.cube" in refused.value.cause


def test_a_cube_of_curves_bends_each_channel():
    rows = "\n".join(f"{x / 4} {x / 4 * 0.5} {1 - x / 4}" for x in range(5))
    cube = f"LUT_1D_SIZE 5\n{rows}\n".encode()
    made = apply(lut, chart("float32"), Context(files={"c": cube}), file="c")
    assert np.allclose(patches(made), CHART / 255 * [1, 0.5, -1] + [0, 0, 1], atol=0.002)


@pytest.mark.parametrize("method", ["transport", "reinhard", "histogram"])
def test_matching_gives_the_colours_of_the_reference(method):
    reference = picture(60, 60, seed=1)
    shifted = Raster((reference.array * [0.7, 0.8, 0.5] + [10, 40, 60]).astype(np.uint8))
    image = picture(80, 50, seed=2)
    made = apply(match_colours, image, Context(pictures={"r": shifted}), reference="r", method=method)
    want, got = shifted.array.reshape(-1, 3), made.array.reshape(-1, 3)
    assert np.abs(want.mean(axis=0) - got.mean(axis=0)).max() < 7
    if method != "reinhard":  # which matches the spread in Lab, not in red, green and blue
        assert np.abs(want.std(axis=0) - got.std(axis=0)).max() < 8
    itself = apply(match_colours, image, Context(pictures={"r": image}), reference="r", method=method)
    assert np.abs(itself.array.astype(int) - image.array.astype(int)).max() <= 3


@DEPTHS
def test_profiles_are_converted_there_and_back(depth):
    wide = apply(convert_profile, chart(depth), to="p3")
    assert b"acsp" in wide.profile[:128]
    assert delta_e(patches(wide), CHART / 255).max() > 3  # other numbers for the same colours
    back = apply(convert_profile, wide, to="srgb")
    assert back.profile == b""
    assert delta_e(patches(back), CHART / 255).max() < (2.0 if depth == "uint8" else 0.6)


def test_a_broken_profile_is_refused():
    with pytest.raises(Error, match="profile cannot be used") as refused:
        apply(convert_profile, chart(), Context(files={"x": b"no profile"}), to="file", file="x")
    assert refused.value.code == "invalid_parameter"


def test_shadows_are_lifted_and_highlights_stay():
    dark_and_bright = np.zeros((60, 120, 3), np.uint8) + 30
    dark_and_bright[:, 60:] = 225
    made = apply(highlights_shadows, Raster(dark_and_bright), shadows=0.8, highlights=0).array
    assert made[30, 5, 0] > 50
    assert abs(int(made[30, 115, 0]) - 225) <= 2


def test_local_contrast_and_clahe_pull_areas_apart():
    image = picture(160, 120)
    flat = Raster((image.array * 0.3 + 90).astype(np.uint8))
    spread = np.std(to_float(flat.array).mean(axis=2))
    assert np.std(to_float(apply(local_contrast, flat, amount=1.0).array).mean(axis=2)) > 1.1 * spread
    assert np.std(to_float(apply(clahe, flat, limit=4).array).mean(axis=2)) > 1.3 * spread


def test_the_threshold_is_found_between_two_tones():
    array = np.where(np.arange(100) < 50, 70, 160).astype(np.uint8).repeat(20).reshape(100, 20, 1)
    pinned = threshold.pin(Raster(array), threshold.parse({"level": None}))
    assert 70 / 255 < pinned.level <= 160 / 255
    assert set(np.unique(threshold.run(Raster(array), pinned).array)) == {0, 255}

"""RAW files made of numbers: the camera's own pictures, white balance, and what other programs have set."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from darkroom.domain.develop import DevelopSettings
from darkroom.errors import Error
from darkroom.imaging import codecs
from darkroom.imaging.formats.develop import RawOptions
from darkroom.imaging.formats.load import LoadOptions, load
from darkroom.imaging.formats.white_balance import xyz_of_light
from darkroom.imaging.raw_settings import read_settings
from darkroom.imaging.recipes.compile import compile_recipe, result_key
from darkroom.imaging.recipes.model import Recipe
from darkroom.imaging.recipes.read import parse_recipe
from darkroom.imaging.recipes.run import run_recipe
from tests.negatives import negative, scene

GREY = round(65_535 * (1.055 * 0.25 ** (1 / 2.4) - 0.055))
MIDDLE = (80, 120)


def jpeg(width: int, height: int, colour: tuple[int, int, int] = (200, 60, 30), **options: object) -> bytes:
    """One colour, with a white corner."""
    pixels = np.full((height, width, 3), colour, np.uint8)
    pixels[: height // 4, : width // 4] = 255
    target = BytesIO()
    Image.fromarray(pixels).save(target, "JPEG", quality=95, **options)
    return target.getvalue()


def developed(data: bytes, settings: DevelopSettings | None = None, **options: object) -> np.ndarray:
    raw = RawOptions.model_validate({"auto_brightness": False, **options})
    header = raw.header(codecs.probe(data, "test.dng"), settings)
    return load(data, "test.dng", LoadOptions(raw=raw), header=header).frames.pixels


def shown(data: bytes, target: int) -> np.ndarray:
    return codecs.decode(data, codecs.probe(data, "test.dng"), target, "test.dng").colour


def packet(**fields: object) -> bytes:
    told = " ".join(f'{name.replace("_", ":")}="{value}"' for name, value in fields.items())
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" '
        f'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" {told}/></rdf:RDF></x:xmpmeta>'
    ).encode()


# The camera's own pictures


def test_the_largest_picture_of_the_camera_is_taken_not_the_first():
    data = negative(previews=[jpeg(60, 40, (0, 0, 255)), jpeg(240, 160), jpeg(120, 80, (0, 255, 0))])
    found = shown(data, 240)
    assert found.shape == (160, 240, 3)
    assert np.abs(found[120, 200].astype(int) - (200, 60, 30)).max() < 6


def test_a_preview_that_is_too_small_or_of_another_shape_is_left_for_the_sensor():
    for small in (jpeg(60, 40), jpeg(240, 240)):
        assert np.ptp(shown(negative(previews=[small]), 240)[MIDDLE].astype(int)) < 6  # the scene is grey there


def test_the_preview_is_turned_once_however_its_orientation_is_told():
    lying = shown(negative(orientation=6, previews=[jpeg(240, 160)]), 240)
    exif = Image.Exif()
    exif[0x0112] = 6
    of_its_own = shown(negative(orientation=6, previews=[jpeg(240, 160, exif=exif)]), 240)
    assert lying.shape == of_its_own.shape == (240, 160, 3)
    assert lying[5, -5].min() > 240  # the corner that was on the left is on the right
    assert of_its_own[5, -5].min() > 240
    standing = shown(negative(orientation=6, previews=[jpeg(160, 240)]), 240)
    assert standing.shape == (240, 160, 3)
    assert standing[5, 5].min() > 240


def test_colours_of_a_preview_in_adobe_rgb_are_those_of_srgb():
    plain = shown(negative(previews=[jpeg(240, 160)]), 240)
    wide = shown(negative(previews=[(jpeg(240, 160), {50970: 3})]), 240)
    assert wide[120, 200, 0] > plain[120, 200, 0] + 10  # the same number is a stronger red there


@pytest.mark.parametrize("previews", [[], [jpeg(240, 160)]], ids=["none", "a good one"])
def test_a_file_that_lacks_values_of_the_sensor_is_refused_whatever_its_preview(previews):
    assert codecs.probe(negative(previews=previews, cut=100), "test.dng").width == 240  # some makers count too many
    with pytest.raises(Error) as caught:
        codecs.probe(negative(previews=previews, cut=40_000), "test.dng")
    assert caught.value.code == "image_truncated"


# Colours


def test_grey_is_grey_by_what_the_camera_says_and_by_a_place_that_is_picked():
    data = negative(seen=(0.5, 1.0, 0.7), neutral=(0.5, 1.0, 0.7))
    wrong = negative(seen=(0.5, 1.0, 0.7), neutral=(1.0, 1.0, 1.0))
    assert np.abs(developed(data)[MIDDLE].astype(int) - GREY).max() < 60
    assert np.ptp(developed(wrong)[MIDDLE].astype(int)) > 5_000
    picked = developed(wrong, white_balance="picked", grey_at=(0.5, 0.5))
    assert np.abs(picked[MIDDLE].astype(int) - GREY).max() < 60


def test_a_place_is_picked_on_the_picture_as_it_is_shown():
    """The red square lies in the upper left of the sensor: turned, it is picked in the upper right."""
    data = negative(orientation=6)
    found = developed(data, white_balance="picked", grey_at=(0.95, 0.05))
    assert found.shape == (240, 160, 3)
    assert np.ptp(found[5, -5].astype(int)) < 60
    assert np.ptp(found[5, 5].astype(int)) > 5_000


def test_a_temperature_takes_the_colour_out_of_its_own_light():
    for kelvin in (2_856.0, 5_000.0, 9_000.0):
        light = xyz_of_light(kelvin, 0.0) @ np.array(
            [
                [3.2404542, -0.9692660, 0.0556434],
                [-1.5371385, 1.8760108, -0.2040259],
                [-0.4985314, 0.0415560, 1.0572252],
            ]
        )
        data = negative(scene() * 0.5, seen=tuple(light / light.max()))
        found = developed(data, white_balance="kelvin", temperature=kelvin)[MIDDLE].astype(int)
        assert np.ptp(found) < 150, kelvin
        warmer = developed(data, white_balance="kelvin", temperature=kelvin * 1.3)[MIDDLE].astype(int)
        assert warmer[0] > warmer[2] + 1_000
        purple = developed(data, white_balance="kelvin", temperature=kelvin, tint=60)[MIDDLE].astype(int)
        assert purple[0] > purple[1] + 1_000


def test_the_line_of_glowing_bodies_is_the_published_one():
    for kelvin, x, y in ((2_856, 0.4476, 0.4074), (4_000, 0.3805, 0.3768), (6_500, 0.3135, 0.3237)):
        found = xyz_of_light(kelvin, 0.0)
        assert np.abs(found[:2] / found.sum() - (x, y)).max() < 0.0006


def test_brightness_and_exposure_are_stops_of_light():
    data = negative(scene() * 0.5)
    plain, brighter = developed(data), developed(data, brightness=2.0)
    assert np.abs(brighter[MIDDLE].astype(int) - GREY).max() < 100
    assert np.abs(developed(data, exposure=1.0)[MIDDLE].astype(int) - GREY).max() < 200
    assert plain[MIDDLE].max() < GREY


def test_what_is_left_out_of_a_white_balance_is_named():
    for options, words in (({"white_balance": "custom"}, "multipliers"), ({"white_balance": "picked"}, "grey_at")):
        with pytest.raises(Error) as caught:
            compile_recipe(Recipe(name="test", raw=options))
        assert (caught.value.code, words in caught.value.cause) == ("recipe_invalid", True)
    black = negative(scene() * 0)
    with pytest.raises(Error, match="black at the place"):
        developed(black, white_balance="picked", grey_at=(0.5, 0.5))


# Settings of other programs


def test_settings_of_camera_raw_are_read_and_those_of_a_finished_picture_are_not():
    told = packet(
        crs_WhiteBalance="Custom", crs_Temperature="4200", crs_Tint="+12", crs_Exposure2012="+0.75", crs_HasCrop="True",
        crs_CropLeft="0.25", crs_CropTop="0.1", crs_CropRight="0.75", crs_CropBottom="0.9", crs_CropAngle="0", tiff_Orientation="6",
    )  # fmt: skip
    assert read_settings(told) == DevelopSettings(
        white_balance="kelvin", temperature=4200, tint=12, exposure=0.75, crop=(0.25, 0.1, 0.75, 0.9), orientation=6
    )
    assert read_settings(packet(crs_WhiteBalance="As Shot", crs_Temperature="5000")) == DevelopSettings(
        white_balance="camera"
    )
    assert read_settings(packet(crs_WhiteBalance="Shade")) == DevelopSettings(
        white_balance="kelvin", temperature=7500, tint=10
    )
    assert read_settings(packet(crs_AlreadyApplied="True", crs_Exposure2012="1")) is None
    nonsense = packet(crs_HasCrop="True", crs_CropLeft="0.9", crs_CropTop="0", crs_CropRight="0.1", crs_CropBottom="1")
    assert read_settings(nonsense) is None
    assert read_settings(packet(crs_Exposure2012="nan")) is None
    assert read_settings(b"no packet") is None


def test_a_sidecar_decides_about_crop_turn_light_and_exposure_unless_the_recipe_does():
    data = negative(scene() * 0.5)
    settings = DevelopSettings(exposure=1.0, crop=(0.5, 0.0, 1.0, 1.0), orientation=6)
    found = developed(data, settings)
    assert found.shape == (120, 160, 3)  # half of 240 x 160, turned
    assert np.abs(found[60, 80].astype(int) - GREY).max() < 200
    assert found[-5, 5, 2] > found[-5, 5, 0] + 5_000  # the blue square: lower right of the sensor, now lower left
    assert developed(data, settings, brightness=1.0)[60, 80].max() < GREY - 5_000
    assert developed(data, settings, sidecar="ignore").shape == (160, 240, 3)


def test_a_sidecar_that_straightens_turns_the_picture_clockwise():
    light = np.full((160, 240, 3), 0.1)
    rows, columns = np.mgrid[:160, :240]
    light[rows - 80 > -(columns - 120) * np.tan(np.radians(10))] = 0.6  # an edge that climbs to the right by 10 degrees
    settings = DevelopSettings(crop=(0.3, 0.3, 0.7, 0.7), angle=10.0)
    found = developed(negative(light), settings)
    across, down = settings.cropped(240, 160)
    assert found.shape[:2] == (down, across)
    edges = [int(np.argmax(found[:, column, 1] > 35_000)) for column in (3, across // 2, across - 4)]
    assert max(edges) - min(edges) <= 1
    assert abs(edges[1] - down / 2) < 2


def test_settings_in_the_file_itself_count_in_recipes_and_make_another_address():
    inside = negative(
        more={
            700: packet(crs_HasCrop="True", crs_CropLeft="0", crs_CropTop="0", crs_CropRight="0.5", crs_CropBottom="1")
        }
    )
    program = compile_recipe(
        parse_recipe("operations: [resize: {width: 60}]\noutput: {format: png}", "test.yaml", folder=None)
    )
    made = run_recipe(program, inside, "test.dng")
    assert (made.raster.shape.width, made.raster.shape.height) == (60, 80)
    plain = negative()
    one, other = (
        run_recipe(program, plain, "test.dng", settings=settings)
        for settings in (None, DevelopSettings(crop=(0.0, 0.0, 0.5, 1.0)))
    )
    assert (one.raster.shape.height, other.raster.shape.height) == (40, 80)
    assert one.address != other.address
    assert result_key("f", "s") != result_key("f", "s", None, DevelopSettings(exposure=1.0))


def test_a_recipe_says_how_raw_files_are_developed_and_hands_that_down():
    text = "raw: {white_balance: daylight, highlights: blend}\noperations: [resize: {width: 60}]"
    base = parse_recipe(text, "base.yaml", folder=None)
    assert compile_recipe(base).raw.highlights == "blend"
    assert base.canonical()["raw"] == {"white_balance": "daylight", "highlights": "blend"}
    child = parse_recipe("extends: base\nraw: {highlights: clip}", "child.yaml", folder=None, find=lambda _: base)
    assert child.raw == {"white_balance": "daylight", "highlights": "clip"}
    plain = Recipe(name="plain", operations=base.operations)
    assert compile_recipe(base).fingerprint() != compile_recipe(plain).fingerprint()
    with pytest.raises(Error, match="highlights"):
        compile_recipe(Recipe(name="bad", raw={"highlights": "magic"}))

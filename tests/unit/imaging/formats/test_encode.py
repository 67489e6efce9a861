"""Every format that can be written: what comes back, who wrote it, and what is refused in words."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from darkroom.errors import Error
from darkroom.imaging import native
from darkroom.imaging.formats.encode import encode, works
from darkroom.imaging.formats.frames import Frames
from darkroom.imaging.formats.load import load
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.formats.targets import TARGETS

WRITTEN = ["jpeg", "png", "webp", "avif", "tiff", "gif", "jp2", "bmp"]


def ramp(channels: int = 3, dtype: str = "uint8", *, width: int = 96, height: int = 64) -> np.ndarray:
    """A smooth picture; alpha runs from left to right."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [x / width, y / height, (x + y) / (width + height)]
    alpha = x / (width - 1)
    chosen = {1: planes[:1], 2: [planes[1], alpha], 3: planes, 4: [*planes, alpha]}[channels]
    values = np.stack(chosen, axis=2).astype(np.float32)
    return values if dtype == "float32" else np.rint(values * np.iinfo(dtype).max).astype(dtype)


def shown(data: bytes) -> np.ndarray:
    """What a reader other than ours makes of the bytes."""
    with Image.open(BytesIO(data)) as image:
        return np.asarray(image.convert("RGB")).astype(int)


@pytest.mark.parametrize("format_", WRITTEN)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_every_format_takes_every_kind_of_pixels(format_, dtype, channels):
    made = encode(ramp(channels, dtype), EncodeOptions(format=format_))
    assert (made.width, made.height, made.format) == (96, 64, format_)
    assert made.encoder == TARGETS[format_].encoders[0].name or made.notes or format_ in {"webp", "avif", "jp2"}
    if made.bit_depth == 8:
        with Image.open(BytesIO(made.data)) as image:
            assert image.size == (96, 64)
            assert image.get_format_mimetype() in {made.media_type, "image/jpx"}


@pytest.mark.parametrize("format_", WRITTEN)
def test_pixels_come_back_nearly_as_they_were(format_):
    made = encode(ramp(), EncodeOptions(format=format_))
    worst = {"gif": 24}.get(format_, 12)
    assert np.abs(shown(made.data) - ramp().astype(int)).mean() < worst / 4


@pytest.mark.parametrize(
    ("format_", "options"),
    [
        ("png", {}),
        ("png", {"effort": 1}),
        ("webp", {"lossless": True}),
        ("tiff", {}),
        ("tiff", {"compression": "lzw"}),
        ("tiff", {"tile": 64}),
        ("avif", {"lossless": True}),
        ("jp2", {"lossless": True}),
        ("bmp", {}),
    ],
)
def test_lossless_means_every_pixel(format_, options):
    made = encode(ramp(), EncodeOptions(format=format_, **options))
    assert made.quality is None
    assert np.array_equal(shown(made.data), ramp().astype(int))


@pytest.mark.parametrize(
    ("format_", "dtype", "options"),
    [
        ("png", "uint16", {}),
        ("tiff", "uint16", {}),
        ("tiff", "float32", {}),
        ("jxl", "uint8", {"lossless": True}),
        ("jxl", "uint16", {"lossless": True}),
        ("jxl", "float32", {"lossless": True}),
        ("jp2", "uint8", {"lossless": True}),
        ("jp2", "uint16", {"lossless": True}),
    ],
)
def test_deep_pictures_are_not_crushed(format_, dtype, options):
    array = ramp(3, dtype)
    made = encode(array, EncodeOptions(format=format_, **options))
    back = load(made.data, "deep").frames.pixels
    assert made.bit_depth == {"uint8": 8, "uint16": 16, "float32": 32}[dtype]
    assert back.dtype == array.dtype
    assert np.abs(back.astype(float) - array).max() < 1e-6


def test_what_a_jpeg_inside_a_tiff_cannot_hold_is_said():
    made = encode(ramp(4, "uint16"), EncodeOptions(format="tiff", compression="jpeg"))
    assert made.notes == ("transparency replaced by #ffffff", "16 bits reduced to 8 bits")


@pytest.mark.parametrize(("format_", "bits"), [("avif", 10), ("avif", 12), ("jp2", 12)])
def test_without_loss_at_fewer_bits_is_not_called_without_loss_altogether(format_, bits):
    made = encode(ramp(3, "uint16"), EncodeOptions(format=format_, lossless=True, bit_depth=bits))
    assert made.notes == (f"16 bits reduced to {bits} bits",)
    assert encode(ramp(3), EncodeOptions(format=format_, lossless=True, bit_depth=bits)).notes == ()


def test_float_tiff_holds_light():
    array = np.full((16, 16, 3), 0.5, np.float32)
    made = encode(array, EncodeOptions(format="tiff"))
    stored = native.pyvips().Image.new_from_buffer(made.data, "").numpy()
    assert stored.max() == pytest.approx(0.2140, abs=1e-3)  # half of what is seen is a fifth of the light


def test_deep_pictures_become_ten_bits_in_avif():
    made = encode(ramp(3, "uint16"), EncodeOptions(format="avif", quality=95))
    back = native.pyvips().Image.new_from_buffer(made.data, "")
    assert made.bit_depth == back.get("bits-per-sample") == 10
    assert np.abs(back.numpy().astype(int) - ramp(3, "uint16")).mean() < 300  # of 65,535: better than 8 bits give


def test_transparency_is_flattened_on_the_colour_asked_for():
    made = encode(ramp(4), EncodeOptions(format="jpeg", quality=95, background="#ff0000"))
    assert made.notes == ("transparency replaced by #ff0000",)
    assert np.abs(shown(made.data)[:, 0] - (255, 0, 0)).max() < 24


def test_wide_colours_are_converted_or_kept():
    from darkroom.imaging.formats.prepare import built_in

    p3 = built_in("p3")
    red = np.zeros((32, 32, 3), np.uint8)
    red[..., 0] = 200
    converted = encode(red, EncodeOptions(format="png"), icc=p3)
    kept = encode(red, EncodeOptions(format="png", profile="keep"), icc=p3)
    assert "colours converted" in converted.notes[0]
    assert shown(converted.data)[0, 0, 0] > 210  # the same red needs more of sRGB's smaller one
    assert shown(kept.data)[0, 0, 0] == 200
    with Image.open(BytesIO(kept.data)) as image:
        assert image.info["icc_profile"] == p3
    with Image.open(BytesIO(converted.data)) as image:
        assert "icc_profile" not in image.info


@pytest.mark.parametrize("format_", ["jpeg", "tiff"])
def test_print_colours(format_):
    made = encode(ramp(), EncodeOptions(format=format_, profile="cmyk"))
    with Image.open(BytesIO(made.data)) as image:
        assert image.mode == "CMYK"
        assert len(image.info["icc_profile"]) > 1000


@pytest.mark.parametrize("format_", ["gif", "webp"])
def test_animations_keep_their_frames(format_):
    frames = Frames(ramp(), more=(255 - ramp(), ramp()[::-1].copy()), delays=(40, 80, 120), loop=2)
    made = encode(frames, EncodeOptions(format=format_))
    with Image.open(BytesIO(made.data)) as image:
        assert (image.n_frames, made.frames, image.size) == (3, 3, (96, 64))
    rolled = native.pyvips().Image.new_from_buffer(made.data, "n=-1")
    assert rolled.get("delay") == [40, 80, 120]
    assert encode(frames, EncodeOptions(format="jpeg")).notes == ("only the first of 3 frames",)


def test_an_option_of_another_format_is_refused_by_name():
    with pytest.raises(Error, match="jpeg takes no tile"):
        EncodeOptions.checked(format="jpeg", tile=64)
    with pytest.raises(Error, match="goes to 6"):
        EncodeOptions.checked(format="webp", effort=9)
    with pytest.raises(Error, match="There is no encoder option called tiled") as caught:
        EncodeOptions.checked(format="tiff", tiled=True)
    assert caught.value.remedy.startswith("Did you mean tile? tiff takes background, bigtiff, ")
    assert caught.value.context["field"] == "tiled"


def test_avif_beyond_libheifs_limit_is_written_by_the_second_encoder():
    wide = np.zeros((8, 17_000, 3), np.uint8)
    assert encode(wide, EncodeOptions(format="avif")).encoder == "Pillow"
    with pytest.raises(Error, match="libvips: a side of 17,000 pixels") as refused:
        encode(wide, EncodeOptions(format="avif", lossless=True))
    assert refused.value.code == "format_limit"


@pytest.mark.parametrize(("format_", "width"), [("webp", 16_384), ("jpeg", 65_501), ("gif", 65_536)])
def test_a_side_that_is_too_long_is_refused_before_it_is_tried(format_, width):
    with pytest.raises(Error, match="takes sides of at most") as refused:
        encode(np.zeros((2, width, 3), np.uint8), EncodeOptions(format=format_))
    assert refused.value.code == "format_limit"


def test_what_cannot_be_written_here_says_what_is_missing():
    with pytest.raises(Error, match="GPL") as refused:
        encode(ramp(), EncodeOptions(format="heic"))
    assert refused.value.code == "encoder_missing"


def test_every_encoder_works_on_this_machine():
    assert {
        (row.name, encoder.name) for row in TARGETS.values() for encoder in row.encoders if not works(encoder, row.name)
    } == set()


def test_fewer_bytes_for_more_time():
    chance = np.random.default_rng(1)
    photo = np.clip(ramp(3, "uint8", width=320, height=240) + chance.normal(0, 9, (240, 320, 3)), 0, 255).astype(
        "uint8"
    )
    sizes = [
        len(encode(photo, EncodeOptions(format="jpeg", **more)).data)
        for more in ({}, {"optimise": True}, {"trellis": True})
    ]
    assert sizes[0] > sizes[1] > sizes[2]


def test_what_is_no_picture_is_refused():
    for array in (np.zeros((3, 3, 5), np.uint8), np.zeros((0, 3, 3), np.uint8), np.zeros((3, 3, 3), np.int32)):
        with pytest.raises(Error) as refused:
            encode(array, EncodeOptions())
        assert refused.value.code == "invalid_parameter"

from __future__ import annotations

import base64
import hashlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms

from darkroom.domain.base import now
from darkroom.domain.image import ImageRecord, Source
from darkroom.errors import Error
from darkroom.imaging import vips
from darkroom.imaging.formats.prepare import built_in
from darkroom.imaging.hashing import hamming
from darkroom.imaging.ingest import ingest, inspect
from darkroom.imaging.limits import Limits
from darkroom.settings import Settings
from tests.pictures import encode
from tests.unit.imaging.conftest import scene

LIMITS = Limits()


def shown(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(data)).convert("RGB")).astype(int)


@pytest.mark.parametrize(
    ("kind", "format_", "media_type"),
    [
        ("JPEG", "jpeg", "image/jpeg"),
        ("PNG", "png", "image/png"),
        ("WEBP", "webp", "image/webp"),
        ("TIFF", "tiff", "image/tiff"),
        ("GIF", "gif", "image/gif"),
        ("AVIF", "avif", "image/avif"),
        ("BMP", "bmp", "image/bmp"),
    ],
)
def test_every_format_gives_the_same_picture(draw, kind, format_, media_type):
    picture = ingest(draw(kind, width=1200, height=800), name="a", limits=LIMITS)
    assert (picture.format, picture.media_type) == (format_, media_type)
    assert (picture.width, picture.height, picture.frames) == (1200, 800, 1)
    assert (picture.preview.width, picture.preview.height) in {(1024, 683), (1200, 800)}
    assert (picture.thumbnail.width, picture.thumbnail.height) == (256, 171)
    pixels = shown(picture.thumbnail.data)
    assert np.abs(pixels[100, 30] - (200, 70, 30)).max() < 30
    assert np.abs(pixels[100, 220] - (30, 70, 200)).max() < 30
    reference = ingest(draw("PNG", width=1200, height=800), name="b", limits=LIMITS)
    assert hamming(picture.phash, reference.phash) <= 2


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_turned_upright(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    # What undoes the orientation, as Pillow's transpositions.
    stored = scene(1200, 800)
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    if orientation > 1:
        stored = stored.transpose(undo[orientation])
    target = BytesIO()
    stored.save(target, "JPEG", quality=92, exif=exif)
    picture = ingest(target.getvalue(), name="a", limits=LIMITS)
    assert (picture.width, picture.height, picture.orientation) == (1200, 800, orientation)
    pixels = shown(picture.thumbnail.data)
    assert pixels.shape == (171, 256, 3)
    assert pixels[100, 30, 0] > 150
    assert pixels[100, 220, 2] > 150


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_orientation_counts_in_other_formats_too(draw, kind):
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = ingest(draw(kind, width=1500, height=1000, exif=exif), name="a", limits=LIMITS)
    assert (picture.width, picture.height, picture.orientation) == (1000, 1500, 6)
    assert (picture.thumbnail.width, picture.thumbnail.height) == (171, 256)


def test_identity_and_renditions_are_addressed_by_content(draw):
    data = draw("JPEG", quality=90, width=1200, height=800)
    picture = ingest(data, name="IMG.jpg", limits=LIMITS)
    assert picture.sha256 == hashlib.sha256(data).hexdigest()
    thumbnail, preview = picture.renditions
    assert (thumbnail.kind, preview.kind) == ("thumbnail", "preview")
    assert thumbnail.recipe == "thumbnail@1 256 webp q76"
    assert thumbnail.address == hashlib.sha256(f"{picture.sha256}\n{thumbnail.recipe}".encode()).hexdigest()
    assert thumbnail.bytes == len(picture.thumbnail.data)
    assert Image.open(BytesIO(picture.preview.data)).format == "WEBP"
    again = ingest(data, name="IMG.jpg", limits=LIMITS)
    assert again == picture


def test_the_placeholder_is_a_tiny_webp(draw):
    picture = ingest(draw("JPEG"), name="a", limits=LIMITS)
    tiny = Image.open(BytesIO(base64.b64decode(picture.placeholder)))
    assert tiny.format == "WEBP"
    assert max(tiny.size) == 16
    assert len(picture.placeholder) < 600


def test_small_pictures_are_never_scaled_up(draw):
    picture = ingest(draw("PNG", width=100, height=40), name="a", limits=LIMITS)
    assert (picture.preview.width, picture.preview.height) == (100, 40)
    assert (picture.thumbnail.width, picture.thumbnail.height) == (100, 40)


def test_a_picture_of_one_pixel(draw):
    picture = ingest(draw("PNG", width=1, height=1), name="dot.png", limits=LIMITS)
    assert (picture.width, picture.height) == (1, 1)
    assert 0 <= picture.quality.score <= 1


@pytest.mark.parametrize("size", [(5000, 3), (3, 5000)])
def test_extreme_shapes(draw, size):
    picture = ingest(draw("PNG", width=size[0], height=size[1]), name="a", limits=LIMITS)
    assert max(picture.thumbnail.width, picture.thumbnail.height) == 256
    assert min(picture.thumbnail.width, picture.thumbnail.height) >= 1


def test_sixteen_bits_are_scaled_not_cut():
    ramp = np.tile(np.linspace(0, 65535, 512).astype(np.uint16), (300, 1))
    target = BytesIO()
    Image.fromarray(ramp).save(target, "PNG")
    picture = ingest(target.getvalue(), name="a", limits=LIMITS)
    assert picture.bit_depth == 16
    row = shown(picture.preview.data)[150, :, 0]
    assert np.abs(row - np.linspace(0, 255, 512)).max() < 14


def test_cmyk_becomes_rgb(draw):
    picture = ingest(draw("JPEG", mode="CMYK", quality=95), name="a", limits=LIMITS)
    assert picture.channels == 4
    pixels = shown(picture.thumbnail.data)
    assert pixels[100, 30, 0] > pixels[100, 30, 2] + 60
    assert pixels[100, 220, 2] > pixels[100, 220, 0] + 60


def test_transparency_stays_and_is_measured_on_white():
    image = Image.new("RGBA", (600, 400), (0, 0, 0, 0))
    target = BytesIO()
    image.save(target, "PNG")
    picture = ingest(target.getvalue(), name="a", limits=LIMITS)
    assert Image.open(BytesIO(picture.thumbnail.data)).mode == "RGBA"
    assert picture.quality.brightness == 1.0
    assert "overexposed" in picture.quality.problems


def test_an_srgb_profile_is_named_and_changes_nothing(draw):
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    plain = ingest(draw("JPEG", quality=95), name="a", limits=LIMITS)
    tagged = ingest(draw("JPEG", quality=95, icc_profile=icc), name="a", limits=LIMITS)
    assert "sRGB" in str(tagged.profile)
    assert tagged.thumbnail.data == plain.thumbnail.data


def test_animation_counts_frames_and_shows_the_first():
    frames = [Image.new("RGB", (300, 200), colour) for colour in ("red", "green", "blue")]
    target = BytesIO()
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:])
    picture = ingest(target.getvalue(), name="a", limits=LIMITS)
    assert (picture.frames, picture.height) == (3, 200)
    assert shown(picture.thumbnail.data)[50, 50].tolist()[0] > 200


def test_an_image_record_can_be_made_of_it(draw):
    picture = ingest(draw("JPEG"), name="IMG.jpg", limits=LIMITS).result()
    record = ImageRecord.model_validate(
        {
            **picture.record_fields(),
            "batch": "b-1",
            "ingested_at": now(),
            "sources": (Source(connector="inbox", key="IMG.jpg", batch="b-1"),),
        }
    )
    assert ImageRecord.model_validate_json(record.model_dump_json()) == record
    assert record.id == picture.sha256
    assert not hasattr(picture, "thumbnail")


def code(data: bytes, limits: Limits = LIMITS) -> str:
    with pytest.raises(Error) as caught:
        ingest(data, name="file", limits=limits)
    return caught.value.code


def test_guards_refuse_before_decoding(draw):
    data = draw("PNG")
    assert code(data, Limits(max_pixels=1000)) == "image_too_many_pixels"
    assert code(data, Limits(max_file_bytes=10)) == "image_too_many_bytes"
    frames = [Image.new("RGB", (8, 8), (number, 0, 0)) for number in range(12)]
    target = BytesIO()
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:])
    assert code(target.getvalue(), Limits(max_frames=5)) == "image_too_many_frames"


def test_a_bomb_is_told_by_its_ratio():
    target = BytesIO()
    Image.new("RGB", (14000, 12000)).save(target, "WEBP", lossless=True, method=0)
    assert len(target.getvalue()) < 100_000
    assert code(target.getvalue(), Limits(max_ratio=500)) == "image_bomb"


def test_a_plain_wall_is_no_bomb():
    target = BytesIO()
    Image.new("RGB", (1500, 1000), "white").save(target, "WEBP", lossless=True)
    assert ingest(target.getvalue(), name="wall.webp", limits=LIMITS).width == 1500


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "image_empty"),
        (b"hello, this is a text", "image_not_an_image"),
        (b"\0" * 4096, "image_not_an_image"),
        (b"PK\x03\x04" + b"\0" * 100, "image_not_an_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><image href='http://x/y'/></svg>", "image_unsupported"),
        (b"qoif" + b"\0" * 50, "image_unsupported"),
        (b"8BPS\0\1" + b"\0" * 50, "image_corrupt"),
        (b"\xff\xd8\xff\xe0", "image_truncated"),
        (b"\x89PNG\r\n\x1a\n", "image_truncated"),
    ],
)
def test_what_is_no_picture_is_told_apart(data, expected):
    assert code(data) == expected


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "BMP"])
def test_half_a_file_is_an_error(draw, kind):
    data = draw(kind, width=1200, height=800)
    assert code(data[: len(data) // 2]) == "image_truncated"


def test_half_a_jpeg_is_truncated(draw):
    data = draw("JPEG", width=1200, height=800, quality=90)
    assert code(data[: len(data) // 2]) == "image_truncated"
    assert code(data[:-2]) == "image_truncated"


def test_flipped_bytes_are_accepted_as_damaged(draw):
    data = bytearray(draw("JPEG", width=1200, height=800, quality=90))
    middle = len(data) // 2
    data[middle : middle + 40] = bytes(255 - byte for byte in data[middle : middle + 40])
    picture = ingest(bytes(data).replace(b"\xff\xd9", b"\0\0", data.count(b"\xff\xd9") - 1), name="a", limits=LIMITS)
    assert picture.quality.problems[0] == "damaged"


def test_limits_are_those_of_the_settings(settings: Settings):
    limits = Limits.of(settings)
    assert (limits.max_pixels, limits.thumbnail_pixels, limits.preview_pixels) == (250_000_000, 256, 1024)


@pytest.mark.parametrize(
    ("mode", "more", "as_it_is"),
    [
        ("RGB", {}, True),
        ("L", {}, True),
        ("RGBA", {}, True),
        ("LA", {}, True),
        ("CMYK", {}, False),
        ("RGB", {"icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()}, True),
        ("RGB", {"icc_profile": built_in("p3")}, True),
        ("RGBA", {"icc_profile": built_in("p3")}, True),
        ("RGB", {"tiffinfo": {274: 6}}, False),
    ],
    ids=[
        "colour",
        "grey",
        "transparent",
        "grey and transparent",
        "print",
        "with a profile",
        "wide",
        "wide and transparent",
        "turned",
    ],
)
def test_what_needs_no_change_is_read_without_scaling_and_is_the_same(mode, more, as_it_is):
    chance = np.random.default_rng(1).integers(0, 256, (40, 60, len(mode)), dtype=np.uint8)
    data = encode(Image.fromarray(chance.squeeze(), mode), "TIFF", **more)
    header = inspect(data, name="one.tif", limits=Limits())
    image = vips.opened(data, header.kind, fail_on="error")
    scaled = image.thumbnail_image(60, height=60, size="down", export_profile="srgb")
    assert vips.is_shown_as_it_is(image, 60) == as_it_is
    assert not vips.is_shown_as_it_is(image, 59)
    assert np.array_equal(vips.finish(vips.shown(data, header, "one.tif")), vips.finish(scaled))

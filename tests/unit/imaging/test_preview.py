"""A preview is made only where the original cannot be shown in its place."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms

from darkroom.imaging.ingest import ingest
from darkroom.imaging.limits import Limits
from darkroom.imaging.picture import Picture
from darkroom.imaging.sink import store

LIMITS = Limits()
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


def taken_in(data: bytes, limits: Limits = LIMITS) -> Picture:
    return ingest(data, name="a", limits=limits)


def kinds(picture: Picture) -> list[str]:
    assert [made.address for made in picture.encoded] == [one.address for one in picture.renditions]
    return [one.kind for one in picture.renditions]


def turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {}),
        ("JPEG", {"mode": "L"}),
        ("JPEG", {"progressive": True}),
        ("JPEG", {"icc_profile": SRGB}),
        *(("JPEG", {"exif": turned(orientation)}) for orientation in range(1, 9)),
        ("JPEG", {"width": 1024, "height": 683}),
        ("JPEG", {"width": 683, "height": 1024}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
    ],
)
def test_a_small_original_that_any_browser_shows_is_its_own_preview(draw, kind, options):
    picture = taken_in(draw(kind, **options))
    assert (kinds(picture), picture.preview) == (["thumbnail"], None)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("AVIF", {}),
        ("JPEG", {"mode": "CMYK"}),
        ("JPEG", {"icc_profile": LAB}),
        ("JPEG", {"width": 1025}),
        ("JPEG", {"height": 1025}),
        ("WEBP", {"mode": "RGBA", "lossless": True, "exact": True}),
        ("WEBP", {"exif": turned(3)}),
    ],
)
def test_any_other_gets_a_preview(draw, kind, options):
    if options.get("mode") == "RGBA":
        image = Image.new("RGBA", (300, 200), (9, 9, 9, 90))
        target = BytesIO()
        image.save(target, kind, lossless=True)
        data = target.getvalue()
    else:
        data = draw(kind, **options)
    picture = taken_in(data)
    assert kinds(picture) == ["thumbnail", "preview"]
    assert picture.preview is not None
    assert Image.open(BytesIO(picture.preview.data)).format == "WEBP"


def test_a_small_picture_of_many_bytes_gets_a_preview():
    noise = np.random.default_rng(3).integers(0, 256, (900, 900, 3), np.uint8)
    target = BytesIO()
    Image.fromarray(noise).save(target, "JPEG", quality=95)
    assert len(target.getvalue()) > 400_000
    assert kinds(taken_in(target.getvalue())) == ["thumbnail", "preview"]


def test_an_animation_gets_a_preview():
    frames = [Image.new("RGB", (300, 200), colour) for colour in ("red", "green", "blue")]
    target = BytesIO()
    frames[0].save(target, "WEBP", save_all=True, append_images=frames[1:])
    picture = taken_in(target.getvalue())
    assert (picture.frames, kinds(picture)) == (3, ["thumbnail", "preview"])


def test_a_damaged_picture_gets_a_preview_of_what_could_be_read(draw):
    data = bytearray(draw("JPEG", quality=90))
    middle = len(data) // 2
    data[middle : middle + 40] = bytes(255 - byte for byte in data[middle : middle + 40])
    picture = taken_in(bytes(data).replace(b"\xff\xd9", b"\0\0", data.count(b"\xff\xd9") - 1))
    assert picture.quality.problems[0] == "damaged"
    assert kinds(picture) == ["thumbnail", "preview"]


def test_the_size_of_previews_decides(draw):
    data = draw("JPEG", width=640, height=400)
    assert kinds(taken_in(data, Limits(preview_pixels=639))) == ["thumbnail", "preview"]
    assert kinds(taken_in(data, Limits(preview_pixels=640))) == ["thumbnail"]


def test_only_what_was_made_is_stored(draw):
    class Kept(dict[tuple[str, str], bytes]):
        def put(self, namespace: str, key: str, data: bytes, *, durable: bool) -> bool:
            self[namespace, key] = data
            return True

    kept, data = Kept(), draw("JPEG")
    picture = taken_in(data)
    store(picture, data, kept)
    assert kept == {
        ("originals", picture.sha256): data,
        ("renditions", picture.thumbnail.address): picture.thumbnail.data,
    }

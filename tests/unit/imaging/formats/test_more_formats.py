"""JPEG XL, OpenEXR and PDF: what is in them, what is kept, and what is refused in words."""

from __future__ import annotations

from io import BytesIO

import imagecodecs
import numpy as np
import OpenEXR
import pytest
from PIL import Image

from darkroom.errors import Error
from darkroom.imaging import codecs, libjxl
from darkroom.imaging.formats.encode import encode
from darkroom.imaging.formats.frames import Frames
from darkroom.imaging.formats.load import LoadOptions, load
from darkroom.imaging.formats.metadata.containers import Payload, into_jxl
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.ingest import ingest
from darkroom.imaging.limits import Limits
from darkroom.imaging.transfer import curve

SCAN = OpenEXR.scanlineimage


def ramp(channels: int = 3, width: int = 60, height: int = 40) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    planes = [x * 255 // width, y * 255 // height, (x + y) * 255 // (width + height), np.full((height, width), 200)]
    return np.stack(planes[:channels], axis=2).astype(np.uint8)


def exr(channels: dict[str, np.ndarray], **header: object) -> bytes:
    target = BytesIO()
    more = {"compression": OpenEXR.ZIP_COMPRESSION, "type": SCAN, **header}
    OpenEXR.File(more, channels, num_threads=0).write(target)
    return target.getvalue()


def pdf(*pictures: np.ndarray) -> bytes:
    target = BytesIO()
    first, *more = [Image.fromarray(one) for one in pictures]
    first.save(target, "PDF", resolution=72, save_all=True, append_images=more)
    return target.getvalue()


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_another_program_reads_our_jpeg_xl_and_we_read_its(channels):
    array = ramp(channels)
    ours = encode(array, EncodeOptions(format="jxl", lossless=True)).data
    assert np.array_equal(imagecodecs.jpegxl_decode(ours).reshape(array.shape), array)
    theirs = imagecodecs.jpegxl_encode(np.squeeze(array), lossless=True)
    assert np.array_equal(load(theirs, "theirs.jxl").frames.pixels, array)


def test_quality_of_jpeg_xl_is_paid_in_bytes():
    grain = np.random.default_rng(3).normal(0, 9, (120, 160, 3))
    photo = np.clip(ramp(3, 160, 120) + grain, 0, 255).astype(np.uint8)
    made = [encode(photo, EncodeOptions(format="jxl", quality=quality)).data for quality in (40, 80, 95)]
    sizes = [len(data) for data in made]
    away = [np.abs(load(data, "x").frames.pixels.astype(int) - photo).mean() for data in made]
    assert sizes == sorted(sizes)
    assert away == sorted(away, reverse=True)


def test_moving_jpeg_xl_keeps_frames_delays_and_loops():
    frames = Frames(ramp(), more=(255 - ramp(), ramp()[::-1].copy()), delays=(40, 80, 120), loop=2)
    made = encode(frames, EncodeOptions(format="jxl", lossless=True))
    assert codecs.probe(made.data, "moving.jxl").frames == made.frames == 3
    found = load(made.data, "moving.jxl", LoadOptions(all_frames=True)).frames
    assert (found.delays, found.loop) == ((40, 80, 120), 2)
    assert all(np.array_equal(one, other) for one, other in zip(found.each, frames.each, strict=True))
    assert np.array_equal(load(made.data, "moving.jxl", LoadOptions(page=1)).frames.pixels, 255 - ramp())


def test_wide_colours_of_jpeg_xl_are_kept_or_converted():
    kept = encode(ramp(), EncodeOptions(format="jxl", profile="p3", lossless=True)).data
    found = load(kept, "wide.jxl").frames
    assert found.icc[16:20] == b"RGB "
    back = load(encode(found, EncodeOptions(format="png")).data, "back.png").frames.pixels
    assert np.abs(back.astype(int) - ramp()).mean() < 2
    assert load(encode(ramp(), EncodeOptions(format="jxl")).data, "plain.jxl").frames.icc == b""


def test_light_beyond_white_survives_jpeg_xl():
    bright = np.full((24, 24, 3), 1.8, np.float32)
    found = load(encode(bright, EncodeOptions(format="jxl", quality=95)).data, "bright.jxl").frames.pixels
    assert found.dtype == np.float32
    assert found.mean() == pytest.approx(1.8, abs=0.05)


def test_packed_metadata_of_jpeg_xl_are_read():
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + b" " * 5000 + b"</x:xmpmeta>"
    data = into_jxl(encode(ramp(), EncodeOptions(format="jxl")).data, Payload(xmp=b"<x/>"))[0][: -(8 + 4)]
    packed = b"xml " + imagecodecs.brotli_encode(xmp)
    data += (8 + len(packed)).to_bytes(4, "big") + b"brob" + packed
    assert codecs.probe(data, "packed.jxl").blocks.xmp == xmp
    bomb = b"xml " + imagecodecs.brotli_encode(bytes(40_000_000))
    data += (8 + len(bomb)).to_bytes(4, "big") + b"brob" + bomb
    assert codecs.probe(data, "bomb.jxl").blocks.xmp == xmp


def test_a_cut_jpeg_xl_is_told_from_a_broken_one():
    data = encode(ramp(3, 400, 300), EncodeOptions(format="jxl", quality=95)).data
    with pytest.raises(Error) as cut:
        load(data[: len(data) // 2], "cut.jxl")
    assert cut.value.code == "image_truncated"
    with pytest.raises(Error) as broken:
        load(b"\xff\x0a" + bytes(60), "broken.jxl")
    assert broken.value.code in {"image_corrupt", "image_truncated"}


def test_without_libjxl_there_is_an_error_in_words(monkeypatch):
    data = encode(ramp(), EncodeOptions(format="jxl")).data
    monkeypatch.setattr(libjxl, "library", lambda: None)
    with pytest.raises(Error, match="libjxl is missing") as refused:
        load(data, "x.jxl")
    assert refused.value.code == "image_unsupported"


def test_open_exr_is_light_and_goes_beyond_white():
    light = np.linspace(0, 4, 40 * 60 * 3, dtype=np.float32).reshape(40, 60, 3)
    header = codecs.probe(exr({"RGB": light}), "light.exr")
    assert (header.width, header.height, header.bit_depth) == (60, 40, 32)
    found = load(exr({"RGB": light}), "light.exr").frames.pixels
    assert found.dtype == np.float32
    assert np.allclose(found, curve(light), atol=1e-6)
    shown = ingest(exr({"RGB": light}), name="light.exr", limits=Limits())
    assert (shown.format, shown.bit_depth) == ("exr", 32)


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_depths_grey_and_transparency_of_open_exr(kind):
    grey = np.full((8, 8), 0.25, kind)
    assert load(exr({"Y": grey}), "y.exr").frames.pixels.shape == (8, 8, 1)
    half = {"R": grey, "G": grey, "B": grey, "A": np.full((8, 8), 0.5, kind)}
    found = load(exr(half), "alpha.exr").frames.pixels
    assert found.shape == (8, 8, 4)
    assert np.allclose(
        found[0, 0], [*curve(np.array([0.5] * 3)), 0.5], atol=1e-3
    )  # stored as it adds to what is behind


def test_the_window_to_be_shown_and_the_primaries_of_open_exr():
    data = {"RGB": np.ones((10, 10, 3), np.float32)}
    windows = {
        "dataWindow": (np.array([-2, 3], np.int32), np.array([7, 12], np.int32)),
        "displayWindow": (np.array([0, 0], np.int32), np.array([9, 9], np.int32)),
    }
    found = load(exr(data, **windows), "window.exr").frames.pixels
    assert found.shape == (10, 10, 3)
    assert not found[:3].any()
    assert not found[:, 8:].any()
    assert found[3:, :8].min() == pytest.approx(1, abs=1e-6)
    wide = (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290)
    red = np.zeros((4, 4, 3), np.float32)
    red[..., 0] = 0.5
    found = load(exr({"RGB": red}, chromaticities=wide), "wide.exr").frames.pixels[0, 0]
    assert found[0] > curve(np.array([0.8]))[0]  # the red of Rec. 2020 is beyond that of sRGB
    assert found[1] < 0


def test_what_is_no_picture_in_open_exr_is_refused():
    depths = exr({"Z": np.ones((8, 8), np.float32)})
    with pytest.raises(Error, match="holds Z") as refused:
        load(depths, "depths.exr")
    assert refused.value.code == "image_unsupported"
    data = exr({"RGB": np.random.default_rng(1).random((64, 64, 3), np.float32)})
    with pytest.raises(Error) as cut:
        load(data[: len(data) // 2], "cut.exr")
    assert cut.value.code in {"image_truncated", "image_corrupt"}


def test_the_first_page_of_a_pdf_is_drawn_at_the_size_that_is_wanted():
    red, blue = np.zeros((2, 144, 72, 3), np.uint8)
    red[..., 0], blue[..., 2] = 255, 255
    data = pdf(red, blue)
    header = codecs.probe(data, "two.pdf")
    assert (header.width, header.height, header.frames) == (150, 300, 2)
    first = load(data, "two.pdf").frames.pixels
    assert first.shape == (300, 150, 3)
    assert first[150, 75].tolist() == pytest.approx([255, 0, 0], abs=5)
    assert load(data, "two.pdf", LoadOptions(target=1000)).frames.height == 1000
    assert load(data, "two.pdf", LoadOptions(page=1)).frames.pixels[150, 75, 2] > 250
    with pytest.raises(Error, match="2 pages"):
        load(data, "two.pdf", LoadOptions(page=2))
    assert ingest(data, name="two.pdf", limits=Limits()).media_type == "application/pdf"


def test_a_giant_page_is_drawn_within_bounds():
    data = pdf(np.zeros((20, 20, 3), np.uint8))
    giant = data.replace(b"[0.0, 0.0, 20.0, 20.0]", b"[ 0 0 200000 100000 ]").replace(
        b"[ 0 0 20.0 20.0 ]", b"[ 0 0 200000 100000 ]"
    )
    found = codecs.probe(giant, "giant.pdf")
    assert max(found.width, found.height) <= 4096


def test_what_is_no_pdf_inside_is_refused():
    with pytest.raises(Error, match="cannot be drawn") as refused:
        load(b"%PDF-1.7\n" + bytes(60), "broken.pdf")
    assert refused.value.code == "image_corrupt"

"""Pictures read as they are: depth, profile, pages, frames, and formats that no camera writes."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from darkroom.errors import Error
from darkroom.imaging import codecs, native
from darkroom.imaging.formats.develop import RawOptions
from darkroom.imaging.formats.encode import encode
from darkroom.imaging.formats.frames import Frames
from darkroom.imaging.formats.load import LoadOptions, load
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.formats.prepare import built_in
from darkroom.imaging.formats.profiles import rgb_profile
from darkroom.imaging.ingest import ingest
from darkroom.imaging.limits import Limits
from darkroom.imaging.transfer import curve, light


def ramp(dtype: str = "uint8", channels: int = 3, size: tuple[int, int] = (48, 80)) -> np.ndarray:
    y, x = np.mgrid[0 : size[0], 0 : size[1]]
    planes = np.stack([x / size[1], y / size[0], (x + y) / sum(size), np.full(size, 0.5)], axis=2)[:, :, :channels]
    return planes.astype("float32") if dtype == "float32" else np.rint(planes * np.iinfo(dtype).max).astype(dtype)


def saved(kind: str, mode: str = "RGB", **options: object) -> bytes:
    target = BytesIO()
    Image.fromarray(ramp()).convert(mode).save(target, kind, **options)
    return target.getvalue()


@pytest.mark.parametrize("format_", ["png", "tiff"])
def test_sixteen_bits_and_the_profile_are_kept(format_):
    p3 = built_in("p3")
    data = encode(ramp("uint16"), EncodeOptions(format=format_, profile="keep"), icc=p3).data
    found = load(data, "deep").frames
    assert found.icc == p3
    assert np.array_equal(found.pixels, ramp("uint16"))


def test_a_turned_jpeg_comes_upright_with_its_profile():
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved("JPEG", exif=exif.tobytes(), icc_profile=built_in("p3"), quality=95)
    found = load(data, "turned.jpg").frames
    assert (found.width, found.height, found.icc) == (48, 80, built_in("p3"))
    assert np.abs(found.pixels.astype(int) - np.rot90(ramp(), -1)).mean() < 3


def test_a_coarser_scale_is_enough_for_a_target():
    data = encode(ramp(size=(800, 1600)), EncodeOptions()).data
    assert load(data, "large.jpg", LoadOptions(target=400)).frames.width == 400
    assert load(data, "large.jpg", LoadOptions(target=401)).frames.width == 400  # five per cent less is accepted
    assert load(data, "large.jpg").frames.width == 1600


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("format_", ["png", "tiff", "webp", "avif"])
def test_every_format_can_be_read_coarsely(format_, channels):
    picture = ramp("uint8", channels, (200, 400))
    data = encode(
        picture,
        EncodeOptions(format=format_, quality=95) if format_ in {"webp", "avif"} else EncodeOptions(format=format_),
    ).data
    found = load(data, "x", LoadOptions(target=100)).frames
    assert (found.width, found.height) == (100, 50)
    wanted = picture.reshape(50, 4, 100, 4, channels).mean(axis=(1, 3))
    assert np.abs(found.pixels[:, :, :channels].astype(float) - wanted).mean() < 4


def test_a_level_of_a_pyramid_is_enough_for_a_target():
    data = encode(ramp(size=(512, 1024)), EncodeOptions(format="tiff", pyramid=True, tile=64)).data
    loaded = load(data, "pyramid.tif", LoadOptions(target=256))
    assert loaded.header.frames > 1
    assert loaded.frames.width == 256
    assert load(data, "pyramid.tif").frames.width == 1024


def test_pages_of_a_tiff():
    target = BytesIO()
    pages = [Image.new("RGB", (40, 30), colour) for colour in ("red", "lime", "blue")]
    pages[0].save(target, "TIFF", save_all=True, append_images=pages[1:])
    data = target.getvalue()
    assert [tuple(load(data, "t", LoadOptions(page=page)).frames.pixels[0, 0]) for page in range(3)] == [
        (255, 0, 0),
        (0, 255, 0),
        (0, 0, 255),
    ]
    with pytest.raises(Error, match="has 3 pages, page 3 was asked"):
        load(data, "t", LoadOptions(page=3))


@pytest.mark.parametrize("format_", ["gif", "webp", "avif"])
def test_all_frames_of_an_animation(format_):
    frames = Frames(ramp(), more=(255 - ramp(), ramp()[::-1].copy()), delays=(40, 80, 120), loop=2)
    data = encode(frames, EncodeOptions(format=format_)).data
    found = load(data, "moving", LoadOptions(all_frames=True)).frames
    # AVIF does not say how often it plays.
    assert (len(found.more), found.delays, found.loop) == (2, (40, 80, 120), 0 if format_ == "avif" else 2)
    assert np.abs(load(data, "moving", LoadOptions(page=1)).frames.pixels[..., :3] - found.more[0][..., :3]).max() == 0
    assert np.abs(found.more[0].astype(int) - (255 - ramp().astype(int))).mean() < 12
    assert not load(data, "moving").frames.animated


def test_print_colours_become_screen_colours():
    data = encode(ramp(), EncodeOptions(format="tiff", profile="cmyk")).data
    found = load(data, "print.tif").frames
    assert (found.channels, found.icc) == (3, b"")
    assert np.abs(found.pixels.astype(int) - ramp()).mean() < 25  # print has fewer colours


def test_lab_becomes_rgb_at_sixteen_bits():
    lab = native.pyvips().Image.new_from_memory(ramp().tobytes(), 80, 48, 3, "uchar").copy(interpretation="srgb")
    data = lab.colourspace("labs").tiffsave_buffer(compression="deflate")
    found = load(bytes(data), "lab.tif").frames
    assert found.depth == 16
    assert np.abs(found.pixels / 257.0 - ramp()).max() < 2


@pytest.mark.parametrize(
    ("kind", "mode", "options"),
    [
        ("TGA", "RGB", {}),
        ("TGA", "RGB", {"compression": "tga_rle"}),
        ("TGA", "L", {}),
        ("JPEG2000", "RGB", {"irreversible": False}),
        ("PPM", "RGB", {}),
        ("BMP", "RGB", {}),
    ],
)
def test_formats_that_no_camera_writes(kind, mode, options):
    data = saved(kind, mode, **options)
    with Image.open(BytesIO(data)) as image:
        wanted = np.asarray(image)
    found = load(data, "x").frames.pixels
    assert np.array_equal(found[:, :, 0] if mode == "L" else found, wanted)
    record = ingest(data, name="x", limits=Limits())
    assert (record.width, record.height) == (80, 48)


def test_deep_jpeg_2000_and_netpbm():
    cv2 = native.cv2()
    for extension in (".jp2", ".ppm"):
        options = [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000] if extension == ".jp2" else []
        data = bytes(cv2.imencode(extension, np.ascontiguousarray(ramp("uint16")[:, :, ::-1]), options)[1])
        found = load(data, "deep" + extension)
        assert (found.frames.depth, found.header.bit_depth) == (16, 16)
        assert np.abs(found.frames.pixels.astype(int) - ramp("uint16")).mean() < 40


def test_radiance_keeps_what_is_brighter_than_white():
    bright = ramp("float32") * 8
    data = bytes(native.cv2().imencode(".hdr", np.ascontiguousarray(light(bright)[:, :, ::-1]))[1])
    found = load(data, "sky.hdr").frames.pixels
    assert found.max() > 6
    assert np.abs(found - bright).mean() < 0.03  # the three share an exponent
    shown = ingest(data, name="sky.hdr", limits=Limits())
    assert shown.quality.brightness > 0


def test_photoshop_is_flattened():
    header = b"8BPS\0\1" + bytes(6) + (3).to_bytes(2, "big") + (48).to_bytes(4, "big") + (80).to_bytes(4, "big")
    planes = np.ascontiguousarray(ramp().transpose(2, 0, 1)).tobytes()
    data = header + (8).to_bytes(2, "big") + (3).to_bytes(2, "big") + bytes(12) + bytes(2) + planes
    assert np.array_equal(load(data, "flat.psd").frames.pixels, ramp())


DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="60" height="40">'
    '<rect width="30" height="40" fill="#ff0000"/>{}</svg>'
)


def test_a_drawing_is_drawn_at_the_size_that_is_wanted():
    data = DRAWING.format("").encode()
    found = load(data, "d.svg", LoadOptions(target=60)).frames
    assert (found.width, found.height) == (60, 40)
    assert tuple(found.pixels[20, 10]) == (255, 0, 0, 255)
    assert found.pixels[20, 50, 3] == 0
    huge = DRAWING.format("").replace('width="60" height="40"', 'width="90000" height="60000"', 1).encode()
    assert codecs.probe(huge, "huge.svg").width == 4096


@pytest.mark.parametrize(
    "inside",
    [
        '<image xlink:href="file:///etc/passwd"/>',
        '<image href="http://example.com/a.png" width="9"/>',
        "<image href='../secret.png'/>",
        '<rect fill="url(http://example.com/x#y)"/>',
        "<style>@import 'http://example.com/x.css';</style>",
        '<use xlink:href="other.svg#a"/>',
    ],
)
def test_a_drawing_that_refers_outside_is_refused(inside):
    with pytest.raises(Error, match="outside itself") as refused:
        codecs.probe(DRAWING.format(inside).encode(), "d.svg")
    assert refused.value.code == "image_unsupported"


def test_a_drawing_made_of_entities_is_refused():
    entities = '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    with pytest.raises(Error, match="entities made of entities"):
        codecs.probe((entities + DRAWING.format("<text>&b;</text>")).encode(), "d.svg")
    outside = '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    with pytest.raises(Error, match="outside itself"):
        codecs.probe((outside + DRAWING.format("")).encode(), "d.svg")


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"qoif" + bytes(60), "QOI"),
        (b"8BPS\0\2" + bytes(60), "PSB"),
    ],
)
def test_what_cannot_be_read_here_is_named(data, word):
    with pytest.raises(Error, match=word) as refused:
        load(data, "x")
    assert refused.value.code == "image_unsupported"


def test_twelve_bit_jpeg_is_refused_in_words():
    data = bytearray(encode(ramp(), EncodeOptions()).data)
    data[data.index(b"\xff\xc0") + 4] = 12
    with pytest.raises(Error, match="12 bits a sample") as refused:
        load(bytes(data), "deep.jpg")
    assert refused.value.code == "image_unsupported"


def test_what_is_no_targa_is_not_taken_for_one():
    chance = np.random.default_rng(3)
    for _ in range(300):
        with pytest.raises(Error) as refused:
            codecs.probe(b"\0" + chance.bytes(400), "noise")
        assert refused.value.code != "internal"


def test_the_curve_goes_beyond_white_and_back():
    values = np.linspace(-2, 20, 1000, dtype=np.float32)
    assert np.abs(light(curve(values)) - values).max() < 1e-4


@pytest.mark.parametrize("space", ["adobe", "prophoto"])
def test_our_profiles_are_understood_by_a_colour_engine(space):
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(BytesIO(rgb_profile(space)))
    made = ImageCms.profileToProfile(Image.new("RGB", (4, 4), (0, 200, 0)), profile, ImageCms.createProfile("sRGB"))
    assert made.getpixel((0, 0))[0] == 0  # a green that sRGB does not have
    grey = ImageCms.profileToProfile(Image.new("RGB", (4, 4), (128,) * 3), profile, ImageCms.createProfile("sRGB"))
    assert max(grey.getpixel((0, 0))) - min(grey.getpixel((0, 0))) <= 2


def test_raw_options_have_ranges():
    with pytest.raises(ValueError, match="less than or equal to 3"):
        RawOptions(exposure=9)

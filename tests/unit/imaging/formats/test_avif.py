"""AVIF at all depths, with what it tells of its colours, as two libraries write and read it."""

from __future__ import annotations

import contextlib
from io import BytesIO

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from darkroom.errors import Error
from darkroom.imaging import libavif
from darkroom.imaging.cicp import HLG, PQ, Cicp, cicp_of, fitted, to_shown
from darkroom.imaging.codecs import decode, probe
from darkroom.imaging.colour import profile_name
from darkroom.imaging.formats.encode import encode
from darkroom.imaging.formats.frames import Frames
from darkroom.imaging.formats.load import LoadOptions, load
from darkroom.imaging.formats.metadata.carry import Carry
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.formats.prepare import built_in
from darkroom.imaging.ingest import ingest
from darkroom.imaging.limits import Limits
from darkroom.imaging.metadata import Blocks
from darkroom.imaging.recipes.compile import compile_recipe
from darkroom.imaging.recipes.read import parse_recipe
from darkroom.imaging.recipes.run import run_recipe
from tests.boxed import grid, recoloured
from tests.unit.imaging.formats.test_encode import ramp


def scene(channels: int = 3, *, width: int = 200, height: int = 140) -> np.ndarray:
    """Slopes, an edge and a little grain: what a photograph asks of an encoder."""
    pixels = ramp(channels, width=width, height=height).astype(float)
    grain = np.random.default_rng(5).normal(0, 2, (height, width, 1))
    pixels[:, :, : 3 if channels >= 3 else 1] += grain
    pixels[30:60, 40:90, : 3 if channels >= 3 else 1] *= 0.4
    return pixels.clip(0, 255).astype(np.uint8)


def written(pixels: np.ndarray, icc: bytes = b"", **options: object) -> bytes:
    return encode(Frames.of(pixels, icc), EncodeOptions.checked(format="avif", **options)).data


def by_pillow(data: bytes) -> np.ndarray:
    with Image.open(BytesIO(data)) as image:
        return np.asarray(image)


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("encoder", ["libvips", "Pillow"])
@pytest.mark.parametrize("subsampling", ["420", "444"])
def test_what_one_library_writes_both_read_alike(encoder, subsampling, channels):
    data = written(scene(channels), encoder=encoder, subsampling=subsampling, quality=80)
    ours, theirs = load(data, "a.avif").frames.pixels.astype(int), by_pillow(data).astype(int)
    assert ours.shape == theirs.shape == scene(channels).shape
    inner = np.s_[2:-2, 2:-2]
    assert np.abs(ours - theirs)[inner].mean() < 0.8  # rounding, and how colour of half the resolution is widened
    for seen in (ours, theirs):
        assert np.abs(seen - scene(channels)).mean() < 3
    if subsampling == "444":
        assert np.abs(ours - theirs).max() <= 3


@pytest.mark.parametrize("bits", [8, 10, 12])
@pytest.mark.parametrize("channels", [3, 4])
def test_every_depth_comes_back_as_exactly_as_it_can(bits, channels):
    pixels = ramp(channels, "uint8" if bits == 8 else "uint16")
    pixels[:4] = np.iinfo(pixels.dtype).max
    made = encode(pixels, EncodeOptions(format="avif", lossless=True, bit_depth=bits))
    found = load(made.data, "deep.avif")
    step = np.iinfo(pixels.dtype).max / ((1 << bits) - 1)
    assert made.bit_depth == found.header.bit_depth == bits
    assert found.frames.pixels.dtype == pixels.dtype
    assert np.abs(found.frames.pixels.astype(int) - pixels).max() <= (0 if bits == 8 else step + 1)
    assert found.frames.pixels[:4].min() == np.iinfo(pixels.dtype).max  # white is white


def test_speeds_and_qualities_are_what_they_are_called():
    sizes = {
        name: len(written(scene(), **options))
        for name, options in {
            "smallest": {"quality": 45, "effort": 6},
            "web": {"quality": 60},
            "archive": {"quality": 85, "subsampling": "444", "bit_depth": 10},
            "lossless": {"lossless": True, "subsampling": "444"},
        }.items()
    }
    assert sorted(sizes.values()) == [sizes[name] for name in ("smallest", "web", "archive", "lossless")]


def test_what_the_second_encoder_cannot_is_refused_beyond_the_first_ones_side():
    wide = np.zeros((2, 17_000, 3), np.uint16)
    with pytest.raises(Error, match="a side of 17,000 pixels, 16,384 is the most") as refused:
        encode(wide, EncodeOptions(format="avif", bit_depth=10))
    assert "Pillow: it writes 8 bits a sample" in str(refused.value)
    assert encode(wide, EncodeOptions(format="avif", bit_depth=8)).encoder == "Pillow"


def test_a_profile_comes_along_and_metadata_beside_it():
    data = encode(
        Frames.of(scene(), built_in("p3")),
        EncodeOptions(format="avif", profile="keep"),
        metadata=Carry(Blocks(xmp=b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>')),
    ).data
    found = load(data, "p3.avif")
    assert found.frames.icc == built_in("p3")
    assert b"xmpmeta" in found.header.blocks.xmp


def patch(colour: tuple[float, float, float], dtype: str = "uint8") -> np.ndarray:
    return np.tile(np.rint(np.array(colour) * np.iinfo(dtype).max).astype(dtype), (64, 64, 1))


def seen(data: bytes) -> np.ndarray:
    """The middle of what a gallery would show."""
    return decode(data, probe(data, "picture"), 64, "picture").colour[32, 32].astype(int)


@pytest.mark.parametrize("bits", [8, 10])
def test_display_p3_told_by_numbers_looks_as_told_by_a_profile(bits):
    pixels = patch((0.8, 0.3, 0.2), "uint8" if bits == 8 else "uint16")
    plain = written(pixels, lossless=True, bit_depth=bits)
    by_profile = written(pixels, built_in("p3"), lossless=True, bit_depth=bits, profile="keep")
    numbers = recoloured(plain, 12, 13)
    assert np.abs(seen(numbers) - seen(by_profile)).max() <= 1
    assert np.abs(seen(numbers) - seen(plain)).max() > 8
    assert ingest(numbers, name="p3.avif", limits=Limits()).profile == "Display P3"
    converted = encode(load(numbers, "x.avif").frames, EncodeOptions(format="png", bit_depth=8)).data
    assert np.abs(by_pillow(converted)[32, 32].astype(int) - seen(by_profile)).max() <= 2


# From BT.2020 to BT.709, of BT.2087.
_NARROWER = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]])


def srgb(light: np.ndarray) -> np.ndarray:
    size = light.clip(0, None)
    return np.where(size <= 0.0031308, size * 12.92, 1.055 * size ** (1 / 2.4) - 0.055)


def linear(values: np.ndarray) -> np.ndarray:
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


@pytest.mark.parametrize(("transfer", "to_light"), [(14, linear), (8, lambda values: values), (4, lambda v: v**2.2)])
def test_bt_2020_and_other_curves_are_shown_in_their_colours(transfer, to_light):
    colour = np.array([0.5, 0.45, 0.35])
    data = recoloured(written(patch(tuple(colour), "uint16"), lossless=True, bit_depth=12), 9, transfer)
    wanted = srgb(_NARROWER @ to_light(colour)) * 255
    assert np.abs(seen(data) - wanted).max() <= 1.5


def pq(nits: np.ndarray) -> np.ndarray:
    """ST 2084, the way in."""
    root = (nits / 10_000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * root) / (1 + 18.6875 * root)) ** 78.84375


def test_light_of_pq_goes_beyond_white_and_is_shown():
    nits = np.array([[[50.0, 80.0, 30.0], [203.0, 203.0, 203.0], [1_000.0, 900.0, 700.0]]]).repeat(24, axis=1)
    wide = np.linalg.inv(_NARROWER) @ nits[..., None]
    pixels = np.rint(pq(wide[..., 0]) * 65_535).astype(np.uint16).repeat(64, axis=0)
    data = recoloured(written(pixels, lossless=True, bit_depth=12), 9, PQ)
    found = load(data, "hdr.avif")
    wanted = srgb(nits / 203)[0, [12, 36, 60]]
    assert found.header.light == Cicp(9, PQ, True)
    assert found.frames.pixels.dtype == np.float32
    assert np.abs(found.frames.pixels[32, [12, 36, 60]] - wanted).max() < 0.01
    picture = ingest(data, name="hdr.avif", limits=Limits())
    assert (picture.profile, picture.bit_depth) == ("BT.2020 PQ", 12)
    shown = decode(data, found.header, 72, "hdr.avif").colour[32, [12, 36, 60]].astype(float)
    assert np.abs(shown[0] - wanted[0] * 255).max() < 2  # darker than the knee: as it is
    assert wanted[0].max() < 0.75
    assert 200 < shown[1].min() < shown[2].max() <= 255  # white paper is bright, the lamp brighter
    assert shown[2][0] > shown[2][1] > shown[2][2]


def test_white_paper_of_hlg_is_white():
    data = recoloured(written(patch((0.75, 0.75, 0.75), "uint16"), lossless=True, bit_depth=12), 9, HLG)
    assert load(data, "hlg.avif").frames.pixels[32, 32] == pytest.approx([1, 1, 1], abs=0.01)
    assert ingest(data, name="hlg.avif", limits=Limits()).profile == "BT.2020 HLG"


def test_fitting_keeps_hues_and_leaves_what_fits():
    assert np.array_equal(fitted(np.full((8, 8, 3), 0.6, np.float32)), np.full((8, 8, 3), 153))
    bright = np.tile(np.array([3.0, 1.5, 0.75], np.float32), (8, 8, 1))
    assert fitted(bright)[4, 4] == pytest.approx([255, 127.5, 63.75], abs=1)
    alpha = to_shown(np.full((4, 4, 4), 40_000, np.uint16), Cicp(9, PQ))
    assert alpha[0, 0, 3] == pytest.approx(40_000 / 65_535)


@pytest.mark.parametrize("alpha", [False, True])
def test_grey_in_the_range_of_video_is_black_and_white(alpha):
    pixels = scene(2 if alpha else 1)
    target = BytesIO()
    Image.fromarray(pixels if alpha else pixels[:, :, 0], "LA" if alpha else "L").save(
        target, "AVIF", range="limited", quality=95
    )
    data = target.getvalue()
    found = load(data, "grey.avif").frames
    assert cicp_of(data) is not None
    assert np.abs(found.pixels[:, :, 0].astype(int) - pixels[:, :, 0]).mean() < 1.5
    assert found.pixels[:, :, 0].max() > 245


def test_a_picture_made_of_tiles_is_one_picture():
    whole = scene(width=256, height=192)
    tiles = [
        written(whole[y : y + 96, x : x + 128], lossless=True, subsampling="444") for y in (0, 96) for x in (0, 128)
    ]
    data = grid(tiles, 2, 250, 190)
    found = load(data, "phone.avif")
    assert (found.header.width, found.header.height) == (250, 190)
    assert np.array_equal(found.frames.pixels, whole[:190, :250])
    assert np.array_equal(by_pillow(data), whole[:190, :250])  # libavif agrees that this is how tiles are told
    wide = recoloured(data, 12, 13)
    assert load(wide, "phone.avif").frames.icc


def test_numbers_that_make_no_sense_change_nothing():
    data = written(scene(), lossless=True)
    strange = recoloured(data, 250, 251)
    assert np.array_equal(load(strange, "a.avif").frames.pixels, load(data, "a.avif").frames.pixels)
    for cut in range(0, 300, 7):
        cicp_of(data[:cut])


def deep_film(bits: int, channels: int) -> tuple[bytes, np.ndarray]:
    """Two frames without loss, and what they show, from 0 to 1; they stay for a second each."""
    first = ramp(channels, "uint16").astype(np.uint32) >> (16 - bits)
    frames = np.stack([first, (1 << bits) - 1 - first]).astype(np.uint16)
    data = imagecodecs.avif_encode(frames, level=100, bitspersample=bits, pixelformat="400" if channels == 1 else "444")
    return data, frames / ((1 << bits) - 1)


@pytest.mark.parametrize("bits", [10, 12])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_frames_of_a_deep_film_keep_their_depth(bits, channels):
    data, wanted = deep_film(bits, channels)
    found = load(data, "film.avif", LoadOptions(all_frames=True))
    assert (found.header.frames, found.header.bit_depth, found.frames.delays) == (2, bits, (1_000, 1_000))
    for frame, shown in zip(found.frames.each, wanted, strict=True):
        assert frame.dtype == np.uint16
        assert np.abs(frame / 65_535 - shown).max() < 0.1 / (1 << bits)
    second = load(data, "film.avif", LoadOptions(page=1)).frames
    assert np.array_equal(second.pixels, found.frames.more[0])


def test_light_of_a_deep_film_goes_beyond_white():
    nits = np.array([[50.0, 80.0, 30.0], [203.0, 203.0, 203.0], [1_000.0, 900.0, 700.0]])
    wide = np.linalg.inv(_NARROWER) @ nits[None].repeat(24, axis=1)[..., None]
    first = np.rint(pq(wide[..., 0]) * 1_023).astype(np.uint16).repeat(64, axis=0)
    data = imagecodecs.avif_encode(np.stack([first, first[:, ::-1]]), level=100, bitspersample=10, pixelformat="444")
    found = load(recoloured(data, 9, PQ), "film.avif", LoadOptions(all_frames=True)).frames
    assert np.abs(found.more[0][32, [60, 36, 12]] - srgb(nits / 203)).max() < 0.03


def test_a_deep_film_is_read_at_eight_bits_only_where_the_library_is_not_known_and_says_so(monkeypatch):
    data, wanted = deep_film(10, 3)
    recipe = parse_recipe("name: w\noperations: [flip]\noutput: {format: webp}\n", "w", folder=None)
    assert "10 bits were read at 8" not in run_recipe(compile_recipe(recipe), data, "film.avif").notes
    monkeypatch.setattr(libavif, "library", lambda: None)
    found = load(data, "film.avif", LoadOptions(all_frames=True)).frames
    assert (found.pixels.dtype, found.delays) == (np.uint8, (1_000, 1_000))
    assert np.abs(found.more[0] / 255 - wanted[1]).max() < 0.01
    made = run_recipe(compile_recipe(recipe), data, "film.avif")
    assert made.encoded.frames == 2
    assert "10 bits were read at 8" in made.notes


def test_a_damaged_film_costs_no_more_than_an_error():
    data, _ = deep_film(10, 3)
    draw = np.random.default_rng(7)
    cut = [data[:at] for at in draw.integers(len(data) // 4, len(data), 20)]
    bent = [bytearray(data) for _ in range(60)]
    for one in bent:
        for at in draw.integers(300, len(data), 6):
            one[at] = int(draw.integers(256))
    for broken in (*cut, *map(bytes, bent)):
        with contextlib.suppress(Error):
            frames = load(broken, "film.avif", LoadOptions(all_frames=True)).frames
            assert all(one.shape[:2] == frames.pixels.shape[:2] for one in frames.each)


def test_frames_of_a_moving_one_are_read_with_their_colours():
    frames = Frames(scene(), b"", (255 - scene(),), (40, 60))
    data = encode(frames, EncodeOptions(format="avif", quality=80)).data
    assert load(data, "film.avif").header.frames == 2
    both = load(data, "film.avif", LoadOptions(all_frames=True)).frames
    assert len(both.more) == 1
    assert np.abs(both.more[0].astype(int) - (255 - scene())).mean() < 4
    wide = load(recoloured(data, 12, 13), "film.avif", LoadOptions(all_frames=True)).frames
    assert profile_name(wide.icc) == "Display P3"
    bright = load(recoloured(data, 9, PQ), "film.avif", LoadOptions(page=1)).frames
    assert bright.pixels.dtype == np.float32
    assert bright.pixels.max() > 1

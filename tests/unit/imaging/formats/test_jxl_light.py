"""JPEG XL whose colours are told by numbers: wide ones, and light beyond white, with loss and without."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from darkroom.imaging import libjxl
from darkroom.imaging.cicp import HLG, PQ, Cicp
from darkroom.imaging.codecs import decode, probe
from darkroom.imaging.formats.load import load
from darkroom.imaging.formats.writers import jxl
from darkroom.imaging.ingest import ingest
from darkroom.imaging.limits import Limits
from tests.unit.imaging.formats.test_avif import _NARROWER, linear, patch, pq, srgb

pytestmark = pytest.mark.skipif(libjxl.library() is None, reason="libjxl is missing")
_P3, _BT_2100 = 11, 9
_NITS = np.array([[50.0, 80.0, 30.0], [203.0, 203.0, 203.0], [1_000.0, 900.0, 700.0]])


def written(pixels: np.ndarray, primaries: int, transfer: int, *, lossless: bool) -> bytes:
    """A JPEG XL with these numbers of libjxl."""
    library, info, colours = libjxl.library(), libjxl.BasicInfo(), libjxl.ColourEncoding()
    with jxl._encoder(library) as encoder:
        library.JxlEncoderInitBasicInfo(ctypes.byref(info))
        info.ysize, info.xsize, channels = pixels.shape
        info.bits_per_sample, info.num_color_channels = 16, 3 if channels >= 3 else 1
        if channels in (2, 4):
            info.num_extra_channels, info.alpha_bits = 1, 16
        info.uses_original_profile = int(lossless)
        library.JxlEncoderSetCodestreamLevel(encoder, 10)
        jxl._must(library.JxlEncoderSetBasicInfo(encoder, ctypes.byref(info)), "the sizes")
        library.JxlColorEncodingSetToSRGB(ctypes.byref(colours), int(channels < 3))
        colours.primaries, colours.transfer = primaries, transfer
        jxl._must(library.JxlEncoderSetColorEncoding(encoder, ctypes.byref(colours)), "the colours")
        settings = ctypes.c_void_p(library.JxlEncoderFrameSettingsCreate(encoder, None))
        if lossless:
            jxl._must(library.JxlEncoderSetFrameLossless(settings, 1), "lossless")
        else:
            jxl._must(library.JxlEncoderSetFrameDistance(settings, ctypes.c_float(0.1)), "the quality")
        jxl._add(library, settings, pixels, None)
        library.JxlEncoderCloseInput(encoder)
        return jxl._made(library, encoder)


def seen(data: bytes) -> np.ndarray:
    """The middle of what a gallery would show."""
    return decode(data, probe(data, "x.jxl"), 64, "x.jxl").colour[32, 32].astype(int)


@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("alpha", [False, True])
def test_light_of_pq_goes_beyond_white_and_is_shown(lossless: bool, alpha: bool) -> None:
    wide = np.linalg.inv(_NARROWER) @ _NITS[None].repeat(24, axis=1)[..., None]
    pixels = np.rint(pq(wide[..., 0]) * 65_535).astype(np.uint16).repeat(64, axis=0)
    if alpha:
        pixels = np.concatenate([pixels, np.full_like(pixels[:, :, :1], 40_000)], axis=2)
    data = written(pixels, _BT_2100, PQ, lossless=lossless)
    found, wanted = load(data, "hdr.jxl"), srgb(_NITS / 203)
    assert found.header.light == Cicp(9, PQ)
    assert found.frames.icc == b""
    assert np.abs(found.frames.pixels[32, [12, 36, 60], :3] - wanted).max() < 0.01
    if alpha:
        assert found.frames.pixels[32, 32, 3] == pytest.approx(40_000 / 65_535, abs=0.001)
    assert ingest(data, name="hdr.jxl", limits=Limits()).profile == "BT.2020 PQ"
    shown = decode(data, found.header, 72, "hdr.jxl").colour[32, [12, 36, 60], :3].astype(float)
    if not alpha:
        assert np.abs(shown[0] - wanted[0] * 255).max() < 3  # darker than the knee: as it is
        assert 200 < shown[1].min() < shown[2].max() <= 255


@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("channels", [1, 3])
def test_white_paper_of_hlg_is_white(lossless: bool, channels: int) -> None:
    data = written(patch((0.75,) * channels, "uint16"), _BT_2100, HLG, lossless=lossless)
    assert load(data, "hlg.jxl").frames.pixels[32, 32] == pytest.approx([1] * channels, abs=0.01)
    assert (seen(data) == 255).all()


@pytest.mark.parametrize("lossless", [False, True])
def test_wide_colours_are_shown(lossless: bool) -> None:
    p3, wide = np.array([0.8, 0.3, 0.2]), np.array([0.5, 0.45, 0.35])
    # From Display P3 to sRGB, both under D65 (SMPTE EG 432-1 and IEC 61966-2-1).
    matrix = np.array([[1.2249, -0.2247, 0.0], [-0.0420, 1.0419, 0.0], [-0.0197, -0.0786, 1.0979]])
    for colour, primaries, narrower in ((p3, _P3, matrix), (wide, _BT_2100, _NARROWER)):
        data = written(patch(tuple(colour), "uint16"), primaries, libjxl.SRGB, lossless=lossless)
        assert np.abs(seen(data) - srgb(narrower @ linear(colour)) * 255).max() <= 2

"""HEIC that tells its colours by numbers: wide ones, other curves, and light beyond white, at 8 and 10 bits."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest

from darkroom.imaging.cicp import HLG, PQ, Cicp, cicp_of
from darkroom.imaging.codecs import decode
from darkroom.imaging.colour import profile_name
from darkroom.imaging.formats.encode import encode
from darkroom.imaging.formats.load import load
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.ingest import ingest
from darkroom.imaging.limits import Limits
from tests.unit.imaging.formats.test_avif import _NARROWER, by_pillow, linear, patch, pq, scene, seen, srgb
from tests.unit.imaging.formats.test_encode import ramp

pillow_heif = pytest.importorskip("pillow_heif", reason="HEIC is written by pillow-heif")
BT_2020_MATRIX = 9


def written(pixels: np.ndarray, primaries: int, transfer: int, *, full_range: bool = True) -> bytes:
    """A HEIC of 8 or 10 bits, nearly without loss, with these numbers of H.273."""
    mode = "RGB;16" if pixels.dtype == np.uint16 else "RGB"
    file = pillow_heif.from_bytes(mode, pixels.shape[1::-1], np.ascontiguousarray(pixels).tobytes())
    target = BytesIO()
    numbers = {"color_primaries": primaries, "transfer_characteristics": transfer, "full_range_flag": int(full_range)}
    file.save(target, quality=-1, chroma=444, matrix_coefficients=BT_2020_MATRIX if primaries == 9 else 6, **numbers)
    data = target.getvalue()
    assert cicp_of(data) == Cicp(primaries, transfer, full_range)
    return data


@pytest.mark.parametrize("full_range", [True, False])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_display_p3_is_shown_in_its_colours(dtype: str, full_range: bool) -> None:
    colour = np.array([0.8, 0.3, 0.2])
    data = written(patch(tuple(colour), dtype), 12, 13, full_range=full_range)
    # From Display P3 to sRGB, both under D65 (SMPTE EG 432-1 and IEC 61966-2-1).
    matrix = np.array([[1.2249, -0.2247, 0.0], [-0.0420, 1.0419, 0.0], [-0.0197, -0.0786, 1.0979]])
    wanted = srgb(matrix @ linear(colour)) * 255
    assert np.abs(seen(data) - wanted).max() <= 3  # the file keeps YCbCr, where a level more or less is nothing
    found = load(data, "p3.heic")
    assert profile_name(found.frames.icc) == "Display P3"
    assert found.frames.pixels.dtype == dtype
    assert ingest(data, name="p3.heic", limits=Limits()).profile == "Display P3"
    converted = encode(found.frames, EncodeOptions(format="png", bit_depth=8)).data
    assert np.abs(by_pillow(converted)[32, 32] - wanted).max() <= 3


@pytest.mark.parametrize(("transfer", "to_light"), [(14, linear), (4, lambda values: values**2.2)])
def test_bt_2020_and_other_curves_are_shown_in_their_colours(transfer, to_light) -> None:
    colour = np.array([0.5, 0.45, 0.35])
    data = written(patch(tuple(colour), "uint16"), 9, transfer, full_range=False)
    assert np.abs(seen(data) - srgb(_NARROWER @ to_light(colour)) * 255).max() <= 2.5


@pytest.mark.parametrize("full_range", [True, False])
def test_light_of_pq_goes_beyond_white_and_is_shown(full_range: bool) -> None:
    nits = np.array([[[50.0, 80.0, 30.0], [203.0, 203.0, 203.0], [1_000.0, 900.0, 700.0]]]).repeat(24, axis=1)
    wide = (np.linalg.inv(_NARROWER) @ nits[..., None])[..., 0]
    data = written(np.rint(pq(wide) * 65_535).astype(np.uint16).repeat(64, axis=0), 9, PQ, full_range=full_range)
    found = load(data, "hdr.heic")
    wanted = srgb(nits / 203)[0, [12, 36, 60]]
    assert found.header.light == Cicp(9, PQ, full_range)
    assert found.frames.pixels.dtype == np.float32
    assert np.abs(found.frames.pixels[32, [12, 36, 60]] - wanted).max() < 0.03  # ten bits of PQ are a hundredth apart
    picture = ingest(data, name="hdr.heic", limits=Limits())
    assert (picture.profile, picture.bit_depth) == ("BT.2020 PQ", 10)
    shown = decode(data, found.header, 72, "hdr.heic").colour[32, [12, 36, 60]].astype(float)
    assert np.abs(shown[0] - wanted[0] * 255).max() < 4
    assert 200 < shown[1].min() < shown[2].max() <= 255


def test_white_paper_of_hlg_is_white() -> None:
    data = written(patch((0.75, 0.75, 0.75), "uint16"), 9, HLG)
    assert load(data, "hlg.heic").frames.pixels[32, 32] == pytest.approx([1, 1, 1], abs=0.02)
    assert ingest(data, name="hlg.heic", limits=Limits()).profile == "BT.2020 HLG"


def test_numbers_that_say_the_usual_change_nothing() -> None:
    data = written(scene(), 1, 13)
    found = load(data, "usual.heic").frames
    assert found.icc == b""
    assert np.abs(found.pixels.astype(int) - scene()).max() <= 2


@pytest.mark.parametrize("bits", [8, 10, 12])
@pytest.mark.parametrize("alpha", [False, True])
def test_grey_in_the_range_of_video_is_black_and_white(monkeypatch, bits: int, alpha: bool) -> None:
    monkeypatch.setattr(pillow_heif.options, "SAVE_HDR_TO_12_BIT", bits == 12)
    top, shift = (65_535, 16 - bits) if bits > 8 else (255, 0)
    wide = ramp(1, "uint16" if bits > 8 else "uint8")
    wide[:8], wide[-8:] = 0, top
    narrow = np.rint((wide / top * 219 + 16) * (1 << (bits - 8))).astype(wide.dtype) << shift
    given = np.concatenate([narrow, np.full_like(narrow, top)], axis=2) if alpha else narrow
    mode = ("LA" if alpha else "L") + (";16" if bits > 8 else "")
    found = []
    for full_range in (0, 1):  # libheif writes grey as it is, whatever it says of it
        target = BytesIO()
        image = pillow_heif.from_bytes(mode, given.shape[1::-1], given.tobytes())
        image.save(target, quality=-1, color_primaries=1, transfer_characteristics=13, full_range_flag=full_range)
        found.append(load(target.getvalue(), "grey.heic").frames.pixels[:, :, 0])
    assert np.abs(found[0].astype(float) - wide[:, :, 0]).max() / top < 0.02
    assert (found[0][:6].max(), found[0][-6:].min()) == (0, top)
    assert int(found[1].min()) == pytest.approx(int(narrow.min()), rel=0.01)

"""PNG whose colours are told by numbers (cICP of its third edition)."""

from __future__ import annotations

import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from darkroom.imaging.cicp import Cicp
from darkroom.imaging.codecs import decode, probe
from darkroom.imaging.formats.encode import encode
from darkroom.imaging.formats.load import load
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.formats.prepare import built_in
from darkroom.imaging.ingest import ingest
from darkroom.imaging.limits import Limits
from darkroom.imaging.png import MAX_CHUNKS, coding_of_png

PQ = 16
BEHIND_HEADER = 33


def chunk(kind: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")


def told(data: bytes, *numbers: int) -> bytes:
    """The file with numbers right behind its header."""
    return data[:BEHIND_HEADER] + chunk(b"cICP", bytes(numbers)) + data[BEHIND_HEADER:]


def written(pixels: np.ndarray, icc: bytes = b"") -> bytes:
    options = EncodeOptions(format="png", profile="keep", bit_depth=16 if pixels.dtype == np.uint16 else 8)
    return encode(pixels, options, icc=icc).data


def patch(colour: tuple[float, float, float], dtype: str = "uint8") -> np.ndarray:
    return np.tile(np.rint(np.array(colour) * np.iinfo(dtype).max).astype(dtype), (64, 64, 1))


def seen(data: bytes) -> np.ndarray:
    """The middle of what a gallery would show."""
    return decode(data, probe(data, "x.png"), 64, "x.png").colour[32, 32].astype(int)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_display_p3_told_by_numbers_looks_as_told_by_a_profile(dtype):
    plain = written(patch((0.8, 0.3, 0.2), dtype))
    by_profile = written(patch((0.8, 0.3, 0.2), dtype), built_in("p3"))
    numbers = told(plain, 12, 13, 0, 1)
    assert np.abs(seen(numbers) - seen(by_profile)).max() <= 1
    assert np.abs(seen(numbers) - seen(plain)).max() > 8
    assert ingest(numbers, name="p3.png", limits=Limits()).profile == "Display P3"
    converted = encode(load(numbers, "x.png").frames, EncodeOptions(format="jpeg", quality=100)).data
    assert np.abs(np.asarray(Image.open(BytesIO(converted)))[32, 32].astype(int) - seen(by_profile)).max() <= 3


def test_numbers_count_more_than_a_profile_beside_them():
    pixels = patch((0.8, 0.3, 0.2))
    both = told(written(pixels, built_in("p3")), 1, 13, 0, 1)
    assert np.abs(seen(both) - pixels[0, 0]).max() <= 1
    assert load(both, "x.png").frames.icc == b""


def test_light_of_pq_goes_beyond_white():
    nits = np.array([50.0, 203.0, 1_000.0])
    root = (nits / 10_000) ** 0.1593017578125
    coded = ((0.8359375 + 18.8515625 * root) / (1 + 18.6875 * root)) ** 78.84375
    pixels = np.rint(coded * 65_535).astype(np.uint16).repeat(24)[None, :, None].repeat(40, axis=0).repeat(3, axis=2)
    data = told(written(pixels), 9, PQ, 0, 1)
    found = load(data, "hdr.png")
    assert found.header.light == Cicp(9, PQ, True)
    middle = found.frames.pixels[20, [12, 36, 60], 1]
    share = nits / 203
    wanted = np.where(share <= 0.0031308, share * 12.92, 1.055 * share ** (1 / 2.4) - 0.055)
    assert np.abs(middle - wanted).max() < 0.01
    assert ingest(data, name="hdr.png", limits=Limits()).profile == "BT.2020 PQ"


@pytest.mark.parametrize(
    "numbers", [(1, 13, 0, 1), (2, 2, 0, 1), (255, 255, 0, 1), (12, 13, 0, 0), (12, 13, 9, 1), (12, 13, 0), ()]
)
def test_other_numbers_change_nothing(numbers):
    plain = written(patch((0.8, 0.3, 0.2)))
    assert np.abs(seen(told(plain, *numbers)) - seen(plain)).max() <= 1


def test_numbers_behind_the_pixels_count_for_nothing():
    plain = written(patch((0.8, 0.3, 0.2)))
    late = plain[:-12] + chunk(b"cICP", bytes((12, 13, 0, 1))) + plain[-12:]
    assert coding_of_png(late) == b""
    assert (seen(late) == seen(plain)).all()
    assert coding_of_png(told(plain, 12, 13, 0, 1)[:40]) == b""
    many = plain[:BEHIND_HEADER] + chunk(b"tEXt", b"a\0b") * MAX_CHUNKS + told(plain, 12, 13, 0, 1)[BEHIND_HEADER:]
    assert coding_of_png(many) == b""

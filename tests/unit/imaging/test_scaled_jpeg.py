"""Our own decoder of JPEGs at a fraction of their size: right, refusing what it does not know, safe against any bytes."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import simplejpeg
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from darkroom.errors import Error
from darkroom.imaging import scaled_jpeg, turbo
from darkroom.imaging.compiled import build, opened
from darkroom.imaging.formats.load import LoadOptions, load
from darkroom.imaging.jpeg import read_jpeg
from tests.unit.imaging.test_lanczos import defined

pytestmark = pytest.mark.skipif(not scaled_jpeg.available(), reason="the decoder is not built: no C compiler here")
FACTORS = (2, 4, 8)
SUBSAMPLINGS = ("4:4:4", "4:2:2", "4:2:0", "4:4:0")


def photo(width: int, height: int, seed: int = 0) -> np.ndarray[Any, Any]:
    """Smooth colours with grain: what a camera gives."""
    rng = np.random.default_rng(seed)
    down, across = height // 64 + 2, width // 64 + 2
    coarse = rng.integers(20, 235, (down, across, 3)).astype(np.float32)
    smooth = cv2.resize(coarse, (across * 64, down * 64), interpolation=cv2.INTER_CUBIC)[:height, :width]
    return np.clip(smooth + rng.normal(0, 4, (height, width, 1)), 0, 255).astype(np.uint8)


def written(pixels: np.ndarray[Any, Any], **options: Any) -> bytes:
    """A JPEG by Pillow."""
    target = BytesIO()
    Image.fromarray(pixels).save(target, "JPEG", **{"quality": 88, **options})
    return target.getvalue()


def decoded(data: bytes, factor: int, size: tuple[int, int] | None = None) -> np.ndarray[Any, Any] | None:
    """By our decoder."""
    info = read_jpeg(data, "picture")
    return scaled_jpeg.decode(data, (info.height, info.width, info.components), factor, size)


def whole(data: bytes) -> np.ndarray[Any, Any]:
    """Every pixel, by libjpeg-turbo."""
    return np.asarray(Image.open(BytesIO(data)))


def reduced(plane: np.ndarray[Any, Any], factor: int) -> np.ndarray[Any, Any]:
    """What the definition asks for: of each block of eight the lowest frequencies, weighed, in fewer points."""
    points = 8 // factor
    weights = np.array({1: [1], 2: [1, 0.91], 4: [1, 1, 0.97, 0.83]}[points])
    height, width = plane.shape
    padded = np.pad(plane.astype(np.float64), ((0, -height % 8), (0, -width % 8)), mode="edge")
    made = np.empty((padded.shape[0] // factor, padded.shape[1] // factor))
    for y in range(0, padded.shape[0], 8):
        for x in range(0, padded.shape[1], 8):
            low = cv2.dct(padded[y : y + 8, x : x + 8])[:points, :points] * np.outer(weights, weights) * points / 8
            made[y // factor : y // factor + points, x // factor : x // factor + points] = (
                cv2.idct(low) if points > 1 else low
            )
    return made[: -(-height // factor), : -(-width // factor)]


@pytest.mark.parametrize("factor", FACTORS)
def test_grey_is_the_lowest_frequencies_of_each_block(factor: int) -> None:
    data = written(photo(157, 90)[:, :, 0], quality=95)
    found = decoded(data, factor)
    assert found is not None
    # Of the whole picture only rounded and clipped levels are known; whole blocks, for padding is the encoder's.
    inner = (slice(0, 88 // factor), slice(0, 152 // factor))
    away = np.abs(found[:, :, 0].astype(float) - reduced(whole(data), factor))[inner]
    assert away.max() <= 1.6
    assert away.mean() < 0.35


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("subsampling", SUBSAMPLINGS)
def test_colours_are_those_of_the_whole_picture(subsampling: str, factor: int) -> None:
    for width, height in ((160, 96), (61, 47), (17, 33), (8, 8), (5, 1), (1, 1)):
        data = simplejpeg.encode_jpeg(
            np.ascontiguousarray(photo(width, height, 3)), quality=92, colorsubsampling=subsampling.replace(":", "")
        )
        found = decoded(data, factor)
        assert found is not None
        assert found.shape == (-(-height // factor), -(-width // factor), 3)
        rows, columns = height // factor * factor, width // factor * factor
        if rows and columns:
            parts = (
                whole(data)[:rows, :columns].astype(float).reshape(rows // factor, factor, columns // factor, factor, 3)
            )
            away = np.abs(found[: rows // factor, : columns // factor] - parts.mean(axis=(1, 3)))
            # Ours keeps more of the grain than a mean of neighbours does.
            assert away.mean() < 2.2


def test_an_eighth_has_the_very_colours_of_a_flat_picture() -> None:
    for colour in ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (13, 200, 97)):
        data = written(np.full((64, 64, 3), colour, np.uint8), quality=100, subsampling=0)
        for factor in FACTORS:
            found = decoded(data, factor)
            assert found is not None
            assert np.abs(found.astype(int) - np.array(colour)).max() <= 2


SIZES = ((640, 480), (481, 203), (97, 830), (33, 9), (7, 5))


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("whole_size", SIZES, ids=str)
def test_grey_in_the_end_is_lanczos_of_what_the_scale_gives(whole_size: tuple[int, int], factor: int) -> None:
    data = written(photo(*whole_size)[:, :, 0], quality=95)
    start = decoded(data, factor)
    assert start is not None
    high, wide = start.shape[:2]
    for less in (1.0, 1.07, 1.25, 1.6, 2.1, 5.3, 40.0):
        size = (max(1, round(wide / less)), max(1, round(high / less)))
        found = decoded(data, factor, size)
        assert found is not None
        wanted = defined(defined(start[:, :, 0].astype(float), size[1]).T, size[0]).T
        assert np.abs(found[:, :, 0] - np.clip(wanted, 0, 255)).max() <= 0.6


@pytest.mark.parametrize("subsampling", SUBSAMPLINGS)
def test_colours_in_the_end_are_those_of_the_scale(subsampling: str) -> None:
    data = simplejpeg.encode_jpeg(photo(450, 340, 3), quality=92, colorsubsampling=subsampling.replace(":", ""))
    start, found = decoded(data, 2), decoded(data, 2, (180, 97))
    assert start is not None
    assert found is not None
    wanted = np.stack([defined(defined(one.astype(float), 97).T, 180).T for one in np.moveaxis(start, 2, 0)], axis=2)
    away = np.abs(found - np.clip(wanted, 0, 255))
    assert away.mean() < 0.5
    assert away.max() < 8  # where colours are clipped, it matters when


@pytest.mark.parametrize("level", [0, 1, 77, 254, 255])
def test_what_is_flat_stays_as_bright_and_a_ramp_where_it_is(level: int) -> None:
    flat = decoded(written(np.full((90, 130), level, np.uint8), quality=100), 2, (41, 29))
    assert flat is not None
    assert (flat == level).all()
    ramp = np.tile(np.arange(240, dtype=np.uint8), (64, 1)).repeat(2, axis=1)
    found = decoded(written(ramp, quality=100), 2, (150, 20))
    assert found is not None
    expected = (np.arange(150) + 0.5) * 1.6 - 0.5
    assert np.abs(found[:, 5:-5, 0] - expected[5:-5]).max() <= 1.5


def test_nothing_is_made_larger_in_the_same_go() -> None:
    data = written(photo(640, 480))
    for size in ((321, 200), (200, 241), (640, 480)):
        found = decoded(data, 2, size)
        assert found is not None
        assert found.shape == (240, 320, 3)


def test_it_is_reduced_where_it_is_decoded_and_turned_afterwards() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = written(photo(640, 480), exif=exif)
    found = load(data, "turned.jpg", LoadOptions(target=260, reduced=(180, 240))).frames.pixels
    upright = decoded(data, 2, (240, 180))
    assert upright is not None
    assert np.array_equal(found, np.rot90(upright, -1))


@pytest.mark.parametrize(
    "options",
    [
        {"restart_marker_blocks": 1},
        {"restart_marker_blocks": 7},
        {"restart_marker_rows": 1},
        {"optimize": True},
        {"quality": 5},
        {"quality": 100},
        {"quality": 100, "optimize": True, "subsampling": 0},
        {"qtables": [[1] * 64, [255] * 64]},
    ],
    ids=str,
)
def test_every_way_to_write_one_is_read(options: dict[str, Any]) -> None:
    noisy = np.random.default_rng(5).integers(0, 256, (83, 121, 3), dtype=np.uint8)
    for pixels in (photo(121, 83), noisy):
        data = written(pixels, **options)
        eighth, half = decoded(data, 8), decoded(data, 2)
        assert eighth is not None
        assert half is not None
        theirs = simplejpeg.decode_jpeg(data, "GRAY", min_height=-(-83 // 8), min_width=-(-121 // 8))
        ours = cv2.cvtColor(eighth, cv2.COLOR_RGB2GRAY)
        assert np.abs(ours.astype(int) - theirs[:, :, 0]).mean() < 1.5


def test_it_is_as_alike_to_the_whole_picture_as_libjpeg() -> None:
    pixels = photo(640, 480, 9)
    data = written(pixels, quality=90)
    for factor in (2, 4):
        size = (640 // factor, 480 // factor)
        reference = np.asarray(Image.fromarray(whole(data)).resize(size, Image.Resampling.LANCZOS)).astype(float)
        theirs = simplejpeg.decode_jpeg(data, min_height=size[1], min_width=size[0])
        ours = decoded(data, factor)
        assert ours is not None
        assert np.square(ours - reference).mean() <= np.square(theirs - reference).mean()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(written(np.dstack([photo(64, 64), photo(64, 64)[:, :, :1]])[:, :, :3], keep_rgb=True), id="rgb"),
        pytest.param(written(photo(64, 64))[:-2], id="without an end"),
        pytest.param(written(photo(64, 64))[:-40], id="cut off"),
        pytest.param(written(photo(64, 64))[:-2] + b"more\xff\xd9", id="more than its pixels"),
    ],
)
def test_others_are_left_to_others(data: bytes) -> None:
    assert all(decoded(data, factor) is None for factor in FACTORS)


def test_damage_is_told_as_before() -> None:
    data = written(photo(640, 480))
    with pytest.raises(Error) as cut:
        load(data[:-900], "cut.jpg", LoadOptions(target=160))
    assert cut.value.code == "image_truncated"
    hurt = bytearray(data)
    hurt[len(data) // 2 : len(data) // 2 + 2] = b"\xff\xd3"  # a marker where none can be
    assert not load(bytes(hurt), "hurt.jpg", LoadOptions(target=160)).frames.sound


def test_whoever_wants_a_fraction_gets_it_from_here(monkeypatch: pytest.MonkeyPatch) -> None:
    data = written(photo(640, 480))
    monkeypatch.setattr(simplejpeg, "decode_jpeg", lambda *_, **__: pytest.fail("libjpeg-turbo was asked"))
    assert load(data, "small.jpg", LoadOptions(target=300)).frames.pixels.shape == (240, 320, 3)
    grey = written(photo(640, 480)[:, :, 0])
    assert load(grey, "grey.jpg", LoadOptions(target=150)).frames.pixels.shape == (120, 160, 1)


def test_without_a_build_libjpeg_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    data = written(photo(640, 480))
    ours = load(data, "small.jpg", LoadOptions(target=80)).frames.pixels
    monkeypatch.setattr(scaled_jpeg, "compiled", lambda: None)
    theirs = load(data, "small.jpg", LoadOptions(target=80)).frames.pixels
    assert theirs.shape == ours.shape
    assert np.abs(theirs.astype(int) - ours).mean() < 1


def test_both_builds_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    if scaled_jpeg.available() != "fast":
        pytest.skip("this processor has one build")
    data = written(photo(321, 203))
    size = (29, 23)
    fast = [(decoded(data, factor), decoded(data, factor, size)) for factor in FACTORS]
    plain_build = opened.bound("plain")
    monkeypatch.setattr(scaled_jpeg, "_KEPT", threading.local())
    monkeypatch.setattr(scaled_jpeg, "compiled", lambda: plain_build)
    assert scaled_jpeg.available() == "plain"
    for factor, other in zip(FACTORS, fast, strict=True):
        for plain, one in zip((decoded(data, factor), decoded(data, factor, size)), other, strict=True):
            assert plain is not None
            assert one is not None
            assert np.abs(plain.astype(int) - one).max() <= 2


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_bytes_never_give_another_shape(data: st.DataObject) -> None:
    hurt = bytearray(_BASE)
    for _ in range(data.draw(st.integers(1, 6))):
        hurt[data.draw(st.integers(2, len(hurt) - 1))] = data.draw(st.integers(0, 255))
    for factor in FACTORS:
        for size in (None, (11, 5)):
            found = scaled_jpeg.decode(bytes(hurt), (64, 96, 3), factor, size)
            assert found is None or found.shape == ((5, 11, 3) if size else (64 // factor, 96 // factor, 3))


_BASE = written(photo(96, 64), restart_marker_blocks=5)


def _hostile() -> Iterator[bytes]:
    rng = np.random.default_rng(17)
    bases = [
        written(photo(72, 56), **options)
        for options in (
            *({}, {"subsampling": 0}, {"restart_marker_blocks": 3}, {"optimize": True}, {"subsampling": 1}),
            *({"progressive": True}, {"progressive": True, "restart_marker_blocks": 3}),
        )
    ] + [written(photo(72, 56)[:, :, 0], progressive=progressive) for progressive in (False, True)]
    for base in bases:
        scan = base.index(b"\xff\xda")
        for round_ in range(220):
            hurt = bytearray(base)
            start = 2 if round_ % 2 else scan  # headers and pixels alike
            for _ in range(int(rng.integers(1, 9))):
                hurt[int(rng.integers(start, len(hurt)))] = int(rng.choice([0, 1, 0x7F, 0x80, 0xFF, rng.integers(256)]))
            if round_ % 5 == 0:
                del hurt[int(rng.integers(4, len(hurt))) :]
            yield bytes(hurt)
    yield from (b"", b"\xff", b"\xff\xd8", b"\xff\xd8\xff", b"\xff\xd8\xff\xda\0\2", bases[0][:-1])


def test_no_bytes_lead_it_out_of_bounds(tmp_path: Path) -> None:
    compiler = build.compiler()
    if compiler is None:
        pytest.skip("there is no C compiler to watch it with")
    program = tmp_path / "sanitized"
    watched = ["-g", "-O1", "-std=gnu11", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-Wno-psabi"]
    more = ["-mavx2", "-mbmi2", "-mfma"] if scaled_jpeg.available() == "fast" else []
    source = Path(__file__).with_name("sanitized.c")
    made = subprocess.run(
        [compiler, *watched, *more, f"-I{build.FOLDER}", "-o", str(program), str(source)],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        pytest.skip(f"this compiler has no sanitizers: {made.stderr.strip().splitlines()[-1]}")
    names = []
    for number, data in enumerate(_hostile()):
        path = tmp_path / f"{number:04d}.jpg"
        path.write_bytes(data)
        names.append(str(path))
    ran = subprocess.run([str(program), *names], capture_output=True, text=True, check=False, timeout=300)
    assert ran.returncode == 0, ran.stderr[-3000:]
    done, left = map(int, ran.stdout.split())
    assert done > 400  # some damage is none that could be seen
    assert left > 2000


def test_a_build_that_fails_says_so_and_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "cc"
    broken.write_text("#!/bin/sh\necho 'cc: no headers here' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("CC", str(broken))
    monkeypatch.setattr(build, "library", lambda name: tmp_path / f"darkroom-{name}.so")
    assert build.build() == (
        "What makes pictures small was not built (cc: no headers here): libjpeg-turbo and libvips do its work."
    )
    monkeypatch.setattr(build, "compiler", lambda: None)
    assert "no C compiler" in build.build()


def test_the_factor_is_the_coarsest_that_suffices() -> None:
    info = read_jpeg(written(photo(640, 480)), "picture")
    assert [turbo.factor_for(info, target) for target in (640, 340, 320, 160, 80)] == [1, 1, 2, 4, 8]

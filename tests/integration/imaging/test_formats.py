"""Every file of the corpora read at its full depth: what each one is, or why not, stands in a table beside this test."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from darkroom.errors import ERROR_CODES
from darkroom.imaging import native
from darkroom.imaging.formats.develop import RawOptions
from darkroom.imaging.formats.encode import encode
from darkroom.imaging.formats.load import LoadOptions, load
from darkroom.imaging.formats.metadata.carry import Carry
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.formats.prepare import built_in
from tests.reading import outcomes

TABLE = Path(__file__).parent / "expected_formats.tsv"
"""Path, tab, `ok WIDTHxHEIGHTxCHANNELS BITS` or the code of the error."""
MOST_SECONDS = 60


def expected() -> dict[str, dict[str, str]]:
    """The table by folder of the corpora."""
    found: dict[str, dict[str, str]] = {}
    for line in TABLE.read_text().splitlines():
        path, answer = line.split("\t")
        found.setdefault(path.split("/")[0], {})[path] = answer
    return found


EXPECTED = expected()


def test_the_table_knows_only_outcomes_that_are_typed():
    answers = {answer.split()[0] for rows in EXPECTED.values() for answer in rows.values()}
    assert answers - {"ok"} <= {code for code in ERROR_CODES if code.startswith("image_")}
    assert sum(len(rows) for rows in EXPECTED.values()) > 900


@pytest.fixture(scope="module")
def found(corpora) -> dict[str, tuple[str, float]]:
    """What became of each file and how long that took, all in one process for as long as it lives."""
    paths = [corpora / path for rows in EXPECTED.values() for path in rows if (corpora / path).exists()]
    return {
        str(path.relative_to(corpora)): (answer, spent) for path, answer, spent in outcomes(paths, seconds=MOST_SECONDS)
    }


@pytest.mark.slow
@pytest.mark.parametrize("folder", sorted(EXPECTED))
def test_every_file_is_what_the_table_says(found, folder):
    rows = {path: answer for path, answer in EXPECTED[folder].items() if path in found}
    assert {path: found[path][0] for path in rows if found[path][0] != rows[path]} == {}
    assert max(found[path][1] for path in rows) < MOST_SECONDS


@pytest.fixture(scope="module")
def chart(corpora) -> bytes:
    return (corpora / "raw" / "colorchart.dng").read_bytes()


def developed(data: bytes, **options: object) -> np.ndarray:
    return load(data, "chart.dng", LoadOptions(raw=RawOptions(**options))).frames.pixels


def test_raw_is_developed_to_sixteen_bits(chart):
    found = developed(chart)
    assert (found.shape, found.dtype) == ((1156, 1734, 3), np.uint16)
    assert len(np.unique(found)) > 5_000  # more than eight bits could tell apart
    assert developed(chart, bit_depth=8).dtype == np.uint8


def test_half_size_is_a_quarter_of_the_pixels_and_looks_alike(chart):
    whole, half = developed(chart), developed(chart, half_size=True)
    assert half.shape[:2] == (578, 867)
    small = whole.reshape(578, 2, 867, 2, 3).mean(axis=(1, 3))
    assert np.abs(small - half).mean() / 65_535 < 0.02
    assert load(chart, "chart.dng", LoadOptions(target=800)).frames.width == 867


def test_white_balance_and_exposure_do_what_they_say(chart):
    warm = developed(chart, white_balance="custom", multipliers=(3.0, 1.0, 1.0, 1.0), half_size=True)
    cold = developed(chart, white_balance="custom", multipliers=(1.0, 1.0, 3.0, 1.0), half_size=True)
    assert warm[..., 0].mean() > cold[..., 0].mean() * 1.3
    assert warm[..., 2].mean() * 1.3 < cold[..., 2].mean()
    dark, bright = (developed(chart, exposure=stops, half_size=True).mean() for stops in (-1.0, 1.0))
    assert bright > dark * 1.5


def test_highlights_can_be_kept(chart):
    clipped = developed(chart, highlights="clip", exposure=2.0, half_size=True)
    blended = developed(chart, highlights="blend", exposure=2.0, half_size=True)
    assert (clipped == 65_535).mean() > (blended == 65_535).mean()


@pytest.mark.parametrize(("space", "name"), [("p3", "P3"), ("adobe", "Adobe"), ("prophoto", "ROMM")])
def test_wide_spaces_come_with_their_profile(chart, space, name):
    from darkroom.imaging.colour import profile_name

    found = load(chart, "chart.dng", LoadOptions(raw=RawOptions(space=space, half_size=True))).frames
    assert name in (profile_name(found.icc) or "") or (space == "p3" and found.icc == built_in("p3"))
    plain = developed(chart, half_size=True)
    back = encode(found, EncodeOptions(format="png")).data
    assert np.abs(load(back, "b").frames.pixels.astype(float) - plain).mean() / 65_535 < 0.03


def test_a_raw_file_gives_its_metadata_to_what_is_made_of_it(chart):
    loaded = load(chart, "chart.dng", LoadOptions(raw=RawOptions(half_size=True)))
    made = encode(loaded.frames, EncodeOptions(), metadata=Carry(loaded.header.blocks))
    assert len(made.data) < len(chart)
    again = load(made.data, "made.jpg")
    from darkroom.imaging.metadata import read_metadata

    before, _ = read_metadata(loaded.header.blocks)
    after, _ = read_metadata(again.header.blocks)
    for name in ("Make", "Model"):
        assert after.exif.get(name) == before.exif.get(name)
    assert len(again.header.blocks.exif) < 60_000


@pytest.mark.parametrize("options", [{"tile": True}, {}])
def test_a_picture_larger_than_memory_can_be_looked_at(tmp_path, options):
    """324 MB of pixels in a BigTIFF, of which a thousand columns are wanted; read by a process that says what it took."""
    path = tmp_path / "large.tif"
    black = native.pyvips().Image.black(12_000, 9_000, bands=3)
    (black + 60).cast("uchar").tiffsave(str(path), bigtiff=True, compression="deflate", **options)
    code = (
        "import sys; from pathlib import Path; from darkroom.memory import peak_bytes; from darkroom.imaging.formats.load import LoadOptions, load\n"
        "before = peak_bytes() / 2**20\n"
        "found = load(Path(sys.argv[1]).read_bytes(), 'large.tif', LoadOptions(target=1000)).frames\n"
        "print(found.width, int(peak_bytes() / 2**20 - before))"
    )
    said = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True).stdout
    width, megabytes = map(int, said.split())
    assert width == 1000  # a twelfth, the coarsest whole step that is large enough
    assert megabytes < 200

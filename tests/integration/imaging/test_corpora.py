"""Every file of the corpora decodes or gives a typed error: never a crash, never without end, within memory."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from darkroom.imaging.pool import Outcome
from tests.outcomes import code, take_in


def outcomes(folder: Path, *, isolate_all: bool = False) -> dict[str, Outcome]:
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "ORIGIN.txt"]
    found = take_in(paths, isolate_all=isolate_all)
    return {str(path.relative_to(folder)): outcome for path, outcome in zip(paths, found, strict=True)}


def codes(found: dict[str, Outcome]) -> Counter[str]:
    return Counter(map(code, found.values()))


@pytest.mark.slow
@pytest.mark.parametrize("isolate_all", [False, True])
def test_hostile_files_cost_nothing_but_an_entry_in_the_ledger(corpora, isolate_all):
    found = outcomes(corpora / "hostile", isolate_all=isolate_all)
    counted = codes(found)
    assert sum(counted.values()) == len(found) > 400
    assert all(code == "ok" or code.startswith("image_") for code in counted)
    assert counted["ok"] > 80
    assert counted["internal"] == counted["image_timeout"] == 0
    assert max(outcome.seconds for outcome in found.values()) < 60
    assert found["fixtures/65536-uint32-limit.png"].error.code == "image_too_many_pixels"
    bombs = {name: outcome for name, outcome in found.items() if "decompression_bomb" in name}
    assert bombs
    assert all(outcome.error is not None or outcome.picture.width < 5000 for outcome in bombs.values())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("folder", "least_ok"),
    [
        ("exif", 84),
        ("orientation", 17),
        ("avif", 50),
        ("heic", 25),
        ("tiff", 74),
        ("pngsuite", 98),
        ("formats", 215),
        ("near_duplicates", 13),
        ("hdr_brackets", 9),
    ],
)
def test_sound_files_are_read(corpora, folder, least_ok):
    counted = codes(outcomes(corpora / folder))
    assert counted["ok"] >= least_ok
    assert all(code == "ok" or code.startswith("image_") for code in counted)


def test_png_that_must_be_rejected_is_rejected(corpora):
    found = outcomes(corpora / "pngsuite")
    # The suite's files whose names begin with x are broken on purpose; all but those with a wrong checksum of pixels.
    broken = {name: outcome for name, outcome in found.items() if Path(name).name.startswith("x")}
    assert len(broken) >= 8
    assert {name for name, outcome in broken.items() if outcome.picture} == set()


def test_raw_is_developed_at_full_size(corpora):
    found = outcomes(corpora / "raw")
    sizes = {name: (found[name].picture.width, found[name].picture.height) for name in found}
    assert sizes == {"RAW_KODAK_DC50_é.KDC": (768, 512), "colorchart.dng": (1734, 1156)}


def test_unsupported_heic_is_not_called_corrupt(corpora):
    found = outcomes(corpora / "heic")
    uncompressed = [outcome for name, outcome in found.items() if "uncompressed" in name]
    assert uncompressed
    assert {outcome.error.code for outcome in uncompressed if outcome.error} == {"image_unsupported"}


def test_sizes_agree_with_the_manifest(corpora):
    found = outcomes(corpora / "exif")
    compared = 0
    with (corpora / "MANIFEST.tsv").open() as file:
        for row in csv.DictReader(file, delimiter="\t"):
            outcome = found.get(row["path"].removeprefix("exif/")) if row["path"].startswith("exif/") else None
            if outcome is None or outcome.picture is None or row["format"] != "JPEG" or not row["width"]:
                continue
            picture = outcome.picture
            stored = (picture.width, picture.height) if picture.orientation < 5 else (picture.height, picture.width)
            assert stored == (int(row["width"]), int(row["height"])), row["path"]
            compared += 1
    assert compared > 60

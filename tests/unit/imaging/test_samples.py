from __future__ import annotations

import pytest

from darkroom.errors import Error
from darkroom.imaging.hashing import hamming
from darkroom.imaging.ingest import ingest
from darkroom.imaging.limits import Limits
from darkroom.imaging.samples.files import write_samples


@pytest.mark.slow
def test_samples_show_what_the_product_does(tmp_path):
    files = write_samples(tmp_path)
    assert 44 <= len(files) <= 56
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == files  # no hidden leftovers
    folders = {path.parent.name for path in files}
    assert folders == {"mountains", "forest", "ocean", "desert", "city", "night-sky"}
    pictures, broken = {}, []
    for path in files:
        try:
            pictures[path.stem] = ingest(path.read_bytes(), name=path.name, limits=Limits())
        except Error as error:
            broken.append((path.stem, error.code))
    assert broken == [("trade-wind-interrupted", "image_truncated")]
    assert {picture.format for picture in pictures.values()} == {"jpeg", "png", "webp", "tiff", "avif"}
    assert len({picture.capture.camera for picture in pictures.values()}) == 3
    assert all(picture.capture.taken_at and picture.capture.location for picture in pictures.values())
    assert len({picture.capture.taken_at.strftime("%Y-%m") for picture in pictures.values()}) >= 10
    for near in ("-edited", "-small"):
        copies = [name for name in pictures if name.endswith(near)]
        assert copies
        for name in copies:
            assert hamming(pictures[name].phash, pictures[name.removesuffix(near)].phash) <= 6
    for suffix, problem in (("-shaken", "blurred"), ("-underexposed", "dark"), ("-overexposed", "overexposed")):
        assert [problem in picture.quality.problems for name, picture in pictures.items() if name.endswith(suffix)]
        assert all(problem in picture.quality.problems for name, picture in pictures.items() if name.endswith(suffix))

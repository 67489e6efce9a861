"""TIFFs that are read region by region: the same results as whole, in bounded memory, whatever their size."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from darkroom.errors import Error
from darkroom.imaging import codecs, tiles, vips
from darkroom.imaging.formats.load import LoadOptions, load
from darkroom.imaging.ingest import ingest
from darkroom.imaging.limits import Limits
from darkroom.imaging.pool import IngestPool, Job
from darkroom.imaging.recipes.compile import compile_recipe
from darkroom.imaging.recipes.lane import RecipeLane
from darkroom.imaging.recipes.read import parse_recipe
from darkroom.imaging.recipes.run import Resources
from darkroom.imaging.source import FileBytes, opened
from darkroom.services.recipes.pool import RecipePool, Subject, Work
from darkroom.store.blobs.local import LocalBlobStore
from tests.big_tiff import write_sparse

SIDE = 2048
BY_REGIONS = Limits(whole_bytes=1_000_000)
LAYOUTS = [{"tile": 256}, {"rows": 16}, {"rows": SIDE}]
RECIPE = "operations: [{resize: {width: 256}}]\noutput: {format: jpeg}"

_GIANT = """
import json, sys
from pathlib import Path
from darkroom.imaging import codecs
from darkroom.imaging.ingest import ingest
from darkroom.imaging.limits import Limits
from darkroom.imaging.recipes.compile import compile_recipe
from darkroom.imaging.recipes.read import parse_recipe
from darkroom.imaging.recipes.run import run_recipe
from darkroom.imaging.source import opened
from darkroom.memory import peak_bytes
with opened(Path(sys.argv[1]), "giant.tif", Limits()) as source:
    data = codecs.contents(source, Limits())
found = ingest(data, name="giant.tif", limits=Limits())
made = run_recipe(compile_recipe(parse_recipe(sys.argv[2], "small.yaml", folder=None)), data, "giant.tif")
print(json.dumps([found.bytes, found.width, found.thumbnail.width, made.raster.array.shape, peak_bytes() / 2**20]))
"""


@pytest.fixture(params=LAYOUTS, ids=["tiles", "strips", "one strip"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    made = tmp_path / "large.tif"
    write_sparse(
        made, SIDE, **({"share": 8} | request.param if request.param != {"rows": SIDE} else {"rows": SIDE, "share": 1})
    )
    return made


def contents(path: Path) -> FileBytes:
    with opened(path, path.name, BY_REGIONS) as source:
        found = codecs.contents(source, BY_REGIONS)
    assert isinstance(found, FileBytes)
    return found


def test_four_gigabytes_take_less_than_half_a_gigabyte_of_memory(tmp_path):
    path = tmp_path / "giant.tif"
    write_sparse(path, 36_864, share=72)
    ran = subprocess.run([sys.executable, "-c", _GIANT, str(path), RECIPE], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    size, width, thumbnail, shape, peak = json.loads(ran.stdout)
    assert (size > 4e9, width, thumbnail, shape) == (True, 36_864, 256, [256, 256, 3])
    assert peak < 500


def test_an_ingest_by_regions_finds_what_reading_whole_finds(path):
    by_regions = ingest(contents(path), name="large.tif", limits=BY_REGIONS)
    whole = ingest(path.read_bytes(), name="large.tif", limits=Limits())
    assert by_regions == whole
    assert by_regions.metadata.exif["Artist"] == "Ada"


def test_the_pool_keeps_the_original_of_a_large_tiff(path, tmp_path):
    blobs = LocalBlobStore(tmp_path / "blobs")
    with IngestPool(BY_REGIONS, workers=1, memory_mb=512, timeout=60, sink=blobs) as pool:
        (outcome,) = pool.run([Job(0, path, "large.tif")])
    assert outcome.error is None
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert outcome.picture.sha256 == digest
    assert blobs.stat("originals", digest).bytes == path.stat().st_size
    assert blobs.stat("renditions", outcome.picture.renditions[0].address)


def test_an_order_renders_a_large_tiff_from_where_it_lies(path, tmp_path):
    blobs = LocalBlobStore(tmp_path / "blobs")
    key = blobs.put_file("originals", path)
    lane = RecipeLane(BY_REGIONS, memory_mb=512, timeout=60)
    program = compile_recipe(parse_recipe(RECIPE, "small.yaml", folder=None))
    pool = RecipePool(Work(program, Resources(), lane, blobs), 1)
    subject = Subject(key, "large.tif", "a" * 64, 1000.0, False)
    (result,) = [one for one in pool.run(iter([subject])) if one is not None]
    lane.close()
    assert result.error is None
    made = Image.open(io.BytesIO(blobs.read("renditions", "a" * 64)))
    assert (made.size, made.getexif()[0x013B]) == ((256, 256), "Ada")


def test_it_is_cut_into_tiles_while_it_is_read(path, tmp_path):
    data = contents(path)
    header = codecs.probe(data, "large.tif")
    tiles.write_tiles(vips.shown(data, header, "large.tif"), tmp_path / "streamed")
    tiles.write_tiles(tiles.image_of(codecs.decode(data, header, SIDE, "large.tif").colour), tmp_path / "whole")
    files = sorted(one.relative_to(tmp_path / "whole") for one in (tmp_path / "whole").rglob("*.jpg"))
    assert len(files) == 16 + 4 + 1
    assert all((tmp_path / "streamed" / one).read_bytes() == (tmp_path / "whole" / one).read_bytes() for one in files)


def test_everything_at_once_of_what_only_fits_in_parts_is_refused_with_the_way_out(path):
    limits = Limits(max_pixels=1_000_000, whole_bytes=1_000_000)
    with pytest.raises(Error) as caught:
        load(contents(path), "large.tif", limits=limits)
    assert caught.value.code == "image_too_many_pixels"
    assert "resize" in caught.value.remedy
    assert load(contents(path), "large.tif", LoadOptions(target=500), limits=limits).frames.width == 512


def test_a_tiff_beyond_its_own_limit_is_refused(path):
    with pytest.raises(Error) as caught, opened(path, "large.tif", Limits(max_streamed_bytes=1_000_000)):
        pass
    assert caught.value.code == "image_too_many_bytes"
    with pytest.raises(Error) as caught:
        ingest(contents(path), name="large.tif", limits=Limits(max_streamed_pixels=1_000_000))
    assert caught.value.code == "image_too_many_pixels"


def test_a_large_tiff_that_ends_too_early_is_told_from_a_sound_one(path):
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    with pytest.raises(Error) as caught:
        ingest(contents(path), name="large.tif", limits=BY_REGIONS)
    assert caught.value.code == "image_truncated"


def test_parts_of_a_file_are_those_of_its_bytes(path):
    data, file = path.read_bytes(), contents(path)
    for part in (slice(0, 16), slice(-18, -2), slice(5, 5), slice(len(data) - 4, len(data) + 9)):
        assert file[part] == data[part]
    path.write_bytes(data + b"x")
    with pytest.raises(Error) as caught:
        file.check_unchanged()
    assert caught.value.code == "source_changed"

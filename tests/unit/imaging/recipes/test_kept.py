"""Pictures between steps on disk, quality that is looked for, and recipes where a crash costs one picture."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from darkroom.errors import Error
from darkroom.imaging.limits import Limits
from darkroom.imaging.operations.base import Raster, Region
from darkroom.imaging.recipes import lane as lanes
from darkroom.imaging.recipes.batch import Plan, list_items, run_batch
from darkroom.imaging.recipes.compile import compile_recipe, result_key
from darkroom.imaging.recipes.kept import DiskStages
from darkroom.imaging.recipes.read import parse_recipe
from darkroom.imaging.recipes.run import Resources, run_recipe
from darkroom.imaging.recipes.steps import Stage
from tests.pictures import jpeg
from tests.unit.imaging.operations.made import picture


def program(text: str):
    return compile_recipe(parse_recipe(text, "test.yaml", folder=None))


def address(number: int) -> str:
    return f"{number:064x}"


def test_a_picture_kept_on_disk_comes_back_as_it_was(tmp_path: Path):
    raster = Raster(np.arange(96, dtype=np.uint16).reshape(4, 8, 3), b"profile")
    stage = Stage(raster, (Region(0.1, 0.2, 0.3, 0.4, "face", 0.9),), 0.5, sound=False, notes=("left",))
    assert DiskStages(tmp_path, 10**7).put(address(1), stage, 60.0)
    found = DiskStages(tmp_path, 10**7).get(address(1))
    assert found is not None
    assert np.array_equal(found.raster.array, raster.array)
    assert found.raster.array.dtype == np.uint16
    assert replace(found, raster=raster) == stage
    assert found.raster.profile == b"profile"
    assert DiskStages(tmp_path, 10**7).get(address(2)) is None


def test_what_is_quick_to_make_is_not_kept_and_what_is_cut_off_is_not_used(tmp_path: Path):
    kept, stage = DiskStages(tmp_path, 10**9), Stage(picture(400, 300))
    assert not kept.put(address(1), stage, 0.0)
    assert kept.put(address(1), stage, 5.0)
    (path,) = tmp_path.glob("*/*")
    path.write_bytes(path.read_bytes()[:-7])
    assert kept.get(address(1)) is None
    assert not path.exists()
    with pytest.raises(ValueError, match="no address"):
        kept.get("../../secret")


def test_the_folder_stays_within_its_size_and_age(tmp_path: Path):
    stage = Stage(picture(100, 100))
    size = stage.raster.array.nbytes
    roomy, kept = DiskStages(tmp_path, 10**9, max_days=10), DiskStages(tmp_path, 5 * size)
    for number in range(4):
        roomy.put(address(number), stage, 60.0)
        os.utime(tmp_path / "00" / address(number), (1_000_000_000, 1_000_000_000 + number))
    assert roomy.sweep() == 4  # older than ten days
    for number in range(8):
        kept.put(address(number), stage, 60.0)
        (tmp_path / "00" / address(number)).touch()
    assert kept.get(address(7)) is not None
    kept.sweep()
    assert sum(one.stat().st_size for one in tmp_path.glob("*/*")) <= 5 * size


@pytest.fixture
def _quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is worth keeping, however fast this machine computes it."""
    monkeypatch.setattr("darkroom.imaging.recipes.kept._BYTES_A_SECOND", 1e15)


@pytest.mark.usefixtures("_quick_disk")
def test_a_late_step_changed_runs_alone_also_in_another_process(tmp_path: Path):
    steps = "- clarity: {{amount: 0.5}}\n- denoise: {{strength: 0.5}}\n- vignette: {{amount: {}}}\n"
    data = jpeg(1, width=900, height=700)
    first = run_recipe(program(steps.format(0.2)), data, "a.jpg", cache=DiskStages(tmp_path, 10**9))
    assert first.trace.reused == 0
    late = run_recipe(program(steps.format(0.6)), data, "a.jpg", cache=DiskStages(tmp_path, 10**9))
    assert late.trace.reused == 2
    assert late.encoded.data == run_recipe(program(steps.format(0.6)), data, "a.jpg").encoded.data


def test_a_smaller_decode_is_remembered_with_the_picture(tmp_path: Path):
    """Lengths after the kept step must be those of the size at which the source was decoded."""
    steps = "- smart_crop: {{ratio: '1:1'}}\n- resize: {{width: 200}}\n- clarity: {{amount: 0.5}}\n- border: {{width: {}}}\n"
    data, cache = jpeg(2, width=1600, height=1200), DiskStages(tmp_path, 10**9)
    run_recipe(program(steps.format(4)), data, "a.jpg", cache=cache)
    late = run_recipe(program(steps.format(9)), data, "a.jpg", cache=cache)
    fresh = run_recipe(program(steps.format(9)), data, "a.jpg")
    assert late.encoded.data == fresh.encoded.data


def test_a_likeness_or_a_size_is_reached_and_the_search_is_told():
    data = jpeg(5, width=640, height=480)
    small = program("operations: []\noutput: {format: webp, adaptive: {target: null, max_bytes: 20000}}\n")
    made = run_recipe(small, data, "a.jpg")
    assert len(made.encoded.data) <= 20_000
    assert made.search is not None
    assert made.search.met
    assert "bytes" in made.search.reason
    alike = run_recipe(program("operations: []\noutput: {adaptive: {formats: [jpeg, webp]}}\n"), data, "a.jpg")
    assert alike.search is not None
    assert alike.search.score >= 0.96
    assert {step.format for step in alike.search.steps} == {"jpeg", "webp"}
    assert alike.address != made.address


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("{format: webp, quality: 3, adaptive: {}}", "exclude"),
        ("{format: webp, adaptive: {target: 2}}", "output.adaptive.target"),
        ("{format: webp, adaptive: {target: null}}", "neither"),
        ("{adaptive: {target: 0.9}}", "`format` is missing"),
        ("{format: webp, adaptive: {lowest: 80, highest: 60}}", "above"),
    ],
)
def test_a_goal_that_cannot_be_is_refused(output: str, words: str):
    with pytest.raises(Error, match=words) as refused:
        program(f"operations: []\noutput: {output}\n")
    assert refused.value.code == "recipe_invalid"


def test_the_address_of_a_result_is_known_without_the_picture():
    one = program("- resize: {width: 100}\n- sharpen\n")
    same = program("name: other\noperations:\n- resize: {width: 100, mode: fit}\n- sharpen\n")
    other = program("- resize: {width: 101}\n- sharpen\n")
    assert one.fingerprint() == same.fingerprint() != other.fingerprint()
    assert result_key(one.fingerprint(), "a") != result_key(one.fingerprint(), "b")


@dataclass(frozen=True)
class TrapTask(lanes.RecipeTask):
    """Stands for a decoder with a fault: files called `crash` end their process, files called `hang` never end."""

    def __post_init__(self):
        if self.name.startswith("hang"):
            object.__setattr__(self, "seconds", 1.0)

    def run(self, desk):
        if self.name.startswith("crash"):
            os.kill(os.getpid(), signal.SIGSEGV)
        if self.name.startswith("hang"):
            signal.pause()
        return super().run(desk)


def test_a_decoder_that_crashes_or_hangs_costs_one_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lanes, "RecipeTask", TrapTask)
    for name in ("crash.tif", "fine.tif", "hang.tif", "quick.jpg"):
        Image.fromarray(picture(60, 40).array).save(tmp_path / name)
    plan = Plan(program("- resize: {width: 30}\n"), Resources(), Limits())
    items = list_items([tmp_path], tmp_path / "out")
    found = {one.item.source.name: one for one in run_batch(plan, items, workers=2, memory_mb=512)}
    assert {name: one.state for name, one in found.items()} == {
        "crash.tif": "failed", "fine.tif": "done", "hang.tif": "failed", "quick.jpg": "done",
    }  # fmt: skip
    assert (found["crash.tif"].error.code, found["hang.tif"].error.code) == ("decoder_crashed", "image_timeout")
    assert Image.open(tmp_path / "out" / "fine.tif").size == (30, 20)


def test_the_smallest_format_gives_the_file_its_ending(tmp_path: Path):
    Image.open(BytesIO(jpeg(5, width=640, height=480))).save(tmp_path / "a.png")
    plan = Plan(program("operations: []\noutput: {adaptive: {formats: [webp, png]}}\n"), Resources(), Limits())
    (made,) = run_batch(plan, list_items([tmp_path / "a.png"], tmp_path / "out"), workers=1, memory_mb=512)
    assert made.state == "done", made.error
    assert made.target == tmp_path / "out" / "a.webp"
    assert any("likeness" in note for note in made.notes)

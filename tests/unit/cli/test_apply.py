"""`darkroom apply` and `darkroom operations` on a terminal."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from darkroom.cli import app
from darkroom.errors import Error
from darkroom.imaging.operations.cube import write_cube
from darkroom.imaging.operations.learned_write import identity

RUNNER = CliRunner()


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two pictures and one that is cut off."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "photos"
    folder.mkdir()
    ramp = np.add.outer(np.arange(120), np.arange(160))[:, :, None].repeat(3, axis=2).astype(np.uint8)
    for name in ("a.jpg", "b.png", "cut.jpg"):
        Image.fromarray(ramp).save(folder / name)
    (folder / "cut.jpg").write_bytes((folder / "cut.jpg").read_bytes()[:900])
    (tmp_path / "small.yaml").write_text("- resize: {width: 40}\n- sharpen\n")
    return folder


def test_apply_makes_what_it_can_and_tells_the_rest(photos: Path):
    result = RUNNER.invoke(app, ["apply", "small.yaml", str(photos), "--out", "made"])
    assert result.exit_code == 1
    assert "2 pictures made, 1 failed" in result.stdout
    assert "cut.jpg" in result.output
    assert Image.open("made/a.jpg").size == (40, 30)
    again = RUNNER.invoke(app, ["apply", "small.yaml", str(photos / "a.jpg"), "--out", "made"])
    assert again.exit_code == 0
    assert "1 were there already" in again.stdout


def test_apply_as_json_names_every_picture(photos: Path):
    result = RUNNER.invoke(app, ["apply", "small.yaml", str(photos), "--out", "made", "--json", "--jobs", "2"])
    told = json.loads(result.stdout)
    assert told["counts"] == {"done": 2, "failed": 1}
    by_name = {Path(one["source"]).name: one for one in told["pictures"]}
    assert by_name["a.jpg"]["width"] == 40
    assert by_name["cut.jpg"]["error"]["code"] in ("image_truncated", "image_corrupt")
    assert by_name["cut.jpg"]["error"]["remedy"]


def test_what_a_step_left_as_it_was_is_told_with_the_reason(photos: Path):
    Path("same.onnx").write_bytes(identity())
    Path("better.yaml").write_text("- enhance_learned: {model: same.onnx}\n- denoise\n")
    result = RUNNER.invoke(app, ["apply", "better.yaml", str(photos / "b.png"), "--out", "made", "--json"])
    (one,) = json.loads(result.stdout)["pictures"]
    assert one["notes"] == [
        "step 1 (enhance_learned) left as it was: with same.onnx detail stays as it is; at least 5% is wanted (min_gain)",
        "step 2 (denoise) left as it was: its noise of 0.0000 is fainter than 0.004 (least)",
    ]
    result = RUNNER.invoke(app, ["apply", "better.yaml", str(photos / "b.png"), "--out", "again"])
    assert "1 picture: step 1 (enhance_learned) left as it was" in result.stdout


def test_a_dry_run_writes_nothing(photos: Path):
    result = RUNNER.invoke(app, ["apply", "small.yaml", str(photos / "a.jpg"), "--out", "made", "--dry-run"])
    assert result.exit_code == 0
    assert "160 x 120" in result.stdout
    assert "40 x 30" in result.stdout
    assert not Path("made").exists()


def test_every_page_becomes_a_file_and_tiles_come_in_one(photos: Path):
    pages = [Image.new("RGB", size) for size in ((20, 10), (30, 40))]
    pages[0].save("book.tif", save_all=True, append_images=pages[1:])
    arguments = [
        "apply",
        "pages",
        "book.tif",
        str(photos / "a.jpg"),
        str(photos / "cut.jpg"),
        "--out",
        "made",
        "--json",
    ]
    told = json.loads(RUNNER.invoke(app, arguments).stdout)
    assert [(Path(one["source"]).name, one["page"], one["state"]) for one in told["pictures"][:3]] == [
        ("book.tif", 1, "done"), ("book.tif", 2, "done"), ("a.jpg", None, "done"),
    ]  # fmt: skip
    assert told["pictures"][3]["error"]["code"] in ("image_truncated", "image_corrupt")
    assert sorted(one.name for one in Path("made").iterdir()) == ["a.png", "book-1.png", "book-2.png"]
    assert Image.open("made/book-2.png").size == (30, 40)
    again = json.loads(RUNNER.invoke(app, [*arguments, "--name", "{page}-{stem}", "--dry-run"]).stdout)
    assert Path(again["pictures"][1]["target"]).name == "2-book.png"
    zoomed = RUNNER.invoke(app, ["apply", "deep-zoom", str(photos / "a.jpg"), "--out", "made"])
    assert zoomed.exit_code == 0
    with zipfile.ZipFile("made/a.zip") as archive:
        assert "picture.dzi" in archive.namelist()


def test_apply_refuses_what_it_does_not_understand(photos: Path):
    for arguments, code in [
        (["apply", "nothing.yaml", str(photos)], "not_found"),
        (["apply", "small.yaml"], "source_missing"),
        (["apply", "small.yaml", "nowhere"], "source_missing"),
        (["apply", "small.yaml", str(photos), "--name", "../x"], "invalid_parameter"),
    ]:
        result = RUNNER.invoke(app, arguments)
        assert isinstance(result.exception, Error), arguments
        assert result.exception.code == code


def test_operations_are_listed_with_their_schemas():
    listed = RUNNER.invoke(app, ["operations"])
    assert "smart_crop" in listed.stdout
    found = json.loads(RUNNER.invoke(app, ["operations", "--json"]).stdout)["operations"]
    assert len(found) >= 60
    assert all(one["parameters"]["type"] == "object" and one["summary"] for one in found)
    one = RUNNER.invoke(app, ["operations", "resize"])
    assert "1 to 65500 or empty px" in one.stdout
    assert isinstance(RUNNER.invoke(app, ["operations", "nothing"]).exception, Error)


WARM = "name: warm\ntitle: Warm it\nbody: {kind: expression, red: r + warmth * 0.4, blue: b - warmth * 0.4}\nknobs: [{name: warmth, default: 0.5}]\n"


def applied(*more: str) -> dict:
    """Status and answer of a recipe with a filter on one picture."""
    Path("mine.yaml").write_text("- user/warm: {warmth: 0.25}\n- resize: {width: 40}\n")
    result = RUNNER.invoke(app, ["apply", "mine.yaml", "photos/b.png", "--out", "made", "--force", "--json", *more])
    if isinstance(result.exception, Error):
        raise result.exception
    return json.loads(result.stdout)["pictures"][0]


def is_warm() -> bool:
    middle = np.asarray(Image.open("made/b.png"))[15, 20].astype(int)
    return middle[0] - middle[2] == pytest.approx(0.25 * 0.8 * 255, abs=3)


@pytest.mark.parametrize("place", ["warm.yaml", "filters/any.yaml", "elsewhere/a.yaml"])
@pytest.mark.usefixtures("photos")
def test_filters_of_your_own_are_taken_from_files(place: str):
    path = Path(place)
    path.parent.mkdir(exist_ok=True)
    path.write_text(WARM)
    more = ("--filters", "elsewhere") if place.startswith("elsewhere") else ()
    assert applied(*more)["state"] == "done"
    assert is_warm()


@pytest.mark.usefixtures("photos")
def test_a_filter_as_it_is_shown_is_a_file_of_it_and_a_look_brings_its_table():
    grid = np.stack(np.meshgrid(*[np.linspace(0, 1, 9)] * 3, indexing="ij")[::-1], axis=-1).astype(np.float32)
    cube = write_cube(np.clip(grid * [1, 1, 0.5], 0, 1).astype(np.float32), "warm").decode()
    kept = {"name": "warm", "version": 3, "title": "Warm it.", "body": {"kind": "look", "cube": cube}}
    Path("shown.json").write_text(json.dumps({"name": "warm", "version": 3, "filter": kept}))
    Path("mine.yaml").write_text("- user/warm@3\n")
    result = RUNNER.invoke(app, ["apply", "mine.yaml", "photos/b.png", "--out", "made", "--filters", "shown.json"])
    assert result.exit_code == 0, result.output
    plain, made = (np.asarray(Image.open(name))[60, 80].astype(int) for name in ("photos/b.png", "made/b.png"))
    assert made[2] == pytest.approx(plain[2] / 2, abs=2)
    assert made[0] == pytest.approx(plain[0], abs=2)


@pytest.mark.usefixtures("photos")
def test_a_filter_that_is_nowhere_is_named_with_where_it_was_looked_for(tmp_path: Path):
    Path("other.yaml").write_text(WARM.replace("warm", "cold"))
    with pytest.raises(Error, match=r"mine, step 1: The filter warm is not in other\.yaml"):
        applied("--filters", "other.yaml")
    with pytest.raises(Error, match="There is no gone to take filters from"):
        applied("--filters", "gone")
    with pytest.raises(Error, match="is not beside the recipe, and no library can be asked: ") as refused:
        applied("--home", str(tmp_path / "nowhere"))
    assert "--filters" in refused.value.remedy
    Path("warm.yaml").write_text(WARM.replace("0.4", "0.4 +"))
    with pytest.raises(Error, match=r"warm.yaml: filter: red: "):
        applied()
    Path("warm.yaml").write_text(WARM)
    Path("mine.yaml").write_text("- user/warm@2\n")
    result = RUNNER.invoke(app, ["apply", "mine.yaml", "photos/b.png", "--filters", "warm.yaml"])
    assert "only version 1" in result.exception.cause

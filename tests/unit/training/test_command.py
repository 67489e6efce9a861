from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from darkroom.domain.train_config import options_of, seconds_of
from darkroom.errors import Error
from tests.tiny import TINY
from training.__main__ import app, read
from training.config import TrainConfig, checked

SETS = [part for name, value in TINY.items() if name != "budget_seconds" for part in ("--set", f"{name}={value}")]


def test_a_folder_becomes_a_judged_and_exported_model(shapes: Path, tmp_path: Path):
    runner = CliRunner()
    command = ["train", "--data", str(shapes), "--out", str(tmp_path / "run"), "--budget", "none", "--json", *SETS]
    result = runner.invoke(app, command)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["steps"] == 6
    assert found["test"]["accuracy"]["count"] == 12
    judged = runner.invoke(app, ["evaluate", found["checkpoint"], "--data", str(shapes), "--json"])
    assert json.loads(judged.stdout) == found["test"]
    exported = runner.invoke(app, ["export", found["checkpoint"], "--json"])
    assert Path(json.loads(exported.stdout)["model"]).is_file()


def test_labelled_pictures_become_a_manifest_that_can_be_learnt_from(shapes: Path, tmp_path: Path):
    out = tmp_path / "made/manifest.parquet"
    result = CliRunner().invoke(app, ["manifest", str(shapes / "train"), "--out", str(out), "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["labels"] == ["circle", "cross", "square"]
    assert sum(found["counts"].values()) == 36
    assert found["counts"]["train"] > found["counts"]["validation"] >= 3
    assert read(out).hash == found["hash"]
    assert all(path.is_file() for path in read(out).paths())


def test_an_unknown_layout_is_refused_with_those_there_are(tmp_path: Path):
    result = CliRunner().invoke(app, ["manifest", str(tmp_path), "--out", str(tmp_path / "x"), "--layout", "zip"])
    assert isinstance(result.exception, Error)
    assert "there are imagefolder, csv, coco, yolo, voc" in result.exception.cause


@pytest.mark.parametrize(("words", "expected"), [("8m", 480), ("90s", 90), ("1.5h", 5400), ("30", 30), ("none", None)])
def test_budgets_as_people_write_them(words, expected):
    assert seconds_of(words) == expected


@pytest.mark.parametrize("words", ["soon", "0m", "-3s", "8 minutes"])
def test_other_words_are_no_budget(words):
    with pytest.raises(Error, match="budget"):
        seconds_of(words)


def test_options_reach_into_groups():
    config = checked(TrainConfig, options_of(["augment.mixup=0", "epochs=3", "threads=none", "class_weights=none"]))
    assert (config.augment.mixup, config.epochs, config.threads, config.class_weights) == (0, 3, None, "none")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"epochs": 0}, "epochs"),
        ({"image_size": 100}, "image_size"),
        ({"optimiser": "sgd"}, "optimiser"),
        ({"augment": {"mixup": 0.7, "cutmix": 0.7}}, "mixup and cutmix"),
        ({"augment": {"zoom_from": 1.5}}, "zoom_from"),
        ({"patience": 20}, "patience"),
        ({"patience": 2, "keep_best": 0}, "keep_best"),
    ],
)
def test_what_cannot_be_is_refused_by_name(options, says):
    with pytest.raises(Error, match=says) as caught:
        checked(TrainConfig, options)
    assert caught.value.code == "training_invalid"


def test_every_option_explains_itself():
    for name, field in TrainConfig.model_fields.items():
        assert field.description, name

"""Bytes and likeness over quality, of a whole picture and of a sample; and what the formats are for."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from darkroom.cli import app
from darkroom.imaging.formats.curve import quality_curve
from darkroom.imaging.formats.encode import encode
from darkroom.imaging.formats.frames import Frames
from darkroom.imaging.formats.load import load
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.formats.purposes import PURPOSES
from darkroom.imaging.formats.similarity import similarity
from darkroom.imaging.formats.table import format_table
from tests.unit.imaging.operations.made import picture


def test_points_are_those_of_files_that_were_written():
    frames = Frames(picture(200, 150).array)
    options = EncodeOptions(format="webp")
    found = quality_curve(frames, options, (90, 30))
    assert (found.basis, found.usual) == ("whole", 80)
    for point in found.points:
        made = encode(frames, options.model_copy(update={"quality": point.quality}))
        assert point.bytes == len(made.data)
        assert point.likeness == pytest.approx(similarity(frames, load(made.data, "a.webp").frames), abs=1e-4)
    assert [point.quality for point in found.points] == [30, 90]


def test_a_large_picture_is_measured_on_parts_and_its_size_is_about_right():
    whole = Frames(np.tile(picture(500, 400, seed=1).array, (4, 4, 1)))
    options = EncodeOptions(format="jpeg")
    found = quality_curve(whole, options, (60,))
    assert (found.basis, found.width, found.height) == ("sample", 2000, 1600)
    real = len(encode(whole, options.model_copy(update={"quality": 60})).data)
    assert found.points[0].bytes == pytest.approx(real, rel=0.1)


def test_without_loss_there_is_one_point_and_nothing_to_choose():
    frames = Frames(picture(60, 40).array)
    for options in (EncodeOptions(format="png"), EncodeOptions(format="webp", lossless=True)):
        (point,) = quality_curve(frames, options).points
        assert (point.quality, point.likeness) == (None, 1.0)


def test_every_purpose_is_made_of_options_that_its_format_takes():
    eight = picture(40, 30).array
    deep = eight.astype(np.uint16) * 257
    alpha = np.concatenate([deep, deep[:, :, :1]], axis=2)
    rows = {row.name: row for row in format_table().formats}
    for name, purposes in PURPOSES.items():
        for options in purposes.values():
            asked = EncodeOptions.checked(format=name, **options)
            if rows[name].writable:
                for pixels in (eight, eight[:, :, :1], deep, alpha, alpha.astype(np.float32) / 65_535):
                    assert encode(Frames.of(pixels), asked).data
        assert rows[name].presets == purposes
    smallest, archive = (
        len(encode(Frames(picture(300, 200).array), EncodeOptions.checked(format="jpeg", **PURPOSES["jpeg"][one])).data)
        for one in ("smallest", "archive")
    )
    assert smallest < archive / 2


def test_the_command_draws_it_and_hands_it_out(tmp_path: Path):
    path = tmp_path / "a.png"
    path.write_bytes(encode(picture(120, 90), EncodeOptions(format="png")).data)
    done = CliRunner().invoke(app, ["formats", "jpeg", "--curve", str(path), "--json"])
    assert [one["quality"] for one in json.loads(done.stdout)["points"]] == [30, 45, 60, 70, 80, 88, 95]
    assert "measured on the whole picture" in " ".join(
        CliRunner().invoke(app, ["formats", "webp", "--curve", str(path)]).stdout.split()
    )
    missing = CliRunner().invoke(app, ["formats", "webp", "--curve", str(tmp_path / "none.png")])
    assert missing.exit_code != 0

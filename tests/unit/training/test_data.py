from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from darkroom.datasets.importers import import_folder
from darkroom.errors import Error
from tests.shapes import draw_shapes
from tests.tiny import tiny
from training.data import load_pictures, mixed, order
from training.decode import Decoder
from training.tasks.classification import Classification

LABELS = ("circle", "cross", "square")
CPU = torch.device("cpu")


def test_pictures_are_decoded_once_and_mapped_afterwards(manifest, shapes: Path, tmp_path: Path):
    part = manifest.part("test")
    first = load_pictures(part, LABELS, 24, tmp_path)
    assert first.pixels.shape == (12, 3, 24, 24)
    with Decoder() as decoder:
        for picture, path in zip(first.pixels, part.paths(), strict=True):
            assert (picture.permute(1, 2, 0).numpy() == decoder.square(path, 24)).all()
    assert [LABELS[at] for at in first.targets] == [path.parent.name for path in part.paths()]
    (stored,) = tmp_path.iterdir()
    stamp = stored.stat().st_mtime_ns
    assert torch.equal(load_pictures(part, LABELS, 24, tmp_path).pixels, first.pixels)
    assert stored.stat().st_mtime_ns == stamp


def test_a_picture_that_cannot_be_decoded_is_left_out_and_named(tmp_path: Path):
    folder = draw_shapes(tmp_path / "shapes", {"train": 2})
    broken = folder / "train/cross/000.png"
    broken.write_bytes(broken.read_bytes()[:60])
    found = load_pictures(import_folder(folder).manifest().part("train"), LABELS, 24)
    assert len(found) == len(found.keys) == len(found.pixels) == 5
    assert [problem.file for problem in found.problems] == [str(broken)]


def test_uncommon_pictures_are_decoded_where_a_crash_costs_one_picture(tmp_path: Path):
    red = np.full((30, 50, 3), (200, 10, 20), np.uint8)
    Image.fromarray(red).save(tmp_path / "a.tiff")
    Image.fromarray(red).save(tmp_path / "b.png")
    (tmp_path / "broken.tiff").write_bytes((tmp_path / "a.tiff").read_bytes()[:80])
    with Decoder() as decoder:
        for name in ("a.tiff", "b.png"):
            assert np.abs(decoder.square(tmp_path / name, 16).astype(int) - (200, 10, 20)).max() <= 2
        with pytest.raises(Error) as caught:
            decoder.square(tmp_path / "broken.tiff", 16)
        assert caught.value.code.startswith("image_")
        processes = decoder._isolated._idle
        assert [process.pictures for process in processes] == [2]
        assert processes[0].pid != os.getpid()
        os.kill(processes[0].pid, signal.SIGKILL)
        with pytest.raises(Error) as caught:
            decoder.square(tmp_path / "a.tiff", 16)
        assert caught.value.code == "decoder_crashed"


def test_decoding_needs_no_torch():
    code = "import sys, training.decode; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], check=False).returncode == 0


def test_nothing_decodable_is_an_error(tmp_path: Path):
    folder = tmp_path / "one"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(b"no picture")
    with pytest.raises(Error, match="No picture could be decoded") as caught:
        load_pictures(import_folder(tmp_path).manifest(), ("one",), 24)
    assert caught.value.code == "dataset_invalid"


@pytest.mark.parametrize(
    ("counts", "says"),
    [({"train": 2}, "No example is in the split validation"), ({"validation": 2}, "in the split train")],
)
def test_a_dataset_without_a_split_is_refused(tmp_path: Path, counts, says):
    folder = draw_shapes(tmp_path / "shapes", counts)
    with pytest.raises(Error, match=says):
        Classification(tiny(), import_folder(folder).manifest(), CPU)


def test_rare_classes_count_more_when_asked(manifest):
    kept = manifest.frame.with_row_index().filter(
        ~((manifest.frame["labels"].list.first() == "cross") & (manifest.frame["split"] == "train"))
    )
    few = manifest.frame.filter(manifest.frame["labels"].list.first() == "cross").filter(
        manifest.frame.filter(manifest.frame["labels"].list.first() == "cross")["split"] == "train"
    )
    unbalanced = type(manifest)(kept.drop("index").vstack(few.head(3)).sort("key"), manifest.root)
    task = Classification(tiny(class_weights="balanced"), unbalanced, CPU)
    assert task.class_weights.tolist() == pytest.approx([27 / 36, 27 / 9, 27 / 36])


def test_orders_follow_from_seed_and_epoch():
    assert torch.equal(order(50, 1, 2), order(50, 1, 2))
    assert sorted(order(50, 1, 2).tolist()) == list(range(50))
    assert not torch.equal(order(50, 1, 2), order(50, 1, 3))
    assert len({mixed(seed, place) for seed in range(10) for place in range(10)}) == 100

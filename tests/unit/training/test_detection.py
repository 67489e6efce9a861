"""Finding things: boxes, what they are worth, and a detector that learns drawn shapes within seconds."""

from __future__ import annotations

import contextlib
import io
import json
import math
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from darkroom.datasets.boxes import import_voc
from darkroom.datasets.manifest import Manifest
from darkroom.domain.train_config import TrainConfig
from darkroom.errors import Error
from darkroom.imaging.operations.base import Raster
from darkroom.imaging.operations.learned_find import find_objects
from darkroom.imaging.operations.learned_model import load_model
from tests.shapes import SHAPES, draw_scenes
from training import boxes, session
from training.augment import augment_moved
from training.evaluate_boxes import evaluate_boxes
from training.export import export
from training.loop import fit
from training.spotter import placed
from training.tasks.detection import Detection, assigned

TINY = {
    "task": "detection", "model": "spotter-tiny", "image_size": 96, "batch_size": 8, "epochs": 30, "budget_seconds": None,
    "validations": 2, "threads": 1, "precision": "float32", "augment": {"rotate": 0, "zoom_from": 0.8, "grey": 0},
}  # fmt: skip


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_scenes(tmp_path_factory.mktemp("scenes"), {"train": 48, "val": 16, "test": 16})


@pytest.fixture(scope="module")
def manifest(scenes: Path) -> Manifest:
    return import_voc(scenes).manifest()


def box_lists():
    edge = st.floats(0, 1, width=32)
    box = st.tuples(edge, edge, edge, edge).map(
        lambda b: (min(b[0], b[2]), min(b[1], b[3]), max(b[0], b[2]), max(b[1], b[3]))
    )
    return st.lists(st.tuples(box, st.floats(0, 1, width=32), st.integers(0, 1)), min_size=1, max_size=12)


@given(box_lists())
def test_of_boxes_that_tell_of_one_thing_the_surest_is_kept(rows):
    places = torch.tensor([row[0] for row in rows])
    scores, classes = torch.tensor([row[1] for row in rows]), torch.tensor([row[2] for row in rows])
    kept = boxes.suppressed(places, scores, classes, 0.5).tolist()
    expected: list[int] = []
    for place in sorted(range(len(rows)), key=lambda one: -scores[one]):
        rivals = [one for one in expected if classes[one] == classes[place]]
        if all(float(boxes.overlap(places[place], places[one])) <= 0.5 for one in rivals):
            expected.append(place)
    assert kept == expected


@given(box_lists())
def test_generalised_overlap_is_never_above_overlap_and_tells_how_far_apart(rows):
    places = torch.tensor([row[0] for row in rows])
    plain, general = (
        boxes.overlap(places[:, None], places[None]),
        boxes.generalised_overlap(places[:, None], places[None]),
    )
    assert bool((general <= plain + 1e-5).all())
    assert bool((general >= -1.001).all())
    near, far = (
        boxes.generalised_overlap(torch.tensor([0, 0, 0.1, 0.1]), torch.tensor([at, 0, at + 0.1, 0.1]))
        for at in (0.2, 0.8)
    )
    assert near > far


def test_boxes_move_with_what_is_inside_them():
    side = 64
    picture = torch.zeros(20, 3, side, side, dtype=torch.uint8)
    picture[:, :, 20:40, 8:24] = 255
    given_box = torch.tensor([[[8 / side, 20 / side, 24 / side, 40 / side], [0, 0, 0.0, 0.0]]]).expand(20, -1, -1)
    present = torch.tensor([[True, False]]).expand(20, -1)
    config = TrainConfig.model_validate(
        {**TINY, "augment": {"colour": 0, "tint": 0, "grey": 0, "rotate": 0, "shear": 0, "zoom_to": 1}}
    ).augment
    changed, maps = augment_moved(picture, side, config, torch.Generator().manual_seed(0))
    found, seen = boxes.moved(given_box, present, maps)
    assert not seen[:, 1].any()
    assert seen[:, 0].any()
    bright = changed.mean(1) > 0.5
    for one in range(20):
        if not seen[one, 0]:
            continue
        rows, columns = bright[one].any(1).nonzero()[:, 0], bright[one].any(0).nonzero()[:, 0]
        left, top, right, bottom = (found[one, 0] * side).tolist()
        # Reflection may show a second one; what the box says must be bright, whatever else is.
        inside = bright[one, math.ceil(top) : math.floor(bottom), math.ceil(left) : math.floor(right)]
        assert inside.numel() == 0 or inside.float().mean() > 0.9
        assert rows.min() <= top + 1.5
        assert columns.min() <= left + 1.5
        assert rows.max() >= bottom - 2.5
        assert columns.max() >= right - 2.5


def test_every_box_is_given_to_a_cell_and_of_two_the_smaller_one_wins():
    small, large, tiny = [0, 0.4, 0.4, 0.6, 0.6, 1], [1, 0.1, 0.1, 0.9, 0.9, 1], [0, 0.01, 0.01, 0.02, 0.02, 1]
    nothing = [-1, 0, 0, 1, 1, 1]
    found = assigned(torch.tensor([[small, large, tiny, nothing]], dtype=torch.float32), 12, 12).view(12, 12)
    assert set(found.unique().tolist()) == {-1, 0, 2} | ({1} if (found == 1).any() else set())
    assert found[6, 6] == 0
    assert found[0, 0] == 2
    alone = assigned(torch.tensor([[large, nothing]], dtype=torch.float32), 12, 12).view(12, 12)
    assert alone[6, 6] == 0
    assert alone[0, 0] == -1


def random_rows(chance: np.random.Generator, pictures: int):
    truth, found = [], []
    for _ in range(pictures):
        count = int(chance.integers(0, 6))
        corner, size = chance.random((count, 2)) * 0.7, 0.05 + chance.random((count, 2)) * 0.25
        kinds = chance.integers(0, 3, (count, 1))
        there = np.concatenate([kinds, corner, corner + size], 1)
        shaken = np.concatenate([corner, corner + size], 1) + chance.normal(0, 0.02, (count, 4))
        extra = chance.random((3, 2)) * 0.6
        drawn = np.concatenate([shaken, np.concatenate([extra, extra + 0.2], 1)])
        called = np.concatenate([np.where(chance.random((count, 1)) < 0.8, kinds, 0), chance.integers(0, 3, (3, 1))])
        truth.append(there)
        found.append(np.concatenate([drawn, chance.random((len(drawn), 1)), called], 1))
    return found, truth


@pytest.mark.parametrize("seed", range(4))
def test_average_precision_is_that_of_the_reference(seed: int):
    """Beside pycocotools, the code of the challenge itself."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    found, truth = random_rows(np.random.default_rng(seed), 25)
    ours = evaluate_boxes(found, truth, ("a", "b", "c"), tuple(map(str, range(25))), quick=True)
    scale = 1000.0
    labels, answers = [], []
    for picture, rows in enumerate(truth):
        for kind, left, top, right, bottom in rows * [1, scale, scale, scale, scale]:
            sizes = [left, top, right - left, bottom - top]
            labels.append(
                {
                    "id": len(labels) + 1,
                    "image_id": picture,
                    "category_id": int(kind),
                    "bbox": sizes,
                    "area": sizes[2] * sizes[3],
                    "iscrowd": 0,
                }
            )
    for picture, rows in enumerate(found):
        for left, top, right, bottom, sure, kind in rows * [scale, scale, scale, scale, 1, 1]:
            answers.append(
                {
                    "image_id": picture,
                    "category_id": int(kind),
                    "bbox": [left, top, right - left, bottom - top],
                    "score": sure,
                }
            )
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "images": [{"id": one} for one in range(25)],
            "annotations": labels,
            "categories": [{"id": one} for one in range(3)],
            "info": {},
        }
        coco.createIndex()
        reference = COCOeval(coco, coco.loadRes(answers), "bbox")
        reference.evaluate()
        reference.accumulate()
        reference.summarize()
    assert ours.map50.value == pytest.approx(reference.stats[1], abs=1e-6)
    assert ours.mean_map == pytest.approx(reference.stats[0], abs=1e-6)


def test_precision_against_recall_ends_where_every_box_counts_and_holds_the_best_point():
    found, truth = random_rows(np.random.default_rng(1), 25)
    result = evaluate_boxes(found, truth, ("a", "b", "c"), tuple(map(str, range(25))))
    assert [one.count for one in result.curves] == sorted((one.count for one in result.classes), reverse=True)
    for curve in result.curves:
        figures = next(one for one in result.classes if one.label == curve.label)
        recalls, thresholds = ([getattr(one, name) for one in curve.points] for name in ("recall", "threshold"))
        assert recalls == sorted(recalls, reverse=True)
        assert thresholds == sorted(thresholds)
        assert len(curve.points) <= 60
        assert recalls[0] >= figures.recall, "of all boxes, more are found than of the surest"


def test_nothing_found_and_nothing_there_are_told_apart():
    none, one = np.zeros((0, 6)), np.array([[0, 0.1, 0.1, 0.2, 0.2]])
    missed = evaluate_boxes([none], [one], ("a",), ("k",))
    assert (missed.map50.value, missed.classes[0].count, missed.mistakes[0].missed) == (0, 1, 1)
    (mark,) = missed.mistakes[0].marks
    assert (mark.label, mark.confidence, mark.outline[0], mark.outline[2]) == ("a", None, (0.1, 0.1), (0.2, 0.2))
    empty = evaluate_boxes([none], [np.zeros((0, 5))], ("a",), ("k",))
    assert (empty.map50.value, empty.boxes, empty.mistakes) == (0, 0, ())


@settings(max_examples=20)
@given(st.integers(0, 2**31))
def test_what_is_drawn_exactly_is_worth_everything(seed: int):
    _, truth = random_rows(np.random.default_rng(seed), 6)
    found = [np.concatenate([rows[:, 1:], np.ones((len(rows), 1)), rows[:, :1]], 1) for rows in truth]
    result = evaluate_boxes(found, truth, ("a", "b", "c"), tuple("abcdef"))
    assert result.boxes == 0 or result.map50.value == pytest.approx(1, abs=1e-9)
    assert result.mistakes == ()


@pytest.fixture(scope="module")
def learnt(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    config = TrainConfig.model_validate(TINY)
    fitted, problems = session.train(config, manifest, tmp_path_factory.mktemp("run"))
    assert problems == ()
    return fitted.folder


def test_a_detector_learns_where_shapes_are(learnt: Path, manifest: Manifest):
    found = session.judge(learnt, manifest, "test")
    best = found.metrics[0]
    assert (best.name, found.count) == ("map50", 16)
    assert best.value > 0.5
    assert best.low <= best.value <= best.high
    assert [one.label for one in found.details.classes] == sorted(SHAPES)
    for one in found.details.mistakes:
        drawn = [mark for mark in one.marks if mark.confidence is not None]
        there, hits = len(one.marks) - len(drawn), sum(mark.right for mark in drawn)
        assert (one.wrong, one.missed) == (len(drawn) - hits, there - hits)


def test_it_goes_out_as_onnx_that_smart_crops_and_other_operations_understand(
    learnt: Path, manifest: Manifest, scenes: Path
):
    path = export(learnt)
    about = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).get_modelmeta().custom_metadata_map
    labels = tuple(json.loads(about["labels"]))
    assert about["task"] == "detection"
    model = load_model(path.read_bytes(), "shapes")
    right = total = 0
    for example in manifest.part("test").examples():
        from darkroom.imaging import native

        picture = native.cv2().cvtColor(
            native.cv2().imread(str(scenes / "JPEGImages" / Path(example.path).name)), native.cv2().COLOR_BGR2RGB
        )
        regions = find_objects(Raster(picture), model, labels=labels, values="0..1", score=0.3)
        for one in example.annotations:
            total += 1
            box = torch.tensor([one.box.x, one.box.y, one.box.x + one.box.width, one.box.y + one.box.height])
            right += any(
                region.label == one.label and float(boxes.overlap(box, torch.tensor([region.left, region.top, region.right, region.bottom]))) > 0.5
                for region in regions
            )  # fmt: skip
    assert right > 0.5 * total


def test_a_killed_detector_ends_with_the_same_weights(manifest: Manifest, tmp_path: Path):
    from safetensors.torch import load_file

    config = TrainConfig.model_validate({**TINY, "epochs": 2, "checkpoint_steps": 3})
    task = Detection(config, manifest, torch.device("cpu"))
    whole = fit(task, config, tmp_path / "whole", manifest.hash)
    seen: list[int] = []

    def stop() -> bool:
        seen.append(1)
        return len(seen) == 5

    assert fit(task, config, tmp_path / "cut", manifest.hash, stop=stop).stopped == "asked"
    again = fit(task, config, tmp_path / "cut", manifest.hash, resume=True)
    mine, theirs = (load_file(one.folder / "weights.safetensors") for one in (whole, again))
    assert all(torch.equal(mine[name], theirs[name]) for name in mine)


def test_a_dataset_without_boxes_is_refused(manifest: Manifest, shapes: Path):
    from darkroom.datasets.importers import import_folder

    config = TrainConfig.model_validate(TINY)
    with pytest.raises(Error, match="No training picture has a box"):
        Detection(config, import_folder(shapes).manifest(), torch.device("cpu"))
    with pytest.raises(Error, match="no residual for detection"):
        fit(
            Detection(config, manifest, torch.device("cpu")),
            config.model_copy(update={"model": "residual"}),
            shapes,
            manifest.hash,
        )


def test_defaults_are_those_of_the_task_and_what_is_said_stays():
    plain = TrainConfig.model_validate({"task": "detection"})
    assert (plain.model, plain.image_size, plain.augment.mixup) == ("spotter", 256, 0)
    said = TrainConfig.model_validate({"task": "detection", "image_size": 128, "augment": {"rotate": 30}})
    assert (said.image_size, said.augment.rotate, said.augment.mixup) == (128, 30, 0)
    assert TrainConfig.model_validate(plain.model_dump()) == plain
    assert TrainConfig.model_validate({"task": "classification"}) == TrainConfig()


def test_places_of_cells_come_back_as_boxes():
    outputs = torch.zeros(1, 2 + 4, 4, 8)
    found, scores = placed(outputs)
    assert (found.shape, scores.shape) == ((1, 32, 4), (1, 32, 2))
    assert found[0, 0].tolist() == pytest.approx([-0.5 / 8, -0.5 / 4, 1.5 / 8, 1.5 / 4])

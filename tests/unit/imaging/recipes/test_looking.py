"""Detectors of this machine: found in their folder, looked with before the steps run, hidden or kept what they find."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from darkroom.cli.main import app
from darkroom.errors import Error
from darkroom.imaging.operations.base import Raster
from darkroom.imaging.operations.learned_write import fixed_detector, model, node, port, tensor
from darkroom.imaging.recipes.compile import Program, compile_recipe
from darkroom.imaging.recipes.looking import digests_of, find_detectors, wanted
from darkroom.imaging.recipes.read import find_recipe, parse_recipe
from darkroom.imaging.recipes.run import Resources, preview, run_recipe

SIDE, CELL = 128, 8
SKIN, WALL = (225, 150, 110), (70, 90, 130)
AT = (0.625, 0.25, 0.875, 0.625)
"""Where the face is: left, top, right, bottom."""


def program(*steps: str, more: str = "output: {format: png}\n") -> Program:
    return compile_recipe(parse_recipe(f"operations: [{', '.join(steps)}]\n{more}", "test.yaml", folder=None))


def scene(seed: int = 0, box: tuple[float, ...] = AT, width: int = 320, height: int = 256) -> np.ndarray:
    """A room with somebody in it, whose face has stripes that hiding must take away."""
    noise = np.random.default_rng(seed).normal(0, 12, (height, width, 3))
    picture = np.full((height, width, 3), WALL, np.float64)
    left, top, right, bottom = (round(one * size) for one, size in zip(box, (width, height) * 2, strict=True))
    picture[top:bottom, left:right] = SKIN
    picture[top:bottom, left:right:4] *= 0.6
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def encoded(array: np.ndarray) -> bytes:
    target = BytesIO()
    Image.fromarray(array).save(target, "PNG")
    return target.getvalue()


def learnt() -> bytes:
    """A detector trained on the spot: by its mean colour each cell is a face or is not (logistic regression)."""
    examples, answers = [], []
    for seed in range(4):
        left, top = np.random.default_rng(seed).integers(1, 8, 2) * CELL / SIDE
        box = (left, top, left + 0.25, top + 0.25)
        small = np.asarray(Image.fromarray(scene(seed, box)).resize((SIDE, SIDE), Image.Resampling.BOX)) / 255
        cells = small.reshape(SIDE // CELL, CELL, SIDE // CELL, CELL, 3).mean(axis=(1, 3)).reshape(-1, 3)
        middles = (np.stack(np.meshgrid(*[np.arange(SIDE // CELL)] * 2), axis=2).reshape(-1, 2) + 0.5) * CELL / SIDE
        inside = (middles > box[:2]).all(axis=1) & (middles < box[2:]).all(axis=1)
        examples.append(cells)
        answers.append(inside)
    x, y = np.concatenate(examples), np.concatenate(answers).astype(float)
    weights, bias = np.zeros(3), 0.0
    for _ in range(4000):
        wrong = 1 / (1 + np.exp(-(x @ weights + bias))) - y
        weights -= 2.0 * x.T @ wrong / len(x)
        bias -= 2.0 * wrong.mean()
    kernel = np.zeros((2, 3, CELL, CELL), np.float32)
    kernel[0] = (weights / CELL**2)[:, None, None]
    count = (SIDE // CELL) ** 2
    places = np.stack(np.meshgrid(*[np.arange(SIDE // CELL)] * 2), axis=2).reshape(-1, 2)
    boxes = np.concatenate([(places + 0.5) * CELL / SIDE, np.full((count, 2), CELL / SIDE)], axis=1)
    nodes = [
        node("Conv", ["x", "w", "b"], ["c"], kernel_shape=[CELL, CELL], strides=[CELL, CELL]),
        node("Reshape", ["c", "flat"], ["f"]),
        node("Transpose", ["f"], ["logits"], perm=[0, 2, 1]),
        node("Identity", ["given"], ["boxes"]),
    ]
    held = [
        tensor("w", kernel), tensor("b", np.array([bias, 0], np.float32)),
        tensor("flat", np.array([1, 2, count], np.int64)), tensor("given", boxes[None].astype(np.float32)),
    ]  # fmt: skip
    outputs = [port("logits", (1, count, 2)), port("boxes", (1, count, 4))]
    return model(nodes, [port("x", (1, 3, SIDE, SIDE))], outputs, held)


@pytest.fixture(scope="module")
def trained() -> bytes:
    return learnt()


@pytest.fixture
def folder(tmp_path: Path, trained: bytes) -> Path:
    found = tmp_path / "detectors"
    found.mkdir()
    (found / "face.onnx").write_bytes(trained)
    return found


def stripes(array: np.ndarray, box: tuple[float, ...] = AT) -> float:
    """How much of the face is left: differences between neighbours in it."""
    height, width = array.shape[:2]
    left, top, right, bottom = (round(one * size) for one, size in zip(box, (width, height) * 2, strict=True))
    middle = array[top + 8 : bottom - 8, left + 8 : right - 8].astype(float)
    return float(np.abs(np.diff(middle, axis=1)).mean())


def opened(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(data)))


def test_what_a_trained_detector_finds_is_hidden_and_nothing_else(folder: Path):
    picture = scene(9)
    resources = Resources(detectors=find_detectors(folder))
    made = opened(
        run_recipe(
            program("{hide_regions: {margin: 0, blocks: 1, shape: box}}"),
            encoded(picture),
            "a.png",
            resources=resources,
        ).encoded.data
    )
    assert stripes(made) < 0.2 * stripes(picture)
    changed = (made != picture).any(axis=2)
    rows, columns = np.nonzero(changed)
    assert columns.min() >= round(AT[0] * 320) - 24
    assert columns.max() <= round(AT[2] * 320) + 24
    assert rows.min() >= round(AT[1] * 256) - 20
    assert rows.max() <= round(AT[3] * 256) + 20
    # The same in the small copy that an editor shows.
    small, _ = preview(program("{hide_regions: {}}"), encoded(picture), "a.png", 200, resources=resources)
    assert isinstance(small, Raster)
    assert stripes(small.array) < 0.5 * stripes(np.asarray(Image.fromarray(picture).resize((200, 160))))


def test_a_crop_keeps_the_face_that_was_found(folder: Path):
    resources = Resources(detectors=find_detectors(folder))
    crop = program("{smart_crop: {ratio: '1:2', strategy: faces}}")
    made = opened(run_recipe(crop, encoded(scene(3)), "a.png", resources=resources).encoded.data)
    assert made.shape[:2] == (256, 128)
    skin = [int((np.abs(one.astype(int) - SKIN).sum(axis=2) < 90).sum()) for one in (made, scene(3))]
    assert skin[0] > 0.95 * skin[1]


def test_a_detector_that_finds_something_else_hides_no_face(folder: Path):
    (folder / "face.json").write_text(json.dumps({"labels": ["plate"]}))
    resources = Resources(detectors=find_detectors(folder))
    with pytest.raises(Error, match=r"no detector here finds face\.") as refused:
        run_recipe(program("hide_regions"), encoded(scene()), "a.png", resources=resources)
    assert "detectors" in (refused.value.remedy or "")
    run_recipe(program("{hide_regions: {labels: ['*']}}"), encoded(scene()), "a.png", resources=resources)


def test_what_a_model_says_of_itself_and_what_is_written_beside_it(tmp_path: Path):
    assert find_detectors(tmp_path / "nowhere") == ()
    (tmp_path / "plates.onnx").write_bytes(fixed_detector())
    (one,) = find_detectors(tmp_path)
    assert (one.labels, one.side, one.values) == (("plates",), 640, "0..1")
    (tmp_path / "plates.json").write_text(
        '{"labels": ["plate", "face"], "side": 320, "values": "imagenet", "score": 0.7}'
    )
    (other,) = find_detectors(tmp_path)
    assert (other.labels, other.side, other.values, other.score) == (("plate", "face"), 320, "imagenet", 0.7)
    hides = program("hide_regions")
    assert hides.fingerprint(digests_of(hides, (one,))) == hides.fingerprint()  # it finds no face
    assert hides.fingerprint(digests_of(hides, (other,))) != hides.fingerprint()
    for words in ('{"values": "loud"}', "[1]", "{", '{"score": "very"}'):
        (tmp_path / "plates.json").write_text(words)
        with pytest.raises(Error) as refused:
            find_detectors(tmp_path)
        assert refused.value.code == "model_unusable"
        assert "plates" in refused.value.cause


def test_what_steps_look_for():
    def asked(*steps: str) -> tuple[set[str], set[str]]:
        found = wanted(program(*steps))
        return set(found.needed), set(found.helpful)

    assert asked("flip", "{smart_crop: {ratio: '1:1'}}") == (set(), set())
    assert asked("hide_regions", "{smart_crop: {strategy: faces}}") == ({"face"}, {"face"})
    assert asked("{smart_crop: {strategy: objects}}") == (set(), {"*"})
    assert asked("{hide_regions: {boxes: [{left: 0, top: 0, right: 1, bottom: 1}]}}") == (set(), {"face"})


def test_yunet_is_known_by_its_outputs(tmp_path: Path):
    """Its grids with one face: cell 3, 2 of stride 16 in a picture of 96 x 64, twice as wide as a cell."""
    width, height = 96, 64
    held, outputs, nodes = (
        [],
        [],
        [node("ReduceMean", ["x"], ["m"], axes=[0, 1, 2, 3], keepdims=0), node("Mul", ["m", "none"], ["z"])],
    )
    held.append(tensor("none", np.zeros(1, np.float32)))
    for stride in (8, 16, 32):
        count = (width // stride) * (height // stride)
        for kind, size in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)):
            values = np.zeros((1, count, size), np.float32)
            if stride == 16 and kind != "kps":
                values[0, 2 * (width // 16) + 3] = (0.5, 0.25, np.log(2), 0.0) if kind == "bbox" else 0.9
            name = f"{kind}_{stride}"
            held.append(tensor(f"held_{name}", values))
            nodes.append(node("Add", [f"held_{name}", "z"], [name]))
            outputs.append(port(name, values.shape))
    (tmp_path / "face.onnx").write_bytes(model(nodes, [port("x", (1, 3, height, width))], outputs, held))
    (detector,) = find_detectors(tmp_path)
    assert detector.values == "bgr"
    (face,) = detector.look(Raster(scene(0, width=192, height=128)))
    assert (face.label, face.score) == ("face", pytest.approx(0.9))
    assert (face.left, face.right) == (pytest.approx((3.5 - 1) * 16 / width), pytest.approx((3.5 + 1) * 16 / width))
    assert (face.top, face.bottom) == (
        pytest.approx((2.25 - 0.5) * 16 / height),
        pytest.approx((2.25 + 0.5) * 16 / height),
    )


@pytest.fixture
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DARKROOM_HOME", str(tmp_path))


@pytest.mark.usefixtures("_home")
def test_the_privacy_preset_works_on_files_once_there_is_a_detector(folder: Path, tmp_path: Path):
    source, out = tmp_path / "a.png", tmp_path / "out"
    source.write_bytes(encoded(scene(5)))

    def run() -> int:
        return CliRunner().invoke(app, ["apply", "privacy", str(source), "--out", str(out)]).exit_code

    (folder / "face.onnx").rename(folder / "face.away")
    assert run() == 1
    assert not list(out.glob("*"))
    (folder / "face.away").rename(folder / "face.onnx")
    assert run() == 0
    assert stripes(opened((out / "a.jpg").read_bytes())) < 0.5 * stripes(scene(5))
    assert find_recipe("privacy").metadata == "none"

"""Learned models: refused before they run when they should be, tiled without a seam, right by number."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from darkroom.errors import Error
from darkroom.imaging.operations.base import Context, Raster
from darkroom.imaging.operations.learned import (
    EnhanceParams,
    denoise_learned,
    enhance_learned,
    style_learned,
    super_resolve,
    through_model,
)
from darkroom.imaging.operations.learned_find import (
    cut_out_learned,
    detection_overlay,
    find_objects,
    segment,
    segment_overlay,
)
from darkroom.imaging.operations.learned_model import Model, load_model, read_model
from darkroom.imaging.operations.learned_onnx import facts_of
from darkroom.imaging.operations.learned_place import Place
from darkroom.imaging.operations.learned_tiles import Tiling, roomy, run_fitting, run_tiled
from darkroom.imaging.operations.learned_write import (
    box_blur,
    brightness_segmenter,
    doubler,
    field,
    fixed_detector,
    identity,
    model,
    node,
    port,
    tensor,
)
from tests.unit.imaging.operations.scenes import clean, floats, noisy, raster

IMAGE = ("n", 3, "h", "w")


def test_what_a_model_says_of_itself_is_read_without_running_it():
    facts = facts_of(box_blur(5), "blur")
    assert facts.opsets == {"": 17}
    assert [(one.name, one.dims) for one in facts.inputs] == [("x", (None, 3, None, None))]
    assert [one.name for one in facts.outputs] == ["y"]
    assert (facts.nodes, facts.external) == (1, ())


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is not an ONNX model"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "is not an ONNX model"),
        (box_blur()[:-40], "is not an ONNX model"),
        (
            model([node("Identity", ["x"], ["y"], domain="evil.ops")], [port("x", IMAGE)], [port("y", IMAGE)]),
            "evil.ops",
        ),
        (model([node("Identity", ["x"], ["y"])], [port("x", IMAGE)], [port("y", IMAGE)], opset=99), "version 99"),
        (model([node("Identity", ["x"], ["y"])], [port("x", ("n", 7, "h", 5))], [port("y", IMAGE)]), "1, 3 or 4"),
        (model([node("Identity", ["x"], ["y"])], [port("x", (1, 3))], [port("y", (1, 3))]), "four axes"),
        (
            model([node("Add", ["x", "z"], ["y"])], [port("x", IMAGE), port("z", IMAGE)], [port("y", IMAGE)]),
            "must have one input",
        ),
        (model([node("NoSuchThing", ["x"], ["y"])], [port("x", IMAGE)], [port("y", IMAGE)]), "cannot be loaded"),
    ],
    ids=["empty", "picture", "cut", "domain", "opset", "channels", "axes", "inputs", "operator"],
)
def test_a_model_that_cannot_be_used_is_refused_and_named(data: bytes, words: str):
    with pytest.raises(Error, match=words) as refused:
        load_model(data, "upscaler")
    assert refused.value.code == "model_unusable"
    assert "upscaler" in refused.value.cause


def test_deeply_nested_graphs_are_refused():
    graph = field(1, node("Identity", ["a"], ["b"]))
    for _ in range(40):
        attribute = field(1, "body") + field(6, graph) + field(20, 5)
        graph = field(1, field(4, "If") + field(5, attribute))
    with pytest.raises(Error, match="nested too deep"):
        facts_of(field(7, graph), "matryoshka")


def external(location: str, length: int = 12) -> bytes:
    """A model that adds to each channel what lies in another file."""
    entries = b"".join(
        field(13, field(1, key) + field(2, value))
        for key, value in (("location", location), ("offset", "4"), ("length", str(length)))
    )
    weights = field(1, 3) + field(1, 1) + field(1, 1) + field(2, 1) + field(8, "w") + entries + field(14, 1)
    return model([node("Add", ["x", "w"], ["y"])], [port("x", IMAGE)], [port("y", IMAGE)], [weights])


def test_weights_beside_the_model_are_taken_in(tmp_path: Path):
    (tmp_path / "weights.bin").write_bytes(bytes(4) + np.array([0.1, 0.2, 0.3], np.float32).tobytes())
    (tmp_path / "m.onnx").write_bytes(external("weights.bin"))
    data = read_model(tmp_path / "m.onnx")
    made = load_model(data).picture(np.zeros((4, 5, 3), np.float32))
    assert made[2, 2] == pytest.approx([0.1, 0.2, 0.3])
    with pytest.raises(Error, match="keeps weights in other files"):
        load_model(external("weights.bin"))


@pytest.mark.parametrize("location", ["../secret", "/etc/passwd", "link", "", "missing"])
def test_files_outside_the_folder_of_the_model_are_never_read(tmp_path: Path, location: str):
    folder = tmp_path / "models"
    folder.mkdir()
    (tmp_path / "secret").write_bytes(bytes(100))
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "m.onnx").write_bytes(external(location))
    with pytest.raises(Error, match="not beside it"):
        read_model(folder / "m.onnx")


def test_a_cut_off_weight_file_and_a_missing_model_are_named(tmp_path: Path):
    (tmp_path / "w").write_bytes(bytes(7))
    (tmp_path / "m.onnx").write_bytes(external("w"))
    with pytest.raises(Error, match="cut off"):
        read_model(tmp_path / "m.onnx")
    with pytest.raises(Error) as refused:
        read_model(tmp_path / "none.onnx")
    assert refused.value.code == "source_missing"


@pytest.mark.parametrize(("side", "overlap"), [(64, 16), (48, 24), (96, 20)])
def test_tiles_give_the_same_as_the_whole(side: int, overlap: int):
    blur = load_model(box_blur(5))
    picture = noisy(clean(210, 150), 0.1).astype(np.float32)
    whole = blur.picture(picture)
    tiled = run_tiled(picture, blur.picture, Tiling(side, overlap, 8))
    assert np.abs(tiled - whole).max() < 1e-3
    # Without overlap there would be seams: the test can fail.
    assert np.abs(run_tiled(picture, blur.picture, Tiling(side, 0, 8)) - whole).max() > 0.01


def test_tiles_of_an_upscaler_give_the_same_as_the_whole():
    twice = load_model(doubler())
    picture = clean(100, 70).astype(np.float32)
    tiled = run_tiled(picture, twice.picture, Tiling(32, 8, 8), factor=2)
    assert np.abs(tiled - twice.picture(picture)).max() < 1e-5


def test_tiles_become_smaller_where_memory_is_short():
    blur, sides = load_model(box_blur(5)), []
    picture = noisy(clean(210, 150), 0.1).astype(np.float32)

    def run(tile: np.ndarray, most: int = 60) -> np.ndarray:
        sides.append(max(tile.shape[:2]))
        if sides[-1] > most:
            raise Error("image_out_of_memory", "The model needs more.")
        return blur.picture(tile)

    whole = run_tiled(picture, blur.picture, Tiling(256, 24, 8))
    assert np.abs(run_fitting(picture, run, Tiling(256, 24, 8)) - whole).max() < 1e-3
    assert [side for side in sides if side > 60] == [216, 112]
    with pytest.raises(Error, match="needs more"):
        run_fitting(picture, lambda tile: run(tile, 0), Tiling(256, 24, 8))


def test_tiles_are_as_small_as_the_free_memory_asks(monkeypatch: pytest.MonkeyPatch):
    asked = Tiling(1024, 256, 8)
    plenty, little, none = (roomy(asked, 64, free) for free in (10**12, 100_000_000, 0))
    assert plenty == asked
    assert (little.side, little.overlap) == (128, 64)
    assert 128**2 * 64 * 24 < 50_000_000 < 256**2 * 64 * 24
    assert none.side == 32
    assert roomy(asked, 64, 10**9, factor=4).side == roomy(asked, 64, 10**9).side // 4
    # It is what a step does: with next to nothing free a picture comes out the same.
    sides: list[int] = []
    run = Model.picture
    monkeypatch.setattr(
        Model, "picture", lambda self, tile, guide: sides.append(max(tile.shape)) or run(self, tile, guide)
    )
    picture = noisy(clean(210, 150), 0.1).astype(np.float32)
    params, blur = EnhanceParams(model="m"), load_model(box_blur(5))
    whole = through_model(picture, params, blur)
    cramped = replace(blur, place=Place(free=lambda: 500_000))
    # The outermost pixels are another matter: there the whole was padded to a multiple of eight.
    assert np.abs(through_model(picture, params, cramped) - whole)[:-8, :-8].max() < 1e-3
    assert (max(sides[:1]), max(sides[1:])) == (216, 32)


def test_the_width_of_a_model_is_read_however_it_is_spelt():
    assert facts_of(box_blur(5), "m").widest == 3
    assert facts_of(doubler(), "m").widest == 12
    packed = field(1, bytes([20, 7, 3, 3])) + field(2, 1) + field(8, "w") + field(9, bytes(4 * 20 * 7 * 9))
    conv = node("Conv", ["x", "w"], ["y"], kernel_shape=[3, 3])
    assert facts_of(model([conv], [port("x", IMAGE)], [port("y", IMAGE)], [packed]), "m").widest == 20


def test_blending_shows_no_seam_where_tiles_disagree():
    steps = iter(np.linspace(0, 1, 100))

    def moody(tile: np.ndarray) -> np.ndarray:
        return np.full_like(tile, next(steps))

    made = run_tiled(np.zeros((64, 400, 1), np.float32), moody, Tiling(64, 32, 8))
    # A dozen tiles, each a hundredth apart: nowhere a jump of that size.
    assert np.abs(np.diff(made[32, :, 0])).max() < 0.002


@pytest.mark.parametrize("depth", ["uint8", "uint16", "float32"])
def test_an_identity_gives_back_the_picture_in_every_depth(depth: str):
    image = raster(np.concatenate([clean(90, 70), np.full((70, 90, 1), 0.5)], axis=2), depth)
    params = enhance_learned.parse({"model": "m", "tile": 32, "overlap": 8, "min_gain": 0})
    for values in ("0..1", "0..255", "-1..1"):
        with_range = params.model_copy(update={"values": values})
        made = enhance_learned.apply(image, with_range, Context(files={"m": identity()}))
        assert np.abs(made.array.astype(float) - image.array).max() <= (0 if depth == "uint8" else 1e-2)


def test_strength_mixes_and_a_blur_is_the_blur():
    image = raster(clean(120, 90), "float32")
    files = Context(files={"m": box_blur(3)})
    full = floats(enhance_learned.apply(image, enhance_learned.parse({"model": "m", "min_gain": 0}), files))
    expected = cv2.blur(image.array, (3, 3))
    assert np.abs(full[1:-1, 1:-1] - expected[1:-1, 1:-1]).max() < 1e-5
    half = floats(
        enhance_learned.apply(image, enhance_learned.parse({"model": "m", "strength": 0.5, "min_gain": 0}), files)
    )
    assert np.abs(half - (full + floats(image)) / 2).max() < 1e-6


def test_super_resolution_doubles_grey_colour_and_alpha():
    files = Context(files={"m": doubler()})
    params = super_resolve.parse({"model": "m", "tile": 32, "overlap": 8, "min_gain": 0})
    image = raster(clean(50, 40))
    made = super_resolve.apply(image, params, files).array
    assert np.array_equal(made, image.array.repeat(2, 0).repeat(2, 1))
    grey = raster(clean(50, 40)[..., :1])
    assert (
        np.abs(super_resolve.apply(grey, params, files).array - grey.array.repeat(2, 0).repeat(2, 1).astype(int)).max()
        <= 1
    )
    with_alpha = Raster(np.concatenate([image.array, np.full((40, 50, 1), 77, np.uint8)], axis=2))
    assert (super_resolve.apply(with_alpha, params, files).array[..., 3] == 77).all()
    with pytest.raises(Error, match="not 4 times the size"):
        super_resolve.apply(image, super_resolve.parse({"model": "m", "factor": 4}), files)


def test_a_model_of_brightness_leaves_the_colours():
    weights = tensor("w", np.array([[[[-1.0]]]], np.float32))
    bias = tensor("b", np.array([1.0], np.float32))
    negative = model(
        [node("Conv", ["x", "w", "b"], ["y"], kernel_shape=[1, 1])],
        [port("x", ("n", 1, "h", "w"))], [port("y", ("n", 1, "h", "w"))], [weights, bias],
    )  # fmt: skip
    image = raster(np.full((20, 20, 3), (0.5, 0.4, 0.6)), "float32")
    made = floats(
        enhance_learned.apply(
            image, enhance_learned.parse({"model": "m", "min_gain": 0}), Context(files={"m": negative})
        )
    )
    luma = np.array([0.299, 0.587, 0.114])
    assert made[5, 5] @ luma == pytest.approx(1 - floats(image)[5, 5] @ luma, abs=1e-3)
    assert made[5, 5, 2] - made[5, 5, 1] == pytest.approx(0.2, abs=1e-3)


def test_a_model_with_one_size_gets_that_size():
    fixed = model([node("Identity", ["x"], ["y"])], [port("x", (1, 3, 48, 64))], [port("y", (1, 3, 48, 64))])
    for size in ((30, 20), (200, 111)):
        image = raster(clean(*size), "float32")
        made = enhance_learned.apply(
            image, enhance_learned.parse({"model": "m", "min_gain": 0}), Context(files={"m": fixed})
        )
        assert np.abs(made.array - image.array).max() < 1e-5


def test_learned_noise_reduction_is_not_run_on_a_clean_picture():
    image = raster(clean(), "uint16")
    nothing = Context()  # the model is not even looked for
    assert denoise_learned.apply(image, denoise_learned.parse({"model": "m"}), nothing) is image
    dirty = raster(noisy(clean(), 0.05), "uint16")
    pinned = denoise_learned.pin(dirty, denoise_learned.parse({"model": "m", "min_gain": 0}), nothing)
    assert pinned.noise == pytest.approx(0.05, rel=0.1)
    assert denoise_learned.apply(dirty, pinned, Context(files={"m": box_blur()})) is not dirty


def test_a_model_that_asks_for_the_noise_gets_it():
    weights = np.zeros((3, 4, 1, 1), np.float32)
    weights[:, 3] = 1  # shows the map of the noise
    shown = model(
        [node("Conv", ["x", "w"], ["y"], kernel_shape=[1, 1])],
        [port("x", ("n", 4, "h", "w"))], [port("y", IMAGE)], [tensor("w", weights)],
    )  # fmt: skip
    image = raster(clean(64, 64), "float32")
    params = denoise_learned.parse({"model": "m", "noise": 0.07, "min_gain": 0})
    made = denoise_learned.apply(image, params, Context(files={"m": shown}))
    assert made.array == pytest.approx(0.07, abs=1e-5)


def test_a_style_keeps_the_colours_if_asked():
    red = model(
        [node("Mul", ["x", "w"], ["y"])], [port("x", IMAGE)], [port("y", IMAGE)],
        [tensor("w", np.array([0.5, 0, 0], np.float32).reshape(3, 1, 1))],
    )  # fmt: skip
    image = raster(np.full((60, 60, 3), (0.6, 0.6, 0.6)), "float32")
    files = Context(files={"m": red})
    made = floats(style_learned.apply(image, style_learned.parse({"model": "m", "megapixels": 0.05}), files))
    assert made[30, 30] == pytest.approx([0.3, 0, 0], abs=1e-3)
    kept = floats(style_learned.apply(image, style_learned.parse({"model": "m", "keep_colours": True}), files))
    assert kept[30, 30] == pytest.approx([0.3 * 0.299] * 3, abs=1e-3)


def test_boxes_are_found_named_and_the_weaker_of_two_dropped():
    rows = [
        (0.10, 0.10, 0.50, 0.60, 0.9, 1.0),
        (0.12, 0.10, 0.50, 0.62, 0.8, 1.0),  # the same thing again
        (0.60, 0.50, 0.90, 0.90, 0.7, 0.0),
        (0.00, 0.00, 0.10, 0.10, 0.2, 0.0),  # too weak
    ]
    found = find_objects(raster(clean()), load_model(fixed_detector(rows)), labels=("cat", "dog"))
    assert [(one.label, round(one.score, 2)) for one in found] == [("dog", 0.9), ("cat", 0.7)]
    assert (found[0].left, found[0].bottom) == pytest.approx((0.1, 0.6))


def test_boxes_in_pixels_and_those_of_detr_are_understood():
    pixels = find_objects(raster(clean(320, 240)), load_model(fixed_detector([(256, 192, 512, 384, 0.9, 0)])), side=512)
    assert (pixels[0].left, pixels[0].top) == pytest.approx((0.5, 0.5))
    logits = np.array([[[5, 0, 0], [0, 0, 5]]], np.float32)  # two queries: class 0, nothing
    boxes = np.array([[[0.5, 0.4, 0.2, 0.4], [0.5, 0.5, 1, 1]]], np.float32)
    nodes = [
        node("ReduceMean", ["x"], ["m"], axes=[0, 1, 2, 3], keepdims=0), node("Mul", ["m", "zero"], ["z"]),
        node("Add", ["l", "z"], ["logits"]), node("Add", ["b", "z"], ["pred_boxes"]),
    ]  # fmt: skip
    weights = [tensor("l", logits), tensor("b", boxes), tensor("zero", np.zeros(1, np.float32))]
    detr = model(nodes, [port("x", IMAGE)], [port("logits", logits.shape), port("pred_boxes", boxes.shape)], weights)
    (found,) = find_objects(raster(clean()), load_model(detr), labels=("ship",))
    assert (found.left, found.top, found.right, found.bottom) == pytest.approx((0.4, 0.2, 0.6, 0.6))
    assert found.label == "ship"
    with pytest.raises(Error, match="no kind of detection"):
        find_objects(raster(clean()), load_model(identity()))


def test_segments_become_alpha_and_colours():
    scene = np.full((60, 80, 3), 0.1)
    scene[20:40, 20:60] = 0.9
    image = raster(scene)
    odds = segment(image, load_model(brightness_segmenter()), side=80, values="0..1")
    assert odds.shape == (60, 80, 2)
    assert odds.sum(axis=2) == pytest.approx(1, abs=1e-5)
    assert odds[30, 40, 1] > 0.99
    assert odds[5, 5, 1] < 0.01
    files = Context(files={"m": brightness_segmenter()})
    params = {"model": "m", "values": "0..1", "side": 80}
    cut = cut_out_learned.apply(image, cut_out_learned.parse({**params, "refine": 0}), files).array
    assert cut[30, 40].tolist() == [230, 230, 230, 255]
    assert cut[5, 5, 3] == 0
    shown = segment_overlay.apply(image, segment_overlay.parse(params), files).array
    assert np.array_equal(shown[5, 5], image.array[5, 5])
    assert np.ptp(shown[30, 40].astype(int)) > 30


def test_found_boxes_are_drawn_on_the_picture():
    image = raster(np.full((100, 200, 3), 0.5))
    files = Context(files={"m": fixed_detector([(0.25, 0.2, 0.75, 0.8, 0.9, 0.0)])})
    params = detection_overlay.parse({"model": "m", "colour": "#00ff00", "names": False, "line": 0.01})
    made = detection_overlay.apply(image, params, files).array
    green = (made == (0, 255, 0)).all(axis=2)
    rows, columns = np.nonzero(green)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (20, 79, 50, 149)
    assert not green[30:70, 60:140].any()
    named = detection_overlay.apply(image, params.model_copy(update={"names": True}), files).array
    assert (named[:20, 50:90] != 128).any()

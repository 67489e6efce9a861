"""Operations that move pixels: sizes, places and values that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from darkroom.errors import Error
from darkroom.imaging import native
from darkroom.imaging.operations.base import Context, Raster, Region, Shape
from darkroom.imaging.operations.geometry import auto_orient, crop, flip, tile
from darkroom.imaging.operations.geometry_frame import round_corners, trim
from darkroom.imaging.operations.geometry_resize import border, pad, resize
from darkroom.imaging.operations.geometry_smart import SmartCropParams, crop_overlay, crops, focus_region, smart_crop
from darkroom.imaging.operations.geometry_warp import deskew, perspective, rotate, straighten
from darkroom.imaging.operations.motion import move_mask, move_points, move_regions
from darkroom.imaging.operations.registry import Operation
from tests.unit.imaging.operations.made import picture


def apply(operation: Operation, image: Raster, context: Context | None = None, **params) -> Raster:
    return operation.apply(image, operation.parse(params), context or Context())


def numbered() -> Raster:
    return Raster(np.arange(6, dtype=np.uint8).reshape(2, 3, 1))


def test_each_orientation_is_undone_as_exif_says():
    # What a 2 x 3 picture looks like stored with each orientation, turned back by hand.
    expected = {
        1: [[0, 1, 2], [3, 4, 5]],
        2: [[2, 1, 0], [5, 4, 3]],
        3: [[5, 4, 3], [2, 1, 0]],
        4: [[3, 4, 5], [0, 1, 2]],
        5: [[0, 3], [1, 4], [2, 5]],
        6: [[3, 0], [4, 1], [5, 2]],
        7: [[5, 2], [4, 1], [3, 0]],
        8: [[2, 5], [1, 4], [0, 3]],
    }
    for orientation, rows in expected.items():
        made = apply(auto_orient, Raster(numbered().array, orientation=orientation))
        assert made.array[:, :, 0].tolist() == rows
        assert made.orientation == 1


@pytest.mark.parametrize(
    ("operation", "params"),
    [(auto_orient, {"orientation": value}) for value in range(1, 9)]
    + [(flip, {"axis": "both"}), (rotate, {"angle": 90}), (rotate, {"angle": -90}), (rotate, {"angle": 180})]
    + [(crop, {"left": 0.25, "right": 0.75}), (tile, {"columns": 2, "column": 1}), (pad, {"left": 3, "bottom": 2})],
    ids=str,
)
def test_a_mask_moves_exactly_as_the_pixels_do(operation, params):
    image = picture(8, 6, 1)
    pinned = operation.pin(image, operation.parse(params))
    made = operation.run(image, pinned)
    moved = move_mask(image.array[:, :, 0], operation.motion(image.shape, pinned), made.shape)
    inside = move_mask(np.ones((6, 8), np.uint8), operation.motion(image.shape, pinned), made.shape) == 1
    assert inside.any()
    assert np.array_equal(moved[inside], made.array[:, :, 0][inside])


@pytest.mark.parametrize(
    ("size", "params", "expected"),
    [
        ((400, 300), {"width": 200}, (200, 150)),
        ((400, 300), {"height": 100}, (133, 100)),
        ((400, 300), {"width": 100, "height": 100}, (100, 75)),
        ((400, 300), {"width": 800}, (400, 300)),
        ((400, 300), {"width": 800, "enlarge": True}, (800, 600)),
        ((400, 300), {"width": 100, "height": 100, "mode": "fill"}, (100, 100)),
        ((400, 300), {"width": 800, "height": 100, "mode": "fill"}, (400, 100)),
        ((400, 300), {"width": 100, "height": 100, "mode": "pad"}, (100, 100)),
        ((40, 30), {"width": 100, "height": 100, "mode": "pad"}, (100, 100)),
        ((400, 300), {"width": 10, "height": 200, "mode": "exact"}, (10, 200)),
        ((400, 300), {"megapixels": 0.03}, (200, 150)),
        ((3, 1000), {"height": 10}, (1, 10)),
        ((1999, 1333), {"width": 1600}, (1600, 1067)),
    ],
)
def test_resize_reaches_the_size_that_was_asked_for(size, params, expected):
    parsed = resize.parse(params)
    shape = resize.shape(Shape(*size), parsed)
    assert (shape.width, shape.height) == expected
    made = resize.apply(picture(*size), parsed)
    assert (made.shape.width, made.shape.height) == expected


def test_resize_neither_shifts_nor_aliases():
    rows, columns = np.mgrid[0:300, 0:400]
    ramp = Raster((columns / 399 * 65535).astype(np.uint16)[:, :, None])
    made = apply(resize, ramp, width=100).array[:, :, 0].astype(float) / 65535
    expected = (np.arange(100) * 4 + 1.5) / 399
    assert np.abs(made - expected)[:, 2:-2].max() < 1e-3
    checks = Raster((((rows + columns) % 2) * 255).astype(np.uint8)[:, :, None])
    for how in ("lanczos", "linear", "area"):
        grey = apply(resize, checks, width=100, filter=how).array
        assert np.abs(grey.astype(int) - 128).max() <= 3  # what a window of three lobes lets through


def test_linear_light_keeps_the_brightness_of_fine_detail():
    rows, columns = np.mgrid[0:64, 0:64]
    checks = Raster((((rows + columns) % 2) * 255).astype(np.uint8)[:, :, None].repeat(3, axis=2))
    made = apply(resize, checks, width=16, linear_light=True, filter="area").array
    assert np.abs(made.astype(int) - 188).max() <= 1  # half the light of white, as sRGB writes it


def test_transparent_pixels_lend_no_colour():
    array = np.zeros((40, 40, 4), np.uint8)
    array[:, :20] = (255, 0, 0, 255)
    array[:, 20:] = (0, 255, 0, 0)
    for made in (apply(resize, Raster(array), width=9), apply(rotate, Raster(array), angle=5, background="#00ff0000")):
        seen = made.array[made.array[:, :, 3] > 8]
        assert seen[:, 0].min() > 245
        assert seen[:, 1].max() < 8


def test_resize_tells_what_is_missing():
    for params, words in [
        ({}, "give width, height or megapixels"),
        ({"mode": "fill", "width": 3}, "fill needs both width and height"),
        ({"megapixels": 1, "width": 3}, "not both"),
        ({"width": 70_000}, "width: input should be less than or equal to 65500"),
    ]:
        with pytest.raises(Error, match=words):
            resize.parse(params)


def test_a_preview_scales_the_lengths_that_decide_about_the_shape():
    params = resize.scaled(resize.parse({"width": 1600, "height": 900, "mode": "fill"}), 0.25)
    assert (params.width, params.height) == (400, 225)
    assert border.scaled(border.parse({"width": 2}), 0.1).width == 1


def test_rotation_goes_clockwise_and_by_quarters_loses_nothing():
    assert apply(rotate, numbered(), angle=90).array[:, :, 0].tolist() == [[3, 0], [4, 1], [5, 2]]
    assert apply(rotate, numbered(), angle=-90).array[:, :, 0].tolist() == [[2, 5], [1, 4], [0, 3]]
    image = picture(31, 20, 3, "uint16")
    assert np.array_equal(apply(rotate, apply(rotate, image, angle=90), angle=270).array, image.array)


def test_rotation_by_a_free_angle_shows_no_corner_when_cropped():
    white = Raster(np.full((120, 200, 3), 255, np.uint8))
    made = apply(rotate, white, angle=11, corners="crop", background="#000000")
    assert made.array.min() == 255
    assert made.shape.width * made.shape.height > 0.55 * 120 * 200
    turned = apply(rotate, white, angle=11, corners="expand", background="#ff0000")
    assert turned.array[0, 0].tolist() == [255, 0, 0]
    assert turned.array[turned.shape.height // 2, turned.shape.width // 2].tolist() == [255, 255, 255]


def test_a_turned_box_covers_what_it_covered():
    params = rotate.parse({"angle": 30})
    shape = Shape(100, 100)
    motion = rotate.motion(shape, params)
    (corner,) = move_points([(1.0, 0.5)], motion)
    side = rotate.shape(shape, params).width / 100
    assert corner == pytest.approx(
        (0.5 + 0.5 * np.cos(np.pi / 6) / side, 0.5 + 0.5 * np.sin(np.pi / 6) / side), abs=1e-9
    )
    (box,) = move_regions([Region(0.45, 0.45, 0.55, 0.55)], motion)
    assert box.right - box.left == pytest.approx(0.1 * (np.cos(np.pi / 6) + np.sin(np.pi / 6)) / side)


def page(angle: float) -> Raster:
    """A page with rows of text, leaning by degrees clockwise."""
    cv2 = native.cv2()
    paper = np.full((500, 400), 245, np.uint8)
    words = np.random.default_rng(3)
    for row in range(60, 440, 22):
        column = 50
        while column < 330:
            length = int(words.integers(10, 50))
            paper[row : row + 9, column : min(350, column + length)] = 40
            column += length + 9
    matrix = cv2.getRotationMatrix2D((200, 250), -angle, 1)
    return Raster(cv2.warpAffine(paper, matrix, (400, 500), borderValue=245)[:, :, None])


@pytest.mark.parametrize("angle", [-7.0, -1.3, 0.0, 2.5, 9.0])
def test_deskew_finds_how_far_a_page_leans(angle):
    pinned = deskew.pin(page(angle), deskew.parse({}))
    assert pinned.angle == pytest.approx(-angle, abs=0.25)


@pytest.mark.parametrize("angle", [-5.0, 3.0])
def test_straighten_levels_a_horizon(angle):
    rows, columns = np.mgrid[0:300, 0:400].astype(float)
    below = rows - 150 > np.tan(np.radians(angle)) * (columns - 200)
    scene = np.where(below, 60, 190) + np.random.default_rng(1).normal(0, 3, below.shape)
    image = Raster(scene.clip(0, 255).astype(np.uint8)[:, :, None])
    assert straighten.pin(image, straighten.parse({})).angle == pytest.approx(-angle, abs=0.3)


def test_a_picture_without_lines_is_left_as_it_is():
    noise = Raster(np.random.default_rng(0).integers(0, 255, (200, 200, 1), dtype=np.uint8))
    assert straighten.pin(noise, straighten.parse({})).angle == 0
    assert deskew.pin(Raster(np.full((90, 90, 3), 200, np.uint8)), deskew.parse({})).angle == 0


def test_trim_keeps_what_differs_from_the_corners():
    array = np.full((60, 80, 3), 250, np.uint8)
    array[10:40, 20:70] = (200, 30, 30)
    made = apply(trim, Raster(array))
    assert (made.shape.width, made.shape.height) == (50, 30)
    plain = Raster(np.full((10, 12, 3), 9, np.uint8))
    assert apply(trim, plain).shape == plain.shape


def test_perspective_brings_the_corners_to_the_corners():
    corners = {"top_left": (0.2, 0.1), "top_right": (0.9, 0.2), "bottom_right": (0.8, 0.9), "bottom_left": (0.1, 0.8)}
    motion = perspective.motion(Shape(200, 100), perspective.parse(corners))
    assert move_points(corners.values(), motion) == pytest.approx(np.array([[0, 0], [1, 0], [1, 1], [0, 1]]))
    with pytest.raises(Error, match="clockwise around a convex area"):
        perspective.parse({"top_left": (1, 0), "top_right": (0, 0)})


def test_pad_reaches_a_ratio_and_keeps_the_picture():
    image = picture(30, 20)
    made = apply(pad, image, ratio="1:1", colour="#0a141e")
    assert (made.shape.width, made.shape.height) == (30, 30)
    assert np.array_equal(made.array[5:25], image.array)
    assert made.array[0, 0].tolist() == [10, 20, 30]


def test_round_corners_are_clear_and_smooth():
    made = apply(round_corners, picture(40, 40), radius=0.5).array
    assert made.shape == (40, 40, 4)
    assert made[0, 0, 3] == 0
    assert made[20, 20, 3] == 255
    assert ((made[:, :, 3] > 0) & (made[:, :, 3] < 255)).any()
    assert made[:, :, 3].sum() / 255 == pytest.approx(np.pi * 400, rel=0.01)


def scene_with_subject(x: float, y: float) -> Raster:
    """A calm scene with one thing that draws the eye."""
    array = np.full((300, 600, 3), (120, 140, 150), np.uint8)
    array = array + np.random.default_rng(0).integers(0, 4, array.shape, dtype=np.uint8)
    native.cv2().circle(array, (int(x * 600), int(y * 300)), 30, (230, 60, 30), -1)
    return Raster(array)


@pytest.mark.parametrize("strategy", ["attention", "entropy"])
@pytest.mark.parametrize("x", [0.1, 0.35, 0.85])
def test_smart_crop_keeps_what_draws_the_eye(strategy, x):
    box = smart_crop.pin(scene_with_subject(x, 0.5), smart_crop.parse({"ratio": "1:2", "strategy": strategy})).box
    assert box[0] < x - 0.04
    assert box[2] > x + 0.04


def test_smart_crop_keeps_faces_whole_and_falls_back_without_any():
    image = scene_with_subject(0.1, 0.5)
    face = Region(0.75, 0.3, 0.85, 0.55, "face")
    params = smart_crop.parse({"ratio": "1:1", "strategy": "faces"})
    box = smart_crop.pin(image, params, Context(regions=(face,))).box
    assert box[0] <= 0.75
    assert box[2] >= 0.85
    fallback = smart_crop.pin(image, params).box
    assert fallback[0] < 0.06


def test_a_focal_point_wins_and_survives_every_ratio():
    for ratio in ("1:1", "16:9", "9:16", "4:5", "3:2", "21:9"):
        params = smart_crop.parse({"ratio": ratio, "focus_x": 0.95, "focus_y": 0.1})
        left, top, right, bottom = smart_crop.pin(scene_with_subject(0.1, 0.9), params).box
        assert left <= 0.95 <= right
        assert top <= 0.1 <= bottom


def test_a_plain_picture_is_cut_in_the_middle():
    box = smart_crop.pin(Raster(np.full((100, 200, 3), 99, np.uint8)), smart_crop.parse({})).box
    assert box == pytest.approx((0.25, 0, 0.75, 1), abs=0.01)


def test_one_look_serves_all_ratios():
    image = scene_with_subject(0.8, 0.5)
    ratios = ("1:1", "16:9", "9:16", "4:5", "3:2", "2:3")
    found = crops(image, ratios, SmartCropParams(), Context())
    for ratio in ratios:
        alone = smart_crop.pin(image, smart_crop.parse({"ratio": ratio}))
        assert found[ratio] == alone
        shape = smart_crop.shape(image.shape, found[ratio])
        assert shape == smart_crop.apply(image, found[ratio]).shape


def test_the_overlay_draws_each_crop_in_its_colour():
    made = apply(crop_overlay, scene_with_subject(0.8, 0.5), ratios=["1:1"], heat=0).array
    assert (made == (255, 80, 60)).all(axis=2).sum() > 500


def test_the_overlay_shows_what_smart_crop_does_with_the_place_that_must_stay():
    image = Raster(np.full((200, 400, 3), 90, np.uint8))
    context = Context(regions=(focus_region((0.9, 0.5)),))
    made = apply(crop_overlay, image, context, ratios=["1:1"]).array
    columns = np.nonzero((made == (255, 80, 60)).all(axis=2).any(axis=0))[0]
    left, _, right, _ = smart_crop.pin(image, smart_crop.parse({"ratio": "1:1"}), context).box
    assert (columns.min() / 400, (columns.max() + 1) / 400) == pytest.approx((left, right), abs=0.005)
    assert (made[100, 359] == 255).all(), "a cross at the place"
    assert (made[100, 50] == 90).all(), "nobody looks for anything else"


@pytest.mark.parametrize(("clear", "inside", "outside"), [("left", 0.2, 0.5), ("right", 0.7, 0.5)])
def test_the_overlay_shows_the_room_for_words(clear: str, inside: float, outside: float):
    image = Raster(np.full((200, 400, 3), 90, np.uint8))
    made = apply(crop_overlay, image, ratios=["2:1"], clear=clear, clear_share=0.4, heat=0).array
    assert made[100, int(400 * inside)].min() > 110
    assert (made[100, int(400 * outside)] == 90).all()


def test_operations_refuse_results_that_no_memory_holds():
    with pytest.raises(Error, match="The result would be") as refused:
        apply(rotate, Raster(np.zeros((2, 40_000, 1), np.uint8)), angle=3)
    assert refused.value.code == "image_too_many_pixels"

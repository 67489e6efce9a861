"""A lens made of numbers is undone: straight lines, colours together, even light; boxes and masks come along."""

from __future__ import annotations

import numpy as np
import pytest

from darkroom.errors import Error
from darkroom.imaging import native
from darkroom.imaging.operations.base import Context, Raster, Region, Shape
from darkroom.imaging.operations.lens import lens_correct
from darkroom.imaging.operations.lens_models import light_left
from darkroom.imaging.operations.motion import move_points
from darkroom.imaging.operations.resample import from_light, to_light

WIDTH, HEIGHT = 600, 400
MODELS = {
    "poly3": {"distortion": "poly3", "k1": -0.08},
    "poly5": {"distortion": "poly5", "k1": 0.09, "k2": -0.02},
    "ptlens": {"distortion": "ptlens", "a": 0.02, "b": -0.07, "c": 0.015},
}


def taken_by(model: str, k: dict[str, float], r: np.ndarray) -> np.ndarray:
    """The published formula: where a lens puts what lies at r, in shares of half the shorter side."""
    if model == "poly3":
        return r * (1 - k["k1"] + k["k1"] * r**2)
    if model == "poly5":
        return r * (1 + k["k1"] * r**2 + k["k2"] * r**4)
    return r * (k["a"] * r**3 + k["b"] * r**2 + k["c"] * r + 1 - k["a"] - k["b"] - k["c"])


def undone(model: str, k: dict[str, float], bent: np.ndarray) -> np.ndarray:
    """The same the other way round, by bisection."""
    low, high = np.zeros_like(bent), np.full_like(bent, 4.0)
    for _ in range(60):
        middle = (low + high) / 2
        less = taken_by(model, k, middle) < bent
        low, high = np.where(less, middle, low), np.where(less, high, middle)
    return (low + high) / 2


def photographed(model: str, red: float = 1.0, blue: float = 1.0) -> np.ndarray:
    """Thin lines every 50 pixels as a camera with that lens sees them; red and blue a little larger or smaller."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    planes = []
    for channel in (red, 1.0, blue):
        x, y = (columns - WIDTH / 2) / (HEIGHT / 2), (rows - HEIGHT / 2) / (HEIGHT / 2)
        bent = np.hypot(x, y) / channel
        stretch = undone(model, MODELS[model], bent) / np.maximum(np.hypot(x, y), 1e-9)
        x, y = x * stretch * HEIGHT / 2 + WIDTH / 2, y * stretch * HEIGHT / 2 + HEIGHT / 2
        near = [np.abs((places + 25) % 50 - 25) for places in (x, y)]
        planes.append(np.exp(-(np.minimum(*near) ** 2) / 2))
    return (np.stack(planes, axis=2) * 65_535).round().astype(np.uint16)


def off_the_lines(picture: np.ndarray, channel: int = 1) -> float:
    """How far the centres of upright lines lie from where they should be, in pixels, at worst 99 of 100."""
    away = []
    for row in range(27, HEIGHT - 20, 10):
        if abs((row + 25) % 50 - 25) < 6:
            continue  # on a level line
        for line in range(50, WIDTH, 50):
            values = picture[row, line - 12 : line + 12, channel].astype(float)
            if values.max() > 30_000:
                away.append((values * (np.arange(line - 12, line + 12) + 0.5)).sum() / values.sum() - line)
    assert len(away) > 150
    return float(np.percentile(np.abs(away), 99))


@pytest.mark.parametrize("model", MODELS)
def test_lines_that_a_lens_bent_are_straight_again_to_half_a_pixel(model: str):
    seen = photographed(model)
    assert off_the_lines(seen) > 2
    params = lens_correct.parse({"profile": "none", "fill": False, **MODELS[model]})
    made = lens_correct.run(Raster(seen), params)
    assert off_the_lines(made.array) < 0.5


def test_colours_that_part_come_together():
    seen = photographed("ptlens", red=1.004, blue=0.996)
    lines = {"profile": "none", "fill": False, **MODELS["ptlens"]}
    alone = lens_correct.run(Raster(seen), lens_correct.parse(lines)).array
    both = {**lines, "red": [1.004, 0, 0], "blue": [0.996, 0, 0]}
    made = lens_correct.run(Raster(seen), lens_correct.parse(both)).array
    assert off_the_lines(alone, 0) > 0.8
    assert max(off_the_lines(made, channel) for channel in range(3)) < 0.5


def test_corners_become_as_light_as_the_middle():
    rows, columns = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    distances = np.hypot(columns - WIDTH / 2, rows - HEIGHT / 2) / np.hypot(WIDTH / 2, HEIGHT / 2)
    k = (-0.6, 0.25, -0.1)
    grey = np.full((HEIGHT, WIDTH, 3), 0.5, np.float32)
    dark = from_light(to_light(grey) * light_left(k, distances)[:, :, None].astype(np.float32))
    seen = Raster((dark * 65_535).round().astype(np.uint16))
    made = lens_correct.run(seen, lens_correct.parse({"profile": "none", "vignetting": k}))
    assert seen.array[0, 0, 0] < 0.4 * 65_535
    assert np.abs(made.array.astype(int) - 32_768).max() < 20


def test_nothing_outside_the_picture_shows_unless_it_may():
    """The edge of the source is marked; a result that reaches beyond it would repeat that."""
    pixels = np.full((HEIGHT, WIDTH, 3), 100, np.uint8)
    pixels[:1] = pixels[-1:] = pixels[:, :1] = pixels[:, -1:] = 255
    for model, k in MODELS.items():
        filled = lens_correct.run(Raster(pixels), lens_correct.parse({"profile": "none", **k})).array
        open_ = lens_correct.run(Raster(pixels), lens_correct.parse({"profile": "none", "fill": False, **k})).array
        assert (filled[:, :, 1] > 180).mean() < 0.004, model  # a line at most, never a margin
        if model == "poly5":
            assert (open_[:, :, 1] > 180).mean() > 0.01, model


def test_boxes_points_and_masks_go_where_the_pixels_go():
    params = lens_correct.parse({"profile": "none", "distortion": "ptlens", "b": -0.15, "a": 0.02})
    shape = Shape(WIDTH, HEIGHT)
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    pixels[40:90, 30:110] = 255
    made = lens_correct.run(Raster(pixels), params).array[:, :, 1] > 127
    mask = lens_correct.move_mask(pixels[:, :, 0], shape, params) > 0
    assert (made != mask).mean() < 0.001
    (box,) = lens_correct.move_regions([Region(30 / WIDTH, 40 / HEIGHT, 110 / WIDTH, 90 / HEIGHT)], shape, params)
    rows, columns = np.nonzero(made)
    found = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    wanted = (box.left * WIDTH, box.top * HEIGHT, box.right * WIDTH, box.bottom * HEIGHT)
    assert np.abs(np.subtract(found, wanted)).max() <= 1.5
    bend = lens_correct.bend(shape, params)
    assert bend
    places = np.array([(0.1, 0.2), (0.5, 0.5), (0.93, 0.4)])
    assert np.abs(bend.back(bend.there(places)) - places).max() < 1e-4
    assert np.allclose(move_points([(0.5, 0.5)], lens_correct.motion(shape, params)), (0.5, 0.5), atol=1e-6)


def test_what_a_transparent_place_hides_does_not_bleed():
    pixels = np.zeros((80, 120, 4), np.uint8)
    pixels[..., 0], pixels[20:60, 30:90] = 255, (0, 255, 0, 255)
    made = lens_correct.run(
        Raster(pixels), lens_correct.parse({"profile": "none", "distortion": "poly3", "k1": -0.1})
    ).array
    assert made[..., 0][made[..., 3] > 0].max() == 0


def test_a_warp_of_dng_is_that_of_its_formula():
    k = (1.03, -0.06, 0.02, 0.0, 0.002, -0.001)
    params = lens_correct.parse({"profile": "none", "fill": False, "warp": [k], "centre": [0.48, 0.53]})
    bend = lens_correct.bend(Shape(WIDTH, HEIGHT), params)
    assert bend
    centre = np.array([0.48 * WIDTH, 0.53 * HEIGHT])
    unit = np.hypot(0.52 * WIDTH, 0.53 * HEIGHT)
    place = np.array([500.0, 60.0])
    x, y = (place - centre) / unit
    r2 = x * x + y * y
    f = k[0] + k[1] * r2 + k[2] * r2**2
    moved = np.array(
        [f * x + k[4] * 2 * x * y + k[5] * (r2 + 2 * x * x), f * y + k[5] * 2 * x * y + k[4] * (r2 + 2 * y * y)]
    )
    found = bend.back(place[None] / (WIDTH, HEIGHT))[0] * (WIDTH, HEIGHT)
    assert np.abs(found - (moved * unit + centre)).max() < 0.01


def test_a_profile_is_looked_up_and_gives_way_to_what_is_said():
    known = {"distortion": "poly3", "k1": -0.05, "red": (1.001, 0.0, 0.0)}
    image = Raster(np.zeros((20, 30, 3), np.uint8))
    pinned = lens_correct.pin(image, lens_correct.parse({"red": [1.002, 0, 0]}), Context(lens=known))
    assert (pinned.profile, pinned.distortion, pinned.k1, pinned.red) == ("none", "poly3", -0.05, (1.002, 0.0, 0.0))
    assert lens_correct.pin(image, lens_correct.parse({"profile": "none"}), Context(lens=known)).distortion == "none"
    assert lens_correct.apply(image, lens_correct.parse({})) is image


@pytest.mark.parametrize(
    "params",
    [
        {"distortion": "poly3", "k1": -0.9},
        {"warp": [[1, 0, 0, 0, 0, 0]] * 2},
        {"red": [11, 0, 0]},
        {"centre": [2, 0.5]},
        {"warp": [[-1, 0, 0, 0, 0, 0]]},
    ],
)
def test_what_is_no_lens_is_refused(params: dict[str, object]):
    with pytest.raises(Error) as caught:
        lens_correct.parse({"profile": "none", **params})
    assert caught.value.code == "invalid_parameter"


def test_it_is_one_pass_over_the_pixels():
    """Twelve megapixels need the picture, the result and the places of some rows: no picture of places, no copies."""
    from tests.unit.imaging.operations.made import picture

    small = picture(300, 200).array
    large = native.cv2().resize(small, (1500, 1000))
    import tracemalloc

    params = lens_correct.parse({"profile": "none", "distortion": "ptlens", "b": -0.05})
    tracemalloc.start()
    lens_correct.run(Raster(large), params)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * large.nbytes

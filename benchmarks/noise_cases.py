"""Pictures that are known without noise, and the noise they get: what the gate on noise reduction is judged by.

Two sets of other pictures, other seeds, other strengths and, in the second, one more kind of camera: constants are chosen
by the first (`tuned`), and the second (`held`) says what they are worth. Photographs are of the corpora beside the
project, made small so that their own noise is gone; where those are not, only what is drawn is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from darkroom.imaging import native
from darkroom.imaging.operations.base import Raster
from tests.unit.imaging.operations.scenes import clean, drawn

CORPORA = Path(__file__).parents[2] / "shared" / "corpora"
SIZE = (320, 240)
"""Width and height of a picture at most."""
SPREADS: dict[str, tuple[float, ...]] = {
    "tuned": (0.0, 0.004, 0.008, 0.016, 0.032, 0.064),
    "held": (0.0, 0.003, 0.006, 0.012, 0.024, 0.048),
}
"""Of the noise, relative to white. Without any, JPEG and what is not noise are left to be taken for it."""
Which = Literal["tuned", "held"]
METHODS = ("fast", "wavelet")
"""Of `denoise`, which are judged."""
HARM, HELP, SEEN = -0.1, 0.1, 0.012
"""True gains that are harm and help, and noise that is seen."""

# Made small by so much, and where in them the part is, from 0 to 1.
_ALBUMS: dict[str, tuple[int, tuple[tuple[float, float], ...]]] = {
    "exif/albums/text/craft-beer.jpg": (4, ((0.3, 0.3), (0.7, 0.6))),
    "exif/albums/text/book-beside-flowers.jpg": (4, ((0.4, 0.4), (0.8, 0.5))),
    "exif/albums/text/japanese-shop.jpg": (4, ((0.5, 0.5),)),
    "exif/jpg/tests/67-0_length_string.jpg": (4, ((0.5, 0.5),)),
    "exif/jpg/mobile/jolla.jpg": (4, ((0.5, 0.5),)),
    "formats/images/itxt_chunks.png": (4, ((0.5, 0.5),)),
    "formats/images/ultrahdr.jpg": (4, ((0.5, 0.5),)),
    "formats/jxl/flower/flower.png.im_q85_420.jpg": (4, ((0.5, 0.5),)),
    "exif/jpg/tests/87_OSError.jpg": (4, ((0.5, 0.5),)),
    "exif/jpg/hdr/canon_hdr_YES.jpg": (4, ((0.5, 0.5),)),
    "exif/jpg/tests/35-empty.jpg": (4, ((0.5, 0.5),)),
}
_FOLDERS: dict[Which, tuple[tuple[str, int, int], ...]] = {
    "tuned": (
        ("detection/coco_val", 0, 4),
        ("detection/coco_val", 1, 4),
        ("detection/coco_val", 3, 8),
        ("classification/clothing", 0, 24),
    ),
    "held": (("detection/coco_val", 2, 4), ("classification/clothing", 12, 48), ("near_duplicates/base_images", 0, 3)),
}
"""Every so-manieth picture of a folder from a first one on; made small by three."""


@dataclass(frozen=True)
class Case:
    """A picture with noise, and without."""

    name: str
    kind: str
    spread: float
    clean: Any
    """0 to 1, height x width x 1 or 3; in what a camera makes of it."""
    given: Any
    """Eight bits of the same shape."""


def wrong(image: Raster, clean: Any) -> float:
    """How far a picture of eight bits is from the clean one, root mean square."""
    return float(np.sqrt(np.mean((image.colour / 255 - clean) ** 2)))


def cases(which: Which, every: int = 1) -> Iterator[Case]:
    """All cases of a set.

    Args:
        which: of the sets.
        every: only each so-manieth picture.
    """
    for name, scene in list(pictures(which))[::every]:
        for kind, add in KINDS.items():
            if kind == "other camera" and which == "tuned":
                continue
            for at, spread in enumerate(SPREADS[which]):
                if spread or kind in ("white", "jpeg", "grey"):
                    reference, given = add(scene, spread, np.random.default_rng([at, which == "held"]))
                    yield Case(name, kind, spread, reference, given)


def pictures(which: Which) -> Iterator[tuple[str, Any]]:
    """Name and picture, 0 to 1."""
    first, count = (1, 5) if which == "tuned" else (11, 2)
    if which == "tuned":
        yield "waves", clean(*SIZE)
    for seed in range(first, first + 4):
        yield f"shapes {seed}", drawn(seed, *SIZE)
    for seed in range(first, first + count):
        yield f"half texture {seed}", _half_texture(seed)
        for name, draw in TEXTURES.items():
            yield f"{name} {seed}", np.clip(draw(np.random.default_rng(seed)), 0.02, 0.98)
    if which == "tuned":
        yield from _of_albums()
    for folder, start, step in _FOLDERS[which]:
        for found in sorted((CORPORA / folder).rglob("*.jpg"))[start::step]:
            yield found.stem, _photograph(found, 3, (0.5, 0.5))


def _of_albums() -> Iterator[tuple[str, Any]]:
    for path, (smaller, places) in _ALBUMS.items():
        for number, place in enumerate(places):
            if (CORPORA / path).exists():
                yield f"{Path(path).stem} {number}", _photograph(CORPORA / path, smaller, place)


def _photograph(path: Path, smaller: int, place: tuple[float, float]) -> Any:
    cv2 = native.cv2()
    photo = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    size = (photo.shape[1] // smaller, photo.shape[0] // smaller)
    small = cv2.resize(photo / np.float32(255), size, interpolation=cv2.INTER_AREA)
    top, left = (max(0, int((had - kept) * at)) for had, kept, at in zip(small.shape, SIZE[::-1], place, strict=False))
    return small[top : top + SIZE[1], left : left + SIZE[0]].astype(np.float64)


def _half_texture(seed: int) -> Any:
    scene = drawn(seed + 5, *SIZE)
    scene[:, SIZE[0] // 2 :] += 0.03 * _even(np.random.default_rng(seed), 0.7)[:, SIZE[0] // 2 :]
    return np.clip(scene, 0, 1)


def _even(draw: np.random.Generator, size: float) -> Any:
    """Grain as even as noise, of spread 1."""
    found = native.cv2().GaussianBlur(draw.normal(0, 1, SIZE[::-1]), (0, 0), size)
    return (found / found.std())[..., None]


def _small(large: Any) -> Any:
    return native.cv2().resize(large, SIZE, interpolation=native.cv2().INTER_AREA)


def _canvas(draw: np.random.Generator) -> Any:
    ground = draw.uniform(0.25, 0.6, (2, 3, 3))
    size = (SIZE[0] * 2, SIZE[1] * 2)
    return native.cv2().resize(ground, size, interpolation=native.cv2().INTER_LINEAR)


def _grain(draw: np.random.Generator) -> Any:
    return drawn(int(draw.integers(1 << 20)), *SIZE) + draw.uniform(0.02, 0.05) * _even(draw, 0.7)


def _sand(draw: np.random.Generator) -> Any:
    """Grains lit from one side, of three sizes."""
    heights = sum(size * _even(draw, size) for size in (0.8, 1.6, 3.2))[..., 0]
    shade = heights - np.roll(heights, (1, 1), (0, 1))
    tint = draw.uniform(0.85, 1.0) ** np.arange(3)
    return (0.6 + draw.uniform(0.02, 0.06) * shade[..., None]) * tint


def _grass(draw: np.random.Generator) -> Any:
    canvas = _canvas(draw) * (0.7, 1.0, 0.4)
    for _ in range(9000):
        x, y = draw.uniform(0, 1, 2) * (SIZE[0] * 2, SIZE[1] * 2)
        lean, high = draw.normal(0, 3), draw.uniform(8, 24)
        colour = draw.uniform(0.25, 0.75) * np.array([draw.uniform(0.6, 0.9), 1.0, draw.uniform(0.2, 0.5)])
        ends = (int(x), int(y)), (int(x + lean), int(y - high))
        native.cv2().line(canvas, *ends, tuple(map(float, colour)), int(draw.integers(1, 3)), native.cv2().LINE_AA)
    return _small(canvas)


def _leaves(draw: np.random.Generator) -> Any:
    canvas = _canvas(draw) * (0.6, 0.9, 0.3)
    for _ in range(5000):
        middle = tuple(int(one) for one in draw.uniform(0, 1, 2) * (SIZE[0] * 2, SIZE[1] * 2))
        size = int(draw.integers(3, 9)), int(draw.integers(2, 5))
        colour = draw.uniform(0.2, 0.8) * np.array([draw.uniform(0.4, 0.9), 1.0, draw.uniform(0.1, 0.4)])
        turned = float(draw.uniform(0, 360))
        native.cv2().ellipse(canvas, middle, size, turned, 0, 360, tuple(map(float, colour)), -1, native.cv2().LINE_AA)
    return _small(canvas)


def _cloth(draw: np.random.Generator) -> Any:
    """A weave of threads that are not all alike, with folds."""
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]].astype(float)
    pitch = draw.uniform(2.2, 3.6)
    folds = 0.5 + 0.25 * np.sin(x / 60 + y / 90 + draw.uniform(0, 6))
    bent = 0.6 * _even(draw, 6.0)[..., 0]
    weave = np.sin(2 * np.pi * (x + bent) / pitch) * np.sin(2 * np.pi * (y + bent) / pitch)
    threads = draw.normal(0, 0.3, (SIZE[1], 1)) + draw.normal(0, 0.3, (1, SIZE[0]))
    colour = draw.uniform(0.5, 1.0, 3)
    return (folds * (1 + draw.uniform(0.04, 0.1) * (weave + threads)))[..., None] * colour


def _text(draw: np.random.Generator) -> Any:
    cv2 = native.cv2()
    canvas = np.full((SIZE[1] * 2, SIZE[0] * 2, 3), int(draw.uniform(190, 240)), np.uint8)
    for row in range(20, SIZE[1] * 2, 22):
        line = "".join(draw.choice(list("abcdefghijklmnopqrstuvw    "), 60))
        cv2.putText(canvas, line, (8, row), cv2.FONT_HERSHEY_COMPLEX_SMALL, 0.8, (25, 25, 40), 1, cv2.LINE_AA)
    return _small(canvas / 255)


def _edges(draw: np.random.Generator) -> Any:
    """A soft picture that is full of edges."""
    scene = np.maximum(drawn(int(draw.integers(1 << 20)), *SIZE), drawn(int(draw.integers(1 << 20)), *SIZE))
    for seed in draw.integers(1 << 20, size=3):
        scene = scene + 0.5 * (drawn(int(seed), *SIZE) - 0.5)
    return native.cv2().GaussianBlur(np.clip(scene, 0, 1), (0, 0), draw.uniform(0.5, 0.8))


TEXTURES: dict[str, Callable[[np.random.Generator], Any]] = {
    "grain": _grain,
    "sand": _sand,
    "grass": _grass,
    "leaves": _leaves,
    "cloth": _cloth,
    "text": _text,
    "edges": _edges,
}


def _eight(values: Any) -> Any:
    return np.clip(np.rint(values * 255), 0, 255).astype(np.uint8)


def _jpeg(values: Any, quality: int) -> Any:
    cv2 = native.cv2()
    _, data = cv2.imencode(".jpg", cv2.cvtColor(_eight(values), cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def _white(scene: Any, spread: float, draw: np.random.Generator) -> Any:
    return scene + spread * draw.normal(0, 1, scene.shape)


def _with_light(scene: Any, spread: float, draw: np.random.Generator) -> Any:
    return scene + spread * np.sqrt(1.6 * scene + 0.2) * draw.normal(0, 1, scene.shape)


def _blotches(scene: Any, spread: float, draw: np.random.Generator) -> Any:
    noise = native.cv2().GaussianBlur(draw.normal(0, 1, scene.shape), (0, 0), 0.8)
    return scene + spread * noise / noise.std()


def _grey(scene: Any, spread: float, draw: np.random.Generator) -> tuple[Any, Any]:
    light = scene @ np.array([[0.299], [0.587], [0.114]])
    return light, _eight(_white(light, spread, draw))


def camera(balance: tuple[float, float, float], quality: int, demosaic: str) -> Callable[..., tuple[Any, Any]]:
    """Noise of photons on a sensor with a colour filter, developed and written as JPEG; the clean picture went there too.

    Args:
        balance: what red, green and blue are multiplied by.
        quality: of the JPEG.
        demosaic: name of the conversion.
    """

    def developed(scene: Any, spread: float, draw: np.random.Generator) -> Any:
        cv2 = native.cv2()
        light = np.clip(scene, 0, 1) ** 2.2 / balance
        mosaic = light[..., 1].copy()
        mosaic[::2, ::2], mosaic[1::2, 1::2] = light[::2, ::2, 0], light[1::2, 1::2, 2]
        mosaic += np.sqrt(2 * mosaic * spread**2 + (0.15 * spread) ** 2) * draw.normal(0, 1, mosaic.shape)
        counts = np.clip(mosaic * 60_000 + 1000, 0, 65535).astype(np.uint16)
        colour = (cv2.cvtColor(counts, getattr(cv2, demosaic)) - 1000.0) / 60_000
        return _jpeg(np.clip(colour * balance, 0, 1) ** (1 / 2.2), quality)

    return lambda scene, spread, draw: (developed(scene, 0.0, draw) / 255.0, developed(scene, spread, draw))


def _plain(add: Callable[..., Any], quality: int | None = None) -> Callable[..., tuple[Any, Any]]:
    def made(scene: Any, spread: float, draw: np.random.Generator) -> tuple[Any, Any]:
        given = add(scene, spread, draw)
        return scene, _eight(given) if quality is None else _jpeg(given, quality)

    return made


KINDS: dict[str, Callable[..., tuple[Any, Any]]] = {
    "white": _plain(_white),
    "with light": _plain(_with_light),
    "jpeg": _plain(_white, 90),
    "jpeg 75": _plain(_white, 75),
    "blotches": _plain(_blotches),
    "grey": _grey,
    "camera": camera((1.9, 1.0, 1.5), 93, "COLOR_BayerBG2RGB_EA"),
    "other camera": camera((2.2, 1.0, 1.3), 88, "COLOR_BayerBG2RGB"),
}

"""The reference page of the operations, and its pictures: before and after, painted and made by our own code.

python -m docs.operations              # make the pictures that are missing
python -m docs.operations --all        # make all of them again
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import Any

import numpy as np

from darkroom.cli.operations import parameter_row
from darkroom.imaging import native
from darkroom.imaging.operations.base import Context, Raster, Region, from_float, to_float
from darkroom.imaging.operations.declare import CATEGORIES
from darkroom.imaging.operations.light import exposure
from darkroom.imaging.operations.registry import Operation, operations
from darkroom.imaging.samples.paint import Canvas
from darkroom.imaging.samples.scenes import SCENES

PICTURES = Path(__file__).parent / "images" / "operations"
_SIZE = (240, 160)
_PANEL = (200, 140)
_SCENES = {"before": 1, "other": 6}
_GROUND = 247
_FOR_NOISE = ("denoise", "denoise_nonlocal", "denoise_chroma", "denoise_learned", "median", "smooth_surfaces")


def ours() -> list[Operation[Any]]:
    """Operations that come with Darkroom, in the order of the page."""
    order = {category: place for place, category in enumerate(CATEGORIES)}
    return sorted((one for one in operations() if "/" not in one.name), key=lambda one: order[one.category])


def file_name(operation: Operation[Any]) -> str:
    """Name of an operation's picture."""
    return f"{operation.name}.jpg"


def operations_page() -> str:
    """Every operation with its parameters and a picture."""
    rows = [
        "# Operations",
        "",
        "What a step of a [recipe](../recipes.md) can be. `darkroom operations NAME` says the same on a terminal, with `--json` as a schema.",
        "Each picture shows a sample before and after, with the parameters below it.",
    ]
    category = ""
    for one in ours():
        if one.category != category:
            category = one.category
            rows += ["", f"## {category.upper() if category == 'hdr' else category.capitalize()}"]
        rows += ["", f"### `{one.name}`", "", *_described(one)]
    return "\n".join(rows) + "\n"


def _described(operation: Operation[Any]) -> list[str]:
    example = operation.examples[0].model_dump(mode="json", exclude_defaults=True)
    words = ", ".join(f"{name}: {_short(value)}" for name, value in example.items())
    step = f"- {operation.name}: {{{words}}}" if words else f"- {operation.name}"
    rows = [operation.summary, "", f"![before and after](../images/operations/{file_name(operation)})", "", f"`{step}`"]
    facts = []
    if operation.pins:
        facts.append("decides by looking at the picture")
    if operation.moves:
        facts.append("boxes and masks move along")
    if not operation.at_reduced_size:
        facts.append("needs the full size, so previews differ")
    if operation.seeded:
        facts.append("random, by the seed of the recipe")
    if operation.aliases:
        facts.append(f"also found as {', '.join(operation.aliases)}")
    rows += ["", f"Version {operation.version}{'; ' if facts else ''}{'; '.join(facts)}."]
    table = [parameter_row(name, info) for name, info in operation.schema().get("properties", {}).items()]
    if table:
        rows += ["", "| parameter | values | default | meaning |", "|---|---|---|---|"]
        rows += [
            f"| `{name}` | {values} | {default} | {text} |" for name, values, default, text in map(_escaped, table)
        ]
    return rows


def _short(value: Any) -> str:
    words = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return words if len(words) <= 60 else words[:57] + "..."


def _escaped(row: tuple[str, str, str, str]) -> list[str]:
    return [cell.replace("|", "\\|") for cell in row]


def scene(name: str) -> Raster:
    """A painted sample."""
    found = SCENES[_SCENES[name]]
    canvas = Canvas(np.random.default_rng(_SCENES[name]), _SIZE[0] * 2, _SIZE[1] * 2)
    found.painter(canvas, found.mood)
    large = canvas.finish(grain=0)
    return Raster(native.cv2().resize(large, _SIZE, interpolation=native.cv2().INTER_AREA))


def noisy(image: Raster) -> Raster:
    """The picture as a small sensor takes it at dusk."""
    noise = np.random.default_rng(3).normal(0, 0.07, image.array.shape).astype(np.float32)
    return image.of(from_float(to_float(image.array) + noise, "uint8"))


def render(operation: Operation[Any], before: Raster, other: Raster) -> np.ndarray[Any, Any]:
    """Before and after, side by side."""
    params = operation.examples[0]
    references = [words for kind, words in operation.references(params) if kind == "picture"]
    pictures = dict.fromkeys(references, other)
    if operation.category == "hdr":  # the other pictures of a bracket show the same
        brackets = [exposure.apply(before, exposure.parse({"stops": stops})) for stops in (-2, 1.5, -1)]
        pictures = dict(zip(references, itertools.cycle(brackets), strict=False))
    if operation.name in _FOR_NOISE:
        before = noisy(before)
    face = Region(0.40, 0.35, 0.55, 0.6, "face", 0.9)
    context = Context(seed=1, files=dict(operation.example_files()), pictures=pictures, regions=(face,), iso=800)
    after = operation.apply(before, params, context)
    gap = np.full((_PANEL[1], 8, 3), _GROUND, np.uint8)
    return np.concatenate([_panel(before), gap, _panel(after)], axis=1)


def _panel(image: Raster) -> np.ndarray[Any, Any]:
    """The picture on a light ground, squares where it is transparent, never larger than it is."""
    values = to_float(image.array)
    height, width = values.shape[:2]
    factor = min(1.0, _PANEL[0] / width, _PANEL[1] / height)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    small = native.cv2().resize(values, size, interpolation=native.cv2().INTER_AREA).reshape(size[1], size[0], -1)
    colour = small[:, :, :3] if small.shape[2] >= 3 else small.repeat(3, axis=2)
    if small.shape[2] == 4:
        rows, columns = np.mgrid[0 : size[1], 0 : size[0]]
        squares = np.where((rows // 8 + columns // 8) % 2, 0.8, 1.0)[:, :, None]
        colour = colour * small[:, :, 3:] + squares * (1 - small[:, :, 3:])
    panel = np.full((_PANEL[1], _PANEL[0], 3), _GROUND, np.uint8)
    top, left = (_PANEL[1] - size[1]) // 2, (_PANEL[0] - size[0]) // 2
    panel[top : top + size[1], left : left + size[0]] = from_float(colour.astype(np.float32), "uint8")
    return panel


def write_pictures(*, again: bool = False) -> list[str]:
    """Make pictures; names of those that were made."""
    import simplejpeg

    PICTURES.mkdir(parents=True, exist_ok=True)
    before, other = scene("before"), scene("other")
    made = []
    for one in ours():
        path = PICTURES / file_name(one)
        if again or not path.exists():
            shown = np.ascontiguousarray(render(one, before, other))
            path.write_bytes(simplejpeg.encode_jpeg(shown, quality=76, colorsubsampling="420"))
            made.append(one.name)
    wanted = {file_name(one) for one in ours()}
    for path in PICTURES.glob("*.jpg"):
        if path.name not in wanted:
            path.unlink()
    return made


if __name__ == "__main__":
    print(", ".join(write_pictures(again="--all" in sys.argv[1:])) or "all there")

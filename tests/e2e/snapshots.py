"""How pages look, kept as small pictures and compared as an eye would: `make snapshots` keeps them anew.

Compared are mean colours of blocks of four pixels, by CIEDE2000: what another release of a browser does to the edges of letters is
gone by then. Of each tile of 64 pixels the mean difference counts, and the worst tile decides, so that a button that is missing
is seen on a large page, too.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from tests.colour_difference import difference, to_lab

KEPT = Path(__file__).with_name("snapshots")
RELEASE = KEPT / "CHROMIUM"
"""Major version of the browser that drew them: another one may shape letters in another way."""
SEEN = Path(__file__).parents[2] / "reports" / "snapshots"
"""Where pictures of what differs are written."""
BLOCK = 4
LARGE = 48 * 1024
TILE = 16
MOST = 3.2
"""Mean difference of a tile that is still alike. Letters drawn without positions between pixels, and with coloured edges, come to 2.5
beyond what keeping costs; a line of small grey words that is missing to 3.5, a badge to 4 and more, a heading that is moved by eight pixels to 6 and more."""


@dataclass(frozen=True)
class Difference:
    """How far two pictures are apart."""

    worst: float
    """Mean difference of the tile that differs most."""
    where: tuple[int, int]
    """Its place, in pixels of the page."""


def kept(name: str) -> Path:
    """Where a picture is kept."""
    return KEPT / f"{name}.webp"


def keep(name: str, png: bytes) -> None:
    """Keep a picture at half its size."""
    image = Image.open(io.BytesIO(png)).convert("RGB").reduce(2)
    kept(name).parent.mkdir(exist_ok=True)
    image.save(kept(name), "WEBP", lossless=True, method=6)
    if kept(name).stat().st_size > LARGE:
        image.save(kept(name), "WEBP", quality=94, method=6, use_sharp_yuv=True)


def _blocks(image: Image.Image, by: int) -> np.ndarray:
    return to_lab(np.asarray(image.convert("RGB").reduce(by)) / 255)


def apart(before: Image.Image, now: Image.Image) -> tuple[Difference, np.ndarray]:
    """The difference between a kept picture and a page, and a map of it."""
    one, other = _blocks(before, BLOCK // 2), _blocks(now, BLOCK)
    if one.shape != other.shape:
        return Difference(float("inf"), (0, 0)), np.full(other.shape[:2], 100.0)
    map_ = difference(one, other)
    rows, columns = -(-map_.shape[0] // TILE), -(-map_.shape[1] // TILE)
    means = np.array([
        [map_[row * TILE : (row + 1) * TILE, column * TILE : (column + 1) * TILE].mean() for column in range(columns)]
        for row in range(rows)
    ])  # fmt: skip
    row, column = np.unravel_index(int(means.argmax()), means.shape)
    return Difference(float(means.max()), (int(column) * TILE * BLOCK, int(row) * TILE * BLOCK)), map_


def complaint(name: str, png: bytes) -> str | None:
    """What is to be said of a page against the picture that is kept; nothing where they are alike."""
    if not kept(name).exists():
        return "there is no picture of it: `make snapshots`, and look at what it writes"
    now, before = Image.open(io.BytesIO(png)), Image.open(kept(name))
    found, map_ = apart(before, now)
    if found.worst <= MOST:
        return None
    SEEN.mkdir(parents=True, exist_ok=True)
    _beside(before, now, map_).save(SEEN / f"{name}.png")
    return f"differs by {found.worst:.1f} at {found.where} (at most {MOST}): see reports/snapshots/{name}.png"


def _beside(before: Image.Image, now: Image.Image, map_: np.ndarray) -> Image.Image:
    """Before, now, and where they differ."""
    heat = Image.fromarray((np.clip(map_ * 8, 0, 255)).astype(np.uint8)).resize(before.size)
    whole = Image.new("RGB", (before.width * 3 + 20, before.height), "white")
    for at, part in enumerate((before, now.convert("RGB").resize(before.size), heat.convert("RGB"))):
        whole.paste(part, (at * (before.width + 10), 0))
    return whole

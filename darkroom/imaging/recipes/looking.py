"""Looks for what steps need to know of a picture: faces to hide, things that a crop should keep."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from darkroom.errors import Error
from darkroom.imaging.formats.load import LoadOptions, load
from darkroom.imaging.header import Header
from darkroom.imaging.limits import Limits
from darkroom.imaging.operations.base import Raster, Region
from darkroom.imaging.operations.compose import TextParams, WatermarkParams
from darkroom.imaging.operations.effects_privacy import HideParams
from darkroom.imaging.operations.geometry_smart import CropOverlayParams, SmartCropParams
from darkroom.imaging.operations.learned_find import find_objects, is_yunet
from darkroom.imaging.operations.learned_model import load_model, read_model
from darkroom.imaging.operations.learned_onnx import facts_of
from darkroom.imaging.recipes.compile import Program
from darkroom.imaging.source import Data

ANYTHING = "*"
# Detectors look at less; what is larger would only take longer to decode.
_SIDE = 1600
_SURE = 0.4
_VALUES = ("imagenet", "0..1", "0..255", "-1..1", "bgr")


@dataclass(frozen=True)
class Detector:
    """A model of this machine that finds things in pictures."""

    path: Path
    digest: str
    """sha256 of its bytes and of what is written beside it."""
    labels: tuple[str, ...]
    """What it finds, in the order of its classes."""
    side: int = 640
    """Longer side at which it looks."""
    values: str = "0..1"
    """How values are prepared."""
    score: float = _SURE
    """How sure it must be."""

    def look(self, image: Raster) -> tuple[Region, ...]:
        """What it finds on a picture, best first.

        Raises:
            Error: `model_unusable`.
        """
        model = load_model(_bytes(self.path, self.digest), self.path.name)
        return find_objects(
            image, model, labels=self.labels, score=self.score, side=self.side, values=self.values
        )  # fmt: skip


@lru_cache(maxsize=8)
def _bytes(path: Path, _digest: str) -> bytes:
    return read_model(path)


def find_detectors(folder: Path) -> tuple[Detector, ...]:
    """The detectors of a folder: every ONNX file, by name; none where there is no folder.

    Classes and how to look are those that the platform writes into what it exports; `NAME.json` beside a model says otherwise
    (`labels`, `side`, `values`, `score`). Without either a model finds one thing, which is called as its file.

    Raises:
        Error: `model_unusable` for a file that is no such model.
    """
    found = []
    for path in sorted(folder.glob("*.onnx")):
        beside = path.with_suffix(".json")
        times = tuple(one.stat().st_mtime_ns if one.exists() else 0 for one in (path, beside))
        found.append(_described(path, beside, times))
    return tuple(found)


@lru_cache(maxsize=64)
def _described(path: Path, beside: Path, _times: tuple[int, ...]) -> Detector:
    data = read_model(path)
    words = beside.read_bytes() if beside.exists() else b"{}"
    facts = facts_of(data, path.name)
    try:
        said = json.loads(words)
        own = facts.metadata
        labels = said.get("labels") or json.loads(own.get("labels", "null")) or [path.stem]
        detector = Detector(
            path=path,
            digest=hashlib.sha256(hashlib.sha256(data).digest() + words).hexdigest(),
            labels=tuple(str(one) for one in labels),
            side=min(2048, max(32, int(said.get("side") or own.get("image_size") or 640))),
            values=str(said.get("values") or ("bgr" if is_yunet(one.name for one in facts.outputs) else "0..1")),
            score=min(1.0, max(0.01, float(said.get("score", _SURE)))),
        )
    except (ValueError, TypeError, AttributeError) as error:
        raise Error("model_unusable", f"What {beside.name} says of {path.name} cannot be read: {error}.") from error
    if detector.values not in _VALUES:
        raise Error("model_unusable", f"{beside.name}: values are {', '.join(_VALUES)}, not {detector.values}.")
    return detector


@dataclass(frozen=True)
class Wanted:
    """What steps look for."""

    needed: frozenset[str] = frozenset()
    """Labels without which the recipe must not run."""
    helpful: frozenset[str] = frozenset()
    """Labels that make the result better."""

    def of(self, detectors: tuple[Detector, ...]) -> tuple[Detector, ...]:
        """The detectors that find something of it."""
        asked = self.needed | self.helpful
        return tuple(one for one in detectors if ANYTHING in asked or asked & set(one.labels))

    def unseen(self, detectors: tuple[Detector, ...]) -> tuple[str, ...]:
        """Needed labels that none of them finds."""
        there = {label for one in detectors for label in one.labels}
        return tuple(sorted(self.needed - there - ({ANYTHING} if detectors else set())))


def wanted(program: Program) -> Wanted:
    """What the steps of a program look for."""
    needed: set[str] = set()
    helpful: set[str] = set()
    for step in program.steps:
        params = step.params
        if isinstance(params, HideParams):
            (helpful if params.boxes else needed).update(params.labels)
        elif isinstance(params, SmartCropParams | CropOverlayParams) and params.strategy in ("faces", "objects"):
            helpful.add("face" if params.strategy == "faces" else ANYTHING)
        elif isinstance(params, TextParams | WatermarkParams) and params.place == "calm":
            helpful.add(ANYTHING)
    return Wanted(frozenset(needed), frozenset(helpful))


def looked(
    program: Program,
    data: Data,
    name: str,
    detectors: tuple[Detector, ...],
    limits: Limits | None = None,
    *,
    page: int = 0,
    header: Header | None = None,
) -> tuple[Region, ...] | None:
    """What detectors find on the upright picture; None where nobody can look for what is needed, or nobody has to.

    Raises:
        Error: an `image_*` code, or `model_unusable`.
    """
    from darkroom.imaging.recipes.run import to_raster

    asked = wanted(program)
    chosen = asked.of(detectors)
    if not chosen or asked.unseen(detectors):
        return None
    small = to_raster(
        load(data, name, LoadOptions(target=_SIDE, page=page, raw=program.raw), limits=limits, header=header).frames
    )
    return tuple(region for one in chosen for region in one.look(small))


def digests_of(program: Program, detectors: tuple[Detector, ...]) -> dict[str, str]:
    """What the result depends on beside files: another detector finds other things."""
    return {f"detector {one.path.name}": one.digest for one in wanted(program).of(detectors)}

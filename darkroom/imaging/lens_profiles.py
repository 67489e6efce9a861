"""Reads Lensfun's database (XML) from a folder, and finds what it knows of a camera and its lens.

Lensfun's profiles are CC BY-SA 3.0 and do not come with Darkroom: a folder of them is named by whoever has one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from darkroom import logs
from darkroom.domain.image import MetadataValue

_MOST_FILES, _MOST_BYTES = 500, 8_000_000
_WORD = re.compile(r"[a-z]+|\d+(?:\.\d+)?")
_LIKE_ENOUGH = 0.5
_FAR = 1e9
_log = logs.get(__name__)
_DISTORTIONS = {"poly3": ("k1",), "poly5": ("k1", "k2"), "ptlens": ("a", "b", "c")}


@dataclass(frozen=True)
class Camera:
    """A camera of the database."""

    maker: str
    models: tuple[str, ...]
    mount: str
    crop: float


@dataclass(frozen=True)
class Lens:
    """A lens of the database, with what was measured."""

    maker: str
    model: str
    mounts: tuple[str, ...]
    crop: float
    distortions: tuple[dict[str, Any], ...] = ()
    colours: tuple[dict[str, Any], ...] = ()
    lights: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Profiles:
    """All files of a folder."""

    cameras: tuple[Camera, ...] = ()
    lenses: tuple[Lens, ...] = ()
    compatible: dict[str, frozenset[str]] = field(default_factory=dict)
    """Mounts whose lenses fit, by mount."""


@dataclass(frozen=True)
class Found:
    """What is known of a camera and its lens."""

    lens: str
    """Maker and model, as the database has them."""
    params: dict[str, Any]
    """Parameters of `lens_correct`."""


def profiles_digest(folder: Path | None) -> str:
    """Changes when a file of the folder does; nothing without a folder."""
    said = [f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in _files(folder)]
    return hashlib.sha256("\n".join(said).encode()).hexdigest() if said else ""


def read_profiles(folder: Path | None) -> Profiles:
    """What lies in a folder, read once as long as nothing changes; files that cannot be read are left out."""
    return _read(folder, profiles_digest(folder))


def _files(folder: Path | None) -> list[Path]:
    if folder is None or not folder.is_dir():
        return []
    found = (path for path in folder.rglob("*.xml") if path.is_file() and path.stat().st_size <= _MOST_BYTES)
    return sorted(found)[:_MOST_FILES]


@lru_cache(maxsize=2)
def _read(folder: Path | None, _digest: str) -> Profiles:
    cameras: list[Camera] = []
    lenses: list[Lens] = []
    compatible: dict[str, frozenset[str]] = {}
    for path in _files(folder):
        try:
            data = path.read_bytes()
            if b"<!ENTITY" in data.replace(b"\0", b""):  # is how XML is made to explode
                raise ValueError("it declares entities")
            root = ElementTree.fromstring(data)  # noqa: S314 - entities are refused
        except (OSError, ValueError, ElementTree.ParseError) as error:
            _log.warning("lens_profiles_not_read", path=str(path), cause=str(error))
            continue
        for mount in root.iter("mount"):
            if name := _text(mount, "name"):
                compatible[name] = frozenset(_texts(mount, "compat"))
        cameras += filter(None, map(_camera, root.iter("camera")))
        lenses += filter(None, map(_lens, root.iter("lens")))
    return Profiles(tuple(cameras), tuple(lenses), compatible)


def _texts(element: ElementTree.Element, name: str) -> list[str]:
    return [text for one in element.findall(name) if (text := (one.text or "").strip())]


def _text(element: ElementTree.Element, name: str) -> str:
    return next(iter(_texts(element, name)), "")


def _number(value: str | None, usual: float = 0.0) -> float:
    try:
        return float(value) if value is not None else usual
    except ValueError:
        return usual


def _camera(element: ElementTree.Element) -> Camera | None:
    models = tuple(_texts(element, "model"))
    crop = _number(_text(element, "cropfactor"))
    return Camera(_text(element, "maker"), models, _text(element, "mount"), crop) if models and crop > 0 else None


def _lens(element: ElementTree.Element) -> Lens | None:
    crop, model = _number(_text(element, "cropfactor"), 1.0), _text(element, "model")
    measured: dict[str, list[dict[str, Any]]] = {"distortion": [], "tca": [], "vignetting": []}
    for one in element.iter():
        if one.tag in measured:
            numbers = {name: _number(value) for name, value in one.attrib.items() if name != "model"}
            measured[one.tag].append({**numbers, "model": one.get("model", "")})
    if not model or crop <= 0:
        return None
    return Lens(
        _text(element, "maker"), model, tuple(_texts(element, "mount")), crop,
        tuple(one for one in measured["distortion"] if one["model"] in _DISTORTIONS),
        tuple(one for one in measured["tca"] if one["model"] in ("linear", "poly3")),
        tuple(one for one in measured["vignetting"] if one["model"] == "pa"),
    )  # fmt: skip


def find_corrections(profiles: Profiles, exif: dict[str, MetadataValue]) -> Found | None:
    """What the profiles know of the lens that took a picture, at its focal length and aperture."""
    focal, stop = _of(exif.get("FocalLength")), _of(exif.get("FNumber"))
    camera = _known_camera(profiles.cameras, str(exif.get("Make", "")), str(exif.get("Model", "")))
    lens = _known_lens(profiles, camera, str(exif.get("LensModel", "")))
    if lens is None or focal <= 0:
        return None
    crop = camera.crop if camera else _of(exif.get("FocalLengthIn35mmFilm")) / focal or lens.crop
    params: dict[str, Any] = {"ratio": min(max(lens.crop / crop, 0.1), 10.0)}
    if bent := _at(lens.distortions, focal):
        params |= {name: bent.get(name, 0.0) for name in _DISTORTIONS[bent["model"]]}
        params["distortion"] = bent["model"]
    if parted := _at(lens.colours, focal):
        linear = parted["model"] == "linear"
        for name, letter in (("red", "r"), ("blue", "b")):
            shift = (parted.get("k" + letter, 1.0), 0.0, 0.0)
            told = (parted.get("v" + letter, 1.0), parted.get("c" + letter, 0.0), parted.get("b" + letter, 0.0))
            params[name] = shift if linear else told
    if dark := _at(_at_aperture(lens.lights, stop), focal):
        params["vignetting"] = tuple(dark.get(name, 0.0) for name in ("k1", "k2", "k3"))
    name = lens.model if _words(lens.maker) <= _words(lens.model) else f"{lens.maker} {lens.model}"
    return Found(name, params) if len(params) > 1 else None


def _of(value: MetadataValue | None) -> float:
    value = value[0] if isinstance(value, list) and value else value
    return float(value) if isinstance(value, int | float) and 0 < value < _FAR else 0.0


def _words(name: str) -> set[str]:
    return set(_WORD.findall(name.lower()))


def _known_camera(cameras: Iterable[Camera], maker: str, model: str) -> Camera | None:
    wanted = _words(model) - _words(maker)
    for one in cameras:
        same = any(_words(name) - _words(one.maker) - _words(maker) == wanted for name in one.models)
        if wanted and same and (_words(one.maker) & _words(maker) or not maker):
            return one
    return None


def _known_lens(profiles: Profiles, camera: Camera | None, name: str) -> Lens | None:
    """The lens whose name is most like it; of a camera with a lens of its own, that one."""
    fitting: Sequence[Lens] = profiles.lenses
    if camera:
        mounts = {camera.mount, *profiles.compatible.get(camera.mount, ())}
        fitting = [one for one in fitting if mounts & set(one.mounts)]
        if camera.mount[:1].islower():  # Lensfun's way to write a mount that cannot be changed
            return next(iter(fitting), None)
    said = _words(name)
    best, score = None, _LIKE_ENOUGH
    for one in fitting:
        has = _words(one.model) - _words(one.maker)
        numbers = {word for word in has if word[0].isdigit()}
        alike = len(has & said) / len(has | (said - _words(one.maker)) or {""})
        # Another zoom range or another aperture is another lens, however alike the words are.
        if numbers and numbers <= said and alike > score:
            best, score = one, alike
    return best


def _at(measured: Sequence[dict[str, Any]], focal: float) -> dict[str, Any] | None:
    """Values at a focal length: between two that were measured by the same model, on the way from one to the other."""
    if not measured:
        return None
    ordered = sorted(measured, key=lambda one: float(one.get("focal", 0.0)))
    below = [one for one in ordered if one.get("focal", 0.0) <= focal]
    above = [one for one in ordered if one.get("focal", 0.0) > focal]
    if not below or not above or below[-1]["model"] != above[0]["model"]:
        return min(ordered, key=lambda one: abs(float(one.get("focal", 0.0)) - focal))
    return _between(below[-1], above[0], (focal - below[-1]["focal"]) / (above[0]["focal"] - below[-1]["focal"]))


def _between(one: dict[str, Any], other: dict[str, Any], share: float) -> dict[str, Any]:
    names = (one.keys() | other.keys()) - {"model"}
    usual = {name: 1.0 if name in ("kr", "kb", "vr", "vb") else 0.0 for name in names}
    mixed = {n: one.get(n, usual[n]) * (1 - share) + other.get(n, usual[n]) * share for n in names}
    return {**mixed, "model": one["model"]}


def _at_aperture(measured: Sequence[dict[str, Any]], stop: float) -> list[dict[str, Any]]:
    """Of each focal length the values at an aperture, measured from farthest away, as most pictures are taken."""
    found = []
    for focal in {one.get("focal", 0.0) for one in measured}:
        here = [one for one in measured if one.get("focal", 0.0) == focal]
        farthest = max(one.get("distance", 0.0) for one in here)
        here = sorted(
            (one for one in here if one.get("distance", 0.0) == farthest), key=lambda one: one.get("aperture", 0.0)
        )
        below = [one for one in here if one.get("aperture", 0.0) <= stop] or here[:1]
        above = [one for one in here if one.get("aperture", 0.0) > stop] or here[-1:]
        first, last = below[-1].get("aperture", 0.0), above[0].get("aperture", 0.0)
        share = min(max((stop - first) / (last - first), 0.0), 1.0) if last > first else 0.0
        found.append({**_between(below[-1], above[0], share), "focal": focal})
    return found

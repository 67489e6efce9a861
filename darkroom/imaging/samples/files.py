"""Writes the sample pictures as a camera would: formats, Exif dates, places, cameras; and some that went wrong."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from darkroom.imaging import native
from darkroom.imaging.pixels import Array
from darkroom.imaging.samples.paint import Canvas
from darkroom.imaging.samples.scenes import SCENES, Scene

_SIZES = ((1500, 1000), (1500, 1000), (1400, 1050), (1600, 900), (1600, 1067), (1080, 1350))
_FORMATS = {5: "png", 11: "webp", 17: "tiff", 23: "avif", 29: "webp", 34: "png"}
_EDITED, _SMALL, _SHAKEN, _UNDEREXPOSED, _OVEREXPOSED, _INTERRUPTED = (
    (1, 14, 33),
    (8, 24),
    (10, 30),
    (3, 22),
    (4,),
    (16,),
)
_FIRST_DAY = datetime(2025, 10, 4)  # noqa: DTZ001 - Exif dates are local times without a zone


@dataclass(frozen=True)
class _Camera:
    make: str
    model: str
    lens: str
    focal: float
    aperture: float


_CAMERAS = (
    _Camera("Halide", "Halide One", "Halide 35mm F1.8", 35.0, 5.6),
    _Camera("Lumen Optics", "Lumen X2", "Lumen 24-70mm F2.8", 50.0, 8.0),
    _Camera("Aster", "Aster Pocket 7", "Aster 26mm F1.9", 6.8, 1.9),
)


@dataclass(frozen=True)
class _File:
    """A sample about to be written."""

    path: Path
    data: bytes


def write_samples(folder: Path, *, seed: int = 7) -> list[Path]:
    """Paint the samples and write them into sub-folders; the same seed gives the same files.

    Each file appears complete: it is written under a hidden name first.

    Returns:
        the files, in the order of their names.
    """
    with ThreadPoolExecutor(2) as painters:
        made = list(painters.map(lambda index: _scene_files(folder, index, seed), range(len(SCENES))))
    files = [file for some in made for file in some]
    for file in files:
        _write(file)
    return sorted(file.path for file in files)


def _scene_files(folder: Path, index: int, seed: int) -> list[_File]:
    scene = SCENES[index]
    rng = np.random.default_rng([seed, index])
    width, height = _SIZES[index % len(_SIZES)]
    canvas = Canvas(rng, width, height)
    scene.painter(canvas, scene.mood)
    picture = canvas.finish()
    day = _FIRST_DAY + timedelta(days=index * 11 % 396, hours=scene.hour, minutes=int(rng.integers(60)), seconds=index)
    exif = _exif(scene, index, day, rng)
    kind = _FORMATS.get(index, "jpg")
    stem = folder / scene.folder / scene.title
    files = [_File(stem.with_suffix(f".{kind}"), _encode(picture, kind, exif))]
    files.extend(
        _File(stem.with_name(f"{scene.title}{name}.jpg"), data)
        for name, data in _variants(index, picture, exif, files[0].data)
    )
    return files


def _variants(index: int, picture: Array, exif: Any, original: bytes) -> list[tuple[str, bytes]]:
    """Near duplicates, and what goes wrong on a real memory card."""
    cv2 = native.cv2()
    made: list[tuple[str, bytes]] = []
    if index in _EDITED:  # developed again, a little brighter
        made.append(("-edited", _encode(cv2.convertScaleAbs(picture, alpha=1.06, beta=5), "jpg", exif)))
    if index in _SMALL:  # sent to a friend
        size = (960, round(960 * picture.shape[0] / picture.shape[1]))
        made.append(("-small", _encode(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), "jpg", exif, 80)))
    if index in _SHAKEN:
        made.append(("-shaken", _encode(cv2.GaussianBlur(picture, (0, 0), 11), "jpg", exif)))
    if index in _UNDEREXPOSED:
        made.append(("-underexposed", _encode(cv2.convertScaleAbs(picture, alpha=0.13), "jpg", exif)))
    if index in _OVEREXPOSED:
        made.append(("-overexposed", _encode(cv2.convertScaleAbs(picture, alpha=1.5, beta=95), "jpg", exif)))
    if index in _INTERRUPTED:  # the card was pulled out too early
        made.append(("-interrupted", original[: len(original) * 2 // 5]))
    return made


def _exif(scene: Scene, index: int, day: datetime, rng: np.random.Generator) -> Any:
    camera = _CAMERAS[(index * 7 + index // 5) % len(_CAMERAS)]
    exif = native.pillow().Exif()
    exif[0x010E] = scene.title.replace("-", " ").capitalize()
    exif[0x010F], exif[0x0110] = camera.make, camera.model
    exif[0x0131] = "Darkroom samples"
    exif[0x0132] = f"{day:%Y:%m:%d %H:%M:%S}"
    dark = scene.hour < 5 or scene.hour > 21
    details = exif.get_ifd(0x8769)
    details[0x829A] = (8.0 if scene.folder == "night-sky" else 0.05) if dark else 1 / int(rng.choice([125, 250, 500]))
    details[0x829D] = camera.aperture
    details[0x8827] = int(rng.choice([1600, 3200])) if dark else int(rng.choice([100, 200, 400]))
    details[0x9003] = details[0x9004] = f"{day:%Y:%m:%d %H:%M:%S}"
    details[0x920A] = camera.focal
    details[0xA434] = camera.lens
    latitude, longitude, altitude = scene.place
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N" if latitude >= 0 else "S", _degrees(latitude + float(rng.normal(0, 0.01)))
    gps[3], gps[4] = "E" if longitude >= 0 else "W", _degrees(longitude + float(rng.normal(0, 0.01)))
    gps[5], gps[6] = b"\0", float(altitude)
    return exif


def _degrees(value: float) -> tuple[float, float, float]:
    whole, rest = divmod(abs(value) * 60, 60)
    minutes, part = divmod(rest, 1)
    return float(whole), float(minutes), round(part * 60, 3)


def _encode(picture: Array, kind: str, exif: Any, quality: int = 91) -> bytes:
    target = BytesIO()
    image = native.pillow().fromarray(picture)
    options: dict[str, dict[str, Any]] = {
        "jpg": {"format": "JPEG", "quality": quality},
        "png": {"format": "PNG", "compress_level": 1},
        "webp": {"format": "WEBP", "quality": 88, "method": 0},
        "tiff": {"format": "TIFF"},  # Pillow writes all of Exif into uncompressed files only, from bytes only
        "avif": {"format": "AVIF", "quality": 80, "speed": 10},
    }
    image.save(target, exif=exif.tobytes() if kind == "tiff" else exif, **options[kind])
    return target.getvalue()


def _write(file: _File) -> None:
    file.path.parent.mkdir(parents=True, exist_ok=True)
    hidden = file.path.with_name(f".{file.path.name}.part")
    hidden.write_bytes(file.data)
    hidden.replace(file.path)

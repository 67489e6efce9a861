"""Cameras that LibRaw knows, from its own list, and trials of files."""

from __future__ import annotations

import ctypes
import difflib
import re
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from typing import TypeVar

from darkroom.domain.cameras import CameraTable, Maker, RawTrial
from darkroom.errors import Error

T = TypeVar("T")
_TIMEOUT = 60.0
_WORD = re.compile(r"[a-z0-9]+")
_PREVIEW = 1024
# Makers whose names are more than one word.
_LONG = ("Phase One", "Konica Minolta", "Raspberry Pi", "Parrot Bebop", "OM Digital Solutions")


@cache
def _listed() -> tuple[str, tuple[str, ...]]:
    """LibRaw's version, and its list of cameras by its C interface, which the Python package does not pass on."""
    import rawpy

    version = ".".join(str(part) for part in rawpy.libraw_version)
    # The extension module is linked to LibRaw: its handle finds what that exports, wherever it was installed.
    library = ctypes.CDLL(rawpy._rawpy.__file__)
    try:
        names, count = library.libraw_cameraList, library.libraw_cameraCount
    except AttributeError:
        return version, ()
    names.restype, count.restype = ctypes.POINTER(ctypes.c_char_p), ctypes.c_int
    found = names()
    return version, tuple(found[index].decode("utf-8", "replace") for index in range(count()))


def camera_table(name: str | None = None) -> CameraTable:
    """Cameras whose names hold every word of a name, or all; loads LibRaw into this process."""
    version, listed = _listed()
    return _chosen(version, listed, name)


@cache
def _listed_apart() -> CameraTable:
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "darkroom.imaging.formats.cameras"],
            capture_output=True,
            timeout=_TIMEOUT,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise Error("internal", f"LibRaw could not be asked for its cameras: {error}.") from error
    return CameraTable.model_validate_json(done.stdout)


def camera_table_apart(name: str | None = None) -> CameraTable:
    """The same from a process of its own, asked once: a web server stays small.

    Raises:
        Error: `internal` when that process fails.
    """
    found = _listed_apart()
    listed = tuple(f"{maker.name} {model}" for maker in found.makers for model in maker.cameras)
    return _chosen(found.library.removeprefix("LibRaw "), listed, name)


def _chosen(version: str, listed: tuple[str, ...], name: str | None) -> CameraTable:
    wanted = _WORD.findall((name or "").lower())
    found = [one for one in listed if set(wanted) <= set(_WORD.findall(one.lower()))] if name else list(listed)
    makers: dict[str, list[str]] = {}
    for one in found:
        maker = next((long for long in _LONG if one.startswith(f"{long} ")), one.split(" ", 1)[0])
        makers.setdefault(maker, []).append(one[len(maker) :].strip())
    near = [] if found or not name else difflib.get_close_matches(name, listed, n=5, cutoff=0.6)
    return CameraTable(
        library=f"LibRaw {version}", known=len(listed), name=name, supported=bool(found), near=tuple(near),
        makers=tuple(Maker(name=maker, cameras=tuple(models)) for maker, models in makers.items()),
    )  # fmt: skip


def try_raw(data: bytes, name: str) -> RawTrial:
    """Develop a file in every way and tell how that went; never raises for what the file is."""
    from darkroom.imaging import codecs, raw
    from darkroom.imaging.formats.develop import RawOptions
    from darkroom.imaging.formats.load import LoadOptions, load
    from darkroom.imaging.metadata import read_metadata

    spent = _Clock()
    try:
        header = spent.timed("header", lambda: codecs.probe(data, name))
        if header.kind.decoder != "raw":
            raise Error("image_unsupported", f"{name} is {header.kind.format}, no RAW file.")
        camera = read_metadata(header.blocks)[1].camera
        size = raw.largest_preview(data, header, name)
        if size and max(size) >= min(_PREVIEW, max(header.width, header.height)):
            options = LoadOptions(target=_PREVIEW, raw=RawOptions(preview=True))
            spent.timed("preview", lambda: load(data, name, options, header=header))
        half = LoadOptions(raw=RawOptions(half_size=True))
        spent.timed("half", lambda: load(data, name, half, header=header))
        spent.timed("full", lambda: load(data, name, LoadOptions(), header=header))
    except Error as error:
        return RawTrial(
            name=name, camera=None, supported=False, outcome=error.code, header_ms=spent.ms("header") or 0.0
        )
    width, height = header.upright
    return RawTrial(
        name=name, camera=camera, supported=bool(camera) and _lists(camera or ""), outcome="ok",
        width=width, height=height, preview=f"{size[0]} x {size[1]}" if size else None,
        header_ms=spent.ms("header") or 0.0, preview_ms=spent.ms("preview"), half_ms=spent.ms("half") or 0.0,
        full_ms=spent.ms("full") or 0.0,
    )  # fmt: skip


def _lists(camera: str) -> bool:
    """Whether the list has a camera by the name that its files give it, which may be longer."""
    said = set(_WORD.findall(camera.lower()))
    return any(set(_WORD.findall(one.split("(")[0].lower())) <= said for one in _listed()[1])


class _Clock:
    def __init__(self) -> None:
        self._spent: dict[str, float] = {}

    def timed(self, what: str, work: Callable[[], T]) -> T:
        begun = time.perf_counter()
        try:
            return work()
        finally:
            self._spent[what] = time.perf_counter() - begun

    def ms(self, what: str) -> float | None:
        return round(self._spent[what] * 1000, 1) if what in self._spent else None


if __name__ == "__main__":
    sys.stdout.write(camera_table().model_dump_json())

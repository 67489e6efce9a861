"""Cuts a picture into the tiles of a Deep Zoom image (DZI), as viewers on the web take them, in one ZIP."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from typing import Any

from darkroom.errors import Error
from darkroom.imaging import native
from darkroom.imaging.formats.encoded import Encoded
from darkroom.imaging.formats.frames import AnyArray, Frames, Turnable
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.formats.prepare import prepare, vips_image
from darkroom.imaging.formats.targets import TARGETS

TILE_FORMATS = ("jpeg", "png", "webp")
"""What tiles can be."""
NAME = "picture"
"""Of the files in the ZIP: `picture.dzi` and the folder `picture_files`."""
MEDIA_TYPE, EXTENSION = "application/zip", ".zip"
_TILE, _OVERLAP = 254, 1
_LOSSY = ("jpeg", "webp")
# Equal pictures make equal files, whenever they are packed.
_MOMENT = (1980, 1, 1, 0, 0, 0)


def packed(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A ZIP of files that are compressed already."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name, _MOMENT), data)
    return made.getvalue()


def deep_zoom(picture: Frames | Turnable | AnyArray, options: EncodeOptions) -> Encoded:
    """The tiles of a picture in memory.

    Raises:
        Error: `encode_failed`.
    """
    prepared = prepare(
        Frames.given(picture, b""), options.model_copy(update={"bit_depth": 8}), TARGETS[options.format].taking(options)
    )
    return cut(vips_image(prepared.frames.pixels), options, prepared.notes)


def cut(image: Any, options: EncodeOptions, notes: tuple[str, ...] = ()) -> Encoded:
    """The tiles of a picture of libvips, which need not be in memory.

    Args:
        image: 8-bit sRGB, with straight alpha at most where the format of the tiles has that.
        options: format, quality and background of the tiles.
        notes: what was changed before.

    Raises:
        Error: `encode_failed`.
    """
    target = TARGETS[options.format]
    if image.hasalpha() and not target.takes.alpha:
        image = image.flatten(background=list(options.rgb()))
    quality = (options.quality or target.quality) if options.format in _LOSSY else None
    suffix = target.extension + (f"[Q={quality}]" if quality else "")
    try:
        data = image.dzsave_buffer(imagename=NAME, tile_size=_TILE, overlap=_OVERLAP, suffix=suffix)
    except native.pyvips().Error as error:
        raise Error(
            "encode_failed", f"The tiles could not be written: {' '.join(str(error).split())[:300]}."
        ) from error
    return Encoded(
        data=_tidied(data), format=options.format, media_type=MEDIA_TYPE, extension=EXTENSION, width=image.width,
        height=image.height, encoder="libvips", quality=quality, channels=image.bands, notes=notes,
    )  # fmt: skip


def _tidied(data: bytes) -> bytes:
    """Without what libvips writes of itself and of the moment."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = sorted(name for name in archive.namelist() if not name.endswith(("/", "vips-properties.xml")))
        return packed((name, archive.read(name)) for name in names)

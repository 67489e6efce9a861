"""Formats that can be written, each with its encoders in order of preference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from darkroom.imaging.formats.encoder import Encoder
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.formats.prepare import Prepared, Takes
from darkroom.imaging.formats.writers import avif, jp2, jpeg, jxl, others, png, tiff, webp


def _array_bits(picture: Prepared, _options: EncodeOptions) -> int:
    return picture.frames.depth


@dataclass(frozen=True)
class TargetFormat:
    """A format as something to write."""

    name: str
    title: str
    media_type: str
    extension: str
    takes: Takes
    encoders: tuple[Encoder, ...]
    quality: int | None = None
    """Default quality; None for formats that lose nothing."""
    lossless: Callable[[EncodeOptions], bool] = lambda _options: False
    """Whether the options make it lossless, beyond `lossless` itself."""
    bits: Callable[[Prepared, EncodeOptions], int] = _array_bits
    narrower: Callable[[EncodeOptions], Takes | None] = lambda _options: None
    """What is held with options that leave less room than the format has; None where they do not."""
    missing: str = ""
    """What would have to be there for it to be written."""

    def taking(self, options: EncodeOptions) -> Takes:
        """What a file with these options can hold."""
        return self.narrower(options) or self.takes


def _always(_options: EncodeOptions) -> bool:
    return True


def _tiff_lossless(options: EncodeOptions) -> bool:
    return options.compression not in ("jpeg", "webp")


_ROWS = (
    TargetFormat("jpeg", "JPEG", "image/jpeg", ".jpg", jpeg.TAKES, jpeg.ENCODERS, jpeg.QUALITY),
    TargetFormat("png", "PNG", "image/png", ".png", png.TAKES, png.ENCODERS, lossless=_always),
    TargetFormat("webp", "WebP", "image/webp", ".webp", webp.TAKES, webp.ENCODERS, webp.QUALITY),
    TargetFormat("avif", "AVIF", "image/avif", ".avif", avif.TAKES, avif.ENCODERS, avif.QUALITY, bits=avif.bits),
    TargetFormat(
        "tiff",
        "TIFF",
        "image/tiff",
        ".tif",
        tiff.TAKES,
        tiff.ENCODERS,
        tiff.QUALITY,
        _tiff_lossless,
        narrower=tiff.narrower,
    ),
    TargetFormat("gif", "GIF", "image/gif", ".gif", others.GIF_TAKES, others.GIF, lossless=_always),
    TargetFormat("jp2", "JPEG 2000", "image/jp2", ".jp2", jp2.TAKES, jp2.ENCODERS, jp2.QUALITY, bits=jp2.bits),
    TargetFormat("bmp", "BMP", "image/bmp", ".bmp", others.BMP_TAKES, others.BMP, lossless=_always),
    TargetFormat("heic", "HEIC", "image/heic", ".heic", others.HEIC_TAKES, others.HEIC, others.HEIC_QUALITY),
    TargetFormat("jxl", "JPEG XL", "image/jxl", ".jxl", jxl.TAKES, jxl.ENCODERS, jxl.QUALITY),
)

TARGETS: dict[str, TargetFormat] = {row.name: row for row in _ROWS}
"""Every format that was thought of, by name."""

"""What of a source's metadata goes into what was made of it: the policy, the corrections, and who can hold what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from darkroom.domain.located import Location
from darkroom.imaging.exif import read_exif
from darkroom.imaging.formats.metadata import exif_edit, iptc_edit, xmp_edit
from darkroom.imaging.formats.metadata.containers import Payload, into_jp2, into_jpeg, into_jxl, into_png, into_webp
from darkroom.imaging.formats.metadata.isobmff_edit import into_heif
from darkroom.imaging.formats.metadata.tiff_edit import into_tiff
from darkroom.imaging.metadata import Blocks
from darkroom.imaging.words import Words

_CREDITS = ("dc:creator", "dc:rights")
Policy = Literal["keep", "strip-gps", "copyright-only", "none"]
Kind = Literal["exif", "xmp", "iptc"]

WRITERS: dict[str, Callable[[bytes, Payload], tuple[bytes, list[str]]]] = {
    "jpeg": into_jpeg,
    "png": into_png,
    "webp": into_webp,
    "avif": into_heif,
    "heic": into_heif,
    "tiff": into_tiff,
    "jp2": into_jp2,
    "jxl": into_jxl,
}
HOLDS: dict[str, frozenset[Kind]] = {
    "jpeg": frozenset({"exif", "xmp", "iptc"}),
    "png": frozenset({"exif", "xmp", "iptc"}),
    "tiff": frozenset({"exif", "xmp", "iptc"}),
    "webp": frozenset({"exif", "xmp"}),
    "avif": frozenset({"exif", "xmp"}),
    "heic": frozenset({"exif", "xmp"}),
    "jp2": frozenset({"exif", "xmp"}),
    "jxl": frozenset({"exif", "xmp"}),
    "gif": frozenset(),
    "bmp": frozenset(),
}
"""Blocks that each format has a place for. IPTC without one is told again as XMP, where the standard names a field."""
_RAW_OR_TIFF_MARKS = (b"II", b"MM")


@dataclass(frozen=True)
class Carry:
    """Metadata of a source and what may be taken along."""

    blocks: Blocks
    policy: Policy = "keep"
    words: Words | None = None
    """What is said of the picture in place of what its file says."""

    def payload(self, width: int, height: int) -> Payload:
        """The blocks for upright pixels of that size."""
        if self.policy == "none":
            return Payload()
        words = self.words
        # A place that is told anew, or was taken away, is not the file's any more.
        own = self._of_file(width, height, gps=self.policy == "keep" and (words is None or words.location is None))
        if words is None:
            return own
        said = words.properties()
        if self.policy == "copyright-only":
            said = {name: value for name, value in said.items() if name in _CREDITS}
        elif self.policy == "strip-gps":
            said = {name: value for name, value in said.items() if not name.startswith("exif:GPS")}
        exif, iptc = exif_edit.without(own.exif, exif_edit.WORDS), iptc_edit.without(own.iptc, iptc_edit.WORDS)
        moment = words.taken_at if isinstance(words.taken_at, datetime) else None
        if words.taken_at is not None:
            exif = exif_edit.timed(exif, moment)
            iptc = iptc_edit.without(iptc, iptc_edit.TIMES)
        if self.policy != "copyright-only":
            place = words.location if self.policy == "keep" and isinstance(words.location, Location) else None
            exif = exif_edit.told(exif, moment, place, zoned=words.zoned)
        return Payload(exif, xmp_edit.replaced(own.xmp, words.replaces, said), iptc)

    def _of_file(self, width: int, height: int, *, gps: bool) -> Payload:
        exif, iptc = _exif(self.blocks), iptc_edit.iim(self.blocks.iptc)
        if self.policy == "copyright-only":
            return Payload(
                exif_edit.credits_only(exif),
                xmp_edit.credits_only(self.blocks.xmp),
                iptc_edit.credits_only(iptc),
            )
        xmp = xmp_edit.corrected(self.blocks.xmp, width, height, gps=gps) if self.blocks.xmp else b""
        more = self.blocks.more_exif
        if more or exif_edit.holds_pixels(
            exif
        ):  # a TIFF or RAW file is its own block, and its pixels must not come along
            found = exif_edit.rebuilt(exif, width, height, gps=gps, below=more[0] if more else b"")
        else:
            found = exif_edit.corrected(exif, width, height, gps=gps)
        if not gps and any(name.startswith("GPS") for name in read_exif(found)):
            found = b""  # a block made so that a position is found twice keeps none of it
        return Payload(found, xmp, iptc)


def _exif(blocks: Blocks) -> bytes:
    block = blocks.exif[6:] if blocks.exif[:5] == b"Exif\0" else blocks.exif
    return block if block[:2] in _RAW_OR_TIFF_MARKS else b""


def carried(data: bytes, format_: str, carry: Carry, width: int, height: int) -> tuple[bytes, tuple[str, ...]]:
    """The file with the metadata that may come along, and what could not.

    Args:
        data: a file that holds no metadata but its profile.
    """
    payload = carry.payload(width, height)
    held = HOLDS[format_]
    notes: list[str] = []
    if payload.iptc and "iptc" not in held and "xmp" in held:
        told = xmp_edit.merged(payload.xmp, iptc_edit.as_xmp(payload.iptc))
        payload = Payload(payload.exif, told)
        notes.append("IPTC is told as XMP")
    if not payload:
        return data, ()
    if not held:
        return data, ("metadata have no place in this format",)
    written, more = WRITERS[format_](data, payload)
    return written, (*notes, *more)

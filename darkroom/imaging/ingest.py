"""Takes one picture in: bytes read once, decoded once, everything else derived from that decode."""

from __future__ import annotations

from darkroom.errors import Error
from darkroom.imaging import codecs, native, renditions
from darkroom.imaging.colour import profile_name
from darkroom.imaging.hashing import perceptual_hash, sha256
from darkroom.imaging.header import Header, check
from darkroom.imaging.limits import Limits
from darkroom.imaging.metadata import read_metadata
from darkroom.imaging.picture import Picture
from darkroom.imaging.pixels import Pixels, fit, opaque
from darkroom.imaging.quality import dominant_colours, measure
from darkroom.imaging.source import Data


def ingest(data: Data, *, name: str, limits: Limits) -> Picture:
    """Everything that the bytes of a picture tell.

    Args:
        name: file name, for the record and for messages.

    Raises:
        Error: an `image_*` code.
    """
    return develop(data, inspect(data, name=name, limits=limits), name=name, limits=limits)


def inspect(data: Data, *, name: str, limits: Limits) -> Header:
    """The header, once it has passed all guards.

    Raises:
        Error: an `image_*` code.
    """
    if isinstance(data, bytes) and len(data) > limits.max_file_bytes:
        raise Error("image_too_many_bytes", f"{name} has {len(data):,} bytes.", bytes=len(data))
    header = codecs.probe(data, name)
    check(header, len(data), limits, name)
    return header


def develop(data: Data, header: Header, *, name: str, limits: Limits) -> Picture:
    """Decode a picture whose header has passed the guards, and derive everything from that.

    Raises:
        Error: an `image_*` code.
    """
    pixels = codecs.decode(data, header, limits.preview_pixels, name)
    return _derive(data, header, pixels, name, limits)


def _derive(data: Data, header: Header, pixels: Pixels, name: str, limits: Limits) -> Picture:
    digest = sha256(data)
    metadata, capture = read_metadata(header.blocks)
    large = fit(pixels.colour, limits.preview_pixels)
    small = fit(large, limits.thumbnail_pixels)
    flat = opaque(small)
    cv2 = native.cv2()
    luma = cv2.cvtColor(opaque(large), cv2.COLOR_RGB2GRAY)
    thumbnail = renditions.render("thumbnail", small, limits.thumbnail_pixels, digest)
    preview = None
    described = [renditions.described("thumbnail", thumbnail)]
    if not renditions.original_serves(header, len(data), limits, damaged=pixels.damaged):
        preview = renditions.render("preview", large, limits.preview_pixels, digest)
        described.append(renditions.described("preview", preview))
    width, height = header.upright
    return Picture(
        sha256=digest,
        name=name,
        media_type=header.kind.media_type,
        format=header.kind.format,
        bytes=len(data),
        width=width,
        height=height,
        orientation=header.orientation,
        frames=header.frames,
        bit_depth=header.bit_depth,
        channels=header.channels,
        profile=header.light.title if header.light else profile_name(header.icc),
        capture=capture,
        metadata=metadata,
        phash=perceptual_hash(cv2.cvtColor(flat, cv2.COLOR_RGB2GRAY)),
        quality=measure(luma, flat, damaged=pixels.damaged),
        colours=dominant_colours(flat),
        placeholder=renditions.placeholder(small),
        renditions=tuple(described),
        thumbnail=thumbnail,
        preview=preview,
    )

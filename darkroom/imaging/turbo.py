"""Decodes JPEG at the coarsest scale that still reaches the preview: our own decoder, and libjpeg-turbo for the rest."""

from __future__ import annotations

from darkroom.errors import Error
from darkroom.imaging import scaled_jpeg, vips
from darkroom.imaging.colour import is_common, is_srgb, to_srgb
from darkroom.imaging.exif import read_orientation
from darkroom.imaging.header import Header, scale_for
from darkroom.imaging.jpeg import JpegInfo, count_scans, is_complete, read_jpeg
from darkroom.imaging.metadata import Blocks
from darkroom.imaging.pixels import Array, Pixels, upright
from darkroom.imaging.sniff import Kind

# Beyond these a file is decoded where it can be stopped.
QUICK_PIXELS = 60_000_000
QUICK_SCANS = 24
MAX_SCANS = 500


def orientation_of(exif: bytes) -> int:
    """Exif orientation, 1 when there is none."""
    return read_orientation(exif, 6 if exif[:5] == b"Exif\0" else 0) if exif else 1


def probe_jpeg(data: bytes, kind: Kind, name: str) -> Header:
    """Header of a JPEG.

    Raises:
        Error: `image_corrupt`, `image_truncated` or `image_bomb` (thousands of scans).
    """
    info = read_jpeg(data, name)
    scans = count_scans(data, info) if info.progressive else 1
    pixels = info.width * info.height
    if scans > MAX_SCANS:
        raise Error("image_bomb", f"{name} goes over its pixels {scans:,} times.", scans=scans)
    # Progressive files keep all coefficients, two bytes each, until the last scan.
    held = pixels * info.components * 2 if info.progressive else 0
    return Header(
        kind=kind,
        width=info.width,
        height=info.height,
        bit_depth=info.bit_depth,
        channels=info.components,
        orientation=orientation_of(info.exif),
        icc=info.icc,
        blocks=Blocks(info.exif, info.photoshop, info.xmp),
        memory_mb=(len(data) + held + min(pixels, 8_000_000) * 8) / 1e6 + 8,
        quick=info.plain
        and pixels <= QUICK_PIXELS
        and scans <= QUICK_SCANS
        and (is_srgb(info.icc) or is_common(info.icc)),
        segments=info,
    )


def decode_jpeg(data: bytes, header: Header, target: int, name: str) -> Pixels:
    """Pixels, upright, in sRGB, with a long side of at least 95 % of the target where the picture has that.

    Raises:
        Error: `image_truncated` or `image_corrupt`.
    """
    info = header.segments or read_jpeg(data, name)
    if not info.plain:
        return vips.decode_vips(data, header, target, name)
    factor = scale_for(max(info.width, info.height), target)
    damaged = False
    try:
        array = decode_scaled(data, info, factor, strict=True)
    except ValueError as error:
        if "ICC marker" in str(error):  # pieces of a profile that do not fit cost the profile, not the picture
            return vips.decode_vips(data, header, target, name)
        if not is_complete(data, info):
            raise Error("image_truncated", f"{name} ends in the middle of its pixels.") from error
        array, damaged = decode_damaged(data, info, factor, name), True
    colour = array if info.components == 3 else array.repeat(3, axis=2)
    return Pixels(upright(to_srgb(colour, info.icc), header.orientation), damaged)


def factor_for(info: JpegInfo, target: int | None) -> int:
    """Denominator of the scale at which the picture is still as large as the target."""
    return scale_for(max(info.width, info.height), target) if target else 1


def decode_scaled(
    data: bytes, info: JpegInfo, factor: int, *, strict: bool, size: tuple[int, int] | None = None
) -> Array:
    """Pixels as stored at 1/factor, RGB or grey; `ValueError` where the data are bad (or, when strict, merely suspect).

    Args:
        data: the file.
        info: what its header says.
        factor: 1, 2, 4 or 8.
        strict: refuse what is merely suspect.
        size: width and height that they may have instead, reduced by Lanczos, where the decoder can do both at once.
    """
    import simplejpeg

    if strict and factor > 1:
        found = scaled_jpeg.decode(data, (info.height, info.width, info.components), factor, size)
        if found is not None:
            return found
    # min_* choose the scale: exactly the size at that factor.
    return simplejpeg.decode_jpeg(  # type: ignore[no-any-return]
        data,
        "RGB" if info.components == 3 else "GRAY",
        min_height=-(-info.height // factor),
        min_width=-(-info.width // factor),
        strict=strict,
    )


def decode_damaged(data: bytes, info: JpegInfo, factor: int, name: str) -> Array:
    """What can be made of a damaged file.

    Raises:
        Error: `image_corrupt` when that is nothing.
    """
    try:
        return decode_scaled(data, info, factor, strict=False)
    except ValueError as error:
        raise Error("image_corrupt", f"{name} cannot be decoded: {error}.") from error

"""Gain maps of JPEG pictures (Ultra HDR, ISO 21496-1): what is beyond white, as a small picture beside the usual one."""

from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass, replace

import numpy as np

from darkroom.imaging import native
from darkroom.imaging.formats.frames import AnyArray
from darkroom.imaging.operations.base import Floats, Motion, Shape
from darkroom.imaging.operations.detail_planes import area_resized
from darkroom.imaging.operations.motion import in_pixels

ADOBE = b"http://ns.adobe.com/hdr-gain-map/1.0/"
ISO = b"urn:iso:std:iso:ts:21496:-1\0"
XMP = b"http://ns.adobe.com/xap/1.0/\0"
_OFFSET = 1 / 64
# A gain that no screen reaches: what is brighter still is cut there.
_MOST_STOPS = 8.0
_HALF = 0.5
_ISO_HEAD = struct.Struct(">HHB")
_MULTICHANNEL, _COMMON = 0x80, 0x08


@dataclass(frozen=True)
class GainMap:
    """How much brighter each part of a picture is on a screen that can show it.

    Args:
        pixels: height x width x 1 or 3 of uint8, upright like the picture they belong to.
        segments: of the file the map came in, what says how its numbers are meant; they hold whatever its size.
    """

    pixels: AnyArray
    segments: bytes

    def moved(self, motion: Motion, before: tuple[int, int], after: Shape) -> GainMap:
        """The map for a picture whose pixels went somewhere else.

        Args:
            motion: where they went, in relative places.
            before: width and height of the picture that the map belongs to.
            after: what became of that picture.
        """
        height, width = self.pixels.shape[:2]
        share = max(width / before[0], height / before[1])
        whole = in_pixels(motion, Shape(*before), after)
        shrunk = math.sqrt(abs(float(np.linalg.det(whole[:2, :2])))) or 1.0
        # A picture that gets smaller may have a finer map than before; one finer than half its size shows nothing more.
        finer = min(max(share, _HALF), share / shrunk, 1.0)
        size = Shape(max(1, round(after.width * finer)), max(1, round(after.height * finer)))
        return replace(self, pixels=_warped(self.pixels, motion, size, self.neutral()))

    def neutral(self) -> tuple[float, ...]:
        """The value of each channel that leaves the picture as bright as it is."""
        channels = self.pixels.shape[2]
        low, high, gamma = (list(values) * channels for values in _meaning(self.segments))
        found = []
        for at in range(channels):
            span = high[at] - low[at]
            part = min(1.0, max(0.0, -low[at] / span)) if span > 0 else 0.0
            found.append(255 * part ** gamma[at])
        return tuple(found)


def _warped(pixels: AnyArray, motion: Motion, size: Shape, outside: tuple[float, ...]) -> AnyArray:
    cv2 = native.cv2()
    source = Shape(pixels.shape[1], pixels.shape[0])
    matrix = in_pixels(motion, source, size)
    across, down = (min(1.0, float(np.hypot(*matrix[:2, axis]))) for axis in (0, 1))
    if min(across, down) < 1:  # a warp looks at its neighbours only: what lies between them would be skipped
        less = Shape(max(1, round(source.width * across)), max(1, round(source.height * down)))
        pixels = area_resized(pixels, less.width, less.height)
        matrix = in_pixels(motion, less, size)
    made: AnyArray = cv2.warpPerspective(
        pixels,
        matrix,
        (size.width, size.height),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=outside,
    )
    return made if made.ndim == 3 else made[:, :, None]


def gain_map_of(light: Floats, base: Floats) -> GainMap | None:
    """The map that makes the light of a scene out of the picture a usual screen gets; None where that shows all of it.

    Args:
        light: linear light, height x width x 3, white at 1.
        base: the same as the file without the map will have it.
    """
    # A map for each channel: one for all would take the colour out of what is only bright in one of them.
    gain = np.log2((light + _OFFSET) / (base + _OFFSET))
    highest = min(_MOST_STOPS, float(gain.max()))
    if highest < 0.01:
        return None
    height, width = (max(1, side // 2) for side in gain.shape[:2])
    small = area_resized(np.clip(gain, 0, highest).astype(np.float32), width, height)
    pixels = np.rint(small * (255 / highest)).astype(np.uint8)
    return GainMap(pixels if pixels.ndim == 3 else pixels[:, :, None], segment(0xE1, XMP + _told(highest)))


def _told(highest: float) -> bytes:
    values = {"Version": "1.0", "GainMapMin": "0", "GainMapMax": f"{highest:.6f}", "Gamma": "1"}
    values |= {"OffsetSDR": f"{_OFFSET}", "OffsetHDR": f"{_OFFSET}", "HDRCapacityMin": "0"}
    values |= {"HDRCapacityMax": f"{highest:.6f}", "BaseRenditionIsHDR": "False"}
    return _packet("".join(f' hdrgm:{name}="{value}"' for name, value in values.items()).encode())


def _packet(attributes: bytes, elements: bytes = b"") -> bytes:
    return (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description rdf:about="" xmlns:hdrgm="'
        + ADOBE
        + b'"'
        + attributes
        + b">"
        + elements
        + b"</rdf:Description>"
        b"</rdf:RDF></x:xmpmeta>"
    )


def only_meaning(packet: bytes) -> bytes:
    """An XMP packet with what it says of the map and nothing else: the rest would get round the metadata policy."""
    attributes = re.findall(rb"\shdrgm:\w+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*')", packet)
    elements = re.findall(rb"<(hdrgm:\w+)\b[^>]*>(.*?)</\1\s*>", packet, re.DOTALL)
    return _packet(
        b"".join(attributes), b"".join(b"<" + n + b">" + inside + b"</" + n + b">" for n, inside in elements)
    )


def segment(marker: int, content: bytes) -> bytes:
    """A segment of a JPEG."""
    return bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2, "big") + content


def _meaning(segments: bytes) -> tuple[list[float], list[float], list[float]]:
    """Lowest and highest gain in stops and the curve between them, a number for each channel or one for all."""
    found = [_numbers(segments, name) for name in (b"GainMapMin", b"GainMapMax", b"Gamma")]
    if not found[1]:
        at = segments.find(ISO)
        found = _binary(segments[at + len(ISO) :]) if at >= 0 else found
    return found[0] or [0.0], found[1] or [1.0], found[2] or [1.0]


def _numbers(packet: bytes, name: bytes) -> list[float]:
    """The values of a field in an XMP packet: an attribute, an element, or a list with one for each channel."""
    found = re.search(
        rb"hdrgm:" + name + rb"\s*(?:=\s*[\"']([^\"']*)|>(.*?)</hdrgm:" + name + rb">)", packet, re.DOTALL
    )
    words = re.findall(rb"(?:^|>)\s*([-+\d.eE]+)\s*(?:$|<)", (found[1] or found[2]).strip()) if found else []
    try:
        values = [float(word) for word in words]
    except ValueError:
        return []
    return values if all(math.isfinite(value) for value in values) else []


def _binary(block: bytes) -> list[list[float]]:
    """The same from the block that ISO 21496-1 defines."""
    try:
        _, _, flags = _ISO_HEAD.unpack_from(block)
        at, channels = _ISO_HEAD.size, 3 if flags & _MULTICHANNEL else 1
        if flags & _COMMON:
            (below,) = struct.unpack_from(">I", block, at)
            rows = [struct.unpack_from(">iiI", block, at + 12 + 20 * channel) for channel in range(channels)]
            return [[row[field] / below for row in rows] for field in range(3)]
        rows = [struct.unpack_from(">iIiIII", block, at + 16 + 40 * channel) for channel in range(channels)]
        return [[row[2 * field] / row[2 * field + 1] for row in rows] for field in range(3)]
    except (struct.error, ZeroDivisionError):
        return [[], [], []]

"""Pieces of picture files, put together byte by byte: what no honest encoder would write."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

Chunk = tuple[bytes, bytes]
Segment = tuple[int, bytes]


def zip_file(content: bytes) -> bytes:
    """A ZIP archive of one file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo("inside.txt"), content)
    return out.getvalue()


def riff(kind: bytes, body: bytes) -> bytes:
    """A RIFF container."""
    return b"RIFF" + struct.pack("<I", len(body) + 4) + kind + body


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """One chunk with the right checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, packed: bytes, depth: int = 8, colour: int = 0) -> bytes:
    """A PNG whose header says what it is told to."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    chunks = (png_chunk(b"IHDR", header), png_chunk(b"IDAT", packed), png_chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def png_with(data: bytes, *chunks: Chunk) -> bytes:
    """A PNG with chunks added behind its header."""
    return data[:33] + b"".join(png_chunk(kind, body) for kind, body in chunks) + data[33:]


def webp_with(data: bytes, width: int, height: int, *chunks: Chunk) -> bytes:
    """A simple WebP in the extended form, with chunks added behind its pixels."""
    exif = 8 if any(kind == b"EXIF" for kind, _ in chunks) else 0
    canvas = struct.pack("<I", exif) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    more = b"".join(kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2) for kind, body in chunks)
    return riff(b"WEBP", b"VP8X" + struct.pack("<I", 10) + canvas + data[12:] + more)


def jpeg_segments(data: bytes, *segments: Segment) -> bytes:
    """A JPEG with segments added at its beginning."""
    made = (b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body for marker, body in segments)
    return data[:2] + b"".join(made) + data[2:]


def jpeg_size(data: bytes, width: int, height: int) -> bytes:
    """A JPEG whose frame header lies about its size."""
    at = max(data.find(b"\xff\xc0"), data.find(b"\xff\xc2"))
    return data[: at + 5] + struct.pack(">HH", height, width) + data[at + 9 :]


def scans(data: bytes, count: int) -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    last = data[data.rfind(b"\xff\xda") : -2]
    return data[:-2] + last * count + b"\xff\xd9"


def gif_header(data: bytes, width: int, height: int) -> bytes:
    """A GIF whose screen lies about its size."""
    return data[:6] + struct.pack("<HH", width, height) + data[10:]


def gif_frames(count: int) -> bytes:
    """A GIF of one pixel with many frames."""
    head = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff"
    frame = b"\x21\xf9\4\0\5\0\0\0" + b",\0\0\0\0\1\0\1\0\0" + b"\2\2\x44\1\0"
    return head + frame * count + b";"


def bmp_header(width: int, height: int) -> bytes:
    """The headers of a BMP of 24 bits."""
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 2**31, 0, 0, 54) + info


def ifd(entries: list[tuple[int, int, int, bytes]], following: int = 0) -> bytes:
    """A directory of (tag, type, count, four bytes of value or offset), little-endian."""
    body = b"".join(
        struct.pack("<HHI", tag, kind, count) + value[:4].ljust(4, b"\0") for tag, kind, count, value in entries
    )
    return struct.pack("<H", len(entries)) + body + struct.pack("<I", following)


def tiff(numbers: dict[int, int], tail: bytes = b"") -> bytes:
    """A TIFF structure of plain numbers whose offsets 8 are the place of the tail: it comes before the directory."""
    tail += b"\0" * (len(tail) % 2)
    entries = [(tag, 4, 1, struct.pack("<I", value)) for tag, value in sorted(numbers.items())]
    return b"II*\0" + struct.pack("<I", 8 + len(tail)) + tail + ifd(entries)


def tiff_pages(count: int, *, circle: bool = False) -> bytes:
    """A TIFF of pages of one pixel; in a circle, the last is followed by the first."""
    tags = {256: 1, 257: 1, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 1, 279: 1}
    size = 2 + 12 * len(tags) + 4
    out = [b"II*\0" + struct.pack("<I", 10) + b"\x80\0"]
    for page in range(count):
        last = page == count - 1
        following = (10 if circle else 0) if last else 10 + (page + 1) * size
        out.append(ifd([(tag, 4, 1, struct.pack("<I", value)) for tag, value in tags.items()], following))
    return b"".join(out)


def xmp_packet(*, text: str = "", inside: str = "", before: str = "", attributes: str = "") -> bytes:
    """An XMP packet with a title and whatever else."""
    return (
        f'{before}<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:exif="http://ns.adobe.com/exif/1.0/" '
        f"{attributes}><dc:source>{text}</dc:source>{inside}</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def iim(*datasets: tuple[int, bytes]) -> bytes:
    """IPTC datasets of the application record."""
    return b"".join(b"\x1c\x02" + bytes([number]) + struct.pack(">H", len(text)) + text for number, text in datasets)


def photoshop(block: bytes) -> list[Segment]:
    """IPTC as JPEG carries it, over as many segments as it takes."""
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(block)) + block
    parts = [resource[at : at + 65_000] for at in range(0, len(resource), 65_000)]
    return [(0xED, b"Photoshop 3.0\0" + part) for part in parts]

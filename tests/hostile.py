"""Hostile and odd picture files, made by script from a seed: what each is called, its bytes, and what may become of it."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import OpenEXR
from PIL import Image

from darkroom.imaging.formats.encode import encode
from darkroom.imaging.formats.frames import Frames
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.formats.prepare import built_in
from tests.boxed import recoloured
from tests.hostile_parts import (
    bmp_header,
    gif_frames,
    gif_header,
    iim,
    jpeg_segments,
    jpeg_size,
    photoshop,
    png,
    png_chunk,
    png_with,
    riff,
    scans,
    tiff,
    tiff_pages,
    webp_with,
    xmp_packet,
    zip_file,
)

PICTURE = "picture"
DAMAGED = "picture marked as damaged"
CUT = frozenset({"image_truncated", "image_corrupt"})
NO_PICTURE = frozenset({"image_not_an_image"})
MAYBE = frozenset({PICTURE, *CUT})
REFUSED = frozenset({"image_corrupt", "image_truncated", "image_too_many_pixels", "image_bomb", "image_unsupported"})
TOO_LARGE = frozenset({"image_too_many_pixels"})
SOUND = frozenset({PICTURE})


@dataclass(frozen=True)
class Case:
    """One file."""

    name: str
    """As the file is called; what it cannot say in UTF-8 is escaped as the system does it."""
    data: bytes
    allowed: frozenset[str]
    """Codes of errors that are right for it, and `picture`, marked as damaged or not, where it may be taken in."""
    size: tuple[int, int] | None = None
    """Width and height, upright, once taken in."""
    frames: int | None = None
    """How many frames, once taken in."""


def cases(seed: int = 20) -> list[Case]:
    """All of them; the same for the same seed."""
    groups = (
        no_pictures,
        polyglots,
        cut,
        flipped,
        liars,
        many_frames,
        bombs,
        kinds_of_pixels,
        odd_png,
        orientations,
        broken_exif,
        giant_metadata,
        broken_xmp,
        extreme_shapes,
        odd_names,
    )
    found = [case for group in groups for case in group(random.Random(f"{seed} {group.__name__}"))]
    twice = [name for name, count in Counter(case.name for case in found).items() if count > 1]
    assert not twice, twice
    return found


@cache
def scene(width: int = 96, height: int = 64, mode: str = "RGB") -> Image.Image:
    """A small picture in which no two corners are alike."""
    y, x = np.mgrid[0:height, 0:width]
    pixels = np.stack([x * 255 // width, y * 255 // height, (x * 7 + y * 13) % 256], axis=2).astype(np.uint8)
    return Image.fromarray(pixels).convert(mode)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The picture as bytes of a format."""
    out = io.BytesIO()
    if kind == "HEIF":
        import pillow_heif

        pillow_heif.from_pillow(image).save(out, quality=60)
    else:
        image.save(out, kind, **options)
    return out.getvalue()


def light(image: Image.Image) -> bytes:
    """The picture as OpenEXR."""
    out = io.BytesIO()
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    OpenEXR.File(header, {"RGB": np.asarray(image).astype(np.float32) / 255}, num_threads=0).write(out)
    return out.getvalue()


def deep(image: Image.Image, **options: Any) -> bytes:
    """The picture without loss at more than eight bits; in Display P3 where its profile is kept."""
    pixels = np.asarray(image).astype(np.uint16) * 257
    icc = built_in("p3") if options.get("profile") == "keep" else b""
    return encode(Frames.of(pixels, icc), EncodeOptions(lossless=True, **options)).data


@cache
def sound() -> dict[str, bytes]:
    """One sound file of each kind."""
    photo = scene(200, 150)
    return {
        "baseline.jpg": saved(photo, "JPEG"),
        "progressive.jpg": saved(photo, "JPEG", progressive=True),
        "plain.png": saved(photo, "PNG"),
        "lossy.webp": saved(photo, "WEBP"),
        "lossless.webp": saved(photo, "WEBP", lossless=True),
        "plain.gif": saved(photo, "GIF"),
        "raw.tiff": saved(photo, "TIFF"),
        "deflate.tiff": saved(photo, "TIFF", compression="tiff_adobe_deflate"),
        "lzw.tiff": saved(photo, "TIFF", compression="tiff_lzw"),
        "jpeg.tiff": saved(photo, "TIFF", compression="jpeg"),
        "plain.bmp": saved(photo, "BMP"),
        "plain.avif": saved(photo, "AVIF", speed=10),
        "plain.heic": saved(photo, "HEIF"),
        "plain.jxl": encode(np.asarray(photo), EncodeOptions(format="jxl")).data,
        "plain.exr": light(photo),
        "plain.jp2": saved(photo, "JPEG2000"),
        "deep.jp2": deep(photo, format="jp2", profile="keep"),
        "light.avif": recoloured(deep(photo, format="avif", bit_depth=12), 9, 16),
    }


def no_pictures(chance: random.Random) -> Iterator[Case]:
    yield Case("empty.jpg", b"", frozenset({"image_empty"}))
    others = {
        "one-byte.jpg": b"\xff",
        "two-bytes.png": b"\x89P",
        "text.jpg": b"Dear diary, this is no picture.\n" * 20,
        "page.png": b"<!DOCTYPE html><html><body><img src=x onerror=alert(1)></body></html>",
        "archive.jpg": zip_file(b"hello"),
        "film.heic": b"\0\0\0\x18ftypisom\0\0\0\0isomiso2" + b"\0" * 500,
        "sound.webp": riff(b"WAVE", b"fmt " + bytes(60)),
        "program.bmp": b"\x7fELF" + bytes(400),
        "packed.gif": b"\x1f\x8b\x08" + chance.randbytes(300),
        "zeros.nef": bytes(4096),
        "ones.cr2": b"\xff" * 4096,
        "noise.dng": b"n" + chance.randbytes(65_536),
        "object.jpg": b'{"width": 10, "height": 10}',
        "script.png": b"#!/bin/sh\nrm -rf /\n",
        "letters-bm.bmp": b"BM is how this sentence begins, and it goes on for a while.",
        "before.jpg": b"\n" + sound()["baseline.jpg"],
    }
    for name, data in others.items():
        yield Case(name, data, NO_PICTURE)
    drawing = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    yield Case("drawing.png", drawing, frozenset({"image_corrupt"}))
    reaching = drawing.replace(b"<script>", b'<image href="file:///etc/passwd"/><script>')
    yield Case("reaching.svg", reaching, frozenset({"image_unsupported"}))
    paper = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
    yield Case("paper.tiff", paper, frozenset({"image_corrupt"}))
    marks = {
        "jpeg": b"\xff\xd8\xff",
        "png": b"\x89PNG\r\n\x1a\n",
        "gif": b"GIF89a",
        "tiff": b"II*\0",
        "tiff-mm": b"MM\0*",
        "bigtiff": b"II+\0",
        "webp": b"RIFF\0\0\0\0WEBP",
        "avif": b"\0\0\0\x10ftypavif",
        "heic": b"\0\0\0\x10ftypheic",
        "cr2": b"II*\0\x10\0\0\0CR\x02",
        "cr3": b"\0\0\0\x10ftypcrx ",
        "raf": b"FUJIFILMCCD-RAW",
        "orf": b"IIRO",
        "rw2": b"IIU\0",
        "x3f": b"FOVb",
        "jxl": b"\xff\x0a",
        "exr": b"\x76\x2f\x31\x01",
        "pdf": b"%PDF-1.7\n",
    }
    for name, mark in marks.items():
        for title, rest in (("alone", b""), ("zeros", bytes(2000)), ("noise", chance.randbytes(2000))):
            yield Case(f"mark-{title}.{name}", mark + rest, REFUSED)


def polyglots(chance: random.Random) -> Iterator[Case]:
    files = sound()
    script = b"<script>alert(1)</script>"
    tails = {"zip": zip_file(b"inside"), "html": b"<html>" + script, "noise": chance.randbytes(5000)}
    for name in ("baseline.jpg", "plain.png", "plain.gif", "lossy.webp", "raw.tiff", "plain.bmp"):
        for title, tail in tails.items():
            yield Case(f"{name}+{title}", files[name] + tail, SOUND, (200, 150))
    yield Case("two.png", files["plain.png"] * 2, SOUND, (200, 150))
    yield Case("really-png.jpg", files["plain.png"], SOUND, (200, 150))
    yield Case("really-jpeg.txt", files["baseline.jpg"], SOUND, (200, 150))
    yield Case("really-gif.svg", files["plain.gif"], SOUND, (200, 150))
    commented = jpeg_segments(files["baseline.jpg"], (0xFE, b"*/=1;" + script + b"<?php system($_GET[1]); ?>"))
    yield Case("comment-with-script.jpg", commented, SOUND, (200, 150))
    yield Case("gif-with-script.gif", b"GIF89a/*" + script + b"*/=1;" + script, REFUSED | {PICTURE})
    yield Case("paper-around.jpg", b"%PDF-1.4\nstream\n" + files["baseline.jpg"], frozenset({"image_corrupt"}))


def cut(_: random.Random) -> Iterator[Case]:
    for name, data in sound().items():
        stem, _, kind = name.partition(".")
        for share in (5, 15, 30, 50, 70, 90, 97):
            # What is left of a GIF or of uncompressed rows may be shown by some decoders; it is never an accident.
            yield Case(f"cut-{stem}-{share}.{kind}", data[: len(data) * share // 100], REFUSED | NO_PICTURE)
        yield Case(f"cut-{stem}-last.{kind}", data[:-1], REFUSED | {PICTURE})


def flipped(chance: random.Random) -> Iterator[Case]:
    for name, data in sound().items():
        stem, _, kind = name.partition(".")
        for number in range(6):
            changed = bytearray(data)
            # Half of them where the headers are, half anywhere.
            reach = min(len(data), 200) if number % 2 else len(data)
            for _ in range(1 + number * 3):
                changed[chance.randrange(4, reach)] ^= 1 << chance.randrange(8)
            allowed = MAYBE | REFUSED | NO_PICTURE | {"image_too_many_frames", "image_out_of_memory"}
            yield Case(f"flipped-{stem}-{number}.{kind}", bytes(changed), allowed)


def liars(_: random.Random) -> Iterator[Case]:
    sides = {"huge": (65535, 65535), "wide": (65535, 1), "tall": (1, 65535), "no-width": (0, 9), "no-height": (9, 0)}
    files = sound()
    for title, (width, height) in sides.items():
        allowed = REFUSED
        yield Case(f"lying-{title}.png", png(width, height, zlib.compress(bytes(50))), allowed)
        yield Case(f"lying-{title}.jpg", jpeg_size(files["baseline.jpg"], width, height), allowed | {PICTURE})
        yield Case(
            f"lying-{title}-progressive.jpg", jpeg_size(files["progressive.jpg"], width, height), MAYBE | allowed
        )
        yield Case(f"lying-{title}.gif", gif_header(files["plain.gif"], width, height), allowed | {PICTURE})
        yield Case(f"lying-{title}.bmp", bmp_header(width, height) + bytes(60), allowed)
        yield Case(f"lying-{title}.tiff", tiff({256: width, 257: height, 258: 8, 262: 1, 273: 8, 279: 9}), allowed)
        canvas = struct.pack("<I", 0) + (width - 1 & 0xFFFFFF).to_bytes(3, "little")
        data = riff(b"WEBP", b"VP8X" + struct.pack("<I", 10) + canvas + (height - 1 & 0xFFFFFF).to_bytes(3, "little"))
        yield Case(f"lying-{title}.webp", data, allowed)
    yield Case("lying-31-bits.png", png(2**31 - 1, 2**31 - 1, b""), REFUSED)
    yield Case("lying-negative.png", png(2**32 - 1, 1, b""), REFUSED)
    for width, height in ((2**31 - 1, 2**31 - 1), (-5, 5), (5, -(2**31)), (40_000, 40_000)):
        yield Case(f"lying-{width}x{height}.bmp", bmp_header(width, height) + bytes(60), REFUSED)
    strips = {256: 64, 257: 64, 258: 8, 262: 1, 278: 1, 273: 2**32 - 1, 279: 2**32 - 1}
    yield Case("strips-nowhere.tiff", tiff(strips), REFUSED | {DAMAGED})
    yield Case("tile-of-a-gigapixel.tiff", tiff({256: 9, 257: 9, 322: 65520, 323: 65520, 324: 8, 325: 9}), REFUSED)
    yield Case("no-directory.tiff", b"II*\0\xff\xff\xff\xff" + bytes(100), REFUSED)
    yield Case("samples.tiff", tiff({256: 9, 257: 9, 258: 8, 277: 65535, 262: 2, 273: 8, 279: 99}), REFUSED)


def many_frames(_: random.Random) -> Iterator[Case]:
    too_many = frozenset({"image_too_many_frames"})
    yield Case("frames-6000.gif", gif_frames(6000), too_many)
    yield Case("frames-200.gif", gif_frames(200), SOUND, (1, 1), 200)
    yield Case("pages-6000.tiff", tiff_pages(6000), too_many)
    yield Case("pages-20.tiff", tiff_pages(20), SOUND, (1, 1), 20)
    yield Case("pages-in-a-circle.tiff", tiff_pages(3, circle=True), MAYBE)
    moving = [scene(40 + 0 * step, 30).rotate(step * 30) for step in range(6)]
    for kind in ("GIF", "WEBP", "AVIF", "PNG"):
        data = saved(moving[0], kind, save_all=True, append_images=moving[1:], duration=50)
        yield Case(f"moving.{kind.lower()}", data, SOUND, (40, 30))


def bombs(_: random.Random) -> Iterator[Case]:
    row = zlib.compressobj(9)
    flat = row.compress(bytes(12_001 * 12_000)) + row.flush()
    yield Case("flat-144-megapixels.png", png(12_000, 12_000, flat), SOUND | {"image_bomb"}, (12_000, 12_000))
    yield Case("flat-400-megapixels.png", png(20_000, 20_000, flat, depth=1), TOO_LARGE)
    yield Case("more-than-the-header-says.png", png(10, 10, flat), MAYBE)
    wide = zlib.compress(bytes(15_000 * 15_000 // 8))
    bits = {256: 15_000, 257: 15_000, 258: 1, 259: 8, 262: 1, 278: 15_000}
    yield Case("bits.tiff", tiff({**bits, 273: 8, 279: len(wide)}, wide), frozenset({"image_bomb"}))
    group4 = saved(Image.new("1", (14_000, 14_000)), "TIFF", compression="group4")
    yield Case("group4.tiff", group4, frozenset({"image_bomb"}))
    yield Case("thousand-scans.jpg", scans(sound()["progressive.jpg"], 1000), frozenset({"image_bomb"}))
    text = zlib.compress(bytes(100_000_000), 9)
    base = sound()["plain.png"]
    yield Case("text-100-mb.png", png_with(base, (b"zTXt", b"Comment\0\0" + text)), SOUND, (200, 150))
    packet = b"XML:com.adobe.xmp\0\1\0\0\0" + text
    yield Case("xmp-100-mb.png", png_with(base, (b"iTXt", packet)), SOUND, (200, 150))
    yield Case("profile-100-mb.png", png_with(base, (b"iCCP", b"icc\0\0" + text)), MAYBE, (200, 150))


def kinds_of_pixels(_: random.Random) -> Iterator[Case]:
    size = (96, 64)
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        image = (
            scene(mode="L").convert("I").point(lambda value: value * 200).convert(mode)
            if ";" in mode
            else scene(mode=mode)
        )
        yield Case(f"mode-{mode}.png".replace(";", "-"), saved(image, "PNG"), SOUND, size)
    for mode in ("L", "RGB", "CMYK"):
        yield Case(f"mode-{mode}.jpg", saved(scene(mode=mode), "JPEG"), SOUND, size)
    cmyk = saved(scene(mode="CMYK"), "JPEG")
    yield Case("ycck.jpg", cmyk.replace(b"Adobe\0\x64\0\0\0\0\0", b"Adobe\0\x64\0\0\0\0\2"), SOUND, size)
    yield Case("cmyk-without-adobe.jpg", cmyk.replace(b"Adobe", b"Edoba"), SOUND, size)
    for sampling in ("4:4:4", "4:2:2", "4:2:0"):
        yield Case(f"{sampling.replace(':', '')}.jpg", saved(scene(), "JPEG", subsampling=sampling), SOUND, size)
    yield Case("worst.jpg", saved(scene(), "JPEG", quality=1), SOUND, size)
    yield Case("restarts.jpg", saved(scene(), "JPEG", restart_marker_blocks=1), SOUND, size)
    for mode in ("1", "L", "P", "RGB", "RGBA", "CMYK", "LAB", "YCbCr"):
        image = scene(mode=mode)
        yield Case(f"mode-{mode}.tiff", saved(image, "TIFF"), SOUND, size)
    level = np.linspace(0, 1, 96 * 64, dtype=np.float32).reshape(64, 96)
    odd = level.copy()
    odd[::3], odd[1::3] = np.nan, np.inf
    floats = {"float": level, "infinite": odd, "nothing-but-nan": level * np.nan, "vast": level * 1e38}
    for title, values in floats.items():
        yield Case(f"{title}.tiff", saved(Image.fromarray(values), "TIFF"), SOUND, size)
    yield Case("16-bit.tiff", saved(Image.fromarray((level * 65535).astype(np.uint16)), "TIFF"), SOUND, size)
    yield Case("32-bit.tiff", saved(Image.fromarray((level * 2e9).astype(np.int32)), "TIFF"), SOUND, size)
    for method in ("packbits", "tiff_lzw", "tiff_adobe_deflate", "jpeg"):
        yield Case(f"{method}.tiff", saved(scene(), "TIFF", compression=method), SOUND, size)
    for method in ("group3", "group4", "tiff_ccitt"):
        yield Case(f"{method}-bits.tiff", saved(scene(mode="1"), "TIFF", compression=method), SOUND, size)
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        yield Case(f"mode-{mode}.bmp", saved(scene(mode=mode), "BMP"), SOUND, size)
    for kind in ("WEBP", "AVIF"):
        for mode in ("RGB", "RGBA"):
            yield Case(f"mode-{mode}.{kind.lower()}", saved(scene(mode=mode), kind), SOUND, size)
    yield Case("see-through.gif", saved(scene(mode="P"), "GIF", transparency=0), SOUND, size)
    yield Case("nothing-to-see.png", saved(Image.new("RGBA", size, (0, 0, 0, 0)), "PNG"), SOUND, size)
    deep = zlib.compress(b"".join(b"\0" + bytes(range(192)) * 3 for _ in range(64)))
    yield Case("16-bit-colour.png", png(96, 64, deep, depth=16, colour=2), SOUND, size)


def odd_png(_: random.Random) -> Iterator[Case]:
    base, size = sound()["plain.png"], (200, 150)
    chunks = {
        "gamma-zero": (b"gAMA", bytes(4)),
        "gamma": (b"gAMA", struct.pack(">I", 45455)),
        "gamma-largest": (b"gAMA", b"\xff" * 4),
        "chroma-zero": (b"cHRM", bytes(32)),
        "transparent-colour": (b"tRNS", bytes(6)),
        "transparent-too-short": (b"tRNS", b"\0"),
        "resolution-zero": (b"pHYs", bytes(9)),
        "resolution-largest": (b"pHYs", b"\xff" * 8 + b"\1"),
        "time": (b"tIME", b"\xff" * 7),
        "palette-odd": (b"PLTE", b"1234"),
        "profile-junk": (b"iCCP", b"x\0\0" + zlib.compress(b"no profile" * 50)),
        "profile-not-packed": (b"iCCP", b"x\0\0junk"),
        "exif-chunk-junk": (b"eXIf", b"junk"),
        "exif-chunk-empty": (b"eXIf", b""),
        "private": (b"prVt", b"secret"),
        "background": (b"bKGD", b"\xff" * 6),
    }
    for title, chunk in chunks.items():
        yield Case(f"{title}.png", png_with(base, chunk), SOUND if title in {"gamma", "private"} else MAYBE, size)
    yield Case("grey-key.png", png_with(saved(scene(mode="L"), "PNG"), (b"tRNS", b"\0\x40")), SOUND, (96, 64))
    yield Case("unknown-critical.png", png_with(base, (b"CRIT", b"1")), MAYBE)
    at = base.index(b"IDAT")
    yield Case("wrong-crc-of-header.png", base[:29] + b"\0\0\0\0" + base[33:], MAYBE)
    yield Case("wrong-crc-of-pixels.png", base[:-16] + b"\0\0\0\0" + base[-12:], MAYBE)
    yield Case("length-lies.png", base[: at - 4] + b"\x7f\xff\xff\xff" + base[at:], REFUSED)
    yield Case("no-pixels.png", base[: at - 4] + png_chunk(b"IEND", b""), CUT)
    yield Case("no-end.png", base[:-12], MAYBE)
    yield Case("header-twice.png", png_with(base, (b"IHDR", base[16:29])), MAYBE)
    yield Case("chunks-20000.png", png_with(base, *[(b"prVt", b"x")] * 20_000), SOUND, size)
    for depth, colour in ((3, 0), (16, 3), (8, 5), (0, 0), (255, 255)):
        yield Case(f"depth-{depth}-colour-{colour}.png", png(9, 9, zlib.compress(bytes(900)), depth, colour), REFUSED)


def orientations(_: random.Random) -> Iterator[Case]:
    for turn in (*range(10), 65535):
        exif = tiff({0x0112: turn})
        size = (64, 96) if 5 <= turn <= 8 else (96, 64)
        yield Case(f"turned-{turn}.jpg", saved(scene(), "JPEG", exif=b"Exif\0\0" + exif), SOUND, size)
        yield Case(f"turned-{turn}.png", png_with(saved(scene(), "PNG"), (b"eXIf", exif)), SOUND, size)
        yield Case(f"turned-{turn}.webp", webp_with(saved(scene(), "WEBP"), 96, 64, (b"EXIF", exif)), SOUND, size)
        yield Case(f"turned-{turn}.tiff", saved(scene(), "TIFF", tiffinfo={0x0112: turn}), SOUND, size)


def broken_exif(chance: random.Random) -> Iterator[Case]:
    from tests.hostile_metadata import exif_blocks

    base = saved(scene(), "JPEG")
    for name, block in exif_blocks(chance).items():
        carried = jpeg_segments(base, (0xE1, (b"Exif\0\0" + block)[:65_000]))
        yield Case(f"exif-{name}.jpg", carried, SOUND, (96, 64))
        yield Case(f"exif-{name}.png", png_with(saved(scene(), "PNG"), (b"eXIf", block)), SOUND, (96, 64))


def giant_metadata(chance: random.Random) -> Iterator[Case]:
    base, size = sound()["baseline.jpg"], (200, 150)
    noise = chance.randbytes(65_000)
    jpegs = {
        "comments": [(0xFE, noise)] * 60,
        "comments-small": [(0xFE, b"x")] * 8_000,
        "profile": [(0xE2, b"ICC_PROFILE\0" + bytes([n + 1, 64]) + noise) for n in range(64)],
        "profile-parts-0-of-0": [(0xE2, b"ICC_PROFILE\0\0\0" + noise)] * 20,
        "exif": [(0xE1, b"Exif\0\0" + noise)] * 40,
        "xmp": [(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp_packet(text="x" * 60_000))] * 20,
        "keywords": photoshop(iim(*[(25, b"k" * 30_000)] * 800)),
        "datasets": photoshop(iim(*[(25, b"k")] * 9_000)),
        "resources-cut": [(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\xff\xff\xff\xff\x1c\x02")],
        "resources-empty": [(0xED, b"Photoshop 3.0\x008BIM" + b"\xff" * 9)],
        "photoshop": [(0xED, b"Photoshop 3.0\0" + noise)] * 700,
    }
    for title, segments in jpegs.items():
        yield Case(f"giant-{title}.jpg", jpeg_segments(base, *segments), SOUND, size)
    yield Case("segments-20000.jpg", jpeg_segments(base, *[(0xFE, b"")] * 20_000), frozenset({"image_corrupt"}))
    packet = b"XML:com.adobe.xmp\0\0\0\0\0" + xmp_packet(text="y" * 3_000_000)
    yield Case("giant-xmp.png", png_with(sound()["plain.png"], (b"iTXt", packet)), SOUND, size)


def broken_xmp(_: random.Random) -> Iterator[Case]:
    from tests.hostile_metadata import xmp_packets

    base = saved(scene(), "PNG")
    for name, packet in xmp_packets().items():
        yield Case(
            f"xmp-{name}.png", png_with(base, (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet)), SOUND, (96, 64)
        )
        if len(packet) < 65_000:
            carried = jpeg_segments(saved(scene(), "JPEG"), (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet))
            yield Case(f"xmp-{name}.jpg", carried, SOUND, (96, 64))


def extreme_shapes(_: random.Random) -> Iterator[Case]:
    for kind in ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "AVIF"):
        longest = 16_000 if kind in ("WEBP", "AVIF") else 20_000
        for size in ((1, 1), (2, 3), (1, longest), (longest, 1)):
            if kind == "AVIF" and max(size) > 3:
                continue
            data = saved(scene(*size), kind)
            yield Case(f"{size[0]}x{size[1]}.{kind.lower()}", data, SOUND, size)


def odd_names(chance: random.Random) -> Iterator[Case]:
    names = (
        b"caf\xe9.jpg",
        b"\xff\xfe\x80.jpg",
        b"two\nlines.jpg",
        b"tab\there.jpg",
        "\N{CAMERA} photo.jpg".encode(),
        "gpj.\u202etxt.jpg".encode(),
        "e\u0301 and \u00e9.jpg".encode(),
        b"-rf.jpg",
        b"CON.jpg",
        b"a%00b.jpg",
        b"back\\slash.jpg",
        b"<img src=x onerror=alert(1)>.jpg",
        b"$where.jpg",
        b"trailing .jpg ",
        b"x" * 250 + b".jpg",
        b"no extension",
    )
    for raw in names:
        size = (chance.randrange(20, 60), chance.randrange(20, 60))
        yield Case(raw.decode("utf-8", "surrogateescape"), saved(scene(*size), "JPEG"), SOUND, size)

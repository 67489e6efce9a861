"""Metadata on their way from any format to any other: a matrix of what each pair carries, and the policies."""

from __future__ import annotations

import struct
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from darkroom.imaging import codecs
from darkroom.imaging.colour import profile_name
from darkroom.imaging.formats.encode import encode
from darkroom.imaging.formats.load import load
from darkroom.imaging.formats.metadata import exif_edit, xmp_edit
from darkroom.imaging.formats.metadata.carry import HOLDS, Carry
from darkroom.imaging.formats.metadata.entries import Entry, Tree, exif_block, number, read_tree, text
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.formats.prepare import built_in
from darkroom.imaging.metadata import Blocks, read_metadata

CAPTION = "Über Žluťoučký kůň, 東京 🌊"
MAKER = b"Nikon\0\2\x10\0\0" + bytes(range(200))
PIXELS = np.random.default_rng(5).integers(0, 256, (40, 60, 3), dtype=np.uint8)
SOURCES = ["jpeg", "png", "webp", "avif", "tiff", "jp2", "jxl"]
TARGETS = [*SOURCES, "gif", "bmp"]


def rational(tag: int, *values: tuple[int, int], order: str = "<") -> Entry:
    return Entry(tag, 5, len(values), b"".join(struct.pack(order + "II", *value) for value in values))


def block(order: str = "<") -> bytes:
    """An Exif block of a camera with a position, maker notes and texts beyond ASCII."""
    first = (
        text(0x010E, CAPTION),
        text(0x010F, "Maker"),
        text(0x0110, "Model Ü"),
        number(0x0112, 6, order, short=True),
        text(0x013B, "Zoë Müller"),
        text(0x8298, "© 2026 Zoë"),
    )
    exif = (
        rational(0x829A, (1, 250), order=order),
        number(0x8827, 400, order, short=True),
        text(0x9003, "2026:05:04 10:11:12"),
        Entry(0x927C, 7, len(MAKER), MAKER),
        number(0xA002, 9999, order),
        number(0xA003, 8888, order),
    )
    gps = (text(1, "N"), rational(2, (50, 1), (5, 1), (3, 1), order=order), text(3, "E"))
    gps += (rational(4, (14, 1), (25, 1), (1, 1), order=order),)
    return exif_block(Tree(order, first, exif, gps))


XMP = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
 xmlns:e="http://ns.adobe.com/exif/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
 tiff:Orientation="6" e:GPSLatitude="50,5.05N" photoshop:Credit="Agentur Ö">
<e:GPSLongitude>14,25.01E</e:GPSLongitude><e:PixelXDimension>9999</e:PixelXDimension>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{CAPTION}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>Zoë Müller</rdf:li></rdf:Seq></dc:creator>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>""".encode()


def dataset(record: int, dataset_number: int, value: bytes) -> bytes:
    return bytes((0x1C, record, dataset_number)) + len(value).to_bytes(2, "big") + value


IPTC = dataset(1, 90, b"\x1b%G") + b"".join(
    dataset(2, key, words.encode())
    for key, words in ((5, "Titel Ä"), (25, "Vlny"), (25, "東京"), (80, "Zoë Müller"), (116, "© Zoë"), (120, CAPTION))
)
BLOCKS = Blocks(block(), IPTC, XMP)


def written(format_: str, carry: Carry | None) -> bytes:
    return encode(PIXELS, EncodeOptions(format=format_), metadata=carry).data


def fields(data: bytes) -> tuple[dict, dict, dict]:
    metadata, _ = read_metadata(codecs.probe(data, "x").blocks)
    return metadata.exif, metadata.iptc, metadata.xmp


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("source", SOURCES)
def test_every_pair_carries_what_both_can_hold(source, target):
    original = written(source, Carry(BLOCKS))
    header = codecs.probe(original, source)
    made = encode(load(original, source).frames, EncodeOptions(format=target), metadata=Carry(header.blocks))
    exif, iptc, xmp = fields(made.data)
    both = HOLDS[source] & HOLDS[target]
    if "exif" in both:
        assert exif["ImageDescription"] == CAPTION
        assert (exif["Model"], exif["Artist"], exif["PhotographicSensitivity"]) == ("Model Ü", "Zoë Müller", 400)
        assert exif["GPSLatitude"] == [50, 5, 3]
        assert exif["DateTimeOriginal"] == "2026:05:04 10:11:12"
        assert exif.get("Orientation", 1) == 1
        assert (exif["PixelXDimension"], exif["PixelYDimension"]) == (60, 40)
        assert MAKER in made.data
    else:
        assert not exif
    if "xmp" in both:
        assert (xmp["dc:title"], xmp["dc:creator"], xmp["tiff:Orientation"]) == (CAPTION, ["Zoë Müller"], "1")
    if "iptc" in both:
        assert (iptc["Caption-Abstract"], iptc["Keywords"]) == (CAPTION, ["Vlny", "東京"])
    elif "iptc" in HOLDS[source] and "xmp" in HOLDS[target]:
        assert (xmp["dc:description"], xmp["dc:subject"], xmp["dc:rights"]) == (CAPTION, ["Vlny", "東京"], "© Zoë")
        assert "IPTC is told as XMP" in made.notes
    if not HOLDS[target]:
        assert "metadata have no place in this format" in made.notes


@pytest.mark.parametrize("target", SOURCES)
def test_pixels_and_profile_are_what_they_were(target):
    options = EncodeOptions(format=target, profile="keep")
    plain = encode(PIXELS, options, icc=built_in("p3"))
    rich = encode(PIXELS, options, icc=built_in("p3"), metadata=Carry(BLOCKS))
    assert np.array_equal(load(plain.data, "a").frames.pixels, load(rich.data, "b").frames.pixels)
    found = load(rich.data, "b").frames.icc
    if target == "jxl":  # tells profiles in its own words
        assert "P3" in (profile_name(found) or "")
    else:
        assert found == built_in("p3")


@pytest.mark.parametrize("target", ["jpeg", "png", "webp", "avif", "tiff"])
def test_another_program_reads_them(target):
    with Image.open(BytesIO(written(target, Carry(BLOCKS)))) as image:
        image.load()
        exif = image.getexif()
        assert exif[0x010F] == "Maker"
        assert exif.get_ifd(0x8769)[0x8827] == 400
        assert exif.get_ifd(0x8825)[2] == (50, 5, 3)
        packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or image.tag_v2[700]
        assert CAPTION in (packet if isinstance(packet, str) else packet.decode())


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("options", [{}, {"bigtiff": True}, {"tile": 16, "pyramid": True}])
def test_tiffs_of_all_kinds_are_described(order, options):
    carry = Carry(Blocks(block(order), IPTC, XMP))
    made = encode(PIXELS, EncodeOptions(format="tiff", **options), metadata=carry)
    assert np.array_equal(load(made.data, "t").frames.pixels, PIXELS)
    assert not made.notes
    strange = Carry(Blocks(block(order).replace(b"Nikon\0\2", b"Sharp\0\2")))
    found = encode(PIXELS, EncodeOptions(format="tiff", **options), metadata=strange)
    assert any("the maker's note" in note for note in found.notes)
    if not options.get("bigtiff"):
        exif, iptc, _ = fields(made.data)
        assert (exif["Model"], exif["ExposureTime"], iptc["By-line"]) == ("Model Ü", 1 / 250, ["Zoë Müller"])


@pytest.mark.parametrize("target", SOURCES)
def test_a_position_is_taken_out_everywhere(target):
    made = written(target, Carry(BLOCKS, "strip-gps"))
    exif, _, xmp = fields(made)
    assert not [name for name in (*exif, *xmp) if "GPS" in name]
    assert struct.pack("<6I", 50, 1, 5, 1, 3, 1) not in made
    assert b"14,25" not in made
    assert b"50,5.05N" not in made
    assert exif["Artist"] == "Zoë Müller"
    assert xmp["dc:title"] == CAPTION


@pytest.mark.parametrize("target", SOURCES)
def test_only_credits_stay(target):
    made = written(target, Carry(BLOCKS, "copyright-only"))
    exif, iptc, xmp = fields(made)
    assert (exif["Artist"], exif["Copyright"]) == ("Zoë Müller", "© 2026 Zoë")
    assert set(exif) <= {"Artist", "Copyright", "XResolution", "YResolution", "ResolutionUnit"} | set(
        exif_of_tiff(target)
    )
    assert set(iptc) <= {"By-line", "CopyrightNotice"}
    assert xmp["photoshop:Credit"] == "Agentur Ö"
    assert "dc:title" not in xmp
    assert MAKER not in made


def exif_of_tiff(target: str) -> dict:
    return fields(written("tiff", None))[0] if target == "tiff" else {}


@pytest.mark.parametrize("target", SOURCES)
def test_nothing_stays_where_nothing_may(target):
    assert written(target, Carry(BLOCKS, "none")) == written(target, None) or target == "avif"
    assert not fields(written(target, Carry(BLOCKS, "none")))[2]


def test_a_turned_picture_is_told_to_be_upright_and_loses_its_old_thumbnail():
    exif = Image.Exif()
    exif[0x0112] = 6
    thumbnail = b"\xff\xd8thumbnail\xff\xd9"
    raw = bytearray(block())
    first = struct.unpack_from("<I", raw, 4)[0]
    end = first + 2 + 12 * struct.unpack_from("<H", raw, first)[0]
    at = len(raw)
    second = struct.pack("<H", 2) + struct.pack("<HHII", 0x0201, 4, 1, at + 30) + struct.pack("<HHII", 0x0202, 4, 1, 13)
    struct.pack_into("<I", raw, end, at)
    found = exif_edit.corrected(bytes(raw) + second + bytes(4) + thumbnail, 30, 20, gps=True)
    assert b"thumbnail" not in found
    tree = read_tree(found)
    assert {entry.tag: entry.value for entry in tree.exif}[0x927C] == MAKER
    assert struct.unpack_from("<I", found, end)[0] == 0


def test_a_packet_whose_position_cannot_be_taken_out_is_dropped():
    wide = XMP.decode().replace("<?xpacket", "<?xpacket", 1).encode("utf-16-le")
    assert xmp_edit.corrected(wide, 10, 10, gps=False) == b""
    assert xmp_edit.corrected(wide, 10, 10, gps=True) == wide


def test_a_position_that_is_named_twice_is_not_overlooked():
    gps = (text(1, "N"), rational(2, (50, 1), (5, 1), (3, 1)))
    once = exif_block(Tree("<", (text(0x010F, "M"),), (), gps))
    count = struct.unpack_from("<H", once, 8)[0]
    pointer = once[10 + 12 * (count - 1) : 10 + 12 * count]
    assert struct.unpack_from("<H", pointer)[0] == 0x8825
    at = struct.unpack_from("<I", pointer, 8)[0]
    copy = bytearray(once + once[at:])  # a second directory of positions, to which a second entry points
    struct.pack_into("<I", copy, len(once) + 2 + 12 + 8, len(once) + 2 + 12 * 2 + 4)
    first = struct.pack("<H", count + 1) + once[10 : 10 + 12 * count] + struct.pack("<HHII", 0x8825, 4, 1, len(once))
    moved = b"II*\0" + struct.pack("<I", len(copy)) + bytes(copy[8:]) + first + bytes(4)
    found = Carry(Blocks(moved), "strip-gps").payload(10, 10).exif
    assert struct.pack("<6I", 50, 1, 5, 1, 3, 1) not in found


def test_maker_notes_stay_where_they_point():
    before = block()
    after = exif_edit.corrected(before, 30, 20, gps=False)
    assert len(after) == len(before)
    assert after.index(MAKER) == before.index(MAKER)


def test_what_is_too_long_for_a_jpeg_is_said():
    long = xmp_edit.made({"dc:description": "x" * 70_000})
    made = encode(PIXELS, EncodeOptions(), metadata=Carry(Blocks(xmp=long)))
    assert "XMP of" in made.notes[0]
    assert "does not fit into a JPEG" in made.notes[0]


@pytest.mark.parametrize("cut", range(0, 400, 7))
def test_a_broken_block_costs_no_picture(cut):
    chance = np.random.default_rng(cut)
    raw = bytearray(block())
    for _ in range(4):
        raw[int(chance.integers(8, len(raw)))] = int(chance.integers(0, 256))
    for policy in ("keep", "strip-gps", "copyright-only"):
        carry = Carry(Blocks(bytes(raw[: len(raw) - cut]), IPTC[:-3], XMP[: 100 + cut]), policy)
        for format_ in ("jpeg", "tiff"):
            data = written(format_, carry)
            assert load(data, "x").frames.width == 60

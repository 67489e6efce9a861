"""What the library says of a picture, in place of what its file says, in every format and to any reader."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from darkroom.domain.image import Capture
from darkroom.domain.located import Location
from darkroom.imaging import codecs
from darkroom.imaging.exif import read_exif
from darkroom.imaging.formats.encode import encode
from darkroom.imaging.formats.metadata import entries, exif_edit, iptc_edit, xmp_edit
from darkroom.imaging.formats.metadata.carry import Carry
from darkroom.imaging.formats.metadata.entries import Entry, Tree, exif_block, text
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.metadata import Blocks, read_metadata
from darkroom.imaging.recipes.compile import compile_recipe, result_key
from darkroom.imaging.recipes.read import parse_recipe
from darkroom.imaging.recipes.run import run_recipe
from darkroom.imaging.words import PROPERTIES, Words, read_sidecar, said, sidecar
from darkroom.imaging.xmp import read_xmp
from tests.factories import image_record

PIXELS = np.random.default_rng(5).integers(0, 256, (40, 60, 3), dtype=np.uint8)
LIBRARY = Words("Quai", "Am Morgen & später", "Åsa Berg; Jo", "© 2026 Åsa", 4, "green", ("boats", "places/oslo"))
FORMATS = ["jpeg", "png", "webp", "avif", "tiff", "jp2", "jxl"]
OLD = "Vieux"
EXIF = exif_block(
    Tree("<", (*(text(tag, OLD) for tag in (0x010E, 0x013B, 0x8298)), text(0x0110, "Model"), text(0x010F, "Maker")))
)
XMP = xmp_edit.made(
    {"dc:title": OLD, "dc:description": OLD, "dc:creator": [OLD], "dc:subject": [OLD], "xmp:Rating": 1,
     "digiKam:TagsList": ["vieux/mot"], "photoshop:Credit": "Agentur Ö"}
)  # fmt: skip


def _dataset(record: int, number: int, value: bytes) -> bytes:
    return bytes((0x1C, record, number)) + len(value).to_bytes(2, "big") + value


IPTC = _dataset(1, 90, b"\x1b%G") + b"".join(
    _dataset(2, number, words.encode())
    for number, words in ((5, OLD), (25, OLD), (80, OLD), (90, "Oslo"), (116, OLD), (120, OLD))
)
BLOCKS = Blocks(EXIF, IPTC, XMP)


def written(form: str, words: Words | None, policy="keep") -> bytes:
    return encode(PIXELS, EncodeOptions(format=form), metadata=Carry(BLOCKS, policy, words)).data


@pytest.mark.parametrize("form", FORMATS)
def test_whoever_reads_the_copy_finds_the_words_of_the_library(form):
    metadata, _ = read_metadata(codecs.probe(written(form, LIBRARY), form).blocks)
    assert said(metadata) == LIBRARY
    everything = json.dumps([metadata.exif, metadata.iptc, metadata.xmp], ensure_ascii=False)
    assert "ieux" not in everything
    assert metadata.exif["Model"] == "Model"
    assert metadata.xmp["photoshop:Credit"] == "Agentur Ö"
    assert metadata.iptc.get("City", metadata.xmp.get("photoshop:City")) == "Oslo"


def test_without_words_the_file_keeps_its_own_and_empty_ones_take_them_away():
    kept, _ = read_metadata(codecs.probe(written("jpeg", None), "x").blocks)
    assert said(kept).title == OLD
    gone, _ = read_metadata(codecs.probe(written("jpeg", Words()), "x").blocks)
    assert said(gone) == Words()


def test_policies_hold_for_words_too():
    credited, _ = read_metadata(codecs.probe(written("jpeg", LIBRARY, "copyright-only"), "x").blocks)
    assert said(credited) == Words(creator=LIBRARY.creator, copyright=LIBRARY.copyright)
    none, _ = read_metadata(codecs.probe(written("jpeg", LIBRARY, "none"), "x").blocks)
    assert said(none) == Words()


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        XMP,
        XMP.replace(b"dc:", b"d:").replace(b"xmlns:dc", b"xmlns:d"),
        XMP.replace(b"rdf:", b"r:").replace(b"xmlns:rdf", b"xmlns:r"),
        XMP.decode().replace("\ufeff", "").encode("utf-16"),
    ],
    ids=["none", "usual", "other prefix", "other prefix of rdf", "utf-16"],
)
def test_fields_are_replaced_whatever_the_packet_looks_like(packet):
    found = xmp_edit.replaced(packet, PROPERTIES, LIBRARY.properties())
    read = read_xmp(found)
    assert {name: read.get(name) for name in PROPERTIES} == {
        name: read_xmp(xmp_edit.made(LIBRARY.properties())).get(name) for name in PROPERTIES
    }
    assert b"ieux" not in found.replace(b"\0", b"")
    if packet and read_xmp(packet):
        assert read["photoshop:Credit"] == "Agentur Ö"


def test_damaged_blocks_stay_what_they_are():
    assert exif_edit.without(b"II*\0\xff\xff\xff\x7f", exif_edit.WORDS) == b"II*\0\xff\xff\xff\x7f"
    assert exif_edit.without(b"nothing", exif_edit.WORDS) == b"nothing"
    assert iptc_edit.without(_dataset(2, 5, b"x"), iptc_edit.WORDS) == b""


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool, an independent reader, is not installed")
@pytest.mark.parametrize("form", ["jpeg", "tiff", "webp", "png"])
def test_an_independent_reader_finds_nothing_else(form, tmp_path: Path):
    path = tmp_path / f"made.{form}"
    path.write_bytes(written(form, LIBRARY))
    out = subprocess.run(["exiftool", "-json", "-G1", str(path)], capture_output=True, check=True).stdout
    found = json.loads(out)[0]
    assert "ieux" not in out.decode()
    assert (found["XMP-dc:Title"], found["XMP-dc:Description"]) == (LIBRARY.title, LIBRARY.caption)
    assert (found["XMP-dc:Creator"], found["XMP-dc:Subject"]) == (["Åsa Berg", "Jo"], ["boats", "oslo"])
    assert (found["XMP-dc:Rights"], found["IFD0:Model"]) == (LIBRARY.copyright, "Model")
    assert not [name for name in found if name.endswith(("Warning", "Error"))]


def test_a_recipe_asks_for_them_and_other_words_are_another_result():
    data = written("jpeg", None)
    asked, plain = (
        compile_recipe(parse_recipe(f"output: {{format: jpeg}}\nwords: {one}", "a.yaml", folder=None))
        for one in ("library", "file")
    )
    made = run_recipe(asked, data, "a", words=LIBRARY)
    assert said(read_metadata(codecs.probe(made.encoded.data, "a").blocks)[0]) == LIBRARY
    kept = run_recipe(plain, data, "a", words=LIBRARY)
    assert said(read_metadata(codecs.probe(kept.encoded.data, "a").blocks)[0]).title == OLD
    other = run_recipe(asked, data, "a", words=Words(title="Pier"))
    assert len({made.address, other.address, kept.address, run_recipe(asked, data, "a").address}) == 4
    keys = {result_key("f", "s", one) for one in (None, LIBRARY, Words(title="Pier"))}
    assert len(keys) == 3
    assert result_key("f", "s", Words()) == result_key("f", "s")


CAMERA = exif_block(
    Tree(
        "<",
        (text(0x010F, "Maker"),),
        (text(0x9003, "2026:05:04 10:11:12"), text(0x9011, "+02:00"), Entry(0x927C, 7, 40, b"Maker" * 8)),
        (text(1, "N"), Entry(2, 5, 3, struct.pack("<6I", 50, 1, 5, 1, 3, 1)), text(3, "E"), Entry(4, 5, 3, struct.pack("<6I", 14, 1, 25, 1, 1, 1))),
    )
)  # fmt: skip
CAMERA_BIG = exif_block(entries.read_tree(CAMERA).ordered(">"))
QUAY = Location(latitude=59.913, longitude=-10.739, altitude=-2.5)
LATER = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


def capture(form: str, words: Words, policy="keep", *, exif: bytes = CAMERA) -> Capture:
    blocks = Blocks(exif, _dataset(2, 55, b"20260504"), xmp_edit.made({"photoshop:DateCreated": "2026-05-04"}))
    data = encode(PIXELS, EncodeOptions(format=form), metadata=Carry(blocks, policy, words)).data
    assert b"Maker" * 8 in data or not exif or policy != "keep"
    return read_metadata(codecs.probe(data, form).blocks)[1]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("exif", [CAMERA, b""], ids=["of a camera", "without Exif"])
def test_a_copy_tells_when_and_where_as_the_library_has_it(form, exif):
    found = capture(form, Words(taken_at=LATER, location=QUAY, zoned=True), exif=exif)
    assert found.taken_at == LATER
    assert found.location.latitude == pytest.approx(QUAY.latitude, abs=1e-9)
    assert (found.location.longitude, found.location.altitude) == (pytest.approx(QUAY.longitude, abs=1e-9), -2.5)
    gone = capture(form, Words(taken_at="none", location="none"), exif=exif)
    assert (gone.taken_at, gone.location) == (None, None)
    assert capture(form, Words(location=QUAY), "strip-gps", exif=exif).location is None


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("exif", [CAMERA, CAMERA_BIG, b"", EXIF], ids=["little", "big", "none", "no camera"])
def test_exif_alone_tells_when_and_where_and_the_note_stays(form, exif):
    moment = LATER.replace(microsecond=250_000)
    blocks = Blocks(exif, b"", b"")
    words = Words(taken_at=moment, location=QUAY, zoned=True)
    data = encode(PIXELS, EncodeOptions(format=form), metadata=Carry(blocks, "keep", words)).data
    written = codecs.probe(data, form).blocks
    found = read_metadata(Blocks(written.exif))
    assert found[1].taken_at == moment
    assert found[1].location.latitude == pytest.approx(QUAY.latitude, abs=1e-10)
    assert found[1].location.longitude == pytest.approx(QUAY.longitude, abs=1e-10)
    assert found[1].location.altitude == -2.5
    assert found[0].exif["OffsetTimeOriginal"] == "+00:00"
    assert (b"Maker" * 8 in data) is (b"Maker" * 8 in exif)
    plain = Carry(blocks, "strip-gps", words).payload(60, 40)
    assert not [name for name in read_exif(plain.exif) if name.startswith("GPS")]
    assert read_metadata(Blocks(plain.exif))[1].taken_at == moment
    credited = Carry(blocks, "copyright-only", words).payload(60, 40)
    assert {*read_exif(credited.exif)} <= {"Artist", "Copyright"}
    assert Carry(blocks, "none", words).payload(60, 40).exif == b""


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([CAMERA, CAMERA_BIG, EXIF]),
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), max_size=9),
    st.integers(8, 300),
)
@example(EXIF, [], 17)
@example(EXIF, [], 30)
def test_a_damaged_block_still_gets_a_place_or_stays(block, changes, end):
    damaged = bytearray(block[:end])
    for at, byte in changes:
        damaged[at % len(damaged)] = byte
    made = exif_edit.told(bytes(damaged), LATER, QUAY)
    found = read_metadata(Blocks(made))[1].location
    assert (
        exif_edit.order_of(made) is None
        or found is None
        or found.latitude == pytest.approx(QUAY.latitude, abs=1e-9)
        or bytes(damaged) != block[:end]
    )


@pytest.mark.parametrize(
    "place",
    [Location(latitude=0, longitude=0), Location(latitude=-89.99999999, longitude=179.99999999), Location(latitude=90, longitude=-180, altitude=8848.86),
     Location(latitude=59.999999999, longitude=10.000000001, altitude=0)],
)  # fmt: skip
def test_a_place_is_told_to_a_hair_at_every_edge(place):
    found = read_metadata(Blocks(exif_edit.told(b"", None, place)))[1].location
    assert (found.latitude, found.longitude) == (
        pytest.approx(place.latitude, abs=1e-10),
        pytest.approx(place.longitude, abs=1e-10),
    )
    assert found.altitude == place.altitude


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool, an independent reader, is not installed")
@pytest.mark.parametrize("form", ["jpeg", "tiff", "webp", "png"])
def test_an_independent_reader_finds_time_and_place_in_exif(form, tmp_path: Path):
    path = tmp_path / f"made.{form}"
    path.write_bytes(
        encode(
            PIXELS,
            EncodeOptions(format=form),
            metadata=Carry(Blocks(CAMERA), "keep", Words(taken_at=LATER, location=QUAY, zoned=True)),
        ).data
    )
    out = subprocess.run(["exiftool", "-json", "-G1", "-n", str(path)], capture_output=True, check=True).stdout
    found = json.loads(out)[0]
    assert found["ExifIFD:DateTimeOriginal"] == "2026:05:04 09:30:00"
    assert (found["GPS:GPSLatitude"], found["GPS:GPSLongitudeRef"]) == (pytest.approx(59.913, abs=1e-9), "W")
    assert (found["GPS:GPSAltitude"], found["GPS:GPSAltitudeRef"]) == (2.5, 1)


def test_only_what_the_file_does_not_say_is_written():
    metadata, file = read_metadata(Blocks(CAMERA))
    record = image_record(1, metadata=metadata, capture=file)
    assert (Words.of(record).taken_at, Words.of(record).location, Words.of(record).zoned) == (None, None, False)
    moved = record.model_copy(update={"capture": file.model_copy(update={"taken_at": LATER})})
    assert (Words.of(moved).taken_at, Words.of(moved).location, Words.of(moved).zoned) == (LATER, None, True)
    assert read_sidecar(sidecar("0" * 64, Words.of(moved))).taken_at == LATER

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from PIL import Image

from darkroom.imaging.iptc import read_iptc
from darkroom.imaging.metadata import Blocks, read_metadata
from darkroom.imaging.xmp import read_xmp


def exif_of(base=None, details=None, gps=None) -> bytes:
    exif = Image.Exif()
    exif.update(base or {})
    exif.get_ifd(0x8769).update(details or {})
    exif.get_ifd(0x8825).update(gps or {})
    return exif.tobytes()


def capture_of(**parts):
    return read_metadata(Blocks(exif=exif_of(**parts)))[1]


def test_a_camera_file_is_read_whole():
    metadata, capture = read_metadata(
        Blocks(
            exif=exif_of(
                {0x010F: "NIKON CORPORATION", 0x0110: "NIKON D90", 0x010E: "Größe".encode()},
                {
                    0x9003: "2026:05:04 10:11:12",
                    0x9011: "+02:00",
                    0x9291: "250",
                    0x829D: 2.8,
                    0x829A: 0.005,
                    0x8827: 400,
                    0x920A: 35.0,
                    0xA434: "35mm f/1.8",
                },
                {1: "S", 2: (33.0, 51.0, 36.0), 3: "E", 4: (151.0, 12.0, 0.0), 5: b"\0", 6: 58.0},
            )
        )
    )
    assert capture.taken_at == datetime(2026, 5, 4, 8, 11, 12, 250_000, tzinfo=UTC)
    assert (capture.camera, capture.lens) == ("NIKON D90", "35mm f/1.8")
    assert (capture.iso, capture.aperture, capture.exposure, capture.focal_length) == pytest.approx(
        (400, 2.8, 0.005, 35)
    )
    assert capture.location is not None
    assert capture.location.latitude == pytest.approx(-33.86)
    assert (capture.location.longitude, capture.location.altitude) == pytest.approx((151.2, 58.0))
    assert metadata.exif["ImageDescription"] == "Größe"
    assert metadata.exif["PhotographicSensitivity"] == 400


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Canon", "Canon EOS R5", "Canon EOS R5"),
        ("SONY", "ILCE-7M4", "SONY ILCE-7M4"),
        ("OLYMPUS IMAGING CORP.", "E-M1", "OLYMPUS E-M1"),
        ("", "Phone", "Phone"),
        ("Apple", "", "Apple"),
        ("", "", None),
    ],
)
def test_the_maker_is_named_once(make, model, camera):
    assert capture_of(base={0x010F: make, 0x0110: model}).camera == camera


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026:05:04 10:11:12", datetime(2026, 5, 4, 10, 11, 12, tzinfo=UTC)),
        ("2026-05-04T10:11:12", datetime(2026, 5, 4, 10, 11, 12, tzinfo=UTC)),
        ("0000:00:00 00:00:00", None),
        ("    :  :     :  :  ", None),
        ("2026:13:45 99:99:99", None),
        ("yesterday", None),
    ],
)
def test_dates_as_cameras_write_them(text, expected):
    assert capture_of(details={0x9003: text}).taken_at == expected


def test_impossible_places_are_left_out():
    assert capture_of(gps={1: "N", 2: (95.0, 0.0, 0.0), 3: "E", 4: (10.0, 0.0, 0.0)}).location is None


XMP = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:q="http://ns.adobe.com/xap/1.0/" q:Rating="4" q:CreateDate="2025-01-02T03:04:05Z">
<dc:subject><rdf:Bag><rdf:li>sea</rdf:li><rdf:li>sun</rdf:li></rdf:Bag></dc:subject>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Evening</rdf:li></rdf:Alt></dc:title>
</rdf:Description></rdf:RDF></x:xmpmeta>"""


def test_xmp_properties_and_lists():
    assert read_xmp(XMP) == {
        "xmp:Rating": "4",
        "xmp:CreateDate": "2025-01-02T03:04:05Z",
        "dc:subject": ["sea", "sun"],
        "dc:title": "Evening",
    }
    assert read_metadata(Blocks(xmp=XMP))[1].taken_at == datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "packet", [b"", b"<", b"<x", b"\xff\xfe\0\0", XMP[:200], b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + XMP]
)
def test_bad_xmp_is_nothing(packet):
    assert read_xmp(packet) == {}


def dataset(number: int, text: bytes) -> bytes:
    return bytes((0x1C, 2, number)) + len(text).to_bytes(2, "big") + text


def test_iptc_in_photoshop_resources():
    iim = dataset(5, b"Harbour") + dataset(25, b"sea") + dataset(25, "Möwe".encode()) + dataset(55, b"20240229")
    block = b"8BIM\x04\x04\0\0" + len(iim).to_bytes(4, "big") + iim
    assert read_iptc(block) == {"ObjectName": "Harbour", "Keywords": ["sea", "Möwe"], "DateCreated": "20240229"}
    assert read_metadata(Blocks(iptc=block))[1].taken_at == datetime(2024, 2, 29, tzinfo=UTC)


@pytest.mark.parametrize("cut", range(0, 400, 7))
def test_metadata_that_ends_anywhere_never_raises(cut):
    data = exif_of(
        {0x010F: "Canon", 0x0110: "Canon EOS"}, {0x9003: "2026:05:04 10:11:12", 0x829A: 0.1}, {2: (1.0, 2.0, 3.0)}
    )
    metadata, _ = read_metadata(Blocks(exif=data[:cut], iptc=data[:cut], xmp=data[:cut]))
    assert isinstance(metadata.exif, dict)


def test_a_directory_that_points_at_itself_ends():
    entry = (
        (0x8769).to_bytes(2, "little")
        + (4).to_bytes(2, "little")
        + (1).to_bytes(4, "little")
        + (8).to_bytes(4, "little")
    )
    loop = b"II*\0\x08\0\0\0\x01\0" + entry + (8).to_bytes(4, "little")
    assert read_metadata(Blocks(exif=loop))[0].exif == {}

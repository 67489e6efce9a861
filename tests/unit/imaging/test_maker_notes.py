"""Lenses that only the note of a camera's maker names: each maker's layout, files of the corpora, and notes that are none."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkroom.domain.image import Metadata
from darkroom.imaging.exif import NOTED_LENS, read_exif
from darkroom.imaging.formats.metadata import entries
from darkroom.imaging.formats.metadata.maker_move import fits, moved
from darkroom.imaging.metadata import capture_of

Entry = tuple[int, int, int, bytes]
"""Tag, type, count, value."""


def directory(order: str, at: int, rows: list[Entry]) -> bytes:
    """A directory that begins `at` bytes behind where its offsets count from, with its values behind it."""
    head, values = struct.pack(f"{order}H", len(rows)), b""
    behind = at + 2 + 12 * len(rows) + 4
    for tag, kind, count, value in rows:
        field = value.ljust(4, b"\0") if len(value) <= 4 else struct.pack(f"{order}I", behind + len(values))
        head += struct.pack(f"{order}HHI", tag, kind, count) + field
        values += value if len(value) > 4 else b""
    return head + bytes(4) + values


def text(tag: int, words: str) -> Entry:
    return tag, 2, len(words) + 1, words.encode() + b"\0"


def shorts(order: str, tag: int, *values: int) -> Entry:
    return tag, 3, len(values), struct.pack(f"{order}{len(values)}H", *values)


def rationals(order: str, tag: int, *values: int) -> Entry:
    """In tenths."""
    return tag, 5, len(values), b"".join(struct.pack(f"{order}II", value, 10) for value in values)


NOTE_AT = 8 + 2 + 24 + 4 + 16 + 2 + 12 + 4


def picture(make: str, note: bytes, order: str = "<", lens: str = "") -> bytes:
    """Exif whose note lies `NOTE_AT` bytes behind its beginning."""
    exif_at = 8 + 2 + 24 + 4 + 16
    more = [text(0xA434, lens)] if lens else []
    first = directory(
        order, 8, [(0x010F, 2, 16, make.encode().ljust(16, b"\0")), (0x8769, 4, 1, struct.pack(f"{order}I", exif_at))]
    )
    below = directory(order, exif_at, [(0x927C, 7, max(len(note), 5), note.ljust(5, b"\0")), *more])
    return (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8) + first + below


def canon(order: str, *rows: Entry) -> bytes:
    return picture("Canon", directory(order, NOTE_AT, list(rows)), order)


def canon_settings(order: str, shortest: int, longest: int, unit: int) -> Entry:
    return shorts(order, 0x0001, 52, *[0] * 22, longest, shortest, unit)


def nikon(kind: int, *lens: int) -> bytes:
    inner = (
        b"MM\0*" + struct.pack(">I", 8) + directory(">", 8, [(0x83, 1, 1, bytes([kind])), rationals(">", 0x84, *lens)])
    )
    return picture("NIKON CORPORATION"[:15], b"Nikon\0\x02\x10\0\0" + inner)


def sony(said: bytes) -> bytes:
    return picture("SONY", b"SONY DSC \0\0\0" + directory("<", NOTE_AT + 12, [(0xB02A, 1, 8, said)]))


def olympus(head: bytes, lens: str) -> bytes:
    at = len(head) + 18
    equipment = directory("<", at, [text(0x0203, lens)])
    return picture("OLYMPUS", head + directory("<", len(head), [(0x2010, 13, 1, struct.pack("<I", at))]) + equipment)


def fuji(*tenths: int) -> bytes:
    rows = [rationals("<", 0x1404 + at, value) for at, value in enumerate(tenths)]
    return picture("FUJIFILM", b"FUJIFILM" + struct.pack("<I", 12) + directory("<", 12, rows))


KNOWN = [
    (canon("<", text(0x0095, "EF24-105mm f/4L IS USM")), "EF24-105mm f/4L IS USM"),
    (canon(">", canon_settings(">", 18, 55, 1)), "18-55mm"),
    (canon("<", canon_settings("<", 5406, 10813, 1000)), "5.4-10.8mm"),
    (canon("<", text(0x0095, " --- "), canon_settings("<", 50, 50, 1)), "50mm"),
    (canon("<", canon_settings("<", 0, 0, 1)), None),
    (canon("<", shorts("<", 0x0001, 9, *[0] * 22, 55, 18, 1)), None),
    (nikon(0x0E, 280, 3000, 35, 56), "28-300mm f/3.5-5.6 G VR"),
    (nikon(0x00, 1000, 1000, 28, 28), "100mm f/2.8"),
    (nikon(0x48, 240, 700, 28, 28), "24-70mm f/2.8 E VR"),
    (nikon(0x06, 0, 0, 0, 0), None),
    (sony(bytes.fromhex("4300180105400008")), "E PZ 18-105mm F4 G"),
    (sony(bytes.fromhex("8300160050355600")), "E 16-50mm F3.5-5.6 OSS"),
    (sony(bytes.fromhex("02ff240070280000")), None),
    (olympus(b"OLYMPUS\0II\x03\0", "OLYMPUS M.12-40mm F2.8"), "OLYMPUS M.12-40mm F2.8"),
    (olympus(b"OM SYSTEM\0\0\0II\x04\0", "OM 12-100mm F4.0"), "OM 12-100mm F4.0"),
    (
        picture("Panasonic", b"Panasonic\0\0\0" + directory("<", NOTE_AT + 12, [text(0x0051, "LUMIX G VARIO 14-140/F3.5-5.6   ")])),
        "LUMIX G VARIO 14-140/F3.5-5.6",
    ),
    (fuji(180, 550, 28, 40), "18-55mm f/2.8-4"),
    (picture("Pentax", b"AOC\0MM" + directory(">", NOTE_AT + 6, [(0x003F, 1, 2, b"\4\xe5")]), ">"), None),
]  # fmt: skip


@pytest.mark.parametrize(("data", "lens"), KNOWN, ids=[str(lens) for _, lens in KNOWN])
def test_a_note_names_the_lens(data: bytes, lens: str | None) -> None:
    found = read_exif(data)
    assert found.get(NOTED_LENS) == lens
    assert capture_of(Metadata(exif=found)).lens == lens


def test_what_the_standard_says_goes_first_and_dashes_say_nothing() -> None:
    note = directory("<", NOTE_AT + 12, [text(0x0095, "From the note")])
    named = read_exif(picture("Canon", bytes(12) + note, lens="From the standard"))
    assert NOTED_LENS not in named
    assert capture_of(Metadata(exif=named)).lens == "From the standard"
    dashes = Metadata(exif={"LensModel": "----"}, xmp={"aux:Lens": "EF 50mm"})
    assert capture_of(dashes).lens == "EF 50mm"
    assert capture_of(Metadata(exif={"LensModel": "----"})).lens is None


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from([data for data, _ in KNOWN]), st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=12),
    st.integers(0, 500),
)  # fmt: skip
def test_a_note_that_is_damaged_is_at_most_no_lens(data: bytes, changes: list[tuple[int, int]], end: int) -> None:
    damaged = bytearray(data)
    for at, byte in changes:
        damaged[at % len(damaged)] = byte
    lens = read_exif(bytes(damaged[: end or None])).get(NOTED_LENS, "")
    assert isinstance(lens, str)
    assert len(lens) <= 120
    assert lens.isprintable()


@pytest.mark.parametrize(
    ("name", "lens"),
    [
        ("exif/t/images/Canon.jpg", "18-55mm"),
        ("exif/t/images/CanonRaw.cr2", "18-55mm"),
        ("exif/jpg/Canon_PowerShot_S40.jpg", "7.1-21.3mm"),
        ("exif/jpg/tests/32-lens_data.jpeg", "28-300mm f/3.5-5.6 G VR"),
        ("exif/jpg/hdr/canon_hdr_YES.jpg", None),
    ],
)
def test_files_of_cameras(corpora: Path, name: str, lens: str | None) -> None:
    """ExifTool says the same of each but the last, whose note was moved when it was edited, and which it repairs."""
    data = (corpora / name).read_bytes()
    base = data.find(b"Exif\0\0") + 6 if name.endswith(("jpg", "jpeg")) else 0
    assert read_exif(data, base).get(NOTED_LENS) == lens


@pytest.mark.parametrize(("data", "lens"), KNOWN, ids=[str(lens) for _, lens in KNOWN])
def test_a_note_keeps_its_sense_where_a_copy_is_laid_out_anew(data: bytes, lens: str | None) -> None:
    tree = entries.read_tree(data)
    assert tree is not None
    longer = replace(tree, first=(*tree.first, entries.text(0x010E, "x" * 101)))
    made = entries.exif_block(longer)
    assert read_exif(made).get(NOTED_LENS) == lens
    twice = entries.read_tree(made)
    assert twice is not None
    shorter = replace(twice, first=tree.first)
    assert read_exif(entries.exif_block(shorter)).get(NOTED_LENS) == lens


def test_a_note_that_was_moved_without_its_places_is_put_right_by_what_stands_at_its_end() -> None:
    note = directory("<", 1000, [text(0x0095, "EF85mm f/1.2L II USM")]) + b"II*\0" + struct.pack("<I", 1000)
    right = moved(note, 4321, 500)
    assert right[-4:] == struct.pack("<I", 500)
    assert right[: -len(b"II*\0....")] == directory("<", 500, [text(0x0095, "EF85mm f/1.2L II USM")])
    assert fits(note)
    assert not fits(b"SHARP\0\1" + bytes(90))


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from([b"", b"SONY DSC \0\0\0", b"Panasonic\0\0\0", b"AOC\0MM", b"Nikon\0\1\0"]), st.binary(max_size=120),
    st.integers(0, 2**33), st.integers(0, 2**33),
)  # fmt: skip
def test_whatever_is_moved_is_as_long_as_it_was(head: bytes, rest: bytes, was: int, now: int) -> None:
    assert len(moved(head + rest, was, now)) == len(head + rest)

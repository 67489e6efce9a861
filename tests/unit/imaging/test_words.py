"""What people say of pictures, in XMP and IPTC: read into the library's fields, written for other programs."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom.domain.edit import LABELS, TEXT_LENGTHS, salvaged_tag, salvaged_text
from darkroom.domain.image import Metadata
from darkroom.imaging.words import Words, read_sidecar, said, sealed, sidecar

PICTURE = "ab" * 32
QUAY = Words(
    title="Kai & «Ufer» <1>", caption="Zwei Boote,\nam 日本 Morgen 🚢", creator="Åsa Berg; Jo O'Neil",
    copyright="© 2026 Berg", rating=4, label="purple", tags=("boats", "places/oslo/Bjørvika", "b & w"),
)  # fmt: skip


def xmp(*properties: str) -> bytes:
    spaces = {
        "dc": "http://purl.org/dc/elements/1.1/", "xmp": "http://ns.adobe.com/xap/1.0/",
        "lr": "http://ns.adobe.com/lightroom/1.0/", "digiKam": "http://www.digikam.org/ns/1.0/",
    }  # fmt: skip
    told = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in spaces.items())
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" {told}>{"".join(properties)}</rdf:Description></rdf:RDF></x:xmpmeta>'
    ).encode()


def bag(name: str, *items: str) -> str:
    return f"<{name}><rdf:Bag>{''.join(f'<rdf:li>{one}</rdf:li>' for one in items)}</rdf:Bag></{name}>"


def test_what_is_written_is_read_again():
    assert read_sidecar(sidecar(PICTURE, QUAY)) == Words(**{**QUAY.plain(), "tags": tuple(sorted(QUAY.tags))})
    assert read_sidecar(sidecar(PICTURE, Words())) == Words()


def texts(field: str) -> st.SearchStrategy[str | None]:
    return st.text(max_size=TEXT_LENGTHS[field]).map(lambda text: salvaged_text(field, text))


@given(
    texts("title"), texts("caption"), st.integers(0, 5), st.sampled_from((None, *LABELS)),
    st.lists(st.text(max_size=30).map(salvaged_tag), max_size=4),
)  # fmt: skip
def test_any_words_are_valid_xml_and_come_back(title, caption, rating, label, tags):
    unwritable = dict.fromkeys(map(ord, "\ufffe\uffff"))
    kept = tuple(sorted({tag for one in tags if one and (tag := salvaged_tag(one.translate(unwritable)))}))
    words = Words(title=title, caption=caption, rating=rating, label=label, tags=tuple(one for one in tags if one))
    found = read_sidecar(sidecar(PICTURE, words))
    assert (found.rating, found.label, found.tags) == (rating, label, kept)
    for field in ("title", "caption"):
        text = getattr(words, field)
        assert getattr(found, field) == (salvaged_text(field, text.translate(unwritable)) if text else None)


def test_a_sidecar_shows_whose_it_is_and_whether_somebody_changed_it():
    data = sidecar(PICTURE, QUAY)
    assert sealed(data) == PICTURE
    assert sealed(data.replace(b"2026 Berg", b"2027 Berg")) is None
    assert sealed(data.replace(b"<!-- darkroom", b"<!-- darkroo")) is None
    assert sealed(xmp()) is None
    assert sidecar(PICTURE, QUAY) == data


def test_the_language_for_everybody_is_taken():
    alternatives = (
        '<dc:title><rdf:Alt><rdf:li xml:lang="de-DE">Der Kai</rdf:li>'
        '<rdf:li xml:lang="x-default">The quay</rdf:li></rdf:Alt></dc:title>'
        '<dc:rights><rdf:Alt><rdf:li xml:lang="fr">Berg</rdf:li></rdf:Alt></dc:rights>'
    )
    found = read_sidecar(xmp(alternatives))
    assert (found.title, found.copyright) == ("The quay", "Berg")


def test_keywords_that_are_levels_of_tags_are_not_tags_of_their_own():
    flat = bag("dc:subject", "Oslo", "places", "boats")
    assert read_sidecar(xmp(flat, bag("lr:hierarchicalSubject", "places|Oslo"))).tags == ("boats", "places/Oslo")
    assert read_sidecar(xmp(flat, bag("digiKam:TagsList", "places/Oslo"))).tags == ("boats", "places/Oslo")
    assert read_sidecar(xmp(flat)).tags == ("Oslo", "boats", "places")


@pytest.mark.parametrize(
    ("rating", "stars"), [("4", 4), ("5.0", 5), ("-1", 0), ("0", 0), ("6", 0), ("many", 0), ("nan", 0), ("", 0)]
)
def test_only_stars_are_a_rating(rating, stars):
    assert read_sidecar(xmp(f"<xmp:Rating>{rating}</xmp:Rating>")).rating == stars


def test_labels_of_others_are_none_of_ours():
    assert read_sidecar(xmp("<xmp:Label>Red</xmp:Label>")).label == "red"
    assert read_sidecar(xmp("<xmp:Label>To do</xmp:Label>")).label is None


def test_iptc_speaks_where_xmp_is_silent():
    iptc = {
        "ObjectName": "Old", "Caption-Abstract": "Boats", "By-line": ["A", "B"], "CopyrightNotice": "© A",
        "Keywords": ["boats", "sea"],
    }  # fmt: skip
    found = said(Metadata(xmp={"dc:title": "New", "dc:subject": ["sea"]}, iptc=iptc))
    assert found == Words(title="New", caption="Boats", creator="A; B", copyright="© A", tags=("boats", "sea"))
    assert Words(title="Mine", rating=2).over(found) == Words(
        title="Mine", caption="Boats", creator="A; B", copyright="© A", rating=2, tags=("boats", "sea")
    )


@pytest.mark.parametrize(
    "data",
    [
        b"", b"no xml", b"\xff\xfe\0", xmp("<dc:title>"),
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + xmp("<xmp:Label>&a;</xmp:Label>"),
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + xmp("<xmp:Label>&a;</xmp:Label>"),
    ],
)  # fmt: skip
def test_bad_sidecars_say_nothing(data):
    assert read_sidecar(data) == Words()


def test_too_long_words_are_cut_and_too_many_tags_left_out():
    long = read_sidecar(xmp(f"<dc:title>{'x' * 500}</dc:title>", bag("dc:subject", *(f"t{n}" for n in range(400)))))
    assert (len(long.title or ""), len(long.tags)) == (200, 250)


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool, an independent reader, is not installed")
def test_an_independent_reader_reads_what_is_written(tmp_path: Path):
    path = tmp_path / "quay.jpg.xmp"
    path.write_bytes(sidecar(PICTURE, QUAY))
    out = subprocess.run(["exiftool", "-json", "-struct", "-G1", str(path)], capture_output=True, check=True).stdout
    found = json.loads(out)[0]
    assert not [name for name in found if name.endswith(("Warning", "Error"))]
    assert found["XMP-dc:Title"] == QUAY.title
    assert found["XMP-dc:Description"] == QUAY.caption
    assert found["XMP-dc:Creator"] == ["Åsa Berg", "Jo O'Neil"]
    assert found["XMP-dc:Rights"] == QUAY.copyright
    assert (found["XMP-xmp:Rating"], found["XMP-xmp:Label"]) == (4, "Purple")
    assert found["XMP-dc:Subject"] == ["boats", "Bjørvika", "b & w"]
    assert found["XMP-lr:HierarchicalSubject"] == ["boats", "places|oslo|Bjørvika", "b & w"]
    assert found["XMP-digiKam:TagsList"] == list(QUAY.tags)


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool, an independent writer, is not installed")
def test_what_another_program_writes_is_read_and_breaks_the_seal(tmp_path: Path):
    path = tmp_path / "quay.jpg.xmp"
    path.write_bytes(sidecar(PICTURE, QUAY))
    change = ["-XMP-dc:Title=Pier", "-XMP-dc:Title-de=Anleger", "-XMP-xmp:Rating=2", "-XMP-dc:Subject+=sea"]
    subprocess.run(["exiftool", "-overwrite_original", *change, str(path)], capture_output=True, check=True)
    data = path.read_bytes()
    found = read_sidecar(data)
    assert (found.title, found.rating, "sea" in found.tags, found.creator) == ("Pier", 2, True, QUAY.creator)
    assert sealed(data) is None

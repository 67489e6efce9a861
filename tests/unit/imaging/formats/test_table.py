"""The table of formats is whole, tried on this machine, and the same everywhere it is shown."""

from __future__ import annotations

import json
from io import BytesIO

import pytest
from PIL import Image
from typer.testing import CliRunner

from darkroom.cli import app
from darkroom.domain.access import LOCAL_OWNER
from darkroom.errors import Error
from darkroom.imaging.formats.cameras import camera_table
from darkroom.imaging.formats.options import OPTIONS_OF, EncodeOptions
from darkroom.imaging.formats.readable import KNOWN
from darkroom.imaging.formats.reference import formats_reference
from darkroom.imaging.formats.table import format_table
from darkroom.imaging.formats.targets import TARGETS
from darkroom.imaging.sniff import KINDS
from darkroom.services.formats import cameras, formats
from tests.negatives import negative


def test_every_kind_that_is_read_or_written_has_a_row():
    assert {known.name for known in KNOWN if known.decoders} == set(KINDS)
    assert set(TARGETS) <= {known.name for known in KNOWN}
    assert {known.name: known.media_type for known in KNOWN if known.name in KINDS} == {
        name: kind.media_type for name, kind in KINDS.items()
    }


def test_what_the_table_promises_works_here():
    rows = {row.name: row for row in format_table().formats}
    assert {name for name, row in rows.items() if row.writable} == {
        "jpeg",
        "png",
        "webp",
        "avif",
        "tiff",
        "gif",
        "jp2",
        "bmp",
        "jxl",
    }
    assert {name for name, row in rows.items() if not row.readable} == set()
    assert rows["avif"].encoders[0].max_side == 16_384
    assert rows["tiff"].depths[-1] == 32
    assert rows["heic"].encoders[0].note.startswith("only by name")


def test_every_option_belongs_to_a_format():
    assert set().union(*OPTIONS_OF.values()) == set(EncodeOptions.model_fields)


def test_the_service_answers_the_same_from_a_process_of_its_own():
    assert formats(LOCAL_OWNER) == format_table()


def test_the_command_line_shows_it():
    shown = CliRunner().invoke(app, ["formats", "--json"])
    assert shown.exit_code == 0
    assert json.loads(shown.output) == {"formats": [row.model_dump(mode="json") for row in format_table().formats]}
    table = CliRunner().invoke(app, ["formats"]).output
    assert "libjpeg-turbo, Darkroom, libvips" in table
    assert "PDFium" in table
    one = CliRunner().invoke(app, ["formats", "avif"]).output
    assert "sides to 16,384" in one
    assert "bit_depth" in one
    with pytest.raises(Error, match="no format nonsense"):
        format_table().row("nonsense")


def test_the_reference_names_every_format_and_option():
    page = formats_reference()
    assert all(f"`{known.name}`" in page for known in KNOWN)
    assert all(f"| `{name}` |" in page for name in EncodeOptions.model_fields)


def test_cameras_are_those_of_the_installed_library():
    every = cameras(LOCAL_OWNER)
    assert every.known == sum(len(maker.cameras) for maker in every.makers) > 1_000
    found = cameras(LOCAL_OWNER, "eos r5")
    assert (found.supported, [maker.name for maker in found.makers]) == (True, ["Canon"])
    unknown = cameras(LOCAL_OWNER, "Nikon D9000")
    assert (unknown.supported, unknown.makers) == (False, ())
    assert any(name.startswith("Nikon D") for name in unknown.near)
    assert every == camera_table()


def test_a_raw_file_is_tried_in_every_way(tmp_path):
    picture = BytesIO()
    Image.new("RGB", (240, 160), (9, 99, 200)).save(picture, "JPEG")
    path = tmp_path / "one.dng"
    path.write_bytes(negative(previews=[picture.getvalue()]))
    done = CliRunner().invoke(app, ["formats", str(path), "--cameras", "--json"])
    told = json.loads(done.stdout)
    assert (told["outcome"], told["width"], told["height"], told["preview"]) == ("ok", 240, 160, "240 x 160")
    assert told["preview_ms"] > 0
    assert told["full_ms"] > 0
    assert (told["camera"], told["supported"]) == ("Darkroom Test 1", False)
    path.write_bytes(negative(cut=40_000))
    again = CliRunner().invoke(app, ["formats", str(path), "--cameras", "--json"])
    assert json.loads(again.stdout)["outcome"] == "image_truncated"

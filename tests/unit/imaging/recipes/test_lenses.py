"""The lens that took a picture is found by its profile, or in the file itself."""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from darkroom.domain.develop import DevelopSettings
from darkroom.imaging.dng_opcodes import corrections_of
from darkroom.imaging.lens_profiles import find_corrections, profiles_digest, read_profiles
from darkroom.imaging.recipes.compile import Program, compile_recipe
from darkroom.imaging.recipes.read import parse_recipe
from darkroom.imaging.recipes.run import Resources, preview, read_resources, run_recipe
from tests.negatives import negative

DATABASE = """<!DOCTYPE lensdatabase SYSTEM "lensfun-database.dtd">
<lensdatabase version="1">
  <mount><name>Bayonet</name><compat>Screw</compat></mount>
  <camera><maker>Acme</maker><model>ACME D1</model><mount>Bayonet</mount><cropfactor>1.5</cropfactor></camera>
  <camera><maker>Acme</maker><model>Pocket 7</model><mount>acmePocket7</mount><cropfactor>5</cropfactor></camera>
  <lens><maker>Acme</maker><model>Acme 24-70mm f/2.8 G</model><mount>Screw</mount><cropfactor>1</cropfactor><calibration>
    <distortion model="ptlens" focal="24" a="0.02" b="-0.06" c="0.01"/><distortion model="ptlens" focal="34" a="0.0" b="-0.02" c="0.03"/>
    <distortion model="poly3" focal="70" k1="0.004"/>
    <tca model="linear" focal="24" kr="1.0004" kb="0.9996"/><tca model="linear" focal="70" kr="1.0" kb="1.0"/>
    <vignetting model="pa" focal="24" aperture="2.8" distance="10" k1="-0.9" k2="0" k3="0"/>
    <vignetting model="pa" focal="24" aperture="2.8" distance="1000" k1="-0.8" k2="0.2" k3="0"/>
    <vignetting model="pa" focal="24" aperture="5.6" distance="1000" k1="-0.4" k2="0" k3="0"/>
  </calibration></lens>
  <lens><maker>Acme</maker><model>24-105mm f/4 G</model><mount>Bayonet</mount><cropfactor>1</cropfactor><calibration>
    <distortion model="poly3" focal="24" k1="-0.1"/></calibration></lens>
  <lens><maker>Acme</maker><model>fixed lens</model><mount>acmePocket7</mount><cropfactor>5</cropfactor><calibration>
    <distortion model="poly5" focal="6" k1="-0.03" k2="0.004"/><tca model="poly3" focal="6" vr="1.001" br="0.0002" vb="0.999" cb="0.0001"/>
  </calibration></lens>
</lensdatabase>"""
D1 = {
    "Make": "ACME CORPORATION",
    "Model": "ACME D1",
    "LensModel": "24.0-70.0mm f/2.8",
    "FocalLength": 24.0,
    "FNumber": 2.8,
}
RECIPE = "operations: [lens_correct]\noutput: {format: png}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "acme.xml").write_text(DATABASE)
    (tmp_path / "broken.xml").write_text("<lensdatabase>")
    (tmp_path / "bomb.xml").write_text(
        '<!DOCTYPE a [<!ENTITY b "c">]><lensdatabase><lens><model>&b;</model></lens></lensdatabase>'
    )
    return tmp_path


def program(text: str = RECIPE) -> Program:
    return compile_recipe(parse_recipe(text, "test.yaml", folder=None))


def photo(model: str = "ACME D1", lens: str = "24-70mm f/2.8 G") -> bytes:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Acme", model
    below = exif.get_ifd(0x8769)
    below[0xA434], below[0x920A], below[0x829D] = lens, 24.0, 2.8
    pixels = np.full((80, 120, 3), 90, np.uint8)
    pixels[::10] = 200
    target = BytesIO()
    Image.fromarray(pixels).save(target, "JPEG", quality=95, exif=exif)
    return target.getvalue()


def opcodes(*codes: tuple[int, bytes]) -> bytes:
    body = b"".join(struct.pack(">4I", number, 0x01030000, 0, len(content)) + content for number, content in codes)
    return struct.pack(">I", len(codes)) + body


WARP = struct.pack(">I8d", 1, 1.02, -0.05, 0.01, 0.0, 0.001, -0.001, 0.5, 0.49)
LIGHT = struct.pack(">7d", 0.4, 0.1, 0.0, 0.0, 0.0, 0.5, 0.49)


def test_values_are_those_of_the_lens_at_its_focal_length_and_aperture(folder: Path):
    profiles = read_profiles(folder)
    assert (len(profiles.cameras), len(profiles.lenses)) == (2, 3)  # broken files cost themselves
    exif = D1 | {"LensModel": "Acme 24-70mm f/2.8 G"}
    at_24 = find_corrections(profiles, exif)
    assert at_24
    assert at_24.params == {
        "ratio": pytest.approx(1 / 1.5), "distortion": "ptlens", "a": 0.02, "b": -0.06, "c": 0.01,
        "red": (1.0004, 0.0, 0.0), "blue": (0.9996, 0.0, 0.0), "vignetting": (-0.8, 0.2, 0.0),
    }  # fmt: skip
    between = find_corrections(profiles, exif | {"FocalLength": 29.0, "FNumber": 4.2})
    assert between
    assert between.params["b"] == pytest.approx(-0.04)
    assert between.params["vignetting"] == pytest.approx((-0.6, 0.1, 0.0))
    other_model = find_corrections(profiles, exif | {"FocalLength": 65.0})
    assert other_model
    assert (other_model.params["distortion"], other_model.params["k1"]) == ("poly3", 0.004)


def test_another_zoom_is_another_lens_and_a_pocket_camera_has_its_own(folder: Path):
    profiles = read_profiles(folder)
    wide = find_corrections(profiles, D1 | {"LensModel": "24-105mm f/4 G"})
    assert wide
    assert wide.params["k1"] == -0.1
    assert find_corrections(profiles, D1 | {"LensModel": "70-200mm f/2.8 G"}) is None
    assert find_corrections(profiles, D1 | {"LensModel": ""}) is None
    assert find_corrections(profiles, {}) is None
    pocket = find_corrections(profiles, {"Make": "Acme", "Model": "Pocket 7", "FocalLength": 6.0})
    assert pocket
    assert pocket.params["distortion"] == "poly5"
    assert (pocket.params["red"], pocket.params["blue"]) == ((1.001, 0.0, 0.0002), (0.999, 0.0001, 0.0))


def test_a_recipe_corrects_by_profile_and_says_where_it_could_not(folder: Path, tmp_path: Path):
    known = read_resources(program(), tmp_path, lenses=folder)
    corrected, plain = run_recipe(program(), photo(), "a.jpg", resources=known), run_recipe(program(), photo(), "a.jpg")
    assert corrected.notes == ()
    assert plain.notes == ("the lens was not corrected: nothing is known of 24-70mm f/2.8 G",)
    assert np.abs(corrected.raster.array.astype(int) - plain.raster.array).mean() > 5
    assert corrected.address != plain.address
    small, _ = preview(program(), photo(), "a.jpg", 60, resources=known)
    assert np.abs(small.array.astype(int) - preview(program(), photo(), "a.jpg", 60)[0].array).mean() > 2
    off = program("operations: [lens_correct: {profile: none}]\noutput: {format: png}")
    assert run_recipe(off, photo(), "a.jpg", resources=known).notes == ()


def test_other_profiles_are_another_recipe(folder: Path):
    before = read_resources(program(), folder, lenses=folder).digests
    assert before == {"lens profiles": profiles_digest(folder)}
    (folder / "acme.xml").write_text(DATABASE.replace("0.02", "0.03"), "utf-8")
    (folder / "more.xml").write_text("<lensdatabase/>")
    after = read_resources(program(), folder, lenses=folder).digests
    assert program().fingerprint(before) != program().fingerprint(after)
    assert read_resources(program("operations: [flip]"), folder, lenses=folder).digests == {}


def test_what_a_dng_says_of_its_lens_goes_before_profiles():
    inside = negative(sensor={51022: opcodes((1, WARP), (3, LIGHT), (9, b"unknown"))})
    assert corrections_of(inside) == {
        "warp": ((1.02, -0.05, 0.01, 0.0, 0.001, -0.001),), "light": (0.4, 0.1, 0.0, 0.0, 0.0), "centre": (0.5, 0.49),
    }  # fmt: skip
    made = run_recipe(program(), inside, "a.dng", resources=Resources())
    assert made.notes == ()
    plain = run_recipe(program("operations: []\noutput: {format: png}"), inside, "a.dng")
    middle, corner = (slice(76, 84), slice(116, 124)), (slice(0, 8), slice(-8, None))
    lighter = [made.raster.array[part].mean() / plain.raster.array[part].mean() for part in (middle, corner)]
    assert abs(lighter[0] - 1) < 0.01
    assert 1.1 < lighter[1] < 1.4  # half as much light again, in sRGB
    cropped = run_recipe(program(), inside, "a.dng", settings=DevelopSettings(crop=(0, 0, 0.5, 1)))
    assert cropped.notes == ("the lens was not corrected: its sidecar crops the picture before",)


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"\0\0\0\xff",
        opcodes((1, WARP[:20])),
        opcodes((1, struct.pack(">I", 900))),
        opcodes((3, struct.pack(">7d", *[float("nan")] * 7))),
    ],
)
def test_broken_opcodes_say_nothing(block: bytes):
    assert corrections_of(negative(sensor={51022: block or b"\0"})) == {}

"""What is beyond white comes through a recipe: read back by the library of the format, which knows nothing of our writer."""

from __future__ import annotations

import json
from functools import cache
from io import BytesIO
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from darkroom.imaging.operations.base import Context, Raster, Region
from darkroom.imaging.operations.hdr_gainmap import decode_ultra_hdr, encode_ultra_hdr
from darkroom.imaging.operations.registry import operations
from darkroom.imaging.operations.resample import from_light, to_light
from darkroom.imaging.recipes.compile import Program, compile_recipe
from darkroom.imaging.recipes.gain_map import GainMap
from darkroom.imaging.recipes.gain_map_file import read_gain_map, with_gain_map
from darkroom.imaging.recipes.highlights import spoiler
from darkroom.imaging.recipes.read import parse_recipe
from darkroom.imaging.recipes.run import Resources, run_recipe
from darkroom.imaging.recipes.steps import StageCache
from darkroom.imaging.xmp import read_xmp
from tests.unit.imaging.operations.scenes import psnr
from tests.unit.imaging.operations.test_hdr import bracket, light

Steps = list[tuple[str, dict[str, Any]]]
WIDTH, HEIGHT = 320, 240


@cache
def ultra_hdr() -> bytes:
    """A room with a window that is six times as bright as white."""
    return encode_ultra_hdr(
        Raster(from_light(cv2.GaussianBlur(light(WIDTH, HEIGHT), (0, 0), 4).astype(np.float32))), 95
    )


def program(steps: Steps, more: str = "output: {format: jpeg, quality: 95}\n", gain_map: str = "keep") -> Program:
    text = json.dumps([{name: params} for name, params in steps])
    return compile_recipe(parse_recipe(f"operations: {text}\ngain_map: {gain_map}\n{more}", "test.yaml", folder=None))


def stops(picture: Raster) -> np.ndarray:
    return np.log2(1 + np.maximum(to_light(picture.array), 0))


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [("auto_orient", {}), ("resize", {"width": 160})],
        [("crop", {"left": 0.3, "top": 0.2, "right": 0.95, "bottom": 0.8})],
        [("flip", {})],
        [("rotate", {"angle": 90})],
        [("rotate", {"angle": 10})],
        [("pad", {"left": 60, "colour": "#808080"})],
        [("crop", {"left": 0.5}), ("resize", {"width": 100}), ("flip", {}), ("sharpen", {"amount": 0.0})],
    ],
    ids=lambda steps: "-".join(name for name, _ in steps) or "nothing",
)
def test_the_light_of_the_result_is_that_of_the_source_moved_along(steps: Steps):
    want = decode_ultra_hdr(ultra_hdr())
    for name, params in steps:
        step = operations().get(name)
        want = step.apply(want, step.parse(params))
    made = run_recipe(program(steps), ultra_hdr(), "a.jpg")
    found = decode_ultra_hdr(made.encoded.data)
    assert made.notes == ()
    assert found.shape == want.shape
    assert found.array.max() > 2  # the window is still far brighter than white
    # The reader takes a map from its corner, not from the middle of its pixels: what is turned shows that at edges.
    assert psnr(stops(found), stops(want)) > 27


def test_a_turned_source_has_its_map_turned_with_it():
    exif = Image.Exif()
    exif[0x0112] = 6
    block = b"Exif\0\0" + exif.tobytes().removeprefix(b"Exif\0\0")
    data = ultra_hdr()
    at = data.find(b"\xff\xe1")
    assert data[at + 4 : at + 8] == b"Exif"
    length = int.from_bytes(data[at + 2 : at + 4], "big")
    # The second picture is found from its own end: what stands before the block may change.
    turned = data[:at] + b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block + data[at + 2 + length :]
    made = run_recipe(program([]), turned, "a.jpg")
    quarter = operations().get("rotate")
    want = quarter.apply(decode_ultra_hdr(data), quarter.parse({"angle": 90}))
    assert psnr(stops(decode_ultra_hdr(made.encoded.data)), stops(want)) > 30


def test_old_viewers_see_a_usual_jpeg_and_metadata_come_along():
    packet = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:format>kept</dc:format>'
        b"</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    found = read_gain_map(ultra_hdr(), "a.jpg")
    assert found is not None
    segment = b"http://ns.adobe.com/xap/1.0/\0" + packet
    plain = cv2.imencode(".jpg", np.zeros((240, 320, 3), np.uint8))[1].tobytes()
    plain = plain[:2] + b"\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment + plain[2:]
    data = with_gain_map(plain, found)
    picture = Image.open(BytesIO(data))
    assert (picture.format, picture.size) == ("JPEG", (320, 240))
    first, second = picture._getmp()[0xB002]  # as Pillow reads the list of pictures
    assert first["Size"] + second["Size"] == len(data)
    assert Image.open(BytesIO(data[first["Size"] :])).size == found.pixels.shape[1::-1]
    assert picture.info["mpoffset"] + second["DataOffset"] == first["Size"]
    made = run_recipe(program([("resize", {"width": 30})]), data, "a.jpg").encoded.data
    told = read_xmp(made[made.find(b"<?xpacket") if b"<?xpacket" in made else made.find(b"<x:xmpmeta") :])
    assert told["dc:format"] == "kept"
    assert made.count(b"Container:Directory>") == 2  # one, opened and closed: that of the source is gone
    bare = run_recipe(program([], gain_map="drop"), data, "a.jpg").encoded.data
    assert b"dc:format" in bare
    assert b"hdrgm" not in bare


def test_a_format_without_a_place_for_it_says_so_and_dropping_is_silent():
    webp = run_recipe(program([], "output: {format: webp}\n"), ultra_hdr(), "a.jpg")
    assert webp.notes == ("the gain map was left out: WebP has no place for it",)
    dropped = run_recipe(program([], gain_map="drop"), ultra_hdr(), "a.jpg")
    assert dropped.notes == ()
    assert read_gain_map(dropped.encoded.data, "a.jpg") is None
    assert program([]).fingerprint() != program([], gain_map="drop").fingerprint()


def test_what_was_hidden_does_not_show_in_the_map():
    hidden = program([("hide_regions", {"labels": ["face"]}), ("resize", {"width": 200})])
    made = run_recipe(hidden, ultra_hdr(), "a.jpg", regions=(Region(0.2, 0.2, 0.5, 0.5, "face"),))
    assert read_gain_map(made.encoded.data, "a.jpg") is None
    assert made.notes == ("the gain map was left out: step 1 (hide_regions) changes what is seen where.",)
    assert spoiler(program([("denoise", {}), ("curves", {})])) is None
    assert spoiler(program([("blend", {"picture": "x"})])) is not None


def test_a_broken_map_costs_the_map_only():
    data = ultra_hdr()
    start = data.rfind(b"\xff\xd8\xff")
    cut = data[: start + 600] + bytes(len(data) - start - 600)
    made = run_recipe(program([]), cut, "a.jpg")
    assert made.encoded.width == WIDTH
    assert "gain map was left out" in made.notes[0]
    assert run_recipe(program([]), data[:start], "a.jpg").notes == ()


def test_pictures_between_steps_are_not_taken_from_before_their_pixels_moved():
    kept = StageCache(10**8)
    steps: Steps = [("crop", {"left": 0.5}), ("sharpen", {"amount": 0.5})]
    first = run_recipe(program(steps), ultra_hdr(), "a.jpg", cache=kept)
    assert run_recipe(program(steps), ultra_hdr(), "a.jpg", cache=kept).encoded.data == first.encoded.data


def test_a_merged_bracket_keeps_its_light_in_a_map_of_its_own():
    image, context = bracket(cv2.GaussianBlur(light(), (0, 0), 4))
    merge = operations().get("merge_hdr")
    params = {"pictures": ["dark", "bright"], "align": "none", "exposures": [0, -4, 3], "tone": "none"}
    want = merge.apply(image, merge.parse(params), Context(pictures=context.pictures))
    buffer = cv2.imencode(".png", cv2.cvtColor(image.array, cv2.COLOR_RGB2BGR))[1].tobytes()
    made = run_recipe(program([("merge_hdr", params)]), buffer, "a.png", resources=Resources(context.pictures))
    found = decode_ultra_hdr(made.encoded.data)
    assert to_light(found.array).max() == pytest.approx(to_light(want.array).max(), rel=0.1)
    assert psnr(stops(found), stops(want)) > 30


@pytest.mark.parametrize(
    ("told", "value"),
    [
        (b'hdrgm:GainMapMin="-1" hdrgm:GainMapMax="3" hdrgm:Gamma="1"', (63.75,)),
        (b'hdrgm:GainMapMin="0.5" hdrgm:GainMapMax="3"', (0.0,)),
        (
            b"<hdrgm:GainMapMin><rdf:Seq><rdf:li>-1</rdf:li><rdf:li>-2</rdf:li><rdf:li>0</rdf:li></rdf:Seq></hdrgm:GainMapMin>"
            b'<hdrgm:GainMapMax>2</hdrgm:GainMapMax> hdrgm:Gamma="nonsense"',
            (85.0, 127.5, 0.0),
        ),
        (
            b"urn:iso:std:iso:ts:21496:-1\0" + bytes(4) + b"\x40"
            b"\0\0\0\0\0\0\0\1\0\0\0\3\0\0\0\1"
            b"\xff\xff\xff\xff\0\0\0\1\0\0\0\3\0\0\0\1\0\0\0\1\0\0\0\1" + bytes(16),
            (63.75,),
        ),
        (b"urn:iso:std:iso:ts:21496:-1\0" + bytes(4) + b"\x40\0", (0.0,)),
    ],
    ids=["attributes", "only brighter", "channels", "iso", "cut off"],
)
def test_what_lies_outside_is_as_bright_as_it_was(told: bytes, value: tuple[float, ...]):
    pixels = np.zeros((4, 4, len(value)), np.uint8)
    assert GainMap(pixels, told).neutral() == pytest.approx(value)

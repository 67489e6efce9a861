"""A picture of every page, and tiles for viewers."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from darkroom.errors import Error
from darkroom.imaging.operations.base import Raster, Region
from darkroom.imaging.recipes.compile import compile_recipe
from darkroom.imaging.recipes.looking import Detector
from darkroom.imaging.recipes.package import Rendered, run_packaged
from darkroom.imaging.recipes.read import parse_recipe
from darkroom.imaging.recipes.run import Resources
from darkroom.imaging.source import FileBytes
from tests.big_tiff import write_sparse

SIZES = [(60, 40), (30, 80), (50, 50)]


def program(text: str):
    return compile_recipe(parse_recipe(text, "test.yaml", folder=None))


def made(text: str, data: bytes | FileBytes, **more) -> tuple[Rendered, dict[str, bytes]]:
    found = run_packaged(program(text), data, "test", **more)
    assert (found.media_type, found.extension) == ("application/zip", ".zip")
    with zipfile.ZipFile(io.BytesIO(found.data)) as archive:
        return found, {name: archive.read(name) for name in archive.namelist()}


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def booklet(**more) -> bytes:
    """Pages of different sizes; on each a white square lies somewhere else."""
    pages = []
    for number, (width, height) in enumerate(SIZES):
        page = np.zeros((height, width, 3), np.uint8)
        page[number * 8 : number * 8 + 8, number * 8 : number * 8 + 8] = 255
        pages.append(Image.fromarray(page))
    file = io.BytesIO()
    pages[0].save(file, "TIFF", save_all=True, append_images=pages[1:], **more)
    return file.getvalue()


def test_every_page_becomes_a_picture_of_its_own():
    found, files = made("operations: [{flip: {}}]\noutput: {format: png}\npackage: pages", booklet())
    assert list(files) == ["page-0001.png", "page-0002.png", "page-0003.png"]
    assert [opened(data).size for data in files.values()] == SIZES
    assert (found.shape.width, found.shape.height, found.format) == (*SIZES[0], "png")
    for number, data in enumerate(files.values()):
        flipped = np.asarray(opened(data))[:, ::-1]
        assert flipped[number * 8, number * 8].tolist() == [255, 255, 255]


def test_frames_of_an_animation_are_pages_too():
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "lime", "blue")]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=100)
    _, files = made("output: {format: gif}\npackage: pages", file.getvalue())
    assert [opened(data).n_frames for data in files.values()] == [1, 1, 1]
    assert [opened(data).convert("RGB").getpixel((5, 5)) for data in files.values()] == [
        (255, 0, 0), (0, 255, 0), (0, 0, 255),
    ]  # fmt: skip


class Squares(Detector):
    """Finds what is white."""

    def look(self, image: Raster) -> tuple[Region, ...]:
        down, across = np.nonzero(image.array[:, :, 0] > 128)
        height, width = image.array.shape[:2]
        left, top, right, bottom = across.min(), down.min(), across.max() + 1, down.max() + 1
        return (Region(left / width, top / height, right / width, bottom / height, "face", 1.0),)


def test_what_is_to_be_hidden_is_looked_for_on_each_page():
    resources = Resources(detectors=(Squares(Path("white.onnx"), "0" * 64, ("face",)),))
    recipe = "operations: [{hide_regions: {method: fill, fill: '#ff0000', shape: box, margin: 0}}]\noutput: {format: png}\npackage: pages"
    _, files = made(recipe, booklet(), resources=resources)
    for number, data in enumerate(files.values()):
        page = np.asarray(opened(data).convert("RGB"))
        assert page[number * 8 + 4, number * 8 + 4].tolist() == [255, 0, 0]
        assert not (page == 255).all(axis=2).any()


def test_equal_pictures_make_equal_packages_and_another_package_is_another_result():
    pages = "output: {format: png}\npackage: pages"
    assert made(pages, booklet())[0].data == made(pages, booklet())[0].data
    plain, zoom = program("output: {format: png}"), program("output: {format: png}\npackage: deep-zoom")
    assert len({one.fingerprint() for one in (plain, zoom, program(pages))}) == 3
    assert zoom.recipe.canonical()["package"] == "deep-zoom"


@pytest.mark.parametrize("form", ["jpeg", "png", "webp"])
def test_deep_zoom_makes_the_tiles_that_its_description_names(form):
    ramp = np.add.outer(np.arange(520), np.arange(700))[:, :, None].repeat(4, axis=2) % 256
    file = io.BytesIO()
    Image.fromarray(ramp.astype(np.uint8), "RGBA").save(file, "PNG")
    _, files = made(
        f"operations: [{{crop: {{right: 0.9}}}}]\noutput: {{format: {form}}}\npackage: deep-zoom", file.getvalue()
    )
    described = files.pop("picture.dzi").decode()
    said = {
        name: re.search(rf'{name}="(\w+)"', described)[1]
        for name in ("Format", "Overlap", "TileSize", "Width", "Height")
    }
    assert (said["TileSize"], said["Overlap"], said["Width"], said["Height"]) == ("254", "1", "630", "520")
    levels = {int(name.split("/")[1]) for name in files}
    assert levels == set(range(11))  # down to a single pixel
    top = {name: data for name, data in files.items() if "/10/" in name}
    assert len(top) == 3 * 3
    corner = opened(top[f"picture_files/10/0_0.{said['Format']}"])
    assert corner.size == (255, 255)
    assert corner.mode == ("RGB" if form == "jpeg" else "RGBA")


def test_deep_zoom_of_a_large_tiff_is_cut_while_it_is_read(tmp_path):
    path = tmp_path / "large.tif"
    write_sparse(path, 1024, tile=256)
    recipe = "operations: [auto_orient]\noutput: {format: png}\npackage: deep-zoom"
    found, streamed = made(recipe, FileBytes(path, "large.tif"))
    assert (found.shape.width, found.shape.height) == (1024, 1024)
    _, whole = made(recipe.replace("auto_orient", "flip: {}").replace("[", "[flip, ", 1), path.read_bytes())
    assert streamed.keys() == whole.keys()
    tile = "picture_files/10/0_0.png"
    assert (np.asarray(opened(streamed[tile])) == np.asarray(opened(whole[tile]))).all()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("package: deep-zoom", "tiles are jpeg, png, webp"),
        ("output: {format: avif}\npackage: deep-zoom", "tiles are jpeg, png, webp"),
        ("output: {format: jpeg, profile: p3}\npackage: deep-zoom", "sRGB"),
        ("output: {format: jpeg, adaptive: {target: 0.9}}\npackage: deep-zoom", "one quality"),
        ("package: tar", "package"),
    ],
)
def test_a_package_that_cannot_be_made_is_refused_when_the_recipe_is_read(text, words):
    with pytest.raises(Error) as caught:
        program(text)
    assert caught.value.code == "recipe_invalid"
    assert words in caught.value.cause

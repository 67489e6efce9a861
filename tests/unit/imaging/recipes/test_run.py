"""Recipes on pictures: what a step does alone, in a program, on a scaled decode and on files is the same."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from darkroom.domain.develop import DevelopSettings
from darkroom.errors import Error
from darkroom.imaging import scaled_jpeg
from darkroom.imaging.limits import Limits
from darkroom.imaging.operations import resample
from darkroom.imaging.operations.base import Context, Params, Raster, Region, Shape
from darkroom.imaging.operations.declare import Operation, operation
from darkroom.imaging.operations.registry import Registry, operations
from darkroom.imaging.recipes.batch import Plan, check_template, list_items, run_batch
from darkroom.imaging.recipes.compile import Program, compile_recipe
from darkroom.imaging.recipes.predict import predicted_mb
from darkroom.imaging.recipes.read import parse_recipe
from darkroom.imaging.recipes.run import Resources, preview, read_resources, run_recipe
from darkroom.imaging.recipes.steps import StageCache
from tests.unit.imaging.operations.made import picture


class NoParams(Params):
    """None."""


@operation("breaks", category="effects")
def breaks(image: Raster, params: NoParams) -> Raster:
    """Break."""
    raise RuntimeError("no such luck")


@operation("acme/shine", category="effects")
def shine(image: Raster, params: NoParams) -> Raster:
    """Shine."""
    return image


@operation("shine", category="effects")
def nameless(image: Raster, params: NoParams) -> Raster:
    """Shine."""
    return image


def program(*steps: str, more: str = "") -> Program:
    lines = "".join(f"  - {step}\n" for step in steps)
    return compile_recipe(parse_recipe(f"name: test\noperations:\n{lines or '  []'}{more}", "test.yaml", folder=None))


def test_a_place_set_on_a_picture_decides_every_crop_that_names_none():
    """Also after steps that move it, and without being taken for something to hide."""
    data = jpeg()
    wish = DevelopSettings(focus=(0.9, 0.25))

    def made(*steps: str, settings: DevelopSettings | None = wish) -> np.ndarray:
        return run_recipe(program(*steps), data, "a.jpg", settings=settings).raster.array

    named = "smart_crop: {ratio: '1:2', focus_x: 0.9, focus_y: 0.25}"
    for ratio, strategy in (("1:2", "attention"), ("1:2", "entropy")):
        assert np.array_equal(
            made(f"smart_crop: {{ratio: '{ratio}', strategy: {strategy}}}"), made(named, settings=None)
        )
    turned = "smart_crop: {ratio: '1:2', focus_x: 0.1, focus_y: 0.25}"
    assert np.array_equal(made("flip", "smart_crop: {ratio: '1:2'}"), made("flip", turned, settings=None))
    for free in (
        "smart_crop: {ratio: '1:2', strategy: centre}",
        "smart_crop: {ratio: '1:2', focus_x: 0.2}",
        "resize: {width: 90}",
    ):
        assert np.array_equal(made(free), made(free, settings=None))
        assert program(free).heeds(wish) is None
    hidden = "hide_regions: {labels: ['*'], boxes: [{left: 0, top: 0, right: 0.1, bottom: 0.1}]}"
    assert np.array_equal(made(hidden, "smart_crop: {ratio: '1:2'}"), made(hidden, named, settings=None))
    assert program("smart_crop").heeds(wish) == wish
    assert program("smart_crop").heeds(DevelopSettings(exposure=1.0)) == DevelopSettings(exposure=1.0)


def jpeg(width: int = 800, height: int = 600, *, orientation: int = 1, seed: int = 0) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Halide"
    exif.get_ifd(0x8825)[2] = (46.0, 24.0, 36.0)
    exif.get_ifd(0x8825)[1] = "N"
    target = BytesIO()
    Image.fromarray(picture(width, height, seed=seed).array).save(target, "JPEG", quality=95, exif=exif)
    return target.getvalue()


def png(array: np.ndarray) -> bytes:
    target = BytesIO()
    Image.fromarray(array).save(target, "PNG")
    return target.getvalue()


def opened(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(data)))


def test_a_program_does_what_its_steps_do_one_by_one():
    image = picture(90, 60)
    made = run_recipe(
        program(
            "crop: {left: 0.1, right: 0.9}",
            "gamma: {gamma: 1.5}",
            "vibrance: {amount: 0.5}",
            more="output: {format: png}",
        ),
        png(image.array),
        "a.png",
    )
    registry = operations()
    for name, params in [
        ("crop", {"left": 0.1, "right": 0.9}),
        ("gamma", {"gamma": 1.5}),
        ("vibrance", {"amount": 0.5}),
    ]:
        one = registry.get(name)
        image = one.apply(image, one.parse(params))
    assert np.array_equal(opened(made.encoded.data), image.array)


def test_curves_in_a_row_are_one_table_and_steps_that_do_nothing_are_left_out():
    found = program(
        "gamma: {gamma: 2}", "exposure: {stops: 0}", "contrast", "levels: {black: 0.1}", "auto_levels", "invert", "flip"
    )
    assert [step.operation.name for step in found.steps] == [
        "gamma",
        "contrast",
        "levels",
        "auto_levels",
        "invert",
        "flip",
    ]
    assert found.groups == ((0, 3), (3, 5), (5, 6))


@pytest.mark.parametrize("orientation", [1, 6, 3])
@pytest.mark.parametrize(
    "steps",
    [
        ["resize: {width: 160}"],
        ["auto_orient", "smart_crop: {ratio: '3:2'}", "resize: {width: 160}"],
        ["flip", "crop: {left: 0.2, top: 0.1}", "resize: {width: 100, height: 90, mode: fill}"],
        ["resize: {width: 90, height: 90, mode: pad}", "border: {width: 3}"],
        ["resize: {megapixels: 0.01}"],
        ["resize: {width: 70, height: 99, mode: exact}"],
    ],
    ids=str,
)
def test_a_scaled_decode_gives_the_promised_size_and_nearly_the_same_pixels(orientation: int, steps: list[str]):
    data = jpeg(801, 599, orientation=orientation)
    quick = program(*steps, more="output: {format: png}")
    upright = Shape(801, 599) if orientation < 5 else Shape(599, 801)
    assert quick.scale(upright).long_side is not None
    made = run_recipe(quick, data, "a.jpg")
    assert (made.raster.shape.width, made.raster.shape.height) == (
        quick.shape(upright).width,
        quick.shape(upright).height,
    )
    whole = program("exposure: {stops: 0.0001}", *steps, more="output: {format: png}")  # needs every pixel
    assert whole.scale(upright).long_side is None
    slow = run_recipe(whole, data, "a.jpg").raster
    assert made.raster.shape == slow.shape
    difference = made.raster.array.astype(float) - slow.array
    # Attention may settle some pixels beside where it would on the whole picture.
    assert np.sqrt(np.square(difference).mean()) < (14 if "smart" in str(steps) else 6)


@pytest.mark.skipif(not scaled_jpeg.available(), reason="the decoder is not built: no C compiler here")
def test_a_resize_that_comes_first_is_left_to_the_decoder(monkeypatch: pytest.MonkeyPatch):
    asked: list[tuple[int, int]] = []

    def resized(array: np.ndarray, width: int, height: int, _how: str) -> np.ndarray:
        asked.append((width, height))
        return np.zeros((height, width, array.shape[2]), np.uint8)

    monkeypatch.setattr(resample, "_resize", resized)
    data = jpeg(801, 599, orientation=6)
    for step in (
        "width: 160",
        "width: 100, height: 90, mode: fill",
        "width: 90, height: 90, mode: pad",
        "megapixels: 0.01",
    ):
        assert run_recipe(program(f"resize: {{{step}}}"), data, "a.jpg").raster.array.any()
    assert asked == []
    run_recipe(program("resize: {width: 160, filter: area}"), data, "a.jpg")
    run_recipe(program("flip", "resize: {width: 160}"), data, "a.jpg")
    assert len(asked) == 2


def test_steps_that_need_every_pixel_prevent_a_scaled_decode():
    shape = Shape(4000, 3000)
    assert program("denoise", "resize: {width: 400}").scale(shape).long_side is None
    assert program("resize: {width: 400, linear_light: true}").scale(shape).long_side is None
    assert program("resize: {width: 8000, enlarge: true}").scale(shape).long_side is None
    assert program("flip").scale(shape).long_side is None
    assert program("resize: {width: 400}", "denoise").scale(shape).long_side == 401


def test_metadata_follow_the_policy_and_the_result_stands_upright():
    data = jpeg(64, 48, orientation=6)
    kept = Image.open(BytesIO(run_recipe(program("flip"), data, "a.jpg").encoded.data))
    assert kept.size == (48, 64)
    assert kept.getexif().get(0x0112, 1) == 1
    assert kept.getexif()[0x010F] == "Halide"
    assert kept.getexif().get_ifd(0x8825)
    private = Image.open(BytesIO(run_recipe(program("flip", more="metadata: strip-gps"), data, "a.jpg").encoded.data))
    assert private.getexif()[0x010F] == "Halide"
    assert not private.getexif().get_ifd(0x8825)
    bare = Image.open(BytesIO(run_recipe(program("flip", more="metadata: none"), data, "a.jpg").encoded.data))
    assert not dict(bare.getexif())


def test_sixteen_bits_stay_sixteen_bits():
    image = picture(40, 30, 3, "uint16")
    from darkroom.imaging.formats.encode import encode
    from darkroom.imaging.formats.options import EncodeOptions

    data = encode(image, EncodeOptions(format="tiff")).data
    made = run_recipe(
        program("gamma: {gamma: 1.1}", "resize: {width: 20}", more="output: {format: png}"), data, "a.tif"
    )
    assert made.raster.shape.depth == "uint16"
    assert made.encoded.bit_depth == 16


def test_every_frame_of_an_animation_gets_the_decisions_of_the_first():
    frames = []
    for place in range(3):
        array = np.full((40, 80, 3), 90, np.uint8)
        array[10:30, 5 + 20 * place : 20 + 20 * place] = (240, 60, 20)
        frames.append(Image.fromarray(array))
    target = BytesIO()
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:], duration=[40, 80, 120], loop=0)
    made = Image.open(
        BytesIO(run_recipe(program("smart_crop: {ratio: '1:1'}"), target.getvalue(), "a.gif").encoded.data)
    )
    assert made.n_frames == 3
    assert made.size == (40, 40)


def test_addresses_are_equal_up_to_the_step_that_differs():
    steps = ["flip", "smart_crop: {ratio: '3:2'}", "gamma: {gamma: 1.5}", "vibrance"]
    first = program(*steps).addresses("source", Context())
    changed = program(*steps[:3], "vibrance: {amount: 0.9}").addresses("source", Context())
    assert len(first) == 5
    assert first[:4] == changed[:4]
    assert first[4] != changed[4]
    assert program(*steps).addresses("other", Context())[0] != first[0]
    assert program(*steps).addresses("source", Context(seed=1))[0] != first[0]
    face = Region(0.1, 0.1, 0.2, 0.2, "face")
    assert program(*steps).addresses("source", Context(regions=(face,)))[0] != first[0]
    # A step that does nothing gives the same pixels, so the same addresses; defaults written out are still defaults.
    assert (
        program(*steps[:3], "exposure: {stops: 0}", "vibrance: {amount: 0.4}").addresses("source", Context()) == first
    )


def test_a_new_version_of_an_operation_is_a_new_address():
    found = program("vibrance")
    newer = replace(found.steps[0])
    address = found.addresses("s", Context())[-1]
    version = newer.operation.version
    try:
        newer.operation.version = version + 1
        assert found.addresses("s", Context())[-1] != address
    finally:
        newer.operation.version = version


def test_changing_a_late_step_recomputes_only_from_there():
    data, cache = jpeg(320, 240), StageCache(50_000_000)
    steps = ["highlights_shadows", "vibrance", "vignette"]
    first = run_recipe(program(*steps), data, "a.jpg", cache=cache)
    assert first.trace.reused == 0
    late = run_recipe(program(*steps[:2], "vignette: {amount: -0.3}"), data, "a.jpg", cache=cache)
    assert late.trace.reused == 2
    assert set(late.trace.seconds) == {2}
    fresh = run_recipe(program(*steps[:2], "vignette: {amount: -0.3}"), data, "a.jpg")
    assert late.encoded.data == fresh.encoded.data
    assert late.address == fresh.address != first.address
    again = run_recipe(program(*steps), data, "a.jpg", cache=cache)
    assert again.trace.reused == 3
    assert again.encoded.data == first.encoded.data


def test_the_cache_forgets_what_was_not_used_for_longest():
    from darkroom.imaging.recipes.steps import Stage

    stage = Stage(picture(100, 100))
    cache = StageCache(3 * stage.raster.array.nbytes)
    for name in "abc":
        cache.put(name, stage)
    assert cache.get("a") is not None
    cache.put("d", stage)
    assert cache.get("b") is None
    assert cache.get("a") is not None
    cache.put("huge", Stage(picture(1000, 1000)))
    assert cache.get("huge") is None


def test_a_preview_looks_like_the_result():
    data = jpeg(1200, 900)
    found = program(
        "crop: {left: 0.1, right: 0.9}",
        "border: {width: 60}",
        "vibrance",
        "resize: {width: 800}",
        more="output: {format: png}",
    )
    small, _ = preview(found, data, "a.jpg", 300)
    large = run_recipe(found, data, "a.jpg").raster
    assert small.shape.width == pytest.approx(large.shape.width / 4, abs=1)
    shrunk = np.asarray(
        Image.fromarray(large.array).resize((small.shape.width, small.shape.height), Image.Resampling.BOX)
    )
    assert np.abs(shrunk.astype(int) - small.array)[20:-20, 20:-20].mean() < 6


def test_what_detectors_found_moves_along_with_the_pixels():
    face = Region(0.70, 0.30, 0.80, 0.45, "face")
    found = program(
        "flip",
        "rotate: {angle: 90}",
        "hide_regions: {method: fill, fill: '#ff0000', shape: box, margin: 0}",
        more="output: {format: png}",
    )
    image = np.full((200, 400, 3), 40, np.uint8)
    made = opened(run_recipe(found, png(image), "a.png", regions=(face,)).encoded.data)
    red = (made[:, :, 0] > 200).nonzero()
    assert red[0].min() / 400 == pytest.approx(0.20, abs=0.01)
    assert red[0].max() / 400 == pytest.approx(0.30, abs=0.01)
    assert red[1].min() / 200 == pytest.approx(0.55, abs=0.01)
    assert red[1].max() / 200 == pytest.approx(0.70, abs=0.01)


def test_the_iso_of_the_file_decides_where_noise_cannot_be_measured():
    """A white wall hides its noise: only the camera's word is left, and it counts for less once pixels were averaged."""

    def luma(iso: int | None, *steps: str) -> float:
        exif = Image.Exif()
        if iso:
            exif.get_ifd(0x8769)[0x8827] = iso
        target = BytesIO()
        Image.new("RGB", (400, 300), (255, 255, 255)).save(target, "JPEG", exif=exif)
        made = run_recipe(program(*steps, "denoise"), target.getvalue(), "a.jpg")
        (params,) = made.trace.pinned.values()
        return params.luma

    assert luma(None) == 0
    assert luma(1600) == pytest.approx(0.016, abs=0.001)
    assert luma(1600, "resize: {width: 100}") == pytest.approx(0.004, abs=0.001)


def test_nothing_is_hidden_quietly_where_nobody_has_looked():
    with pytest.raises(Error, match="nobody has looked for anything to hide"):
        run_recipe(program("hide_regions"), jpeg(64, 48), "a.jpg")
    run_recipe(program("hide_regions"), jpeg(64, 48), "a.jpg", regions=())


def test_a_step_that_breaks_is_named():
    registry = Registry()
    registry.add(operations().get("flip"))
    registry.add(breaks)
    found = compile_recipe(parse_recipe("- flip\n- breaks\n", "t", folder=None), registry)
    with pytest.raises(Error, match=r"step 2 \(breaks\) broke: RuntimeError: no such luck") as refused:
        run_recipe(found, jpeg(32, 32), "a.jpg")
    assert refused.value.code == "operation_failed"


def test_files_that_steps_need_are_read_once_and_belong_to_the_address(tmp_path: Path):
    (tmp_path / "look.cube").write_text("LUT_1D_SIZE 2\n0 0 0\n1 1 0\n")
    (tmp_path / "reference.png").write_bytes(png(picture(30, 20, seed=5).array))
    found = program("lut: {file: look.cube}", "match_colours: {reference: reference.png, strength: 0.1}")
    resources = read_resources(found, tmp_path)
    assert set(resources.files) == {"look.cube"}
    assert set(resources.pictures) == {"reference.png"}
    made = run_recipe(found, jpeg(64, 48), "a.jpg", resources=resources)
    (tmp_path / "look.cube").write_text("LUT_1D_SIZE 2\n0 0 0\n1 0 1\n")
    other = run_recipe(found, jpeg(64, 48), "a.jpg", resources=read_resources(found, tmp_path))
    assert made.address != other.address
    with pytest.raises(Error, match=r"needs nothing.cube, which cannot be read"):
        read_resources(program("lut: {file: nothing.cube}"), tmp_path)


# Batches


def plan(*steps: str, more: str = "", **options) -> Plan:
    return Plan(program(*steps, more=more), Resources(), Limits(), **options)


def ran(batch: Plan, inputs: list[Path], out: Path) -> dict[str, object]:
    items = list_items(inputs, out)
    return {str(one.item.source.name): one for one in run_batch(batch, items, workers=2, memory_mb=500)}


def test_one_bad_picture_never_stops_the_rest(tmp_path: Path):
    source, out = tmp_path / "in", tmp_path / "out"
    (source / "trip").mkdir(parents=True)
    (source / "a.jpg").write_bytes(jpeg(64, 48))
    (source / "trip" / "b.jpg").write_bytes(jpeg(48, 64))
    (source / "cut.jpg").write_bytes(jpeg(640, 480)[:9000])
    (source / "notes.txt").write_text("no picture")
    (source / ".hidden.jpg").write_bytes(jpeg(8, 8))
    before = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in source.rglob("*") if path.is_file()}
    found = ran(plan("resize: {width: 32}", more="output: {format: webp}"), [source], out)
    assert {name: one.state for name, one in found.items()} == {"a.jpg": "done", "b.jpg": "done", "cut.jpg": "failed"}
    assert found["cut.jpg"].error.code == "image_truncated"
    assert Image.open(out / "a.webp").size == (32, 24)
    assert (out / "trip" / "b.webp").exists()
    assert sorted(path.name for path in out.rglob("*") if path.is_file()) == ["a.webp", "b.webp"]
    assert before == {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in before}


def test_nothing_is_overwritten_unless_forced(tmp_path: Path):
    (tmp_path / "a.jpg").write_bytes(jpeg(64, 48))
    out = tmp_path / "out"
    assert ran(plan("flip"), [tmp_path / "a.jpg"], out)["a.jpg"].state == "done"
    (out / "a.jpg").write_bytes(b"mine")
    assert ran(plan("flip"), [tmp_path / "a.jpg"], out)["a.jpg"].state == "skipped"
    assert (out / "a.jpg").read_bytes() == b"mine"
    assert ran(plan("flip", force=True), [tmp_path / "a.jpg"], out)["a.jpg"].state == "done"
    assert Image.open(out / "a.jpg").size == (64, 48)
    own = ran(plan("flip", force=True), [tmp_path / "a.jpg"], tmp_path)["a.jpg"]
    assert own.state == "failed"
    assert "is the source itself" in own.error.cause


def test_two_sources_of_one_name_get_two_results(tmp_path: Path):
    (tmp_path / "a.jpg").write_bytes(jpeg(64, 48))
    (tmp_path / "a.png").write_bytes(png(picture(20, 20).array))
    found = ran(plan("flip", more="output: {format: webp}"), [tmp_path / "a.jpg", tmp_path / "a.png"], tmp_path / "out")
    assert len({one.target for one in found.values()}) == 2
    assert all(one.target.exists() for one in found.values())


def test_a_dry_run_tells_sizes_and_writes_nothing(tmp_path: Path):
    (tmp_path / "a.jpg").write_bytes(jpeg(640, 480, orientation=6))
    found = ran(
        plan("resize: {width: 100}", dry=True, template="{stem}-{width}"), [tmp_path / "a.jpg"], tmp_path / "out"
    )["a.jpg"]
    assert found.state == "planned"
    assert (found.after.width, found.after.height) == (100, 133)
    assert found.target.name == "a-100.jpg"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("template", ["", "../{stem}", "{nothing}", "{stem.__class__}", ".{stem}", "{0}"])
def test_templates_that_would_leave_the_folder_are_refused(template: str):
    with pytest.raises(Error, match="The name") as refused:
        check_template(template)
    assert refused.value.code == "invalid_parameter"


def test_memory_is_predicted_from_the_header():
    from darkroom.imaging import codecs

    header = codecs.probe(jpeg(1600, 1200), "a.jpg")
    plain, full = (predicted_mb(program(step), header) for step in ("flip", "denoise"))
    values = 1600 * 1200 * 3 / 1e6
    assert 4 * values <= plain < 8 * values + 40
    assert full == pytest.approx(plain + 24 * values)  # it works in float, on several copies
    assert predicted_mb(program("resize: {width: 200}"), header) < plain
    assert predicted_mb(program("resize: {width: 200}", "denoise"), header) < plain
    assert predicted_mb(program("resize: {width: 6400, enlarge: true}"), header) > 8 * plain
    assert predicted_mb(program("fuse_exposures: {pictures: [a, b]}"), header) > predicted_mb(
        program("fuse_exposures: {pictures: [a]}"), header
    )


# Plug-ins


def test_a_plugin_is_used_and_a_broken_one_is_reported():
    registry = Registry()
    registry.add_plugin("acme", [shine])
    registry.add_plugin("unnamed", [nameless])
    registry.add_plugin("twice", shine)
    registry.add_plugin("number", 3)
    registry.add_plugin("explodes", lambda: 1 / 0)
    assert [one.name for one in registry] == ["acme/shine"]
    assert {one.name for one in registry.broken} == {"unnamed", "twice", "number", "explodes"}
    causes = {one.name: one.cause for one in registry.broken}
    assert "must be called unnamed/shine" in causes["unnamed"]
    assert "ZeroDivisionError" in causes["explodes"]
    assert isinstance(registry.get("acme/shine"), Operation)


def test_plugins_come_by_entry_point(tmp_path: Path, monkeypatch):
    from darkroom.imaging.operations.registry import load_plugins

    (tmp_path / "good_plugin.py").write_text(
        "from darkroom.imaging.operations.base import Params, Raster\n"
        "from darkroom.imaging.operations.declare import operation\n"
        "class P(Params):\n    pass\n"
        "@operation('good/nothing', category='effects')\n"
        "def nothing(image: Raster, params: P) -> Raster:\n    '''Nothing.'''\n    return image\n"
    )
    (tmp_path / "bad_plugin.py").write_text("import not_installed_anywhere\n")
    info = tmp_path / "plugs-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plugs\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[darkroom.operations]\ngood = good_plugin\nbad = bad_plugin\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    registry = Registry()
    load_plugins(registry)
    assert "good/nothing" in registry
    assert [one.name for one in registry.broken] == ["bad"]
    assert "not_installed_anywhere" in registry.broken[0].cause

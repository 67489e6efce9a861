"""A style from one picture: what is measured, a painter that learns it, and the same painter in a recipe, tile by tile."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from darkroom.datasets.layouts import IMPORTERS
from darkroom.datasets.manifest import Manifest
from darkroom.domain.train_config import TrainConfig, checked
from darkroom.domain.training import Checkpoint
from darkroom.errors import Error
from darkroom.imaging import native
from darkroom.imaging.operations.base import Context, Raster
from darkroom.imaging.operations.learned import StyleLearnedParams, style_learned, through_model
from darkroom.imaging.operations.learned_model import load_model
from tests.networks import drawn_vgg, save_resnet
from tests.paired import draw_pairs
from training import models, session
from training.augment import MEAN, SPREAD
from training.checkpoint import load, save
from training.config import EvalConfig
from training.evaluate_style import evaluate_style
from training.export import export
from training.features import Features, read, shown_apart, style_apart, vgg
from training.loop import Fitted
from training.strokes import kept, style_distance

TINY = {
    "task": "style", "model": "painter-tiny", "image_size": 64, "epochs": 10, "budget_seconds": None, "validations": 1,
    "threads": 1, "precision": "float32", "keep_best": 0, "learning_rate": 0.01,
}  # fmt: skip


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """Pictures without a word said of them that matters here."""
    folder = draw_pairs(tmp_path_factory.mktemp("photographs"), {"train": 8, "validation": 3}, look="none")
    return IMPORTERS["imagefolder"](folder).manifest()


@pytest.fixture(scope="module")
def brushwork(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Slanted strokes in two colours, wider than high."""
    rows, columns = np.mgrid[0:256, 0:320]
    stroke = ((rows + 2 * columns) // 12 % 2)[..., None]
    pixels = np.where(stroke, (40, 60, 220), (120, 20, 20)).astype(np.uint8)
    path = tmp_path_factory.mktemp("style") / "brushwork.png"
    native.cv2().imwrite(str(path), pixels)
    return path


@pytest.fixture(scope="module")
def painter(photographs: Manifest, brushwork: Path, tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    config = TrainConfig.model_validate({**TINY, "style": str(brushwork)})
    fitted, problems = session.train(config, photographs, tmp_path_factory.mktemp("painter") / "run")
    assert problems == ()
    return fitted


def picture(height: int, width: int) -> np.ndarray:
    rng = np.random.default_rng(3)
    return native.cv2().resize(rng.random((9, 11, 3), dtype=np.float32), (width, height))


def test_what_is_measured_is_what_is_known_of_it():
    draw = torch.Generator().manual_seed(0)
    noise = torch.rand((2, 3, 64, 64), generator=draw)
    blocks = noise[:, :, ::8, ::8].repeat_interleave(8, 2).repeat_interleave(8, 3)
    same, other = (style_distance(one, noise[:1], torch.Generator().manual_seed(1)) for one in (noise, blocks))
    assert (same < 0.25 * other).all(), "patches of the same kind are near, whatever they show"
    assert kept(blocks, blocks).tolist() == pytest.approx([1, 1], abs=0.05)
    assert kept(0.3 + 0.4 * blocks, blocks).tolist() == pytest.approx(kept(blocks, blocks).tolist(), abs=0.05)
    assert (kept(1 - blocks, blocks) < -0.8).all(), "what was light is dark"
    found = evaluate_style(torch.cat([noise[1:], blocks[:1]]), blocks[[0, 0]], noise[:1], ("a", "b"), EvalConfig())
    assert (found.mistakes[0].key, found.mistakes[0].style) == ("b", 0), (
        "a picture that stayed as it was has gone no way"
    )
    assert found.mistakes[1].style > 0.8


def test_a_style_is_learnt_from_one_picture_and_what_is_shown_stays(photographs: Manifest, painter: Fitted):
    figures = {one.name: one.value for one in session.judge(painter.folder, photographs, "validation").metrics}
    assert list(figures) == ["likeness", "style", "kept"]
    assert figures["style"] > 0.3
    assert figures["kept"] > 0.3
    assert load(painter.folder).model.get_buffer("style").float().std() > 20, "the checkpoint says what it learnt"


def test_a_painter_paints_in_a_recipe_without_a_seam(painter: Fitted):
    data = export(painter.folder).read_bytes()
    model = load_model(data)
    given = picture(150, 203)
    whole, tiled = (
        through_model(given, StyleLearnedParams(model="m", tile=tile, overlap=64), model) for tile in (256, 128)
    )
    assert whole.shape == given.shape
    assert float(np.abs(whole - tiled).max()) < 0.002, "a tile is normed by the whole picture"
    image, context = Raster(given), Context(files={"m": data})
    painted, again = (style_learned.apply(image, StyleLearnedParams(model="m"), context).array for _ in range(2))
    assert np.array_equal(painted, again)
    assert float(np.abs(painted - given).mean()) > 0.05
    half = style_learned.apply(image, StyleLearnedParams(model="m", strength=0.5), context).array
    assert np.allclose(half, (painted + given) / 2, atol=1e-5)
    assert np.array_equal(style_learned.apply(image, StyleLearnedParams(model="m", strength=0), context).array, given)
    kept_colours = style_learned.apply(image, StyleLearnedParams(model="m", keep_colours=True), context).array
    colours = [one[..., 0] - one.mean(2) for one in (given, kept_colours, painted)]
    assert np.abs(colours[0] - colours[1]).mean() < 0.5 * np.abs(colours[0] - colours[2]).mean()


def test_a_training_goes_on_exactly(photographs: Manifest, brushwork: Path, tmp_path: Path):
    config = TrainConfig.model_validate({**TINY, "style": str(brushwork), "epochs": 1, "checkpoint_steps": 1})
    whole, _ = session.train(config, photographs, tmp_path / "whole")
    stops = iter([False, True])
    session.train(config, photographs, tmp_path / "cut", stop=lambda: next(stops))
    cut, _ = session.train(config, photographs, tmp_path / "cut")
    ours, theirs = ((one.folder / "weights.safetensors").read_bytes() for one in (whole, cut))
    assert ours == theirs


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"task": "style"}, "needs the picture whose style"),
        ({"task": "classification", "style": "a.png"}, "no other takes one"),
        ({"task": "style", "style": "a.png", "image_size": 32}, "64 at least"),
    ],
)
def test_what_cannot_be_learnt_is_refused(options: dict[str, object], words: str):
    with pytest.raises(Error, match=words):
        checked(TrainConfig, options)


def test_a_picture_that_cannot_be_read_is_named(photographs: Manifest, tmp_path: Path):
    config = TrainConfig.model_validate({**TINY, "style": str(tmp_path / "gone.png")})
    with pytest.raises(Error, match=r"gone\.png cannot be read"):
        session.train(config, photographs, tmp_path / "run")
    (tmp_path / "gone.png").write_bytes(b"no picture")
    with pytest.raises(Error, match="style: the picture cannot be read"):
        session.train(config, photographs, tmp_path / "run")


@pytest.mark.parametrize("norm", [False, True])
def test_vgg_is_built_of_its_weights_alone(norm: bool):
    weights = drawn_vgg(norm)
    network = vgg(weights)
    kinds = [type(one).__name__ for one in network]
    assert kinds.count("Conv2d") == 5
    assert kinds.count("MaxPool2d") == 2
    assert kinds.count("BatchNorm2d") == (5 if norm else 0)
    picture = torch.rand((1, 3, 32, 32), generator=torch.Generator().manual_seed(1))
    maps = Features(network)(picture)
    assert [tuple(one.shape[1:]) for one in maps] == [(8, 32, 32), (16, 16, 16), (24, 8, 8)]
    centred = (picture - torch.tensor(MEAN).view(1, 3, 1, 1)) / torch.tensor(SPREAD).view(1, 3, 1, 1)
    first = torch.nn.functional.conv2d(centred, weights["features.0.weight"], padding=1)
    if not norm:
        second = torch.nn.functional.conv2d(first.relu(), weights[f"features.{2}.weight"], padding=1)
        assert torch.allclose(maps[0], second.relu(), atol=1e-5)
    weights["features.2.weight" if not norm else "features.3.weight"] = torch.zeros(8, 5, 3, 3)
    with pytest.raises(Error, match="do not follow each other"):
        vgg(weights)


def test_pictures_of_one_style_are_near_by_what_a_network_sees():
    network = Features(vgg(drawn_vgg()))
    draw = torch.Generator().manual_seed(2)
    noise = torch.rand((3, 3, 64, 64), generator=draw)
    blocks = noise[:, :, ::8, ::8].repeat_interleave(8, 2).repeat_interleave(8, 3)
    style, same, other = network(noise[:1]), network(noise[1:2]), network(blocks[1:2])
    assert float(style_apart(same, style)) < 0.3 * float(style_apart(other, style))
    assert float(style_apart(style, style)) == 0
    assert float(shown_apart(other, other)) == 0
    assert float(shown_apart(same, other)) > 0.1


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Networks of somebody: VGG, a checkpoint of Darkroom, one of transformers, and what is none."""
    folder = tmp_path_factory.mktemp("backbones")
    for name in ("vgg", "other", "empty"):
        (folder / name).mkdir()
    save_file(drawn_vgg(), folder / "vgg" / "model.safetensors")
    save_file({"a": torch.zeros(2)}, folder / "other" / "model.safetensors")
    about = Checkpoint(
        task="classification", model="residual-tiny", labels=("a", "b"), image_size=32, step=1, dataset="0" * 64, seed=0,
        code_version="1", licence="none",
    )  # fmt: skip
    config = TrainConfig(model="residual-tiny")
    torch.manual_seed(0)
    save(folder / "ours", models.build("residual-tiny", "classification", 2), about, config, history=[])
    save_resnet(folder / "resnet")
    return folder


@pytest.mark.parametrize(("name", "sizes"), [("vgg", [64, 32, 16]), ("ours", [32, 16, 8, 4]), ("resnet", [32, 16, 8])])
def test_networks_of_all_kinds_look_at_pictures(shelf: Path, name: str, sizes: list[int]):
    found = read(shelf / name)
    maps = found(torch.rand((2, 3, 64, 64), generator=torch.Generator().manual_seed(0)))
    assert [one.shape[2] for one in maps] == sizes
    assert all(torch.isfinite(one).all() for one in maps)
    assert not any(one.requires_grad for one in found.parameters())


def test_a_style_is_learnt_by_the_eyes_of_a_network_of_ones_own(
    photographs: Manifest, brushwork: Path, shelf: Path, tmp_path: Path
):
    config = TrainConfig.model_validate({**TINY, "style": str(brushwork), "features": "vgg"})
    fitted, _ = session.train(config, photographs, tmp_path / "run", shelf=session.Shelf(shelf))
    model = load(fitted.folder).model
    network = read(shelf / "vgg")
    given = torch.from_numpy(picture(64, 64).transpose(2, 0, 1).copy())[None].clamp(0, 1)
    with torch.inference_mode():
        style = network(model.get_buffer("style")[None].float() / 255)
        before, after = (float(style_apart(network(one), style)) for one in (given, model(given)))
    assert after < 0.9 * before, "nearer to the style, as the network sees it"
    figures = {one.name: one.value for one in session.judge(fitted.folder, photographs, "validation").metrics}
    assert figures["kept"] > 0.3
    assert not list(fitted.folder.rglob("model.safetensors")), "the painter needs no other network"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("gone", "features: there is no gone"),
        ("empty", "features: empty holds no model.safetensors"),
        ("hub:somebody/vgg", "features: none are fetched from a hub"),
        ("model:shapes@3", "features: there is no registry here"),
        ("other", "features: the network cannot be used"),
    ],
)
def test_a_network_that_cannot_look_is_refused_before_anything_is_learnt(
    photographs: Manifest, brushwork: Path, shelf: Path, tmp_path: Path, *, name: str, words: str
):
    config = TrainConfig.model_validate({**TINY, "style": str(brushwork), "features": name})
    with pytest.raises(Error, match=words):
        session.train(config, photographs, tmp_path / "run", shelf=session.Shelf(shelf))
    with pytest.raises(Error, match="only the task style"):
        checked(TrainConfig, {"task": "classification", "features": name})


def test_neighbouring_pictures_are_painted_alike(painter: Fitted):
    """Frames of a series: what moved by a few pixels, or is a little brighter, is painted as it was, moved or a little brighter."""
    data = export(painter.folder).read_bytes()
    context, params = Context(files={"m": data}), StyleLearnedParams(model="m")
    wide = picture(160, 232)
    frames = [np.ascontiguousarray(one) for one in (wide[:, :224], wide[:, 8:232], wide[:, :224] * np.float32(0.98))]
    first, moved, darker = (style_learned.apply(Raster(one), params, context).array for one in frames)
    assert np.array_equal(first, style_learned.apply(Raster(frames[0]), params, context).array), "alone or among others"
    painted = float(np.abs(first - frames[0]).mean())
    assert float(np.abs(first[16:-16, 24:-16] - moved[16:-16, 16:-24]).mean()) < 0.1 * painted
    assert float(np.abs(first - darker).mean()) < 0.2 * painted

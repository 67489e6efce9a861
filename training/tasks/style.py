"""Painting any picture in the style of one: a picture of brushwork, a print, a texture, and photographs to practise on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from darkroom.datasets.manifest import Manifest
from darkroom.domain.panel import PanelPicture, Said
from darkroom.domain.training import Metric
from darkroom.errors import Error
from darkroom.imaging import native
from training import features
from training.checkpoint import Loaded
from training.config import EvalConfig, TrainConfig
from training.data import Pictures, batches, with_targets
from training.decode import Decoder
from training.evaluate_style import StyleEvaluation, evaluate_style
from training.painter import STYLE_SIDE
from training.panel import small
from training.strokes import kept, style_distance
from training.tasks.base import Judged, Learner

PICTURE = "style.picture"
"""The file, among what a training begins with, that holds the picture whose style is learnt."""
# Pictures are kept so many times as large as they are shown: sometimes all of one is seen, sometimes a part at its own size.
_SPARE = 2
_SMOOTH = 0.01
# Brings what a network says to the size of what patches say, so that `keep` means the same beside either.
_BY_FEATURES = 0.1


class Style(Learner):
    """A painter of one style; chosen by how near it comes to the style with what is shown still to be seen."""

    name = "style"
    score = "likeness"
    """The figure that checkpoints are chosen by; more is better."""
    inputs = ("pictures", "guide")
    """What the exported model is given: the picture or a tile of it, and a small view of the whole."""
    output = "picture"
    """What the exported model calls its answer."""
    any_size = True
    """The exported model takes pictures of any size whose sides are multiples of 4."""

    def __init__(
        self, config: TrainConfig, manifest: Manifest, device: torch.device, cache: Path | None = None
    ) -> None:
        super().__init__(config, manifest, device, cache)
        self.style = torch.zeros(1, 3, STYLE_SIDE, STYLE_SIDE, device=device)
        self.features: features.Features | None = None
        """What tells styles apart in place of patches, where a network was named."""
        self.style_maps: list[Tensor] = []

    def begin(self, model: nn.Module, base: Path) -> None:
        """Look at the picture whose style is learnt; the model keeps a small copy, to be judged by.

        Raises:
            Error: `training_invalid`, it cannot be read, or the network that is to look at it.
        """
        found = style_of(base / PICTURE)
        model.get_buffer("style").copy_(found)
        self.style = found[None].to(self.style.device).float() / 255
        if self.config.features is not None:
            self.features = features.read(base / features.FOLDER).to(self.style.device)
            with torch.no_grad():
                self.style_maps = self.features(self.style)

    @staticmethod
    def answering(model: nn.Module) -> nn.Module:
        """The model as it is exported; its output is called `picture`."""
        return model

    @staticmethod
    def decoded(part: Manifest, labels: tuple[str, ...], image_size: int, cache: Path | None) -> Pictures:
        """Decode a part of a dataset; nothing need be said of its pictures."""
        return with_targets(part, torch.zeros(len(part)), _SPARE * image_size, cache)

    @staticmethod
    def worth(found: Loaded, pictures: Pictures) -> Judged:
        """What a checkpoint is worth by pictures."""
        details = judge(found.model, pictures, found.about.image_size)
        figures = tuple(
            Metric(name=name, value=one.value, low=one.low, high=one.high)
            for name, one in (("likeness", details.likeness), ("style", details.style), ("kept", details.kept))
        )
        return Judged(figures, len(pictures), details)

    @staticmethod
    def changed(
        part: Pictures, classes: int, config: TrainConfig, places: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Pictures, all of each or a part at random, mirrored at random; they are what is to be kept, too."""
        places = places.to(part.targets.device)
        size = config.image_size
        draws = torch.rand((4, len(places)), generator=generator, device=generator.device).tolist()
        shown = []
        for at, picture in enumerate(part.pixels[places]):
            side = round(size + draws[0][at] * (picture.shape[-1] - size))
            room = picture.shape[-1] - side
            top, left = round(draws[1][at] * room), round(draws[2][at] * room)
            square = picture[None, :, top : top + side, left : left + side].float() / 255
            scaled = functional.interpolate(square, (size, size), mode="bilinear", antialias=True, align_corners=False)
            shown.append(scaled.flip(3) if draws[3][at] < config.augment.flip else scaled)
        pictures = torch.cat(shown)
        weights = part.weights[places, None, None, None].expand(-1, 1, size, size)
        return pictures, torch.cat([pictures, weights], 1)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Distance to the style, and what is lost of the picture, as far as that counts."""
        made = outputs.float()
        lost = 1 - kept(made, targets[:, :3])
        # Neighbours alike where nothing speaks against it: noise is in no style, and nothing else here sees single pixels.
        grain = sum(
            (made.narrow(at, 1, made.shape[at] - 1) - made.narrow(at, 0, made.shape[at] - 1)).abs().mean((1, 2, 3))
            for at in (2, 3)
        )
        each = self._away(made, targets[:, :3]) + self.config.keep * lost + _SMOOTH * grain
        return (each * targets[:, 3, 0, 0]).mean()

    def _away(self, made: Tensor, given: Tensor) -> Tensor:
        """How far pictures are from the style; a network that looks says also how far from what they show."""
        if self.features is None:
            return style_distance(made, self.style)
        maps = self.features(made)
        with torch.no_grad():
            shown = self.features(given)
        apart = _BY_FEATURES * features.style_apart(maps, self.style_maps)
        return apart + self.config.keep * features.shown_apart(maps, shown)

    def validate(self, model: nn.Module, most: int | None = None) -> dict[str, float]:
        """What is said of a model while it learns; `most` pictures at most."""
        found = judge(model, self.looked_at(most), self.config.image_size)
        return {"likeness": found.likeness.value, "style": found.style.value, "kept": found.kept.value}

    def truths(self, part: Pictures) -> Iterator[PanelPicture]:
        """What each is."""
        for key, before in zip(part.keys, small(part.pixels.float() / 255), strict=True):
            yield PanelPicture(key=key, given=before)

    def said(self, model: nn.Module, part: Pictures) -> Iterator[Said]:
        """What it paints of each."""
        size = (self.config.image_size,) * 2
        whole = part.pixels.float() / 255
        given = functional.interpolate(whole, size, mode="bilinear", antialias=True, align_corners=False)
        for one in small(model(given.contiguous(memory_format=torch.channels_last))):
            yield Said(picture=one)


def style_of(path: Path) -> Tensor:
    """The middle of a picture, as it is kept with the network: bytes, 3 x 256 x 256.

    Raises:
        Error: `training_invalid`, it cannot be read.
    """
    try:
        with Decoder() as decoder:
            whole = decoder.whole(path)
    except Error as error:
        raise Error("training_invalid", f"style: the picture cannot be read: {error.cause}") from error
    height, width = whole.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    cv2 = native.cv2()
    way = cv2.INTER_AREA if side >= STYLE_SIDE else cv2.INTER_CUBIC
    square = cv2.resize(
        np.ascontiguousarray(whole[top : top + side, left : left + side]), (STYLE_SIDE,) * 2, interpolation=way
    )
    return torch.from_numpy(np.ascontiguousarray(square.transpose(2, 0, 1)))


def judge(model: nn.Module, part: Pictures, size: int, config: EvalConfig | None = None) -> StyleEvaluation:
    """Judge a painter by pictures."""
    config = config or EvalConfig()
    model.eval()
    style = model.get_buffer("style")[None].float() / 255
    given, made = [], []
    with torch.inference_mode():
        for at in batches(len(part), min(config.batch_size, 16)):
            whole = part.pixels[at].float() / 255
            given.append(
                functional.interpolate(whole, (size, size), mode="bilinear", antialias=True, align_corners=False)
            )
            made.append(model(given[-1].contiguous(memory_format=torch.channels_last)).float())
        return evaluate_style(torch.cat(made), torch.cat(given), style, part.keys, config)

"""Making of a picture what it should be, from pairs: noise taken out, a look given, anything that keeps things where they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn

from darkroom.datasets.manifest import Manifest
from darkroom.domain.panel import PanelPicture, Said
from darkroom.domain.training import Metric
from training.checkpoint import Loaded
from training.config import EvalConfig, TrainConfig
from training.data import Pictures, batches
from training.evaluate_pictures import EnhanceEvaluation, evaluate_pictures
from training.pairs import load_pairs
from training.panel import small
from training.tasks.base import Judged, Learner

# Parts are kept this many times as large as they are shown, to be cut from at random.
_SPARE = 2
_EDGE = 1e-3


class Enhancement(Learner):
    """A picture for each picture; chosen by the mean of peak signal to noise ratios."""

    name = "enhancement"
    score = "psnr"
    """The figure that checkpoints are chosen by; more is better."""
    output = "picture"
    """What the exported model calls its answer."""
    any_size = True
    """The exported model takes pictures of any size."""

    def __init__(
        self, config: TrainConfig, manifest: Manifest, device: torch.device, cache: Path | None = None
    ) -> None:
        super().__init__(config, manifest, device, cache)

    @staticmethod
    def answering(model: nn.Module) -> nn.Module:
        """The model with what goes after it, as it is exported; its output is called `picture`."""
        return Enhancer(model)

    @staticmethod
    def decoded(part: Manifest, labels: tuple[str, ...], image_size: int, cache: Path | None) -> Pictures:
        """Decode parts of the pictures of a part of a dataset, with the same parts of what they are to become."""
        return load_pairs(part, _SPARE * image_size)

    @staticmethod
    def worth(found: Loaded, pictures: Pictures) -> Judged:
        """What a checkpoint is worth by pictures."""
        details = judge(found.model, pictures)
        figures = (
            Metric(name="psnr", value=details.psnr.value, low=details.psnr.low, high=details.psnr.high),
            Metric(name="ssim", value=details.ssim.value, low=details.ssim.low, high=details.ssim.high),
            Metric(name="psnr_before", value=details.psnr_before),
            Metric(name="better", value=details.better),
        )
        return Judged(figures, len(set(pictures.keys)), details)

    @staticmethod
    def changed(
        part: Pictures, classes: int, config: TrainConfig, places: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Parts of pictures, turned and mirrored at random, and of what they are to become; the weight last."""
        places = places.to(part.targets.device)
        size = config.image_size
        both = torch.cat([part.pixels[places], part.targets[places]], 1)
        room = both.shape[-1] - size + 1
        draws = torch.rand((3, len(places)), generator=generator, device=generator.device).tolist()
        cut = [
            _cut(one, int(draws[0][at] * room), int(draws[1][at] * room), size, int(draws[2][at] * 8))
            for at, one in enumerate(both)
        ]
        changed = torch.stack(cut).float() / 255
        weights = part.weights[places, None, None, None].expand(-1, 1, size, size)
        return changed[:, :3], torch.cat([changed[:, 3:], weights], 1)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Charbonnier's: the distance, rounded off near nothing, so that a few large mistakes do not rule."""
        away = ((outputs - targets[:, :3]).square() + _EDGE**2).sqrt()
        return (away * targets[:, 3:]).mean()

    def validate(self, model: nn.Module, most: int | None = None) -> dict[str, float]:
        """What is said of a model while it learns; `most` parts at most."""
        found = judge(model, self.looked_at(most))
        return {"psnr": found.psnr.value, "ssim": found.ssim.value}

    def truths(self, part: Pictures) -> Iterator[PanelPicture]:
        """What each is, and what it is to become."""
        given, wanted = (small(one.float() / 255) for one in (part.pixels, part.targets))
        for key, before, after in zip(part.keys, given, wanted, strict=True):
            yield PanelPicture(key=key, given=before, wanted=after)

    def said(self, model: nn.Module, part: Pictures) -> Iterator[Said]:
        """What it makes of each."""
        given = (part.pixels.float() / 255).contiguous(memory_format=torch.channels_last)
        for one in small(Enhancer(model)(given)):
            yield Said(picture=one)


def _cut(picture: Tensor, top: int, left: int, size: int, way: int) -> Tensor:
    """A part of a picture, in one of the eight ways that a square can lie."""
    part = torch.rot90(picture[:, top : top + size, left : left + size], way % 4, (1, 2))
    return part.flip(2) if way >= 4 else part


class Enhancer(nn.Module):
    """A model with what goes after it: pictures from 0 to 1 in, and out."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, pictures: Tensor) -> Tensor:
        """Count x 3 x height x width."""
        found: Tensor = self.model(pictures)
        return found.clamp(0, 1)


def judge(model: nn.Module, part: Pictures, config: EvalConfig | None = None) -> EnhanceEvaluation:
    """Judge a model by pictures."""
    config = config or EvalConfig()
    model.eval()
    enhancer = Enhancer(model)
    given, wanted = (one.float().cpu() / 255 for one in (part.pixels, part.targets))
    with torch.inference_mode():
        made = [
            enhancer(given[at].to(part.pixels.device).contiguous(memory_format=torch.channels_last)).float().cpu()
            for at in batches(len(part), min(config.batch_size, 32))
        ]
    return evaluate_pictures(torch.cat(made), given, wanted, part.keys, config)

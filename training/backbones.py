"""Networks that others trained, to go on from: read from a folder of weights or fetched from a hub, never unpickled, never run as code.

What is learnt of them: all of it, the head alone, or small matrices beside what is there (Hu et al., LoRA: Low-Rank Adaptation
of Large Language Models, 2021).
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from darkroom.errors import Error
from training.augment import MEAN, SPREAD

NAME = "backbone"
"""What the architecture is called."""
FILES = ("config.json", "model.safetensors", "preprocessor_config.json", "README.md")
"""What a folder of weights may hold that is used."""
HUB = "hub:"
_LOCAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_REMOTE = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+(@[\w.-]+)?")
_ABOUT = "darkroom"


class Lora(nn.Module):
    """A layer that stays as it is, and two small ones beside it that learn; they begin at nothing."""

    def __init__(self, layer: nn.Linear | nn.Conv2d, rank: int) -> None:
        super().__init__()
        self.layer = layer.requires_grad_(requires_grad=False)
        self.down: nn.Module
        self.up: nn.Linear | nn.Conv2d
        if isinstance(layer, nn.Linear):
            self.down = nn.Linear(layer.in_features, rank, bias=False)
            self.up = nn.Linear(rank, layer.out_features, bias=False)
        else:
            shape: dict[str, Any] = {
                name: getattr(layer, name) for name in ("kernel_size", "stride", "padding", "dilation")
            }
            self.down = nn.Conv2d(layer.in_channels, rank, bias=False, **shape)
            self.up = nn.Conv2d(rank, layer.out_channels, 1, bias=False)
        nn.init.zeros_(self.up.weight)

    @property
    def weight(self) -> Tensor:
        """Of the layer; networks ask what numbers it is made of."""
        return self.layer.weight

    def forward(self, x: Tensor) -> Tensor:
        """What the layer says, and what was learnt."""
        found: Tensor = self.layer(x) + self.up(self.down(x))
        return found


class Backbone(nn.Module):
    """A network that others trained, with a head of its own.

    Args:
        about: its configuration, with what is ours under `darkroom`.
        network: scores from pictures.
        tune: what of it learns: `full`, `head` or `lora`.
        rank: of the matrices of `lora`.
    """

    def __init__(self, about: dict[str, Any], network: nn.Module, tune: str, rank: int) -> None:
        super().__init__()
        self.about = about
        self.network = network
        self.tune = tune
        own = about.get(_ABOUT, {})
        # Pictures come as most networks like them; this one may want them otherwise.
        scale = [spread / theirs for spread, theirs in zip(SPREAD, own.get("std", SPREAD), strict=True)]
        shift = [
            (mean - theirs) / std
            for mean, theirs, std in zip(MEAN, own.get("mean", MEAN), own.get("std", SPREAD), strict=True)
        ]
        self.scale: Tensor
        self.shift: Tensor
        self.register_buffer("scale", torch.tensor(scale).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("shift", torch.tensor(shift).view(1, 3, 1, 1), persistent=False)
        if tune != "full":
            self._freeze(rank if tune == "lora" else 0)

    @property
    def licence(self) -> str:
        """Of the weights that it began with."""
        return str(self.about.get(_ABOUT, {}).get("licence", "unknown"))

    @property
    def body(self) -> nn.Module:
        """All but the head."""
        found: nn.Module = getattr(self.network, str(self.network.base_model_prefix))
        return found

    def _freeze(self, rank: int) -> None:
        body = self.body
        body.requires_grad_(requires_grad=False)
        if not rank:
            return
        for parent in list(body.modules()):
            for name, layer in list(parent.named_children()):
                plain = isinstance(layer, nn.Linear | nn.Conv2d) and getattr(layer, "groups", 1) == 1
                if plain and not isinstance(parent, Lora):
                    setattr(parent, name, Lora(cast("nn.Linear", layer), rank))

    def train(self, mode: bool = True) -> Backbone:
        """Learn, or answer; what is frozen keeps the statistics that it came with."""
        super().train(mode)
        if self.tune != "full":
            self.body.eval()
        return self

    def forward(self, x: Tensor) -> Tensor:
        """Scores (before softmax) of each class."""
        found: Tensor = self.network(pixel_values=x * self.scale + self.shift).logits.float()
        return found


def begun(base: Path, outputs: int, tune: str, rank: int) -> Backbone:
    """A network with the weights of a folder, and a fresh head.

    Raises:
        Error: `training_invalid`, the folder holds no weights that can be read.
    """
    networks, _ = _library()
    about = described(base)
    try:
        network = networks.from_pretrained(
            str(base), num_labels=outputs, ignore_mismatched_sizes=True, local_files_only=True, use_safetensors=True,
            trust_remote_code=False,
        )  # fmt: skip
    except (OSError, ValueError, RuntimeError) as error:
        raise Error(
            "training_invalid", f"weights: {base.name} cannot be read: {str(error).splitlines()[0][:200]}"
        ) from error
    return Backbone(about, network, tune, rank)


def empty(about: dict[str, Any], outputs: int, tune: str, rank: int) -> Backbone:
    """A network of the same shape, for weights that were learnt.

    Raises:
        ValueError: its configuration says nothing that is known.
    """
    networks, configs = _library()
    known = {name: value for name, value in about.items() if name not in (_ABOUT, "auto_map")}
    config = configs.for_model(**known)
    config.num_labels = outputs
    network = networks.from_config(config)
    return Backbone(about, network, tune, rank)


def _library() -> tuple[Any, Any]:
    """What reads networks, and their configurations; it says nothing of its own."""
    from transformers import AutoConfig, AutoModelForImageClassification
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    return AutoModelForImageClassification, AutoConfig


def described(base: Path) -> dict[str, Any]:
    """The configuration of a folder of weights, with how it wants its pictures and the licence under which it came.

    Raises:
        Error: `training_invalid`, there is none.
    """
    try:
        about: dict[str, Any] = json.loads((base / "config.json").read_text())
        wants = base / "preprocessor_config.json"
        values = json.loads(wants.read_text()) if wants.exists() else {}
    except (OSError, ValueError) as error:
        raise Error("training_invalid", f"weights: {base.name} holds no configuration that can be read.") from error
    card = base / "README.md"
    found = re.search(r"^license:\s*(\S+)", card.read_text(errors="replace"), re.MULTILINE) if card.exists() else None
    # How pictures are to be centred and spread; without a word they come as most networks like them.
    own = {
        "licence": found[1] if found else "unknown",
        "mean": values.get("image_mean", MEAN),
        "std": values.get("image_std", SPREAD),
    }
    labels = {"id2label", "label2id", "num_labels", "auto_map"}
    return {**{name: value for name, value in about.items() if name not in labels}, _ABOUT: own}


def fetch(
    weights: str, shelf: Path | None, target: Path, *, hub: bool, files: tuple[str, ...] = FILES,
    needed: tuple[str, ...] = ("model.safetensors",), option: str = "weights",
) -> None:  # fmt: skip
    """Put the weights that a training begins with into its folder, where they stay the same until its end.

    Args:
        weights: name of a folder on the shelf, or `hub:OWNER/NAME`.
        shelf: where folders of weights are kept.
        target: the folder.
        hub: whether weights may be fetched over the network.
        files: what is taken of the folder.
        needed: one of these must be among them.
        option: what asks for them, as errors name it.

    Raises:
        Error: `training_invalid`, saying what is lacking.
    """
    if any((target / one).exists() for one in needed):
        return
    draft = target.with_name(f".{target.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    if weights.startswith(HUB):
        _fetch_remote(weights.removeprefix(HUB), draft, files, hub=hub, option=option)
    else:
        source = shelf / weights if shelf and _LOCAL.fullmatch(weights) else None
        if source is None or not source.is_dir():
            there = sorted(one.name for one in shelf.iterdir() if one.is_dir()) if shelf and shelf.is_dir() else []
            raise Error(
                "training_invalid",
                f"{option}: there is no {weights[:100]} in {shelf}; there are {', '.join(there) or 'none'}.",
            )
        draft.mkdir(parents=True)
        for name in files:
            if (source / name).is_file():
                shutil.copyfile(source / name, draft / name)
    if not any((draft / one).exists() for one in needed):
        shutil.rmtree(draft, ignore_errors=True)
        words = " and no ".join(needed)
        raise Error("training_invalid", f"{option}: {weights} holds no {words}; other files of weights are not opened.")
    draft.rename(target)


def _fetch_remote(name: str, draft: Path, files: tuple[str, ...], *, hub: bool, option: str) -> None:
    if not hub:
        raise Error("training_invalid", f"{option}: none are fetched from a hub unless DARKROOM_HUB says so.")
    if not _REMOTE.fullmatch(name):
        raise Error("training_invalid", f"{option}: {name[:100]} is no OWNER/NAME.")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    repository, _, revision = name.partition("@")
    try:
        snapshot_download(repository, revision=revision or None, local_dir=draft, allow_patterns=list(files))
    except (HfHubHTTPError, OSError, ValueError) as error:
        raise Error(
            "training_invalid", f"{option}: {name} could not be fetched: {str(error).splitlines()[0][:200]}"
        ) from error

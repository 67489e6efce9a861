"""Models with two towers that others trained (CLIP, SigLIP), made into two ONNX files and a tokenizer, so that words find pictures without PyTorch.

Weights are read as `training/backbones.py` reads them: from a folder or a hub, `model.safetensors` alone, nothing run as code.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from darkroom.domain.embedding import PICTURES, TOKENIZER, WORDS
from darkroom.errors import Error
from training.backbones import FILES, described, fetch
from training.export import TOLERANCE, compare, drawn

KINDS = ("clip", "siglip")
"""Architectures that are known to answer alike once they are exported."""


class PictureTower(nn.Module):
    """Rows of length 1 from pictures, RGB from 0 to 1.

    Args:
        model: with both towers.
        mean: what it takes off each channel.
        spread: what it divides each by.
    """

    def __init__(self, model: Any, mean: list[float], spread: list[float]) -> None:
        super().__init__()
        self.model = model
        self.mean: Tensor
        self.spread: Tensor
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1))
        self.register_buffer("spread", torch.tensor(spread).view(1, 3, 1, 1))

    def forward(self, pictures: Tensor) -> Tensor:
        """A row for each."""
        return _row(self.model.get_image_features(pixel_values=(pictures - self.mean) / self.spread))


class TextTower(nn.Module):
    """Rows of length 1 from tokens.

    Args:
        model: with both towers.
        masked: whether it is told where the text ends; SigLIP reads what fills up as well.
    """

    def __init__(self, model: Any, *, masked: bool) -> None:
        super().__init__()
        self.model = model
        self.masked = masked

    def forward(self, tokens: Tensor, mask: Tensor | None = None) -> Tensor:
        """A row for each."""
        more = {"attention_mask": mask} if self.masked else {}
        return _row(self.model.get_text_features(input_ids=tokens, **more))


def _row(found: Any) -> Tensor:
    rows: Tensor = found if isinstance(found, Tensor) else found.pooler_output
    return nn.functional.normalize(rows.float(), dim=-1)


def make(weights: str, shelf: Path | None, target: Path, *, hub: bool) -> dict[str, Any]:
    """Write the towers of weights into a folder; what there is to know of them.

    Args:
        weights: name of a folder on the shelf, or `hub:OWNER/NAME`.
        shelf: where folders of weights are kept.
        target: the folder.
        hub: whether weights may be fetched over the network.

    Raises:
        Error: `training_invalid`, the weights are lacking or no such model; `export_differs`.
    """
    with tempfile.TemporaryDirectory(prefix="darkroom-towers-") as place:
        base = Path(place) / "weights"
        fetch(weights, shelf, base, hub=hub, files=(*FILES, TOKENIZER))
        return written(base, target)


def written(base: Path, target: Path) -> dict[str, Any]:
    """The towers of a folder of weights, written into another; see `make`."""
    about = described(base)
    kind = str(about.get("model_type", ""))
    if kind not in KINDS:
        raise Error("training_invalid", f"weights: {kind or 'this'} is no {' or '.join(KINDS)}, which read words too.")
    if not (base / TOKENIZER).is_file():
        raise Error("training_invalid", f"weights: there is no {TOKENIZER}, which words are read by.")
    model = _loaded(base)
    text, side = model.config.text_config, int(model.config.vision_config.image_size)
    length, padding = int(text.max_position_embeddings), int(getattr(text, "pad_token_id", None) or 0)
    own = about["darkroom"]
    target.mkdir(parents=True, exist_ok=True)
    pictures = PictureTower(model, own["mean"], own["std"]).eval()
    _export(pictures, drawn(1, 2, side, 0), target / PICTURES, ["pictures"])
    if not (apart := compare(pictures, target / PICTURES, side, _apart)) <= TOLERANCE:
        raise Error("export_differs", f"The rows of pictures differ by up to {apart:.1g}.")
    words = TextTower(model, masked=kind == "clip").eval()
    _export_words(words, target / WORDS, length, int(text.vocab_size), int(getattr(text, "eos_token_id", None) or 0))
    shutil.copyfile(base / TOKENIZER, target / TOKENIZER)
    with torch.inference_mode():
        dims = int(pictures(*drawn(1, 1, side, 0)).shape[1])
    return {
        "kind": kind, "licence": own["licence"], "dims": dims, "image_size": side, "tokens": length, "padding": padding,
    }  # fmt: skip


def _loaded(base: Path) -> Any:
    from transformers import AutoModel
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        found: Any = AutoModel.from_pretrained(  # nosec B615 - a folder on this machine
            str(base), local_files_only=True, use_safetensors=True, trust_remote_code=False, attn_implementation="eager"
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise Error("training_invalid", f"weights: they cannot be read: {str(error).splitlines()[0][:200]}") from error
    return found.float().eval()


def _apart(ours: Any, theirs: Any) -> float:
    return float(np.abs(ours - theirs).max())


def _export_words(tower: TextTower, path: Path, length: int, vocabulary: int, end: int) -> None:
    generator = torch.Generator().manual_seed(0)

    def given(count: int) -> tuple[Tensor, ...]:
        tokens = torch.randint(1, vocabulary, (count, length), generator=generator)
        tokens[:, length // 2 :] = end  # as a text that is shorter ends
        mask = torch.ones_like(tokens)
        mask[:, length // 2 + 1 :] = 0
        return (tokens, mask) if tower.masked else (tokens,)

    names = ["tokens", "mask"] if tower.masked else ["tokens"]
    _export(tower, given(2), path, names)
    other = given(3)
    import onnxruntime  # type: ignore[import-untyped]

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    theirs = session.run(None, {name: one.numpy() for name, one in zip(names, other, strict=True)})[0]
    with torch.inference_mode():
        ours = tower(*other).numpy()
    if not (apart := _apart(ours, theirs)) <= TOLERANCE:
        raise Error("export_differs", f"The rows of words differ by up to {apart:.1g}.")


def _export(tower: nn.Module, given: tuple[Tensor, ...], path: Path, names: list[str]) -> None:
    from training.export import traced

    axes = {name: {0: "count"} for name in (*names, "rows")}
    traced(tower, given, path, inputs=names, output="rows", axes=axes)

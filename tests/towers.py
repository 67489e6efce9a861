"""Models with two towers: one that learns within seconds which words say what drawn pictures show, and one that knows three colours."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from darkroom.domain.base import now
from darkroom.domain.dataset import StoredFile
from darkroom.domain.embedding import PICTURES, TOKENIZER, WORDS, SearchModel
from darkroom.store import Stores

if TYPE_CHECKING:
    import torch

SIDE, LENGTH = 32, 8
COLOURS = {"red": (220, 30, 30), "green": (30, 190, 40), "blue": (40, 60, 220)}
SHAPES = ("circle", "bar", "cross")
_WORDS = ("[pad]", "[begin]", "[end]", "[unknown]", "a", "photo", "of", *COLOURS, *SHAPES)


def draw(colour: str, shape: str, chance: np.random.Generator, side: int = SIDE) -> np.ndarray:
    """A shape of a colour on something bright, somewhere near the middle."""
    picture = np.full((side, side, 3), chance.integers(200, 250), np.uint8)
    y, x = np.mgrid[:side, :side] - side / 2 - chance.integers(-1, 2, 2)[:, None, None]
    size = side * chance.uniform(0.28, 0.36)
    inside = {
        "circle": x**2 + y**2 <= size**2,
        "bar": abs(y) <= size / 2.5,
        "cross": (np.minimum(abs(x), abs(y)) <= size / 3) & (np.maximum(abs(x), abs(y)) <= size),
    }[shape]
    picture[inside] = COLOURS[colour]
    return picture


def tokenizer():
    """Reads the words it knows, one token each, between a beginning and an end."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.normalizers import Lowercase
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing

    made = Tokenizer(WordLevel({word: at for at, word in enumerate(_WORDS)}, unk_token="[unknown]"))
    made.normalizer, made.pre_tokenizer = Lowercase(), Whitespace()
    made.post_processor = TemplateProcessing(single="[begin] $A [end]", special_tokens=[("[begin]", 1), ("[end]", 2)])
    return made


def weights(folder: Path, *, steps: int = 120) -> Path:
    """A folder of weights of a small CLIP that tells colours and shapes, laid out as hubs do."""
    import torch
    from transformers import CLIPConfig, CLIPModel

    torch.manual_seed(5)
    small = {"hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4}
    reads = {"vocab_size": len(_WORDS) + 1, "max_position_embeddings": LENGTH, "pad_token_id": 0, "bos_token_id": 1}
    model = CLIPModel(CLIPConfig(
        text_config=small | reads | {"eos_token_id": 2}, vision_config=small | {"image_size": SIDE, "patch_size": 8},
        projection_dim=24,
    )).train()  # fmt: skip
    _learn(model, steps)
    model.eval().save_pretrained(folder)
    tokenizer().save(str(folder / "tokenizer.json"))
    (folder / "preprocessor_config.json").write_text(json.dumps({"image_mean": [0.5] * 3, "image_std": [0.25] * 3}))
    (folder / "README.md").write_text("---\nlicense: mit\n---\n")
    return folder


def _learn(model: torch.nn.Module, steps: int) -> None:
    import torch

    said = [f"{colour} {shape}" for colour in COLOURS for shape in SHAPES]
    reader = tokenizer()
    reader.enable_padding(length=LENGTH, pad_id=0, pad_token="[pad]")
    read = reader.encode_batch(said)
    tokens, mask = (torch.tensor([getattr(one, name) for one in read]) for name in ("ids", "attention_mask"))
    chance = np.random.default_rng(3)
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.01)
    target = torch.arange(len(said))
    for _ in range(steps):
        pictures = np.stack([draw(*one.split(), chance) for one in said])
        values = (torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255 - 0.5) / 0.25
        found = model(input_ids=tokens, attention_mask=mask, pixel_values=values).logits_per_image
        loss = (
            torch.nn.functional.cross_entropy(found, target) + torch.nn.functional.cross_entropy(found.T, target)
        ) / 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def by_colour(stores: Stores, name: str) -> None:
    """A model for searching that knows red, green and blue, by the mean of each primary: quickly made, and used by nobody yet."""
    kept = (PICTURES, _pictures_tower()), (WORDS, _words_tower()), (TOKENIZER, tokenizer().to_str().encode())
    files = []
    for file, data in kept:
        key = hashlib.sha256(data).hexdigest()
        stores.blobs.put("originals", key, data, durable=False)
        files.append(StoredFile(name=file, key=key, bytes=len(data)))
    stores.search_models.insert(SearchModel(
        id=name, files=tuple(files), weights="drawn", kind="clip", licence="mit", dims=3, image_size=SIDE, tokens=LENGTH,
        padding=0, created_at=now(), created_by="local",
    ))  # fmt: skip


def _pictures_tower() -> bytes:
    nodes = [
        helper.make_node("GlobalAveragePool", ["pictures"], ["means"]),
        helper.make_node("Flatten", ["means"], ["rows"]),
    ]  # fmt: skip
    given = helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["count", 3, SIDE, SIDE])
    return _model(nodes, given, [])


def _words_tower() -> bytes:
    table = np.zeros((len(_WORDS), 3), np.float32)
    for at, colour in enumerate(COLOURS):
        table[_WORDS.index(colour), at] = 1
    nodes = [
        helper.make_node("Gather", ["table", "tokens"], ["each"]),
        helper.make_node("ReduceMax", ["each", "axes"], ["rows"], keepdims=0),
    ]
    given = helper.make_tensor_value_info("tokens", TensorProto.INT64, ["count", LENGTH])
    return _model(
        nodes, given, [numpy_helper.from_array(table, "table"), numpy_helper.from_array(np.array([1]), "axes")]
    )


def _model(nodes: list, given: object, values: list) -> bytes:
    rows = helper.make_tensor_value_info("rows", TensorProto.FLOAT, ["count", 3])
    made = helper.make_model(
        helper.make_graph(nodes, "g", [given], [rows], values), opset_imports=[helper.make_opsetid("", 18)]
    )
    made.ir_version = 9
    return made.SerializeToString()

"""Models in the registry, as trainings leave them."""

from __future__ import annotations

import hashlib
import json

from darkroom.domain.brought import MODEL_FILE, BroughtModel, Usual
from darkroom.domain.dataset import StoredFile
from darkroom.domain.training import Checkpoint, ModelLine, ModelVersion, StoredCheckpoint
from darkroom.store import Stores
from darkroom.store.files import keep_file
from tests.factories import BASE


def register(stores: Stores, name: str, number: int, onnx: bytes | None, **about) -> None:
    """A version as a training leaves it."""
    files, key = (), hashlib.sha256(onnx or b"").hexdigest()
    if onnx:
        stores.blobs.put("originals", key, onnx, durable=False)
        files = (StoredFile(name="model.onnx", key=key, bytes=len(onnx)),)
    facts = {"task": "detection", "model": "tiny", "labels": (), "image_size": 64, "step": 1, "dataset": "0" * 64, "seed": 0,
             "code_version": "1", "licence": "none"}  # fmt: skip
    checkpoint = StoredCheckpoint(
        id=f"k-{name}-{number}", training="t-1", dataset="set@1", about=Checkpoint(**(facts | about)), config={}, files=files,
        seconds=1, not_exported=None if onnx else "it was not tried.", created_at=BASE,
    )  # fmt: skip
    version = ModelVersion(
        id=f"{name}@{number}", name=name, number=number, training="t-1", checkpoint=checkpoint.id, report="r-1",
        dataset="set@1", task="detection", metrics=(), created_at=BASE,
    )  # fmt: skip
    stores.checkpoints.insert(checkpoint)
    stores.model_versions.insert(version)
    line = ModelLine(id=name, task="detection", latest=number, aliases={"champion": number}, created_at=BASE)
    if found := stores.models.find(name):
        stores.models.replace(line.model_copy(update={"revision": found.revision}))
    else:
        stores.models.insert(line)


def telling(*labels: str) -> bytes:
    """A model that tells classes apart by colour alone; as a training exports one."""
    from onnx import TensorProto, helper

    side, count = 32, len(labels)
    nodes = [
        helper.make_node("GlobalAveragePool", ["pictures"], ["means"]),
        helper.make_node("Flatten", ["means"], ["flat"]),
        helper.make_node("Softmax", ["flat"], ["scores"], axis=1),
    ]
    inputs = [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["count", count, side, side])]
    outputs = [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["count", count])]
    made = helper.make_model(
        helper.make_graph(nodes, "g", inputs, outputs), opset_imports=[helper.make_opsetid("", 17)]
    )
    made.ir_version = 9
    helper.set_model_props(made, {"labels": json.dumps(labels), "image_size": str(side)})
    return made.SerializeToString()


def carry(stores: Stores, name: str, onnx: bytes, *, licence: str = "BSD-3-Clause", about: str = "", **usual) -> None:
    """The first version of a model that others trained."""
    stores.brought.insert(BroughtModel(
        id=f"{name}@1", name=name, number=1, file=keep_file(stores.blobs, MODEL_FILE, onnx, durable=False),
        source=f"{name}.onnx", task="enhancement", licence=licence, about=about, usual=Usual(**usual), created_at=BASE,
        created_by="local",
    ))  # fmt: skip

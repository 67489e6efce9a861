"""Models in the registry, as trainings leave them."""

from __future__ import annotations

import hashlib

from darkroom.domain.dataset import StoredFile
from darkroom.domain.training import Checkpoint, ModelLine, ModelVersion, StoredCheckpoint
from darkroom.store import Stores
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
    if stores.models.find(name):
        stores.models.replace(line)
    else:
        stores.models.insert(line)

"""From a checkpoint to ONNX, which runs anywhere without PyTorch; refused unless both answer alike."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from darkroom.errors import Error
from training.checkpoint import load
from training.tasks import TASKS

# Probabilities; a difference that nobody could ever see.
TOLERANCE = 1e-4

Answer = NDArray[np.float32]


def export(folder: Path, target: Path | None = None) -> Path:
    """Write `model.onnx` beside a checkpoint's weights, or to `target`.

    Its input `pictures` is count x 3 x side x side, RGB from 0 to 1. Its output is `scores`, the probability of each class, or
    `found`, rows of left, top, right, bottom, how sure, class. Classes, side and origin stand in its metadata.

    Raises:
        Error: `export_differs`, ONNX Runtime answers otherwise than PyTorch.
    """
    import onnx

    found = load(folder)
    task = TASKS[found.about.task]
    predictor = task.answering(found.model).eval()
    side = found.about.image_size
    pictures = torch.rand((2, 3, side, side), generator=torch.Generator().manual_seed(0))
    target = target or folder / "model.onnx"
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    _trace(predictor, pictures, draft, task.output, any_size=task.any_size)
    model = onnx.load(draft)
    about = found.about
    facts = {
        "task": about.task,
        "labels": json.dumps(about.labels),
        "image_size": str(side),
        "dataset": about.dataset,
        "licence": about.licence,
    }
    onnx.helper.set_model_props(model, facts)
    onnx.save(model, draft)
    try:
        difference = compare(predictor, draft, side, task.apart)
        if not difference <= TOLERANCE:
            raise Error("export_differs", f"The answers of {folder} differ by up to {difference:.1g}.")
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return target


def _trace(predictor: torch.nn.Module, pictures: torch.Tensor, path: Path, output: str, *, any_size: bool) -> None:
    named = {0: "count"} | ({2: "height", 3: "width"} if any_size else {})
    axes = {"pictures": named, output: named}
    with warnings.catch_warnings():
        # The newer exporter needs a library more and splits the weights off; this one is checked below all the same.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.filterwarnings("ignore", "Converting a tensor to a Python")
        warnings.filterwarnings("ignore", "torch.tensor results are registered as constants")
        torch.onnx.export(
            predictor,
            (pictures,),
            path,
            input_names=["pictures"],
            output_names=[output],
            dynamic_axes=axes,
            dynamo=False,
        )


def compare(
    predictor: torch.nn.Module, path: Path, side: int, apart: Callable[[Answer, Answer], float], count: int = 5
) -> float:
    """Largest difference between the answers of PyTorch and ONNX Runtime, at another number of pictures than exported."""
    import onnxruntime  # type: ignore[import-untyped]

    pictures = torch.rand((count, 3, side, side), generator=torch.Generator().manual_seed(1))
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    theirs = session.run(None, {"pictures": pictures.numpy()})[0]
    with torch.inference_mode():
        ours = predictor(pictures).numpy()
    return apart(ours, theirs)

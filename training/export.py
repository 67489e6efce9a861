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
    `found`, rows of left, top, right, bottom, how sure, class, or `picture`. A painter has a second input, `guide`: a small view of
    the whole picture that `pictures` are tiles of. Classes, side and origin stand in its metadata.

    Raises:
        Error: `export_differs`, ONNX Runtime answers otherwise than PyTorch.
    """
    import onnx

    found = load(folder)
    task = TASKS[found.about.task]
    predictor = task.answering(found.model).eval()
    side = found.about.image_size
    given = drawn(len(task.inputs), 2, side, 0)
    target = target or folder / "model.onnx"
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    _trace(predictor, given, draft, task.inputs, task.output, any_size=task.any_size)
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
        difference = compare(predictor, draft, side, task.apart, task.inputs)
        if not difference <= TOLERANCE:
            raise Error("export_differs", f"The answers of {folder} differ by up to {difference:.1g}.")
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return target


def drawn(inputs: int, count: int, side: int, seed: int) -> tuple[torch.Tensor, ...]:
    """Noise for each input, of a size of its own."""
    generator = torch.Generator().manual_seed(seed)
    return tuple(torch.rand((count, 3, side // (1 + at), side), generator=generator) for at in range(inputs))


def _trace(
    predictor: torch.nn.Module,
    given: tuple[torch.Tensor, ...],
    path: Path,
    inputs: tuple[str, ...],
    output: str,
    *,
    any_size: bool,
) -> None:
    named = {0: "count"} | ({2: "height", 3: "width"} if any_size else {})
    rest = {name: {0: "count", 2: f"{name}_height", 3: f"{name}_width"} for name in inputs[1:]}
    axes = {inputs[0]: named, output: named, **rest}
    traced(predictor, given, path, inputs=list(inputs), output=output, axes=axes)


def traced(
    predictor: torch.nn.Module, given: tuple[torch.Tensor, ...], path: Path, *, inputs: list[str], output: str,
    axes: dict[str, dict[int, str]],
) -> None:  # fmt: skip
    """Write what a network does with some input as ONNX; `axes` are those that may have another length."""
    with warnings.catch_warnings():
        # The newer exporter needs a library more and splits the weights off; this one is checked below all the same.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.filterwarnings("ignore", "Converting a tensor to a Python")
        warnings.filterwarnings("ignore", "torch.tensor results are registered as constants")
        warnings.filterwarnings("ignore", "Constant folding")
        torch.onnx.export(
            predictor,
            given,
            path,
            input_names=inputs,
            output_names=[output],
            dynamic_axes=axes,
            dynamo=False,
        )


def compare(
    predictor: torch.nn.Module, path: Path, side: int, apart: Callable[[Answer, Answer], float],
    inputs: tuple[str, ...] = ("pictures",), *, count: int = 5,
) -> float:  # fmt: skip
    """Largest difference between the answers of PyTorch and ONNX Runtime, at another number of pictures than exported."""
    import onnxruntime  # type: ignore[import-untyped]

    given = drawn(len(inputs), count, side, 1)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    theirs = session.run(None, {name: one.numpy() for name, one in zip(inputs, given, strict=True)})[0]
    with torch.inference_mode():
        ours = predictor(*given).numpy()
    return apart(ours, theirs)

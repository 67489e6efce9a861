"""What a classifier knows of a picture before it decides: the numbers that go into its last layer, as a row of length 1."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from darkroom.errors import Error
from darkroom.imaging import native
from darkroom.imaging.operations.learned_model import MAX_MODEL_BYTES, check
from darkroom.imaging.operations.learned_onnx import facts_of, fields
from darkroom.imaging.operations.learned_trial import survive
from darkroom.imaging.operations.learned_write import field
from darkroom.imaging.pixels import Array

_LAYERS = ("Gemm", "MatMul")


class Features:
    """A classifier without its last layer.

    Args:
        data: an ONNX file whose one input is pictures, count x 3 x side x side, RGB from 0 to 1.
        name: what it is called in errors.

    Raises:
        Error: `model_unusable`, saying why it has no such rows.
    """

    def __init__(self, data: bytes, name: str) -> None:
        if len(data) > MAX_MODEL_BYTES:
            raise Error("model_unusable", f"{name} has {len(data):,} bytes; {MAX_MODEL_BYTES:,} are allowed.")
        facts = facts_of(data, name)
        check(facts, name)
        self._name = name
        self._input = facts.inputs[0].name
        self.output = last_input(data, name)
        """Name of what goes into the last layer."""
        self._session = opened(_telling(data, self.output), name)

    def rows(self, pictures: Sequence[Array]) -> np.ndarray[Any, np.dtype[np.float32]]:
        """A row of length 1 for each picture (side x side x 3, 8 bits).

        Raises:
            Error: `model_unusable` where the model breaks, or gives no row of numbers.
        """
        return told(self._session, self.output, {self._input: prepared(pictures)}, self._name)


def prepared(pictures: Sequence[Array]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Pictures as models take them: count x 3 x side x side, RGB from 0 to 1."""
    return np.ascontiguousarray(np.stack(pictures).transpose(0, 3, 1, 2).astype(np.float32) / 255)


def told(
    session: Any, output: str, given: Mapping[str, Any], name: str
) -> np.ndarray[Any, np.dtype[np.float32]]:  # fmt: skip
    """What a model says, as rows of length 1.

    Raises:
        Error: `model_unusable` where it breaks, or gives no rows of numbers.
    """
    try:
        (found,) = session.run([output], dict(given))
    except Exception as error:  # onnxruntime's errors have no base class of their own
        raise Error("model_unusable", f"{name} broke while it ran: {str(error)[:300]}.") from error
    if found.ndim != 2 or not np.isfinite(found).all():
        raise Error("model_unusable", f"{name} gives {found.shape} in the end, not rows of numbers.")
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    return np.asarray(found / np.maximum(lengths, 1e-12), np.float32)


def last_input(data: bytes, name: str) -> str:
    """Name of what goes into the last layer that has weights of its own: for the picture as it is, where it is looked at mirrored too.

    Raises:
        Error: `model_unusable` where there is none.
    """
    graph = _graph(data)
    weights = {_text(one, 8) for number, _, one in fields(graph) if number == 5}
    layers: list[tuple[str, str]] = []
    for number, _, one in fields(graph):
        if number != 1 or not isinstance(one, memoryview):
            continue
        inputs = [bytes(value).decode() for at, _, value in fields(one) if at == 1 and isinstance(value, memoryview)]
        if _text(one, 4) in _LAYERS and len(inputs) > 1 and inputs[1] in weights:
            layers.append((inputs[1], inputs[0]))
    if not layers:
        raise Error("model_unusable", f"{name} has no last layer whose input could be taken: it must be a classifier.")
    return next(given for weight, given in layers if weight == layers[-1][0])


def _telling(data: bytes, output: str) -> bytes:
    """The same model that gives that instead, so that nothing else is computed; its kind is for the runtime to find out."""
    graph = b"".join(_again(number, value) for number, _, value in fields(_graph(data)) if number != 12)
    more = graph + field(12, field(1, output))
    return b"".join(
        field(7, more) if number == 7 else _again(number, value) for number, _, value in fields(memoryview(data))
    )


def _again(number: int, value: memoryview | int) -> bytes:
    return field(number, bytes(value) if isinstance(value, memoryview) else value)


def _graph(data: bytes) -> memoryview:
    return next(one for number, _, one in fields(memoryview(data)) if number == 7 and isinstance(one, memoryview))


def _text(data: memoryview | int, wanted: int) -> str:
    if not isinstance(data, memoryview):
        return ""
    found = (value for number, _, value in fields(data) if number == wanted and isinstance(value, memoryview))
    return bytes(next(found, b"")).decode("utf-8", "replace")


def opened(data: bytes, name: str) -> Any:
    """A session of the runtime for whole batches, which may have the cores but one.

    Raises:
        Error: `model_unusable` for what it cannot load, and for what ends the process that tries it.
    """
    survive(data, facts_of(data, name), name)
    native.prepare_environment()
    import onnxruntime  # type: ignore[import-untyped]

    options = onnxruntime.SessionOptions()
    # Whole batches go through it, one after the other: it may have the cores, but one for whoever else is about.
    options.intra_op_num_threads = max(1, (os.cpu_count() or 2) - 1)
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no base class of their own
        raise Error("model_unusable", f"{name} cannot be loaded: {str(error)[:300]}.") from error

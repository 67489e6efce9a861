"""Writes ONNX bytes: weights from files beside a model taken into it, and tiny models for examples and tests."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from darkroom.imaging.operations.learned_onnx import FLOAT, fields

OPSET = 17
_TYPES = {"float32": FLOAT, "int64": 7, "uint8": 2}


def varint(value: int) -> bytes:
    """A number, seven bits a byte."""
    found = bytearray()
    value &= (1 << 64) - 1
    while value > 0x7F:
        found.append((value & 0x7F) | 0x80)
        value >>= 7
    return bytes([*found, value])


def field(number: int, value: int | bytes | str | float) -> bytes:
    """One field of a message."""
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def tensor(name: str, values: Any) -> bytes:
    """A tensor with its values."""
    array = np.ascontiguousarray(values)
    dims = b"".join(field(1, int(size)) for size in array.shape)
    return dims + field(2, _TYPES[array.dtype.name]) + field(8, name) + field(9, array.tobytes())


def port(name: str, dims: Sequence[int | str], kind: int = FLOAT) -> bytes:
    """An input or output; a size given as a word may be any."""
    shape = b"".join(field(1, field(2, size) if isinstance(size, str) else field(1, size)) for size in dims)
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, shape)))


def node(kind: str, inputs: Sequence[str], outputs: Sequence[str], domain: str = "", **attributes: Any) -> bytes:
    """An operator."""
    found = b"".join(field(1, one) for one in inputs) + b"".join(field(2, one) for one in outputs) + field(4, kind)
    found += b"".join(field(5, _attribute(name, value)) for name, value in attributes.items())
    return found + (field(7, domain) if domain else b"")


def _attribute(name: str, value: Any) -> bytes:
    if isinstance(value, str):
        return field(1, name) + field(4, value) + field(20, 3)
    if isinstance(value, float):
        return field(1, name) + field(2, value) + field(20, 1)
    if isinstance(value, int):
        return field(1, name) + field(3, value) + field(20, 2)
    return field(1, name) + b"".join(field(8, int(one)) for one in value) + field(20, 7)


def model(
    nodes: Iterable[bytes],
    inputs: Iterable[bytes],
    outputs: Iterable[bytes],
    weights: Iterable[bytes] = (),
    opset: int = OPSET,
) -> bytes:
    """A whole model."""
    graph = b"".join(field(1, one) for one in nodes) + field(2, "graph")
    graph += b"".join(field(5, one) for one in weights)
    graph += b"".join(field(11, one) for one in inputs) + b"".join(field(12, one) for one in outputs)
    return field(1, 8) + field(2, "darkroom") + field(7, graph) + field(8, field(1, "") + field(2, opset))


def with_weights(data: bytes, read: Callable[[str, int, int | None], bytes]) -> bytes:
    """The model with the weights of other files taken in.

    Args:
        read: gives bytes of a file: its location as the model names it, offset, length (None for all that follows).
    """
    return _changed(memoryview(data), 7, lambda graph: _changed(graph, 5, lambda one: _filled(one, read)))


def _changed(data: memoryview, number: int, change: Callable[[memoryview], bytes]) -> bytes:
    """A message with each field of that number changed, the others as they are."""
    found = []
    for at, wire, value in fields(data):
        if isinstance(value, int):
            found.append(field(at, value))
        elif at == number and wire == 2:
            found.append(field(at, change(value)))
        elif wire == 2:
            found.append(field(at, bytes(value)))
        else:
            found.append(varint(at << 3 | wire) + bytes(value))
    return b"".join(found)


def _filled(data: memoryview, read: Callable[[str, int, int | None], bytes]) -> bytes:
    where: dict[str, str] = {}
    kept = []
    for number, wire, value in fields(data):
        if number == 13 and isinstance(value, memoryview):
            entry = {at: bytes(one).decode() for at, _, one in fields(value) if isinstance(one, memoryview)}
            where[entry.get(1, "")] = entry.get(2, "")
        elif number != 14 or wire != 0:
            kept.append(
                field(number, value if isinstance(value, int) else bytes(value))
                if wire in (0, 2)
                else varint(number << 3 | wire) + bytes(value)
            )
    if not where:
        return bytes(data)
    length = int(where["length"]) if "length" in where else None
    return b"".join(kept) + field(9, read(where.get("location", ""), int(where.get("offset", "0")), length))


_IMAGE = ("n", 3, "h", "w")


def identity() -> bytes:
    """Gives back what it gets."""
    return model([node("Identity", ["x"], ["y"])], [port("x", _IMAGE)], [port("y", _IMAGE)])


def box_blur(side: int = 3) -> bytes:
    """The mean of a square, each channel by itself."""
    weights = tensor("w", np.full((3, 1, side, side), 1 / side**2, np.float32))
    pads = [side // 2] * 4
    conv = node("Conv", ["x", "w"], ["y"], kernel_shape=[side, side], pads=pads, group=3)
    return model([conv], [port("x", _IMAGE)], [port("y", _IMAGE)], [weights])


def doubler() -> bytes:
    """Twice the size, each pixel four times: a 1 x 1 convolution to twelve channels, then depth to space."""
    weights = np.zeros((12, 3, 1, 1), np.float32)
    for channel in range(12):
        weights[channel, channel % 3] = 1
    nodes = [
        node("Conv", ["x", "w"], ["z"], kernel_shape=[1, 1]),
        node("DepthToSpace", ["z"], ["y"], blocksize=2),
    ]
    return model(nodes, [port("x", _IMAGE)], [port("y", ("n", 3, "2h", "2w"))], [tensor("w", weights)])


def brightness_segmenter(threshold: float = 0.5, sharpness: float = 40.0) -> bytes:
    """Two classes: dark (0) and bright (1), by the mean of the channels."""
    weights = np.zeros((2, 3, 1, 1), np.float32)
    weights[1] = sharpness / 3
    bias = np.array([0, -sharpness * threshold], np.float32)
    conv = node("Conv", ["x", "w", "b"], ["y"], kernel_shape=[1, 1])
    return model(
        [conv], [port("x", _IMAGE)], [port("y", ("n", 2, "h", "w"))], [tensor("w", weights), tensor("b", bias)]
    )


def fixed_detector(rows: Sequence[Sequence[float]] = ((0.25, 0.25, 0.75, 0.5, 0.9, 0.0),)) -> bytes:
    """Finds the same boxes in every picture: left, top, right, bottom (0 to 1), score, class."""
    values = np.array(rows, np.float32)[None]
    nodes = [
        node("ReduceMean", ["x"], ["m"], axes=[1, 2, 3], keepdims=0),
        node("Mul", ["m", "zero"], ["z"]),
        node("Add", ["boxes", "z"], ["y"]),
    ]
    weights = [tensor("boxes", values), tensor("zero", np.zeros(1, np.float32))]
    return model(nodes, [port("x", _IMAGE)], [port("y", values.shape)], weights)

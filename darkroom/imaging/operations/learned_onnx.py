"""Reads what an ONNX file says of itself, without running it: just enough of protobuf's wire format.

A model comes from a stranger. Before the runtime sees it we know its size, its opsets, its operators' domains, its
inputs and outputs, and that it asks for no file of this machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from darkroom.errors import Error

MAX_NODES = 50_000
MAX_DEPTH = 12
"""Of graphs within graphs."""
DOMAINS = ("", "ai.onnx", "ai.onnx.ml", "com.microsoft")
OPSETS = range(7, 27)
FLOAT, UINT8, FLOAT16 = 1, 2, 10
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


@dataclass(frozen=True)
class Port:
    """An input or output."""

    name: str
    kind: int
    """Element type, as ONNX numbers them; 1 is float32."""
    dims: tuple[int | None, ...]
    """None where any size goes."""


@dataclass(frozen=True)
class Facts:
    """What a model says of itself."""

    opsets: dict[str, int]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    nodes: int
    domains: frozenset[str]
    external: tuple[str, ...]
    """Files that its weights lie in, besides its own."""
    metadata: dict[str, str]
    widest: int = 3
    """Most channels that any of its convolutions takes or gives: what it needs for each pixel grows with that."""


def fields(data: memoryview) -> Iterator[tuple[int, int, memoryview | int]]:
    """The fields of a message: number, wire type, value.

    Raises:
        ValueError: for bytes that are no message.
    """
    place, end = 0, len(data)
    while place < end:
        key, place = _varint(data, place)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, place = _varint(data, place)
            yield number, wire, value
            continue
        if wire == _BYTES:
            size, place = _varint(data, place)
        elif wire in (_FIXED64, _FIXED32):
            size = 8 if wire == _FIXED64 else 4
        else:
            raise ValueError(f"wire type {wire}")
        if place + size > end:
            raise ValueError("a field ends after its message")
        yield number, wire, data[place : place + size]
        place += size


def _varint(data: memoryview, place: int) -> tuple[int, int]:
    found = 0
    for count in range(10):
        if place >= len(data):
            raise ValueError("a number ends after its message")
        byte = data[place]
        place += 1
        found |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return found, place
    raise ValueError("a number is too long")


def _messages(data: memoryview, number: int) -> Iterator[memoryview]:
    for found, wire, value in fields(data):
        if found == number and wire == _BYTES and isinstance(value, memoryview):
            yield value


def _text(data: memoryview, number: int) -> str:
    for value in _messages(data, number):
        return bytes(value).decode("utf-8", "replace")
    return ""


def _number(data: memoryview, number: int) -> int | None:
    for found, wire, value in fields(data):
        if found == number and wire == _VARINT and isinstance(value, int):
            return value
    return None


def facts_of(data: bytes, name: str) -> Facts:
    """What the model says of itself.

    Raises:
        Error: `model_unusable` for bytes that are no ONNX model.
    """
    try:
        return _facts(memoryview(data))
    except (ValueError, RecursionError) as error:
        raise Error("model_unusable", f"{name} is not an ONNX model, or is damaged: {error}.") from error


def _facts(data: memoryview) -> Facts:
    graph = next(_messages(data, 7), None)
    if graph is None:
        raise ValueError("it has no graph")
    found = _Walk()
    found.graph(graph, 0)
    for function in _messages(data, 25):
        for one in _messages(function, 7):
            found.node(one, 1)
    given = {_text(one, 8) for one in _messages(graph, 5)}
    ports = [_port(one) for one in _messages(graph, 11)]
    return Facts(
        opsets={_text(one, 1): _number(one, 2) or 0 for one in _messages(data, 8)},
        inputs=tuple(one for one in ports if one.name not in given),
        outputs=tuple(_port(one) for one in _messages(graph, 12)),
        nodes=found.nodes,
        domains=frozenset(found.domains),
        external=tuple(dict.fromkeys(found.external)),
        metadata={_text(one, 1): _text(one, 2) for one in _messages(data, 14)},
        widest=found.widest,
    )


class _Walk:
    """Collects what lies in graphs within graphs."""

    def __init__(self) -> None:
        self.nodes = 0
        self.domains: set[str] = set()
        self.external: list[str] = []
        self.widest = 3

    def graph(self, data: memoryview, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise ValueError("its graphs are nested too deep")
        for number, wire, value in fields(data):
            if wire != _BYTES or not isinstance(value, memoryview):
                continue
            if number == 1:
                self.node(value, depth)
            elif number == 5:
                self.tensor(value)
                dims = _dims(value)
                self.widest = max(self.widest, *dims[:2]) if len(dims) == 4 else self.widest
            elif number == 15:  # a sparse tensor: values and indices
                for part in (1, 2):
                    for tensor in _messages(value, part):
                        self.tensor(tensor)

    def node(self, data: memoryview, depth: int) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise ValueError(f"it has more than {MAX_NODES} operators")
        self.domains.add(_text(data, 7))
        for attribute in _messages(data, 5):
            for number in (5, 10):
                for tensor in _messages(attribute, number):
                    self.tensor(tensor)
            for number in (6, 11):
                for graph in _messages(attribute, number):
                    self.graph(graph, depth + 1)

    def tensor(self, data: memoryview) -> None:
        places = list(_messages(data, 13))
        if not places and _number(data, 14) != 1:
            return
        where = {_text(entry, 1): _text(entry, 2) for entry in places}
        self.external.append(where.get("location", ""))


def _dims(data: memoryview) -> list[int]:
    """Sizes of a tensor along its axes, which writers spell in two ways: one by one, or packed."""
    found: list[int] = []
    for number, _, value in fields(data):
        if number != 1:
            continue
        if isinstance(value, int):
            found.append(value)
            continue
        place = 0
        while place < len(value):
            size, place = _varint(value, place)
            found.append(size)
    return found


def _port(data: memoryview) -> Port:
    name = _text(data, 1)
    for kind in _messages(data, 2):
        for tensor in _messages(kind, 1):
            dims: list[int | None] = []
            for shape in _messages(tensor, 2):
                dims = [_dim(one) for one in _messages(shape, 1)]
            return Port(name, _number(tensor, 1) or 0, tuple(dims))
    return Port(name, 0, ())


def _dim(data: memoryview) -> int | None:
    size = _number(data, 1)
    return size if size and size < 1 << 31 else None

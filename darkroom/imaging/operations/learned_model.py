"""Loads learned models (ONNX) within limits and runs them through onnxruntime."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from darkroom.errors import Error
from darkroom.imaging import native
from darkroom.imaging.operations.base import Floats
from darkroom.imaging.operations.learned_onnx import DOMAINS, FLOAT, FLOAT16, OPSETS, UINT8, Facts, Port, facts_of
from darkroom.imaging.operations.learned_place import PROCESSOR, Place, place
from darkroom.imaging.operations.learned_trial import survive

MAX_MODEL_BYTES = 1_000_000_000
MAX_EXTERNAL_FILES = 64
GUIDE = "guide"
"""Name of the input that is shown a small view of the whole picture, where a model has it."""
_KEPT_SESSIONS = 4
_DTYPES: dict[int, Any] = {FLOAT: np.float32, FLOAT16: np.float16, UINT8: np.uint8}


# How onnxruntime says that an allocation failed.
_NO_MEMORY = ("Failed to allocate memory", "bad allocation", "bad_alloc")


@dataclass(frozen=True)
class Model:
    """A model that was checked and loaded; may be used by several threads at once."""

    name: str
    facts: Facts
    session: Any
    place: Place = field(default_factory=Place)

    @property
    def port(self) -> Port:
        """Its one picture input."""
        return self.facts.inputs[0]

    @property
    def channels_last(self) -> bool:
        """Whether it takes height x width x channels instead of channels x height x width."""
        return self.port.dims[1] not in (1, 3, 4) and self.port.dims[3] in (1, 3, 4)

    @property
    def channels(self) -> int:
        """How many channels it takes."""
        return self.port.dims[3 if self.channels_last else 1] or 3

    @property
    def guided(self) -> bool:
        """Whether it wants to see a small view of the whole picture beside each tile."""
        return len(self.facts.inputs) > 1

    @property
    def fixed_size(self) -> tuple[int, int] | None:
        """Height and width, if it takes no others."""
        height, width = self.port.dims[1:3] if self.channels_last else self.port.dims[2:4]
        return (height, width) if height and width else None

    def run(self, picture: Floats, guide: Floats | None = None) -> list[Any]:
        """All outputs for one picture (height x width x channels), which may be a tile of what `guide` shows.

        Raises:
            Error: `model_unusable` where the model breaks; `image_out_of_memory` where a smaller picture may do.
        """
        batch = picture[None] if self.channels_last else picture.transpose(2, 0, 1)[None]
        given = {self.port.name: np.ascontiguousarray(batch, _DTYPES[self.port.kind])}
        if self.guided:
            whole = (picture if guide is None else guide).transpose(2, 0, 1)[None]
            given[GUIDE] = np.ascontiguousarray(whole, np.float32)
        try:
            with self.place.turn():
                found = self.session.run(None, given)
        except Exception as error:  # onnxruntime's errors have no base class of their own
            if isinstance(error, MemoryError) or any(one in str(error) for one in _NO_MEMORY):
                height, width = picture.shape[:2]
                cause = f"{self.name} needs more memory for {width} x {height} pixels than is free."
                raise Error("image_out_of_memory", cause) from error
            raise Error("model_unusable", f"{self.name} broke while it ran: {_words(error)}.") from error
        return [one.astype(np.float32) if getattr(one, "dtype", None) == np.float16 else one for one in found]

    def picture(self, picture: Floats, guide: Floats | None = None) -> Floats:
        """The first output as a picture (height x width x channels).

        Raises:
            Error: `model_unusable` where it is none.
        """
        made = self.run(picture, guide)[0]
        if getattr(made, "ndim", 0) != 4 or made.shape[0] != 1:
            shape = getattr(made, "shape", "no array")
            raise Error("model_unusable", f"{self.name} gives {shape}, not one picture.")
        plane = made[0] if self.channels_last else made[0].transpose(1, 2, 0)
        if not np.isfinite(plane).all():
            raise Error("model_unusable", f"{self.name} gave numbers that are not finite.")
        return np.ascontiguousarray(plane, np.float32)


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def check(facts: Facts, name: str) -> None:
    """Refuse a model before the runtime sees it.

    Raises:
        Error: `model_unusable`, saying what it would need.
    """
    if facts.external:
        cause = f"{name} keeps weights in other files ({', '.join(facts.external[:3])})"
        raise Error("model_unusable", f"{cause}; read it with `read_model`, which takes them in.")
    strange = sorted(facts.domains - set(DOMAINS))
    if strange:
        raise Error("model_unusable", f"{name} needs operators that are not built in: {', '.join(strange)}.")
    opset = facts.opsets.get("", facts.opsets.get("ai.onnx", 0))
    if opset not in OPSETS:
        known = f"{OPSETS.start} to {OPSETS.stop - 1}"
        raise Error("model_unusable", f"{name} has operators of version {opset}; {known} can be run here.")
    if len(facts.inputs) != 1 and [one.name for one in facts.inputs[1:]] != [GUIDE]:
        names = ", ".join(one.name for one in facts.inputs) or "none"
        cause = f"{name} must have one input, a picture, and beside it at most one called {GUIDE}; it has {names}."
        raise Error("model_unusable", cause)
    if len(facts.inputs) == 2 and (facts.inputs[1].kind != FLOAT or facts.inputs[1].dims != (None, 3, None, None)):
        raise Error(
            "model_unusable", f"The input {GUIDE} of {name} must be pictures of floats with 3 channels, of any size."
        )
    port = facts.inputs[0]
    if len(port.dims) != 4 or port.kind not in _DTYPES or port.dims[0] not in (None, 1):
        raise Error("model_unusable", f"The input of {name} must be one picture of floats, with four axes.")
    if not {port.dims[1], port.dims[3]} & {1, 3, 4, None}:
        raise Error("model_unusable", f"The input of {name} must have 1, 3 or 4 channels, not {port.dims}.")


_SESSIONS: OrderedDict[str, Model] = OrderedDict()
_LOCK = threading.Lock()


def load_model(data: bytes, name: str = "the model") -> Model:
    """A model from its bytes; the last few stay loaded.

    Raises:
        Error: `model_unusable`, naming what is wrong with it; a file that ends the process which tries it among them.
    """
    if len(data) > MAX_MODEL_BYTES:
        raise Error("model_unusable", f"{name} has {len(data):,} bytes; {MAX_MODEL_BYTES:,} are allowed.")
    key = hashlib.sha256(data).hexdigest()
    with _LOCK:
        if key in _SESSIONS:
            _SESSIONS.move_to_end(key)
            return _SESSIONS[key]
    facts = facts_of(data, name)
    check(facts, name)
    survive(data, facts, name)
    with _LOCK:
        if key in _SESSIONS:  # by another thread meanwhile
            return _SESSIONS[key]
        session = _session(data, name, place())
        # Where the GPU's libraries are not complete the runtime takes the processor and says nothing.
        there = place() if session.get_providers()[0] != PROCESSOR else Place()
        _SESSIONS[key] = Model(name, facts, session, there)
        while len(_SESSIONS) > _KEPT_SESSIONS:
            _SESSIONS.popitem(last=False)
        return _SESSIONS[key]


def _session(data: bytes, name: str, where: Place) -> Any:
    native.prepare_environment()
    import onnxruntime  # type: ignore[import-untyped]

    options = onnxruntime.SessionOptions()
    # The pool spreads pictures over cores: a model that took all of them for each picture would only be in its way.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    options.log_severity_level = 4
    # The arena keeps the memory of the largest picture for ever.
    options.enable_cpu_mem_arena = False
    try:
        return onnxruntime.InferenceSession(data, options, providers=list(where.providers))
    except Exception as error:  # onnxruntime's errors have no base class of their own
        raise Error("model_unusable", f"{name} cannot be loaded: {_words(error)}.") from error


def read_model(path: Path) -> bytes:
    """A model's bytes, with weights that lie in files beside it taken in; nothing outside its folder is read.

    Raises:
        Error: `source_missing`, `source_unreadable`, or `model_unusable` for one that is too large or reaches out.
    """
    from darkroom.imaging.operations.learned_write import with_weights

    data = _read(path, path.name, 0, None)
    locations = facts_of(data, path.name).external
    if not locations:
        return data
    if len(locations) > MAX_EXTERNAL_FILES:
        raise Error("model_unusable", f"{path.name} is spread over more than {MAX_EXTERNAL_FILES} files.")
    folder = path.parent.resolve()
    total = len(data)
    for location in locations:
        total += _beside(folder, location, path.name).stat().st_size
    if total > MAX_MODEL_BYTES:
        raise Error("model_unusable", f"{path.name} has {total:,} bytes; {MAX_MODEL_BYTES:,} are allowed.")
    return with_weights(
        data, lambda location, at, length: _read(_beside(folder, location, path.name), path.name, at, length)
    )


def _beside(folder: Path, location: str, name: str) -> Path:
    """A file of the model's folder, after all links are followed."""
    found = (folder / location).resolve()
    if not location or Path(location).is_absolute() or not found.is_relative_to(folder) or not found.is_file():
        raise Error("model_unusable", f"{name} asks for the file {location!r}, which is not beside it.")
    return found


def _read(path: Path, name: str, start: int, length: int | None) -> bytes:
    try:
        with path.open("rb") as source:
            source.seek(start)
            data = source.read(MAX_MODEL_BYTES + 1 if length is None else min(length, MAX_MODEL_BYTES + 1))
    except FileNotFoundError as error:
        raise Error("source_missing", f"The model {path} is not there.") from error
    except OSError as error:
        raise Error("source_unreadable", f"The model {path} cannot be read: {error.strerror}.") from error
    if len(data) > MAX_MODEL_BYTES:
        raise Error("model_unusable", f"{name} has more than the {MAX_MODEL_BYTES:,} bytes that are allowed.")
    if length is not None and len(data) != length:
        raise Error("model_unusable", f"{name} is cut off: {path.name} has fewer bytes than it needs.")
    return data

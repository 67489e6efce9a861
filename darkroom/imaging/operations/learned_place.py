"""Where learned models run: on the first GPU that onnxruntime was built for, else on the processor, by what is free there.

The package `onnxruntime` is for processors; with `onnxruntime-gpu` in its place steps run on a GPU. Nothing is to be set.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any

from darkroom.memory import free_bytes

PROCESSOR = "CPUExecutionProvider"
_CUDA = "CUDAExecutionProvider"
# What the runtime itself takes of a GPU before any picture is there: its context, and the kernels of cuDNN.
_CONTEXT_BYTES = 600_000_000
_GPU_TURN = threading.Lock()


@dataclass(frozen=True)
class Place:
    """Where models run.

    Args:
        providers: as onnxruntime takes them, the first that works wins.
        free: bytes that a model may have there now.
        one_at_a_time: whether pictures take turns, because a GPU has one memory and is kept busy by one of them.
    """

    providers: tuple[Any, ...] = (PROCESSOR,)
    free: Callable[[], int] = free_bytes
    one_at_a_time: bool = False

    def turn(self) -> AbstractContextManager[Any]:
        """Held while a model runs."""
        return _GPU_TURN if self.one_at_a_time else nullcontext()


def choose(available: Sequence[str], gpu_free: Callable[[], int | None]) -> Place:
    """The best place there is.

    Args:
        available: providers that onnxruntime was built with.
        gpu_free: free bytes of the first GPU; None where there is none.
    """
    if _CUDA not in available or gpu_free() is None:
        return Place()
    # Grown by what is asked for, not by doubling: others use the same memory.
    options = {"device_id": "0", "arena_extend_strategy": "kSameAsRequested", "cudnn_conv_algo_search": "HEURISTIC"}
    return Place(((_CUDA, options), PROCESSOR), lambda: max(0, (gpu_free() or 0) - _CONTEXT_BYTES), one_at_a_time=True)


@cache
def place() -> Place:
    """Where this process runs models."""
    import onnxruntime  # type: ignore[import-untyped]

    return choose(onnxruntime.get_available_providers(), gpu_free_bytes)


class _Memory(ctypes.Structure):
    """`nvmlMemory_t` of NVIDIA's management library."""

    _fields_ = (("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong))


def gpu_free_bytes(library: str = "libnvidia-ml.so.1") -> int | None:
    """Free memory of the first GPU that this process may use, in bytes; None where there is none.

    Args:
        library: NVIDIA's management library, which comes with the driver.
    """
    found = _management(library)
    device = ctypes.c_void_p()
    if found is None or not _first_device(found, device):
        return None
    told = _Memory()
    return int(told.free) if found.nvmlDeviceGetMemoryInfo(device, ctypes.byref(told)) == 0 else None


@cache
def _management(library: str) -> Any:
    try:
        found = ctypes.CDLL(library)
        return found if found.nvmlInit_v2() == 0 else None
    except (OSError, AttributeError):
        return None


def _first_device(library: Any, device: ctypes.c_void_p) -> bool:
    """The first of CUDA_VISIBLE_DEVICES, which names devices by number or by a word; no name in it hides all."""
    names = os.environ.get("CUDA_VISIBLE_DEVICES")
    first = "0" if names is None else names.split(",")[0].strip()
    if first.isdecimal():
        return bool(library.nvmlDeviceGetHandleByIndex_v2(int(first), ctypes.byref(device)) == 0)
    return bool(first) and library.nvmlDeviceGetHandleByUUID(first.encode(), ctypes.byref(device)) == 0

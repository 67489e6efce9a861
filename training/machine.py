"""What a training runs on: GPU or processor, which numbers it computes with, and what is noted of it in checkpoints."""

from __future__ import annotations

import contextlib
import os
import platform
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import torch

import darkroom
from training.config import TrainConfig

_NO_MEMORY = ("DefaultCPUAllocator", "can't allocate memory", "not enough memory", "CUDA out of memory")
"""What PyTorch says where it is no `OutOfMemoryError`."""


@dataclass(frozen=True)
class Place:
    """Where a training computes.

    Args:
        device: GPU or processor.
        dtype: numbers of the forward pass.
        generator: random numbers on the device.
    """

    device: torch.device
    dtype: torch.dtype
    generator: torch.Generator

    def autocast(self) -> AbstractContextManager[Any]:
        """Compute with `dtype` where that does no harm."""
        return torch.autocast(self.device.type, self.dtype, enabled=self.dtype != torch.float32)


def device() -> torch.device:
    """The GPU where there is one, else the processor."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def threads(workers: int = 1) -> int:
    """Processor threads for each of so many processes of this machine that share a training; of more than two cores one stays free."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, (cores - 1 if cores > 2 else cores) // workers)


@contextlib.contextmanager
def prepared(config: TrainConfig, workers: int = 1) -> Iterator[Place]:
    """The machine set up for a training, or for one of the processes that share it; the number of threads is put back afterwards."""
    where = device()
    before = torch.get_num_threads()
    # What PyTorch found for itself is no guide: a process that handles pictures has told OpenMP to use one thread.
    torch.set_num_threads(config.threads or threads(workers))
    try:
        yield Place(where, number_type(config, where), torch.Generator(where))
    finally:
        torch.set_num_threads(before)


def number_type(config: TrainConfig, where: torch.device) -> torch.dtype:
    """What the forward pass computes with."""
    if config.precision == "auto":
        return torch.bfloat16 if has_bfloat16(where) else torch.float32
    return torch.bfloat16 if config.precision == "bfloat16" else torch.float32


def has_bfloat16(where: torch.device) -> bool:
    """Whether the device multiplies bfloat16 faster than float32; a processor that has to emulate it does not."""
    if where.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    flags = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, name, lambda: False)() for name in flags)


def facts(config: TrainConfig) -> dict[str, Any]:
    """What a checkpoint says of the code and the machine that made it."""
    where = device()
    kind = torch.cuda.get_device_name() if where.type == "cuda" else f"{platform.machine()}, {os.cpu_count()} cores"
    return {
        "code_version": darkroom.__version__,
        "environment": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "system": platform.system(),
            "device": kind,
            "threads": str(torch.get_num_threads()),
            "precision": str(number_type(config, where)).removeprefix("torch."),
        },
    }


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out: of a GPU, or of this machine, which PyTorch says in other words."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _NO_MEMORY)

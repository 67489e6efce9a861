"""Sets up the native libraries once in a process: one thread each, no caches, hostile loaders blocked."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import threading
import warnings
from typing import Any

# Nothing here may load numpy: its linear algebra starts threads at once, and the environment is what keeps it from that.
from darkroom.imaging.limits import MAX_SIDE

_LOCK = threading.Lock()
_READY: dict[str, Any] = {}
# Of malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3

_ENVIRONMENT = {
    "VIPS_CONCURRENCY": "1",
    "VIPS_MAX_COORD": str(MAX_SIDE),
    "VIPS_WARNING": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OPENCV_IO_MAX_IMAGE_PIXELS": str(2**30),
}


def prepare_environment() -> None:
    """Set what the libraries read when they are loaded; what an operator has set stays."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)


def cv2() -> Any:
    """OpenCV, on the calling thread only: the pool is what spreads pictures over cores."""
    return _READY.get("cv2") or _load("cv2", _cv2)


def pyvips() -> Any:
    """libvips without caches, extra threads and loaders that are not made for strangers' files.

    After it has evaluated a picture the process must never fork: the child would hang.
    """
    return _READY.get("pyvips") or _load("pyvips", _pyvips)


def pillow() -> Any:
    """Pillow's `Image` module, with its own bomb guard as an error."""
    return _READY.get("pillow") or _load("pillow", _pillow)


def _load(name: str, loader: Any) -> Any:
    with _LOCK:
        if name not in _READY:
            prepare_environment()
            _READY[name] = loader()
        return _READY[name]


def _keep_freed_memory() -> None:
    """Let glibc keep what one picture freed for the next: else the kernel clears the same pages for each of them.

    Blocks larger than half a camera's picture still go back at once, so little is held: at most the second number for
    each thread.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError, AttributeError):  # another C library
        library = ctypes.CDLL(None)
        library.mallopt(_M_MMAP_THRESHOLD, 12 * 2**20)
        library.mallopt(_M_TRIM_THRESHOLD, 32 * 2**20)


def _cv2() -> Any:
    import cv2 as library

    _keep_freed_memory()
    library.setNumThreads(1)
    library.ocl.setUseOpenCL(False)
    return library


def _pyvips() -> Any:
    import logging

    import pyvips as library

    logging.getLogger("pyvips").setLevel(logging.ERROR)
    library.cache_set_max(0)
    library.block_untrusted_set(True)
    return library


def _pillow() -> Any:
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # our own guard has seen the header before Pillow does
    warnings.filterwarnings("ignore", module=r"PIL\..*")
    return Image

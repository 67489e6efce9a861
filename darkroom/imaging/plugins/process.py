"""The processes of a plug-in seen from here: started when needed, ended at a time limit, replaced after a crash."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from darkroom.errors import Error
from darkroom.imaging.operations.base import Array, Context, Raster
from darkroom.imaging.plugins.environment import python_of, readable_of, site_of
from darkroom.imaging.plugins.manifest import Manifest

_START_SECONDS = 60.0
_PICTURES_PER_PROCESS = 2_000
_MOST_WORDS = 65_536
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1",
    "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1",
}  # fmt: skip
"""All that a plug-in sees of the environment: no secret, no address, nothing of who runs it."""
# What Python and numpy take before a plug-in takes anything.
_OWN_MB = 384


class PluginProcess:
    """One process of one plug-in, confined to what was granted."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        ours, theirs = Pipe()
        here = Path(__file__).parent
        self.connection: Connection[Any, Any] = ours
        self.pictures = 0
        self._name = manifest.name
        self._process = subprocess.Popen(
            [str(python_of(folder)), "-I", "-S", str(here / "worker.py"), str(theirs.fileno())],
            pass_fds=(theirs.fileno(),), env=_ENVIRONMENT, cwd="/",
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        theirs.close()
        asked = manifest.permissions
        setup = {
            "here": str(here), "paths": [str(folder / "code"), str(site_of(folder))], "module": manifest.module,
            "confine": {
                "readable": [*readable_of(folder), *asked.read], "network": asked.network, "processes": asked.processes,
                "gpu": asked.gpu, "memory_mb": manifest.limits.memory_mb + _OWN_MB,
            },
        }  # fmt: skip
        try:
            ours.send_bytes(json.dumps(setup).encode())
            self._ready()
        except BaseException:
            self.kill()
            raise

    def _ready(self) -> None:
        try:
            if not self.connection.poll(_START_SECONDS):
                raise EOFError
            told = json.loads(self.connection.recv_bytes(_MOST_WORDS))
        except (EOFError, OSError, ValueError) as error:
            raise Error("plugin_invalid", f"The process of {self._name} ended while it started.") from error
        if "error" in told:
            raise Error("plugin_invalid", f"{self._name} cannot be loaded: {str(told['error'])[:400]}.")

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def end(self) -> None:
        """End it, from another thread than the one that talks to it."""
        self._process.kill()

    def kill(self) -> int:
        """End it at once; its exit status."""
        self._process.kill()
        status = self._process.wait()
        self.connection.close()
        return status

    def paint(self, words: Mapping[str, Any], arrays: list[Array], most_bytes: int) -> tuple[dict[str, Any], bytes]:
        """What it says, and what it made; nothing that it sends is more than bytes.

        Raises:
            EOFError, OSError, ValueError: it ended, or sent what nobody asked for.
        """
        self.connection.send_bytes(json.dumps(words).encode())
        for one in arrays:
            self.connection.send_bytes(np.ascontiguousarray(one).tobytes())
        told: dict[str, Any] = json.loads(self.connection.recv_bytes(_MOST_WORDS))
        if not isinstance(told, dict):
            raise ValueError("no answer")
        return told, b"" if "error" in told else self.connection.recv_bytes(most_bytes)


class PluginLane:
    """Has pictures painted by the processes of a plug-in, as many as there are callers at the same time."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder = folder
        self._manifest = manifest
        self._idle: list[PluginProcess] = []
        self._lock = threading.Lock()
        self._retired = False
        # The kernel ends a process with the thread that started it: one thread that lives as long as the lane.
        self._spawner = ThreadPoolExecutor(1, thread_name_prefix=f"plugin-{manifest.name}")

    def paint(self, name: str, image: Raster, params: Mapping[str, Any], context: Context) -> Array:
        """The picture that an operation makes.

        Args:
            name: of the operation, without that of the plug-in.
            image: what it is given.
            params: as the plug-in declares them.
            context: seed, scale, and pictures that parameters refer to.

        Raises:
            Error: `operation_failed` where it breaks, is too slow or gives something else; `plugin_invalid` where it cannot be loaded.
        """
        arrays = [image.array, *(one.array for one in context.pictures.values())]
        words = {
            "function": name, "params": dict(params), "seed": context.seed, "scale": context.scale,
            "pictures": list(context.pictures), "arrays": [{"shape": one.shape, "dtype": one.dtype.name} for one in arrays],
        }  # fmt: skip
        factor = self._manifest.operations[name].scale
        height, width, channels = image.array.shape
        wanted = (height * factor, width * factor, channels)
        told, data = self._told(name, words, arrays, int(np.prod(wanted)) * image.array.dtype.itemsize)
        whole = f"{self._manifest.name}/{name}"
        if "error" in told:
            raise Error("operation_failed", f"{whole} broke: {str(told['error'])[:400]}.")
        if told.get("shape") != list(wanted) or told.get("dtype") != image.array.dtype.name:
            got = f"{str(told.get('dtype'))[:20]} of {str(told.get('shape'))[:60]}"
            raise Error("operation_failed", f"{whole} gave {got}, not {image.array.dtype.name} of {list(wanted)}.")
        made = np.frombuffer(data, image.array.dtype).reshape(wanted)
        if made.dtype == np.float32 and not np.isfinite(made).all():
            raise Error("operation_failed", f"{whole} gave numbers that are not finite.")
        return made

    def _told(
        self, name: str, words: dict[str, Any], arrays: list[Array], most_bytes: int
    ) -> tuple[dict[str, Any], bytes]:
        process = self._take()
        seconds = self._manifest.limits.seconds
        late = threading.Event()

        def end() -> None:
            late.set()
            process.end()

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            found = process.paint(words, arrays, most_bytes)
        except (EOFError, OSError, ValueError) as error:
            status = process.kill()
            cause = f"was not done within {seconds:g} s" if late.is_set() else f"ended its process (status {status})"
            raise Error("operation_failed", f"{self._manifest.name}/{name} {cause}.") from error
        except BaseException:
            process.kill()
            raise
        finally:
            timer.cancel()
        self._give_back(process)
        return found

    def _take(self) -> PluginProcess:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self._spawner.submit(PluginProcess, self._folder, self._manifest).result()

    def _give_back(self, process: PluginProcess) -> None:
        process.pictures += 1
        with self._lock:
            if not self._retired and process.pictures < _PICTURES_PER_PROCESS:
                self._idle.append(process)
                return
        process.kill()

    def retire(self) -> None:
        """End all processes, those at work when they are done; whoever still has an operation may have it done."""
        with self._lock:
            self._retired = True
            idle, self._idle = self._idle, []
        for process in idle:
            process.kill()

    def close(self) -> None:
        """End all processes for good."""
        self.retire()
        self._spawner.shutdown(wait=True)

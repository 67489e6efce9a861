"""The process of a plug-in: paints one picture after another for whoever started it, with what rights were granted.

Started as `PYTHON -I -S worker.py FD`, in the plug-in's own environment, where there is no Darkroom; it needs numpy alone. Nothing is
pickled on the way: a word in JSON, then bytes, so that what comes back cannot do anything where it is read.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from multiprocessing.connection import Connection
from types import SimpleNamespace
from typing import Any

_WORDS = 400


def main(descriptor: int) -> None:
    """Serve until the other end hangs up."""
    connection: Connection[Any, Any] = Connection(descriptor)
    setup = json.loads(connection.recv_bytes())
    sys.path[:] = [*setup["paths"], *sys.path]
    sys.path.insert(0, setup["here"])
    sandbox = importlib.import_module("sandbox")
    sys.path.remove(setup["here"])
    # Before anything of others is imported, and while there is one thread: those that begin later are confined like it.
    sandbox.confine(**setup["confine"])
    # What a plug-in prints goes nowhere; its log lines would be in nobody's format.
    quiet = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(quiet, stream)
    try:
        numpy = importlib.import_module("numpy")
        module = importlib.import_module(setup["module"])
    except BaseException as error:  # noqa: BLE001 - a stranger's code; whoever started it is told
        _say(connection, error)
        return
    _say(connection)
    while True:
        try:
            asked = json.loads(connection.recv_bytes())
            arrays = [_array(numpy, one, connection.recv_bytes()) for one in asked["arrays"]]
        except (EOFError, OSError):
            return
        try:
            made = _done(numpy, getattr(module, asked["function"]), asked, arrays)
        except MemoryError:
            _say(connection, "it needs more memory than it may have")
        except Exception as error:  # noqa: BLE001 - a stranger's code; one picture is lost
            _say(connection, error)
        else:
            connection.send_bytes(json.dumps({"shape": made.shape, "dtype": made.dtype.name}).encode())
            connection.send_bytes(made.tobytes())


def _array(numpy: Any, about: dict[str, Any], data: bytes) -> Any:
    return numpy.frombuffer(data, about["dtype"]).reshape(about["shape"])


def _done(numpy: Any, function: Any, asked: dict[str, Any], arrays: list[Any]) -> Any:
    pictures = dict(zip(asked["pictures"], arrays[1:], strict=True))
    context = SimpleNamespace(seed=asked["seed"], scale=asked["scale"], pictures=pictures)
    made = function(arrays[0], SimpleNamespace(**asked["params"]), context)
    if not isinstance(made, numpy.ndarray):
        raise TypeError(f"it gave a {type(made).__name__}, not an array")
    return numpy.ascontiguousarray(made)


def _say(connection: Connection[Any, Any], error: object = None) -> None:
    words = f"{type(error).__name__}: {error}" if isinstance(error, BaseException) else error
    told = {"ready": True} if error is None else {"error": " ".join(str(words).split())[:_WORDS]}
    connection.send_bytes(json.dumps(told).encode())


if __name__ == "__main__":
    main(int(sys.argv[1]))

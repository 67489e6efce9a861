"""How a policy of augmentation changes pictures, before anything is learnt: shown by the code that learns, in a process of its own.

That process stays for two minutes after the last question, so that turning a knob costs a moment and not PyTorch's start.
"""

from __future__ import annotations

import json
import select
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from darkroom.access import scope_of
from darkroom.domain.access import Principal
from darkroom.domain.train_config import TrainConfig, checked
from darkroom.errors import ERROR_CODES, Error
from darkroom.services.datasets.datasets import DatasetService
from darkroom.services.training.augment_views import AugmentGiven, AugmentPreview
from darkroom.services.training.telling import ended, surroundings
from darkroom.services.training.work import here
from darkroom.store import Stores

_MOST_SIDE = 320
_SECONDS = 120.0


class AugmentService:
    """Shows what policies do.

    Args:
        stores: pictures.
        datasets: reads manifests.
    """

    def __init__(self, stores: Stores, datasets: DatasetService) -> None:
        self._stores = stores
        self._datasets = datasets
        self._painter = Painter()

    def preview(self, principal: Principal, words: str, given: AugmentGiven) -> AugmentPreview:
        """Some training pictures of a version, each changed several times as a training with that seed and policy may change it.

        Raises:
            Error: `not_found`, `training_invalid` for an option, `dataset_invalid` for what cannot be learnt from.
        """
        scope_of(principal, "datasets:read")
        from darkroom.datasets.sampling import few

        version = self._datasets.seen(principal, words)
        # What is done to the pictures is the same whatever style is learnt of them.
        any_style = {"style": "any"} if given.task == "style" else {}
        config = checked(TrainConfig, {**any_style, **given.options, "task": given.task, "seed": given.seed})
        small = config.model_copy(update={"image_size": min(config.image_size, _MOST_SIDE)})
        with tempfile.TemporaryDirectory(prefix="darkroom-augment-") as folder:
            chosen = few(self._datasets.read(version), "train", given.pictures)
            path = Path(folder) / "manifest.parquet"
            here(chosen, self._stores.blobs, Path(folder)).write(path)
            asked = {"manifest": str(path), "draws": given.draws, "drawn": given.drawn}
            found = self._painter.ask({"config": small.model_dump(mode="json"), **asked})
        media_type = "image/png" if given.drawn else "image/webp"
        return AugmentPreview(
            dataset=version.id, policy=config.augment, seed=given.seed, media_type=media_type, **found
        )

    def close(self) -> None:
        """End the process, if there is one."""
        self._painter.close()


class Painter:
    """The process that changes pictures: begun when it is needed, one question at a time.

    Args:
        words: the command.
    """

    def __init__(self, words: Sequence[str] = (sys.executable, "-m", "training", "draws")) -> None:
        self._words = words
        self._asking = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def ask(self, asked: dict[str, Any]) -> dict[str, Any]:
        """What it answers.

        Raises:
            Error: what it says went wrong, or `training_out_of_memory` when it ended without a word.
        """
        with self._asking:
            for _ in range(2):  # one that had waited long enough ends just when it is asked
                process, fresh = self._running()
                try:
                    found = _told(process, asked)
                except (BrokenPipeError, EOFError):
                    self._end()
                    if fresh:
                        break
                    continue
                if "error" in found:
                    code, cause = found["error"]
                    raise Error(code if code in ERROR_CODES else "internal", cause)
                return found
            raise ended("changes pictures")

    def close(self) -> None:
        """End the process, if there is one."""
        with self._asking:
            self._end()

    def _running(self) -> tuple[subprocess.Popen[str], bool]:
        """The process, and whether it was begun just now."""
        if self._process is not None and self._process.poll() is None:
            return self._process, False
        self._end()
        self._process = subprocess.Popen(
            self._words, env=surroundings(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        return self._process, True

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for end in (process.stdin, process.stdout):
                if end is not None:
                    end.close()


def _told(process: subprocess.Popen[str], asked: dict[str, Any]) -> dict[str, Any]:
    """An answer of the process.

    Raises:
        BrokenPipeError: it is over.
        EOFError: it ends, or says nothing for too long.
    """
    assert process.stdin is not None  # noqa: S101 - both are pipes
    assert process.stdout is not None  # noqa: S101
    process.stdin.write(json.dumps(asked) + "\n")
    process.stdin.flush()
    if not select.select([process.stdout], [], [], _SECONDS)[0]:
        raise EOFError
    line = process.stdout.readline()
    if not line.endswith("\n"):
        raise EOFError
    found: dict[str, Any] = json.loads(line)
    return found

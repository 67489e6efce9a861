"""A short look at a training: a process of its own does a few of its steps, so that neither its memory nor its end is ours."""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

from darkroom.domain.access import Principal
from darkroom.domain.dataset import CommittedVersion
from darkroom.domain.probe import Probe
from darkroom.domain.train_config import REGISTRY, TrainConfig, would_fit
from darkroom.domain.work import LongWork
from darkroom.errors import ERROR_CODES, Error
from darkroom.services.datasets.datasets import DatasetService
from darkroom.services.training.telling import told
from darkroom.services.training.work import here, local_copy, put_network
from darkroom.services.work.kinds import WholeKind
from darkroom.services.work.progress import Progress
from darkroom.settings import Settings
from darkroom.store import Stores

_STEPS = 24
_NETWORK = "network"
_MOST_STEPS = 4
"""Steps that there are pictures for; then they are shown again."""
# What does not change what a step costs.
_FREE = {
    "epochs", "budget_seconds", "learning_rate", "weight_decay", "schedule", "warmup", "clip", "label_smoothing",
    "class_weights", "validations", "patience", "keep_best", "checkpoint_seconds", "checkpoint_steps", "seed",
}  # fmt: skip


class MeasureKind(WholeKind):
    """Does a few steps of a training, and keeps what they took.

    Args:
        settings: say where weights that others trained are kept.
        stores: pictures, and where the work is.
        datasets: reads manifests.
    """

    name = "measure"
    permission = "training:write"

    def __init__(self, settings: Settings, stores: Stores, datasets: DatasetService) -> None:
        super().__init__(stores)
        self._more = ["--backbones", str(settings.backbones), *(["--hub"] if settings.hub else [])]
        self._datasets = datasets

    def do(self, work: LongWork, progress: Progress) -> None:
        """Measure.

        Raises:
            Error: what the training would end with: a `dataset_*` or `training_*` code.
        """
        from darkroom.datasets.sampling import some

        given = json.loads(work.params)
        config = TrainConfig.model_validate(given["config"])
        size = config.batch_size * config.accumulate
        progress.of(_STEPS)
        with tempfile.TemporaryDirectory(prefix="darkroom-measure-") as folder:
            manifest = some(
                self._datasets.read(self._datasets.resolve(given["dataset"])),
                {"train": _MOST_STEPS * size, "validation": 2 * config.batch_size},
            )
            here(manifest, self.stores.blobs, Path(folder)).write(Path(folder) / "manifest.parquet")
            if config.style is not None:
                style = local_copy(self.stores.blobs, Path(folder), config.style)
                config = config.model_copy(update={"style": str(style)})
            more = self._more
            if config.features is not None and config.features.startswith(REGISTRY):
                shelf = Path(folder) / "networks"
                shelf.mkdir()
                put_network(self.stores, config.features.removeprefix(REGISTRY), shelf / _NETWORK)
                config, more = config.model_copy(update={"features": _NETWORK}), ["--backbones", str(shelf)]
            found = _asked(config, Path(folder), more, progress)
        progress.of(progress.done)
        progress.add(0, changed=1)
        progress.found(found.numbers())


def _asked(config: TrainConfig, folder: Path, more: Sequence[str], progress: Progress) -> Probe:
    """What the process says that finds the manifest in a folder."""
    began, ready = time.perf_counter(), 0.0
    (folder / "config.json").write_text(config.model_dump_json())
    for line in told(["probe", str(folder), *more]):
        match line:
            case {"ready": True}:
                ready = time.perf_counter() - began
            case {"steps": _}:
                progress.add(1)
            case {"error": [code, cause]}:
                raise Error(code if code in ERROR_CODES else "internal", cause)
            case {"probe": found}:
                return Probe.model_validate({**found, "start_seconds": ready})
    fits = would_fit(config.batch_size, config.accumulate)
    cause = f"The process that tried a few steps was ended from outside, as happens where memory is short; {fits}."
    raise Error("training_out_of_memory", cause)


def begun(stores: Stores, principal: Principal, version: CommittedVersion, config: TrainConfig) -> str:
    """Id of the operation that measures such a training: of one that did or does, else a new one."""
    for work_id in _ids(principal, version, config):
        known = stores.work.find(work_id)
        if known is None or known.state not in ("failed", "cancelled"):
            return work_id
    raise AssertionError


def found_by(
    stores: Stores, principal: Principal, version: CommittedVersion, config: TrainConfig
) -> tuple[Probe, str] | None:
    """What was measured of such a training, and the id of the operation that did; None when nobody did."""
    known = stores.work.find(begun(stores, principal, version, config))
    if known is None or known.state != "done":
        return None
    return Probe.of_numbers(known.result), known.id


def _ids(principal: Principal, version: CommittedVersion, config: TrainConfig) -> Iterator[str]:
    counts = config.model_dump(mode="json", exclude=_FREE)
    said = json.dumps([principal.id, version.hash, counts], sort_keys=True)
    digest = hashlib.sha256(said.encode()).hexdigest()[:20]
    return (f"o-measure-{digest}" + (f"-{number}" if number else "") for number in count())

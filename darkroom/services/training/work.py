"""One run of one training, as the library sees it: pictures out, signs of life and figures in, files kept.

What makes it safe to kill at any moment: the loop's own checkpoints lie in a folder of the training, from which the next
run goes on; a document that tells of files is written after them; and only the run that holds the claim may write.
"""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from darkroom.domain.base import new_id, now
from darkroom.domain.dataset import CommittedVersion, StoredFile
from darkroom.domain.panel import Panel
from darkroom.domain.training import Checkpoint, CurvePoint, Metric, StoredCheckpoint, StoredReport, TrainingRun
from darkroom.errors import Error
from darkroom.services.datasets.datasets import DatasetService
from darkroom.services.heartbeat import Heartbeat
from darkroom.services.training import predictions
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.blobs import BlobStore
from darkroom.store.files import keep_file, keep_path

if TYPE_CHECKING:
    import polars as pl

    from darkroom.datasets.manifest import Manifest

_TELL_SECONDS = 1.0
_MOST_POINTS = 240
_MOST_LOOKS = 32


class TrainingWork:
    """A training that this run holds.

    Args:
        settings: folders and times.
        stores: where everything is kept.
        datasets: reads manifests.
        training: as claimed.
        run_id: of the orchestrator.
    """

    def __init__(
        self,
        settings: Settings,
        stores: Stores,
        datasets: DatasetService,
        *,
        training: TrainingRun,
        run_id: str,
    ) -> None:
        self._stores = stores
        self._datasets = datasets
        self.training = training
        self._run_id = run_id
        self._beat = Heartbeat(stores.trainings, training.id, run_id, settings.heartbeat_seconds)
        self._told_at = self._asked_at = 0.0
        self._keep = training.stopping
        self._gone = False
        self.folder = folder_of(settings, training.id)
        """Where the loop keeps its checkpoints; the next run of the training finds them there."""
        self.ray_address = settings.ray_address
        """The Ray cluster to train on; None for this machine."""
        self.backbones = settings.backbones
        """Where weights that others trained are kept."""
        self.hub = settings.hub
        """Whether they may be fetched over the network too."""
        self.cache = settings.home_path / "cache" / "squares"
        """Where scaled pictures are kept for the next training."""

    @property
    def claim(self) -> AbstractContextManager[object]:
        """Gives signs of life while the block runs."""
        return self._beat

    @property
    def lost(self) -> bool:
        """Whether the training was cancelled, or taken over by another run: stop, and write nothing."""
        return self._gone or self._beat.lost

    def stop(self) -> bool | Literal["keep"]:
        """Whether to end: true to write nothing more, `keep` where somebody wants what it has come to. Asked at most once a second."""
        if not self.lost and not self._keep and time.monotonic() - self._asked_at >= _TELL_SECONDS:
            self._asked_at = time.monotonic()
            try:
                self._keep = self._stores.trainings.is_stopping(self.training.id)
            except Error as error:
                if not error.retryable:
                    raise
        return self.lost or ("keep" if self._keep else False)

    def manifest(self) -> Manifest:
        """The examples of the dataset version, with paths to their pictures on this machine; a picture that was removed for good has none.

        Raises:
            Error: `blob_missing` when the manifest itself is gone.
        """
        return here(self._datasets.read(self._version()), self._stores.blobs, self.folder)

    def picture(self, key: str) -> Path:
        """Where a picture of the library is on this machine.

        Raises:
            Error: `storage_*`.
        """
        return local_copy(self._stores.blobs, self.folder, key)

    def model(self, words: str, target: Path) -> None:
        """Put the files of a version of the registry into a new folder.

        Raises:
            Error: as `put_network`.
        """
        put_network(self._stores, words, target)

    def tell(
        self, facts: Mapping[str, Any], validation: Mapping[str, float] | None = None, panel: Panel | None = None
    ) -> None:
        """Keep how far the training is: at most once a second, but every validation with what it said of a few pictures."""
        if self.lost or (validation is None and time.monotonic() - self._told_at < _TELL_SECONDS):
            return
        self._told_at = time.monotonic()
        fields = dict(facts)
        if validation is not None:
            told = {"step": float(facts["step"]), **validation}
            earlier = [one for one in self.training.history if one["step"] < told["step"]]
            fields["history"] = [*earlier, told]
        drawn = [fields.get(name) for name in ("loss", "rate")]
        if all(value is not None and math.isfinite(value) for value in drawn):
            fields["curve"] = [one.model_dump() for one in _drawn_on(self.training.curve, fields)]
        try:
            if panel is not None:
                fields["panel"] = [one.model_dump() for one in self._looked(panel)]
            self.settle(fields)
        except Error as error:
            if not error.retryable:
                raise
            # A database that is away for a moment costs a figure, not the training.

    def _looked(self, panel: Panel) -> list[StoredFile]:
        """The files of the panel, with one more; of many every other one goes, but never the first, which holds the pictures."""
        name, text = f"step-{panel.looks[-1].step:08d}.json", panel.model_dump_json().encode()
        earlier = [one for one in self.training.panel if one.name < name]
        kept = earlier[:1] + earlier[2::2] if len(earlier) >= _MOST_LOOKS else earlier
        return [*kept, keep_file(self._stores.blobs, name, text, durable=False)]

    def settle(self, fields: Mapping[str, Any]) -> None:
        """Keep what later steps of the training go on from.

        Raises:
            Error: `database_*` where it could not be kept.
        """
        try:
            self.training = self._stores.trainings.change(self.training.id, self._run_id, dict(fields))
        except Error as error:
            if error.code != "conflict":
                raise
            self._gone = True

    def keep(
        self,
        folder: Path,
        about: Checkpoint,
        config: Mapping[str, Any],
        *,
        seconds: float,
        stopped: str,
        left_out: int,
        not_exported: str | None,
    ) -> str:
        """Store a checkpoint's files, and tell of it; returns its id.

        Raises:
            Error: `conflict` when the training is no longer this run's, `storage_*`.
        """
        files = tuple(keep_path(self._stores.blobs, path) for path in sorted(folder.iterdir()) if path.is_file())
        kept = StoredCheckpoint(
            id=new_id("c"), training=self.training.id, dataset=self.training.dataset, about=about, config=dict(config),
            files=files, seconds=seconds, not_exported=not_exported, created_at=now(),
        )  # fmt: skip

        def work(session: Any) -> TrainingRun:
            self._stores.checkpoints.insert(kept, session=session)
            fields = {"checkpoint": kept.id, "stopped": stopped, "left_out": left_out, "step": about.step}
            return self._stores.trainings.change(self.training.id, self._run_id, fields, session)

        self.training = self._stores.database.run(work)
        return kept.id

    def checkpoint_folder(self) -> Path:
        """The files of the training's checkpoint, in a folder.

        Raises:
            Error: `blob_missing`.
        """
        target = self.folder / "model"
        if not target.is_dir():
            kept = self._stores.checkpoints.get(self.training.checkpoint or "")
            unpack(self._stores.blobs, kept.files, target)
        return target

    def judged(
        self, split: str, metrics: tuple[Metric, ...], count: int, text: bytes, table: pl.DataFrame | None = None
    ) -> StoredReport:
        """A report of the training's checkpoint, its details stored; the document itself is written by `finish`."""
        made = predictions.keep(self._stores, text, table)
        return StoredReport.model_validate({
            "id": new_id("e"), "training": self.training.id, "checkpoint": self.training.checkpoint,
            "dataset": self.training.dataset, "split": split, "count": count,
            "metrics": metrics, "details": made.details, "predictions": made.predictions, "created_at": now(),
        })  # fmt: skip

    def clean(self) -> None:
        """Remove the folder of the training, which is over."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _version(self) -> CommittedVersion:
        return self._datasets.resolve(self.training.dataset)


def local_copy(blobs: BlobStore, folder: Path, key: str) -> Path:
    """Where a picture is on this machine; fetched into the folder when it is kept elsewhere."""
    found = blobs.local_path("originals", key)
    if found is not None:
        return found
    held = folder / "pictures" / key
    if not held.exists():
        held.parent.mkdir(parents=True, exist_ok=True)
        draft = held.with_suffix(".part")
        try:
            draft.write_bytes(blobs.read("originals", key))
        except Error as error:
            if error.code != "blob_missing":
                raise
            # Removed from the library since: it cannot be decoded, so it is left out and counted.
            return held
        draft.replace(held)
    return held


def here(manifest: Manifest, blobs: BlobStore, folder: Path) -> Manifest:
    """A manifest with paths to its pictures on this machine; a picture that was removed for good has none."""
    import polars as pl

    from darkroom.datasets.manifest import Manifest

    paths = [str(local_copy(blobs, folder, key)) for key in manifest.frame["key"]]
    return Manifest(manifest.frame.with_columns(pl.Series("path", paths, pl.String())), Path("/"))


def folder_of(settings: Settings, training: str) -> Path:
    """Where a training keeps what it needs to go on."""
    return settings.home_path / "training" / training


def unpack(blobs: BlobStore, files: tuple[StoredFile, ...], folder: Path) -> None:
    """Put stored files into a folder, whole or not at all.

    Raises:
        Error: `blob_missing`.
    """
    draft = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    for one in files:
        (draft / Path(one.name).name).write_bytes(blobs.read("originals", one.key))
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)


def put_network(stores: Stores, words: str, folder: Path) -> None:
    """Put the files of a version of a model into a folder, whole or not at all.

    Args:
        stores: models.
        words: id of the version, as it was when it was asked for.
        folder: not there so far.

    Raises:
        Error: `training_invalid`, it was deleted since; `blob_missing`.
    """
    version = stores.model_versions.find(words)
    if version is None:
        raise Error("training_invalid", f"features: the model {words[:100]} was deleted since.")
    files = stores.checkpoints.get(version.checkpoint).files
    unpack(stores.blobs, tuple(one for one in files if one.name != "model.onnx"), folder)


def _drawn_on(curve: tuple[CurvePoint, ...], facts: Mapping[str, Any]) -> list[CurvePoint]:
    """A curve with one more point; every other one goes when there are too many."""
    point = CurvePoint(step=facts["step"], loss=facts["loss"], rate=facts["rate"])
    # What a run that died had reached behind its last checkpoint is drawn anew by the next.
    before = [one for one in curve if one.step < point.step]
    return [*(before[::2] if len(before) >= _MOST_POINTS else before), point]

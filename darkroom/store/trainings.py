"""Trainings, and what comes of them: checkpoints, reports, versions of models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from darkroom.domain.training import ModelLine, ModelVersion, StoredCheckpoint, StoredReport, TrainingRun, TrainingState
from darkroom.store.claims import OPEN, ClaimedRepository, silent
from darkroom.store.database import Database, Session, maps_errors
from darkroom.store.keyset import Order, read_page
from darkroom.store.paging import Page, digest
from darkroom.store.repository import D, Repository

_PAUSED: dict[str, Any] = {"state": "paused", "seconds_left": None, "pauses": {"$add": ["$pauses", 1]}}
_WAITS: dict[str, Any] = {
    "state": "queued", "run_id": None, "requested_at": None, "resumes": False, "waits_since": "$$NOW",
}  # fmt: skip
_NEWEST = Order("created_at", datetime, descending=True)


@dataclass(frozen=True)
class Learnt:
    """What came of a training."""

    training: str
    """Its id."""
    dataset: str
    """The version that it learnt from."""
    model_line: str
    """Name of the model that its result became a version of, or will."""
    model: str | None
    """That version."""
    checkpoint: str
    """Id of its checkpoint."""
    report: str | None
    """Id of its report."""
    finished_at: datetime | None
    """When it ended."""


class _Listed(Repository[D]):
    """Documents that are listed newest first."""

    SHORT: ClassVar[dict[str, Any] | None] = None
    """What lists leave out of a document."""

    @maps_errors
    def page(
        self, *, limit: int, cursor: str | None = None, states: Sequence[str] = (), **equal: str | None
    ) -> Page[D]:  # fmt: skip
        """Documents with those values in those fields (None for any value), newest first; `SHORT` tells what they lack.

        Raises:
            Error: `invalid_cursor`.
        """
        conditions: list[dict[str, Any]] = [{name: value} for name, value in equal.items() if value is not None]
        if states:
            conditions.append({"state": {"$in": sorted(set(states))}})
        query = digest(self._collection.name, conditions)
        return read_page(
            self._collection, conditions, _NEWEST, query=query, limit=limit, cursor=cursor, decode=self._decode,
            projection=self.SHORT,
        )  # fmt: skip

    @maps_errors
    def remove(self, name: str, *, session: Session | None = None) -> None:
        """Forget a document."""
        self._collection.delete_one({"_id": name}, session=session)

    def _named(self, wanted: dict[str, Any], session: Session | None) -> list[str]:
        """Ids of the documents that fit, sorted."""
        return sorted(str(one["_id"]) for one in self._collection.find(wanted, {"_id": 1}, session=session))

    @maps_errors
    def many(self, ids: Sequence[str]) -> list[D]:
        """Those of these ids that there are, in any order."""
        return [self._decode(one) for one in self._collection.find({"_id": {"$in": list(ids)}})]


class TrainingRepository(ClaimedRepository[TrainingRun], _Listed[TrainingRun]):
    """Trainings. Heartbeats and their ages are those of the database's clock."""

    SHORT: ClassVar[dict[str, Any] | None] = {"curve": 0, "panel": 0, "history": {"$slice": -1}}
    ON_CLAIM: ClassVar[dict[str, Any]] = {"seconds_left": None, "pictures_per_second": None}

    def __init__(self, database: Database) -> None:
        super().__init__(database, "training_runs", TrainingRun)
        self._noun = "training"

    @maps_errors
    def learnt_from(self, versions: Sequence[str], most: int) -> list[Learnt]:
        """What came of trainings on these versions of datasets, as far as something did, newest first."""
        fields = dict.fromkeys(("dataset", "model", "model_line", "checkpoint", "report", "finished_at"), 1)
        wanted = {"dataset": {"$in": list(versions)}, "checkpoint": {"$ne": None}}
        found = self._collection.find(wanted, fields).sort([("created_at", -1), ("_id", -1)]).limit(most)
        return [Learnt(training=str(one.pop("_id")), **one) for one in found]

    @maps_errors
    def at_work(self, stale_after: float) -> int:
        """Trainings whose run gives signs of life, or was asked for just now."""
        recent = {"$subtract": ["$$NOW", int(stale_after * 1000)]}
        alive = {"$or": [
            {"$and": [{"$eq": ["$state", "running"]}, {"$gt": ["$heartbeat_at", recent]}]},
            {"$gt": ["$requested_at", recent]},
        ]}  # fmt: skip
        return self._collection.count_documents({"state": {"$in": OPEN}, "$expr": alive})

    @maps_errors
    def reproducing(self, version: str) -> list[str]:
        """Ids of the trainings that made a version of a model again, newest first; at most a hundred."""
        found = self._collection.find({"reproduces": version}, {"_id": 1}).sort("created_at", -1).limit(100)
        return [str(one["_id"]) for one in found]

    @maps_errors
    def open_again(self, version: str, *, session: Session | None = None) -> list[str]:
        """Trainings that are not over and make a version of a model again."""
        return self._named({"reproduces": version, "state": {"$in": [*OPEN, "paused"]}}, session)

    @maps_errors
    def open_through(self, features: str, *, session: Session | None = None) -> list[str]:
        """Trainings that are not over and look at styles through a network."""
        return self._named({"config.features": features, "state": {"$in": [*OPEN, "paused"]}}, session)

    @maps_errors
    def judged_by(self, report: str, *, session: Session | None = None) -> list[str]:
        """Trainings whose result is judged by a report."""
        return self._named({"report": report}, session)

    @maps_errors
    def open_count(self) -> int:
        """Trainings that are not over."""
        return self._collection.count_documents({"state": {"$in": OPEN}})

    @maps_errors
    def change(self, training: str, run_id: str, fields: dict[str, Any], session: Session | None = None) -> TrainingRun:
        """Set fields of a training that a run holds; also a heartbeat.

        Raises:
            Error: `conflict` when it no longer belongs to this run (cancelled, or taken over): stop then.
        """
        return self._hold(training, run_id, fields, session)

    @maps_errors
    def end(
        self, session: Session, training: str, state: TrainingState, *, run_id: str | None = None, **fields: Any
    ) -> TrainingRun | None:
        """Finish, fail or cancel a training that is not over; None when it is, or is another run's."""
        return self._end(
            session, training, state, run_id, fields={**fields, "seconds_left": None}, before=[*OPEN, "paused"]
        )

    @maps_errors
    def pause(self, session: Session, training: str) -> TrainingRun | None:
        """Let a training rest that waits or is at work; None when it does neither. Its run goes on to hold it until `let_go`."""
        return self._change({"_id": training, "state": {"$in": OPEN}}, _PAUSED, session)

    @maps_errors
    def stop(self, session: Session, training: str) -> TrainingRun | None:
        """Ask a training that learns to end with what it has come to; None when it does not learn (yet)."""
        learns = {"_id": training, "state": "running", "$or": [{"search": None}, {"search.chosen": {"$ne": None}}]}
        return self._change(learns, {"stopping": True}, session)

    @maps_errors
    def is_stopping(self, training: str) -> bool:
        """Whether somebody asked it to."""
        return self._collection.count_documents({"_id": training, "stopping": True}, limit=1) > 0

    @maps_errors
    def give_way(self, session: Session, training: str) -> TrainingRun | None:
        """Let a training that is at work rest until its turn comes again; None when it is not."""
        change = _PAUSED | {"gave_way": {"$add": ["$gave_way", 1]}, "resumes": True}
        return self._change({"_id": training, "state": "running"}, change, session)

    @maps_errors
    def let_go(self, session: Session, training: str, run_id: str) -> TrainingRun | None:
        """Tell that the run of a paused training has written down where it was; it, if it waits for its turn again."""
        mine = {"_id": training, "state": "paused", "run_id": run_id}
        waits = self._change(mine | {"resumes": True}, _WAITS, session)
        if waits is None:
            self._change(mine, {"run_id": None}, session)
        return waits

    @maps_errors
    def wait_again(self, session: Session, stale_after: float) -> TrainingRun | None:
        """Let a training that gave way wait for its turn although its run died before it had let go; None when there is none."""
        return self._change(
            {"state": "paused", "resumes": True, "$expr": silent("heartbeat_at", stale_after)}, _WAITS, session
        )

    @maps_errors
    def resume(self, session: Session, training: str, stale_after: float) -> TrainingRun | None:
        """Let a paused training wait for a run; None when it is not paused, or its run still writes down where it was."""
        free = {"$or": [{"run_id": None}, {"$expr": silent("heartbeat_at", stale_after)}]}
        return self._change({"_id": training, "state": "paused", **free}, _WAITS, session)


class CheckpointRepository(_Listed[StoredCheckpoint]):
    """Checkpoints by id."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "checkpoints", StoredCheckpoint)
        self._noun = "checkpoint"

    @maps_errors
    def licences(self, checkpoints: Sequence[str]) -> dict[str, str]:
        """Under which licence the weights came that each began with, by id; `none` for those that began with nothing."""
        found = self._collection.find({"_id": {"$in": list(checkpoints)}}, {"about.licence": 1})
        return {one["_id"]: one["about"]["licence"] for one in found}


class ReportRepository(_Listed[StoredReport]):
    """Reports by id."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "reports", StoredReport)
        self._noun = "report"

    @maps_errors
    def remove_about(self, checkpoint: str, *, session: Session | None = None) -> None:
        """Forget all reports on a checkpoint."""
        self._collection.delete_many({"checkpoint": checkpoint}, session=session)

    @maps_errors
    def about(self, checkpoints: Sequence[str]) -> list[StoredReport]:
        """What checkpoints are worth, newest first."""
        found = self._collection.find({"checkpoint": {"$in": list(checkpoints)}}).sort(
            [("created_at", -1), ("_id", -1)]
        )
        return [self._decode(one) for one in found]


class ModelRepository(_Listed[ModelLine]):
    """Models by name."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "models", ModelLine)
        self._noun = "model"


class ModelVersionRepository(_Listed[ModelVersion]):
    """Versions of models by `name@number`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "model_versions", ModelVersion)
        self._noun = "model version"

    @maps_errors
    def numbers(self, name: str, *, session: Session | None = None) -> list[int]:
        """Numbers of the versions of a model that there are."""
        found = self._collection.find({"name": name}, {"number": 1}, session=session)
        return sorted(int(one["number"]) for one in found)

    @maps_errors
    def of_training(self, training: str, *, session: Session | None = None) -> list[str]:
        """Versions that came of a training."""
        return self._named({"training": training}, session)

    @maps_errors
    def judged_by(self, report: str, *, session: Session | None = None) -> list[str]:
        """Versions whose worth a report tells."""
        return self._named({"report": report}, session)

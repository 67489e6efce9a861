"""Stand-ins for what tests do not need for real. None of them pretends to be a database."""

from __future__ import annotations

from dataclasses import dataclass, field

from darkroom.domain.run import RunRecord
from darkroom.errors import Error
from darkroom.services.runs import INGEST_JOB, OrchestratorHealth


@dataclass
class RecordingLauncher:
    """A `RunLauncher` that remembers what it was asked; `down` makes it refuse."""

    launched: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    priorities: list[str | None] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)
    runs: list[RunRecord] = field(default_factory=list)
    down: bool = False

    def launch(
        self, batch_id: str, *, trace_id: str | None = None, job: str = INGEST_JOB, priority: str | None = None
    ) -> str:
        if self.down:
            raise Error("orchestrator_unavailable", "Nobody listens there.")
        self.launched.append(batch_id)
        self.jobs.append(job)
        self.priorities.append(priority)
        return f"run-{len(self.launched)}"

    def recent(self, limit: int = 20) -> list[RunRecord]:
        return self.runs[:limit]

    def cancel(self, run_id: str) -> bool:
        self.cancelled.append(run_id)
        return True

    def health(self) -> OrchestratorHealth:
        return OrchestratorHealth(reachable=not self.down)

"""A real mongod for tests, which may be killed and started again."""

from __future__ import annotations

import subprocess
from pathlib import Path

from darkroom.supervisor.mongod import Mongod, ensure_replica_set, local_uri, start_mongod
from darkroom.supervisor.ports import free_port

# Every test makes a database of some hundred files and drops it. A mongod keeps what was dropped for five minutes, and files
# open for longer, until it has more of them open than a process may have, and aborts.
# What a killed process had locked in a transaction stays locked for a minute, which tests need not wait for.
FORGETFUL = (
    "--setParameter", "minSnapshotHistoryWindowInSeconds=30",
    "--setParameter", "transactionLifetimeLimitSeconds=15",
    "--wiredTigerEngineConfigString", "file_manager=(close_idle_time=5,close_scan_interval=2,close_handle_minimum=500)",
)  # fmt: skip


class MongoServer:
    """A mongod as a replica set of one in a folder of its own."""

    def __init__(self, mongod: Mongod, folder: Path) -> None:
        self.mongod = mongod
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        return local_uri(self.port)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it is primary."""
        self._process = start_mongod(self.mongod, self.folder / "db", self.port, self.folder / "mongod.log", FORGETFUL)
        ensure_replica_set(self.port, timeout=60)

    def kill(self) -> None:
        """End it as a power failure would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it politely."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(timeout=60)

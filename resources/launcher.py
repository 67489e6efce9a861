"""Starts Dagster's runs: as copies of a process that has loaded everything already, or else as fresh ones."""

from __future__ import annotations

import json
import logging
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from typing import IO, Any, Self

from dagster._core.launcher import CheckRunHealthResult, LaunchRunContext, RunLauncher, WorkerStatus
from dagster._core.storage.dagster_run import DagsterRun
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import ConfigurableClass, ConfigurableClassData

from darkroom.supervisor import run_socket
from resources import processes

PROCESS_TAG = "darkroom/process"
"""Run tag that names the run's process."""
START_SECONDS = 10.0
"""Silence after which the starter is given up and a fresh process is started instead."""

_log = logging.getLogger("dagster.daemon.WarmRunLauncher")


@dataclass(frozen=True)
class Waiting:
    """A process that does nothing until it is told to, and ends when whoever started it does not live to say so."""

    identity: str
    """Of `resources.processes`."""
    channel: socket | IO[bytes]
    """Where it waits for the word."""

    def go(self) -> None:
        """Let it run."""
        if isinstance(self.channel, socket):
            self.channel.send(b"go\n")
        else:
            self.channel.write(b"go\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.channel.close()


class WarmRunLauncher(RunLauncher[Any], ConfigurableClass):
    """Runs Dagster's own `execute_run` command in a process which `resources.starter` has prepared.

    The process belongs to this machine: its number and the moment of its start are kept in a tag of the run, by which
    any process with the same Dagster home can stop it or see that it died.
    """

    def __init__(self, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._inst_data = inst_data

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        """How Dagster was told to make it."""
        return self._inst_data

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """Nothing to configure."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        """Made by Dagster from its `dagster.yaml`."""
        return cls(inst_data=inst_data)

    def launch_run(self, context: LaunchRunContext) -> None:
        """Start the process of a run."""
        run = context.dagster_run
        assert context.job_code_origin is not None, "queued runs have one"  # noqa: S101
        arguments = ExecuteRunArgs(
            job_origin=context.job_code_origin, run_id=run.run_id, instance_ref=self._instance.get_ref()
        )
        command = list(arguments.get_command_args())
        with self._warm(command) or self._fresh(command) as waiting:
            # Before it runs: adding tags writes the whole record of the run, with the state it had when it was read.
            self._instance.add_run_tags(run.run_id, {PROCESS_TAG: waiting.identity})
            waiting.go()

    def _warm(self, command: Sequence[str]) -> Waiting | None:
        """A copy of the process that has loaded everything; None where there is no such process."""
        if not run_socket.SUPPORTED:
            return None
        try:
            connection = run_socket.connected(Path(self._instance.root_directory), seconds=START_SECONDS)
        except OSError as error:
            _log.info("Nothing is prepared for runs (%s); this one starts a fresh process.", error)
            return None
        try:
            connection.send(json.dumps(command).encode())
            answer = json.loads(run_socket.received(connection) or b"{}")
            if "process" in answer:
                return Waiting(answer["process"], connection)
            cause = answer.get("refused", "it went away")
        except (OSError, ValueError) as error:
            cause = str(error)
        connection.close()
        _log.warning("The starter of runs cannot help (%s); this run starts a fresh process.", cause)
        return None

    def _fresh(self, command: Sequence[str]) -> Waiting:
        """A process that still has to load everything."""
        process = subprocess.Popen(
            # The shell waits for the word and then becomes the command, so the number stays.
            ["/bin/sh", "-c", 'read -r word && exec "$@" </dev/null', "sh", *command],
            stdin=subprocess.PIPE,
            bufsize=0,
        )
        known = processes.identity(process.pid)
        # Its end must be taken note of, or it would stay in the table of processes.
        threading.Thread(target=process.wait, name=f"run-{process.pid}", daemon=True).start()
        assert process.stdin is not None  # noqa: S101 - a pipe
        return Waiting(known or f"{process.pid}@", process.stdin)

    def terminate(self, run_id: str) -> bool:
        """Ask the process of a run to stop, from whichever process; False when the run is over."""
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return False
        self._instance.report_run_canceling(run)
        known = run.tags.get(PROCESS_TAG)
        # Without the tag it is just being started, and finds out by itself that it is not wanted any more.
        if known is not None and not processes.interrupt(known):
            self._instance.report_run_canceled(run, "The process of the run had ended already.")
        return True

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Yes: Dagster's monitoring asks."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Whether the process of a run that has begun still lives."""
        known = run.tags.get(PROCESS_TAG)
        if known is not None and processes.is_alive(known):
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.NOT_FOUND, "its process has ended without a word")

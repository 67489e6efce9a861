"""Ray, joined or started: the one place where this process becomes part of a cluster."""

from __future__ import annotations

import os
import secrets
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from darkroom.errors import Error

_STORE_BYTES = 100 << 20
_ROOT = Path(__file__).parents[1]


@contextmanager
def cluster(address: str | None, workers: int) -> Iterator[dict[str, float]]:
    """A cluster that can hold so many workers; its resources. One that was started here ends here.

    Args:
        address: of a running cluster; without one, Ray is started on this machine.
        workers: processors that must be there.

    Raises:
        Error: `training_unschedulable`, it never could; `training_cluster_lost`, it does not answer.
    """
    import ray

    joined = ray.is_initialized()
    if not joined:
        start(address)
    try:
        there: dict[str, float] = ray.cluster_resources()
        processors = int(there.get("CPU", 0))
        if processors < workers:
            where = f"The cluster at {address}" if address else "This machine"
            cause = f"{where} has {processors} processors for {workers} workers."
            raise Error("training_unschedulable", cause, workers=workers, processors=processors)
        yield there
    finally:
        if not joined:
            ray.shutdown()


def start(address: str | None) -> None:
    """Join a cluster, or start one on this machine.

    Raises:
        Error: `training_cluster_lost`, it does not answer.
    """
    import ray

    # Ray would write a token into the home folder of whoever runs this; one of this process alone does.
    if address is None:
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    os.environ.setdefault("RAY_TRAIN_V2_ENABLED", "1")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # A machine that is busy with other things needs longer to start them all than Ray thinks.
    os.environ.setdefault("RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S", "300")
    own = {"num_cpus": os.cpu_count(), "include_dashboard": False, "object_store_memory": _STORE_BYTES}
    paths = os.pathsep.join(part for part in (str(_ROOT), os.environ.get("PYTHONPATH")) if part)
    environment = {"env_vars": {"PYTHONPATH": paths, "OMP_WAIT_POLICY": "PASSIVE"}}
    handler = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(
            address=address or "local", log_to_driver=False, runtime_env=environment, **({} if address else own)
        )  # fmt: skip
    except (ConnectionError, RuntimeError, ValueError) as error:
        where = address or "this machine"
        raise Error("training_cluster_lost", f"Ray on {where}: {str(error).splitlines()[0]}") from error
    finally:
        # Ray would end the process at once; whoever runs this may have something to do first.
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)

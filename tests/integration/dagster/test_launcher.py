"""How runs are started, stopped and missed, with a real daemon: warm, fresh, cancelled and killed."""

from __future__ import annotations

from collections.abc import Callable

import dagster as dg
import psutil
import pytest

from darkroom.domain.access import LOCAL_OWNER
from darkroom.domain.base import new_id
from darkroom.domain.ingest import BatchItem
from darkroom.domain.query import ImageQuery
from darkroom.services.library import Library
from darkroom.supervisor import run_socket
from resources import processes
from resources.launcher import PROCESS_TAG
from tests.pictures import drop, jpeg
from tests.stack import DagsterStack, wait_until

pytestmark = [
    pytest.mark.stack,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not run_socket.SUPPORTED, reason="runs are forked on Linux only"),
]

PATIENCE = 90.0
FRESH = "this one starts a fresh process"


def submit(stack: DagsterStack, library: Library, seed: int, count: int = 3) -> str:
    """A batch of new pictures tagged with its own name, and a run asked for."""
    batch = new_id("b")
    items = []
    for number in range(count):
        path = drop(stack.settings.uploads / batch, f"{number}.jpg", jpeg(seed + number, width=1400, height=1000))
        status = path.stat()
        items.append(
            BatchItem(
                key=path.name, path=str(path), bytes=status.st_size, modified_ns=status.st_mtime_ns, tags=(batch,)
            )
        )
    library.ingest.submit(LOCAL_OWNER, items, connector="upload", batch_id=batch)
    return batch


def done(library: Library, batch: str) -> bool:
    return library.stores.batches.get(batch).state == "done"


def shown(library: Library, batch: str) -> int:
    return len(library.stores.images.page(ImageQuery(tag=(batch,)), limit=500).items)


def a_run(stack: DagsterStack, instance: dg.DagsterInstance, batch: str) -> psutil.Process:
    """The process of the batch's run as soon as there is one, stopped."""
    wait_until(lambda: PROCESS_TAG in tags(instance, batch), seconds=PATIENCE, what="a run to stop")
    process = psutil.Process(int(tags(instance, batch)[PROCESS_TAG].partition("@")[0]))
    process.suspend()
    assert process in stack.runs()
    return process


def tags(instance: dg.DagsterInstance, batch: str) -> dict[str, str]:
    """Of the batch's first run."""
    found = instance.get_runs(dg.RunsFilter(tags={"darkroom/batch": batch}))
    return dict(found[-1].tags) if found else {}


def claimed(library: Library, batch: str) -> None:
    """Wait until a run has taken the batch up."""
    wait_until(
        lambda: library.stores.batches.get(batch).state == "running", seconds=PATIENCE, what="the batch is claimed"
    )


def run_of(instance: dg.DagsterInstance, batch: str) -> dg.DagsterRun:
    """The first run of a batch."""
    return instance.get_runs(dg.RunsFilter(tags={"darkroom/batch": batch}), ascending=True)[0]


def ends(instance: dg.DagsterInstance, run_id: str, status: dg.DagsterRunStatus) -> Callable[[], bool]:
    """A condition: the run has that status."""

    def condition() -> bool:
        run = instance.get_run_by_id(run_id)
        return run is not None and run.status == status

    return condition


def last_words(instance: dg.DagsterInstance, run_id: str, kind: dg.DagsterEventType) -> str:
    """What the event that ended the run says."""
    return str(instance.all_logs(run_id, of_type=kind)[-1].dagster_event.message)  # type: ignore[union-attr]


def test_a_run_is_a_copy_of_the_process_that_has_loaded_everything(
    stack: DagsterStack, library: Library, instance: dg.DagsterInstance
) -> None:
    batch = submit(stack, library, 10_000)
    process = a_run(stack, instance, batch)
    assert process.ppid() == stack.pid("starter")
    assert tags(instance, batch)[PROCESS_TAG] == processes.identity(process.pid)
    process.resume()
    wait_until(lambda: done(library, batch), seconds=PATIENCE, what="the batch is done")
    run_id = run_of(instance, batch).run_id
    wait_until(ends(instance, run_id, dg.DagsterRunStatus.SUCCESS), seconds=PATIENCE, what="the run ends")
    wait_until(lambda: not process.is_running(), seconds=PATIENCE, what="its process ends")
    assert psutil.Process(stack.pid("starter")).num_threads() == 1
    assert shown(library, batch) == 3


@pytest.mark.kill
def test_a_run_that_is_killed_is_missed_at_once_and_its_batch_taken_up_again(
    stack: DagsterStack, library: Library, instance: dg.DagsterInstance
) -> None:
    batch = submit(stack, library, 11_000, count=60)
    claimed(library, batch)
    a_run(stack, instance, batch).kill()
    run_id = run_of(instance, batch).run_id
    took = wait_until(ends(instance, run_id, dg.DagsterRunStatus.FAILURE), seconds=PATIENCE, what="it is missed")
    assert took < stack.MONITORING_SECONDS  # by the starter, not by the daemon's next look
    said = last_words(instance, run_id, dg.DagsterEventType.RUN_FAILURE)
    assert said == "The process of the run was ended by SIGKILL."
    wait_until(lambda: done(library, batch), seconds=PATIENCE, what="another run takes the batch in")
    assert shown(library, batch) == 60


@pytest.mark.kill
def test_a_run_killed_together_with_the_starter_is_missed_by_the_daemon(
    stack: DagsterStack, library: Library, instance: dg.DagsterInstance
) -> None:
    batch = submit(stack, library, 12_000, count=60)
    claimed(library, batch)
    process = a_run(stack, instance, batch)
    stack.kill("starter")
    process.kill()
    run_id = run_of(instance, batch).run_id
    wait_until(ends(instance, run_id, dg.DagsterRunStatus.FAILURE), seconds=PATIENCE, what="it is missed")
    said = last_words(instance, run_id, dg.DagsterEventType.RUN_FAILURE)
    assert "its process has ended without a word" in said
    # Nobody has started another starter: the next run is a fresh process.
    wait_until(lambda: done(library, batch), seconds=PATIENCE, what="another run takes the batch in")
    assert shown(library, batch) == 60
    stack.start("starter")
    stack.wait()


@pytest.mark.kill
def test_without_the_starter_runs_are_fresh_processes(
    stack: DagsterStack, library: Library, instance: dg.DagsterInstance
) -> None:
    stack.kill("starter")
    before = stack.log("daemon").count(FRESH)
    batch = submit(stack, library, 13_000)
    process = a_run(stack, instance, batch)
    assert process.ppid() == stack.pid("daemon")
    process.resume()
    wait_until(lambda: done(library, batch), seconds=PATIENCE, what="the batch is done")
    assert stack.log("daemon").count(FRESH) == before + 1
    wait_until(lambda: not stack.runs(), seconds=PATIENCE, what="no process is left, not even as a zombie")
    assert shown(library, batch) == 3
    assert tags(instance, batch)[PROCESS_TAG].startswith(f"{process.pid}@")
    stack.start("starter")
    stack.wait()
    batch = submit(stack, library, 14_000)
    process = a_run(stack, instance, batch)
    assert process.ppid() == stack.pid("starter")
    process.resume()
    wait_until(lambda: done(library, batch), seconds=PATIENCE, what="the next batch is done")


def test_a_cancelled_run_stops_at_once(stack: DagsterStack, library: Library, instance: dg.DagsterInstance) -> None:
    batch = submit(stack, library, 15_000, count=60)
    claimed(library, batch)
    process = a_run(stack, instance, batch)
    run_id = run_of(instance, batch).run_id
    assert stack.launcher.cancel(run_id) is True
    process.resume()
    wait_until(ends(instance, run_id, dg.DagsterRunStatus.CANCELED), seconds=20, what="the run is cancelled")
    wait_until(lambda: not process.is_running(), seconds=20, what="its process ends")
    assert stack.launcher.cancel(run_id) is False
    # Only the run was to stop: the batch is taken up again.
    wait_until(lambda: done(library, batch), seconds=PATIENCE, what="another run takes the batch in")
    assert shown(library, batch) == 60


@pytest.mark.kill
def test_cancelling_a_run_whose_process_is_gone_ends_it(
    stack: DagsterStack, library: Library, instance: dg.DagsterInstance
) -> None:
    batch = submit(stack, library, 17_000, count=60)
    claimed(library, batch)
    process = a_run(stack, instance, batch)
    stack.suspend("starter")  # which would tell
    process.kill()
    run_id = run_of(instance, batch).run_id
    assert stack.launcher.cancel(run_id) is True
    assert ends(instance, run_id, dg.DagsterRunStatus.CANCELED)()
    assert last_words(instance, run_id, dg.DagsterEventType.RUN_CANCELED) == "The process of the run had ended already."
    stack.resume("starter")
    wait_until(lambda: done(library, batch), seconds=PATIENCE, what="another run takes the batch in")

"""kill -9 of the process that takes a batch in, at random moments, again and again."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from darkroom.domain.access import SYSTEM
from darkroom.services.ingest import IngestService
from darkroom.supervisor.plan import settings_variables
from tests.checks import assert_exactly_once
from tests.pictures import drop, jpeg
from tests.servers import MongoServer

ROOT = Path(__file__).parents[3]
GOOD = {f"scene{number % 3}/{number:03d}.jpg": jpeg(number, width=1200, height=900) for number in range(150)}
BAD = {f"broken/{number}.jpg" for number in range(5)}


def fill(inbox: Path) -> None:
    for key, data in GOOD.items():
        drop(inbox, key, data)
    for key in BAD:
        drop(inbox, key, f"{key} is not a picture".encode())


def said(service: IngestService) -> Path:
    """What workers wrote on their error output."""
    return service.settings.home_path / "worker.log"


def worker(service: IngestService, batch: str, run: str) -> subprocess.Popen[bytes]:
    env = {**os.environ, **settings_variables(service.settings), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.integration.ingest.run_worker", batch, run]
    with said(service).open("ab") as log:
        return subprocess.Popen(command, env=env, cwd=ROOT, stderr=log)


@pytest.mark.kill
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_run_killed_again_and_again_takes_everything_in_once(service: IngestService, inbox: Path, seed: int) -> None:
    chance = random.Random(seed)
    fill(inbox)
    batches, _ = service.collect_inbox(SYSTEM)
    assert [one.total for one in batches] == [len(GOOD) + len(BAD)]
    batch, seen = batches[0].id, [0]
    for kind in ("starting", "working", "working", "working", "landing", "left alone"):
        process = worker(service, batch, "run")  # the same run, so that it may go on without waiting for silence
        if kind == "left alone":
            assert process.wait(timeout=200) == 0
            break
        while kind != "starting" and service.stores.batches.get(batch).done == seen[-1] and process.poll() is None:
            time.sleep(0.005)
        if kind != "landing":  # else at once after a transaction, while its files are being moved
            time.sleep(chance.uniform(0, 0.25))  # the whole batch takes a second where cores are many
        process.kill()
        if process.wait() == 0 or service.stores.batches.get(batch).state == "done":
            break  # it was through, if not quite gone, before the signal came
        seen.append(service.stores.batches.get(batch).done)
    assert len(seen) > 2
    assert seen == sorted(seen)  # what was committed stays committed
    assert_exactly_once(service.stores, inbox, GOOD, BAD)


@pytest.mark.kill
@pytest.mark.slow
def test_a_batch_whose_run_died_is_asked_for_again_and_taken_over(service: IngestService, inbox: Path) -> None:
    fill(inbox)
    (batch,), _ = service.collect_inbox(SYSTEM)
    process = worker(service, batch.id, "run-1")
    while service.stores.batches.get(batch.id).done == 0:
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert service.run_batch(SYSTEM, batch.id, "run-2").claimed is False  # it may still be alive
    time.sleep(service.settings.heartbeat_seconds + 0.5)
    assert [one.id for one in service.pending(SYSTEM)] == [batch.id]
    report = service.run_batch(SYSTEM, batch.id, "run-2")
    assert (report.claimed, report.batch.attempt) == (True, 2)
    assert_exactly_once(service.stores, inbox, GOOD, BAD)


@pytest.mark.kill
@pytest.mark.slow
def test_mongod_killed_under_a_run_loses_and_doubles_nothing(
    service: IngestService, inbox: Path, mongod: MongoServer
) -> None:
    fill(inbox)
    (batch,), _ = service.collect_inbox(SYSTEM)
    process = worker(service, batch.id, "run-1")
    for _ in range(3):
        before = service.stores.batches.get(batch.id).done
        while service.stores.batches.get(batch.id).done == before and process.poll() is None:
            time.sleep(0.02)
        mongod.kill()
        time.sleep(0.5)
        mongod.start()
    assert process.wait(timeout=120) == 0, said(service).read_text()[-3000:]
    assert_exactly_once(service.stores, inbox, GOOD, BAD)

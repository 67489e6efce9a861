"""kill -9 of each process of a running Darkroom at random moments, while files are dropped: everything is there once."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from darkroom.services.library import Library
from darkroom.supervisor import run_socket
from tests.checks import assert_exactly_once
from tests.pictures import drop, jpeg
from tests.servers import MongoServer
from tests.stack import DagsterStack, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.kill, pytest.mark.slow, pytest.mark.timeout(900)]

PATIENCE = 240.0
FILES = 60
STARTER = "starter" if run_socket.SUPPORTED else "run"


def waiting(inbox: Path) -> list[Path]:
    hidden = {".done", ".failed"}
    return [one for one in inbox.rglob("*") if one.is_file() and one.relative_to(inbox).parts[0] not in hidden]


def settled(library: Library, inbox: Path) -> bool:
    return not waiting(inbox) and library.stores.batches.queue().batches == 0


def kill(victim: str, stack: DagsterStack, mongod: MongoServer, chance: random.Random) -> None:
    """Kill one kind of process at a random moment of the way from file to picture, and start it again."""
    if victim == "run":
        wait_until(stack.kill_runs, seconds=PATIENCE, what="a run to kill")
        time.sleep(chance.uniform(0, 2))
        stack.kill_runs()
        return
    time.sleep(chance.uniform(0, 9))
    if victim == "mongod":
        mongod.kill()
        time.sleep(chance.uniform(0.2, 2))
        mongod.start()
        return
    stack.kill(victim)
    time.sleep(chance.uniform(0.2, 2))
    stack.start(victim)


def test_everything_is_there_once_whatever_is_killed(
    stack: DagsterStack, library: Library, stack_mongod: MongoServer
) -> None:
    chance = random.Random(20261122)
    inbox = stack.settings.inbox
    good: dict[str, bytes] = {}
    bad: set[str] = set()
    for number, victim in enumerate(("run", "mongod", "daemon", "code", STARTER, "run", "mongod")):
        for index in range(FILES):
            key = f"round{number}/{index:03d}.jpg"
            good[key] = jpeg(1000 * number + index, width=1000, height=750)
            drop(inbox, key, good[key])
        bad.add(f"round{number}/broken.jpg")
        drop(inbox, f"round{number}/broken.jpg", f"round {number}".encode())
        kill(victim, stack, stack_mongod, chance)
        took = wait_until(lambda: settled(library, inbox), seconds=PATIENCE, what=f"all is taken in after {victim}")
        assert took < PATIENCE
    assert_exactly_once(library.stores, inbox, good, bad)

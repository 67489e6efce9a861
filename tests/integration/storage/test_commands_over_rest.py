"""`darkroom storage` and `darkroom backup` as a running Darkroom does them: over REST, as operations."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator

import pytest

from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.services.library import Library
from tests.commands import Answer, answered
from tests.integration.storage.conftest import opened
from tests.integration.storage.test_moves import fill
from tests.served import Server


@pytest.fixture
def library(quick_settings, tmp_path) -> Iterator[Library]:
    more = {"storage_more": f"attic={tmp_path}/attic", "backups": tmp_path / "backups"}
    library = opened(quick_settings.model_copy(update=more))
    yield library
    library.close()


@pytest.fixture
def runs(library) -> Iterator[None]:
    """Does what a sensor would ask runs for."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.1):
            for one in library.work.pending(SYSTEM):
                library.work.run(SYSTEM, one.id, "run-1")
            for move in library.moves.list(LOCAL_OWNER).items:
                if move.requested_at is not None:
                    library.moves.run(SYSTEM, move.id)

    thread = threading.Thread(target=work)
    thread.start()
    yield
    over.set()
    thread.join()


@pytest.fixture
def darkroom(library, runs, tmp_path, monkeypatch, capsys) -> Iterator[Callable[..., Answer]]:
    variables = {
        "DARKROOM_STORAGE_MORE": library.settings.storage_more, "DARKROOM_BACKUPS": str(library.settings.backups),
        "DARKROOM_STORAGE_RULES": "renditions -> attic",
    }  # fmt: skip
    server = Server(library.settings, tmp_path, variables)
    server.start()
    server.tell_home()
    monkeypatch.setenv("DARKROOM_HOME", str(library.settings.home_path))
    monkeypatch.setenv("DARKROOM_MONGO_DATABASE", library.settings.mongo_database)

    yield lambda *words: answered(monkeypatch, capsys, *words)
    server.stop()


def test_a_darkroom_that_runs_does_what_its_operator_asks(library, darkroom, tmp_path):
    fill(library, 3)
    listed = json.loads(darkroom("storage", "list", "--json")[1])
    assert [one["name"] for one in listed["places"]] == ["main", "attic", "local"]
    # The rules are those of the server: this process knows none.
    assert listed["rules"] == ["renditions -> attic"]
    assert darkroom("storage", "check", "attic")[0] == 0
    assert darkroom("storage", "verify")[:2] == (0, "6 blobs read, 0 missing or damaged.\n")
    assert json.loads(darkroom("storage", "arrange", "--dry-run", "--json")[1])["failed"] == 0
    plan = darkroom("storage", "migrate", "main", "attic", "--dry-run")[1]
    assert plan.endswith("would be copied, 0 are there.\n")
    code, out, error = darkroom("storage", "migrate", "main", "attic")
    assert (code, out.startswith("Done. 6 blobs")) == (0, True), error
    assert darkroom("storage", "migrate", "main", "attic", "--rollback")[1].startswith("Taken back.")
    kinds = {one.kind for one in library.operations.list(LOCAL_OWNER).items}
    assert kinds == {"verify", "arrange", "plan", "storage"}
    # A place by its URL is for who may read the home; nobody sends one.
    assert darkroom("storage", "verify", f"{tmp_path}/attic")[1] == "6 blobs read, 0 missing or damaged.\n"
    assert darkroom("storage", "check", "/srv/elsewhere", "--url", "http://localhost:1")[0] == 2

    code, out, _ = darkroom("backup")
    assert (code, out.startswith("Back up: done, 6 of 6 things")) == (0, True)
    [made] = json.loads(darkroom("backup", "--list", "--json")[1])["items"]
    assert (made["blobs"], made["missing"]) == (6, 0)
    assert darkroom("backup", "--check", "latest")[0] == 0
    assert json.loads(darkroom("backup", str(tmp_path / "backups"), "--list", "--json")[1])["items"] == [made]
    assert "6 blobs read, 0 missing" in darkroom("backup", str(tmp_path / "backups"), "--check", made["id"])[1]
    assert darkroom("backup", "/srv/elsewhere", "--url", "http://localhost:1")[0] == 2

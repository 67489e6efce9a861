"""Verifying, arranging and backing up as operations: begun over REST, done by a run, watched, cancelled, gone on with."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from darkroom.api.app import create_app
from darkroom.domain.access import SYSTEM
from darkroom.services.storage.backup import backups
from darkroom.store.blobs import LocalBlobStore
from darkroom.store.work import WorkRepository
from tests.integration.storage.conftest import opened
from tests.integration.storage.test_moves import fill


@pytest.fixture
def library(quick_settings, tmp_path):
    more = {
        "storage_more": f"attic={tmp_path}/attic", "storage_rules": "originals -> attic",
        "backups": f"{tmp_path}/backups",
    }  # fmt: skip
    library = opened(quick_settings.model_copy(update=more))
    yield library
    library.close()


@pytest.fixture
def client(library):
    with TestClient(create_app(library=library), base_url="http://localhost:8000", client=("127.0.0.1", 1)) as client:
        yield client


def begun(client, library, path: str, body: dict | None = None):
    """The operation that a request begins, and that it is asked for."""
    answer = client.post(f"/api/v1/storage/{path}", **({} if body is None else {"json": body}))
    assert answer.status_code == 202, answer.text
    found = answer.json()
    assert answer.headers["Operation-Location"] == f"/api/v1/operations/{found['id']}"
    assert (found["state"], found["can_cancel"], found["can_undo"]) == ("queued", True, False)
    assert library.launcher.launched[-1] == found["id"]
    return found["id"]


def done(client, library, work_id: str, run: str = "run-1"):
    library.work.run(SYSTEM, work_id, run)
    return client.get(f"/api/v1/operations/{work_id}").json()


def test_blobs_are_read_through_and_what_is_damaged_is_named(client, library):
    blobs = fill(library, 4)
    found = done(client, library, begun(client, library, "verify", {}))
    assert (found["state"], found["kind"], found["done"], found["total"], found["failed"]) == (
        "done",
        "verify",
        8,
        8,
        0,
    )
    space, key = min(blobs)
    library.stores.blobs.local_path(space, key).write_bytes(b"changed")
    found = done(client, library, begun(client, library, "verify", {"place": "attic"}))
    assert (found["state"], found["done"], found["failed"]) == ("done", 4, 1)
    assert [(one["id"], one["code"]) for one in found["failures"]] == [(f"{space}/{key}", "blob_damaged")]
    assert done(client, library, begun(client, library, "verify", {"most": 3}))["done"] == 3


def test_reading_through_goes_on_where_it_was_and_stops_when_cancelled(client, library, monkeypatch):
    fill(library, 10)
    monkeypatch.setattr("darkroom.services.storage._CHUNK", 4)
    monkeypatch.setattr("darkroom.services.work.progress._EVERY_SECONDS", 0.0)
    work_id = begun(client, library, "verify", {})
    read = []
    original = LocalBlobStore.verify

    def counted(self, namespace, key):
        read.append(key)
        original(self, namespace, key)

    monkeypatch.setattr(LocalBlobStore, "verify", counted)

    class Killed(BaseException):
        pass

    kept = WorkRepository.note

    def dies(self, work, run, change):
        found = kept(self, work, run, change)
        if found.done >= 8:
            raise Killed
        return found

    monkeypatch.setattr(WorkRepository, "note", dies)
    with pytest.raises(Killed):
        library.work.run(SYSTEM, work_id, "run-1")
    monkeypatch.setattr(WorkRepository, "note", kept)
    assert client.get(f"/api/v1/operations/{work_id}").json()["done"] == 8
    found = done(client, library, work_id)  # the same run once more, as Dagster tries again
    assert (found["state"], found["done"], len(read)) == ("done", 20, 20)

    stopped = begun(client, library, "verify", {})
    library.work.run(
        SYSTEM, stopped, "run-2", on_progress=lambda _: client.post(f"/api/v1/operations/{stopped}/cancel")
    )
    found = client.get(f"/api/v1/operations/{stopped}").json()
    assert (found["state"], found["can_cancel"]) == ("cancelled", False)
    assert found["done"] < 20


def test_blobs_go_where_the_rules_say_by_now(client, library, quick_settings, tmp_path):
    plain = opened(quick_settings)
    blobs = fill(plain, 3)
    plain.close()
    attic = LocalBlobStore(tmp_path / "attic")
    planned = done(client, library, begun(client, library, "arrange", {"dry_run": True}))
    assert (planned["changed"], planned["result"]["would_move"], planned["result"]["unchanged"]) == (0, 3, 3)
    assert not list(attic.keys("originals"))
    moved = done(client, library, begun(client, library, "arrange", {}))
    assert (moved["state"], moved["changed"], moved["done"], moved["total"]) == ("done", 3, 6, 6)
    assert {("originals", key) for key in attic.keys("originals")} == {one for one in blobs if one[0] == "originals"}
    assert done(client, library, begun(client, library, "arrange", {}))["changed"] == 0
    assert library.storage.verify(SYSTEM).failed == 0


def test_a_backup_is_written_listed_and_read_through(client, library, tmp_path):
    blobs = fill(library, 3)
    found = done(client, library, begun(client, library, "backups"))
    assert (found["state"], found["kind"], found["done"], found["changed"]) == ("done", "backup", 6, 6)
    listed = client.get("/api/v1/storage/backups").json()["items"]
    assert [(one["blobs"], one["copied"], one["missing"]) for one in listed] == [(6, 6, 0)]
    assert listed[0]["id"] == backups(tmp_path / "backups", library.settings)[0].id
    second = done(client, library, begun(client, library, "backups"))
    lines = client.get("/api/v1/audit", params={"action": "backup.begun"}).json()["items"]
    assert [one["resource"] for one in lines] == [second["id"], found["id"]]
    assert (second["done"], second["changed"]) == (6, 0)
    here = f"backups/{listed[0]['id']}/verify"
    assert done(client, library, begun(client, library, here))["failed"] == 0
    space, key = min(blobs)
    LocalBlobStore(tmp_path / "backups" / "blobs").local_path(space, key).write_bytes(b"changed")
    broken = done(client, library, begun(client, library, here))
    assert (broken["done"], broken["failed"], broken["failures"][0]["id"]) == (6, 1, f"{space}/{key}")
    (tmp_path / "backups" / listed[0]["id"] / "images.bson").write_bytes(b"changed")
    assert done(client, library, begun(client, library, here))["error"]["code"] == "backup_damaged"


def test_a_backup_that_is_cancelled_leaves_nothing_half(client, library, tmp_path, monkeypatch):
    fill(library, 3)
    monkeypatch.setattr("darkroom.services.work.progress._EVERY_SECONDS", 0.0)
    work_id = begun(client, library, "backups")
    library.work.run(
        SYSTEM, work_id, "run-1", on_progress=lambda _: client.post(f"/api/v1/operations/{work_id}/cancel")
    )
    assert client.get(f"/api/v1/operations/{work_id}").json()["state"] == "cancelled"
    assert [one.name for one in (tmp_path / "backups").iterdir()] == ["blobs"]
    assert client.get("/api/v1/storage/backups").json()["items"] == []


def test_nobody_names_a_folder_or_a_backup_outside_of_it(client, library, tmp_path):
    fill(library, 1)
    done(client, library, begun(client, library, "backups"))
    name = backups(tmp_path / "backups", library.settings)[0].id
    (tmp_path / "backups" / name).rename(tmp_path / name)
    for given in ("%2e%2e", f"..%2F{name}", name, f"{name}%2F..", "blobs"):
        answer = client.post(f"/api/v1/storage/backups/{given}/verify")
        assert answer.status_code in (404, 405), given
    answer = client.post("/api/v1/storage/backups", json={"folder": "/etc"})
    assert answer.status_code in (202, 422)
    assert library.launcher.launched[-1] == answer.json().get("id", library.launcher.launched[-1])


def test_without_a_folder_of_the_settings_there_is_none(quick_settings):
    library = opened(quick_settings)
    with TestClient(create_app(library=library), base_url="http://localhost:8000", client=("127.0.0.1", 1)) as client:
        for answer in (client.get("/api/v1/storage/backups"), client.post("/api/v1/storage/backups")):
            assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
            assert "DARKROOM_BACKUPS" in answer.json()["remedy"]
    library.close()

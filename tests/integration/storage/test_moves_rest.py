"""Storage over REST: what places there are, whether they work, and moves that runs do."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from darkroom.api.app import create_app
from darkroom.domain.access import SYSTEM
from darkroom.domain.base import now
from darkroom.domain.run import RunRecord
from darkroom.errors import Error
from darkroom.services.runs import MOVE_JOB, WORK_JOB
from darkroom.store.blobs import LocalBlobStore
from tests.integration.storage.conftest import opened
from tests.integration.storage.test_moves import fill


@pytest.fixture
def library(quick_settings, tmp_path):
    more = {
        "storage_more": f"attic={tmp_path}/attic",
        "storage_rules": "renditions -> main; originals over 50MB -> attic",
    }
    library = opened(quick_settings.model_copy(update=more))
    yield library
    library.close()


@pytest.fixture
def client(library):
    with TestClient(create_app(library=library), base_url="http://localhost:8000", client=("127.0.0.1", 1)) as client:
        yield client


def code(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_places_rules_and_whether_they_work(client, library, tmp_path):
    fill(library, 3)
    found = client.get("/api/v1/storage/places").json()
    assert [(one["name"], one["blobs"], one["counted_at"]) for one in found["items"]] == [
        ("main", None, None), ("attic", None, None), ("local", None, None),
    ]  # fmt: skip
    assert found["rules"] == ["renditions -> main", "originals over 50MB -> attic"]
    probe = client.post("/api/v1/storage/check", json={"place": "attic"}).json()
    assert probe["ok"]
    assert {"write", "read"} <= {word for one in probe["steps"] for word in one["name"].split()}
    attic = tmp_path / "attic"
    assert not [path for path in attic.rglob("*") if path.is_file()]


def test_what_is_in_the_places_is_counted_by_a_run_and_told_with_its_age(client, library, monkeypatch):
    fill(library, 3)

    def counted() -> dict[str, tuple[int | None, bool]]:
        items = client.get("/api/v1/storage/places").json()["items"]
        return {one["name"]: (one["blobs"], one["counted_at"] is not None) for one in items}

    begun = client.post("/api/v1/storage/count")
    assert (begun.status_code, begun.json()["kind"]) == (202, "count")
    done = library.work.run(SYSTEM, begun.json()["id"], "run-1")
    assert (done.state, done.done, done.failed) == ("done", 12, 0)
    assert counted() == {"main": (6, True), "attic": (0, True), "local": (6, True)}
    # A place that does not answer is told, and the others are counted.
    sizes = library.storage.sizes

    def broken(principal, name):
        if name == "attic":
            raise Error("storage_unavailable", "It is away.")
        return sizes(principal, name)

    monkeypatch.setattr(library.storage, "sizes", broken)
    begun = client.post("/api/v1/storage/count").json()
    done = library.work.run(SYSTEM, begun["id"], "run-2")
    assert (done.state, done.failed, done.failures[0].id) == ("done", 1, "attic")
    assert counted() == {"main": (6, True), "attic": (None, False), "local": (6, True)}


@pytest.mark.parametrize("place", ["/etc", "file:///etc", "s3://bucket?endpoint=http://169.254.169.254", "nowhere"])
def test_no_place_but_those_of_the_settings_is_ever_touched(client, place):
    """Otherwise who may move pictures could write to any folder, and have any address asked."""
    for path, body in (
        ("check", {"place": place}), ("verify", {"place": place}), ("moves", {"source": "main", "target": place}),
        ("moves/plan", {"source": place, "target": "attic"}),
    ):  # fmt: skip
        answer = client.post(f"/api/v1/storage/{path}", json=body)
        assert code(answer) == (422, "invalid_parameter"), path
        assert "DARKROOM_STORAGE_MORE" in answer.json()["remedy"]


def test_a_move_is_begun_done_by_a_run_and_taken_back(client, library, tmp_path):
    blobs = fill(library, 5)
    launcher = library.launcher
    plan = client.post("/api/v1/storage/moves/plan", json={"source": "main", "target": "attic"})
    assert (plan.status_code, plan.json()["kind"], launcher.jobs) == (202, "plan", [WORK_JOB])
    looked = library.work.run(SYSTEM, plan.json()["id"], "run-1")
    assert (looked.state, looked.done, looked.result) == (
        "done", len(blobs), {"copies": len(blobs), "bytes": sum(map(len, blobs.values()))},
    )  # fmt: skip
    launcher.jobs.clear()
    launcher.launched.clear()
    begun = client.post("/api/v1/storage/moves", json={"source": "main", "target": "attic", "throttle": 50})
    assert begun.status_code == 202
    move = begun.json()
    assert begun.headers["Location"] == f"/api/v1/storage/moves/{move['id']}"
    assert (launcher.jobs, launcher.launched) == ([MOVE_JOB], [move["id"]])
    shown = client.get(begun.headers["Operation-Location"]).json()
    assert (shown["kind"], shown["state"]) == ("storage", "running")
    # New pictures go there from the first moment, before any run.
    new = fill(library, 2, seed=1)
    attic = LocalBlobStore(tmp_path / "attic")
    assert all(attic.read(*key) == data for key, data in new.items())
    done = library.moves.run(SYSTEM, move["id"])
    assert (done.state, done.failed, done.throttle) == ("done", 0, 50)
    assert all(attic.read(*key) == data for key, data in blobs.items())
    assert client.get(begun.headers["Location"]).json()["requested_at"] is None
    assert client.get(begun.headers["Operation-Location"]).json()["state"] == "done"
    assert code(client.post("/api/v1/storage/moves", json={"source": "attic", "target": "main"})) == (409, "conflict")
    back = client.post(f"/api/v1/storage/moves/{move['id']}/rollback")
    assert (back.status_code, back.json()["state"]) == (202, "rolling_back")
    assert library.moves.run(SYSTEM, move["id"]).state == "rolled_back"
    main = LocalBlobStore(Path(library.settings.blobs))
    assert all(main.read(*key) == data for key, data in new.items())
    assert code(client.post(f"/api/v1/storage/moves/{move['id']}/rollback")) == (409, "conflict")
    assert [one["state"] for one in client.get("/api/v1/storage/moves").json()["items"]] == ["rolled_back"]


def test_a_move_whose_run_died_is_asked_for_again_and_one_that_was_stopped_is_not(client, library, database):
    fill(library, 3)
    library.launcher.down = True
    move = client.post("/api/v1/storage/moves", json={"source": "main", "target": "attic"}).json()
    assert library.moves.pending(SYSTEM) == []  # asked for just now
    old = now() - timedelta(hours=1)
    age = {"$set": {"requested_at": old, "updated_at": old}}
    database.collection("storage_moves").update_one({"_id": move["id"]}, age)
    assert [one.id for one in library.moves.pending(SYSTEM)] == [move["id"]]
    library.moves.mark_requested(SYSTEM, move["id"])
    assert library.moves.pending(SYSTEM) == []
    library.launcher.down = False
    library.launcher.runs = [
        RunRecord(id="run-9", job=MOVE_JOB, state="running", batch=move["id"]),
        RunRecord(id="run-8", job=MOVE_JOB, state="failed", batch=move["id"]),
    ]
    stopped = client.post(f"/api/v1/storage/moves/{move['id']}/stop")
    assert (stopped.status_code, stopped.json()["requested_at"]) == (200, None)
    assert library.launcher.cancelled == ["run-9"]
    database.collection("storage_moves").update_one({"_id": move["id"]}, {"$set": {"updated_at": old}})
    assert library.moves.pending(SYSTEM) == []
    assert code(client.post(f"/api/v1/storage/moves/{move['id']}/stop")) == (409, "conflict")
    assert library.moves.run(SYSTEM, move["id"]).copied == 0  # a run that comes late
    again = client.post("/api/v1/storage/moves", json={"source": "main", "target": "attic"}).json()
    assert again["id"] == move["id"]
    assert library.moves.run(SYSTEM, move["id"]).state == "done"


def test_a_move_is_stopped_as_any_other_operation_and_goes_on_later(client, library, tmp_path, monkeypatch):
    monkeypatch.setattr("darkroom.services.storage.moving._CHUNK", 2)
    blobs = fill(library, 6)
    move = client.post("/api/v1/storage/moves", json={"source": "main", "target": "attic"}).json()
    here = f"/api/v1/operations/{move['id']}"
    shown = client.get(here).json()
    assert (shown["can_cancel"], shown["links"]["cancel"]) == (True, f"{here}/cancel")
    # Whoever moves is in the middle of it; where Dagster is down, nobody ends its run either.
    library.launcher.down = True
    seen = []
    half = library.moves.run(
        SYSTEM, move["id"], on_progress=lambda one: seen or seen.append(client.post(f"{here}/cancel"))
    )
    assert (seen[0].status_code, seen[0].json()["state"]) == (200, "cancelled")
    assert 0 < half.done < len(blobs)
    assert client.get(here).json()["can_cancel"] is False
    assert code(client.post(f"{here}/cancel")) == (409, "conflict")

    def listed(state: str) -> list[str]:
        return [one["id"] for one in client.get(f"/api/v1/operations?kind=storage&state={state}").json()["items"]]

    assert (listed("cancelled"), listed("running"), listed("done")) == ([move["id"]], [], [])
    again = client.post("/api/v1/storage/moves", json={"source": "main", "target": "attic"}).json()
    assert (again["id"], client.get(here).json()["state"]) == (move["id"], "running")
    assert listed("running") == [move["id"]]
    assert library.moves.run(SYSTEM, move["id"]).state == "done"
    attic = LocalBlobStore(tmp_path / "attic")
    assert all(attic.read(*key) == data for key, data in blobs.items())
    assert (listed("cancelled"), listed("done")) == ([], [move["id"]])


def test_a_move_that_left_something_out_has_failed(client, library):
    blobs = fill(library, 2)
    space, key = min(blobs)
    library.stores.blobs.local_path(space, key).write_bytes(b"changed")
    move = client.post("/api/v1/storage/moves", json={"source": "main", "target": "attic"}).json()
    assert library.moves.run(SYSTEM, move["id"]).failed == 1
    assert client.get(f"/api/v1/operations/{move['id']}").json()["state"] == "failed"
    assert len(client.get("/api/v1/operations?state=failed").json()["items"]) == 1
    assert client.get("/api/v1/operations?state=running").json()["items"] == []


def test_what_cannot_be_moved_now_is_tried_again_later(client, library, monkeypatch):
    fill(library, 1)
    move = client.post("/api/v1/storage/moves", json={"source": "main", "target": "attic"}).json()

    def full(*_args, **_kwargs):
        raise Error("storage_unavailable", "The disk is away.")

    monkeypatch.setattr("darkroom.store.blobs.local.LocalBlobStore.put_file", full)
    with pytest.raises(Error, match="away"):
        library.moves.run(SYSTEM, move["id"])
    assert client.get(f"/api/v1/storage/moves/{move['id']}").json()["requested_at"] is not None

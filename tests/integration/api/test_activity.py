"""Batches, the failure ledger, queue, runs and health."""

from __future__ import annotations

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from darkroom.api.app import create_app
from darkroom.domain.access import SYSTEM
from darkroom.domain.base import now
from darkroom.domain.run import RunRecord
from darkroom.services.runs import WORK_JOB
from darkroom.settings import Settings
from tests.factories import BASE, batch, failure


@pytest.fixture
def put(stores):
    """Store batches with their manifests."""

    def work(*pairs):
        for one, manifest in pairs:
            stores.database.run(
                lambda session, one=one, manifest=manifest: stores.batches.create(session, one, manifest)
            )

    return work


@pytest.fixture
def fail(stores):
    """Store entries of the ledger."""

    def work(*entries):
        stores.database.run(lambda session: [stores.failures.record(session, one) for one in entries])

    return work


def test_batches_are_listed_newest_first_page_by_page(client, put):
    put(*(batch(number) for number in range(5)))
    first = client.get("/api/v1/batches", params={"limit": 3}).json()
    second = client.get("/api/v1/batches", params={"limit": 3, "cursor": first["next_cursor"]}).json()
    assert [one["id"] for one in first["items"] + second["items"]] == [f"b-00000{n}" for n in (4, 3, 2, 1, 0)]
    assert second["next_cursor"] is None


def test_batches_are_filtered_by_state_and_connector(client, put):
    put(batch(1), batch(2, state="done", connector="cli"), batch(3, state="cancelled"))
    states = {"state": ["done", "cancelled"]}
    assert [one["id"] for one in client.get("/api/v1/batches", params=states).json()["items"]] == [
        "b-000003",
        "b-000002",
    ]
    assert [one["id"] for one in client.get("/api/v1/batches", params={"connector": "cli"}).json()["items"]] == [
        "b-000002"
    ]


def test_a_batch_tells_rate_time_left_and_run(client, put):
    times = {"started_at": BASE, "heartbeat_at": BASE + timedelta(seconds=10)}
    put(batch(1, items=100, state="running", done=20, run_id="r-1", **times))
    found = client.get("/api/v1/batches/b-000001").json()
    assert (found["rate"], found["seconds_left"]) == (2.0, 40.0)
    assert found["dagster_run_url"] == "http://localhost:3000/runs/r-1"


@pytest.mark.parametrize("path", ["/api/v1/batches/{}", "/api/v1/batches/{}/cancel"])
def test_an_unknown_batch_is_not_found(client, path: str):
    for name in ("b-nothing", "%00", "a%2Fb", "x" * 200, "\u2603", "$ne"):
        answer = client.request("POST" if "cancel" in path else "GET", path.format(name))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_batch_is_cancelled_unless_it_is_over(client, put):
    put(batch(1), batch(2, state="done", done=3))
    assert client.post("/api/v1/batches/b-000001/cancel").json()["state"] == "cancelled"
    assert client.post("/api/v1/batches/b-000001/cancel").json()["state"] == "cancelled"
    over = client.post("/api/v1/batches/b-000002/cancel")
    assert (over.status_code, over.json()["code"]) == (409, "conflict")


def test_the_ledger_is_listed_and_filtered(client, fail):
    fail(failure(1), failure(2, code="image_empty"), failure(3, batch="b-2"))
    page = client.get("/api/v1/failures").json()
    assert len(page["items"]) == 3
    assert page["open_by_code"] == {"image_corrupt": 2, "image_empty": 1}
    assert [one["id"] for one in client.get("/api/v1/failures?code=image_empty").json()["items"]] == ["f-000002"]
    assert [one["id"] for one in client.get("/api/v1/failures?batch=b-2").json()["items"]] == ["f-000003"]
    assert client.get("/api/v1/failures?state=dismissed").json()["items"] == []
    assert client.get("/api/v1/facets").json()["failed"] == 3


def test_chosen_failures_are_retried_as_a_batch(client, fail, launcher):
    fail(failure(1), failure(2))
    answer = client.post("/api/v1/failures/retry", json={"ids": ["f-000001"]})
    assert answer.status_code == 202
    made = answer.json()["batch"]
    assert (made["total"], made["state"]) == (1, "queued")
    assert answer.headers["Location"] == f"/api/v1/batches/{made['id']}"
    assert launcher.launched == [made["id"]]
    assert [one["id"] for one in client.get("/api/v1/failures").json()["items"]] == ["f-000002"]


def test_all_failures_of_a_code_are_retried(client, fail):
    fail(failure(1), failure(2, code="image_empty"), failure(3, code="image_empty"))
    assert (
        client.post("/api/v1/failures/retry", json={"all": True, "code": "image_empty"}).json()["batch"]["total"] == 2
    )
    assert client.post("/api/v1/failures/retry", json={"all": True}).json()["batch"]["total"] == 1
    nothing = client.post("/api/v1/failures/retry", json={"all": True})
    assert (nothing.status_code, nothing.json()["code"]) == (404, "not_found")


def test_failures_are_dismissed(client, fail):
    fail(*(failure(number) for number in range(5)))
    assert client.post("/api/v1/failures/dismiss", json={"ids": ["f-000001", "f-000009"]}).json()["dismissed"] == 1
    every = client.post("/api/v1/failures/dismiss", json={"all": True})
    others = [f"f-{number:06}" for number in (0, 2, 3, 4)]
    assert (every.status_code, every.json()["dismissed"], every.json()["operation"]) == (200, 4, None)
    assert sorted(every.json()["ids"]) == others
    assert client.post("/api/v1/failures/dismiss", json={"all": True}).json()["dismissed"] == 0
    back = client.post("/api/v1/failures/dismiss", json={"ids": [*others[:2], "f-000009"], "back": True})
    assert (back.json()["dismissed"], sorted(back.json()["ids"])) == (2, others[:2])
    assert sorted(one["id"] for one in client.get("/api/v1/failures").json()["items"]) == others[:2]
    assert client.post("/api/v1/failures/dismiss", json={"all": True, "back": True}).status_code == 422


def test_of_many_failures_the_rest_is_dismissed_and_retried_by_operations(client, fail, library, launcher, monkeypatch):
    monkeypatch.setattr("darkroom.services.activity.AT_ONCE", 2)
    fail(*(failure(number) for number in range(7)))
    some = client.post("/api/v1/failures/retry", json={"all": True})
    assert (some.status_code, some.json()["batch"]["total"]) == (202, 2)
    work = library.work.run(SYSTEM, some.json()["operation"]["id"], "run-1")
    assert (work.state, work.total, work.changed) == ("done", 5, 5)
    totals = [one["total"] for one in client.get("/api/v1/batches").json()["items"]]
    assert sorted(totals) == [2, 5]
    assert launcher.jobs.count(WORK_JOB) == 1
    assert client.get("/api/v1/failures").json()["items"] == []

    fail(*(failure(number) for number in range(10, 15)))
    some = client.post("/api/v1/failures/dismiss", json={"all": True, "code": "image_corrupt"})
    assert (some.status_code, some.json()["dismissed"]) == (202, 2)
    assert some.headers["Operation-Location"] == some.json()["operation"]["links"]["self"]
    assert len(client.get("/api/v1/failures").json()["items"]) == 3
    assert library.work.run(SYSTEM, some.json()["operation"]["id"], "run-2").changed == 3
    assert len(client.get("/api/v1/failures?state=dismissed").json()["items"]) == 5


BAD_BODIES = [
    (b"", 422), (b"{}", 422), (b"null", 422), (b"[]", 422), (b'"x"', 422), (b"{", 422), (b"\xff", 400),
    (b'{"ids": []}', 422), (b'{"ids": "x"}', 422), (b'{"ids": [1]}', 422), (b'{"ids": ["x"], "all": true}', 422),
    (b'{"all": false}', 422), (b'{"all": true, "code": "nope"}', 422), (b'{"ids": ["x"], "code": "internal"}', 422),
    (b'{"ids": ["\\ud800"]}', 422), (b'{"\\ud800": 1, "all": true}', 422), (b'{"all": true, "more": 1}', 422),
    (b'{"all": 1e400}', 422), (b'{"all": ' + b"9" * 5000 + b"}", 400), (b"[" * 100_000, 400),
    (b'{"ids": [' + b",".join([b'"x"'] * 1001) + b"]}", 422), (b'{"ids": ["' + b"x" * 1_100_000 + b'"]}', 413),
]  # fmt: skip


@pytest.mark.parametrize("action", ["retry", "dismiss"])
def test_bad_bodies_are_refused(client, action: str):
    for body, status in BAD_BODIES:
        answer = client.post(f"/api/v1/failures/{action}", content=body, headers={"Content-Type": "application/json"})
        assert (answer.status_code, body[:60]) == (status, body[:60])
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["trace_id"]


def test_unknown_ids_to_retry_are_not_found(client):
    answer = client.post("/api/v1/failures/retry", json={"ids": ["nothing"]})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    for name in ("a\x00b", "$where", "\u2603", "a/b", ""):
        answer = client.post("/api/v1/failures/retry", json={"ids": [name]})
        assert (answer.status_code, answer.json()["parameter"]) == (422, "body.ids.0")


def test_the_queue_is_measured(client, put, library):
    moment = now()
    running = {"state": "running", "started_at": moment - timedelta(seconds=10), "heartbeat_at": moment, "done": 20}
    put(
        batch(1, items=100, oldest_at=moment - timedelta(seconds=60), **running),
        batch(2, items=10, oldest_at=moment),
        batch(3, items=7, state="done", done=7),
    )
    queue = client.get("/api/v1/queue").json()
    assert queue["inbox"] == str(library.settings.inbox)
    assert (queue["batches"], queue["files"], queue["files_left"]) == (2, 110, 90)
    assert 59 <= queue["oldest_seconds"] <= 90
    assert queue["rate"] == pytest.approx(2.0, rel=0.01)
    assert queue["seconds_left"] == pytest.approx(45.0, rel=0.01)


def test_an_empty_queue(client):
    queue = client.get("/api/v1/queue").json()
    assert (queue["files_left"], queue["oldest_seconds"], queue["rate"], queue["seconds_left"]) == (0, None, None, 0.0)


def test_runs_link_to_dagster(client, stores):
    stores.runs.upsert(RunRecord(id="r-1", job="ingest_images", state="running", batch="b-1", started_at=BASE))
    found = client.get("/api/v1/runs").json()
    assert [(one["id"], one["dagster_url"]) for one in found["items"]] == [("r-1", "http://localhost:3000/runs/r-1")]


def test_health_is_told_part_by_part(client, launcher):
    health = client.get("/api/v1/health").json()
    assert health["database"]["ok"] is True
    assert health["database"]["milliseconds"] > 0
    assert health["orchestrator"]["reachable"] is True
    assert health["services"] == []
    assert health["version"]


def test_health_answers_while_the_database_is_down(own_mongod, tmp_path, launcher):
    from pydantic import SecretStr

    settings = Settings(home=tmp_path / "home", mongo_uri=SecretStr(own_mongod.uri))
    own_mongod.stop()
    with TestClient(create_app(settings), base_url="http://localhost", client=("127.0.0.1", 1)) as client:
        answer = client.get("/api/v1/health")
        assert (answer.status_code, answer.json()["status"]) == (200, "starting")
        answer = client.get("/api/v1/images")
        assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
        assert answer.headers["Retry-After"] == "2"

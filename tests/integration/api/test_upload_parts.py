"""Uploads in parts: any order, again, wrong, too much, by somebody else, after a crash; known bytes are not sent."""

from __future__ import annotations

import base64
import hashlib
import os
import random
import threading
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from darkroom.api.app import create_app
from darkroom.cli.in_process import InProcess
from darkroom.client import Client
from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.domain.base import now
from darkroom.domain.upload import MOST_PARTS, PART_BYTES, part_bytes_for
from darkroom.services.accounts.requests import NewToken, NewUser
from darkroom.services.library import Library
from darkroom.services.uploads.tidying import QUIET_SECONDS
from tests.factories import image_record

SIZE = 2 * PART_BYTES + 1000
DATA = random.Random(4).randbytes(SIZE)
SHA = hashlib.sha256(DATA).hexdigest()


def begun(client, status: int = 201, **values):
    answer = client.post("/api/v1/uploads", json={"name": "a.jpg", "bytes": SIZE, "sha256": SHA} | values)
    assert answer.status_code == status, answer.text
    return answer.json()


def part(upload: dict, number: int, data: bytes = DATA) -> tuple[str, bytes]:
    one = upload["parts"][number - 1]
    return one["url"], data[one["offset"] : one["offset"] + one["bytes"]]


def send(client, upload: dict, *numbers: int, data: bytes = DATA) -> None:
    for number in numbers:
        url, piece = part(upload, number, data)
        digest = base64.b64encode(hashlib.sha256(piece).digest()).decode()
        answer = client.put(url, content=piece, headers={"Content-Digest": f"sha-256=:{digest}:"})
        assert answer.status_code == 200, answer.text
        assert answer.json()["there"]


def code(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_parts_may_come_in_any_order_and_again(client, library, launcher):
    upload = begun(client, name="../x/a.jpg", modified_at="2020-02-03T04:05:06Z", tags=["sea"])["upload"]
    assert [(one["number"], one["bytes"], one["there"]) for one in upload["parts"]] == [
        (1, PART_BYTES, False), (2, PART_BYTES, False), (3, 1000, False),
    ]  # fmt: skip
    send(client, upload, 3, 1, 3)
    refused = client.post(f"/api/v1/uploads/{upload['id']}/complete")
    assert code(refused) == (409, "conflict")
    assert refused.json()["missing"] == [2]
    shown = client.get(f"/api/v1/uploads/{upload['id']}").json()
    assert [one["there"] for one in shown["parts"]] == [True, False, True]
    assert shown["received"] == PART_BYTES + 1000
    assert [one["id"] for one in client.get("/api/v1/uploads").json()["items"]] == [upload["id"]]
    send(client, upload, 2)
    answer = client.post(f"/api/v1/uploads/{upload['id']}/complete")
    assert answer.status_code == 202
    batch = answer.json()["batch"]
    assert (batch["total"], batch["total_bytes"], launcher.launched) == (1, SIZE, [batch["id"]])
    item = library.stores.batches.manifest(batch["id"]).items[0]
    assert (item.key, item.tags, item.modified_ns) == ("a.jpg", ("sea",), 1580702706 * 10**9)
    assert Path(item.path).read_bytes() == DATA
    again = client.post(f"/api/v1/uploads/{upload['id']}/complete")
    assert again.json()["batch"]["id"] == batch["id"]
    assert len(launcher.launched) == 1
    assert client.get("/api/v1/uploads").json()["items"] == []


def test_what_broke_off_is_gone_on_with_by_its_hash(client):
    first = begun(client)["upload"]
    send(client, first, 2)
    again = begun(client, batch="drop-2")["upload"]
    assert again["id"] == first["id"]
    assert [one["there"] for one in again["parts"]] == [False, True, False]
    assert again["batch_key"] == "drop-2"
    assert begun(client, sha256=None)["upload"]["id"] != first["id"]


def test_several_uploads_become_one_batch(client, library, launcher):
    sent = {}
    for number in range(3):
        data = os.urandom(1000 + number)
        new = {"name": "same.jpg", "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), "batch": "d1"}
        upload = begun(client, **new)["upload"]
        send(client, upload, 1, data=data)
        done = client.post(f"/api/v1/uploads/{upload['id']}/complete")
        assert (done.status_code, done.json()["batch"], done.json()["upload"]["state"]) == (200, None, "waiting")
        sent[new["sha256"]] = data
    assert launcher.launched == []
    answers = [client.post("/api/v1/uploads/submit", json={"batch": "d1"}) for _ in range(2)]
    assert [one.status_code for one in answers] == [202, 202]
    batch = answers[0].json()["batch"]["id"]
    assert answers[1].json()["batch"]["id"] == batch
    assert launcher.launched == [batch]
    items = library.stores.batches.manifest(batch).items
    assert sorted(item.key for item in items) == ["same (2).jpg", "same (3).jpg", "same.jpg"]
    for item in items:
        assert hashlib.sha256(Path(item.path).read_bytes()).hexdigest() in sent
    assert code(client.post("/api/v1/uploads/submit", json={"batch": "other"})) == (404, "not_found")


def test_known_bytes_are_not_sent(client, add):
    record = add([image_record(1, tags=("sea",))])[0]
    told = begun(client, 200, sha256=record.id, tags=["sea"])
    assert (told["image"], told["upload"]) == (record.id, None)
    # A tag that it does not have: it is sent, and gets it.
    assert begun(client, sha256=record.id, tags=["sky"])["image"] is None
    answer = client.post("/api/v1/uploads/known", json={"sha256": ["0" * 64, record.id]})
    assert answer.json() == {"known": [record.id]}


def test_wrong_parts_are_refused_and_leave_nothing(client, library):
    upload = begun(client)["upload"]
    url, piece = part(upload, 3)
    wrong = {"Content-Digest": f"sha-256=:{base64.b64encode(bytes(32)).decode()}:"}
    assert code(client.put(url, content=piece, headers=wrong)) == (422, "checksum_mismatch")
    assert code(client.put(url, content=piece + b"x")) == (413, "payload_too_large")
    assert code(client.put(url, content=piece[:-1])) == (400, "bad_request")
    assert code(client.put(url, content=piece, headers={"Content-Digest": "sha-256=:no:"})) == (
        422,
        "invalid_parameter",
    )
    assert code(client.put(url.replace("/parts/3", "/parts/4"), content=piece)) == (404, "not_found")
    assert not any(one["there"] for one in client.get(f"/api/v1/uploads/{upload['id']}").json()["parts"])
    assert [path for path in library.settings.uploads.rglob("*") if path.is_file()] == []


def test_a_file_that_is_not_what_was_announced_is_given_up(client, library):
    other = bytes(SIZE)
    upload = begun(client)["upload"]
    send(client, upload, 1, 2, 3, data=other)
    assert code(client.post(f"/api/v1/uploads/{upload['id']}/complete")) == (422, "upload_damaged")
    assert code(client.get(f"/api/v1/uploads/{upload['id']}")) == (404, "not_found")
    assert list(library.settings.uploads.iterdir()) == []


def test_an_upload_can_be_given_up(client, library):
    upload = begun(client)["upload"]
    send(client, upload, 1)
    assert client.delete(f"/api/v1/uploads/{upload['id']}").status_code == 204
    assert code(client.delete(f"/api/v1/uploads/{upload['id']}")) == (404, "not_found")
    assert list(library.settings.uploads.iterdir()) == []


@pytest.fixture
def small(mongo_settings, stores, launcher):
    changes = {"max_file_bytes": 3_000_000, "batch_max_files": 2, "upload_most_open": 3}
    library = Library(mongo_settings.model_copy(update=changes), stores, launcher)
    with TestClient(create_app(library=library), base_url="http://localhost", client=("127.0.0.1", 1)) as client:
        yield client


def test_there_are_limits(small):
    def ask(**values):
        return small.post("/api/v1/uploads", json={"name": "a.jpg", "bytes": 10} | values)

    assert code(ask(bytes=3_000_001)) == (413, "payload_too_large")
    assert [ask(batch="k").status_code for _ in range(2)] == [201, 201]
    assert code(ask(batch="k")) == (409, "too_many_uploads")
    assert ask().status_code == 201
    refused = ask()
    assert code(refused) == (409, "too_many_uploads")
    assert "DARKROOM_UPLOAD_MOST_OPEN" in refused.json()["remedy"]
    for values in ({"bytes": -1}, {"sha256": "x"}, {"batch": "a b"}, {"tags": ["\x07"]}, {"name": ""}, {"more": 1}):
        assert code(ask(**values)) == (422, "invalid_parameter"), values


def test_an_empty_file_has_no_parts(client, library):
    upload = begun(client, bytes=0, sha256=None)["upload"]
    assert upload["parts"] == []
    batch = client.post(f"/api/v1/uploads/{upload['id']}/complete").json()["batch"]
    assert library.stores.batches.manifest(batch["id"]).items[0].bytes == 0


@pytest.mark.parametrize("key", [None, "k"])
def test_a_large_file_is_put_together_by_an_operation(client, library, launcher, monkeypatch, key):
    monkeypatch.setattr("darkroom.services.uploads.service.JOINED_AT_ONCE", 1 << 20)
    upload = begun(client, batch=key)["upload"]
    here = f"/api/v1/uploads/{upload['id']}/complete"
    assert code(client.post(here)) == (409, "conflict")  # parts are missing
    send(client, upload, 1, 2, 3)
    answer = client.post(here)
    work = answer.json()["operation"]
    assert (answer.status_code, answer.json()["batch"], work["kind"]) == (202, None, "upload")
    assert answer.headers["Operation-Location"] == f"/api/v1/operations/{work['id']}"
    assert launcher.launched == [work["id"]]
    assert client.post(here).json()["operation"]["id"] == work["id"]  # asked again it is the same
    done = library.work.run(SYSTEM, work["id"], "run-1")
    assert (done.state, done.done, done.total) == ("done", 3, 3)
    whole = client.post(here)
    assert (whole.status_code, whole.json()["operation"]) == (200 if key else 202, None)
    if key:
        assert whole.json()["upload"]["state"] == "waiting"
    else:
        manifest = library.stores.batches.manifest(whole.json()["batch"]["id"])
        assert Path(manifest.items[0].path).read_bytes() == DATA


def test_a_large_file_that_is_damaged_fails_and_one_that_is_cancelled_can_be_tried_again(client, library, monkeypatch):
    monkeypatch.setattr("darkroom.services.uploads.service.JOINED_AT_ONCE", 1 << 20)
    upload = begun(client, sha256="0" * 64)["upload"]
    send(client, upload, 1, 2, 3)
    here = f"/api/v1/uploads/{upload['id']}/complete"
    first = client.post(here).json()["operation"]["id"]
    assert client.post(f"/api/v1/operations/{first}/cancel").json()["state"] == "cancelled"
    second = client.post(here).json()["operation"]["id"]
    assert second != first
    done = library.work.run(SYSTEM, second, "run-1")
    assert (done.state, done.error_code) == ("failed", "upload_damaged")
    assert code(client.post(here)) == (404, "not_found")


def test_a_program_waits_until_a_large_file_is_put_together(library, launcher, tmp_path, monkeypatch):
    monkeypatch.setattr("darkroom.services.uploads.service.JOINED_AT_ONCE", 1 << 20)
    monkeypatch.setattr("darkroom.client.sending.IN_PARTS", 1 << 20)
    runs, launch = [], launcher.launch

    def launched(work: str, **values) -> str:
        if work.startswith("o-"):
            runs.append(threading.Timer(0.3, library.work.run, (SYSTEM, work, "run-1")))
            runs[-1].start()
        return launch(work, **values)

    monkeypatch.setattr(launcher, "launch", launched)
    file = tmp_path / "large.tif"
    file.write_bytes(DATA)
    with Client("http://localhost", transport=InProcess(create_app(library=library))) as client:
        sent = client.upload([file])
    for one in runs:
        one.join()
    assert len(runs) == 1
    assert Path(library.stores.batches.manifest(sent.batches[0]).items[0].path).read_bytes() == DATA


def test_nobody_sees_the_uploads_of_others(client, library, add):
    record = add([image_record(1)])[0]
    people = [library.users.create(LOCAL_OWNER, NewUser(email=f"p{n}@example.org", role=role)) for n, role in enumerate(
        ("administrator", "editor", "editor"))]  # fmt: skip

    def headers(person, *scopes: str) -> dict[str, str]:
        new = NewToken(name="one", scopes=scopes, user=person.id)
        return {"Authorization": f"Bearer {library.tokens.create(LOCAL_OWNER, new).token}"}

    mine, other, owner = headers(people[1], "*"), headers(people[2], "*"), headers(people[0], "*")
    body = {"name": "a.jpg", "bytes": SIZE, "sha256": SHA, "batch": "k"}
    upload = client.post("/api/v1/uploads", json=body, headers=mine).json()["upload"]
    for who in (other, owner):
        for method, path in (
            ("GET", ""), ("DELETE", ""), ("POST", "/complete"), ("PUT", "/parts/1"),
        ):  # fmt: skip
            answer = client.request(method, f"/api/v1/uploads/{upload['id']}{path}", headers=who)
            assert code(answer) == (404, "not_found"), path
        assert client.get("/api/v1/uploads", headers=who).json()["items"] == []
        assert client.post("/api/v1/uploads/submit", json={"batch": "k"}, headers=who).status_code == 404
    found = client.post("/api/v1/uploads", json=body, headers=headers(people[1], "images:write"))
    assert found.json()["upload"]["id"] == upload["id"]  # another token of the same account
    # Who may send but not look is not told what is there.
    known = body | {"sha256": record.id}
    assert client.post("/api/v1/uploads", json=known, headers=mine).status_code == 200
    assert client.post("/api/v1/uploads", json=known, headers=headers(people[1], "images:write")).status_code == 201


def test_what_nobody_submits_is_taken_in_all_the_same(client, library, launcher, database):
    data = os.urandom(100)
    new = {"bytes": 100, "sha256": hashlib.sha256(data).hexdigest(), "batch": "k"}
    upload = begun(client, **new)["upload"]
    send(client, upload, 1, data=data)
    client.post(f"/api/v1/uploads/{upload['id']}/complete")
    open_one = begun(client, batch="k")["upload"]
    tidy = library.upload_tidier.tidy
    assert tidy(SYSTEM).submitted == 0
    _age(database, QUIET_SECONDS + 60, upload["id"])
    assert tidy(SYSTEM).submitted == 0  # another of its key is still coming in
    _age(database, QUIET_SECONDS + 60, open_one["id"])
    assert tidy(SYSTEM).submitted == 1
    assert len(launcher.launched) == 1
    assert library.stores.batches.get(launcher.launched[0]).principal == "local"
    _age(database, 49 * 3600, open_one["id"])
    assert tidy(SYSTEM).expired == 1
    assert tidy(SYSTEM).expired == 0
    assert client.get("/api/v1/uploads").json()["items"] == []


def test_a_batch_that_a_crash_prevented_is_made_later(client, library, launcher, database):
    upload = begun(client, batch="k")["upload"]
    send(client, upload, 1, 2, 3)
    client.post(f"/api/v1/uploads/{upload['id']}/complete")
    # The process died between marking the upload and making its batch.
    library.stores.uploads.take([upload["id"]], "b-lost")
    assert library.upload_tidier.tidy(SYSTEM).submitted == 0
    _age(database, 120, upload["id"])
    assert library.upload_tidier.tidy(SYSTEM).submitted == 1
    assert launcher.launched == ["b-lost"]
    assert library.upload_tidier.tidy(SYSTEM).submitted == 0
    answer = client.post("/api/v1/uploads/submit", json={"batch": "k"})
    assert answer.json()["batch"]["id"] == "b-lost"


def _age(database, seconds: float, upload_id: str) -> None:
    moment = now() - timedelta(seconds=seconds)
    assert (
        database.collection("uploads").update_one({"_id": upload_id}, {"$set": {"touched_at": moment}}).matched_count
        == 1
    )


def test_what_a_batch_has_taken_in_is_forgotten(client, library, database):
    upload = begun(client)["upload"]
    send(client, upload, 1, 2, 3)
    batch = client.post(f"/api/v1/uploads/{upload['id']}/complete").json()["batch"]["id"]
    folder = library.settings.uploads / upload["id"]
    library.stores.database.run(lambda session: library.stores.batches.cancel(session, batch))
    _age(database, 25 * 3600, upload["id"])
    assert library.upload_tidier.tidy(SYSTEM).forgotten == 0  # a file of it still lies there
    (folder / "a.jpg").unlink()
    assert library.upload_tidier.tidy(SYSTEM).forgotten == 1
    assert not folder.exists()


def test_parts_stay_few():
    assert part_bytes_for(0) == part_bytes_for(PART_BYTES * MOST_PARTS) == PART_BYTES
    huge = 10**12
    assert part_bytes_for(huge) % (1 << 20) == 0
    assert -(-huge // part_bytes_for(huge)) <= MOST_PARTS


def test_an_upload_outlives_its_server(server):
    with httpx.Client(base_url=server.url, timeout=30) as client:
        upload = begun(client)["upload"]
        send(client, upload, 2)
        url, piece = part(upload, 1)

        def half():
            yield piece[: PART_BYTES // 2]
            server.kill()
            yield piece[PART_BYTES // 2 :]

        with pytest.raises(httpx.TransportError):
            client.put(url, content=half(), headers={"Content-Length": str(len(piece))})
    server.start()
    with httpx.Client(base_url=server.url, timeout=30) as client:
        again = begun(client)["upload"]
        assert (again["id"], [one["there"] for one in again["parts"]]) == (upload["id"], [False, True, False])
        send(client, again, 1, 3)
        done = client.post(f"/api/v1/uploads/{upload['id']}/complete")
        assert (done.status_code, done.json()["batch"]["total_bytes"]) == (202, SIZE)

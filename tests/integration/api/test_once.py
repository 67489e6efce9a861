"""A POST with an `Idempotency-Key` is done once, whatever happens on the way."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import httpx
import pytest

from darkroom.api.app import create_app
from darkroom.api.policy import PUBLIC, WITHOUT_KEY
from darkroom.domain.access import LOCAL_OWNER
from darkroom.services.accounts.requests import NewUser
from darkroom.settings import Settings
from tests.factories import failure

API = "/api/v1"
KEY = {"Idempotency-Key": "5d1f9f1c-8a4f-4f0e-9d53-0b6f6f3f1a11"}


def batches(client) -> list[str]:
    return [one["id"] for one in client.get(f"{API}/batches").json()["items"]]


def test_every_post_takes_a_key_or_says_why_not():
    contract = create_app(Settings(home=Path("/nonexistent/darkroom"))).openapi()
    posts = {item["post"]["operationId"]: item["post"] for item in contract["paths"].values() if "post" in item}
    assert set(WITHOUT_KEY) <= set(posts)
    assert all(len(reason) > 20 for reason in WITHOUT_KEY.values())
    for name, operation in posts.items():
        takes = "Idempotency-Key" in [one["name"] for one in operation.get("parameters", ())]
        assert takes == (name not in WITHOUT_KEY and name not in PUBLIC), name
        if takes:
            assert {"409", "422"} <= set(operation["responses"])


def test_the_second_answer_is_the_first_one(client, stores):
    for number in range(3):
        stores.database.run(lambda session, number=number: stores.failures.record(session, failure(number)))
    first = client.post(f"{API}/failures/dismiss", json={"all": True}, headers=KEY)
    assert (first.status_code, first.json()["dismissed"]) == (200, 3)
    assert "Idempotent-Replayed" not in first.headers
    again = client.post(f"{API}/failures/dismiss", json={"all": True}, headers=KEY)
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Content-Type"] == "application/json"
    assert client.post(f"{API}/failures/dismiss", json={"all": True}).json()["dismissed"] == 0


def test_a_key_belongs_to_one_body_one_address_and_one_person(client, library):
    made = client.post(f"{API}/policies", json=rule("images:read"), headers=KEY)
    assert made.status_code == 201
    other = client.post(f"{API}/policies", json=rule("images:write"), headers=KEY)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert client.post(f"{API}/failures/dismiss", json={"all": True}, headers=KEY).status_code == 200
    library.users.create(LOCAL_OWNER, NewUser(email="ada@example.org", role="administrator", password="correct horse"))
    answer = client.post(
        f"{API}/auth/sign-in", json={"email": "ada@example.org", "password": "correct horse", "kind": "program"}
    )
    bearer = {"Authorization": f"Bearer {answer.json()['tokens']['access_token']}"}
    theirs = client.post(f"{API}/policies", json=rule("images:read"), headers=KEY | bearer)
    # Done, not replayed: it is there already.
    assert (theirs.status_code, theirs.json()["code"]) == (409, "already_exists")


def rule(permission: str) -> dict[str, str]:
    return {"subject": "viewer", "permission": permission, "effect": "deny"}


def test_a_refused_request_may_be_sent_again(client):
    assert client.post(f"{API}/policies", json={"subject": "viewer"}, headers=KEY).status_code == 422
    made = client.post(f"{API}/policies", json=rule("images:read"), headers=KEY)
    assert made.status_code == 201
    assert client.post(f"{API}/policies", json=rule("images:read"), headers=KEY).json() == made.json()


@pytest.mark.parametrize("key", ["", " ", "a b", "\u00e4", "x" * 201])
def test_a_key_that_is_none_is_refused(client, key):
    answer = client.post(
        f"{API}/failures/dismiss", json={"all": True}, headers={"Idempotency-Key": key.encode("utf-8")}
    )
    assert (answer.status_code, answer.json()["parameter"]) == (422, "Idempotency-Key")


def test_an_upload_is_taken_in_once(client, library):
    files = [("files", ("a.jpg", b"A" * 3_000_000)), ("files", ("b.jpg", b"B"))]
    first = client.post(f"{API}/images", files=files, headers=KEY)
    again = client.post(f"{API}/images", files=files, headers=KEY)  # httpx takes another boundary
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.content == first.content
    assert again.headers["Location"] == first.headers["Location"]
    assert batches(client) == [first.json()["batch"]["id"]]
    other = client.post(f"{API}/images", files=[("files", ("a.jpg", b"C"))], headers=KEY)
    assert other.json()["code"] == "idempotency_key_reused"
    assert [one.name for one in library.settings.uploads.iterdir()] == batches(client)


def test_while_one_is_worked_on_the_other_has_to_wait(server):
    """The first upload stalls half-way; the second one comes meanwhile."""
    half, done = threading.Event(), threading.Event()
    body = b'--B\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n' + b"A" * 100_000
    kind = {"Content-Type": "multipart/form-data; boundary=B"}

    def pieces():
        yield body
        half.set()
        done.wait(20)
        yield b"\r\n--B--\r\n"

    found: list[httpx.Response] = []
    thread = threading.Thread(
        target=lambda: found.append(
            httpx.post(f"{server.url}{API}/images", content=pieces(), headers=KEY | kind, timeout=60)
        )
    )
    thread.start()
    assert half.wait(20)
    second = None
    for _ in range(50):  # the first one may not have been read yet
        second = httpx.post(f"{server.url}{API}/images", content=b"", headers=KEY | kind, timeout=30)
        if second.status_code == 409:
            break
    assert second is not None
    assert second.json()["code"] == "request_in_progress"
    assert 1 <= int(second.headers["Retry-After"]) <= 5
    done.set()
    thread.join(30)
    assert found[0].status_code == 202
    again = httpx.post(f"{server.url}{API}/images", content=body + b"\r\n--B--\r\n", headers=KEY | kind, timeout=30)
    assert again.json() == found[0].json()


def test_an_attempt_that_died_is_gone_on_with_and_not_done_twice(client, library, monkeypatch):
    """Killed between doing and recording: the batch is there, the answer is not."""
    files = [("files", ("a.jpg", b"A" * 1000))]
    with monkeypatch.context() as patch:
        patch.setattr(type(library.stores.requests), "complete", lambda *_args: None)
        first = client.post(f"{API}/images", files=files, headers=KEY)
    assert first.status_code == 202
    waiting = client.post(f"{API}/images", files=files, headers=KEY)
    assert (waiting.status_code, waiting.json()["code"]) == (409, "request_in_progress")
    # The claim lapses: nobody extends it any more.
    collection = library.stores.database.collection("attempts")
    collection.update_many({"state": "doing"}, [{"$set": {"lease_until": "$$NOW"}}])
    again = client.post(f"{API}/images", files=files, headers=KEY)
    assert (again.status_code, again.json()["batch"]["id"]) == (202, first.json()["batch"]["id"])
    assert len(batches(client)) == 1
    third = client.post(f"{API}/images", files=files, headers=KEY)
    assert third.headers["Idempotent-Replayed"] == "true"
    assert json.loads(third.content)["batch"]["id"] == first.json()["batch"]["id"]


def test_an_answer_is_kept_for_a_day(client, library):
    client.post(f"{API}/failures/dismiss", json={"all": True}, headers=KEY)
    collection = library.stores.database.collection("attempts")
    kept = collection.find_one({"state": "done"})
    assert kept is not None
    assert 86_000 < (kept["expires_at"] - kept["now"]).total_seconds() <= 86_400
    collection.update_one({"_id": kept["_id"]}, [{"$set": {"expires_at": "$$NOW"}}])
    anew = client.post(f"{API}/failures/dismiss", json={"all": True}, headers=KEY)
    assert "Idempotent-Replayed" not in anew.headers

"""Attacks on the API as a whole; docs/security.md tells which test stands for which control."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from darkroom.api.app import create_app
from darkroom.domain.access import LOCAL_OWNER
from darkroom.services.accounts.requests import NewToken
from darkroom.settings import Settings

API = "/api/v1"
NOT_FETCHED: set[str] = set()
"""Fields of bodies that are called like an address, and are never asked for one."""


def contract() -> dict[str, Any]:
    return create_app(Settings(home=Path("/nonexistent/darkroom"))).openapi()


def bodies(document: dict[str, Any]):
    """Name of the operation, and every object inside its JSON body."""
    models = document["components"]["schemas"]

    def objects(schema: dict[str, Any], seen: tuple[str, ...]):
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            if name not in seen:
                yield from objects(models[name], (*seen, name))
            return
        if schema.get("type") == "object":
            yield seen[-1] if seen else "body", schema
        inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", ()), *schema.get("oneOf", ())]
        for one in [*inner, *([schema["items"]] if schema.get("items") else ())]:
            yield from objects(one, seen)

    for item in document["paths"].values():
        for operation in item.values():
            content = operation.get("requestBody", {}).get("content", {})
            for name, found in objects(content.get("application/json", {}).get("schema", {}), ()):
                yield operation["operationId"], name, found


def bearer(library, people, role: str) -> dict[str, str]:
    made = library.tokens.create(LOCAL_OWNER, NewToken(name="attack", scopes=("*",), user=people[role].id))
    return {"Authorization": f"Bearer {made.token}"}


def test_no_body_takes_a_field_that_it_does_not_name():
    """Mass assignment: what is not asked for cannot be given, in any operation, also a future one."""
    found = list(bodies(contract()))
    assert len(found) >= 12
    loose = {f"{operation} {name}" for operation, name, schema in found if "properties" in schema
             and schema.get("additionalProperties") is not False}  # fmt: skip
    assert loose == set()


def test_nothing_is_fetched_from_an_address_that_a_request_gives():
    """Server-side request forgery: there is no such field. One that comes has to be guarded, and named here."""
    suspects = {
        f"{operation} {name}.{field}"
        for operation, name, schema in bodies(contract())
        for field, value in schema.get("properties", {}).items()
        if any(
            word in field.lower().replace("favourite", "")
            for word in ("url", "uri", "host", "endpoint", "webhook", "callback")
        )
        or value.get("format") in ("uri", "url", "hostname")
    }
    assert suspects == NOT_FETCHED


def test_what_belongs_to_another_is_not_there(library, people, app):
    """Direct references to others' things: sessions, tokens and explanations."""
    client, editor = app(), bearer(library, people, "editor")
    theirs = library.tokens.create(LOCAL_OWNER, NewToken(name="theirs", scopes=("*",), user=people["trainer"].id))
    session, _ = library.sessions.begin(
        library.stores.users.get(people["trainer"].id), "program", address=None, agent=None, how="test"
    )
    assert client.delete(f"{API}/tokens/{theirs.view.id}", headers=editor).status_code == 403
    assert client.delete(f"{API}/auth/sessions/{session.id}", headers=editor).status_code == 404
    query = {"permission": "images:read", "user": people["trainer"].id}
    assert client.get(f"{API}/access/explain", params=query, headers=editor).status_code == 403
    assert client.get(f"{API}/tokens", params={"everybody": "true"}, headers=editor).status_code == 403
    still = {"Authorization": f"Bearer {theirs.token}"}
    assert client.get(f"{API}/auth/me", headers=still).status_code == 200


def test_an_answer_that_was_kept_is_for_whoever_got_it_alone(library, people, app):
    """The same key of somebody else, also of a weaker token of the same account, gets nothing of it."""
    client, key = app(), {"Idempotency-Key": "a-key-that-was-guessed"}
    rule = {"subject": "viewer", "permission": "images:write", "effect": "deny"}
    made = client.post(f"{API}/policies", json=rule, headers=bearer(library, people, "administrator") | key)
    assert made.status_code == 201
    weak = library.tokens.create(
        LOCAL_OWNER, NewToken(name="weak", scopes=("account:read",), user=people["administrator"].id)
    )
    for headers in (bearer(library, people, "editor"), {"Authorization": f"Bearer {weak.token}"}):
        answer = client.post(f"{API}/policies", json=rule, headers=headers | key)
        assert answer.status_code == 403
        assert made.json()["id"] not in answer.text
    assert client.post(f"{API}/policies", json=rule, headers=key).status_code == 401


@pytest.mark.parametrize(
    "name", ["Idempotency-Key", "If-Match", "If-None-Match", "traceparent", "X-Forwarded-For", "Host"]
)
def test_nothing_that_a_header_says_becomes_a_header_of_the_answer(library, people, app, name):
    client, headers = app(), bearer(library, people, "administrator")
    for value in ('"x"\r\nX-Injected: 1', '"x"\nX-Injected: 1', "x\x00y", '"\x7f"'):
        answer = client.patch(
            f"{API}/users/{people['viewer'].id}", json={}, headers=headers | {name: value.encode("latin-1")}
        )
        assert answer.status_code < 500
        assert "X-Injected" not in answer.headers
        assert not any("\n" in one or "X-Injected" in one for one in answer.headers.values())


def test_no_archive_is_unpacked_and_no_name_leaves_its_folder(library, people, app):
    """Names in archives that lead elsewhere: an archive is a file like any other, under a clean name."""
    client, headers = app(), bearer(library, people, "editor")
    packed, rolled = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../escaped.txt", "x")
    with tarfile.open(fileobj=rolled, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("/opt/escaped.txt"), io.BytesIO())
    files = [("files", ("../../../a.zip", packed.getvalue())), ("files", ("..\\..\\b.tar", rolled.getvalue()))]
    batch = client.post(f"{API}/images", files=files, headers=headers).json()["batch"]["id"]
    home = library.settings.home_path
    assert sorted(one.name for one in (library.settings.uploads / batch).iterdir()) == ["a.zip", "b.tar"]
    assert not list(home.parent.rglob("escaped.txt"))


def test_paths_of_files_lead_to_pictures_alone(library, people, app):
    client, headers = app(), bearer(library, people, "administrator")
    for path in ("..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/keys", "....//keys", "..%5c..%5ckeys", "%00", "a" * 5000):
        for kind in ("original?download=true", "thumbnail", "preview"):
            answer = client.get(f"{API}/images/{path}/{kind}", headers=headers)
            assert answer.status_code in (404, 422), (path, answer.status_code)
            assert "root:" not in answer.text

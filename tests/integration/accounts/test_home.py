"""The secret of the home, as the command line shows it to the running Darkroom."""

from __future__ import annotations

import pytest

from darkroom.access import opaque
from darkroom.access.owner import OwnerSecret


@pytest.fixture
def secret(library, people) -> dict[str, str]:
    return {"Authorization": f"Bearer {OwnerSecret(library.settings.keys).show()}"}


def test_whoever_reads_the_home_stays_its_owner_when_there_are_accounts(app, secret):
    client = app()
    assert client.get("/api/v1/users").json()["code"] == "unauthenticated"
    assert client.get("/api/v1/auth/me", headers=secret).json()["kind"] == "owner"
    made = client.post("/api/v1/users", json={"email": "new@example.org"}, headers=secret)
    assert made.status_code == 201
    assert "RateLimit" not in made.headers


@pytest.mark.parametrize(
    ("address", "url", "more"),
    [
        ("10.0.0.1", "http://localhost:8000", {}),
        ("127.0.0.1", "http://localhost:8000", {"X-Forwarded-For": "127.0.0.1"}),
        ("127.0.0.1", "http://localhost:8000", {"Via": "1.1 proxy"}),
    ],
)
def test_from_elsewhere_it_opens_nothing(app, secret, address, url, more):
    answer = app(address, url).get("/api/v1/users", headers=secret | more)
    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthenticated"


def test_that_of_another_home_opens_nothing(app, people):
    headers = {"Authorization": f"Bearer {opaque.make(opaque.OWNER)}"}
    assert app().get("/api/v1/users", headers=headers).status_code == 401


def test_a_stream_of_events_goes_on_for_it(library, people):
    shown = OwnerSecret(library.settings.keys).show()
    principal = library.sessions.of_home(shown, local=True)
    assert library.sessions.may_follow(principal, "events:read")

"""Signing in with accounts at other providers, against real ones run as processes of their own."""

from __future__ import annotations

import json

import pytest
from pydantic import SecretStr

API = "/api/v1"


@pytest.fixture
def providers(library):
    """Makes the library know a provider of one's own."""

    def make(issuer: str, **more) -> None:
        given = {"work": {"name": "Work", "issuer": issuer, "client_id": "darkroom", "client_secret": "hush", **more}}
        changes = {"oidc_providers": SecretStr(json.dumps(given))}
        library.settings = library.settings.model_copy(update=changes)

    return make


def test_anybody_may_see_with_what_to_sign_in(library, providers, people, app):
    providers("https://id.example.org")
    assert app("10.1.1.1").get(f"{API}/auth/providers").json() == {
        "items": [{"id": "work", "name": "Work", "start_url": "/api/v1/auth/oidc/work/start"}]
    }

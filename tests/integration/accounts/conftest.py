"""A library with people in it, and its API as somebody at another machine sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from starlette.testclient import TestClient

from darkroom.api.app import create_app
from darkroom.domain.access import LOCAL_OWNER, ROLES
from darkroom.services.accounts.requests import NewUser
from darkroom.services.accounts.views import UserView
from darkroom.services.library import Library
from darkroom.settings import Settings
from darkroom.store import Stores
from tests.fakes import RecordingLauncher

PASSWORD = "correct horse battery"


@pytest.fixture
def library(mongo_settings: Settings, stores: Stores) -> Iterator[Library]:
    """An open library whose passwords are cheap, and whose API counts no requests: that has tests of its own."""
    changes = {"password_cost": 4, "rate_user": 0, "rate_token": 0, "rate_address": 0}
    library = Library(mongo_settings.model_copy(update=changes), stores, RecordingLauncher())
    yield library
    library.guard.close()
    if "feed" in library.__dict__:
        library.feed.close()


@pytest.fixture
def people(library: Library) -> dict[str, UserView]:
    """One account for each role, the administrator first; the addresses are `<role>@example.org`."""
    return {
        role: library.users.create(LOCAL_OWNER, NewUser(email=f"{role}@example.org", role=role, password=PASSWORD))
        for role in reversed(ROLES)
    }


@pytest.fixture
def app(library: Library) -> Callable[..., TestClient]:
    """Makes clients of one API; each keeps its own cookies."""
    api = create_app(library=library)

    def make(address: str = "127.0.0.1", url: str = "http://localhost:8000") -> TestClient:
        return TestClient(api, base_url=url, client=(address, 50_000))

    return make

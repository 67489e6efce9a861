"""A library with collections, pictures in them, and people who may do something in one place and not in another."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from starlette.testclient import TestClient

from darkroom.api.app import create_app
from darkroom.domain.access import LOCAL_OWNER, Principal, Role
from darkroom.services.accounts.requests import NewRule, NewToken, NewUser, RoleChange
from darkroom.services.collection_views import NewCollection
from darkroom.services.library import Library
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.database import Database
from darkroom.store.migrations import migrate
from tests.factories import image_record
from tests.fakes import RecordingLauncher
from tests.servers import MongoServer

API = "/api/v1"
PICTURES = {"none": (), "x": ("x",), "deep": ("x-deep",), "y": ("y",), "both": ("x", "y")}
"""Name of a picture -> the collections it is in."""


@dataclass
class World:
    """What `build` made."""

    library: Library
    client: TestClient
    ids: dict[str, str]
    """Picture -> its id."""
    users: dict[str, str]
    """Person -> id of the account."""
    tokens: dict[tuple[str, tuple[str, ...]], str] = field(default_factory=dict)
    """What was made for them."""

    def headers(self, name: str, *scopes: str) -> dict[str, str]:
        """What somebody shows; with scopes, a token that has only these."""
        if (name, scopes) not in self.tokens:
            new = NewToken(name=name, scopes=scopes or ("*",), user=self.users[name])
            self.tokens[name, scopes] = self.library.tokens.create(LOCAL_OWNER, new).token
        return {"Authorization": f"Bearer {self.tokens[name, scopes]}"}

    def names(self, ids: Any) -> set[str]:
        """Names of pictures with these ids."""
        known = {one: name for name, one in self.ids.items()}
        return {known[one] for one in ids}

    def principal(self, name: str) -> Principal:
        """Somebody, for asking a service."""
        account = self.users[name]
        return Principal(id=account, name=name, kind="user", user=account, warrant=self.library.guard)

    def give(self, name: str, role: Role | None, domain: str = "*") -> None:
        """Give or take a role."""
        self.library.users.set_role(LOCAL_OWNER, self.users[name], RoleChange(role=role, domain=domain))

    def rule(self, name: str, effect: str, permission: str, domain: str) -> None:
        """Add a rule about somebody."""
        new = NewRule(subject=self.users[name], permission=permission, domain=domain, effect=effect)
        self.library.policies.add(LOCAL_OWNER, new)

    def person(self, name: str) -> None:
        """Make somebody who has no role at all."""
        made = self.library.users.create(LOCAL_OWNER, NewUser(email=f"{name}@example.org"))
        self.users[name] = made.id
        self.give(name, None)


@contextmanager
def opened(mongod: MongoServer, home: Path) -> Iterator[tuple[Library, Callable[..., TestClient]]]:
    """A library and its API, for all tests of a module."""
    database = Database.connect(mongod.uri, f"test_{secrets.token_hex(6)}")
    migrate(database)
    settings = Settings(
        home=home, samples=False, mongo_uri=SecretStr(mongod.uri), mongo_database=database.name, password_cost=4,
        rate_user=0, rate_token=0, rate_address=0,
    )  # fmt: skip
    stores = Stores.open(settings)
    library = Library(settings, stores, RecordingLauncher())
    api = create_app(library=library)
    try:
        yield library, lambda: TestClient(api, base_url="http://localhost:8000", client=("127.0.0.1", 50_000))
    finally:
        library.close()
        database.drop()
        database.close()


def build(library: Library, app: Callable[..., TestClient]) -> World:
    """The collections x, x/x-deep and y, five pictures, and an administrator."""
    stores = library.stores
    first = library.users.create(LOCAL_OWNER, NewUser(email="administrator@example.org", role="administrator"))
    for name, parent in (("X", None), ("X deep", "x"), ("Y", None)):
        library.collections.create(LOCAL_OWNER, NewCollection(name=name, parent=parent))
    records = {
        name: image_record(number, collections=collections, name=f"{name}.jpg", duplicate_group=None)
        for number, (name, collections) in enumerate(PICTURES.items())
    }

    def work(session: Any) -> None:
        stores.images.upsert_many(session, list(records.values()))
        ids = [one.id for one in records.values()]
        stores.events.append(session, type="images.added", principal="local", ids=ids)

    stores.database.run(work)
    ids = {name: one.id for name, one in records.items()}
    return World(library, app(), ids, {"administrator": first.id})

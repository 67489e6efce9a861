"""The guard: a change holds in every process within a second, also when MongoDB was away; refusals are written down."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from darkroom.access import require
from darkroom.access.guard import Guard
from darkroom.domain.access import LOCAL_OWNER, Principal
from darkroom.errors import Error
from darkroom.services.accounts.requests import NewRule, NewUser, RoleChange, UserChange
from darkroom.services.collection_views import NewCollection
from darkroom.services.library import Library
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.migrations import migrate


def may(principal: Principal, permission: str, domain: str = "*") -> bool:
    try:
        require(principal, permission, domain)
    except Error as error:
        return error.code != "forbidden"
    return True


def until(work, seconds: float = 30.0) -> float:
    begun = time.monotonic()
    while not work():
        assert time.monotonic() - begun < seconds
        time.sleep(0.005)
    return time.monotonic() - begun


@pytest.fixture
def elsewhere(mongo_settings: Settings):
    """The guard of another process: it shares nothing with the library but the database."""
    stores = Stores.open(mongo_settings)
    guard = Guard(stores)
    yield guard
    guard.close()
    stores.close()


def test_a_change_holds_elsewhere_within_a_second(library: Library, people, elsewhere: Guard):
    editor = people["editor"].id
    principal = Principal(id=editor, name="Ed", kind="user", user=editor, warrant=elsewhere)
    assert may(principal, "images:write")
    until(elsewhere.is_fresh)
    took = []
    rule = library.policies.add(LOCAL_OWNER, NewRule(subject=editor, permission="images:write", effect="deny"))
    took.append(until(lambda: not may(principal, "images:write")))
    library.policies.remove(LOCAL_OWNER, rule.id)
    took.append(until(lambda: may(principal, "images:write")))
    library.users.set_role(LOCAL_OWNER, editor, RoleChange(role="viewer"))
    took.append(until(lambda: not may(principal, "images:write")))
    library.collections.create(LOCAL_OWNER, NewCollection(name="A"))
    library.users.set_role(LOCAL_OWNER, editor, RoleChange(role="editor", domain="collection:a"))
    took.append(until(lambda: may(principal, "images:write", "collection:a")))
    library.users.update(LOCAL_OWNER, editor, UserChange(disabled=True))
    took.append(until(lambda: not may(principal, "images:read")))
    # In the middle: a machine that does much else may stand still for once.
    assert sorted(took)[len(took) // 2] < 1


def test_a_change_made_while_the_watcher_was_cut_off_holds_too(own_mongod, settings: Settings):
    from pydantic import SecretStr

    from darkroom.store.database import Database

    here = settings.model_copy(update={"mongo_uri": SecretStr(own_mongod.uri), "password_cost": 4})
    database = Database.connect(own_mongod.uri, here.mongo_database)
    migrate(database)
    database.close()
    library, other = Library.open(here), Stores.open(here)
    guard = Guard(other)
    try:
        ada = library.users.create(LOCAL_OWNER, NewUser(email="ada@example.org", role="administrator"))
        eve = library.users.create(LOCAL_OWNER, NewUser(email="eve@example.org", role="editor"))
        principal = Principal(id=eve.id, name="Eve", kind="user", user=eve.id, warrant=guard)
        assert may(principal, "images:write")
        until(guard.is_fresh)
        own_mongod.kill()
        until(lambda: not guard.is_fresh())
        own_mongod.start()
        library.users.set_role(LOCAL_OWNER, eve.id, RoleChange(role="viewer"))
        until(lambda: not may(principal, "images:write"))
        until(guard.is_fresh)
        library.users.set_role(LOCAL_OWNER, eve.id, RoleChange(role="editor"))
        until(lambda: may(principal, "images:write"))
        assert ada.id != eve.id
    finally:
        guard.close()
        other.close()
        library.close()


@pytest.fixture
def readings(library: Library, people, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When accounts and rules were read, by a guard that nothing is told, and that reads longer than it may believe what it read."""
    library.guard.close()
    until(lambda: not library.guard.is_fresh())
    begun: list[float] = []
    read = library.stores.users.all

    def slowly():
        begun.append(time.monotonic())
        time.sleep(0.6)
        return read()

    monkeypatch.setattr(library.stores.users, "all", slowly)
    return begun


def test_what_somebody_may_do_is_told_from_one_reading(library: Library, people, readings):
    """Each permission by a reading of its own took the account menu of a busy machine the better part of a minute."""
    ada = people["administrator"]
    principal = Principal(id=ada.id, name="Ada", kind="user", user=ada.id, warrant=library.guard)
    assert "users:write" in library.users.me(principal).permissions
    assert len(readings) <= 2  # to read one's own account is asked for first
    readings.clear()
    library.users.create(principal, NewUser(email="eve@example.org", role="editor"))
    assert len(readings) <= 5  # not one for each permission of the role


def test_who_waits_for_a_reading_takes_what_it_has_brought(library: Library, readings):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: library.guard.policy(), range(8)))
    assert len(readings) <= 2
    assert len(set(map(id, found))) == len(readings)


def test_every_refusal_is_written_down_with_its_reason(library: Library, people):
    viewer = people["viewer"].id
    principal = Principal(id=viewer, name="Vi", kind="user", user=viewer, address="10.1.2.3", warrant=library.guard)
    with pytest.raises(Error) as caught:
        library.guard.require(principal, "images:write", "collection:a")
    error = caught.value
    assert "Vi lacks the permission images:write in collection:a" in error.cause
    assert "It takes the role editor in collection:a; there is only the role viewer." in error.cause
    assert error.context["roles"] == ["editor", "trainer", "administrator"]
    (line,) = library.stores.audit.list({"outcome": "denied"}).items
    assert (line.principal, line.action, line.resource, line.address) == (
        viewer, "images:write", "collection:a", "10.1.2.3"
    )  # fmt: skip
    assert "role editor" in line.detail["because"]


def test_the_audit_log_has_no_way_to_change_it(library: Library):
    from darkroom.store.audit import AuditLog

    assert {name for name in dir(AuditLog) if not name.startswith("_")} == {"append", "list", "every"}

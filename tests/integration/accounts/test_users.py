"""Accounts: the first administrator, addresses, roles, and who may hand on what."""

from __future__ import annotations

import threading

import pytest

from darkroom.access import require
from darkroom.domain.access import LOCAL_OWNER, Principal
from darkroom.errors import Error
from darkroom.services.accounts.requests import (
    NewAdministrator,
    NewRule,
    NewToken,
    NewUser,
    OwnChange,
    PasswordReset,
    RoleChange,
    UserChange,
)
from darkroom.services.library import Library
from darkroom.store import Stores
from tests.integration.accounts.conftest import PASSWORD


def code(work, *args, **kwargs) -> str:
    with pytest.raises(Error) as caught:
        work(*args, **kwargs)
    return caught.value.code


def as_(library: Library, user: str, scopes: tuple[str, ...] | None = None) -> Principal:
    return Principal(id=user, name=user, kind="user", user=user, scopes=scopes, warrant=library.guard)


def test_the_first_account_administers_and_is_made_once(library: Library):
    new = NewAdministrator(email="Ada@Example.org", password=PASSWORD)
    assert code(library.users.create, LOCAL_OWNER, NewUser(email="eve@example.org", role="viewer")) == "conflict"
    made = library.users.set_up(new, address="127.0.0.1")
    assert [one.role for one in made.roles] == ["administrator"]
    assert code(library.users.set_up, new) == "conflict"
    assert library.users.is_set_up()


def test_an_address_has_one_account_however_it_is_written(library: Library, people):
    for other in ("VIEWER@example.org", "viewer@EXAMPLE.ORG", "\uff56iewer@example.org"):
        assert code(library.users.create, LOCAL_OWNER, NewUser(email=other)) == "already_exists"
    moved = UserChange(email="Editor@example.org")
    assert code(library.users.update, LOCAL_OWNER, people["viewer"].id, moved) == "already_exists"


def test_nothing_that_is_stored_shows_a_password(library: Library, stores: Stores, people):
    text = str(list(stores.database.collection("users").find())) + str(list(stores.database.collection("audit").find()))
    assert PASSWORD not in text
    assert people["viewer"].model_dump().keys() & {"password", "email_key"} == set()


def test_one_administrator_always_stays(library: Library, people):
    only = people["administrator"].id
    for work in (
        lambda: library.users.update(LOCAL_OWNER, only, UserChange(disabled=True)),
        lambda: library.users.set_role(LOCAL_OWNER, only, RoleChange(role="editor")),
        lambda: library.users.set_role(LOCAL_OWNER, only, RoleChange(role=None)),
    ):
        assert code(work) == "conflict"
    library.users.set_role(LOCAL_OWNER, people["editor"].id, RoleChange(role="administrator"))
    library.users.update(LOCAL_OWNER, only, UserChange(disabled=True))


def test_two_administrators_cannot_remove_each_other_at_the_same_time(library: Library, people):
    ids = [people["administrator"].id, people["editor"].id]
    for _ in range(3):
        for one in ids:
            library.users.set_role(LOCAL_OWNER, one, RoleChange(role="administrator"))
        found: list[str] = []

        def demote(user: str, found: list[str] = found) -> None:
            try:
                library.users.set_role(LOCAL_OWNER, user, RoleChange(role="viewer"))
                found.append("done")
            except Error as error:
                found.append(error.code)

        threads = [threading.Thread(target=demote, args=(one,)) for one in ids]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(found) == ["conflict", "done"]


def test_a_change_of_an_old_revision_is_refused(library: Library, people):
    viewer = people["viewer"]
    library.users.update(LOCAL_OWNER, viewer.id, UserChange(name="Vera"), revision=viewer.revision)
    late = UserChange(name="Victor")
    assert code(library.users.update, LOCAL_OWNER, viewer.id, late, revision=viewer.revision) == "precondition_failed"


def test_who_manages_accounts_cannot_make_himself_an_administrator(library: Library, people):
    trainer, administrator = people["trainer"].id, people["administrator"].id
    library.policies.add(LOCAL_OWNER, NewRule(subject="trainer", permission="users:*", effect="allow"))
    library.policies.add(LOCAL_OWNER, NewRule(subject="trainer", permission="tokens:*", effect="allow"))
    manager = as_(library, trainer)
    assert library.users.create(manager, NewUser(email="new@example.org", role="viewer")).email == "new@example.org"
    for work in (
        lambda: library.users.create(manager, NewUser(email="x@example.org", role="administrator")),
        lambda: library.users.set_role(manager, trainer, RoleChange(role="administrator")),
        lambda: library.users.set_role(manager, trainer, RoleChange(role="administrator", domain="collection:a")),
        lambda: library.users.reset_link(manager, administrator),
        lambda: library.users.set_password(manager, administrator, "another password"),
        lambda: library.users.update(manager, administrator, UserChange(email="mine@example.org")),
        lambda: library.tokens.create(manager, NewToken(name="x", scopes=("*",), user=administrator)),
        lambda: library.policies.add(manager, NewRule(subject=trainer, permission="*", effect="allow")),
    ):
        assert code(work) == "forbidden"
    require(as_(library, administrator), "policies:write")


def test_a_token_cannot_make_a_stronger_one(library: Library, people):
    token = as_(library, people["administrator"].id, ("account:read", "account:write", "images:read", "users:write"))
    made = library.tokens.create(token, NewToken(name="less", scopes=("images:read",)))
    assert made.view.scopes == ("images:read",)
    for scopes in (("*",), ("images:*",), ("audit:read",), ("admin",)):
        assert code(library.tokens.create, token, NewToken(name="more", scopes=scopes)) == "forbidden"
    wanted = NewUser(email="x@example.org", role="administrator")
    assert code(library.users.create, token, wanted) == "forbidden"


def test_a_link_sets_a_password_once(library: Library, people):
    viewer = people["viewer"].id
    first = library.users.reset_link(LOCAL_OWNER, viewer)
    link = library.users.reset_link(LOCAL_OWNER, viewer)
    assert link.url == f"http://localhost:8000/reset#{link.token}"
    assert code(library.users.reset, PasswordReset(token=first.token, password="a new password")) == "link_expired"
    assert code(library.users.reset, PasswordReset(token=link.token, password="short")) == "invalid_parameter"
    library.users.reset(PasswordReset(token=link.token, password="a new password"))
    assert code(library.users.reset, PasswordReset(token=link.token, password="a new password")) == "link_expired"
    assert code(library.users.reset, PasswordReset(token="drl_x", password="a new password")) == "link_expired"


def test_a_link_for_a_disabled_account_opens_nothing(library: Library, people):
    viewer = people["viewer"].id
    link = library.users.reset_link(LOCAL_OWNER, viewer)
    library.users.update(LOCAL_OWNER, viewer, UserChange(disabled=True))
    assert code(library.users.reset, PasswordReset(token=link.token, password="a new password")) == "link_expired"


def test_who_asks_is_told_what_one_may_do_and_for_the_rest_why_not(library: Library, people):
    library.policies.add(
        LOCAL_OWNER, NewRule(subject="viewer", permission="images:read", effect="deny", reason="Closed")
    )
    me = library.users.me(as_(library, people["viewer"].id))
    assert set(me.permissions).isdisjoint(me.denied)
    assert me.denied["images:write"] == "It takes the role editor; there is only the role viewer."
    assert me.denied["images:read"] == "The rule says: viewer may not images:read everywhere (Closed)."
    assert library.users.me(LOCAL_OWNER).denied == {}


def test_people_change_their_own_name_and_tokens_do_not(library: Library, people):
    viewer = people["viewer"].id
    assert library.users.rename(as_(library, viewer), OwnChange(name="Vera")).name == "Vera"
    assert library.users.get(LOCAL_OWNER, viewer).name == "Vera"
    token = as_(library, viewer, ("account:write",)).model_copy(update={"kind": "token"})
    assert code(library.users.rename, token, OwnChange(name="V")) == "forbidden"
    assert code(library.users.rename, LOCAL_OWNER, OwnChange(name="V")) == "forbidden"


@pytest.mark.parametrize(
    "email", ["", "x", "a@b@c", "a b@c.org", "<a@b.org>", "a@b.org,c@d.org", "a\n@b.org", "@b", "a@"]
)
def test_what_is_no_address_is_refused(email: str):
    with pytest.raises(ValueError, match="email"):
        NewUser(email=email)

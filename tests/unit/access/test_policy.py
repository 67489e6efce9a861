"""Roles in domains, and rules beside them: denials first."""

from __future__ import annotations

from itertools import pairwise

import pytest

from darkroom.access.permissions import LEAST, PERMISSIONS, expand, require
from darkroom.access.policy import OPERATOR, Policy, permissions_of, roles_with
from darkroom.domain.access import ANONYMOUS, LOCAL_OWNER, ROLES, SYSTEM, Assignment, Principal, Rule, User
from darkroom.domain.base import now
from darkroom.errors import Error


def user(name: str, *roles: tuple[str, str]) -> User:
    held = tuple(Assignment(role=role, domain=domain) for role, domain in roles)
    return User(id=name, email=f"{name}@x.org", email_key=f"{name}@x.org", name=name, roles=held, created_at=now())


def rule(subject: str, permission: str, effect: str, domain: str = "*", name: str = "r-1") -> Rule:
    return Rule(
        id=name, subject=subject, permission=permission, effect=effect, domain=domain, created_at=now(), created_by="x"
    )


def test_every_role_has_what_the_ones_before_it_have():
    held = [set(permissions_of(role)) for role in ROLES]
    for less, more in pairwise(held):
        assert less <= more
    assert held[-1] == set(PERMISSIONS)
    assert set(LEAST) <= set(PERMISSIONS)
    for permission in PERMISSIONS:
        assert [role for role in ROLES if permission in permissions_of(role)] == list(roles_with(permission))


def test_the_decision_agrees_with_the_table_for_every_role_and_permission():
    policy = Policy([user(role, (role, "*")) for role in ROLES], [])
    for role in ROLES:
        for permission in PERMISSIONS:
            decision = policy.decide(role, permission)
            assert decision.allowed == (permission in permissions_of(role)), (role, permission)
            assert decision.roles == roles_with(permission)
            assert role in decision.because


def test_a_role_in_one_place_holds_there_alone():
    policy = Policy([user("ada", ("editor", "collection:a"))], [])
    assert policy.decide("ada", "images:write", "collection:a").allowed
    assert not policy.decide("ada", "images:write", "collection:b").allowed
    assert not policy.decide("ada", "images:read").allowed


def test_a_role_everywhere_holds_in_every_place():
    policy = Policy([user("ada", ("viewer", "*"), ("trainer", "collection:a"))], [])
    assert policy.decide("ada", "images:read", "collection:b").allowed
    assert not policy.decide("ada", "images:write", "collection:b").allowed
    assert policy.decide("ada", "images:write", "collection:a").allowed


def test_a_denial_beats_every_role():
    policy = Policy([user("ada", ("administrator", "*"))], [rule("ada", "images:write", "deny", "collection:a")])
    refused = policy.decide("ada", "images:write", "collection:a")
    assert (refused.allowed, refused.rule) == (False, "r-1")
    assert "ada may not images:write in collection:a" in refused.because
    assert policy.decide("ada", "images:write", "collection:b").allowed
    assert policy.decide("ada", "images:write").allowed


def test_a_denial_of_a_role_is_for_those_who_hold_it_not_for_those_above():
    policy = Policy([user("ada", ("viewer", "*")), user("eve", ("editor", "*"))], [rule("viewer", "images:*", "deny")])
    assert not policy.decide("ada", "images:read").allowed
    assert policy.decide("eve", "images:read").allowed


def test_a_rule_gives_what_no_role_does():
    policy = Policy(
        [user("ada", ("viewer", "*")), user("eve", ("editor", "*"))], [rule("viewer", "audit:read", "allow")]
    )
    assert policy.decide("ada", "audit:read").because == "The rule says: viewer may audit:read everywhere."
    assert policy.decide("eve", "audit:read").allowed
    assert not policy.decide("nobody", "audit:read").allowed


def test_the_rule_that_gives_is_named_among_others():
    rules = [
        rule("ada", "audit:read", "deny", "collection:a", "r-deny"),
        rule("ada", "users:read", "allow", name="r-other-permission"),
        rule("ada", "audit:read", "allow", "collection:b", "r-other-place"),
        rule("eve", "audit:read", "allow", name="r-other-person"),
        rule("editor", "audit:read", "allow", "collection:c", "r-role"),
        rule("trainer", "audit:read", "allow", "collection:c", "r-role-above"),
        rule("ada", "audit:read", "allow", "collection:d", "r-this"),
    ]
    policy = Policy([user("ada", ("viewer", "*"), ("editor", "collection:c")), user("eve", ("viewer", "*"))], rules)
    named = {place: policy.decide("ada", "audit:read", f"collection:{place}") for place in "abcd"}
    assert {place: (found.allowed, found.rule) for place, found in named.items()} == {
        "a": (False, "r-deny"),
        "b": (True, "r-other-place"),
        "c": (True, "r-role"),
        "d": (True, "r-this"),
    }
    assert policy.decide("eve", "audit:read").rule == "r-other-person"


def test_a_role_without_a_permission_is_named_with_the_one_it_takes():
    policy = Policy([user("ada", ("viewer", "*"), ("annotator", "collection:a"))], [])
    assert policy.decide("ada", "images:write").because == "It takes the role editor; there is only the role viewer."
    assert policy.decide("ada", "images:write", "collection:a").because == (
        "It takes the role editor in collection:a; there is only the role viewer and annotator."
    )
    assert policy.decide("nobody", "images:write").because == "It takes the role editor; there is no role."


def test_a_denial_to_administrators_holds_for_the_operator_too():
    policy = Policy([], [rule("administrator", "users:write", "deny")])
    assert not policy.decide(OPERATOR, "users:write").allowed
    assert policy.decide(OPERATOR, "users:read").allowed


def test_who_is_not_there_may_nothing_and_the_operator_everything():
    policy = Policy([], [rule("gone", "images:old", "allow"), rule("viewer", "no:*", "deny", name="r-2")])
    assert not any(policy.decide("gone", permission).allowed for permission in PERMISSIONS)
    assert all(policy.decide(OPERATOR, permission).allowed for permission in PERMISSIONS)


def test_patterns_mean_what_they_say():
    assert expand("*") == tuple(PERMISSIONS)
    assert expand("users:*") == ("users:read", "users:write")
    assert expand("users:read") == ("users:read",)
    for bad in ("users", "nothing:*", "users:read:*", "", "users:eat"):
        with pytest.raises(Error) as caught:
            expand(bad)
        assert caught.value.code == "invalid_parameter"
        assert caught.value.cause == f"There is no permission {bad!r}."
        assert caught.value.context["parameter"] == "permission"
        assert caught.value.remedy.startswith("Give one of the permissions listed under GET /api/v1/roles")


def test_nobody_vouched_for_may_nothing():
    for permission in PERMISSIONS:
        require(LOCAL_OWNER, permission)
        require(SYSTEM, permission)
        with pytest.raises(Error) as caught:
            require(Principal(id="s", name="Stranger", kind="user", user="u-1"), permission)
        assert caught.value.code == "forbidden"
        assert caught.value.cause == f"Stranger lacks the permission {permission} ({PERMISSIONS[permission]})."
        assert caught.value.context["permission"] == permission
        with pytest.raises(Error) as caught:
            require(ANONYMOUS, permission)
        assert caught.value.code == "unauthenticated"
    with pytest.raises(KeyError):
        require(LOCAL_OWNER, "images:eat")

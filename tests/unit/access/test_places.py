"""Collections as places: what holds in one holds in all below it, a denial beats everything, and nobody changes what he may not see."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom.access.permissions import ANYWHERE, PERMISSIONS, PLACED, require_on, scope_of
from darkroom.access.policy import Policy, roles_with
from darkroom.domain.access import ANONYMOUS, LOCAL_OWNER, ROLES, UNPLACED, Principal, in_collection
from darkroom.domain.scope import EVERYTHING, Scope
from darkroom.errors import Error
from tests.unit.access.test_policy import rule, user

TREE = {"a": None, "b": "a", "c": "b", "x": None, "y": "x"}
"""b lies in a, c in b; y lies in x."""


def everything(*collections: str) -> Scope:
    return Scope(inside=(frozenset(collections),))


def but(*collections: str) -> Scope:
    return Scope(outside=frozenset(collections))


def test_a_role_in_a_collection_holds_in_all_below_it_and_nowhere_else():
    policy = Policy([user("ada", ("editor", "collection:b"))], [], TREE)
    for place, allowed in {"a": False, "b": True, "c": True, "x": False}.items():
        assert policy.decide("ada", "images:write", in_collection(place)).allowed is allowed
    assert policy.scope("ada", "images:write") == everything("b", "c")
    assert policy.scope("ada", "images:read") == everything("b", "c")
    assert not policy.decide("ada", "images:read", UNPLACED).allowed
    assert policy.decide_on("ada", "images:write", ("x", "c")).because == "The role editor has it."


def test_a_denial_in_a_collection_holds_in_all_below_it_whatever_else_gives():
    people = [user("ada", ("administrator", "*"), ("editor", "collection:c"))]
    policy = Policy(people, [rule("ada", "images:write", "deny", "collection:b")], TREE)
    assert policy.scope("ada", "images:write") == but("b", "c")
    assert policy.scope("ada", "images:read") == EVERYTHING
    refused = policy.decide_on("ada", "images:write", ("c", "x"))
    assert (refused.allowed, refused.rule) == (False, "r-1")
    assert refused.because == "The rule says: ada may not images:write in collection:b."
    assert policy.decide_on("ada", "images:write", ("x",)).allowed
    assert policy.decide_on("ada", "images:write", ()).allowed
    assert policy.decide_on_all("ada", "images:write").rule == "r-1"
    assert policy.decide_on_all("ada", "images:read").allowed


def test_a_denial_of_a_role_held_above_reaches_below():
    people = [user("ada", ("viewer", "collection:a")), user("eve", ("editor", "collection:a"))]
    policy = Policy(people, [rule("viewer", "images:read", "deny", "collection:b")], TREE)
    assert policy.scope("ada", "images:read") == Scope(inside=(frozenset("a"),), outside=frozenset("bc"))
    assert policy.scope("eve", "images:read") == everything("a", "b", "c")


def test_nobody_changes_what_he_may_not_see():
    policy = Policy([user("ada", ("trainer", "*"))], [rule("ada", "images:read", "deny", "collection:x")], TREE)
    for permission in PLACED:
        assert policy.scope("ada", permission) == but("x", "y")
        assert policy.decide_on("ada", permission, ("y",)).rule == "r-1"
    assert policy.decide("ada", "images:write", UNPLACED).allowed


def test_who_may_not_change_pictures_may_not_change_their_titles():
    policy = Policy([user("ada", ("editor", "*"))], [rule("ada", "images:write", "deny", "collection:x")], TREE)
    assert policy.scope("ada", "images:edit") == policy.scope("ada", "images:write") == but("x", "y")
    assert policy.scope("ada", "renditions:write") == EVERYTHING
    lesser = Policy([user("ada", ("editor", "*"))], [rule("ada", "images:edit", "deny", "collection:x")], TREE)
    assert lesser.scope("ada", "images:write") == EVERYTHING


def test_a_denial_everywhere_leaves_nothing():
    policy = Policy(
        [user("ada", ("editor", "*"), ("editor", "collection:a"))], [rule("ada", "images:read", "deny")], TREE
    )
    assert policy.scope("ada", "images:read") is None
    assert policy.scope("ada", "images:write") is None
    assert not policy.decide_on_all("ada", "images:write").allowed


def test_a_rule_gives_in_a_collection_what_no_role_does():
    policy = Policy([user("ada", ("viewer", "*"))], [rule("ada", "images:write", "allow", "collection:a")], TREE)
    assert policy.scope("ada", "images:write") == everything("a", "b", "c")
    assert policy.decide_on("ada", "images:write", ("c",)).rule == "r-1"
    refused = policy.decide_on("ada", "images:write", ("x",))
    assert refused.because == "It takes the role editor in collection:x; there is only the role viewer."


def test_collections_that_are_gone_give_and_deny_nothing():
    policy = Policy(
        [user("ada", ("viewer", "collection:gone")), user("eve", ("viewer", "*"))],
        [rule("eve", "images:read", "deny", "collection:gone")],
        TREE,
    )
    assert policy.scope("ada", "images:read") is None
    assert policy.scope("eve", "images:read") == EVERYTHING
    assert not policy.decide("ada", "account:read").allowed


def test_what_is_about_oneself_takes_a_role_in_any_place():
    policy = Policy([user("ada", ("annotator", "collection:b")), user("eve")], [], TREE)
    for permission in PERMISSIONS:
        assert policy.decide("ada", permission).allowed == (permission in ANYWHERE), permission
        assert not policy.decide("eve", permission).allowed
    assert policy.decide("ada", "account:read").because == "The role annotator in collection:b has it."
    denied = Policy([user("ada", ("viewer", "collection:b"))], [rule("ada", "account:*", "deny")], TREE)
    assert not denied.decide("ada", "account:read").allowed


places = st.sampled_from(["*", *map(in_collection, TREE)])
permissions = st.sampled_from(["images:read", "images:write"])
subjects = st.sampled_from(["ada", *ROLES])
roles = st.lists(st.tuples(st.sampled_from(ROLES), places), max_size=3, unique_by=lambda one: one[1])
rules = st.lists(
    st.builds(
        lambda subject, permission, effect, place: (subject, permission, effect, place),
        subjects, permissions, st.sampled_from(["allow", "deny"]), places,
    ),
    max_size=3, unique=True,
)  # fmt: skip


def by_hand(held, ruled, permission: str, collections: frozenset[str]) -> bool:
    """The words of docs/security.md, done one by one."""

    def around(place: str) -> list[str]:
        found, one = ["*"], place.removeprefix("collection:") if place != "*" else None
        while one is not None:
            found.append(in_collection(one))
            one = TREE[one]
        return found

    def at(place: str) -> tuple[bool, bool]:
        here = around(place)
        mine = [role for role, where in held if where in here]
        below = {"ada"} | {role for one in mine for role in ROLES[: ROLES.index(one) + 1]}
        gives = any(role in roles_with(permission) for role in mine) or any(
            effect == "allow" and about == permission and where in here and who in below
            for who, about, effect, where in ruled
        )
        takes = any(
            effect == "deny" and about == permission and where in here and who in {"ada", *mine}
            for who, about, effect, where in ruled
        )
        return gives, takes

    if permission != "images:read" and not by_hand(held, ruled, "images:read", collections):
        return False
    found = [at("*"), *(at(in_collection(one)) for one in collections)]
    return any(gives for gives, _ in found) and not any(takes for _, takes in found)


@given(held=roles, ruled=rules, permission=permissions, collections=st.frozensets(st.sampled_from(sorted(TREE))))
def test_a_scope_is_what_the_words_say(held, ruled, permission, collections):
    made = [rule(*one, name=f"r-{number}") for number, one in enumerate(ruled)]
    policy = Policy([user("ada", *held)], made, TREE)
    wanted = by_hand(held, ruled, permission, collections)
    assert policy.decide_on("ada", permission, collections).allowed == wanted
    scope = policy.scope("ada", permission)
    assert (scope is not None and scope.covers(collections)) == wanted
    whole = policy.decide_on_all("ada", permission).allowed
    assert whole == (scope is not None and scope.is_everything)


def test_scopes_are_for_permissions_on_pictures_and_for_whoever_is_vouched_for():
    assert scope_of(LOCAL_OWNER, "images:write") == EVERYTHING
    require_on(LOCAL_OWNER, "images:write", ("a",))
    with pytest.raises(KeyError):
        scope_of(LOCAL_OWNER, "users:read")
    with pytest.raises(KeyError):
        require_on(LOCAL_OWNER, "users:read", ())
    stranger = Principal(id="s", name="Stranger", kind="user", user="u-1")
    for principal, code in ((stranger, "forbidden"), (ANONYMOUS, "unauthenticated")):
        for ask in (lambda one: scope_of(one, "images:read"), lambda one: require_on(one, "images:read", ("a",))):
            with pytest.raises(Error) as caught:
                ask(principal)
            assert caught.value.code == code


def test_a_scope_is_named_by_what_it_lets_through():
    assert everything("a").also(everything("a")).key == everything("a").key != everything("b").key
    assert but("a").key != everything("a").key
    both = everything("a", "b").also(but("c")).within(["b"])
    assert both.covers(("b",))
    assert not both.covers(("a",))
    assert not both.covers(("b", "c"))
    assert EVERYTHING.key is None
    assert both.key == but("c").within(["b"]).also(everything("b", "a")).key

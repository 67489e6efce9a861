"""Roles and rules in collections over HTTP: who sees and changes which picture, by every way there is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from darkroom.access import scope_of
from darkroom.domain.access import LOCAL_OWNER
from darkroom.domain.scope import Scope
from darkroom.errors import Error
from darkroom.services.trash_views import ImageIds
from tests.integration.accounts.places import API, PICTURES, World, build, opened

PEOPLE: dict[str, dict[str, Any]] = {
    "viewer": {"roles": [("viewer", "*")], "sees": set(PICTURES), "changes": set()},
    "editor": {"roles": [("editor", "*")], "sees": set(PICTURES), "changes": set(PICTURES)},
    "viewer in x": {"roles": [("viewer", "collection:x")], "sees": {"x", "deep", "both"}, "changes": set()},
    "editor in x": {
        "roles": [("editor", "collection:x")], "sees": {"x", "deep", "both"}, "changes": {"x", "deep", "both"},
    },
    "editor below x": {"roles": [("editor", "collection:x-deep")], "sees": {"deep"}, "changes": {"deep"}},
    "viewer, editor in y": {
        "roles": [("viewer", "*"), ("editor", "collection:y")], "sees": set(PICTURES), "changes": {"y", "both"},
    },
    "blind in x": {
        "roles": [("editor", "*")], "rules": [("deny", "images:read", "collection:x")], "sees": {"none", "y"},
        "changes": {"none", "y"},
    },
    "bound in x": {
        "roles": [("editor", "*")], "rules": [("deny", "images:write", "collection:x")], "sees": set(PICTURES),
        "changes": {"none", "y"},
    },
    "in y, blind in x": {
        "roles": [("editor", "collection:y")], "rules": [("deny", "*", "collection:x")], "sees": {"y"},
        "changes": {"y"},
    },
    "allowed in y": {
        "roles": [("viewer", "*")], "rules": [("allow", "images:*", "collection:y"), ("allow", "renditions:*", "collection:y")],
        "sees": set(PICTURES), "changes": {"y", "both"},
    },
    "nobody": {"roles": [], "sees": None, "changes": set()},
}  # fmt: skip
"""Who has which roles and rules, and what follows."""


def peopled(library, app) -> World:
    found = build(library, app)
    for name, one in PEOPLE.items():
        key = name.replace(" ", "-").replace(",", "")
        found.person(key)
        found.users[name] = found.users.pop(key)
        for role, domain in one["roles"]:
            found.give(name, role, domain)
        for effect, permission, domain in one.get("rules", ()):
            found.rule(name, effect, permission, domain)
    return found


@pytest.fixture
def world(library, app) -> World:
    """A library that a test may change."""
    return peopled(library, app)


@pytest.fixture(scope="module")
def shared(mongod, tmp_path_factory) -> Iterator[World]:
    """A library that tests only read."""
    with opened(mongod, tmp_path_factory.mktemp("home")) as (library, app):
        yield peopled(library, app)


def code(answer) -> str:
    """What an answer says: `ok`, or the code of its error."""
    return answer.json()["code"] if answer.status_code >= 400 else "ok"


def test_lists_counts_and_pages_are_of_what_one_sees(shared: World):
    """List, index and facets, along an index of MongoDB and by way of the columnar copy; nothing remembered for others."""
    for name, one in PEOPLE.items():
        headers, sees = shared.headers(name), one["sees"]
        for query in ({}, {"sort": "name"}, {"sort": "-quality", "quality_min": "0"}, {"rating_min": "0"}):
            listed = shared.client.get(f"{API}/images", params=query, headers=headers)
            if sees is None:
                assert code(listed) == "forbidden"
                continue
            assert shared.names(item["id"] for item in listed.json()["items"]) == sees, (name, query)
            assert listed.json()["total"] == len(sees)
        for path in ("images/index?every=20", "facets"):
            answer = shared.client.get(f"{API}/{path}", headers=headers)
            assert code(answer) == ("forbidden" if sees is None else "ok")
            assert sees is None or answer.json()["total"] == len(sees)
        pages, cursor = set(), None
        while sees is not None:
            found = shared.client.get(
                f"{API}/images", params={"limit": 2} | ({"cursor": cursor} if cursor else {}), headers=headers
            ).json()
            pages |= shared.names(item["id"] for item in found["items"])
            if (cursor := found["next_cursor"]) is None:
                break
        assert pages == (sees or set())


def test_a_collection_is_a_filter_over_what_one_sees(shared: World):
    for name, one in PEOPLE.items():
        if (sees := one["sees"]) is None:
            continue
        for collection, lies in {
            "x": {"x", "deep", "both"},
            "x-deep": {"deep"},
            "y": {"y", "both"},
            "no": set(),
        }.items():
            listed = shared.client.get(f"{API}/images?collection={collection}", headers=shared.headers(name)).json()
            assert shared.names(item["id"] for item in listed["items"]) == lies & sees, (name, collection)
            assert listed["total"] == len(lies & sees)


def test_every_route_to_a_picture_is_for_who_may(shared: World):
    """Details, files by hash, previews of recipes, results: what one may not see is not there."""
    asks = {
        "GET ": {}, "GET /original": {}, "GET /thumbnail": {}, "GET /preview": {}, "GET /renditions": {},
        "GET /tiles": {}, "GET /tiles/0/0/0": {}, "POST /recipe-preview": {"json": {"preset": "web"}},
        "POST /quality-curve": {"json": {"preset": "web"}}, "GET /develop-history": {}, "PUT /develop-history": {"json": {}},
    }  # fmt: skip
    for name, one in PEOPLE.items():
        headers = shared.headers(name)
        for picture, image in shared.ids.items():
            for ask, more in asks.items():
                method, _, path = ask.partition(" ")
                answer = shared.client.request(method, f"{API}/images/{image}{path}", headers=headers, **more)
                found = code(answer)
                if one["sees"] is None:
                    assert found == "forbidden", (name, ask)
                else:
                    # There are no files in this library: whoever gets so far may see the picture.
                    seen = found in ("ok", "blob_missing")
                    assert seen == (picture in one["sees"]), (name, picture, ask, found)
                    assert seen or found == "not_found"


def test_details_tell_of_no_collection_and_no_likeness_that_one_may_not_see(world: World):
    stores = world.library.stores
    group = world.ids["x"]

    def work(session: Any) -> None:
        stores.images.set_group(session, [world.ids["x"], world.ids["both"], world.ids["none"]], group)
        stores.events.append(session, type="images.updated", principal="local", ids=[group])

    stores.database.run(work)
    found = world.client.get(f"{API}/images/{world.ids['both']}", headers=world.headers("viewer in x")).json()
    assert found["collections"] == ["x"]
    assert world.names(one["id"] for one in found["lineage"]["near_duplicates"]) == {"x"}
    found = world.client.get(f"{API}/images/{world.ids['both']}", headers=world.headers("viewer")).json()
    assert found["collections"] == ["x", "y"]
    assert world.names(one["id"] for one in found["lineage"]["near_duplicates"]) == {"x", "none"}
    grouped = world.client.get(f"{API}/images?duplicates={group}", headers=world.headers("blind in x")).json()
    assert world.names(one["id"] for one in grouped["items"]) == {"none"}


def test_an_order_takes_the_right_on_every_picture(shared: World):
    """By ids the first picture in the way is named; by query those count that one may work on."""
    for name, one in PEOPLE.items():
        headers = shared.headers(name)
        for picture, image in shared.ids.items():
            body = {"preset": "web", "images": [image]}
            found = code(shared.client.post(f"{API}/renditions", json=body, headers=headers))
            # Rules about images:* say nothing of results, but what one may not see is out of reach for recipes too.
            may = picture in (one["sees"] or set()) and (picture in one["changes"] or name == "bound in x")
            hidden = "not_found" if one["changes"] else "forbidden"
            wanted = "ok" if may else "forbidden" if picture in (one["sees"] or set()) else hidden
            assert found == wanted, (name, picture, found)
        body = {"preset": "web", "query": {}}
        answer = shared.client.post(f"{API}/renditions", json=body, headers=headers)
        count = len(one["sees"] or ()) if name == "bound in x" else len(one["changes"])
        assert (answer.json()["total"] if count else code(answer)) == (count or "forbidden"), name


def test_the_trash_is_of_what_one_may_put_away(world: World):
    """A picture in the trash is still in its collections: who may change it there sees and restores it."""
    client = world.client
    for name, one in PEOPLE.items():
        headers, sees = world.headers(name), one["sees"] or set()
        # Rules about images:* say nothing of the trash.
        changes = set() if name == "allowed in y" else one["changes"]
        for picture, image in world.ids.items():
            found = code(client.post(f"{API}/trash", json={"ids": [image]}, headers=headers))
            if not changes:
                assert found == "forbidden", (name, picture)
                continue
            assert found == ("forbidden" if picture in sees - changes else "ok"), (name, picture)
            assert (world.library.stores.trash.find(image) is not None) == (picture in changes), (name, picture)
        listed = client.get(f"{API}/trash", headers=headers)
        if not changes:
            assert code(listed) == "forbidden"
            continue
        assert world.names(item["image"]["id"] for item in listed.json()["items"]) == changes
        assert listed.json()["total"] == len(changes)
        world.library.trash.restore(LOCAL_OWNER, ImageIds(ids=tuple(world.ids.values())))


def test_the_trash_of_others_is_not_there(world: World):
    client, stores = world.client, world.library.stores
    everything = tuple(world.ids.values())
    world.library.trash.put(LOCAL_OWNER, ImageIds(ids=everything))
    inside, bound = world.headers("editor in x"), world.headers("bound in x")
    assert world.names(one["image"]["id"] for one in client.get(f"{API}/trash", headers=bound).json()["items"]) == {
        "none", "y", "x", "deep", "both",
    }  # fmt: skip
    for picture in ("y", "none"):
        image = world.ids[picture]
        assert code(client.get(f"{API}/trash/{image}/thumbnail", headers=inside)) == "not_found"
        assert client.post(f"{API}/trash/restore", json={"ids": [image]}, headers=inside).json()["unknown"] == [image]
        body = {"selection": {"ids": [image]}, "action": {"type": "restore"}}
        assert client.post(f"{API}/images/bulk", json=body, headers=inside).status_code >= 400
        assert stores.trash.find(image) is not None
    # What one may see there and not put away is refused, with the place and the rule.
    refused = client.post(f"{API}/trash/restore", json={"ids": [world.ids["x"]]}, headers=bound).json()
    assert (refused["code"], refused["permission"], refused["domain"]) == ("forbidden", "trash:write", "collection:x")
    assert code(client.post(f"{API}/trash/purge", json={"all": True}, headers=inside)) == "forbidden"
    body = {"selection": {"ids": list(everything)}, "action": {"type": "restore"}}
    done = client.post(f"{API}/images/bulk", json=body, headers=inside).json()
    assert (done["changed"], done["failed"]) == (3, 0)
    assert world.names(stores.trash.among(everything)) == {"y", "none"}


def test_orders_of_others_are_not_there_for_who_sees_a_part(world: World):
    client = world.client
    editor, inside = world.headers("editor"), world.headers("editor in x")
    theirs = client.post(f"{API}/renditions", json={"preset": "web", "images": [world.ids["y"]]}, headers=editor).json()
    own = client.post(f"{API}/renditions", json={"preset": "web", "images": [world.ids["x"]]}, headers=inside).json()
    assert [one["id"] for one in client.get(f"{API}/renditions", headers=inside).json()["items"]] == [own["id"]]
    assert len(client.get(f"{API}/renditions", headers=editor).json()["items"]) == 2
    assert code(client.get(f"{API}/renditions/{theirs['id']}", headers=inside)) == "not_found"
    assert code(client.post(f"{API}/renditions/{theirs['id']}/cancel", headers=inside)) == "not_found"
    assert code(client.post(f"{API}/renditions/{own['id']}/cancel", headers=inside)) == "ok"


def test_a_recipe_reaches_no_picture_that_one_may_not_see(shared: World):
    """A step that lays another picture over this one would show it."""
    recipe = {"name": "marked", "operations": [{"watermark": {"picture": shared.ids["y"]}}]}
    body = {"recipe": recipe, "images": [shared.ids["x"]]}
    for name in ("editor in x", "editor"):
        answer = shared.client.post(f"{API}/renditions", json=body, headers=shared.headers(name))
        assert code(answer) == ("not_found" if name == "editor in x" else "blob_missing"), answer.text
        answer = shared.client.post(
            f"{API}/images/{shared.ids['x']}/recipe-preview", json={"recipe": recipe}, headers=shared.headers(name)
        )
        assert code(answer) == ("not_found" if name == "editor in x" else "blob_missing"), answer.text


def test_batches_and_failures_are_for_who_has_a_role_everywhere(world: World):
    from tests.factories import failure

    stores = world.library.stores
    entries = [failure(connector="inbox"), failure(connector="recipe", key=f"{world.ids['x']}/x.jpg")]
    stores.database.run(lambda session: [stores.failures.record(session, one) for one in entries])
    for name in ("viewer in x", "editor in x", "nobody"):
        for path in ("batches", "failures", "queue", "runs"):
            assert code(world.client.get(f"{API}/{path}", headers=world.headers(name))) == "forbidden", (name, path)
        assert (
            code(world.client.post(f"{API}/failures/dismiss", json={"all": True}, headers=world.headers(name)))
            == "forbidden"
        )
    for name, wanted in {"viewer": 2, "blind in x": 1}.items():
        found = world.client.get(f"{API}/failures", headers=world.headers(name)).json()
        assert len(found["items"]) == sum(found["open_by_code"].values()) == wanted
        facets = world.client.get(f"{API}/facets", headers=world.headers(name)).json()
        assert facets["failed"] == (2 if name == "viewer" else 0)


def test_new_pictures_are_brought_in_by_who_may_change_what_is_in_no_collection(shared: World):
    for name, wanted in {
        "editor": "ok",
        "blind in x": "ok",
        "bound in x": "ok",
        "editor in x": "forbidden",
        "viewer": "forbidden",
    }.items():
        answer = shared.client.post(f"{API}/images", files=[("files", ("a.jpg", b"x"))], headers=shared.headers(name))
        assert code(answer) == wanted, name


def test_a_token_has_its_scopes_where_its_account_has_them(shared: World):
    headers = shared.headers("editor in x", "images:read")
    listed = shared.client.get(f"{API}/images", headers=headers).json()
    assert shared.names(item["id"] for item in listed["items"]) == {"x", "deep", "both"}
    put = shared.client.put(f"{API}/collections/x-deep/images/{shared.ids['x']}", headers=headers)
    assert code(put) == "forbidden"
    assert "scopes" in put.json()["detail"]
    blind = shared.headers("blind in x", "images:write")
    assert code(shared.client.get(f"{API}/images", headers=blind)) == "forbidden"


def test_somebody_with_a_role_in_one_place_has_an_account_like_others(shared: World):
    me = shared.client.get(f"{API}/auth/me", headers=shared.headers("editor in x"))
    assert code(me) == "ok"
    assert {"images:read", "images:write", "events:read", "presets:read", "account:write"} <= set(
        me.json()["permissions"]
    )
    assert "batches:read" in me.json()["denied"]
    assert code(shared.client.get(f"{API}/auth/me", headers=shared.headers("nobody"))) == "forbidden"


def test_why_not_names_the_place_and_the_rule(shared: World):
    client, headers = shared.client, shared.headers("bound in x")
    (rule,) = [one for one in client.get(f"{API}/policies", headers=shared.headers("administrator")).json()["items"]
               if one["subject"] == shared.users["bound in x"]]  # fmt: skip
    answer = client.put(f"{API}/collections/y/images/{shared.ids['deep']}", headers=headers).json()
    assert (answer["code"], answer["permission"], answer["rule"]) == ("forbidden", "images:write", rule["id"])
    assert "may not images:write in collection:x" in answer["detail"]
    ahead = client.get(f"{API}/access/explain?permission=images:write&domain=collection:x-deep", headers=headers).json()
    assert (ahead["allowed"], ahead["rule"]) == (False, rule["id"])
    general = client.get(f"{API}/access/explain?permission=images:write", headers=headers).json()
    assert general["allowed"] is True
    assert "Not in collection:x" in general["because"]
    lines = client.get(f"{API}/audit?outcome=denied", headers=shared.headers("administrator")).json()["items"]
    assert {
        (one["principal"], one["resource"], one["detail"]["rule"]) for one in lines if one["detail"].get("rule")
    } >= {(one["principal"], "collection:x-deep", rule["id"]) for one in lines[:1]}


def test_a_change_of_the_tree_holds_at_once(world: World):
    viewer = world.principal("viewer in x")
    assert scope_of(viewer, "images:read") == Scope(inside=(frozenset({"x", "x-deep"}),))
    from darkroom.services.collection_views import CollectionChange

    world.library.collections.update(LOCAL_OWNER, "x-deep", CollectionChange(parent="y"))
    assert scope_of(viewer, "images:read") == Scope(inside=(frozenset({"x"}),))
    world.library.collections.update(LOCAL_OWNER, "y", CollectionChange(parent="x"))
    assert scope_of(viewer, "images:read") == Scope(inside=(frozenset({"x", "y", "x-deep"}),))
    with pytest.raises(Error) as caught:
        world.library.collections.update(LOCAL_OWNER, "x", CollectionChange(parent="x-deep"))
    assert caught.value.context["parameter"] == "parent"


def test_a_change_elsewhere_holds_within_a_second(world: World, mongo_settings):
    from darkroom.access.guard import Guard
    from darkroom.store import Stores

    stores = Stores.open(mongo_settings)
    guard = Guard(stores)
    try:
        viewer = world.principal("viewer in x").model_copy(update={"warrant": guard})
        assert "y" not in scope_of(viewer, "images:read").inside[0]
        while not guard.is_fresh():
            time.sleep(0.01)
        from darkroom.services.collection_views import CollectionChange

        world.library.collections.update(LOCAL_OWNER, "y", CollectionChange(parent="x"))
        begun = time.monotonic()
        while "y" not in scope_of(viewer, "images:read").inside[0]:
            assert time.monotonic() - begun < 30
            time.sleep(0.01)
    finally:
        guard.close()
        stores.close()


def test_a_place_must_be_one_where_something_follows(world: World):
    client, headers = world.client, world.headers("administrator")
    from darkroom.domain.query import ImageQuery
    from darkroom.services.collection_views import NewCollection

    world.library.collections.create(LOCAL_OWNER, NewCollection(name="Best", query=ImageQuery(rating_min=4)))
    user = world.users["viewer"]
    for domain in ("collection:no", "collection:best", "project:x"):
        role = client.put(f"{API}/users/{user}/role", json={"role": "editor", "domain": domain}, headers=headers)
        rule = client.post(
            f"{API}/policies", json={"subject": user, "permission": "images:*", "domain": domain, "effect": "deny"},
            headers=headers,
        )  # fmt: skip
        for answer in (role, rule):
            assert (code(answer), answer.json()["parameter"]) == ("invalid_parameter", "domain"), answer.text
    idle = {"subject": user, "permission": "batches:read", "domain": "collection:x", "effect": "deny"}
    answer = client.post(f"{API}/policies", json=idle, headers=headers)
    assert (code(answer), answer.json()["parameter"]) == ("invalid_parameter", "permission")
    taken = client.put(f"{API}/users/{user}/role", json={"role": None, "domain": "collection:no"}, headers=headers)
    assert code(taken) == "ok"

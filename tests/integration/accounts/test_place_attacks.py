"""Attempts to see, or to come to change, what lies in a place where one may not."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from darkroom.domain.access import LOCAL_OWNER
from darkroom.domain.edit import Edit
from darkroom.services.collection_views import CollectionChange, MembersGiven, NewCollection
from tests.integration.accounts.places import API, World, build


@pytest.fixture
def world(library, app) -> World:
    """Eve edits in x and sees all, Ivo edits in x alone, Bea edits everywhere but is blind in y, Tom may do nothing in y."""
    found = build(library, app)
    for name in ("eve", "ivo", "bea", "tom"):
        found.person(name)
    found.give("eve", "viewer")
    found.give("eve", "editor", "collection:x")
    found.give("ivo", "editor", "collection:x")
    found.give("bea", "editor")
    found.rule("bea", "deny", "images:read", "collection:y")
    found.give("tom", "editor")
    found.rule("tom", "deny", "images:write", "collection:y")
    return found


def code(answer) -> str:
    return answer.json()["code"] if answer.status_code >= 400 else "ok"


def put(world: World, name: str, collection: str, picture: str) -> str:
    address = f"{API}/collections/{collection}/images/{world.ids[picture]}"
    return code(world.client.put(address, headers=world.headers(name)))


def collections_of(world: World, picture: str) -> tuple[str, ...]:
    return world.library.stores.images.get(world.ids[picture]).collections


def patch(world: World, name: str, picture: str, body: dict[str, Any]) -> str:
    address = f"{API}/images/{world.ids[picture]}"
    return code(world.client.patch(address, json=body, headers=world.headers(name) | {"If-Match": "*"}))


def test_putting_a_picture_into_ones_own_collection_gives_no_rights_on_it(world: World):
    """By every way that puts a picture in: it takes the right to change it where it is."""
    assert put(world, "eve", "x", "y") == "forbidden"
    assert put(world, "eve", "x", "none") == "forbidden"
    assert put(world, "ivo", "x", "y") == "not_found"
    body = {"add": [world.ids["x"], world.ids["none"]]}
    assert (
        code(world.client.post(f"{API}/collections/x-deep/images", json=body, headers=world.headers("eve")))
        == "forbidden"
    )
    assert patch(world, "eve", "y", {"add_to": ["x"]}) == "forbidden"
    assert patch(world, "ivo", "y", {"add_to": ["x"]}) == "not_found"
    assert patch(world, "bea", "y", {"add_to": ["x"]}) == "not_found"
    for picture, there in {"y": ("y",), "none": (), "x": ("x",)}.items():
        assert collections_of(world, picture) == there
    assert put(world, "eve", "x-deep", "x") == "ok"
    assert collections_of(world, "x") == ("x", "x-deep")


def test_an_annotator_moves_nothing(world: World):
    """Tagging is for annotators; what decides who may do what is not."""
    world.person("ann")
    world.give("ann", "annotator", "collection:x")
    assert patch(world, "ann", "x", {"rating": 3}) == "ok"
    assert patch(world, "ann", "x", {"add_to": ["x-deep"]}) == "forbidden"
    assert patch(world, "ann", "x", {"remove_from": ["x"]}) == "forbidden"
    assert patch(world, "ann", "y", {"rating": 3}) == "not_found"
    assert put(world, "ann", "x-deep", "x") == "forbidden"


def test_a_denial_is_not_escaped_by_taking_the_picture_out(world: World):
    for name, answer in {"bea": "not_found", "tom": "forbidden"}.items():
        address = f"{API}/collections/y/images/{world.ids['both']}"
        assert code(world.client.delete(address, headers=world.headers(name))) == answer
        assert patch(world, name, "both", {"remove_from": ["y"]}) == answer
        assert patch(world, name, "both", {"title": "mine"}) == answer
        change = {"remove": [world.ids["both"]]}
        assert (
            code(world.client.post(f"{API}/collections/x/images", json=change, headers=world.headers(name))) == answer
        )
    assert collections_of(world, "both") == ("x", "y")


def test_a_denial_is_not_escaped_by_moving_or_deleting_the_place(world: World):
    client, match = world.client, {"If-Match": "*"}
    world.library.collections.create(LOCAL_OWNER, NewCollection(name="In Y", parent="y"))
    for name, answer in {"bea": "not_found", "tom": "forbidden"}.items():
        headers = world.headers(name) | match
        for place in ("y", "in-y"):
            assert code(client.patch(f"{API}/collections/{place}", json={"parent": None}, headers=headers)) == answer
            assert code(client.patch(f"{API}/collections/{place}", json={"parent": "x"}, headers=headers)) == answer
            assert code(client.delete(f"{API}/collections/{place}", headers=headers)) == answer
    eve = world.headers("eve") | match
    assert code(client.patch(f"{API}/collections/x", json={"parent": "y"}, headers=eve)) == "forbidden"
    assert code(client.patch(f"{API}/collections/y", json={"parent": "x"}, headers=eve)) == "forbidden"
    assert code(client.patch(f"{API}/collections/x-deep", json={"parent": None}, headers=eve)) == "forbidden"
    assert code(client.post(f"{API}/collections", json={"name": "Mine"}, headers=eve)) == "forbidden"
    assert code(client.post(f"{API}/collections", json={"name": "Mine", "parent": "x"}, headers=eve)) == "ok"


def test_a_place_that_roles_or_rules_name_is_not_deleted_and_its_id_is_not_given_again(world: World):
    client, headers = world.client, world.headers("administrator") | {"If-Match": "*"}
    assert code(client.delete(f"{API}/collections/x", headers=headers)) == "conflict"
    assert code(client.delete(f"{API}/collections/y", headers=headers)) == "conflict"
    for rule in client.get(f"{API}/policies", headers=headers).json()["items"]:
        assert client.delete(f"{API}/policies/{rule['id']}", headers=headers).status_code == 204
    assert code(client.delete(f"{API}/collections/y", headers=headers)) == "ok"
    assert collections_of(world, "both") == ("x",)
    assert collections_of(world, "y") == ()
    # A role that was left behind, as by a crash between two processes, is nobody's way into a new collection.
    users = world.library.stores.database.collection("users")
    users.update_one({"_id": world.users["ivo"]}, {"$push": {"roles": {"role": "editor", "domain": "collection:y"}}})
    made = client.post(f"{API}/collections", json={"name": "Y"}, headers=headers).json()
    assert made["id"] == "y-2"


def test_collections_that_one_may_not_see_are_not_there(world: World):
    client = world.client
    listed = client.get(f"{API}/collections", headers=world.headers("ivo")).json()["items"]
    assert {one["id"]: (one["images"], one["may_change"]) for one in listed} == {"x": (3, True), "x-deep": (1, True)}
    listed = client.get(f"{API}/collections", headers=world.headers("bea")).json()["items"]
    assert {one["id"]: one["images"] for one in listed} == {"x": 2, "x-deep": 1}
    listed = client.get(f"{API}/collections", headers=world.headers("eve")).json()["items"]
    assert {one["id"]: (one["images"], one["may_change"]) for one in listed} == {
        "x": (3, True), "x-deep": (1, True), "y": (2, False),
    }  # fmt: skip
    assert code(client.get(f"{API}/collections/y", headers=world.headers("ivo"))) == "not_found"
    world.library.collections.update(LOCAL_OWNER, "x", CollectionChange(parent="y"))
    inner = client.get(f"{API}/collections/x", headers=world.headers("ivo")).json()
    assert inner["parent"] is None


def test_a_cover_shows_no_picture_that_one_may_not_see(world: World):
    world.library.collections.update(LOCAL_OWNER, "x", CollectionChange(cover=world.ids["both"]))
    seen = world.client.get(f"{API}/collections/x", headers=world.headers("eve")).json()
    hidden = world.client.get(f"{API}/collections/x", headers=world.headers("bea")).json()
    assert seen["cover"] == world.ids["both"]
    assert hidden["cover"] in {world.ids["x"], world.ids["deep"]}
    change = {"cover": world.ids["y"]}
    answer = world.client.patch(f"{API}/collections/x", json=change, headers=world.headers("ivo") | {"If-Match": "*"})
    assert code(answer) == "not_found"


def test_a_smart_collection_shows_nobody_more(world: World):
    from darkroom.domain.query import ImageQuery

    world.library.collections.create(LOCAL_OWNER, NewCollection(name="All", parent="x", query=ImageQuery(rating_min=0)))
    world.library.collections.create(
        LOCAL_OWNER, NewCollection(name="Of Y", parent="x", query=ImageQuery(collection="y"))
    )
    for name, sees in {"ivo": {"x", "deep", "both"}, "bea": {"none", "x", "deep"}}.items():
        for collection, wanted in {"all": sees, "of-y": sees & {"y", "both"}}.items():
            listed = world.client.get(f"{API}/images?collection={collection}", headers=world.headers(name)).json()
            assert world.names(one["id"] for one in listed["items"]) == wanted, (name, collection)
            view = world.client.get(f"{API}/collections/{collection}", headers=world.headers(name)).json()
            assert view["images"] == len(wanted)
    for query in ({"collection": "y"}, {"collection": "all"}, {"collection": "no"}):
        body = {"name": "Peep", "parent": "x", "query": query}
        answer = world.client.post(f"{API}/collections", json=body, headers=world.headers("ivo"))
        assert (code(answer), answer.json()["parameter"]) == ("invalid_parameter", "query")


def test_tags_are_counted_where_one_sees_and_renamed_by_who_may_change_all(world: World):
    library = world.library

    def work(session: Any) -> None:
        edits = {world.ids["x"]: Edit(set_tags=("seen",)), world.ids["y"]: Edit(set_tags=("secret",))}
        rest = {world.ids[name]: Edit(set_tags=()) for name in ("none", "deep", "both")}
        library.stores.images.edit_each(session, edits | rest)
        library.stores.events.append(session, type="images.updated", principal="local", ids=list(world.ids.values()))

    library.stores.database.run(work)
    for name, wanted in {"ivo": {"seen"}, "bea": {"seen"}, "eve": {"seen", "secret"}}.items():
        tree = world.client.get(f"{API}/tags", headers=world.headers(name)).json()["items"]
        assert {one["tag"] for one in tree} == wanted
    for name in ("ivo", "bea", "tom", "eve"):
        body = {"tag": "secret", "to": "open"}
        assert code(world.client.post(f"{API}/tags/rename", json=body, headers=world.headers(name))) == "forbidden"


def test_nothing_is_told_about_pictures_that_one_may_not_see(world: World):
    """The stream of events: ids of pictures, of collections and of orders, and how batches go."""
    library = world.library

    def change(edit: Edit) -> None:
        def work(session: Any) -> None:
            done = library.stores.images.edit_each(session, dict.fromkeys(world.ids.values(), edit))
            ids = [one.image for one in done.edited]
            library.stores.events.append(
                session, type="images.updated", principal="local", ids=ids, data={"edited": ["title"]}
            )

        library.stores.database.run(work)

    start = library.stores.events.last_seq()
    change(Edit(title="new"))
    library.collections.put(LOCAL_OWNER, "y", MembersGiven(add=(world.ids["none"],)))
    library.collections.put(LOCAL_OWNER, "x", MembersGiven(add=(world.ids["none"],)))

    async def told(name: str) -> list[Any]:
        reader = await library.feed.subscribe(world.principal(name), start)
        found = []
        for _ in range(3):
            found += await reader.next(0.2) or []
        reader.leave()
        return [json.loads(one.model_dump_json()) for one in found if hasattr(one, "type")]

    seen = {name: asyncio.run(told(name)) for name in ("ivo", "bea", "eve")}
    first = {name: next(one for one in events if one["type"] == "images.updated") for name, events in seen.items()}
    assert world.names(first["eve"]["ids"]) == {"none", "x", "deep", "y", "both"}
    assert world.names(first["ivo"]["ids"]) == {"none", "x", "deep", "both"}
    # It lies in y by now, where Bea sees nothing, whatever else it lies in.
    assert world.names(first["bea"]["ids"]) == {"x", "deep"}
    assert (first["ivo"]["data"], first["eve"]["data"]) == ({}, {"edited": ["title"]})
    places = {
        name: {i for one in events if one["type"] == "collections.changed" for i in one["ids"]}
        for name, events in seen.items()
    }
    assert places == {"ivo": {"x"}, "bea": {"x"}, "eve": {"x", "y"}}


def test_many_at_once_are_those_that_one_may_change(world: World):
    """By query the pictures within reach; by id what one may not see is unknown, what one may only see is refused."""

    def ask(name: str, selection: dict[str, Any], edit: dict[str, Any], *, dry_run: bool = True):
        body = {"selection": selection, "action": {"type": "edit", "edit": edit}, "dry_run": dry_run}
        return world.client.post(f"{API}/images/bulk", json=body, headers=world.headers(name))

    everything, some = {"query": {}}, {"ids": list(world.ids.values())}
    for name, reach in {"ivo": 3, "eve": 3, "bea": 3, "tom": 3}.items():
        found = ask(name, everything, {"title": "mine"}).json()
        assert found["count"] == reach, (name, found)
        assert len(found["examples"]) == reach
    assert ask("ivo", some, {"title": "mine"}).json()["count"] == 3
    assert ask("bea", some, {"title": "mine"}).json()["count"] == 3
    for name in ("eve", "tom"):
        assert code(ask(name, some, {"title": "mine"})) == "forbidden"
    assert code(ask("eve", some, {"add_to": ["x"]})) == "forbidden"
    assert ask("ivo", some, {"add_to": ["x"]}).json()["count"] == 3
    assert code(ask("ivo", everything, {"add_to": ["y"]})) == "not_found"
    assert code(ask("tom", everything, {"remove_from": ["y"]})) == "forbidden"
    assert ask("ivo", everything, {"title": "by Ivo"}, dry_run=False).status_code == 200
    titles = {name: world.library.stores.images.get(one).title for name, one in world.ids.items()}
    assert {name for name, title in titles.items() if title == "by Ivo"} == {"x", "deep", "both"}


def test_taking_back_reaches_what_one_may_still_change(world: World):
    """Of what somebody did in a place he takes back what lies where he may change it by now, and is told of the rest."""
    client, images = world.client, world.library.stores.images

    def bulk(name: str, selection: dict[str, Any], action: dict[str, Any]):
        body = {"selection": selection, "action": action}
        answer = client.post(f"{API}/images/bulk", json=body, headers=world.headers(name))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def undo(name: str, work: dict[str, Any]):
        return client.post(f"{API}/operations/{work['id']}/undo", headers=world.headers(name))

    before = {name: images.get(one).title for name, one in world.ids.items()}
    work = bulk("ivo", {"query": {}}, {"type": "edit", "edit": {"title": "Ivo was here"}})
    assert work["changed"] == 3
    assert code(undo("eve", work)) == "not_found"  # nobody takes back what others did
    # One of them leaves the place, another one is denied him.
    world.library.collections.put(LOCAL_OWNER, "x", MembersGiven(remove=(world.ids["x"],)))
    world.rule("ivo", "deny", "images:edit", "collection:x-deep")
    back = undo("ivo", work).json()
    assert (back["state"], back["changed"], back["failed"], back["failures_by_code"]) == (
        "done",
        1,
        2,
        {"not_found": 2},
    )
    titles = {name: images.get(one).title for name, one in world.ids.items()}
    assert titles == before | {"x": "Ivo was here", "deep": "Ivo was here"}

    work = bulk("ivo", {"query": {}}, {"type": "trash"})
    assert work["changed"] == 2
    world.rule("ivo", "deny", "trash:write", "collection:y")  # where `both` lies, too
    back = undo("ivo", work).json()
    assert (back["changed"], back["failed"]) == (1, 1)
    assert world.names(world.library.stores.trash.among(list(world.ids.values()))) == {"both"}
    world.give("ivo", None, "collection:x")
    assert code(undo("ivo", back)) == "forbidden"
    assert undo("administrator", back).json()["state"] == "done"


def test_taking_back_puts_nothing_where_one_may_not(world: World):
    """What took pictures out of a place puts them back only for who may put them there."""
    client = world.client
    body = {"selection": {"ids": [world.ids["both"]]}, "action": {"type": "edit", "edit": {"remove_from": ["y"]}}}
    world.person("max")
    world.give("max", "editor", "collection:x")
    world.give("max", "editor", "collection:y")
    work = client.post(f"{API}/images/bulk", json=body, headers=world.headers("max")).json()
    assert collections_of(world, "both") == ("x",)
    world.give("max", "viewer", "collection:y")
    assert code(client.post(f"{API}/operations/{work['id']}/undo", headers=world.headers("max"))) == "forbidden"
    world.give("max", "editor", "collection:y")
    back = client.post(f"{API}/operations/{work['id']}/undo", headers=world.headers("max")).json()
    assert (back["changed"], collections_of(world, "both")) == (1, ("x", "y"))


def test_a_replayed_request_and_another_ones_key_open_nothing(world: World):
    key = {"Idempotency-Key": "guessed-by-somebody"}
    body = {"preset": "web", "images": [world.ids["y"]]}
    administrator = world.headers("administrator")
    assert world.client.post(f"{API}/renditions", json=body, headers=administrator | key).status_code == 202
    assert code(world.client.post(f"{API}/renditions", json=body, headers=world.headers("ivo") | key)) == "not_found"


def test_a_token_has_no_more_in_a_place_than_its_scopes_and_its_account(world: World):
    reader = world.headers("ivo", "images:read")
    body = {"rating": 5}
    address = f"{API}/images/{world.ids['x']}"
    answer = world.client.patch(address, json=body, headers=reader | {"If-Match": "*"})
    assert (code(answer), answer.json()["permission"]) == ("forbidden", "images:edit")
    both = world.headers("ivo", "images:read", "images:edit")
    assert code(world.client.patch(address, json=body, headers=both | {"If-Match": "*"})) == "ok"
    other = f"{API}/images/{world.ids['y']}"
    assert code(world.client.patch(other, json=body, headers=both | {"If-Match": "*"})) == "not_found"


def test_a_rule_does_for_nobody_what_he_may_not_do_himself(world: World):
    """Rules act as Darkroom itself on every picture that comes in."""
    body = {"name": "Mine", "where": "", "edit": {"rating": 1}}
    for name in ("eve", "ivo", "bea", "tom"):
        assert code(world.client.post(f"{API}/rules", json=body, headers=world.headers(name))) == "forbidden"
        assert code(world.client.post(f"{API}/rules/dry-run", json=body, headers=world.headers(name))) != "ok"
    assert world.library.stores.rules.all() == []
    assert code(world.client.get(f"{API}/rules", headers=world.headers("tom"))) == "ok"
    where = {"where": "rating>=0 or -rating>=0"}
    for name, seen in (("ivo", {"x"}), ("bea", {"none"})):
        answer = world.client.get(f"{API}/images", params=where, headers=world.headers(name)).json()
        found = {one["id"] for one in answer["items"]}
        assert {world.ids[one] for one in seen} <= found
        assert world.ids["y"] not in found
    told = world.client.get(f"{API}/query/complete", params={"q": "collection:"}, headers=world.headers("ivo")).json()
    assert "y" not in {one["text"] for one in told["items"]}

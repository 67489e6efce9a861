"""Collections over REST: the tree, names, ETags, members, smart ones, covers, deleting; and from the command line."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from typing import Any

import pytest
from typer.testing import CliRunner

from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.domain.organise import MAX_DEPTH
from darkroom.errors import Error
from darkroom.services.collection_views import CollectionChange
from tests.factories import BASE, image_record, sha

API = "/api/v1/collections"


@pytest.fixture
def ids(add) -> list[str]:
    """Five pictures in no collection, the last one the newest."""
    return [
        one.id
        for one in add(
            [image_record(n, collections=(), rating=n, ingested_at=BASE.replace(minute=n)) for n in range(5)]
        )
    ]


def make(client, name: str, **more: Any) -> dict[str, Any]:
    answer = client.post(API, json={"name": name, **more})
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == f"{API}/{answer.json()['id']}"
    assert answer.headers["ETag"] == '"0"'
    return answer.json()


def change(client, collection: str, body: dict[str, Any], match: str = "*"):
    return client.patch(f"{API}/{collection}", json=body, headers={"If-Match": match})


def listed(client, **query: Any) -> list[str]:
    return [one["id"] for one in client.get("/api/v1/images", params=query | {"sort": "ingested_at"}).json()["items"]]


def test_pictures_go_in_and_out_and_stay_in_the_library(client, library, ids):
    made = make(client, "Summer at the sea", description=" What we saw ")
    assert (made["id"], made["kind"], made["images"], made["description"]) == (
        "summer-at-the-sea", "manual", 0, "What we saw",
    )  # fmt: skip
    address = f"{API}/{made['id']}/images"
    seq = library.stores.events.last_seq()
    done = client.post(address, json={"add": [ids[0], ids[1], ids[0]]}).json()
    assert done == {"added": 2, "removed": 0, "unchanged": 0}
    done = client.post(address, json={"add": [ids[1], ids[2]], "remove": [ids[0], ids[3]]}).json()
    assert done == {"added": 1, "removed": 1, "unchanged": 2}
    assert client.put(f"{address}/{ids[4]}").status_code == 204
    assert client.put(f"{address}/{ids[4]}").status_code == 204
    assert client.delete(f"{address}/{ids[1]}").status_code == 204
    assert listed(client, collection=made["id"]) == [ids[2], ids[4]]
    assert client.get(f"/api/v1/images/{ids[2]}").json()["collections"] == [made["id"]]
    assert len(listed(client)) == 5
    told = [event.type for event in library.stores.events.since(seq)]
    assert told == ["images.updated", "collections.changed"] * 4
    found = client.get(f"{API}/{made['id']}").json()
    assert (found["images"], found["cover"], found["revision"]) == (2, ids[4], 0)


def test_what_is_no_picture_or_no_collection_is_named(client, ids):
    made = make(client, "A")
    for answer, code in (
        (client.post(f"{API}/a/images", json={"add": [ids[0], sha("none")]}), "not_found"),
        (client.post(f"{API}/no/images", json={"add": [ids[0]]}), "not_found"),
        (client.post(f"{API}/a/images", json={}), "invalid_parameter"),
        (client.post(f"{API}/a/images", json={"add": [ids[0]], "remove": [ids[0]]}), "invalid_parameter"),
        (client.post(f"{API}/a/images", json={"add": ["x"]}), "invalid_parameter"),
        (client.put(f"{API}/a/images/x"), "invalid_parameter"),
        (client.get(f"{API}/no"), "not_found"),
        (change(client, "no", {}), "not_found"),
        (client.delete(f"{API}/no", headers={"If-Match": "*"}), "not_found"),
    ):
        assert answer.json()["code"] == code, answer.text
    assert client.get(f"{API}/{made['id']}").json()["images"] == 0


def test_collections_lie_in_one_another_and_count_what_lies_below(client, ids):
    for name, parent in (("A", None), ("B", "a"), ("C", "b"), ("D", None)):
        make(client, name, parent=parent)
    for collection, mine in {"a": ids[:1], "b": ids[1:2], "c": [ids[1], ids[2]], "d": ids[3:4]}.items():
        client.post(f"{API}/{collection}/images", json={"add": mine})
    counts = {one["id"]: (one["parent"], one["images"]) for one in client.get(API).json()["items"]}
    assert counts == {"a": (None, 3), "b": ("a", 2), "c": ("b", 2), "d": (None, 1)}
    assert listed(client, collection="a") == ids[:3]
    assert listed(client, collection="b") == ids[1:3]
    assert change(client, "b", {"parent": "d"}).json()["parent"] == "d"
    assert listed(client, collection="a") == ids[:1]
    assert listed(client, collection="d") == ids[1:4]
    for parent in ("d", "c"):
        answer = change(client, "d", {"parent": parent}).json()
        assert (answer["code"], answer["parameter"]) == ("invalid_parameter", "parent")
    assert change(client, "b", {"parent": None}).json()["parent"] is None
    assert listed(client, collection="b") == ids[1:3]


def test_they_lie_only_so_deep(client):
    above = None
    for number in range(MAX_DEPTH):
        above = make(client, f"L{number}", parent=above)["id"]
    assert client.post(API, json={"name": "Too deep", "parent": above}).json()["parameter"] == "parent"
    make(client, "Top")
    make(client, "Below", parent="top")
    assert change(client, "top", {"parent": f"l{MAX_DEPTH - 2}"}).json()["parameter"] == "parent"
    assert change(client, "below", {"parent": f"l{MAX_DEPTH - 2}"}).status_code == 200


def test_two_moves_at_the_same_time_make_no_circle(client, library):
    for _ in range(3):
        for name in ("A", "B"):
            if client.get(f"{API}/{name.lower()}").status_code == 404:
                make(client, name)
            change(client, name.lower(), {"parent": None})
        gate = threading.Barrier(2)

        def move(collection: str, parent: str, gate: threading.Barrier = gate) -> None:
            gate.wait()
            # One of the two is refused.
            with suppress(Error):
                library.collections.update(LOCAL_OWNER, collection, CollectionChange(parent=parent))

        threads = [threading.Thread(target=move, args=pair) for pair in (("a", "b"), ("b", "a"))]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        parents = library.stores.collections.parents()
        assert sorted(parents.values(), key=str) in ([None, "a"], ["b", None], [None, "b"], ["a", None])


def test_names_are_unique_within_their_parent_and_ids_for_ever(client):
    assert make(client, "Été à Oslo")["id"] == "ete-a-oslo"
    make(client, "X")
    for name in ("été à oslo", "E\u0301te\u0301 à Oslo"):
        answer = client.post(API, json={"name": name})
        assert (answer.status_code, answer.json()["code"]) == (409, "already_exists")
    assert make(client, "Été à Oslo", parent="x")["id"] == "ete-a-oslo-2"
    assert make(client, "写真")["id"].startswith("c-")
    renamed = change(client, "x", {"name": "Y"}).json()
    assert (renamed["id"], renamed["name"]) == ("x", "Y")
    assert change(client, "x", {"name": "Été à Oslo"}).json()["code"] == "already_exists"
    for bad in ("", "   ", "a\nb", "x" * 121):
        assert client.post(API, json={"name": bad}).status_code == 422
    assert client.post(API, json={"name": "Z", "parent": "no"}).json()["parameter"] == "parent"
    assert client.post(API, json={"name": "Z", "owner": "me"}).status_code == 422


def test_a_change_says_what_it_is_based_on(client):
    make(client, "A")
    assert client.patch(f"{API}/a", json={"name": "B"}).json()["code"] == "precondition_required"
    assert client.delete(f"{API}/a").json()["code"] == "precondition_required"
    changed = change(client, "a", {"name": "B"}, '"0"')
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"1"')
    assert change(client, "a", {"name": "C"}, '"0"').json()["code"] == "precondition_failed"
    assert client.delete(f"{API}/a", headers={"If-Match": '"0"'}).json()["code"] == "precondition_failed"
    gone = client.delete(f"{API}/a", headers={"If-Match": '"1"'})
    assert (gone.status_code, gone.json()["kind"], gone.json()["state"]) == (200, "uncollect", "done")


def test_one_that_was_taken_away_comes_back_with_its_pictures(client, ids):
    above = make(client, "Above")
    made = make(client, "Kept", parent=above["id"], description="for later")
    client.post(f"{API}/kept/images", json={"add": ids[2:]})
    smart = make(client, "Good", query={"rating_min": 2})
    gone = client.delete(f"{API}/kept", headers={"If-Match": f'"{made["revision"]}"'}).json()
    assert (gone["state"], gone["can_undo"], listed(client, collection="kept")) == ("done", True, [])
    back = client.post(f"/api/v1/operations/{gone['id']}/undo").json()
    assert back["state"] == "done"
    found = client.get(f"{API}/kept").json()
    assert (found["name"], found["description"], found["parent"], found["images"]) == ("Kept", "for later", "above", 3)
    assert listed(client, collection="kept") == ids[2:]
    again = client.post(f"/api/v1/operations/{back['id']}/undo").json()
    assert (again["state"], client.get(f"{API}/kept").status_code) == ("done", 404)
    assert listed(client, collection="kept") == []

    client.delete(f"{API}/above", headers={"If-Match": '"0"'})
    back = client.post(f"/api/v1/operations/{again['id']}/undo").json()
    assert (back["state"], client.get(f"{API}/kept").json()["parent"]) == ("done", None)
    left = client.delete(f"{API}/good", headers={"If-Match": f'"{smart["revision"]}"'}).json()
    assert client.post(f"/api/v1/operations/{left['id']}/undo").json()["state"] == "done"
    assert client.get(f"{API}/good").json()["query"]["rating_min"] == 2


def test_a_smart_one_shows_what_fits_now(client, ids):
    make(client, "Kept")
    client.post(f"{API}/kept/images", json={"add": ids[2:]})
    smart = make(client, "Good", query={"rating_min": 2})
    both = make(client, "Good and kept", query={"rating_min": 3, "collection": "kept"})
    assert (smart["kind"], smart["images"], smart["query"]["rating_min"]) == ("smart", 3, 2)
    assert smart["cover"] == ids[4]
    assert listed(client, collection="good") == ids[2:]
    assert listed(client, collection=both["id"]) == ids[3:]
    facets = client.get("/api/v1/facets?collection=good").json()
    assert facets["total"] == 3
    client.patch(f"/api/v1/images/{ids[0]}", json={"rating": 5}, headers={"If-Match": "*"})
    assert listed(client, collection="good") == [ids[0], *ids[2:]]
    assert listed(client, collection="good", rating_min=5) == [ids[0]]
    changed = change(client, "good", {"query": {"rating_min": 5}}).json()
    assert (changed["images"], changed["cover"]) == (1, ids[0])
    for answer in (
        client.post(f"{API}/good/images", json={"add": ids[:1]}),
        client.put(f"{API}/good/images/{ids[0]}"),
        client.patch(f"/api/v1/images/{ids[0]}", json={"add_to": ["good"]}, headers={"If-Match": "*"}),
    ):
        assert answer.json()["code"] == "conflict", answer.text
    assert client.post(API, json={"name": "In smart", "parent": "good"}).json()["parameter"] == "parent"
    assert client.post(API, json={"name": "Of smart", "query": {"collection": "good"}}).json()["parameter"] == "query"
    assert client.post(API, json={"name": "Odd", "query": {"rating_min": 9}}).status_code == 422
    assert change(client, "kept", {"query": {"rating_min": 1}}).json()["parameter"] == "query"


def test_a_view_is_kept_as_it_looked(client):
    look = {"layout": "rows", "size": 240, "group": "day"}
    made = make(client, "By day", query={"rating_min": 3}, look=look)
    assert made["look"] == {**look, "fit": False, "columns": []}
    lines = {"layout": "list", "columns": ["name", "taken.140", "tags"]}
    assert change(client, made["id"], {"look": lines}).json()["look"]["columns"] == lines["columns"]
    for wrong in (["name", "name.90"], ["odd"], ["name.5"]):
        assert change(client, made["id"], {"look": {"columns": wrong}}).status_code == 422
    change(client, made["id"], {"look": look})
    assert make(client, "Plain")["look"] is None
    assert change(client, made["id"], {"description": "All that are good."}).json()["look"]["layout"] == "rows"
    assert change(client, made["id"], {"look": None}).json()["look"] is None
    assert change(client, made["id"], {"look": {"layout": "odd"}}).status_code == 422


def test_a_cover_is_a_picture_of_the_collection(client, ids):
    make(client, "A")
    make(client, "B", parent="a")
    client.post(f"{API}/b/images", json={"add": ids[:2]})
    assert client.get(f"{API}/a").json()["cover"] == ids[1]
    assert change(client, "a", {"cover": ids[0]}).json()["cover"] == ids[0]
    assert change(client, "a", {"cover": ids[4]}).json()["parameter"] == "cover"
    assert change(client, "a", {"cover": sha("none")}).json()["code"] == "not_found"
    assert change(client, "a", {"cover": None}).json()["cover"] == ids[1]


def test_deleting_leaves_the_pictures_and_nothing_behind(client, library, ids):
    make(client, "A")
    make(client, "B", parent="a")
    client.post(f"{API}/b/images", json={"add": ids})
    refused = client.delete(f"{API}/a", headers={"If-Match": "*"}).json()
    assert (refused["code"], refused["collections"]) == ("conflict", ["b"])
    for name in ("b", "a"):
        assert client.delete(f"{API}/{name}", headers={"If-Match": "*"}).status_code == 200
    assert client.get(API).json()["items"] == []
    assert [library.stores.images.get(one).collections for one in ids] == [()] * 5
    assert listed(client, collection="b") == []
    assert len(listed(client)) == 5


def test_the_same_from_the_command_line(mongo_settings, add, monkeypatch):
    from darkroom.cli.main import app

    (image,) = [one.id for one in add([image_record(1, collections=())])]
    monkeypatch.setenv("DARKROOM_MONGO_URI", mongo_settings.mongo_uri.get_secret_value())
    monkeypatch.setenv("DARKROOM_MONGO_DATABASE", mongo_settings.mongo_database)
    home = ["--home", str(mongo_settings.home_path)]

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, ["collection", *words, *home])
        assert done.exit_code == 0, (done.output, done.exception)
        return done.stdout

    assert "No collections" in run("list")
    assert run("create", "Trips").splitlines()[-1] == "trips"
    assert run("create", "Oslo", "--parent", "trips", "--description", "In May").splitlines()[-1] == "oslo"
    assert run("create", "Best", "--query", '{"rating_min": 4}').splitlines()[-1] == "best"
    assert "1 picture put in, 0 as before." in run("add", "oslo", image)
    assert json.loads(run("add", "oslo", image, "--json")) == {"added": 0, "removed": 0, "unchanged": 1}
    rows = [line.split() for line in run("list").splitlines()]
    assert ["trips", "Trips", "manual", "1"] in rows
    assert {one["id"] for one in json.loads(run("list", "--json"))["items"]} == {"trips", "oslo", "best"}
    assert "called Norway now" in run("rename", "oslo", "Norway")
    shown = run("show", "oslo")
    assert "Norway (oslo), manual, 1 picture" in shown
    assert "lies in: trips" in shown
    assert "1 picture taken out" in run("remove", "oslo", image)
    assert "Norway is gone." in run("delete", "oslo", "--yes")
    done = CliRunner().invoke(app, ["collection", "create", "Odd", "--query", "{", *home])
    assert done.exit_code == 2
    assert "no JSON" in done.output


def test_a_collection_of_many_is_gone_at_once_and_its_pictures_forget_it_by_an_operation(
    client, library, ids, monkeypatch
):
    monkeypatch.setattr("darkroom.services.work.service.AT_ONCE", 3)
    make(client, "Many")
    client.post(f"{API}/many/images", json={"add": ids})
    gone = client.delete(f"{API}/many", headers={"If-Match": "*"})
    assert (gone.status_code, gone.json()["state"]) == (202, "queued")
    assert gone.headers["Operation-Location"] == gone.json()["links"]["self"]
    assert client.get(f"{API}/many").status_code == 404
    # Its name is free, its id is not: the new one is not filled by what is left of the old one.
    again = make(client, "Many")
    assert (again["id"], again["images"]) == ("many-2", 0)
    seq = library.stores.events.last_seq()
    done = library.work.run(SYSTEM, gone.json()["id"], "run-1")
    # The collection itself is one of them.
    assert (done.state, done.total, done.changed) == ("done", 6, 6)
    assert all(client.get(f"/api/v1/images/{one}").json()["collections"] == [] for one in ids)
    (told,) = [one for one in library.stores.events.since(seq) if one.type == "images.updated"]
    assert (sorted(told.ids), told.principal) == (sorted(ids), "local")

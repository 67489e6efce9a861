"""Rules over REST and on the command line: made, tried, contradicting, applied, undone, switched off."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.factories import image_record

API = "/api/v1/rules"


@pytest.fixture
def ids(add) -> list[str]:
    return [one.id for one in add([image_record(n, rating=n, label=None, tags=(), collections=()) for n in range(6)])]


def make(client, name: str, **more: Any) -> dict[str, Any]:
    answer = client.post(API, json={"name": name, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_rule_is_made_changed_and_taken_away(client, ids):
    made = make(client, "Good ones", where="Rating >= 4", edit={"add_tags": ["good"]})
    assert (made["id"], made["where"], made["enabled"], made["position"]) == ("good-ones", "rating>=4", True, 0)
    assert make(client, "Second", where="", edit={"label": "red"})["position"] == 1
    assert (
        client.post(API, json={"name": "Good ones", "where": "", "edit": {"rating": 1}}).json()["code"]
        == "already_exists"
    )
    address = f"{API}/good-ones"
    assert client.patch(address, json={"enabled": False}).status_code == 428
    changed = client.patch(address, json={"enabled": False, "position": 9}, headers={"If-Match": '"0"'})
    assert (changed.json()["enabled"], changed.json()["revision"], changed.headers["ETag"]) == (False, 1, '"1"')
    assert client.patch(address, json={"position": 0}, headers={"If-Match": '"0"'}).status_code == 412
    assert [one["id"] for one in client.get(API).json()["items"]] == ["second", "good-ones"]
    assert client.delete(address, headers={"If-Match": '"1"'}).status_code == 204
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"where": "camra:x", "edit": {"rating": 1}}, "did you mean camera"),
        ({"where": "camera:/nikon (d/", "edit": {"rating": 1}}, "at character 15: this parenthesis is never closed"),
        ({"where": "a"}, "give edit or preset"),
        ({"where": "a", "edit": {}}, "give edit or preset"),
        ({"where": "a", "edit": {"add_to": ["nowhere"]}}, "nowhere"),
        ({"where": "a", "preset": "nothing"}, "nothing"),
        ({"where": "a", "edit": {"shift": 60}}, "shift would move a time each time"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(client, body, words):
    answer = client.post(API, json={"name": "Odd", **body})
    assert answer.status_code in (404, 422)
    assert words in answer.text


def test_a_dry_run_tells_what_fits_and_who_contradicts(client, ids):
    make(client, "Red", where="rating>=3", edit={"label": "red", "remove_tags": ["good"]})
    found = client.post(
        f"{API}/dry-run", json={"where": "rating>=4", "edit": {"label": "green", "add_tags": ["good"]}}
    ).json()
    assert (found["matching"], found["edit"]["changing"], found["preset"]) == (2, 2, None)
    assert {one["id"] for one in found["edit"]["examples"]} == {ids[4], ids[5]}
    assert [(one["rule"], one["about"], one["pictures"]) for one in found["contradictions"]] == [
        ("red", "label, good", 2)
    ]
    apart = client.post(f"{API}/dry-run", json={"where": "rating<3", "edit": {"label": "green"}}).json()
    assert apart["contradictions"] == []
    assert all(client.get(f"/api/v1/images/{one}").json()["label"] is None for one in ids)


def test_a_rule_may_look_for_a_pattern(client, add):
    there = add([image_record(n, name=f"IMG_{n:04}.jpg", rating=n % 2, tags=(), collections=()) for n in range(8, 12)])
    make(client, "Round", where=r"name:/^img_\d*[02468]\./", edit={"label": "red", "add_tags": ["even"]})
    tried = {"where": r"name:/^IMG_0*1\d/ -name:/1\.jpg$/", "edit": {"label": "green", "rating": 1}}
    found = client.post(f"{API}/dry-run", json=tried).json()
    assert (found["matching"], found["edit"]["changing"]) == (1, 1)
    assert [(one["rule"], one["pictures"]) for one in found["contradictions"]] == [("round", 1)]
    without = {"selection": {"query": {"where": r"name:/^img/"}, "except": [there[0].id]}, "dry_run": True}
    some = client.post(
        "/api/v1/images/bulk", json={**without, "action": {"type": "edit", "edit": {"rating": 1}}}
    ).json()
    assert (some["count"], some["changing"]) == (3, 1)
    (operation,) = client.post(f"{API}/round/apply").json()["operations"]
    assert operation["total"] == 2
    even = client.get("/api/v1/images?tag=even").json()["items"]
    assert {one["id"] for one in even} == {there[0].id, there[2].id}
    made = client.post("/api/v1/collections", json={"name": "Even", "query": {"where": r"tag:/^ev.n$/"}}).json()
    assert made["images"] == 2


def test_a_rule_that_is_changed_does_not_contradict_itself(client, ids):
    make(client, "Red", where="rating>=3", edit={"label": "red"})
    tried = {"where": "rating>=3", "edit": {"label": "green"}}
    assert [
        one["rule"] for one in client.post(f"{API}/dry-run", json=tried).json()["contradictions"]
    ] == ["red"]  # fmt: skip
    assert client.post(f"{API}/dry-run", json={**tried, "rule": "red"}).json()["contradictions"] == []


def test_a_preset_tells_which_rules_run_it(client, ids):
    make(client, "For the web", where="rating>=3", preset="web")
    make(client, "Others", where="rating>=3", preset="web-hdr")
    assert client.get("/api/v1/presets/web").json()["used"]["rules"] == ["for-the-web"]
    for width in (100, 200):
        recipe = {"operations": [{"resize": {"width": width}}]}
        assert client.post("/api/v1/presets", json={"name": "mine", "recipe": recipe}).status_code in (200, 201)
    make(client, "Newest", where="rating>=3", preset="mine")
    make(client, "Pinned", where="rating>=3", preset="mine@1")
    used = [client.get(f"/api/v1/presets/mine@{one}").json()["used"]["rules"] for one in (1, 2)]
    assert used == [["pinned"], ["newest"]]


def test_a_rule_is_applied_to_what_is_there_and_undone(client, ids):
    make(client, "Good", where="rating>=4", edit={"add_tags": ["good"]})
    done = client.post(f"{API}/good/apply")
    assert done.status_code == 202, done.text
    (operation,) = done.json()["operations"]
    assert (operation["kind"], operation["total"]) == ("edit", 2)
    assert client.get("/api/v1/images?tag=good").json()["total"] == 2
    assert client.post(f"/api/v1/operations/{operation['id']}/undo").status_code in (200, 202)
    assert client.get("/api/v1/images?tag=good").json()["total"] == 0


def test_the_command_line_keeps_rules(mongo_settings, client, ids, monkeypatch):
    from darkroom.cli import app

    monkeypatch.setenv("DARKROOM_MONGO_URI", mongo_settings.mongo_uri.get_secret_value())
    monkeypatch.setenv("DARKROOM_MONGO_DATABASE", mongo_settings.mongo_database)

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, ["rule", *words, "--home", str(mongo_settings.home_path)])
        assert done.exit_code == 0, (done.output, done.exception)
        return done.stdout

    assert "No rules" in run("list")
    assert run("dry-run", "rating>=4", "--label", "green").splitlines()[:2] == [
        "2 pictures fit.",
        "  2 pictures would change.",
    ]
    assert run("create", "Good", "rating>=4", "--tag", "good", "--rating", "5").splitlines()[-1] == "good"
    (one,) = json.loads(run("list", "--json"))["items"]
    assert (one["edit"]["add_tags"], one["edit"]["rating"]) == (["good"], 5)
    assert run("switch", "good", "off").strip() == "Good is off."
    assert run("apply", "good").strip()
    assert client.get("/api/v1/images?tag=good").json()["total"] == 2
    assert run("delete", "good").strip() == "good is gone."

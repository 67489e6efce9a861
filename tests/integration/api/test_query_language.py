"""The query language over REST and on the command line: views, bulk selections, completion, mistakes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from darkroom.domain.image import Capture
from darkroom.domain.located import Location
from tests.factories import image_record


@pytest.fixture
def ids(add) -> list[str]:
    """Six pictures: by rating, the odd ones from Oslo with one camera, the even ones with another and no place."""
    oslo = Location(latitude=59.91, longitude=10.75)
    return [
        one.id
        for one in add([
            image_record(n, rating=n, label=None, tags=("places/oslo",) if n % 2 else ("sea",), collections=(), capture=Capture(
                camera="Nikon Z 7" if n % 2 else "Canon R5", location=oslo if n % 2 else None, iso=100.0 * n))
            for n in range(6)
        ])
    ]  # fmt: skip


def listed(client, where: str, path: str = "images", **more: Any) -> set[str]:
    answer = client.get(f"/api/v1/{path}", params={"where": where, **more})
    assert answer.status_code == 200, answer.text
    return {one["id"] for one in answer.json()["items"]}


def test_views_counts_and_selections_take_an_expression(client, library, ids):
    assert listed(client, 'camera:"nikon z" rating>=3') == {ids[3], ids[5]}
    assert listed(client, "gps:near(59.9,10.7,5km) or iso:0") == {ids[0], ids[1], ids[3], ids[5]}
    assert listed(client, "-has:gps", rating_min=4) == {ids[4]}
    assert listed(client, r"camera:/^NIKON z \d$/ rating>=3") == {ids[3], ids[5]}
    assert listed(client, r"-camera:/^nikon/ or tag:/^places\/o.*o$/ rating:5") == {ids[0], ids[2], ids[4], ids[5]}
    assert client.get("/api/v1/facets", params={"where": "camera:/r5$/"}).json()["total"] == 3
    assert client.get("/api/v1/facets", params={"where": "tag:places"}).json()["total"] == 3
    first = client.get("/api/v1/images", params={"where": "RATING >= 1", "limit": 2}).json()
    again = client.get(
        "/api/v1/images", params={"where": "rating>=1", "limit": 9, "cursor": first["next_cursor"]}
    ).json()
    assert (first["total"], len(again["items"])) == (5, 3)
    assert client.get("/api/v1/images/index", params={"where": "rating>=1"}).json()["total"] == 5
    body = {"selection": {"query": {"where": "tag:sea"}}, "action": {"type": "edit", "edit": {"label": "red"}}}
    assert client.post("/api/v1/images/bulk", json=body).status_code in (200, 202)
    assert listed(client, "label:red") == {ids[0], ids[2], ids[4]}


def test_a_smart_collection_keeps_an_expression(client, ids):
    made = client.post("/api/v1/collections", json={"name": "Good", "query": {"where": "Rating >= 4"}}).json()
    assert (made["images"], made["query"]["where"]) == (2, "rating>=4")
    assert listed(client, "in:good or rating:0") == {ids[0], ids[4], ids[5]}
    answer = client.post("/api/v1/collections", json={"name": "Round", "query": {"where": "-in:good"}})
    assert answer.status_code == 422
    assert "manual collection" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["images", "facets", "images/index"])
def test_a_mistake_names_its_place(client, path):
    found = client.get(f"/api/v1/{path}", params={"where": "rating>=4 camra:nikon"})
    assert found.status_code == 422
    problem = found.json()
    assert (problem["code"], problem["parameter"], problem["position"], problem["length"], problem["suggestion"]) == (
        "invalid_parameter", "where", 10, 5, "camera",
    )  # fmt: skip
    body = {"selection": {"query": {"where": "a or"}}, "action": {"type": "edit", "edit": {"rating": 1}}}
    refused = client.post("/api/v1/images/bulk", json=body)
    assert refused.status_code == 422
    assert "at character 5" in refused.text


def completed(client, text: str, at: int | None = None) -> dict[str, Any]:
    return client.get("/api/v1/query/complete", params={"q": text} | ({} if at is None else {"at": at})).json()


def test_fields_and_values_are_completed_with_counts(client, ids):
    fields = client.get("/api/v1/query/fields").json()["items"]
    assert {"camera", "gps", "has"} <= {one["name"] for one in fields}
    assert completed(client, "rating>=4 -cam")["items"][0]["text"] == "camera:"
    found = completed(client, "camera:n")
    assert (found["begin"], found["end"], found["field"], found["mistake"]) == (7, 8, "camera", None)
    assert [(one["text"], one["count"]) for one in found["items"]] == [('"Nikon Z 7"', 3), ('"Canon R5"', 3)]
    assert [(one["text"], one["count"]) for one in completed(client, "tag:pl")["items"]] == [
        ("places", 3),
        ("places/oslo", 3),
    ]
    assert completed(client, 'camera:"nikon z" or x', at=11)["items"][0]["text"] == '"Nikon Z 7"'
    assert [one["text"] for one in completed(client, "has:ti")["items"]] == ["title"]
    wrong = completed(client, "label:gren ")
    assert (wrong["where"], wrong["mistake"]["suggestion"], wrong["mistake"]["position"]) == (None, "green", 6)
    assert [one["patterns"] for one in fields if one["name"] in ("camera", "iso")] == [True, False]
    pattern = completed(client, r"camera:/^nikon (z|d) /")
    assert (pattern["items"], pattern["where"]) == ([], r"camera:/^nikon (z|d) /")
    assert completed(client, r"camera:/^nikon (z /")["mistake"]["position"] == 15
    assert completed(client, "tag:/oc (x)/ -cam")["items"][0]["text"] == "camera:"
    assert completed(client, "Rating >= 4")["where"] == "rating>=4"


def test_the_command_line_finds_pictures(mongo_settings, client, ids, monkeypatch):
    from darkroom.cli import app

    monkeypatch.setenv("DARKROOM_MONGO_URI", mongo_settings.mongo_uri.get_secret_value())
    monkeypatch.setenv("DARKROOM_MONGO_DATABASE", mongo_settings.mongo_database)
    home = ["--home", str(mongo_settings.home_path)]
    found = CliRunner().invoke(app, ["find", "rating>=4", "--json", *home])
    assert found.exit_code == 0, found.output
    assert {one["id"] for one in json.loads(found.stdout)["items"]} == {ids[4], ids[5]}
    shown = CliRunner().invoke(app, ["show", ids[4], *home])
    assert (shown.exit_code, "rating" in shown.stdout) == (0, True)
    tree = CliRunner().invoke(app, ["show", ids[4], "--lineage", *home]).stdout.splitlines()
    kinds = [line.strip("│├└─ ").split()[0] for line in tree]
    assert kinds == ["source", "batch", "picture", "rendition", "rendition"]
    made = CliRunner().invoke(app, ["collection", "create", "Good", "--where", "rating>=4", "--json", *home])
    assert (made.exit_code, json.loads(made.stdout)["query"]["where"]) == (0, "rating>=4")
    wrong = CliRunner().invoke(app, ["find", "camra:x", *home])
    assert wrong.exit_code != 0
    assert "did you mean camera" in wrong.output + str(wrong.exception)

"""A change of the contract that breaks clients is found, and one that does not is let through."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from fastapi import Depends, FastAPI
from starlette.testclient import TestClient

from darkroom.api.deprecation import announce, deprecation, describe_deprecation
from darkroom.api.middleware import Guard
from scripts.contract import DECISIONS, SNAPSHOT, breaks, decided

OLD = json.loads(SNAPSHOT.read_text())
Change = Callable[[dict[str, Any]], Any]


def images(contract):
    return contract["paths"]["/api/v1/images"]["get"]


def model(contract, name: str):
    return contract["components"]["schemas"][name]


def parameter(contract, name: str):
    return next(one for one in images(contract)["parameters"] if one["name"] == name)


BREAKING: dict[str, Change] = {
    "GET /api/v1/images: removed": lambda c: c["paths"]["/api/v1/images"].pop("get"),
    "GET /api/v1/facets: removed": lambda c: c["paths"].pop("/api/v1/facets"),
    "GET /api/v1/images: operationId was list_images, is images": lambda c: images(c).update(operationId="images"),
    "GET /api/v1/images: takes users:read, was images:read": lambda c: images(c).update({"x-permission": "users:read"}),
    "GET /api/v1/images query tag: removed": lambda c: images(c)["parameters"].remove(parameter(c, "tag")),
    "GET /api/v1/images query x: is required now": lambda c: images(c)["parameters"].append(
        {"in": "query", "name": "x", "required": True, "schema": {"type": "string"}}
    ),
    "GET /api/v1/images query limit: is required now": lambda c: parameter(c, "limit").update(required=True),
    "GET /api/v1/images query limit: maximum was 500, is 10": lambda c: parameter(c, "limit")["schema"].update(
        maximum=10
    ),
    "GET /api/v1/images query limit: no longer takes integer": lambda c: parameter(c, "limit").update(
        schema={"type": "boolean"}
    ),
    "GET /api/v1/images query sort: no longer takes 'name'": lambda c: parameter(c, "sort")["schema"]["enum"].remove(
        "name"
    ),
    "NewUser.name: removed": lambda c: model(c, "NewUser")["properties"].pop("name"),
    "NewUser.name: is required now": lambda c: model(c, "NewUser")["required"].append("name"),
    "POST /api/v1/users body: no longer takes application/json": lambda c: c["paths"]["/api/v1/users"]["post"][
        "requestBody"
    ]["content"].pop("application/json"),
    "GET /api/v1/images 200: is no longer answered": lambda c: images(c)["responses"].pop("200"),
    "ImagePage.next_cursor: removed": lambda c: model(c, "ImagePage")["properties"].pop("next_cursor"),
    "ImagePage.next_cursor: may be missing now": lambda c: model(c, "ImagePage")["required"].remove("next_cursor"),
    "UserView.email: may be null now": lambda c: model(c, "UserView")["properties"]["email"].update(
        {"anyOf": [{"type": "string"}, {"type": "null"}]}
    ),
    "UserView.revision: may be string now": lambda c: model(c, "UserView")["properties"]["revision"].update(
        type="string"
    ),
}


@pytest.mark.parametrize("words", BREAKING)
def test_what_breaks_clients_is_found(words):
    new = copy.deepcopy(OLD)
    BREAKING[words](new)
    assert words in breaks(OLD, new)


HARMLESS: dict[str, Change] = {
    "a route": lambda c: c["paths"].update({"/api/v1/more": {"get": images(c)}}),
    "an optional parameter": lambda c: images(c)["parameters"].append(
        {"in": "query", "name": "x", "required": False, "schema": {"type": "string"}}
    ),
    "a wider parameter": lambda c: parameter(c, "limit")["schema"].update(maximum=10_000),
    "a value to sort by": lambda c: parameter(c, "sort")["schema"]["enum"].append("colour"),
    "a field of an answer": lambda c: model(c, "UserView")["properties"].update(more={"type": "string"}),
    "an optional field of a body": lambda c: model(c, "NewUser")["properties"].update(more={"type": "string"}),
    "words": lambda c: images(c).update(description="Other words."),
    "another error": lambda c: images(c)["responses"].update({"418": {"description": "Tea."}}),
}


@pytest.mark.parametrize("what", HARMLESS)
def test_what_breaks_nobody_is_let_through(what):
    new = copy.deepcopy(OLD)
    HARMLESS[what](new)
    assert new != OLD
    assert breaks(OLD, new) == []


def test_a_break_is_let_through_once_it_is_decided_on_with_a_reason():
    text = "- `GET /api/v1/a: removed`: nobody has used it for a year.\n- `GET /api/v1/b: removed`:\n- `GET /c: removed`: no.\n"
    assert decided(text) == {"GET /api/v1/a: removed"}
    assert decided(DECISIONS.read_text()) is not None


def test_a_route_that_is_to_go_says_so_in_every_answer_and_in_the_contract():
    app = FastAPI(dependencies=[Depends(announce)])
    gone = deprecation(since=date(2027, 1, 1), sunset=date(2027, 7, 1), instead="/api/v1/new")

    @app.get("/api/v1/old", openapi_extra=gone)
    def old() -> dict[str, str]:
        """Old."""
        return {}

    app.add_middleware(Guard)
    answer = TestClient(app, base_url="http://localhost:8000").get("/api/v1/old")
    assert answer.headers["Deprecation"] == "@1798761600"
    assert answer.headers["Sunset"] == "Thu, 01 Jul 2027 00:00:00 GMT"
    assert answer.headers["Link"].startswith('</api/v1/new>; rel="successor-version", <https://')
    operation = app.openapi()["paths"]["/api/v1/old"]["get"]
    describe_deprecation(operation)
    assert operation["deprecated"] is True
    assert operation["x-deprecation"] == {"since": "2027-01-01", "sunset": "2027-07-01", "instead": "/api/v1/new"}
    assert "gone after 2027-07-01" in operation["description"]
    assert set(operation["responses"]["200"]["headers"]) == {"Deprecation", "Sunset", "Link"}
    with pytest.raises(ValueError, match="2027-01-01"):
        deprecation(since=date(2027, 1, 1), sunset=date(2027, 1, 1), instead="/x")

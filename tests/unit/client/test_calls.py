"""Every route has a call, which says the same as the contract."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from darkroom.api.policy import takes_key
from darkroom.client import (
    accounts,
    collections,
    datasets,
    library,
    organising,
    recipes,
    registry,
    reports,
    rules,
    storage,
    training,
    uploads,
    work,
)
from darkroom.client.call import Call
from darkroom.client.exchange import Attempt
from scripts.contract import SNAPSHOT

BROWSER = "A person does it in a browser, with a session that no program has."
SIGNING_IN = "A program signs in with `darkroom login`, or has an API token."
LEFT_OUT = {
    "follow_events": "An endless stream, which no call can answer: `Client.events` follows it.",
    "finish_provider_sign_in": BROWSER, "start_provider_sign_in": BROWSER, "link_provider": BROWSER,
    "unlink_provider": BROWSER, "decide_device": BROWSER, "look_at_device": BROWSER, "update_me": BROWSER,
    "change_password": BROWSER, "end_session": BROWSER, "set_up": BROWSER, "get_setup": BROWSER,
    "ask_for_reset_mail": BROWSER, "list_sign_in_providers": BROWSER, "sign_in": SIGNING_IN, "sign_out": SIGNING_IN,
    "refresh_tokens": SIGNING_IN, "begin_device_sign_in": SIGNING_IN, "finish_device_sign_in": SIGNING_IN,
    "get_jwks": "For services that check access tokens, with a library of their own.",
}  # fmt: skip
OTHER_NAMES = {
    "estimate_renditions": "order_renditions", "preview_bulk": "bulk_images",
    "preview_tag_rename": "rename_tag", "preview_tag_removal": "delete_tag",
}  # fmt: skip
"""Calls of a route that answers in two ways."""
MODULES = (
    accounts,
    collections,
    datasets,
    library,
    organising,
    recipes,
    registry,
    reports,
    rules,
    storage,
    training,
    uploads,
    work,
)
CALLS = {
    name: function
    for module in MODULES
    for name, function in vars(module).items()
    if inspect.isfunction(function) and function.__module__ == module.__name__
}
ROUTES = {
    operation["operationId"]: (method, path, operation)
    for path, item in json.loads(SNAPSHOT.read_text())["paths"].items()
    for method, operation in item.items()
}


def test_every_route_has_a_call_or_a_reason_why_not():
    assert {OTHER_NAMES.get(name, name) for name in CALLS} | set(LEFT_OUT) == set(ROUTES)
    assert not set(CALLS) & set(LEFT_OUT)


class _Body:
    """Stands where a call takes a model."""

    def model_copy(self, *, update: dict) -> _Body:
        return self


def made(name: str) -> Call:
    """The call with something for everything it must be given."""
    needed = {}
    for parameter in inspect.signature(CALLS[name]).parameters.values():
        if parameter.name == "files":
            needed["files"] = ()
        elif parameter.name == "file":
            needed["file"] = Path(__file__)
        elif parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD:
            needed[parameter.name] = _Body() if parameter.name == "given_" else f"<{parameter.name}>"
    return CALLS[name](**needed)


@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_call_says_what_the_contract_says(name):
    method, path, operation = ROUTES[OTHER_NAMES.get(name, name)]
    call = made(name)
    assert call.method == method.upper()
    pattern = re.sub(r"\\{[^}]*\\}", "%3C[a-z_]+%3E", re.escape(path.removeprefix("/api/v1")))
    assert re.fullmatch(pattern, call.path), call.path
    answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    models = {
        one.get("$ref", "").rpartition("/")[2]
        for answer in answers
        for content in answer.get("content", {}).values()
        for one in content["schema"].get("anyOf", [content["schema"]])
    }
    assert (call.model or ":").partition(":")[2] in (models or {""})
    if call.model:
        assert call.model.partition(":")[2] == inspect.signature(CALLS[name]).return_annotation[5:-1]
        with pytest.raises(ValueError, match="Invalid JSON"):
            call.read(b"no JSON")
    if method == "post":
        assert call.takes_key == takes_key(OTHER_NAMES.get(name, name))
    wanted = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"} - {"cursor"}
    assert parameters(name) == wanted
    assert (call.if_match is not None) == any(one["name"] == "if-match" for one in operation.get("parameters", ()))
    assert (call.body is not None) == ("application/json" in operation.get("requestBody", {}).get("content", {}))


def parameters(name: str) -> set[str]:
    """Names of the query that a call can send."""
    given = {}
    for parameter in inspect.signature(CALLS[name]).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            given |= dict.fromkeys(library.Filters.__annotations__, "1")
        else:
            given[parameter.name] = {"files": (), "given_": _Body()}.get(parameter.name, "1")
    return set(CALLS[name](**given).query)


def test_what_a_path_is_made_of_stays_in_its_part():
    assert library.get_batch("../users?a=b").path == "/batches/..%2Fusers%3Fa%3Db"


LIGHT = """
import importlib, sys, time
begin = time.process_time()
import darkroom.client
for one in {models!r}:
    importlib.import_module("darkroom." + one.partition(":")[0])
heavy = ("pymongo", "fastapi", "pyvips", "obstore", "numpy", "cv2", "duckdb", "darkroom.store", "darkroom.imaging", "darkroom.api")
print([one for one in heavy if one in sys.modules], time.process_time() - begin < 3)
"""


def test_the_client_loads_neither_database_nor_pixels_not_even_to_read_an_answer():
    code = LIGHT.format(models=sorted({made(name).model for name in CALLS} - {None}))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] True"


def test_a_post_has_a_key_and_keeps_it():
    attempt, files = Attempt(library.cancel_batch("b-1")), ExitStack()
    keys = {attempt.request(files)["headers"]["Idempotency-Key"] for _ in range(3)}
    assert len(keys) == 1
    assert Attempt(library.cancel_batch("b-1")).request(files)["headers"]["Idempotency-Key"] not in keys


def test_an_estimate_is_no_order():
    from darkroom.services.recipes.order_views import OrderGiven

    order = OrderGiven(preset="web", images=("0" * 64,))
    sent = [json.loads(Attempt(make(order)).request(ExitStack())["content"]) for make in (
        recipes.estimate_renditions, recipes.order_renditions,
    )]  # fmt: skip
    assert [one["dry_run"] for one in sent] == [True, False]

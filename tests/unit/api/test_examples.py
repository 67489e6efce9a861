"""What the reference shows of each operation is what the contract asks for."""

from __future__ import annotations

import json
import shlex
from contextlib import ExitStack
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from darkroom import client as client_package
from darkroom.api.app import create_app
from darkroom.client.call import Call
from darkroom.client.exchange import Attempt
from darkroom.domain.base import Model
from darkroom.settings import Settings
from docs.rest_examples import examples

CONTRACT = create_app(Settings.model_construct()).openapi()
OPERATIONS = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, item in CONTRACT["paths"].items()
    for method, operation in item.items()
}
EXAMPLES = {name: (curl, python) for name, curl, python in examples(CONTRACT)}


def body_schema(name: str) -> dict | None:
    content = OPERATIONS[name][2].get("requestBody", {}).get("content", {})
    return content.get("application/json", {}).get("schema")


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_command_for_curl_sends_what_fits(name):
    method, path, operation = OPERATIONS[name]
    words = shlex.split(EXAMPLES[name][0])
    assert words[0] == "curl"
    assert ("-X" in words and words[words.index("-X") + 1] == method) or method == "GET"
    assert words[-1].startswith(f"http://localhost:8000{path.partition('{')[0].rstrip('/')}")
    assert ("Authorization: Bearer $TOKEN" in words) == (operation.get("security") != [])
    schema = body_schema(name)
    assert (schema is not None) == ("-d" in words)
    if schema is not None:
        whole = {**schema, "components": CONTRACT["components"]}
        Draft202012Validator(whole).validate(json.loads(words[words.index("-d") + 1]))


def models(kind: type[Model] = Model) -> dict[str, type[Model]]:
    found = {}
    for one in kind.__subclasses__():
        found |= {one.__name__: one} | models(one)
    return found


class _Sent:
    @staticmethod
    def send(call: Call) -> Call:
        return call


@pytest.mark.parametrize("name", sorted(name for name, (_, python) in EXAMPLES.items() if python))
def test_a_line_of_python_makes_the_same_request(name):
    method, path, _ = OPERATIONS[name]
    ids = {f"{noun}_id": "x" for noun in path.replace("/", " ").replace("_", " ").split()}
    scope = models() | vars(client_package) | {"client": _Sent, "Path": Path}
    code = compile(EXAMPLES[name][1], name, "eval")
    call = eval(code, scope | dict.fromkeys(code.co_names, "x") | scope | ids)  # noqa: S307 - of our own making
    assert call.method == method
    assert call.path.split("/")[1] == path.removeprefix("/api/v1/").split("/")[0]
    schema = body_schema(name)
    if schema is not None:
        sent = json.loads(Attempt(call).request(ExitStack())["content"])
        wanted = json.loads(shlex.split(EXAMPLES[name][0])[shlex.split(EXAMPLES[name][0]).index("-d") + 1])
        assert {key: sent[key] for key in wanted} == wanted


def test_most_operations_have_a_line_of_python():
    assert len([name for name, (_, python) in EXAMPLES.items() if python]) > 30

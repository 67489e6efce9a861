"""The contract is whole, and changes of it are seen."""

from __future__ import annotations

import json
import re

import pytest

from darkroom.api.docs_page import docs_html
from darkroom.api.reference import rest_reference
from darkroom.errors import ERROR_CODES
from docs.rest_examples import examples
from scripts.contract import SNAPSHOT, as_text, main
from scripts.contract import contract as contract_of_the_code


@pytest.fixture(scope="module")
def contract():
    return contract_of_the_code()


def _operations(contract):
    return [(path, method, one) for path, item in contract["paths"].items() for method, one in item.items()]


def test_the_contract_is_as_agreed():
    assert SNAPSHOT.read_text() == as_text(contract_of_the_code()), "run `make docs`"


def test_every_route_is_described_and_fails_with_problems(contract):
    names = [operation["operationId"] for _, _, operation in _operations(contract)]
    assert len(names) == len(set(names)) >= 44
    for path, _, operation in _operations(contract):
        assert path.startswith("/api/v1/")
        assert operation["description"].endswith(".") or "\n" in operation["description"]
        for status, answer in operation["responses"].items():
            assert "HTTPValidationError" not in str(answer)
            if status == "default" or int(status) >= 400:
                assert list(answer["content"]) == ["application/problem+json"]


def test_every_parameter_and_field_is_explained(contract):
    bare = [
        f"{path} {parameter['name']}"
        for path, _, operation in _operations(contract)
        for parameter in operation.get("parameters", ())
        if not parameter.get("description")
    ]
    assert bare == []
    bare = [
        f"{name}.{field}"
        for name, schema in contract["components"]["schemas"].items()
        for field, value in schema.get("properties", {}).items()
        if not value.get("description") and field != "id"
    ]
    assert bare == []


def test_every_reference_in_the_contract_leads_somewhere(contract):
    wanted = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(contract)))
    assert wanted <= set(contract["components"]["schemas"])


def test_the_docs_page_shows_every_route_and_error_and_asks_nobody_else(contract):
    page = docs_html(contract)
    for path, method, _ in _operations(contract):
        assert f">{method.upper()}</span> {path}</h3>" in page
    for code in ERROR_CODES:
        assert f'id="error-{code}"' in page
    assert not re.search(r"(src|href)=.?(https?:)?//", page)
    anchors = set(re.findall(r'id="?([\w-]+)', page))
    assert set(re.findall(r'href="#([\w-]+)"', page)) <= anchors


def test_the_reference_names_every_route(contract):
    text = rest_reference(examples)
    for path, method, _ in _operations(contract):
        assert f"### `{method.upper()} {path}`" in text


if __name__ == "__main__":
    raise SystemExit(main())

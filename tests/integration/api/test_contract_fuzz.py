"""Every operation of the contract, with what the contract allows and what it does not: no answer that is not in it, and no 5xx."""

from __future__ import annotations

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks
from starlette.testclient import TestClient

from darkroom.api.app import create_app
from darkroom.domain.access import LOCAL_OWNER
from darkroom.services.accounts.requests import NewToken, NewUser
from darkroom.services.library import Library
from tests.factories import batch, failure, image_record
from tests.fakes import RecordingLauncher
from tests.integration.api.things import Things

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
ENDLESS = {"follow_events"}
"""Its answer has no end; tests/integration/api/test_events.py reads it."""

EXAMPLES = 6
"""Of each operation and mode: together two thousand. Most of the time goes into making them up, not into answering."""


def _fill(stores) -> None:
    def write(session):
        stores.images.upsert_many(session, [image_record(number) for number in range(40)])
        stores.failures.record(session, failure(1))
        stores.batches.create(session, *batch(1))

    stores.database.run(write)


def _try(operation, headers, mode, seen, things) -> None:
    name = operation.definition.raw["operationId"]
    there, body, query = things.parameters(name, operation.path), things.body(name), things.query(name)

    changes = any(one["name"] == "if-match" for one in operation.definition.raw.get("parameters", ()))

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(
        case=operation.as_strategy(generation_mode=mode), authenticated=st.booleans(),
        found=st.booleans(), given_body=st.booleans(),
    )  # fmt: skip
    def one(case, authenticated: bool, found: bool, given_body: bool) -> None:
        if found and there:
            case.path_parameters = {key: there.get(key, value) for key, value in case.path_parameters.items()}
        if found and mode is GenerationMode.POSITIVE:
            case.headers = {**(case.headers or {}), "if-match": "*"} if changes else case.headers
            case.query = query or case.query
        if given_body and body is not None and mode is GenerationMode.POSITIVE:
            case.body = body
        more = headers if authenticated or mode is GenerationMode.POSITIVE else {}
        answer = case.call(headers=more)
        seen.add((name, answer.status_code))
        case.validate_response(answer, checks=CHECKS)

    one()


def test_every_operation_answers_as_the_contract_says(mongo_settings, stores, tmp_path):
    _fill(stores)
    # The name that the client asks under; passwords that cost little; limits have tests of their own.
    free = {
        "public_url": "http://testserver", "password_cost": 4, "rate_user": 0, "rate_token": 0, "rate_address": 0,
        "storage_more": f"attic={tmp_path}/attic", "backups": str(tmp_path / "backups"),
    }  # fmt: skip
    library = Library(mongo_settings.model_copy(update=free), stores, RecordingLauncher())
    owner = library.users.create(LOCAL_OWNER, NewUser(email="ada@example.org", role="administrator"))
    token = library.tokens.create(LOCAL_OWNER, NewToken(name="fuzz", scopes=("*",), user=owner.id)).token
    app = create_app(library=library)
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)
    client = TestClient(
        app, base_url="http://testserver", client=("127.0.0.1", 1), headers={"Authorization": f"Bearer {token}"}
    )
    things = Things(library, client, [image_record(number).id for number in range(40)])
    seen: set[tuple[str, int]] = set()
    tried, wrong = set(), []
    for found in schema.get_all_operations():
        operation = found.ok()
        name = operation.definition.raw["operationId"]
        if name in ENDLESS:
            continue
        tried.add(name)
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            try:
                _try(operation, {"Authorization": f"Bearer {token}"}, mode, seen, things)
            except Unsatisfiable:
                assert mode is GenerationMode.NEGATIVE, name  # nothing is asked for that could be wrong
            except (FailureGroup, ExceptionGroup) as group:
                wrong += [f"{name}: {one}" for one in group.exceptions]
    library.guard.close()
    assert wrong == []
    everything = {one["operationId"] for item in schema.raw_schema["paths"].values() for one in item.values()}
    assert tried == everything - ENDLESS
    # It came further than the door: many operations did what they are for, the others need an id that exists.
    worked = {name for name, status in seen if status < 400}
    assert len(worked) >= 125, sorted(tried - worked)

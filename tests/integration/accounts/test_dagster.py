"""Dagster's own web server behind our sign-in: who sees it, who may change what, live pages included."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.websockets import WebSocketDisconnect

from tests.integration.accounts.conftest import PASSWORD
from tests.servers import free_port

API = "/api/v1"
ORIGIN = {"Origin": "http://localhost:8000"}
SOCKET = "ws://localhost:8000/dagster/graphql"
LAUNCH = "mutation L($p: ExecutionParams!) { launchRun(executionParams: $p) { __typename } }"
SELECTOR = {"repositoryLocationName": "none", "repositoryName": "none", "jobName": "ingest_images"}
INGEST = {"p": {"selector": SELECTOR, "runConfigData": {}, "mode": "default"}}
LIVE = "subscription { locationStateChangeEvents { event { message } } }"
WIPE = "mutation { wipeAssets(assetPartitionRanges: []) { __typename } }"
RELOAD = "mutation { reloadWorkspace { __typename } }"


@pytest.fixture(scope="module")
def dagster_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Dagster's real web server, with nothing to run."""
    home, port = tmp_path_factory.mktemp("dagster"), free_port()
    program = str(Path(sys.executable).with_name("dagster-webserver"))
    environment = {**os.environ, "DAGSTER_HOME": str(home), "DAGSTER_DISABLE_TELEMETRY": "yes"}
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [program, "--empty-workspace", "-h", "127.0.0.1", "-p", str(port)], env=environment, stdout=log, stderr=log
        )  # fmt: skip
    try:
        for _ in range(1200):
            assert process.poll() is None, (home / "log").read_text()
            try:
                httpx.get(f"http://127.0.0.1:{port}/server_info", timeout=20).raise_for_status()
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture
def site(library, dagster_port, app):
    """Makes browsers, signed in or not."""
    library.settings = library.settings.model_copy(update={"dagster_port": dagster_port})

    def make(role: str | None = None, **kwargs):
        client = app(**kwargs)
        if role is not None:
            body = {"email": f"{role}@example.org", "password": PASSWORD, "kind": "browser"}
            assert client.post(f"{API}/auth/sign-in", json=body, headers=ORIGIN).status_code == 200
        return client

    return make


def ask(client, query, variables=None, **kwargs):
    body = {"query": query, "variables": variables or {}}
    return client.post("/dagster/graphql", json=body, headers=ORIGIN, **kwargs)


def test_as_long_as_nobody_has_an_account_this_machine_sees_it(site):
    here, there = site(), site(address="192.168.1.7")
    page = here.get("/dagster", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert ask(here, "{ version }").json()["data"]["version"]
    assert ask(here, RELOAD).status_code == 200
    assert there.get("/dagster").status_code == 403


def test_nobody_else_sees_it_without_signing_in(people, site):
    client = site()
    sent = client.get("/dagster/runs/r-1?x=1", headers={"Accept": "text/html"}, follow_redirects=False)
    assert (sent.status_code, sent.headers["Location"]) == (303, "/sign-in?return_to=%2Fdagster%2Fruns%2Fr-1%3Fx%3D1")
    for path in ("/dagster", "/dagster/server_info", "/dagster/graphql?query={version}", "/dagster/logs/x/stdout"):
        assert client.get(path).status_code == 401
    assert ask(client, "{ version }").status_code == 401
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(SOCKET, ["graphql-ws"]):
        pass


def test_its_pages_know_where_they_lie(people, site):
    client = site("viewer")
    page = client.get("/dagster/runs", headers={"Accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    assert '"pathPrefix": "/dagster"' in page.text
    assert 'webpack_public_path__ = "/dagster"' in page.text
    assert '="/_next' not in page.text
    assert "nonce-" in page.headers["content-security-policy"]
    script = page.text.partition('<script src="')[2].partition('"')[0]
    assert script.startswith("/dagster/_next/static/")
    found = client.get(script, headers={"Accept-Encoding": "gzip"})
    assert (found.status_code, found.headers["content-type"].partition(";")[0][-10:]) == (200, "javascript")
    assert client.get(script, headers={"If-None-Match": found.headers["etag"]}).status_code == 304
    assert client.get("/dagster/server_info").json()["dagster_version"]
    tool = client.get("/dagster/graphql?query=mutation{reloadWorkspace{__typename}}", headers={"Accept": "text/html"})
    assert 'src="/dagster/vendor/' in tool.text


def test_who_only_looks_changes_nothing(library, people, site):
    viewer = site("viewer")
    assert ask(viewer, "{ version }").json()["data"]["version"]
    for answer in (
        ask(viewer, LAUNCH, INGEST),
        ask(viewer, RELOAD),
        ask(viewer, f"query A {{ version }} {RELOAD.replace('mutation', 'mutation B')}"),
        viewer.get("/dagster/graphql", params={"query": RELOAD}),
        viewer.post("/dagster/graphql", content=RELOAD, headers=ORIGIN | {"Content-Type": "application/graphql"}),
        viewer.post("/dagster/graphql", json=[{"query": "{ version }"}, {"query": RELOAD}], headers=ORIGIN),
        viewer.post("/dagster/graphql/", json={"query": RELOAD}, headers=ORIGIN),
        viewer.post("/dagster//graphql", json={"query": RELOAD}, headers=ORIGIN),
    ):
        assert answer.status_code == 403, answer.text
        assert "lacks the permission" in answer.json()["errors"][0]["message"]
    report = viewer.post("/dagster/report_asset_materialization/a", json={}, headers=ORIGIN)
    assert (report.status_code, report.json()["permission"]) == (403, "system:write")
    denied = library.stores.audit.list({"outcome": "denied"}).items
    assert {one.action for one in denied} == {"batches:write", "system:write"}


def test_what_cannot_be_looked_at_is_not_passed_on(people, site):
    admin = site("administrator")
    persisted = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}}
    assert admin.post("/dagster/graphql", json=persisted, headers=ORIGIN).status_code == 422
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    asked = admin.post("/dagster/graphql", params={"query": RELOAD}, content=b"", headers=ORIGIN | form)
    assert asked.status_code == 415
    large = b'{"query": "' + b" " * 1_100_000 + b'"}'
    asked = admin.post("/dagster/graphql", content=large, headers=ORIGIN | {"Content-Type": "application/json"})
    assert asked.status_code == 413
    for path in ("/dagster/x/%2e%2e/graphql", "/dagster/%2e/graphql", "/dagster/x%5Cgraphql"):
        assert admin.get(path, params={"query": RELOAD}).status_code == 404, path


def test_each_role_changes_what_it_may_anywhere(library, people, site):
    editor, admin = site("editor"), site("administrator")
    # Passed on: it is Dagster that does not know the job.
    assert ask(editor, LAUNCH, INGEST).json()["data"]["launchRun"]["__typename"] == "PipelineNotFoundError"
    other = {"p": {**INGEST["p"], "selector": {**SELECTOR, "jobName": "migrate_storage"}}}
    assert ask(editor, LAUNCH, other).status_code == 403
    assert ask(editor, WIPE).status_code == 403
    assert ask(admin, LAUNCH, other).json()["data"]["launchRun"]["__typename"] == "PipelineNotFoundError"
    assert ask(admin, WIPE).json()["data"]["wipeAssets"]["__typename"] == "AssetWipeSuccess"
    told = library.stores.audit.list({"action": "dagster.changed"}).items
    assert [(one.principal, one.detail["fields"]) for one in told] == [
        (people["administrator"].id, ["wipeAssets"]),
        (people["administrator"].id, ["launchRun"]),
        (people["editor"].id, ["launchRun"]),
    ]


def test_pages_of_other_sites_change_nothing(people, site):
    admin = site("administrator")
    for headers in ({"Origin": "http://evil.example"}, {}, {"Sec-Fetch-Site": "cross-site"}):
        answer = admin.post("/dagster/graphql", json={"query": RELOAD}, headers=headers)
        assert answer.status_code == 403, headers
    for headers in ({"Origin": "http://evil.example"}, {}):
        with pytest.raises(WebSocketDisconnect), admin.websocket_connect(
            SOCKET, ["graphql-ws"], headers=headers
        ):  # fmt: skip
            pass


def live(client):
    return client.websocket_connect(SOCKET, ["graphql-ws"], headers=ORIGIN)


def test_live_pages_are_live_and_read_only(people, site):
    with live(site("viewer")) as socket:
        assert socket.accepted_subprotocol == "graphql-ws"
        socket.send_json({"type": "connection_init", "payload": {"x": 1}})
        assert socket.receive_json() == {"type": "connection_ack"}
        socket.send_json({"type": "start", "id": "1", "payload": {"query": RELOAD}})
        refused = socket.receive_json()
        assert (refused["type"], refused["id"]) == ("error", "1")
        assert "system:write" in refused["payload"]["message"]
        socket.send_json({"type": "start", "id": "2", "payload": {"query": "subscription { nothing }"}})
        answer = socket.receive_json()
        assert (answer["type"], answer["id"]) == ("error", "2")
        assert "nothing" in answer["payload"]["message"]  # Dagster's own words
        socket.send_json({"type": "start", "id": "3", "payload": {"query": LIVE}})
        socket.send_json({"type": "stop", "id": "3"})
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json() == {"type": "connection_ack"}


def test_a_live_page_ends_with_its_session(people, site):
    client = site("viewer")
    with live(client) as socket:
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json() == {"type": "connection_ack"}
        assert client.post(f"{API}/auth/sign-out", headers=ORIGIN).status_code == 200
        with pytest.raises(WebSocketDisconnect):
            socket.receive_json()


def test_without_dagster_the_error_says_so(library, people, site):
    client = site("viewer")
    library.settings = library.settings.model_copy(update={"dagster_port": free_port()})
    answer = client.get("/dagster/server_info")
    assert (answer.status_code, answer.json()["code"]) == (503, "orchestrator_unavailable")
    with pytest.raises(WebSocketDisconnect), live(client):
        pass

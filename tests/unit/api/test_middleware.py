"""Who may call, what every answer carries, and what becomes of a crash."""

from __future__ import annotations

import re

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from darkroom import logs
from darkroom.api.middleware import BODY_LIMIT, LONG_BODIES, Guard
from darkroom.errors import Error


async def _text(request: Request) -> Response:
    return PlainTextResponse(f"{request.method} {logs.trace_id()}")


async def _page(_request: Request) -> Response:
    return HTMLResponse("<p>page</p>")


async def _read(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def _crash(_request: Request) -> Response:
    raise ZeroDivisionError("secret detail")


async def _refuse(_request: Request) -> Response:
    raise Error("conflict", "Two at once.")


async def _socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("hello")
    await socket.close()


@pytest.fixture
def client() -> TestClient:
    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    routes = [
        Route("/api/text", _text, methods=methods),
        Route("/api/read", _read, methods=["POST"]),
        Route("/api/crash", _crash),
        Route("/api/refuse", _refuse),
        Route("/assets/app-Dx81_kaQ.js", _text),
        Route("/assets/logo.svg", _text),
        Route("/", _page),
        WebSocketRoute("/_event", _socket),
    ]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(Guard)]), base_url="http://localhost:8000")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000", "127.0.0.1"])
def test_this_machine_is_served_under_its_own_names(client: TestClient, host: str):
    assert client.get("/api/text", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "localhost:x", "",
     "user@localhost", "localhost/../x", "[::1", "0.0.0.0", "192.168.1.5:8000", "localhost:99999", "127.1"],
)  # fmt: skip
def test_a_foreign_host_name_is_refused(client: TestClient, host: str):
    answer = client.get("/api/text", headers={"Host": host})
    assert answer.status_code == 421
    assert answer.json()["code"] == "host_not_allowed"


def test_two_host_headers_are_refused():
    scope = {
        "type": "http", "method": "GET", "path": "/api/text", "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"host", b"evil.example")],
    }  # fmt: skip
    from starlette.datastructures import Headers

    from darkroom.api.middleware import check_host

    with pytest.raises(Error) as caught:
        check_host(Headers(scope=scope))
    assert caught.value.code == "host_not_allowed"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://localhost:3000", "http://localhost.evil.example:8000", "http://localhost",
     "file://", "http://[::1", "http://localhost:8000@evil.example", ""],
)  # fmt: skip
def test_a_page_of_another_origin_may_do_nothing(client: TestClient, method: str, origin: str):
    answer = client.request(method, "/api/text", headers={"Origin": origin})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("origin", ["http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000"])
def test_our_own_pages_may_post(client: TestClient, origin: str):
    headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
    assert client.post("/api/text", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)]
)
def test_a_form_of_another_site_cannot_post_without_an_origin_either(client: TestClient, site: str, status: int):
    assert client.post("/api/text", headers={"Sec-Fetch-Site": site}).status_code == status


def test_a_link_from_another_site_may_be_followed(client: TestClient):
    assert client.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_programs_that_are_no_browsers_may_post(client: TestClient):
    assert client.post("/api/text").status_code == 200


def test_a_socket_of_another_site_is_refused(client: TestClient):
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("/_event", headers={"Origin": "http://evil.example"}),
    ):
        pass
    with client.websocket_connect(
        "/_event", headers={"Host": "localhost:8000", "Origin": "http://localhost:8000"}
    ) as socket:
        assert socket.receive_text() == "hello"


def test_every_answer_has_a_trace_and_guards_against_misuse(client: TestClient):
    for path in ("/", "/api/text", "/api/crash", "/api/refuse", "/nothing"):
        headers = client.get(path).headers
        assert re.fullmatch(r"[0-9a-f]{32}", headers["X-Trace-Id"])
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_a_trace_of_the_caller_is_taken_over_when_it_is_one(client: TestClient):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    good = client.get("/api/text", headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
    assert good.headers["X-Trace-Id"] == trace
    assert good.text.endswith(trace)
    bad = client.get("/api/text", headers={"traceparent": f"00-{'0' * 32}-00f067aa0ba902b7-01"})
    assert bad.headers["X-Trace-Id"] != "0" * 32


def test_pages_may_run_only_our_scripts(client: TestClient):
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-inline'" in policy
    assert "default-src 'self'" in policy
    assert {"object-src 'none'", "base-uri 'none'"} <= set(policy.split("; "))
    assert client.get("/").headers["Cache-Control"] == "no-cache"
    assert client.get("/api/text").headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert client.get("/api/text").headers["Cache-Control"] == "no-store"


def test_hashed_assets_are_cached_for_ever_and_others_are_not(client: TestClient):
    assert client.get("/assets/app-Dx81_kaQ.js").headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "immutable" not in client.get("/assets/logo.svg").headers.get("Cache-Control", "")
    assert "immutable" not in client.get("/assets/gone-Dx81_kaQ.js").headers.get("Cache-Control", "")


def test_a_crash_is_a_problem_document_without_details(client: TestClient):
    answer = client.get("/api/crash")
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "internal"
    assert answer.json()["trace_id"] == answer.headers["X-Trace-Id"]
    assert "secret" not in answer.text


def test_an_error_that_no_route_handled_keeps_its_row(client: TestClient):
    answer = client.get("/api/refuse")
    assert (answer.status_code, answer.json()["code"], answer.json()["detail"]) == (409, "conflict", "Two at once.")


def test_head_is_get_without_a_body(client: TestClient):
    answer = client.head("/api/text")
    assert answer.status_code == 200
    assert answer.content == b""
    assert int(answer.headers["Content-Length"]) > 30


def test_a_body_that_grows_too_large_is_cut_off(client: TestClient):
    def pieces():
        for _ in range(40):
            yield b"x" * 65_536

    for body in (b"x" * (BODY_LIMIT + 1), pieces()):
        answer = client.post("/api/read", content=body)
        assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")
    assert client.post("/api/read", content=b"x" * BODY_LIMIT).text == str(BODY_LIMIT)


def test_a_body_that_lists_a_hundred_thousand_things_may_be_longer(client: TestClient):
    ((path, most),) = LONG_BODIES.items()
    assert client.post(path, content=b"x" * most).status_code == 404  # nothing answers there, but it was let in
    answer = client.post(path, content=b"x" * (most + 1))
    assert (answer.status_code, answer.json()["detail"]) == (413, f"A body has {most} bytes at most.")

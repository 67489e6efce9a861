"""Both clients try again where that is safe, and tell errors as the server did."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from darkroom.client import AsyncClient, Client, accounts, library
from darkroom.errors import Error

PROBLEM = {"code": "database_unavailable", "detail": "It is away.", "remedy": "Wait.", "trace_id": "abc", "status": 503}
URL = "http://127.0.0.1:8000"


class Server:
    """Answers what it was given, one after another, and writes down what was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def send(colour: str, server: Server, call, token: str | None = None):
    transport = httpx.MockTransport(server)
    if colour == "sync":
        with Client(URL, token, transport=transport) as client:
            return client.send(call)

    async def work():
        async with AsyncClient(URL, token, transport=transport) as client:
            return await client.send(call)

    return asyncio.run(work())


@pytest.fixture(params=["sync", "async"])
def colour(request) -> str:
    return request.param


def busy(**headers: str) -> httpx.Response:
    return httpx.Response(503, json=PROBLEM, headers=headers)


def done() -> httpx.Response:
    return httpx.Response(200, json={"dismissed": 3})


def test_a_post_with_a_key_is_sent_again_with_the_same_key(colour):
    from darkroom.services.activity_views import FailureSelection

    server = Server(busy(), httpx.ReadError("gone"), done())
    answer = send(colour, server, library.dismiss_failures(FailureSelection(all=True)), "dr_x")
    assert answer.dismissed == 3
    assert len({one.headers["Idempotency-Key"] for one in server.asked}) == 1
    assert [one.content for one in server.asked] == [b'{"all":true}'] * 3
    assert {one.headers["Authorization"] for one in server.asked} == {"Bearer dr_x"}


def test_nothing_is_none(colour):
    assert send(colour, Server(httpx.Response(204)), accounts.remove_policy("r-1")) is None


def test_what_could_be_done_twice_is_sent_once(colour):
    server = Server(busy(), done())
    with pytest.raises(Error, match="It is away"):
        send(colour, server, accounts.remove_policy("r-1"))
    assert len(server.asked) == 1


def test_an_error_is_the_one_of_the_server(colour):
    body = {"code": "not_found", "detail": "batch b-1: there is none.", "remedy": "Look.", "trace_id": "t", "cause": 1}
    with pytest.raises(Error) as caught:
        send(colour, Server(httpx.Response(404, json=body)), library.get_batch("b-1"))
    error = caught.value
    assert (error.code, error.cause, error.remedy) == ("not_found", "batch b-1: there is none.", "Look.")
    assert error.context == {"trace_id": "t"}


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(502, text="<html>"), "not_running"),
        (httpx.Response(302, headers={"Location": "https://evil.example"}), "bad_request"),
        (busy(**{"Retry-After": "3600"}), "database_unavailable"),
    ],
)
def test_nobody_waits_for_what_will_not_come(answer, code):
    server = Server(answer)
    with pytest.raises(Error) as caught:
        send("sync", server, library.get_batch("b-1"))
    assert (caught.value.code, len(server.asked)) == (code, 1)


def test_an_address_without_a_server_is_an_error_of_ours(colour):
    server = Server(*[httpx.ConnectError("refused")] * 4)
    with pytest.raises(Error, match=r"127\.0\.0\.1:8000: refused") as caught:
        send(colour, server, library.get_queue())
    assert (caught.value.code, len(server.asked)) == ("server_unreachable", 4)


@pytest.mark.parametrize("url", ["ftp://x", "darkroom", "http://a:b@localhost", "http://example.org"])
def test_a_token_goes_nowhere_it_can_be_read(url):
    with pytest.raises(Error) as caught:
        Client(url, "dr_x")
    assert caught.value.code == "invalid_parameter"
    assert "dr_x" not in str(caught.value)

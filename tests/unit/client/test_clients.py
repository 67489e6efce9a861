"""Both clients try again where that is safe, and tell errors as the server did."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import time

import httpx
import pytest

from darkroom.access.credentials import Credential, CredentialStore
from darkroom.client import AsyncClient, Client, StaleError, accounts, library
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


LIMITED = {"code": "rate_limited", "detail": "Too much.", "remedy": "Wait.", "status": 429}


def test_what_was_turned_away_at_the_door_is_sent_again_whatever_it_is(colour):
    server = Server(httpx.Response(429, json=LIMITED, headers={"Retry-After": "0"}), httpx.Response(204))
    assert send(colour, server, accounts.remove_policy("r-1")) is None
    assert [one.method for one in server.asked] == ["DELETE", "DELETE"]


USER = {
    "id": "u-1", "revision": 3, "email": "a@b.c", "name": "A", "roles": [], "providers": [], "has_password": True,
    "disabled": False, "created_at": "2026-01-01T00:00:00Z", "signed_in_at": None,
}  # fmt: skip
STALE = {"code": "precondition_failed", "detail": "It is revision 4 now.", "remedy": "Load it again.", "status": 412}


def tagged(tag: str, **changes) -> httpx.Response:
    return httpx.Response(200, json=USER | changes, headers={"ETag": f'"{tag}"'})


def test_a_change_that_somebody_overtook_is_made_again_on_what_is_there_then(colour):
    from darkroom.services.accounts.requests import UserChange

    server = Server(tagged("3"), httpx.Response(412, json=STALE), tagged("4", name="B"), tagged("5", name="B!"))

    def renamed(seen):
        return accounts.update_user("u-1", UserChange(name=seen.value.name + "!"), if_match=seen.match)

    if colour == "sync":
        with Client(URL, "dr_x", transport=httpx.MockTransport(server)) as client:
            found = client.change(accounts.get_user("u-1"), renamed)
    else:

        async def work():
            async with AsyncClient(URL, "dr_x", transport=httpx.MockTransport(server)) as client:
                return await client.change(accounts.get_user("u-1"), renamed)

        found = asyncio.run(work())
    assert found.name == "B!"
    changes = [one for one in server.asked if one.method == "PATCH"]
    assert [(one.headers["If-Match"], one.content) for one in changes] == [
        ('"3"', b'{"name":"A!"}'), ('"4"', b'{"name":"B!"}')
    ]  # fmt: skip


def test_who_is_overtaken_every_time_is_told_so():
    from darkroom.services.accounts.requests import UserChange

    server = Server(*[tagged("3"), httpx.Response(412, json=STALE)] * 2)
    with Client(URL, "dr_x", transport=httpx.MockTransport(server)) as client, pytest.raises(StaleError, match="4 now"):
        client.change(
            accounts.get_user("u-1"),
            lambda seen: accounts.update_user("u-1", UserChange(name="B"), if_match=seen.match),
            attempts=2,
        )
    assert server.answers == []


class Broken(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that ends in the middle of a file."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __iter__(self):
        yield self.data
        raise httpx.ReadError("gone")

    async def __aiter__(self):
        yield self.data
        raise httpx.ReadError("gone")


def fetch(colour: str, server: Server, call, target):
    if colour == "sync":
        with Client(URL, "dr_x", transport=httpx.MockTransport(server)) as client:
            return client.download(call, target)

    async def work():
        async with AsyncClient(URL, "dr_x", transport=httpx.MockTransport(server)) as client:
            return await client.download(call, target)

    return asyncio.run(work())


def headers(**more: str) -> dict[str, str]:
    named = "inline; filename=\"x\"; filename*=UTF-8''..%2F..%2Fet%C3%A9.jpg"
    return {"ETag": '"t"', "Content-Disposition": named, "Content-Length": "6"} | more


def test_a_download_goes_on_where_it_broke_off_and_has_a_name_that_is_no_path(colour, tmp_path):
    server = Server(
        httpx.Response(200, stream=Broken(b"abc"), headers=headers()),
        httpx.Response(206, content=b"def", headers=headers(**{"Content-Range": "bytes 3-5/6", "Content-Length": "3"})),
    )
    call = library.get_original(hashlib.sha256(b"abcdef").hexdigest())
    assert fetch(colour, server, call, tmp_path) == tmp_path / "eté.jpg"
    assert (tmp_path / "eté.jpg").read_bytes() == b"abcdef"
    assert (server.asked[1].headers["Range"], server.asked[1].headers["If-Range"]) == ("bytes=3-", '"t"')
    assert len(list(tmp_path.iterdir())) == 1


def test_a_download_that_changed_meanwhile_begins_anew(colour, tmp_path):
    server = Server(
        httpx.Response(200, stream=Broken(b"abc"), headers=headers()),
        httpx.Response(200, content=b"uvwxyz", headers=headers(ETag='"u"')),
    )
    fetch(colour, server, library.get_thumbnail("x"), tmp_path / "a.webp")
    assert (tmp_path / "a.webp").read_bytes() == b"uvwxyz"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(200, content=b"abcxef", headers={}), "blob_damaged"),
        (httpx.Response(404, json={"code": "not_found", "detail": "None.", "remedy": "Look."}), "not_found"),
    ],
)
def test_of_a_download_that_failed_nothing_is_left(answer, code, tmp_path):
    with pytest.raises(Error) as caught:
        fetch("sync", Server(answer), library.get_original("0" * 64), tmp_path / "a.jpg")
    assert (caught.value.code, list(tmp_path.iterdir())) == (code, [])


def stream(*events: tuple[int | None, str, object]) -> httpx.Response:
    lines = ["retry: 2000", ""]
    for number, kind, data in events:
        lines += [f"id: {number}"] if number is not None else []
        lines += [f"event: {kind}", f"data: {json.dumps(data)}", ""]
    lines += [": still here", "", "id: 99", "event: tags.changed"]  # torn in the middle of an event
    return httpx.Response(200, text="\n".join(lines), headers={"Content-Type": "text/event-stream"})


def told(seq: int, kind: str = "tags.changed") -> tuple[int, str, object]:
    return seq, kind, {"seq": seq, "type": kind, "at": "2026-01-01T00:00:00Z", "ids": ["x"], "data": {}, "new": 1}


def follow(colour: str, server: Server, count: int, **how):
    if colour == "sync":
        with Client(URL, "dr_x", transport=httpx.MockTransport(server)) as client:
            client._sleep = lambda _: None
            return list(itertools.islice(client.events(**how), count))

    async def work():
        found = []
        async with AsyncClient(URL, "dr_x", transport=httpx.MockTransport(server)) as client:
            async for one in client.events(**how):
                found.append(one)
                if len(found) == count:
                    break
        return found

    return asyncio.run(work())


def test_events_go_on_after_the_last_one_that_was_whole(colour):
    server = Server(
        stream((4, "hello", {"seq": 4}), told(5), (None, "batch.progress", {"id": "b-1", "done": 3})),
        httpx.ConnectError("refused"),
        stream((5, "hello", {"seq": 5}), told(6, "kinds.of.tomorrow")),
    )
    found = follow(colour, server, 3)
    assert [(one.seq, one.type, one.ids) for one in found] == [
        (5, "tags.changed", ("x",)), (None, "batch.progress", ("b-1",)), (6, "kinds.of.tomorrow", ("x",)),
    ]  # fmt: skip
    assert [one.headers.get("Last-Event-ID") for one in server.asked] == [None, "5", "5"]


def test_a_reader_of_another_library_is_told_to_begin_anew():
    (found,) = follow("sync", Server(stream((2, "resync", {"seq": 2}))), 1, after=700)
    assert (found.type, found.seq) == ("resync", 2)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (lambda: httpx.Response(403, json={"code": "forbidden", "detail": "No.", "remedy": "Ask."}), "forbidden"),
        (lambda: httpx.ConnectError("refused"), "server_unreachable"),
    ],
)
def test_following_ends_with_the_reason_where_waiting_does_not_help(colour, answer, code):
    with pytest.raises(Error) as caught:
        follow(colour, Server(answer()), 1, patience=-1.0)
    assert caught.value.code == code


@pytest.fixture
def saved(tmp_path, monkeypatch) -> CredentialStore:
    monkeypatch.setenv("DARKROOM_CONFIG_DIR", str(tmp_path))
    return CredentialStore(tmp_path)


def credential(token: str) -> Credential:
    return Credential(access_token=token, refresh_token="drr_1", expires_at=time.time() + 600)


def asked_as(colour: str, *where: str) -> tuple[str, str | None]:
    server = Server(httpx.Response(204))
    transport = httpx.MockTransport(server)
    if colour == "sync":
        with Client(*where, transport=transport) as client:
            client.send(accounts.remove_policy("r"))
    else:

        async def work():
            async with AsyncClient(*where, transport=transport) as client:
                await client.send(accounts.remove_policy("r"))

        asyncio.run(work())
    (request,) = server.asked
    return f"{request.url.scheme}://{request.url.netloc.decode()}", request.headers.get("Authorization")


def test_what_login_keeps_is_used_for_its_address_alone(colour, saved, monkeypatch):
    saved.keep("https://one.example", credential("one"))
    saved.keep("https://two.example", credential("two"))
    assert asked_as(colour, "https://one.example/") == ("https://one.example", "Bearer one")
    assert asked_as(colour, "https://three.example") == ("https://three.example", None)
    assert asked_as(colour) == ("https://two.example", "Bearer two")
    monkeypatch.setenv("DARKROOM_URL", "https://one.example")
    assert asked_as(colour) == ("https://one.example", "Bearer one")
    monkeypatch.setenv("DARKROOM_TOKEN", "dr_env")
    assert asked_as(colour) == ("https://one.example", "Bearer dr_env")
    assert asked_as(colour, "https://two.example") == ("https://two.example", "Bearer two")
    assert asked_as(colour, "https://two.example", "dr_given") == ("https://two.example", "Bearer dr_given")

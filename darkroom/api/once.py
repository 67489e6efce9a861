"""`Idempotency-Key`: a POST that is sent again is not done again.

`Once` stands around the routes: it takes the fingerprint of the body as it streams by and keeps the answer. `claim`, a
dependency of every route, knows who asks and claims the key in the database. An attempt whose process dies stops
extending its claim; the next one then goes on under the same ids (`made_id`), so that services can tell what was done.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from darkroom import logs
from darkroom.api.deps import BackendDep, PrincipalDep, in_thread
from darkroom.api.fingerprints import Fingerprint, fingerprint
from darkroom.api.policy import STREAMED, takes_key
from darkroom.domain.base import new_id
from darkroom.errors import Error
from darkroom.services.library import Library
from darkroom.store.requests import StoredAnswer, StoredRequest

_LOG = logs.get("darkroom.api")
_SCOPE_KEY = "darkroom.once"
_KEY = re.compile(r"[!-~]{1,200}")
_KEEP_SECONDS = 24 * 3600
_LEASE_SECONDS = 20
_EXTEND_EVERY = 5.0
_LARGEST_ANSWER = 1024 * 1024
_KEPT_HEADERS = frozenset({"content-type", "location", "operation-location", "retry-after", "etag"})


class AnsweredBefore(Exception):  # noqa: N818 - no error: the way out of a dependency with an answer
    """The request was answered before.

    Args:
        answer: what was said.
    """

    def __init__(self, answer: StoredAnswer) -> None:
        super().__init__()
        self.answer = answer


async def on_answered_before(_request: Request, found: Exception) -> Response:
    """Give the first answer again."""
    assert isinstance(found, AnsweredBefore)  # noqa: S101 - registered for this type
    headers = {**dict(found.answer.headers), "Idempotent-Replayed": "true"}
    return Response(found.answer.body, status_code=found.answer.status, headers=headers)


@dataclass
class _Attempt:
    """One request with a key."""

    key: str
    body: Fingerprint
    holder: str = field(default_factory=lambda: new_id("once"))
    library: Library | None = None
    """Set once the key is claimed."""
    slot: str = ""
    made: str = ""
    again: bool = False
    """Whether an attempt before this one broke off."""
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    answer: bytearray = field(default_factory=bytearray)
    held: list[Message] = field(default_factory=list)

    async def finish(self) -> None:
        """Keep a good answer; forget a request that was refused."""
        if self.library is None:
            return
        library, self.library = self.library, None
        requests = library.stores.requests
        if not 200 <= self.status < 300 or len(self.answer) > _LARGEST_ANSWER:
            # A refusal changed nothing. Anything else may have: the next attempt goes on under the same ids.
            await in_thread(requests.release, self.slot, self.holder, changed=not 400 <= self.status < 500)
            return
        kept = StoredAnswer(status=self.status, headers=self.headers, body=bytes(self.answer))
        await in_thread(requests.complete, self.slot, self.holder, self.body.value(), kept)


def made_id(request: Request, prefix: str) -> str:
    """An id for what a request makes: the same when the request is sent again after an attempt that broke off."""
    attempt: _Attempt | None = request.scope.get(_SCOPE_KEY)
    return f"{prefix}-{attempt.made}" if attempt is not None and attempt.made else new_id(prefix)


def is_again(request: Request) -> bool:
    """Whether an earlier attempt at this request broke off, so that what it makes may be there already."""
    attempt: _Attempt | None = request.scope.get(_SCOPE_KEY)
    return attempt is not None and attempt.again


async def claim(request: Request, backend: BackendDep, principal: PrincipalDep) -> None:
    """Claim the key of a request for who asks; requests without one pass.

    Raises:
        AnsweredBefore: with the first answer.
        Error: `request_in_progress`, `idempotency_key_reused`.
    """
    attempt: _Attempt | None = request.scope.get(_SCOPE_KEY)
    if attempt is None or not takes_key(request.scope["route"].name) or principal.kind == "anonymous":
        return
    parts = "\n".join((principal.id, request.method, request.url.path, attempt.key))
    attempt.slot = hashlib.sha256(parts.encode()).hexdigest()
    form = request.headers.get("content-type", "").lower().startswith("multipart/")
    streamed = form or request.scope["route"].name in STREAMED
    known = None if streamed else attempt.body.value()
    # Only here: a request without a key, such as the one for health, must be answered while the library is not open.
    library = await backend.library()
    found = await in_thread(
        library.stores.requests.claim, attempt.slot, attempt.holder, attempt.holder.partition("-")[2],
        fingerprint=known, lease_seconds=_LEASE_SECONDS, keep_seconds=_KEEP_SECONDS,
    )  # fmt: skip
    if found.holder != attempt.holder:
        await _refuse(request, attempt, found, known)
    if known is not None and found.fingerprint != known:
        raise _reused()
    attempt.library, attempt.made, attempt.again = library, found.made, found.attempts > 1


async def _refuse(request: Request, attempt: _Attempt, found: StoredRequest, known: str | None) -> None:
    """Answer for a request that another attempt has done or is doing."""
    if found.state == "done" and known is None:
        # Read to its end for its fingerprint alone; nothing of it is kept.
        async for _piece in request.stream():
            pass
        known = attempt.body.value()
    if known is not None and found.fingerprint not in (None, known):
        raise _reused()
    if found.state == "done" and found.answer is not None:
        raise AnsweredBefore(found.answer)
    raise Error(
        "request_in_progress", "A request with this Idempotency-Key is being worked on.",
        headers={"Retry-After": str(min(found.seconds, 5))},
    )  # fmt: skip


def _reused() -> Error:
    return Error("idempotency_key_reused", "Idempotency-Key: it came before with another body.")


class Once:
    """ASGI middleware: sees the body and the answer of each POST that has a key.

    Args:
        app: what is guarded.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; keep the answer before it is sent."""
        if scope["type"] != "http" or scope["method"] != "POST" or not scope["path"].startswith("/api/"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        keys = headers.getlist("idempotency-key")
        if not keys:
            await self.app(scope, receive, send)
            return
        attempt = _Attempt(_key(keys), fingerprint(headers.get("content-type", ""), keys[0], scope["query_string"]))
        scope[_SCOPE_KEY] = attempt
        async with _kept_up(attempt):
            await self.app(scope, _reading(receive, attempt), _keeping(send, attempt))


def _key(keys: list[str]) -> str:
    # The draft writes it as a quoted string, most programs do not.
    key = keys[0][1:-1] if len(keys[0]) > 2 and keys[0][0] == keys[0][-1] == '"' else keys[0]
    if len(keys) > 1 or _KEY.fullmatch(key) is None:
        raise Error(
            "invalid_parameter", "Idempotency-Key: one key of 1 to 200 visible ASCII characters.",
            parameter="Idempotency-Key", remedy="Use a random UUID.",
        )  # fmt: skip
    return key


def _reading(receive: Receive, attempt: _Attempt) -> Receive:
    async def wrapped() -> Message:
        message = await receive()
        if message["type"] == "http.request" and message.get("body"):
            attempt.body.feed(message["body"])
        return message

    return wrapped


def _keeping(send: Send, attempt: _Attempt) -> Send:
    """Hold an answer back until it is kept: whoever has seen it gets the same again."""

    async def wrapped(message: Message) -> None:
        if attempt.library is None:
            await send(message)
            return
        if message["type"] == "http.response.start":
            attempt.status = message["status"]
            found = MutableHeaders(scope=message).items()
            attempt.headers = tuple((name, value) for name, value in found if name.lower() in _KEPT_HEADERS)
        elif message["type"] == "http.response.body":
            attempt.answer += message.get("body", b"")
        attempt.held.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            await _finish(attempt)
            held, attempt.held = attempt.held, []
            for one in held:
                await send(one)

    return wrapped


async def _finish(attempt: _Attempt) -> None:
    try:
        await attempt.finish()
    except Error as error:
        # What was done is done. Sent again once the claim has lapsed, the service says what is there already.
        _LOG.warning("answer_not_kept", code=error.code, cause=error.cause)


@contextlib.asynccontextmanager
async def _kept_up(attempt: _Attempt) -> AsyncIterator[None]:
    """Extend the claim while the request is worked on; give it back if there was no answer."""
    beat = asyncio.get_running_loop().create_task(_extend(attempt))
    try:
        yield
    finally:
        beat.cancel()
        if attempt.library is not None:
            attempt.status = 0
            with anyio.CancelScope(shield=True):
                await _finish(attempt)


async def _extend(attempt: _Attempt) -> None:
    while True:
        await asyncio.sleep(_EXTEND_EVERY)
        library = attempt.library
        if library is not None:
            try:
                await in_thread(library.stores.requests.extend, attempt.slot, attempt.holder, _LEASE_SECONDS)
            except Error as error:
                _LOG.warning("claim_not_extended", code=error.code, cause=error.cause)

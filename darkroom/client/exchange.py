"""What both clients share: how a call becomes a request, an answer a value or an error, and when to try again."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import random
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, BinaryIO, Generic, TypeVar
from urllib.parse import urlsplit

import httpx

from darkroom.client.call import API, Call
from darkroom.errors import ERROR_CODES, Error

ATTEMPTS = 4
_LONGEST_WAIT = 60.0
_READ = 1 << 18
_FACTS_LEFT_OUT = frozenset({"type", "title", "status", "detail", "code", "remedy", "retryable", "instance"})
_LOCAL = ("127.0.0.1", "localhost", "::1")
T_co = TypeVar("T_co", covariant=True)


class StaleError(Error):
    """Somebody changed what the change is based on (412): read it again and repeat the change, as `Client.change` does."""


@dataclass(frozen=True)
class Answer(Generic[T_co]):
    """A value with what the answer said of it."""

    value: T_co
    """What the call promises."""
    tag: str | None
    """Its `ETag`, for `if_match` of a change that is based on it."""
    status: int
    """HTTP status: 202 for what goes on."""
    location: str | None
    """Where to look what became of it."""
    replayed: bool
    """Whether an earlier try had done it already, so that this is the answer to that one."""

    @property
    def match(self) -> str:
        """The tag, or `*` for whichever where there is none."""
        return self.tag or "*"


class Attempt:
    """One call on its way: the same key for every try.

    Args:
        call: what is sent.
        attempts: how often at most.
    """

    def __init__(self, call: Call[Any], attempts: int = ATTEMPTS) -> None:
        self._call = call
        self._left = attempts
        self._made = 0
        self._headers = {"Accept": "application/json, */*;q=0.5"}
        if call.method == "POST" and call.takes_key:
            self._headers["Idempotency-Key"] = str(uuid.uuid4())
        if call.if_match is not None:
            self._headers["If-Match"] = call.if_match

    def count(self) -> None:
        """Note a try."""
        self._made += 1
        self._left -= 1

    def request(self, files: ExitStack, *, awaited: bool = False) -> dict[str, Any]:
        """Arguments of `httpx.Client.request`, or of that of `httpx.AsyncClient`; what it opens is closed with `files`."""
        call = self._call
        self.count()
        url = call.path if call.is_elsewhere else API + call.path
        found: dict[str, Any] = {"method": call.method, "url": url, "headers": {**self._headers, **call.headers}}
        if call.query:
            found["params"] = call.query
        if call.body is not None:
            found["content"] = call.body.model_dump_json(exclude_unset=True)
            found["headers"]["Content-Type"] = "application/json"
        if call.piece is not None:
            found["content"] = call.piece.read()
            if not call.is_elsewhere:
                found["headers"]["Content-Type"] = "application/octet-stream"
                found["headers"]["Content-Digest"] = digest_of(found["content"])
        if call.file is not None:
            file = files.enter_context(call.file.open("rb"))
            found["content"] = _awaited(file) if awaited else file
            length = str(call.file.stat().st_size)
            found["headers"] |= {"Content-Type": "application/octet-stream", "Content-Length": length}
        if call.files:
            opened = [(path.name, files.enter_context(path.open("rb"))) for path in call.files]
            found["files"] = [("files", (name, file, "application/octet-stream")) for name, file in opened]
            found["data"] = dict(call.form)
        return found

    def pause(self, failure: Error) -> float:
        """Seconds to wait before the next try.

        Raises:
            Error: the failure itself, where another try would not help or could do harm.
        """
        # What was turned away before anything was done may be sent again, whatever it is.
        safe = self._call.repeatable or failure.code == "rate_limited"
        if self._left <= 0 or not failure.retryable or not safe:
            raise failure
        wait = float(failure.context.get("retry_after", 0.0))
        if wait > _LONGEST_WAIT:
            raise failure
        return wait + spread(0.2, self._made)


async def _awaited(file: BinaryIO) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(file.read, _READ):
        yield piece


def spread(seconds: float, times: int) -> float:
    """A wait that doubles, spread out so that programs that were refused together do not come back together."""
    return seconds * float(2 ** (times - 1)) * (0.5 + random.random() / 2)  # noqa: S311 - no secret


def answer_of(call: Call[T_co], answer: httpx.Response) -> Answer[T_co]:
    """What a good answer says."""
    headers = answer.headers
    replayed = headers.get("Idempotent-Replayed") == "true"
    return Answer(
        call.read(answer.content), headers.get("ETag"), answer.status_code, headers.get("Location"), replayed
    )  # fmt: skip


def digest_of(data: bytes) -> str:
    """`Content-Digest` of a body (RFC 9530)."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


def failure_of(answer: httpx.Response, *, is_elsewhere: bool = False) -> Error | None:
    """The error that an answer tells, rebuilt from its problem document."""
    if answer.is_success:
        return None
    if is_elsewhere:
        # Never its address, which is signed.
        passing = answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR or answer.status_code == 429
        code = "storage_unavailable" if passing else "storage_denied"
        return Error(code, f"The bucket answered {answer.status_code} to a part of an upload.")
    try:
        document = answer.json()
    except ValueError:
        document = None
    if not isinstance(document, Mapping) or document.get("code") not in ERROR_CODES:
        code = "not_running" if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR else "bad_request"
        where = f"{answer.request.method} {answer.request.url.path}"
        return Error(code, f"{where}: {answer.status_code}, and not an answer of Darkroom.")
    facts = {str(name): value for name, value in document.items() if name not in _FACTS_LEFT_OUT | {"cause"}}
    wait = answer.headers.get("Retry-After", "")
    if wait.isascii() and wait.isdigit():
        facts["retry_after"] = int(wait)
    kind = StaleError if document["code"] == "precondition_failed" else Error
    return kind(document["code"], str(document.get("detail", "")), remedy=document.get("remedy"), **facts)


def unreachable(url: str, error: httpx.TransportError) -> Error:
    """What to tell where no answer came."""
    return Error("server_unreachable", f"{url}: {str(error) or type(error).__name__}.")


def base_of(url: str, *, secret: bool) -> str:
    """The address of a Darkroom, without what follows its port.

    Args:
        url: as `darkroom up` prints it.
        secret: whether a token will travel there.

    Raises:
        Error: `invalid_parameter` where it is none, or a token would travel readable by anybody.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise Error("invalid_parameter", "url: give an address as https://darkroom.example.org.", parameter="url")
    if secret and parts.scheme == "http" and parts.hostname not in _LOCAL:
        raise Error(
            "invalid_parameter", "url: a token over http can be read on the way.", parameter="url",
            remedy="Use https, or reach the machine through a tunnel to localhost.",
        )  # fmt: skip
    return f"{parts.scheme}://{parts.netloc}"

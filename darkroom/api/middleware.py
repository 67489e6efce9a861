"""The outermost layer of every request, to the API and to the pages: who may call, trace, headers, access log."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from darkroom import logs
from darkroom.api.errors import problem_of
from darkroom.api.limits import Meter, meter_of
from darkroom.api.network import LOOPBACK_NAMES, is_local, is_secure, split_host
from darkroom.errors import Error

_LOG = logs.get("darkroom.api.access")
API = "/api/"
HEAD_KEY = "darkroom.head"
"""Set in the scope of a HEAD request, which routes see as GET."""

BODY_LIMIT = 1024 * 1024
"""Most bytes of a body that is not an upload."""
LONG_BODIES = {"/api/v1/datasets": 16 * BODY_LIMIT}
"""Address -> most bytes of its body, where a list of a hundred thousand things is what a request is about."""

_SMALLER = "Send a smaller body, in several requests."
_PART = re.compile(r"/api/v1/uploads/[^/]+/parts/[0-9]+|/api/v1/datasets/import")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_QUIET = ("/assets/", "/api/v1/health")
_HASHED = re.compile(r"/assets/.*[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+\Z")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}\Z")
_SOCKETS = "ws://localhost:* ws://127.0.0.1:*"
_PAGE_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; "
    f"connect-src 'self' {_SOCKETS}%s; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_API_POLICY = "default-src 'none'; frame-ancestors 'none'"
# Of this name alone: what else lies below it is not ours to decide.
_HTTPS_ONLY = "max-age=31536000"
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


def check_host(headers: Headers, public_url: str | None = None) -> tuple[str, int | None]:
    """The host asked for, which must be a name of ours: a foreign name that points here is DNS rebinding.

    Args:
        headers: of the request.
        public_url: the address behind a reverse proxy, whose name is ours too.

    Raises:
        Error: `host_not_allowed`.
    """
    hosts = headers.getlist("host")
    found = split_host(hosts[0]) if len(hosts) == 1 else None
    ours = found is not None and (found[0] in LOOPBACK_NAMES or found == _public(public_url))
    if found is None or not ours:
        shown = hosts[0][:100] if hosts else "(none)"
        raise Error("host_not_allowed", f"The host {shown!r} is not one of localhost, 127.0.0.1 and [::1].")
    return found


def _public(public_url: str | None) -> tuple[str, int | None] | None:
    return split_host(urlsplit(public_url).netloc) if public_url else None


def check_origin(headers: Headers, host: tuple[str, int | None], *, safe: bool, public_url: str | None = None) -> None:
    """Refuse what another site's page asks a browser to do here.

    Programs other than browsers send neither header and are not concerned.

    Raises:
        Error: `forbidden`.
    """
    origin = headers.get("origin")
    if origin is not None:
        if host[0] not in LOOPBACK_NAMES:
            if origin.lower() != (public_url or "").rstrip("/").lower():
                raise _foreign(f"The request comes from a page of {origin[:100]!r}.")
            return
        parts = split_host(origin.partition("://")[2]) if "://" in origin else None
        # The same loopback port under another of its names is the same server.
        if parts is None or parts[0] not in LOOPBACK_NAMES or parts[1] != host[1]:
            raise _foreign(f"The request comes from a page of {origin[:100]!r}.")
        return
    site = headers.get("sec-fetch-site")
    if not safe and site not in (None, "same-origin", "none"):
        raise _foreign("The request comes from a page of another site.")


def _foreign(cause: str) -> Error:
    return Error("forbidden", cause, remedy="Use Darkroom's own pages, or a program that is not a browser.")


def trace_of(headers: Headers) -> str:
    """The caller's trace (W3C Trace Context), or a new one."""
    found = _TRACEPARENT.match(headers.get("traceparent", ""))
    return found.group(1) if found else logs.new_trace_id()


@dataclass
class _Answer:
    """What became of a request."""

    trace: str
    head: bool
    meter: Meter
    page_policy: str = ""
    secure: bool = False
    begin: float = field(default_factory=time.perf_counter)
    status: int = 0
    bytes: int = 0


class Guard:
    """ASGI middleware around the whole web application.

    Args:
        app: what is guarded.
        public_url: address behind a reverse proxy, if there is one.
        admits_others: tells whether there is somebody to administer; until then only this machine is served.
        stall_seconds: silence in a body of the API after which it is given up.
        connect_to: other addresses that pages may send to: of a bucket.
    """

    def __init__(
        self,
        app: ASGIApp,
        public_url: str | None = None,
        admits_others: Callable[[], Awaitable[None]] | None = None,
        stall_seconds: float = 30.0,
        connect_to: Sequence[str] = (),
    ) -> None:
        self.app = app
        self._public_url = public_url
        self._admits_others = admits_others
        self._stall_seconds = stall_seconds
        self._page_policy = _PAGE_POLICY % "".join(f" {one}" for one in connect_to)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, trace, pass on, and answer anything unexpected with a problem document."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        trace = trace_of(headers)
        logs.set_trace_id(trace)
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send, headers)
            return
        path = str(scope["path"])
        head = scope["method"] == "HEAD" and path.startswith(API)
        if head:
            scope = {**scope, "method": "GET", HEAD_KEY: True}
        meter = meter_of(scope)
        answer = _Answer(trace, head, meter, self._page_policy, is_secure(headers, self._public_url))
        send = _sender(send, path, answer)
        try:
            await self._check(scope, headers, safe=scope["method"] in _SAFE)
            if path.startswith(API) and scope["method"] not in _SAFE:
                receive = _body(receive, path, headers, meter, self._stall_seconds)
            await self.app(scope, receive, send)
        except Error as error:
            await problem_of(error, instance=path)(scope, receive, send)
        except Exception:
            # The last line: whatever was not foreseen is logged with its trace and answered in our form.
            logs.get("darkroom.api").exception("request_crashed", path=path)
            if answer.status:
                raise
            await problem_of(Error("internal", "The request could not be answered."), instance=path)(
                scope, receive, send
            )
        finally:
            meter.settle(answer.status, answer.bytes)
            _log(scope, path, answer)

    async def _check(self, scope: Scope, headers: Headers, *, safe: bool) -> None:
        """Whether the request asks under a name of ours, from a page of ours, and may ask at all."""
        host = check_host(headers, self._public_url)
        check_origin(headers, host, safe=safe, public_url=self._public_url)
        if self._admits_others is not None and not is_local(scope, headers):
            await self._admits_others()

    async def _socket(self, scope: Scope, receive: Receive, send: Send, headers: Headers) -> None:
        """Websockets are not bound by the same-origin rule of browsers: check here or nowhere."""
        try:
            await self._check(scope, headers, safe=False)
        except Error as error:
            _LOG.warning("socket_refused", path=scope["path"], cause=error.cause)
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        await self.app(scope, receive, send)


def _body(receive: Receive, path: str, headers: Headers, meter: Meter, stall_seconds: float) -> Receive:
    """Let no body through that is larger than any of ours, or that stops in the middle.

    Uploads are streamed and have limits of their own.
    """
    upload = headers.get("content-type", "").lower().startswith("multipart/") or _PART.fullmatch(path) is not None
    announced = headers.get("content-length", "")
    most = LONG_BODIES.get(path, BODY_LIMIT)
    if not upload and announced.isdigit() and int(announced[:19]) > most:
        raise _too_large(most)
    ended = False

    async def wrapped() -> Message:
        nonlocal ended
        if ended:
            return await receive()
        try:
            async with asyncio.timeout(stall_seconds):
                message = await receive()
        except TimeoutError as error:
            cause = f"Nothing of the body came for {stall_seconds:g} seconds."
            raise Error("request_timeout", cause, headers={"Connection": "close"}) from error
        ended = not message.get("more_body", False)
        meter.received += len(message.get("body", b""))
        if not upload and meter.received > most:
            raise _too_large(most)
        return message

    return wrapped


def _too_large(most: int) -> Error:
    return Error("payload_too_large", f"A body has {most} bytes at most.", remedy=_SMALLER)


def _sender(send: Send, path: str, answer: _Answer) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            _add_headers(MutableHeaders(scope=message), path, answer)
        elif message["type"] == "http.response.body":
            if answer.head:
                message = {**message, "body": b""}
            answer.bytes += len(message.get("body", b""))
        await send(message)

    return wrapped


def _add_headers(headers: MutableHeaders, path: str, answer: _Answer) -> None:
    headers["X-Trace-Id"] = answer.trace
    for name, value in answer.meter.headers.items():
        headers[name] = value
    html = headers.get("content-type", "").startswith("text/html")
    if answer.secure:
        headers["Strict-Transport-Security"] = _HTTPS_ONLY
    for name, value in _ALWAYS.items():
        headers.setdefault(name, value)
    headers.setdefault(
        "Content-Security-Policy", answer.page_policy if html or not path.startswith(API) else _API_POLICY
    )
    if path.startswith(API):
        headers.setdefault("Cache-Control", "no-store")
    elif _HASHED.match(path) and answer.status in (200, 206, 304):
        headers["Cache-Control"] = "public, max-age=31536000, immutable"
    elif html:
        headers.setdefault("Cache-Control", "no-cache")


def _log(scope: Scope, path: str, answer: _Answer) -> None:
    quiet = _is_quiet(path) and answer.status < 400
    log = _LOG.debug if quiet else _LOG.info
    milliseconds = round((time.perf_counter() - answer.begin) * 1000, 1)
    method = "HEAD" if answer.head else scope["method"]
    log("request", method=method, path=path, status=answer.status, ms=milliseconds, bytes=answer.bytes)


def _is_quiet(path: str, prefixes: Iterable[str] = _QUIET) -> bool:
    return path.endswith(("/thumbnail", "/preview")) or any(path.startswith(prefix) for prefix in prefixes)

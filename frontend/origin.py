"""Make one build serve on any port.

Reflex writes the address of its backend into the build (`assets/reflex-env-<hash>.js`). Rewriting files at start would tie
a build to one running instance, so the address is put in while that one file is sent.
"""

from __future__ import annotations

import re
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

BUILT_ORIGIN = "http://localhost:8000"
"""The address in the build."""

_BUILT_HOST = BUILT_ORIGIN.removeprefix("http://").encode()
_ENV_FILE = re.compile(r"/assets/reflex-env-[^/]+\.js")
_HOST = re.compile(rb"[A-Za-z0-9.\-\[\]:]{1,255}")
# The inner application must send the whole file, uncompressed, whatever the browser has or accepts.
_HIDDEN = {b"accept-encoding", b"if-none-match", b"if-modified-since", b"range"}


class ServeOwnOrigin:
    """ASGI middleware that puts the address a browser used in place of the built one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through but the one file that names the address."""
        host = next((value for name, value in scope.get("headers", ()) if name == b"host"), b"")
        if scope["type"] != "http" or not _ENV_FILE.fullmatch(scope["path"]) or not _HOST.fullmatch(host):
            await self.app(scope, receive, send)
            return
        headers = [(name, value) for name, value in scope["headers"] if name not in _HIDDEN]
        sender = _Rewrite(send, host, secure=scope["scheme"] == "https")
        # Without extensions, so that the server is sent the bytes and not the path of a file.
        await self.app({**scope, "headers": headers, "method": "GET", "extensions": {}}, receive, sender)


class _Rewrite:
    """Collects one small response, puts the right address into it and sends it on."""

    def __init__(self, send: Send, host: bytes, *, secure: bool) -> None:
        self.send, self.host, self.end = send, host, b"s" if secure else b""
        self.start: dict[str, Any] = {}
        self.body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = dict(message)
            return
        self.body += message.get("body", b"")
        if message.get("more_body"):
            return
        body = bytes(self.body)
        for scheme in (b"http", b"ws"):
            body = body.replace(scheme + b"://" + _BUILT_HOST, scheme + self.end + b"://" + self.host)
        kept = [
            (name, value)
            for name, value in self.start["headers"]
            if name.lower() not in {b"content-length", b"etag", b"last-modified"}
        ]
        self.start["headers"] = [*kept, (b"content-length", str(len(body)).encode())]
        await self.send(self.start)
        await self.send({"type": "http.response.body", "body": body})

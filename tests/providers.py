"""Sign-in providers that tests run: an OpenID provider with a wire that can be bent, and one shaped like GitHub."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.servers import free_port


class Provider:
    """An OpenID provider, and the person in front of it.

    Args:
        issuer: its address.
    """

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    def allow(self, url: str, subject: str, **claims: Any) -> dict[str, str]:
        """Allow what a browser was sent here for, as somebody; returns what the browser brings back."""
        httpx.put(f"{self.issuer}/users/{subject}", json=claims, timeout=20).raise_for_status()
        return self._post(url, {"sub": subject})

    def deny(self, url: str) -> dict[str, str]:
        """Refuse it."""
        return self._post(url, {"action": "deny"})

    def _post(self, url: str, form: dict[str, str]) -> dict[str, str]:
        assert url.startswith(f"{self.issuer}/"), url
        answer = httpx.post(url, data=form, timeout=20)
        assert answer.status_code == 302, answer.text
        return {name: one[0] for name, one in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


@contextmanager
def oidc_provider() -> Iterator[Provider]:
    """A provider in a process of its own."""
    port = free_port()
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    provider = Provider(f"http://localhost:{port}")
    try:
        for _ in range(600):
            assert process.poll() is None
            try:
                httpx.get(f"{provider.issuer}/jwks", timeout=20).raise_for_status()
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield provider
    finally:
        process.terminate()
        process.wait(timeout=20)


Bend = Callable[[str, Any], Any]
"""Changes an answer on the wire: path and JSON to JSON; an `int` answers with that status."""


class Server:
    """A small HTTP server of JSON: paths to functions of the request's form."""

    def __init__(self, routes: Callable[[Server, str, dict[str, str], dict[str, str]], Any]) -> None:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                parts = urlsplit(self.path)
                length = int(self.headers.get("Content-Length") or 0)
                text = self.rfile.read(length).decode() if length else parts.query
                form = {name: one[0] for name, one in parse_qs(text).items()}
                server.seen.append((self.command, parts.path, form, dict(self.headers)))
                found = routes(server, parts.path, form, {name.lower(): one for name, one in self.headers.items()})
                status, body = (found, b"{}") if isinstance(found, int) else (200, json.dumps(found).encode())
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = _answer  # noqa: N815 - names of the standard library

            def log_message(self, *_: Any) -> None:
                pass

        self.seen: list[tuple[str, str, dict[str, str], dict[str, str]]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def bent(provider: Provider, bend: Bend) -> Server:
    """Something between Darkroom and a provider that answers in its place, and changes what it says."""

    def routes(server: Server, path: str, form: dict[str, str], headers: dict[str, str]) -> Any:
        # Under our own name, so that it calls itself by it.
        kept = {"Host": urlsplit(server.url).netloc}
        kept |= {name: headers[name] for name in ("authorization",) if name in headers}
        if server.seen[-1][0] == "POST":
            answer = httpx.post(provider.issuer + path, data=form, headers=kept, timeout=20)
        else:
            answer = httpx.get(provider.issuer + path, headers=kept, timeout=20)
        found: Any = answer.json() if answer.status_code == 200 else answer.status_code
        if path == "/.well-known/openid-configuration":
            # Browsers go to the provider itself.
            found["authorization_endpoint"] = f"{provider.issuer}{urlsplit(found['authorization_endpoint']).path}"
        return bend(path, found)

    return Server(routes)


class Github:
    """A server that answers as GitHub does: codes bound to PKCE, the person asked of an API."""

    def __init__(self) -> None:
        self.user: dict[str, Any] = {"id": 583231, "login": "octocat", "name": "Octo Cat"}
        self.emails: Any = [
            {"email": "spare@example.org", "primary": False, "verified": True},
            {"email": "editor@example.org", "primary": True, "verified": True},
        ]
        self._codes: dict[str, tuple[str, str]] = {}
        self._tokens: set[str] = set()
        self.server = Server(self._routes)

    def allow(self, url: str) -> dict[str, str]:
        """Allow what a browser was sent here for; returns what it brings back."""
        parts = urlsplit(url)
        assert url.startswith(f"{self.server.url}/login/oauth/authorize?")
        query = {name: one[0] for name, one in parse_qs(parts.query).items()}
        assert query["code_challenge_method"] == "S256"
        assert query["scope"] == "read:user user:email"
        code = secrets.token_hex(10)
        self._codes[code] = (query["code_challenge"], query["redirect_uri"])
        return {"code": code, "state": query["state"]}

    def _routes(self, _server: Server, path: str, form: dict[str, str], headers: dict[str, str]) -> Any:
        if path == "/login/oauth/access_token":
            return self._token(form)
        if headers.get("authorization", "").removeprefix("Bearer ") not in self._tokens:
            return 401
        return {"/api/v3/user": self.user, "/api/v3/user/emails": self.emails}.get(path, 404)

    def _token(self, form: dict[str, str]) -> dict[str, str]:
        challenge, redirect_uri = self._codes.pop(form.get("code", ""), ("", ""))
        shown = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        right = shown.rstrip(b"=").decode() == challenge and form["redirect_uri"] == redirect_uri
        if not right or (form["client_id"], form["client_secret"]) != ("darkroom", "hush"):
            return {"error": "bad_verification_code", "error_description": "The code passed is incorrect or expired."}
        token = secrets.token_hex(10)
        self._tokens.add(token)
        return {"access_token": token, "token_type": "bearer", "scope": form.get("scope", "")}

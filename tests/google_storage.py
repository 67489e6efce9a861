"""Google Cloud Storage for tests: the part of its XML API that Darkroom uses, over HTTP, written from its documentation.

No emulator that can be installed answers the XML API. Bearer tokens are checked; signatures of addresses are not. Of the JSON
API there are the two calls that Google's own library puts and gets objects by, for it to be measured beside ours.
"""

from __future__ import annotations

import hashlib
import json
import threading
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape

TOKEN = "test-token"
PAGE = 20


class GoogleStorage(ThreadingHTTPServer):
    """Buckets in memory."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.buckets: dict[str, dict[str, bytes]] = {"bucket": {}}
        self.uploads: dict[str, dict[int, bytes]] = {}
        self.lock = threading.Lock()
        self.failures: list[int] = []
        """Statuses that the next requests get in place of an answer."""
        self.requests = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def service_account(self) -> str:
        """Contents of a key file whose tokens come from nobody: none is asked for."""
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import rsa

        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        account = {
            "private_key": pem.decode(), "private_key_id": "1", "client_email": "tests@example.com",
            "gcs_base_url": self.url, "disable_oauth": True,
        }  # fmt: skip
        return json.dumps(account)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: GoogleStorage
    # Head and body in one piece: sent one after the other, the second waits for the first to be acknowledged.
    wbufsize = 1 << 16

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if self.command != "HEAD" and "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        server = self.server
        server.requests += 1
        if server.failures:
            return self._answer(server.failures.pop(0))
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        if "/storage/v1/b/" in parts.path:
            return self._json(parts.path, query, body)
        bucket, _, name = unquote(parts.path).lstrip("/").partition("/")
        signed = "X-Goog-Signature" in query
        if not signed and self.headers.get("Authorization") not in (f"Bearer {TOKEN}", None, "Bearer "):
            return self._answer(401, b"<Error><Code>AuthenticationRequired</Code></Error>")
        if bucket not in server.buckets:
            return self._answer(404, b"<Error><Code>NoSuchBucket</Code></Error>")
        objects = server.buckets[bucket]
        with server.lock:
            return getattr(self, f"_{self.command.lower()}")(objects, name, query, body)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _handle  # noqa: N815 - names that the base class looks for

    def _json(self, path: str, query: dict[str, str], body: bytes) -> None:
        """Put (`uploadType=multipart`: a JSON part, then the bytes) and get (`alt=media`)."""
        bucket, _, name = path.partition("/storage/v1/b/")[2].partition("/o")
        objects = self.server.buckets[bucket]
        if self.command == "GET":
            data = objects.get(unquote(name.lstrip("/")))
            return self._answer(404) if data is None else self._answer(200, data, x_goog_generation="1")
        boundary = b"--" + self.headers["Content-Type"].partition("boundary=")[2].strip('"').encode()
        _, about, data, _ = body.split(boundary, 3)
        name = json.loads(about.partition(b"\r\n\r\n")[2])["name"]
        objects[name] = data.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")
        found = {"name": name, "bucket": bucket, "size": str(len(objects[name])), "generation": "1"}
        return self._answer(200, json.dumps(found).encode(), Content_Type="application/json")

    def _facts(self, data: bytes) -> dict[str, str]:
        return {
            "ETag": f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"', "Last_Modified": formatdate(usegmt=True),
            "x_goog_generation": "1",
        }  # fmt: skip

    def _put(self, objects: dict[str, bytes], name: str, query: dict[str, str], body: bytes) -> None:
        if "uploadId" in query:
            self.server.uploads[query["uploadId"]][int(query["partNumber"])] = body
            return self._answer(200, **self._facts(body))
        if self.headers.get("x-goog-if-generation-match") == "0" and name in objects:
            return self._answer(412)
        if source := self.headers.get("x-goog-copy-source"):
            copied = objects.get(unquote(source).lstrip("/").partition("/")[2])
            if copied is None:
                return self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
            body = copied
        objects[name] = body
        return self._answer(200, **self._facts(body))

    def _post(self, objects: dict[str, bytes], name: str, query: dict[str, str], body: bytes) -> None:
        if "uploads" in query:
            upload = f"u{len(self.server.uploads)}"
            self.server.uploads[upload] = {}
            words = f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>"
            return self._answer(200, words.encode())
        parts = self.server.uploads.pop(query["uploadId"])
        objects[name] = b"".join(parts[number] for number in sorted(parts))
        words = f'<CompleteMultipartUploadResult><ETag>"{name}"</ETag></CompleteMultipartUploadResult>'
        return self._answer(200, words.encode())

    def _get(self, objects: dict[str, bytes], name: str, query: dict[str, str], body: bytes) -> None:
        if not name:
            return self._list(objects, query)
        if name not in objects:
            return self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        data = objects[name]
        asked = self.headers.get("Range")
        if asked is None:
            return self._answer(200, data, **self._facts(data))
        first, _, last = asked.removeprefix("bytes=").partition("-")
        start, end = int(first), min(int(last or len(data)), len(data) - 1)
        if start >= len(data):
            return self._answer(416)
        found = {**self._facts(data), "Content_Range": f"bytes {start}-{end}/{len(data)}"}
        return self._answer(206, data[start : end + 1], **found)

    def _head(self, objects: dict[str, bytes], name: str, query: dict[str, str], body: bytes) -> None:
        if name not in objects:
            return self._answer(404)
        data = objects[name]
        return self._answer(200, Content_Length=str(len(data)), **self._facts(data))

    def _delete(self, objects: dict[str, bytes], name: str, query: dict[str, str], body: bytes) -> None:
        return self._answer(204 if objects.pop(name, None) is not None else 404)

    def _list(self, objects: dict[str, bytes], query: dict[str, str]) -> None:
        after = max(query.get("start-after", ""), query.get("continuation-token", ""))
        found = sorted(name for name in objects if name.startswith(query.get("prefix", "")) and name > after)
        page, rest = found[:PAGE], found[PAGE:]
        moment = "2026-01-01T00:00:00.000Z"
        items = "".join(
            f"<Contents><Key>{escape(name)}</Key><LastModified>{moment}</LastModified>"
            f"<Size>{len(objects[name])}</Size><ETag>x</ETag></Contents>"
            for name in page
        )
        more = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if rest else ""
        return self._answer(200, f"<ListBucketResult>{items}{more}</ListBucketResult>".encode())


def start() -> GoogleStorage:
    """A running server."""
    server: Any = GoogleStorage()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server

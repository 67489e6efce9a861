"""The audits of code and dependencies find what they are for."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from scripts import security, vulnerabilities

ADVISORY = {"id": "PYSEC-1", "aliases": ["CVE-1"], "fixed_in": ["1.1"], "withdrawn": None}


class Index(BaseHTTPRequestHandler):
    """Answers as the package index does."""

    def do_GET(self) -> None:
        known = {
            "/pypi/good/1.0/json": [],
            "/pypi/bad/1.0/json": [ADVISORY],
            "/pypi/withdrawn/1.0/json": [ADVISORY | {"withdrawn": "2026-01-01T00:00:00Z"}],
        }.get(self.path)
        self.send_response(404 if known is None else 200)
        self.end_headers()
        self.wfile.write(json.dumps({"vulnerabilities": known}).encode())

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def index():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Index)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_release_with_an_advisory_is_named(index, monkeypatch):
    packages = list(vulnerabilities.pinned("# lock\ngood==1.0\nbad==1.0 ; python_version < '4'\nwithdrawn==1.0\n"))
    assert vulnerabilities.affected(packages, index) == ["bad 1.0: PYSEC-1 (CVE-1), mended in 1.1"]
    monkeypatch.setitem(vulnerabilities.ACCEPTED, "CVE-1", "Not reachable.")
    assert vulnerabilities.affected(packages, index) == []


def test_without_a_network_it_says_that_nothing_was_audited(monkeypatch, capsys):
    monkeypatch.setenv("PACKAGE_INDEX", "http://127.0.0.1:9")
    monkeypatch.setattr("sys.argv", ["vulnerabilities", "httpx"])
    assert vulnerabilities.main() == 0
    assert capsys.readouterr().err.startswith("not audited")


def test_findings_are_accepted_by_file_and_never_of_high_severity(monkeypatch):
    monkeypatch.setattr(security, "ACCEPTED", {("B608", "a.py"): "Because.", ("B1", "gone.py"): "Because."})
    found = [("B608", "a.py", 1, "MEDIUM: sql"), ("B608", "b.py", 2, "MEDIUM: sql"), ("B608", "a.py", 3, "HIGH: sql")]
    assert security.problems(found) == [
        "b.py:2 B608 MEDIUM: sql", "a.py:3 B608 HIGH: sql", "gone.py B1: accepted, but no longer found"
    ]  # fmt: skip

"""How the web app is built and started."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from darkroom.errors import Error
from darkroom.settings import Settings
from frontend import build
from frontend.origin import BUILT_ORIGIN, ServeOwnOrigin
from frontend.serve import FRONTEND, serve_command


def test_the_process_gets_every_setting_and_starts_in_its_own_folder(tmp_path):
    settings = Settings(home=tmp_path, web_port=8123, mongo_uri=SecretStr("mongodb://u:secret@h/"), samples=False)
    arguments, variables, folder = serve_command(settings)
    assert arguments[arguments.index("--port") + 1] == "8123"
    assert "secret" not in " ".join(arguments)
    assert folder == FRONTEND
    assert not (folder / "assets" / "__init__.py").exists()
    assert {name: value for name, value in variables.items() if name.startswith("DARKROOM_")} == {
        "DARKROOM_HOME": str(tmp_path),
        "DARKROOM_WEB_PORT": "8123",
        "DARKROOM_DAGSTER_PORT": "3000",
        "DARKROOM_MONGO_URI": "mongodb://u:secret@h/",
        "DARKROOM_SAMPLES": "False",
    }


def test_building_and_starting_need_no_reflex_in_the_process():
    program = "import sys, frontend.build, frontend.serve; print('reflex' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=FRONTEND.parent
    )
    assert done.stdout.strip() == "False"


def test_the_digest_follows_the_sources(tmp_path, monkeypatch):
    (tmp_path / "frontend" / "assets").mkdir(parents=True)
    style = tmp_path / "frontend" / "assets" / "a.css"
    style.write_text("a {}")
    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setattr(build, "FRONTEND", tmp_path / "frontend")
    before = build.digest()
    (tmp_path / "frontend" / ".web").mkdir()
    (tmp_path / "frontend" / ".web" / "built.js").write_text("1")
    (tmp_path / "frontend" / "requirements.txt").write_text("reflex")
    assert build.digest() == before
    style.write_text("b {}")
    assert build.digest() != before


def test_an_unfinished_build_is_not_current(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "STAMP", tmp_path / "stamp.json")
    assert build.is_current() is False
    (tmp_path / "stamp.json").write_text("{")
    assert build.is_current() is False


def answer(path: str, host: bytes, scheme: str = "http") -> tuple[dict[bytes, bytes], bytes, bytes | None]:
    """Headers and body that a browser gets for a file that holds the built address, and the encoding asked of the app."""
    sent: list[dict] = []
    encodings: list[bytes | None] = []

    async def inner(scope, receive, send):
        encodings.append(dict(scope["headers"]).get(b"accept-encoding"))
        body = f'{{PING:"{BUILT_ORIGIN}/ping",EVENT:"ws://localhost:8000/_event"}}'.encode()
        headers = [(b"content-length", str(len(body)).encode()), (b"etag", b'"1"')]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body[:10], "more_body": True})
        await send({"type": "http.response.body", "body": body[10:]})

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "path": path,
        "scheme": scheme,
        "method": "GET",
        "headers": [(b"host", host), (b"accept-encoding", b"gzip")],
    }
    asyncio.run(ServeOwnOrigin(inner)(scope, None, send))
    return dict(sent[0]["headers"]), b"".join(one.get("body", b"") for one in sent[1:]), encodings[0]


def test_the_build_names_the_address_it_is_served_under():
    headers, body, encoding = answer("/assets/reflex-env-abc.js", b"127.0.0.1:9000")
    assert body == b'{PING:"http://127.0.0.1:9000/ping",EVENT:"ws://127.0.0.1:9000/_event"}'
    assert headers == {b"content-length": str(len(body)).encode()}
    assert encoding is None  # the file must come plain to be changed
    _, secure, _ = answer("/assets/reflex-env-abc.js", b"photos.example", scheme="https")
    assert secure == b'{PING:"https://photos.example/ping",EVENT:"wss://photos.example/_event"}'


def test_other_files_and_strange_hosts_pass_unchanged():
    assert b"localhost:8000" in answer("/assets/other-abc.js", b"127.0.0.1:9000")[1]
    assert b"localhost:8000" in answer("/assets/reflex-env-abc.js", b'"};alert(1);//')[1]


def test_every_page_module_is_a_page_and_in_the_navigation():
    """A page that the app module does not import does not exist; one without an entry can't be found."""
    program = (
        "import json, frontend.app as app, frontend.layout as layout;"
        "from reflex_base.registry import RegistrationContext;"
        "print(json.dumps([sorted(m.__name__ for m in app.PAGES), sorted(page['route'] for _, page in RegistrationContext.get().decorated_pages), [[p.route for p in layout.PLACES], layout.LEARN_PLACES, layout.ORGANISE_PLACES, layout.ACCOUNT_PLACES, layout.MAKERS_PLACES, layout.OUTSIDE, layout.MISSING]]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=FRONTEND)
    modules, routes, places = json.loads(done.stdout.splitlines()[-1])
    files = sorted(f"frontend.pages.{path.stem}" for path in Path(FRONTEND, "pages").glob("[a-z]*.py"))
    assert modules == files
    navigation, learn, organise, account, makers, outside, missing = places
    assert sorted([*navigation, *learn, *organise, *account, *makers, *outside, missing]) == routes
    assert navigation == ["/", "/collections", "/develop", "/training", "/activity"]
    pages = "".join(path.read_text() for path in Path(FRONTEND, "assets", "ui", "learn").glob("*.jsx"))
    assert all(f'"{place}' in pages or f"`{place}" in pages for place in learn)
    tabs = Path(FRONTEND, "assets", "ui", "organise.jsx").read_text()
    assert all(f'["{place}"' in tabs for place in organise)
    paths = Path(FRONTEND, "assets", "ui", "paths.js").read_text()
    assert f"OUTSIDE = {json.dumps(outside)}" in paths
    menu = Path(FRONTEND, "assets", "ui", "menu.jsx").read_text()
    assert all(f'navigate("{place}")' in menu for place in account)


def test_every_order_of_the_library_has_words():
    program = (
        "from typing import get_args; from darkroom.domain.query import SortKey; from frontend.pages.gallery import SORT_WORDS;"
        "print(set(get_args(SortKey)) == set(SORT_WORDS))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=FRONTEND)
    assert done.stdout.strip() == "True"


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    """A checkout of its own, in which programs of ours stand for npm and Reflex."""
    for name, folder in (("ROOT", ""), ("FRONTEND", "frontend"), ("WEB", "frontend/.web")):
        monkeypatch.setattr(build, name, tmp_path / folder)
    monkeypatch.setattr(build, "STAMP", tmp_path / "frontend/.web/stamp.json")
    monkeypatch.setattr(build, "UNFINISHED", tmp_path / ".cache/unfinished")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin/python"))
    (tmp_path / "frontend/.web/node_modules").mkdir(parents=True)
    (tmp_path / "bin").mkdir()

    def program(name: str, script: str) -> None:
        path = tmp_path / "bin" / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    program("npm", "exit 0")
    return program


GOOD = (
    "mkdir -p .web && cd .web && mkdir -p build/client/activity build/client/sign-in && touch backend build/client/index.html"
    " build/client/activity/index.html build/client/sign-in/index.html"
)


def test_packages_of_a_build_that_was_cut_off_are_fetched_again(workshop, tmp_path):
    packages = tmp_path / "frontend/.web/node_modules"
    (packages / "half").touch()
    workshop("reflex", "exit 1")
    with pytest.raises(Error):
        build.build()
    assert (packages / "half").exists()
    workshop("reflex", GOOD)
    assert build.build()
    assert not packages.exists()
    packages.mkdir()
    assert build.build(force=True)
    assert packages.exists(), "after a good build they stay"


def test_a_build_that_fails_says_why_and_what_to_do(workshop):
    workshop(
        "reflex",
        "echo 'npm error code SELF_SIGNED_CERT_IN_CHAIN'; echo 'npm silly unfinished x'; echo 1795388543236; exit 1",
    )
    with pytest.raises(Error) as caught:
        build.build()
    assert caught.value.cause == "Building the web app failed:\nnpm error code SELF_SIGNED_CERT_IN_CHAIN"
    assert "NODE_EXTRA_CA_CERTS" in caught.value.remedy


def test_a_build_leaves_a_lock_that_says_the_same_as_it_was(workshop, tmp_path):
    lock = tmp_path / "frontend/reflex.lock/package.json"
    lock.parent.mkdir()
    lock.write_text('{"a":1,"b":2}')
    workshop("reflex", f'echo \'{{"b": 2, "a": 1}}\' > reflex.lock/package.json; {GOOD}')
    build.build()
    assert lock.read_text() == '{"a":1,"b":2}'
    workshop("reflex", f'echo \'{{"b": 3, "a": 1}}\' > reflex.lock/package.json; {GOOD}')
    build.build(force=True)
    assert json.loads(lock.read_text()) == {"a": 1, "b": 3}

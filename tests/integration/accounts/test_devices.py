"""Programs without a browser are let in by a person, over HTTP and from the command line."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import uvicorn

from darkroom.access import opaque
from darkroom.api.app import create_app
from darkroom.domain.access import LOCAL_OWNER, Principal
from darkroom.domain.base import now
from darkroom.services.accounts import devices
from darkroom.services.accounts.requests import NewToken, UserChange
from tests.integration.accounts.conftest import PASSWORD
from tests.servers import free_port

API = "/api/v1"
ORIGIN = {"Origin": "http://localhost:8000"}
ROOT = Path(__file__).parents[3]


@pytest.fixture
def browser(people, app):
    client = app()
    body = {"email": "editor@example.org", "password": PASSWORD, "kind": "browser"}
    assert client.post(f"{API}/auth/sign-in", json=body, headers=ORIGIN).status_code == 200
    return client


def begin(client) -> dict:
    answer = client.post(f"{API}/auth/device", headers={"User-Agent": "darkroom/1 on desk"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def ask(client, code: dict):
    return client.post(f"{API}/auth/device/token", json={"device_code": code["device_code"]})


def decide(browser, code: str, *, allow: bool = True):
    return browser.post(f"{API}/auth/device/decide", json={"user_code": code, "allow": allow}, headers=ORIGIN)


def patient(library) -> None:
    """As if the program had waited."""
    library.stores.database.collection("device_grants").update_many({}, {"$set": {"asked_at": None}})


def test_a_person_lets_a_program_in(library, people, browser, app):
    program = app("10.1.1.1")
    code = begin(program)
    assert re.fullmatch(r"[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}", code["user_code"])
    assert code["verification_uri"] == "http://localhost:8000/device"
    assert (code["expires_in"], code["interval"]) == (600, 5)
    pending = ask(program, code)
    assert (pending.status_code, pending.json()["code"]) == (400, "authorization_pending")
    typed = code["user_code"].lower().replace("-", " ")
    seen = browser.post(f"{API}/auth/device/look", json={"user_code": typed}, headers=ORIGIN).json()
    assert (seen["agent"], seen["address"]) == ("darkroom/1 on desk", "10.1.1.1")
    assert decide(browser, typed).status_code == 204
    assert decide(browser, typed).status_code == 404
    patient(library)
    tokens = ask(program, code).json()
    me = program.get(f"{API}/auth/me", headers={"Authorization": f"Bearer {tokens['access_token']}"}).json()
    assert me["user"]["id"] == people["editor"].id
    assert [one["agent"] for one in me["sessions"] if one["current"]] == ["darkroom/1 on desk"]
    assert ask(program, code).json()["code"] == "device_expired"
    kept = str([list(library.stores.database.collection(name).find()) for name in ("device_grants", "audit")])
    assert code["user_code"] not in kept
    assert code["device_code"] not in kept
    allowed = library.stores.audit.list({"action": "device.allowed"}).items
    assert [(one.principal, one.detail["program_address"]) for one in allowed] == [(people["editor"].id, "10.1.1.1")]


def test_no_is_told(library, browser, app):
    program = app()
    code = begin(program)
    assert decide(browser, code["user_code"], allow=False).status_code == 204
    answer = ask(program, code)
    assert (answer.status_code, answer.json()["code"]) == (403, "device_denied")


def test_who_asks_too_often_has_to_wait_longer(library, browser, app):
    program = app()
    code = begin(program)
    assert ask(program, code).json()["code"] == "authorization_pending"
    again = ask(program, code)
    assert (again.status_code, again.json()["code"], again.json()["interval"]) == (400, "slow_down", 10)
    assert ask(program, code).json()["interval"] == 15


def test_a_code_runs_out(library, browser, app):
    program = app()
    code = begin(program)
    late = {"$set": {"expires_at": now() - timedelta(seconds=1)}}
    library.stores.database.collection("device_grants").update_many({}, late)
    assert decide(browser, code["user_code"]).status_code == 404
    assert ask(program, code).json()["code"] == "device_expired"
    assert ask(program, {"device_code": opaque.make(opaque.DEVICE)}).json()["code"] == "device_expired"
    assert ask(program, {"device_code": "x"}).json()["code"] == "device_expired"


def test_only_a_person_in_a_browser_of_ours_decides(library, people, browser, app):
    code = begin(app())["user_code"]
    assert app().post(f"{API}/auth/device/decide", json={"user_code": code, "allow": True}).status_code == 401
    body = {"user_code": code, "allow": True}
    for headers in ({}, {"Origin": "http://evil.example"}):
        assert browser.post(f"{API}/auth/device/decide", json=body, headers=headers).status_code == 403
    made = library.tokens.create(LOCAL_OWNER, NewToken(name="n", scopes=("*",), user=people["editor"].id))
    token = {"Authorization": f"Bearer {made.token}"}
    assert app().post(f"{API}/auth/device/decide", json=body, headers=token).status_code == 403


def test_an_account_that_was_disabled_meanwhile_lets_nobody_in(library, people, browser, app):
    program = app()
    code = begin(program)
    decide(browser, code["user_code"])
    library.users.update(LOCAL_OWNER, people["editor"].id, UserChange(disabled=True))
    assert ask(program, code).json()["code"] == "device_expired"


def test_guessing_codes_and_asking_for_them_is_throttled(browser, app):
    found = [decide(browser, f"BBBB-BBB{number}").status_code for number in range(21)]
    assert found == [404] * 20 + [429]
    program = app("10.6.6.6")
    answers = [program.post(f"{API}/auth/device").status_code for _ in range(21)]
    assert answers == [200] * 20 + [429]


def test_without_accounts_there_is_nothing_to_be_let_in_to(library, app):
    assert app().post(f"{API}/auth/device").json()["code"] == "setup_needed"


def test_the_page_asks_who_is_there(browser, app):
    sent = app().get("/device?code=BCDF-GHJK", follow_redirects=False)
    assert sent.headers["Location"] == "/sign-in?return_to=%2Fdevice%3Fcode%3DBCDF-GHJK"
    page = browser.get('/device?code=b"><script>x')
    assert 'value="BSCRIPTX"' in page.text
    assert "editor@example.org" in page.text
    assert page.headers["X-Frame-Options"] == "DENY"


@pytest.fixture
def served(library, people, monkeypatch) -> Iterator[str]:
    """The API on a port of its own."""
    monkeypatch.setattr(devices, "_INTERVAL", 1)
    port = free_port()
    library.settings = library.settings.model_copy(update={"web_port": port})
    config = uvicorn.Config(create_app(library=library), port=port, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    url = f"http://localhost:{port}"
    for _ in range(600):
        try:
            httpx.get(f"{url}/api/v1/health", timeout=20)
            break
        except httpx.TransportError:
            time.sleep(0.05)
    yield url
    server.should_exit = True
    thread.join(timeout=30)


def command(tmp_path: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "DARKROOM_CONFIG_DIR": str(tmp_path / "config"), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", "from darkroom.cli.main import main; main()", *arguments],
        env=environment, cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def run(tmp_path: Path, *arguments: str) -> tuple[int, str]:
    process = command(tmp_path, *arguments)
    out, error = process.communicate(timeout=120)
    return process.returncode, out + error


def test_the_command_line_signs_in_works_and_signs_out(library, people, served, tmp_path):
    process = command(tmp_path, "login", "--url", served)
    address = process.stdout.readline()
    code = process.stdout.readline().split()[-1].rstrip(".")
    assert address.strip() == f"Open {served}/device?code={code}"
    editor = Principal(id=people["editor"].id, name="e", kind="user", user=people["editor"].id, warrant=library.guard)
    library.devices.decide(editor, code, allow=True)
    out, error = process.communicate(timeout=120)
    assert process.returncode == 0, error
    assert out == f"Signed in to {served} as editor@example.org.\n"
    kept = tmp_path / "config" / "credentials.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert run(tmp_path, "whoami") == (0, f"editor@example.org (editor@example.org) at {served}: editor\n")
    # The access token ran out: it is fetched anew, and the refresh token changes.
    found = json.loads(kept.read_text())
    before = found[served]["refresh_token"]
    found[served]["expires_at"] = 0
    kept.write_text(json.dumps(found))
    code, words = run(tmp_path, "whoami", "--json")
    assert (code, json.loads(words)["user"]["email"]) == (0, "editor@example.org")
    assert json.loads(kept.read_text())[served]["refresh_token"] != before
    assert run(tmp_path, "logout") == (0, f"Signed out of {served}.\n")
    assert library.stores.sessions.list(people["editor"].id) == []
    code, words = run(tmp_path, "whoami", "--url", served)
    assert code == 1
    assert "darkroom login" in words
    code, words = run(tmp_path, "login", "--url", "http://example.org")
    assert code == 1
    assert "https://" in words

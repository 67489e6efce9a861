"""`darkroom user` and `darkroom token`, as somebody on a server without a browser uses them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.accounts.conftest import PASSWORD

ROOT = Path(__file__).parents[3]


@pytest.fixture
def darkroom(mongo_settings):
    """Runs a command on this test's home, as a process of its own."""
    environment = os.environ | {
        "DARKROOM_HOME": str(mongo_settings.home_path),
        "DARKROOM_MONGO_URI": mongo_settings.mongo_uri.get_secret_value(),
        "DARKROOM_MONGO_DATABASE": mongo_settings.mongo_database,
        "DARKROOM_PASSWORD_COST": "4",
        "PYTHONPATH": str(ROOT),
    }

    def run(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from darkroom.cli import main; main()", *words]
        return subprocess.run(
            command, env=environment, cwd=ROOT, input=given, capture_output=True, text=True, check=False
        )

    return run


def test_a_token_is_the_last_line_alone_and_opens_what_its_scope_says(darkroom, library, app):
    made = darkroom("token", "create", "--name", "ci", "--scope", "images:read")
    assert made.returncode == 0, made.stderr
    token = made.stdout.splitlines()[-1]
    assert token.startswith("dr_")
    assert token.split() == [token]
    headers = {"Authorization": f"Bearer {token}"}
    client = app("10.0.0.1")
    assert client.get("/api/v1/images", headers=headers).json()["code"] == "setup_needed"
    assert app().get("/api/v1/images", headers=headers).status_code == 200
    assert app().get("/api/v1/batches", headers=headers).status_code == 403
    (listed,) = json.loads(darkroom("token", "list", "--json").stdout)["items"]
    assert (listed["name"], listed["active"], token in str(listed)) == ("ci", True, False)
    assert darkroom("token", "revoke", listed["id"]).returncode == 0
    assert app().get("/api/v1/images", headers=headers).status_code == 401
    bad = darkroom("token", "create", "--name", "ci", "--scope", "pictures:eat")
    assert bad.returncode == 1
    assert "no scope 'pictures:eat'" in bad.stderr
    assert "images:read" in bad.stderr


def test_people_are_made_changed_and_shut_out(darkroom, app):
    first = darkroom("user", "create", "Ada@example.org", "--password-stdin", given=PASSWORD + "\n")
    assert (first.returncode, first.stdout) == (0, "Ada@example.org may sign in as administrator.\n"), first.stderr
    second = darkroom("user", "create", "eve@example.org", "--link")
    link = second.stdout.splitlines()[-1]
    assert link.startswith("http://localhost:8000/reset#drl_")
    body = {"token": link.partition("#")[2], "password": PASSWORD}
    client = app()
    assert client.post("/api/v1/auth/reset", json=body).status_code == 204
    credentials = {"email": "eve@example.org", "password": PASSWORD}
    assert client.post("/api/v1/auth/sign-in", json=credentials).status_code == 200
    assert darkroom("user", "set-role", "EVE@example.org", "editor").returncode == 0
    assert darkroom("user", "disable", "eve@example.org").returncode == 0
    assert client.post("/api/v1/auth/sign-in", json=credentials).status_code == 401
    listed = json.loads(darkroom("user", "list", "--json").stdout)["items"]
    assert [(one["email"], one["roles"][0]["role"], one["disabled"]) for one in listed] == [
        ("eve@example.org", "editor", True), ("Ada@example.org", "administrator", False)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "code", "stderr"),
    [
        (("user", "create", "no-address", "--link"), 2, "e-mail address"),
        (("user", "create", "ada@example.org"), 2, "nobody to ask for a password"),
        (("user", "create", "ada@example.org", "--role", "king", "--link"), 2, "role"),
        (("user", "create", "ada@example.org", "--role", "viewer", "--link"), 1, "must be an administrator"),
        (("user", "disable", "ada@example.org"), 1, "no account for 'ada@example.org'"),
        (("token", "revoke", "t-1"), 1, "no token 't-1'"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(darkroom, words, code: int, stderr: str):
    found = darkroom(*words)
    assert found.returncode == code
    assert stderr in found.stderr
    assert "Traceback" not in found.stderr

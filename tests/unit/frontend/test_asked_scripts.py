"""Requests of a page as commands and as Python: what comes out runs, means what was sent, and tells no secret."""

from __future__ import annotations

import ast
import json
import shlex
import subprocess
from typing import Any

import pytest

from tests.node import UI, run, run_async

ORIGIN = "http://localhost:8000"
AWKWARD = {
    "title": 'It\'s "so" $HOME `id` \\ 100%\n!! \u00e5\u2028\U0001f5bc',
    "@at": [None, True, False, 1.5, -3, 1e21],
    "deep": {"empty": {}, "none": []},
    "long": ["forest/" + "x" * 30] * 5,
}


def made(node: str, language: str, **one: Any) -> str:
    """What is copied for a request."""
    given = {"method": "PATCH", "path": "/api/v1/images/a1", **one}
    text: str = run(node, "asked.js", f"return m.{language}({json.dumps(given)}, {json.dumps(ORIGIN)});")
    return text


def seen(node: str, method: str, address: str, body: Any = None, **more: Any) -> dict[str, Any]:
    """What is kept of a request."""
    sent = {**more, **({} if body is None else {"sent": json.dumps(body)})}
    call = f"m.noted({json.dumps(method)}, {json.dumps(address)}, {json.dumps(sent)})(200)"
    kept: list[dict[str, Any]] = run(node, "asked.js", f"{call}; return m.everythingAsked();")
    return kept[0]


def words(command: str) -> list[str]:
    """What a shell makes of a command: `curl` stands for a function that tells its arguments."""
    script = f"curl() {{ printf '%s\\0' \"$@\"; }}\n{command}"
    done = subprocess.run(
        ["bash", "-c", script], env={"DARKROOM_TOKEN": "dr_x y"}, capture_output=True, check=True, timeout=60
    )
    return done.stdout.decode().split("\0")[:-1]


def test_a_shell_reads_the_command_as_it_was_sent(node):
    command = made(node, "asCurl", body=AWKWARD, revision=3)
    found = words(command)
    assert found[:7] == [
        "-X", "PATCH", f"{ORIGIN}/api/v1/images/a1", "-H", "Authorization: Bearer dr_x y", "-H", 'If-Match: "3"'
    ]  # fmt: skip
    assert found[7] == "--json"
    assert json.loads(found[8]) == AWKWARD
    assert len(found) == 9
    assert "$DARKROOM_TOKEN" in shlex.join(shlex.split(command))


def test_brackets_of_an_address_are_no_patterns_to_curl_and_files_get_a_name(node):
    found = words(made(node, "asCurl", method="POST", path="/api/v1/images?tag[]={a}&q=it's", file="sidecars.zip"))
    assert found[2] == f"{ORIGIN}/api/v1/images?tag%5B%5D=%7Ba%7D&q=it's"
    assert found[-2:] == ["-o", "sidecars.zip"]


def test_python_reads_the_program_as_it_was_sent(node):
    tree = ast.parse(made(node, "asPython", body=AWKWARD, revision=3))
    call = next(one for one in ast.walk(tree) if isinstance(one, ast.Call) and one.keywords)
    given = {one.arg: one.value for one in call.keywords}
    assert [ast.literal_eval(one) for one in call.args] == ["PATCH", f"{ORIGIN}/api/v1/images/a1"]
    assert ast.literal_eval(given["json"]) == AWKWARD
    assert isinstance(given["headers"], ast.Dict)
    assert [one.value for one in given["headers"].keys if isinstance(one, ast.Constant)] == [
        "Authorization",
        "If-Match",
    ]


@pytest.mark.parametrize(
    "more", [{}, {"missing": "It is secret."}, {"file": "a'b.zip"}], ids=["plain", "missing", "file"]
)
def test_whatever_was_sent_both_are_whole(node, more):
    ast.parse(made(node, "asPython", **more))
    assert words(made(node, "asCurl", **more))[0] == "-X"


@pytest.mark.parametrize(
    "path",
    ["/api/v1/auth/sign-in", "/api/v1/auth/password", "/api/v1/setup", "/api/v1/users", "/api/v1/users/u1", "/api/v1/tokens"],
)  # fmt: skip
def test_nothing_is_kept_of_what_lets_somebody_in(node, path):
    found = seen(node, "POST", f"{path}?code=HUSH", {"email": "HUSH", "old": "HUSH"})
    assert "HUSH" not in json.dumps(found)
    assert found["path"] == path
    assert "body.json" in made(node, "asCurl", **found)


def test_secrets_within_are_left_out_wherever_they_stand(node):
    body = {
        "name": "kept",
        "password": "HUSH",
        "deep": [{"secretKey": "HUSH", "access_token": {"a": "HUSH"}}],
        "token": None,
    }
    found = seen(node, "PUT", "/api/v1/places?download_token=HUSH&q=kept", body)
    assert "HUSH" not in json.dumps(found)
    assert found["body"]["name"] == "kept"
    assert found["path"] == "/api/v1/places?download_token=left-out&q=kept"


def test_a_large_body_is_told_and_not_kept(node):
    assert seen(node, "POST", "/api/v1/images/bulk", {"ids": ["x" * 24] * 2000})["missing"]


@pytest.mark.parametrize(
    ("method", "path", "body", "changes"),
    [("GET", "images", None, False), ("POST", "images/bulk", {"dry_run": True}, False), ("POST", "images/bulk", {}, True),
     ("POST", "images/values", {}, False), ("DELETE", "rules/1", None, True)],
)  # fmt: skip
def test_changes_are_told_from_reads(node, method, path, body, changes):
    assert seen(node, method, f"/api/v1/{path}", body)["changes"] is changes


def test_looking_again_drives_no_change_out(node):
    body = """for (let at = 0; at < 50; at += 1) m.noted("PATCH", `/api/v1/rules/${at}`)(200);
      for (let at = 0; at < 90; at += 1) { m.noted("GET", `/api/v1/images/${at}`)(200); m.noted("GET", "/api/v1/health")(200); }
      const all = m.everythingAsked();
      const changes = all.filter((one) => one.changes);
      return [all.length, changes.length, changes[0].path, all[0].path, all.filter((one) => one.path.endsWith("health")).length];"""
    assert run(node, "asked.js", body) == [60, 30, "/api/v1/rules/49", "/api/v1/health", 1]


def test_routes_have_the_words_of_the_contract(node):
    body = """const routes = m.routesOf({ paths: {
        "/api/v1/images/{id}": { get: { summary: "One picture" }, post: { summary: "Wrong" } },
        "/api/v1/images/bulk": { post: { summary: "Change many" } } } });
      const words = (method, path) => m.wordsFor({ method, path }, routes);
      return [words("POST", "/api/v1/images/bulk"), words("GET", "/api/v1/images/bulk?x=1"), words("PUT", "/api/v1/other?x=1")];"""
    assert run(node, "asked.js", body) == ["Change many", "One picture", "PUT /other"]


def test_what_is_asked_is_noted_with_its_answer(node):
    body = """globalThis.fetch = async (url, { body }) => new Response(body, { status: url.endsWith("gone") ? 404 : 200 });
      const { everythingAsked } = await import(%s);
      await m.request("/rules/1", { method: "PATCH", body: { name: "a" }, revision: 4 });
      await m.request("/gone").catch(() => {});
      return everythingAsked().map(({ method, path, body, revision, status }) => [method, path, body ?? null, revision ?? null, status]);"""
    assert run_async(node, "api.js", body % json.dumps(str(UI / "asked.js"))) == [
        ["GET", "/api/v1/gone", None, None, 404],
        ["PATCH", "/api/v1/rules/1", {"name": "a"}, 4, 200],
    ]

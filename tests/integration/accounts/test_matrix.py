"""The whole table of roles and operations, made from the contract and tried over HTTP, cell by cell."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from darkroom.access.permissions import PERMISSIONS
from darkroom.access.policy import permissions_of
from darkroom.api.app import create_app
from darkroom.api.policy import NEEDED, PUBLIC
from darkroom.domain.access import LOCAL_OWNER, ROLES
from darkroom.services.accounts.requests import NewToken, NewUser
from darkroom.settings import Settings

BODIES: dict[str, Any] = {
    "begin_upload": {"name": "a.jpg", "bytes": 1},
    "check_place": {"place": "local"},
    "verify_storage": {"most": 1},
    "arrange_storage": {"dry_run": True},
    "begin_move": {"source": "main", "target": "none"},
    "plan_move": {"source": "main", "target": "none"},
    "find_known": {"sha256": ["0" * 64]},
    "submit_uploads": {"batch": "none"},
    "create_user": {"email": "viewer@example.org"},
    "update_user": {},
    "set_user_role": {"role": None, "domain": "collection:none"},
    "create_token": {"name": "matrix", "scopes": ["account:read"]},
    "add_policy": {"subject": "viewer", "permission": "images:write", "domain": "collection:none", "effect": "deny"},
    "change_password": {"old": "wrong", "new": "another password"},
    "sign_out": {},
    "look_at_device": {"user_code": "BCDF-GHJK"},
    "decide_device": {"user_code": "BCDF-GHJK", "allow": False},
    "validate_recipe": {"preset": "web"},
    "save_preset": {"name": "web", "recipe": "- resize"},
    "save_filter": {"filter": {"name": "none", "title": "None.", "body": {"kind": "expression"}}},
    "learn_filter": {"name": "none", "title": "None.", "before": "0" * 64, "after": "0" * 64},
    "preview_recipe": {"preset": "web"},
    "begin_preset_contest": {"preset": "none", "version": 1, "selection": {"query": {"batch": "none"}}},
    "choose_in_preset_contest": {"image": "0" * 64, "picked": "same"},
    "curve_quality": {"preset": "web"},
    "save_develop_history": {},
    "choose_examples": {"selection": {"query": {"batch": "none"}}},
    "switch_plugin": {"enabled": False},
    "copy_steps": {"name": "one.jpg", "steps": []},
    "update_me": {"name": "Somebody"},
    "bulk_images": {"selection": {"query": {"batch": "none"}}, "action": {"type": "edit", "edit": {"rating": 1}}},
    "read_values": {"query": {"batch": "none"}},
    "export_sidecars": {"query": {"batch": "none"}},
    "export_images": {"selection": {"query": {"batch": "none"}}},
    "preview_export": {"selection": {"query": {"batch": "none"}}},
    "order_renditions": {"preset": "web", "images": ["0" * 64]},
    "commit_dataset": {"name": "none", "images": ["0" * 64]},
    "preview_dataset": {"name": "none", "images": ["0" * 64]},
    "follow_dataset": {},
    "tag_dataset": {"tag": "golden"},
    "restore_dataset": {},
    "branch_dataset": {"name": "none"},
    "split_dataset": {},
    "merge_dataset": {"other": "none"},
    "preview_augment": {},
    "find_label_suspects": {},
    "judge_dataset": {},
    "leave_out_poor": {"issues": ["dark"]},
    "expand_dataset": {},
    "set_quality_rules": {},
    "embed_pictures": {"model": "none"},
    "bring_model": {"name": "none", "file": "none.onnx", "task": "enhancement", "licence": "MIT"},
    "add_search_model": {"name": "none", "weights": "none"},
    "use_search_model": {"used": False},
    "save_draft": {"annotations": []},
    "commit_drafts": {},
    "start_training": {"dataset": "none"},
    "estimate_training": {"dataset": "none"},
    "measure_training": {"dataset": "none"},
    "hurry_training": {"priority": "low"},
    "hurry_rendition_order": {"priority": "low"},
    "evaluate_model": {"model": "none", "dataset": "none"},
    "promote_model": {"number": 1},
    "roll_back_model": {},
    "set_model_gate": {},
    "propose_model": {"number": 1},
    "decline_model": {},
    "note_model": {},
    "retry_failures": {"all": True},
    "update_image": {"rating": 5},
    "trash_images": {"ids": ["0" * 64]},
    "restore_images": {"ids": ["0" * 64]},
    "purge_trash": {"ids": ["0" * 64]},
    "rename_tag": {"tag": "old", "to": "new"},
    "delete_tag": {"tag": "old"},
    "colour_tag": {"tag": "old", "colour": "#ff0000"},
    "dismiss_failures": {"all": True},
    "create_collection": {"name": "Holidays"},
    "update_collection": {},
    "create_rule": {"name": "Sea", "where": "tag:sea", "edit": {"add_tags": ["water"]}},
    "try_rule": {"where": "tag:sea", "edit": {"add_tags": ["water"]}},
    "update_rule": {},
    "change_members": {"add": ["0" * 64]},
}
QUERIES = {
    "find_names": {"q": "coast"},
    "import_dataset": {"name": "none"},
    "list_preset_contests": {"preset": "none"},
    "group_images": {"by": "day"},
    "compare_dataset": {"before": "none"},
    "preview_merge": {"other": "none"},
    "compare_report": {"other": "none"},
    "compare_models": {"report": ["none", "other"]},
    "list_poor_pictures": {"issue": "dark"},
    "explain_access": {"permission": "images:read"},
}


@cache
def operations() -> list[tuple[str, str, str]]:
    contract = create_app(Settings(home="/nonexistent/darkroom")).openapi()
    return [
        (operation["operationId"], method.upper(), path)
        for path, item in contract["paths"].items()
        for method, operation in item.items()
        if operation["operationId"] not in PUBLIC
    ]


def ask(client, operation: tuple[str, str, str], headers: dict[str, str]):
    name, method, path = operation
    # An event stream never ends; its head tells as much.
    method = "HEAD" if name == "follow_events" else method
    path = path.replace("{id}", "x-1").replace("{number}", "1").replace("{image}", "0" * 64)
    path = path.replace("{name}", "config.json")
    path = path.replace("{level}", "0").replace("{column}", "0").replace("{row}", "0")
    headers = headers | {"If-Match": "*"}
    return client.request(method, path, headers=headers, json=BODIES.get(name), params=QUERIES.get(name))


def is_refused(answer, permission: str) -> bool:
    """Whether exactly that permission was missing; anything else that may be wrong comes after it."""
    if answer.request.method == "HEAD":
        return answer.status_code == 403
    found = answer.json() if answer.headers.get("content-type") == "application/problem+json" else {}
    if answer.status_code == 403 and found.get("permission") == permission:
        assert found["code"] == "forbidden"
        assert found["roles"][-1] == "administrator"
        assert permission in found["detail"]
        return True
    return False


@pytest.fixture
def cells(library, people, app) -> tuple[Any, Any]:
    def bearer(role: str) -> dict[str, str]:
        user = library.stores.users.get(people[role].id)
        _, tokens = library.sessions.begin(user, "program", address=None, agent=None, how="test")
        return {"Authorization": f"Bearer {tokens.access_token}"}

    return app(), bearer


def test_every_role_may_do_what_the_table_says_and_nothing_else(cells):
    client, bearer = cells
    wrong = []
    for role in ROLES:
        own = bearer(role)
        for operation in operations():
            permission = NEEDED[operation[0]]
            # Signing out ends the session that asks.
            answer = ask(client, operation, bearer(role) if operation[0] == "sign_out" else own)
            assert answer.status_code < 500, answer.text
            refused = is_refused(answer, permission)
            unknown = answer.status_code == 401 and operation[0] != "change_password"
            if unknown or refused == (permission in permissions_of(role)):
                wrong.append((role, operation[0], answer.status_code, answer.text[:200]))
    assert wrong == []


def test_nobody_may_do_anything_but_what_is_public(people, app):
    client = app()
    for operation in operations():
        answer = ask(client, operation, {})
        assert answer.status_code == 401, operation
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert client.get("/api/v1/images/x/../../roles").status_code == 401
    assert client.get("/api/v1//roles").status_code == 404


def test_a_scope_opens_what_needs_it_and_nothing_else(library, people, app):
    client = app()
    wrong = []
    administrator = people["administrator"].id
    names = list(PERMISSIONS)
    for number, scope in enumerate(names):
        near = {scope, names[number - 1], names[number - 5]}  # each other permission is tried with two scopes
        made = library.tokens.create(LOCAL_OWNER, NewToken(name="one", scopes=(scope,), user=administrator))
        headers = {"Authorization": f"Bearer {made.token}"}
        for operation in operations():
            permission = NEEDED[operation[0]]
            if permission not in near:
                continue
            refused = is_refused(ask(client, operation, headers), permission)
            if refused == (permission == scope):
                wrong.append((scope, operation[0]))
    assert wrong == []


def test_a_token_never_has_more_than_its_account(library, people, app):
    made = library.tokens.create(LOCAL_OWNER, NewToken(name="all", scopes=("*",), user=people["viewer"].id))
    headers = {"Authorization": f"Bearer {made.token}"}
    client = app()
    for operation in operations():
        permission = NEEDED[operation[0]]
        assert is_refused(ask(client, operation, headers), permission) == (permission not in permissions_of("viewer"))


def test_without_an_account_this_machine_owns_everything_and_others_see_nothing(library, app):
    here, there = app(), app(address="192.168.1.7")
    behind_a_proxy = {"X-Forwarded-For": "192.168.1.7"}
    for operation in operations():
        if operation[0] in ("add_policy", "create_user"):
            continue
        assert ask(here, operation, {}).status_code != 401, operation
        for answer in (ask(there, operation, {}), ask(here, operation, behind_a_proxy)):
            assert answer.status_code == 403
            if answer.request.method != "HEAD":
                assert answer.json()["code"] == "setup_needed"
    for path in ("/", "/api/v1/health", "/api/v1/setup", "/api/v1/docs", "/api/v1/auth/jwks"):
        assert there.get(path).status_code == 403
    library.users.create(LOCAL_OWNER, NewUser(email="ada@example.org", role="administrator", password="correct horse"))
    assert here.get("/api/v1/images").status_code == 401
    assert there.get("/api/v1/health").json()["services"] == []

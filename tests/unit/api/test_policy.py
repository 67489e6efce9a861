"""Every route says what it takes, and a new one that does not is noticed."""

from __future__ import annotations

from pathlib import Path

from darkroom.access import PERMISSIONS
from darkroom.api.app import create_app
from darkroom.api.policy import NEEDED, PUBLIC
from darkroom.settings import Settings


def _app():
    return create_app(Settings(home=Path("/nonexistent/darkroom")))


def test_every_operation_has_a_permission_or_is_public():
    contract = _app().openapi()
    names = {one["operationId"] for item in contract["paths"].values() for one in item.values()}
    assert names - PUBLIC - set(NEEDED) == set(), "name them in darkroom/api/policy.py"
    assert set(NEEDED) | PUBLIC == names
    assert not PUBLIC & set(NEEDED)
    assert set(NEEDED.values()) <= set(PERMISSIONS)


def test_what_is_public_is_this_and_nothing_else():
    assert {
        "get_health", "get_jwks", "get_setup", "set_up", "sign_in", "refresh_tokens", "reset_password",
        "list_sign_in_providers", "start_provider_sign_in", "finish_provider_sign_in", "begin_device_sign_in",
        "finish_device_sign_in", "ask_for_reset_mail",
    } == PUBLIC  # fmt: skip


def test_the_contract_says_what_each_operation_takes():
    contract = _app().openapi()
    for item in contract["paths"].values():
        for operation in item.values():
            if operation["operationId"] in PUBLIC:
                assert operation["security"] == []
            else:
                assert operation["x-permission"] == NEEDED[operation["operationId"]]
    assert contract["security"] == [{"bearer": []}, {"session": []}]

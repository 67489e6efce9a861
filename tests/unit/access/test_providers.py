"""Which providers the settings name, and which are refused."""

from __future__ import annotations

import json

import pytest

from darkroom.access.providers import is_safe_address, providers_of
from darkroom.errors import Error
from darkroom.settings import Settings

WORK = {"name": "Our company", "issuer": "https://id.example.org", "client_id": "darkroom", "client_secret": "hush"}


def settings(**given) -> Settings:
    more = given.pop("more", None)
    if more is not None:
        given["oidc_providers"] = more if isinstance(more, str) else json.dumps(more)
    return Settings(**given)


def test_there_are_none_unless_the_settings_name_them():
    assert providers_of(Settings()) == {}


def test_google_github_and_others_come_by_settings():
    found = providers_of(
        settings(
            oidc_google_client_id="g", oidc_google_client_secret="gs", oidc_github_client_id="h",
            oidc_github_client_secret="hs", more={"work": WORK, "club": {**WORK, "client_secret": None}},
        )
    )  # fmt: skip
    assert [(one.id, one.kind, one.issuer) for one in found.values()] == [
        ("google", "oidc", "https://accounts.google.com"),
        ("github", "github", "https://github.com"),
        ("work", "oidc", "https://id.example.org"),
        ("club", "oidc", "https://id.example.org"),
    ]
    assert found["github"].api == "https://api.github.com"
    assert "hush" not in repr(found["work"])
    assert "gs" not in repr(found["google"])


def test_github_enterprise_has_its_api_beside_its_pages():
    found = providers_of(settings(oidc_github_client_id="h", oidc_github_url="https://git.example.org/"))
    assert (found["github"].issuer, found["github"].api) == (
        "https://git.example.org",
        "https://git.example.org/api/v3",
    )


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("{", "not JSON"),
        ({"work": {**WORK, "issuer": "http://id.example.org"}}, "no address over https"),
        ({"work": {**WORK, "issuer": "https://user:word@id.example.org"}}, "no address over https"),
        ({"Work": WORK}, "pattern"),
        ({"work": {**WORK, "secret": "x"}}, "work.secret"),
        ({"work": {**WORK, "scope": "email"}}, "lacks `openid`"),
        ({"google": WORK}, "already"),
    ],
)
def test_what_cannot_be_right_is_named(more, words):
    with pytest.raises(Error) as caught:
        providers_of(settings(oidc_google_client_id="g", more=more))
    assert caught.value.code == "invalid_setting"
    assert words in caught.value.cause
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://id.example.org/token", True),
        ("http://localhost:9000", True),
        ("http://127.0.0.1:9000/x", True),
        ("http://169.254.169.254/latest", False),
        ("http://localhost.example.org", False),
        ("file:///etc/passwd", False),
        ("https:///token", False),
        ("https://a b", False),
        ("https://id.example.org/#x", False),
        ("https://id.example.org:99999", False),
    ],
)
def test_secrets_go_over_https_or_to_this_machine(url, safe):
    assert is_safe_address(url) is safe


def test_a_public_provider_cannot_name_an_address_on_this_machine():
    assert is_safe_address("http://localhost:9000/token", loopback=False) is False

"""Signing in with accounts at other providers, against real ones run as processes of their own."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from darkroom.domain.access import LOCAL_OWNER
from darkroom.services.accounts.federation import challenge
from darkroom.services.accounts.requests import NewUser, UserChange
from tests.integration.accounts.conftest import PASSWORD
from tests.providers import Github, Provider, bent, oidc_provider

API = "/api/v1"
WORK = f"{API}/auth/oidc/work"
ORIGIN = {"Origin": "http://localhost:8000"}
HTML = {"Accept": "text/html"}
KEY = RSAKey.generate_key(2048, {"kid": "ours", "use": "sig", "alg": "RS256"})
EDITOR = {"email": "editor@example.org", "email_verified": True}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with oidc_provider() as found:
        yield found


@pytest.fixture
def providers(library):
    """Makes the library know a provider of one's own."""

    def make(issuer: str, **more) -> None:
        given = {"work": {"name": "Work", "issuer": issuer, "client_id": "darkroom", "client_secret": "hush"}}
        changes = {"oidc_providers": SecretStr(json.dumps(given)), **more}
        library.settings = library.settings.model_copy(update=changes)
        for name in ("federation", "users", "sessions"):
            library.__dict__.pop(name, None)

    return make


def start(client, return_to: str = "/activity", base: str = WORK) -> str:
    answer = client.get(f"{base}/start", params={"return_to": return_to}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def back(client, brought: dict[str, str], base: str = WORK, **kwargs):
    return client.get(f"{base}/callback", params=brought, follow_redirects=False, **kwargs)


def sign_in(client, provider: Provider, subject: str = "e-1", **claims):
    return back(client, provider.allow(start(client), subject, **(claims or EDITOR)))


def code(answer) -> str:
    return answer.json()["code"]


def failures(library) -> list[str]:
    return [one.detail["because"] for one in library.stores.audit.list({"action": "sign_in.failed"}).items]


def test_anybody_may_see_with_what_to_sign_in(library, providers, people, app):
    providers("https://id.example.org")
    assert app("10.1.1.1").get(f"{API}/auth/providers").json() == {
        "items": [
            {
                "id": "work",
                "name": "Work",
                "issuer": "https://id.example.org",
                "start_url": "/api/v1/auth/oidc/work/start",
            }
        ],
        "reset_by_mail": False,
    }


def test_who_was_invited_signs_in_with_an_account_elsewhere(library, providers, provider, people, app):
    providers(provider.issuer)
    invited = library.users.create(LOCAL_OWNER, NewUser(email="Ida@example.org", role="trainer"))
    client = app("192.168.1.7")
    answer = sign_in(client, provider, "ida", email="ida@EXAMPLE.org", email_verified=True, name="Ida")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/activity")
    me = client.get(f"{API}/auth/me").json()
    assert (me["user"]["id"], me["user"]["providers"]) == (invited.id, [provider.issuer])
    assert me["sessions"][0]["address"] == "192.168.1.7"
    assert "darkroom-8000-way" not in client.cookies
    # From now on the name at the provider counts, whatever the address is.
    library.users.update(LOCAL_OWNER, invited.id, UserChange(email="other@example.org"))
    again = app()
    assert sign_in(again, provider, "ida", email="moved@example.org", email_verified=False).status_code == 303
    assert again.get(f"{API}/auth/me").json()["user"]["id"] == invited.id
    assert len(library.stores.audit.list({"action": "user.identity_linked"}).items) == 1
    begun = library.stores.audit.list({"action": "session.begun"}).items
    assert [one.detail["how"] for one in begun] == ["work", "work"]


def test_the_code_is_bound_to_whoever_asked_for_it(library, providers, provider, people, app):
    with bent(provider, lambda _path, found: found) as wire:
        providers(wire.url)
        client = app()
        url = start(client)
        query = {name: one[0] for name, one in parse_qs(urlsplit(url).query).items()}
        assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
        assert query["redirect_uri"] == f"http://localhost:8000{WORK}/callback"
        assert len(query["state"]) >= 40
        assert len(query["nonce"]) >= 40
        assert back(client, provider.allow(url, "e-1", **EDITOR)).status_code == 303
        (form, headers) = next((one[2], one[3]) for one in wire.seen if one[1] == "/oauth2/token")
    assert challenge(form["code_verifier"]) == query["code_challenge"]
    assert form["redirect_uri"] == query["redirect_uri"]
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")) == b"darkroom:hush"
    kept = str(list(library.stores.database.collection("audit").find()))
    assert "hush" not in kept
    assert form["code"] not in kept
    assert library.stores.database.collection("sign_ins").count_documents({}) == 0


def test_what_is_brought_back_works_once_and_in_the_browser_that_began(library, providers, provider, people, app):
    providers(provider.issuer)
    client, thief = app(), app("10.6.6.6")
    brought = provider.allow(start(client), "e-1", **EDITOR)
    assert code(back(thief, brought)) == "sign_in_expired"
    # It is used up by the attempt; the code is worth nothing without the verifier, which is gone.
    assert code(back(client, brought)) == "sign_in_expired"
    brought = provider.allow(start(client), "e-1", **EDITOR)
    assert back(client, brought).status_code == 303
    assert code(back(client, brought)) == "sign_in_expired"
    assert code(back(client, {**provider.allow(start(client), "e-1"), "state": "x"})) == "sign_in_expired"
    assert code(back(client, {"code": "x"})) == "sign_in_expired"
    # A code of an earlier sign-in with the state of another one: the provider has seen it, and its verifier differs.
    used = brought["code"]
    fresh = provider.allow(start(client), "e-1", **EDITOR)
    assert code(back(client, {**fresh, "code": used})) == "provider_untrusted"
    assert len(failures(library)) == 6


def test_a_sign_in_runs_out_and_belongs_to_one_provider(library, providers, provider, people, app):
    providers(provider.issuer, oidc_github_client_id="darkroom")
    client = app()
    brought = provider.allow(start(client), "e-1", **EDITOR)
    assert code(back(client, brought, base=f"{API}/auth/oidc/github")) == "sign_in_expired"
    brought = provider.allow(start(client), "e-1", **EDITOR)
    late = {"$set": {"expires_at": library.stores.users.get(people["editor"].id).created_at}}
    library.stores.database.collection("sign_ins").update_many({}, late)
    assert code(back(client, brought)) == "sign_in_expired"


def test_whoever_says_no_at_the_provider_is_told_so(library, providers, provider, people, app):
    providers(provider.issuer)
    client = app()
    answer = back(client, {**provider.deny(start(client))})
    assert code(answer) == "sign_in_expired"  # this provider forgets the state when it is told no
    state = parse_qs(urlsplit(start(client)).query)["state"][0]
    answer = back(client, {"error": "access_denied", "state": state}, headers=HTML)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?error=provider_denied")
    state = parse_qs(urlsplit(start(client)).query)["state"][0]
    assert code(back(client, {"error": "server_error", "state": state})) == "provider_untrusted"
    assert "darkroom-8000" not in client.cookies


def test_an_address_that_is_not_verified_opens_nothing(library, providers, provider, people, app):
    providers(provider.issuer, signup_role="viewer")
    for claims in ({"email_verified": False}, {}, {"email_verified": "no"}, {"email_verified": 2}):
        client = app()
        assert code(sign_in(client, provider, "mallory", email="editor@example.org", **claims)) == "address_unverified"
        assert client.get(f"{API}/auth/me").status_code == 401
    assert library.stores.users.get(people["editor"].id).identities == ()


def test_an_account_elsewhere_cannot_be_taken_over(library, providers, provider, people, app):
    providers(provider.issuer)
    assert sign_in(app(), provider, "e-1").status_code == 303
    # The address went to somebody else at the provider: another subject, the same address.
    client = app()
    assert code(sign_in(client, provider, "e-2")) == "identity_taken"
    assert client.get(f"{API}/auth/me").status_code == 401
    (identity,) = library.stores.users.get(people["editor"].id).identities
    assert identity.subject == "e-1"


def test_strangers_are_refused_unless_the_settings_want_them(library, providers, provider, people, app):
    stranger = {"email": "new@club.example", "email_verified": True, "name": "New  Person"}
    providers(provider.issuer)
    assert code(sign_in(app(), provider, "n-1", **stranger)) == "no_account"
    providers(provider.issuer, signup_role="annotator", signup_domains="example.org CLUB.example")
    other = {"email": "x@evil.example", "email_verified": True}
    assert code(sign_in(app(), provider, "x-1", **other)) == "no_account"
    client = app()
    assert sign_in(client, provider, "n-1", **stranger).status_code == 303
    user = client.get(f"{API}/auth/me").json()["user"]
    assert (user["email"], user["name"], user["roles"]) == (
        "new@club.example",
        "New Person",
        [{"role": "annotator", "domain": "*"}],
    )
    assert user["has_password"] is False
    library.users.update(LOCAL_OWNER, user["id"], UserChange(disabled=True))
    assert code(sign_in(app(), provider, "n-1", **stranger)) == "no_account"


def test_nobody_becomes_the_first_account_from_elsewhere(library, providers, provider, app):
    providers(provider.issuer, signup_role="viewer")
    assert code(sign_in(app(), provider, "e-1")) == "setup_needed"
    assert not library.stores.users.any()


def test_a_sign_in_ends_on_a_page_of_ours(providers, provider, people, app):
    providers(provider.issuer)
    for path in (
        "//evil.example", "https://evil.example", "/\\evil.example", "\\/evil", "activity", "/a\tb", "/\u00e4", ""
    ):  # fmt: skip
        answer = app().get(f"{WORK}/start", params={"return_to": path}, follow_redirects=False)
        assert (answer.status_code, code(answer)) == (422, "invalid_parameter"), path


def test_a_browser_begins_under_the_name_it_comes_back_to(library, providers, provider, people, app):
    providers(provider.issuer)
    client = app(url="http://127.0.0.1:8000")
    answer = client.get(f"{WORK}/start", params={"return_to": "/activity"}, follow_redirects=False)
    assert answer.headers["Location"] == f"http://localhost:8000{WORK}/start?return_to=%2Factivity"
    assert "set-cookie" not in answer.headers


def test_cookies_of_the_way_are_out_of_reach_of_scripts(library, providers, provider, people, app):
    providers(provider.issuer)
    answer = app().get(f"{WORK}/start", follow_redirects=False)
    assert {"HttpOnly", "Max-Age=600", "Path=/", "SameSite=lax"} <= set(answer.headers["set-cookie"].split("; "))


def test_a_session_that_was_there_before_ends(library, providers, provider, people, app):
    providers(provider.issuer)
    client = app()
    sign_in(client, provider, "e-1")
    planted = client.cookies["darkroom-8000"]
    sign_in(client, provider, "e-1")
    assert client.cookies["darkroom-8000"] != planted
    thief = app()
    thief.cookies.set("darkroom-8000", planted)
    assert thief.get(f"{API}/auth/me").status_code == 401


def resigned(token: str, **changes) -> str:
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    claims |= changes
    kept = {name: one for name, one in claims.items() if one is not None}
    return jwt.encode({"alg": "RS256", "kid": "ours"}, kept, KEY)


def forged(kind: str, token: str) -> str:
    """A token that is wrong in one way."""
    head, body, tail = token.split(".")
    if kind == "signature":
        return f"{head}.{body}.{tail[:-8]}{'A' * 8}"
    if kind == "alg none":
        none = base64.urlsafe_b64encode(b'{"alg":"none","kid":"ours"}').decode().rstrip("=")
        return f"{none}.{body}."
    if kind == "unknown key":
        return jwt.encode({"alg": "RS256", "kid": "nobody"}, {"sub": "x"}, RSAKey.generate_key(2048))
    changes = {
        "good": {},
        "wrong nonce": {"nonce": "x" * 43},
        "no nonce": {"nonce": None},
        "wrong issuer": {"iss": "https://evil.example"},
        "wrong audience": {"aud": "another"},
        "shared audience": {"aud": ["darkroom", "another"]},
        "wrong party": {"aud": ["darkroom", "another"], "azp": "another"},
        "too old": {"exp": 1_600_000_000},
        "from the future": {"iat": 4_000_000_000},
        "nobody": {"sub": ""},
    }
    return resigned(token, **changes[kind])


WRONG = (
    "signature", "alg none", "unknown key", "wrong nonce", "no nonce", "wrong issuer", "wrong audience",
    "shared audience", "wrong party", "too old", "from the future", "nobody",
)  # fmt: skip


def test_a_token_that_is_not_for_us_now_is_refused(library, providers, provider, people, app):
    kind = "good"

    def bend(path, found):
        if path == "/jwks":
            return {"keys": [*found["keys"], KEY.as_dict(private=False)]}
        if path == "/oauth2/token":
            return {**found, "id_token": forged(kind, found["id_token"])}
        return found

    with bent(provider, bend) as wire:
        providers(wire.url)
        assert sign_in(app(), provider, "e-1").status_code == 303
        for kind in WRONG:
            client = app()
            answer = sign_in(client, provider, "e-1")
            assert (answer.status_code, code(answer)) == (502, "provider_untrusted"), kind
            assert client.get(f"{API}/auth/me").status_code == 401
    assert failures(library) == ["provider_untrusted"] * len(WRONG)


NONSENSE = (
    ("/.well-known/openid-configuration", {"issuer": "https://evil.example"}, "provider_untrusted"),
    ("/.well-known/openid-configuration", {"token_endpoint": "http://169.254.169.254/"}, "provider_untrusted"),
    ("/.well-known/openid-configuration", {"jwks_uri": "file:///etc/passwd"}, "provider_untrusted"),
    ("/.well-known/openid-configuration", 503, "provider_unavailable"),
    ("/.well-known/openid-configuration", 302, "provider_untrusted"),
    ("/oauth2/token", 302, "provider_untrusted"),
    ("/oauth2/token", 503, "provider_unavailable"),
    ("/oauth2/token", {"id_token": "x.y.z"}, "provider_untrusted"),
    ("/oauth2/token", {"id_token": "A" * 1_100_000}, "provider_untrusted"),
    ("/jwks", {"keys": []}, "provider_untrusted"),
    ("/jwks", {"keys": [{"kty": "oct", "k": "A" * 43}]}, "provider_untrusted"),
)


def test_a_provider_that_answers_nonsense_lets_nobody_in(providers, provider, people, app):
    path, change = "", None

    def bend(asked, found):
        if asked != path:
            return found
        return change if isinstance(change, int) else {**found, **change}

    with bent(provider, bend) as wire:
        for path, change, expected in NONSENSE:
            providers(wire.url)
            client = app()
            answer = client.get(f"{WORK}/start", follow_redirects=False)
            if answer.status_code == 303:
                answer = back(client, provider.allow(answer.headers["Location"], "e-1", **EDITOR))
            assert code(answer) == expected, (path, change)
            assert "hush" not in answer.text
            assert "darkroom-8000" not in client.cookies


def test_an_answer_in_the_name_of_another_provider_is_refused(library, providers, provider, people, app):
    providers(provider.issuer)
    client = app()
    brought = provider.allow(start(client), "e-1", **EDITOR) | {"iss": "https://evil.example"}
    assert code(back(client, brought)) == "provider_untrusted"


def test_a_provider_that_is_gone_says_so(library, providers, people, app):
    providers("http://127.0.0.1:9")
    answer = app().get(f"{WORK}/start", follow_redirects=False, headers=HTML)
    assert answer.headers["Location"] == "/sign-in?error=provider_unavailable"
    assert app().get(f"{API}/auth/oidc/none/start").status_code == 404


def test_beginning_again_and_again_is_throttled(library, providers, provider, people, app):
    providers(provider.issuer)
    library.stores.database.collection("attempts").update_one(
        {"_id": "provider:10.6.6.6"}, {"$set": {"count": 100, "expires_at": _later()}}, upsert=True
    )
    answer = app("10.6.6.6").get(f"{WORK}/start", follow_redirects=False)
    assert (answer.status_code, code(answer)) == (429, "too_many_attempts")
    assert app("10.6.6.7").get(f"{WORK}/start", follow_redirects=False).status_code == 303


def _later():
    from datetime import timedelta

    from darkroom.domain.base import now

    return now() + timedelta(minutes=5)


def signed_in(app, role: str = "viewer"):
    client = app()
    body = {"email": f"{role}@example.org", "password": PASSWORD, "kind": "browser"}
    assert client.post(f"{API}/auth/sign-in", json=body, headers=ORIGIN).status_code == 200
    return client


def test_a_person_links_and_unlinks_an_account_of_his_own(library, providers, provider, people, app):
    providers(provider.issuer)
    client = signed_in(app)
    assert client.post(f"{WORK}/link", headers={"Origin": "http://evil.example"}).status_code == 403
    assert client.post(f"{WORK}/link").status_code == 403
    url = client.post(f"{WORK}/link", json={"return_to": "/account"}, headers=ORIGIN).json()["url"]
    answer = back(client, provider.allow(url, "v-1", email="private@club.example", email_verified=True))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    assert client.get(f"{API}/auth/me").json()["user"]["providers"] == [provider.issuer]
    # Linked to one account here, it can be linked to no other.
    other = signed_in(app, "annotator")
    url = other.post(f"{WORK}/link", json={"return_to": "/account"}, headers=ORIGIN).json()["url"]
    taken = provider.allow(url, "v-1", email="private@club.example", email_verified=True)
    assert back(other, taken, headers=HTML).headers["Location"] == "/account?error=identity_taken"
    assert client.delete(f"{WORK}/link", headers=ORIGIN).status_code == 204
    assert client.delete(f"{WORK}/link", headers=ORIGIN).status_code == 404
    actions = {one.action for one in library.stores.audit.list({}).items}
    assert {"user.identity_linked", "user.identity_unlinked"} <= actions


def test_who_signs_out_meanwhile_links_nothing(library, providers, provider, people, app):
    providers(provider.issuer)
    client = signed_in(app)
    url = client.post(f"{WORK}/link", headers=ORIGIN).json()["url"]
    brought = provider.allow(url, "v-1", email="x@club.example", email_verified=True)
    way = client.cookies["darkroom-8000-way"]
    client.post(f"{API}/auth/sign-out", headers=ORIGIN)
    late = app()
    late.cookies.set("darkroom-8000-way", way)
    assert code(back(late, brought)) == "unauthenticated"
    assert library.stores.users.get(people["viewer"].id).identities == ()


def test_the_last_way_to_sign_in_is_kept(library, providers, provider, people, app):
    providers(provider.issuer)
    library.users.create(LOCAL_OWNER, NewUser(email="ida@example.org"))
    client = app()
    sign_in(client, provider, "ida", email="ida@example.org", email_verified=True)
    assert client.delete(f"{WORK}/link", headers=ORIGIN).status_code == 409


def test_github_is_asked_for_the_person_and_the_verified_address(library, people, app):
    github = Github()
    with github.server as server:
        changes = {
            "oidc_github_client_id": "darkroom", "oidc_github_client_secret": SecretStr("hush"),
            "oidc_github_url": server.url,
        }  # fmt: skip
        library.settings = library.settings.model_copy(update=changes)
        base = f"{API}/auth/oidc/github"
        client = app()
        assert back(client, github.allow(start(client, base=base)), base=base).status_code == 303
        me = client.get(f"{API}/auth/me").json()["user"]
        assert (me["email"], me["providers"]) == ("editor@example.org", [server.url])
        assert library.stores.users.get(me["id"]).identities[0].subject == "583231"
        # Another person with an address that is not verified, or not the primary one.
        github.user = {"id": 7, "login": "mallory"}
        for emails in (
            [{"email": "viewer@example.org", "primary": True, "verified": False}],
            [{"email": "viewer@example.org", "primary": False, "verified": True}],
            [],
        ):
            github.emails = emails
            client = app()
            assert code(back(client, github.allow(start(client, base=base)), base=base)) == "address_unverified"
        brought = github.allow(start(client, base=base))
        assert code(back(client, {**brought, "code": "x"}, base=base)) == "provider_untrusted"
        github.user = {"login": "nobody"}
        assert code(back(client, github.allow(start(client, base=base)), base=base)) == "provider_untrusted"

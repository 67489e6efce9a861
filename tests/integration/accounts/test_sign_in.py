"""Signing in over HTTP, and what thieves and strangers try."""

from __future__ import annotations

import re
import statistics
import time

import pytest

from darkroom.domain.access import LOCAL_OWNER
from darkroom.services.accounts.requests import NewToken, UserChange
from tests.integration.accounts.conftest import PASSWORD

API = "/api/v1"
ORIGIN = {"Origin": "http://localhost:8000"}


def sign_in(client, role: str = "editor", *, kind: str = "program", password: str = PASSWORD, **kwargs):
    body = {"email": f"{role}@example.org", "password": password, "kind": kind}
    return client.post(f"{API}/auth/sign-in", json=body, **kwargs)


def tokens_of(client, role: str = "editor") -> dict[str, str]:
    answer = sign_in(client, role)
    assert answer.status_code == 200, answer.text
    return answer.json()["tokens"]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_the_first_visit_makes_the_administrator_from_this_machine_alone(library, app):
    here, there = app(), app("192.168.1.7")
    assert here.get(f"{API}/setup").json() == {"needed": True, "possible": True}
    body = {"email": "ada@example.org", "password": PASSWORD}
    assert there.post(f"{API}/setup", json=body).status_code == 403
    assert here.post(f"{API}/setup", json=body, headers={"X-Forwarded-For": "192.168.1.7"}).status_code == 403
    assert here.post(f"{API}/setup", json=body, headers={"Origin": "http://evil.example"}).status_code == 403
    assert here.post(f"{API}/setup", json={**body, "password": "short"}).status_code == 422
    assert here.post(f"{API}/setup", json={**body, "role": "viewer"}).status_code == 422
    made = here.post(f"{API}/setup", json=body)
    assert (made.status_code, made.json()["roles"]) == (201, [{"role": "administrator", "domain": "*"}])
    assert here.post(f"{API}/setup", json=body).status_code == 409
    assert here.get(f"{API}/images").status_code == 401
    assert there.get(f"{API}/setup").json() == {"needed": False, "possible": False}


def test_a_program_signs_in_and_works_and_signs_out(people, app):
    client = app("192.168.1.7")
    tokens = tokens_of(client)
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 900)
    me = client.get(f"{API}/auth/me", headers=bearer(tokens["access_token"])).json()
    assert me["user"]["email"] == "editor@example.org"
    assert "images:write" in me["permissions"]
    assert "users:read" not in me["permissions"]
    assert [(one["address"], one["current"]) for one in me["sessions"]] == [("192.168.1.7", True)]
    assert client.post(f"{API}/auth/sign-out", headers=bearer(tokens["access_token"])).json() == {"ended": 1}
    assert client.get(f"{API}/images", headers=bearer(tokens["access_token"])).status_code == 401
    assert client.post(f"{API}/auth/refresh", json={"refresh_token": tokens["refresh_token"]}).status_code == 401


def test_a_refresh_token_shown_twice_ends_the_session_of_thief_and_owner(library, people, app):
    owner, thief = app(), app("10.6.6.6")
    first = tokens_of(owner)
    other = tokens_of(owner)
    second = owner.post(f"{API}/auth/refresh", json={"refresh_token": first["refresh_token"]}).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert owner.get(f"{API}/images", headers=bearer(second["access_token"])).status_code == 200
    stolen = thief.post(f"{API}/auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert (stolen.status_code, stolen.json()["code"]) == (401, "unauthenticated")
    for token in (first["access_token"], second["access_token"]):
        assert owner.get(f"{API}/images", headers=bearer(token)).status_code == 401
    assert owner.post(f"{API}/auth/refresh", json={"refresh_token": second["refresh_token"]}).status_code == 401
    assert owner.get(f"{API}/images", headers=bearer(other["access_token"])).status_code == 200
    (line,) = library.stores.audit.list({"action": "session.refresh_reused"}).items
    assert (line.address, line.outcome) == ("10.6.6.6", "denied")


def test_two_exchanges_at_the_same_time_do_not_both_succeed(library, people, app):
    import threading

    refresh = tokens_of(app())["refresh_token"]
    found = []
    clients = [app() for _ in range(4)]

    def exchange(client) -> None:
        found.append(client.post(f"{API}/auth/refresh", json={"refresh_token": refresh}).status_code)

    threads = [threading.Thread(target=exchange, args=(one,)) for one in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) in ([200, 401, 401, 401], [401, 401, 401, 401])


def test_nothing_kept_opens_anything(library, people, app):
    tokens = tokens_of(app())
    cookie = app()
    sign_in(cookie, kind="browser", headers=ORIGIN)
    secret = cookie.cookies["darkroom-8000"]
    made = library.tokens.create(LOCAL_OWNER, NewToken(name="n", scopes=("*",)))
    database = library.stores.database
    names = ("sessions", "refresh_tokens", "api_tokens", "audit", "links", "users", "attempts")
    text = str([list(database.collection(name).find()) for name in names])
    for one in (tokens["access_token"], tokens["refresh_token"], secret, made.token, PASSWORD):
        assert one not in text


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(people, app):
    answer = sign_in(app(), kind="browser", headers=ORIGIN)
    cookie = answer.headers["set-cookie"]
    assert re.match(r"darkroom-8000=drs_\w+; ", cookie)
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert answer.json()["tokens"] is None


def test_over_https_the_cookie_is_bound_to_its_host(library, people):
    from starlette.testclient import TestClient

    from darkroom.api.app import create_app

    library.settings = library.settings.model_copy(update={"public_url": "https://pictures.example.org"})
    url = "https://pictures.example.org"
    with TestClient(create_app(library=library), base_url=url, client=("127.0.0.1", 1)) as client:
        answer = sign_in(client, kind="browser", headers={"Origin": url})
        assert answer.status_code == 200, answer.text
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-darkroom=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
        me = client.get(f"{API}/auth/me")
        assert me.status_code == 200
        assert me.headers["Strict-Transport-Security"] == "max-age=31536000"
        # Whoever asks from this machine under another name is not bound to https.
        local = client.get(f"{API}/auth/me", headers={"Host": "localhost"})
        assert "Strict-Transport-Security" not in local.headers
        for origin in ("http://pictures.example.org", "https://pictures.example.org.evil.example", "null"):
            assert client.post(f"{API}/auth/sign-out", headers={"Origin": origin}).status_code == 403
        assert client.get(f"{API}/auth/me", headers={"Host": "evil.example"}).status_code == 421
        gone = client.post(f"{API}/auth/sign-out", headers={"Origin": url})
        assert (gone.status_code, gone.headers["Clear-Site-Data"]) == (200, '"cache"')


def test_no_other_site_can_act_with_the_cookie(people, app):
    client = app()
    sign_in(client, kind="browser", headers=ORIGIN)
    assert client.get(f"{API}/auth/me").status_code == 200
    body = {"name": "x", "scopes": ["images:read"]}
    forged = (
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    )
    for headers in forged:
        answer = client.post(f"{API}/tokens", json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), headers
    assert client.post(f"{API}/tokens", content="name=x", headers=ORIGIN).status_code == 422
    assert client.post(f"{API}/tokens", json=body, headers=ORIGIN).status_code == 201
    assert client.post(f"{API}/tokens", json=body, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 201


def test_a_session_planted_before_the_sign_in_is_worth_nothing_after_it(people, app):
    attacker, victim = app("10.6.6.6"), app()
    sign_in(attacker, "viewer", kind="browser", headers=ORIGIN)
    planted = attacker.cookies["darkroom-8000"]
    victim.cookies.set("darkroom-8000", planted, domain="localhost.local", path="/")
    assert sign_in(victim, "administrator", kind="browser", headers=ORIGIN).status_code == 200
    fresh = victim.cookies.get("darkroom-8000", domain="localhost.local") or victim.cookies["darkroom-8000"]
    assert fresh != planted
    assert attacker.get(f"{API}/auth/me").status_code == 401
    made_up = app()
    made_up.cookies.set("darkroom-8000", "chosen-by-the-attacker")
    sign_in(made_up, "viewer", kind="browser", headers=ORIGIN)
    assert "chosen-by-the-attacker" not in str(made_up.cookies.jar._cookies.get("localhost.local"))


def test_a_cookie_is_no_bearer_and_a_token_is_no_cookie(library, people, app):
    client = app()
    sign_in(client, kind="browser", headers=ORIGIN)
    cookie = client.cookies["darkroom-8000"]
    assert client.get(f"{API}/auth/me").status_code == 200
    stranger = app()
    assert stranger.get(f"{API}/auth/me", headers=bearer(cookie)).status_code == 401
    made = library.tokens.create(LOCAL_OWNER, NewToken(name="n", scopes=("*",)))
    assert stranger.get(f"{API}/auth/me", headers=bearer(made.token)).status_code == 200
    stranger.cookies.set("darkroom-8000", made.token)
    assert stranger.get(f"{API}/auth/me").status_code == 401


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer a.b.c", "bearer dr_x", "Token x", "Bearer " + "x" * 5000]
)
def test_a_credential_that_is_none_is_refused_and_nothing_else_is_tried(people, app, header: str):
    client = app()
    sign_in(client, kind="browser", headers=ORIGIN)
    answer = client.get(f"{API}/auth/me", headers={"Authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


def test_even_where_nobody_has_to_sign_in_a_wrong_token_is_refused(library, app):
    assert app().get(f"{API}/images").status_code == 200
    assert app().get(f"{API}/images", headers=bearer("dr_wrong")).status_code == 401
    made = library.tokens.create(LOCAL_OWNER, NewToken(name="n", scopes=("images:read",)))
    assert app().get(f"{API}/images", headers=bearer(made.token)).status_code == 200
    assert app().get(f"{API}/users", headers=bearer(made.token)).status_code == 403


def test_revoked_and_expired_tokens_open_nothing(library, people, app):
    client = app()
    made = client.post(
        f"{API}/tokens", json={"name": "n", "scopes": ["read"]}, headers=bearer(tokens_of(client)["access_token"])
    ).json()
    headers = bearer(made["token"])
    assert client.get(f"{API}/images", headers=headers).status_code == 200
    assert client.get(f"{API}/failures", headers=headers).status_code == 200
    assert client.post(f"{API}/failures/dismiss", json={"all": True}, headers=headers).status_code == 403
    library.tokens.revoke(LOCAL_OWNER, made["view"]["id"])
    answer = client.get(f"{API}/images", headers=headers)
    assert (answer.status_code, "was revoked" in answer.json()["detail"]) == (401, True)
    late = library.tokens.create(LOCAL_OWNER, NewToken(name="late", scopes=("*",), expires_in_days=1))
    library.stores.database.collection("api_tokens").update_one(
        {"_id": late.view.id}, [{"$set": {"expires_at": {"$subtract": ["$$NOW", 1000]}}}]
    )
    answer = client.get(f"{API}/images", headers=bearer(late.token))
    assert (answer.status_code, "run out" in answer.json()["detail"]) == (401, True)


def test_a_disabled_account_loses_every_access_at_once(library, people, app):
    client, browser = app(), app()
    tokens = tokens_of(client)
    sign_in(browser, kind="browser", headers=ORIGIN)
    made = library.tokens.create(LOCAL_OWNER, NewToken(name="n", scopes=("*",), user=people["editor"].id))
    asks = (
        lambda: client.get(f"{API}/images", headers=bearer(tokens["access_token"])),
        lambda: client.get(f"{API}/images", headers=bearer(made.token)),
        lambda: browser.get(f"{API}/images"),
    )
    assert [ask().status_code for ask in asks] == [200, 200, 200]
    library.users.update(LOCAL_OWNER, people["editor"].id, UserChange(disabled=True))
    assert [ask().status_code for ask in asks] == [401, 401, 401]
    assert client.post(f"{API}/auth/refresh", json={"refresh_token": tokens["refresh_token"]}).status_code == 401
    assert sign_in(client).json()["code"] == "sign_in_failed"


def test_a_new_password_ends_every_other_session(library, people, app):
    here, there = app(), app()
    mine, other = tokens_of(here), tokens_of(there)
    change = {"old": "wrong password", "new": "another password"}
    headers = bearer(mine["access_token"])
    assert here.post(f"{API}/auth/password", json=change, headers=headers).json()["code"] == "sign_in_failed"
    assert here.post(f"{API}/auth/password", json=change | {"old": PASSWORD}, headers=headers).status_code == 204
    assert here.get(f"{API}/images", headers=headers).status_code == 200
    assert there.get(f"{API}/images", headers=bearer(other["access_token"])).status_code == 401
    assert sign_in(there).status_code == 401
    assert sign_in(there, password="another password").status_code == 200


def test_signing_out_everywhere_ends_every_session_of_one_account(library, people, app):
    browser, program, other = app(), app("10.1.1.1"), app()
    assert sign_in(browser, kind="browser", headers=ORIGIN).status_code == 200
    tokens, theirs = tokens_of(program), tokens_of(other, "viewer")
    assert browser.get(f"{API}/images").status_code == 200
    ended = browser.post(f"{API}/auth/sign-out", json={"everywhere": True}, headers=ORIGIN)
    assert ended.json() == {"ended": 2}
    assert browser.get(f"{API}/images").status_code == 401
    assert program.get(f"{API}/images", headers=bearer(tokens["access_token"])).status_code == 401
    refresh = {"refresh_token": tokens["refresh_token"]}
    assert program.post(f"{API}/auth/refresh", json=refresh).status_code == 401
    assert other.get(f"{API}/images", headers=bearer(theirs["access_token"])).status_code == 200


def test_a_link_sets_a_password_and_ends_every_session(library, people, app):
    client = app()
    tokens = tokens_of(client)
    link = library.users.reset_link(LOCAL_OWNER, people["editor"].id)
    body = {"token": link.token, "password": "another password"}
    assert client.post(f"{API}/auth/reset", json=body).status_code == 204
    assert client.post(f"{API}/auth/reset", json=body).json()["code"] == "link_expired"
    assert client.get(f"{API}/images", headers=bearer(tokens["access_token"])).status_code == 401
    assert sign_in(client, password="another password").status_code == 200


def test_guessing_is_throttled_for_known_and_unknown_alike_and_in_every_process(library, people, app):
    from darkroom.services.library import Library

    other = Library(library.settings, library.stores, library.launcher)
    for role in ("editor", "nobody"):
        client = app("10.6.6.6")
        codes = [sign_in(client, role, password="wrong").json()["code"] for _ in range(7)]
        assert codes == ["sign_in_failed"] * 5 + ["too_many_attempts"] * 2
        answer = sign_in(client, role)
        assert answer.status_code == 429
        assert 0 < int(answer.headers["Retry-After"]) <= 901
    from darkroom.errors import Error
    from darkroom.services.accounts.requests import Credentials

    given = Credentials(email="EDITOR@example.org", password=PASSWORD)
    with pytest.raises(Error) as caught:
        other.sessions.sign_in(given, address="10.6.6.6", agent=None)
    assert caught.value.code == "too_many_attempts"
    assert sign_in(app("10.7.7.7")).status_code == 200
    throttled = library.stores.audit.list({"action": "sign_in.throttled"}).items
    assert len(throttled) == 2


def test_guessing_through_a_list_of_accounts_is_throttled_too(people, app):
    client = app("10.6.6.6")
    codes = [sign_in(client, f"user{number}", password="wrong").status_code for number in range(52)]
    assert codes == [401] * 50 + [429] * 2
    assert sign_in(app("10.6.6.7")).status_code == 200


def test_who_signs_in_rightly_is_never_throttled(people, app):
    client = app("10.6.6.6")
    assert [sign_in(client).status_code for _ in range(60)] == [200] * 60


def test_the_answer_does_not_tell_whether_there_is_an_account(library, people, app):
    library.users._cost = 9  # dear enough to tell the work from the noise
    library.users.set_password(LOCAL_OWNER, people["editor"].id, PASSWORD)
    known, unknown, bodies = [], [], set()
    for number in range(12):
        for role, times in (("editor", known), (f"nobody{number}", unknown)):
            client = app(f"10.{number}.1.1")
            begun = time.perf_counter()
            answer = sign_in(client, role, password="wrong password")
            times.append(time.perf_counter() - begun)
            body = answer.json()
            bodies.add((answer.status_code, body["code"], body["detail"], body["remedy"]))
    assert len(bodies) == 1
    assert 0.5 < statistics.median(known) / statistics.median(unknown) < 2


def test_nobody_gives_himself_what_is_not_asked_for(people, app):
    client = app()
    headers = bearer(tokens_of(client, "administrator")["access_token"])
    base = {"email": "new@example.org"}
    for extra in ({"disabled": False}, {"id": "u-1"}, {"roles": []}, {"password_hash": "x"}, {"revision": 9}):
        assert client.post(f"{API}/users", json=base | extra, headers=headers).status_code == 422
    user = people["viewer"].id
    for extra in (
        {"roles": [{"role": "administrator", "domain": "*"}]},
        {"role": "administrator"},
        {"password": "x" * 12},
    ):
        assert client.patch(f"{API}/users/{user}", json=extra, headers=headers).status_code == 422
    assert (
        client.post(
            f"{API}/tokens", json={"name": "n", "scopes": ["*"], "created_by": "x"}, headers=headers
        ).status_code
        == 422
    )
    viewer = bearer(tokens_of(client, "viewer")["access_token"])
    assert client.put(f"{API}/users/{user}/role", json={"role": "administrator"}, headers=viewer).status_code == 403


def test_a_stronger_hash_is_made_at_the_next_sign_in(library, people, app):
    from darkroom.access.passwords import cost_of

    library.users._cost = 6
    assert sign_in(app()).status_code == 200
    assert cost_of(library.stores.users.get(people["editor"].id).password) == 6
    assert cost_of(library.stores.users.get(people["viewer"].id).password) == 4
    assert sign_in(app()).status_code == 200


def test_why_is_answered_and_every_refusal_is_in_the_log(people, app):
    client = app("10.1.1.1")
    headers = bearer(tokens_of(client, "viewer")["access_token"])
    why = client.get(f"{API}/access/explain", params={"permission": "images:write"}, headers=headers).json()
    assert (why["allowed"], why["roles"][0], why["rule"]) == (False, "editor", None)
    assert "only the role viewer" in why["because"]
    admin = bearer(tokens_of(client, "administrator")["access_token"])
    rule = {"subject": people["editor"].id, "permission": "images:read", "effect": "deny", "reason": "On leave."}
    made = client.post(f"{API}/policies", json=rule, headers=admin).json()
    editor = bearer(tokens_of(client)["access_token"])
    refused = client.get(f"{API}/images", headers=editor)
    assert (refused.status_code, refused.json()["rule"]) == (403, made["id"])
    assert "On leave." in refused.json()["detail"]
    asked = {"permission": "images:read", "user": people["editor"].id}
    assert client.get(f"{API}/access/explain", params=asked, headers=admin).json()["rule"] == made["id"]
    assert client.get(f"{API}/access/explain", params=asked, headers=headers).status_code == 403
    page = client.get(f"{API}/audit", params={"outcome": "denied", "action": "images:read"}, headers=admin).json()
    (line,) = page["items"]
    assert (line["principal"], line["address"]) == (people["editor"].id, "10.1.1.1")
    assert line["trace_id"] == refused.headers["X-Trace-Id"]
    assert client.delete(f"{API}/policies/{made['id']}", headers=admin).status_code == 204
    assert client.get(f"{API}/images", headers=editor).status_code == 200


def test_the_audit_log_goes_out_as_a_file_that_no_spreadsheet_runs(library, people, app):
    import csv
    import io
    import json

    client = app()
    sign_in(client, "=cmd|calc", password="wrong")
    admin = bearer(tokens_of(client, "administrator")["access_token"])
    library.users.update(LOCAL_OWNER, people["viewer"].id, UserChange(name="=HYPERLINK(1)"))
    viewer = bearer(tokens_of(client, "viewer")["access_token"])
    client.get(f"{API}/users", headers=viewer)
    text = client.get(f"{API}/audit/export", params={"format": "csv"}, headers=admin).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert not any(cell[:1] in "=+-@" for row in rows for cell in row.values() if cell)
    assert "'=HYPERLINK(1)" in {row["name"] for row in rows}
    lines = client.get(f"{API}/audit/export", headers=admin).text.splitlines()
    assert len(lines) == len(rows) + 1  # the first export is a line itself
    assert json.loads(lines[0])["action"] == "user.created"
    moments = [json.loads(line)["at"] for line in lines]
    assert moments == sorted(moments)


def test_a_change_of_an_old_revision_is_refused_over_http(people, app):
    client = app()
    headers = bearer(tokens_of(client, "administrator")["access_token"])
    path = f"{API}/users/{people['viewer'].id}"
    tag = client.get(path, headers=headers).headers["ETag"]
    changed = client.patch(path, json={"name": "Vera"}, headers=headers | {"If-Match": tag})
    assert (changed.status_code, changed.json()["name"]) == (200, "Vera")
    late = client.patch(path, json={"name": "Victor"}, headers=headers | {"If-Match": tag})
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    assert client.patch(path, json={"name": "Victor"}, headers=headers | {"If-Match": "x"}).status_code == 422
    seen = client.get(path, headers=headers | {"If-None-Match": tag})
    assert (seen.status_code, seen.json()["name"]) == (200, "Vera")
    again = client.get(path, headers=headers | {"If-None-Match": seen.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", seen.headers["ETag"])


def test_the_public_keys_check_our_access_tokens(people, app):
    from joserfc import jwt
    from joserfc.jwk import KeySet

    client = app()
    token = tokens_of(client)["access_token"]
    found = client.get(f"{API}/auth/jwks").json()
    assert all("d" not in key for key in found["keys"])
    claims = jwt.decode(token, KeySet.import_key_set(found), algorithms=["ES256"]).claims
    assert claims["sub"] == people["editor"].id

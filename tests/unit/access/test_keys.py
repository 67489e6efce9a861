"""Access tokens: one algorithm, our own keys, and nothing that a token says of itself decides."""

from __future__ import annotations

import base64
import hmac
import json
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from darkroom.access.keys import ACCESS_SECONDS, SigningKeys
from darkroom.errors import Error

START = 1_800_000_000.0
DAY = 86_400.0


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(tmp_path: Path, clock: Clock) -> SigningKeys:
    return SigningKeys(tmp_path / "keys", "darkroom:one", clock)


def refused(keys: SigningKeys, token: str) -> str:
    with pytest.raises(Error) as caught:
        keys.verify(token)
    assert caught.value.code == "unauthenticated"
    return caught.value.cause


def encode(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def parts(token: str) -> tuple[dict, dict]:
    header, payload, _ = token.split(".")
    return tuple(json.loads(base64.urlsafe_b64decode(one + "==")) for one in (header, payload))  # type: ignore[return-value]


def test_a_token_says_whose_it_is_and_names_itself(keys: SigningKeys):
    token = keys.sign("u-1", "s-1")
    header, claims = parts(token)
    assert header == {"alg": "ES256", "kid": header["kid"], "typ": "at+jwt"}
    assert set(claims) == {"iss", "aud", "sub", "sid", "iat", "exp", "jti"}
    assert claims["exp"] - claims["iat"] == ACCESS_SECONDS == 900
    found = keys.verify(token)
    assert (found.user, found.session, found.expires_at) == ("u-1", "s-1", claims["exp"])
    assert parts(keys.sign("u-1", "s-1"))[1]["jti"] != claims["jti"]


def test_a_token_ends_after_fifteen_minutes(keys: SigningKeys, clock: Clock):
    token = keys.sign("u-1", "s-1")
    clock.now += ACCESS_SECONDS + 4
    keys.verify(token)
    clock.now += 2
    assert "run out" in refused(keys, token)


def test_a_token_of_a_clock_a_minute_ahead_is_taken_and_no_later_one(keys: SigningKeys, clock: Clock):
    clock.now += 60
    token = keys.sign("u-1", "s-1")
    clock.now -= 60
    keys.verify(token)
    clock.now -= 1
    assert "comes from the future" in refused(keys, token)


def test_why_a_token_is_refused_is_told(keys: SigningKeys, tmp_path: Path, clock: Clock):
    foreign = SigningKeys(tmp_path / "other", "darkroom:one", clock).sign("u-1", "s-1")
    assert "a key that is not known here" in refused(keys, foreign)
    namesake = SigningKeys(tmp_path / "keys", "darkroom:two", clock)
    assert "made for another Darkroom" in refused(keys, namesake.sign("u-1", "s-1"))


def test_no_algorithm_is_no_signature(keys: SigningKeys):
    header, claims = parts(keys.sign("u-1", "s-1"))
    for name in ("none", "None", "NONE", "nOnE"):
        for signature in ("", "AAAA"):
            refused(keys, f"{encode(header | {'alg': name})}.{encode(claims)}.{signature}")


def test_the_public_key_is_no_secret_to_sign_with(keys: SigningKeys):
    header, claims = parts(keys.sign("u-1", "s-1"))
    public = keys.public()[0]
    secrets = [json.dumps(public), ECKey.import_key(public).as_pem(private=False).decode()]
    for secret in secrets:
        unsigned = f"{encode(header | {'alg': 'HS256'})}.{encode(claims)}"
        made = hmac.new(secret.encode(), unsigned.encode(), "sha256").digest()
        refused(keys, f"{unsigned}.{base64.urlsafe_b64encode(made).rstrip(b'=').decode()}")


def test_keys_that_a_token_brings_along_are_not_used(keys: SigningKeys):
    header, claims = parts(keys.sign("u-1", "s-1"))
    own = ECKey.generate_key("P-256")
    public = own.as_dict(private=False)
    for extra in ({"jwk": public}, {"jku": "https://evil.example/jwks"}, {"kid": "../../etc/passwd"}, {"kid": 5}):
        made = {**header, **extra}
        refused(keys, f"{encode(made)}.{encode(claims)}." + jwt.encode(header, claims, own).rpartition(".")[2])
    refused(keys, jwt.encode({**header, "alg": "RS256"}, claims, RSAKey.generate_key(2048)))
    refused(keys, jwt.encode(header, claims, own))


def test_another_kind_of_token_is_refused_though_we_signed_it(keys: SigningKeys, tmp_path: Path):
    header, claims = parts(keys.sign("u-1", "s-1"))
    document = json.loads(next((tmp_path / "keys").glob("k-*.json")).read_text())
    document.pop("created")
    key = ECKey.import_key(document)
    for changed in ({"typ": "JWT"}, {"typ": "id+jwt"}):
        refused(keys, jwt.encode({**header, **changed}, claims, key))
    for changed in (
        {"aud": "other"},
        {"iss": "darkroom:two"},
        {"exp": "never"},
        {"exp": True},
        {"iat": claims["iat"] + 9999},
    ):
        refused(keys, jwt.encode(header, {**claims, **changed}, key))
    for missing in ("sub", "sid", "exp", "iat"):
        refused(keys, jwt.encode(header, {name: one for name, one in claims.items() if name != missing}, key))
    keys.verify(jwt.encode(header, claims, key))


@pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "e30.e30.", "\u00e4.b.c", "x" * 5000, "e30.e30.e30.e30.e30"])
def test_rubbish_is_refused_clearly(keys: SigningKeys, token: str):
    keys.sign("u-1", "s-1")
    assert "form or its signature" in refused(keys, token)


def test_keys_are_private_to_their_owner(keys: SigningKeys, tmp_path: Path):
    keys.sign("u-1", "s-1")
    (file,) = (tmp_path / "keys").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert "d" in json.loads(file.read_text())
    assert all("d" not in one for one in keys.public())


def test_tokens_of_the_old_key_hold_until_they_end(keys: SigningKeys, clock: Clock):
    old = keys.sign("u-1", "s-1")
    clock.now += 30 * DAY + 1 - 600  # ten minutes before the key's last signature
    late = keys.sign("u-2", "s-2")
    assert parts(late)[0]["kid"] == parts(old)[0]["kid"]
    clock.now += 660
    new = keys.sign("u-3", "s-3")
    assert parts(new)[0]["kid"] != parts(old)[0]["kid"]
    assert keys.verify(late).user == "u-2"
    assert {one["kid"] for one in keys.public()} == {parts(old)[0]["kid"], parts(new)[0]["kid"]}
    clock.now += 3601
    assert {one["kid"] for one in keys.public()} == {parts(new)[0]["kid"]}


def test_another_process_knows_a_new_key_at_once(keys: SigningKeys, tmp_path: Path, clock: Clock):
    other = SigningKeys(tmp_path / "keys", "darkroom:one", clock)
    assert other.verify(keys.sign("u-1", "s-1")).user == "u-1"
    clock.now += 1
    kid = keys.rotate()
    token = keys.sign("u-2", "s-2")
    assert parts(token)[0]["kid"] == kid
    assert other.verify(token).user == "u-2"


def test_the_newest_key_signs_whatever_its_name(keys: SigningKeys, tmp_path: Path, clock: Clock):
    first = keys.rotate()
    clock.now += 60
    second = keys.rotate()
    (tmp_path / "keys" / f"{first}.json").rename(tmp_path / "keys" / "k-zzz.json")
    assert parts(keys.sign("u-1", "s-1"))[0]["kid"] == second


def test_of_several_old_keys_those_that_are_over_go_and_the_others_stay(tmp_path: Path, clock: Clock):
    folder = tmp_path / "deep" / "keys"
    keys = SigningKeys(folder, "darkroom:one", clock)
    for _ in range(3):
        keys.rotate()
    clock.now += 20 * DAY
    young = keys.rotate()
    token = keys.sign("u-1", "s-1")
    clock.now += 11 * DAY
    assert [one["kid"] for one in keys.public()] == [young]
    assert [path.stem for path in folder.glob("*.json")] == [young]
    assert "run out" in refused(keys, token)

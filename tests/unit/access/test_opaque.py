"""Opaque secrets say what they are, notice slips, and differ."""

from __future__ import annotations

from darkroom.access import opaque


def test_a_secret_is_of_one_kind_and_notices_a_slip():
    made = [opaque.make(opaque.API) for _ in range(200)]
    assert len(set(made)) == 200
    for secret in made[:20]:
        assert secret.startswith("dr_")
        assert opaque.is_one(opaque.API, secret)
        assert not opaque.is_one(opaque.REFRESH, secret)
        other = "A" if secret[10] != "A" else "B"
        assert not opaque.is_one(opaque.API, secret[:10] + other + secret[11:])
        assert not opaque.is_one(opaque.API, secret + "\n")
        assert not opaque.is_one(opaque.API, secret[:-1])


def test_what_is_kept_does_not_contain_the_secret():
    secret = opaque.make(opaque.COOKIE)
    assert len(opaque.digest(secret)) == 64
    assert secret[4:] not in opaque.digest(secret)

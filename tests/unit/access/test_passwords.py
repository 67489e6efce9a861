"""Passwords are stretched, whatever they consist of, and every answer takes the same work."""

from __future__ import annotations

import time

import bcrypt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkroom.access import passwords
from darkroom.errors import Error


@pytest.mark.parametrize(
    "password",
    ["correct horse", "x" * 72, "\0" * 20, "a\0b" * 10, "\u00e4\u00f6\u00fc" * 40, "\ud800 half a pair", "p" * 1000],
)
def test_a_password_fits_its_own_hash_and_no_other(password: str):
    stored = passwords.hash_password(password, 4)
    assert passwords.cost_of(stored) == 4
    assert passwords.verify(password, stored, 4)
    assert not passwords.verify(password + "x", stored, 4)
    assert not passwords.verify(password[:-1] + "~", stored, 4)


def test_what_lies_behind_72_bytes_and_behind_a_nul_counts():
    for common in ("a" * 72, "a\0"):
        stored = passwords.hash_password(common + "first", 4)
        assert not passwords.verify(common + "other", stored, 4)


def test_a_plain_hash_of_the_password_leaked_elsewhere_does_not_open_it():
    import base64
    import hashlib

    stored = passwords.hash_password("correct horse", 4).encode()
    plain = hashlib.sha256(b"correct horse").digest()
    for guess in (plain.hex().encode(), base64.b64encode(plain), plain.replace(b"\0", b"")):
        assert not bcrypt.checkpw(guess[:72], stored)


def test_letters_composed_otherwise_are_the_same_password():
    stored = passwords.hash_password("caf\u00e9 at noon", 4)
    assert passwords.verify("cafe\u0301 at noon", stored, 4)


@settings(max_examples=30, deadline=None)
@given(st.text(min_size=1, max_size=100))
def test_any_text_can_be_a_password(text: str):
    stored = passwords.hash_password(text, 4)
    assert passwords.verify(text, stored, 4)
    assert not passwords.verify(text + "\0", stored, 4)


def test_two_hashes_of_one_password_differ():
    assert passwords.hash_password("correct horse", 4) != passwords.hash_password("correct horse", 4)


def test_no_account_and_an_older_hash_cost_as_much_as_a_present_one():
    def seconds(stored: str | None) -> float:
        best = float("inf")
        for _ in range(5):
            begun = time.process_time()
            assert not passwords.verify("wrong", stored, 9)
            best = min(best, time.process_time() - begun)
        return best

    present = seconds(passwords.hash_password("right", 9))
    assert 0.6 < seconds(None) / present < 1.6
    assert 0.6 < seconds(passwords.hash_password("right", 5)) / present < 1.6


def test_the_cost_is_what_takes_about_the_time_asked_for():
    assert passwords.calibrate(0.0001) == passwords.LEAST_COST
    assert passwords.LEAST_COST <= passwords.calibrate() <= passwords.MOST_COST
    assert passwords.calibrate(1000.0) == passwords.MOST_COST


@pytest.mark.parametrize(
    ("password", "words"),
    [("short", "at least 10"), ("a" * 1001, "at most 1000"), ("aaaaaaaaaaab", "four different"),
     ("ada@example.org", "is the address")],
)  # fmt: skip
def test_bad_passwords_are_refused_without_being_repeated(password: str, words: str):
    with pytest.raises(Error) as caught:
        passwords.check_password(password, email="Ada@example.org")
    assert words in caught.value.cause
    assert password not in caught.value.cause
    passwords.check_password("correct horse", email="Ada@example.org")

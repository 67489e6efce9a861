"""Passwords are stretched, whatever they consist of, and every answer takes the same work."""

from __future__ import annotations

import time

import bcrypt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkroom.access import common_passwords, passwords
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
     ("ada@example.org", "is the address"), ("iloveyou123", "guessed first")],
)  # fmt: skip
def test_bad_passwords_are_refused_without_being_repeated(password: str, words: str):
    with pytest.raises(Error) as caught:
        passwords.check_password(password, email="Ada@example.org")
    assert words in caught.value.cause
    assert password not in caught.value.cause
    passwords.check_password("correct horse", email="Ada@example.org")


@pytest.mark.parametrize(
    "password",
    ["1234567890", "9876543210", "abcdefghijk", "qwertyuiop", "1q2w3e4r5t!", "iloveyou123", "administrator", "Summer2026!",
     "P@ssw0rd123", "Passw0rd!Passw0rd!", "Darkroom-2026", "Ada.Lovelace!", "Lovelace_1815", "AdaLovelace1815"],
)  # fmt: skip
def test_what_is_guessed_first_is_no_password(password: str):
    with pytest.raises(Error, match="guessed first"):
        passwords.check_password(password, email="ada.lovelace@example.org")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse",
        "a new password",
        "hidden-value",
        "7391048265 ok",
        "x1q9zk27lm",
        "\0" * 10 + "abcd",
        "\ud800 half a pair",
    ],
)
def test_what_nobody_guesses_first_is_one(password: str):
    passwords.check_password(password, email="ada.lovelace@example.org")


def test_three_thousand_common_passwords_that_are_long_enough_are_refused():
    """As many as the standard asks for: those of the list, and each shorter one with a year behind it."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    listed = [one for one in FREQUENCY_LISTS["passwords"] if len(one) >= 3]
    tried = [one for one in listed if len(one) >= 10 and len(set(one)) >= 4]
    tried += [f"{one}2026" for one in listed[:4000] if len(one) >= 6 and one.isalpha()]
    assert len(tried) > 3000
    assert [one for one in tried if not common_passwords.is_common(one)] == []


def test_how_long_a_check_takes_grows_with_the_length_alone():
    begun = time.process_time()
    for text in ("ab" * 500, "a" * 999 + "b", "$14@8({369!|7+05" * 60, "@4(!1|0$5+7%2{" * 70):
        common_passwords.is_common(text)
    assert time.process_time() - begun < 1.0

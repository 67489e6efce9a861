"""Tokens of the command line: private, and never a refresh token shown twice."""

from __future__ import annotations

import threading

import pytest

from darkroom.access.credentials import Credential, CredentialStore
from darkroom.errors import Error

URL = "https://darkroom.example.org"


def credential(number: int, expires_at: float = 1000.0) -> Credential:
    return Credential(access_token=f"a{number}", refresh_token=f"r{number}", expires_at=expires_at)


def test_only_the_owner_reads_them(tmp_path):
    store = CredentialStore(tmp_path / "config")
    store.keep(f"{URL}/", credential(1))
    assert (tmp_path / "config").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "config" / "credentials.json").stat().st_mode & 0o777 == 0o600
    assert store.find(URL) == credential(1)
    assert "a1" not in repr(store.find(URL))


def test_there_is_one_for_each_address_the_last_first(tmp_path):
    store = CredentialStore(tmp_path)
    for number, url in enumerate((URL, "http://localhost:8000", URL)):
        store.keep(url, credential(number))
    assert store.addresses() == [URL, "http://localhost:8000"]
    assert store.forget(URL) == credential(2)
    assert store.forget(URL) is None
    assert store.addresses() == ["http://localhost:8000"]


def test_a_token_that_is_good_is_used_again(tmp_path):
    store = CredentialStore(tmp_path, clock=lambda: 100.0)
    store.keep(URL, credential(1))
    assert store.access_token(URL, lambda _: pytest.fail("nothing to refresh")) == "a1"
    with pytest.raises(Error) as caught:
        store.access_token("https://other.example", lambda _: credential(2))
    assert caught.value.code == "unauthenticated"


def test_programs_at_the_same_time_refresh_once(tmp_path):
    CredentialStore(tmp_path).keep(URL, credential(1, expires_at=110.0))
    shown, got = [], []

    def refresh(token: str) -> Credential:
        shown.append(token)
        return credential(2)

    def work() -> None:
        got.append(CredentialStore(tmp_path, clock=lambda: 100.0).access_token(URL, refresh))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (shown, got) == (["r1"], ["a2"] * 8)


def test_a_refresh_that_fails_changes_nothing(tmp_path):
    store = CredentialStore(tmp_path, clock=lambda: 5000.0)
    store.keep(URL, credential(1))

    def refresh(_: str) -> Credential:
        raise Error("unauthenticated", "over")

    with pytest.raises(Error):
        store.access_token(URL, refresh)
    assert store.find(URL) == credential(1)


def test_a_file_that_is_spoilt_says_what_to_do(tmp_path):
    (tmp_path / "credentials.json").write_text("{")
    with pytest.raises(Error) as caught:
        CredentialStore(tmp_path).find(URL)
    assert "darkroom login" in caught.value.remedy

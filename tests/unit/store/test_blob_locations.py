"""Storage URLs: what they may say, and that they never hold a secret."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from pydantic import SecretStr

from darkroom.errors import Error
from darkroom.settings import Settings
from darkroom.store.blobs import LocalBlobStore, open_blobs, parse_location
from darkroom.store.blobs.object_errors import clean


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("s3://pictures", "s3://pictures"),
        ("s3://pictures//a/b/", "s3://pictures/a/b"),
        ("s3://pictures/a?region=eu-west-1&endpoint=https://s3.example.com",
         "s3://pictures/a?endpoint=https%3A%2F%2Fs3.example.com&region=eu-west-1"),
        ("gs://pictures/a", "gs://pictures/a"),
        ("az://pictures/a?account=mine", "az://pictures/a?account=mine"),
        ("file:///srv/pictures", "file:///srv/pictures"),
        ("/srv/pictures/", "file:///srv/pictures"),
    ],
)  # fmt: skip
def test_a_place_is_read_and_shown_in_one_way(url: str, shown: str) -> None:
    assert str(parse_location(url)) == shown
    assert parse_location(shown) == parse_location(url)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "empty"),
        ("ftp://pictures", "no provider 'ftp'"),
        ("s3://", "not the name of a bucket"),
        ("s3://pictures/../other", "'..'"),
        ("s3://pictures?zone=x", "'zone' is no option"),
        ("file://server/share", "three slashes"),
    ],
)
def test_what_is_no_place_is_refused_with_the_reason(url: str, words: str) -> None:
    with pytest.raises(Error) as caught:
        parse_location(url)
    assert caught.value.code == "invalid_setting"
    assert words in caught.value.cause


@pytest.mark.parametrize(
    "url",
    ["s3://AKIA:hidden-value@pictures", "s3://pictures?secret_access_key=hidden-value", "az://c?sig=hidden-value",
     "s3://pictures?access_key_id=hidden-value"],
)  # fmt: skip
def test_a_secret_in_a_url_is_refused_and_not_repeated(url: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(Error) as caught:
        parse_location(url)
    assert "hidden-value" not in f"{caught.value} {caught.value.context} {caplog.text}"
    assert "DARKROOM_STORAGE_CREDENTIALS" in caught.value.remedy


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ("not json hidden-value", "not JSON"),
        ('["hidden-value"]', "must look like"),
        ('{"s3": {"password": "hidden-value"}}', "'password' is no credential"),
        ('{"other": {"access_key_id": "hidden-value"}}', "no entry 'mine'"),
    ],
)
def test_credentials_that_cannot_be_used_are_not_repeated(held: str, words: str) -> None:
    url = "s3://pictures" + ("?credentials=mine" if "mine" in words else "")
    settings = Settings(storage_credentials=SecretStr(held))
    with pytest.raises(Error) as caught:
        open_blobs(url, settings).stat("originals", "0" * 64)
    assert caught.value.code == "invalid_setting"
    assert words in caught.value.cause
    assert "hidden-value" not in f"{caught.value} {caught.value.context}"


def test_a_path_is_the_local_store(tmp_path: Path) -> None:
    store = open_blobs(str(tmp_path), Settings())
    assert isinstance(store, LocalBlobStore)
    assert store.root == tmp_path


def test_signed_addresses_in_messages_lose_their_signature() -> None:
    found = clean(
        "Error GET http://h/b?X-Amz-Credential=AK%2F1&X-Amz-Signature=abc123&partNumber=1 failed\n\nDebug source:\nkey"
    )
    assert "abc123" not in found
    assert "AK%2F1" not in found
    assert "Debug" not in found
    assert "partNumber=1" in found

"""Names that a client gives, and the files behind them."""

from __future__ import annotations

import errno
import os
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom.api.staging import Staging, sweep_uploads
from darkroom.errors import Error
from darkroom.services.uploads.files import clean_name, mapped


@pytest.mark.parametrize(
    ("given_name", "expected"),
    [
        ("photo.jpg", "photo.jpg"),
        ("../../etc/passwd", "passwd"),
        ("/etc/shadow", "shadow"),
        ("C:\\Users\\me\\photo.jpg", "photo.jpg"),
        ("..", "unnamed"),
        ("...", "unnamed"),
        ("", "unnamed"),
        ("/", "unnamed"),
        (".htaccess", "htaccess"),
        ("a\x00b.png", "a b.png"),
        ("line\r\nbreak.png", "line break.png"),
        ("\u202egnp.exe", "gnp.exe"),
        ("  spaced  out .jpg ", "spaced out.jpg"),
        ("cafe\u0301.jpg", "caf\u00e9.jpg"),
        ("x" * 300 + ".jpeg", "x" * 175 + ".jpeg"),
        ("x." + "y" * 300, "x." + "y" * 178),
        ("\u00fc" * 200 + ".png", "\u00fc" * 88 + ".png"),
    ],
)
def test_names_become_plain_base_names(given_name: str, expected: str):
    assert clean_name(given_name) == expected


@given(st.text(max_size=400))
def test_any_name_becomes_one_that_is_safe_on_disk(name: str):
    found = clean_name(name)
    assert 1 <= len(found.encode()) <= 180
    assert not found.startswith(".")
    assert not {"/", "\\", "\0"} & set(found)
    assert all(unicodedata.category(sign)[0] != "C" for sign in found)


@given(st.text(max_size=100))
def test_a_clean_name_stays_as_it_is(name: str):
    assert clean_name(clean_name(name)) == clean_name(name)


def _staging(tmp_path: Path, **changes: int) -> Staging:
    staging = Staging(tmp_path / "b-1", **({"max_bytes": 100, "max_files": 3} | changes))
    staging.prepare(0)
    return staging


def _put(staging: Staging, name: str, data: bytes) -> None:
    staging.begin(name)
    staging.write(data)
    staging.finish()


def test_files_of_one_name_are_all_kept(tmp_path: Path):
    staging = _staging(tmp_path)
    for data in (b"one", b"two", b"three"):
        _put(staging, "A.jpg" if data == b"two" else "a.jpg", data)
    items = staging.complete(("x",))
    assert [(item.key, Path(item.path).read_bytes(), item.bytes, item.tags) for item in items] == [
        ("a.jpg", b"one", 3, ("x",)),
        ("A (2).jpg", b"two", 3, ("x",)),
        ("a (3).jpg", b"three", 5, ("x",)),
    ]


def test_a_growing_file_is_hidden(tmp_path: Path):
    staging = _staging(tmp_path)
    staging.begin("a.jpg")
    staging.write(b"half")
    assert [path.name for path in (tmp_path / "b-1").iterdir()] == [".uploading"]


def test_a_file_too_large_is_refused_as_it_comes(tmp_path: Path):
    staging = _staging(tmp_path)
    staging.begin("a.jpg")
    staging.write(b"x" * 100)
    with pytest.raises(Error) as caught:
        staging.write(b"x")
    assert caught.value.code == "payload_too_large"
    assert caught.value.context == {"file": "a.jpg"}


def test_too_many_files_are_refused(tmp_path: Path):
    staging = _staging(tmp_path, max_files=1)
    _put(staging, "a.jpg", b"1")
    with pytest.raises(Error) as caught:
        staging.begin("b.jpg")
    assert caught.value.code == "payload_too_large"


def test_an_upload_that_cannot_fit_is_refused_before_it_is_read(tmp_path: Path):
    staging = Staging(tmp_path / "b-1", max_bytes=100, max_files=3)
    with pytest.raises(Error) as caught:
        staging.prepare(10**17)
    assert caught.value.code == "storage_full"


def test_nothing_is_left_after_discarding(tmp_path: Path):
    staging = _staging(tmp_path)
    _put(staging, "a.jpg", b"1")
    staging.begin("b.jpg")
    staging.discard()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.ENOSPC, "storage_full"), (errno.EDQUOT, "storage_full"), (errno.EROFS, "storage_read_only"),
     (errno.EACCES, "storage_read_only"), (errno.EIO, "storage_io")],
)  # fmt: skip
def test_errors_of_the_disk_become_ours(number: int, code: str):
    with pytest.raises(Error) as caught, mapped():
        raise OSError(number, "words")
    assert caught.value.code == code


def test_uploads_that_broke_off_are_swept_and_others_are_not(tmp_path: Path):
    for name, age in (("b-old", 8), ("b-batch", 8), ("b-growing", 8), ("b-new", 0)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "a.jpg").write_bytes(b"1")
        for path in (folder / "a.jpg", folder):
            moment = time.time() - age * 3600
            os.utime(path, (moment, moment))
    os.utime(tmp_path / "b-growing" / "a.jpg")
    (tmp_path / "stray.txt").write_text("not ours")
    assert sweep_uploads(tmp_path, lambda name: name == "b-batch") == ["b-old"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b-batch", "b-growing", "b-new", "stray.txt"]
    assert sweep_uploads(tmp_path / "missing", lambda _name: False) == []

"""Where files go once the database knows what became of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from darkroom.connectors.folder import path_to_text
from darkroom.domain.ingest import BatchItem
from darkroom.services.landing import Landing, Seen
from darkroom.settings import Settings


def item(path: Path, key: str = "a.jpg") -> BatchItem:
    return BatchItem(key=key, path=path_to_text(path), bytes=1, modified_ns=1)


def put(path: Path, data: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_a_step_that_was_done_already_is_no_problem(settings: Settings) -> None:
    landing, path = Landing(settings), put(settings.inbox / "sub/a.jpg")
    seen = Seen.of(path)
    assert landing.done(item(path), seen, "b-1") is True
    assert landing.done(item(path), seen, "b-1") is True
    assert (settings.inbox / ".done/sub/a.jpg").read_bytes() == b"x"


def test_a_file_that_differs_from_what_was_read_stays(settings: Settings) -> None:
    landing, path = Landing(settings), put(settings.inbox / "a.jpg")
    seen = Seen.of(path)
    put(path, b"another one")
    assert landing.done(item(path), seen, "b-1") is True
    assert path.read_bytes() == b"another one"


def test_nothing_that_lies_there_is_overwritten(settings: Settings) -> None:
    landing = Landing(settings)
    for data in (b"1", b"2", b"3"):
        path = put(settings.inbox / "a.jpg", data)
        landing.done(item(path), Seen.of(path), "b-1")
    found = {path.name: path.read_bytes() for path in (settings.inbox / ".done").iterdir()}
    assert found == {"a.jpg": b"1", "a~b-1.jpg": b"2", "a~b-1~2.jpg": b"3"}


def test_files_elsewhere_are_not_touched(settings: Settings, tmp_path: Path) -> None:
    landing, path = Landing(settings), put(tmp_path / "photos/a.jpg")
    assert landing.done(item(path), Seen.of(path), "b-1") is True
    assert landing.aside(item(path), "b-1") == path
    assert path.exists()


def test_staged_files_are_removed_with_their_folder(settings: Settings) -> None:
    landing, path = Landing(settings), put(settings.uploads / "b-1/sub/a.jpg")
    assert landing.done(item(path), Seen.of(path), "b-1") is True
    landing.sweep("b-1")
    assert list(settings.uploads.iterdir()) == []


def test_a_failed_file_goes_where_the_ledger_says(settings: Settings) -> None:
    landing, path = Landing(settings), put(settings.inbox / "sub/a.jpg")
    target = landing.aside(item(path), "b-1")
    assert target == settings.inbox / ".failed/sub/a.jpg"
    assert landing.failed(item(path), target, Seen.of(path)) is True
    assert target.read_bytes() == b"x"
    assert landing.aside(item(target), "b-2") == target  # a retry that fails again


def test_in_keep_mode_only_what_was_put_aside_moves(settings: Settings) -> None:
    landing = Landing(settings.model_copy(update={"inbox_mode": "keep"}))
    path, aside = put(settings.inbox / "a.jpg"), put(settings.inbox / ".failed/b.jpg")
    assert landing.done(item(path), Seen.of(path), "b-1") is False
    assert landing.aside(item(path), "b-1") == path
    assert landing.done(item(aside), Seen.of(aside), "b-1") is True
    assert (settings.inbox / ".done/b.jpg").exists()


def test_a_file_that_cannot_be_moved_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    landing, path = Landing(settings), put(settings.inbox / "a.jpg")
    put(settings.inbox / ".done", b"a file where the folder should be")
    assert landing.done(item(path), Seen.of(path), "b-1") is False
    assert path.exists()


@pytest.mark.parametrize(
    ("other", "same"), [(Seen(1, 2, 3), True), (Seen(1, 2, 4), False), (Seen(1, 2), True), (None, False)]
)
def test_what_counts_as_the_same_file(other: Seen | None, same: bool) -> None:
    assert Seen(1, 2, 3).same(other) is same

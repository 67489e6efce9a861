"""Several stores at once: which blob goes where, and where it is looked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from darkroom.errors import Error
from darkroom.settings import Settings
from darkroom.store.blobs import LocalBlobStore, MemoryBlobStore
from darkroom.store.blobs.layout import LibraryBlobs, describe, places, resolve, routed
from darkroom.store.blobs.routed import RoutedBlobStore, Tier
from darkroom.store.blobs.rules import Facts, parse_names, parse_rules, place
from tests.blob_suite import sha

STORES = ("main", "local", "archive")
RULES = parse_rules(
    "renditions -> local; originals tagged keep -> main; originals over 50MB -> archive; originals older 365d -> archive",
    STORES,
)


@pytest.mark.parametrize(
    ("facts", "store"),
    [
        (Facts("renditions", 10**9), "local"),
        (Facts("originals", 10), "main"),
        (Facts("originals", 50_000_000), "archive"),
        (Facts("originals", 49_999_999), "main"),
        (Facts("originals", 10, age_days=365), "archive"),
        (Facts("originals", 10, age_days=364.9), "main"),
        (Facts("originals", 10**9, 1000, frozenset({"keep"})), "main"),
    ],
)
def test_the_first_rule_that_speaks_of_a_blob_decides(facts: Facts, store: str) -> None:
    assert place(RULES, facts) == store


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("originals archive", "-> STORE"),
        ("originals -> cellar", "one of archive, local, main"),
        ("originals over -> main", "value is missing"),
        ("originals over big -> main", "no size like 50MB"),
        ("originals older 3w -> main", "older 3w is no condition"),
    ],
)
def test_a_rule_that_cannot_be_read_is_named(rule: str, words: str) -> None:
    with pytest.raises(Error) as caught:
        parse_rules(f"renditions -> local; {rule}", STORES)
    assert caught.value.code == "invalid_setting"
    assert words in caught.value.cause


@pytest.mark.parametrize("text", ["archive", "main=/a", "a=/a a=/b", "Bad=/a", "=x"])
def test_names_of_stores_are_new_words(text: str) -> None:
    with pytest.raises(Error) as caught:
        parse_names(text)
    assert "DARKROOM_STORAGE_MORE" in caught.value.cause


def test_blobs_are_written_by_rule_and_read_wherever_they_are(tmp_path: Path) -> None:
    main, archive, before = LocalBlobStore(tmp_path / "m"), LocalBlobStore(tmp_path / "a"), MemoryBlobStore()
    rules = parse_rules("originals over 1kb -> archive", ["main", "archive"])
    store = RoutedBlobStore([Tier("main", main, (before,)), Tier("archive", archive)], rules)
    small, large, old = b"small", b"large" * 1000, b"from before"
    before.put("originals", sha(old), old, durable=True)
    assert store.put("originals", sha(small), small, durable=True) is True
    assert store.put("originals", sha(large), large, durable=True) is True
    assert store.put("originals", sha(old), old, durable=True) is False  # it need not be stored twice
    assert list(main.keys("originals")) == [sha(small)]
    assert list(archive.keys("originals")) == [sha(large)]
    assert [store.read("originals", sha(one)) for one in (small, large, old)] == [small, large, old]
    assert list(store.keys("originals")) == sorted(map(sha, (small, large, old)))
    assert store.holder("originals", sha(large)) is archive
    assert store.delete("originals", sha(old)) is True
    assert before.stat("originals", sha(old)) is None


@dataclass
class Move:
    source: str
    target: str
    state: str


def chain(settings: Settings, *moves: Move) -> list[list[str]]:
    return [[describe(store).rpartition("/")[2] for store in tier.all] for tier in routed(settings, moves).tiers]


def test_a_move_turns_writing_at_once_and_reading_finds_both(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, storage=str(tmp_path / "old"))
    old, new = (f"file://{tmp_path}/{name}" for name in ("old", "new"))
    assert chain(settings) == [["old"], ["blobs"]]
    assert chain(settings, Move(old, new, "running")) == [["new", "old"], ["blobs"]]
    assert chain(settings, Move(old, new, "done")) == [["new", "old"], ["blobs"]]
    assert chain(settings, Move(old, new, "rolling_back")) == [["old", "new"], ["blobs"]]
    turned = Settings(home=tmp_path, storage=str(tmp_path / "new"))
    assert chain(turned, Move(old, new, "running")) == [["new", "old"], ["blobs"]]
    assert chain(turned, Move(old, new, "done")) == [["new"], ["blobs"]]
    twice = (Move(old, new, "done"), Move(new, f"file://{tmp_path}/newest", "running"))
    assert chain(settings, *twice) == [["newest", "new", "old"], ["blobs"]]


def test_a_library_with_one_place_is_that_store_and_notices_a_move(tmp_path: Path, monkeypatch) -> None:
    moves: list[Move] = []
    settings = Settings(home=tmp_path)
    blobs = LibraryBlobs(settings, lambda: moves)
    assert isinstance(blobs.current, LocalBlobStore)
    blobs.put("originals", sha(b"x"), b"x", durable=True)
    moves.append(Move(f"file://{settings.blobs}", f"file://{tmp_path}/new", "running"))
    blobs.refresh()
    blobs.put("originals", sha(b"y"), b"y", durable=True)
    assert blobs.read("originals", sha(b"x")) == b"x"
    assert list(LocalBlobStore(tmp_path / "new").keys("originals")) == [sha(b"y")]


def test_blobs_are_read_while_the_database_is_away(tmp_path: Path) -> None:
    answers: list[Error | None] = [None]

    def moves() -> list[Move]:
        if answers[-1] is not None:
            raise answers[-1]
        return []

    blobs = LibraryBlobs(Settings(home=tmp_path), moves)
    blobs.put("originals", sha(b"x"), b"x", durable=True)
    answers.append(Error("database_unavailable", "It is away."))
    blobs._next = 0.0
    assert blobs.read("originals", sha(b"x")) == b"x"
    assert blobs._next > 0.0  # not asked again at once


def test_names_and_urls_are_places(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, storage="s3://pictures", storage_more="archive=az://old")
    assert {name: str(place) for name, place in places(settings).items()} == {
        "main": "s3://pictures", "archive": "az://old", "local": f"file://{settings.blobs}",
    }  # fmt: skip
    assert str(resolve(settings, "archive")) == "az://old"
    assert str(resolve(settings, "gs://else/where")) == "gs://else/where"

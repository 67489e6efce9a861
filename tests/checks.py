"""What must hold of a library whatever was killed while it was filled."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

from darkroom.domain.query import ImageQuery
from darkroom.store import Stores


def assert_exactly_once(stores: Stores, inbox: Path, good: dict[str, bytes], bad: set[str]) -> None:
    """Every good file is one picture with one source, every bad one is one failure, and all of it was told once.

    Args:
        stores: of the library.
        inbox: the watched folder.
        good: key -> bytes of the pictures that were dropped, all different.
        bad: keys of the files that are no pictures.
    """
    expected = {hashlib.sha256(data).hexdigest(): key for key, data in good.items()}
    images = []
    cursor = None
    while True:
        page = stores.images.page(ImageQuery(sort="name"), limit=500, cursor=cursor)
        images += page.items
        if (cursor := page.next_cursor) is None:
            break
    assert {one.id: [source.key for source in one.sources] for one in images} == {
        image: [key] for image, key in expected.items()
    }
    failures = stores.failures.list(state=None, limit=500).items
    assert {one.key: one.attempts for one in failures} == dict.fromkeys(bad, 1)
    for one in images:
        assert stores.blobs.read("originals", one.id) == good[expected[one.id]]
        stored = {made.kind for made in one.renditions if stores.blobs.stat("renditions", made.address)}
        assert stored == ({"thumbnail"} if one.original_is_preview else {"thumbnail", "preview"})
    assert_files_moved(inbox, set(good), bad)
    assert_told_once(stores, set(expected))


def assert_files_moved(inbox: Path, good: set[str], bad: set[str]) -> None:
    """Nothing is left in the inbox, and each file lies where it belongs."""

    def below(folder: Path) -> set[str]:
        return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}

    assert below(inbox / ".done") == good
    assert below(inbox / ".failed") == bad
    assert {one for one in below(inbox) if not one.startswith((".done/", ".failed/"))} == set()


def assert_told_once(stores: Stores, images: set[str]) -> None:
    """Each picture is in exactly one `images.added`, and the counters of the batches add up to all files."""
    told: Counter[str] = Counter()
    seq = 0
    while events := stores.events.since(seq):
        assert [one.seq for one in events] == list(range(seq + 1, seq + len(events) + 1))
        seq = events[-1].seq
        for one in events:
            if one.type == "images.added":
                told.update(one.ids)
    assert told == Counter(images)
    batches = stores.batches.list(limit=500).items
    assert {one.state for one in batches} == {"done"}
    assert sum(one.added for one in batches) == len(images)
    assert all(one.done == one.total == one.added + one.duplicates + one.failed for one in batches)

from __future__ import annotations

from pathlib import Path

import pytest

from darkroom.datasets.manifest import Manifest
from darkroom.datasets.merging import GONE, Conflict, merge
from darkroom.domain.annotation import Classification
from darkroom.domain.dataset import Example
from darkroom.errors import Error
from tests.factories import sha


def version(**said: str) -> Manifest:
    """Pictures by name; `cat` is a class in train, `cat/test` in test."""
    examples = []
    for name, words in said.items():
        label, _, split = words.partition("/")
        given = (Classification(label=label),) if label else ()
        examples.append(Example(key=sha(name), path=name, annotations=given, split=split or "train"))
    return Manifest.of(examples, Path("set"))


def told(manifest: Manifest | None) -> dict[str, str]:
    found = {}
    for one in manifest.examples() if manifest else ():
        split = "" if one.split == "train" else f"/{one.split}"
        found[one.path] = (one.annotations[0].label if one.annotations else "") + split
    return found


BASE = version(same="cat", ours="cat", theirs="cat", both="cat", gone="cat", lost="cat", moved="cat")


def test_what_one_of_the_two_changed_holds():
    ours = version(same="cat", ours="dog", theirs="cat", both="dog", lost="cat", moved="dog", new="cow")
    theirs = version(same="cat", ours="cat", theirs="bird", both="dog", gone="cat", moved="cat/test", added="fox")
    done = merge(ours, theirs, BASE)
    assert (done.conflicts, done.open) == ((), 0)
    assert told(done.manifest) == {
        "same": "cat", "ours": "dog", "theirs": "bird", "both": "dog", "moved": "dog/test", "new": "cow", "added": "fox",
    }  # fmt: skip
    assert done.manifest.labels == ("bird", "cat", "cow", "dog", "fox")
    back = merge(theirs, ours, BASE)
    assert told(back.manifest) == told(done.manifest)
    assert back.manifest.hash == done.manifest.hash


OURS = version(ours="dog", theirs="bird", both="dog/test", lost="dog", gone="cat")
THEIRS = version(ours="fox", theirs="bird", both="cow", gone="cow", lost="cat")
CLASH = merge(OURS, THEIRS, BASE)


def test_labels_that_both_changed_are_conflicts_and_so_is_what_one_removed_and_the_other_changed():
    ours = version(both="dog", lost="dog")
    theirs = version(both="cow", gone="cow", moved="cow")
    found = merge(ours, theirs, BASE)
    assert (found.manifest, found.open, len(found.conflicts)) == (None, 4, 4)
    assert {one.key: (one.ours, one.theirs) for one in found.conflicts} == {
        sha("both"): ("dog", "cow"), sha("lost"): ("dog", GONE), sha("gone"): (GONE, "cow"), sha("moved"): (GONE, "cow"),
    }  # fmt: skip
    assert told(merge(ours, theirs, BASE, rule="ours").manifest) == {"both": "dog", "lost": "dog"}
    assert told(merge(ours, theirs, BASE, rule="theirs").manifest) == {"both": "cow", "gone": "cow", "moved": "cow"}


def test_conflicts_are_decided_one_by_one_and_the_picture_stays_in_our_split():
    assert CLASH.conflicts == tuple(
        sorted((Conflict(sha("both"), "dog", "cow"), Conflict(sha("ours"), "dog", "fox")), key=lambda one: one.key)
    )
    decided = merge(OURS, THEIRS, BASE, decisions={sha("both"): "theirs"})
    assert (decided.manifest, decided.open) == (None, 1)
    decided = merge(OURS, THEIRS, BASE, decisions={sha("both"): "theirs", sha("ours"): "ours"})
    assert told(decided.manifest) == {"ours": "dog", "theirs": "bird", "both": "cow/test", "lost": "dog", "gone": "cow"}
    mixed = merge(OURS, THEIRS, BASE, rule="ours", decisions={sha("both"): "theirs"})
    assert told(mixed.manifest) == told(decided.manifest)
    with pytest.raises(Error, match="no conflict about"):
        merge(OURS, THEIRS, BASE, decisions={sha("theirs"): "ours"})


def test_without_anything_in_common_everything_comes_together():
    found = merge(version(a="cat", b="cat"), version(b="cat", c="dog"), None)
    assert told(found.manifest) == {"a": "cat", "b": "cat", "c": "dog"}
    assert [one.key for one in merge(version(a="cat"), version(a="dog"), None).conflicts] == [sha("a")]
    with pytest.raises(Error, match="Nothing is left"):
        merge(version(b="cat"), version(a="cat"), version(a="cat", b="cat"))

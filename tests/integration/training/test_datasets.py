"""Versions of datasets: immutable, equal for equal content, comparable, made of what is in the library."""

from __future__ import annotations

import pytest

from darkroom.domain.access import SYSTEM
from darkroom.domain.annotation import Classification
from darkroom.domain.query import ImageQuery
from darkroom.errors import Error
from darkroom.services.datasets.views import NewVersion
from darkroom.store.references import BlobReferences


def test_a_version_is_a_manifest_in_the_blob_store_and_saying_the_same_makes_no_other(library, committed):
    made = committed()
    version = made.version
    assert (made.new, version.id, version.parent) == (True, "shapes@1", None)
    assert (version.total, version.counts) == (66, {"train": 36, "validation": 18, "test": 12})
    assert version.labels == ("circle", "cross", "square")
    manifest = library.datasets.read(version)
    assert manifest.hash == version.hash
    assert library.stores.blobs.stat("originals", version.manifest.key).bytes == version.manifest.bytes
    again = committed()
    assert (again.new, again.version.id) == (False, "shapes@1")
    assert [one.type for one in library.stores.events.since(0)] == ["datasets.changed"]
    assert (version.manifest.key, version.manifest.bytes) in set(BlobReferences(library.stores.database).files())
    library.stores.blobs.verify("originals", version.manifest.key)


def test_the_next_version_leaves_every_picture_in_its_split_and_the_difference_is_told(library, committed):
    first = committed(without=6, splits=False).version
    second = committed(splits=False).version
    assert (second.id, second.parent) == ("shapes@2", "shapes@1")
    diff = library.datasets.diff(SYSTEM, "shapes@1", "shapes")
    assert (diff.before, diff.after, diff.same, diff.added, diff.removed, diff.moved) == (
        first.id,
        second.id,
        60,
        6,
        0,
        0,
    )
    assert len(diff.added_images) == 6
    back = library.datasets.diff(SYSTEM, "shapes", "shapes@1")
    assert (back.added, back.removed, set(back.removed_images)) == (0, 6, set(diff.added_images))


def test_what_is_said_about_pictures_becomes_a_dataset_and_another_label_a_difference(library, committed):
    committed("given")
    keys = library.datasets.read(library.datasets.resolve("given")).frame["key"].to_list()
    said = {key: (Classification(label="one" if at % 2 else "two"),) for at, key in enumerate(keys[:40])}
    assert library.datasets.say(SYSTEM, said) == 40
    assert library.datasets.say(SYSTEM, said) == 0
    made = library.datasets.create(SYSTEM, NewVersion(name="said", query=ImageQuery()))
    assert (made.version.total, made.skipped, made.version.labels) == (40, 26, ("one", "two"))
    assert library.datasets.say(SYSTEM, {keys[0]: (Classification(label="one"),)}) == 1
    library.datasets.create(SYSTEM, NewVersion(name="said", images=tuple(keys[:40])))
    diff = library.datasets.diff(SYSTEM, "said@1", "said@2")
    (changed,) = diff.relabelled_images
    assert (diff.same, diff.relabelled, changed.key, changed.before, changed.after) == (39, 1, keys[0], "two", "one")
    detail = library.datasets.get(SYSTEM, "said")
    assert sum(one.train + one.validation + one.test for one in detail.classes) == 40


def test_tags_can_be_classes(library, committed):
    committed()
    given = NewVersion(name="tags", query=ImageQuery(), labels_from="tags", classes=("circle", "square"))
    made = library.datasets.create(SYSTEM, given)
    assert (made.version.labels, made.version.total, made.skipped) == (("circle", "square"), 44, 22)


def test_what_a_person_said_outlives_an_import(library, committed):
    key = committed().version and library.datasets.read(library.datasets.resolve("shapes")).frame["key"][0]
    person = Classification(label="by hand", source="person")
    library.datasets.say(SYSTEM, {key: (person,)})
    for label in ("first", "second"):
        library.datasets.say(SYSTEM, {key: (Classification(label=label),)})
    assert [one.label for one in library.stores.labels.of([key])[key]] == ["by hand", "second"]


def test_what_cannot_be_is_refused_in_words(library, committed):
    with pytest.raises(Error) as unknown:
        library.datasets.get(SYSTEM, "nothing")
    assert (unknown.value.code, unknown.value.cause) == ("not_found", "There is no dataset 'nothing'.")
    with pytest.raises(Error, match="no image"):
        library.datasets.create(SYSTEM, NewVersion(name="lost", images=("0" * 64,)))
    with pytest.raises(Error, match="holds no example"):
        library.datasets.create(SYSTEM, NewVersion(name="empty", query=ImageQuery()))

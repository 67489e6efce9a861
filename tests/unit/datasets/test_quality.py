"""What is said of a dataset version before anything is learnt from it."""

from __future__ import annotations

from darkroom.datasets.quality import warnings_of
from darkroom.domain.dataset import CommittedVersion
from tests.factories import dataset_version


def classes(cat: tuple[int, int, int], dog: tuple[int, int, int]) -> list[dict]:
    return [
        {"label": label, "train": counts[0], "validation": counts[1], "test": counts[2]}
        for label, counts in (("cat", cat), ("dog", dog))
    ]


def codes(found: CommittedVersion, counted: list[dict]) -> list[str]:
    return [one.code for one in warnings_of(found, counted)]


def test_nothing_is_said_of_a_version_without_fault():
    assert codes(dataset_version(), classes((40, 8, 8), (30, 7, 7))) == []


def test_each_fault_is_told_with_what_to_do():
    assert codes(dataset_version(leaks=2, unlabelled=3), classes((40, 8, 8), (30, 7, 7))) == ["leaks", "unlabelled"]
    assert codes(dataset_version(counts={"train": 85, "validation": 15}), classes((45, 8, 0), (40, 7, 0))) == [
        "no_test"
    ]
    found = warnings_of(dataset_version(), classes((60, 10, 15), (9, 5, 0)))
    assert [one.code for one in found] == ["few_examples", "untested", "unbalanced"]
    assert found[2].words == "cat has 85 examples, dog only 14."
    assert all(one.remedy for one in found)

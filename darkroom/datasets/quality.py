"""What is wrong with a dataset version, as far as counting tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from darkroom.domain.dataset import CommittedVersion, DatasetWarning

FEW = 10
"""Fewer examples of a class to learn from than this say little."""
UNEVEN = 5
"""The commonest class has more than so many times the examples of the rarest."""
_NAMED = 5


def warnings_of(
    version: CommittedVersion, classes: Sequence[Mapping[str, Any]], suspects: int | None = None
) -> list[DatasetWarning]:
    """What to know before learning from a version, the worst first.

    Args:
        version: with its counts.
        classes: examples of each class in each split, as `class_counts` gives them.
        suspects: labels that are probably wrong, as far as somebody has looked for them.
    """
    found = []
    if version.leaks:
        groups = (
            "1 group of near duplicates lies"
            if version.leaks == 1
            else f"{version.leaks:,} groups of near duplicates lie"
        )
        words = f"{groups} in more than one split: what is judged was partly learnt from."
        found.append(_warning("leaks", words, "Split it anew: groups then stay together."))
    if suspects:
        labels = "1 label is" if suspects == 1 else f"{suspects:,} labels are"
        words = f"{labels} probably wrong: models that never saw the pictures are sure of another class."
        found.append(_warning("suspects", words, "Look through them on the page Annotate."))
    if not version.counts.get("test"):
        words = "No example is in the test split: a model is judged by the pictures that it was chosen by."
        found.append(_warning("no_test", words, "Commit a version with a share for the test split."))
    few = [one["label"] for one in classes if one["train"] < FEW]
    if few:
        words = f"Fewer than {FEW} examples to learn from: {_names(few)}."
        found.append(_warning("few_examples", words, "Label more pictures of these classes, or leave the classes out."))
    untested = [one["label"] for one in classes if version.counts.get("test") and not one["test"]]
    if untested:
        words = f"No example to judge by: {_names(untested)}."
        found.append(_warning("untested", words, "Label more pictures of these classes."))
    totals = {one["label"]: one["train"] + one["validation"] + one["test"] for one in classes}
    if totals and max(totals.values()) > UNEVEN * min(totals.values()):
        most, least = max(totals, key=totals.__getitem__), min(totals, key=totals.__getitem__)
        words = f"{most} has {totals[most]:,} examples, {least} only {totals[least]:,}."
        found.append(
            _warning("unbalanced", words, "Train with class_weights=balanced, or label more of the rare classes.")
        )
    if version.unlabelled:
        pictures = (
            "1 picture; no training takes it"
            if version.unlabelled == 1
            else f"{version.unlabelled:,} pictures; no training takes them"
        )
        words = f"Nothing is said of {pictures}."
        found.append(_warning("unlabelled", words, "Label them, or commit a version without them."))
    return found


def _warning(code: str, words: str, remedy: str) -> DatasetWarning:
    return DatasetWarning(code=code, words=words, remedy=remedy)


def _names(labels: Sequence[str]) -> str:
    more = f" and {len(labels) - _NAMED:,} more" if len(labels) > _NAMED else ""
    return ", ".join(labels[:_NAMED]) + more

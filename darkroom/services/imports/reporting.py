"""What an archive holds, in counts, and what of it cannot be read."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from darkroom.services.imports.views import ImportedClass, ImportGiven, ImportReport

if TYPE_CHECKING:
    from darkroom.datasets.importers import Import

MOST_LISTED = 1000
"""Problems, and classes, that are told one by one."""


def report(work_id: str, given: ImportGiven, found: Import, layout: str, known: int) -> ImportReport:
    """All that is told of an archive.

    Args:
        work_id: of the import.
        given: what was asked for.
        found: what its files say.
        layout: how they are written.
        known: pictures of it that the library had before.
    """
    splits: dict[str, Counter[str]] = defaultdict(Counter)
    for one in found.examples.values():
        for label in {said.label for said in one.annotations}:
            splits[label][one.split or "unplaced"] += 1
    classes = sorted(splits, key=lambda label: (-splits[label].total(), label))[:MOST_LISTED]
    return ImportReport(
        id=work_id, name=given.name, dry_run=given.dry_run, format=layout, examples=len(found.examples), known=known,
        classes=tuple(ImportedClass(label=label, **splits[label]) for label in classes), count=len(found.problems),
        problems=tuple(found.problems[:MOST_LISTED]),
    )  # fmt: skip

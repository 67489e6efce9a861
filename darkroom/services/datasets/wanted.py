"""The examples of a version that somebody asks for: pictures of the library with what is said about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from darkroom.access import scope_of
from darkroom.domain.access import Principal
from darkroom.domain.annotation import Annotation, Classification
from darkroom.domain.dataset import Example
from darkroom.domain.image import ImageRecord
from darkroom.errors import Error
from darkroom.services.datasets.views import ExampleGiven, NewVersion
from darkroom.services.sight import all_changeable
from darkroom.store import Stores

_AT_ONCE = 1000
_MOST_IMAGES = 5_000_000


class WantedExamples:
    """Reads them.

    Args:
        stores: pictures and labels.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def all(
        self, principal: Principal, given: NewVersion, on_read: Callable[[int], None] = lambda _: None
    ) -> tuple[list[Example], int]:  # fmt: skip
        """The examples, and the number of pictures that are left out because nothing is said of them.

        Args:
            principal: who asks.
            given: which pictures, and what is said about them.
            on_read: told how many more pictures were looked at, now and then.

        Raises:
            Error: `not_found` or `forbidden` for a picture that is named and may not be used.
        """
        if given.examples is not None:
            return self._given(principal, given.examples, on_read), 0
        examples, skipped = [], 0
        for part in self.images(principal, given):
            found, bare = self.among(part, given)
            examples += found
            skipped += bare
            on_read(len(part))
        return examples, skipped

    def images(self, principal: Principal, given: NewVersion) -> Iterator[Sequence[str]]:
        """The pictures meant, as they are now, piece by piece; of a view those that may be used."""
        selection, scope = given.pictures, scope_of(principal, "datasets:write")
        if selection.ids is not None:
            wanted = list(dict.fromkeys(selection.ids))
            all_changeable(self._stores, principal, wanted, "datasets:write")
            yield from (wanted[start : start + _AT_ONCE] for start in range(0, len(wanted), _AT_ONCE))
            return
        count = 0
        for piece in self._stores.selections.known(selection, scope):
            count += len(piece)
            if count > _MOST_IMAGES:
                raise Error(
                    "invalid_parameter", f"A dataset takes at most {_MOST_IMAGES:,} pictures.", parameter="query"
                )
            yield from (piece[start : start + _AT_ONCE] for start in range(0, len(piece), _AT_ONCE))

    def count(self, principal: Principal, given: NewVersion) -> int:
        """How many pictures are meant."""
        if given.examples is not None:
            return len(given.examples)
        selection = given.pictures
        if selection.ids is not None:
            return len(selection.ids)
        return self._stores.selections.count(selection, scope_of(principal, "datasets:write"))

    def among(self, images: Sequence[str], given: NewVersion) -> tuple[list[Example], int]:
        """The examples that some of the pictures make, and how many of those make none."""
        records = self._records(images, must=given.pictures.ids is not None)
        chosen = given.label is None and given.labels_from == "labels"
        labels = self._stores.labels.of(images) if chosen else {}
        examples = []
        for image, record in records.items():
            said = _said(given, record, labels.get(image, ()))
            if said or given.unlabelled:
                group = record.duplicate_group
                examples.append(Example(key=image, path=record.name, annotations=said, group=group))
        return examples, len(records) - len(examples)

    def _given(
        self, principal: Principal, given: Sequence[ExampleGiven], on_read: Callable[[int], None]
    ) -> list[Example]:
        """Examples that came with their labels."""
        examples = []
        for start in range(0, len(given), _AT_ONCE):
            part = given[start : start + _AT_ONCE]
            all_changeable(self._stores, principal, [one.image for one in part], "datasets:write")
            records = self._records([one.image for one in part], must=True)
            for one in part:
                record = records[one.image]
                facts = one.model_dump(include={"split", "weight"})
                group = one.group or record.duplicate_group
                examples.append(
                    Example(key=one.image, path=record.name, annotations=one.annotations, group=group, **facts)
                )
            on_read(len(part))
        return examples

    def _records(self, images: Sequence[str], *, must: bool) -> dict[str, ImageRecord]:
        records = {one.id: one for one in self._stores.images.many(images)}
        lost = [one for one in images if one not in records]
        if lost and must:
            raise Error("not_found", f"There is no image {lost[0]!r}.", id=lost[0])
        return records


def _said(given: NewVersion, record: ImageRecord, known: tuple[Annotation, ...]) -> tuple[Annotation, ...]:
    """What a version says of a picture."""
    if given.label is not None:
        return (Classification(label=given.label, source="person"),)
    said: tuple[Annotation, ...] = known
    if given.labels_from == "tags":
        said = tuple(Classification(label=tag, source="tag") for tag in record.tags)
    elif given.labels_from == "folders":
        said = tuple(Classification(label=one, source="folder") for one in _folders(record))
    wanted = set(given.classes) if given.classes is not None else None
    return tuple(one for one in said if wanted is None or one.label in wanted)


def _folders(record: ImageRecord) -> list[str]:
    """The folders that a picture came in, the outermost of each path, without those that came in none."""
    found = (source.key.partition("/") for source in record.sources)
    return list(dict.fromkeys(folder for folder, slash, _ in found if slash))

"""Going through the pictures of a dataset, and keeping at once what is said of each, until it becomes a version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from darkroom.access import scope_of
from darkroom.domain.access import Principal
from darkroom.domain.annotation import Annotation, Segmentation
from darkroom.domain.base import now
from darkroom.domain.dataset import CommittedVersion
from darkroom.domain.draft import Draft, LabelKind, Queue, draft_id
from darkroom.errors import Error
from darkroom.services.datasets.doubts import known
from darkroom.services.datasets.views import (
    AnnotationGuess,
    AnnotationPage,
    Changed,
    DraftSummary,
    DraftView,
    ToAnnotate,
)
from darkroom.services.training import predictions
from darkroom.services.work.service import owner_of
from darkroom.store import Stores
from darkroom.store.paging import cut, digest

if TYPE_CHECKING:
    from darkroom.datasets.manifest import Manifest
    from darkroom.services.datasets.datasets import DatasetService
    from darkroom.services.training.results import ResultService

_NAMED = 200
_WANTED: dict[str, tuple[str, ...]] = {"boxes": ("detection",), "outlines": ("detection", "segmentation")}
"""What can be said of a picture where that is no class alone."""


class AnnotationService:
    """Pictures to look at, and what people say of them.

    Args:
        stores: drafts, pictures and findings.
        datasets: versions.
        results: reports, which tell what a model got wrong.
    """

    def __init__(self, stores: Stores, datasets: DatasetService, results: ResultService) -> None:
        self._stores = stores
        self._datasets = datasets
        self._results = results
        self._held: tuple[str, Manifest] | None = None

    def page(
        self, principal: Principal, name: str, queue: Queue, *, label: str | None = None, report: str | None = None,
        limit: int = 50, cursor: str | None = None,
    ) -> AnnotationPage:  # fmt: skip
        """Pictures of the newest version of a dataset to go through.

        Args:
            principal: who looks.
            name: of the dataset.
            queue: which pictures.
            label: the class, for `class`.
            report: whose mistakes are meant, for `wrong`.
            limit: most pictures.
            cursor: where to go on.

        Raises:
            Error: `not_found`, `invalid_parameter` for a queue that lacks what it is about, `invalid_cursor`.
        """
        scope_of(principal, "datasets:read")
        from darkroom.datasets.annotating import kind_of, kinds_of, listed

        version = self._datasets.seen(principal, name)
        manifest = self._manifest(version)
        guesses, doubted = self._guesses(version, manifest)
        ordered: Sequence[str] = [key for key, guess in guesses.items() if guess[1]]
        if queue == "wrong":
            wrong = self._mistakes(principal, version, report)
            guesses = {**guesses, **{key: (guess, True) for key, guess in wrong.items()}}
            ordered = list(wrong)
        if queue == "class" and label is None:
            raise Error("invalid_parameter", "Which class? Give label.", parameter="label")
        keys = listed(manifest, queue, label, ordered)
        part, following = cut(len(keys), digest(version.id, queue, label, report), limit, cursor)
        return AnnotationPage(
            version=version.id, kind=kind_of(manifest), kinds=kinds_of(manifest), labels=version.labels, total=len(keys),
            suspects=doubted, unlabelled=version.unlabelled, items=self._items(principal, version, manifest, keys[part], guesses),
            next_cursor=following,
        )  # fmt: skip

    def save(
        self, principal: Principal, name: str, image: str, said: tuple[Annotation, ...], *, kind: LabelKind | None = None,
        revision: int | None = None,
    ) -> Draft:  # fmt: skip
        """Keep what somebody says of a picture of the newest version.

        Args:
            principal: who says it.
            name: of the dataset.
            image: the picture.
            said: all that is said of it.
            kind: what is said of pictures from now on, where the dataset says nothing or less so far.
            revision: do so only if the draft is at this one; 0: only if there is none.

        Raises:
            Error: `not_found`; `dataset_invalid`, the dataset says things of another kind; `precondition_failed`.
        """
        scope_of(principal, "datasets:write")
        from darkroom.datasets.annotating import kinds_of, said_of, same

        version = self._writable(principal, name)
        manifest = self._manifest(version)
        before = said_of(manifest, [image]).get(image)
        if before is None:
            raise Error("not_found", f"{version.id} has no picture {image[:12]}.", id=image)
        _check(kinds_of(manifest), kind, said)
        _check_outlines(said, before)
        owner = owner_of(principal)
        there = self._stores.drafts.find(draft_id(version.dataset, owner, image))
        if revision is not None and revision != (there.revision if there else 0):
            raise Error("precondition_failed", "This picture was labelled in another window in the meantime.")
        draft = Draft(
            id=draft_id(version.dataset, owner, image), revision=there.revision if there else 1, dataset=version.dataset,
            owner=owner, image=image, base=version.id, before=before,
            annotations=before if same(said, before) else _by_person(said, before), changed_at=now(),
        )  # fmt: skip
        try:
            if there is not None:
                return self._stores.drafts.replace(draft)
            self._stores.drafts.insert(draft)
        except Error as error:
            if error.code in ("already_exists", "conflict", "not_found"):
                words = "This picture was labelled in another window in the meantime."
                raise Error("precondition_failed", words) from error
            raise
        return draft

    def forget(self, principal: Principal, name: str, image: str | None = None) -> None:
        """Take back what one says of a picture, or of all of them: the version holds again.

        Raises:
            Error: `not_found`, there is no such dataset or draft.
        """
        scope_of(principal, "datasets:write")
        version = self._writable(principal, name)
        gone = self._stores.drafts.delete(version.dataset, owner_of(principal), None if image is None else [image])
        if image is not None and not gone:
            raise Error("not_found", f"You say nothing of the picture {image[:12]} that could be taken back.", id=image)

    def summary(self, principal: Principal, name: str) -> DraftSummary:
        """What one says of a dataset, and has not committed yet.

        Raises:
            Error: `not_found`.
        """
        scope_of(principal, "datasets:read")
        version = self._datasets.seen(principal, name)
        drafts = self._stores.drafts.of(version.dataset, owner_of(principal))
        changed = [one for one in drafts if one.changes]
        return DraftSummary(
            version=version.id, looked_at=len(drafts), changed=len(changed),
            conflicts=len(self.conflicts(version, changed)),
            items=tuple(
                Changed(key=one.image, before=_names(one.before), after=_names(one.annotations))
                for one in changed[:_NAMED]
            ),
        )  # fmt: skip

    def conflicts(self, version: CommittedVersion, drafts: Sequence[Draft]) -> set[str]:
        """Pictures of which a version says something else than what was looked at, or that it lacks; for services."""
        from darkroom.datasets.annotating import said_of, same

        if all(one.base == version.id for one in drafts):
            return set()
        now_said = said_of(self._manifest(version), [one.image for one in drafts])

        def differs(one: Draft) -> bool:
            said = now_said.get(one.image)
            return said is None or not (same(said, one.before) or same(said, one.annotations))

        return {one.image for one in drafts if differs(one)}

    def _writable(self, principal: Principal, name: str) -> CommittedVersion:
        version = self._datasets.seen(principal, name.partition("@")[0])
        self._datasets.usable(principal, version, "datasets:write")
        return version

    def _manifest(self, version: CommittedVersion) -> Manifest:
        """A version's examples; those of the last one that was asked for are at hand."""
        held = self._held
        if held is None or held[0] != version.manifest.key:
            held = (version.manifest.key, self._datasets.read(version))
            self._held = held
        return held[1]

    def _guesses(
        self, version: CommittedVersion, manifest: Manifest
    ) -> tuple[dict[str, tuple[AnnotationGuess, bool]], int | None]:
        """What models say of each picture and whether its label is in doubt, the worst first; and how many are."""
        found = known(self._stores, version, manifest)
        if found is None:
            return {}, None
        rows = found[1].select("key", "said", "guess", "confidence", "suspect").iter_rows()
        guesses = {
            key: (AnnotationGuess(label=guess, confidence=sure, instead_of=said), suspect)
            for key, said, guess, sure, suspect in rows
        }
        return guesses, int(found[1]["suspect"].sum())

    def _mistakes(
        self, principal: Principal, version: CommittedVersion, report: str | None
    ) -> dict[str, AnnotationGuess]:
        """What a report got wrong: all of it, or as much as it keeps."""
        if report is None:
            raise Error("invalid_parameter", "Whose mistakes? Give report.", parameter="report")
        found = self._results.seen(principal, self._stores.reports, report)
        worst = predictions.details_of(self._stores, found).get("mistakes", ())
        guesses = {
            one["key"]: AnnotationGuess(
                label=one.get("predicted", ""), confidence=one.get("confidence") or 0, instead_of=one.get("label", "")
            )
            for one in worst
        }
        said = predictions.read(self._stores, found, ("key", "label", "predicted", "right", "hit"))
        for one in () if said is None else said.filter(~said["hit"]).sort("right", "key").iter_rows(named=True):
            guesses.setdefault(
                one["key"],
                AnnotationGuess(label=one["predicted"], confidence=1 - one["right"], instead_of=one["label"]),
            )
        return guesses

    def _items(
        self, principal: Principal, version: CommittedVersion, manifest: Manifest, keys: Sequence[str],
        guesses: dict[str, tuple[AnnotationGuess, bool]],
    ) -> tuple[ToAnnotate, ...]:  # fmt: skip
        from darkroom.datasets.annotating import said_of, splits_of

        said, splits = said_of(manifest, keys), splits_of(manifest, keys)
        drafts = self._stores.drafts.among(version.dataset, owner_of(principal), keys)
        torn = self.conflicts(version, list(drafts.values()))
        records = {one.id: one for one in self._stores.images.many(keys)}

        def item(key: str) -> ToAnnotate:
            draft, record, guess = drafts.get(key), records.get(key), guesses.get(key)
            return ToAnnotate.model_validate({
                "key": key, "split": splits[key], "annotations": said[key], "guess": guess[0] if guess else None,
                "width": record.width if record else None, "height": record.height if record else None,
                "draft": draft and DraftView(
                    annotations=draft.annotations, revision=draft.revision, conflict=key in torn
                ),
            })  # fmt: skip

        return tuple(item(key) for key in keys)


def _check(kinds: Sequence[LabelKind], kind: LabelKind | None, said: Sequence[Annotation]) -> None:
    """Return if a dataset that can say some kinds of things, and says the first so far, can say this.

    Raises:
        Error: `dataset_invalid`.
    """
    if not kinds:
        raise Error("dataset_invalid", "Pairs cannot be changed by hand here.")
    if kind is not None and kind not in kinds:
        raise Error("dataset_invalid", f"This dataset says {kinds[0]} of its pictures, which cannot become {kind}.")
    kind = kind or kinds[0]
    wanted = _WANTED.get(kind, ("classification",))
    if any(one.kind not in wanted for one in said):
        words = " and ".join(f"{one}s" for one in wanted)
        raise Error("dataset_invalid", f"This dataset says {words} of its pictures, nothing else.")
    if kind == "single" and len(said) > 1:
        raise Error("dataset_invalid", "A picture of this dataset shows one class.")


def _check_outlines(said: Sequence[Annotation], before: Sequence[Annotation]) -> None:
    """Return if outlines that are new lie in the picture, and have an area.

    Raises:
        Error: `dataset_invalid`.
    """
    from darkroom.datasets.boxes import wrong_outline

    for one in said:
        if isinstance(one, Segmentation) and one not in before and (cause := wrong_outline(one.outline)):
            raise Error("dataset_invalid", f"{one.label}: {cause}")


def _by_person(said: Sequence[Annotation], before: Sequence[Annotation]) -> tuple[Annotation, ...]:
    """What is new was said by a person; what was there stays as it was."""
    return tuple(
        one if one in before else one.model_copy(update={"source": "person", "confidence": None}) for one in said
    )


def _names(said: Sequence[Annotation]) -> str:
    return ", ".join(sorted({one.label for one in said}))

"""What people see of datasets, and what they ask with."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from darkroom.domain.annotation import Annotation
from darkroom.domain.base import SHA256_PATTERN, Model
from darkroom.domain.dataset import CommittedVersion, Dataset, DatasetName, DatasetWarning, Split, SplitRatios
from darkroom.domain.draft import LabelKind
from darkroom.domain.follow import FollowedDataset, LabelSource
from darkroom.domain.marks import Mark
from darkroom.domain.query import ImageQuery
from darkroom.domain.selection import Selection
from darkroom.domain.suspect import ClassTrust, Suspect
from darkroom.domain.train_config import TaskName

ExportLayout = Literal["imagefolder", "csv", "coco", "yolo", "voc", "huggingface", "webdataset"]
"""How a version can be written."""

ImageId = Annotated[str, StringConstraints(pattern=SHA256_PATTERN)]


class ExampleGiven(Model):
    """A picture of the library with what is said about it."""

    image: ImageId
    """The picture."""
    annotations: tuple[Annotation, ...] = Field(max_length=10_000)
    """What is said about it."""
    split: Split | None = None
    """What it is for; placed as before or drawn when not given."""
    weight: float = Field(1.0, gt=0)
    """How much it counts in training."""
    group: str | None = Field(None, max_length=200)
    """Examples of one group never part; near duplicates of the library are one by themselves."""


class NewVersion(Model):
    """Pictures of the library that become a version of a dataset."""

    name: DatasetName
    """Name of the dataset; a new one is made where there is none of that name."""
    images: tuple[ImageId, ...] | None = Field(None, min_length=1, max_length=10_000)
    """Ids of pictures."""
    query: ImageQuery | None = None
    """All pictures of a view, as they are now: the filters of `GET /images`."""
    selection: Selection | None = None
    """Pictures by a query with exceptions, or by id: in place of `images` and `query`."""
    examples: tuple[ExampleGiven, ...] | None = Field(None, min_length=1, max_length=100_000)
    """Pictures with their labels, which are kept with the pictures too."""
    labels_from: LabelSource = "labels"
    """Where classes come from: what was said about the pictures, their tags, or the folder that each came in."""
    classes: tuple[str, ...] | None = Field(None, min_length=1, max_length=10_000)
    """Classes to take; all of them when not given. Needed for tags, of which a picture has many; two at least, but for `add`."""
    label: str | None = Field(None, min_length=1, max_length=200)
    """The class of all of them, in this version: in place of `labels_from`."""
    unlabelled: bool = False
    """Take pictures of which nothing is said, too, to be labelled later; else they are left out."""
    add: bool = False
    """Keep what the newest version holds. Of a picture that is in it, what is said now counts, its split stays; where nothing is said, nothing changes."""
    ratios: SplitRatios = SplitRatios()
    """Shares of the splits, for pictures that no earlier version has placed."""
    seed: int = Field(0, ge=0, lt=2**31)
    """Another seed gives another division."""
    description: str = Field("", max_length=2000)
    """What the dataset is for; kept for the first version."""
    message: str = Field("", max_length=2000)
    """What changed."""

    @model_validator(mode="after")
    def _one_selection(self) -> Self:
        if [self.images, self.query, self.selection, self.examples].count(None) != 3:
            raise ValueError("give one of images, query, selection and examples")
        if self.label is None and self.labels_from == "tags" and self.classes is None:
            raise ValueError("classes must be named where they come from tags")
        if self.label is None and not self.add and self.classes is not None and len(self.classes) < 2:
            raise ValueError("name two classes at least: among one there is nothing to tell apart")
        return self

    @property
    def pictures(self) -> Selection:
        """The pictures meant, however they were given without labels of their own."""
        return self.selection or Selection(ids=self.images, query=self.query)

    @property
    def origin(self) -> str:
        """Where the examples come from, in words."""
        if self.examples is not None:
            return "pictures with labels"
        said = "a class" if self.label is not None else self.labels_from
        return f"{said} of pictures of the library"


class VersionPreview(Model):
    """What a version would be."""

    version: str | None
    """The newest version by now; null for a new dataset."""
    pictures: int = Field(ge=0)
    """Pictures meant."""
    new: int = Field(ge=0)
    """Those that the newest version lacks."""
    known: int = Field(ge=0)
    """Those that it holds."""
    skipped: int | None = Field(ge=0)
    """Those that would be left out, for nothing is said of them; null where so many are meant that looking takes too long."""
    changed: int | None = Field(ge=0)
    """Those that the newest version holds and of which something else would be said; null likewise."""
    classes: dict[str, int] | None
    """Class -> pictures of which it would be said; null likewise."""
    total: int | None = Field(ge=0)
    """Examples that the version would have; null likewise."""


class FollowedList(Model):
    """Datasets that follow their pictures."""

    items: tuple[FollowedDataset, ...]
    """By name."""


class DatasetPage(Model):
    """Datasets, newest first."""

    items: tuple[Dataset, ...]
    """One page of them."""
    versions: tuple[CommittedVersion, ...] = ()
    """The newest version of each, in the same order."""
    next_cursor: str | None
    """Where the next page begins; null on the last one."""


class VersionList(Model):
    """Versions of a dataset."""

    items: tuple[CommittedVersion, ...]
    """Newest first."""
    tags: dict[str, int] = Field(default_factory=dict)
    """Names of some of them -> their number."""


class ClassCounts(Model):
    """Examples of one class in each split."""

    label: str
    """The class."""
    train: int = Field(0, ge=0)
    """To learn from."""
    validation: int = Field(0, ge=0)
    """To choose by."""
    test: int = Field(0, ge=0)
    """To judge by."""
    samples: tuple[str, ...] = ()
    """Ids of some of its pictures."""


class VersionDetail(Model):
    """Everything known of a version."""

    version: CommittedVersion
    """The version."""
    classes: tuple[ClassCounts, ...]
    """How its classes are divided."""
    description: str
    """What the dataset is for."""
    suspects: int | None = None
    """Labels that are probably wrong; null where nobody has looked for them."""
    judged: bool = False
    """Whether somebody has judged its pictures: `GET /datasets/{id}/quality` tells of them then."""
    warnings: tuple[DatasetWarning, ...] = ()
    """What to know before learning from it, the worst first."""
    task: TaskName = "classification"
    """What can be learnt of what is said of its pictures."""
    marks: dict[str, tuple[Mark, ...]] = Field(default_factory=dict)
    """Boxes and outlines in those of its pictures that the classes name, by id."""


class SuspectsGiven(Model):
    """How labels are doubted."""

    weights: str | None = Field(None, max_length=200)
    """Weights that others trained, to look with: a folder of the machine's `backbones`, or `hub:OWNER/NAME`; without them pictures are
    compared by shapes and colours."""


class SuspectPage(Model):
    """Labels of a version that are probably wrong."""

    version: str
    """The version that was asked about."""
    found_in: str
    """The version that was looked at: that one, or an earlier one, of which what still holds is told."""
    examined: int = Field(ge=0)
    """Examples that were judged by models that never saw them."""
    suspects: int = Field(ge=0)
    """Labels that are probably wrong, without those that somebody has looked at since."""
    left_out: int = Field(ge=0)
    """Examples that could not be judged: of which nothing is said, or which cannot be decoded."""
    agreement: float = Field(ge=0, le=1)
    """Share of examples of which the models say what the label says: how much their word is worth."""
    classes: tuple[ClassTrust, ...]
    """Each class, as it was found."""
    created_at: datetime
    """When it was looked for."""
    items: tuple[Suspect, ...]
    """One page of them, the most suspicious first."""
    next_cursor: str | None
    """Where the next page begins; null on the last one."""


class Changed(Model):
    """A picture of which something else is said."""

    key: str
    """The picture."""
    before: str
    """What it was."""
    after: str
    """What it is."""


class Diff(Model):
    """What differs between two versions; of each kind at most so many pictures are named."""

    before: str
    """The older one."""
    after: str
    """The newer one."""
    same: int = Field(ge=0)
    """Pictures of which nothing changed."""
    added: int = Field(ge=0)
    """Pictures that came."""
    removed: int = Field(ge=0)
    """Pictures that went."""
    relabelled: int = Field(ge=0)
    """Pictures with other labels."""
    moved: int = Field(ge=0)
    """Pictures in another split."""
    added_images: tuple[str, ...]
    """Some that came."""
    removed_images: tuple[str, ...]
    """Some that went."""
    relabelled_images: tuple[Changed, ...]
    """Some with other labels."""
    moved_images: tuple[Changed, ...]
    """Some in another split."""


class Committed(Model):
    """What came of a commit."""

    version: CommittedVersion
    """The version; the newest one when nothing differs from it."""
    new: bool
    """False when the newest version says the very same."""
    skipped: int = Field(0, ge=0)
    """Pictures that nothing is said of, and that were left out."""


class AnnotationGuess(Model):
    """What a model says of a picture."""

    label: str
    """The class; empty where it sees one too much."""
    confidence: float = Field(ge=0, le=1)
    """How sure it is."""
    instead_of: str = ""
    """The class that it doubts; empty where it misses one."""


class DraftView(Model):
    """What somebody says of a picture, and has not committed yet."""

    annotations: tuple[Annotation, ...]
    """What is said."""
    revision: int = Field(ge=1)
    """Its `ETag`."""
    conflict: bool
    """Whether the newest version says something else now than what was looked at."""


class ToAnnotate(Model):
    """A picture to look at."""

    key: str
    """The picture."""
    split: Split | None
    """What it is for."""
    width: int | None
    """Its width in pixels; null where it was removed from the library."""
    height: int | None
    """Its height in pixels."""
    annotations: tuple[Annotation, ...]
    """What the version says."""
    draft: DraftView | None
    """What one says oneself."""
    guess: AnnotationGuess | None
    """What a model says that never saw it, where one was asked."""


class AnnotationPage(Model):
    """Pictures of a version to go through."""

    version: str
    """The newest version of the dataset."""
    kind: LabelKind | None
    """What is said of each picture: `single` class, `several`, `boxes`, `outlines` with the boxes around them; null for what cannot be said by hand."""
    kinds: tuple[LabelKind, ...] = ()
    """All that can be said by hand; after what is said so far, what may be said from now on."""
    labels: tuple[str, ...]
    """Classes there are, sorted."""
    total: int = Field(ge=0)
    """Pictures of this queue."""
    suspects: int | None
    """Labels that are probably wrong; null where nobody has looked for them."""
    unlabelled: int = Field(ge=0)
    """Pictures that nothing is said of."""
    items: tuple[ToAnnotate, ...]
    """One page of them."""
    next_cursor: str | None
    """Where the next page begins; null on the last one."""


class DraftGiven(Model):
    """What is to be said of a picture."""

    annotations: tuple[Annotation, ...] = Field(max_length=10_000)
    """All that is said of it; what the version says means: looked at, and right."""
    kind: LabelKind | None = None
    """What is said of pictures from now on, of `kinds` of the page; without it, what the dataset says so far."""


class DraftSummary(Model):
    """What somebody says of a dataset, and has not committed yet."""

    version: str
    """The newest version."""
    looked_at: int = Field(ge=0)
    """Pictures that were looked at."""
    changed: int = Field(ge=0)
    """Those of which something else is said."""
    conflicts: int = Field(ge=0)
    """Those of which a newer version says something else than what was looked at."""
    items: tuple[Changed, ...]
    """Some that changed."""


class DraftCommit(Model):
    """How drafts become a version."""

    message: str = Field("", max_length=2000)
    """What changed."""
    conflicts: Literal["refuse", "mine", "theirs"] = "refuse"
    """Where a newer version says something else than what was looked at: make no version, take what one says oneself, or leave it."""

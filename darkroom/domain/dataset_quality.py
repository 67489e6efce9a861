"""What is wrong with pictures and labels of a dataset version, and how much of it is too much."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self

from pydantic import Field, model_validator

from darkroom.domain.base import SHA256_PATTERN, Document, Model
from darkroom.domain.dataset import DatasetName, StoredFile

IssueKind = Literal[
    "exact_duplicate", "near_duplicate", "damaged", "blurred", "dark", "overexposed", "low_information", "low_contrast",
    "odd_aspect", "odd_size", "outlier", "suspect", "leak", "unlabelled",
]  # fmt: skip
"""What can be wrong with an example."""

IssueName = IssueKind | Literal["imbalance"]
"""The same, and what is wrong with the whole: examples of the commonest class for one of the rarest."""


class QualityLimit(Model):
    """How much of an issue is too much."""

    issue: IssueName
    """Which one."""
    most: float = Field(ge=0)
    """Share of the examples up to which it is well, 0 to 1; of `imbalance` how many examples of the commonest class for one of the rarest."""
    blocks: bool = False
    """Whether no training begins with more than that."""

    @model_validator(mode="after")
    def _share(self) -> Self:
        if self.issue != "imbalance" and self.most > 1:
            raise ValueError(f"{self.issue}: a share is at most 1")
        return self


DEFAULT_LIMITS: dict[IssueName, float] = {
    "exact_duplicate": 0.01, "near_duplicate": 0.1, "damaged": 0.0, "blurred": 0.1, "dark": 0.05, "overexposed": 0.05,
    "low_information": 0.02, "low_contrast": 0.1, "odd_aspect": 0.05, "odd_size": 0.05, "outlier": 0.02, "suspect": 0.1,
    "leak": 0.0, "unlabelled": 0.2, "imbalance": 10.0,
}  # fmt: skip
"""What is too much where nobody has said otherwise; nothing of it blocks then."""

WEIGHTS: dict[IssueKind, float] = {
    "leak": 1.0, "damaged": 1.0, "suspect": 1.0, "exact_duplicate": 0.8, "low_information": 0.8, "unlabelled": 0.8,
    "outlier": 0.5, "blurred": 0.5, "dark": 0.5, "overexposed": 0.5, "near_duplicate": 0.4, "odd_size": 0.3,
    "odd_aspect": 0.3, "low_contrast": 0.2,
}  # fmt: skip
"""How much an example is worth less for it, in the score: of several the worst counts."""


class QualityRules(Model):
    """What a dataset demands of its versions."""

    limits: tuple[QualityLimit, ...] = Field((), max_length=len(DEFAULT_LIMITS))
    """Limits in place of the usual ones; of what is not named those hold, and block nothing."""
    least_score: float = Field(0.0, ge=0, le=1)
    """The score that a version should have at least."""
    score_blocks: bool = False
    """Whether no training begins with less."""
    automatic: bool = True
    """Whether new versions are judged without being asked for."""

    @model_validator(mode="after")
    def _once(self) -> Self:
        names = [one.issue for one in self.limits]
        if len(names) != len(set(names)):
            raise ValueError("each issue has one limit")
        return self

    @property
    def all(self) -> tuple[QualityLimit, ...]:
        """The limit of every issue."""
        own = {one.issue: one for one in self.limits}
        return tuple(own.get(name, QualityLimit(issue=name, most=most)) for name, most in DEFAULT_LIMITS.items())

    @property
    def blocking(self) -> bool:
        """Whether anything may keep a training from beginning."""
        return self.score_blocks or any(one.blocks for one in self.limits)


class KeptQualityRules(Document):
    """What a dataset demands, as it is kept; its id is the dataset's name."""

    id: DatasetName
    rules: QualityRules
    """The demands."""
    changed_at: datetime
    """When somebody last said so."""
    changed_by: str
    """Id of who did; empty where nobody has."""


class QualityFindings(Document):
    """What was found of the pictures of a version; its id is the version's, `name@number`."""

    dataset: DatasetName
    """Name of the dataset."""
    number: int = Field(ge=1)
    """Number of the version."""
    hash: str = Field(pattern=SHA256_PATTERN)
    """Content hash of the version."""
    judged: int = Field(ge=0)
    """Pictures that figures are known of."""
    new: int = Field(ge=0)
    """Those that were looked at for it; of the others the figures of an earlier version were taken."""
    missing: int = Field(0, ge=0)
    """Pictures that are not in the library any more."""
    compared_by: str | None = None
    """The model by whose embeddings pictures were compared with their class; null where that was done by colours and edges."""
    details: StoredFile
    """Figures and issues of each picture, a Parquet file."""
    seconds: float = Field(ge=0)
    """Wall time that it took."""
    created_at: datetime
    """When."""
    created_by: str
    """Id of who asked for it."""


class QualityIssue(Model):
    """How much of one thing is wrong with a version."""

    issue: IssueName
    """What."""
    count: int = Field(ge=0)
    """Examples; of `imbalance` 0."""
    value: float = Field(ge=0)
    """Share of the examples; of `imbalance` how many examples of the commonest class for one of the rarest."""
    most: float = Field(ge=0)
    """Up to how much it is well."""
    passed: bool
    """Whether it is not more."""
    blocks: bool
    """Whether no training begins with more."""
    known: bool = True
    """False where nobody has looked for it: of `suspect` before `darkroom dataset suspects`."""
    samples: tuple[str, ...] = ()
    """Ids of some of its pictures."""


LeakCause = Literal["group", "near_duplicate", "burst"]
"""Why pictures belong together: somebody or the splitting said so, they are almost the same, or one camera took them within seconds."""


class QualityLeak(Model):
    """Groups that lie in more than one split: what is judged was partly learnt from."""

    cause: LeakCause
    """What the pictures of a group have in common."""
    groups: int = Field(ge=1)
    """Such groups."""
    pictures: int = Field(ge=2)
    """Pictures in them."""
    samples: tuple[str, ...]
    """Ids of some, those of a group beside each other."""


class FeatureDrift(Model):
    """How a measure of the pictures differs between two versions."""

    feature: str
    """`brightness`, `sharpness`, ..."""
    before: float
    """Its median in the earlier one."""
    after: float
    """Its median in the later one."""
    psi: float = Field(ge=0)
    """Population stability index over tenths of the earlier one: below 0.1 alike, above 0.25 another population."""
    ks: float = Field(ge=0, le=1)
    """Largest distance of the two distribution functions (Kolmogorov and Smirnov)."""
    critical: float = Field(ge=0)
    """What that distance exceeds in 5 of 100 cases where nothing differs."""
    drifted: bool
    """Whether both speak of another population."""


class LabelDrift(Model):
    """How often a class occurs in two versions."""

    label: str
    """The class."""
    before: float = Field(ge=0, le=1)
    """Share of all labels in the earlier one."""
    after: float = Field(ge=0, le=1)
    """Share in the later one."""


class QualityDrift(Model):
    """How the pictures and labels of a version differ from those of another one."""

    against: str
    """The other version."""
    features: tuple[FeatureDrift, ...]
    """Measures, those first that differ most."""
    told_apart: float | None = Field(None, ge=0, le=1)
    """How well a linear classifier that learnt from half of the pictures tells by their looks which version others are of: 0.5 by chance, 1
    always (area under the curve); null where there are too few."""
    told_low: float | None = None
    """Where that lies at least, in 95 of 100 cases."""
    told_high: float | None = None
    """Where it lies at most."""
    labels: tuple[LabelDrift, ...]
    """Classes, those first whose share differs most."""
    label_shift: float = Field(ge=0, le=1)
    """Share of the labels that would have to be others for the two to be alike (total variation distance)."""
    labels_shifted: bool
    """Whether that is more than chance brings about, and more than 5 in 100."""
    drifted: bool
    """Whether anything speaks of another population."""

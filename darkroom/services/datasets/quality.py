"""The quality of versions of datasets: judged, told, left out of the next version, and demanded."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from darkroom.access import scope_of
from darkroom.domain.access import Principal
from darkroom.domain.base import now
from darkroom.domain.dataset import CommittedVersion
from darkroom.domain.dataset_quality import (
    WEIGHTS,
    IssueKind,
    KeptQualityRules,
    QualityDrift,
    QualityFindings,
    QualityIssue,
    QualityLimit,
    QualityRules,
)
from darkroom.domain.work import LongWork
from darkroom.errors import Error
from darkroom.services.datasets.doubts import known as doubts_of
from darkroom.services.datasets.judging import details_of, findings_of, judge, lacking
from darkroom.services.datasets.keeping import keep_version
from darkroom.services.datasets.quality_views import IssuePage, IssuePicture, LeaveOutGiven, QualityView
from darkroom.services.datasets.views import Committed
from darkroom.services.sight import thumbnails
from darkroom.services.training.makers import SEARCHING
from darkroom.services.work.adapters import view_of
from darkroom.services.work.again import same_id
from darkroom.services.work.kinds import WholeKind
from darkroom.services.work.progress import Progress
from darkroom.services.work.views import WorkView
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.database import Session
from darkroom.store.paging import cut, digest

if TYPE_CHECKING:
    import polars as pl

    from darkroom.datasets.manifest import Manifest
    from darkroom.services.datasets.datasets import DatasetService
    from darkroom.services.work.service import WorkService

AT_ONCE = 1000
"""Pictures that nobody has looked at up to which a version is judged before its request is answered."""
_SAMPLES = 12


class QualityService:
    """What is wrong with versions of datasets.

    Args:
        settings: for links.
        stores: findings and rules.
        datasets: versions.
        work: judges what takes long; asked for when it is needed.
    """

    def __init__(
        self, settings: Settings, stores: Stores, datasets: DatasetService, work: Callable[[], WorkService]
    ) -> None:
        self._settings = settings
        self._stores = stores
        self._datasets = datasets
        self._work = work

    def begin(self, principal: Principal, words: str, *, anew: bool = False) -> WorkView:
        """Judge the pictures of a version; of those that an earlier version holds the figures are taken over.

        Raises:
            Error: `not_found`, `forbidden`.
        """
        scope_of(principal, "datasets:write")
        version = self._datasets.seen(principal, words)
        self._datasets.usable(principal, version, "datasets:write")
        made = self._work().begin_whole(
            principal, QualityKind.name, title=f"Judge the pictures of {version.id}",
            params={"dataset": version.id, "anew": anew},
            work_id=same_id(self._stores, QualityKind.name, principal.id, version.id, version.hash, anew),
            at_once=(version.total if anew else lacking(self._stores, version)) <= AT_ONCE,
        )  # fmt: skip
        return view_of(made, self._settings)

    def view(self, principal: Principal, words: str, against: str | None = None) -> QualityView:
        """What is known of a version, and how it differs from another one.

        Raises:
            Error: `not_found`, also where nobody has judged one of them.
        """
        scope_of(principal, "datasets:read")
        version = self._datasets.seen(principal, words)
        other = self._datasets.seen(principal, against) if against is not None else None
        return self._told(version, self._drift(version, other) if other is not None else None)

    def page(self, principal: Principal, words: str, against: str | None = None) -> str:
        """The same as one HTML file, with small pictures of what is wrong.

        Raises:
            Error: `not_found`.
        """
        scope_of(principal, "datasets:read")
        from darkroom.services.datasets.quality_page import render

        found = self.view(principal, words, against)
        wanted = list(dict.fromkeys(key for one in found.issues for key in one.samples))
        return render(found, thumbnails(self._stores, principal, wanted))

    def pictures(
        self, principal: Principal, words: str, issue: IssueKind, *, limit: int = 100, cursor: str | None = None
    ) -> IssuePage:
        """Pictures of a version that something is wrong with, by key; of duplicates those that repeat a better one.

        Raises:
            Error: `not_found`, `invalid_cursor`.
        """
        scope_of(principal, "datasets:read")
        version = self._datasets.seen(principal, words)
        found, whole = self._issues(version, self._datasets.read(version))
        chosen = whole.filter(whole["issues"].list.contains(issue))
        part, following = cut(chosen.height, digest(version.id, issue, str(found.created_at)), limit, cursor)
        rows = chosen[part].select("key", "issues").iter_rows()
        items = tuple(IssuePicture(key=key, issues=tuple(issues)) for key, issues in rows)
        return IssuePage(
            version=version.id, issue=issue, total=chosen.height, items=items, next_cursor=following
        )  # fmt: skip

    def leave_out(self, principal: Principal, words: str, given: LeaveOutGiven) -> Committed:
        """Make the next version without some pictures; the one before stays, and can be made the newest again.

        Raises:
            Error: `not_found`, `forbidden`; `dataset_invalid` when nothing would be left out, or nothing would be left; `conflict`
                when somebody commits at the same moment, or a later version than the one named is there.
        """
        scope_of(principal, "datasets:write")
        from darkroom.datasets.manifest import Manifest

        version = self._datasets.seen(principal, words)
        self._datasets.may_go_on(principal, version)
        dataset = self._stores.datasets.get(version.dataset)
        if dataset.latest != version.number:
            raise Error(
                "conflict", f"{version.id} is not the newest version any more.",
                remedy=f"Judge {dataset.id}@{dataset.latest}, and leave out what is wrong with that.",
            )  # fmt: skip
        manifest = self._datasets.read(version)
        going = set(given.images)
        if given.issues:
            _, whole = self._issues(version, manifest)
            wanted = list(given.issues)
            going |= set(whole.filter(whole["issues"].list.set_intersection(wanted).list.len() > 0)["key"])
        going -= set(given.keep)
        kept = manifest.frame.filter(~manifest.frame["key"].is_in(list(going)))
        if not 0 < kept.height < len(manifest):
            words = "No picture" if kept.height else "Every picture"
            raise Error("dataset_invalid", f"{words} of {version.id} would be left out.", remedy="Choose other issues.")
        left = len(manifest) - kept.height
        made = keep_version(
            self._stores, principal, dataset.id, Manifest(kept, manifest.root), dataset=dataset, parent=version,
            origin=f"{version.id} without {left:,} of its pictures", message=given.message or _reason(given.issues),
        )  # fmt: skip
        judge(self._stores, made, self._datasets.read(made), principal=principal.id)
        return Committed(version=made, new=True, skipped=left)

    def rules(self, principal: Principal, name: str) -> KeptQualityRules:
        """What a dataset demands of its versions.

        Raises:
            Error: `not_found`.
        """
        scope_of(principal, "datasets:read")
        version = self._datasets.seen(principal, name)
        return self._stores.quality_rules.find(version.dataset) or KeptQualityRules(
            id=version.dataset, rules=QualityRules(), changed_at=version.created_at, changed_by=""
        )

    def put_rules(
        self, principal: Principal, name: str, rules: QualityRules, *, revision: int | None = None
    ) -> KeptQualityRules:
        """Demand something of the versions of a dataset from now on.

        Raises:
            Error: `not_found`, `forbidden`, `precondition_failed`.
        """
        scope_of(principal, "datasets:write")
        version = self._datasets.seen(principal, name)
        self._datasets.may_go_on(principal, version)
        before = self._stores.quality_rules.find(version.dataset)
        if revision is not None and revision != (before.revision if before else 0):
            raise Error("precondition_failed", "Somebody changed the rules of the dataset in the meantime.")
        made = KeptQualityRules(
            id=version.dataset, rules=rules, changed_at=now(), changed_by=principal.id,
            revision=before.revision if before else 1,
        )  # fmt: skip

        def work(session: Session) -> None:
            (self._stores.quality_rules.replace if before else self._stores.quality_rules.insert)(made, session=session)
            self._stores.events.append(session, type="datasets.changed", principal=principal, ids=[made.id])

        self._stores.database.run(work)
        return self._stores.quality_rules.get(made.id)

    def newest_told(self, principal: Principal, version: CommittedVersion) -> QualityView | None:
        """What is known of a version; None where nobody has judged it. For checks."""
        scope_of(principal, "datasets:read")
        return self._told(version) if findings_of(self._stores, version) is not None else None

    def refuse_poor(self, principal: Principal, version: CommittedVersion) -> None:
        """Return unless a version is worse than what its dataset demands of what is learnt from.

        Raises:
            Error: `dataset_poor`, naming what is too much.
        """
        scope_of(principal, "training:read")
        kept = self._stores.quality_rules.find(version.dataset)
        if kept is None or not kept.rules.blocking:
            return
        if findings_of(self._stores, version) is None:
            if lacking(self._stores, version) > AT_ONCE:
                cause = f"{version.dataset} demands a quality, and nobody has judged {version.id}."
                raise Error("dataset_poor", cause, remedy=f"`darkroom dataset quality {version.id}` judges it.")
            judge(self._stores, version, self._datasets.read(version), principal=principal.id)
        if blocked := self._told(version).blocked:
            raise Error("dataset_poor", f"{version.id} may not be learnt from. {' '.join(blocked)}")

    def _told(self, version: CommittedVersion, drift: QualityDrift | None = None) -> QualityView:
        from darkroom.datasets.compare import class_counts
        from darkroom.datasets.figures import leaks_by_cause
        from darkroom.datasets.quality import warnings_of

        manifest = self._datasets.read(version)
        found, whole = self._issues(version, manifest)
        kept = self._stores.quality_rules.find(version.dataset)
        rules = kept.rules if kept is not None else QualityRules()
        doubted = self._stores.suspects.newest(version.dataset, version.number) is not None
        issues = [_issue(one, whole, version, doubted=doubted) for one in rules.all]
        score = _score(whole)
        blocked = [_words(one) for one in issues if one.blocks and not one.passed]
        if rules.score_blocks and score < rules.least_score:
            blocked.append(f"The score is {score:.3f}, and must be {rules.least_score:.3f} at least.")
        warnings = warnings_of(version, class_counts(manifest))
        return QualityView(
            version=version.id, total=version.total, judged=found.judged, missing=found.missing, score=score,
            clean=int((whole["issues"].list.len() == 0).sum()), blocked=tuple(blocked),
            passed=score >= rules.least_score and all(one.passed for one in issues),
            issues=tuple(sorted(issues, key=lambda one: (one.passed, -one.count))), warnings=tuple(warnings), drift=drift,
            leaks=tuple(leaks_by_cause(whole, _SAMPLES)), compared_by=found.compared_by.removesuffix(SEARCHING) if found.compared_by else None, created_at=found.created_at,
        )  # fmt: skip

    def _issues(self, version: CommittedVersion, manifest: Manifest) -> tuple[QualityFindings, pl.DataFrame]:
        """What was found, and every example with all that is wrong with it as of now."""
        from darkroom.datasets.figures import with_labels

        found = self._found(version)
        doubts = doubts_of(self._stores, version, manifest)
        suspects = doubts[1].filter("suspect")["key"].to_list() if doubts is not None else []
        details = details_of(self._stores, found, ["key", "near", "burst", "issues"])
        return found, with_labels(details, manifest, suspects)

    def _found(self, version: CommittedVersion) -> QualityFindings:
        found = findings_of(self._stores, version)
        if found is None:
            remedy = f"`darkroom dataset quality {version.id}` judges it."
            raise Error("not_found", f"Nobody has judged {version.id}.", remedy=remedy, id=version.id)
        return found

    def _drift(self, version: CommittedVersion, other: CommittedVersion) -> QualityDrift:
        from darkroom.datasets.drift import drift

        before, after = (details_of(self._stores, self._found(one)) for one in (other, version))
        said = (self._datasets.read(other).frame["labels"], self._datasets.read(version).frame["labels"])
        return drift(before, after, said, other.id)


class QualityKind(WholeKind):
    """Judges the pictures of a version; begun again it begins anew.

    Args:
        stores: pictures, findings, and where the work is.
        datasets: reads manifests.
    """

    name = "quality"
    permission = "datasets:write"

    def __init__(self, stores: Stores, datasets: Callable[[], DatasetService]) -> None:
        super().__init__(stores)
        self._datasets = datasets

    def do(self, work: LongWork, progress: Progress) -> None:
        """Look at what nobody has looked at, and keep what is wrong.

        Raises:
            Error: `dataset_invalid`, none of its pictures is there any more.
        """
        given = json.loads(work.params)
        version = self._datasets().resolve(given["dataset"])
        progress.of(version.total)
        found = judge(
            self.stores, version, self._datasets().read(version), principal=work.principal, anew=given["anew"],
            on_read=progress.add,
        )  # fmt: skip
        progress.add(0, changed=found.new, judged=found.judged, missing=found.missing)

    def conclude(self, session: Session, work: LongWork) -> None:
        """Whoever shows the dataset reads it again."""
        name = str(json.loads(work.params)["dataset"]).partition("@")[0]
        self.stores.events.append(session, type="datasets.changed", principal=work.principal, ids=[name])


def _issue(limit: QualityLimit, whole: pl.DataFrame, version: CommittedVersion, *, doubted: bool) -> QualityIssue:
    if limit.issue == "imbalance":
        counts = [one for one in version.label_counts if one]
        value = max(counts) / min(counts) if counts else 1.0
        return QualityIssue(
            issue=limit.issue, count=0, value=value, most=limit.most, passed=value <= limit.most, blocks=limit.blocks
        )
    keys = whole.filter(whole["issues"].list.contains(limit.issue))["key"]
    value = len(keys) / whole.height
    return QualityIssue(
        issue=limit.issue, count=len(keys), value=value, most=limit.most, passed=value <= limit.most,
        blocks=limit.blocks, known=limit.issue != "suspect" or doubted, samples=tuple(keys.head(_SAMPLES)),
    )  # fmt: skip


def _score(whole: pl.DataFrame) -> float:
    """What examples are worth on average: nothing is taken from one that nothing is wrong with."""
    import polars as pl

    weights = pl.element().replace_strict(WEIGHTS, return_dtype=pl.Float64())
    worst = whole.select(pl.col("issues").list.eval(weights).list.max().fill_null(0.0)).to_series()
    return 1.0 - float(worst.mean() or 0.0)  # type: ignore[arg-type]


def _words(one: QualityIssue) -> str:
    name = one.issue.replace("_", " ")
    if one.issue == "imbalance":
        return f"Imbalance is {one.value:.1f}, and may be {one.most:.1f} at most."
    return f"{name.capitalize()}: {one.count:,} examples ({one.value:.1%}), and may be {one.most:.1%} at most."


def _reason(issues: Sequence[IssueKind]) -> str:
    names = ", ".join(one.replace("_", " ") for one in issues)
    return f"Left out: {names}." if names else ""

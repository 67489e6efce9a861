"""Expands versions: training pictures, changed by a policy, become pictures of the library and examples of the next version."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from darkroom.access import require, scope_of
from darkroom.domain.access import UNPLACED, Principal, Warrant
from darkroom.domain.annotation import ANNOTATIONS
from darkroom.domain.dataset import CommittedVersion, Example
from darkroom.domain.ingest import BatchItem
from darkroom.domain.scope import EVERYTHING
from darkroom.domain.work import LongWork
from darkroom.errors import ERROR_CODES, Error
from darkroom.services.datasets.expand_views import ExpandGiven
from darkroom.services.taken_in import take_in
from darkroom.services.training.telling import ended, told
from darkroom.services.training.work import here
from darkroom.services.work.adapters import view_of
from darkroom.services.work.kinds import WholeKind
from darkroom.services.work.progress import Progress
from darkroom.services.work.views import WorkView
from darkroom.settings import Settings
from darkroom.store import Stores

if TYPE_CHECKING:
    from darkroom.datasets.manifest import Manifest
    from darkroom.services.datasets.datasets import DatasetService
    from darkroom.services.ingest import IngestService
    from darkroom.services.work.service import WorkService

CONNECTOR = "expand"
"""Name kept in the sources of the pictures; their keys there name the picture, the policy, the seed and the copy."""
MOST = 100_000
"""Pictures that are made at a time."""


class ExpandService:
    """Begins expansions.

    Args:
        settings: for links.
        datasets: versions.
        work: does it; asked for when it is needed.
    """

    def __init__(self, settings: Settings, datasets: DatasetService, work: Callable[[], WorkService]) -> None:
        self._settings = settings
        self._datasets = datasets
        self._work = work

    def begin(
        self, principal: Principal, words: str, given: ExpandGiven, *, work_id: str | None = None
    ) -> WorkView:  # fmt: skip
        """Make the next version of a dataset, which holds changed copies of its training pictures too.

        Args:
            principal: who asks.
            words: the version.
            given: how often, and by which policy.
            work_id: an id of the caller's own: asking twice with it begins once.

        Raises:
            Error: `not_found`, `forbidden`; `training_invalid` for a policy that is none or changes nothing; `dataset_invalid` for
                pairs, for nothing to learn from, and for too many pictures; `conflict` when a later version is there.
        """
        scope_of(principal, "datasets:write")
        require(principal, "images:write", UNPLACED)
        version = self._datasets.seen(principal, words)
        self._datasets.may_go_on(principal, version)
        if given.whole.strength == "none":
            raise Error("training_invalid", "strength: a policy that changes nothing makes the same pictures again.")
        if version.number != (newest := self._datasets.resolve(version.dataset)).number:
            raise _later(version, newest)
        count = len(_learnt(version, self._datasets.read(version)))
        if count * given.times > MOST:
            raise Error(
                "dataset_invalid", f"That would be {count * given.times:,} pictures; {MOST:,} are made at most."
            )
        who = principal.model_copy(update={"session": None, "address": None}).model_dump(mode="json")
        work = self._work().begin_whole(
            principal, ExpandKind.name, title=f"Expand {version.id} {given.times} times", work_id=work_id,
            params={"name": version.dataset, "version": version.id, "principal": who}, text=given.model_dump_json(),
        )  # fmt: skip
        return view_of(work, self._settings)


class ExpandKind(WholeKind):
    """Changes the pictures in a process of its own, takes them in, and commits them.

    Args:
        stores: pictures, and where the work is.
        datasets: versions.
        ingest: takes the pictures in.
        guard: vouches for who asked.
    """

    name = "expand"
    permission = "datasets:write"

    def __init__(
        self, stores: Stores, datasets: Callable[[], DatasetService], ingest: Callable[[], IngestService],
        guard: Callable[[], Warrant],
    ) -> None:  # fmt: skip
        super().__init__(stores)
        self._datasets = datasets
        self._ingest = ingest
        self._guard = guard

    def do(self, work: LongWork, progress: Progress) -> None:
        """Begun again it makes the very same pictures, which are known then.

        Raises:
            Error: `dataset_invalid`, `training_out_of_memory`; `conflict` when a later version came meanwhile.
        """
        params = json.loads(work.params)
        given = ExpandGiven.model_validate_json(self.stores.work.text(work.id))
        who = Principal.model_validate(params["principal"]).model_copy(update={"warrant": self._guard()})
        version = self._datasets().seen(who, params["version"])
        whole = self._datasets().read(version)
        learnt = _learnt(version, whole)
        progress.of(2 * len(learnt))
        with tempfile.TemporaryDirectory(prefix="darkroom-expand-") as folder:
            here(learnt, self.stores.blobs, Path(folder)).write(Path(folder) / "manifest.parquet")
            (Path(folder) / "given.json").write_text(given.model_dump_json())
            left_out = _changed(Path(folder), progress)
            rows = [json.loads(line) for line in (Path(folder) / "out/rows.jsonl").read_text().splitlines()]
            self._take_in(who, rows, Path(folder) / "out", given, progress)
            examples = list(_joined(whole, rows, self.stores))
        made = self._commit(who, version, examples, given)
        progress.of(2 * len(learnt))
        progress.add(
            2 * len(learnt) - progress.done, changed=made.total - len(whole), version=made.number, examples=made.total,
            left_out=left_out,
        )  # fmt: skip

    def _take_in(
        self, who: Principal, rows: list[dict[str, Any]], out: Path, given: ExpandGiven, progress: Progress
    ) -> None:  # fmt: skip
        items = []
        for row in rows:
            path = out / row["file"]
            row["key"] = hashlib.sha256(path.read_bytes()).hexdigest()
            info = path.stat()
            policy = hashlib.sha256(given.whole.model_dump_json().encode()).hexdigest()[:12]
            name = f"{row['source']}/{policy}/{given.seed}/{row['index']}.jpg"
            items.append(BatchItem(key=name, path=str(path), bytes=info.st_size, modified_ns=info.st_mtime_ns))
        for batch in self._ingest().submit_all(who, items, connector=CONNECTOR, launch=False):
            take_in(self._ingest(), batch, "expand", progress)

    def _commit(
        self, who: Principal, version: CommittedVersion, examples: list[Example], given: ExpandGiven
    ) -> CommittedVersion:  # fmt: skip
        from darkroom.datasets.manifest import Manifest

        policy = given.whole.model_dump(exclude_defaults=True)
        origin = f"{version.id} with its training pictures changed {given.times} times, by {json.dumps(policy)} and seed {given.seed}"
        manifest = Manifest.of(examples, Path(version.dataset))
        newest = self._datasets().resolve(version.dataset)
        # Killed after it committed, it finds its own version.
        if newest.number != version.number and newest.hash != manifest.hash:
            raise _later(version, newest)
        return self._datasets().commit(who, version.dataset, manifest, origin=origin, message=given.message).version


def _later(version: CommittedVersion, newest: CommittedVersion) -> Error:
    return Error("conflict", f"{version.id} is not the newest version any more.", remedy=f"Expand {newest.id}.")


def _learnt(version: CommittedVersion, manifest: Manifest) -> Manifest:
    """What is learnt from; what is judged stays as it is."""
    part = manifest.part("train")
    if not len(part):
        raise Error("dataset_invalid", f"No example of {version.id} is in the split train.")
    if part.frame["annotations"].str.contains('"kind":"pair"', literal=True).any():
        raise Error("dataset_invalid", f"{version.id} holds pairs: both pictures would have to change alike.")
    return part


def _changed(folder: Path, progress: Progress) -> int:
    """Have a process write the pictures; returns how many could not be decoded."""
    for line in told(["expand", str(folder)]):
        match line:
            case {"pictures": int(count)}:
                progress.add(count)
            case {"error": [code, cause]}:
                raise Error(code if code in ERROR_CODES else "internal", cause)
            case {"left_out": int(count)}:
                return count
    raise ended("changed the pictures")


def _joined(manifest: Manifest, rows: list[dict[str, Any]], stores: Stores) -> Iterator[Example]:
    """All examples, each copy in the group of its source."""
    # Whoever asked made these just now, and they lie in no place yet.
    there = stores.images.known([row["key"] for row in rows], scope=EVERYTHING)
    sources = {row["source"] for row in rows}
    groups: dict[str, str] = {}
    held: set[str] = set()
    for one in manifest.examples():
        group = one.group or f"source {one.key}" if one.key in sources else one.group
        groups[one.key] = group or ""
        held.add(one.key)
        yield one.model_copy(update={"group": group})
    for row in rows:
        if row["key"] in there and row["key"] not in held:
            held.add(row["key"])
            yield Example(
                key=row["key"], path=row["file"], annotations=ANNOTATIONS.validate_python(row["annotations"]),
                split="train", group=groups[row["source"]],
            )  # fmt: skip

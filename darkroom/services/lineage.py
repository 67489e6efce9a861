"""Where a picture came from and what came of it: files, batch, renditions, versions of datasets, models, reports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import quote, urlencode

from darkroom.access import reach_of, scope_of
from darkroom.domain.access import Principal
from darkroom.domain.dataset import CommittedVersion
from darkroom.domain.image import ImageRecord
from darkroom.domain.rendition import RecipeRendition
from darkroom.domain.scope import NOTHING, Scope
from darkroom.services.datasets.reach import VersionReach
from darkroom.services.lineage_views import LineageEdge, LineageGraph, LineageKind, LineageNode
from darkroom.services.sight import visible
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.memberships import Membership
from darkroom.store.trainings import Learnt

_MOST = {"source": 8, "rendition": 12, "dataset": 8, "training": 12}
"""Things of a kind that are shown; trainings are those that models and reports came of."""
_MOST_VERSIONS = 2000
"""Versions of all datasets together that trainings are looked for of."""
_PICTURE = "picture:"


class LineageService:
    """Puts graphs together, of what the one who asks may see.

    Args:
        settings: for links into Dagster.
        stores: pictures and everything made of them.
    """

    def __init__(self, settings: Settings, stores: Stores) -> None:
        self._settings = settings
        self._stores = stores
        self._reach = VersionReach(stores)

    def of(self, principal: Principal, image_id: str) -> LineageGraph:
        """The graph around a picture.

        Raises:
            Error: `not_found`.
        """
        scope = scope_of(principal, "images:read")
        record = visible(self._stores, image_id, scope)
        graph = _Graph(self._settings.dagster_address)
        self._before(graph, record)
        if _may(principal, "renditions:read").covers(record.collections):
            self._renditions(graph, record)
        self._learnt(graph, record, _may(principal, "datasets:read"), _may(principal, "training:read"))
        more = {kind: count for kind, count in graph.more.items() if count > 0 and scope.is_everything}
        return LineageGraph(nodes=tuple(graph.nodes), edges=tuple(graph.edges), more=more, unread=graph.unread)

    def _before(self, graph: _Graph, record: ImageRecord) -> None:
        """The files that it came in as, their batches, and itself."""
        sources = record.sources[: _MOST["source"]]
        graph.more["source"] = len(record.sources) - len(sources)
        batches = dict.fromkeys([record.batch, *(one.batch for one in sources)])
        for number, one in enumerate(sources):
            graph.add("source", str(number), one.key, words=one.connector, at=one.modified_at)
            graph.join(f"source:{number}", f"batch:{one.batch}")
        for batch in batches:
            at = record.ingested_at if batch == record.batch else None
            graph.add("batch", batch, batch, at=at, page=_page("/", batch=batch), asset=("images", batch))
            graph.join(f"batch:{batch}", _PICTURE + record.id)
        size = f"{record.width}x{record.height}"
        graph.add("picture", record.id, record.name, words=size, at=record.ingested_at,
                  page=_page("/", image=record.id), asset=("quality", record.batch))  # fmt: skip

    def _renditions(self, graph: _Graph, record: ImageRecord) -> None:
        """What is shown in its place, and what recipes made of it."""
        for one in record.renditions:
            graph.add("rendition", one.kind, one.kind, words=f"{one.width}x{one.height}", at=record.ingested_at,
                      asset=("renditions", record.batch))  # fmt: skip
            graph.join(_PICTURE + record.id, f"rendition:{one.kind}")
        if record.original_is_preview:
            graph.add("rendition", "preview", "preview", words="The original itself", at=record.ingested_at)
            graph.join(_PICTURE + record.id, "rendition:preview")
        found = self._stores.renditions.of_image(record.id, limit=_MOST["rendition"])
        graph.more["rendition"] = 0
        if found.next_cursor is not None:
            graph.more["rendition"] = self._stores.renditions.count_of(record.id) - len(found.items)
        for made in found.items:
            page = _page("/develop", image=record.id)
            graph.add("rendition", made.id, made.recipe, words=_about(made), at=made.created_at, page=page,
                      asset=("recipe_renditions", made.order))  # fmt: skip
            graph.join(_PICTURE + record.id, f"rendition:{made.id}")

    def _learnt(self, graph: _Graph, record: ImageRecord, datasets: Scope, training: Scope) -> None:
        """Versions of datasets that hold it, models that learnt from those, and what they are worth."""
        if datasets == NOTHING:
            return
        members, graph.unread = self._stores.memberships.of(record.id)
        splits = dict(_versions(members, self._latest(members)))
        names = list(splits)[-_MOST_VERSIONS:]
        learnt = self._stores.trainings.learnt_from(names, _MOST_VERSIONS) if training != NOTHING else []
        chosen = self._chosen(names, learnt, members, datasets)
        graph.more["dataset"] = len(splits) - len(chosen)
        for version in chosen:
            graph.add("dataset", version.id, version.id, words=splits[version.id], at=version.created_at,
                      page=_page("/datasets", name=version.dataset, version=str(version.number)),
                      asset=("dataset_version", version.id))  # fmt: skip
            graph.join(_PICTURE + record.id, f"dataset:{version.id}", splits[version.id])
        allowed = {one.id for one in chosen if self._reach.gap(one, training) is None}
        shown = [one for one in learnt if one.dataset in allowed][: _MOST["training"]]
        graph.more["model"] = len(learnt) - len(shown)
        for one in reversed(shown):
            _add_learnt(graph, one, splits[one.dataset])

    def _latest(self, members: Iterable[Membership]) -> dict[str, int]:
        """Number of the newest version of each dataset."""
        names = {one.dataset for one in members}
        found = {name: self._stores.datasets.find(name) for name in names}
        return {name: one.latest for name, one in found.items() if one is not None}

    def _chosen(
        self, names: Sequence[str], learnt: Sequence[Learnt], members: Sequence[Membership], scope: Scope
    ) -> list[CommittedVersion]:
        """The versions to show: those that something learnt from, then the newest and the first of each dataset."""
        used = list(dict.fromkeys(one.dataset for one in learnt))
        newest = {name.rpartition("@")[0]: name for name in names}
        first = {one.dataset: f"{one.dataset}@{one.since}" for one in reversed(members)}
        wanted = list(dict.fromkeys([*newest.values(), *used, *first.values()]))
        # Whether somebody may see one may take reading its manifest: not of hundreds for one picture.
        found = self._stores.dataset_versions.many(wanted[: 4 * _MOST["dataset"]])
        seen: list[CommittedVersion] = []
        for one in found:
            if len(seen) < _MOST["dataset"] and self._reach.gap(one, scope) is None:
                seen.append(one)
        return sorted(seen, key=lambda one: one.created_at)


class _Graph:
    """A graph that grows.

    Args:
        dagster: address of Dagster's web app.
    """

    def __init__(self, dagster: str) -> None:
        self._dagster = dagster
        self._known: set[str] = set()
        self.nodes: list[LineageNode] = []
        self.edges: list[LineageEdge] = []
        self.more: dict[LineageKind, int] = {}
        self.unread = 0

    def add(
        self, kind: LineageKind, key: str, name: str, *, asset: tuple[str, str] | None = None, **facts: object
    ) -> None:
        """Put a thing in, once; `asset` is the name of one and the partition."""
        identity = f"{kind}:{key}"
        if identity in self._known:
            return
        self._known.add(identity)
        url = None
        if asset is not None:
            url = f"{self._dagster}/assets/{quote(asset[0])}?{urlencode({'view': 'partitions', 'partition': asset[1]})}"
        self.nodes.append(
            LineageNode.model_validate({"id": identity, "kind": kind, "name": name, "dagster_url": url, **facts})
        )

    def join(self, source: str, target: str, words: str = "") -> None:
        """Say that one thing came of another."""
        edge = LineageEdge(source=source, target=target, words=words)
        if edge not in self.edges:
            self.edges.append(edge)


def _add_learnt(graph: _Graph, one: Learnt, split: str) -> None:
    """What a training came to: a version of a model, or just itself, and its report."""
    if one.model is not None:
        result = f"model:{one.model}"
        page = _page("/models", name=one.model_line)
        graph.add("model", one.model, one.model, at=one.finished_at, page=page, asset=("checkpoint", one.training))
    else:
        result = f"training:{one.training}"
        page = _page("/training", run=one.training)
        graph.add("training", one.training, one.model_line, words=one.training, at=one.finished_at, page=page,
                  asset=("checkpoint", one.training))  # fmt: skip
    graph.join(f"dataset:{one.dataset}", result, split)
    if one.report is not None:
        page = _page("/report", id=one.report)
        graph.add("report", one.report, one.report, at=one.finished_at, page=page,
                  asset=("evaluation_report", one.training))  # fmt: skip
        graph.join(result, f"report:{one.report}", "judged")


def _versions(members: Iterable[Membership], latest: dict[str, int]) -> Iterable[tuple[str, str]]:
    """Version -> what the picture is for in it, the newer ones of a dataset later."""
    for one in members:
        until = one.until if one.until is not None else latest.get(one.dataset, one.since) + 1
        for number in range(one.since, until):
            yield f"{one.dataset}@{number}", one.split


def _about(made: RecipeRendition) -> str:
    return f"{made.width}x{made.height} {made.format.upper()}"


def _may(principal: Principal, permission: str) -> Scope:
    """What somebody has a permission on; what a token is not for is left out rather than refused."""
    if principal.scopes is not None and permission not in principal.scopes:
        return NOTHING
    return reach_of(principal, permission)


def _page(path: str, **query: str | None) -> str:
    return f"{path}?{urlencode({name: value for name, value in query.items() if value is not None})}"

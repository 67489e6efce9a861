"""Pictures compared with words, at the size of a library: rows as a model for searching makes them, without a model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.report import milliseconds, percentile, table
from darkroom.domain.base import now
from darkroom.domain.dataset import StoredFile
from darkroom.domain.embedding import EmbeddingSet, SearchModel
from darkroom.domain.query import ImageQuery
from darkroom.services.training.makers import SEARCHING
from darkroom.services.training.ranking import PictureRanker
from darkroom.store import Stores
from darkroom.store.embeddings import packed

if TYPE_CHECKING:
    from numpy.typing import NDArray

DIMS = 512
"""Numbers of a row, as CLIP ViT-B/32 has them."""
_PART = 50_000
_SUBJECTS = 300
VIEWS = {
    "words alone": "like:{words}",
    "words and other filters": 'like:{words} camera:"Halden Pro" quality>=0.5',
    "words or a tag": "like:{words} or tag:keep",
}


class Ranker(PictureRanker):
    """Takes rows of words out of the air: what a text tower takes comes on top, and has nothing to do with the library."""

    def _row(self, model: SearchModel, words: str) -> NDArray[np.float32]:
        seed = int.from_bytes(hashlib.sha256(words.encode()).digest()[:4])
        return _unit(subjects()[seed % _SUBJECTS] + 0.5 * _noise(np.random.default_rng(seed), 1)[0])


def subjects() -> NDArray[np.float32]:
    """What the pictures show."""
    return _unit(np.random.default_rng(1).standard_normal((_SUBJECTS, DIMS)).astype(np.float32))


def _noise(chance: np.random.Generator, count: int) -> NDArray[np.float32]:
    return _unit(chance.standard_normal((count, DIMS)).astype(np.float32))


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    found: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=-1, keepdims=True)
    return found


def embed(stores: Stores) -> None:
    """Make a row for each picture: one of the subjects, and something of its own."""
    chance, parts, count = np.random.default_rng(2), [], 0
    for ids in _pieces(stores):
        rows = _unit(subjects()[chance.integers(0, _SUBJECTS, len(ids))] + 1.2 * _noise(chance, len(ids)))
        data = packed(ids, rows)
        key = hashlib.sha256(data).hexdigest()
        stores.blobs.put("originals", key, data, durable=False)
        parts.append(StoredFile(name="part", key=key, bytes=len(data)))
        count += len(ids)
    moment = now()
    stores.search_models.insert(SearchModel(
        id="b", files=(), weights="b", kind="clip", licence="none", dims=DIMS, image_size=224, tokens=77, padding=0, used=True,
        created_at=moment, created_by="b",
    ))  # fmt: skip
    stores.embeddings.insert(EmbeddingSet(
        id=f"b{SEARCHING}", name="b", number=0, checkpoint="b", dims=DIMS, count=count, parts=tuple(parts), created_at=moment,
        updated_at=moment,
    ))  # fmt: skip
    stores.rankings.make = lambda: Ranker(stores)


def _pieces(stores: Stores) -> Iterator[list[str]]:
    after = ""
    while ids := stores.images.ids_after(after, _PART):
        yield ids
        after = ids[-1]


def measure(stores: Stores, records: int) -> dict[str, Any]:
    """What views take that compare pictures with words: the first time, and once the words are known."""
    from itertools import count

    about, number, rows, figures = stores.embeddings.get(f"b{SEARCHING}"), count(), [], {}
    figures["open"] = milliseconds(lambda: stores.embedded.rows(about), 1)[0]
    for name, expression in VIEWS.items():

        def asked(expression: str = expression) -> ImageQuery:
            return ImageQuery(where=expression.format(words=f"thing{next(number)}"), sort="-likeness")

        first = milliseconds(lambda: stores.page(asked(), limit=100), 10)
        query = asked()
        again: list[Callable[[], object]] = [
            lambda: stores.page(query, limit=100), lambda: stores.columns.facets(query),  # noqa: B023
            lambda: stores.columns.anchors(query, 200),  # noqa: B023
        ]  # fmt: skip
        times = [percentile(milliseconds(_anew(stores, one), 10), 0.5) for one in again]
        found = stores.columns.count(query)
        rows.append((name, found, percentile(first, 0.5), percentile(first, 0.95), *times))
        figures[name] = dict(
            zip(("found", "first_p50", "first_p95", "page", "facets", "index"), rows[-1][1:], strict=True)
        )
    heads = ("view", "found", "first page p50", "p95", "page again", "facets", "index")
    table(f"Pictures like words, {records:,} records of {DIMS} numbers, milliseconds", heads, rows)
    return figures


def _anew(stores: Stores, ask: Callable[[], object]) -> Callable[[], object]:
    def call() -> object:
        stores.columns.forget()
        return ask()

    return call

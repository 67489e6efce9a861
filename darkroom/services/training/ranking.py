"""What `like:` and `similar:` of the query language come to: pictures that stand out, the most alike first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from darkroom.domain.embedding import TOKENIZER, WORDS, EmbeddingSet, SearchModel
from darkroom.domain.language.nodes import Alike
from darkroom.domain.scope import Scope
from darkroom.errors import Error
from darkroom.services.training.makers import SEARCHING, row_of
from darkroom.store import Stores
from darkroom.store.rankings import Ranking

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from darkroom.imaging.operations.learned_towers import TextTower

MOST = 10_000
"""Pictures of a ranking."""
NEAR = 18
"""Bits of 64 in which perceptual hashes of pictures that look alike differ at most."""
_ITSELF = 0.999
"""Cosine from which on two pictures are one, as far as half-precision numbers tell."""
_REMEMBERED = 64
_BITS = 32
"""Bits in which hashes of pictures differ that have nothing to do with each other."""


class PictureRanker:
    """Compares pictures with words and with one another.

    What stands out is what is more than half as far from the middle of all pictures as the most alike of them is. It is the same
    whatever else is asked for, so that it can be combined with everything, counted and denied.

    Args:
        stores: models and rows.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[Any, ...], Ranking] = OrderedDict()
        self._tower: tuple[str, TextTower] | None = None

    def rank(self, asked: Alike, scope: Scope) -> Ranking:
        """See `darkroom.store.rankings.Ranker`."""
        return self._like(asked.value) if asked.field == "like" else self._similar(asked.value, scope)

    def _like(self, words: str) -> Ranking:
        model = self._stores.search_models.used()
        if model is None:
            raise Error(
                "model_unusable", "No model is used for searching, so pictures cannot be compared with words.",
                remedy="`darkroom search-model add NAME WEIGHTS`, then `darkroom search-model use NAME`; docs/search.md tells more.",
            )  # fmt: skip
        about = self._stores.embeddings.find(model.id + SEARCHING)
        if about is None or not about.parts:
            return Ranking()
        return self._standing_out(about, words, model)

    def _row(self, model: SearchModel, words: str) -> NDArray[np.float32]:
        with self._lock:
            key = model.file(WORDS).key
            if self._tower is None or self._tower[0] != key:
                self._tower = (key, self._opened(model))
            found: NDArray[np.float32] = self._tower[1].rows([words])[0]
            return found

    def _opened(self, model: SearchModel) -> TextTower:
        from darkroom.imaging.operations.learned_towers import TextTower

        data, tokenizer = (self._stores.blobs.read("originals", model.file(one).key) for one in (WORDS, TOKENIZER))
        return TextTower(data, tokenizer, length=model.tokens, padding=model.padding, name=model.id)

    def _similar(self, image: str, scope: Scope) -> Ranking:
        record = self._stores.images.find(image)
        if record is None or not scope.covers(record.collections):
            return Ranking()  # nothing is alike to what is not there for whoever asks
        found = row_of(self._stores, image, scope)
        if found is not None:
            about, _, row = found
            return self._standing_out(about, image, row)
        near = self._stores.columns.similar(int(record.phash, 16), NEAR, MOST)
        return Ranking(tuple(one for one, _ in near), tuple(1 - apart / _BITS for _, apart in near))

    def _standing_out(self, about: EmbeddingSet, asked: str, by: SearchModel | NDArray[np.float32]) -> Ranking:
        key = (about.id, asked, *(one.key for one in about.parts))
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        if isinstance(by, SearchModel):
            found = standing_out(self._stores, about, self._row(by, asked))
        else:
            found = standing_out(self._stores, about, by, itself=True)
        with self._lock:
            self._known[key] = found
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return found


def standing_out(
    stores: Stores, about: EmbeddingSet, row: NDArray[np.float32], *, itself: bool = False
) -> Ranking:  # fmt: skip
    """The rows of a set that are much like one.

    Args:
        stores: rows.
        about: the set.
        row: what they are compared with.
        itself: whether it is the row of one of them, which does not count as the most alike.
    """
    import numpy as np

    rows = stores.embedded.rows(about)
    likeness = rows.likeness(row)
    others = likeness[likeness < _ITSELF] if itself else likeness
    best = float(others.max()) if len(others) else 1.0
    middle = float(likeness.mean())
    chosen = np.flatnonzero(likeness >= (middle + best) / 2)
    chosen = chosen[np.lexsort((chosen, -likeness[chosen]))][:MOST]
    found = dict(zip(rows.ids(chosen), likeness[chosen].tolist(), strict=True))
    return Ranking(tuple(found), tuple(found.values()))

"""What makes rows of pictures: a classifier of the registry without its last layer, or the tower of a model for searching."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from darkroom.domain.base import now
from darkroom.domain.embedding import PICTURES, EmbeddingSet
from darkroom.domain.scope import EVERYTHING, Scope
from darkroom.domain.train_config import CLASSES
from darkroom.errors import Error
from darkroom.services.recipes.models import ModelShelf, Registered
from darkroom.store import Stores

if TYPE_CHECKING:
    import numpy as np

    from darkroom.imaging.pixels import Array
    from darkroom.store.embeddings import Rows as KeptRows

    Rows = np.ndarray[Any, np.dtype[np.float32]]

SEARCHING = "@0"
"""What the id of a set ends with whose rows a model for searching made."""


@dataclass(frozen=True)
class Maker:
    """Something that makes rows of pictures."""

    id: str
    """Of the set that they belong to."""
    checkpoint: str
    """Its weights."""
    side: int
    """Of the square that it sees a picture as."""
    dims: int | None
    """Numbers of a row, where that is known before there is one."""
    rows: Callable[[Sequence[Array]], Rows]
    """Makes them, each of length 1."""

    @property
    def name(self) -> str:
        """Of the model."""
        return self.id.partition("@")[0]

    @property
    def number(self) -> int:
        """Of its version; 0 for a model for searching."""
        return int(self.id.partition("@")[2])

    def set(self, dims: int) -> EmbeddingSet:
        """The set before there is a row in it."""
        moment = now()
        return EmbeddingSet(
            id=self.id, name=self.name, number=self.number, checkpoint=self.checkpoint, dims=dims, count=0,
            created_at=moment, updated_at=moment,
        )  # fmt: skip


def resolved(stores: Stores, words: str) -> str:
    """Id of the set that a model makes rows of: `clip@0` of a model for searching, else the version that is meant.

    Raises:
        Error: `not_found`; `model_unusable` for one that is no classifier or has no ONNX file.
    """
    name = words.removesuffix(SEARCHING)
    if "@" not in name and stores.search_models.find(name) is not None:
        return name + SEARCHING
    return _classifier(ModelShelf(stores, EVERYTHING).get(words), words).version.id


def maker_of(stores: Stores, words: str) -> Maker:
    """What is meant, ready to be used.

    Raises:
        Error: as `resolved`; `blob_missing`.
    """
    from darkroom.imaging.operations.learned_features import Features
    from darkroom.imaging.operations.learned_towers import PictureTower

    meant = resolved(stores, words)
    if meant.endswith(SEARCHING):
        model = stores.search_models.get(meant.removesuffix(SEARCHING))
        file = model.file(PICTURES)
        tower = PictureTower(stores.blobs.read("originals", file.key), model.id)
        return Maker(meant, file.key, model.image_size, model.dims, tower.rows)
    shelf = ModelShelf(stores, EVERYTHING)
    found = shelf.get(meant)
    data, _ = shelf.read(meant)
    rows = Features(data, meant).rows
    return Maker(meant, found.version.checkpoint, found.about.about.image_size, None, rows)


def usable(stores: Stores, about: EmbeddingSet, scope: Scope) -> bool:
    """Whether somebody may compare by the rows of a set: of a model that learnt from others' pictures he may not."""
    return about.number == 0 or about.id in ModelShelf(stores, scope)


def row_of(stores: Stores, image: str, scope: Scope) -> tuple[EmbeddingSet, KeptRows, Rows] | None:
    """What pictures are compared with one by: the first set that has a row of it, all rows of that set, and the row.

    None where no model has seen the picture.

    Args:
        stores: rows.
        image: id of the picture.
        scope: pictures that whoever asks may see, and so which models he may use.
    """
    for about in stores.embeddings.all():
        if about.parts and usable(stores, about, scope):
            rows = stores.embedded.rows(about)
            if (row := rows.of(image)) is not None:
                return about, rows, row
    return None


def _classifier(found: Registered, words: str) -> Registered:
    if found.about.about.task not in CLASSES:
        raise Error(
            "model_unusable", f"{words} does {found.about.about.task}; pictures are embedded by classifiers.",
            remedy="Name a model that tells classes apart, or a model for searching.",
        )  # fmt: skip
    return found

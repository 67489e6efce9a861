"""Where results of pictures lie, and the words that are written into them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from darkroom.domain.develop import DevelopSettings
from darkroom.services.saying import words_of
from darkroom.store import Stores

if TYPE_CHECKING:
    from darkroom.imaging.recipes.compile import Program
    from darkroom.imaging.words import Words


@dataclass(frozen=True)
class Keys:
    """Keys of results of some pictures."""

    images: dict[str, str]
    """Picture by key, in the order asked for."""
    words: dict[str, Words] = field(default_factory=dict)
    """What the library says, by picture, where the recipe asks for it."""
    settings: dict[str, DevelopSettings] = field(default_factory=dict)
    """How sidecars want RAW files to be developed, by picture, where the recipe honours that."""


def keys_of(stores: Stores, program: Program, fingerprint: str, images: Sequence[str]) -> Keys:
    """Where the results lie: the same words, the same place.

    Args:
        stores: know the words.
        program: says whether they count.
        fingerprint: of the recipe with everything that it refers to.
        images: ids.
    """
    from darkroom.imaging.recipes.compile import result_key

    words: dict[str, Words] = {}
    if program.recipe.words == "library":
        words = {record.id: said for record, said in words_of(stores, images)}
    settings: dict[str, DevelopSettings] = {}
    if program.raw.sidecar == "use" or program.wants_focus:
        found = stores.images.settings(images)
        settings = {image: mine for image, one in found.items() if (mine := program.heeds(one))}
    keys = {result_key(fingerprint, image, words.get(image), settings.get(image)): image for image in images}
    return Keys(keys, words, settings)

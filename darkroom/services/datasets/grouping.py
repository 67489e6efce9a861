"""Pictures of the library that must stay in one split."""

from __future__ import annotations

from typing import TYPE_CHECKING

from darkroom.store import Stores

if TYPE_CHECKING:
    from darkroom.datasets.manifest import Manifest

_AT_ONCE = 5000


def grouped(stores: Stores, manifest: Manifest) -> Manifest:
    """The manifest with near duplicates, bursts and what somebody said belongs together as one group each.

    What came since counts too: a picture that is in the version already joins the group of a new one.
    """
    from darkroom.datasets.bursts import Taken, together

    keys = manifest.frame["key"].to_list()
    near: list[tuple[str, str]] = []
    taken: list[Taken] = []
    for start in range(0, len(keys), _AT_ONCE):
        for one in stores.quality.origins(keys[start : start + _AT_ONCE]):
            taken.append((one.key, one.camera, one.taken_at))
            if one.near is not None:
                near.append((one.key, one.near))
    return together(manifest, near, taken)

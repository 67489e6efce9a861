"""The conditions of a view for MongoDB, once RE2 has looked at the patterns in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymongo.collection import Collection

from darkroom.domain.query import ImageQuery
from darkroom.domain.scope import EVERYTHING, Scope
from darkroom.store.database import Session
from darkroom.store.image_queries import conditions
from darkroom.store.patterns import asks, matched, path_of, without
from darkroom.store.rankings import Rankings


def fitting(
    images: Collection[dict[str, Any]], query: ImageQuery, scope: Scope = EVERYTHING, *, rankings: Rankings | None = None,
    among: Mapping[str, Any] | None = None, session: Session | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """What must hold of the images that fit; see `image_queries.conditions`.

    Args:
        images: the collection.
        query: narrowed.
        scope: what it was narrowed to.
        rankings: what its comparisons come to.
        among: what must hold beside all this. Patterns are looked at in the images that this and the other filters leave,
            which must be thousands rather than millions: the columnar copy is for those.
        session: of a transaction.
    """
    asked = {one for view in (query, *scope.views) for one in asks(view)}
    before = [dict(among)] if among else []
    if not asked:
        return before + conditions(query, scope, rankings)
    wanted = before + conditions(*without(query, scope), rankings)
    found = images.find({"$and": wanted} if wanted else {}, {path_of(one): 1 for one in asked}, session=session)
    return before + conditions(query, scope, rankings, matched(found, asked))

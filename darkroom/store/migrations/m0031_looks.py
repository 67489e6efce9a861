"""Collections that say how they are shown."""

from __future__ import annotations

from functools import partial

from darkroom.store.database import Database
from darkroom.store.migrations.fields import give, literal, take
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install, validator, without


def up(database: Database, progress: Progress) -> None:
    """Let collections have a look, and say that those that are there have none of their own."""
    progress.once("let collections have a look", partial(install, database, "collections"))
    progress.once(
        "say that collections have no look so far", partial(give, database, "collections", {"look": literal(None)})
    )


def down(database: Database, progress: Progress) -> None:
    """Take the look away."""
    before = without(validator("collections"), ("look",))
    progress.once("let collections have no look", partial(install, database, "collections", rule=before))
    progress.once("take it from collections", partial(take, database, "collections", ("look",)))

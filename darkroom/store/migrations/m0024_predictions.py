"""Reports that keep what was said of each picture, and datasets that follow their pictures to learn what is learnt now."""

from __future__ import annotations

from functools import partial

from darkroom.store.database import Database
from darkroom.store.migrations.fields import give, literal, take
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install, validator, without


def up(database: Database, progress: Progress) -> None:
    """Let documents have the fields, and say that older reports keep no such thing."""
    progress.once("let reports keep what was said of each picture", partial(install, database, "reports"))
    progress.once(
        "say that reports have kept none so far", partial(give, database, "reports", {"predictions": literal(None)})
    )
    progress.once("let followed datasets be learnt in every way", partial(install, database, "followed_datasets"))


def down(database: Database, progress: Progress) -> None:
    """Take the field away; the files stay until nothing names them."""
    before = without(validator("reports"), ("predictions",))
    progress.once("let reports keep it no longer", partial(install, database, "reports", rule=before))
    progress.once("take it from reports", partial(take, database, "reports", ("predictions",)))

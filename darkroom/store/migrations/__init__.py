"""Schema changes: numbered modules with `up` and `down`, run once each, in order.

A migration is a module `mNNNN_<name>.py` here with `up(database, progress)` and `down(database, progress)`, whose every
action is a `progress.once(words, work)`. Numbers have no gaps. Collections and indexes are made here and nowhere else.
"""

from __future__ import annotations

from darkroom.store.migrations.progress import Progress
from darkroom.store.migrations.runner import Migration, StepReport, check_version, migrate, migrations, version

__all__ = ["Migration", "Progress", "StepReport", "check_version", "migrate", "migrations", "version"]

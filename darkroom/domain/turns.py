"""Whose turn it is: one rule orders everything that waits, by how urgent it is, who computed much of late, and how long it waits.

Everything that waits has a moment at which it is due, and what is due first goes first. Somebody who waits goes nearer to his turn
only because time passes, so the moment never has to be written anew; and since patience and share are bounded, whoever comes
later than `MOST_BEHIND` cannot come before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Priority = Literal["low", "normal", "high"]
"""How urgent something is."""

GPU_POOL = "gpu"
"""Dagster's pool of what learns: on a GPU where there is one."""
CPU_POOL = "cpu"
"""Dagster's pool of recipes, each of which keeps all cores busy."""
MOST_RUNS = 4
"""Runs of Dagster at a time, of everything together (`resources/dagster.yaml`)."""

PATIENCE: dict[Priority, float] = {"high": 0.0, "normal": 1800.0, "low": 7200.0}
"""Seconds by which something may be passed by more urgent things that come later."""
SHARE_WINDOW = 3600.0
"""Seconds that an account's share is counted over."""
MOST_SHARE = 3600.0
"""Most seconds that what an account used puts it back by."""
MOST_BEHIND = max(PATIENCE.values()) + MOST_SHARE
"""Nothing that comes so many seconds later goes first."""

# Dagster's priorities are integers of 31 bits of which the largest goes first; the moment is about the year 2084.
_LAST = 3_600_000_000


@dataclass(frozen=True)
class Waiting:
    """Something that waits for its turn."""

    id: str
    """What."""
    account: str
    """Whose it is."""
    priority: Priority
    """How urgent."""
    since: datetime
    """When it began to wait."""
    seconds: float
    """About how long it will take."""


def due(since: datetime, priority: Priority, used: float) -> datetime:
    """The moment at which something is due.

    Args:
        since: when it began to wait.
        priority: how urgent it is.
        used: seconds that its account computed of late, or is about to.
    """
    return since + timedelta(seconds=PATIENCE[priority] + min(max(used, 0.0), MOST_SHARE))


def in_turn(waiting: Iterable[Waiting], used: Mapping[str, float]) -> list[Waiting]:
    """What waits, in the order in which it goes.

    Args:
        waiting: in any order.
        used: seconds that each account computed of late; what goes first counts as used by what goes after it.
    """
    left, spent, found = list(waiting), dict(used), []
    while left:
        first = min(
            left, key=lambda one: (due(one.since, one.priority, spent.get(one.account, 0.0)), one.since, one.id)
        )
        left.remove(first)
        found.append(first)
        spent[first.account] = spent.get(first.account, 0.0) + first.seconds
    return found


def gives_way(working: Priority, waiting: Priority) -> bool:
    """Whether something at work rests for something that waits."""
    return working == "low" and waiting == "high"


def dagster_priority(moment: datetime) -> str:
    """What is due at a moment as a value of Dagster's tag `dagster/priority`: the earlier, the larger."""
    return str(_LAST - int(moment.timestamp()))

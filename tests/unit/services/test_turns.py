"""Who may go before others."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from darkroom.domain.access import LOCAL_OWNER, Principal
from darkroom.errors import Error
from darkroom.services.activity_views import Hurry
from darkroom.services.hurrying import mine
from darkroom.services.turns import may_hurry

SOMEBODY = Principal(id="u-1", name="Ada", kind="user")


def test_to_go_first_takes_a_permission_and_to_wait_takes_none():
    may_hurry(LOCAL_OWNER, "high")
    for priority in ("low", "normal"):
        may_hurry(SOMEBODY, priority)
    with pytest.raises(Error, match="queue:first") as refused:
        may_hurry(SOMEBODY, "high")
    assert refused.value.code == "forbidden"


def test_the_work_of_others_is_hurried_by_those_alone_who_look_after_all():
    theirs = SimpleNamespace(id="t-1", owner="u-2")
    mine(LOCAL_OWNER, theirs, Hurry(priority="high"))
    with pytest.raises(Error, match="somebody else") as refused:
        mine(SOMEBODY, theirs, Hurry(priority="low"))
    assert refused.value.code == "forbidden"
    mine(SOMEBODY, SimpleNamespace(id="t-1", owner="u-1"), Hurry(priority="low"))

"""Who may go before others."""

from __future__ import annotations

import pytest

from darkroom.domain.access import LOCAL_OWNER, Principal
from darkroom.errors import Error
from darkroom.services.turns import may_hurry

SOMEBODY = Principal(id="u-1", name="Ada", kind="user")


def test_to_go_first_takes_a_permission_and_to_wait_takes_none():
    may_hurry(LOCAL_OWNER, "high")
    for priority in ("low", "normal"):
        may_hurry(SOMEBODY, priority)
    with pytest.raises(Error, match="queue:first") as refused:
        may_hurry(SOMEBODY, "high")
    assert refused.value.code == "forbidden"

"""What Reflex's socket tells, which asks nobody who he is."""

from __future__ import annotations

from frontend.state import ShellState


def test_the_socket_tells_nobody_where_pictures_lie():
    told = {name for name in ShellState.vars if not name.startswith(("is_hydrated", "router", "rx_router"))}
    assert told == {"dagster_url"}

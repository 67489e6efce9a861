"""Waits between restarts, and ports."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from darkroom.errors import Error
from darkroom.supervisor.backoff import Backoff
from darkroom.supervisor.ports import free_port, holder, is_free, require_free


def test_waits_double_up_to_the_longest():
    backoff = Backoff(base=0.5, longest=4.0, forgiven=60.0)
    assert [backoff.next(1.0) for _ in range(6)] == [0.5, 1.0, 2.0, 4.0, 4.0, 4.0]


def test_a_long_life_is_forgiven():
    backoff = Backoff(base=0.5, longest=30.0, forgiven=60.0)
    assert [backoff.next(lived) for lived in (0.1, 0.1, 59.9, 60.0, 0.1)] == [0.5, 1.0, 2.0, 0.5, 1.0]


def test_many_deaths_do_not_overflow():
    backoff = Backoff()
    assert [backoff.next(lived) for lived in (0.0, 59.9, 60.0)] == [0.5, 1.0, 0.5]
    assert [backoff.next(0.0) for _ in range(5000)][-1] == 30.0


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which this process listens for the length of the test."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_port_somebody_listens_on_is_not_free(taken: int):
    assert not is_free(taken)
    assert free_port(taken) != taken
    assert f"(process {os.getpid()})" in (holder(taken) or "")


def test_a_port_taken_on_all_addresses_or_on_ipv6_alone_is_not_free():
    with socket.create_server(("0.0.0.0", 0)) as server:
        assert not is_free(server.getsockname()[1])
    if socket.has_ipv6:
        with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
            assert not is_free(server.getsockname()[1])


def test_a_preferred_port_is_kept_when_it_is_free():
    port = free_port()
    assert is_free(port)
    assert free_port(port) == port


def test_the_error_names_port_holder_and_remedy(taken: int):
    with pytest.raises(Error) as caught:
        require_free(taken, purpose="Dagster", option="--dagster-port", variable="DARKROOM_DAGSTER_PORT")
    assert caught.value.code == "port_in_use"
    assert caught.value.cause == f"Port {taken} for Dagster is taken by {holder(taken)}."
    assert (
        caught.value.remedy
        == "Stop that program, or choose another port with --dagster-port (or DARKROOM_DAGSTER_PORT)."
    )

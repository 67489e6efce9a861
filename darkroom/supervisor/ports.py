"""Ports on loopback: which are free, and who holds the ones that are not."""

from __future__ import annotations

import contextlib
import errno
import secrets
import socket

import psutil

from darkroom.errors import Error

LOOPBACK = "127.0.0.1"
_LOWEST, _HIGHEST = 20_000, 32_000


def is_free(port: int) -> bool:
    """Whether a server could listen there now, on either loopback address."""
    # macOS lets two servers bind one port when one of them listens on all addresses: ask whether somebody answers, too.
    free = _can_bind(socket.AF_INET, LOOPBACK, port) and _can_bind(socket.AF_INET6, "::1", port)
    return free and not _answers(port)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((LOOPBACK, port)) == 0


def _can_bind(family: socket.AddressFamily, address: str, port: int) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # As servers do: connections of the past in TIME_WAIT do not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
            probe.listen(1)
    except OSError as error:
        # A machine without IPv6 says "address not available" or "family not supported", which is no obstacle.
        return error.errno not in (errno.EADDRINUSE, errno.EACCES)
    return True


def free_port(preferred: int | None = None) -> int:
    """A free port: the preferred one if possible, else one that no connection is given by chance.

    Systems take ports for outgoing connections from 32768 or 49152 upwards: a service that died could find its port taken by
    one of those when it is started again.
    """
    if preferred is not None and is_free(preferred):
        return preferred
    for _ in range(100):
        if is_free(port := _LOWEST + secrets.randbelow(_HIGHEST - _LOWEST)):
            return port
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def holder(port: int) -> str | None:
    """The program that listens there, in words, where the system tells."""
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections(kind="tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port
            if listens and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
    return None


def require_free(port: int, *, purpose: str, option: str, variable: str) -> None:
    """Return if a service can listen on `port`.

    Args:
        port: the port wanted.
        purpose: what for, in words.
        option: command line option that chooses another one.
        variable: environment variable that does.

    Raises:
        Error: `port_in_use`, naming the program that holds it where that can be known.
    """
    if is_free(port):
        return
    if port < 1024:
        by, stop = "kept for the administrator or taken", "Choose"
    else:
        found = holder(port)
        by = f"taken by {found}" if found else "taken by another program"
        stop = "Stop that program, or choose"
    raise Error(
        "port_in_use",
        f"Port {port} for {purpose} is {by}.",
        remedy=f"{stop} another port with {option} (or {variable}).",
        port=port,
    )

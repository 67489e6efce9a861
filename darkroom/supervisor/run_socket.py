"""Where the process listens that starts runs: an address of Linux's own, one for each home, for its owner alone."""

from __future__ import annotations

import hashlib
import os
import socket
import struct
import sys
from pathlib import Path

from darkroom.supervisor.probes import Probe

SUPPORTED = sys.platform == "linux"
"""Whether runs may be forked: frameworks of macOS do not survive it."""

_LONGEST = 1_000_000


def address(dagster_home: Path) -> str:
    """The name under which the starter of that home listens."""
    # In the abstract namespace: nothing to clean up after kill -9, and neither the length of the home's path nor its
    # file system matters.
    return "\0darkroom-runs-" + hashlib.sha256(os.fsencode(dagster_home.resolve())).hexdigest()[:32]


def listener(dagster_home: Path) -> socket.socket:
    """Listen there.

    Raises:
        OSError: somebody else does already.
    """
    # Each message arrives whole, or the end of the connection does.
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listening.bind(address(dagster_home))
    listening.listen(64)
    return listening


def connected(dagster_home: Path, *, seconds: float) -> socket.socket:
    """A connection to the starter of that home, each step of which may take that long.

    Raises:
        OSError: nobody listens there, or another user does.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        connection.settimeout(seconds)
        connection.connect(address(dagster_home))
        if not is_mine(connection):
            raise PermissionError("another user listens there")
    except OSError:
        connection.close()
        raise
    return connection


def is_mine(connection: socket.socket) -> bool:
    """Whether the other end belongs to the same user: such names have no owner."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, user, _ = struct.unpack("3i", credentials)
    return bool(user == os.geteuid())


def received(connection: socket.socket) -> bytes:
    """The next message; empty once the other end is closed."""
    return connection.recv(_LONGEST)


def listens(dagster_home: Path) -> Probe:
    """A probe of the starter of that home."""

    async def probe() -> bool:
        try:
            # Connecting to a name of this machine does not wait.
            connected(dagster_home, seconds=0.2).close()
        except OSError:
            return False
        return True

    return probe

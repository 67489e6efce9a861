"""Who acts."""

from __future__ import annotations

from typing import Literal

from darkroom.domain.base import Model


class Principal(Model):
    """Who does something: a person, a program or Darkroom itself. Every service method takes one."""

    id: str
    """Stable identifier, written into events and records."""
    name: str
    """Words for a person."""
    kind: Literal["owner", "user", "token", "system"]
    """`owner` is the person at this machine, as long as nobody has to sign in."""


LOCAL_OWNER = Principal(id="local", name="Local owner", kind="owner")
"""The person at this machine."""

SYSTEM = Principal(id="system", name="Darkroom", kind="system")
"""Darkroom's own sensors and schedules."""

"""What one check of `darkroom doctor` found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """What one check found."""

    name: str
    """What was checked."""
    state: Literal["ok", "warning", "failed"]
    """`warning` for what Darkroom can do without."""
    words: str
    """What is there."""
    remedy: str = ""
    """What can be done."""

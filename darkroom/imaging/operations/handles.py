"""What of an operation can be dragged on the picture itself, instead of typed.

A handle lies on the picture as the operation gets it, in relative places: 0..1 from the left and top edge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Kind: TypeAlias = Literal["box", "point", "corners", "level", "direction", "band"]
ROLES: dict[Kind, tuple[str, ...]] = {
    "box": ("left", "top", "right", "bottom"),
    "point": ("x", "y"),
    "corners": ("top_left", "top_right", "bottom_right", "bottom_left"),
    "level": ("angle",),
    "direction": ("angle",),
    "band": ("centre", "width", "angle"),
}
"""What a handle of a kind moves: edges of a box, a place, four places, a line that is to be level (its angle is how far
the picture turns, clockwise), a direction and a band across the picture (anticlockwise from the right)."""


@dataclass(frozen=True)
class Handle:
    """One handle.

    Raises:
        TypeError: for fields that its kind does not have.
    """

    kind: Kind
    fields: Mapping[str, str]
    """Role -> parameter."""
    sets: Mapping[str, Any] = field(default_factory=dict)
    """Parameters that must have these values for the handle to mean something."""
    relative: bool = False
    """Whether an angle is meant on the picture stretched to a square."""

    def __post_init__(self) -> None:
        if tuple(self.fields) != ROLES[self.kind]:
            raise TypeError(f"a handle of kind {self.kind} moves {', '.join(ROLES[self.kind])}")

    def describe(self) -> dict[str, Any]:
        """Everything about it as JSON values."""
        return {"kind": self.kind, "fields": dict(self.fields), "sets": dict(self.sets), "relative": self.relative}


def handle(kind: Kind, *parameters: str, sets: Mapping[str, Any] | None = None, relative: bool = False) -> Handle:
    """Declare a handle.

    Args:
        kind: what it looks like and how it is dragged.
        parameters: those that it moves, in the order of `ROLES`; left out where they are called like their roles.
        sets: parameters that must have these values for it to mean something.
        relative: whether an angle is meant on the picture stretched to a square.
    """
    return Handle(kind, dict(zip(ROLES[kind], parameters or ROLES[kind], strict=True)), dict(sets or {}), relative)

"""What a recipe will need for a picture, from its header alone."""

from __future__ import annotations

from darkroom.imaging.header import Header
from darkroom.imaging.operations.base import Shape
from darkroom.imaging.recipes.compile import Program
from darkroom.imaging.recipes.run import shape_of

_COPIES = 4
"""Pictures in memory at once while a step runs: its input, its output, and room to work."""
_RAW_BYTES = {"uint8": 1, "uint16": 2, "float32": 4}


def predicted_mb(program: Program, header: Header) -> float:
    """Most memory that a picture will need."""
    return header.memory_mb + steps_mb(program, shape_of(header), header.frames)


def steps_mb(program: Program, shape: Shape, frames: int = 1) -> float:
    """Most memory that the steps will need beside the decoder."""
    largest = shape
    scale = program.scale(shape)
    if scale.long_side:
        reduction = max(1, int(max(shape.width, shape.height) / scale.long_side))
        largest = shape.sized(shape.width // reduction, shape.height // reduction)
    now: Shape | None = largest
    for step in program.steps:
        now = step.operation.shape(now, step.params) if now else None
        if now and now.width * now.height > largest.width * largest.height:
            largest = now
    # Steps in float take four bytes a value, whatever the picture has.
    pixels = largest.width * largest.height * max(3, largest.channels) * frames
    return _COPIES * pixels * _RAW_BYTES[largest.depth] / 1e6

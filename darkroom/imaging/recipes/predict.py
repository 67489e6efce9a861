"""What a recipe will need for a picture, from its header alone."""

from __future__ import annotations

from darkroom.imaging.header import Header
from darkroom.imaging.operations.base import Shape
from darkroom.imaging.recipes.compile import Bound, Program
from darkroom.imaging.recipes.run import shape_of

# Pictures in memory at once while a step runs that changes bytes as they are: its input, its output, and room to work.
_COPIES = 4
_RAW_BYTES = {"uint8": 1, "uint16": 2, "float32": 4}
# What steps need for each value beside that, measured at 4 megapixels of 8 bits: most work in float, on several copies.
_USUAL = 24
_MODEST = 14
_BESIDE = {
    "reduce_moire": 40, "tilt_shift": 36, "colour_overlay": 36, "blend": 36, "tone_map": 32, "style_transfer": 30,
    **dict.fromkeys(
        ("clarity", "crop_overlay", "dehaze", "duotone", "edges", "emboss", "fill_background", "high_pass",
         "remove_background", "round_corners", "sharpen", "text", "vignette"), _MODEST,
    ),
    **dict.fromkeys(
        ("blur", "channel_mixer", "clahe", "collage", "colour_blind", "contact_sheet", "convert_profile", "expression",
         "hide_regions", "highlights_shadows", "hsl", "local_contrast", "look_from_pair", "lut", "mask", "mat",
         "match_colours", "median", "monochrome", "motion_blur", "pixelate", "posterize", "saturation", "sepia",
         "split_tone", "threshold", "vibrance", "white_balance"), 0,
    ),
}  # fmt: skip
# What encoders take for each value, the picture and all, at 8 bits and at more: measured at 15 megapixels. Others take less than the steps' copies.
_ENCODER = {"avif": (10, 16), "heic": (10, 16), "jp2": (16, 16), "jxl": (8, 16)}
# These hold every picture of a bracket as light.
_STACKS = frozenset({"fuse_exposures", "merge_hdr"})
_EACH_OF_STACK = 20
_EIGHT = 8


def predicted_mb(program: Program, header: Header) -> float:
    """Most memory that a picture will need."""
    # Pages are worked on one after the other, frames of what moves together.
    frames = header.frames if program.recipe.package == "none" else 1
    return header.memory_mb + steps_mb(program, shape_of(header), frames)


def steps_mb(program: Program, shape: Shape, frames: int = 1) -> float:
    """Most memory that the steps will need beside the decoder."""
    scale, first = program.scale(shape), shape
    if scale.long_side:
        reduction = max(1, int(max(shape.width, shape.height) / scale.long_side))
        first = shape.sized(shape.width // reduction, shape.height // reduction)
    most = _held(first, 0)
    now: Shape | None = first
    for step in program.steps:
        before = now
        now = step.operation.shape(before, step.params) if before else None
        if before is None:  # only the pixels tell how large it is by now
            before = shape
        most = max(most, *(_held(one, _beside(step)) for one in (before, now or before)))
    return max(most, _encoded(program, now or shape)) * frames / 1e6


def _encoded(program: Program, last: Shape) -> float:
    """Bytes that the encoder takes; of an adaptive one that of the hungriest format."""
    output = program.output
    formats = [output.format] if output else list(_ENCODER) if program.adaptive else []
    deep = last.depth != "uint8" or bool(output and output.bit_depth and output.bit_depth > _EIGHT)
    values = last.width * last.height * max(3, last.channels)
    return max((values * _ENCODER.get(one, (0, 0))[deep] for one in formats), default=0.0)


def _held(shape: Shape, beside: int) -> float:
    values = shape.width * shape.height * max(3, shape.channels)
    return values * (_COPIES * _RAW_BYTES[shape.depth] + beside)


def _beside(step: Bound) -> int:
    """Bytes for each value that a step needs beside copies as they are; what nobody has measured needs the usual."""
    name = step.operation.name
    if name in _STACKS:
        return _EACH_OF_STACK * (1 + len(step.operation.references(step.params)))
    if name not in _BESIDE and (step.operation.is_tone or step.operation.category == "geometry"):
        return 0
    return _BESIDE.get(name, _USUAL)
